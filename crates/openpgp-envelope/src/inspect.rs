//! What a message is, packet by packet, and whether EdgeLock 2GO will take it.
//!
//! Armor and packet boundaries are walked here, because rPGP reads past much that the receiver (Bouncy
//! Castle) does not; every packet is then read by rPGP.

use el2g_key_payload::SecretBytes;
use serde::Serialize;

use crate::packets::{LengthForm, PacketTag};
use crate::{KeyId, Recipient, RecipientSecret, Timestamp};
use el2g_findings::{Finding, NotChecked, RuleDescription, Severity};

mod content;
mod envelope;
mod examination;
mod fault;
mod message_rules;
mod plaintext;
mod signature;

pub(crate) use examination::{Examination, examine};
pub use fault::Fault;
pub use message_rules::MESSAGE_RULES;

/// The largest file read as a message; what EdgeLock 2GO takes is a few kilobytes.
pub const LARGEST_MESSAGE: usize = 1 << 20;

/// What `inspect` may use besides the message itself.
#[derive(Clone, Copy)]
pub struct InspectOptions<'a> {
    /// The present, for signatures and keys that expire.
    pub now: Timestamp,
    /// The key the message should be encrypted to.
    pub recipient: Option<&'a Recipient>,
    /// The signer's public key, armored or binary.
    pub signer_public: Option<&'a [u8]>,
    /// A secret key that opens the message.
    pub open_with: Option<&'a RecipientSecret>,
    /// The session key as `gpg --show-session-key` prints it: `9:` and hex digits.
    pub session_key: Option<&'a SecretBytes>,
}

impl InspectOptions<'_> {
    /// Outer checks only.
    pub fn outer(now: Timestamp) -> Self {
        Self { now, recipient: None, signer_public: None, open_with: None, session_key: None }
    }
}

/// How much of a message was checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum CheckDepth {
    /// What is outside the encryption.
    Outer,
    /// What is inside as well, but not the signature's value.
    Inner,
    /// Everything.
    Full,
}

/// What a message is; serialises as `el2g pgp inspect -o json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Inspection {
    /// Whether EdgeLock 2GO will take it; `None` when nothing speaks against it and not all of it
    /// could be checked, also because a key that was given to check with does not fit (an error among the findings).
    pub acceptable: Option<bool>,
    /// How much was checked.
    pub depth: CheckDepth,
    /// Whom it is encrypted to, as far as it says.
    pub recipients: Vec<KeyId>,
    /// The algorithm of the first encrypted session key, for example `RSA`.
    pub public_key_algorithm: Option<String>,
    /// How it is encrypted.
    pub encryption: Option<EncryptionReport>,
    /// How it is compressed inside, `none` or for example `ZLIB`; `None` when that is not known.
    pub compression: Option<String>,
    /// Its signatures.
    pub signatures: Vec<SignatureReport>,
    /// What is known of its content.
    pub literal: Option<LiteralReport>,
    /// Every packet, outside and inside.
    pub packets: Vec<PacketReport>,
    /// What was found.
    pub findings: Vec<Finding>,
}

impl Inspection {
    fn of(examination: Examination) -> Self {
        let findings: Vec<Finding> = examination.faults.iter().map(Fault::finding).collect();
        let mut errors =
            examination.faults.iter().filter(|fault| fault.severity() == Severity::Error);
        let refused = errors.any(|fault| !fault.is_about_given_key());
        let acceptable = match (refused, examination.depth) {
            (true, _) => Some(false),
            (false, CheckDepth::Full) => Some(true),
            (false, _) => None,
        };
        Self {
            acceptable,
            depth: examination.depth,
            recipients: examination.recipients,
            public_key_algorithm: examination.public_key_algorithm,
            encryption: examination.encryption,
            compression: examination.compression,
            signatures: examination.signatures,
            literal: examination.literal,
            packets: examination.packets,
            findings,
        }
    }
}

impl Inspection {
    /// The rules that were not checked: those about what is inside, where it was not opened, and about the signature's
    /// value, where it was not verified.
    #[must_use]
    pub fn not_checked(&self) -> Vec<NotChecked> {
        let (rules, reason): (&[RuleDescription], _) = match self.depth {
            CheckDepth::Outer => (message_rules::INSIDE, "the message was not opened"),
            CheckDepth::Inner => (message_rules::OF_SIGNER, "the signature was not verified"),
            CheckDepth::Full => (&[], ""),
        };
        let is_open = |rule: &&RuleDescription| self.findings.iter().all(|it| it.rule != rule.id);
        rules.iter().filter(is_open).map(|rule| NotChecked { rule: rule.id, reason }).collect()
    }
}

/// How a message is encrypted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct EncryptionReport {
    /// `seipd-v1` (with MDC), `seipd-v2`, `ocb` (GnuPG, tag 20) or `sed` (tag 9, no MDC).
    pub container: String,
    /// The cipher, for example `AES256`, where it can be known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub symmetric: Option<String>,
}

/// One signature inside a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SignatureReport {
    /// The issuer it states.
    pub signer: Option<KeyId>,
    /// Its public-key algorithm.
    pub algorithm: String,
    /// The signer's key size, where the public key was given or the signature's length tells.
    pub bits: Option<u32>,
    /// Its hash.
    pub hash: String,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// Whether its value verified; `None` when it was not tried.
    pub verified: Option<bool>,
}

/// What is known of a message's content; never the content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct LiteralReport {
    /// `b` for binary, `t` or `u` for text.
    pub format: char,
    /// The file name it carries.
    pub file_name: String,
    /// The date it carries; `None` for none.
    pub date: Option<Timestamp>,
    /// Its length in bytes.
    pub length: usize,
}

/// One packet of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PacketReport {
    /// Its type.
    pub tag: PacketTag,
    /// The name of its type.
    pub name: &'static str,
    /// Where it begins, counted from the beginning of the packets it is among.
    pub offset: usize,
    /// The length of its body.
    pub length: usize,
    /// How it states its length.
    pub form: LengthForm,
    /// How deep it is: 0 outside the encryption, 1 inside, 2 inside compressed data.
    pub level: u8,
}

/// Says packet by packet what a message is, and whether EdgeLock 2GO will take it. Never fails: what
/// cannot be read is a finding.
pub fn inspect(bytes: &[u8], options: &InspectOptions<'_>) -> Inspection {
    Inspection::of(examine(bytes, options))
}

#[cfg(test)]
mod hostile_tests;
#[cfg(test)]
mod inspect_tests;
#[cfg(test)]
mod receiver_tests;

//! The key that messages are encrypted to.

use aws_lc_rs::rsa::Pkcs1PublicEncryptingKey;
use pgp::composed::{SignedPublicKey, SignedPublicSubKey};
use pgp::types::{KeyDetails as _, PublicParams};
use rsa::traits::PublicKeyParts as _;
use serde::Serialize;

use super::certificate::{self, Standing};
use super::file;
use super::key_rules as rules;
use super::signing::user_ids;
use super::throw_away::{self, ThrowAway};
use crate::rsa_backend::{self, PacketDetails};
use crate::{Fingerprint, KeyError, KeyId, KeyPart, KeyProblem, Timestamp};
use el2g_findings::{Finding, Severity};

/// What is certain of a key that is known beforehand.
struct KnownKey {
    /// The id of its primary key.
    key_id: [u8; 8],
    /// The size of its primary key and of its encryption subkey.
    bits: u32,
    /// The public exponent of both.
    exponent: u32,
    /// When both were made.
    created: Timestamp,
    /// Its user id.
    user_id: &'static str,
}

/// The EdgeLock 2GO key, whose printed copy is damaged (AN12642 section 13).
const EDGELOCK: KnownKey = KnownKey {
    key_id: [0xBF, 0x9C, 0x32, 0x6F, 0xCE, 0x2F, 0x20, 0x8F],
    bits: 4096,
    exponent: 65537,
    // 2020-07-23T07:41:52Z
    created: Timestamp(1_595_490_112),
    user_id: "Edgelock2go.support@nxp.com",
};

/// A public key that messages can be encrypted to.
pub struct Recipient {
    report: RecipientReport,
    subkey: EncryptionSubkey,
    details: PacketDetails,
    encrypting: Pkcs1PublicEncryptingKey,
}

impl Recipient {
    /// Reads a public key, armored or binary, and makes sure that messages can be encrypted to it.
    ///
    /// SHA-1 self-signatures are accepted (the EdgeLock 2GO key bears them) and reported.
    ///
    /// # Errors
    /// [`RecipientError`]: unreadable, or readable and refused.
    pub fn read(bytes: &[u8], now: Timestamp) -> Result<Self, RecipientError> {
        let Examined { report, chosen } = examine(bytes, now)?;
        let refused = report.findings.iter().any(|finding| finding.severity == Severity::Error);
        match (chosen, report.encryption_subkey) {
            (Some((details, encrypting)), Some(subkey)) if !refused => {
                Ok(Self { report, subkey, details, encrypting })
            }
            _ => Err(RecipientError::Refused { report: Box::new(report) }),
        }
    }

    /// What was found out about it.
    pub fn report(&self) -> &RecipientReport {
        &self.report
    }

    /// The id of the subkey that messages are encrypted to.
    pub fn encryption_key_id(&self) -> KeyId {
        self.subkey.key_id
    }

    pub(crate) fn packet_details(&self) -> &PacketDetails {
        &self.details
    }

    pub(crate) fn encrypting(&self) -> &Pkcs1PublicEncryptingKey {
        &self.encrypting
    }
}

impl std::fmt::Debug for Recipient {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Recipient({}, {:?})", self.report.key_id, self.subkey)
    }
}

/// Says what a public key is and whether messages can be encrypted to it, usable or not.
///
/// # Errors
/// [`KeyError`] when the file cannot be read as one public key.
pub fn examine_recipient(bytes: &[u8], now: Timestamp) -> Result<RecipientReport, KeyError> {
    examine(bytes, now).map(|examined| examined.report)
}

/// What a report says of a file that cannot be read as one public key.
pub fn unreadable_key(error: &KeyError) -> Finding {
    rules::UNREADABLE.broken("the key cannot be read", error.to_string())
}

/// Why a recipient cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecipientError {
    /// The file cannot be read as one public key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// It is a public key, and no message may be encrypted to it.
    #[error("{}", .report.refusal())]
    Refused {
        /// What was found out about it.
        report: Box<RecipientReport>,
    },
}

/// What is known of a recipient; serialises as `el2g pgp recipient -o json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RecipientReport {
    /// The primary key's fingerprint; `None` for keys that are not of version 4.
    pub fingerprint: Option<Fingerprint>,
    /// The primary key's id.
    pub key_id: KeyId,
    /// Every user id.
    pub user_ids: Vec<String>,
    /// The size of the primary key; `None` when it is not RSA.
    pub bits: Option<u32>,
    /// When the primary key was made.
    pub created: Timestamp,
    /// When the primary key or the encryption subkey expires, whichever comes first.
    pub expires: Option<Timestamp>,
    /// The subkey that messages are encrypted to.
    pub encryption_subkey: Option<EncryptionSubkey>,
    /// The hash of the newest self-signature, for example `SHA1`.
    pub self_signature_hash: Option<String>,
    /// Whether it is the EdgeLock 2GO key that AN12642 publishes, as far as its damaged copy can tell.
    pub known_edgelock_key: bool,
    /// Why nothing real may be sealed to it, where it is a throw-away key. For people: the JSON has fixed keys.
    #[serde(skip)]
    pub throw_away: Option<ThrowAway>,
    /// What to know about it; any error means that nothing may be encrypted to it.
    pub findings: Vec<Finding>,
}

impl RecipientReport {
    /// Whether messages can be encrypted to it.
    pub fn usable(&self) -> bool {
        !self.findings.iter().any(|finding| finding.severity == Severity::Error)
    }

    fn refusal(&self) -> String {
        self.findings
            .iter()
            .find(|finding| finding.severity == Severity::Error)
            .map_or_else(String::new, |finding| finding.message.to_string())
    }
}

/// The subkey that messages are encrypted to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct EncryptionSubkey {
    /// Its id.
    pub key_id: KeyId,
    /// Its size in bits.
    pub bits: u32,
}

struct Examined {
    report: RecipientReport,
    chosen: Option<(PacketDetails, Pkcs1PublicEncryptingKey)>,
}

fn examine(bytes: &[u8], now: Timestamp) -> Result<Examined, KeyError> {
    let key = file::read_public(bytes)?;
    let primary = certificate::primary_standing(&key, now);
    let mut report = RecipientReport {
        fingerprint: primary.fingerprint,
        key_id: primary.key_id,
        user_ids: user_ids(&key),
        bits: certificate::rsa_bits(key.primary_key.public_params()),
        created: primary.created,
        expires: primary.expires,
        encryption_subkey: None,
        self_signature_hash: primary.hash.map(|hash| hash.to_string()),
        known_edgelock_key: false,
        throw_away: throw_away::of(&key),
        findings: Vec::new(),
    };
    if let Some(trouble) = &primary.trouble {
        report.findings.push(refusal(&primary, trouble));
    }
    if report.bits.is_none() {
        let params = key.primary_key.public_params();
        let found = certificate::describe(key.primary_key.algorithm(), params);
        report.findings.push(refusal(&primary, &KeyProblem::Algorithm { found }));
    }
    let chosen = choose_subkey(&key, now, &mut report);
    note_sha1(&mut report);
    recognise(&key, &EDGELOCK, &mut report);
    Ok(Examined { report, chosen })
}

fn choose_subkey(
    key: &SignedPublicKey,
    now: Timestamp,
    report: &mut RecipientReport,
) -> Option<(PacketDetails, Pkcs1PublicEncryptingKey)> {
    let mut found: Vec<(Standing, &SignedPublicSubKey)> = key
        .public_subkeys
        .iter()
        .map(|subkey| (certificate::subkey_standing(key, subkey, now), subkey))
        .filter(|(standing, subkey)| standing.encrypts(subkey.key.algorithm()))
        .collect();
    found.sort_by_key(|(standing, _)| std::cmp::Reverse(standing.created));
    let mut refusals = Vec::new();
    for (standing, subkey) in &found {
        match encrypting(standing, subkey) {
            Ok(encrypting) => {
                let params = subkey.key.public_params();
                let bits = certificate::rsa_bits(params).unwrap_or_default();
                report.encryption_subkey = Some(EncryptionSubkey { key_id: standing.key_id, bits });
                report.expires = report.expires.into_iter().chain(standing.expires).min();
                note_size(report, bits);
                return Some((PacketDetails::of(&subkey.key), encrypting));
            }
            Err(problem) => refusals.push(refusal(standing, &problem)),
        }
    }
    if refusals.is_empty() {
        let message = format!("key {} {}", report.key_id, KeyProblem::NoEncryptionSubkey);
        refusals.push(rules::NO_ENCRYPTION_SUBKEY.broken(message, "none"));
    }
    report.findings.append(&mut refusals);
    None
}

fn encrypting(
    standing: &Standing,
    subkey: &SignedPublicSubKey,
) -> Result<Pkcs1PublicEncryptingKey, KeyProblem> {
    if let Some(trouble) = &standing.trouble {
        return Err(trouble.clone());
    }
    let params = subkey.key.public_params();
    let PublicParams::RSA(rsa) = params else {
        let found = certificate::describe(subkey.key.algorithm(), params);
        return Err(KeyProblem::Algorithm { found });
    };
    let found = certificate::rsa_bits(params).unwrap_or_default();
    let size = KeyProblem::RsaSize { found, allowed: "RSA-2048 or larger" };
    rsa_backend::encrypting_key(&rsa.key).ok_or(size)
}

fn refusal(standing: &Standing, problem: &KeyProblem) -> Finding {
    let rule = match (standing.part, problem) {
        (_, KeyProblem::Version { .. }) => rules::KEY_VERSION,
        (_, KeyProblem::Algorithm { .. }) => rules::NOT_RSA,
        (_, KeyProblem::RsaSize { .. }) => rules::RSA_SIZE,
        (KeyPart::Primary, KeyProblem::Expired { .. }) => rules::EXPIRED,
        (KeyPart::Subkey, KeyProblem::Expired { .. }) => rules::ENCRYPTION_SUBKEY_EXPIRED,
        (KeyPart::Primary, KeyProblem::Revoked { .. }) => rules::REVOKED,
        (KeyPart::Subkey, KeyProblem::Revoked { .. }) => rules::ENCRYPTION_SUBKEY_REVOKED,
        (_, KeyProblem::NotYetValid { .. }) => rules::NOT_YET_VALID,
        _ => rules::NO_SELF_SIGNATURE,
    };
    let message = format!("{} {} {problem}", standing.part, standing.key_id);
    rule.broken(message, problem.to_string())
}

fn note_size(report: &mut RecipientReport, bits: u32) {
    if bits != EDGELOCK.bits {
        let message = format!(
            "the encryption subkey is RSA-{bits}, the EdgeLock 2GO key's is RSA-{}",
            EDGELOCK.bits
        );
        let found = format!("RSA-{bits}");
        report.findings.push(rules::ENCRYPTION_SUBKEY_SIZE.broken(message, found));
    }
}

fn note_sha1(report: &mut RecipientReport) {
    if report.self_signature_hash.as_deref() == Some("SHA1") {
        let message = "self-signed with SHA-1, as the EdgeLock 2GO key is: accepted; compare the fingerprint with one \
                       from a second source";
        report.findings.push(rules::SELF_SIGNATURE_SHA1.broken(message, "SHA-1"));
    }
}

/// Compares with what is certain of the EdgeLock 2GO key.
fn recognise(key: &SignedPublicKey, known: &KnownKey, report: &mut RecipientReport) {
    if *report.key_id.as_bytes() != known.key_id {
        let message = format!(
            "not the EdgeLock 2GO key, whose id is {}: the service cannot open what is encrypted to this one",
            KeyId::from(known.key_id)
        );
        let found = report.key_id.to_string();
        report.findings.push(rules::NOT_EDGELOCK_KEY.broken(message, found));
        return;
    }
    let of_its_kind = |params: &PublicParams, created: pgp::types::Timestamp| match params {
        PublicParams::RSA(rsa) => {
            certificate::rsa_bits(params) == Some(known.bits)
                && *rsa.key.e() == rsa::BigUint::from(known.exponent)
                && Timestamp::of(created) == known.created
        }
        _ => false,
    };
    let primary = &key.primary_key;
    let chosen = report.encryption_subkey.map(|chosen| chosen.key_id);
    let subkey = key.public_subkeys.iter().any(|subkey| {
        Some(KeyId::of(subkey.key.legacy_key_id())) == chosen
            && of_its_kind(subkey.key.public_params(), subkey.key.created_at())
    });
    report.known_edgelock_key = of_its_kind(primary.public_params(), primary.created_at())
        && subkey
        && report.user_ids.iter().any(|id| id.contains(known.user_id));
    if !report.known_edgelock_key {
        let message = format!(
            "the key bears the id of the EdgeLock 2GO key and differs from it: that one is RSA-{} with an encryption \
             subkey of the same size, both of {}, for {}",
            known.bits, known.created, known.user_id
        );
        report.findings.push(rules::EDGELOCK_KEY_ALTERED.broken(message, "another key"));
    }
}

#[cfg(test)]
mod recipient_tests;

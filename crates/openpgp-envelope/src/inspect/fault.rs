//! Everything that can be said against a message: one table of names, severities, words and fixes,
//! which [`crate::inspect`] reports and [`crate::open`] refuses by.

use el2g_findings::{Finding, RuleDescription, Severity};

use super::message_rules as rules;
use crate::armor::ArmorFault;
use crate::packets::{FrameFault, PacketTag};
use crate::{KeyError, KeyId, Timestamp};

/// One thing about a message that EdgeLock 2GO does not take, or that is better fixed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(
    missing_docs,
    reason = "each variant's message says what it is, its fields are the evidence"
)]
pub enum Fault {
    #[error("the file is empty")]
    Empty,
    #[error("the file has {found} bytes, a message has at most {allowed}")]
    TooLarge { found: usize, allowed: usize },
    #[error("the file holds {found}, not an OpenPGP message")]
    NotOpenPgp { found: String },
    #[error("the message is binary; expected ASCII armor")]
    Binary,
    #[error("a byte order mark stands before the armor")]
    ByteOrderMark,
    #[error("other text stands before the message ({})", counted(*.lines))]
    TextBefore { lines: usize },
    #[error("other text stands after the message ({})", counted(*.lines))]
    TextAfter { lines: usize },
    #[error("the file holds {count} blocks of armor, one is allowed")]
    SeveralBlocks { count: usize },
    #[error("the armor is damaged: {0}")]
    Armor(ArmorFault),
    #[error(
        "the armor's `-----BEGIN` line does not stand alone: line breaks were lost, or every line was quoted"
    )]
    ArmorLines,
    #[error("no empty line parts the armor's first line and headers from its data")]
    NotParted,
    #[error("the armor has no checksum line, which the receiver needs")]
    NoChecksum,
    #[error("the armor ends in blanks on {}", counted(*.count))]
    TrailingBlanks { count: usize },
    #[error("blanks stand before {} of the armor{}", counted(*.lines), if *.first { ", the first among them, which the receiver does not find then" } else { "" })]
    ArmorIndented { first: bool, lines: usize },
    #[error("the armor has headers: {}", .headers.join("; "))]
    ArmorHeaders { headers: Vec<String> },
    #[error("the text is clear-signed, not encrypted")]
    ClearSigned,
    #[error("the file is a signature without the data it signs")]
    DetachedSignature,
    #[error("the file is a `{label}`, not a message")]
    OtherBlock { label: String },
    #[error("the packets are damaged: {0}")]
    Packets(FrameFault),
    #[error("a {tag} packet cannot be read")]
    PacketUnreadable { tag: PacketTag },
    #[error("the message is not encrypted")]
    NotEncrypted,
    #[error("there are no encrypted data, only what stands before them")]
    NoEncryptedData,
    #[error("a {tag} packet stands where none belongs")]
    Misplaced { tag: PacketTag },
    #[error("a padding packet (tag 21), which the receiver does not know")]
    Padding,
    #[error("the session key is not encrypted to anybody's public key")]
    NoRecipient,
    #[error("encrypted to {} keys ({}), exactly one is allowed", .key_ids.len(), list(.key_ids))]
    SeveralRecipients { key_ids: Vec<KeyId> },
    #[error("the recipient is hidden: the key id is all zero")]
    HiddenRecipient,
    #[error("encrypted to key {found}, not to the recipient's encryption subkey {wanted}")]
    WrongRecipient { found: KeyId, wanted: KeyId },
    #[error("a password opens the message, only the recipient's key may")]
    PasswordRecipient,
    #[error("the encrypted session key is of version {found}, only version 3 is allowed")]
    SessionKeyVersion { found: u8 },
    #[error("the session key is encrypted with {found}, only RSA is allowed")]
    RecipientAlgorithm { found: String },
    #[error(
        "the session key is encrypted to an RSA key of about {bits} bits, the EdgeLock 2GO key is RSA-4096"
    )]
    RecipientSize { bits: usize },
    #[error("the data are encrypted without integrity protection (tag 9, no MDC)")]
    NoIntegrity,
    #[error("the data are encrypted in GnuPG's OCB mode (tag 20), only SEIPD version 1 is allowed")]
    OcbContainer,
    #[error("the data are in a SEIPD container of version {found}, only version 1 is allowed")]
    ContainerVersion { found: u8 },
    #[error("only what is outside the encryption was checked: no key to open it was given")]
    OuterOnly,
    #[error("the key given ({given}) opens none of the session keys, they are for {}", list(.wanted))]
    NotForThisKey { given: KeyId, wanted: Vec<KeyId> },
    #[error("the session key does not decrypt with key {key_id}")]
    SessionKey { key_id: KeyId },
    #[error(
        "the session key given is not of the form `9:` and hex digits of the cipher's key length"
    )]
    SessionKeyForm,
    #[error("the data do not decrypt: they were altered, or the session key is not theirs")]
    Integrity,
    #[error("encrypted with {found}, only AES-128, AES-192 and AES-256 are allowed")]
    Cipher { found: String },
    #[error("compressed with {found}, only ZLIB or no compression is allowed")]
    Compression { found: String },
    #[error("compressed data within compressed data")]
    NestedCompression,
    #[error("the compressed data cannot be read")]
    CompressionUnreadable,
    #[error("the content grows beyond {allowed} bytes when decompressed")]
    Bomb { allowed: usize },
    #[error("there are no literal data inside")]
    NoContent,
    #[error("the message is not signed")]
    Unsigned,
    #[error("{count} signatures, exactly one is allowed")]
    SeveralSignatures { count: usize },
    #[error("the signature is not announced by a one-pass signature packet")]
    NotOnePass,
    #[error("the one-pass signature packet does not fit the signature")]
    OnePassMismatch,
    #[error("the signature is of version {found}, only version 4 is allowed")]
    SignatureVersion { found: u8 },
    #[error("the signature is over canonical text, one over binary data is better")]
    TextSignature,
    #[error("the signature is of type {found:#04x}, only one over data is allowed")]
    SignatureType { found: u8 },
    #[error("signed with {found}, only RSA is allowed")]
    SignerAlgorithm { found: String },
    #[error("signed with an RSA key of {bits} bits, only RSA-2048 and RSA-4096 are allowed")]
    SignerSize { bits: u32 },
    #[error("signed over a {found} hash, only SHA-256 is allowed")]
    Hash { found: String },
    #[error("the signature does not state its issuer's key id (subpacket 16)")]
    NoIssuer,
    #[error("the signature is dated {at}, which is in the future")]
    SignatureFuture { at: Timestamp },
    #[error("the signature expired at {at}")]
    SignatureExpired { at: Timestamp },
    #[error("the signature was not verified: the signer's public key was not given")]
    SignatureUnchecked,
    #[error(
        "the signer's public key given can be used ({key_id}, RSA-{bits}); whether it made the signature shows only when the message is opened"
    )]
    SignerNotCompared { key_id: KeyId, bits: u32 },
    #[error("signed by key {found}, which the signer's public key given does not contain")]
    SignerUnknown { found: KeyId },
    #[error("the signer's public key cannot be used: {0}")]
    SignerKey(KeyError),
    #[error("the signature does not verify with key {key_id}")]
    SignatureInvalid { key_id: KeyId },
    #[error("the literal data are marked `{found}` (text); expected `b` (binary)")]
    LiteralFormat { found: char },
    #[error("the message carries the file name {name:?}")]
    FileName { name: String },
    #[error("the content is empty")]
    ContentEmpty,
    #[error("a byte order mark stands before the hex digits")]
    ContentByteOrderMark,
    #[error("`0x` stands before the hex digits")]
    ContentPrefix,
    #[error(
        "the content is not hexadecimal (line {line}, column {column}); what it is is not shown"
    )]
    ContentNotHex { line: usize, column: usize },
    #[error("{digits} hex digits: an odd number")]
    ContentOdd { digits: usize },
    #[error("{digits} hex digits, more than the 1000 of the largest confidential binary")]
    ContentLong { digits: usize },
    #[error(
        "white space stands among or after the hex digits; the service filters it out, but leave it away"
    )]
    ContentWhiteSpace,
}

fn counted(lines: usize) -> String {
    if lines == 1 { "1 line".to_owned() } else { format!("{lines} lines") }
}

fn list(key_ids: &[KeyId]) -> String {
    let names: Vec<String> = key_ids.iter().map(KeyId::to_string).collect();
    names.join(", ")
}

impl Fault {
    /// The rule it breaks.
    pub(crate) fn rule(&self) -> RuleDescription {
        match self {
            Self::Empty => rules::EMPTY,
            Self::TooLarge { .. } => rules::TOO_LARGE,
            Self::NotOpenPgp { .. } => rules::NOT_OPENPGP,
            Self::Binary => rules::NOT_ARMORED,
            Self::ByteOrderMark => rules::BYTE_ORDER_MARK,
            Self::TextBefore { .. } => rules::TEXT_BEFORE,
            Self::TextAfter { .. } => rules::TEXT_AFTER,
            Self::SeveralBlocks { .. } => rules::SEVERAL_MESSAGES,
            Self::Armor(_) => rules::ARMOR_DAMAGED,
            Self::ArmorLines => rules::ARMOR_LINES,
            Self::NotParted => rules::ARMOR_NOT_PARTED,
            Self::NoChecksum => rules::CHECKSUM_MISSING,
            Self::TrailingBlanks { .. } => rules::TRAILING_BLANKS,
            Self::ArmorIndented { .. } => rules::ARMOR_INDENTED,
            Self::ArmorHeaders { .. } => rules::ARMOR_HEADERS,
            Self::ClearSigned => rules::CLEAR_SIGNED,
            Self::DetachedSignature => rules::DETACHED_SIGNATURE,
            Self::OtherBlock { .. } => rules::NOT_A_MESSAGE,
            Self::Packets(_) => rules::PACKETS_DAMAGED,
            Self::PacketUnreadable { .. } => rules::PACKET_UNREADABLE,
            Self::NotEncrypted => rules::NOT_ENCRYPTED,
            Self::NoEncryptedData => rules::NO_ENCRYPTED_DATA,
            Self::Misplaced { .. } => rules::UNEXPECTED_PACKET,
            Self::Padding => rules::PADDING_PACKET,
            Self::NoRecipient => rules::NO_RECIPIENT,
            Self::SeveralRecipients { .. } => rules::SEVERAL_RECIPIENTS,
            Self::HiddenRecipient => rules::HIDDEN_RECIPIENT,
            Self::WrongRecipient { .. } => rules::WRONG_RECIPIENT,
            Self::PasswordRecipient => rules::PASSWORD_RECIPIENT,
            Self::SessionKeyVersion { .. } => rules::SESSION_KEY_VERSION,
            Self::RecipientAlgorithm { .. } => rules::RECIPIENT_ALGORITHM,
            Self::RecipientSize { .. } => rules::RECIPIENT_SIZE,
            Self::NoIntegrity => rules::NO_MDC,
            Self::OcbContainer => rules::OCB_CONTAINER,
            Self::ContainerVersion { .. } => rules::CONTAINER_VERSION,
            Self::OuterOnly => rules::OUTER_CHECKS_ONLY,
            Self::NotForThisKey { .. } => rules::NOT_FOR_THIS_KEY,
            Self::SessionKey { .. } => rules::SESSION_KEY_DAMAGED,
            Self::SessionKeyForm => rules::SESSION_KEY_FORM,
            Self::Integrity => rules::INTEGRITY,
            Self::Cipher { .. } => rules::CIPHER,
            Self::Compression { .. } => rules::COMPRESSION,
            Self::NestedCompression => rules::NESTED_COMPRESSION,
            Self::CompressionUnreadable => rules::COMPRESSION_DAMAGED,
            Self::Bomb { .. } => rules::TOO_LARGE_INSIDE,
            Self::NoContent => rules::NO_CONTENT,
            Self::Unsigned => rules::UNSIGNED,
            Self::SeveralSignatures { .. } => rules::SEVERAL_SIGNATURES,
            Self::NotOnePass => rules::NOT_ONE_PASS,
            Self::OnePassMismatch => rules::ONE_PASS_MISMATCH,
            Self::SignatureVersion { .. } => rules::SIGNATURE_VERSION,
            Self::TextSignature => rules::TEXT_SIGNATURE,
            Self::SignatureType { .. } => rules::SIGNATURE_TYPE,
            Self::SignerAlgorithm { .. } => rules::SIGNER_ALGORITHM,
            Self::SignerSize { .. } => rules::SIGNER_SIZE,
            Self::Hash { .. } => rules::HASH,
            Self::NoIssuer => rules::ISSUER_MISSING,
            Self::SignatureFuture { .. } => rules::SIGNATURE_FUTURE,
            Self::SignatureExpired { .. } => rules::SIGNATURE_EXPIRED,
            Self::SignatureUnchecked => rules::SIGNATURE_UNCHECKED,
            Self::SignerNotCompared { .. } => rules::SIGNER_NOT_COMPARED,
            Self::SignerUnknown { .. } => rules::SIGNER_MISMATCH,
            Self::SignerKey(_) => rules::SIGNER_KEY,
            Self::SignatureInvalid { .. } => rules::SIGNATURE_INVALID,
            Self::LiteralFormat { .. } => rules::LITERAL_FORMAT,
            Self::FileName { .. } => rules::FILE_NAME,
            Self::ContentEmpty => rules::CONTENT_EMPTY,
            Self::ContentByteOrderMark => rules::CONTENT_BYTE_ORDER_MARK,
            Self::ContentPrefix => rules::CONTENT_PREFIX,
            Self::ContentNotHex { .. } => rules::CONTENT_NOT_HEX,
            Self::ContentOdd { .. } => rules::CONTENT_ODD,
            Self::ContentLong { .. } => rules::CONTENT_LONG,
            Self::ContentWhiteSpace => rules::CONTENT_WHITE_SPACE,
        }
    }

    /// Its rule's id.
    pub fn id(&self) -> &'static str {
        self.rule().id
    }

    /// How much it matters.
    pub fn severity(&self) -> Severity {
        match self {
            // The receiver skips what stands before a first line that is whole.
            Self::ArmorIndented { first: false, .. } => Severity::Warning,
            fault => fault.rule().severity,
        }
    }

    /// The evidence.
    fn found(&self) -> String {
        match self {
            Self::Empty => "0 bytes".to_owned(),
            Self::TooLarge { found, .. } => format!("{found} bytes"),
            Self::NotOpenPgp { found } => found.to_string(),
            Self::Binary => "a binary message".to_owned(),
            Self::ByteOrderMark => "a byte order mark".to_owned(),
            Self::TextBefore { lines } => counted(*lines),
            Self::TextAfter { lines } => counted(*lines),
            Self::SeveralBlocks { count } => format!("{count} blocks"),
            Self::Armor(fault) => format!("{fault}"),
            Self::ArmorLines => "other text on its line".to_owned(),
            Self::NotParted => "no empty line".to_owned(),
            Self::NoChecksum => "no checksum line".to_owned(),
            Self::TrailingBlanks { count } => format!("blanks on {}", counted(*count)),
            Self::ArmorIndented { lines, .. } => format!("blanks before {}", counted(*lines)),
            Self::ArmorHeaders { headers } => headers.join("; "),
            Self::ClearSigned => "clear text with a signature".to_owned(),
            Self::DetachedSignature => "a signature alone".to_owned(),
            Self::OtherBlock { label } => format!("a `{label}`"),
            Self::Packets(fault) => format!("{fault}"),
            Self::PacketUnreadable { tag } => format!("a {tag} packet that cannot"),
            Self::NotEncrypted => "no encryption".to_owned(),
            Self::NoEncryptedData => "nothing behind the session key".to_owned(),
            Self::Misplaced { tag } => format!("a {tag} packet"),
            Self::Padding => "a padding packet (tag 21)".to_owned(),
            Self::NoRecipient => "none".to_owned(),
            Self::SeveralRecipients { key_ids } => list(key_ids),
            Self::HiddenRecipient => "a key id of zeros".to_owned(),
            Self::WrongRecipient { found, .. } => found.to_string(),
            Self::PasswordRecipient => "a password".to_owned(),
            Self::SessionKeyVersion { found } => format!("version {found}"),
            Self::RecipientAlgorithm { found } => found.to_string(),
            Self::RecipientSize { bits } => format!("about {bits} bits"),
            Self::NoIntegrity => "tag 9, no MDC".to_owned(),
            Self::OcbContainer => "GnuPG's OCB mode (tag 20)".to_owned(),
            Self::ContainerVersion { found } => format!("version {found}"),
            Self::OuterOnly => "no key to open it".to_owned(),
            Self::NotForThisKey { given, .. } => format!("{given}"),
            Self::SessionKey { key_id } => format!("one that does not with key {key_id}"),
            Self::SessionKeyForm => "another form".to_owned(),
            Self::Integrity => "data that do not".to_owned(),
            Self::Cipher { found } => found.to_string(),
            Self::Compression { found } => found.to_string(),
            Self::NestedCompression => "compressed data within compressed data".to_owned(),
            Self::CompressionUnreadable => "data that cannot".to_owned(),
            Self::Bomb { allowed } => format!("more than {allowed} bytes"),
            Self::NoContent => "none".to_owned(),
            Self::Unsigned => "no signature".to_owned(),
            Self::SeveralSignatures { count } => format!("{count} signatures"),
            Self::NotOnePass => "none".to_owned(),
            Self::OnePassMismatch => "one that does not".to_owned(),
            Self::SignatureVersion { found } => format!("version {found}"),
            Self::TextSignature => "one over canonical text".to_owned(),
            Self::SignatureType { found } => format!("type {found:#04x}"),
            Self::SignerAlgorithm { found } => found.to_string(),
            Self::SignerSize { bits } => format!("RSA-{bits}"),
            Self::Hash { found } => found.to_string(),
            Self::NoIssuer => "none".to_owned(),
            Self::SignatureFuture { at } => format!("{at}"),
            Self::SignatureExpired { at } => format!("expired at {at}"),
            Self::SignatureUnchecked => "none".to_owned(),
            Self::SignerNotCompared { key_id, .. } => format!("only the key {key_id}"),
            Self::SignerUnknown { found } => found.to_string(),
            Self::SignerKey(error) => format!("{error}"),
            Self::SignatureInvalid { key_id } => format!("one that does not with key {key_id}"),
            Self::LiteralFormat { found } => format!("`{found}` (text)"),
            Self::FileName { name } => format!("{name:?}"),
            Self::ContentEmpty => "no content".to_owned(),
            Self::ContentByteOrderMark => "a byte order mark".to_owned(),
            Self::ContentPrefix => "`0x`".to_owned(),
            Self::ContentNotHex { line, column } => {
                format!("another character in line {line}, column {column}")
            }
            Self::ContentOdd { digits } => format!("{digits} digits"),
            Self::ContentLong { digits } => format!("{digits} digits"),
            Self::ContentWhiteSpace => "white space".to_owned(),
        }
    }

    /// Whether it is about a key that was given to check with, and says nothing of the message.
    pub(crate) fn is_about_given_key(&self) -> bool {
        match self {
            Self::NotForThisKey { .. } | Self::SessionKeyForm => true,
            // A signer's key that may not sign is the message's fault too.
            Self::SignerKey(error) => !matches!(error, KeyError::Refused { .. }),
            _ => false,
        }
    }

    /// Whether it is about the hex text and not about the message around it.
    pub(crate) fn is_about_content(&self) -> bool {
        self.id().starts_with("content-")
    }

    pub(crate) fn finding(&self) -> Finding {
        Finding { severity: self.severity(), ..self.rule().broken(self.to_string(), self.found()) }
    }
}

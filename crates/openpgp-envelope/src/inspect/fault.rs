//! Everything that can be said against a message: one table of names, severities, words and fixes,
//! which [`crate::inspect`] reports and [`crate::open`] refuses by.

use crate::armor::ArmorFault;
use crate::finding::{Finding, Severity};
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
    /// Its stable name, its weight, and how to fix it.
    fn row(&self) -> (&'static str, Severity, &'static str) {
        use Severity::{Error, Info, Warning};
        match self {
            Self::Empty => ("empty", Error, fix::WRITTEN),
            Self::TooLarge { .. } => ("too-large", Error, fix::ONE_SECRET),
            Self::NotOpenPgp { .. } => ("not-openpgp", Error, fix::MESSAGE_FILE),
            Self::Binary => ("not-armored", Error, fix::ARMOR),
            Self::ByteOrderMark => ("byte-order-mark", Error, fix::PLAIN_FILE),
            Self::TextBefore { .. } => ("text-before", Error, fix::PLAIN_FILE),
            Self::TextAfter { .. } => ("text-after", Warning, fix::PLAIN_FILE),
            Self::SeveralBlocks { .. } => ("several-messages", Error, fix::PLAIN_FILE),
            Self::Armor(_) => ("armor-damaged", Error, fix::COPY),
            Self::ArmorLines => ("armor-lines", Error, fix::COPY),
            Self::NotParted => ("armor-not-parted", Error, fix::COPY),
            Self::NoChecksum => ("checksum-missing", Error, fix::CHECKSUM),
            Self::TrailingBlanks { .. } => ("trailing-blanks", Info, fix::BLANKS),
            Self::ArmorIndented { first: true, .. } => ("armor-indented", Error, fix::INDENT),
            Self::ArmorIndented { first: false, .. } => ("armor-indented", Warning, fix::INDENT),
            Self::ArmorHeaders { .. } => ("armor-headers", Info, fix::HEADERS),
            Self::ClearSigned => ("clear-signed", Error, fix::ENCRYPT),
            Self::DetachedSignature => ("detached-signature", Error, fix::ENCRYPT),
            Self::OtherBlock { .. } => ("not-a-message", Error, fix::MESSAGE_FILE),
            Self::Packets(_) => ("packets-damaged", Error, fix::COPY),
            Self::PacketUnreadable { .. } => ("packet-unreadable", Error, fix::COPY),
            Self::NotEncrypted => ("not-encrypted", Error, fix::ENCRYPT),
            Self::NoEncryptedData => ("no-encrypted-data", Error, fix::COPY),
            Self::Misplaced { .. } => ("unexpected-packet", Error, fix::ONE_RUN),
            Self::Padding => ("padding-packet", Error, fix::RFC4880),
            Self::NoRecipient => ("no-recipient", Error, fix::ENCRYPT),
            Self::SeveralRecipients { .. } => ("several-recipients", Error, fix::ONE_RECIPIENT),
            Self::HiddenRecipient => ("hidden-recipient", Error, fix::SHOWN_RECIPIENT),
            Self::WrongRecipient { .. } => ("wrong-recipient", Error, fix::RECIPIENT),
            Self::PasswordRecipient => ("password-recipient", Error, fix::NO_PASSWORD),
            Self::SessionKeyVersion { .. } => ("session-key-version", Error, fix::RFC4880),
            Self::RecipientAlgorithm { .. } => ("recipient-algorithm", Error, fix::RECIPIENT),
            Self::RecipientSize { .. } => ("recipient-size", Warning, fix::RECIPIENT),
            Self::NoIntegrity => ("no-mdc", Error, fix::MDC),
            Self::OcbContainer => ("ocb-container", Error, fix::RFC4880),
            Self::ContainerVersion { .. } => ("container-version", Error, fix::RFC4880),
            Self::OuterOnly => ("outer-checks-only", Info, fix::OPEN_WITH),
            Self::NotForThisKey { .. } => ("not-for-this-key", Error, fix::OTHER_KEY),
            Self::SessionKey { .. } => ("session-key-damaged", Error, fix::ALTERED),
            Self::SessionKeyForm => ("session-key-form", Error, fix::SESSION_KEY),
            Self::Integrity => ("integrity", Error, fix::ALTERED),
            Self::Cipher { .. } => ("cipher", Error, fix::CIPHER),
            Self::Compression { .. } => ("compression", Error, fix::COMPRESSION),
            Self::NestedCompression => ("nested-compression", Error, fix::COMPRESSION),
            Self::CompressionUnreadable => ("compression-damaged", Error, fix::ALTERED),
            Self::Bomb { .. } => ("too-large-inside", Error, fix::ONE_SECRET),
            Self::NoContent => ("no-content", Error, fix::CONTENT),
            Self::Unsigned => ("unsigned", Error, fix::SIGN),
            Self::SeveralSignatures { .. } => ("several-signatures", Error, fix::ONE_SIGNER),
            Self::NotOnePass => ("not-one-pass", Error, fix::SIGN),
            Self::OnePassMismatch => ("one-pass-mismatch", Error, fix::ONE_RUN),
            Self::SignatureVersion { .. } => ("signature-version", Error, fix::RFC4880),
            Self::TextSignature => ("text-signature", Warning, fix::BINARY),
            Self::SignatureType { .. } => ("signature-type", Error, fix::SIGN),
            Self::SignerAlgorithm { .. } => ("signer-algorithm", Error, fix::RSA_KEY),
            Self::SignerSize { .. } => ("signer-size", Error, fix::RSA_KEY),
            Self::Hash { .. } => ("hash", Error, fix::HASH),
            Self::NoIssuer => ("issuer-missing", Error, fix::RFC4880),
            Self::SignatureFuture { .. } => ("signature-future", Warning, fix::CLOCK),
            Self::SignatureExpired { .. } => ("signature-expired", Error, fix::AGAIN),
            Self::SignatureUnchecked => ("signature-unchecked", Info, fix::SIGNER_PUBLIC),
            Self::SignerNotCompared { .. } => ("signer-not-compared", Info, fix::OPEN_WITH),
            Self::SignerUnknown { .. } => ("signer-mismatch", Error, fix::SIGNER),
            Self::SignerKey(_) => ("signer-key", Error, fix::LIVE_KEY),
            Self::SignatureInvalid { .. } => ("signature-invalid", Error, fix::SIGNED_ANEW),
            Self::LiteralFormat { .. } => ("literal-format", Warning, fix::BINARY),
            Self::FileName { .. } => ("file-name", Warning, fix::FILE_NAME),
            Self::ContentEmpty => ("content-empty", Error, fix::CONTENT),
            Self::ContentByteOrderMark => ("content-byte-order-mark", Error, fix::HEX),
            Self::ContentPrefix => ("content-0x", Error, fix::HEX),
            Self::ContentNotHex { .. } => ("content-not-hex", Error, fix::HEX),
            Self::ContentOdd { .. } => ("content-odd", Error, fix::HEX),
            Self::ContentLong { .. } => ("content-long", Error, fix::HEX),
            Self::ContentWhiteSpace => ("content-white-space", Warning, fix::HEX),
        }
    }

    /// Its stable name, for programs.
    pub fn id(&self) -> &'static str {
        self.row().0
    }

    /// How much it matters.
    pub fn severity(&self) -> Severity {
        self.row().1
    }

    /// How to fix it: a gpg option or Kleopatra setting, or what to do.
    pub fn fix(&self) -> &'static str {
        self.row().2
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
        let (id, severity, fix) = self.row();
        Finding { id, severity, message: self.to_string(), fix: Some(fix) }
    }
}

/// How to fix the faults, in the words of gpg and Kleopatra.
mod fix {
    pub(super) const WRITTEN: &str =
        "seal again: whatever wrote the file failed, or the disk was full";
    pub(super) const ONE_SECRET: &str = "encrypt the hexadecimal digits of one secret alone, at most 1000, not an archive or a document";
    pub(super) const MESSAGE_FILE: &str = "give the file that `gpg --armor --sign --encrypt` wrote, saved as UTF-8: it begins with `-----BEGIN PGP MESSAGE-----`";
    pub(super) const BLANKS: &str = "nothing needs to be done; gpg writes none: send the file itself, not a copy out of a mail or terminal";
    pub(super) const INDENT: &str = "remove the blanks at the beginning of the lines, or send the file itself; YAML: a literal block (`|`)";
    pub(super) const ONE_RUN: &str =
        "gpg: --sign --encrypt in one run, and nothing added to what it writes";
    pub(super) const OTHER_KEY: &str = "--open-with a key it is encrypted to, or --session-key-file with what `gpg --show-session-key` prints for who can open it";
    pub(super) const ALTERED: &str = "transfer the message again, unchanged; if this is the original, or --session-key-file is right, encrypt again";
    pub(super) const CONTENT: &str =
        "encrypt the file that holds the key's hexadecimal digits; gpg: --sign --encrypt FILE";
    pub(super) const LIVE_KEY: &str = "sign with a key that is alive, RSA-2048 or RSA-4096; gpg: --quick-set-expire gives one that expired more time, a revoked one needs a new key (`el2g pgp keygen`)";
    pub(super) const SIGNED_ANEW: &str = "sign and encrypt again, and transfer it unchanged; is --signer-public the newest export of the signer's key?";
    pub(super) const ARMOR: &str = "gpg: --armor; Kleopatra: Settings > Crypto Operations > Create signed or encrypted files as text files, or use the Notepad";
    pub(super) const PLAIN_FILE: &str =
        "save the message alone, as UTF-8 without byte order mark, from `-----BEGIN` to `-----END`";
    pub(super) const COPY: &str = "copy or transfer the message again, unchanged; `el2g pgp inspect` of the original shows whether it is sound";
    pub(super) const CHECKSUM: &str =
        "gpg writes it; OpenPGP.js: config.aeadProtect = false, or armor() with emitChecksum";
    pub(super) const HEADERS: &str = "gpg: --no-emit-version --no-comments";
    pub(super) const ENCRYPT: &str = "gpg: --sign --encrypt --recipient KEY together; Kleopatra: tick both `Sign as` and `Encrypt for others`";
    pub(super) const ONE_RECIPIENT: &str =
        "gpg: one --recipient and --no-encrypt-to; Kleopatra: untick `Encrypt for me`";
    pub(super) const SHOWN_RECIPIENT: &str =
        "gpg: --recipient instead of --hidden-recipient, and --no-throw-keyids";
    pub(super) const RECIPIENT: &str = "gpg: --recipient with the EdgeLock 2GO key's fingerprint; Kleopatra: `Encrypt for others`: Edgelock2go.support@nxp.com";
    pub(super) const NO_PASSWORD: &str =
        "gpg: without --symmetric; Kleopatra: untick `Encrypt with password`";
    pub(super) const MDC: &str = "gpg: without --disable-mdc and --rfc2440; a recipient key whose preferences state MDC (--force-mdc with old versions)";
    pub(super) const RFC4880: &str = "gpg 2.3 and later: --rfc4880, without --force-aead or --force-ocb; sq: --profile=rfc4880; OpenPGP.js: config.aeadProtect = false";
    pub(super) const OPEN_WITH: &str =
        "--open-with KEY, or --session-key-file with what `gpg --show-session-key` prints";
    pub(super) const SESSION_KEY: &str =
        "put what `gpg --show-session-key --decrypt` prints between the quotes into the file";
    pub(super) const CIPHER: &str =
        "gpg: --cipher-algo AES256; Kleopatra: the line `cipher-algo AES256` in gpg.conf";
    pub(super) const COMPRESSION: &str =
        "gpg: --compress-algo zlib (or none); Kleopatra: the line `compress-algo zlib` in gpg.conf";
    pub(super) const SIGN: &str = "gpg: --sign --local-user KEY; Kleopatra: tick `Sign as`";
    pub(super) const ONE_SIGNER: &str =
        "gpg: one --local-user, none in gpg.conf; Kleopatra: one key under `Sign as`";
    pub(super) const BINARY: &str = "gpg: --no-textmode (without -t)";
    pub(super) const RSA_KEY: &str = "sign with an RSA-2048 or RSA-4096 key (`el2g pgp keygen`); gpg: --quick-gen-key NAME rsa4096 sign; Kleopatra: Advanced Settings > RSA 4096";
    pub(super) const HASH: &str =
        "gpg: --digest-algo SHA256; Kleopatra: the line `digest-algo SHA256` in gpg.conf";
    pub(super) const CLOCK: &str = "set this machine's clock, or the signer's";
    pub(super) const AGAIN: &str =
        "sign again; gpg: without --ask-sig-expire and --default-sig-expire";
    pub(super) const SIGNER_PUBLIC: &str = "--signer-public KEY";
    pub(super) const SIGNER: &str = "upload the public key that belongs to the signing key, or sign with the right --local-user";
    pub(super) const FILE_NAME: &str =
        "gpg: --set-filename '' or the content on standard input; Kleopatra: use the Notepad";
    pub(super) const HEX: &str = "the content is the key's hexadecimal digits alone: no 0x, no separators, no newline (printf, not echo)";
}

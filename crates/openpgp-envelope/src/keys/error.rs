//! Why a key file cannot be used.

use std::fmt;

use el2g_key_payload::EntropyUnavailable;

use crate::armor::ArmorFault;
use crate::packets::FrameFault;
use crate::{Fingerprint, KeyId, Timestamp};

/// Why a file of OpenPGP keys cannot be used, or a new key cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The file holds nothing.
    #[error("the file is empty")]
    Empty,
    /// The file is larger than any key.
    #[error("the file has {found} bytes, a key has at most {allowed}")]
    TooLarge {
        /// Its size in bytes.
        found: usize,
        /// The largest size read.
        allowed: usize,
    },
    /// The file holds something else than OpenPGP data.
    #[error("the file holds {found}, not an OpenPGP key")]
    NotOpenPgp {
        /// What it holds instead, as far as can be seen.
        found: String,
    },
    /// The armor is damaged (RFC 9580 6).
    #[error("the armor is damaged")]
    Armor(#[from] ArmorFault),
    /// The packets do not follow one another as they should (RFC 9580 4.2).
    #[error("the key is damaged")]
    Packets(#[from] FrameFault),
    /// A packet's inside cannot be read.
    #[error("the key is damaged: {detail}")]
    Malformed {
        /// What the reader could not read.
        detail: String,
    },
    /// A secret key is needed, and the file holds only the public one.
    #[error("the file holds the public key {key_id} only, not its secret key")]
    PublicOnly {
        /// The public key's id.
        key_id: KeyId,
    },
    /// A public key is needed, and the file holds the secret one.
    #[error("the file holds the secret key {key_id}; expected only the public key")]
    SecretGiven {
        /// The key's id.
        key_id: KeyId,
    },
    /// More than one key in the file.
    #[error("the file holds {count} keys{}; expected one", listed(.keys))]
    SeveralKeys {
        /// How many.
        count: usize,
        /// The fingerprints of those that can be read.
        keys: Vec<Fingerprint>,
    },
    /// The key is whole, but may not do what was asked of it.
    #[error("{part} {key_id} {problem}")]
    Refused {
        /// The refused key's id.
        key_id: KeyId,
        /// Primary key or subkey.
        part: KeyPart,
        /// What is wrong with it.
        problem: KeyProblem,
    },
    /// The key is locked and no passphrase was given.
    #[error("key {key_id} is protected by a passphrase and none was given")]
    PassphraseNeeded {
        /// The locked key's id.
        key_id: KeyId,
    },
    /// The passphrase does not unlock the key.
    #[error("the passphrase does not unlock key {key_id}")]
    WrongPassphrase {
        /// The locked key's id.
        key_id: KeyId,
    },
    /// The key is locked in a way that is not known here.
    #[error("key {key_id} is protected in a way that is not supported: {detail}")]
    UnsupportedProtection {
        /// The locked key's id.
        key_id: KeyId,
        /// What the protection is.
        detail: String,
    },
    /// The secret numbers do not belong to the public ones.
    #[error("the secret part of key {key_id} does not fit its public part")]
    Inconsistent {
        /// The key's id.
        key_id: KeyId,
    },
    /// The user id for a new key is not one.
    #[error("a user id is 1 to {longest} bytes of text without control characters")]
    UserId {
        /// The largest length in bytes.
        longest: usize,
    },
    /// A new key is to be protected by an empty passphrase.
    #[error("the passphrase is empty")]
    EmptyPassphrase,
    /// RSA key generation failed in the cryptographic library.
    #[error("the cryptographic library could not make an RSA-{bits} key")]
    Generation {
        /// The expected size.
        bits: u32,
    },
    /// No random bytes.
    #[error(transparent)]
    Entropy(#[from] EntropyUnavailable),
}

/// The first keys of a keyring, in brackets.
fn listed(keys: &[Fingerprint]) -> String {
    const SHOWN: usize = 8;
    let mut shown: Vec<String> = keys.iter().take(SHOWN).map(ToString::to_string).collect();
    if keys.len() > SHOWN {
        shown.push("…".to_owned());
    }
    if shown.is_empty() { String::new() } else { format!(" ({})", shown.join(", ")) }
}

/// Which of a file's keys is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyPart {
    /// The primary key, which certifies the others.
    Primary,
    /// A subkey.
    Subkey,
}

impl fmt::Display for KeyPart {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Primary => "key",
            Self::Subkey => "subkey",
        })
    }
}

/// Why a key may not be used; reads on after "key 0123456789ABCDEF".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyProblem {
    /// Not a version 4 key (RFC 9580 5.5.2).
    #[error("is a version {found} key, only version 4 keys are allowed")]
    Version {
        /// The version found.
        found: u8,
    },
    /// Not an RSA key.
    #[error("is {found}, only RSA keys are allowed")]
    Algorithm {
        /// The algorithm found, for example `an EdDSA (Ed25519) key`.
        found: String,
    },
    /// An RSA key of another size.
    #[error("is RSA-{found}, only {allowed} is allowed")]
    RsaSize {
        /// Bits found.
        found: u32,
        /// The sizes allowed.
        allowed: &'static str,
    },
    /// Its time is over.
    #[error("expired at {at}")]
    Expired {
        /// When.
        at: Timestamp,
    },
    /// Its time has not come: the creation date lies ahead of the clock.
    #[error("is dated {created}, which is in the future")]
    NotYetValid {
        /// The date it bears.
        created: Timestamp,
    },
    /// Its owner revoked it.
    #[error("was revoked at {at} ({reason})")]
    Revoked {
        /// When.
        at: Timestamp,
        /// The reason stated, in words (RFC 9580 5.2.3.31).
        reason: String,
        /// Whether what it signed before is in doubt as well (compromised, or no reason given).
        hard: bool,
    },
    /// Nothing binds it: no signature by its own (primary) key verifies.
    #[error("has no valid self-signature")]
    NoSelfSignature,
    /// A signing subkey that does not confirm its primary key (RFC 9580 5.2.1.9).
    #[error("is a signing subkey without a valid back signature over its primary key")]
    NoBackSignature,
    /// Its key flags do not allow signing (RFC 9580 5.2.3.29).
    #[error("may not sign data, its key flags allow: {flags}")]
    CannotSign {
        /// What they allow.
        flags: String,
    },
    /// There is no usable subkey for encryption.
    #[error("has no subkey for encryption")]
    NoEncryptionSubkey,
    /// Neither it nor a subkey may encrypt.
    #[error("has no key that may encrypt")]
    NoEncryptionKey,
    /// Of a kind that nothing can be encrypted to here.
    #[error(
        "is {found}: a copy can be sealed to RSA keys and to ECDH keys over Curve25519, P-256, P-384 and P-521"
    )]
    NotEncryptable {
        /// The algorithm found.
        found: String,
    },
    /// The secret part is not in the file (GnuPG's `gnu-dummy`).
    #[error("has no secret part in this file, only a stub")]
    Stub,
    /// The secret part is on a smart card (GnuPG's `gnu-divert-to-card`).
    #[error("has its secret part on a smart card, the file holds only a stub")]
    OnCard,
}

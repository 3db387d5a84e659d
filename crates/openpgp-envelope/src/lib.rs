#![doc = include_str!("../README.md")]
#![warn(unreachable_pub)]

//! Where to begin: [`seal()`] makes a message, [`inspect()`] checks one, [`open()`] opens it. Keys come from files
//! ([`SigningKey`], [`Recipient`], [`RecipientSecret`]) or are made here ([`generate_signing_key`],
//! [`generate_recipient_key`]).
//!
//! rPGP reads and writes packets; it does no policy of its own. The present, and random bytes for keys' protection and
//! messages, are parameters; RSA primes and PKCS #1 padding come from the generator of aws-lc-rs, which takes no other.

mod armor;
mod identifiers;
mod inspect;
mod keys;
mod open;
mod packets;
mod printable;
mod randomness;
mod read_back;
mod rsa_backend;
mod seal;
mod signed_octets;
#[cfg(test)]
mod testdata;

pub use armor::{
    ArmorDiagnosis, ArmorFault, ArmorLine, ArmorLineFault, StructureBreak, diagnose_armor,
};
pub use identifiers::{Fingerprint, KeyId, NotAnIdentifier, RsaBits, Timestamp};
pub use inspect::{
    CheckDepth, EncryptionReport, Fault, InspectOptions, Inspection, LARGEST_MESSAGE,
    LiteralReport, MESSAGE_RULES, PacketReport, SignatureReport, inspect,
};
pub use keys::{
    CertifyError, EncryptionSubkey, EscrowKey, KEY_RULES, KeyError, KeyName, KeyPart, KeyProblem,
    LARGEST_KEY_FILE, MessageSigner, NewCertificate, NewKey, OctetSigner, PublicSigningKey,
    Recipient, RecipientError, RecipientReport, RecipientSecret, SignerError, SigningKey,
    ThrowAway, WantedKey, certify, examine_recipient, generate_recipient_key, generate_signing_key,
    generate_throw_away_signing_key, is_published_key, public_of, throw_away_key, unreadable_key,
};
pub use open::{OpenError, Opened, open};
pub use packets::{FrameFault, LengthForm, PacketTag};
pub use read_back::ReadBackFault;
pub use seal::{ReadBack, SealError, SealedMessage, Sealer, seal, seal_escrow};

//! Signed and encrypted OpenPGP messages as EdgeLock 2GO takes them (AN12642 section 12).
//!
//! [`seal`] makes them, [`inspect`] judges those that others made, [`open`] is the receiver's side as
//! a sandbox needs it. Keys come from files ([`SigningKey`], [`Recipient`], [`RecipientSecret`]) or
//! are made here ([`generate_signing_key`], [`generate_recipient_key`]).
//!
//! rPGP reads and writes packets; it does no policy of its own, so expiry, revocation, key flags and
//! allowed algorithms are decided here. Private-key operations go through aws-lc-rs, which does them
//! in constant time. The present, and random bytes for keys' protection and messages, are parameters;
//! RSA primes and PKCS #1 padding come from the generator of aws-lc-rs, which takes no other.

mod armor;
mod certificate;
mod finding;
mod identifiers;
mod inspect;
mod key_error;
mod key_file;
mod key_generation;
mod open;
mod packets;
mod randomness;
mod read_back;
mod recipient;
mod rsa_backend;
mod seal;
mod signing_key;
mod unlock;

pub use armor::{
    ArmorDiagnosis, ArmorFault, ArmorLine, ArmorLineFault, StructureBreak, diagnose_armor,
};
pub use finding::{Finding, Severity};
pub use identifiers::{Fingerprint, KeyId, NotAnIdentifier, RsaBits, Timestamp};
pub use inspect::{InspectOptions, Inspection, inspect};
pub use key_error::{KeyError, KeyPart, KeyProblem};
pub use key_file::LARGEST_KEY_FILE;
pub use key_generation::{NewKey, generate_recipient_key, generate_signing_key};
pub use open::{OpenError, Opened, RecipientSecret, open};
pub use packets::{FrameFault, LengthForm, PacketTag};
pub use read_back::ReadBackFault;
pub use recipient::{
    EncryptionSubkey, Recipient, RecipientError, RecipientReport, examine_recipient,
};
pub use seal::{ReadBack, SealError, SealedMessage, Sealer, seal};
pub use signing_key::{MessageSigner, SignerError, SigningKey, public_of};

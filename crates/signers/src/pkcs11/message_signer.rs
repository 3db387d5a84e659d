//! A token's RSA key as an OpenPGP signer.

use el2g_openpgp_envelope::{
    Fingerprint, KeyError, KeyId, MessageSigner, PublicSigningKey, SignerError, Timestamp,
    WantedKey,
};
use el2g_x509::HashAlgorithm;

use super::{TokenError, TokenKey};

/// An RSA key on a token together with its OpenPGP certificate: signs messages.
#[derive(Debug)]
pub struct TokenMessageSigner {
    key: TokenKey,
    public: PublicSigningKey,
}

impl TokenMessageSigner {
    /// Joins a key with the certificate that was made for it (`el2g pgp certify`), which is checked as a key
    /// file is.
    ///
    /// # Errors
    /// [`KeyError`]; [`KeyError::Inconsistent`] when the certificate is another key's.
    pub fn new(key: TokenKey, certificate: &[u8], now: Timestamp) -> Result<Self, KeyError> {
        // A key that is not RSA has no modulus, and is in no certificate that is accepted.
        let modulus = key.public.rsa_numbers().map(|(modulus, _)| modulus).unwrap_or_default();
        let public = PublicSigningKey::read(certificate, WantedKey::Modulus(&modulus), now)?;
        Ok(Self { key, public })
    }
}

impl TokenKey {
    /// Signs a SHA-256 digest for the OpenPGP key `key_id`: RSASSA-PKCS1-v1_5.
    ///
    /// # Errors
    /// [`SignerError`].
    pub fn sign_openpgp(&self, key_id: KeyId, digest: &[u8; 32]) -> Result<Vec<u8>, SignerError> {
        self.sign_rsa_digest(HashAlgorithm::Sha256, digest).map_err(|error| {
            let detail = error.to_string();
            match error {
                TokenError::Removed { .. } => SignerError::Unreachable { key_id, detail },
                _ => SignerError::Refused { key_id, detail },
            }
        })
    }
}

impl MessageSigner for TokenMessageSigner {
    fn key_id(&self) -> KeyId {
        self.public.key_id()
    }

    fn fingerprint(&self) -> Fingerprint {
        self.public.fingerprint()
    }

    fn bits(&self) -> u32 {
        self.public.bits().bits()
    }

    fn public_armored(&self) -> &str {
        self.public.public_armored()
    }

    fn sign_digest(&self, digest: &[u8; 32]) -> Result<Vec<u8>, SignerError> {
        let key_id = self.key_id();
        let signature = self.key.sign_openpgp(key_id, digest)?;
        self.public.verified(digest, &signature).ok_or_else(|| SignerError::Refused {
            key_id,
            detail: "its signature does not verify with the public key".to_owned(),
        })
    }
}

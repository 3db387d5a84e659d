//! An OpenPGP signer whose private key stays where it is: with gpg-agent, or on a token.

use el2g_openpgp_envelope::{Fingerprint, KeyId, MessageSigner, PublicSigningKey, SignerError};

/// Where the private key is. Its signatures are not trusted: [`RemoteSigner`] verifies them.
pub(crate) trait RemoteKey: Send + Sync + std::fmt::Debug {
    /// RSASSA-PKCS1-v1_5 over a SHA-256 digest, for the key `key_id`.
    fn sign(&self, key_id: KeyId, digest: &[u8; 32]) -> Result<Vec<u8>, SignerError>;

    /// The same, where the octets with this digest are at hand.
    fn sign_octets(
        &self,
        key_id: KeyId,
        _octets: &[u8],
        digest: &[u8; 32],
    ) -> Result<Vec<u8>, SignerError> {
        self.sign(key_id, digest)
    }
}

/// A private key that stays where it is, with its public side: signs messages and verifies what it made.
#[derive(Debug)]
pub struct RemoteSigner {
    key: Box<dyn RemoteKey>,
    public: PublicSigningKey,
}

impl RemoteSigner {
    pub(crate) fn new(key: impl RemoteKey + 'static, public: PublicSigningKey) -> Self {
        Self { key: Box::new(key), public }
    }

    /// The public side.
    pub fn public(&self) -> &PublicSigningKey {
        &self.public
    }

    fn verified(&self, digest: &[u8; 32], signature: Vec<u8>) -> Result<Vec<u8>, SignerError> {
        self.public.verified(digest, &signature).ok_or_else(|| SignerError::Refused {
            key_id: self.key_id(),
            detail: "its signature does not verify with the public key".to_owned(),
        })
    }
}

impl MessageSigner for RemoteSigner {
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
        self.verified(digest, self.key.sign(self.key_id(), digest)?)
    }

    fn sign_octets(&self, octets: &[u8], digest: &[u8; 32]) -> Result<Vec<u8>, SignerError> {
        self.verified(digest, self.key.sign_octets(self.key_id(), octets, digest)?)
    }
}

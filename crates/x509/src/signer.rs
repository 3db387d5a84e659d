//! What signs certificates.

use crate::algorithm::HashAlgorithm;
use crate::public_key::PublicKey;

/// A private key, wherever it lives, that signs certificates and requests. ECDSA signatures are DER
/// (RFC 3279 section 2.2.3), RSA is PKCS#1 v1.5.
pub trait CertificateSigner: Send + Sync {
    /// The public half.
    fn public_key(&self) -> &PublicKey;

    /// Signs `message`, hashed with `hash`.
    ///
    /// # Errors
    /// [`SignerError`]: the key cannot, or the place it lives in refused.
    fn sign(&self, hash: HashAlgorithm, message: &[u8]) -> Result<Vec<u8>, SignerError>;
}

/// Why a signature was not made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignerError {
    /// The key and the hash do not go together here.
    #[error("a {key} key cannot sign with {hash}")]
    Unsupported {
        /// The key's kind.
        key: crate::KeyAlgorithm,
        /// The hash.
        hash: HashAlgorithm,
    },
    /// The operation failed inside the cryptographic library.
    #[error("the private-key operation failed")]
    Failed,
    /// The device or agent that holds the key refused or is gone.
    #[error("{place} refused to sign: {reason}")]
    Refused {
        /// The token or agent.
        place: String,
        /// What it said.
        reason: String,
    },
}

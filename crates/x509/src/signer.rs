//! What signs certificates.

use der::asn1::UintRef;
use der::{Decode, Encode, Sequence};

use crate::algorithm::{HashAlgorithm, KeyAlgorithm};
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
        key: KeyAlgorithm,
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

/// ECDSA-Sig-Value (RFC 3279 section 2.2.3).
#[derive(Sequence)]
struct EcdsaSignature<'a> {
    r: UintRef<'a>,
    s: UintRef<'a>,
}

/// Octets of a curve's order.
const fn order_octets(key: KeyAlgorithm) -> Option<usize> {
    match key {
        KeyAlgorithm::NistP256 => Some(32),
        KeyAlgorithm::NistP384 => Some(48),
        KeyAlgorithm::NistP521 => Some(66),
        _ => None,
    }
}

/// The DER (RFC 3279 section 2.2.3) of an ECDSA signature given as `r || s`, as PKCS#11 tokens make it; `None` when it
/// has not exactly twice the length of the curve's order, or is DER already.
pub fn ecdsa_signature_der(key: KeyAlgorithm, signature: &[u8]) -> Option<Vec<u8>> {
    let length = order_octets(key)?;
    if signature.len() != 2 * length || EcdsaSignature::from_der(signature).is_ok() {
        return None;
    }
    let (r, s) = signature.split_at(length);
    EcdsaSignature { r: UintRef::new(r).ok()?, s: UintRef::new(s).ok()? }.to_der().ok()
}

/// `r || s` of an ECDSA signature in DER, each as long as the curve's order; `None` when it is not one of this curve.
pub fn ecdsa_signature_bare(key: KeyAlgorithm, signature: &[u8]) -> Option<Vec<u8>> {
    let length = order_octets(key)?;
    let parts = EcdsaSignature::from_der(signature).ok()?;
    let mut bare = Vec::with_capacity(2 * length);
    for part in [parts.r.as_bytes(), parts.s.as_bytes()] {
        bare.resize(bare.len() + length.checked_sub(part.len())?, 0);
        bare.extend(part);
    }
    Some(bare)
}

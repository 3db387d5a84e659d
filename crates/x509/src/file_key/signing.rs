//! Signing with a private key that is held in memory, through aws-lc-rs.

use aws_lc_rs::digest::{self, Digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature as lc;
use zeroize::Zeroize as _;

use super::{FileKey, KeyPair};
use crate::algorithm::{HashAlgorithm, KeyAlgorithm};
use crate::public_key::PublicKey;
use crate::signer::{CertificateSigner, SignerError};

impl FileKey {
    /// Signs a digest that somebody else made with `hash`: ECDSA in DER, RSA with the padding of PKCS #1 v1.5.
    ///
    /// # Errors
    /// [`SignerError`], also for a digest of another length than the hash's.
    pub fn sign_digest(&self, hash: HashAlgorithm, octets: &[u8]) -> Result<Vec<u8>, SignerError> {
        match &self.pair {
            KeyPair::Ec(pair) => {
                let digest = fitted_digest(self.public.algorithm(), hash, octets)?;
                pair.sign_digest(&digest)
                    .map(|signature| signature.as_ref().to_vec())
                    .map_err(|_| SignerError::Failed)
            }
            KeyPair::Rsa(pair) => {
                let digest = Digest::import_less_safe(octets, hash.library())
                    .map_err(|_| SignerError::Failed)?;
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign_digest(rsa_padding(hash), &digest, &mut signature)
                    .map_err(|_| SignerError::Failed)?;
                Ok(signature)
            }
        }
    }
}

fn rsa_padding(hash: HashAlgorithm) -> &'static dyn lc::RsaEncoding {
    match hash {
        HashAlgorithm::Sha256 => &lc::RSA_PKCS1_SHA256,
        HashAlgorithm::Sha384 => &lc::RSA_PKCS1_SHA384,
        HashAlgorithm::Sha512 => &lc::RSA_PKCS1_SHA512,
    }
}

impl CertificateSigner for FileKey {
    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn sign(&self, hash: HashAlgorithm, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        match &self.pair {
            KeyPair::Ec(_) => self.sign_digest(hash, &hash.digest(message)),
            KeyPair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(rsa_padding(hash), &SystemRandom::new(), message, &mut signature)
                    .map_err(|_| SignerError::Failed)?;
                Ok(signature)
            }
        }
    }
}

/// The digest as the integer ECDSA signs (FIPS 186-5 section 6.4.1: the leftmost bits, as many as the order has).
/// aws-lc-rs ties P-256 to SHA-256 and P-384 to SHA-384 although the hash is free: a longer digest is
/// cut to the curve's length, a shorter one gets leading zeros, and the number stays the same.
fn fitted_digest(
    key: KeyAlgorithm,
    hash: HashAlgorithm,
    octets: &[u8],
) -> Result<Digest, SignerError> {
    let own: &'static digest::Algorithm = match key {
        KeyAlgorithm::NistP256 => &digest::SHA256,
        KeyAlgorithm::NistP384 => &digest::SHA384,
        KeyAlgorithm::NistP521 => &digest::SHA512,
        _ => return Err(SignerError::Unsupported { key, hash }),
    };
    if octets.len() != hash.library().output_len() {
        return Err(SignerError::Failed);
    }
    let length = own.output_len();
    let mut fitted = vec![0; length.saturating_sub(octets.len())];
    fitted.extend_from_slice(&octets[..octets.len().min(length)]);
    let imported = Digest::import_less_safe(&fitted, own).map_err(|_| SignerError::Failed);
    fitted.zeroize();
    imported
}

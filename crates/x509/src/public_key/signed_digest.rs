//! Signatures over a digest that somebody else made.

use aws_lc_rs::digest::Digest;
use aws_lc_rs::signature::UnparsedPublicKey;

use super::{PublicKey, VerifyError};
use crate::algorithm::{HashAlgorithm, SignatureAlgorithm};

impl PublicKey {
    /// Checks a signature over `digest`, which `hash` made: ECDSA in DER, RSA with the padding of PKCS #1 v1.5.
    ///
    /// # Errors
    /// [`VerifyError`], also for a digest of another length than the hash's.
    pub fn verify_digest(
        &self,
        hash: HashAlgorithm,
        digest: &[u8],
        signature: &[u8],
    ) -> Result<(), VerifyError> {
        let key = self.algorithm;
        let algorithm =
            SignatureAlgorithm::for_key(key, hash).ok_or(VerifyError::UnsupportedKey { key })?;
        let verification = self.verification(algorithm)?;
        let wrong = |_| VerifyError::Wrong { algorithm, key };
        let digest = Digest::import_less_safe(digest, hash.library()).map_err(wrong)?;
        UnparsedPublicKey::new(verification, &self.key)
            .verify_digest(&digest, signature)
            .map_err(wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        CertificateSigner as _, FileKey, KeyAlgorithm, ecdsa_signature_bare, ecdsa_signature_der,
    };

    const HASHES: [HashAlgorithm; 3] =
        [HashAlgorithm::Sha256, HashAlgorithm::Sha384, HashAlgorithm::Sha512];

    #[test]
    fn a_signed_digest_is_a_signature_of_its_message() {
        for algorithm in [
            KeyAlgorithm::NistP256,
            KeyAlgorithm::NistP384,
            KeyAlgorithm::NistP521,
            KeyAlgorithm::Rsa2048,
        ] {
            let key = FileKey::generate(algorithm).unwrap();
            for hash in HASHES {
                let digest = hash.digest(b"message");
                let signature = key.sign_digest(hash, &digest).unwrap();
                let public = key.public_key();
                assert_eq!(public.verify_digest(hash, &digest, &signature), Ok(()));
                let identifier = SignatureAlgorithm::for_key(algorithm, hash).unwrap();
                let wrong = Err(VerifyError::Wrong { algorithm: identifier, key: algorithm });
                let other = hash.digest(b"other");
                assert_eq!(public.verify_digest(hash, &other, &signature), wrong);
                assert_eq!(public.verify_digest(hash, &digest[1..], &signature), wrong);
                let signed = key.sign(hash, b"message").unwrap();
                assert_eq!(public.verify_digest(hash, &digest, &signed), Ok(()));
            }
        }
    }

    #[test]
    fn a_digest_of_another_length_is_not_signed() {
        for algorithm in [KeyAlgorithm::NistP256, KeyAlgorithm::Rsa2048] {
            let key = FileKey::generate(algorithm).unwrap();
            assert!(key.sign_digest(HashAlgorithm::Sha256, &[7; 31]).is_err());
            assert!(key.sign_digest(HashAlgorithm::Sha384, &[7; 32]).is_err());
        }
    }

    #[test]
    fn both_forms_of_an_ecdsa_signature_are_one() {
        let key = FileKey::generate(KeyAlgorithm::NistP521).unwrap();
        let der = key.sign(HashAlgorithm::Sha512, b"message").unwrap();
        let bare = ecdsa_signature_bare(KeyAlgorithm::NistP521, &der).unwrap();
        assert_eq!(bare.len(), 132);
        assert_eq!(ecdsa_signature_der(KeyAlgorithm::NistP521, &bare), Some(der));
        assert_eq!(ecdsa_signature_bare(KeyAlgorithm::Rsa2048, &bare), None);
        assert_eq!(ecdsa_signature_bare(KeyAlgorithm::NistP256, b"no signature"), None);
        // Numbers longer than the curve's order.
        let der = key.sign(HashAlgorithm::Sha512, b"message").unwrap();
        assert_eq!(ecdsa_signature_bare(KeyAlgorithm::NistP256, &der), None);
    }
}

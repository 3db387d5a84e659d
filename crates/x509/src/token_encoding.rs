//! What tokens (PKCS #11) give and take, in the encodings of X.509: attributes of an EC key
//! become a SubjectPublicKeyInfo, digests become a DigestInfo.

use aws_lc_rs::digest;
use const_oid::ObjectIdentifier;
use const_oid::db::rfc5912 as oids;
use der::asn1::{AnyRef, OctetStringRef};
use der::{Decode, Encode, Sequence};
use spki::AlgorithmIdentifierRef;

use crate::algorithm::{HashAlgorithm, KeyAlgorithm, SignatureAlgorithm};
use crate::public_key::{PublicKey, PublicKeyError, VerifyError};

/// DigestInfo (RFC 8017 section 9.2).
#[derive(Sequence)]
struct DigestInfo<'a> {
    algorithm: AlgorithmIdentifierRef<'a>,
    digest: &'a OctetStringRef,
}

impl PublicKey {
    /// The key that is `point` on the curve that `parameters` names, as tokens hold them: CKA_EC_PARAMS is the
    /// DER of an object identifier, CKA_EC_POINT an OCTET STRING (bare points are taken as well).
    ///
    /// # Errors
    /// [`PublicKeyError::Malformed`] when the curve is not a NIST curve or the point does not lie on it.
    pub fn from_ec_attributes(parameters: &[u8], point: &[u8]) -> Result<Self, PublicKeyError> {
        let malformed = |reason: String| PublicKeyError::Malformed { reason };
        let curve = match ObjectIdentifier::from_der(parameters) {
            Ok(oid) if oid == oids::SECP_256_R_1 => KeyAlgorithm::NistP256,
            Ok(oid) if oid == oids::SECP_384_R_1 => KeyAlgorithm::NistP384,
            Ok(oid) if oid == oids::SECP_521_R_1 => KeyAlgorithm::NistP521,
            Ok(oid) => return Err(malformed(format!("{oid} is not a NIST curve"))),
            Err(_) => return Err(malformed("the curve is not given by its name".to_owned())),
        };
        // 04 begins an OCTET STRING and an uncompressed point: the length decides.
        let point = match <&OctetStringRef>::from_der(point) {
            Ok(wrapped) if wrapped.as_bytes().len() % 2 == 1 => wrapped.as_bytes(),
            _ => point,
        };
        Self::from_ec_point(curve, point)
    }

    /// Checks `signature` over `message` as this key makes it with `hash`: ECDSA in DER, or PKCS#1 v1.5.
    ///
    /// # Errors
    /// [`VerifyError`].
    pub fn verify_own(
        &self,
        hash: HashAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), VerifyError> {
        let key = self.algorithm();
        let identifier = SignatureAlgorithm::for_key(key, hash)
            .and_then(SignatureAlgorithm::to_der)
            .ok_or(VerifyError::UnsupportedKey { key })?;
        self.verify(&identifier, message, signature)
    }
}

impl HashAlgorithm {
    /// The digest of `message`.
    pub fn digest(self, message: &[u8]) -> Vec<u8> {
        digest::digest(self.library(), message).as_ref().to_vec()
    }

    /// The DER DigestInfo of a digest made with this hash: what PKCS#1 v1.5 pads (RFC 8017 section 9.2).
    pub fn digest_info(self, digest: &[u8]) -> Vec<u8> {
        let oid: ObjectIdentifier = match self {
            Self::Sha256 => oids::ID_SHA_256,
            Self::Sha384 => oids::ID_SHA_384,
            Self::Sha512 => oids::ID_SHA_512,
        };
        let algorithm = AlgorithmIdentifierRef { oid, parameters: Some(AnyRef::NULL) };
        OctetStringRef::new(digest)
            .and_then(|digest| DigestInfo { algorithm, digest }.to_der())
            .expect("an identifier and a short digest always encode")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{CertificateSigner as _, FileKey};

    #[test]
    fn keys_in_parts_become_the_key_they_were() {
        for algorithm in KeyAlgorithm::SUPPORTED {
            let key = FileKey::generate(algorithm).unwrap();
            let whole = key.public_key();
            let rebuilt = match whole.rsa_numbers() {
                Some((modulus, exponent)) => {
                    // Tokens may give leading zeros.
                    let modulus = [&[0][..], &modulus].concat();
                    PublicKey::from_rsa_numbers(&modulus, &exponent).unwrap()
                }
                None => {
                    let parameters = match algorithm {
                        KeyAlgorithm::NistP256 => oids::SECP_256_R_1.to_der().unwrap(),
                        KeyAlgorithm::NistP384 => oids::SECP_384_R_1.to_der().unwrap(),
                        _ => oids::SECP_521_R_1.to_der().unwrap(),
                    };
                    let point = whole.key_octets();
                    let wrapped = OctetStringRef::new(point).unwrap().to_der().unwrap();
                    let bare = PublicKey::from_ec_attributes(&parameters, point).unwrap();
                    assert!(PublicKey::from_ec_attributes(&parameters, &wrapped).unwrap() == bare);
                    bare
                }
            };
            assert!(&rebuilt == whole, "{algorithm}");
            let hash = algorithm.natural_hash();
            let signature = key.sign(hash, b"message").unwrap();
            assert_eq!(rebuilt.verify_own(hash, b"message", &signature), Ok(()));
            assert!(rebuilt.verify_own(hash, b"messagf", &signature).is_err());
        }
    }

    #[test]
    fn the_digest_info_is_that_of_rfc_8017() {
        let mut expected = vec![
            0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02,
            0x01, 0x05, 0x00, 0x04, 0x20,
        ];
        let digest = HashAlgorithm::Sha256.digest(b"abc");
        assert_eq!(digest[..4], [0xba, 0x78, 0x16, 0xbf]);
        expected.extend_from_slice(&digest);
        assert_eq!(HashAlgorithm::Sha256.digest_info(&digest), expected);
    }

    proptest! {
        #[test]
        fn arbitrary_parts_never_panic(one: Vec<u8>, two: Vec<u8>) {
            let _ = PublicKey::from_rsa_numbers(&one, &two);
            let _ = PublicKey::from_ec_attributes(&one, &two);
        }
    }
}

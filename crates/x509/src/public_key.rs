//! Public keys and signature verification.

use std::fmt;

use aws_lc_rs::digest;
use aws_lc_rs::signature::{self as lc, ParsedPublicKey, UnparsedPublicKey, VerificationAlgorithm};
use const_oid::ObjectIdentifier;
use const_oid::db::rfc5912 as oids;
use der::asn1::{AnyRef, BitStringRef, UintRef};
use der::{Decode, Encode, Sequence};
use spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfo};

use crate::algorithm::{HashAlgorithm, KeyAlgorithm, SignatureAlgorithm, SignaturePadding};
use crate::decoded::certificate::KeyInfo;
use crate::decoded::element::{Element, Elements, tag};
use crate::decoded::strict;
use crate::input::{Block, InputError};

mod signed_digest;
mod small_multiples;
mod weakness;
#[cfg(test)]
mod wycheproof_tests;

pub use weakness::Weakness;

/// A SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7), its bytes kept as read.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    spki: Vec<u8>,
    algorithm: KeyAlgorithm,
    key: Vec<u8>,
    unused_bits: u8,
}

/// Bytes that are not a public key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PublicKeyError {
    /// Not a SubjectPublicKeyInfo in DER.
    #[error("not a public key: {reason}")]
    Malformed {
        /// What the decoder says.
        reason: String,
    },
}

/// Why a signature was not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// The numbers do not fit: another key made it, or something was changed.
    #[error("the {algorithm} signature does not verify with the {key} key")]
    Wrong {
        /// The signature algorithm.
        algorithm: SignatureAlgorithm,
        /// The key's kind.
        key: KeyAlgorithm,
    },
    /// An RSA signature with an EC key or the reverse.
    #[error("{algorithm} cannot be verified with a {key} key")]
    Mismatch {
        /// The signature algorithm.
        algorithm: SignatureAlgorithm,
        /// The key's kind.
        key: KeyAlgorithm,
    },
    /// An algorithm that is not verified here.
    #[error("{algorithm} is not supported, SHA-256, SHA-384 or SHA-512 with ECDSA or RSA is")]
    UnsupportedSignature {
        /// The signature algorithm.
        algorithm: SignatureAlgorithm,
    },
    /// A key that nothing is verified with here.
    #[error("a {key} key is not supported, P-256, P-384, P-521 and RSA of 1024 to 8192 bits are")]
    UnsupportedKey {
        /// The key's kind.
        key: KeyAlgorithm,
    },
    /// A key of a kind that is used, with numbers that make none.
    #[error(
        "the numbers of the {key} key make no sound key (a point on its curve; an odd modulus, an odd exponent of at least 3)"
    )]
    UnsoundKey {
        /// The key's kind.
        key: KeyAlgorithm,
    },
    /// The signature or key is a BIT STRING with unused bits.
    #[error("the last octet has {bits} unused bits, none are allowed")]
    UnusedBits {
        /// How many.
        bits: u8,
    },
    /// The algorithm identifier does not decode.
    #[error("the signature's algorithm identifier does not decode")]
    MalformedAlgorithm,
}

#[derive(Sequence)]
struct RsaPublicKeyValue<'a> {
    modulus: UintRef<'a>,
    exponent: UintRef<'a>,
}

impl PublicKey {
    /// Reads a DER SubjectPublicKeyInfo and nothing after it. Any algorithm is read; see
    /// [`PublicKey::algorithm`].
    ///
    /// # Errors
    /// [`PublicKeyError::Malformed`].
    pub fn from_der(spki: &[u8]) -> Result<Self, PublicKeyError> {
        let mut elements = Elements::new(spki);
        let info = KeyInfo::read(&mut elements).map_err(|error| malformed(&error))?;
        elements.finish("the public key").map_err(|error| malformed(&error))?;
        Self::of(&info)
    }

    pub(crate) fn of(info: &KeyInfo<'_>) -> Result<Self, PublicKeyError> {
        if let Some(fault) = strict::fault(info.whole) {
            return Err(malformed(&fault));
        }
        let identifier = ObjectIdentifier::from_bytes(info.algorithm.oid);
        let algorithm = match identifier.map_err(|error| malformed(&error))? {
            oids::ID_EC_PUBLIC_KEY => curve(info.algorithm.parameters),
            oids::RSA_ENCRYPTION => {
                let rsa = RsaPublicKeyValue::from_der(info.key.octets)
                    .map_err(|error| malformed(&error))?;
                KeyAlgorithm::rsa(bit_length(rsa.modulus.as_bytes()))
            }
            oid => KeyAlgorithm::Other { algorithm: crate::oid::Oid(oid) },
        };
        Ok(Self {
            spki: info.whole.to_vec(),
            algorithm,
            key: info.key.octets.to_vec(),
            unused_bits: info.key.unused,
        })
    }

    /// Reads a file that holds exactly one public key: PEM (`PUBLIC KEY`, or `RSA PUBLIC KEY` as PKCS#1 has it), DER, an
    /// escaped line or a JSON answer.
    ///
    /// # Errors
    /// [`InputError`]: too large, empty, damaged, something else than a public key, or more than one.
    pub fn read(bytes: &[u8]) -> Result<Self, InputError> {
        let block = Block::exactly_one(bytes, Block::PUBLIC_KEY)?;
        match RsaPublicKeyValue::from_der(block.der()) {
            Ok(key) => Self::from_rsa_numbers(key.modulus.as_bytes(), key.exponent.as_bytes()),
            Err(_) => Self::from_der(block.der()),
        }
        .map_err(InputError::from)
    }

    /// The key of an uncompressed or compressed point (SEC 1 section 2.3.3) on a named curve, as tokens hand it out.
    ///
    /// # Errors
    /// [`PublicKeyError::Malformed`] when `curve` is not a NIST curve or the point does not lie on it.
    pub(crate) fn from_ec_point(curve: KeyAlgorithm, point: &[u8]) -> Result<Self, PublicKeyError> {
        let curve_oid = match curve {
            KeyAlgorithm::NistP256 => oids::SECP_256_R_1,
            KeyAlgorithm::NistP384 => oids::SECP_384_R_1,
            KeyAlgorithm::NistP521 => oids::SECP_521_R_1,
            other => return Err(malformed(&format!("{other} is not a NIST curve"))),
        };
        let key = Self::from_parts(oids::ID_EC_PUBLIC_KEY, AnyRef::from(&curve_oid), point)?;
        key.check_usable().map_err(|error| malformed(&error))?;
        Ok(key)
    }

    /// The RSA key with these numbers, big-endian, as tokens hand them out.
    ///
    /// # Errors
    /// [`PublicKeyError::Malformed`] when they cannot be encoded.
    pub fn from_rsa_numbers(modulus: &[u8], exponent: &[u8]) -> Result<Self, PublicKeyError> {
        let number = |octets| UintRef::new(octets).map_err(|error| malformed(&error));
        let key = RsaPublicKeyValue { modulus: number(modulus)?, exponent: number(exponent)? };
        let octets = key.to_der().map_err(|error| malformed(&error))?;
        Self::from_parts(oids::RSA_ENCRYPTION, AnyRef::NULL, &octets)
    }

    fn from_parts(
        algorithm: ObjectIdentifier,
        parameters: AnyRef<'_>,
        key: &[u8],
    ) -> Result<Self, PublicKeyError> {
        let spki = SubjectPublicKeyInfo {
            algorithm: AlgorithmIdentifierRef { oid: algorithm, parameters: Some(parameters) },
            subject_public_key: BitStringRef::from_bytes(key).map_err(|error| malformed(&error))?,
        };
        Self::from_der(&spki.to_der().map_err(|error| malformed(&error))?)
    }

    /// The whole SubjectPublicKeyInfo, as read.
    pub fn spki_der(&self) -> &[u8] {
        &self.spki
    }

    /// PEM (RFC 7468) with 64 columns and LF: one `PUBLIC KEY` block.
    pub fn to_pem(&self) -> String {
        crate::input::Block::pem("PUBLIC KEY", &self.spki)
    }

    /// The key's kind.
    pub const fn algorithm(&self) -> KeyAlgorithm {
        self.algorithm
    }

    /// The octets of the subjectPublicKey BIT STRING: an EC point, or an RSAPublicKey in DER.
    pub fn key_octets(&self) -> &[u8] {
        &self.key
    }

    /// Unused bits of the subjectPublicKey BIT STRING; 0 in a sane key.
    pub const fn unused_bits(&self) -> u8 {
        self.unused_bits
    }

    /// Modulus and exponent of an RSA key, big-endian without leading zeros; `None` for other keys.
    pub fn rsa_numbers(&self) -> Option<(Vec<u8>, Vec<u8>)> {
        self.algorithm.rsa_bits()?;
        let rsa = RsaPublicKeyValue::from_der(&self.key).ok()?;
        Some((rsa.modulus.as_bytes().to_vec(), rsa.exponent.as_bytes().to_vec()))
    }

    /// SHA-1 of the subjectPublicKey octets: the usual key identifier (RFC 5280 section 4.2.1.2 method 1).
    pub fn key_identifier(&self) -> Vec<u8> {
        digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, &self.key).as_ref().to_vec()
    }

    /// The same key, whatever the algorithm identifier's parameters look like.
    pub fn is_same_key(&self, other: &Self) -> bool {
        self.spki == other.spki || (self.algorithm == other.algorithm && self.key == other.key)
    }

    /// Is it a key that can be used at all: an EC point on its named curve, an RSA modulus of 1024 to 8192 bits
    /// that is odd with an odd exponent of at least 3? Bounded work whatever the input.
    ///
    /// # Errors
    /// [`VerifyError::UnsupportedKey`], [`VerifyError::UnsoundKey`] or [`VerifyError::UnusedBits`].
    pub fn check_usable(&self) -> Result<(), VerifyError> {
        let algorithm = self.verification(
            SignatureAlgorithm::for_key(self.algorithm, self.algorithm.natural_hash())
                .ok_or(VerifyError::UnsupportedKey { key: self.algorithm })?,
        )?;
        UnparsedPublicKey::new(algorithm, &self.key)
            .parse()
            .map(|_| ())
            .map_err(|_| VerifyError::UnsoundKey { key: self.algorithm })
    }

    /// Why anyone can compute the private half, if a published test shows that: a private key of 1, an RSA modulus
    /// that is a square, has close primes or the ROCA form, an exponent of 1. Bounded work whatever the input.
    pub fn weakness(&self) -> Option<Weakness> {
        weakness::weakness(self)
    }

    /// Checks `signature` over `message`, made by the algorithm that the DER AlgorithmIdentifier names.
    ///
    /// # Errors
    /// [`VerifyError`].
    pub fn verify(
        &self,
        algorithm_identifier: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), VerifyError> {
        let algorithm = SignatureAlgorithm::from_der(algorithm_identifier)
            .ok_or(VerifyError::MalformedAlgorithm)?;
        let verification = self.verification(algorithm)?;
        UnparsedPublicKey::new(verification, &self.key)
            .verify(message, signature)
            .map_err(|_| VerifyError::Wrong { algorithm, key: self.algorithm })
    }

    /// This key made ready to verify many signatures of one algorithm: its octets are taken apart once.
    ///
    /// # Errors
    /// [`VerifyError`] when this key does not go with that algorithm, or cannot be used.
    pub fn verifier(&self, algorithm_identifier: &[u8]) -> Result<Verifier, VerifyError> {
        let algorithm = SignatureAlgorithm::from_der(algorithm_identifier)
            .ok_or(VerifyError::MalformedAlgorithm)?;
        let verification = self.verification(algorithm)?;
        let parsed = UnparsedPublicKey::new(verification, &self.key)
            .parse()
            .map_err(|_| VerifyError::UnsoundKey { key: self.algorithm })?;
        Ok(Verifier { algorithm, key: self.algorithm, parsed })
    }

    fn verification(
        &self,
        algorithm: SignatureAlgorithm,
    ) -> Result<&'static dyn VerificationAlgorithm, VerifyError> {
        let key = self.algorithm;
        if self.unused_bits != 0 {
            return Err(VerifyError::UnusedBits { bits: self.unused_bits });
        }
        let SignatureAlgorithm::Known { padding, hash } = algorithm else {
            return Err(VerifyError::UnsupportedSignature { algorithm });
        };
        let ec =
            matches!(key, KeyAlgorithm::NistP256 | KeyAlgorithm::NistP384 | KeyAlgorithm::NistP521);
        match (key.rsa_bits(), padding) {
            (Some(bits), _) if !(1024..=8192).contains(&bits) => {
                Err(VerifyError::UnsupportedKey { key })
            }
            (Some(bits), SignaturePadding::RsaPkcs1) => {
                rsa_pkcs1(bits, hash).ok_or(VerifyError::UnsupportedKey { key })
            }
            (Some(_), SignaturePadding::RsaPss { salt_bytes }) => {
                rsa_pss(hash, salt_bytes).ok_or(VerifyError::UnsupportedSignature { algorithm })
            }
            (None, SignaturePadding::Ecdsa) if ec => Ok(ecdsa(key, hash)),
            (Some(_), SignaturePadding::Ecdsa) => Err(VerifyError::Mismatch { algorithm, key }),
            (None, _) if ec => Err(VerifyError::Mismatch { algorithm, key }),
            (None, _) => Err(VerifyError::UnsupportedKey { key }),
        }
    }
}

/// A public key made ready for one signature algorithm; see [`PublicKey::verifier`].
#[derive(Debug)]
pub struct Verifier {
    algorithm: SignatureAlgorithm,
    key: KeyAlgorithm,
    parsed: ParsedPublicKey,
}

impl Verifier {
    /// Checks `signature` over `message`.
    ///
    /// # Errors
    /// [`VerifyError::Wrong`].
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), VerifyError> {
        self.parsed
            .verify_sig(message, signature)
            .map_err(|_| VerifyError::Wrong { algorithm: self.algorithm, key: self.key })
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.algorithm)
    }
}

fn malformed(error: &dyn fmt::Display) -> PublicKeyError {
    PublicKeyError::Malformed { reason: error.to_string() }
}

fn curve(parameters: Option<Element<'_>>) -> KeyAlgorithm {
    let named = parameters.filter(|parameters| parameters.tag == tag::OID);
    match named.map(|name| ObjectIdentifier::from_bytes(name.content)) {
        Some(Ok(oids::SECP_256_R_1)) => KeyAlgorithm::NistP256,
        Some(Ok(oids::SECP_384_R_1)) => KeyAlgorithm::NistP384,
        Some(Ok(oids::SECP_521_R_1)) => KeyAlgorithm::NistP521,
        Some(Ok(oid)) => KeyAlgorithm::OtherCurve { curve: crate::oid::Oid(oid) },
        Some(Err(_)) | None => KeyAlgorithm::ExplicitCurve,
    }
}

/// Length in bits of a big-endian number.
pub(crate) fn bit_length(octets: &[u8]) -> u32 {
    let Some(start) = octets.iter().position(|&octet| octet != 0) else {
        return 0;
    };
    let whole = u32::try_from(octets.len() - start).unwrap_or(u32::MAX / 8) * 8;
    whole - octets[start].leading_zeros()
}

fn ecdsa(key: KeyAlgorithm, hash: HashAlgorithm) -> &'static dyn VerificationAlgorithm {
    match (key, hash) {
        (KeyAlgorithm::NistP256, HashAlgorithm::Sha256) => &lc::ECDSA_P256_SHA256_ASN1,
        (KeyAlgorithm::NistP256, HashAlgorithm::Sha384) => &lc::ECDSA_P256_SHA384_ASN1,
        (KeyAlgorithm::NistP256, HashAlgorithm::Sha512) => &lc::ECDSA_P256_SHA512_ASN1,
        (KeyAlgorithm::NistP384, HashAlgorithm::Sha256) => &lc::ECDSA_P384_SHA256_ASN1,
        (KeyAlgorithm::NistP384, HashAlgorithm::Sha384) => &lc::ECDSA_P384_SHA384_ASN1,
        (KeyAlgorithm::NistP384, HashAlgorithm::Sha512) => &lc::ECDSA_P384_SHA512_ASN1,
        (_, HashAlgorithm::Sha256) => &lc::ECDSA_P521_SHA256_ASN1,
        (_, HashAlgorithm::Sha384) => &lc::ECDSA_P521_SHA384_ASN1,
        (_, HashAlgorithm::Sha512) => &lc::ECDSA_P521_SHA512_ASN1,
    }
}

fn rsa_pkcs1(bits: u32, hash: HashAlgorithm) -> Option<&'static dyn VerificationAlgorithm> {
    Some(match hash {
        HashAlgorithm::Sha256 => &lc::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
        HashAlgorithm::Sha512 => &lc::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
        HashAlgorithm::Sha384 if bits >= 2048 => &lc::RSA_PKCS1_2048_8192_SHA384,
        // aws-lc-rs has no SHA-384 for RSA under 2048 bits.
        HashAlgorithm::Sha384 => return None,
    })
}

/// Only the usual salt, as long as the hash, is verified.
fn rsa_pss(hash: HashAlgorithm, salt_bytes: u32) -> Option<&'static dyn VerificationAlgorithm> {
    match (hash, salt_bytes) {
        (HashAlgorithm::Sha256, 32) => Some(&lc::RSA_PSS_2048_8192_SHA256),
        (HashAlgorithm::Sha384, 48) => Some(&lc::RSA_PSS_2048_8192_SHA384),
        (HashAlgorithm::Sha512, 64) => Some(&lc::RSA_PSS_2048_8192_SHA512),
        _ => None,
    }
}

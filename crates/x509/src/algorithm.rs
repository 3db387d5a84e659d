//! Key, hash and signature algorithms and their identifiers.

use std::fmt;
use std::io::{self, Read};

use aws_lc_rs::digest;
use const_oid::ObjectIdentifier;
use const_oid::db::rfc5912 as oids;
use der::asn1::AnyRef;
use der::{Decode, Encode};
use spki::AlgorithmIdentifierRef;

use crate::oid::Oid;

/// The kind of a public key. The first six are what the EdgeLock 2GO API offers for intermediate CAs
/// (AN12642 section 4.6.1) or what a root commonly has; the rest is named so that it can be refused by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyAlgorithm {
    /// NIST P-256 (secp256r1), the only one AN12642 section 6 allows.
    NistP256,
    /// NIST P-384 (secp384r1).
    NistP384,
    /// NIST P-521 (secp521r1).
    NistP521,
    /// RSA with a modulus of 2048 bits.
    Rsa2048,
    /// RSA with a modulus of 3072 bits.
    Rsa3072,
    /// RSA with a modulus of 4096 bits.
    Rsa4096,
    /// RSA with another modulus length.
    RsaOther {
        /// Length of the modulus in bits.
        bits: u32,
    },
    /// An elliptic curve named by another object identifier.
    OtherCurve {
        /// The curve's identifier.
        curve: Oid,
    },
    /// An elliptic curve given by explicit parameters instead of a name (forbidden by RFC 5480 section 2.1.1).
    ExplicitCurve,
    /// Any other algorithm.
    Other {
        /// The algorithm's identifier.
        algorithm: Oid,
    },
}

impl KeyAlgorithm {
    /// The six this crate can generate and sign with.
    pub const SUPPORTED: [Self; 6] = [
        Self::NistP256,
        Self::NistP384,
        Self::NistP521,
        Self::Rsa2048,
        Self::Rsa3072,
        Self::Rsa4096,
    ];

    /// The name AN12642 gives it (`NIST_P256`, `RSA_2048` …), `None` for a kind the API does not know.
    pub const fn api_name(self) -> Option<&'static str> {
        match self {
            Self::NistP256 => Some("NIST_P256"),
            Self::NistP384 => Some("NIST_P384"),
            Self::NistP521 => Some("NIST_P521"),
            Self::Rsa2048 => Some("RSA_2048"),
            Self::Rsa3072 => Some("RSA_3072"),
            Self::Rsa4096 => Some("RSA_4096"),
            _ => None,
        }
    }

    /// Reads an API name, case and `-`/`_` aside (`nist-p256` is `NIST_P256`).
    pub fn from_api_name(name: &str) -> Option<Self> {
        let wanted = name.to_ascii_uppercase().replace('-', "_");
        Self::SUPPORTED.into_iter().find(|algorithm| algorithm.api_name() == Some(&wanted))
    }

    pub(crate) const fn rsa(bits: u32) -> Self {
        match bits {
            2048 => Self::Rsa2048,
            3072 => Self::Rsa3072,
            4096 => Self::Rsa4096,
            bits => Self::RsaOther { bits },
        }
    }

    /// Length of an RSA modulus in bits, `None` for other keys.
    pub const fn rsa_bits(self) -> Option<u32> {
        match self {
            Self::Rsa2048 => Some(2048),
            Self::Rsa3072 => Some(3072),
            Self::Rsa4096 => Some(4096),
            Self::RsaOther { bits } => Some(bits),
            _ => None,
        }
    }

    /// The hash a key of this kind signs with unless told otherwise: SHA-384 for P-384, SHA-512 for P-521,
    /// SHA-256 for the rest. (AN12642 section 6 allows SHA-256 and SHA-384 in a certificate.)
    pub const fn natural_hash(self) -> HashAlgorithm {
        match self {
            Self::NistP384 => HashAlgorithm::Sha384,
            Self::NistP521 => HashAlgorithm::Sha512,
            _ => HashAlgorithm::Sha256,
        }
    }
}

impl fmt::Display for KeyAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NistP256 => f.write_str("P-256"),
            Self::NistP384 => f.write_str("P-384"),
            Self::NistP521 => f.write_str("P-521"),
            Self::Rsa2048 => f.write_str("RSA-2048"),
            Self::Rsa3072 => f.write_str("RSA-3072"),
            Self::Rsa4096 => f.write_str("RSA-4096"),
            Self::RsaOther { bits } => write!(f, "RSA-{bits}"),
            Self::OtherCurve { curve } => match CURVE_NAMES.iter().find(|(oid, _)| *oid == curve.0)
            {
                Some((_, name)) => write!(f, "elliptic curve {name}"),
                None => write!(f, "elliptic curve {curve}"),
            },
            Self::ExplicitCurve => f.write_str("elliptic curve with explicit parameters"),
            Self::Other { algorithm } => {
                match KEY_NAMES.iter().find(|(oid, _)| *oid == algorithm.0) {
                    Some((_, name)) => f.write_str(name),
                    None => write!(f, "key algorithm {algorithm}"),
                }
            }
        }
    }
}

const CURVE_NAMES: &[(ObjectIdentifier, &str)] = &[
    (ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.1"), "P-192"),
    (oids::SECP_224_R_1, "P-224"),
    (ObjectIdentifier::new_unwrap("1.3.132.0.10"), "secp256k1"),
    (ObjectIdentifier::new_unwrap("1.3.36.3.3.2.8.1.1.7"), "brainpoolP256r1"),
    (ObjectIdentifier::new_unwrap("1.3.36.3.3.2.8.1.1.11"), "brainpoolP384r1"),
    (ObjectIdentifier::new_unwrap("1.3.36.3.3.2.8.1.1.13"), "brainpoolP512r1"),
];

const KEY_NAMES: &[(ObjectIdentifier, &str)] = &[
    (ObjectIdentifier::new_unwrap("1.3.101.112"), "Ed25519"),
    (ObjectIdentifier::new_unwrap("1.3.101.113"), "Ed448"),
    (ObjectIdentifier::new_unwrap("1.3.101.110"), "X25519"),
    (oids::ID_DSA, "DSA"),
    (oids::ID_RSASSA_PSS, "RSA restricted to PSS"),
];

/// A SHA-2 hash function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HashAlgorithm {
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512 (read and verified; AN12642 section 6 refuses it in a certificate).
    Sha512,
}

impl HashAlgorithm {
    /// The hash whose digests have so many bytes.
    pub const fn of_length(bytes: usize) -> Option<Self> {
        match bytes {
            32 => Some(Self::Sha256),
            48 => Some(Self::Sha384),
            64 => Some(Self::Sha512),
            _ => None,
        }
    }

    /// The digest of everything `source` gives, read in pieces of 64 KiB: its size is not limited.
    ///
    /// # Errors
    /// The error of `source`.
    pub fn digest_of(self, mut source: impl Read) -> io::Result<Vec<u8>> {
        let mut context = digest::Context::new(self.library());
        let mut piece = vec![0; 64 * 1024];
        loop {
            match source.read(&mut piece) {
                Ok(0) => return Ok(context.finish().as_ref().to_vec()),
                Ok(count) => context.update(&piece[..count]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    pub(crate) fn library(self) -> &'static digest::Algorithm {
        match self {
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
            Self::Sha512 => &digest::SHA512,
        }
    }
}

impl fmt::Display for HashAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sha256 => "SHA-256",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
        })
    }
}

/// What kind of signature an algorithm identifier names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SignaturePadding {
    /// ECDSA (RFC 5758 section 3.2).
    Ecdsa,
    /// RSASSA-PKCS1-v1_5 (RFC 8017 section 8.2).
    RsaPkcs1,
    /// RSASSA-PSS (RFC 4055 section 3) with this salt length in bytes.
    RsaPss {
        /// Salt length in bytes.
        salt_bytes: u32,
    },
}

/// A signature algorithm as named by an `AlgorithmIdentifier` (RFC 5280 section 4.1.1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignatureAlgorithm {
    /// One that can be verified here.
    Known {
        /// The kind of signature.
        padding: SignaturePadding,
        /// The hash.
        hash: HashAlgorithm,
    },
    /// Any other, by its identifier (SHA-1, MD5, Ed25519, PSS with unusual parameters …).
    Other {
        /// The algorithm's identifier.
        algorithm: Oid,
    },
}

const SIGNATURE_ALGORITHMS: &[(ObjectIdentifier, SignaturePadding, HashAlgorithm)] = &[
    (oids::ECDSA_WITH_SHA_256, SignaturePadding::Ecdsa, HashAlgorithm::Sha256),
    (oids::ECDSA_WITH_SHA_384, SignaturePadding::Ecdsa, HashAlgorithm::Sha384),
    (oids::ECDSA_WITH_SHA_512, SignaturePadding::Ecdsa, HashAlgorithm::Sha512),
    (oids::SHA_256_WITH_RSA_ENCRYPTION, SignaturePadding::RsaPkcs1, HashAlgorithm::Sha256),
    (oids::SHA_384_WITH_RSA_ENCRYPTION, SignaturePadding::RsaPkcs1, HashAlgorithm::Sha384),
    (oids::SHA_512_WITH_RSA_ENCRYPTION, SignaturePadding::RsaPkcs1, HashAlgorithm::Sha512),
];

const SIGNATURE_NAMES: &[(ObjectIdentifier, &str)] = &[
    (oids::SHA_1_WITH_RSA_ENCRYPTION, "sha1WithRSAEncryption"),
    (ObjectIdentifier::new_unwrap("1.2.840.10045.4.1"), "ecdsa-with-SHA1"),
    (oids::MD_5_WITH_RSA_ENCRYPTION, "md5WithRSAEncryption"),
    (oids::ECDSA_WITH_SHA_224, "ecdsa-with-SHA224"),
    (oids::ID_RSASSA_PSS, "RSASSA-PSS with unusual parameters"),
    (ObjectIdentifier::new_unwrap("1.3.101.112"), "Ed25519"),
    (ObjectIdentifier::new_unwrap("1.3.101.113"), "Ed448"),
];

impl SignatureAlgorithm {
    /// Identifies the DER of an `AlgorithmIdentifier`. Parameters of ECDSA and PKCS#1 are not looked at
    /// (a rule of the profile does); those of PSS decide the hash and the salt. `None` when it does not decode.
    pub fn from_der(algorithm_identifier: &[u8]) -> Option<Self> {
        let parsed = AlgorithmIdentifierRef::from_der(algorithm_identifier).ok()?;
        if parsed.oid == oids::ID_RSASSA_PSS {
            return Some(pss(parsed.parameters));
        }
        Some(
            SIGNATURE_ALGORITHMS
                .iter()
                .find(|(oid, ..)| *oid == parsed.oid)
                .map_or(Self::Other { algorithm: Oid(parsed.oid) }, |&(_, padding, hash)| {
                    Self::Known { padding, hash }
                }),
        )
    }

    /// The DER `AlgorithmIdentifier` for ECDSA (no parameters) or PKCS#1 (NULL) with a hash, `None` for PSS
    /// and for what is unknown: nothing is signed with those here.
    pub(crate) fn to_der(self) -> Option<Vec<u8>> {
        let Self::Known { padding, hash } = self else {
            return None;
        };
        let (oid, ..) =
            SIGNATURE_ALGORITHMS.iter().find(|(_, p, h)| *p == padding && *h == hash)?;
        let identifier = AlgorithmIdentifierRef {
            oid: *oid,
            parameters: (padding == SignaturePadding::RsaPkcs1).then_some(AnyRef::NULL),
        };
        Some(identifier.to_der().expect("an identifier and NULL always encode"))
    }

    /// The algorithm a key of this kind uses with `hash`; `None` when nothing can be signed with such a key.
    pub(crate) const fn for_key(key: KeyAlgorithm, hash: HashAlgorithm) -> Option<Self> {
        let padding = match key {
            KeyAlgorithm::NistP256 | KeyAlgorithm::NistP384 | KeyAlgorithm::NistP521 => {
                SignaturePadding::Ecdsa
            }
            KeyAlgorithm::Rsa2048
            | KeyAlgorithm::Rsa3072
            | KeyAlgorithm::Rsa4096
            | KeyAlgorithm::RsaOther { .. } => SignaturePadding::RsaPkcs1,
            _ => return None,
        };
        Some(Self::Known { padding, hash })
    }
}

/// Hash and salt of RSASSA-PSS parameters; unusual ones (SHA-1, a mask with another hash, another trailer)
/// are `Other`.
fn pss(parameters: Option<AnyRef<'_>>) -> SignatureAlgorithm {
    let other = SignatureAlgorithm::Other { algorithm: Oid(oids::ID_RSASSA_PSS) };
    let Some(parameters) = parameters.and_then(|any| any.to_der().ok()) else {
        return other;
    };
    let Ok(parsed) = pkcs1::RsaPssParams::<der::asn1::Any>::from_der(&parameters) else {
        return other;
    };
    let hash = match parsed.hash.oid {
        oid if oid == oids::ID_SHA_256 => HashAlgorithm::Sha256,
        oid if oid == oids::ID_SHA_384 => HashAlgorithm::Sha384,
        oid if oid == oids::ID_SHA_512 => HashAlgorithm::Sha512,
        _ => return other,
    };
    let same_mask = parsed.mask_gen.oid == oids::ID_MGF_1
        && parsed.mask_gen.parameters.is_some_and(|mask| mask.oid == parsed.hash.oid);
    if !same_mask {
        return other;
    }
    SignatureAlgorithm::Known {
        padding: SignaturePadding::RsaPss { salt_bytes: u32::from(parsed.salt_len) },
        hash,
    }
}

impl fmt::Display for SignatureAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known { padding, hash } => {
                let digits = match hash {
                    HashAlgorithm::Sha256 => "256",
                    HashAlgorithm::Sha384 => "384",
                    HashAlgorithm::Sha512 => "512",
                };
                match padding {
                    SignaturePadding::Ecdsa => write!(f, "ecdsa-with-SHA{digits}"),
                    SignaturePadding::RsaPkcs1 => write!(f, "sha{digits}WithRSAEncryption"),
                    SignaturePadding::RsaPss { salt_bytes } => {
                        write!(f, "RSASSA-PSS with {hash} and a salt of {salt_bytes} bytes")
                    }
                }
            }
            Self::Other { algorithm } => {
                match SIGNATURE_NAMES.iter().find(|(oid, _)| *oid == algorithm.0) {
                    Some((_, name)) => f.write_str(name),
                    None => write!(f, "signature algorithm {algorithm}"),
                }
            }
        }
    }
}

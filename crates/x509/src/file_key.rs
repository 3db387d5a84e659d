//! Private keys from files, and new ones. Signing and generation go through aws-lc-rs.

use std::fmt;

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    self as lc, EcdsaKeyPair, EcdsaSigningAlgorithm, KeyPair as _, RsaKeyPair,
};
use const_oid::ObjectIdentifier;
use const_oid::db::rfc5912 as oids;
use der::Decode;
use der::pem::LineEnding;
use el2g_key_payload::{Entropy, SecretBytes};
use el2g_pem_line::{BlockFault, Kind, PemLineError};
use pkcs8::PrivateKeyInfoRef;
use pkcs8::pkcs5::pbes2::Parameters;
use zeroize::Zeroizing;

use crate::algorithm::KeyAlgorithm;
use crate::oid::Oid;
use crate::public_key::PublicKey;

mod container;
mod encryption_scheme;
#[cfg(test)]
mod openssl_key_tests;
mod signing;

use container::KeyDocument;

/// Rounds of PBKDF2-HMAC-SHA256 for what is written here: about half a second of work.
const PBKDF2_ROUNDS: u32 = 600_000;

/// A private key that is held in memory. It is wiped by aws-lc when dropped.
pub struct FileKey {
    pair: KeyPair,
    public: PublicKey,
}

enum KeyPair {
    Ec(EcdsaKeyPair),
    Rsa(RsaKeyPair),
}

/// Why a private key was not read or made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FileKeyError {
    /// No bytes.
    #[error("the key file is empty")]
    Empty,
    /// Blocks, but no private key among them.
    #[error("no private key found{}", .found.map(|kind| format!(", only {kind}")).unwrap_or_default())]
    NoKey {
        /// What is there instead.
        found: Option<Kind>,
    },
    /// The text cannot be read as PEM.
    #[error("the key file {0}")]
    Text(PemLineError),
    /// Its block is damaged, cut off or encrypted in a way that is not read.
    #[error(transparent)]
    Block(#[from] BlockFault),
    /// More than one private key.
    #[error("more than one private key found, exactly one is allowed")]
    SeveralKeys,
    /// It is encrypted and no passphrase was given.
    #[error("the private key is encrypted and no passphrase was given")]
    PassphraseNeeded,
    /// The passphrase does not open it.
    #[error("the passphrase does not open the private key")]
    WrongPassphrase,
    /// Encrypted with something else than PBES2.
    #[error(
        "the private key is encrypted with {scheme}, which is not read; expected PBES2 with AES-CBC or 3DES"
    )]
    UnsupportedEncryption {
        /// Its name and identifier.
        scheme: String,
    },
    /// The file asks for unreasonable work.
    #[error("opening it would take too much work: {work}")]
    TooMuchWork {
        /// What it asks for and what is allowed.
        work: String,
    },
    /// A private key of another format, or a container.
    #[error("found {kind}; expected a private key in PKCS#8, SEC1 (EC) or PKCS#1 (RSA)")]
    OtherKind {
        /// What it is.
        kind: Kind,
        /// Whether the file is DER instead of PEM.
        der: bool,
    },
    /// A PKCS#8 key of version 2 whose public half is another key's.
    #[error("the public key in the PKCS#8 file does not belong to its private key")]
    OtherPublicKey,
    /// A key of an algorithm that is not supported.
    #[error(
        "a {algorithm} key cannot be used, P-256, P-384, P-521 and RSA of 2048 to 8192 bits can"
    )]
    UnsupportedKey {
        /// The kind.
        algorithm: KeyAlgorithm,
    },
    /// A curve given by its parameters.
    #[error("the key gives its curve by explicit parameters, a named curve is needed")]
    ExplicitCurve,
    /// A SEC1 key that does not say its curve.
    #[error("the EC key names no curve")]
    NoCurve,
    /// It does not decode, or its numbers do not fit together.
    #[error("not a usable private key in {format}: {reason}")]
    Malformed {
        /// The format it seems to be in.
        format: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// Making a new key failed.
    #[error("a {algorithm} key cannot be made")]
    Generation {
        /// The expected kind.
        algorithm: KeyAlgorithm,
    },
}

impl FileKey {
    /// Reads the one private key of a file: PKCS#8, plain or encrypted (PBES2: PBKDF2 or scrypt; AES-CBC or 3DES),
    /// SEC1 (an `EC PARAMETERS` block before it is read), PKCS#1; PEM or DER. The passphrase is used as it
    /// stands and ignored when the key is not encrypted.
    ///
    /// # Errors
    /// [`FileKeyError`].
    pub fn read(
        file: &SecretBytes,
        passphrase: Option<&SecretBytes>,
    ) -> Result<Self, FileKeyError> {
        match container::open(file.expose(), passphrase)? {
            KeyDocument::Pkcs8(der) => Self::from_pkcs8(&der),
            KeyDocument::Sec1(der, curve) => {
                let algorithm = named_curve(curve.ok_or(FileKeyError::NoCurve)?)?;
                EcdsaKeyPair::from_private_key_der(algorithm, &der)
                    .map_err(|error| malformed("SEC1", &error))
                    .and_then(Self::from_ec)
            }
            KeyDocument::Pkcs1(der) => RsaKeyPair::from_der(&der)
                .map_err(|error| rsa_refused("PKCS#1", &der, &error))
                .and_then(Self::from_rsa),
        }
    }

    /// Reads an unencrypted PKCS#8 `PrivateKeyInfo` in DER, of version 1 or 2 (RFC 5958): a public key in it must belong
    /// to the private one.
    ///
    /// # Errors
    /// [`FileKeyError`].
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, FileKeyError> {
        let info = PrivateKeyInfoRef::from_der(der).map_err(|error| malformed("PKCS#8", &error))?;
        let key = match info.algorithm.oid {
            oid if oid == oids::ID_EC_PUBLIC_KEY => {
                let curve = info
                    .algorithm
                    .parameters
                    .ok_or(FileKeyError::NoCurve)?
                    .decode_as::<ObjectIdentifier>()
                    .map_err(|_| FileKeyError::ExplicitCurve)?;
                let algorithm = named_curve(curve)?;
                match &info.public_key {
                    None => EcdsaKeyPair::from_pkcs8(algorithm, der),
                    // aws-lc reads version 1 only; what is inside is the same.
                    Some(_) => {
                        EcdsaKeyPair::from_private_key_der(algorithm, info.private_key.as_bytes())
                    }
                }
                .map_err(|error| malformed("PKCS#8", &error))
                .and_then(Self::from_ec)
            }
            oid if oid == oids::RSA_ENCRYPTION => match &info.public_key {
                None => RsaKeyPair::from_pkcs8(der),
                Some(_) => RsaKeyPair::from_der(info.private_key.as_bytes()),
            }
            .map_err(|error| rsa_refused("PKCS#8", info.private_key.as_bytes(), &error))
            .and_then(Self::from_rsa),
            oid => Err(FileKeyError::UnsupportedKey {
                algorithm: KeyAlgorithm::Other { algorithm: Oid(oid) },
            }),
        }?;
        match info.public_key {
            Some(stated) if stated.as_bytes() != Some(key.public.key_octets()) => {
                Err(FileKeyError::OtherPublicKey)
            }
            _ => Ok(key),
        }
    }

    /// Makes a new key with aws-lc's own generator. RSA takes from a tenth of a second (2048) to seconds (4096).
    ///
    /// # Errors
    /// [`FileKeyError::Generation`] for an algorithm not in [`KeyAlgorithm::SUPPORTED`], or when it fails.
    pub fn generate(algorithm: KeyAlgorithm) -> Result<Self, FileKeyError> {
        let failed = || FileKeyError::Generation { algorithm };
        let ec = |curve| EcdsaKeyPair::generate(curve).map_err(|_| failed());
        let rsa = |size| RsaKeyPair::generate(size).map_err(|_| failed());
        match algorithm {
            KeyAlgorithm::NistP256 => ec(P256).and_then(Self::from_ec),
            KeyAlgorithm::NistP384 => ec(P384).and_then(Self::from_ec),
            KeyAlgorithm::NistP521 => ec(P521).and_then(Self::from_ec),
            KeyAlgorithm::Rsa2048 => rsa(KeySize::Rsa2048).and_then(Self::from_rsa),
            KeyAlgorithm::Rsa3072 => rsa(KeySize::Rsa3072).and_then(Self::from_rsa),
            KeyAlgorithm::Rsa4096 => rsa(KeySize::Rsa4096).and_then(Self::from_rsa),
            _ => Err(failed()),
        }
    }

    /// The key as unencrypted PKCS#8 PEM (`PRIVATE KEY`).
    ///
    /// # Errors
    /// [`FileKeyError::Malformed`] when the library cannot write it.
    pub fn to_pkcs8_pem(&self) -> Result<SecretBytes, FileKeyError> {
        let der = self.to_pkcs8_der()?;
        let wrong = |error: der::pem::Error| malformed("PKCS#8", &error);
        let length =
            der::pem::encapsulated_len("PRIVATE KEY", LineEnding::LF, der.len()).map_err(wrong)?;
        let mut text = Zeroizing::new(vec![0; length]);
        let written =
            der::pem::encode("PRIVATE KEY", LineEnding::LF, &der, &mut text).map_err(wrong)?.len();
        text.truncate(written);
        Ok(SecretBytes::new(std::mem::take(&mut *text)))
    }

    /// The key as encrypted PKCS#8 PEM (`ENCRYPTED PRIVATE KEY`): PBES2 with PBKDF2-HMAC-SHA256, 600,000 rounds, and
    /// AES-256-CBC (RFC 8018), which OpenSSL, GnuTLS and Java read.
    ///
    /// # Errors
    /// [`FileKeyError::Malformed`] when the library cannot write it or there is no randomness.
    pub fn to_encrypted_pkcs8_pem(
        &self,
        passphrase: &SecretBytes,
        entropy: &mut dyn Entropy,
    ) -> Result<SecretBytes, FileKeyError> {
        let failed = |reason: &dyn fmt::Display| malformed("encrypted PKCS#8", reason);
        let (mut salt, mut iv) = ([0; 16], [0; 16]);
        entropy.fill(&mut salt).map_err(|error| failed(&error))?;
        entropy.fill(&mut iv).map_err(|error| failed(&error))?;
        let parameters = Parameters::generate_pbkdf2_sha256_aes256cbc(PBKDF2_ROUNDS, &salt, iv)
            .map_err(|error| failed(&error))?;
        let der = self.to_pkcs8_der()?;
        let text = PrivateKeyInfoRef::from_der(&der)
            .map_err(|error| failed(&error))?
            .encrypt_with_params(parameters, passphrase.expose())
            .map_err(|error| failed(&error))?
            .to_pem("ENCRYPTED PRIVATE KEY", LineEnding::LF)
            .map_err(|error| failed(&error))?;
        Ok(SecretBytes::from_slice(text.as_bytes()))
    }

    fn to_pkcs8_der(&self) -> Result<Zeroizing<Vec<u8>>, FileKeyError> {
        let failed = |_| FileKeyError::Malformed {
            format: "PKCS#8",
            reason: "the key cannot be written out".to_owned(),
        };
        match &self.pair {
            KeyPair::Ec(pair) => pair
                .to_pkcs8v1()
                .map(|document| Zeroizing::new(document.as_ref().to_vec()))
                .map_err(failed),
            KeyPair::Rsa(pair) => {
                let document: Pkcs8V1Der<'_> = pair.as_der().map_err(failed)?;
                Ok(Zeroizing::new(document.as_ref().to_vec()))
            }
        }
    }

    fn from_ec(pair: EcdsaKeyPair) -> Result<Self, FileKeyError> {
        let spki: PublicKeyX509Der<'_> =
            pair.public_key().as_der().map_err(|error| malformed("its public half", &error))?;
        let public = PublicKey::from_der(spki.as_ref())
            .map_err(|error| malformed("its public half", &error))?;
        Ok(Self { pair: KeyPair::Ec(pair), public })
    }

    fn from_rsa(pair: RsaKeyPair) -> Result<Self, FileKeyError> {
        let spki: PublicKeyX509Der<'_> =
            pair.public_key().as_der().map_err(|error| malformed("its public half", &error))?;
        let public = PublicKey::from_der(spki.as_ref())
            .map_err(|error| malformed("its public half", &error))?;
        Ok(Self { pair: KeyPair::Rsa(pair), public })
    }
}

impl fmt::Debug for FileKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FileKey({})", self.public.algorithm())
    }
}

const P256: &EcdsaSigningAlgorithm = &lc::ECDSA_P256_SHA256_ASN1_SIGNING;
const P384: &EcdsaSigningAlgorithm = &lc::ECDSA_P384_SHA384_ASN1_SIGNING;
const P521: &EcdsaSigningAlgorithm = &lc::ECDSA_P521_SHA512_ASN1_SIGNING;

fn named_curve(curve: ObjectIdentifier) -> Result<&'static EcdsaSigningAlgorithm, FileKeyError> {
    match curve {
        oid if oid == oids::SECP_256_R_1 => Ok(P256),
        oid if oid == oids::SECP_384_R_1 => Ok(P384),
        oid if oid == oids::SECP_521_R_1 => Ok(P521),
        oid => Err(FileKeyError::UnsupportedKey {
            algorithm: KeyAlgorithm::OtherCurve { curve: Oid(oid) },
        }),
    }
}

fn malformed(format: &'static str, reason: &dyn fmt::Display) -> FileKeyError {
    FileKeyError::Malformed { format, reason: reason.to_string() }
}

/// aws-lc refuses short keys with a bare "too small": say how long the modulus is.
fn rsa_refused(format: &'static str, pkcs1_der: &[u8], reason: &dyn fmt::Display) -> FileKeyError {
    let bits = pkcs1::RsaPrivateKeyRef::from_der(pkcs1_der)
        .ok()
        .map(|key| crate::public_key::bit_length(key.modulus.as_bytes()));
    match bits {
        Some(bits) if !(2048..=8192).contains(&bits) => {
            FileKeyError::UnsupportedKey { algorithm: KeyAlgorithm::RsaOther { bits } }
        }
        _ => malformed(format, reason),
    }
}

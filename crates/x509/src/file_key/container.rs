//! What a private-key file holds: PKCS#8 plain or encrypted, SEC1, PKCS#1; PEM or DER.

use const_oid::ObjectIdentifier;
use der::asn1::{AnyRef, OctetStringRef};
use der::{Decode, Sequence, Tag, Tagged as _};
use el2g_key_payload::SecretBytes;
use el2g_pem_line::{Block, Content, Kind, PemLineError, read_secret};
use pkcs8::pkcs5::pbes2::{Kdf, Pbkdf2Prf};
use pkcs8::{EncryptedPrivateKeyInfoRef, PrivateKeyInfoRef, pkcs5};
use sec1::EcPrivateKey;
use zeroize::Zeroizing;

use super::encryption_scheme::{AnyEncryption, named};
use crate::file_key::FileKeyError;

/// Most PBKDF2 rounds run, with a hash of at most 256 bits; half as many with a longer one, which takes twice as long.
/// A second of work; a fuzzer would find the costly files first and try nothing else.
const MAX_PBKDF2_ROUNDS: u32 = if cfg!(fuzzing) { 1_000 } else { 1_000_000 };
/// Most memory scrypt may ask for, 128 * N * r bytes (RFC 7914 section 2), and pass over in all, p times that.
const MAX_SCRYPT_BYTES: u64 = if cfg!(fuzzing) { 1 << 20 } else { 128 << 20 };

/// The DER of an unencrypted private key, with the format it is in.
pub(crate) enum KeyDocument {
    Pkcs8(Zeroizing<Vec<u8>>),
    /// With the curve that its own parameters or an `EC PARAMETERS` block before it name.
    Sec1(Zeroizing<Vec<u8>>, Option<ObjectIdentifier>),
    Pkcs1(Zeroizing<Vec<u8>>),
}

/// Finds the one private key of a file and decrypts it if it is encrypted.
pub(crate) fn open(
    file: &[u8],
    passphrase: Option<&SecretBytes>,
) -> Result<KeyDocument, FileKeyError> {
    match read_secret(file).map(|reading| reading.content) {
        Ok(Content::Der(der)) => open_der(Zeroizing::new(der.into_bytes()), passphrase),
        Ok(Content::Blocks(blocks)) => open_pem(blocks, passphrase),
        Err(PemLineError::Empty) => Err(FileKeyError::Empty),
        Err(PemLineError::OtherFormat { kind }) => {
            Err(FileKeyError::OtherKind { kind, der: false })
        }
        Err(PemLineError::NoBlock | PemLineError::NotText { .. }) => {
            Err(FileKeyError::NoKey { found: None })
        }
        Err(error) => Err(FileKeyError::Text(error)),
    }
}

fn open_der(
    der: Zeroizing<Vec<u8>>,
    passphrase: Option<&SecretBytes>,
) -> Result<KeyDocument, FileKeyError> {
    if PrivateKeyInfoRef::from_der(&der).is_ok() {
        return Ok(KeyDocument::Pkcs8(der));
    }
    if AnyEncryption::from_der(&der).is_ok() {
        return decrypt(&der, passphrase).map(KeyDocument::Pkcs8);
    }
    if let Ok(key) = EcPrivateKey::from_der(&der) {
        let curve = key.parameters.and_then(sec1::EcParameters::named_curve);
        return Ok(KeyDocument::Sec1(der, curve));
    }
    if has_explicit_curve(&der) {
        return Err(FileKeyError::ExplicitCurve);
    }
    if pkcs1::RsaPrivateKeyRef::from_der(&der).is_ok() {
        return Ok(KeyDocument::Pkcs1(der));
    }
    match Kind::of_der(&der) {
        Kind::Unknown | Kind::PrivateKey => Err(FileKeyError::Malformed {
            format: "DER",
            reason: "neither PKCS#8, SEC1 nor PKCS#1".to_owned(),
        }),
        kind => Err(FileKeyError::OtherKind { kind, der: true }),
    }
}

fn open_pem(
    blocks: Vec<Block>,
    passphrase: Option<&SecretBytes>,
) -> Result<KeyDocument, FileKeyError> {
    let mut curve = None;
    let mut found = None;
    let mut other = None;
    for block in blocks {
        match block.label() {
            "EC PARAMETERS" => {
                curve = Some(
                    ObjectIdentifier::from_der(block.der().map_err(Clone::clone)?)
                        .map_err(|_| FileKeyError::ExplicitCurve)?,
                );
            }
            label if label.ends_with("PRIVATE KEY") => {
                if found.is_some() {
                    return Err(FileKeyError::SeveralKeys);
                }
                found = Some(block);
            }
            _ => other = Some(block.kind()),
        }
    }
    let Some(block) = found else {
        return Err(FileKeyError::NoKey { found: other });
    };
    let (label, kind) = (block.label().to_owned(), block.kind());
    let der = Zeroizing::new(block.into_der()?.into_bytes());
    match label.as_str() {
        "PRIVATE KEY" => Ok(KeyDocument::Pkcs8(der)),
        "ENCRYPTED PRIVATE KEY" => decrypt(&der, passphrase).map(KeyDocument::Pkcs8),
        "EC PRIVATE KEY" => {
            let key = EcPrivateKey::from_der(&der).map_err(|error| sec1_refused(&der, &error))?;
            let named = key.parameters.and_then(sec1::EcParameters::named_curve);
            Ok(KeyDocument::Sec1(der, named.or(curve)))
        }
        "RSA PRIVATE KEY" => Ok(KeyDocument::Pkcs1(der)),
        _ => Err(FileKeyError::OtherKind { kind, der: false }),
    }
}

/// ECPrivateKey (RFC 5915 section 3) whose parameters may be anything: `sec1` knows named curves only.
#[derive(Sequence)]
struct AnyCurveKey<'a> {
    _version: u8,
    _key: &'a OctetStringRef,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    parameters: Option<AnyRef<'a>>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    _public: Option<AnyRef<'a>>,
}

fn has_explicit_curve(der: &[u8]) -> bool {
    AnyCurveKey::from_der(der)
        .is_ok_and(|key| key.parameters.is_some_and(|any| any.tag() == Tag::Sequence))
}

fn sec1_refused(der: &[u8], error: &der::Error) -> FileKeyError {
    if has_explicit_curve(der) {
        return FileKeyError::ExplicitCurve;
    }
    FileKeyError::Malformed { format: "SEC1", reason: error.to_string() }
}

fn decrypt(
    der: &[u8],
    passphrase: Option<&SecretBytes>,
) -> Result<Zeroizing<Vec<u8>>, FileKeyError> {
    let container = EncryptedPrivateKeyInfoRef::from_der(der).map_err(|error| {
        // The scheme may be one that `pkcs5` does not know at all, such as PKCS#12's.
        AnyEncryption::from_der(der).map_or_else(
            |_| FileKeyError::Malformed { format: "encrypted PKCS#8", reason: error.to_string() },
            |other| FileKeyError::UnsupportedEncryption { scheme: other.name() },
        )
    })?;
    check_work(&container)?;
    let passphrase = passphrase.ok_or(FileKeyError::PassphraseNeeded)?;
    let unsupported =
        |oid: ObjectIdentifier| FileKeyError::UnsupportedEncryption { scheme: named(oid) };
    let plain = container.decrypt(passphrase.expose()).map_err(|error| match error {
        pkcs8::Error::EncryptedPrivateKey(pkcs5::Error::NoPbes1CryptSupport) => {
            unsupported(container.encryption_algorithm.oid())
        }
        pkcs8::Error::EncryptedPrivateKey(
            pkcs5::Error::UnsupportedAlgorithm { oid }
            | pkcs5::Error::AlgorithmParametersInvalid { oid },
        ) => unsupported(oid),
        // A wrong passphrase shows as bad padding, or once in 256 times as bytes that are not a key.
        _ => FileKeyError::WrongPassphrase,
    })?;
    Ok(Zeroizing::new(plain.as_bytes().to_vec()))
}

/// Refuses parameters that would keep the machine busy: the file may be anybody's.
fn check_work(container: &EncryptedPrivateKeyInfoRef<'_>) -> Result<(), FileKeyError> {
    let Some(parameters) = container.encryption_algorithm.pbes2() else {
        return Ok(());
    };
    let too_much = |work: String| Err(FileKeyError::TooMuchWork { work });
    match &parameters.kdf {
        Kdf::Pbkdf2(pbkdf2) => {
            let most = match pbkdf2.prf {
                Pbkdf2Prf::HmacWithSha384 | Pbkdf2Prf::HmacWithSha512 => MAX_PBKDF2_ROUNDS / 2,
                _ => MAX_PBKDF2_ROUNDS,
            };
            if pbkdf2.iteration_count > most {
                return too_much(format!(
                    "{} PBKDF2 rounds, at most {most} are run with this hash",
                    pbkdf2.iteration_count
                ));
            }
            Ok(())
        }
        Kdf::Scrypt(scrypt) => {
            let bytes = scrypt
                .cost_parameter
                .saturating_mul(u64::from(scrypt.block_size))
                .saturating_mul(128);
            let passes = u64::from(scrypt.parallelization);
            if bytes.saturating_mul(passes) > MAX_SCRYPT_BYTES {
                return too_much(format!(
                    "scrypt over {bytes} bytes {passes} times, at most {MAX_SCRYPT_BYTES} bytes in all are allowed"
                ));
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

//! What a private-key file holds: PKCS#8 plain or encrypted, SEC1, PKCS#1; PEM or DER.

use const_oid::ObjectIdentifier;
use der::asn1::{AnyRef, OctetStringRef};
use der::{Decode, Sequence, Tag, Tagged as _, pem};
use el2g_key_payload::SecretBytes;
use pkcs8::pkcs5::pbes2::{Kdf, Pbkdf2Prf};
use pkcs8::{EncryptedPrivateKeyInfoRef, PrivateKeyInfoRef, pkcs5};
use sec1::EcPrivateKey;
use spki::AlgorithmIdentifierRef;
use zeroize::Zeroizing;

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
    match file.first() {
        None => Err(FileKeyError::Empty),
        Some(0x30) => open_der(Zeroizing::new(file.to_vec()), passphrase),
        Some(_) => open_pem(file, passphrase),
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
    Err(FileKeyError::Malformed {
        format: "DER",
        reason: "neither PKCS#8, SEC1 nor PKCS#1".to_owned(),
    })
}

fn open_pem(file: &[u8], passphrase: Option<&SecretBytes>) -> Result<KeyDocument, FileKeyError> {
    let mut curve = None;
    let mut found = None;
    let mut other = None;
    for (label, block) in blocks(file) {
        match label {
            "EC PARAMETERS" => {
                curve = Some(
                    ObjectIdentifier::from_der(&decode(block)?)
                        .map_err(|_| FileKeyError::ExplicitCurve)?,
                );
            }
            label if label.ends_with("PRIVATE KEY") => {
                if found.is_some() {
                    return Err(FileKeyError::SeveralKeys);
                }
                found = Some((label, block));
            }
            label => other = Some(label.to_owned()),
        }
    }
    let Some((label, block)) = found else {
        return Err(FileKeyError::NoKey { found: other });
    };
    if is_old_encryption(block) {
        return Err(FileKeyError::OldEncryption { label: label.to_owned() });
    }
    match label {
        "PRIVATE KEY" => decode(block).map(KeyDocument::Pkcs8),
        "ENCRYPTED PRIVATE KEY" => decrypt(&decode(block)?, passphrase).map(KeyDocument::Pkcs8),
        "EC PRIVATE KEY" => {
            let der = decode(block)?;
            let key = EcPrivateKey::from_der(&der).map_err(|error| sec1_refused(&der, &error))?;
            let named = key.parameters.and_then(sec1::EcParameters::named_curve);
            Ok(KeyDocument::Sec1(der, named.or(curve)))
        }
        "RSA PRIVATE KEY" => decode(block).map(KeyDocument::Pkcs1),
        label => Err(FileKeyError::OtherKind { label: label.to_owned() }),
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

/// The labelled blocks of a PEM file, as slices of it: nothing is copied.
fn blocks(file: &[u8]) -> Vec<(&str, &[u8])> {
    const BEGIN: &[u8] = b"-----BEGIN ";
    const END: &[u8] = b"-----END ";
    let mut blocks = Vec::new();
    let mut rest = file;
    while let Some(start) = find(rest, BEGIN) {
        let block = &rest[start..];
        let Some(label) = label_of(&block[BEGIN.len()..]) else {
            rest = &block[BEGIN.len()..];
            continue;
        };
        let Some(end) = find(block, END) else {
            break;
        };
        let line = block[end..]
            .iter()
            .position(|&octet| octet == b'\n')
            .map_or(block.len(), |length| end + length + 1);
        blocks.push((label, &block[..line]));
        rest = &block[line..];
    }
    blocks
}

fn label_of(after_begin: &[u8]) -> Option<&str> {
    let end = find(after_begin, b"-----")?;
    let label = std::str::from_utf8(&after_begin[..end]).ok()?;
    (label.len() <= 64 && !label.contains(['\n', '\r'])).then_some(label)
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

fn is_old_encryption(block: &[u8]) -> bool {
    find(block, b"Proc-Type:").is_some() || find(block, b"DEK-Info:").is_some()
}

fn decode(block: &[u8]) -> Result<Zeroizing<Vec<u8>>, FileKeyError> {
    let damaged =
        |error: pem::Error| FileKeyError::Malformed { format: "PEM", reason: error.to_string() };
    let mut decoder = pem::Decoder::new_detect_wrap(block).map_err(damaged)?;
    // Reserved at once: a vector that grows leaves a copy of the key behind.
    let mut der = Zeroizing::new(Vec::with_capacity(decoder.remaining_len()));
    decoder.decode_to_end(&mut der).map_err(damaged)?;
    Ok(der)
}

/// An EncryptedPrivateKeyInfo (RFC 5958 section 3) of any scheme.
#[derive(Sequence)]
struct AnyEncryption<'a> {
    scheme: AlgorithmIdentifierRef<'a>,
    _data: &'a OctetStringRef,
}

fn decrypt(
    der: &[u8],
    passphrase: Option<&SecretBytes>,
) -> Result<Zeroizing<Vec<u8>>, FileKeyError> {
    let container = EncryptedPrivateKeyInfoRef::from_der(der).map_err(|error| {
        // The scheme may be one that `pkcs5` does not know at all, such as PKCS#12's.
        AnyEncryption::from_der(der).map_or_else(
            |_| FileKeyError::Malformed { format: "encrypted PKCS#8", reason: error.to_string() },
            |other| FileKeyError::UnsupportedEncryption { scheme: other.scheme.oid.to_string() },
        )
    })?;
    check_work(&container)?;
    let passphrase = passphrase.ok_or(FileKeyError::PassphraseNeeded)?;
    let unsupported =
        |oid: ObjectIdentifier| FileKeyError::UnsupportedEncryption { scheme: oid.to_string() };
    let plain = container.decrypt(passphrase.expose()).map_err(|error| match error {
        pkcs8::Error::EncryptedPrivateKey(pkcs5::Error::NoPbes1CryptSupport) => {
            unsupported(container.encryption_algorithm.oid())
        }
        pkcs8::Error::EncryptedPrivateKey(
            pkcs5::Error::UnsupportedAlgorithm { oid }
            | pkcs5::Error::AlgorithmParametersInvalid { oid },
        ) => unsupported(oid),
        // A wrong passphrase shows as bad padding, or once in 256 times as bytes that are no key.
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

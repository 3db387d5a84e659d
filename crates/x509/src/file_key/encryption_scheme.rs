//! Names of the encryption schemes of PKCS#8 (RFC 8018, PKCS#12) that are not read here, for the message that says so.

use const_oid::ObjectIdentifier;
use der::asn1::{AnyRef, OctetStringRef};
use der::{Decode as _, Reader as _, Sequence, SliceReader};
use spki::AlgorithmIdentifierRef;

/// PBES2 (RFC 8018 section 6.2).
const PBES2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.5.13");

/// Names as OpenSSL has them.
const NAMES: &[(&str, &str)] = &[
    ("1.2.840.113549.1.5.1", "pbeWithMD2AndDES-CBC"),
    ("1.2.840.113549.1.5.3", "pbeWithMD5AndDES-CBC"),
    ("1.2.840.113549.1.5.4", "pbeWithMD2AndRC2-CBC"),
    ("1.2.840.113549.1.5.6", "pbeWithMD5AndRC2-CBC"),
    ("1.2.840.113549.1.5.10", "pbeWithSHA1AndDES-CBC"),
    ("1.2.840.113549.1.5.11", "pbeWithSHA1AndRC2-CBC"),
    ("1.2.840.113549.1.12.1.1", "pbeWithSHA1And128BitRC4"),
    ("1.2.840.113549.1.12.1.2", "pbeWithSHA1And40BitRC4"),
    ("1.2.840.113549.1.12.1.3", "pbeWithSHA1And3-KeyTripleDES-CBC"),
    ("1.2.840.113549.1.12.1.4", "pbeWithSHA1And2-KeyTripleDES-CBC"),
    ("1.2.840.113549.1.12.1.5", "pbeWithSHA1And128BitRC2-CBC"),
    ("1.2.840.113549.1.12.1.6", "pbeWithSHA1And40BitRC2-CBC"),
    ("1.3.14.3.2.7", "DES-CBC"),
    ("1.2.840.113549.3.2", "RC2-CBC"),
    ("1.2.840.113549.3.4", "RC4"),
    ("1.2.840.113549.3.9", "RC5-CBC"),
    ("1.3.6.1.4.1.3029.1.2", "Blowfish-CBC"),
    ("1.2.840.113533.7.66.10", "CAST5-CBC"),
    ("1.3.6.1.4.1.188.7.1.1.2", "IDEA-CBC"),
    ("1.2.392.200011.61.1.1.1.2", "Camellia-128-CBC"),
    ("1.2.392.200011.61.1.1.1.3", "Camellia-192-CBC"),
    ("1.2.392.200011.61.1.1.1.4", "Camellia-256-CBC"),
    ("1.2.410.200046.1.1.2", "ARIA-128-CBC"),
    ("1.2.410.200046.1.1.7", "ARIA-192-CBC"),
    ("1.2.410.200046.1.1.12", "ARIA-256-CBC"),
    ("1.2.410.200004.1.4", "SEED-CBC"),
    ("1.2.156.10197.1.104.2", "SM4-CBC"),
    ("2.16.840.1.101.3.4.1.1", "AES-128-ECB"),
    ("2.16.840.1.101.3.4.1.3", "AES-128-OFB"),
    ("2.16.840.1.101.3.4.1.4", "AES-128-CFB"),
    ("2.16.840.1.101.3.4.1.6", "AES-128-GCM"),
    ("2.16.840.1.101.3.4.1.23", "AES-192-OFB"),
    ("2.16.840.1.101.3.4.1.24", "AES-192-CFB"),
    ("2.16.840.1.101.3.4.1.26", "AES-192-GCM"),
    ("2.16.840.1.101.3.4.1.43", "AES-256-OFB"),
    ("2.16.840.1.101.3.4.1.44", "AES-256-CFB"),
    ("2.16.840.1.101.3.4.1.46", "AES-256-GCM"),
    ("1.2.840.113549.1.5.14", "PBMAC1"),
    ("1.2.840.113549.2.6", "HMAC-MD4"),
    ("1.2.840.113549.2.12", "HMAC-SHA512/224"),
    ("1.2.840.113549.2.13", "HMAC-SHA512/256"),
    ("2.16.840.1.101.3.4.2.13", "HMAC-SHA3-224"),
    ("2.16.840.1.101.3.4.2.14", "HMAC-SHA3-256"),
    ("2.16.840.1.101.3.4.2.15", "HMAC-SHA3-384"),
    ("2.16.840.1.101.3.4.2.16", "HMAC-SHA3-512"),
    ("1.2.156.10197.1.401.2", "HMAC-SM3"),
    ("1.2.643.7.1.1.4.2", "HMAC-GOST R 34.11-2012"),
    ("1.2.643.2.2.21", "GOST 28147-89"),
];

/// What `pkcs5` reads of the parts of PBES2.
const READ: &[&str] = &[
    "1.2.840.113549.1.5.12",
    "1.3.6.1.4.1.11591.4.11",
    "1.2.840.113549.3.7",
    "2.16.840.1.101.3.4.1.2",
    "2.16.840.1.101.3.4.1.22",
    "2.16.840.1.101.3.4.1.42",
    "1.2.840.113549.2.7",
    "1.2.840.113549.2.8",
    "1.2.840.113549.2.9",
    "1.2.840.113549.2.10",
    "1.2.840.113549.2.11",
];

/// An EncryptedPrivateKeyInfo (RFC 5958 section 3) of any scheme.
#[derive(Sequence)]
pub(super) struct AnyEncryption<'a> {
    scheme: AlgorithmIdentifierRef<'a>,
    _data: &'a OctetStringRef,
}

/// PBES2-params (RFC 8018 appendix A.4).
#[derive(Sequence)]
struct Pbes2Parameters<'a> {
    kdf: AlgorithmIdentifierRef<'a>,
    cipher: AlgorithmIdentifierRef<'a>,
}

impl AnyEncryption<'_> {
    /// The scheme by name and identifier; of PBES2 the part that is not read.
    pub(super) fn name(&self) -> String {
        let parts = (self.scheme.oid == PBES2)
            .then(|| self.scheme.parameters?.decode_as::<Pbes2Parameters<'_>>().ok())
            .flatten();
        let Some(parts) = parts else { return named(self.scheme.oid) };
        let unread = [Some(parts.cipher.oid), Some(parts.kdf.oid), pseudo_random(&parts.kdf)]
            .into_iter()
            .flatten()
            .find(|oid| !READ.contains(&oid.to_string().as_str()));
        format!(
            "PBES2 with {}",
            unread.map_or_else(|| "parameters that do not decode".to_owned(), named)
        )
    }
}

/// The name of a scheme or cipher with its identifier, or the identifier alone.
pub(super) fn named(oid: ObjectIdentifier) -> String {
    let dotted = oid.to_string();
    match NAMES.iter().find(|(known, _)| *known == dotted) {
        Some((_, name)) => format!("{name} ({dotted})"),
        None => dotted,
    }
}

/// The pseudo-random function of PBKDF2: the last element of its parameters, where that is an identifier.
fn pseudo_random(kdf: &AlgorithmIdentifierRef<'_>) -> Option<ObjectIdentifier> {
    let mut parameters = SliceReader::new(kdf.parameters?.value()).ok()?;
    let mut last = None;
    while !parameters.is_finished() {
        last = Some(AnyRef::decode(&mut parameters).ok()?);
    }
    last?.decode_as::<AlgorithmIdentifierRef<'_>>().ok().map(|prf| prf.oid)
}

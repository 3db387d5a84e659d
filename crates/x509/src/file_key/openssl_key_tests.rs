//! Private keys as OpenSSL writes them (`testdata/generate/x509-keys.sh`).

use std::path::PathBuf;

use el2g_key_payload::SecretBytes;
use el2g_pem_line::{BlockFault, Kind};

use super::{FileKey, FileKeyError};
use crate::algorithm::{HashAlgorithm, KeyAlgorithm, SignatureAlgorithm};
use crate::oid::Oid;
use crate::public_key::PublicKey;
use crate::signer::CertificateSigner;

const PLAIN: [(&str, &str, KeyAlgorithm); 17] = {
    use KeyAlgorithm::{NistP256, NistP384, NistP521, Rsa2048, Rsa3072, Rsa4096};
    [
        ("p256-pkcs8.pem", "p256.pub", NistP256),
        ("p256-pkcs8.der", "p256.pub", NistP256),
        ("p256-sec1.pem", "p256.pub", NistP256),
        ("p256-sec1.der", "p256.pub", NistP256),
        ("p256-sec1-with-parameters.pem", "p256.pub", NistP256),
        ("p384-pkcs8.pem", "p384.pub", NistP384),
        ("p384-sec1.pem", "p384.pub", NistP384),
        ("p521-pkcs8.pem", "p521.pub", NistP521),
        ("p521-sec1.pem", "p521.pub", NistP521),
        ("rsa2048-pkcs8.pem", "rsa2048.pub", Rsa2048),
        ("rsa2048-pkcs1.pem", "rsa2048.pub", Rsa2048),
        ("rsa2048-pkcs1.der", "rsa2048.pub", Rsa2048),
        ("rsa3072-pkcs8.pem", "rsa3072.pub", Rsa3072),
        ("rsa3072-pkcs1.pem", "rsa3072.pub", Rsa3072),
        ("rsa4096-pkcs8.pem", "rsa4096.pub", Rsa4096),
        ("rsa4096-pkcs1.pem", "rsa4096.pub", Rsa4096),
        ("two-keys.pem", "", NistP256),
    ]
};

const ENCRYPTED: [(&str, &str); 7] = [
    ("p256-aes256.pem", "p256.pub"),
    ("p256-aes256.der", "p256.pub"),
    ("p256-aes128-sha1.pem", "p256.pub"),
    ("p256-aes192-sha512.pem", "p256.pub"),
    ("p256-3des.pem", "p256.pub"),
    ("p256-scrypt.pem", "p256.pub"),
    ("rsa2048-aes256.pem", "rsa2048.pub"),
];

fn file(name: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../testdata/keys").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn read(name: &str, passphrase: Option<&str>) -> Result<FileKey, FileKeyError> {
    let passphrase = passphrase.map(|text| SecretBytes::from_slice(text.as_bytes()));
    FileKey::read(&SecretBytes::new(file(name)), passphrase.as_ref())
}

#[test]
fn reads_every_plain_form_and_finds_the_public_half() {
    for (name, public, algorithm) in PLAIN {
        if public.is_empty() {
            assert_eq!(read(name, None).unwrap_err(), FileKeyError::SeveralKeys);
            continue;
        }
        let key = read(name, None).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(key.public_key().algorithm(), algorithm, "{name}");
        assert_eq!(key.public_key().spki_der(), file(public), "{name}");
    }
}

#[test]
fn a_public_key_comes_back_from_its_numbers() {
    for (name, public, algorithm) in PLAIN {
        if public.is_empty() {
            continue;
        }
        let key = read(name, None).unwrap();
        let again = match key.public_key().rsa_numbers() {
            Some((modulus, exponent)) => PublicKey::from_rsa_numbers(&modulus, &exponent),
            None => PublicKey::from_ec_point(algorithm, key.public_key().key_octets()),
        };
        assert_eq!(again.unwrap().spki_der(), file(public), "{name}");
    }
    assert!(PublicKey::from_ec_point(KeyAlgorithm::NistP256, &[4; 65]).is_err());
    assert!(PublicKey::from_ec_point(KeyAlgorithm::Rsa2048, &[4; 65]).is_err());
}

#[test]
fn opens_every_encrypted_form_and_tells_a_wrong_passphrase() {
    for (name, public) in ENCRYPTED {
        let key = read(name, Some("correct horse")).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(key.public_key().spki_der(), file(public), "{name}");
        assert_eq!(read(name, None).unwrap_err(), FileKeyError::PassphraseNeeded, "{name}");
        for wrong in ["battery staple", "", "correct horse\n"] {
            let error = read(name, Some(wrong)).unwrap_err();
            assert_eq!(error, FileKeyError::WrongPassphrase, "{name}");
        }
    }
}

#[test]
fn refuses_by_name_what_it_does_not_read() {
    let refused = |name: &str| read(name, Some("correct horse")).unwrap_err();
    assert_eq!(
        refused("p256-old-encryption.pem"),
        FileKeyError::Block(BlockFault::OldEncryption { label: Some("EC PRIVATE KEY") })
    );
    assert_eq!(
        refused("p256-pbes1.pem"),
        FileKeyError::UnsupportedEncryption {
            scheme: "pbeWithSHA1And3-KeyTripleDES-CBC (1.2.840.113549.1.12.1.3)".to_owned()
        }
    );
    assert_eq!(
        refused("p256-much-work.pem"),
        FileKeyError::TooMuchWork {
            work: "5000001 PBKDF2 rounds, at most 1000000 are run with this hash".to_owned()
        }
    );
    assert_eq!(refused("p256-explicit.pem"), FileKeyError::ExplicitCurve);
    assert_eq!(
        refused("secp256k1-pkcs8.pem"),
        FileKeyError::UnsupportedKey {
            algorithm: KeyAlgorithm::OtherCurve { curve: Oid::from_dotted("1.3.132.0.10") }
        }
    );
    assert_eq!(
        refused("ed25519-pkcs8.pem"),
        FileKeyError::UnsupportedKey {
            algorithm: KeyAlgorithm::Other { algorithm: Oid::from_dotted("1.3.101.112") }
        }
    );
    for name in ["rsa1024-pkcs8.pem", "rsa1024-pkcs1.pem"] {
        assert_eq!(
            refused(name),
            FileKeyError::UnsupportedKey { algorithm: KeyAlgorithm::RsaOther { bits: 1024 } }
        );
    }
    assert_eq!(refused("p256.pub"), FileKeyError::OtherKind { kind: Kind::PublicKey, der: true });
    let read_text =
        |text: &str| FileKey::read(&SecretBytes::from_slice(text.as_bytes()), None).unwrap_err();
    assert_eq!(read_text(""), FileKeyError::Empty);
    assert_eq!(read_text("no key here"), FileKeyError::NoKey { found: None });
    assert_eq!(
        read_text("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n"),
        FileKeyError::OtherKind { kind: Kind::OpenSshPrivateKey, der: false }
    );
    assert_eq!(
        read_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
        FileKeyError::NoKey { found: Some(Kind::Certificate) }
    );
}

#[test]
fn signs_with_every_hash_what_its_public_half_verifies() {
    for (name, public, algorithm) in PLAIN {
        if public.is_empty() {
            continue;
        }
        let key = read(name, None).unwrap();
        for hash in [HashAlgorithm::Sha256, HashAlgorithm::Sha384, HashAlgorithm::Sha512] {
            let identifier = SignatureAlgorithm::for_key(algorithm, hash).unwrap();
            let identifier = identifier.to_der().unwrap();
            let signature = key.sign(hash, b"message").unwrap();
            key.public_key()
                .verify(&identifier, b"message", &signature)
                .unwrap_or_else(|error| panic!("{name} {hash}: {error}"));
            assert!(key.public_key().verify(&identifier, b"massage", &signature).is_err());
        }
    }
}

#[test]
fn writes_new_keys_that_it_reads_again() {
    for algorithm in [KeyAlgorithm::NistP256, KeyAlgorithm::NistP521, KeyAlgorithm::Rsa2048] {
        let key = FileKey::generate(algorithm).unwrap();
        let pem = key.to_pkcs8_pem().unwrap();
        assert!(pem.expose().starts_with(b"-----BEGIN PRIVATE KEY-----\n"));
        let again = FileKey::read(&pem, None).unwrap();
        assert_eq!(again.public_key(), key.public_key());
        assert_eq!(again.public_key().algorithm(), algorithm);
    }
    assert_eq!(
        FileKey::generate(KeyAlgorithm::ExplicitCurve).unwrap_err(),
        FileKeyError::Generation { algorithm: KeyAlgorithm::ExplicitCurve }
    );
}

#[test]
fn shows_no_secret() {
    let key = read("p256-pkcs8.pem", None).unwrap();
    assert_eq!(format!("{key:?}"), "FileKey(P-256)");
}

/// One DER element of up to 64 KiB.
fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap();
    let header = match content.len() {
        0..=127 => vec![tag, u8::try_from(length).unwrap()],
        128..=255 => vec![tag, 0x81, u8::try_from(length).unwrap()],
        _ => [&[tag, 0x82][..], &length.to_be_bytes()].concat(),
    };
    [&header, content].concat()
}

/// The PKCS#8 form of `key` with another version and more behind the private key, as PEM.
fn rewritten(key: &FileKey, version: u8, behind: &[u8]) -> SecretBytes {
    let der = key.to_pkcs8_der().unwrap();
    let header = if der[1] < 0x80 { 2 } else { 2 + usize::from(der[1] & 0x7f) };
    assert_eq!(der[header..header + 3], [2, 1, 0], "version 1");
    let content = [&[2, 1, version][..], &der[header + 3..], behind].concat();
    let text =
        der::pem::encode_string("PRIVATE KEY", der::pem::LineEnding::LF, &element(0x30, &content));
    SecretBytes::from_slice(text.unwrap().as_bytes())
}

/// RFC 5958 section 2. OpenSSL reads the version with a public key and never writes it; Windows writes attributes.
#[test]
fn pkcs8_of_version_2_is_read_and_its_public_key_must_fit() {
    // keyUsage digitalSignature
    let usage = element(0x31, &[3, 2, 7, 0x80]);
    let attribute = element(0x30, &[&[6, 3, 0x55, 0x1d, 0x0f][..], &usage].concat());
    let attributes = element(0xa0, &attribute);
    let public = |octets: &[u8]| element(0x81, &[&[0][..], octets].concat());
    for name in ["p256-pkcs8.pem", "p384-pkcs8.pem", "p521-pkcs8.pem", "rsa2048-pkcs8.pem"] {
        let key = read(name, None).unwrap();
        let right = key.public_key().key_octets().to_vec();
        let same = |version, behind: &[u8]| {
            let again = FileKey::read(&rewritten(&key, version, behind), None);
            assert_eq!(again.unwrap().public_key(), key.public_key(), "{name}");
        };
        same(0, &attributes);
        same(1, &public(&right));
        same(1, &[&attributes[..], &public(&right)].concat());
        let mut wrong = right.clone();
        *wrong.last_mut().unwrap() ^= 1;
        let cut = &right[..right.len() - 1];
        for other in [&wrong, cut, &[]] {
            let refused = FileKey::read(&rewritten(&key, 1, &public(other)), None);
            assert_eq!(refused.unwrap_err(), FileKeyError::OtherPublicKey, "{name}");
        }
        // A version that does not exist.
        let refused = FileKey::read(&rewritten(&key, 2, &[]), None);
        assert!(matches!(refused, Err(FileKeyError::Malformed { .. })), "{name}: {refused:?}");
    }
}

//! Certificates and requests nobody should have made: checked, bounded, never a panic.

use proptest::prelude::*;

use super::Certificate;
use crate::algorithm::{HashAlgorithm, KeyAlgorithm};
use crate::certificate::SerialNumber;
use crate::file_key::FileKey;
use el2g_pem_line::Kind;

use crate::input::{InputError, MAX_INPUT_BYTES};
use crate::instant::Instant;
use crate::issuing::{CertificateTemplate, TemplateExtension, make_request, make_root};
use crate::name::Name;
use crate::oid::Oid;
use crate::public_key::{PublicKey, VerifyError};
use crate::request::CertificateRequest;
use crate::signer::CertificateSigner;

const NOW: Instant = Instant::from_unix(1_790_000_000);

fn made() -> (Certificate, CertificateRequest) {
    let key = FileKey::generate(KeyAlgorithm::NistP256).unwrap();
    let name = Name::parse("CN=Root,O=Example,C=AT").unwrap();
    let serial = SerialNumber::parse_hex("3f:1a").unwrap();
    let root = make_root(&name, &key, serial, NOW, NOW.plus_days(10)).unwrap();
    (root, make_request(&name, &key, HashAlgorithm::Sha256).unwrap())
}

#[test]
fn reads_back_what_was_written_in_every_form() {
    let (root, request) = made();
    let pem = root.to_pem();
    let escaped = pem.trim_end().replace('\n', "\\n");
    for text in [pem.clone(), escaped.clone(), format!("{{\"value\":\"{escaped}\"}}")] {
        assert_eq!(Certificate::read(text.as_bytes()), Ok(root.clone()));
    }
    assert_eq!(Certificate::read(root.der()), Ok(root.clone()));
    assert_eq!(Certificate::read_bundle(pem.repeat(3).as_bytes()).unwrap().len(), 3);
    assert_eq!(CertificateRequest::read(request.to_pem().as_bytes()), Ok(request.clone()));
    assert_eq!(
        Certificate::read(pem.repeat(2).as_bytes()),
        Err(InputError::SeveralBlocks { found: 2, wanted: "a certificate" })
    );
    let wrong = |found, der, wanted| InputError::WrongKind { found, der, wanted };
    assert_eq!(Certificate::read(request.der()), Err(wrong(Kind::Request, true, "a certificate")));
    assert_eq!(
        CertificateRequest::read(root.der()),
        Err(wrong(Kind::Certificate, true, "a certificate request"))
    );
    assert_eq!(
        CertificateRequest::read(pem.as_bytes()),
        Err(wrong(Kind::Certificate, false, "a certificate request"))
    );
}

#[test]
fn refuses_trailing_bytes_and_too_much() {
    let (root, request) = made();
    let longer = |der: &[u8]| [der, &[0]].concat();
    assert!(matches!(
        Certificate::from_der(&longer(root.der())),
        Err(InputError::NotACertificate { .. })
    ));
    assert!(matches!(
        CertificateRequest::from_der(&longer(request.der())),
        Err(InputError::NotARequest { .. })
    ));
    assert_eq!(
        Certificate::read(&vec![b'a'; MAX_INPUT_BYTES + 1]),
        Err(InputError::TooLarge { found: MAX_INPUT_BYTES + 1 })
    );
    assert_eq!(Certificate::read(b" \n"), Err(InputError::Empty { wanted: "a certificate" }));
}

#[test]
fn ten_megabytes_of_extension_and_ten_thousand_certificates_are_read() {
    let key = FileKey::generate(KeyAlgorithm::NistP256).unwrap();
    let name = Name::parse("CN=Root").unwrap();
    let mut template = CertificateTemplate::root(
        &name,
        key.public_key(),
        SerialNumber::parse_hex("1").unwrap(),
        NOW,
        NOW.plus_days(1),
    );
    template.extensions.push(TemplateExtension::Other {
        oid: Oid::from_dotted("1.2.3"),
        critical: false,
        value: vec![4; 10 << 20],
    });
    let large = template.sign(&key).unwrap();
    assert_eq!(Certificate::read(large.der()).unwrap().fingerprint_sha256_hex().len(), 64);
    let bundle = made().0.to_pem().repeat(10_000);
    assert_eq!(Certificate::read_bundle(bundle.as_bytes()).unwrap().len(), 10_000);
}

/// A SubjectPublicKeyInfo of RSA with this modulus.
fn rsa(modulus: &[u8]) -> PublicKey {
    use der::Encode;
    use der::asn1::{AnyRef, BitString, UintRef};
    let key = pkcs1::RsaPublicKeyRef {
        modulus: UintRef::new(modulus).unwrap(),
        public_exponent: UintRef::new(&[1, 0, 1]).unwrap(),
    };
    let spki = spki::SubjectPublicKeyInfo {
        algorithm: spki::AlgorithmIdentifier {
            oid: pkcs1::ALGORITHM_OID,
            parameters: Some(AnyRef::NULL),
        },
        subject_public_key: BitString::from_bytes(&key.to_der().unwrap()).unwrap(),
    };
    PublicKey::from_der(&spki.to_der().unwrap()).unwrap()
}

#[test]
fn odd_rsa_keys_are_named_and_refused_without_much_work() {
    let of_bits = |bits: usize, last: u8| {
        let mut modulus = vec![0xff; bits / 8];
        *modulus.last_mut().unwrap() = last;
        rsa(&modulus)
    };
    for (key, bits) in [(of_bits(512, 1), 512), (of_bits(16384, 1), 16384), (rsa(&[3]), 2)] {
        let algorithm = KeyAlgorithm::RsaOther { bits };
        assert_eq!(key.algorithm(), algorithm);
        assert_eq!(key.check_usable(), Err(VerifyError::UnsupportedKey { key: algorithm }));
    }
    // An even modulus is not a product of two odd primes.
    assert!(of_bits(2048, 2).check_usable().is_err());
}

#[test]
fn a_point_off_its_curve_is_refused_and_explicit_parameters_are_named() {
    let key = FileKey::generate(KeyAlgorithm::NistP256).unwrap();
    assert_eq!(key.public_key().check_usable(), Ok(()));
    let mut off_curve = key.public_key().spki_der().to_vec();
    *off_curve.last_mut().unwrap() ^= 1;
    let off_curve = PublicKey::from_der(&off_curve).unwrap();
    assert_eq!(
        off_curve.check_usable(),
        Err(VerifyError::UnsoundKey { key: KeyAlgorithm::NistP256 })
    );
    // SEQUENCE { SEQUENCE { id-ecPublicKey, SEQUENCE {} }, BIT STRING }
    let explicit =
        [0x30, 0x0f, 0x30, 0x0b, 6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1, 0x30, 0, 3, 1, 0];
    let mut explicit = explicit.to_vec();
    explicit[1] = u8::try_from(explicit.len() - 2).unwrap();
    let explicit = PublicKey::from_der(&explicit).unwrap();
    assert_eq!(explicit.algorithm(), KeyAlgorithm::ExplicitCurve);
    assert!(explicit.check_usable().is_err());
}

#[test]
fn deep_nesting_is_refused() {
    let mut nested = vec![0x05, 0x00];
    while nested.len() < 100_000 {
        let length = nested.len();
        let mut outer = if length < 128 {
            vec![0x30, u8::try_from(length).unwrap()]
        } else if length < 0x1_0000 {
            let octets = u16::try_from(length).unwrap().to_be_bytes();
            vec![0x30, 0x82, octets[0], octets[1]]
        } else {
            let octets = u32::try_from(length).unwrap().to_be_bytes();
            vec![0x30, 0x83, octets[1], octets[2], octets[3]]
        };
        outer.append(&mut nested);
        nested = outer;
    }
    assert!(Certificate::from_der(&nested).is_err());
    assert!(CertificateRequest::from_der(&nested).is_err());
    assert!(Name::from_der(&nested).is_err());
}

proptest! {
    #[test]
    fn anybodys_bytes_never_panic(bytes: Vec<u8>) {
        let _ = Certificate::read(&bytes);
        let _ = CertificateRequest::read(&bytes);
        let _ = Name::from_der(&bytes);
        let _ = PublicKey::from_der(&bytes);
    }

    #[test]
    fn one_changed_octet_never_panics_and_never_verifies(at in 0usize..400, flip in 1u8..) {
        let (root, request) = made();
        for der in [root.der(), request.der()] {
            let mut changed = der.to_vec();
            let at = at % changed.len();
            changed[at] ^= flip;
            if let Ok(certificate) = Certificate::from_der(&changed) {
                prop_assert!(certificate.verify_signed_by(root.public_key()).is_err());
                let _ = (certificate.basic_constraints(), certificate.key_usage());
                let _ = (certificate.subject().to_string(), certificate.authority_key_identifier());
            }
            if let Ok(request) = CertificateRequest::from_der(&changed) {
                prop_assert!(request.verify_signature().is_err());
                let _ = request.requested_extensions();
            }
        }
    }

    #[test]
    fn serial_numbers_come_back(octets: Vec<u8>) {
        if let Ok(serial) = SerialNumber::from_unsigned(&octets) {
            prop_assert_eq!(SerialNumber::parse_hex(&serial.to_string()), Ok(serial.clone()));
            prop_assert!(!serial.is_negative());
        }
    }

    #[test]
    fn names_come_back(values in proptest::collection::vec("[a-zA-Z0-9 ,+\"\\\\<>;=#é€-]{1,20}", 1..5)) {
        let attributes: Vec<(Oid, &str)> = values
            .iter()
            .map(|value| (crate::AttributeType::ORGANIZATION, value.as_str()))
            .collect();
        let name = Name::build(&attributes).unwrap();
        let again = Name::parse(&name.to_string()).unwrap();
        prop_assert_eq!(again.der(), name.der());
        prop_assert!(name.matches(&again));
    }
}

//! Issuing keeps what it is given: subjects of every odd encoding, byte for byte. (That OpenSSL and GnuTLS accept
//! what comes out, the acceptance tests show.)

use der::asn1::{Any, SetOfVec};
use der::{Encode, Tag};
use el2g_key_payload::{Entropy, EntropyUnavailable};
use proptest::prelude::*;
use x509_cert::attr::AttributeTypeAndValue;

use super::{
    CertificateTemplate, IntermediateOptions, IssueError, ToBeSigned, intermediate_to_be_signed,
    issue_intermediate, make_request, make_root, random_serial,
};
use crate::algorithm::{HashAlgorithm, KeyAlgorithm, SignatureAlgorithm};
use crate::certificate::{Certificate, SerialNumber};
use crate::decoded::strict;
use crate::extension::{KeyUsageBit, PathLength};
use crate::file_key::FileKey;
use crate::instant::Instant;
use crate::name::{AttributeType, Name};
use crate::signer::CertificateSigner;

const NOW: Instant = Instant::from_unix(1_790_000_000);

/// A source that counts: tests want the same bytes each time.
struct Counting(u8);

impl Entropy for Counting {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), EntropyUnavailable> {
        for octet in out {
            self.0 = self.0.wrapping_add(101);
            *octet = self.0;
        }
        Ok(())
    }
}

fn serial() -> SerialNumber {
    random_serial(&mut Counting(0)).unwrap()
}

fn options() -> IntermediateOptions {
    IntermediateOptions {
        serial: serial(),
        not_before: NOW,
        not_after: NOW.plus_days(3650),
        hash: None,
        crl_urls: Vec::new(),
        policy_url: None,
    }
}

struct Ca {
    key: FileKey,
    root: Certificate,
}

fn ca(algorithm: KeyAlgorithm) -> Ca {
    let key = FileKey::generate(algorithm).unwrap();
    let name = Name::parse("CN=Root,O=Example,C=AT").unwrap();
    let root = make_root(&name, &key, serial(), NOW.plus_days(-1), NOW.plus_days(7300)).unwrap();
    Ca { key, root }
}

fn attribute(oid: crate::Oid, tag: Tag, octets: &[u8]) -> AttributeTypeAndValue {
    AttributeTypeAndValue { oid: oid.0, value: Any::new(tag, octets).unwrap() }
}

fn name(rdns: Vec<Vec<AttributeTypeAndValue>>) -> Name {
    let rdns: Vec<SetOfVec<AttributeTypeAndValue>> =
        rdns.into_iter().map(|rdn| SetOfVec::try_from(rdn).unwrap()).collect();
    Name::from_der(&rdns.to_der().unwrap()).unwrap()
}

/// A UniversalString in a name, which `der` cannot write: the tag of an OCTET STRING is replaced.
fn universal(text: &str) -> Name {
    let octets: Vec<u8> = text.chars().flat_map(|c| u32::from(c).to_be_bytes()).collect();
    let plain = name(vec![vec![attribute(AttributeType::COMMON_NAME, Tag::OctetString, &octets)]]);
    let mut der = plain.der().to_vec();
    let at = der.len() - octets.len() - 2;
    assert_eq!(der[at], 0x04);
    der[at] = 0x1c;
    Name::from_der(&der).unwrap()
}

#[test]
fn keeps_subject_key_and_issuer_byte_for_byte_whatever_their_encoding() {
    use AttributeType as T;
    let ca = ca(KeyAlgorithm::NistP256);
    let key = FileKey::generate(KeyAlgorithm::NistP256).unwrap();
    let subjects = [
        name(vec![vec![attribute(T::COMMON_NAME, Tag::TeletexString, b"M\xfcller")]]),
        name(vec![vec![attribute(T::COMMON_NAME, Tag::BmpString, &[0, b'A', 0x20, 0xac])]]),
        name(vec![vec![attribute(T::COMMON_NAME, Tag::Ia5String, b"a@b")]]),
        name(vec![vec![attribute(T::COMMON_NAME, Tag::PrintableString, b"under_score")]]),
        name(vec![vec![
            attribute(T::COMMON_NAME, Tag::Utf8String, "multi".as_bytes()),
            attribute(T::ORGANIZATIONAL_UNIT, Tag::PrintableString, b"valued"),
        ]]),
        name(vec![
            vec![attribute(T::ORGANIZATIONAL_UNIT, Tag::Utf8String, b"one")],
            vec![attribute(T::ORGANIZATIONAL_UNIT, Tag::Utf8String, b"one")],
            vec![attribute(T::ORGANIZATIONAL_UNIT, Tag::Utf8String, b"two")],
        ]),
        name(vec![vec![attribute(
            crate::Oid::from_dotted("1.2.3.4.5"),
            Tag::OctetString,
            &[0, 1, 2],
        )]]),
        universal("Ωmega"),
    ];
    for subject in subjects {
        let request = make_request(&subject, &key, HashAlgorithm::Sha384).unwrap();
        let issued = issue_intermediate(&request, &ca.root, &ca.key, &options()).unwrap();
        assert_eq!(issued.subject().der(), subject.der(), "{subject}");
        assert_eq!(issued.issuer().der(), ca.root.subject().der(), "{subject}");
        assert_eq!(issued.public_key().spki_der(), key.public_key().spki_der(), "{subject}");
        assert_eq!(strict::certificate(issued.decoded()), [], "{subject}");
        issued.verify_signed_by(ca.root.public_key()).unwrap();
        assert_eq!(Certificate::read(issued.to_pem().as_bytes()), Ok(issued));
    }
}

#[test]
fn gives_an_intermediate_what_section_6_asks_for() {
    for (algorithm, signature) in [
        (KeyAlgorithm::NistP256, "ecdsa-with-SHA256"),
        (KeyAlgorithm::NistP384, "ecdsa-with-SHA384"),
        (KeyAlgorithm::NistP521, "ecdsa-with-SHA384"),
        (KeyAlgorithm::Rsa2048, "sha256WithRSAEncryption"),
    ] {
        let ca = ca(algorithm);
        let key = FileKey::generate(KeyAlgorithm::NistP256).unwrap();
        let subject = Name::parse("CN=sub").unwrap();
        let request = make_request(&subject, &key, HashAlgorithm::Sha256).unwrap();
        let issued = issue_intermediate(&request, &ca.root, &ca.key, &options()).unwrap();
        assert_eq!(issued.version(), 3);
        assert_eq!(issued.serial(), &serial());
        assert_eq!((issued.not_before(), issued.not_after()), (NOW, NOW.plus_days(3650)));
        assert_eq!(issued.signature_algorithm().to_string(), signature);
        assert_eq!(
            issued.decoded().inner_algorithm.whole,
            issued.signature_algorithm_der(),
            "{algorithm}"
        );
        let constraints = issued.basic_constraints().unwrap().unwrap();
        assert!(constraints.critical && constraints.ca);
        assert_eq!(constraints.path_length, Some(PathLength::Number(0)));
        let usage = issued.key_usage().unwrap().unwrap();
        assert!(usage.critical);
        assert_eq!(usage.names(), ["keyCertSign", "cRLSign"]);
        assert_eq!(
            issued.subject_key_identifier().unwrap(),
            Some(key.public_key().key_identifier())
        );
        let authority = issued.authority_key_identifier().unwrap().unwrap();
        assert_eq!(authority.key_identifier, ca.root.subject_key_identifier().unwrap());
        assert!(!authority.critical && !authority.has_issuer);
    }
}

#[test]
fn carries_the_urls_it_is_given() {
    let ca = ca(KeyAlgorithm::NistP256);
    let key = FileKey::generate(KeyAlgorithm::NistP256).unwrap();
    let request =
        make_request(&Name::parse("CN=sub").unwrap(), &key, HashAlgorithm::Sha256).unwrap();
    let options = IntermediateOptions {
        crl_urls: vec!["http://example.com/a.crl".into(), "http://example.com/b.crl".into()],
        policy_url: Some("http://example.com/cps".into()),
        ..options()
    };
    let issued = issue_intermediate(&request, &ca.root, &ca.key, &options).unwrap();
    let names: Vec<String> =
        issued.extensions().unwrap().iter().map(|extension| extension.name()).collect();
    assert_eq!(
        names,
        [
            "basicConstraints",
            "keyUsage",
            "subjectKeyIdentifier",
            "authorityKeyIdentifier",
            "cRLDistributionPoints",
            "certificatePolicies"
        ]
    );
    let wrong = IntermediateOptions { crl_urls: vec!["http://exämple.com".into()], ..options };
    assert!(matches!(
        issue_intermediate(&request, &ca.root, &ca.key, &wrong),
        Err(IssueError::Encoding { field: "the CRL URL", .. })
    ));
}

#[test]
fn refuses_to_issue_what_would_not_hold() {
    let ca = ca(KeyAlgorithm::NistP256);
    let key = FileKey::generate(KeyAlgorithm::NistP256).unwrap();
    let subject = Name::parse("CN=sub").unwrap();
    let request = make_request(&subject, &key, HashAlgorithm::Sha256).unwrap();
    assert_eq!(
        issue_intermediate(&request, &ca.root, &key, &options()),
        Err(IssueError::ForeignKey {
            signer: KeyAlgorithm::NistP256,
            root: "CN=Root,O=Example,C=AT".to_owned(),
            root_key: KeyAlgorithm::NistP256
        })
    );
    let nobody = make_request(&Name::build(&[]).unwrap(), &key, HashAlgorithm::Sha256).unwrap();
    assert_eq!(
        intermediate_to_be_signed(&nobody, &ca.root, &options()),
        Err(IssueError::EmptySubject)
    );
    let late = IntermediateOptions {
        not_before: ca.root.not_after().plus_seconds(1),
        not_after: ca.root.not_after().plus_days(1),
        ..options()
    };
    assert_eq!(
        intermediate_to_be_signed(&request, &ca.root, &late),
        Err(IssueError::EmptyValidity {
            not_before: late.not_before,
            not_after: ca.root.not_after()
        })
    );
    let mut changed = request.der().to_vec();
    let at = changed.windows(3).position(|window| window == b"sub").unwrap();
    changed[at] = b'S';
    let changed = crate::CertificateRequest::from_der(&changed).unwrap();
    assert!(matches!(
        intermediate_to_be_signed(&changed, &ca.root, &options()),
        Err(IssueError::RequestSignature(_))
    ));
}

#[test]
fn joins_a_signature_made_elsewhere_as_der_or_as_bare_numbers() {
    for algorithm in [KeyAlgorithm::NistP256, KeyAlgorithm::NistP384, KeyAlgorithm::NistP521] {
        let ca = ca(algorithm);
        let key = FileKey::generate(KeyAlgorithm::NistP256).unwrap();
        let request =
            make_request(&Name::parse("CN=sub").unwrap(), &key, HashAlgorithm::Sha256).unwrap();
        let prepared = intermediate_to_be_signed(&request, &ca.root, &options()).unwrap();
        let again = ToBeSigned::from_der(prepared.der()).unwrap();
        assert_eq!(again, prepared);
        let signature = ca.key.sign(prepared.hash(), prepared.der()).unwrap();
        let joined = prepared.join(&signature, ca.root.public_key()).unwrap();
        let bare = crate::signer::ecdsa_signature_bare(algorithm, &signature).unwrap();
        assert_eq!(prepared.join(&bare, ca.root.public_key()), Ok(joined));
        assert!(matches!(
            prepared.join(&signature, key.public_key()),
            Err(IssueError::Signature(_))
        ));
    }
}

#[test]
fn makes_device_and_verification_certificates_as_the_service_does() {
    let ca = ca(KeyAlgorithm::NistP256);
    let key = FileKey::generate(KeyAlgorithm::NistP256).unwrap();
    let subject = Name::parse("CN=device-0000000000000001-0001").unwrap();
    let end = NOW.plus_days(3650);
    let device =
        CertificateTemplate::device(&subject, key.public_key(), &ca.root, serial(), NOW, end)
            .sign(&ca.key)
            .unwrap();
    let names: Vec<String> =
        device.extensions().unwrap().iter().map(|extension| extension.name()).collect();
    assert_eq!(names, ["keyUsage", "extKeyUsage"]);
    assert!(device.key_usage().unwrap().unwrap().has(KeyUsageBit::DigitalSignature));
    let code = "a".repeat(64);
    let proof =
        CertificateTemplate::verification(&code, key.public_key(), &ca.root, serial(), NOW, end);
    assert_eq!(proof.unwrap().subject.common_name(), Some(code.as_str()));
    let long = "a".repeat(65);
    let proof =
        CertificateTemplate::verification(&long, key.public_key(), &ca.root, serial(), NOW, end);
    assert!(proof.is_err());
}

#[test]
fn a_root_signs_itself_with_its_own_hash() {
    let ca = ca(KeyAlgorithm::NistP384);
    ca.root.verify_signed_by(ca.root.public_key()).unwrap();
    assert_eq!(
        ca.root.signature_algorithm(),
        SignatureAlgorithm::for_key(KeyAlgorithm::NistP384, HashAlgorithm::Sha384).unwrap()
    );
    assert!(ca.root.is_self_issued());
}

proptest! {
    #[test]
    fn serial_numbers_are_positive_and_fit_in_twenty_octets(seed: u8) {
        let drawn = random_serial(&mut Counting(seed)).unwrap();
        prop_assert!(!drawn.is_negative() && !drawn.is_zero());
        prop_assert!(drawn.octets().len() <= 20);
        prop_assert_eq!(SerialNumber::parse_hex(&drawn.to_string()), Ok(drawn));
    }

    #[test]
    fn to_be_signed_bytes_of_anybody_never_panic(bytes: Vec<u8>) {
        let _ = ToBeSigned::from_der(&bytes);
    }
}

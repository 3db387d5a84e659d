//! Chains made here: what holds, what warns, what fails, each compared whole.

use super::{ChainError, ChainWarning, verify_chain};
use crate::algorithm::{HashAlgorithm, KeyAlgorithm};
use crate::certificate::{Certificate, SerialNumber};
use crate::extension::{Extension, KeyUsageBit, PathLength};
use crate::file_key::FileKey;
use crate::instant::Instant;
use crate::issuing::{CertificateTemplate, TemplateExtension};
use crate::name::Name;
use crate::oid::Oid;
use crate::signer::CertificateSigner;

const NOW: Instant = Instant::from_unix(1_790_000_000);

struct Made {
    root: Certificate,
    intermediate: Certificate,
    leaf: Certificate,
}

/// What a test changes of the three certificates.
#[derive(Default)]
struct Change {
    intermediate: Vec<TemplateExtension>,
    leaf_days: Option<i64>,
    leaf_issuer: Option<Name>,
    path_length: Option<Option<u8>>,
    usage: Option<Vec<KeyUsageBit>>,
}

fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

fn make(change: Change) -> Made {
    let serial = |number: u8| SerialNumber::from_unsigned(&[number]).unwrap();
    let key = || FileKey::generate(KeyAlgorithm::NistP256).unwrap();
    let (root_key, ca_key, leaf_key) = (key(), key(), key());
    let end = NOW.plus_days(1000);
    let root = CertificateTemplate::root(
        &name("CN=Root"),
        root_key.public_key(),
        serial(1),
        NOW.plus_days(-1),
        end,
    )
    .sign(&root_key)
    .unwrap();
    let mut extensions = vec![
        TemplateExtension::BasicConstraints {
            ca: true,
            path_length: change.path_length.unwrap_or(Some(0)),
        },
        TemplateExtension::KeyUsage(change.usage.unwrap_or_else(|| vec![KeyUsageBit::KeyCertSign])),
    ];
    extensions.extend(change.intermediate);
    let intermediate = CertificateTemplate {
        serial: serial(2),
        issuer: root.subject().clone(),
        subject: name("CN=Sub"),
        public_key: ca_key.public_key().clone(),
        not_before: NOW,
        not_after: NOW.plus_days(500),
        extensions,
        hash: HashAlgorithm::Sha256,
    }
    .sign(&root_key)
    .unwrap();
    let mut leaf = CertificateTemplate::device(
        &name("CN=device"),
        leaf_key.public_key(),
        &intermediate,
        serial(3),
        NOW,
        NOW.plus_days(change.leaf_days.unwrap_or(100)),
    );
    if let Some(issuer) = change.leaf_issuer {
        leaf.issuer = issuer;
    }
    Made { root, intermediate, leaf: leaf.sign(&ca_key).unwrap() }
}

fn verdict(made: &Made) -> Result<Vec<ChainWarning>, ChainError> {
    verify_chain(&[&made.leaf, &made.intermediate, &made.root], NOW).map(|report| report.warnings)
}

#[test]
fn a_good_chain_is_reported_link_by_link() {
    let made = make(Change::default());
    let report = verify_chain(&[&made.leaf, &made.intermediate, &made.root], NOW).unwrap();
    let subjects: Vec<&str> = report.links.iter().map(|link| link.subject.as_str()).collect();
    assert_eq!(subjects, ["CN=device", "CN=Sub", "CN=Root"]);
    assert_eq!(report.warnings, []);
    assert_eq!(report.links[1].fingerprint_sha256, made.intermediate.fingerprint_sha256_hex());
}

#[test]
fn a_leaf_that_outlives_its_ca_is_a_warning() {
    let made = make(Change { leaf_days: Some(513), ..Change::default() });
    assert_eq!(
        verdict(&made),
        Ok(vec![ChainWarning::OutlivesIssuer {
            subject: "CN=device".to_owned(),
            not_after: NOW.plus_days(513).to_string(),
            issuer_not_after: NOW.plus_days(500).to_string(),
        }])
    );
}

#[test]
fn names_that_match_but_differ_in_bytes_are_a_warning() {
    let made = make(Change { leaf_issuer: Some(name("CN=SUB")), ..Change::default() });
    assert_eq!(
        verdict(&made),
        Ok(vec![ChainWarning::NameEncodedDifferently { subject: "CN=device".to_owned() }])
    );
}

#[test]
fn what_breaks_a_chain_is_named_with_the_certificate_at_fault() {
    let sub = || "CN=Sub".to_owned();
    let cases = [
        (
            Change { leaf_issuer: Some(name("CN=Other")), ..Change::default() },
            ChainError::IssuerMismatch {
                subject: "CN=device".to_owned(),
                issuer: "CN=Other".to_owned(),
                next: sub(),
            },
        ),
        (
            Change { usage: Some(vec![KeyUsageBit::CrlSign]), ..Change::default() },
            ChainError::NotACa {
                subject: sub(),
                issued: "CN=device".to_owned(),
                reason: "keyUsage lacks keyCertSign",
            },
        ),
        (
            Change {
                intermediate: vec![TemplateExtension::Other {
                    oid: Oid::from_dotted("1.2.3"),
                    critical: true,
                    value: vec![5, 0],
                }],
                ..Change::default()
            },
            ChainError::UnknownCritical { subject: sub(), extension: "1.2.3".to_owned() },
        ),
        (
            Change {
                intermediate: vec![TemplateExtension::KeyUsage(vec![KeyUsageBit::KeyCertSign])],
                ..Change::default()
            },
            ChainError::Extension {
                subject: sub(),
                reason: crate::ExtensionError::Duplicate {
                    extension: "keyUsage".to_owned(),
                    count: 2,
                },
            },
        ),
    ];
    for (change, expected) in cases {
        assert_eq!(verdict(&make(change)), Err(expected));
    }
}

#[test]
fn time_signature_and_length_are_looked_at() {
    let made = make(Change::default());
    let late = NOW.plus_days(200);
    assert_eq!(
        verify_chain(&[&made.leaf, &made.intermediate, &made.root], late),
        Err(ChainError::NotInForce {
            subject: "CN=device".to_owned(),
            at: late,
            not_before: NOW,
            not_after: NOW.plus_days(100),
        })
    );
    let other = make(Change::default());
    assert!(matches!(
        verify_chain(&[&made.leaf, &other.intermediate, &other.root], NOW),
        Err(ChainError::Signature { subject, .. }) if subject == "CN=device"
    ));
    assert_eq!(verify_chain(&[], NOW), Err(ChainError::Empty));
    // Without its root the intermediate is trusted as given, which is said.
    assert_eq!(
        verify_chain(&[&made.leaf, &made.intermediate], NOW).map(|report| report.warnings),
        Ok(vec![ChainWarning::RootNotSelfIssued { subject: "CN=Sub".to_owned() }])
    );
}

#[test]
fn a_path_length_of_any_size_does_not_wrap() {
    // pathLenConstraint 256, which ends as 0 in eight bits, and 2^64, which does so in 64.
    for (octets, expected) in [
        (vec![2, 2, 1, 0], PathLength::Number(256)),
        (vec![2, 9, 1, 0, 0, 0, 0, 0, 0, 0, 0], PathLength::Huge),
        (vec![2, 1, 0xff], PathLength::Negative),
        (vec![2, 9, 0, 0xff, 0, 0, 0, 0, 0, 0, 0], PathLength::Number(0xff << 56)),
    ] {
        let mut value = vec![0x30, 3 + u8::try_from(octets.len()).unwrap(), 1, 1, 0xff];
        value.extend(octets);
        let made = make(Change {
            intermediate: vec![TemplateExtension::Other {
                oid: Oid::from_dotted("1.2.3"),
                critical: false,
                value: value.clone(),
            }],
            ..Change::default()
        });
        let carrier = made.intermediate.extension(Oid::from_dotted("1.2.3")).unwrap().unwrap();
        let read: Result<_, _> = Extension::basic_constraints(carrier);
        assert_eq!(read.unwrap().path_length, Some(expected));
    }
}

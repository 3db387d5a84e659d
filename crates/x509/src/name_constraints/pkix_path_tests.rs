//! A second opinion on name constraints: `pkix-path`. Where the two differ, the table says why.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use pkix_path::{SignatureVerifier, TrustAnchor, ValidationPolicy, validate_path};
use x509_cert_of_pkix_path as theirs;
use x509_cert_of_pkix_path::der::Decode as _;

use super::name_constraints_tests::{DNS, IP, MAIL, URI, directory, tlv};
use super::{ConstrainedNames, NameConstraints};
use crate::algorithm::KeyAlgorithm;
use crate::certificate::{Certificate, SerialNumber};
use crate::extension::Extension;
use crate::file_key::FileKey;
use crate::instant::Instant;
use crate::issuing::{CertificateTemplate, TemplateExtension};
use crate::name::Name;
use crate::oid::Oid;
use crate::signer::CertificateSigner as _;

const NOW: Instant = Instant::from_unix(1_790_000_000);

/// What only `pkix-path` lets through: a sign of it in what this crate says, and why it is refused here.
const REFUSED_HERE: &[(&str, &str)] = &[
    ("it is not a DNS name", CANNOT_BE_COMPARED),
    ("the subtree is not a DNS name", CANNOT_BE_COMPARED),
    ("it is not a mail address", CANNOT_BE_COMPARED),
    ("the subtree names neither a mailbox nor a host", CANNOT_BE_COMPARED),
    ("it is not a URI with a host", CANNOT_BE_COMPARED),
    ("its host is an address and no name", CANNOT_BE_COMPARED),
    ("the subtree names no host", CANNOT_BE_COMPARED),
    ("it is not an IP address", CANNOT_BE_COMPARED),
    ("the subtree is not an IP address with a mask", CANNOT_BE_COMPARED),
    ("in the excluded subtree DNS of any name", EMPTY_DNS_NAME),
    ("DNS *.example.com is in the excluded subtree DNS a.example.com", WILDCARD),
    ("in the excluded subtree mail @example.com", EMPTY_LOCAL_PART),
    ("in the excluded subtree mail example.com", QUOTED_LOCAL_PART),
    ("in none of the permitted subtrees (mail a@example.com)", LOCAL_PART),
];

/// What only this crate lets through: the name, the subtree, and why it is let through. `*` is any name.
const ALLOWED_HERE: &[(&str, &str, &str)] = &[
    ("*", "", EMPTY_DNS_NAME),
    ("A@EXAMPLE.com", "a@example.com", LOCAL_PART),
    ("*", "@example.com", EMPTY_LOCAL_PART),
    ("\"a@b\"@example.com", "example.com", QUOTED_LOCAL_PART),
];

const CANNOT_BE_COMPARED: &str =
    "RFC 5280 4.2.1.10: a certificate with a name that cannot be compared is refused";
const EMPTY_DNS_NAME: &str =
    "RFC 5280 4.2.1.10: labels may be added to an empty name too; OpenSSL reads it as any name";
const WILDCARD: &str = "it stands for a.example.com, which is excluded";
const EMPTY_LOCAL_PART: &str = "OpenSSL reads `@host` as `host`";
const QUOTED_LOCAL_PART: &str = "RFC 5321 4.1.2: a quoted local part may hold an `@`";
const LOCAL_PART: &str = "RFC 5280 7.5: the local part is compared with its case";

/// Signatures are not the question here.
struct Trusting;

impl SignatureVerifier for Trusting {
    fn verify_signature(
        &self,
        _: theirs::spki::AlgorithmIdentifierRef<'_>,
        _: theirs::spki::SubjectPublicKeyInfoRef<'_>,
        _: &[u8],
        _: &[u8],
    ) -> Result<(), signature::Error> {
        Ok(())
    }
}

static KEY: LazyLock<FileKey> =
    LazyLock::new(|| FileKey::generate(KeyAlgorithm::NistP256).unwrap());

fn extension(oid: Oid, value: &[u8]) -> TemplateExtension {
    TemplateExtension::Other { oid, critical: true, value: value.to_vec() }
}

/// Their verdict on a certificate with these names under a root with these constraints.
fn judged_there(
    subject: &Name,
    alternative: Option<&[u8]>,
    constraints: &[u8],
) -> Result<(), String> {
    let (name, serial) = (Name::parse("C=AT").unwrap(), SerialNumber::parse_hex("1").unwrap());
    let key = KEY.public_key();
    let mut root = CertificateTemplate::root(&name, key, serial.clone(), NOW, NOW.plus_days(9));
    root.extensions.push(extension(Extension::NAME_CONSTRAINTS, constraints));
    let root = root.sign(&*KEY).unwrap();
    let mut leaf = CertificateTemplate::device(subject, key, &root, serial, NOW, NOW.plus_days(9));
    leaf.extensions.extend(alternative.map(|it| extension(Extension::SUBJECT_ALT_NAME, it)));
    let leaf = leaf.sign(&*KEY).unwrap();
    let read = |certificate: &Certificate| theirs::Certificate::from_der(certificate.der());
    let root = read(&root).map_err(|error| error.to_string())?;
    let anchor = TrustAnchor::from(&root);
    let leaf = read(&leaf).map_err(|error| error.to_string())?;
    let policy = ValidationPolicy::new(NOW.unix().unsigned_abs());
    validate_path(&[leaf], &[anchor], &policy, &Trusting)
        .map(|_| ())
        .map_err(|error| format!("{error:?}"))
}

fn judged_here(
    subject: &Name,
    alternative: Option<&[u8]>,
    constraints: &[u8],
) -> Result<(), String> {
    let constraints = NameConstraints::from_der(constraints).map_err(|error| error.to_string())?;
    ConstrainedNames::of_end(&super::name_constraints_tests::decoded(subject.der()), alternative)
        .and_then(|names| constraints.check(&names))
        .map_err(|error| error.to_string())
}

/// One name and one subtree of the same form.
struct Pair {
    shown: (String, String),
    subject: Name,
    alternative: Option<Vec<u8>>,
    base: Vec<u8>,
}

fn texts(tag: u8, names: &[&str], bases: &[&str]) -> Vec<Pair> {
    let pair = |name: &str, base: &str| Pair {
        shown: (name.to_owned(), base.to_owned()),
        subject: Name::build(&[]).unwrap(),
        alternative: Some(tlv(0x30, &tlv(tag, name.as_bytes()))),
        base: tlv(tag, base.as_bytes()),
    };
    names.iter().flat_map(|name| bases.iter().map(move |base| pair(name, base))).collect()
}

fn addresses(names: &[&[u8]], bases: &[&[u8]]) -> Vec<Pair> {
    let pair = |name: &[u8], base: &[u8]| Pair {
        shown: (format!("IP {name:?}"), format!("{base:?}")),
        subject: Name::build(&[]).unwrap(),
        alternative: Some(tlv(0x30, &tlv(IP, name))),
        base: tlv(IP, base),
    };
    names.iter().flat_map(|name| bases.iter().map(move |base| pair(name, base))).collect()
}

fn subjects(names: &[&str], bases: &[&str]) -> Vec<Pair> {
    let pair = |name: &str, base: &str| Pair {
        shown: (name.to_owned(), base.to_owned()),
        subject: Name::parse(name).unwrap(),
        alternative: None,
        base: match base.strip_prefix("mail ") {
            Some(base) => tlv(MAIL, base.as_bytes()),
            None => directory(base),
        },
    };
    names.iter().flat_map(|name| bases.iter().map(move |base| pair(name, base))).collect()
}

fn pairs() -> Vec<Pair> {
    [
        texts(
            DNS,
            &[
                "example.com",
                "EXAMPLE.com",
                "a.example.com",
                "a.b.example.com",
                "notexample.com",
                "com",
                "*.example.com",
                "a..example.com",
                "exa mple.com",
                "example.com.",
                "",
            ],
            &["example.com", ".example.com", "a.example.com", "com", "*.example.com", ""],
        ),
        texts(
            MAIL,
            &[
                "a@example.com",
                "A@EXAMPLE.com",
                "a@b.example.com",
                "\"a@b\"@example.com",
                "a@b@example.com",
                "example.com",
                "a@",
                "",
            ],
            &["example.com", ".example.com", "a@example.com", "b@example.com", "@example.com", ""],
        ),
        texts(
            URI,
            &[
                "http://example.com/",
                "https://a.example.com:8443/x?y",
                "http://EXAMPLE.com",
                "http://user@example.com/",
                "http://example.com@evil.org/",
                "http://10.0.0.1/",
                "http://[::1]/",
                "urn:example:a",
                "example.com",
            ],
            &["example.com", ".example.com", "a.example.com", "evil.org", ""],
        ),
        addresses(
            &[&[10, 1, 2, 3], &[192, 168, 0, 1], &[10, 1, 2], &[0; 16]],
            &[
                &[10, 0, 0, 0, 255, 0, 0, 0],
                &[0; 8],
                &[10, 0, 0, 3, 255, 0, 0, 255],
                &[10, 1, 2, 3],
                &[0; 32],
            ],
        ),
        subjects(
            &[
                "CN=a,O=Example,C=AT",
                "CN=a,O=EXAMPLE  ,C=AT",
                "CN=a,O=Other,C=AT",
                "O=Example,C=AT",
                "C=AT",
                "emailAddress=a@example.com,C=AT",
                "emailAddress=a@example.org,C=AT",
                "CN=a.example.com,C=AT",
            ],
            &["O=Example,C=AT", "C=AT", "O=Example", "mail example.com", "mail .com"],
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[test]
fn pkix_path_decides_the_same() {
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for Pair { shown: (name, base), subject, alternative, base: subtree } in pairs() {
        for (tag, kind) in [(0xa0, "permitted"), (0xa1, "excluded")] {
            let constraints = tlv(0x30, &tlv(tag, &tlv(0x30, &subtree)));
            let alternative = alternative.as_deref();
            let here = judged_here(&subject, alternative, &constraints);
            let there = judged_there(&subject, alternative, &constraints);
            let row = match (&here, &there) {
                (Ok(()), Ok(())) | (Err(_), Err(_)) => continue,
                (Err(said), Ok(())) => {
                    let known = REFUSED_HERE.iter().find(|(sign, _)| said.contains(sign));
                    known.map(|(sign, _)| ("refused", *sign))
                }
                (Ok(()), Err(_)) => {
                    let known = ALLOWED_HERE
                        .iter()
                        .find(|(row, subtree, _)| ["*", &name].contains(row) && base == *subtree);
                    known.map(|(row, subtree, _)| (*row, *subtree))
                }
            };
            match row {
                Some(row) => drop(seen.insert(row)),
                None => {
                    wrong.push(format!("`{name}` {kind} `{base}`: here {here:?}, there {there:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
    let refused = REFUSED_HERE.iter().map(|(sign, _)| ("refused", *sign));
    let allowed = ALLOWED_HERE.iter().map(|(row, subtree, _)| (*row, *subtree));
    assert_eq!(seen, refused.chain(allowed).collect(), "a row of the tables that nothing needs");
}

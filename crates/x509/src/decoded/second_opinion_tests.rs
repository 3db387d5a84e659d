//! A second opinion: `x509-cert` reads what the strict types here read, and finds the same. Where only one of the two
//! reads something, the table says why.

use std::collections::BTreeSet;
use std::path::Path;

use der::{Decode as _, Encode as _};
use x509_cert::certificate::{CertificateInner, Raw, Version};
use x509_cert::request::CertReq;

use crate::certificate::Certificate;
use crate::input::Block;
use crate::request::CertificateRequest;

/// What only this crate reads: a sign of it in what `x509-cert` says, and why that is right.
const READ_HERE: &[(&str, &str)] = &[
    ("ASN.1 DER tag: 0x1c", "a UniversalString, which `der` does not know, is a string of X.520"),
    (
        "ASN.1 DER tag: 0x0e",
        "parameters of a kind that `der` does not know: the key is refused when it is used",
    ),
    ("ASN.1 DER tag: 0x07", "the same"),
    ("value for UTCTime", "a date before 1970, at which the dates of `der` begin"),
    ("value for GeneralizedTime", "the same"),
];

/// What only `x509-cert` reads: a sign of it in what this crate says, and why it is refused here.
const REFUSED_HERE: &[(&str, &str)] = &[
    (
        "unused bits are not zero",
        "X.690 11.2.1 has one form; `der` looks only at what it makes a value of",
    ),
    (
        "unused bits at",
        "X.690 8.6.2.2 allows 7; of an attribute or a parameter `der` reads no more than the header",
    ),
    ("is cut short", "X.690 8.19.2: an identifier ends with its last arc, in parameters too"),
];

/// The fields that both have, as bytes.
type Fields = Vec<Vec<u8>>;

fn der_of(file: &str, label: &'static str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/x509").join(file);
    let block = Block::exactly_one(&std::fs::read(path).unwrap(), label).unwrap();
    block.der().to_vec()
}

/// The bytes as they are, and with each bit turned.
fn variants(der: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let turned = |bit: usize| {
        let mut turned = der.to_vec();
        turned[bit / 8] ^= 1 << (bit % 8);
        turned
    };
    std::iter::once(der.to_vec()).chain((0..der.len() * 8).map(turned))
}

fn our_certificate(der: &[u8]) -> Result<Fields, String> {
    let read = Certificate::from_der(der).map_err(|error| error.to_string())?;
    let extensions = read.extensions().unwrap_or_default().iter();
    Ok([
        vec![vec![read.version()], read.serial().octets().to_vec()],
        vec![read.issuer().der().to_vec(), read.subject().der().to_vec()],
        [read.not_before(), read.not_after()].map(|at| at.unix().to_be_bytes().to_vec()).to_vec(),
        vec![read.public_key().spki_der().to_vec(), read.signature_algorithm_der().to_vec()],
        vec![read.decoded().signature.octets.to_vec()],
        extensions
            .map(|it| [it.oid().0.as_bytes(), &[u8::from(it.critical())], it.value()].concat())
            .collect(),
    ]
    .concat())
}

fn their_certificate(der: &[u8]) -> Result<Fields, der::Error> {
    let read = CertificateInner::<Raw>::from_der(der)?;
    let tbs = read.tbs_certificate();
    let version = match tbs.version() {
        Version::V1 => 1,
        Version::V2 => 2,
        Version::V3 => 3,
    };
    let seconds = |time: x509_cert::time::Time| {
        i64::try_from(time.to_unix_duration().as_secs()).unwrap().to_be_bytes().to_vec()
    };
    let extensions = tbs.extensions().map(Vec::as_slice).unwrap_or_default().iter();
    Ok([
        vec![vec![version], tbs.serial_number().as_bytes().to_vec()],
        vec![tbs.issuer().to_der()?, tbs.subject().to_der()?],
        vec![seconds(tbs.validity().not_before), seconds(tbs.validity().not_after)],
        vec![tbs.subject_public_key_info().to_der()?, read.signature_algorithm().to_der()?],
        vec![read.signature().raw_bytes().to_vec()],
        extensions
            .map(|it| {
                let oid = it.extn_id.as_bytes();
                [oid, &[u8::from(it.critical)], it.extn_value.as_bytes()].concat()
            })
            .collect(),
    ]
    .concat())
}

fn our_request(der: &[u8]) -> Result<Fields, String> {
    let read = CertificateRequest::from_der(der).map_err(|error| error.to_string())?;
    let attributes = read.attributes().iter();
    Ok([
        vec![read.subject().der().to_vec(), read.public_key().spki_der().to_vec()],
        vec![read.signature_algorithm_der().to_vec(), read.signature().to_vec()],
        attributes.map(|it| [it.oid.0.as_bytes(), &it.values.concat()].concat()).collect(),
    ]
    .concat())
}

fn their_request(der: &[u8]) -> Result<Fields, der::Error> {
    let read = CertReq::from_der(der)?;
    let mut attributes = Vec::new();
    for attribute in read.info.attributes.iter() {
        let mut whole = attribute.oid.as_bytes().to_vec();
        for value in attribute.values.iter() {
            whole.extend(value.to_der()?);
        }
        attributes.push(whole);
    }
    Ok([
        vec![read.info.subject.to_der()?, read.info.public_key.to_der()?],
        vec![read.algorithm.to_der()?, read.signature.raw_bytes().to_vec()],
        attributes,
    ]
    .concat())
}

/// Compares both over all variants of the files, and the differences with the tables.
#[test]
fn x509_cert_reads_the_same() {
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    let mut judge = |name: &str,
                     ours: Result<Fields, String>,
                     theirs: Result<Fields, der::Error>| {
        let theirs = theirs.map_err(|error| error.to_string());
        let (table, said) = match (&ours, &theirs) {
            (Ok(ours), Ok(theirs)) if ours == theirs => return,
            (Ok(_), Ok(_)) => return wrong.push(format!("{name}: {ours:02x?} and {theirs:02x?}")),
            (Err(_), Err(_)) => return,
            (Ok(_), Err(said)) => (READ_HERE, said),
            (Err(said), Ok(_)) => (REFUSED_HERE, said),
        };
        match table.iter().find(|(sign, _)| said.contains(sign)) {
            Some((sign, _)) => drop(seen.insert(*sign)),
            None => wrong.push(format!("{name}: ours {ours:?}, theirs {theirs:?}")),
        }
    };
    for file in ["good/intermediate.pem", "good/root.pem", "good/authority-issuer-serial.pem"] {
        for (number, der) in variants(&der_of(file, Block::CERTIFICATE)).enumerate() {
            judge(&format!("{file} {number}"), our_certificate(&der), their_certificate(&der));
        }
    }
    for (number, der) in variants(&der_of("good/request.pem", Block::REQUEST)).enumerate() {
        judge(&format!("request {number}"), our_request(&der), their_request(&der));
    }
    let rows: BTreeSet<&str> =
        READ_HERE.iter().chain(REFUSED_HERE).map(|(sign, _)| *sign).collect();
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(seen, rows, "a row of the tables that nothing needs");
}

//! Certification requests with one fault each, built octet by octet: no tool makes most of them.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, KeyPair as _,
};

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const UTF8: u8 = 0x0c;
const PRINTABLE: u8 = 0x13;

const COMMON_NAME: &[u8] = &[0x06, 3, 0x55, 4, 3];
const P256: &[u8] = &[0x06, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
const P384: &[u8] = &[0x06, 5, 0x2b, 0x81, 4, 0, 0x22];
const EC_PUBLIC_KEY: &[u8] = &[0x06, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
const ECDSA_SHA256: &[u8] = &[0x06, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
const ECDSA_SHA384: &[u8] = &[0x06, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 3];
/// 1.2.840.113549.1.9.14
const EXTENSION_REQUEST: &[u8] = &[0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 14];
/// 1.2.840.113549.1.9.2
const UNSTRUCTURED_NAME: &[u8] = &[0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 2];
/// id-ce-basicConstraints
const BASIC_CONSTRAINTS: &[u8] = &[0x06, 3, 0x55, 0x1d, 19];

fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let mut all = vec![tag];
    match content.len() {
        length @ 0..=127 => all.push(u8::try_from(length).expect("it is short")),
        length @ 128..=255 => all.extend([0x81, u8::try_from(length).expect("one octet")]),
        length => {
            all.push(0x82);
            all.extend(u16::try_from(length).expect("two octets").to_be_bytes());
        }
    }
    all.extend(content);
    all
}

/// What a request is made of; each odd one changes one thing of the sound one.
struct Parts {
    version: &'static [u8],
    /// The subject, with its header.
    subject: Vec<u8>,
    curve: &'static [u8],
    signing: &'static EcdsaSigningAlgorithm,
    algorithm: &'static [u8],
    /// `None` leaves the field away.
    attributes: Option<Vec<u8>>,
    change_point: fn(&mut Vec<u8>),
    change_signed: fn(&mut Vec<u8>),
    behind: &'static [u8],
    signed_by_another: bool,
    unused_bits: u8,
}

impl Default for Parts {
    fn default() -> Self {
        Self {
            version: &[0],
            subject: name(UTF8, b"Line 7 CA of the works at Graz"),
            curve: P256,
            signing: &ECDSA_P256_SHA256_ASN1_SIGNING,
            algorithm: ECDSA_SHA256,
            attributes: Some(Vec::new()),
            change_point: |_| {},
            change_signed: |_| {},
            behind: &[],
            signed_by_another: false,
            unused_bits: 0,
        }
    }
}

fn name(string: u8, text: &[u8]) -> Vec<u8> {
    let value = element(string, &[text]);
    let attribute = element(SEQUENCE, &[COMMON_NAME, &value]);
    element(SEQUENCE, &[&element(SET, &[&attribute])])
}

fn attribute(oid: &[u8], values: &[&[u8]]) -> Vec<u8> {
    element(SEQUENCE, &[oid, &element(SET, values)])
}

fn extensions(count: usize) -> Vec<u8> {
    let value = element(0x04, &[&element(SEQUENCE, &[&[1, 1, 0xff]])]);
    let one = element(SEQUENCE, &[BASIC_CONSTRAINTS, &value]);
    element(SEQUENCE, &[&one.repeat(count)])
}

impl Parts {
    fn request(&self) -> Vec<u8> {
        let key = EcdsaKeyPair::generate(self.signing).expect("a key");
        let other = EcdsaKeyPair::generate(self.signing).expect("a key");
        let mut point = key.public_key().as_ref().to_vec();
        (self.change_point)(&mut point);
        let info = element(
            SEQUENCE,
            &[&element(SEQUENCE, &[EC_PUBLIC_KEY, self.curve]), &element(0x03, &[&[0], &point])],
        );
        let attributes = match &self.attributes {
            Some(attributes) => element(0xa0, &[attributes]),
            None => Vec::new(),
        };
        let mut signed = element(
            SEQUENCE,
            &[&element(0x02, &[self.version]), &self.subject, &info, &attributes],
        );
        (self.change_signed)(&mut signed);
        let signer = if self.signed_by_another { &other } else { &key };
        let signature = signer.sign(&SystemRandom::new(), &signed).expect("a signature");
        let mut request = element(
            SEQUENCE,
            &[
                &signed,
                &element(SEQUENCE, &[self.algorithm]),
                &element(0x03, &[&[self.unused_bits], signature.as_ref()]),
            ],
        );
        request.extend(self.behind);
        request
    }
}

/// The length of the outermost header in one octet more than DER takes.
fn longer_length(signed: &mut Vec<u8>) {
    assert_eq!(signed[1], 0x81, "it has between 128 and 255 octets");
    signed.splice(1..2, [0x82, 0]);
}

/// The sound request.
pub fn sound() -> Vec<u8> {
    Parts::default().request()
}

/// What is odd, the rule that says so, and the request.
pub fn odd() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let subject = |string, text: &[u8]| Parts { subject: name(string, text), ..Parts::default() };
    let attributes =
        |list: &[Vec<u8>]| Parts { attributes: Some(list.concat()), ..Parts::default() };
    let extension_request = |count| attribute(EXTENSION_REQUEST, &[&extensions(count)]);
    let unstructured = attribute(UNSTRUCTURED_NAME, &[&element(UTF8, &[b"Line"])]);
    let two_values = attribute(EXTENSION_REQUEST, &[&extensions(1), &extensions(1)]);
    let nameless =
        |inside: &[&[u8]]| Parts { subject: element(SEQUENCE, inside), ..Parts::default() };
    let rows: Vec<(&str, &str, Parts)> = vec![
        ("an underscore", "request-subject-sound", subject(PRINTABLE, b"Line_7")),
        ("an asterisk", "request-subject-sound", subject(PRINTABLE, b"Line *")),
        ("an at sign", "request-subject-sound", subject(PRINTABLE, b"ca@example.com")),
        ("a NUL", "request-subject-sound", subject(UTF8, b"Line 7\0.example")),
        ("octets that are not UTF-8", "request-subject-sound", subject(UTF8, b"Line \xc3\x28")),
        ("an empty relative name", "request-subject-sound", nameless(&[&[SET, 0]])),
        ("an empty subject", "request-subject-not-empty", nameless(&[])),
        (
            "an attribute twice",
            "request-attributes-unique",
            attributes(&[unstructured.clone(), unstructured]),
        ),
        (
            "two extensionRequests",
            "request-attributes-unique",
            attributes(&[extension_request(1), extension_request(1)]),
        ),
        (
            "an extensionRequest of two values",
            "request-attributes-unique",
            attributes(&[two_values]),
        ),
        ("an extension twice", "request-attributes-unique", attributes(&[extension_request(2)])),
        (
            "an extensionRequest without a value",
            "request-attributes-unique",
            attributes(&[attribute(EXTENSION_REQUEST, &[])]),
        ),
        ("version 1", "request-version", Parts { version: &[1], ..Parts::default() }),
        ("version 2", "request-version", Parts { version: &[2], ..Parts::default() }),
        (
            "no attributes field",
            "request-attributes-present",
            Parts { attributes: None, ..Parts::default() },
        ),
        (
            "a signature by another key",
            "request-signature-verifies",
            Parts { signed_by_another: true, ..Parts::default() },
        ),
        (
            "a signature with an unused bit",
            "request-signature-verifies",
            Parts { unused_bits: 1, ..Parts::default() },
        ),
        (
            "a key that the profile does not allow",
            "request-key-allowed",
            Parts {
                curve: P384,
                signing: &ECDSA_P384_SHA384_ASN1_SIGNING,
                algorithm: ECDSA_SHA384,
                ..Parts::default()
            },
        ),
        (
            "a point beside its curve",
            "request-key-usable",
            Parts { change_point: |point| point[40] ^= 1, ..Parts::default() },
        ),
        (
            "a point in the hybrid form",
            "request-key-usable",
            Parts { change_point: |point| point[0] = 6 | (point[64] & 1), ..Parts::default() },
        ),
        (
            "a name that is not a string",
            "request-subject-sound",
            Parts { subject: name(0x08, b"Line 7"), ..Parts::default() },
        ),
        (
            "a length of BER",
            "request-strict-der",
            Parts { change_signed: longer_length, ..Parts::default() },
        ),
        (
            "bytes behind the request",
            "request-strict-der",
            Parts { behind: b"\0\0", ..Parts::default() },
        ),
    ];
    rows.into_iter().map(|(what, rule, parts)| (what, rule, parts.request())).collect()
}

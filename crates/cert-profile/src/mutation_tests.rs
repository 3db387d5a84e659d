//! Properties: any one-field change of a good certificate is caught by the rule that owns the field.

use std::path::Path;
use std::sync::LazyLock;

use el2g_key_payload::SecretBytes;
use el2g_x509::{CertificateSigner, FileKey, HashAlgorithm, Instant};
use proptest::prelude::*;

use crate::*;
use el2g_x509::decoded::certificate::{Decoded, Undecodable};
use el2g_x509::decoded::element::{Elements, tag};
use el2g_x509::decoded::request::DecodedRequest;

mod field_owners;

fn read(file: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/x509").join(file);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn der(file: &str) -> Vec<u8> {
    pem::parse(read(file)).unwrap().into_contents()
}

struct Good {
    root: Vec<u8>,
    request: Vec<u8>,
    key: FileKey,
    /// The fields of the good certificate's to-be-signed part, in order.
    fields: Vec<Vec<u8>>,
    algorithm: Vec<u8>,
}

/// Places of the fields in [`Good::fields`].
const VERSION: usize = 0;
const SERIAL: usize = 1;
const ISSUER: usize = 3;
const VALIDITY: usize = 4;
const SUBJECT: usize = 5;
const KEY: usize = 6;
const EXTENSIONS: usize = 7;

static GOOD: LazyLock<Good> = LazyLock::new(|| {
    let certificate = der("good/intermediate.pem");
    let decoded = Decoded::read(&certificate).unwrap();
    let mut elements = Elements::new(decoded.to_be_signed).next("it").unwrap().inside();
    let mut fields = Vec::new();
    while !elements.rest().is_empty() {
        fields.push(elements.next("a field").unwrap().whole.to_vec());
    }
    let key = SecretBytes::new(read("keys/root-p256.pem"));
    Good {
        root: der("good/root.pem"),
        request: der("good/request.pem"),
        key: FileKey::read(&key, None).unwrap(),
        fields,
        algorithm: decoded.outer_algorithm.whole.to_vec(),
    }
});

fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut whole = vec![tag];
    let length = content.len();
    if length < 0x80 {
        whole.push(u8::try_from(length).unwrap());
    } else {
        whole.push(0x82);
        whole.extend_from_slice(&u16::try_from(length).unwrap().to_be_bytes());
        if length < 0x100 {
            whole.truncate(1);
            whole.extend_from_slice(&[0x81, u8::try_from(length).unwrap()]);
        }
    }
    whole.extend_from_slice(content);
    whole
}

/// The good certificate with one field replaced, signed again by the root's key.
fn with_field(place: usize, field: Vec<u8>) -> Vec<u8> {
    let mut fields = GOOD.fields.clone();
    fields[place] = field;
    let to_be_signed = tlv(tag::SEQUENCE, &fields.concat());
    let signature = GOOD.key.sign(HashAlgorithm::Sha256, &to_be_signed).unwrap();
    let bits = tlv(tag::BIT_STRING, &[&[0], signature.as_slice()].concat());
    tlv(tag::SEQUENCE, &[to_be_signed, GOOD.algorithm.clone(), bits].concat())
}

fn at() -> Instant {
    "2026-06-01T00:00:00Z".parse().unwrap()
}

/// Decodes and checks; the error is that of the root or the request.
fn checked(
    certificate: &[u8],
    root: Option<&[u8]>,
    request: Option<&[u8]>,
) -> Result<CertificateReport, Undecodable> {
    let root = root.map(Decoded::read).transpose()?;
    let request = request.map(DecodedRequest::read).transpose()?;
    let rules = RuleSet::annex6();
    let mut checker = Checker::new(&rules, at());
    if let Some(root) = &root {
        checker = checker.with_root(root);
    }
    if let Some(request) = &request {
        checker = checker.with_request(request);
    }
    Ok(checker.check_block(&InputBlock::Certificate(certificate.to_vec())))
}

/// The rules a certificate breaks, with root and request at hand.
fn broken(certificate: &[u8]) -> Vec<&'static str> {
    let report = checked(certificate, Some(&GOOD.root), Some(&GOOD.request)).unwrap();
    report.findings.iter().map(|finding| finding.rule).collect()
}

/// The element at `place`, its octet at `index` replaced by another one.
fn changed(place: usize, index: prop::sample::Index, flip: u8) -> (Vec<u8>, usize) {
    let mut field = GOOD.fields[place].clone();
    let index = index.index(field.len());
    field[index] ^= flip;
    (field, index)
}

fn extensions_with(dotted_tail: u8, replacement: Option<Vec<u8>>) -> Vec<u8> {
    let mut list = Vec::new();
    let wrapper = Elements::new(&GOOD.fields[EXTENSIONS]).next("it").unwrap();
    let mut elements = wrapper.inside().next("the list").unwrap().inside();
    while !elements.rest().is_empty() {
        let extension = elements.next("an extension").unwrap();
        if extension.content.starts_with(&[6, 3, 0x55, 0x1d, dotted_tail]) {
            list.extend(replacement.clone().unwrap_or_default());
        } else {
            list.extend_from_slice(extension.whole);
        }
    }
    tlv(0xa3, &tlv(tag::SEQUENCE, &list))
}

fn extension(dotted_tail: u8, critical: bool, value: &[u8]) -> Vec<u8> {
    let mut content = vec![6, 3, 0x55, 0x1d, dotted_tail];
    if critical {
        content.extend_from_slice(&[1, 1, 0xff]);
    }
    content.extend(tlv(tag::OCTET_STRING, value));
    tlv(tag::SEQUENCE, &content)
}

#[test]
fn the_certificate_put_together_anew_is_good() {
    assert_eq!(broken(&with_field(SERIAL, GOOD.fields[SERIAL].clone())), [""; 0]);
}

/// A date in the form of RFC 5280.
fn date(seconds: i64) -> Vec<u8> {
    let text = Instant::from_unix(seconds).to_string().replace(['-', 'T', ':'], "");
    let year: u16 = text[..4].parse().unwrap();
    if (1950..2050).contains(&year) {
        tlv(tag::UTC_TIME, &text.as_bytes()[2..])
    } else {
        tlv(tag::GENERALIZED_TIME, text.as_bytes())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn another_version(version in any::<u8>().prop_filter("v3 is good", |version| *version != 2)) {
        let field = tlv(0xa0, &[2, 1, version]);
        prop_assert!(broken(&with_field(VERSION, field)).contains(&"version-v3"));
    }

    #[test]
    fn another_serial_number(octets in prop::collection::vec(any::<u8>(), 0..40)) {
        let found = broken(&with_field(SERIAL, tlv(tag::INTEGER, &octets)));
        prop_assert_eq!(found.contains(&"serial-number-present"), octets.is_empty());
        let negative = octets.first().is_some_and(|first| first & 0x80 != 0);
        let zero = !octets.is_empty() && octets.iter().all(|octet| *octet == 0);
        prop_assert_eq!(found.contains(&"serial-number-positive"), negative || zero);
        prop_assert_eq!(found.contains(&"serial-number-length"), octets.len() > 20);
    }

    #[test]
    fn an_issuer_changed_in_one_octet(index in any::<prop::sample::Index>(), bit in 0..8_u32) {
        let (field, _) = changed(ISSUER, index, 1 << bit);
        prop_assert!(!broken(&with_field(ISSUER, field)).is_empty());
    }

    #[test]
    fn a_subject_changed_in_one_octet(index in any::<prop::sample::Index>(), bit in 0..8_u32) {
        let (field, _) = changed(SUBJECT, index, 1 << bit);
        prop_assert!(!broken(&with_field(SUBJECT, field)).is_empty());
    }

    #[test]
    fn a_key_changed_in_one_octet(index in any::<prop::sample::Index>(), bit in 0..8_u32) {
        let (field, index) = changed(KEY, index, 1 << bit);
        let found = broken(&with_field(KEY, field));
        // The length of the whole makes it no certificate at all.
        let structural = found.contains(&"encoding-decodes");
        prop_assert!(structural || found.contains(&"public-key-matches-request"), "{index}: {found:?}");
        // A flip within the coordinates leaves the curve (but for a chance of 2^-32 and less).
        prop_assert!(index < 30 || found.contains(&"public-key-point"), "{index}: {found:?}");
    }

    #[test]
    fn other_dates(start in 0..i64::from(u32::MAX), end in 0..i64::from(u32::MAX)) {
        let found = broken(&with_field(VALIDITY, tlv(tag::SEQUENCE, &[date(start), date(end)].concat())));
        let now = at().unix();
        let root = Decoded::read(&GOOD.root).unwrap();
        let (root_start, root_end) =
            (root.not_before.instant.unwrap().unix(), root.not_after.instant.unwrap().unix());
        let ordered = start <= end;
        prop_assert_eq!(found.contains(&"validity-order"), !ordered);
        prop_assert_eq!(found.contains(&"validity-started"), ordered && now < start);
        prop_assert_eq!(found.contains(&"validity-not-ended"), ordered && end < now);
        prop_assert_eq!(found.contains(&"validity-within-root"), end > root_end);
        prop_assert_eq!(found.contains(&"validity-starts-within-root"), start < root_start);
        prop_assert!(!found.contains(&"validity-time-type") && !found.contains(&"validity-time-form"));
    }

    #[test]
    fn another_path_length(octets in prop::collection::vec(any::<u8>(), 1..18)) {
        let content = [&[1, 1, 0xff][..], &tlv(tag::INTEGER, &octets)].concat();
        let value = tlv(tag::SEQUENCE, &content);
        let field = extensions_with(0x13, Some(extension(0x13, true, &value)));
        let found = broken(&with_field(EXTENSIONS, field));
        let zero = octets.iter().all(|octet| *octet == 0);
        prop_assert_eq!(found.contains(&"basic-constraints-path-length"), !zero);
        prop_assert_eq!(found.is_empty(), octets == [0]);
    }

    #[test]
    fn other_basic_constraints(value in prop::collection::vec(any::<u8>(), 0..12), critical: bool) {
        let good = critical && value == [0x30, 6, 1, 1, 0xff, 2, 1, 0];
        let field = extensions_with(0x13, Some(extension(0x13, critical, &value)));
        prop_assert_eq!(broken(&with_field(EXTENSIONS, field)).is_empty(), good);
    }

    #[test]
    fn another_key_usage(bits in any::<u16>(), critical: bool) {
        let unused = bits.trailing_zeros().min(15);
        let octets = bits.to_be_bytes();
        let used = if bits == 0 { 0 } else if unused >= 8 { 1 } else { 2 };
        let unused = u8::try_from(if bits == 0 { 0 } else { unused % 8 }).unwrap();
        let value = tlv(tag::BIT_STRING, &[&[unused], &octets[..used]].concat());
        let field = extensions_with(0x0f, Some(extension(0x0f, critical, &value)));
        let found = broken(&with_field(EXTENSIONS, field));
        let (cert_sign, crl_sign) = (bits & 0x0400 != 0, bits & 0x0200 != 0);
        prop_assert_eq!(found.contains(&"key-usage-critical"), !critical);
        prop_assert_eq!(found.contains(&"key-usage-cert-sign"), !cert_sign);
        prop_assert_eq!(found.contains(&"key-usage-crl-sign"), cert_sign && !crl_sign);
        prop_assert!(!found.contains(&"encoding-strict-der"));
    }

    #[test]
    fn a_missing_extension(tail in prop::sample::select(vec![
        (0x13_u8, "basic-constraints-present"), (0x0f, "key-usage-present"),
        (0x0e, "subject-key-identifier-present"), (0x23, "authority-key-identifier-present"),
    ])) {
        let field = extensions_with(tail.0, None);
        prop_assert_eq!(broken(&with_field(EXTENSIONS, field)), [tail.1]);
    }

    #[test]
    fn any_bit_of_the_whole_certificate(index in any::<prop::sample::Index>(), bit in 0..8_u32) {
        let mut certificate = der("good/intermediate.pem");
        let index = index.index(certificate.len());
        certificate[index] ^= 1 << bit;
        prop_assert!(!broken(&certificate).is_empty());
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let _ = checked(&bytes, None, None).unwrap();
        let _ = checked(&GOOD.root, Some(&bytes), Some(&bytes));
        let _ = DecodedRequest::read(&bytes)
            .map(|request| check_request(&request, None, None, &RuleSet::annex6()));
        let _ = InputBlocks::read(&bytes);
        let _ = RuleSet::from_toml(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn damaged_certificates_never_panic(
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6), cut in any::<prop::sample::Index>(),
    ) {
        for file in ["good/intermediate.pem", "bad/name-constraints-absent.pem", "good/authority-issuer-serial.pem"] {
            let mut bytes = der(file);
            for (index, value) in &edits {
                let index = index.index(bytes.len());
                bytes[index] = *value;
            }
            bytes.truncate(cut.index(bytes.len() * 4).max(1));
            let rules = RuleSet::api_algorithms();
            let checker = Checker::new(&rules, at()).describing();
            let block = InputBlock::Certificate(bytes.clone());
            let report = checker.report(vec![checker.check_block(&block)]);
            let _ = (reports::html(&report), reports::sarif(&report), reports::junit(&report));
            if let Ok(certificate) = Decoded::read(&bytes) {
                let _ = Checker::new(&rules, at()).with_root(&certificate).check(&certificate);
                let (certificate, ca) = (&certificate, &certificate);
                let input = VerificationInput { certificate, ca, code: "x", cloud: None, at: at() };
                let _ = check_verification(&input, &rules);
            }
            let _ = DecodedRequest::read(&bytes)
                .map(|request| check_request(&request, None, None, &rules));
        }
    }
}

#[test]
fn hostile_sizes_are_judged_in_bounds() {
    let judge = |certificate: &[u8]| checked(certificate, None, None).unwrap();
    // Ten megabytes in one extension: it is read past.
    let mut long = vec![6, 3, 0x55, 0x1d, 0x63];
    let octets = vec![0_u8; 10 << 20];
    long.extend([4, 0x83]);
    long.extend_from_slice(&u32::try_from(octets.len()).unwrap().to_be_bytes()[1..]);
    long.extend(octets);
    let wrap = |tag: u8, content: &[u8]| {
        let mut whole = vec![tag, 0x84];
        whole.extend_from_slice(&u32::try_from(content.len()).unwrap().to_be_bytes());
        whole.extend_from_slice(content);
        whole
    };
    let mut fields = GOOD.fields.clone();
    fields[EXTENSIONS] = wrap(0xa3, &wrap(0x30, &wrap(0x30, &long)));
    let certificate =
        wrap(0x30, &[wrap(0x30, &fields.concat()), GOOD.algorithm.clone(), vec![3, 1, 0]].concat());
    let report = judge(&certificate);
    assert_eq!(report.kind, InputKind::Certificate);
    assert!(!report.passed);

    // Nesting without end, definite and indefinite.
    let deep = (0..100_000).fold(Vec::new(), |mut inner: Vec<u8>, _| {
        inner.extend_from_slice(&[0x30, 0x80]);
        inner
    });
    assert_eq!(judge(&deep).kind, InputKind::Unreadable);
    let mut name = vec![0x05, 0x00];
    for _ in 0..200 {
        name = tlv(0x30, &name);
    }
    let report = judge(&with_field(SUBJECT, name));
    assert!(report.findings.iter().any(|finding| finding.found.contains("nests deeper")));

    // More extensions than there can be.
    let many = extension(0x63, false, &[5, 0]).repeat(5_000);
    let mut fields = GOOD.fields.clone();
    fields[EXTENSIONS] = wrap(0xa3, &wrap(0x30, &many));
    let certificate =
        wrap(0x30, &[wrap(0x30, &fields.concat()), GOOD.algorithm.clone(), vec![3, 1, 0]].concat());
    assert_eq!(judge(&certificate).kind, InputKind::Unreadable);

    // Names of a hundred thousand attributes, other ones in the request: not compared attribute by attribute.
    let attribute = tlv(0x31, &tlv(0x30, &[&[6, 3, 0x55, 4, 3][..], &tlv(0x0c, b"x")].concat()));
    let name = wrap(0x30, &attribute.repeat(100_000));
    let mut fields = GOOD.fields.clone();
    fields[SUBJECT] = name.clone();
    let certificate =
        wrap(0x30, &[wrap(0x30, &fields.concat()), GOOD.algorithm.clone(), vec![3, 1, 0]].concat());
    let report = checked(&certificate, None, Some(&GOOD.request)).unwrap();
    assert!(report.findings.iter().any(|finding| finding.rule == "subject-contains-request"));
    assert!(report.findings.iter().all(|finding| finding.found.len() < 10_000));
}

//! The table against `testdata/x509`: every rule has one good and one bad input, and the bad one breaks that rule alone.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use el2g_x509::Instant;
use el2g_x509::decoded::kept::{KeptCertificate, KeptRequest};
use el2g_x509::decoded::request::DecodedRequest;
use serde::Deserialize;

use crate::*;

#[derive(Deserialize)]
struct Cases {
    at: String,
    cases: Vec<Pair>,
    faults: Vec<Fault>,
}

#[derive(Deserialize)]
struct Pair {
    rule: String,
    good: Input,
    bad: Input,
}

#[derive(Deserialize)]
struct Fault {
    name: String,
    expect: Vec<String>,
    #[serde(flatten)]
    input: Input,
}

#[derive(Deserialize)]
struct Order {
    algorithm: String,
    subject: Vec<(String, String)>,
}

#[derive(Deserialize)]
struct Input {
    certificate: Option<String>,
    root: Option<String>,
    request: Option<String>,
    rules: Option<String>,
    order: Option<Order>,
    ca: Option<String>,
    code: Option<String>,
    cloud: Option<String>,
    intermediate: Option<String>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/x509")
}

fn cases() -> (Cases, Instant) {
    let text = fs::read_to_string(folder().join("cases.json")).unwrap();
    let cases: Cases = serde_json::from_str(&text).unwrap();
    let at = cases.at.parse().unwrap();
    (cases, at)
}

fn read(file: &str) -> Vec<u8> {
    fs::read(folder().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// Label and DER of a file with one block.
fn block(file: &str) -> (String, Vec<u8>) {
    let block = pem::parse(read(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
    (block.tag().to_owned(), block.into_contents())
}

fn certificate(file: &str) -> KeptCertificate {
    KeptCertificate::from_der(&block(file).1).unwrap()
}

fn request(file: &str) -> KeptRequest {
    KeptRequest::from_der(&block(file).1).unwrap()
}

fn judge(input: &Input, at: Instant) -> CertificateReport {
    let rules = RuleSet::built_in(input.rules.as_deref().unwrap_or("annex6")).unwrap();
    if let (Some(ca), Some(code)) = (&input.ca, &input.code) {
        let certificate = certificate(input.certificate.as_ref().unwrap());
        let cloud = input.cloud.as_ref().map(|cloud| match cloud.as_str() {
            "aws" => Cloud::Aws,
            _ => Cloud::Azure,
        });
        let ca = self::certificate(ca);
        let (certificate, ca) = (certificate.decoded(), ca.decoded());
        let input = VerificationInput { certificate, ca, code, cloud, at };
        return check_verification(&input, &rules);
    }
    let Some(file) = &input.certificate else {
        let (label, der) = block(input.request.as_ref().unwrap());
        let order = input.order.as_ref().map(|order| RequestOrder {
            algorithm: Some(order.algorithm.clone()),
            subject: order.subject.clone(),
        });
        let request = DecodedRequest::read(&der).unwrap();
        return check_request(&request, Some(&label), order.as_ref(), &rules);
    };
    let root = input.root.as_deref().map(certificate);
    let request = input.request.as_deref().map(request);
    let intermediate = input.intermediate.as_deref().map(certificate);
    let mut checker = Checker::new(&rules, at);
    if let Some(intermediate) = &intermediate {
        checker = checker.with_intermediate(intermediate.decoded());
    }
    if let Some(root) = &root {
        checker = checker.with_root(root.decoded());
    }
    if let Some(request) = &request {
        checker = checker.with_request(request.decoded());
    }
    let blocks = InputBlocks::read(&read(file));
    assert_eq!(blocks.blocks.len(), 1, "{file}");
    let mut report = checker.check_block(&blocks.blocks[0]);
    if let Some(normalised) = &blocks.normalised {
        checker.add_input_fault(&mut report, normalised);
    }
    report
}

fn broken_rules(report: &CertificateReport) -> BTreeSet<&'static str> {
    report.findings.iter().map(|finding| finding.rule).collect()
}

#[test]
fn every_rule_has_a_pair_and_every_pair_a_rule() {
    let (cases, _) = cases();
    let listed: Vec<&str> = cases.cases.iter().map(|pair| pair.rule.as_str()).collect();
    let known: BTreeSet<&str> = RULES.iter().map(|rule| rule.id).collect();
    assert_eq!(known.len(), RULES.len(), "an id is used twice");
    assert_eq!(listed.iter().copied().collect::<BTreeSet<_>>(), known);
    assert_eq!(listed.len(), known.len(), "a rule has two pairs");
}

#[test]
fn the_good_input_of_a_rule_breaks_none() {
    let (cases, at) = cases();
    for pair in &cases.cases {
        let report = judge(&pair.good, at);
        assert_eq!(report.findings, [], "{}", pair.rule);
        assert!(report.passed, "{}", pair.rule);
    }
}

#[test]
fn the_bad_input_of_a_rule_breaks_that_rule_alone() {
    let (cases, at) = cases();
    let mut wrong = Vec::new();
    for pair in &cases.cases {
        let rule = Rule::find(&pair.rule).unwrap();
        let report = judge(&pair.bad, at);
        if broken_rules(&report) != BTreeSet::from([rule.id]) {
            wrong.push(format!("{}: {:#?}", rule.id, report.findings));
            continue;
        }
        assert!(report.findings.iter().all(|finding| finding.severity == rule.severity));
        assert_eq!(report.passed, rule.severity < Severity::Error, "{}", rule.id);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_listed_fault_is_caught_by_the_rules_that_own_it() {
    let (cases, at) = cases();
    let mut wrong = Vec::new();
    for fault in &cases.faults {
        let report = judge(&fault.input, at);
        let expected: BTreeSet<&str> = fault.expect.iter().map(String::as_str).collect();
        if broken_rules(&report) != expected {
            wrong.push(format!("{} expects {expected:?}: {:#?}", fault.name, report.findings));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(cases.faults.len() >= 60, "the list has shrunk");
}

#[test]
fn a_rule_says_what_it_asks_and_how_to_mend_a_breach() {
    for rule in RULES {
        assert!(!rule.section.is_empty() && !rule.fix.is_empty(), "{}", rule.id);
        assert!(rule.summary.ends_with('.'), "{}", rule.id);
        let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        assert!(rule.id.chars().all(legal), "{}", rule.id);
    }
}

#[test]
fn what_needs_a_root_or_a_request_is_not_checked_without_them() {
    let (_, at) = cases();
    let certificate = certificate("good/intermediate.pem");
    let (root, request) = (self::certificate("good/root.pem"), request("good/request.pem"));
    let rules = RuleSet::annex6();
    let not_checked = |root: Option<&KeptCertificate>, request: Option<&KeptRequest>| {
        let mut checker = Checker::new(&rules, at);
        if let Some(root) = root {
            checker = checker.with_root(root.decoded());
        }
        if let Some(request) = request {
            checker = checker.with_request(request.decoded());
        }
        let report = checker.check(certificate.decoded());
        assert!(report.passed);
        assert_eq!(report.complete, report.not_checked.is_empty());
        report.not_checked.iter().map(|gap| gap.rule).collect::<BTreeSet<_>>()
    };
    let needs_request: BTreeSet<&str> = BTreeSet::from([
        "public-key-matches-request",
        "request-attributes-present",
        "request-attributes-unique",
        "request-key-allowed",
        "request-key-usable",
        "request-signature-verifies",
        "request-strict-der",
        "request-subject-not-empty",
        "request-subject-sound",
        "request-version",
        "subject-case-kept",
        "subject-contains-request",
        "subject-encoding-kept",
        "subject-no-extra-attributes",
        "subject-order-kept",
    ]);
    let needs_root: BTreeSet<&str> = RULES
        .iter()
        .filter(|rule| rule.target() == Target::Root)
        .map(|rule| rule.id)
        .chain([
            "authority-key-identifier-matches-root",
            "issuer-bytes-match-root",
            "issuer-matches-root",
            "name-constraints-of-root",
            "public-key-differs-from-root",
            "signature-verifies",
            "validity-starts-within-root",
            "validity-within-root",
        ])
        .collect();
    assert_eq!(not_checked(Some(&root), Some(&request)), BTreeSet::new());
    assert_eq!(not_checked(Some(&root), None), needs_request);
    assert_eq!(not_checked(None, Some(&request)), needs_root);
    assert_eq!(not_checked(None, None), &needs_root | &needs_request);
}

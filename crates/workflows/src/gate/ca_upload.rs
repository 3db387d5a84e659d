//! An intermediate's certificate and its root, before they are uploaded.

use el2g_cert_profile::{Checker, Finding, RULES, RuleSet, Severity, Target};
use el2g_service_client::BrokenRule;
use el2g_x509::decoded::kept::{KeptCertificate, KeptRequest};
use el2g_x509::{Certificate, InputError, Instant};

use super::gate_rules::{self, CERTIFICATE_UNREADABLE};

/// The rules that a certificate and its root break by the profile of section 6; with `request`, also those that compare
/// the certificate with it.
pub fn broken_by_upload(
    certificate: &[u8],
    root: &[u8],
    request: Option<&KeptRequest>,
    rules: &RuleSet,
    at: Instant,
) -> Vec<BrokenRule> {
    let mut broken = Vec::new();
    let certificate = read("signedCertificate", certificate, &mut broken);
    let root = read("rootCa", root, &mut broken);
    let (Some(certificate), Some(root)) = (certificate, root) else { return broken };
    let mut checker = Checker::new(rules, at).with_root(root.decoded());
    if let Some(request) = request {
        checker = checker.with_request(request.decoded());
    }
    let findings = checker.check(certificate.decoded()).findings;
    findings.into_iter().filter(|finding| finding.severity >= Severity::Error).map(of).collect()
}

/// The rules that a root breaks by itself: whatever is signed with it will break them too.
pub fn broken_by_root(root: &Certificate, rules: &RuleSet, at: Instant) -> Vec<BrokenRule> {
    let checker = Checker::new(rules, at).with_root(root.decoded());
    let findings = checker.check(root.decoded()).findings.into_iter();
    findings.filter(|it| it.severity >= Severity::Error && is_of_root(it.rule)).map(of).collect()
}

fn is_of_root(id: &str) -> bool {
    RULES.iter().any(|rule| rule.id == id && rule.target() == Target::Root)
}

fn read(place: &str, pem: &[u8], broken: &mut Vec<BrokenRule>) -> Option<KeptCertificate> {
    let read = KeptCertificate::read(pem);
    let unreadable =
        |error: InputError| gate_rules::broken(&CERTIFICATE_UNREADABLE, place, error.to_string());
    read.map_err(|error| broken.push(unreadable(error))).ok()
}

fn of(finding: Finding) -> BrokenRule {
    let place = if is_of_root(finding.rule) { "rootCa" } else { "signedCertificate" };
    let Finding { rule, message, found, allowed, fix, .. } = finding;
    let message = format!("{message} (found {found}, allowed {allowed})");
    BrokenRule { rule, place: place.to_owned(), message, fix: Some(fix), skippable: true }
}

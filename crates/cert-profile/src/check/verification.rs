//! Runs the rules over a verification certificate.

use el2g_x509::Instant;

use super::outcome::SWITCHED_OFF;
use super::{Checker, Outcome, fingerprint, input_fault, read_signer};
use crate::check::UnreadableReference;
use crate::finding::{Severity, Verdict};
use crate::inspection::{Cloud, Facts, Signer, VerificationInspection};
use crate::report::CertificateReport;
use crate::rule_set::{RuleSet, Weight};
use crate::rules::{Check, Target, cloud_ca};
use el2g_x509::decoded::certificate::Decoded;

/// The inputs that a verification certificate is checked against.
#[derive(Clone, Copy, Debug)]
pub struct VerificationInput<'a> {
    /// The verification certificate, DER.
    pub certificate: &'a [u8],
    /// The CA whose possession it proves, DER.
    pub ca: &'a [u8],
    /// The code the cloud handed out, as it stands.
    pub code: &'a str,
    /// The cloud, where it is known.
    pub cloud: Option<Cloud>,
    /// The time of the check.
    pub at: Instant,
}

/// Checks that a cloud will take a CA when it is registered, which needs no verification certificate in AWS IoT's
/// certificate mode SNI_ONLY. A cloud that will not take it is an error here.
#[must_use]
pub fn check_cloud_ca(ca: &[u8], cloud: Cloud, at: Instant, rules: &RuleSet) -> CertificateReport {
    let signer = match Decoded::read(ca) {
        Ok(decoded) => Signer::new(decoded),
        Err(fault) => {
            return CertificateReport {
                fingerprint_sha256: Some(fingerprint(ca)),
                ..Checker::new(rules, at).unreadable(&input_fault(ca, fault))
            };
        }
    };
    let mut outcome = Outcome::default();
    outcome.run_key(rules, "the CA", signer.facts.decoded.key.whole);
    for (rule, verdict) in cloud_ca::verdicts(&signer, cloud, at) {
        match rules.weight(rule) {
            Weight::Off => outcome.add(rule, rule.severity, Verdict::NotChecked(SWITCHED_OFF)),
            Weight::Severity(severity) => {
                outcome.add(rule, severity.max(Severity::Error), verdict);
            }
        }
    }
    outcome.report(Target::Verification, ca, Severity::Error)
}

/// Checks a verification certificate (proof of possession of a CA's key).
///
/// # Errors
/// When the CA certificate cannot be read.
pub fn check_verification(
    input: &VerificationInput<'_>,
    rules: &RuleSet,
) -> Result<CertificateReport, UnreadableReference> {
    let ca = read_signer("the CA certificate", input.ca)?;
    let decoded = match Decoded::read(input.certificate) {
        Ok(decoded) => decoded,
        Err(fault) => {
            let checker = Checker::new(rules, input.at);
            let fault = input_fault(input.certificate, fault);
            return Ok(CertificateReport {
                fingerprint_sha256: Some(fingerprint(input.certificate)),
                ..checker.unreadable(&fault)
            });
        }
    };
    let facts = Facts::new(decoded);
    let inspection = VerificationInspection {
        facts: &facts,
        ca: &ca,
        code: input.code,
        cloud: input.cloud,
        at: input.at,
    };
    let mut outcome = Outcome::default();
    let (key, ca_key) = (facts.decoded.key.whole, ca.facts.decoded.key.whole);
    outcome.run_key(rules, "the certificate", key);
    if ca_key != key {
        let mut of_ca = Outcome::default();
        of_ca.run_key(rules, "the CA", ca_key);
        outcome.findings.append(&mut of_ca.findings);
    }
    outcome.run(rules, Target::Verification, |check| {
        let Check::Verification(check) = check else { return Verdict::NotApplicable };
        check(&inspection)
    });
    Ok(outcome.report(Target::Verification, input.certificate, Severity::Error))
}

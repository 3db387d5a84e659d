//! Runs the rules over a verification certificate.

use el2g_x509::Instant;

use super::Outcome;
use super::outcome::SWITCHED_OFF;
use crate::finding::{Severity, Verdict};
use crate::inspection::{Cloud, Facts, Signer, VerificationInspection};
use crate::report::CertificateReport;
use crate::rule_set::{RuleSet, Weight};
use crate::rules::{Check, Target, cloud_ca};
use el2g_x509::decoded::certificate::Decoded;

/// The inputs that a verification certificate is checked against.
#[derive(Clone, Copy, Debug)]
pub struct VerificationInput<'a> {
    /// The verification certificate.
    pub certificate: &'a Decoded<'a>,
    /// The CA whose possession it proves.
    pub ca: &'a Decoded<'a>,
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
pub fn check_cloud_ca(
    ca: &Decoded<'_>,
    cloud: Cloud,
    at: Instant,
    rules: &RuleSet,
) -> CertificateReport {
    let signer = Signer::new(ca);
    let mut outcome = Outcome::default();
    outcome.run_key(rules, "the CA", &ca.key);
    for (rule, verdict) in cloud_ca::verdicts(&signer, cloud, at) {
        match rules.weight(rule) {
            Weight::Off => outcome.add(rule, rule.severity, Verdict::NotChecked(SWITCHED_OFF)),
            Weight::Severity(severity) => {
                outcome.add(rule, severity.max(Severity::Error), verdict);
            }
        }
    }
    outcome.report(Target::Verification, ca.input, Severity::Error)
}

/// Checks a verification certificate (proof of possession of a CA's key).
#[must_use]
pub fn check_verification(input: &VerificationInput<'_>, rules: &RuleSet) -> CertificateReport {
    let (ca, facts) = (Signer::new(input.ca), Facts::new(input.certificate));
    let inspection = VerificationInspection {
        facts: &facts,
        ca: &ca,
        code: input.code,
        cloud: input.cloud,
        at: input.at,
    };
    let mut outcome = Outcome::default();
    let (key, ca_key) = (&input.certificate.key, &input.ca.key);
    outcome.run_key(rules, "the certificate", key);
    if ca_key.whole != key.whole {
        let mut of_ca = Outcome::default();
        of_ca.run_key(rules, "the CA", ca_key);
        outcome.findings.append(&mut of_ca.findings);
    }
    outcome.run(rules, Target::Verification, |check| {
        let Check::Verification(check) = check else { return Verdict::NotApplicable };
        check(&inspection)
    });
    outcome.report(Target::Verification, input.certificate.input, Severity::Error)
}

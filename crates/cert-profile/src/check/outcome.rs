//! Findings and gaps collected over several rules.

use crate::details::fingerprint;
use crate::finding::{Finding, NotChecked, Severity, Verdict};
use crate::inspection::{InputFault, RequestInspection, RequestOrder};
use crate::report::{CertificateReport, InputKind};
use crate::rule_set::{RuleSet, Weight};
use crate::rules::{Check, RULES, Rule, Target};
use el2g_x509::decoded::request::DecodedRequest;

/// Why a rule that is off was not checked.
pub(super) const SWITCHED_OFF: &str = "switched off by the rule set";

/// Findings and gaps collected over several rules.
#[derive(Clone, Debug, Default)]
pub(super) struct Outcome {
    pub(super) findings: Vec<Finding>,
    pub(super) not_checked: Vec<NotChecked>,
}

impl Outcome {
    pub(super) fn add(&mut self, rule: &'static Rule, severity: Severity, verdict: Verdict) {
        match verdict {
            Verdict::Broken(breaches) => {
                self.findings.extend(breaches.into_iter().map(|breach| Finding {
                    rule: rule.id,
                    severity,
                    message: breach.message,
                    found: breach.found,
                    allowed: breach.allowed,
                    section: rule.section,
                    fix: rule.fix,
                    place: None,
                }));
            }
            Verdict::NotChecked(reason) => {
                self.not_checked.push(NotChecked { rule: rule.id, reason });
            }
            Verdict::Kept | Verdict::NotApplicable => {}
        }
    }

    /// Runs the rules of one target; one that is off counts as not checked.
    pub(super) fn run(
        &mut self,
        rules: &RuleSet,
        target: Target,
        verdict_of: impl Fn(&Check) -> Verdict,
    ) {
        for (index, rule) in RULES.iter().enumerate().filter(|(_, rule)| rule.target() == target) {
            match rules.weight_at(index) {
                Weight::Off => {
                    self.not_checked.push(NotChecked { rule: rule.id, reason: SWITCHED_OFF });
                }
                Weight::Severity(severity) => self.add(rule, severity, verdict_of(&rule.check)),
            }
        }
    }

    pub(super) fn report(self, target: Target, der: &[u8], fail_on: Severity) -> CertificateReport {
        CertificateReport {
            file: String::new(),
            number: None,
            kind: InputKind::Certificate,
            fingerprint_sha256: Some(fingerprint(der)),
            passed: self.findings.iter().all(|finding| finding.severity < fail_on),
            fail_on,
            complete: self.not_checked.is_empty(),
            target,
            findings: self.findings,
            not_checked: self.not_checked,
            details: None,
        }
    }

    /// Runs the rules of requests.
    pub(super) fn run_request(
        &mut self,
        request: &DecodedRequest<'_>,
        label: Option<&str>,
        order: Option<&RequestOrder>,
        rules: &RuleSet,
    ) {
        let inspection =
            RequestInspection { request, label, order, parameters: rules.parameters() };
        self.run(rules, Target::Request, |check| {
            let Check::Request(check) = check else { return Verdict::NotApplicable };
            check(&inspection)
        });
    }

    /// Keeps what counts about a request that a certificate is compared with. What was asked of the API is no longer the
    /// question when there is a certificate.
    pub(super) fn keep_of_reference(&mut self) {
        let counts = |rule: &str| {
            !matches!(
                rule,
                "request-pem-label"
                    | "request-algorithm-as-ordered"
                    | "request-subject-as-ordered"
                    | "request-extensions-fit"
            )
        };
        self.findings.retain(|finding| counts(finding.rule));
        self.not_checked.retain(|gap| counts(gap.rule));
    }

    pub(super) fn add_input_fault(&mut self, rules: &RuleSet, fault: &InputFault) {
        self.run(rules, Target::Input, |check| {
            let Check::Input(check) = check else { return Verdict::NotApplicable };
            check(fault)
        });
    }
}

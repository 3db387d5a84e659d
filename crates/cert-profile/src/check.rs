//! Runs the rules over certificates, requests and verification certificates.

use el2g_x509::Instant;

use crate::details::{self, fingerprint};
use crate::finding::{Finding, Severity, Verdict};
use crate::input::InputBlock;
use crate::inspection::{
    DeviceInspection, Facts, InputFault, Inspection, NO_REQUEST, NO_ROOT, RequestOrder,
    RootInspection, Signer,
};
use crate::report::{CertificateReport, InputKind, Report};
use crate::rule_set::RuleSet;
use crate::rules::{Check, Target};
use el2g_x509::decoded::certificate::{Decoded, Undecodable};
use el2g_x509::decoded::request::DecodedRequest;

mod keys;
mod outcome;
mod verification;

use keys::ReferenceKey;
use outcome::Outcome;

pub use verification::{VerificationInput, check_cloud_ca, check_verification};

/// The rule of requests that certificates have their own of.
const KEY_ALLOWED: &str = "request-key-allowed";

/// Checks certificate after certificate against the same root, request, rules and moment.
///
/// The root is taken apart, and checked, once.
#[derive(Debug)]
pub struct Checker<'a> {
    rules: &'a RuleSet,
    at: Instant,
    fail_on: Severity,
    describe: bool,
    root: Option<Signer<'a>>,
    /// What the rules say about the root itself; part of every certificate's report.
    root_outcome: Outcome,
    request: Option<&'a DecodedRequest<'a>>,
    /// The public keys of root, intermediate and request.
    reference_keys: Vec<ReferenceKey<'a>>,
    /// What the rules say about the request itself; part of every intermediate's report.
    request_outcome: Outcome,
    /// The certificates checked are those of devices, issued by this one.
    intermediate: Option<Signer<'a>>,
}

impl<'a> Checker<'a> {
    /// A checker without root and request, failing on errors.
    #[must_use]
    pub fn new(rules: &'a RuleSet, at: Instant) -> Self {
        let mut root_outcome = Outcome::default();
        root_outcome.run(rules, Target::Root, |_| Verdict::NotChecked(NO_ROOT));
        let mut request_outcome = Outcome::default();
        request_outcome.run(rules, Target::Request, |_| Verdict::NotChecked(NO_REQUEST));
        request_outcome.keep_of_reference();
        Self {
            rules,
            at,
            fail_on: Severity::Error,
            describe: false,
            root: None,
            root_outcome,
            request: None,
            reference_keys: Vec::new(),
            request_outcome,
            intermediate: None,
        }
    }

    /// Compares with this root.
    #[must_use]
    pub fn with_root(mut self, root: &'a Decoded<'a>) -> Self {
        let root = Signer::new(root);
        let inspection =
            RootInspection { root: &root, at: self.at, parameters: self.rules.parameters() };
        let mut outcome = Outcome::default();
        outcome.run(self.rules, Target::Root, |check| {
            let Check::Root(check) = check else { return Verdict::NotApplicable };
            check(&inspection)
        });
        self.root_outcome = outcome;
        self.add_reference_key("the root", &root.facts.decoded.key);
        self.root = Some(root);
        self
    }

    /// Compares with this request, which is checked too: what [`check_request`] calls an error is one here.
    #[must_use]
    pub fn with_request(mut self, request: &'a DecodedRequest<'a>) -> Self {
        self.add_reference_key("the request", &request.key);
        let mut outcome = Outcome::default();
        outcome.run_request(request, None, None, self.rules);
        outcome.keep_of_reference();
        self.request_outcome = outcome;
        self.request = Some(request);
        self
    }

    /// Checks the certificates of devices that this intermediate issued, instead of intermediates.
    #[must_use]
    pub fn with_intermediate(mut self, intermediate: &'a Decoded<'a>) -> Self {
        self.add_reference_key("the intermediate", &intermediate.key);
        self.intermediate = Some(Signer::new(intermediate));
        self
    }

    /// Fails a certificate on findings of this severity and heavier; `Fatal` is taken as `Error`.
    #[must_use]
    pub fn failing_on(mut self, severity: Severity) -> Self {
        self.fail_on = severity.min(Severity::Error);
        self
    }

    /// Adds names, dates and keys to the reports.
    #[must_use]
    pub fn describing(mut self) -> Self {
        self.describe = true;
        self
    }

    /// Decodes and checks one block of an input.
    #[must_use]
    pub fn check_block(&self, block: &InputBlock) -> CertificateReport {
        match block {
            InputBlock::Certificate(der) => match Decoded::read(der) {
                Ok(certificate) => self.check(&certificate),
                Err(fault) => self.undecodable(der, fault),
            },
            InputBlock::Other(fault) => self.unreadable(fault),
        }
    }

    /// The report of bytes that should be a certificate and are not.
    #[must_use]
    pub fn undecodable(&self, der: &[u8], fault: Undecodable) -> CertificateReport {
        CertificateReport {
            fingerprint_sha256: Some(fingerprint(der)),
            ..self.unreadable(&fault.into())
        }
    }

    /// Checks one certificate.
    #[must_use]
    pub fn check(&self, certificate: &Decoded<'_>) -> CertificateReport {
        let facts = Facts::new(certificate);
        let mut outcome = Outcome::default();
        let key = certificate.key.whole;
        outcome.run_key(self.rules, "the certificate", &certificate.key);
        for reference in self.reference_keys.iter().filter(|reference| reference.key != key) {
            outcome.findings.extend_from_slice(&reference.findings);
        }
        match &self.intermediate {
            None => {
                self.judge_intermediate(&facts, &mut outcome);
                let same_key = self.request.is_some_and(|it| it.key.whole == key);
                // Of a key that both have the certificate's rules speak.
                let counts = |finding: &&Finding| !(same_key && finding.rule == KEY_ALLOWED);
                let findings = self.request_outcome.findings.iter().filter(counts);
                outcome.findings.extend(findings.cloned());
                outcome.not_checked.extend_from_slice(&self.request_outcome.not_checked);
            }
            Some(intermediate) => self.judge_device(&facts, intermediate, &mut outcome),
        }
        outcome.findings.extend_from_slice(&self.root_outcome.findings);
        outcome.not_checked.extend_from_slice(&self.root_outcome.not_checked);
        let mut report = outcome.report(self.target(), certificate.input, self.fail_on);
        if self.describe {
            report.details = Some(Box::new(details::of(certificate)));
        }
        report
    }

    /// What the certificates checked are.
    const fn target(&self) -> Target {
        if self.intermediate.is_some() { Target::Device } else { Target::Certificate }
    }

    fn judge_intermediate(&self, facts: &Facts<'_>, outcome: &mut Outcome) {
        let inspection = Inspection {
            facts,
            root: self.root.as_ref(),
            request: self.request,
            at: self.at,
            parameters: self.rules.parameters(),
        };
        outcome.run(self.rules, Target::Certificate, |check| {
            let Check::Certificate(check) = check else { return Verdict::NotApplicable };
            check(&inspection)
        });
    }

    fn judge_device(&self, facts: &Facts<'_>, intermediate: &Signer<'_>, outcome: &mut Outcome) {
        let inspection =
            DeviceInspection { facts, intermediate, root: self.root.as_ref(), at: self.at };
        outcome.run(self.rules, Target::Device, |check| {
            let Check::Device(check) = check else { return Verdict::NotApplicable };
            check(&inspection)
        });
    }

    /// The report of an input that holds no certificate.
    #[must_use]
    pub fn unreadable(&self, fault: &InputFault) -> CertificateReport {
        let mut outcome = Outcome::default();
        outcome.add_input_fault(self.rules, fault);
        let mut report = outcome.report(self.target(), &[], self.fail_on);
        report.kind = InputKind::Unreadable;
        report.fingerprint_sha256 = None;
        report.complete = false;
        report
    }

    /// Adds what the input itself has to answer for (that it was normalised, say) to a report.
    pub fn add_input_fault(&self, report: &mut CertificateReport, fault: &InputFault) {
        let mut outcome = Outcome::default();
        outcome.add_input_fault(self.rules, fault);
        report.findings.splice(0..0, outcome.findings);
        report.passed = report.findings.iter().all(|finding| finding.severity < self.fail_on);
    }

    /// Puts reports of single certificates together.
    #[must_use]
    pub fn report(&self, certificates: Vec<CertificateReport>) -> Report {
        let mut report = Report::new(self.rules.name(), self.at, certificates);
        if self.describe {
            report.root = self.root.as_ref().map(|root| Box::new(details::of(root.facts.decoded)));
            report.request = self.request.map(|request| Box::new(details::of_request(request)));
            report.device_months = self.rules.parameters().device_certificate_months;
            report.intermediate = self
                .intermediate
                .as_ref()
                .map(|intermediate| Box::new(details::of(intermediate.facts.decoded)));
        }
        report
    }
}

/// Checks a certification request: `label` is its PEM label, where it had one, `order` what was asked of the API.
///
/// The report's `file` is empty and its fingerprint that of the request.
#[must_use]
pub fn check_request(
    request: &DecodedRequest<'_>,
    label: Option<&str>,
    order: Option<&RequestOrder>,
    rules: &RuleSet,
) -> CertificateReport {
    let mut outcome = Outcome::default();
    outcome.run_key(rules, "the request", &request.key);
    outcome.run_request(request, label, order, rules);
    outcome.report(Target::Request, request.input, Severity::Error)
}

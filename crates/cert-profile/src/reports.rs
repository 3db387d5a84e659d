//! Reports in the forms people and programs read. JSON is the [`Report`] itself, serialised, with its schema.
//!
//! [`StreamedForm`] writes three of them certificate by certificate, for estates that are larger than memory.

mod drawing;
mod streamed;

use std::sync::LazyLock;

use el2g_findings::{Checked, Fact, Linter, Report as Shown, RuleDescription, Schema, Tally};
use el2g_x509::Instant;

use crate::report::{CertificateDetails, CertificateReport, InputKind, Report};
use crate::rules::{RULES, Target};

use drawing::Drawing;

pub use streamed::StreamedForm;

/// The schema of the JSON of [`Report`].
pub const SCHEMA: Schema = Schema("el2g/certificate-report/1");

static DESCRIPTIONS: LazyLock<Vec<RuleDescription>> =
    LazyLock::new(|| RULES.iter().map(|rule| rule.description()).collect());

const LIMITS: &str = "Not checked by any rule: revocation, certificate policies, CRL distribution points, authority \
                      information access.";

/// `cert check`, as its reports name it.
static LINTER: LazyLock<Linter> = LazyLock::new(|| Linter {
    command: "cert check",
    title: "Certificate check",
    noun: "certificate",
    limits: LIMITS,
    rules: &DESCRIPTIONS,
});

/// What the formats show of a request that was checked at this time.
#[must_use]
pub fn of_request<'a>(report: &'a CertificateReport, rules: &'a str, at: Instant) -> Shown<'a> {
    let (command, title, noun) = ("csr show", "Request check", "request");
    Shown {
        linter: Linter { command, title, noun, ..*LINTER },
        rule_set: Some(rules),
        at: at.to_string(),
        intro: "A certification request for EdgeLock 2GO, checked by AN12642 section 6.",
        facts: Vec::new(),
        inputs: vec![report.checked()],
    }
}

/// What the formats show of a verification certificate.
#[must_use]
pub fn of_verification(report: &Report) -> Shown<'_> {
    let (command, title) = ("cert check-verification", "Verification certificate check");
    Shown {
        linter: Linter { command, title, ..*LINTER },
        intro: "A proof, for AWS or Azure, that somebody holds a CA's key.",
        facts: Vec::new(),
        ..report.shown()
    }
}

/// For each rule of the table whether it applies to certificates that were checked for this target.
fn applies(target: Target) -> &'static [bool] {
    type Masks = [(Target, Vec<bool>); 7];
    static MASKS: LazyLock<Masks> = LazyLock::new(|| {
        Target::ALL.map(|target| {
            let with_root = matches!(target, Target::Certificate | Target::Device);
            let applies = |of_rule: Target| {
                of_rule == target
                    || of_rule == Target::Key
                    || (with_root && of_rule == Target::Root)
            };
            (target, RULES.iter().map(|rule| applies(rule.target())).collect())
        })
    });
    MASKS.iter().find(|(of, _)| *of == target).map_or(&[], |(_, mask)| mask)
}

impl CertificateReport {
    /// What the formats show of it.
    #[must_use]
    pub fn checked(&self) -> Checked<'_> {
        Checked {
            file: &self.file,
            number: self.number,
            is_readable: self.kind != InputKind::Unreadable,
            fingerprint: self.fingerprint_sha256.as_deref(),
            passed: self.passed,
            complete: self.complete,
            fail_on: self.fail_on,
            applies: Some(applies(self.target)),
            findings: &self.findings,
            not_checked: &self.not_checked,
            facts: Vec::new(),
        }
    }
}

impl Report {
    /// What the formats show of the run, without the certificates.
    fn around(&self) -> Shown<'_> {
        let certificate =
            |one: &CertificateDetails| reference(&one.subject, &one.fingerprint_sha256);
        let none = || Fact::new("", "none was given");
        let mut facts = vec![
            Fact::new("Certificates", self.certificates.len().to_string()),
            Fact { label: "Root".into(), ..self.root.as_deref().map_or_else(none, certificate) },
        ];
        facts.push(match (&self.intermediate, &self.request) {
            (Some(ca), _) => Fact { label: "Intermediate".into(), ..certificate(ca) },
            (None, request) => {
                let request = request
                    .as_ref()
                    .map_or_else(none, |it| reference(&it.subject, &it.fingerprint_sha256));
                Fact { label: "Request".into(), ..request }
            }
        });
        Shown {
            linter: *LINTER,
            rule_set: Some(&self.rules),
            at: self.at.to_string(),
            intro: if self.intermediate.is_some() {
                "Device certificates of EdgeLock 2GO, checked up to their root (RFC 5280 section 6.1)."
            } else {
                "Intermediate CA certificates for EdgeLock 2GO, checked against AN12642 section 6."
            },
            facts,
            inputs: Vec::new(),
        }
    }

    /// The counts over its certificates.
    #[must_use]
    pub fn tally(&self) -> Tally {
        Tally::of(&self.certificates.iter().map(CertificateReport::checked).collect::<Vec<_>>())
    }

    /// What the formats show.
    #[must_use]
    pub fn shown(&self) -> Shown<'_> {
        let inputs = self.certificates.iter().map(|one| Checked {
            facts: one.details.as_deref().map_or_else(Vec::new, |it| facts(self, it)),
            ..one.checked()
        });
        Shown { inputs: inputs.collect(), ..self.around() }
    }
}

fn reference(subject: &str, fingerprint: &str) -> Fact {
    Fact { fingerprint: Some(fingerprint.to_owned()), ..Fact::new("", subject) }
}

fn facts(report: &Report, details: &CertificateDetails) -> Vec<Fact> {
    vec![
        Fact::new("Subject", &details.subject),
        Fact::new("Issuer", &details.issuer),
        Fact::new("Serial number", &details.serial_number),
        Fact::new("Valid", validity(report, details)),
        Fact::new("Public key", &details.public_key),
        Fact::new("Signature", &details.signature_algorithm),
    ]
}

/// Both dates, and how many days were left at the check.
fn validity(report: &Report, details: &CertificateDetails) -> String {
    let (Some(start), Some(end)) = (details.not_before, details.not_after) else {
        return "cannot be read".to_owned();
    };
    let left = match drawing::days(report.at, end) {
        left if left < 0 => "over".to_owned(),
        _ if report.at < start => "not begun".to_owned(),
        left => format!("{left} days left"),
    };
    format!("{start} to {end} ({left} at the check)")
}

/// The report as a SARIF log.
#[must_use]
pub fn sarif(report: &Report) -> String {
    el2g_findings::sarif(&report.shown())
}

/// The report as JUnit XML.
#[must_use]
pub fn junit(report: &Report) -> String {
    el2g_findings::junit(&report.shown())
}

/// The report as a page. Have the checker [describe](crate::Checker::describing) the certificates, so that chain and
/// time line can be drawn.
#[must_use]
pub fn html(report: &Report) -> String {
    el2g_findings::html::html(&report.shown(), |index| {
        let certificate = &report.certificates[index];
        certificate.details.is_some().then(|| {
            Drawing {
                root: report.root.as_deref(),
                intermediate: report.intermediate.as_deref(),
                report: certificate,
                at: report.at,
                device_months: report.device_months,
            }
            .figure()
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Checker, InputFault, RuleSet};

    fn page_of(count: usize) -> String {
        let rules = RuleSet::annex6();
        let checker = Checker::new(&rules, Instant::from_unix(0));
        let fault = InputFault::NoCertificate { found: "<nothing>".into() };
        let reports = (0..count).map(|_| checker.unreadable(&fault)).collect();
        html(&checker.report(reports))
    }

    #[test]
    fn an_estate_has_a_list_of_all_and_a_bounded_number_of_sections() {
        let page = page_of(400);
        assert_eq!(page.matches("<section id=").count(), 200);
        assert_eq!(page.matches("<td>unreadable").count(), 0);
        assert!(page.contains("200 more certificates"));
        assert_eq!(page.matches("data-of=\"errors\"").count(), 400);
        assert!(!page.contains("<nothing>"));
        assert!(page_of(20_005).contains("5 more certificates are not listed"));
    }

    #[test]
    fn one_certificate_has_neither_list_nor_counts() {
        assert_eq!(page_of(1).matches("<h2").count(), 1);
    }
}

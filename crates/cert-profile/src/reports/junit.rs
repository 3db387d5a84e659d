//! JUnit XML: a suite for each certificate, a case for each rule.

use quick_junit::{NonSuccessKind, Report as Junit, TestCase, TestCaseStatus, TestSuite};

use crate::finding::Finding;
use crate::report::{CertificateReport, Report};
use crate::rules::RULES;

/// The report as JUnit XML. Rules that were not checked are skipped cases; findings lighter than the threshold stand in
/// the output of a case that passed.
#[must_use]
pub fn junit(report: &Report) -> String {
    let mut document = Junit::new(format!("el2g cert check, rules {}", report.rules));
    for certificate in &report.certificates {
        document.add_test_suite(suite(certificate));
    }
    document.to_string().expect("a report is always XML: its text is escaped")
}

fn suite(certificate: &CertificateReport) -> TestSuite {
    let mut suite = TestSuite::new(certificate.file.as_str());
    for rule in RULES {
        let findings: Vec<&Finding> =
            certificate.findings.iter().filter(|finding| finding.rule == rule.id).collect();
        if !certificate.is_judged_by(rule) && findings.is_empty() {
            continue;
        }
        let gap = certificate.not_checked.iter().find(|gap| gap.rule == rule.id);
        let mut case = TestCase::new(rule.id, status(certificate, &findings));
        if let Some(gap) = gap {
            let mut skipped = TestCaseStatus::skipped();
            skipped.set_message(gap.reason);
            case.status = skipped;
        }
        case.set_classname(rule.section);
        if !findings.is_empty() {
            case.set_system_out(describe(&findings));
        }
        suite.add_test_case(case);
    }
    suite
}

fn status(certificate: &CertificateReport, findings: &[&Finding]) -> TestCaseStatus {
    let Some(worst) = findings.iter().max_by_key(|finding| finding.severity) else {
        return TestCaseStatus::success();
    };
    let fails = !certificate.passed && worst.severity >= certificate.fail_on;
    if !fails {
        return TestCaseStatus::success();
    }
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    status.set_type(worst.severity.name());
    status.set_message(worst.message.as_ref());
    status.set_description(describe(findings));
    status
}

fn describe(findings: &[&Finding]) -> String {
    findings
        .iter()
        .map(|finding| {
            format!(
                "{}: {}\nfound {}\nallowed {}\nfix: {}",
                finding.severity, finding.message, finding.found, finding.allowed, finding.fix
            )
        })
        .collect::<Vec<_>>()
        .join("\n\n")
}

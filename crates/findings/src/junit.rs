//! JUnit XML: a suite for each input, a case for each rule.

use quick_junit::{NonSuccessKind, Report as Junit, TestCase, TestCaseStatus, TestSuite};

use crate::finding::Finding;
use crate::report::{Checked, Linter, Report};

/// The report as JUnit XML. Rules that were not checked are skipped cases; findings lighter than the threshold stand in
/// the output of a case that passed.
#[must_use]
pub fn junit(report: &Report<'_>) -> String {
    let rules = report.rule_set.map(|rules| format!(", rules {rules}")).unwrap_or_default();
    let mut document = Junit::new(format!("el2g {}{rules}", report.linter.command));
    for checked in &report.inputs {
        document.add_test_suite(suite(checked, &report.linter));
    }
    document.to_string().expect("a report is always XML: its text is escaped")
}

fn suite(checked: &Checked<'_>, linter: &Linter) -> TestSuite {
    let mut suite = TestSuite::new(checked.file);
    for (index, rule) in linter.rules.iter().enumerate() {
        let findings: Vec<&Finding> =
            checked.findings.iter().filter(|finding| finding.rule == rule.id).collect();
        let applies = checked.is_readable && checked.applies.is_none_or(|it| it[index]);
        if !applies && findings.is_empty() {
            continue;
        }
        let gap = checked.not_checked.iter().find(|gap| gap.rule == rule.id);
        let mut case = TestCase::new(rule.id, status(checked, &findings));
        if let Some(gap) = gap.filter(|_| findings.is_empty()) {
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

fn status(checked: &Checked<'_>, findings: &[&Finding]) -> TestCaseStatus {
    let Some(worst) = findings.iter().max_by_key(|finding| finding.severity) else {
        return TestCaseStatus::success();
    };
    let fails = !checked.passed && worst.severity >= checked.fail_on;
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
            let place = finding.place.as_deref().map(|it| format!("\nat {}", it.place));
            format!(
                "{}: {}{}\nfound {}\nallowed {}\nfix: {}",
                finding.severity,
                finding.message,
                place.unwrap_or_default(),
                finding.found,
                finding.allowed,
                finding.fix
            )
        })
        .collect::<Vec<_>>()
        .join("\n\n")
}

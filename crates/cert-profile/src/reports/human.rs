//! A report for people at a terminal; its text may change from release to release.

use el2g_text::one_line;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::finding::{Finding, NotChecked, Severity};
use crate::report::{CertificateReport, InputKind, Report, Tally};

/// Whether the text carries colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Text alone.
    Plain,
    /// With the escape sequences of a terminal.
    Colored,
}

impl Style {
    fn paint(self, severity: Option<Severity>, text: &str) -> String {
        if self == Self::Plain {
            return text.to_owned();
        }
        let code = match severity {
            Some(Severity::Fatal | Severity::Error) => "1;31",
            Some(Severity::Warning) => "33",
            Some(Severity::Note) => "36",
            None => "32",
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }
}

/// What is said of one certificate.
pub(super) fn certificate(certificate: &CertificateReport, style: Style) -> String {
    let mut text = String::new();
    let text = &mut text;
    let verdict = match (certificate.kind, certificate.passed) {
        (InputKind::Unreadable, _) => style.paint(Some(Severity::Error), "UNREADABLE"),
        (_, false) => style.paint(Some(Severity::Error), "FAILED"),
        (_, true) if certificate.findings.is_empty() => style.paint(None, "passed"),
        (_, true) => {
            let remarks = count(certificate.findings.len(), "remark");
            style.paint(None, &format!("passed, {remarks}"))
        }
    };
    let file = if certificate.file.is_empty() { "certificate" } else { &certificate.file };
    line(text, &format!("{}: {verdict}", one_line(file)));
    if let Some(fingerprint) = &certificate.fingerprint_sha256 {
        line(text, &format!("  SHA-256 {fingerprint}"));
    }
    let mut findings: Vec<&Finding> = certificate.findings.iter().collect();
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    for finding in findings {
        let severity = style.paint(Some(finding.severity), &format!("{:7}", finding.severity));
        line(text, &format!("  {severity} {} [{}]", finding.rule, finding.section));
        line(text, &format!("          {}", one_line(&finding.message)));
        line(text, &format!("          found   {}", one_line(&finding.found)));
        line(text, &format!("          allowed {}", one_line(&finding.allowed)));
        line(text, &format!("          fix     {}", one_line(finding.fix)));
    }
    not_checked(text, &certificate.not_checked);
    text.push('\n');
    std::mem::take(text)
}

/// The rules that were not checked, put together by reason.
fn not_checked(text: &mut String, gaps: &[NotChecked]) {
    let mut by_reason: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for gap in gaps {
        by_reason.entry(gap.reason).or_default().push(gap.rule);
    }
    for (reason, rules) in by_reason {
        line(text, &format!("  not checked: {}, {reason}", count(rules.len(), "rule")));
        line(text, &format!("          {}", rules.join(", ")));
    }
}

/// The last line: the counts, the rule set and the time.
pub(super) fn summary(report: &Report, tally: Tally, style: Style) -> String {
    let verdict = match tally.failed {
        0 => style.paint(None, "all passed"),
        failed => style.paint(Some(Severity::Error), &format!("{failed} failed")),
    };
    let mut summary = format!(
        "{}, {verdict}; rules {}, at {}",
        count(tally.certificates, "certificate"),
        report.rules,
        report.at
    );
    if tally.incomplete > 0 {
        summary.push_str("; not everything was checked");
    }
    summary.push('\n');
    summary
}

fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

fn line(text: &mut String, line: &str) {
    writeln!(text, "{line}").expect("a String takes every text");
}

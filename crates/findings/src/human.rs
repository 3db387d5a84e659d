//! A report for people at a terminal; its text may change from release to release.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use el2g_text::one_line;

use crate::finding::{Finding, NotChecked, Severity};
use crate::report::{Checked, Fact, Linter, Report, Tally, count};

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

/// The whole report.
#[must_use]
pub fn human(report: &Report<'_>, style: Style) -> String {
    let blocks = report.inputs.iter().map(|one| input(one, &report.linter, style));
    blocks.collect::<String>() + &summary(report, &Tally::of(&report.inputs), style)
}

/// One input: its verdict, what is known of it, its findings and the rules that were not checked.
#[must_use]
pub fn input(checked: &Checked<'_>, linter: &Linter, style: Style) -> String {
    let mut text = String::new();
    let counts = if checked.findings.is_empty() {
        String::new()
    } else {
        format!(", {}", Tally::of_one(checked).severities())
    };
    let verdict = match (checked.is_readable, checked.passed) {
        (false, _) => style.paint(Some(Severity::Error), "UNREADABLE"),
        (true, false) => style.paint(Some(Severity::Error), &format!("FAILED{counts}")),
        (true, true) => style.paint(None, &format!("passed{counts}")),
    };
    let file = if checked.file.is_empty() { linter.noun } else { checked.file };
    line(&mut text, &format!("{}: {verdict}", one_line(file)));
    if let Some(fingerprint) = checked.fingerprint {
        line(&mut text, &format!("  SHA-256 {fingerprint}"));
    }
    facts(&mut text, &checked.facts);
    text.push_str(&findings(checked.findings, style));
    not_checked(&mut text, checked.not_checked);
    text.push('\n');
    text
}

fn facts(text: &mut String, facts: &[Fact]) {
    let width = facts.iter().map(|fact| fact.label.len()).max().unwrap_or_default();
    for fact in facts {
        let said = format!("  {:width$}  {}", fact.label, one_line(&fact.value));
        line(text, said.trim_end());
    }
}

/// Findings below what a command shows besides, the heaviest first, each with its fix.
#[must_use]
pub fn findings(findings: &[Finding], style: Style) -> String {
    let mut text = String::new();
    let mut sorted: Vec<&Finding> = findings.iter().collect();
    sorted.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    for finding in sorted {
        let severity = style.paint(Some(finding.severity), &format!("{:7}", finding.severity));
        line(&mut text, &format!("  {severity} {} [{}]", finding.rule, finding.section));
        line(&mut text, &format!("          {}", one_line(&finding.message)));
        if let Some(place) = &finding.place {
            line(&mut text, &format!("          at      {}", one_line(&place.place)));
        }
        line(&mut text, &format!("          found   {}", one_line(&finding.found)));
        line(&mut text, &format!("          allowed {}", one_line(&finding.allowed)));
        line(&mut text, &format!("          fix     {}", one_line(finding.fix)));
    }
    text
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

/// What stands behind several inputs: the failures with the rules they broke, then the findings by severity.
fn overview(tally: &Tally, style: Style) -> String {
    let mut text = String::new();
    for (file, rules) in &tally.failures {
        let failed = style.paint(Some(Severity::Error), "FAILED");
        line(&mut text, &format!("{failed} {}: {rules}", one_line(file)));
    }
    if tally.failed > tally.failures.len() {
        let more = tally.failed - tally.failures.len();
        line(&mut text, &format!("FAILED {more} more"));
    }
    line(&mut text, &tally.severities());
    text
}

/// The end of a report: for several inputs the overview, then a line with the counts, the rule set and the time.
#[must_use]
pub fn summary(report: &Report<'_>, tally: &Tally, style: Style) -> String {
    let verdict = match tally.failed {
        0 => style.paint(None, "all passed"),
        failed => style.paint(Some(Severity::Error), &format!("{failed} failed")),
    };
    let mut summary = format!("{}, {verdict}", count(tally.inputs, report.linter.noun));
    let rules = report.rule_set.map(|rules| format!("rules {rules}, ")).unwrap_or_default();
    write!(summary, "; {rules}at {}", report.at).expect("a String takes every text");
    if tally.incomplete > 0 {
        summary.push_str("; not everything was checked");
    }
    summary.push('\n');
    if tally.inputs > 1 { overview(tally, style) + &summary } else { summary }
}

fn line(text: &mut String, line: &str) {
    writeln!(text, "{line}").expect("a String takes every text");
}

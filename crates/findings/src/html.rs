//! One HTML page with everything in it: no script, no network, light and dark, fit for printing.
//!
//! All HTML comes from templates; the text in them passes [`escape`].

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write};

use askama::Template;
use el2g_text::lines;

use crate::finding::{Finding, RuleDescription, Severity};
use crate::report::{Checked, Linter, Report, Tally, count};

/// Up to so many inputs each show the whole table of rules.
const WITH_RULES: usize = 20;
/// So many inputs have a section of their own; of an estate, those with the heaviest findings.
const SECTIONS: usize = 200;
/// So many lines the list of inputs has.
const LINES: usize = 20_000;

/// Writes text so that it may stand in an element or a quoted attribute; what would hide or reorder it is written as an
/// escape. The escaper of every template calls it.
///
/// # Errors
/// When `out` takes no more.
pub fn escape(text: &str, mut out: impl Write) -> fmt::Result {
    for character in lines(text).chars() {
        match character {
            '&' => out.write_str("&amp;")?,
            '<' => out.write_str("&lt;")?,
            '>' => out.write_str("&gt;")?,
            '"' => out.write_str("&quot;")?,
            '\'' => out.write_str("&#39;")?,
            character => out.write_char(character)?,
        }
    }
    Ok(())
}

/// The escaper that askama.toml names.
#[derive(Clone, Copy)]
struct Shown;

impl askama::filters::Escaper for Shown {
    fn write_escaped_str<W: Write>(&self, out: W, text: &str) -> fmt::Result {
        escape(text, out)
    }
}

/// A piece of a page, made by a template.
#[derive(Clone, Debug)]
pub struct Figure(String);

impl Figure {
    /// A piece of HTML. It goes into the page as it is: the foreign text in it must have passed [`escape`].
    #[must_use]
    pub const fn of_html(html: String) -> Self {
        Self(html)
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// The text of a template.
fn rendered(template: &impl Template) -> String {
    template.render().expect("a String takes every text")
}

#[derive(Template)]
#[template(path = "page.html")]
struct Page<'a> {
    version: &'static str,
    report: &'a Report<'a>,
    tally: Tally,
    verdict: String,
    heading: String,
    column: String,
    list: Vec<Line<'a>>,
    rules: Vec<RuleCounts<'a>>,
    sections: Vec<String>,
}

struct Line<'a> {
    number: usize,
    checked: &'a Checked<'a>,
    verdict: (&'static str, &'static str),
    has_section: bool,
    errors: usize,
}

struct RuleCounts<'a> {
    rule: &'a RuleDescription,
    kept: usize,
    broken: usize,
    not_checked: usize,
}

#[derive(Template)]
#[template(path = "section.html")]
struct Section<'a> {
    number: usize,
    is_new_page: bool,
    linter: &'a Linter,
    checked: &'a Checked<'a>,
    verdict: (&'static str, &'static str),
    figure: Option<Figure>,
    findings: Vec<&'a Finding>,
    rules: Vec<RuleOutcome<'a>>,
}

struct RuleOutcome<'a> {
    rule: &'a RuleDescription,
    class: &'static str,
    outcome: &'static str,
    reason: Option<&'static str>,
}

/// The report as a page; `figure` draws the input at an index, for those that have a section.
///
/// One input is shown with every rule. Several have a list, failures first, and a table of rules with counts before
/// them; of more than 20, those with findings have sections, at most 200 of them, and the page says how many have none.
pub fn html(report: &Report<'_>, figure: impl Fn(usize) -> Option<Figure>) -> String {
    let total = report.inputs.len();
    let shown = shown(report);
    let sections = shown.iter().enumerate().map(|(place, index)| {
        let checked = &report.inputs[*index];
        let with_rules = total <= WITH_RULES;
        let mut findings: Vec<&Finding> = checked.findings.iter().collect();
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        rendered(&Section {
            number: index + 1,
            is_new_page: with_rules && place > 0,
            linter: &report.linter,
            checked,
            verdict: verdict(checked),
            figure: figure(*index),
            findings,
            rules: if with_rules { outcomes(checked, &report.linter) } else { Vec::new() },
        })
    });
    let noun = report.linter.noun;
    let column = noun[..1].to_uppercase() + &noun[1..];
    let tally = Tally::of(&report.inputs);
    rendered(&Page {
        version: env!("CARGO_PKG_VERSION"),
        report,
        verdict: match (tally.failed, total) {
            (0, 1) => format!("The {noun} passed"),
            (0, _) => format!("All {} passed", count(total, noun)),
            (1, 1) => format!("The {noun} failed"),
            (failed, _) => format!("{failed} of {} failed", count(total, noun)),
        },
        tally,
        heading: format!("{column}s"),
        column,
        list: list(report, &shown),
        rules: if total > WITH_RULES { counts(report) } else { Vec::new() },
        sections: sections.collect(),
    })
}

/// The inputs that have a section: failures first, else in their order.
fn shown(report: &Report<'_>) -> Vec<usize> {
    let of = |index: &usize| &report.inputs[*index];
    let mut indices: Vec<usize> = (0..report.inputs.len()).collect();
    if indices.len() > WITH_RULES {
        indices.retain(|index| !of(index).findings.is_empty());
        indices.sort_by_key(|index| std::cmp::Reverse(of(index).worst().map(|it| it.severity)));
        indices.truncate(SECTIONS);
        indices.sort_unstable();
    }
    indices.sort_by_key(|index| of(index).passed);
    indices
}

/// Every input in a line, failures first.
fn list<'a>(report: &'a Report<'a>, shown: &[usize]) -> Vec<Line<'a>> {
    let shown: BTreeSet<usize> = shown.iter().copied().collect();
    let mut inputs: Vec<(usize, &Checked<'_>)> = report.inputs.iter().enumerate().collect();
    inputs.sort_by_key(|(_, checked)| checked.passed);
    let line = |(index, checked): (usize, &'a Checked<'a>)| Line {
        number: index + 1,
        checked,
        verdict: verdict(checked),
        has_section: shown.contains(&index),
        errors: checked.findings.iter().filter(|it| it.severity >= Severity::Error).count(),
    };
    inputs.into_iter().take(LINES).map(line).collect()
}

/// Class and word of a verdict.
fn verdict(checked: &Checked<'_>) -> (&'static str, &'static str) {
    match (checked.is_readable, checked.passed) {
        (false, _) => ("bad", "unreadable"),
        (true, true) => ("good", "passed"),
        (true, false) => ("bad", "failed"),
    }
}

/// Every rule that applies to at least one of the inputs, with counts over all of them.
fn counts<'a>(report: &'a Report<'a>) -> Vec<RuleCounts<'a>> {
    let mut broken: BTreeMap<&str, usize> = BTreeMap::new();
    let mut not_checked: BTreeMap<&str, usize> = BTreeMap::new();
    let mut applying: BTreeMap<&str, usize> = BTreeMap::new();
    for checked in report.inputs.iter().filter(|checked| checked.is_readable) {
        let rules: BTreeSet<&str> = checked.findings.iter().map(|finding| finding.rule).collect();
        rules.into_iter().for_each(|rule| *broken.entry(rule).or_default() += 1);
        checked.not_checked.iter().for_each(|gap| *not_checked.entry(gap.rule).or_default() += 1);
        for rule in checked.rules(&report.linter) {
            *applying.entry(rule.id).or_default() += 1;
        }
    }
    let of = |counts: &BTreeMap<&str, usize>, rule| counts.get(rule).copied().unwrap_or_default();
    let rules = report.linter.rules.iter().filter(|rule| applying.contains_key(rule.id));
    rules
        .map(|rule| {
            let (broken, not_checked) = (of(&broken, rule.id), of(&not_checked, rule.id));
            let kept = of(&applying, rule.id).saturating_sub(broken + not_checked);
            RuleCounts { rule, kept, broken, not_checked }
        })
        .collect()
}

/// How an input fares with each rule that applies to it.
fn outcomes<'a>(checked: &Checked<'_>, linter: &'a Linter) -> Vec<RuleOutcome<'a>> {
    if !checked.is_readable {
        return Vec::new();
    }
    let outcome = |rule: &'a RuleDescription| {
        let of_rule = checked.findings.iter().filter(|finding| finding.rule == rule.id);
        let (class, outcome, reason) = match of_rule.map(|finding| finding.severity).max() {
            Some(severity) => (severity.name(), severity.name(), None),
            None => match checked.not_checked.iter().find(|gap| gap.rule == rule.id) {
                Some(gap) => ("missing", "not checked", Some(gap.reason)),
                None => ("good", "kept", None),
            },
        };
        RuleOutcome { rule, class, outcome, reason }
    };
    checked.rules(linter).map(outcome).collect()
}

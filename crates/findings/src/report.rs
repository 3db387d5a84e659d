//! A run of a checker over its inputs, as the formats need it.

use crate::finding::{Finding, NotChecked, RuleDescription, Severity};

/// A checker as its reports name it.
#[derive(Clone, Copy, Debug)]
pub struct Linter {
    /// Its command, such as `cert check`.
    pub command: &'static str,
    /// The title of its page, such as `Certificate check`.
    pub title: &'static str,
    /// What it checks, in the singular, such as `certificate`.
    pub noun: &'static str,
    /// What its page says of the limits of the check, in whole sentences.
    pub limits: &'static str,
    /// Every rule it has, in the order of its reports.
    pub rules: &'static [RuleDescription],
}

/// Everything a run found out.
#[derive(Clone, Debug)]
pub struct Report<'a> {
    /// Who checked.
    pub linter: Linter,
    /// The rule set, where there is a choice.
    pub rule_set: Option<&'a str>,
    /// The time of the check, RFC 3339.
    pub at: String,
    /// What was checked and by which standard, in one sentence.
    pub intro: &'static str,
    /// What the inputs were compared with.
    pub facts: Vec<Fact>,
    /// One entry for each input.
    pub inputs: Vec<Checked<'a>>,
}

/// What was found out about one input.
#[derive(Clone, Debug)]
pub struct Checked<'a> {
    /// Where it came from; empty when the caller named nothing.
    pub file: &'a str,
    /// Which part of the file it is, counted from 1; `None` where it is the whole. Then `#` and the number end `file`.
    pub number: Option<usize>,
    /// Whether it could be read at all.
    pub is_readable: bool,
    /// SHA-256 of the input, where it has one that does not depend on the file.
    pub fingerprint: Option<&'a str>,
    /// No finding is as heavy as `fail_on`.
    pub passed: bool,
    /// Every rule was checked.
    pub complete: bool,
    /// The severity from which on a finding fails it.
    pub fail_on: Severity,
    /// For each of the linter's rules whether it applies; `None` when all do.
    pub applies: Option<&'a [bool]>,
    /// The findings, in the order of the rules.
    pub findings: &'a [Finding],
    /// The rules that were not checked, and why.
    pub not_checked: &'a [NotChecked],
    /// What is known of it.
    pub facts: Vec<Fact>,
}

/// A line of what is known of an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// What it is; empty where it continues the one before.
    pub label: String,
    /// Its value.
    pub value: String,
    /// A second line: the SHA-256 of what the value names.
    pub fingerprint: Option<String>,
}

impl Fact {
    /// A fact of one line.
    pub fn new(label: impl Into<String>, value: impl Into<String>) -> Self {
        Self { label: label.into(), value: value.into(), fingerprint: None }
    }
}

impl<'a> Checked<'a> {
    /// An input that is a whole file, checked by all rules.
    #[must_use]
    pub fn new(file: &'a str, findings: &'a [Finding], not_checked: &'a [NotChecked]) -> Self {
        Self {
            file,
            number: None,
            is_readable: true,
            fingerprint: None,
            passed: findings.iter().all(|finding| finding.severity < Severity::Error),
            complete: not_checked.is_empty(),
            fail_on: Severity::Error,
            applies: None,
            findings,
            not_checked,
            facts: Vec::new(),
        }
    }

    /// The file, without the number of the part.
    pub(crate) fn path(&self) -> &str {
        let end = self.number.map(|number| format!("#{number}"));
        end.and_then(|end| self.file.strip_suffix(&end)).unwrap_or(self.file)
    }

    /// The heaviest finding.
    #[must_use]
    pub(crate) fn worst(&self) -> Option<&'a Finding> {
        // Of several as heavy, the first.
        self.findings.iter().rev().max_by_key(|finding| finding.severity)
    }

    /// The rules whose findings fail it, each once, the first three by name.
    pub(crate) fn broken(&self) -> String {
        let mut rules: Vec<&str> = Vec::new();
        for finding in self.findings.iter().filter(|finding| finding.severity >= self.fail_on) {
            if !rules.contains(&finding.rule) {
                rules.push(finding.rule);
            }
        }
        match rules.len() {
            0..=3 => rules.join(", "),
            more => format!("{} and {} more", rules[..3].join(", "), more - 3),
        }
    }

    /// The rules that apply to it, of those of its linter.
    pub(crate) fn rules<'r>(
        &self,
        linter: &'r Linter,
    ) -> impl Iterator<Item = &'r RuleDescription> + use<'r, 'a> {
        let applies = self.applies;
        let rules = linter.rules.iter().enumerate();
        rules.filter(move |(index, _)| applies.is_none_or(|it| it[*index])).map(|(_, rule)| rule)
    }

    /// `certificate 2: `, where it is part of a file.
    pub(crate) fn prefix(&self, linter: &Linter) -> String {
        self.number.map_or_else(String::new, |number| format!("{} {number}: ", linter.noun))
    }
}

/// Failures that an overview names one by one.
const NAMED: usize = 20;

/// Counts over the inputs of a report, and the first failures. It stays small however many inputs there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Inputs, unreadable ones included.
    pub inputs: usize,
    /// Those that did not pass.
    pub failed: usize,
    /// Those on which a rule was not checked.
    pub incomplete: usize,
    /// Fatal findings and errors.
    pub errors: usize,
    /// Warnings.
    pub warnings: usize,
    /// Notes.
    pub notes: usize,
    /// The first inputs that did not pass: file, and the rules it broke.
    pub failures: Vec<(String, String)>,
}

impl Tally {
    /// The counts over these inputs.
    pub fn of<'a, 'b: 'a>(inputs: impl IntoIterator<Item = &'a Checked<'b>>) -> Self {
        let mut tally = Self::default();
        for input in inputs {
            tally.add(Self::of_one(input));
        }
        tally
    }

    /// The counts over one input.
    #[must_use]
    pub fn of_one(input: &Checked<'_>) -> Self {
        let [notes, warnings, errors, fatal] =
            [Severity::Note, Severity::Warning, Severity::Error, Severity::Fatal]
                .map(|severity| input.findings.iter().filter(|it| it.severity == severity).count());
        let failure = (!input.passed).then(|| (input.file.to_owned(), input.broken()));
        Self {
            inputs: 1,
            failed: usize::from(!input.passed),
            incomplete: usize::from(!input.complete),
            errors: errors + fatal,
            warnings,
            notes,
            failures: failure.into_iter().collect(),
        }
    }

    /// Adds the counts over other inputs.
    pub fn add(&mut self, more: Self) {
        self.inputs += more.inputs;
        self.failed += more.failed;
        self.incomplete += more.incomplete;
        self.errors += more.errors;
        self.warnings += more.warnings;
        self.notes += more.notes;
        let room = NAMED.saturating_sub(self.failures.len());
        self.failures.extend(more.failures.into_iter().take(room));
    }

    /// `2 errors, 1 note`: each severity that there is, and errors always.
    #[must_use]
    pub fn severities(&self) -> String {
        let mut words = vec![count(self.errors, "error")];
        let lighter = [(self.warnings, "warning"), (self.notes, "note")];
        words.extend(
            lighter.iter().filter(|it| it.0 > 0).map(|(number, noun)| count(*number, noun)),
        );
        words.join(", ")
    }
}

/// `1 certificate`, `2 certificates`.
#[must_use]
pub fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

//! What each code means that an answer, a report or an error of this program names: a function over the tables of exit
//! codes, rules, statuses and error codes. It has no text of its own about any of them.

use el2g_cert_profile::{RULES, Target};
use el2g_findings::{Linter, RuleDescription, Severity};
use el2g_sandbox::error_meanings;
use el2g_service_api::body_check::BODY_RULES;
use el2g_service_api::status_meaning;
use el2g_workflows::{AnswerStatus, FailureKind, GATE_RULES, gate_rules, refusal_fix};
use serde::Serialize;

use crate::commands::cert::rules::heading;
use crate::commands::pgp::{inspect, recipient};
use crate::commands::{contract, policy};
use crate::exit::{self, EXITS};

/// From which table a code is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CodeKind {
    ExitCode,
    CertificateRule,
    MessageRule,
    KeyRule,
    PolicyRule,
    ContractRule,
    RequestRule,
    HttpStatus,
    ServiceCode,
}

/// One code explained.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    pub code: String,
    pub kind: CodeKind,
    /// The heading that it stands under in a list.
    #[serde(skip)]
    pub group: &'static str,
    /// The `kind` of a JSON error, of an exit code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<&'static str>,
    pub meaning: String,
    /// What is allowed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<&'static str>,
    pub fix: String,
    /// The section of the standard.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub section: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// The exit code of a command that ends with it.
    pub exit_code: u8,
    /// What to know of its meaning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<&'static str>,
    /// Whether `--skip-check` passes over it, where it is checked before something is sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skippable: Option<bool>,
}

/// What is said of every error code of the service: of the built-in one's,
const OF_SANDBOX: &str = "AN12642 does not list the error codes: this is what the built-in service means by it, and the text of the error decides";
/// and of another.
const UNKNOWN: &str =
    "the code is not known here, its HTTP status is: the text of the error decides";

impl Explanation {
    /// Whether it is the one of this code, in capitals or not.
    fn is_of(&self, code: &str) -> bool {
        let is_name = self.name.is_some_and(|name| name.eq_ignore_ascii_case(code));
        self.code.eq_ignore_ascii_case(code) || is_name
    }

    /// Every word that finds it.
    fn words(&self) -> impl Iterator<Item = &str> {
        self.name.into_iter().chain([self.code.as_str()])
    }

    fn of_exit(exit: &exit::Exit) -> Self {
        Self {
            code: exit.code.to_string(),
            kind: CodeKind::ExitCode,
            group: "Exit codes",
            name: Some(exit.name).filter(|name| !name.is_empty()),
            meaning: exit.meaning.to_owned(),
            expected: None,
            fix: exit.fix.to_owned(),
            section: None,
            severity: None,
            exit_code: exit.code,
            note: None,
            skippable: None,
        }
    }

    fn of_rule(
        kind: CodeKind,
        group: &'static str,
        meaning: String,
        rule: &RuleDescription,
        gate: &[(&'static str, bool)],
    ) -> Self {
        let is_failure = rule.severity >= Severity::Error;
        let skippable = gate.iter().find(|(id, _)| *id == rule.id).map(|(_, skippable)| *skippable);
        Self {
            code: rule.id.to_owned(),
            kind,
            group,
            name: None,
            meaning,
            expected: Some(rule.summary),
            fix: rule.fix.to_owned(),
            section: Some(rule.section),
            severity: Some(rule.severity),
            exit_code: if is_failure { exit::code(FailureKind::Input) } else { 0 },
            note: None,
            skippable: skippable.filter(|_| is_failure),
        }
    }

    fn of_status(status: AnswerStatus) -> Self {
        Self {
            code: status.status.to_string(),
            kind: CodeKind::HttpStatus,
            group: "HTTP statuses of the service's answers",
            name: None,
            meaning: status.meaning.to_owned(),
            expected: None,
            fix: status.fix.to_owned(),
            section: status_meaning(status.status).map(|_| "AN12642 5"),
            severity: None,
            exit_code: exit::code(status.kind),
            note: None,
            skippable: None,
        }
    }

    /// A code of the service: what it means where the built-in service has it, else what its status does.
    fn of_service(code: String, status: AnswerStatus, meaning: Option<&str>) -> Self {
        let (meaning, note) = match meaning {
            Some(meaning) => (meaning, OF_SANDBOX),
            None => (status.meaning, UNKNOWN),
        };
        let (meaning, note) = (meaning.to_owned(), Some(note));
        let fix = refusal_fix(&code).unwrap_or(status.fix).to_owned();
        let group = "Error codes of the service";
        let of_status = Self::of_status(status);
        Self { code, kind: CodeKind::ServiceCode, group, meaning, note, fix, ..of_status }
    }
}

/// Every code, in the order of its tables.
pub fn catalogue() -> Vec<Explanation> {
    let gate = gate_rules();
    let exits = EXITS.iter().map(Explanation::of_exit);
    let mut rules = RULES.to_vec();
    rules.sort_by_key(|rule| rule.target());
    let certificates = rules.into_iter().map(|rule| {
        let (group, meaning) = (heading(rule.target()), broken(rule.target()).to_owned());
        let gate = if is_of_uploads(rule.target()) { &*gate } else { &[] };
        let kind = CodeKind::CertificateRule;
        Explanation::of_rule(kind, group, meaning, &rule.description(), gate)
    });
    let linted = [
        (CodeKind::MessageRule, "Messages (`pgp inspect`)", &inspect::LINTER),
        (CodeKind::KeyRule, "Keys of recipients (`pgp recipient`)", &recipient::LINTER),
        (CodeKind::PolicyRule, "Usage policies (`policy check`)", &policy::LINTER),
        (
            CodeKind::ContractRule,
            "Descriptions of the service (`contract check`)",
            &contract::LINTER,
        ),
    ];
    let linted = linted.into_iter().flat_map(|(kind, group, linter)| {
        let of_rule = |rule| Explanation::of_rule(kind, group, found(linter), rule, &gate);
        linter.rules.iter().map(of_rule).collect::<Vec<_>>()
    });
    let statuses = AnswerStatus::all().map(Explanation::of_status);
    let codes = error_meanings().filter_map(|(code, status, meaning)| {
        Some(Explanation::of_service(code, AnswerStatus::of(status)?, Some(meaning)))
    });
    let all = exits.chain(certificates).chain(linted).chain(requests(&gate));
    all.chain(statuses).chain(codes).collect()
}

/// Whether certificates that are uploaded are checked by the rules of a target.
const fn is_of_uploads(target: Target) -> bool {
    match target {
        Target::Key | Target::Certificate | Target::Root => true,
        Target::Input | Target::Request | Target::Device | Target::Verification => false,
    }
}

/// The rules of the gate that no checker has.
fn requests(gate: &[(&'static str, bool)]) -> Vec<Explanation> {
    let fix = "correct the field that the error names; for `el2g api`, in the file of --body";
    let bodies =
        BODY_RULES.iter().filter(|rule| policy::LINTER.rules.iter().all(|it| it.id != rule.id));
    let bodies = bodies.map(|rule| RuleDescription {
        id: rule.id,
        severity: Severity::Error,
        section: rule.section,
        summary: rule.allowed,
        fix,
    });
    let group = "Requests, before they are sent";
    let meaning = "a field of a request breaks this rule; nothing is sent";
    let of_rule = |rule: RuleDescription| {
        Explanation::of_rule(CodeKind::RequestRule, group, meaning.to_owned(), &rule, gate)
    };
    bodies.chain(GATE_RULES.iter().copied()).map(of_rule).collect()
}

fn found(linter: &Linter) -> String {
    format!("`el2g {}` found that the {} breaks this rule", linter.command, linter.noun)
}

const fn broken(target: Target) -> &'static str {
    match target {
        Target::Input => "a file of certificates or a request cannot be checked as it is",
        Target::Key => "a public key of a certificate, a CA or a request breaks this rule",
        Target::Certificate => "an intermediate certificate breaks this rule",
        Target::Root => "the root of an intermediate certificate breaks this rule",
        Target::Request => "a certification request breaks this rule",
        Target::Device => "a device certificate, or the intermediate above it, breaks this rule",
        Target::Verification => "a verification certificate, or the CA above it, breaks this rule",
    }
}

/// What explains a code: several, where tables have the same. Empty for a code that is not known.
pub fn explained(code: &str) -> Vec<Explanation> {
    let found: Vec<Explanation> = catalogue().into_iter().filter(|it| it.is_of(code)).collect();
    if found.is_empty() { unlisted(code).into_iter().collect() } else { found }
}

/// A status, or a code of the service, that no table has.
fn unlisted(code: &str) -> Option<Explanation> {
    const LONGEST: usize = 64;
    if let Ok(status) = code.parse() {
        return AnswerStatus::of(status).map(Explanation::of_status);
    }
    let code = code.to_ascii_uppercase();
    let is_word = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    let rest = code
        .strip_prefix("ERR_")
        .filter(|rest| rest.len() <= LONGEST && rest.chars().all(is_word))?;
    let (part, number) = rest.rsplit_once('_')?;
    let (_, status) = part.rsplit_once('_')?;
    number.parse::<u32>().ok()?;
    let status = AnswerStatus::of(status.parse().ok()?)?;
    Some(Explanation::of_service(code, status, None))
}

/// Every word that is explained.
pub fn words(catalogue: &[Explanation]) -> impl Iterator<Item = &str> {
    catalogue.iter().flat_map(Explanation::words)
}

//! `el2g contract`: the service's own OpenAPI file against the operations that this program knows.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use el2g_findings::{Checked, Fact, Finding, Linter, Report};
use el2g_service_api::CATALOGUE;
use el2g_service_api::contract::{
    self, Answer, CONTRACT_RULES, Comparison, ContractError, LARGEST_FILE,
};
use el2g_workflows::Failure;
use el2g_x509::Instant;
use serde::Serialize;

use crate::Result;
use crate::commands::config::save_profile;
use crate::context::Context;
use crate::output::Outcome;
use crate::report_format::{FormatArguments, checked};

/// Compare the service's description with this program.
#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Compare an OpenAPI file (3.0, 3.1 or Swagger 2.0; JSON or YAML) with this program's operations; contacts no
    /// service
    ///
    /// It compares operations, methods, parameters in path and query, and the fields, types and enumeration values of
    /// bodies and answers. It does not compare lengths, patterns, `null`, headers and error answers; names of path
    /// parameters may differ. It finds the common beginning of all paths (`/api/v1`) by itself. Exit code 0: no
    /// difference; 3: at least one difference, or the file cannot be compared.
    ///
    /// It also lists what the file answers of the questions that AN12642 leaves open: the name of the checksum and its
    /// encoding, `status` of new claim codes, the largest page. `el2g config set --help` tells what is assumed otherwise.
    #[command(
        after_help = "Examples:\n  el2g contract check --openapi openapi.json\n  el2g contract check --openapi openapi.json --save --profile line-7"
    )]
    Check {
        /// The service's OpenAPI file in JSON or YAML; `-` is standard input
        #[arg(long, value_name = "FILE")]
        openapi: PathBuf,
        /// Put what the file answers of the open questions into the profile of --profile, else the default one
        #[arg(long)]
        save: bool,
        #[command(flatten)]
        format: FormatArguments,
    },
}

/// Runs the verb.
pub fn run(arguments: Arguments, context: &mut Context) -> Result<Outcome> {
    let Verb::Check { openapi, save, format } = arguments.verb;
    check(&openapi, save, &format, context)
}

pub static LINTER: Linter = Linter {
    command: "contract check",
    title: "Contract check",
    noun: "description",
    limits: "Not compared: lengths, patterns, `null`, headers and error answers.",
    rules: CONTRACT_RULES,
};

#[derive(Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ContractReport {
    file: String,
    format: String,
    title: String,
    version: String,
    prefix: String,
    operations: Operations,
    answers: Vec<Answer>,
    passed: bool,
    findings: Vec<Finding>,
}

#[derive(Serialize, schemars::JsonSchema)]
struct Operations {
    ours: usize,
    found: usize,
    described: usize,
}

impl ContractReport {
    fn facts(&self) -> Vec<Fact> {
        let Operations { ours, found, described } = self.operations;
        let title = format!("{} {}", self.title, self.version);
        let mut facts = vec![
            Fact::new("format", &self.format),
            Fact::new("title", title.trim()),
            Fact::new("operations", format!("{found} of our {ours}, {described} in the file")),
        ];
        if !self.prefix.is_empty() {
            facts.push(Fact::new("below", &self.prefix));
        }
        facts.extend(
            self.answers
                .iter()
                .map(|Answer { key, value, place }| Fact::new(*key, format!("{value} ({place})"))),
        );
        facts
    }
}

fn check(
    file: &Path,
    save: bool,
    format: &FormatArguments,
    context: &mut Context,
) -> Result<Outcome> {
    let format = format.chosen(None, context)?;
    let text = context.input.read(file, LARGEST_FILE)?;
    let name = file.display().to_string();
    let compared = contract::read(&text)
        .and_then(|document| Ok((contract::compare(&document)?, contract::answers(&document)?)));
    let (compared, answers) = compared.map_err(|error| refused(&name, &error))?;
    if save {
        keep(&answers, &name, context)?;
    }
    let findings = compared.findings();
    let count = findings.len();
    let Comparison { title, version, format: written, prefix, found, described, .. } = compared;
    let document = ContractReport {
        file: name.clone(),
        format: written,
        title,
        version,
        prefix,
        operations: Operations { ours: CATALOGUE.len(), found, described },
        answers,
        passed: count == 0,
        findings: findings.clone(),
    };
    let report = Report {
        linter: LINTER,
        rule_set: None,
        at: Instant::from_unix(context.now()).to_string(),
        intro: "A description of the service's API, compared with the operations of this program (AN12642 section 4).",
        facts: Vec::new(),
        inputs: vec![Checked { facts: document.facts(), ..Checked::new(&name, &findings, &[]) }],
    };
    let outcome = checked(&report, document, format, context);
    if count == 0 {
        return Ok(outcome);
    }
    let failure = Failure::input(format!("{name}: {}", el2g_findings::count(count, "difference")));
    Ok(outcome.failing(failure.with_hint("what has no command here is reached with `el2g api`")))
}

/// Puts the answers into the profile.
fn keep(answers: &[Answer], file: &str, context: &mut Context) -> Result<()> {
    if answers.is_empty() {
        context
            .console
            .note(format!("{file} answers no open question; the profile stays as it is"));
        return Ok(());
    }
    let profile = context.profile()?.name.clone().ok_or_else(|| {
        Failure::usage("--save: which profile?")
            .with_hint("make one with `el2g config init`, or name it with --profile")
    })?;
    let pairs: Vec<(&str, String)> =
        answers.iter().map(|answer| (answer.key, answer.value.clone())).collect();
    for (key, value) in &pairs {
        context.console.note(format!("{key} = {value}"));
    }
    save_profile(&profile, &pairs, context)?;
    Ok(())
}

fn refused(name: &str, error: &ContractError) -> Failure {
    Failure::input(format!("{name}: {error}"))
}

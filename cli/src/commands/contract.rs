//! `el2g contract`: the service's own OpenAPI file against the operations that this program knows.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use el2g_findings::{Checked, Fact, Finding, Linter, Report, Schema};
use el2g_service_api::CATALOGUE;
use el2g_service_api::contract::{self, CONTRACT_RULES, Comparison, ContractError, LARGEST_FILE};
use el2g_workflows::Failure;
use el2g_x509::Instant;
use serde::Serialize;

use crate::Result;
use crate::context::Context;
use crate::output::Outcome;
use crate::report_format::{FormatArguments, checked};

/// Compare the service's own description with what this program knows.
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
    #[command(after_help = "Example:\n  el2g contract check --openapi openapi.json")]
    Check {
        /// The service's OpenAPI file in JSON or YAML; `-` is standard input
        #[arg(long, value_name = "FILE")]
        openapi: PathBuf,
        #[command(flatten)]
        format: FormatArguments,
    },
}

/// Runs the verb.
pub fn run(arguments: Arguments, context: &mut Context) -> Result<Outcome> {
    let Verb::Check { openapi, format } = arguments.verb;
    check(&openapi, &format, context)
}

const SCHEMA: Schema = Schema("el2g/contract-report/1");

static LINTER: Linter = Linter {
    command: "contract check",
    title: "Contract check",
    noun: "description",
    limits: "Not compared: lengths, patterns, `null`, headers and error answers.",
    rules: CONTRACT_RULES,
};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ContractReport {
    file: String,
    format: String,
    title: String,
    version: String,
    prefix: String,
    operations: Operations,
    passed: bool,
    findings: Vec<Finding>,
}

#[derive(Serialize)]
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
        facts
    }
}

fn check(file: &Path, format: &FormatArguments, context: &mut Context) -> Result<Outcome> {
    let format = format.chosen(None, context)?;
    let text = context.input.read(file, LARGEST_FILE)?;
    let name = file.display().to_string();
    let compared = contract::read(&text).and_then(|document| contract::compare(&document));
    let compared = compared.map_err(|error| refused(&name, &error))?;
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
    let outcome = checked(&report, SCHEMA, document, format, context);
    if count == 0 {
        return Ok(outcome);
    }
    let failure = Failure::input(format!("{name}: {}", el2g_findings::count(count, "difference")));
    Ok(outcome.failing(failure.with_hint("what has no command here is reached with `el2g api`")))
}

fn refused(name: &str, error: &ContractError) -> Failure {
    Failure::input(format!("{name}: {error}"))
}

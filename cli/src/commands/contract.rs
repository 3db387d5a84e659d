//! `el2g contract`: the service's own OpenAPI file against the operations that this program knows.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use el2g_service_api::CATALOGUE;
use el2g_service_api::contract::{self, Comparison, ContractError, Difference, LARGEST_FILE};
use el2g_text::one_line;
use el2g_workflows::Failure;
use serde::Serialize;

use crate::Result;
use crate::context::Context;
use crate::output::{Human, Outcome};

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
    },
}

/// Runs the verb.
pub fn run(arguments: Arguments, context: &mut Context) -> Result<Outcome> {
    let Verb::Check { openapi } = arguments.verb;
    check(&openapi, context)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Checked {
    file: String,
    format: String,
    title: String,
    version: String,
    prefix: String,
    operations: Operations,
    passed: bool,
    differences: Vec<Difference>,
}

#[derive(Serialize)]
struct Operations {
    ours: usize,
    found: usize,
    described: usize,
}

impl Human for Checked {
    fn human(&self) -> String {
        let Operations { ours, found, described } = self.operations;
        let title = format!("{} {}", self.title, self.version);
        let mut text = format!(
            "{}: {}, {}; {found} of our {ours} operations, {described} in the file",
            one_line(&self.file),
            one_line(&self.format),
            one_line(title.trim()),
        );
        if !self.prefix.is_empty() {
            text.push_str(&format!(", below {}", one_line(&self.prefix)));
        }
        text.push('\n');
        let mut operation = None;
        for difference in &self.differences {
            let Difference { method, path, operation: name, .. } = difference;
            if operation.replace((method, path)) != Some((method, path)) {
                let named = if name.is_empty() { String::new() } else { format!(" ({name})") };
                let line = format!("{method} {path}{named}");
                // Writing to a string cannot fail.
                let _ = writeln!(text, "{}", one_line(&line));
            }
            let _ = writeln!(text, "  {}", one_line(&difference.to_string()));
        }
        let _ = writeln!(text, "{}", counted(self.differences.len()));
        text
    }
}

fn counted(differences: usize) -> String {
    match differences {
        0 => "no difference".to_owned(),
        1 => "1 difference".to_owned(),
        more => format!("{more} differences"),
    }
}

fn check(file: &Path, context: &mut Context) -> Result<Outcome> {
    let text = context.input.read(file, LARGEST_FILE)?;
    let name = file.display().to_string();
    let compared = contract::read(&text).and_then(|document| contract::compare(&document));
    let Comparison { title, version, format, prefix, found, described, differences } =
        compared.map_err(|error| refused(&name, &error))?;
    let count = differences.len();
    let outcome = Outcome::of(Checked {
        file: name.clone(),
        format,
        title,
        version,
        prefix,
        operations: Operations { ours: CATALOGUE.len(), found, described },
        passed: count == 0,
        differences,
    });
    if count == 0 {
        return Ok(outcome);
    }
    let failure = Failure::input(format!("{name}: {}", counted(count)));
    Ok(outcome.failing(failure.with_hint("what has no command here is reached with `el2g api`")))
}

fn refused(name: &str, error: &ContractError) -> Failure {
    Failure::input(format!("{name}: {error}"))
}

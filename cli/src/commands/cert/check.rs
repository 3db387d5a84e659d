//! `el2g cert check`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use el2g_cert_profile::reports::{self, Style};
use el2g_cert_profile::{Checker, Report, Severity, read_one_request};
use el2g_workflows::Failure;
use el2g_x509::Instant;
use serde::Serialize;

use super::{moment, reference, rule_set, sources, verdict};
use crate::Result;
use crate::context::Context;
use crate::input::SMALL_FILE;
use crate::output::{Human, Outcome, OutputFormat};

/// Check intermediate certificates against section 6 of AN12642, rule by rule.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  el2g cert check intermediate.pem --root root.pem --csr intermediate.csr\n  el2g cert check certs/ --root root.pem --format sarif"
)]
pub struct Arguments {
    /// Certificates: files (PEM with one or more, DER, JSON answers), folders, patterns, or `-`
    #[arg(required = true, value_name = "CERT")]
    certificates: Vec<PathBuf>,
    /// The root that signed them; without it the rules that need it are not checked
    #[arg(long, value_name = "FILE")]
    root: Option<PathBuf>,
    /// The request they answer; without it the rules that need it are not checked
    #[arg(long, value_name = "FILE")]
    csr: Option<PathBuf>,
    /// Rule set: annex6, api-algorithms, or a TOML file that inherits one of them
    #[arg(long, value_name = "RULES", default_value = "annex6")]
    rules: String,
    /// Check as at this time (RFC 3339), instead of now
    #[arg(long, value_name = "TIME")]
    at: Option<Instant>,
    /// Form of the report
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
    /// Lightest finding that fails a certificate
    #[arg(long, value_name = "SEVERITY", default_value = "error")]
    fail_on: FailOn,
    /// Fail when a rule was not checked
    #[arg(long)]
    require_complete: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Text for people
    Human,
    /// One JSON document
    Json,
    /// SARIF 2.1.0, for code-scanning tools
    Sarif,
    /// JUnit XML, for CI servers
    Junit,
    /// Annotations of GitHub Actions
    Github,
    /// One page with everything in it, for auditors
    Html,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FailOn {
    /// Fatal findings and errors
    Error,
    /// Warnings too
    Warning,
    /// Notes too
    Note,
}

/// A report as text, and as JSON when that is asked for.
#[derive(Serialize)]
struct Answer {
    #[serde(flatten)]
    report: Report,
    #[serde(skip)]
    text: String,
}

impl Human for Answer {
    fn human(&self) -> String {
        self.text.clone()
    }
}

/// Reads, judges, reports.
pub fn run(arguments: Arguments, context: &mut Context) -> Result<Outcome> {
    let format = chosen_format(arguments.format, context)?;
    let rules = rule_set(&arguments.rules, context)?;
    let at = moment(arguments.at, context);
    let root =
        arguments.root.as_deref().map(|path| reference(path, "the root", context)).transpose()?;
    let request = arguments.csr.as_deref().map(|path| request(path, context)).transpose()?;
    let mut checker = Checker::new(&rules, at).failing_on(match arguments.fail_on {
        FailOn::Error => Severity::Error,
        FailOn::Warning => Severity::Warning,
        FailOn::Note => Severity::Note,
    });
    if let Some(root) = &root {
        checker = checker.with_root(root)?;
    }
    if let Some(request) = &request {
        checker = checker.with_request(request)?;
    }
    if format == Format::Html {
        checker = checker.describing();
    }
    let files = sources::files(&arguments.certificates)?;
    let report = checker.report(sources::judge(&files, &checker, context)?);
    let failure = verdict(&report, arguments.require_complete);
    let text = text(&report, format, context.console.style());
    let outcome = Outcome::of(Answer { report, text });
    Ok(match failure {
        Some(failure) => outcome.failing(failure),
        None => outcome,
    })
}

fn request(path: &std::path::Path, context: &mut Context) -> Result<Vec<u8>> {
    let bytes = context.input.read(path, SMALL_FILE)?;
    read_one_request(&bytes)
        .map(|(_, der)| der)
        .map_err(|error| Failure::input(format!("{}: the request: {error}", path.display())))
}

/// `--format`, else `-o`; where both are named they must say the same.
fn chosen_format(format: Option<Format>, context: &mut Context) -> Result<Format> {
    let named = match context.everywhere.output {
        None => None,
        Some(OutputFormat::Human) => Some(Format::Human),
        Some(OutputFormat::Json) => Some(Format::Json),
    };
    let format = match (format, named) {
        (Some(format), Some(named)) if format != named => {
            return Err(Failure::usage(
                "--format and --output name different forms, name one of them",
            ));
        }
        (Some(format), _) | (None, Some(format)) => format,
        (None, None) if context.console.format() == OutputFormat::Json => Format::Json,
        (None, None) => Format::Human,
    };
    let printed = if format == Format::Json { OutputFormat::Json } else { OutputFormat::Human };
    context.console = context.console.in_format(printed);
    Ok(format)
}

fn text(report: &Report, format: Format, style: Style) -> String {
    match format {
        Format::Json => String::new(),
        Format::Human => reports::human(report, style),
        Format::Sarif => reports::sarif(report),
        Format::Junit => reports::junit(report),
        Format::Github => reports::github(report),
        Format::Html => reports::html(report),
    }
}

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

/// Check intermediate certificates against section 6 of AN12642, or device certificates up to their root, rule by rule.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  el2g cert check intermediate.pem --root root.pem --csr intermediate.csr\n  el2g cert check certs/ --root root.pem --format sarif --out certs.sarif\n  el2g cert check device.pem --intermediate intermediate.pem --root root.pem"
)]
pub struct Arguments {
    /// Certificates: files (PEM with one or more, DER, JSON answers), folders, patterns, or `-`
    #[arg(required = true, value_name = "CERT")]
    certificates: Vec<PathBuf>,
    /// The root that signed them; without it the rules that need it are not checked
    #[arg(long, value_name = "FILE")]
    root: Option<PathBuf>,
    /// The intermediate that issued them: they are device certificates, checked leaf to intermediate to root,
    /// name constraints of the two CAs included
    #[arg(long, value_name = "FILE", conflicts_with = "csr")]
    intermediate: Option<PathBuf>,
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
    /// Where the report goes, instead of stdout; without --format its ending decides: .html, .sarif, .json, .xml (JUnit)
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
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

/// What is said of a report that went into a file.
#[derive(Serialize)]
struct Written {
    file: Option<String>,
    passed: bool,
    complete: bool,
}

impl Human for Written {
    /// Nothing: that the file was written is said on stderr.
    fn human(&self) -> String {
        String::new()
    }
}

impl Human for Answer {
    fn human(&self) -> String {
        self.text.clone()
    }
}

/// Reads, judges, reports.
pub fn run(arguments: Arguments, context: &mut Context) -> Result<Outcome> {
    let out = context.output_or_stdout(arguments.out.as_deref())?;
    let by_ending = out.as_ref().and_then(|file| Format::of_ending(file.path()));
    let format = chosen_format(arguments.format, by_ending, out.is_some(), context)?;
    let rules = rule_set(&arguments.rules, context)?;
    let at = moment(arguments.at, context);
    let root =
        arguments.root.as_deref().map(|path| reference(path, "the root", context)).transpose()?;
    let intermediate = arguments
        .intermediate
        .as_deref()
        .map(|path| reference(path, "the intermediate", context))
        .transpose()?;
    let request = arguments.csr.as_deref().map(|path| request(path, context)).transpose()?;
    let mut checker = Checker::new(&rules, at).failing_on(match arguments.fail_on {
        FailOn::Error => Severity::Error,
        FailOn::Warning => Severity::Warning,
        FailOn::Note => Severity::Note,
    });
    if let Some(intermediate) = &intermediate {
        checker = checker.with_intermediate(intermediate)?;
    }
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
    let outcome = if out.is_some() {
        let text = match format {
            Format::Json => json(&report)?,
            _ => text(&report, format, Style::Plain),
        };
        let file = context.write_and_note(out, &text)?;
        Outcome::of(Written { file, passed: report.passed, complete: report.complete })
    } else {
        let text = text(&report, format, context.console.style());
        Outcome::of(Answer { report, text })
    };
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

impl Format {
    /// The form a file's ending stands for.
    fn of_ending(path: &std::path::Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "html" | "htm" => Some(Self::Html),
            "sarif" => Some(Self::Sarif),
            "json" => Some(Self::Json),
            "xml" => Some(Self::Junit),
            "txt" => Some(Self::Human),
            _ => None,
        }
    }
}

fn json(report: &Report) -> Result<String> {
    serde_json::to_string_pretty(report)
        .map(|text| text + "\n")
        .map_err(|error| Failure::bug(format!("the report is no JSON: {error}")))
}

/// `--format`, else what the file's ending stands for, else `-o`. Where the report goes to stdout, `--format` and `-o`
/// must say the same; where it goes to a file, `-o` is about what is said on stdout.
fn chosen_format(
    format: Option<Format>,
    by_ending: Option<Format>,
    into_file: bool,
    context: &mut Context,
) -> Result<Format> {
    if into_file && let Some(format) = format.or(by_ending) {
        return Ok(format);
    }
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

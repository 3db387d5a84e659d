//! `el2g cert check`.

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use el2g_cert_profile::reports::{self, StreamedForm};
use el2g_cert_profile::{Checker, Report, RuleSet, Severity};
use el2g_findings::{Style, Tally};
use el2g_text::json_text;
use el2g_workflows::Failure;
use el2g_x509::Instant;
use el2g_x509::decoded::kept::{KeptCertificate, KeptRequest};
use serde::Serialize;

use super::{moment, reference, rule_set, sources, verdict};
use crate::Result;
use crate::context::Context;
use crate::document::Json;
use crate::indicator::Counter;
use crate::input::SMALL_FILE;
use crate::output::{Console, Human, Outcome};
use crate::output_help::output_help;
use crate::output_kind::OutputKind;
use crate::output_places::OutputPath;
use crate::report_format::{FormatArguments, ReportFormat};

/// Check intermediate certificates against section 6 of AN12642, or device certificates up to their root, rule by rule.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  el2g cert check intermediate.pem --root root.pem --csr intermediate.csr\n  el2g cert check certs/ --root root.pem --format sarif --out certs.sarif\n  el2g cert check device.pem --intermediate intermediate.pem --root root.pem"
)]
pub struct Arguments {
    /// Certificates: files (PEM with one or more, DER, JSON answers), folders, patterns, or `-`
    #[arg(required = true, value_name = "CERT")]
    certificates: Vec<PathBuf>,
    /// Root that signed them; without it the rules that need it are not checked
    #[arg(long, value_name = "FILE")]
    root: Option<PathBuf>,
    /// The intermediate that issued them: they are device certificates, checked leaf to intermediate to root,
    /// name constraints of the two CAs included
    #[arg(long, value_name = "FILE", conflicts_with = "csr")]
    intermediate: Option<PathBuf>,
    /// Request that they answer; its own signature is checked too. Without it the rules that need it are not checked
    #[arg(long, value_name = "FILE")]
    csr: Option<PathBuf>,
    /// Rule set to check by: annex6 (AN12642 section 6), api-algorithms, or a TOML file that inherits one of them
    #[arg(long, value_name = "NAME|FILE", default_value = "annex6")]
    rules: String,
    /// Check as at this time (RFC 3339), instead of now
    #[arg(long, value_name = "TIME")]
    at: Option<Instant>,
    #[command(flatten)]
    format: FormatArguments,
    #[arg(long, value_name = "FILE", help = output_help!(report "the report", or stdout; "Without --format the ending of FILE decides: .html, .sarif, .json or .xml (JUnit)"))]
    out: Option<OutputPath>,
    /// Lightest finding that fails a certificate
    #[arg(long, value_name = "SEVERITY", default_value = "error")]
    fail_on: FailOn,
    /// Fail when a rule was not checked
    #[arg(long)]
    require_complete: bool,
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

/// The inputs of a check, as they are counted.
const THINGS: &str = "certificates";

/// A report as text, whatever form it has.
struct Answer(String);

impl Json for Answer {
    fn json(&self) -> serde_json::Result<String> {
        serde_json::to_string(&self.0).map(|text| json_text(&text))
    }
}

impl Human for Answer {
    fn human(&self) -> String {
        self.0.clone()
    }
}

/// What is said of a report that went into a file.
#[derive(Serialize, schemars::JsonSchema)]
pub struct Written {
    file: Option<String>,
    passed: bool,
    complete: bool,
}

impl Written {
    fn of(file: Option<String>, tally: &Tally) -> Self {
        Self { file, passed: tally.failed == 0, complete: tally.incomplete == 0 }
    }
}

impl Human for Written {
    /// Nothing: that the file was written is said on stderr.
    fn human(&self) -> String {
        String::new()
    }
}

/// Reads, checks, reports.
pub fn run(arguments: Arguments, context: &mut Context) -> Result<Outcome> {
    let out = context.output_or_stdout(OutputKind::Report, arguments.out.as_deref())?;
    let format = arguments.format.chosen(out.as_ref().map(|file| file.path()), context)?;
    let style = if out.is_some() { Style::Plain } else { context.console.style() };
    let check = Check {
        references: References::read(&arguments, format, context)?,
        sources: sources::Sources::find(&arguments.certificates, context)?,
        require_complete: arguments.require_complete,
    };
    let console = context.console;
    match (Form::of(format, style), out) {
        (Form::Streamed(form), None) => Ok(Outcome::stream(Box::new(move |_, stdout| {
            let counter = Counter::beside_stdout(console, THINGS);
            let tally = check.stream(&check.references.checker(), form, stdout, counter)?;
            check.failure(&tally).map_or(Ok(()), |failure| Err(failure.into()))
        }))),
        (Form::Streamed(form), Some(file)) => {
            let name = file.path().display().to_string();
            let checker = check.references.checker();
            let counter = Some(Counter::new(console, THINGS));
            let tally = file.write_with(|file| {
                let mut file = BufWriter::new(file);
                let tally = check.stream(&checker, form, &mut file, counter)?;
                file.flush().map(|()| tally)
            })?;
            context.console.note(format!("wrote {name}"));
            Ok(check.outcome(Written::of(Some(name), &tally), &tally))
        }
        (Form::Whole(text), out) => {
            let report = check.whole(context.console)?;
            let tally = report.tally();
            let text = text(&report);
            if out.is_none() {
                return Ok(check.outcome(Answer(text), &tally));
            }
            let name = context.write_and_note(out, &text)?;
            Ok(check.outcome(Written::of(name, &tally), &tally))
        }
    }
}

/// The rules, the moment, and what certificates are compared with.
struct References {
    rules: RuleSet,
    at: Instant,
    fail_on: Severity,
    describe: bool,
    root: Option<KeptCertificate>,
    intermediate: Option<KeptCertificate>,
    request: Option<KeptRequest>,
}

impl References {
    fn read(arguments: &Arguments, format: ReportFormat, context: &mut Context) -> Result<Self> {
        let mut certificate = |path: &Option<PathBuf>, role| {
            path.as_deref().map(|path| reference(path, role, context)).transpose()
        };
        let root = certificate(&arguments.root, "the root")?;
        let intermediate = certificate(&arguments.intermediate, "the intermediate")?;
        Ok(Self {
            rules: rule_set(&arguments.rules, context)?,
            at: moment(arguments.at, context),
            fail_on: match arguments.fail_on {
                FailOn::Error => Severity::Error,
                FailOn::Warning => Severity::Warning,
                FailOn::Note => Severity::Note,
            },
            describe: format == ReportFormat::Html,
            root,
            intermediate,
            request: arguments.csr.as_deref().map(|path| request(path, context)).transpose()?,
        })
    }

    fn checker(&self) -> Checker<'_> {
        let mut checker = Checker::new(&self.rules, self.at).failing_on(self.fail_on);
        if let Some(intermediate) = &self.intermediate {
            checker = checker.with_intermediate(intermediate.decoded());
        }
        if let Some(root) = &self.root {
            checker = checker.with_root(root.decoded());
        }
        if let Some(request) = &self.request {
            checker = checker.with_request(request.decoded());
        }
        if self.describe { checker.describing() } else { checker }
    }
}

/// The certificates to check, and what they are checked against.
struct Check {
    references: References,
    sources: sources::Sources,
    require_complete: bool,
}

impl Check {
    /// Writes the report certificate by certificate: memory does not grow with their number.
    fn stream(
        &self,
        checker: &Checker<'_>,
        form: StreamedForm,
        out: &mut dyn Write,
        mut counter: Option<Counter>,
    ) -> io::Result<Tally> {
        let around = checker.report(Vec::new());
        out.write_all(form.head(&around).as_bytes())?;
        let mut total = Tally::default();
        self.sources.judge(
            checker,
            |report| (form.certificate(&report), Tally::of_one(&report.checked())),
            |(text, tally)| {
                let separator = if total.inputs == 0 { "" } else { form.separator() };
                total.add(tally);
                if let Some(counter) = &mut counter {
                    counter.add(1);
                }
                out.write_all(separator.as_bytes())?;
                out.write_all(text.as_bytes())
            },
        )?;
        out.write_all(form.tail(&around, &total).as_bytes())?;
        Ok(total)
    }

    /// All reports together.
    fn whole(&self, console: Console) -> Result<Report> {
        let mut counter = Counter::new(console, THINGS);
        let checker = self.references.checker();
        let mut reports = Vec::new();
        self.sources.judge(
            &checker,
            |report| report,
            |report| {
                counter.add(1);
                reports.push(report);
                Ok::<(), Failure>(())
            },
        )?;
        Ok(checker.report(reports))
    }

    fn failure(&self, tally: &Tally) -> Option<Failure> {
        verdict(tally, self.require_complete)
    }

    fn outcome(&self, answer: impl Json + Human + 'static, tally: &Tally) -> Outcome {
        let outcome = Outcome::of(answer).listing();
        match self.failure(tally) {
            Some(failure) => outcome.failing(failure),
            None => outcome,
        }
    }
}

fn request(path: &std::path::Path, context: &mut Context) -> Result<KeptRequest> {
    let bytes = context.read_text(path, SMALL_FILE)?;
    KeptRequest::read(&bytes).map_err(|error| {
        Failure::from(error).about(format_args!("{}: the request", path.display()))
    })
}

/// How a form is written.
enum Form {
    /// Certificate by certificate.
    Streamed(StreamedForm),
    /// At once: it begins with what is only known at the end.
    Whole(fn(&Report) -> String),
}

impl Form {
    fn of(format: ReportFormat, style: Style) -> Self {
        match format {
            ReportFormat::Human => Self::Streamed(StreamedForm::Human(style)),
            ReportFormat::Json => Self::Streamed(StreamedForm::Json),
            ReportFormat::Github => Self::Streamed(StreamedForm::Github),
            ReportFormat::Sarif => Self::Whole(reports::sarif),
            ReportFormat::Junit => Self::Whole(reports::junit),
            ReportFormat::Html => Self::Whole(reports::html),
        }
    }
}

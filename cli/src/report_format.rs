//! The form of a report: one flag, and one way to print, for every command that checks.

use std::path::Path;

use clap::{Args, ValueEnum};
use el2g_findings::{Report, github, html, human, junit, sarif};
use el2g_workflows::Failure;

use crate::Result;
use crate::context::Context;
use crate::document::{self, Documented, Json};
use crate::output::{Human, Outcome, OutputFormat};

/// The flag.
#[derive(Args)]
pub struct FormatArguments {
    /// Form of the report
    #[arg(long, value_name = "FORMAT")]
    format: Option<ReportFormat>,
}

/// A form of reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
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
    /// One self-contained page, for auditors
    Html,
}

impl ReportFormat {
    /// The form a file's ending stands for.
    fn of_ending(path: &Path) -> Option<Self> {
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

impl FormatArguments {
    /// `--format`, else what the ending of `file` stands for, else `-o`. Where the report goes to stdout, `--format` and
    /// `-o` must say the same; where it goes to a file, `-o` is about what is said on stdout.
    pub fn chosen(&self, file: Option<&Path>, context: &mut Context) -> Result<ReportFormat> {
        if let Some(file) = file
            && let Some(format) = self.format.or_else(|| ReportFormat::of_ending(file))
        {
            return Ok(format);
        }
        let named = context.everywhere.output.map(|format| match format {
            OutputFormat::Human => ReportFormat::Human,
            OutputFormat::Json => ReportFormat::Json,
        });
        let format = match (self.format, named) {
            (Some(format), Some(named)) if format != named => {
                return Err(Failure::usage(
                    "--format and --output name different forms, name one of them",
                ));
            }
            (Some(format), _) | (None, Some(format)) => format,
            (None, None) if context.console.format() == OutputFormat::Json => ReportFormat::Json,
            (None, None) => ReportFormat::Human,
        };
        let printed =
            if format == ReportFormat::Json { OutputFormat::Json } else { OutputFormat::Human };
        context.console = context.console.in_format(printed);
        Ok(format)
    }
}

/// A report as its JSON document, and as text in the form that was asked for.
struct Answer<T> {
    document: T,
    text: String,
}

impl<T: Documented> Json for Answer<T> {
    fn json(&self) -> serde_json::Result<String> {
        document::pretty(&self.document)
    }
}

impl<T> Human for Answer<T> {
    fn human(&self) -> String {
        self.text.clone()
    }
}

/// The outcome of a check: its report, of which `document` is the JSON.
pub fn checked(
    report: &Report<'_>,
    document: impl Documented + 'static,
    format: ReportFormat,
    context: &Context,
) -> Outcome {
    let text = match format {
        ReportFormat::Human => human::human(report, context.console.style()),
        ReportFormat::Json => String::new(),
        ReportFormat::Sarif => sarif(report),
        ReportFormat::Junit => junit(report),
        ReportFormat::Github => github::github(report),
        ReportFormat::Html => html::html(report, |_| None),
    };
    Outcome::of(Answer { document, text }).listing()
}

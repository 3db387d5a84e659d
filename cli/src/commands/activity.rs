//! `el2g activity` (AN12642 4.7.1).

use clap::{Args, Subcommand};
use el2g_service_api::activity::{CreateActivityReport, MonthYear, ReportPeriod};
use el2g_service_api::{NoPath, NoQuery};
use el2g_workflows::Failure;
use serde::Serialize;

use crate::Result;
use crate::context::Context;
use crate::online::Online;
use crate::output::{Human, Outcome};
use crate::output_help::output_help;
use crate::output_kind::OutputKind;
use crate::output_places::OutputPath;

/// Reports about the account.
#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Print the events per month as CSV
    #[command(
        after_help = "Example:\n  el2g activity report --from 2026-01 --to 2026-03 --out report.csv"
    )]
    Report {
        /// First month, such as 2026-01
        #[arg(long, value_name = "YYYY-MM", value_parser = month)]
        from: MonthYear,
        /// Last month, included; without it, the first month alone
        #[arg(long, value_name = "YYYY-MM", value_parser = month)]
        to: Option<MonthYear>,
        #[arg(long, value_name = "FILE", help = output_help!(report "the report", or stdout))]
        out: Option<OutputPath>,
    },
}

#[derive(Serialize, schemars::JsonSchema)]
pub struct Report {
    csv: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
}

impl Human for Report {
    fn human(&self) -> String {
        if self.file.is_some() {
            return String::new();
        }
        let end = if self.csv.ends_with('\n') { "" } else { "\n" };
        format!("{}{end}", self.csv)
    }
}

/// Runs one verb.
pub fn run(arguments: Arguments, context: &mut Context) -> Result<Outcome> {
    let Verb::Report { from, to, out } = arguments.verb;
    let to = to.unwrap_or(from);
    if (to.year, to.month) < (from.year, from.month) {
        return Err(Failure::usage("--to is before --from"));
    }
    let body = ReportPeriod::new(from, to);
    let online = Online::open(context)?;
    if let Some(printed) = online.dry_run::<CreateActivityReport>(&NoPath, &NoQuery {}, &body)? {
        return Ok(printed);
    }
    let csv = online.call::<CreateActivityReport>(&NoPath, &NoQuery {}, &body)?;
    if csv.trim().is_empty() || csv.trim_start().starts_with(['<', '{']) {
        return Err(Failure::unavailable(
            "the service answered something that is not an activity report: expected CSV",
        )
        .with_hint("check the base URL and what stands between: a proxy may have answered"));
    }
    let file = match out {
        None => None,
        Some(path) => {
            context.output(OutputKind::Report, &path)?.write(csv.as_bytes())?;
            context.console.note(format!("wrote {}", path.display()));
            Some(path.display().to_string())
        }
    };
    Ok(Outcome::of(Report { csv, file }))
}

fn month(text: &str) -> std::result::Result<MonthYear, String> {
    let wanted = || "expected a month such as 2026-01".to_owned();
    let (year, month) = text.split_once('-').ok_or_else(wanted)?;
    let digits = |text: &str, len| text.len() == len && text.bytes().all(|b| b.is_ascii_digit());
    if !digits(year, 4) || !digits(month, 2) {
        return Err(wanted());
    }
    let (year, month) = (year.parse().map_err(|_| wanted())?, month.parse().map_err(|_| wanted())?);
    if !(1..=12).contains(&month) {
        return Err(wanted());
    }
    Ok(MonthYear { month, year })
}

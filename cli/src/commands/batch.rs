//! `el2g batch`: product-based provisioning, secure objects for devices that the service does not know. Not in AN12642.

use std::collections::BTreeMap;

use clap::{Args, Subcommand};
use el2g_findings::count;
use el2g_key_payload::base64_bytes;
use el2g_service_api::batches::{
    BatchFile, BatchOrder, DownloadBatchFile, DownloadStaticProvisionings, LARGEST_BATCH,
    ProvisioningData, RequestBatch, StaticProvisioningQuery,
};
use el2g_service_api::jobs::{JobPath, JobState};
use el2g_service_api::{NoPath, NoQuery, Operation};
use el2g_service_client::FurtherFields;
use el2g_text::json_text;
use el2g_workflows::{Failure, IdOrName, refusal_fix};
use serde::Serialize;

use crate::Result;
use crate::chosen_group::{GroupArguments, TypedGroup};
use crate::commands::job;
use crate::context::Context;
use crate::online::Online;
use crate::output::{Human, Outcome};
use crate::output_help::output_help;
use crate::output_kind::OutputKind;
use crate::output_places::OutputPath;
use crate::waiting::Waiting;

/// Make secure objects for devices unknown to the service.
#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Have secure objects made for a number of devices, whichever they will be
    ///
    /// It begins a job; `el2g batch download` writes what the job made. A group of whose objects none is made for each
    /// device has no batches: `el2g batch static` writes its objects.
    #[command(
        after_help = "Example:\n  el2g batch create --count 100 --group 474 --product 999340000612 --wait"
    )]
    Create {
        /// Devices to make objects for, 1 to 1000
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=i64::from(LARGEST_BATCH)))]
        count: u32,
        #[command(flatten)]
        group: GroupArguments,
        #[command(flatten)]
        waiting: Waiting,
    },
    /// Write what a job made into a file, as the service answers it
    #[command(
        after_help = "Example:\n  el2g batch download 7d2f9b0e-4c1f-4a53-9a53-2f6e8b1c0d11 --out batch.json --wait"
    )]
    Download {
        /// Id of the job, as `el2g batch create` prints it
        job: String,
        #[arg(long, value_name = "FILE", help = output_help!(kept "the batch in JSON"))]
        out: OutputPath,
        #[command(flatten)]
        waiting: Waiting,
    },
    /// Write what every device of a group gets into a file, as the service answers it
    #[command(
        after_help = "Example:\n  el2g batch static --group 474 --product 999340000612 --out static.json"
    )]
    Static {
        #[command(flatten)]
        group: GroupArguments,
        #[arg(long, value_name = "FILE", help = output_help!(kept "the objects in JSON"))]
        out: OutputPath,
    },
}

#[derive(Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Begun {
    job_id: String,
    /// How it ended, where it was waited for.
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<JobState>,
}

impl Human for Begun {
    fn human(&self) -> String {
        let state = self.state.as_ref().map_or(String::new(), |state| format!("  {state}"));
        format!("{}{state}\n", self.job_id)
    }
}

#[derive(Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Stored {
    file: String,
    static_objects: usize,
    /// `null` where the file has none.
    devices: Option<usize>,
}

impl Human for Stored {
    fn human(&self) -> String {
        let devices = self
            .devices
            .map_or(String::new(), |it| format!(", objects of {}", count(it, "device")));
        let objects = count(self.static_objects, "object");
        format!("{}: {objects} of every device{devices}\n", self.file)
    }
}

/// Runs one verb.
pub fn run(arguments: Arguments, context: &mut Context) -> Result<Outcome> {
    match arguments.verb {
        Verb::Create { count, group, waiting } => {
            let TypedGroup { group, product } = group.chosen(context)?;
            create(count, &group, &product, &waiting, context)
        }
        Verb::Download { job, out, waiting } => download(&job, &out, &waiting, context),
        Verb::Static { group, out } => {
            let TypedGroup { group, product } = group.chosen(context)?;
            let online = Online::open(context)?;
            let group = online.group(&group, &product)?;
            let query =
                StaticProvisioningQuery { nc12: Some(product), device_group_id: Some(group) };
            store::<DownloadStaticProvisionings>(&online, &NoPath, &query, &out, context)
        }
    }
}

/// What spsdk knows of: no object of the group is made for each device.
const NO_DYNAMIC_DATA: &str = "ERR_RTP_400_20";

fn create(
    count: u32,
    group: &IdOrName,
    product: &str,
    waiting: &Waiting,
    context: &mut Context,
) -> Result<Outcome> {
    let nc12: u64 = product.parse().map_err(|_| {
        Failure::usage(format!("--product: expected the 12 digits of a 12NC, found `{product}`"))
    })?;
    let online = Online::open(context)?;
    let group = online.group(group, product)?;
    let body = BatchOrder::new(nc12, group, count);
    if let Some(printed) = online.dry_run::<RequestBatch>(&NoPath, &NoQuery {}, &body)? {
        return Ok(printed);
    }
    let requested =
        online.call::<RequestBatch>(&NoPath, &NoQuery {}, &body).map_err(|failure| {
            match refusal_fix(NO_DYNAMIC_DATA) {
                Some(fix) if failure.to_string().contains(NO_DYNAMIC_DATA) => {
                    failure.with_hint(fix)
                }
                Some(_) | None => failure,
            }
        })?;
    let mut begun = Begun { job_id: requested.job_id, state: None };
    if !waiting.wait {
        return Ok(Outcome::of(begun));
    }
    context.console.note(format!("job {}", begun.job_id));
    let failure = match job::ended(&online, &begun.job_id, waiting, context.console) {
        Ok(job) => {
            let shortfall = job::shortfall(&begun.job_id, &job);
            begun.state = Some(job.state);
            shortfall
        }
        Err(failure) => Some(failure),
    };
    let outcome = Outcome::of(begun);
    Ok(match failure {
        Some(failure) => outcome.failing(failure),
        None => outcome,
    })
}

fn download(
    job_id: &str,
    out: &OutputPath,
    waiting: &Waiting,
    context: &mut Context,
) -> Result<Outcome> {
    let online = Online::open(context)?;
    if waiting.wait && !online.is_dry_run() {
        let job = job::ended(&online, job_id, waiting, context.console)?;
        if let Some(failure) = job::shortfall(job_id, &job) {
            return Err(failure);
        }
    }
    let path = JobPath { job_id: job_id.to_owned() };
    store::<DownloadBatchFile>(&online, &path, &NoQuery {}, out, context)
}

/// Writes what the service answers, with the fields that this program does not know.
fn store<O>(
    online: &Online,
    path: &O::Path,
    query: &O::Query,
    out: &OutputPath,
    context: &mut Context,
) -> Result<Outcome>
where
    O: Operation<Body = (), Reply = BatchFile>,
{
    if let Some(printed) = online.dry_run::<O>(path, query, &())? {
        return Ok(printed);
    }
    let output = context.output(OutputKind::Provisionings, out)?;
    let (file, unknown) = online.wait(online.client().call_whole::<O>(path, query))?;
    check(&file)?;
    let stored = Stored {
        file: out.display().to_string(),
        static_objects: file.static_provisionings.len(),
        devices: file.dynamic_provisionings.value().map(BTreeMap::len),
    };
    let whole = Whole { file, unknown };
    let text = serde_json::to_string_pretty(&whole)
        .map_err(|error| Failure::bug(format!("the answer is not JSON: {error}")))?;
    output.write(json_text(&text).as_bytes())?;
    Ok(Outcome::of(stored))
}

#[derive(Serialize)]
struct Whole {
    #[serde(flatten)]
    file: BatchFile,
    #[serde(flatten)]
    unknown: FurtherFields,
}

/// Every object has bytes.
fn check(file: &BatchFile) -> Result<()> {
    let dynamic = file.dynamic_provisionings.value().into_iter().flat_map(BTreeMap::values);
    let mut all = file.static_provisionings.iter().chain(dynamic.flatten());
    let is_empty =
        |one: &ProvisioningData| base64_bytes(&one.data).is_none_or(|bytes| bytes.is_empty());
    match all.any(is_empty) {
        true => Err(Failure::unavailable(
            "batch: the service answered an object without bytes; nothing was written",
        )),
        false => Ok(()),
    }
}

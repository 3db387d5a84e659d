//! `el2g device register`: devices into a group, with a job that makes their secure objects. Not in AN12642.

use clap::Args;
use el2g_findings::count;
use el2g_service_api::NoQuery;
use el2g_service_api::devices::DeviceIds;
use el2g_service_api::jobs::{JobState, RegisterDevices};
use el2g_workflows::{Failure, FailureKind};
use serde::Serialize;

use crate::Result;
use crate::chosen_group::GroupArguments;
use crate::commands::job;
use crate::context::Context;
use crate::device_parts::{LARGEST_PART, parts};
use crate::listed_devices::{self, ListedDevices};
use crate::online::{DryRun, Online};
use crate::output::{Human, Outcome};
use crate::waiting::Waiting;

/// Register devices in a group, with jobs that make their secure objects: for devices that do not connect themselves.
///
/// Many devices are several jobs of equal size, as NXP's own client makes them.
#[derive(Args)]
#[command(
    after_help = "Example:\n  el2g device register 348555491056936142262187597632590342062080 --group 474 --product 999340000612 --wait\n  el2g device register --in devices.txt --group 474 --product 999340000612"
)]
pub struct Arguments {
    #[command(flatten)]
    which: ListedDevices,
    #[command(flatten)]
    group: GroupArguments,
    /// Most devices of a job, 1 to 500
    #[arg(long, value_name = "N", default_value_t = LARGEST_PART, value_parser = clap::value_parser!(u16).range(1..=i64::from(LARGEST_PART)))]
    chunk: u16,
    #[command(flatten)]
    waiting: Waiting,
}

#[derive(Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Registered {
    device_group_id: u64,
    jobs: Vec<Begun>,
    not_registered: usize,
}

#[derive(Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Begun {
    job_id: String,
    devices: usize,
    /// How it ended, where it was waited for.
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<JobState>,
}

impl Human for Registered {
    fn human(&self) -> String {
        let line = |job: &Begun| {
            let state = job.state.as_ref().map_or(String::new(), |state| format!("  {state}"));
            format!("{}  {}{state}\n", job.job_id, count(job.devices, "device"))
        };
        self.jobs.iter().map(line).collect()
    }
}

pub fn run(arguments: Arguments, context: &mut Context) -> Result<Outcome> {
    let devices = listed_devices::ids(&arguments.which.read(context)?);
    let parts = parts(&devices, usize::from(arguments.chunk));
    let group = arguments.group.chosen(context)?;
    let online = Online::open(context)?;
    let path = group.path(&online)?;
    let device_group_id = path.device_group_id;
    let bodies: Vec<DeviceIds> = parts.iter().map(|part| DeviceIds::new(part.to_vec())).collect();
    if online.is_dry_run() {
        let curl = |body| online.curl::<RegisterDevices>(&path, &NoQuery {}, body);
        return Ok(Outcome::of(DryRun::of(bodies.iter().map(curl).collect::<Result<_>>()?)));
    }
    let mut registered =
        Registered { device_group_id, jobs: Vec::new(), not_registered: devices.len() };
    for body in &bodies {
        match online.call::<RegisterDevices>(&path, &NoQuery {}, body) {
            Ok(job_id) => {
                let job_id = job_id.trim().to_owned();
                let devices = count(body.device_ids.len(), "device");
                context.console.note(format!("job {job_id}: {devices}"));
                registered.not_registered -= body.device_ids.len();
                let devices = body.device_ids.len();
                registered.jobs.push(Begun { job_id, devices, state: None });
            }
            Err(failure) => {
                return Ok(stopped(registered, online.about_product(Some(&path.nc12), failure)));
            }
        }
    }
    if !arguments.waiting.wait {
        return Ok(Outcome::of(registered));
    }
    let mut failure = None;
    for begun in &mut registered.jobs {
        match job::ended(&online, &begun.job_id, &arguments.waiting, context.console) {
            Ok(job) => {
                failure = failure.or(job::shortfall(&begun.job_id, &job));
                begun.state = Some(job.state);
            }
            Err(error) => failure = failure.or(Some(error)),
        }
    }
    let outcome = Outcome::of(registered);
    Ok(match failure {
        Some(failure) => outcome.failing(failure),
        None => outcome,
    })
}

/// Some jobs are there, and the next was refused: what is there is printed with the reason.
fn stopped(registered: Registered, failure: Failure) -> Outcome {
    let (jobs, left) = (registered.jobs.len(), registered.not_registered);
    let outcome = Outcome::of(registered);
    if jobs == 0 {
        return outcome.failing(failure);
    }
    let hint = format!(
        "begun: {}; not registered: {}; run the command again with those: devices that are in the group stay, and the others get a job of their own",
        count(jobs, "job"),
        count(left, "device")
    );
    let is_refused = failure.kind == FailureKind::Refused;
    let kind = if is_refused { FailureKind::Refused } else { FailureKind::Unavailable };
    outcome.failing(Failure::new(kind, failure.to_string()).with_hint(hint))
}

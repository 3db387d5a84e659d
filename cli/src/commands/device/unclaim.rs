//! `el2g device unclaim`: devices out of a group, a few or thousands (AN12642 4.3.10).

use std::cell::RefCell;
use std::collections::HashMap;

use clap::Args;
use el2g_key_payload::sha3_512_hex;
use el2g_service_api::device_groups::GroupPath;
use el2g_service_api::devices::{DeviceIds, UnclaimDevices, UnclaimedDevices};
use el2g_service_api::{DeviceId, NoQuery};
use el2g_text::one_line;
use el2g_workflows::{DeviceUnclaim, Failure, Flow, LeftDevices, ListedDevice};
use serde::Serialize;

use crate::chosen_group::TypedGroup;
use crate::context::Context;
use crate::flow_progress::FlowProgress;
use crate::listed_devices::{self, ListedDevices};
use crate::online::{FlowDryRun, Online};
use crate::output::{Human, Outcome};
use crate::output_help::output_help;
use crate::output_places::OutputPath;
use crate::table::Shown;
use crate::{Result, journals};

/// What to do about devices that were not unclaimed.
const NOT_UNCLAIMED: &str = "are they in this group? `el2g device list --group` shows them";

/// Unclaim devices of a group; a run that was interrupted is resumed by the same command
#[derive(Args)]
#[command(
    after_help = "Example:\n  el2g device unclaim 348555491056936142262187597632590342062080 --group 474 --product 935389312472 --yes\n  el2g device unclaim --in devices.txt --group 474 --product 935389312472 --yes"
)]
pub struct Arguments {
    #[command(flatten)]
    which: ListedDevices,
    #[command(flatten)]
    group: TypedGroup,
    /// Requests at a time for a file, 1 to 64
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=64))]
    jobs: u16,
    /// Devices per request for a file, 1 to 1000
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=1000))]
    chunk: u16,
    #[arg(long, value_name = "FILE", requires = "from", help = output_help!(journal "what is unclaimed"; "[default: in el2g/journals of your state folder]"))]
    journal: Option<OutputPath>,
}

/// Asks once, then unclaims the devices: typed ones in one request, those of a file in chunks.
pub fn run(arguments: Arguments, context: &mut Context) -> Result<Outcome> {
    let devices = arguments.which.read(context)?;
    let online = Online::open(context)?;
    let group = arguments.group.clone().path(&online)?;
    let device_group_id = group.device_group_id;
    let what = format!("Unclaim {} devices of group {device_group_id}", devices.len());
    online.confirm::<UnclaimDevices>(what)?;
    match arguments.which.from {
        Some(_) => unclaim_list(&arguments, group, &devices, &online, context),
        None => {
            let body = DeviceIds::new(listed_devices::ids(&devices));
            online.answer::<UnclaimDevices>(&group, &NoQuery {}, &body, unclaimed)
        }
    }
}

/// What was unclaimed; devices that were not make it a failure.
fn unclaimed(reply: UnclaimedDevices) -> Outcome {
    let failed = reply.failed_device_ids.value().map_or(0, Vec::len);
    let outcome = Outcome::of(Shown(reply));
    if failed == 0 {
        return outcome;
    }
    let failure = Failure::refused(format!("{failed} devices were not unclaimed"));
    outcome.failing(failure.with_hint(NOT_UNCLAIMED))
}

fn unclaim_list(
    arguments: &Arguments,
    group: GroupPath,
    devices: &[ListedDevice],
    online: &Online,
    context: &Context,
) -> Result<Outcome> {
    let device_group_id = group.device_group_id;
    let unclaim = DeviceUnclaim {
        group,
        devices: listed_devices::ids(devices),
        chunk: arguments.chunk.into(),
        jobs: arguments.jobs.into(),
    };
    let summary = RefCell::default();
    let plan = unclaim.plan(online.client(), &summary);
    if online.is_dry_run() {
        return FlowDryRun::of(&plan);
    }
    let service = online.client().settings().base_url.to_string();
    let subject = unclaim.subject(&service);
    let listed: Vec<&str> = unclaim.devices.iter().map(DeviceId::as_str).collect();
    let list = sha3_512_hex(listed.join("\n").as_bytes());
    let name = format!("{device_group_id} of {} {list}", arguments.group.product);
    let named = arguments.journal.as_deref();
    let mut journal =
        journals::open(named, Flow::UnclaimDevices, &service, &name, &subject, context)?;
    let progress = FlowProgress::new(context.console, "devices");
    let failure = online.wait(plan.run(Some(&mut journal), &progress)).err();
    drop(progress);
    let failure = failure.map(|it| online.about_product(Some(&arguments.group.product), it));
    let summary = Summary::new(device_group_id, summary.into_inner(), devices);
    let failed = summary.failed.len();
    let outcome = Outcome::of(summary);
    Ok(match failure {
        Some(failure) => outcome.failing(failure),
        None if failed > 0 => {
            let failure = Failure::refused(format!("{failed} devices were not unclaimed"));
            outcome.failing(failure.with_hint(NOT_UNCLAIMED))
        }
        None => outcome,
    })
}

/// What came of a file of devices.
#[derive(Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    device_group_id: u64,
    unclaimed: usize,
    failed: Vec<Failed>,
    not_sent: usize,
}

/// A device that was not unclaimed, as it was given.
#[derive(Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Failed {
    device_id: DeviceId,
    given: String,
    line: Option<u64>,
}

impl Summary {
    fn new(device_group_id: u64, left: LeftDevices, given: &[ListedDevice]) -> Self {
        let LeftDevices { unclaimed, failed, not_sent } = left;
        let given: HashMap<&DeviceId, &ListedDevice> =
            given.iter().map(|device| (&device.id, device)).collect();
        let failed = failed.into_iter().map(|device_id| {
            let known = given.get(&device_id);
            let written = known.map_or_else(|| device_id.to_string(), |it| it.written.clone());
            Failed { line: known.and_then(|it| it.line), given: written, device_id }
        });
        let mut failed: Vec<Failed> = failed.collect();
        failed.sort_by_key(|failed| failed.line);
        Self { device_group_id, unclaimed, failed, not_sent }
    }
}

impl Human for Summary {
    fn human(&self) -> String {
        let Self { unclaimed, failed, not_sent, .. } = self;
        let count = failed.len();
        let mut text = format!("unclaimed {unclaimed}, failed {count}, not sent {not_sent}\n");
        for failed in failed {
            let line = failed.line.map_or(String::new(), |line| format!("line {line}: "));
            text.push_str(&format!("{line}not unclaimed {}\n", one_line(&failed.given)));
        }
        text
    }
}

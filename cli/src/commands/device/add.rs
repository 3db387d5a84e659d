//! `el2g device add`: devices into a group, a few or a hundred thousand (AN12642 4.1.2).

use std::cell::RefCell;
use std::collections::HashMap;

use clap::Args;
use el2g_service_api::DeviceId;
use el2g_text::one_line;
use el2g_workflows::{
    AddedDevices, DeviceAddition, Failure, FailureKind, ListedDevice, RefusedDevice,
};
use serde::Serialize;

use crate::Result;
use crate::chosen_group::GroupArguments;
use crate::context::Context;
use crate::flow_progress::FlowProgress;
use crate::listed_devices::{self, ListedDevices};
use crate::online::{FlowDryRun, Online};
use crate::output::{Human, Outcome};

/// Add devices to a group; can be run again, because devices that are in it stay.
#[derive(Args)]
#[command(
    after_help = "Example:\n  el2g device add 0x040050011ce89d305cf379041f1d12946680 --group 474 --product 935389312472\n  el2g device add --in devices.txt --jobs 8 --group 474 --product 935389312472\n  el2g device add --in line-7.csv --column uid --group 474 --product 935389312472"
)]
pub struct Arguments {
    #[command(flatten)]
    which: ListedDevices,
    #[command(flatten)]
    group: GroupArguments,
    /// Requests at a time, 1 to 64
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=64))]
    jobs: u16,
    /// Devices per request, 1 to 1000
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=1000))]
    chunk: u16,
}

#[derive(Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    device_group_id: u64,
    added: usize,
    new: Option<usize>,
    already_there: Option<usize>,
    refused: Vec<Refused>,
    not_sent: usize,
}

/// A device that was refused, as it was given.
#[derive(Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Refused {
    #[serde(flatten)]
    device: RefusedDevice,
    given: String,
    line: Option<u64>,
}

impl Summary {
    fn new(device_group_id: u64, result: AddedDevices, given: &[ListedDevice]) -> Self {
        let AddedDevices { added, new, already_there, refused, not_sent } = result;
        let given: HashMap<&DeviceId, &ListedDevice> =
            given.iter().map(|device| (&device.id, device)).collect();
        let refused = refused.into_iter().map(|device| match given.get(&device.device_id) {
            Some(given) => Refused { given: given.written.clone(), line: given.line, device },
            None => Refused { given: device.device_id.to_string(), line: None, device },
        });
        let mut refused: Vec<Refused> = refused.collect();
        let place = |refused: &Refused| (refused.line, refused.device.device_id.clone());
        refused.sort_by_cached_key(place);
        Self { device_group_id, added, new, already_there, refused, not_sent }
    }
}

impl Human for Summary {
    fn human(&self) -> String {
        let Self { added, refused, not_sent, .. } = self;
        let mut text = match (self.new, self.already_there) {
            (Some(new), Some(there)) if there > 0 => format!("added {new}, already there {there}"),
            _ => format!("added {added}"),
        };
        text.push_str(&format!(", refused {}, not sent {not_sent}\n", refused.len()));
        for refused in refused {
            let reason = one_line(&refused.device.reason);
            let given = one_line(&refused.given);
            let line = refused.line.map_or(String::new(), |line| format!("line {line}: "));
            text.push_str(&format!("{line}refused {given}: {reason}\n"));
        }
        text
    }
}

/// Reads all ids before anything is sent, then sends them in chunks.
pub fn run(arguments: Arguments, context: &mut Context) -> Result<Outcome> {
    let devices = arguments.which.read(context)?;
    let ids = listed_devices::ids(&devices);
    let group = arguments.group.chosen(context)?;
    let online = Online::open(context)?;
    let group = group.path(&online)?;
    let id = group.device_group_id;
    let product = group.nc12.clone();
    let addition = DeviceAddition {
        group,
        chunk: usize::from(arguments.chunk),
        jobs: usize::from(arguments.jobs),
    };
    let added = RefCell::default();
    let plan = addition.plan(online.client(), &ids, &added);
    if online.is_dry_run() {
        return FlowDryRun::of(&plan);
    }
    let progress = FlowProgress::new(context.console, "devices");
    let failure = online.wait(plan.run(None, &progress)).err();
    let failure = failure.map(|failure| online.about_product(Some(&product), failure));
    Ok(outcome(Summary::new(id, added.into_inner(), &devices), failure))
}

fn outcome(summary: Summary, failure: Option<Failure>) -> Outcome {
    let (refused, not_sent) = (summary.refused.len(), summary.not_sent);
    let outcome = Outcome::of(summary);
    match failure {
        Some(failure) if not_sent > 0 && failure.kind == FailureKind::Unavailable => outcome.failing(failure.with_hint(
            "run the same command again when the reason is gone: devices that are in the group stay",
        )),
        Some(failure) => outcome.failing(failure),
        None if refused > 0 => {
            outcome.failing(Failure::refused(format!("{refused} devices were refused")))
        }
        None => outcome,
    }
}

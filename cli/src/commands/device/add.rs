//! `el2g device add`: devices into a group, a few or a hundred thousand (AN12642 4.1.2).

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use clap::Args;
use el2g_service_api::device_groups::GroupPath;
use el2g_service_api::devices::{AddDevices, DeviceIds};
use el2g_service_api::{DeviceId, DeviceUid, NoQuery};
use el2g_text::one_line;
use el2g_workflows::{AddedDevices, DeviceAddition, Failure};
use serde::Serialize;

use crate::Result;
use crate::context::Context;
use crate::device_id;
use crate::online::{DryRun, Online};
use crate::output::{Human, Outcome};
use crate::progress_bar;

/// Most bytes of a file with device ids: a million of them.
const LARGEST_LIST: usize = 64 * 1024 * 1024;

/// Most lines that are named in one message.
const NAMED_LINES: usize = 10;

/// Add devices to a group; those that are in it already stay, so this can be run again.
#[derive(Args)]
#[command(
    after_help = "Example:\n  el2g device add 0x040050011ce89d305cf379041f1d12946680 --group 474 --product 935389312472\n  el2g device add --from devices.txt --jobs 8 --group 474 --product 935389312472"
)]
pub struct Arguments {
    /// The devices, decimal or hexadecimal
    #[arg(value_name = "DEVICE", required_unless_present = "from")]
    devices: Vec<String>,
    /// File with one device a line (`#` begins a comment); `-` is standard input
    #[arg(long, value_name = "FILE", conflicts_with = "devices")]
    from: Option<PathBuf>,
    /// Id of the group
    #[arg(long, value_name = "GROUP-ID")]
    group: u64,
    /// 12NC of the group's product
    #[arg(long, value_name = "12NC")]
    product: String,
    /// Requests at a time, 1 to 64
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=64))]
    jobs: u16,
    /// Devices per request, 1 to 1000
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=1000))]
    chunk: u16,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Summary {
    device_group_id: u64,
    #[serde(flatten)]
    result: AddedDevices,
}

impl Human for Summary {
    fn human(&self) -> String {
        let AddedDevices { added, refused, not_sent } = &self.result;
        let mut text = format!("added {added}, refused {}, not sent {not_sent}\n", refused.len());
        for refused in refused {
            let reason = one_line(&refused.reason);
            text.push_str(&format!("refused {}: {reason}\n", refused.device_id));
        }
        text
    }
}

/// Reads all ids before anything is sent, then sends them in chunks.
pub fn run(arguments: Arguments, context: &mut Context) -> Result<Outcome> {
    let devices = match &arguments.from {
        Some(file) => read_list(file, context)?,
        None => {
            let typed = arguments.devices.iter().map(|device| device_id::typed(device));
            distinct(typed.collect::<Result<_>>()?)
        }
    };
    let group = GroupPath { nc12: arguments.product, device_group_id: arguments.group };
    let addition = DeviceAddition {
        group,
        chunk: usize::from(arguments.chunk),
        jobs: usize::from(arguments.jobs),
    };
    let online = Online::open(context)?;
    if online.is_dry_run() {
        let chunks = devices.chunks(addition.chunk).map(|chunk| {
            let body = DeviceIds::new(chunk.to_vec());
            online.curl::<AddDevices>(&addition.group, &NoQuery {}, &body)
        });
        return Ok(Outcome::of(DryRun::of(chunks.collect::<Result<_>>()?)));
    }
    let bar = progress_bar::of(devices.len(), "devices", context);
    let advanced = |count: usize| bar.inc(count as u64);
    let (result, failure) = online.wait(addition.run(online.shared(), &devices, &advanced));
    bar.finish_and_clear();
    Ok(outcome(arguments.group, result, failure))
}

fn outcome(device_group_id: u64, result: AddedDevices, failure: Option<Failure>) -> Outcome {
    let (refused, not_sent) = (result.refused.len(), result.not_sent);
    let outcome = Outcome::of(Summary { device_group_id, result });
    match failure {
        Some(failure) if not_sent > 0 => outcome.failing(failure.with_hint(
            "run the same command again when the reason is gone: devices that are in the group stay",
        )),
        Some(failure) => outcome.failing(failure),
        None if refused > 0 => {
            outcome.failing(Failure::refused(format!("{refused} devices were refused")))
        }
        None => outcome,
    }
}

/// One id a line. All lines are read before one is refused, and then nothing is sent.
fn read_list(file: &Path, context: &mut Context) -> Result<Vec<DeviceId>> {
    let content = context.input.read(file, LARGEST_LIST)?;
    let no_text = |_| Failure::input(format!("{}: is no UTF-8 text", file.display()));
    let text = std::str::from_utf8(&content).map_err(no_text)?;
    let (mut devices, mut wrong) = (Vec::new(), Vec::new());
    for (number, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let id = line.split('#').next().unwrap_or_default().trim();
        if id.is_empty() {
            continue;
        }
        match DeviceUid::parse(id) {
            Ok(uid) => devices.push(uid.to_device_id()),
            Err(error) => wrong.push(format!("line {}: {error}", number + 1)),
        }
    }
    if let Some(more) = wrong.len().checked_sub(1) {
        let more = more.saturating_sub(NAMED_LINES - 1);
        wrong.truncate(NAMED_LINES);
        let rest = if more == 0 { String::new() } else { format!("; and {more} more lines") };
        let message = format!("{}: {}{rest}", file.display(), wrong.join("; "));
        return Err(Failure::input(message).with_hint("nothing was sent; correct the file"));
    }
    if devices.is_empty() {
        return Err(Failure::input(format!("{}: has no device ids", file.display())));
    }
    let read = devices.len();
    let devices = distinct(devices);
    if devices.len() < read {
        let twice = read - devices.len();
        context
            .console
            .note(format!("device ids that are there more than once: {twice}; sent once each"));
    }
    Ok(devices)
}

/// Each device once, in the order of their first appearance.
fn distinct(mut devices: Vec<DeviceId>) -> Vec<DeviceId> {
    let mut seen = HashSet::with_capacity(devices.len());
    devices.retain(|device| seen.insert(device.clone()));
    devices
}

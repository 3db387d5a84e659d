//! Devices of a command line or a file, as `device add` and `device unclaim` take them.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args};
use el2g_service_api::{DeviceId, DeviceUid};
use el2g_workflows::{Failure, ListedDevice, read_devices};

use crate::Result;
use crate::context::Context;
use crate::device_id;

/// Most bytes of a file with device ids: a million of them.
const LARGEST_LIST: usize = 64 * 1024 * 1024;

/// The devices of a command.
#[derive(Args)]
#[command(group = ArgGroup::new("which").args(["devices", "from"]).required(true))]
pub struct ListedDevices {
    /// The devices, decimal or hexadecimal
    #[arg(value_name = "DEVICE")]
    pub devices: Vec<String>,
    /// File with one device a line (`#` begins a comment); `-` is standard input
    #[arg(long = "in", alias = "from", value_name = "FILE", conflicts_with = "devices")]
    pub from: Option<PathBuf>,
    /// The file is CSV with a header, and the devices are in this column
    #[arg(long, value_name = "NAME", requires = "from")]
    pub column: Option<String>,
}

impl ListedDevices {
    /// Reads all of them, each once, before anything is sent.
    pub fn read(&self, context: &mut Context) -> Result<Vec<ListedDevice>> {
        match &self.from {
            Some(file) => read_list(file, self.column.as_deref(), context),
            None => typed(&self.devices, context),
        }
    }
}

/// Devices that were typed, each once.
pub fn typed(devices: &[String], context: &Context) -> Result<Vec<ListedDevice>> {
    let typed = devices.iter().map(|device| device_id::typed_device(device));
    let devices = distinct(typed.collect::<Result<_>>()?);
    note_lost_zeros(&devices, context);
    Ok(devices)
}

/// The devices of a file, each once. All lines are read before one is refused, and then nothing is sent.
pub fn read_list(
    file: &Path,
    column: Option<&str>,
    context: &mut Context,
) -> Result<Vec<ListedDevice>> {
    let content = context.input.read(file, LARGEST_LIST)?;
    let devices = read_devices(&content, column).map_err(|error| {
        let failure = Failure::input(format!("{}: {error}", file.display()));
        failure.with_hint("nothing was sent; correct the file")
    })?;
    let read = devices.len();
    let devices = distinct(devices);
    if devices.len() < read {
        let twice = read - devices.len();
        context
            .console
            .note(format!("device ids that are there more than once: {twice}; sent once each"));
    }
    note_lost_zeros(&devices, context);
    Ok(devices)
}

/// The ids of devices.
pub fn ids(devices: &[ListedDevice]) -> Vec<DeviceId> {
    devices.iter().map(|device| device.id.clone()).collect()
}

/// Each device once, in the order of their first appearance.
fn distinct(mut devices: Vec<ListedDevice>) -> Vec<ListedDevice> {
    let mut seen = HashSet::with_capacity(devices.len());
    devices.retain(|device| seen.insert(device.id.clone()));
    devices
}

fn note_lost_zeros(devices: &[ListedDevice], context: &Context) {
    let without_zero: Vec<&ListedDevice> =
        devices.iter().filter(|device| DeviceUid::lost_zero(&device.written)).collect();
    if let Some(first) = without_zero.first() {
        context.console.note(format!(
            "device ids with 35 hexadecimal digits, read with the 0 that was lost before the first: {}, such as `{}` as 0{}",
            without_zero.len(),
            first.written,
            first.written.trim_start_matches("0x").trim_start_matches("0X"),
        ));
    }
}

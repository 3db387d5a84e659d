//! `el2g device download`: secure objects for devices that do not connect themselves, one file for each. Not in AN12642.

use std::collections::HashMap;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use el2g_files::{Visibility, create_folder};
use el2g_findings::count;
use el2g_key_payload::base64_bytes;
use el2g_service_api::assignments::GroupIdPath;
use el2g_service_api::offline_provisionings::{
    DevicePackage, DownloadProvisionings, OfflineProvisioning, ProvisioningOrder,
    ProvisioningOrderQuery,
};
use el2g_service_api::owner_domains::{OwnerDomain, OwnerDomains};
use el2g_service_api::products::HardwareFamily;
use el2g_service_api::provisionings::ProvisioningState;
use el2g_service_api::{DeviceId, DeviceUid, Nullable, OpenEnum as _, UidRadix};
use el2g_text::json_text;
use el2g_workflows::Failure;
use serde::Serialize;

use crate::Result;
use crate::chosen_group::GroupArguments;
use crate::context::Context;
use crate::device_parts::{LARGEST_PART, parts};
use crate::listed_devices::{self, ListedDevices};
use crate::online::{DryRun, Online};
use crate::output::{Human, Outcome};
use crate::output_help::output_help;
use crate::output_kind::OutputKind;
use crate::output_places::OutputFolder;
use crate::waiting::Waiting;

/// Download the secure objects of devices that do not connect themselves, into one file for each device.
///
/// A file has the name of its device in decimal digits. With `--encoding bin` it holds the bytes that the device takes,
/// one object after the other, as NXP's own tools store them; with `json` what the service answered for the device.
/// What is made only when the device connects is in no file.
#[derive(Args)]
#[command(
    after_help = "Example:\n  el2g device download 348555491056936142262187597632590342062080 --group 474 --product 999340000612 --hardware-family RW6 --out-dir objects --wait"
)]
pub struct Arguments {
    #[command(flatten)]
    which: ListedDevices,
    #[command(flatten)]
    group: GroupArguments,
    /// Hardware family of the group's product, such as RW6, as NXP's own client sends it
    #[arg(long, value_name = "FAMILY", value_parser = HardwareFamily::from_typed)]
    hardware_family: Option<HardwareFamily>,
    /// Only objects of this owner, RTP or MATTER; may be given several times
    #[arg(long = "owner-domain", value_name = "OWNER", value_parser = OwnerDomain::from_typed)]
    owner_domains: Vec<OwnerDomain>,
    #[arg(long, value_name = "DIR", help = output_help!(folder "one file for each device"))]
    out_dir: OutputFolder,
    /// Form of the files
    #[arg(long, value_enum, default_value_t = FileContent::Bin)]
    encoding: FileContent,
    #[command(flatten)]
    waiting: Waiting,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FileContent {
    Bin,
    Json,
}

impl FileContent {
    fn extension(self) -> &'static str {
        match self {
            FileContent::Bin => "bin",
            FileContent::Json => "json",
        }
    }
}

#[derive(Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Downloaded {
    device_group_id: u64,
    devices: Vec<DeviceFile>,
}

#[derive(Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
struct DeviceFile {
    device_id: DeviceId,
    /// `null` when there is nothing to write.
    file: Option<String>,
    objects: usize,
    on_connection: usize,
}

impl Human for Downloaded {
    fn human(&self) -> String {
        let line = |device: &DeviceFile| {
            let file = device.file.as_deref().unwrap_or("no file");
            let objects = count(device.objects, "object");
            format!("{}  {objects}  {file}\n", device.device_id)
        };
        self.devices.iter().map(line).collect()
    }
}

/// One device's answer, checked.
struct Package {
    whole: DevicePackage,
    bytes: Vec<u8>,
    objects: usize,
    on_connection: usize,
}

pub fn run(arguments: &Arguments, context: &mut Context) -> Result<Outcome> {
    let devices = listed_devices::ids(&arguments.which.read(context)?);
    let files: Vec<PathBuf> = devices.iter().map(|id| file_of(arguments, id)).collect();
    // Before anything is asked for. A name is made of digits that were typed here, never of what the service says.
    if let Some(there) = files.iter().find(|file| file.symlink_metadata().is_ok()) {
        let failure = Failure::input(format!("{}: exists already", there.display()));
        return Err(failure.with_hint("name another folder, or move the file away"));
    }
    let group = arguments.group.clone().chosen(context)?;
    let online = Online::open(context)?;
    let device_group_id = group.path(&online)?.device_group_id;
    let path = GroupIdPath { device_group_id };
    let query = ProvisioningOrderQuery {
        owner_domain_types: OwnerDomains::asked(arguments.owner_domains.clone()),
    };
    let order = |part: &[DeviceId]| ProvisioningOrder {
        product_hardware_family_type: Nullable::or_absent(arguments.hardware_family.clone()),
        ..ProvisioningOrder::new(part.to_vec())
    };
    let parts = parts(&devices, usize::from(LARGEST_PART));
    if online.is_dry_run() {
        let curl =
            |part: &&[DeviceId]| online.curl::<DownloadProvisionings>(&path, &query, &order(part));
        return Ok(Outcome::of(DryRun::of(parts.iter().map(curl).collect::<Result<_>>()?)));
    }
    make_folder(&arguments.out_dir)?;
    let mut written = Downloaded { device_group_id, devices: Vec::new() };
    for part in parts {
        let packages = ready(&online, &path, &query, &order(part), &arguments.waiting);
        let packages = packages.and_then(|packages| checked(part, packages));
        let stored = packages.and_then(|packages| {
            packages.into_iter().try_for_each(|package| {
                written.devices.push(store(arguments, package, context)?);
                Ok(())
            })
        });
        if let Err(failure) = stored {
            return Ok(if written.devices.is_empty() {
                return Err(failure);
            } else {
                Outcome::of(written).failing(failure)
            });
        }
    }
    let late: usize = written.devices.iter().map(|device| device.on_connection).sum();
    if late > 0 {
        context.console.note(format!(
            "objects that are made when their device connects, and are in no file: {late}"
        ));
    }
    Ok(Outcome::of(written))
}

fn file_of(arguments: &Arguments, device: &DeviceId) -> PathBuf {
    arguments.out_dir.join(format!("{device}.{}", arguments.encoding.extension()))
}

fn make_folder(folder: &OutputFolder) -> Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let made = create_folder(folder, Visibility::Secret);
    made.map_err(|error| {
        Failure::input(format!("{}: cannot be created: {error}", folder.display()))
    })
}

/// Asks until everything is generated, or the time is over.
fn ready(
    online: &Online,
    path: &GroupIdPath,
    query: &ProvisioningOrderQuery,
    order: &ProvisioningOrder,
    waiting: &Waiting,
) -> Result<Vec<DevicePackage>> {
    let mut patience = waiting.begin();
    loop {
        let packages = online.call::<DownloadProvisionings>(path, query, order)?;
        let all = || packages.iter().flat_map(|package| &package.rtp_provisionings);
        if let Some(failed) = all().find(|one| is_failed(&one.state)) {
            return Err(Failure::refused(format!("{}: {}", name_of(failed), failed.state)));
        }
        let Some(open) = all().find(|one| one.state == ProvisioningState::GenerationTriggered)
        else {
            return Ok(packages);
        };
        let late = || {
            let text = format!("{}: not generated yet ({})", name_of(open), open.state);
            Failure::unavailable(text).with_hint("run again later, or with --wait")
        };
        let pause = if waiting.wait { patience.pause() } else { None };
        let pause = pause.ok_or_else(late)?;
        online.wait(async { tokio::time::sleep(pause).await });
    }
}

fn is_failed(state: &ProvisioningState) -> bool {
    matches!(state, ProvisioningState::GenerationFailed | ProvisioningState::ProvisioningFailed)
}

fn name_of(provisioning: &OfflineProvisioning) -> String {
    let object = provisioning.secure_object.value();
    let name = object.and_then(|object| object.name.value()).map_or("-", String::as_str);
    let id = provisioning.provisioning_id.value().map_or("-".to_owned(), u64::to_string);
    format!("provisioning {id} of secure object `{}`", el2g_text::one_line(name))
}

/// What the service answered, one package for each device that was asked for and in that order.
fn checked(asked: &[DeviceId], answered: Vec<DevicePackage>) -> Result<Vec<Package>> {
    let uid = |id: &DeviceId| {
        let text = id.as_str();
        match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
            Some(digits) => DeviceUid::parse_as(digits, UidRadix::Hexadecimal).ok(),
            None => DeviceUid::parse_as(text, UidRadix::Decimal).ok(),
        }
    };
    let mut by_device = HashMap::new();
    for package in answered {
        let device = uid(&package.device_id);
        let is_asked = device.is_some() && asked.iter().any(|id| uid(id) == device);
        if !is_asked || by_device.insert(device, package).is_some() {
            return Err(odd("a device that was not asked for, or one twice"));
        }
    }
    let packages = asked.iter().map(|id| {
        let package = by_device.remove(&uid(id)).ok_or_else(|| odd("not every device"))?;
        let whole = DevicePackage { device_id: id.clone(), ..package };
        taken_apart(whole)
    });
    packages.collect()
}

fn odd(what: &str) -> Failure {
    Failure::unavailable(format!(
        "device download: the service answered {what}; nothing of this answer was written"
    ))
}

/// The bytes of what is generated, one object after the other.
fn taken_apart(whole: DevicePackage) -> Result<Package> {
    let (mut bytes, mut objects, mut on_connection) = (Vec::new(), 0, 0);
    for one in &whole.rtp_provisionings {
        match &one.state {
            ProvisioningState::GenerationCompleted | ProvisioningState::ProvisioningCompleted => {
                let apdu = one.apdus.value().map(|apdus| apdus.create_apdu.apdu.as_str());
                let object = apdu.and_then(base64_bytes).filter(|object| !object.is_empty());
                let missing = || odd(&format!("no bytes for {}", name_of(one)));
                bytes.extend(object.ok_or_else(missing)?);
                objects += 1;
            }
            ProvisioningState::GenerationOnConnection => on_connection += 1,
            ProvisioningState::GenerationTriggered
            | ProvisioningState::GenerationFailed
            | ProvisioningState::ProvisioningFailed
            | ProvisioningState::Other(_) => {
                return Err(odd(&format!("the state {} for {}", one.state, name_of(one))));
            }
        }
    }
    Ok(Package { whole, bytes, objects, on_connection })
}

fn store(arguments: &Arguments, package: Package, context: &Context) -> Result<DeviceFile> {
    let Package { whole, bytes, objects, on_connection } = package;
    let device_id = whole.device_id.clone();
    let content = match arguments.encoding {
        FileContent::Bin => bytes,
        FileContent::Json => json_text(
            &serde_json::to_string_pretty(&whole)
                .map_err(|error| Failure::bug(format!("the answer is not JSON: {error}")))?,
        )
        .into_bytes(),
    };
    if objects == 0 {
        return Ok(DeviceFile { device_id, file: None, objects, on_connection });
    }
    let file = file_of(arguments, &device_id);
    context.output(OutputKind::Provisionings, &file)?.write(&content)?;
    let file = Some(file.display().to_string());
    Ok(DeviceFile { device_id, file, objects, on_connection })
}

//! `el2g provision`: the chain of AN12642 4.1 as one command.

mod object_words;
pub mod outcome;
mod planned_objects;
pub mod receipts;

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{ArgGroup, Args};
use el2g_key_payload::{SystemEntropy, sha3_512_hex};
use el2g_service_api::OpenEnum as _;
use el2g_service_api::products::HardwareFamily;
use el2g_workflows::{
    Failure, Flow, IdOrName, Journal, ObjectRow, ProvisionReport, Provisioning, TargetGroups,
    read_object_table,
};

use self::object_words::{DescribedObject, ObjectFlags};
use self::outcome::Summary;
use self::planned_objects::PlannedObjects;
use self::receipts::Receipts;
use crate::chosen_group::{ProductArgument, chosen_groups};
use crate::commands::secure_object::assignment::each_once;
use crate::commands::secure_object::create::SealingKeys;
use crate::context::Context;
use crate::flow_progress::FlowProgress;
use crate::flows::services;
use crate::input::SMALL_FILE;
use crate::online::{FlowDryRun, Online};
use crate::output::Outcome;
use crate::output_help::output_help;
use crate::output_places::{OutputFolder, OutputPath};
use crate::sealing::SealerArguments;
use crate::twins::DuplicateArguments;
use crate::{Result, hardware_family, ids, journals, listed_devices};

/// Devices per request.
const CHUNK: usize = 100;

/// One line for each paragraph: the help wraps it to the terminal.
const LONG_ABOUT: &str = "\
Create secure objects, assign them to device groups, and wait until the devices have them: the chain of AN12642 4.1.

New objects come from a manifest, and from --new. A manifest is CSV with a header, a row for each object. Its column `kind` is one of those of `el2g secure-object create`, and every other column is a flag of that command \
without the dashes (`name`, `object-id`, `algorithm`, `in`, `generate` …); a field is empty where its kind has no such flag, \
and `true` sets a flag without a value. Files are relative to the manifest's folder. It never holds the secrets themselves. \
A certificate names the key pair of another row in `key-pair`. Rows of a manifest of `pgp seal-batch` (kinds `aes`, `hmac`, \
`binary`, and `file`) are taken as well.

  kind,name,object-id,algorithm,key-pair,intermediate-ca,common-name-prefix,months,in
  key-pair,tls-key,83000001,NIST_P256,,,,,
  certificate,tls-cert,83000002,,tls-key,line-7,meter,120,
  master-key,kek,83000003,,,,,,kek.hex

--object adds an object that the service has. Before anything is changed, all objects are checked, and compared with those of \
the service and of the groups. Then devices are added (--device, --devices), objects created, and, once all of them are there, \
assigned. With --wait the command ends when the devices have the objects, or with exit 7 when the time is over or a \
provisioning failed.

A journal records what was created. After a crash or exit 7 run the same command again to resume: nothing is created or sealed \
twice, and what is assigned stays so. Rows that were added meanwhile are created.";

/// Create objects, assign them, wait until devices have them
#[derive(Args)]
#[command(
    long_about = LONG_ABOUT,
    group = ArgGroup::new("what").args(["manifest", "objects", "new"]).required(true).multiple(true),
    after_help = "Examples:
  el2g provision objects.csv --group 474 --product 935389312472 --signer signer.asc --receipt-dir receipts --wait
  el2g provision --object 5424 --group 474 --product 935389312472 --wait
  el2g provision --new kind=key-pair,name=tls-key,object-id=83000001,algorithm=NIST_P256 --group 474 --product 935389312472 --device 0x04005001d706ca37a1e4ed047e6dda0f6880"
)]
pub struct Arguments {
    /// CSV file with a row for each new object; `-` is standard input
    #[arg(value_name = "MANIFEST")]
    manifest: Option<PathBuf>,
    /// A new object as a row of a manifest: column=value, with commas between; may be given several times
    #[arg(long, value_name = "ROW")]
    new: Vec<String>,
    #[arg(long = "object", value_name = "OBJECT", help = ids::OBJECTS)]
    objects: Vec<IdOrName>,
    #[arg(long = "group", value_name = "GROUP", help = ids::GROUPS_OR_DEFAULT)]
    groups: Vec<IdOrName>,
    #[command(flatten)]
    product: ProductArgument,
    /// Hardware family of the product, such as RW6 [default: the service is asked, and none is sent for SE05; a dry run
    /// prints none]
    #[arg(long, value_name = "FAMILY", value_parser = HardwareFamily::from_typed)]
    hardware_family: Option<HardwareFamily>,
    /// A device, decimal or hexadecimal, that is added to the group first; only named devices are waited for; may be given
    /// several times
    #[arg(long = "device", value_name = "ID", conflicts_with = "from")]
    devices: Vec<String>,
    /// File with devices, one a line, that are added to the group first; only they are waited for
    #[arg(long = "devices", value_name = "FILE")]
    from: Option<PathBuf>,
    /// The file of devices is CSV with a header, and the devices are in this column
    #[arg(long, value_name = "NAME", requires = "from")]
    column: Option<String>,
    /// Wait until the devices have the objects
    #[arg(long)]
    wait: bool,
    /// Seconds to wait, 0 to 604800
    #[arg(long, value_name = "SECONDS", default_value_t = 600, requires = "wait", value_parser = clap::value_parser!(u64).range(0..=604_800))]
    wait_timeout: u64,
    /// Requests at a time, 1 to 64
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=64))]
    jobs: u16,
    #[arg(long, value_name = "DIR", help = output_help!(folder "a receipt NAME.json for each secret"))]
    receipt_dir: Option<OutputFolder>,
    #[command(flatten)]
    sealer: SealerArguments,
    /// Keep no copy of secrets that are made
    #[arg(long)]
    discard_plaintext: bool,
    #[command(flatten)]
    duplicate: DuplicateArguments,
    #[arg(long, value_name = "FILE", help = output_help!(journal "what is created"; "[default: beside the manifest, else in el2g/journals of your state folder; one for each service]"))]
    journal: Option<OutputPath>,
}

/// Reads and checks everything, then takes the steps.
pub fn run(mut arguments: Arguments, context: &mut Context) -> Result<Outcome> {
    arguments.groups = chosen_groups(std::mem::take(&mut arguments.groups), context)?;
    let product = std::mem::take(&mut arguments.product).chosen(context)?;
    let product = product.as_str();
    let described = arguments.described(context)?;
    let devices = match &arguments.from {
        Some(file) => listed_devices::read_list(file, arguments.column.as_deref(), context)?,
        None => listed_devices::typed(&arguments.devices, context)?,
    };
    if !devices.is_empty() && arguments.groups.len() > 1 {
        return Err(Failure::usage("devices are added to one group, found several --group")
            .with_hint("a device is in one group: run the command once for each group"));
    }
    let place = JournalPlace::of(&arguments, &described, context)?;
    let mut journal = place.resumed(context)?;
    let mut keys = SealingKeys::of(&arguments.sealer);
    let mut objects = PlannedObjects::read(described, journal.as_ref(), &mut keys, context)?;
    context.expected.recipients = keys.into_recipients();
    let online = Online::open(context)?;
    let new = objects.requests(&arguments.duplicate, &online, context)?;
    let groups = arguments.groups.iter().map(|group| online.group(group, product));
    let groups = each_once(groups.collect::<Result<_>>()?);
    let typed = arguments.hardware_family.as_ref();
    let family = hardware_family::of_product(typed, product, &groups, &online)?;
    let existing = arguments.objects.iter().map(|object| online.object(object));
    let existing = each_once(existing.collect::<Result<_>>()?);
    let provisioning = Provisioning {
        objects: new.into_iter().chain(existing.into_iter().map(Into::into)).collect(),
        product: product.to_owned(),
        groups: TargetGroups { ids: groups, family },
        devices: listed_devices::ids(&devices),
        jobs: arguments.jobs.into(),
        wait: arguments.wait.then(|| Duration::from_secs(arguments.wait_timeout)),
    };
    let (addition, report) = (provisioning.addition(CHUNK), ProvisionReport::default());
    let mut entropy = SystemEntropy;
    let services = services(online.client(), &mut entropy);
    if online.is_dry_run() {
        return FlowDryRun::of(&provisioning.plan(&addition, &services, &report));
    }
    let mut receipts =
        Receipts::prepare(arguments.receipt_dir.as_deref(), &objects, journal.as_ref(), context)?;
    if journal.is_none() {
        journal = Some(place.open(context)?);
    }
    let mut journal = journal.expect("it was just opened");
    journal.skipped(&context.skipped_checks())?;
    objects.record(&mut journal, context)?;
    let path = journal.path().display().to_string();
    let progress = FlowProgress::new(context.console, "items");
    let plan = provisioning.plan(&addition, &services, &report);
    let failure = online.wait(plan.run(Some(&mut journal), &progress)).err();
    drop(progress);
    let failure = failure.map(|failure| online.about_product(Some(product), failure));
    receipts.write(&report, context)?;
    Ok(Summary::of(&provisioning, report, receipts.written, path).outcome(failure))
}

impl Arguments {
    /// The new objects: rows of the manifest, and those that were typed.
    fn described(&self, context: &mut Context) -> Result<Vec<DescribedObject>> {
        let flags = ObjectFlags::new(self.discard_plaintext);
        let mut described = Vec::new();
        if let Some(manifest) = &self.manifest {
            let content = context.input.read(manifest, SMALL_FILE)?;
            let about = |failure: Failure| failure.about(manifest.display());
            let rows = read_object_table(&content)
                .map_err(|error| about(Failure::input(error.to_string())))?;
            let folder = manifest.parent().unwrap_or(Path::new(""));
            for row in &rows {
                described.push(flags.of_row(row, folder, context).map_err(about)?);
            }
        }
        for new in &self.new {
            let row =
                ObjectRow::typed(new).map_err(|error| Failure::usage(format!("--new: {error}")))?;
            described.push(flags.of_row(&row, Path::new(""), context)?);
        }
        Ok(described)
    }
}

/// Where the journal is.
struct JournalPlace {
    named: Option<PathBuf>,
    service: String,
    /// What its name is made from, where it is in the state folder.
    name: String,
}

impl JournalPlace {
    fn of(
        arguments: &Arguments,
        described: &[DescribedObject],
        context: &mut Context,
    ) -> Result<Self> {
        let service = context.service()?.base_url.to_string();
        let beside = |manifest: &PathBuf| {
            let mut name = manifest.clone().into_os_string();
            name.push(format!(".provisioned-{}.jsonl", &sha3_512_hex(service.as_bytes())[..16]));
            PathBuf::from(name)
        };
        let manifest = arguments.manifest.as_ref().filter(|path| path.as_os_str() != "-");
        let named = arguments.journal.as_deref().map(Path::to_owned).or(manifest.map(beside));
        let mut names: Vec<String> = described
            .iter()
            .map(|it| format!("{} {}", it.kind.object().name, it.kind.object().object_id))
            .collect();
        names.extend(arguments.objects.iter().map(ToString::to_string));
        Ok(Self { named, service, name: names.join(", ") })
    }

    /// The journal of an earlier run, if there is one. A dry run looks at none.
    fn resumed(&self, context: &Context) -> Result<Option<Journal>> {
        let flow = Flow::ProvisionObjects;
        let resumes = journals::resumes(self.named.as_deref(), flow, &self.service, &self.name);
        (resumes && !context.everywhere.dry_run).then(|| self.open(context)).transpose()
    }

    fn open(&self, context: &Context) -> Result<Journal> {
        let (flow, subject) = (Flow::ProvisionObjects, Provisioning::subject(&self.service));
        let named = self.named.as_deref();
        journals::open(named, flow, &self.service, &self.name, &subject, context)
    }
}

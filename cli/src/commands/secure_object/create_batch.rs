//! `el2g secure-object create-batch`: the results of `pgp seal-batch` into the service.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

use clap::Args;
use el2g_key_payload::sha3_512_hex;
use el2g_service_api::NoPath;
use el2g_service_api::secure_objects::CreateSecureObject;
use el2g_service_client::ClientError;
use el2g_text::one_line;
use el2g_workflows::{
    AssignedObjects, CreatedObjects, Failure, Flow, IdOrName, Journal, JournalError, Named,
    ObjectStatus, ObjectTerms, SealedRows, TargetGroups, fix_or_skip, repeated_object_id,
};
use serde::Serialize;

use super::PolicyArguments;
use super::assignment::{each_once, refused_failure};
use super::create::signer_certificate;
use crate::Result;
use crate::context::Context;
use crate::flow_progress::FlowProgress;
use crate::hardware_family::FamilyArguments;
use crate::ids;
use crate::online::{FlowDryRun, Online};
use crate::output::{Human, Outcome};
use crate::output_help::output_help;
use crate::output_places::OutputPath;
use crate::sealing::timestamp;
use crate::twins::DuplicateArguments;
use crate::{recipients, throw_away};

/// Create a secure object for each row that `pgp seal-batch` sealed; can be run again
///
/// A journal beside the results records which message went into which object. An object that already holds its row's
/// message is left alone. With --group each object is assigned once all of them are there.
#[derive(Args)]
#[command(
    after_help = "Example:\n  el2g secure-object create-batch sealed/results.ndjson --signer-public signer.pub.asc\n  el2g secure-object create-batch sealed/results.ndjson --signer-public signer.pub.asc --group 474 --jobs 8"
)]
pub struct Arguments {
    /// The results of `pgp seal-batch`; the messages are in the same folder
    #[arg(value_name = "RESULTS")]
    results: PathBuf,
    /// Public key of the signer
    #[arg(long, value_name = "FILE")]
    signer_public: PathBuf,
    /// OpenPGP public key that the messages must be encrypted to, or the name of a stored one [default: the profile's
    /// `recipient`, else the stored ones]
    #[arg(long, value_name = "FILE|NAME")]
    recipient: Option<PathBuf>,
    #[command(flatten)]
    policies: PolicyArguments,
    /// Generate them when the device connects, not before
    #[arg(long)]
    on_connection: bool,
    #[arg(long = "group", value_name = "GROUP", help = ids::GROUPS)]
    groups: Vec<IdOrName>,
    #[command(flatten)]
    family: FamilyArguments,
    /// Requests at a time, 1 to 64
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=64))]
    jobs: u16,
    #[command(flatten)]
    duplicate: DuplicateArguments,
    #[arg(long, value_name = "FILE", help = output_help!(journal "the steps"; "[default: beside the results, one for each service]"))]
    journal: Option<OutputPath>,
}

/// Creates the objects, several at a time, assigns them, and says what came of each row.
pub fn run(arguments: Arguments, context: &mut Context) -> Result<Outcome> {
    let (policy_source, policies) = arguments.policies.read(context)?;
    let now = timestamp(context);
    context.expected.recipients = recipients::known(arguments.recipient.as_deref(), now, context)?;
    let terms = ObjectTerms {
        allow_duplicates: arguments.duplicate.allowed,
        signer_public: signer_certificate(&arguments.signer_public, now, context)?,
        policy_source,
        policies,
        on_connection: Some(arguments.on_connection),
        jobs: arguments.jobs.into(),
        now,
    };
    let online = Online::open(context)?;
    let groups = arguments.groups.iter().map(|group| online.id(group, &Named::Group));
    let groups = each_once(groups.collect::<Result<_>>()?);
    let family = arguments.family.of_groups(&online, &groups)?;
    let groups = TargetGroups { ids: groups, family };
    let rows = SealedRows::read(&arguments.results, &terms)?;
    throw_away::refuse_results(rows.rows(), &terms, context)?;
    check_all(&arguments.results, &rows, &online)?;
    let (summary, assigned) = (RefCell::default(), RefCell::default());
    let plan = rows.plan(online.client(), &summary, &groups, &assigned);
    if online.is_dry_run() {
        return FlowDryRun::of(&plan);
    }
    let service = online.client().settings().base_url.to_string();
    let journal = arguments.journal.unwrap_or_else(|| {
        let mut name = arguments.results.clone().into_os_string();
        name.push(format!(".created-{}.jsonl", &sha3_512_hex(service.as_bytes())[..16]));
        OutputPath::from(name)
    });
    context.take_place(&journal)?;
    let mut journal = Journal::open(&journal, Flow::CreateObjects, &service).map_err(|error| {
        let elsewhere = matches!(error, JournalError::Io { .. });
        match elsewhere {
            true => Failure::from(error).with_hint("--journal names another place for the journal"),
            false => Failure::from(error),
        }
    })?;
    journal.skipped(&context.skipped_checks())?;
    let progress = FlowProgress::new(context.console, "objects");
    let failure = online.wait(plan.run(Some(&mut journal), &progress)).err();
    drop(progress);
    let assignments = (!groups.ids.is_empty()).then(|| assigned.into_inner());
    let created = summary.into_inner();
    Ok(outcome(Summary { created, assignments }, failure))
}

/// The most rows that an error lists.
const LISTED: usize = 20;

/// Has the gate look at every row before anything is sent: one that is refused refuses the batch.
fn check_all(results: &Path, rows: &SealedRows<'_>, online: &Online) -> Result<()> {
    let mut ids: HashMap<u32, String> = HashMap::new();
    let (mut refused, mut broken) = (Vec::new(), Vec::new());
    for row in rows.rows() {
        let about = format!("row {} ({})", row.entry, row.sealed.name);
        let request = match rows.request(&row.sealed) {
            Ok(request) => request,
            Err(error) => {
                refused.push(format!("{about}: {error}"));
                continue;
            }
        };
        match online.check::<CreateSecureObject>(&NoPath, &request) {
            Ok(()) => {}
            Err(ClientError::Checked { broken: found, .. }) => {
                let listed: Vec<String> = found.iter().map(ToString::to_string).collect();
                refused.push(format!("{about}: {}", listed.join("; ")));
                broken.extend(found);
            }
            Err(error) => return Err(error.into()),
        }
        // All objects of such a type have the one id, each in another group.
        if request.secure_object_type().reserved_object_id().as_ref() == Some(request.object_id()) {
            continue;
        }
        let Some(id) = request.object_id().value() else { continue };
        if let Some(before) = ids.insert(id, about.clone()) {
            let found = format!("{} is also the id of {before}", request.object_id());
            let repeated = repeated_object_id(found);
            if online.refuse(&about, vec![repeated.clone()]).is_err() {
                refused.push(format!("{about}: {repeated}"));
                broken.push(repeated);
            }
        }
    }
    if refused.is_empty() {
        return Ok(());
    }
    let more = refused.len().saturating_sub(LISTED);
    let (count, of) = (refused.len(), rows.rows().len());
    let found = format!("{count} of {of} rows are refused, nothing was sent");
    let mut failure = Failure::input(format!("{}: {found}", results.display()));
    failure.causes = refused.into_iter().take(LISTED).collect();
    if more > 0 {
        failure.causes.push(format!("and {more} more rows"));
    }
    Err(if broken.is_empty() { failure } else { failure.with_hint(fix_or_skip(&broken)) })
}

/// What came of the rows and, where there are groups, of the assignments.
#[derive(Serialize, schemars::JsonSchema)]
pub struct Summary {
    #[serde(flatten)]
    created: CreatedObjects,
    #[serde(skip_serializing_if = "Option::is_none")]
    assignments: Option<AssignedObjects>,
}

fn outcome(mut summary: Summary, failure: Option<Failure>) -> Outcome {
    summary.created.stopped = failure.is_some();
    let refused = summary.created.refused;
    let assignments = summary.assignments.as_ref();
    let not_assigned = assignments.and_then(|it| refused_failure(&it.refused, "assigned"));
    let outcome = Outcome::of(summary);
    match failure {
        Some(failure) => outcome.failing(failure.with_hint(
            "run the same command again when the reason is gone: objects that are there stay",
        )),
        None if refused > 0 => {
            outcome.failing(Failure::input(format!("{refused} rows were refused")).with_hint(
                "fix what they name and run the same command again: objects that are there stay",
            ))
        }
        None => match not_assigned {
            Some(failure) => outcome.failing(failure),
            None => outcome,
        },
    }
}

impl Human for Summary {
    fn human(&self) -> String {
        let assignments = self.assignments.as_ref().map(Human::human).unwrap_or_default();
        format!("{}{assignments}", rows(&self.created))
    }
}

fn rows(created: &CreatedObjects) -> String {
    let mut text = String::new();
    for object in &created.objects {
        let name = one_line(&object.name);
        let id = object.secure_object_id.map(|id| id.to_string()).unwrap_or_default();
        let told = match (object.status, &object.error) {
            (ObjectStatus::Created, _) => format!("created {id}"),
            (ObjectStatus::Existing, _) => format!("there already {id}"),
            (ObjectStatus::Refused, error) => {
                format!("refused: {}", one_line(error.as_deref().unwrap_or_default()))
            }
        };
        text.push_str(&format!("{name}: {told}\n"));
    }
    let CreatedObjects { created, existing, refused, not_sealed, stopped, .. } = created;
    text.push_str(&format!("created {created}, there already {existing}, refused {refused}"));
    if *not_sealed > 0 {
        text.push_str(&format!("; {not_sealed} rows of the results were not sealed"));
    }
    text.push_str(if *stopped { "; stopped before the end\n" } else { "\n" });
    text
}

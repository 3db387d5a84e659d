//! `el2g claim-code` (AN12642 4.4, section 10).

mod matching;
pub mod secret;
pub mod secret_list;
mod update;
mod usage;

use clap::{ArgGroup, Args, Subcommand};
use el2g_service_api::claim_codes::{
    ClaimCode, ClaimCodeBatchPath, ClaimCodeCriteria, ClaimCodeIds, ClaimCodePath, ClaimCodeQuery,
    ClaimStatus, DeleteClaimCode, DeleteClaimCodes, DeleteMatchingClaimCodes, DeletedClaimCodes,
    ListClaimCodes, NewClaimCode, NewClaimCodeBatch, RevokeClaimCode, ShowClaimCode,
    ShowClaimCodeBatch, ShowClaimCodeStatistics, UsageStatus,
};
use el2g_service_api::device_groups::GroupPath;
use el2g_service_api::{NoPath, NoQuery, Nullable, OpenEnum as _, Timestamp};
use el2g_workflows::Failure;

use self::usage::Usage;
use crate::Result;
use crate::chosen_group::{GroupArguments, TypedGroup};
use crate::context::Context;
use crate::ids;
use crate::online::{Done, Online};
use crate::open_questions::NewClaimCodeStatus;
use crate::output::Outcome;
use crate::paging::{Paging, Sorting, paged_query};
use crate::table::{Row, Shown, cell};

/// Claim codes, which let devices join a group.
#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

/// The path of a claim code of a group.
fn code(group: TypedGroup, id: u64, online: &Online) -> Result<ClaimCodePath> {
    let GroupPath { nc12, device_group_id } = group.path(online)?;
    Ok(ClaimCodePath { nc12, device_group_id, claim_code_id: id })
}

#[derive(Subcommand)]
enum Verb {
    /// Make a secret for a claim code; contacts no service
    #[command(after_help = "Example:\n  el2g claim-code generate --out claim.secret")]
    Generate(secret::GenerateArguments),
    /// Create a claim code with your own secret
    #[command(
        after_help = "Example:\n  el2g claim-code create --name pilot --group 474 --product 935389312472 --secret-file claim.secret"
    )]
    Create {
        /// Name of the claim code
        #[arg(long)]
        name: String,
        #[command(flatten)]
        group: GroupArguments,
        #[command(flatten)]
        usage: Usage,
        #[command(flatten)]
        secret: secret::SecretArguments,
    },
    /// Write the secret of a claim code to a file
    #[command(
        after_help = "Example:\n  el2g claim-code secret 4 --group 474 --product 935389312472 --out claim.secret"
    )]
    Secret {
        /// Id of the claim code
        #[arg(value_parser = ids::claim_code)]
        id: u64,
        #[command(flatten)]
        group: GroupArguments,
        #[command(flatten)]
        out: secret::SecretOutput,
    },
    /// Write the secrets of several claim codes to one file
    #[command(
        after_help = "Example:\n  el2g claim-code secrets --name-prefix line-7 --group 474 --product 935389312472 --out claim-codes.csv\n  el2g claim-code secrets 4 5 --group 474 --product 935389312472 --format json --out claim-codes.json",
        group = ArgGroup::new("which").args(["ids", "name_prefix"]).required(true)
    )]
    Secrets {
        /// Ids of the claim codes
        #[arg(value_name = "ID", value_parser = ids::claim_code)]
        ids: Vec<u64>,
        /// All claim codes of the group whose names begin with this
        #[arg(long, value_name = "TEXT", conflicts_with = "ids")]
        name_prefix: Option<String>,
        #[command(flatten)]
        group: GroupArguments,
        #[command(flatten)]
        out: secret_list::SecretListOutput,
    },
    /// Create 100 to 1000 claim codes whose secrets the service makes
    #[command(
        after_help = "Example:\n  el2g claim-code create-batch --name-prefix line-7 --count 100 --group 474 --product 935389312472\n  el2g claim-code create-batch --name-prefix line-8 --count 100 --group 474 --product 935389312472 --secrets-out claim-codes.csv"
    )]
    CreateBatch {
        /// Beginning of the names
        #[arg(long, value_name = "TEXT")]
        name_prefix: String,
        /// How many
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(100..=1000))]
        count: u64,
        #[command(flatten)]
        group: GroupArguments,
        #[command(flatten)]
        usage: Usage,
        #[command(flatten)]
        secrets: secret_list::BatchSecrets,
    },
    #[command(flatten)]
    Operation(Operation),
}

/// The verbs that are one operation each and carry no secret.
#[derive(Subcommand)]
enum Operation {
    /// Show the progress of a batch
    #[command(
        after_help = "Example:\n  el2g claim-code batch 133 --group 474 --product 935389312472"
    )]
    Batch {
        /// Id of the batch
        #[arg(value_parser = ids::batch)]
        id: u64,
        #[command(flatten)]
        group: GroupArguments,
    },
    /// List the claim codes of a group
    #[command(
        after_help = "Example:\n  el2g claim-code list --group 474 --product 935389312472 --status ACTIVE"
    )]
    List {
        #[command(flatten)]
        group: GroupArguments,
        /// Only claim codes whose name contains this
        #[arg(long)]
        name: Option<String>,
        /// ACTIVE, REVOKED or ALL
        #[arg(long, value_parser = ClaimStatus::from_typed)]
        status: Option<ClaimStatus>,
        /// Limit REACHED, UNREACHED or ALL
        #[arg(long, value_parser = UsageStatus::from_typed)]
        usage: Option<UsageStatus>,
        #[command(flatten)]
        paging: Paging,
        #[command(flatten)]
        sorting: Sorting,
    },
    /// Show one claim code
    #[command(after_help = "Example:\n  el2g claim-code show 4 --group 474 --product 935389312472")]
    Show {
        /// Id of the claim code
        #[arg(value_parser = ids::claim_code)]
        id: u64,
        #[command(flatten)]
        group: GroupArguments,
    },
    /// Change the name or use of a claim code; everything else stays as it is
    #[command(
        after_help = "Example:\n  el2g claim-code update 4 --name pilot --device-limit 2 --group 474 --product 935389312472"
    )]
    Update {
        /// Id of the claim code
        #[arg(value_parser = ids::claim_code)]
        id: u64,
        #[command(flatten)]
        group: GroupArguments,
        #[command(flatten)]
        change: update::Change,
    },
    /// Revoke a claim code; this cannot be undone
    #[command(
        after_help = "Example:\n  el2g claim-code revoke 4 --group 474 --product 935389312472 --yes"
    )]
    Revoke {
        /// Id of the claim code
        #[arg(value_parser = ids::claim_code)]
        id: u64,
        #[command(flatten)]
        group: TypedGroup,
    },
    /// Delete a claim code; this cannot be undone
    #[command(
        after_help = "Example:\n  el2g claim-code delete 4 --group 474 --product 935389312472 --yes"
    )]
    Delete {
        /// Id of the claim code
        #[arg(value_parser = ids::claim_code)]
        id: u64,
        #[command(flatten)]
        group: TypedGroup,
    },
    /// Delete several claim codes, of any groups; this cannot be undone
    #[command(after_help = "Example:\n  el2g claim-code delete-batch 14874 14876 --yes")]
    DeleteBatch {
        /// Ids of the claim codes
        #[arg(required = true, value_name = "ID", value_parser = ids::claim_code)]
        ids: Vec<u64>,
    },
    /// Delete the claim codes that match all criteria; this cannot be undone
    #[command(
        after_help = "Example:\n  el2g claim-code delete-matching --revoked --created-before 2026-01-01T00:00:00Z --yes",
        group = ArgGroup::new("criteria").required(true).multiple(true)
    )]
    DeleteMatching {
        /// Only revoked ones
        #[arg(long, group = "criteria")]
        revoked: bool,
        /// Only ones whose limit is reached
        #[arg(long, group = "criteria")]
        max_usage_achieved: bool,
        /// Only ones made before this time, RFC 3339
        #[arg(long, group = "criteria", value_name = "TIME", value_parser = time)]
        created_before: Option<String>,
    },
    /// Show how much the claim codes of a group are used
    #[command(
        after_help = "Example:\n  el2g claim-code statistics --group 474 --product 935389312472"
    )]
    Statistics {
        #[command(flatten)]
        group: GroupArguments,
    },
}

/// Runs one verb.
pub fn run(arguments: Arguments, context: &mut Context) -> Result<Outcome> {
    match arguments.verb {
        Verb::Generate(arguments) => secret::generate(arguments, context),
        Verb::Create { name, group, usage, secret } => {
            let group = group.chosen(context)?;
            let (policy, behavior) = (usage.policy(), usage.behavior());
            let limit = usage.device_limit.unwrap_or(0);
            let status = match context.profile()?.claim_code_status {
                None | Some(NewClaimCodeStatus::None) => Nullable::Absent,
                Some(NewClaimCodeStatus::All) => ClaimStatus::All.into(),
            };
            secret.create(
                context,
                |online| group.path(online),
                |text| {
                    let (path, reusable) = (name, !usage.once);
                    let new = NewClaimCode::new(path, policy, behavior, limit, reusable, text);
                    NewClaimCode { status, ..new }
                },
            )
        }
        Verb::Secret { id, group, out } => {
            let group = group.chosen(context)?;
            out.write(|online| code(group, id, online), context)
        }
        Verb::Secrets { ids, name_prefix, group, out } => {
            let group = group.chosen(context)?;
            let which = match name_prefix {
                Some(prefix) => secret_list::Which::Prefix(prefix),
                None => secret_list::Which::Ids(ids),
            };
            out.write(&which, |online| group.path(online), context)
        }
        Verb::CreateBatch { name_prefix, count, group, usage, secrets } => {
            let group = group.chosen(context)?;
            let (policy, behavior) = (usage.policy(), usage.behavior());
            let limit = usage.device_limit.unwrap_or(0);
            let body =
                NewClaimCodeBatch::new(name_prefix, count, policy, behavior, limit, !usage.once);
            secrets.create(&body, |online| group.path(online), context)
        }
        Verb::Operation(operation) => call(operation, context),
    }
}

fn call(operation: Operation, context: &mut Context) -> Result<Outcome> {
    match operation {
        Operation::Batch { id, group } => {
            let (group, online) = opened(group, context)?;
            let GroupPath { nc12, device_group_id } = group.path(&online)?;
            let path = ClaimCodeBatchPath { nc12, device_group_id, batch_id: id };
            online.show::<ShowClaimCodeBatch>(&path)
        }
        Operation::List { group, name, status, usage, paging, sorting } => {
            let query = paged_query!(ClaimCodeQuery {
                name: name,
                status: status,
                usage_status: usage,
            } paging, sorting);
            let (group, online) = opened(group, context)?;
            let path = group.path(&online)?;
            online.list::<ListClaimCodes>(path, query)
        }
        Operation::Show { id, group } => {
            let (group, online) = opened(group, context)?;
            online.show::<ShowClaimCode>(&code(group, id, &online)?)
        }
        Operation::Update { id, group, change } => {
            let (group, online) = opened(group, context)?;
            change.send(&code(group, id, &online)?, &online, done("updated", id))
        }
        Operation::Revoke { id, group } => {
            let online = Online::open(context)?;
            online.confirm::<RevokeClaimCode>(format!("Revoke claim code {id}"))?;
            online.done::<RevokeClaimCode>(&code(group, id, &online)?, &(), done("revoked", id))
        }
        Operation::Delete { id, group } => {
            let online = Online::open(context)?;
            online.confirm::<DeleteClaimCode>(format!("Delete claim code {id}"))?;
            online.done::<DeleteClaimCode>(&code(group, id, &online)?, &(), done("deleted", id))
        }
        Operation::DeleteBatch { ids } => {
            let online = Online::open(context)?;
            online.confirm::<DeleteClaimCodes>(format!("Delete {} claim codes", ids.len()))?;
            let body = ClaimCodeIds::new(ids);
            online.answer::<DeleteClaimCodes>(&NoPath, &NoQuery {}, &body, deleted)
        }
        Operation::DeleteMatching { revoked, max_usage_achieved, created_before } => {
            let online = Online::open(context)?;
            let mut body = ClaimCodeCriteria::new();
            body.revoked = Nullable::or_absent(revoked.then_some(true));
            body.max_usage_achieved = Nullable::or_absent(max_usage_achieved.then_some(true));
            body.created_before = Nullable::or_absent(created_before.map(Timestamp::Text));
            let what = "Delete all claim codes of the account that match";
            online.confirm_much::<DeleteMatchingClaimCodes>(what, || {
                matching::question(&body, &online)
            })?;
            online.answer::<DeleteMatchingClaimCodes>(&NoPath, &NoQuery {}, &body, |deleted| {
                Outcome::of(Shown(deleted))
            })
        }
        Operation::Statistics { group } => {
            let (group, online) = opened(group, context)?;
            online.show::<ShowClaimCodeStatistics>(&group.path(&online)?)
        }
    }
}

/// The group, which is looked for in the command line and the profile before the service is thought of.
fn opened(group: GroupArguments, context: &mut Context) -> Result<(TypedGroup, Online)> {
    Ok((group.chosen(context)?, Online::open(context)?))
}

fn done(result: &'static str, id: u64) -> Done {
    Done::new(result, "claimCodeId", id)
}

/// What was deleted; claim codes that were not make it a failure.
fn deleted(reply: DeletedClaimCodes) -> Outcome {
    let failed = reply.failed_claim_code_id.value().or(reply.failed_claim_code_ids.value());
    let failed = failed.map_or(0, Vec::len);
    let outcome = Outcome::of(Shown(reply));
    if failed == 0 {
        return outcome;
    }
    outcome.failing(Failure::refused(format!("{failed} claim codes were not deleted")))
}

/// RFC 3339, checked here because a wrong time would delete the wrong claim codes.
fn time(text: &str) -> std::result::Result<String, String> {
    let parsed = text.parse::<jiff::Timestamp>();
    parsed.map(|_| text.to_owned()).map_err(|_| {
        "expected a time such as 2026-01-01T00:00:00Z (RFC 3339, with its offset)".to_owned()
    })
}

impl Row for ClaimCode {
    const COLUMNS: &'static [&'static str] =
        &["ID", "NAME", "STATUS", "POLICY", "AT-LIMIT", "DEVICES", "LIMIT", "REUSABLE"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.id.to_string(),
            self.name.clone(),
            cell(self.status.value()),
            self.policy.to_string(),
            self.behavior.to_string(),
            cell(self.device_count.value()),
            self.device_limit.to_string(),
            self.reusable.to_string(),
        ]
    }
}

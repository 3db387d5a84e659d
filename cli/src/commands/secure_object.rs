//! `el2g secure-object` (AN12642 4.1.3, 4.1.4, 4.5).

pub mod assignment;
pub mod create;
pub mod create_batch;
pub mod policies;

use clap::{ArgGroup, Args, Subcommand};
use el2g_service_api::assignments::{
    AssignedGroup, AssignedGroupQuery, AvailableGroupQuery, GroupReference, ListAssignedGroups,
    ListAvailableGroups,
};
use el2g_service_api::provisionings::{
    ListObjectProvisionings, ObjectProvisioningQuery, Provisioning, ProvisioningState,
};
use el2g_service_api::secure_objects::{
    DeleteSecureObject, ListSecureObjectPolicies, ListSecureObjects, PolicyQuery, SecureObject,
    SecureObjectPath, SecureObjectPolicy, SecureObjectQuery, SecureObjectType, SecureObjectUpdate,
    ShowSecureObject, UpdateSecureObject,
};
use el2g_service_api::{NoPath, NoQuery, Nullable, OpenEnum as _};
use el2g_workflows::IdOrName;
use el2g_x509::Certificate;

use crate::Result;
use crate::context::Context;
use crate::device_id;
use crate::ids;
use crate::online::{Done, Online};
use crate::output::Outcome;
use crate::paging::{Paging, Sorting, paged_query};
use crate::table::{Row, Rows, Shown, cell};

pub use policies::PolicyArguments;

/// Keys, certificates and files for secure elements.
#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Create a secure object
    Create(Box<create::Arguments>),
    CreateBatch(Box<create_batch::Arguments>),
    /// Give a secure object another name, or add policies to its CUSTOM ones
    #[command(
        after_help = "Example:\n  el2g secure-object update 5424 --name tls-key",
        group = ArgGroup::new("change").args(["name", "policies", "policy"]).required(true).multiple(true)
    )]
    Update {
        #[arg(value_name = "OBJECT", help = ids::OBJECT)]
        id: IdOrName,
        /// New name
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        policies: PolicyArguments,
    },
    #[command(flatten)]
    Operation(Operation),
}

/// The verbs that are one operation each.
#[derive(Subcommand)]
enum Operation {
    /// List secure objects
    #[command(after_help = "Example:\n  el2g secure-object list --kind MASTER_KEY --sort-by name")]
    List {
        /// Only objects whose name contains this
        #[arg(long)]
        name: Option<String>,
        /// Only objects of this type, such as MASTER_KEY
        #[arg(long = "kind", alias = "type", value_name = "KIND", value_parser = SecureObjectType::from_typed)]
        r#type: Option<SecureObjectType>,
        #[command(flatten)]
        paging: Paging,
        #[command(flatten)]
        sorting: Sorting,
    },
    /// Show one secure object
    #[command(after_help = "Example:\n  el2g secure-object show 5424")]
    Show {
        #[arg(value_name = "OBJECT", help = ids::OBJECT)]
        id: IdOrName,
    },
    /// Delete a secure object that is in no group; this cannot be undone
    #[command(after_help = "Example:\n  el2g secure-object delete 5424 --yes")]
    Delete {
        #[arg(value_name = "OBJECT", help = ids::OBJECT)]
        id: IdOrName,
    },
    /// Assign secure objects to device groups; can be run again, because what is assigned stays so
    #[command(
        after_help = "Example:\n  el2g secure-object assign 5424 --group 474\n  el2g secure-object assign 5424 5425 --group 474"
    )]
    Assign(assignment::NewMembers),
    /// Unassign secure objects from device groups, one or several of both
    #[command(after_help = "Example:\n  el2g secure-object unassign 5424 --group 474 --yes")]
    Unassign(assignment::FormerMembers),
    /// List the device groups that a secure object can be assigned to
    #[command(after_help = "Example:\n  el2g secure-object available-groups 5424")]
    AvailableGroups {
        #[arg(value_name = "OBJECT", help = ids::OBJECT)]
        id: IdOrName,
        /// Only groups whose name contains this
        #[arg(long)]
        name: Option<String>,
    },
    /// List the device groups that a secure object is assigned to
    #[command(after_help = "Example:\n  el2g secure-object assigned-groups 5424")]
    AssignedGroups {
        #[arg(value_name = "OBJECT", help = ids::OBJECT)]
        id: IdOrName,
        #[command(flatten)]
        paging: Paging,
        #[command(flatten)]
        sorting: Sorting,
    },
    /// List the provisionings of a secure object with their states
    #[command(
        after_help = "Example:\n  el2g secure-object provisionings 5424 --status PROVISIONING_FAILED"
    )]
    Provisionings {
        #[arg(value_name = "OBJECT", help = ids::OBJECT)]
        id: IdOrName,
        /// Only this device, decimal or hexadecimal
        #[arg(long, value_name = "ID")]
        device: Option<String>,
        /// Only provisionings in this state, such as PROVISIONING_COMPLETED
        #[arg(long = "status", alias = "state", value_name = "STATUS", value_parser = ProvisioningState::from_typed)]
        state: Option<ProvisioningState>,
        #[command(flatten)]
        paging: Paging,
        #[command(flatten)]
        sorting: Sorting,
    },
    /// List the usage policies of a secure object
    #[command(after_help = "Example:\n  el2g secure-object policies 5424 -o json")]
    Policies {
        #[arg(value_name = "OBJECT", help = ids::OBJECT)]
        id: IdOrName,
        /// Only the policy for the product with this 12NC
        #[arg(long, value_name = "12NC")]
        product: Option<String>,
        #[command(flatten)]
        paging: Paging,
    },
}

/// Runs one verb.
pub fn run(arguments: Arguments, context: &mut Context) -> Result<Outcome> {
    match arguments.verb {
        Verb::Create(arguments) => create::run(*arguments, context),
        Verb::CreateBatch(arguments) => create_batch::run(*arguments, context),
        Verb::Update { id, name, policies } => update(&id, name, &policies, context),
        Verb::Operation(operation) => call(operation, context),
    }
}

fn call(operation: Operation, context: &mut Context) -> Result<Outcome> {
    match operation {
        Operation::List { name, r#type, paging, sorting } => {
            let online = Online::open(context)?;
            let query = paged_query!(SecureObjectQuery {
                name: name,
                secure_object_type: r#type,
            } paging, sorting);
            online.list::<ListSecureObjects>(NoPath, query)
        }
        Operation::Show { id } => {
            let online = Online::open(context)?;
            let path = path(online.object(&id)?);
            online.answer::<ShowSecureObject>(&path, &NoQuery {}, &(), |object| {
                Outcome::of(Shown(named(object)))
            })
        }
        Operation::Delete { id } => {
            let online = Online::open(context)?;
            let id = online.object(&id)?;
            online.confirm::<DeleteSecureObject>(format!("Delete secure object {id}"))?;
            online.done::<DeleteSecureObject>(&path(id), &(), done("deleted", id))
        }
        Operation::Assign(members) => assignment::assign(members, context),
        Operation::Unassign(members) => assignment::unassign(&members, context),
        Operation::AvailableGroups { id, name } => {
            let online = Online::open(context)?;
            let (path, query) = (path(online.object(&id)?), AvailableGroupQuery { name });
            online.answer::<ListAvailableGroups>(&path, &query, &(), |groups| {
                Outcome::of(Rows(groups))
            })
        }
        Operation::AssignedGroups { id, paging, sorting } => {
            let online = Online::open(context)?;
            let query = paged_query!(AssignedGroupQuery {} paging, sorting);
            let path = path(online.object(&id)?);
            online.list::<ListAssignedGroups>(path, query)
        }
        Operation::Provisionings { id, device, state, paging, sorting } => {
            let online = Online::open(context)?;
            let device = device.as_deref().map(device_id::typed).transpose()?;
            let query = paged_query!(ObjectProvisioningQuery {
                device_id: device.map(|device| device.to_string()),
                provisioning_state: state,
            } paging, sorting);
            let path = path(online.object(&id)?);
            online.list::<ListObjectProvisionings>(path, query)
        }
        Operation::Policies { id, product, paging } => {
            let online = Online::open(context)?;
            let query = paged_query!(PolicyQuery { nc12: product } paging);
            let path = path(online.object(&id)?);
            online.list::<ListSecureObjectPolicies>(path, query)
        }
    }
}

fn path(id: u64) -> SecureObjectPath {
    SecureObjectPath { secure_object_id: id }
}

fn done(result: &'static str, id: u64) -> Done {
    Done::new(result, "secureObjectId", id)
}

fn update(
    id: &IdOrName,
    name: Option<String>,
    policies: &PolicyArguments,
    context: &mut Context,
) -> Result<Outcome> {
    let policies = policies.given(context)?;
    let mut body = SecureObjectUpdate::new();
    body.name = Nullable::or_absent(name);
    body.policies = Nullable::or_absent(policies);
    let online = Online::open(context)?;
    let id = online.object(id)?;
    online.done::<UpdateSecureObject>(&path(id), &body, done("updated", id))
}

/// The object with its id under the name it has in every answer but one (docs/an12642-errata.md row 4).
pub fn named(mut object: SecureObject) -> SecureObject {
    object.id = Nullable::or_absent(object.service_id());
    object.secure_object_id = Nullable::Absent;
    object
}

impl Row for SecureObject {
    const COLUMNS: &'static [&'static str] =
        &["ID", "NAME", "TYPE", "OBJECT-ID", "POLICY", "GROUPS", "PROVISIONINGS", "DOWNLOADED"];

    fn cells(&self) -> Vec<String> {
        vec![
            cell(self.service_id()),
            self.name.clone(),
            self.secure_object_type.to_string(),
            self.object_id.to_string(),
            cell(self.policy_source_type.value()),
            cell(self.device_group_count.value()),
            cell(self.provisioning_count.value()),
            cell(self.downloaded_count.value()),
        ]
    }

    fn tidy(self) -> Self {
        named(self)
    }
}

impl Row for GroupReference {
    const COLUMNS: &'static [&'static str] = &["ID", "NAME"];

    fn cells(&self) -> Vec<String> {
        vec![self.id.to_string(), self.device_group_name.clone()]
    }
}

impl Row for AssignedGroup {
    const COLUMNS: &'static [&'static str] = &["ID", "NAME", "UNASSIGNABLE"];

    fn cells(&self) -> Vec<String> {
        vec![
            cell(self.group_id()),
            cell(self.device_group_name.value()),
            cell(self.unassignable.value()),
        ]
    }

    fn tidy(mut self) -> Self {
        self.device_group_id = Nullable::or_absent(self.group_id());
        self.device_id = Nullable::Absent;
        self
    }
}

impl Row for Provisioning {
    const COLUMNS: &'static [&'static str] =
        &["ID", "OBJECT", "TYPE", "DEVICE", "GROUP", "STATE", "CERTIFICATE"];

    fn cells(&self) -> Vec<String> {
        vec![
            cell(self.provisioning_id.value()),
            cell(self.secure_object_name.value()),
            cell(self.secure_object_type.value()),
            cell(self.device_id.value()),
            cell(self.device_group_name.value()),
            cell(self.provisioning_state.value()),
            cell(self.certificate.value().map(|pem| subject_of(pem))),
        ]
    }
}

/// Whose certificate it is: the whole PEM has no place in a table.
fn subject_of(pem: &str) -> String {
    match Certificate::read(pem.as_bytes()) {
        Ok(certificate) => certificate.subject().to_string(),
        Err(_) => "unreadable".to_owned(),
    }
}

impl Row for SecureObjectPolicy {
    const COLUMNS: &'static [&'static str] = &["12NC", "PRODUCT", "SOURCE", "RULES"];

    fn cells(&self) -> Vec<String> {
        let policy = &self.secure_object_policy_configuration;
        let rules = policy.access_rule_configuration.iter().map(|rules| {
            let allowed: Vec<&str> = rules.access_rules.iter().map(|rule| rule.as_str()).collect();
            format!("{} {}: {}", rules.r#type, rules.object_id, allowed.join(" "))
        });
        vec![
            self.nc12.clone(),
            cell(self.commercial_name.value()),
            policy.policy_source_type.to_string(),
            rules.collect::<Vec<_>>().join("; "),
        ]
    }
}

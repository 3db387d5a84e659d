//! `el2g device-group` (AN12642 4.1.1, 4.3, 4.5.3, 4.5.6, 4.5.7).

use clap::{Args, Subcommand};
use el2g_service_api::assignments::{
    AssignedObject, AssignedObjectQuery, GroupIdPath, Ids, ListAssignedObjects,
    ListAvailableObjects, UnassignObjects, UnassignmentQuery,
};
use el2g_service_api::device_groups::{
    CreateDeviceGroup, DeleteDeviceGroup, DeviceGroup, DeviceGroupName, DeviceGroupQuery,
    GroupPath, ListDeviceGroups, ProductPath, RenameDeviceGroup, ShowDeviceGroup,
    UnclaimAllDevices,
};
use el2g_service_api::devices::{GroupDeviceQuery, ListGroupDevices};
use el2g_service_api::secure_objects::SecureObjectType;
use el2g_service_api::{NoQuery, ObjectId, OpenEnum as _, PageQuery as _};
use el2g_workflows::{IdOrName, Named};

use crate::Result;
use crate::chosen_group::{ProductArgument, TypedGroup};
use crate::confirmation::typeable;
use crate::context::Context;
use crate::hardware_family::FamilyArguments;
use crate::ids;
use crate::online::{Done, Online};
use crate::output::Outcome;
use crate::paging::{Paging, Sorting, paged_query};
use crate::table::{Row, Rows, Shown, cell};

/// Device groups and what is in them.
#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

/// A group, as its product's 12NC and its id.
#[derive(Args)]
struct OneGroup {
    #[arg(value_name = "GROUP", help = ids::GROUP)]
    group: IdOrName,
    #[command(flatten)]
    product: ProductArgument,
}

impl OneGroup {
    fn opened(self, context: &mut Context) -> Result<(GroupPath, Online)> {
        let product = self.product.chosen(context)?;
        let online = Online::open(context)?;
        Ok((TypedGroup { group: self.group, product }.path(&online)?, online))
    }
}

/// The same where something is destroyed.
#[derive(Args)]
struct DoomedGroup {
    #[arg(value_name = "GROUP", help = ids::GROUP)]
    group: IdOrName,
    /// 12NC of the group's product (`el2g product list`); the profile's is not taken here
    #[arg(long, value_name = "12NC")]
    product: String,
}

impl DoomedGroup {
    fn path(self, online: &Online) -> Result<GroupPath> {
        TypedGroup { group: self.group, product: self.product }.path(online)
    }
}

#[derive(Subcommand)]
enum Verb {
    /// Create a group for devices of one product, which is decisive for provisioning
    #[command(
        after_help = "Example:\n  el2g device-group create --name sensors --product 935389312472"
    )]
    Create {
        /// Name of the group
        #[arg(long)]
        name: String,
        #[command(flatten)]
        product: ProductArgument,
    },
    /// List the groups of a product
    #[command(after_help = "Example:\n  el2g device-group list --product 935389312472")]
    List {
        #[command(flatten)]
        product: ProductArgument,
        /// Only groups whose name contains this
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        paging: Paging,
    },
    /// Show one group
    #[command(after_help = "Example:\n  el2g device-group show 474 --product 935389312472")]
    Show {
        #[command(flatten)]
        group: OneGroup,
    },
    /// Give a group another name
    #[command(
        after_help = "Example:\n  el2g device-group rename 474 --product 935389312472 --name meters"
    )]
    Rename {
        #[command(flatten)]
        group: OneGroup,
        /// New name
        #[arg(long)]
        name: String,
    },
    /// Delete a group; it must have no devices, objects or claim codes
    #[command(after_help = "Example:\n  el2g device-group delete 474 --product 935389312472 --yes")]
    Delete {
        #[command(flatten)]
        group: DoomedGroup,
    },
    /// Unclaim all devices of a group
    #[command(
        after_help = "Example:\n  el2g device-group unclaim-all 474 --product 935389312472 --yes"
    )]
    UnclaimAll {
        #[command(flatten)]
        group: DoomedGroup,
    },
    /// List the secure objects that are assigned to a group
    #[command(after_help = "Example:\n  el2g device-group assigned-objects 474 --kind KEYPAIR")]
    AssignedObjects {
        #[arg(value_name = "GROUP", help = ids::GROUP)]
        group: IdOrName,
        /// Only objects whose name contains this
        #[arg(long)]
        name: Option<String>,
        /// Only objects of this type, such as KEYPAIR
        #[arg(long = "kind", alias = "type", value_name = "KIND", value_parser = SecureObjectType::from_typed)]
        r#type: Option<SecureObjectType>,
        #[command(flatten)]
        paging: Paging,
        #[command(flatten)]
        sorting: Sorting,
    },
    /// List the secure objects that can be assigned to a group
    #[command(after_help = "Example:\n  el2g device-group available-objects 474")]
    AvailableObjects {
        #[arg(value_name = "GROUP", help = ids::GROUP)]
        group: IdOrName,
    },
    /// Unassign secure objects from a group
    #[command(
        after_help = "Example:\n  el2g device-group unassign-objects 474 --object 5424 --yes"
    )]
    UnassignObjects {
        #[arg(value_name = "GROUP", help = ids::GROUP)]
        group: IdOrName,
        #[arg(long = "object", value_name = "OBJECT", required = true, help = ids::OBJECTS)]
        objects: Vec<IdOrName>,
        #[command(flatten)]
        family: FamilyArguments,
    },
}

/// Runs one verb.
pub fn run(arguments: Arguments, context: &mut Context) -> Result<Outcome> {
    match arguments.verb {
        Verb::Create { name, product } => {
            let product = product.chosen(context)?;
            let online = Online::open(context)?;
            let (path, body) = (ProductPath { nc12: product }, DeviceGroupName::new(name));
            online.answer::<CreateDeviceGroup>(&path, &NoQuery {}, &body, |group| {
                Outcome::of(Shown(group))
            })
        }
        Verb::List { product, name, paging } => {
            let product = product.chosen(context)?;
            let online = Online::open(context)?;
            let query = paged_query!(DeviceGroupQuery { name: name } paging);
            online.list::<ListDeviceGroups>(ProductPath { nc12: product }, query)
        }
        Verb::Show { group } => {
            let (path, online) = group.opened(context)?;
            online.show::<ShowDeviceGroup>(&path)
        }
        Verb::Rename { group, name } => {
            let (path, online) = group.opened(context)?;
            let done = Done::new("renamed", "deviceGroupId", path.device_group_id)
                .and("deviceGroupName", name.clone());
            online.done::<RenameDeviceGroup>(&path, &DeviceGroupName::new(name), done)
        }
        Verb::Delete { group } => {
            let online = Online::open(context)?;
            let path = group.path(&online)?;
            let id = path.device_group_id;
            online.confirm::<DeleteDeviceGroup>(format!("Delete device group {id}"))?;
            let done = Done::new("deleted", "deviceGroupId", id);
            online.done::<DeleteDeviceGroup>(&path, &(), done)
        }
        Verb::UnclaimAll { group } => {
            let online = Online::open(context)?;
            let path = group.path(&online)?;
            confirm_unclaim_all(&path, &online)?;
            let done = Done::new("unclaiming all devices", "deviceGroupId", path.device_group_id);
            online.done::<UnclaimAllDevices>(&path, &(), done)
        }
        Verb::AssignedObjects { group, name, r#type, paging, sorting } => {
            let online = Online::open(context)?;
            let query = paged_query!(AssignedObjectQuery {
                secure_object_name: name,
                secure_object_type: r#type,
            } paging, sorting);
            let device_group_id = online.id(&group, &Named::Group)?;
            online.list::<ListAssignedObjects>(GroupIdPath { device_group_id }, query)
        }
        Verb::AvailableObjects { group } => {
            let online = Online::open(context)?;
            let path = GroupIdPath { device_group_id: online.id(&group, &Named::Group)? };
            online.answer::<ListAvailableObjects>(&path, &NoQuery {}, &(), |objects| {
                Outcome::of(Rows(objects))
            })
        }
        Verb::UnassignObjects { group, objects, family } => {
            let online = Online::open(context)?;
            let group = online.id(&group, &Named::Group)?;
            let objects: Vec<u64> =
                objects.iter().map(|object| online.object(object)).collect::<Result<_>>()?;
            let path = GroupIdPath { device_group_id: group };
            let hardware_family_type = family.of_groups(&online, &[group])?;
            let what = format!("Unassign {} secure objects from group {group}", objects.len());
            online.confirm::<UnassignObjects>(what)?;
            let done = Done::new("unassigned", "deviceGroupId", group)
                .and("secureObjectIds", objects.clone());
            let query = UnassignmentQuery { hardware_family_type };
            online.done_with::<UnassignObjects>(&path, &query, &Ids(objects), done)
        }
    }
}

/// Asks with the group's name and the number of its devices, and expects the name as the answer.
fn confirm_unclaim_all(path: &GroupPath, online: &Online) -> Result<()> {
    let id = path.device_group_id;
    let what = format!("Unclaim all devices of device group {id}");
    online.confirm_much::<UnclaimAllDevices>(&what, || {
        let found = online.call::<ShowDeviceGroup>(path, &NoQuery {}, &())?;
        let mut query = GroupDeviceQuery::default();
        query.set_size(1);
        query.set_page(0);
        let page = online.call::<ListGroupDevices>(path, &query, &())?;
        let count = page.total_elements.value().or(found.device_count.value());
        let count = count.map_or_else(|| "all".to_owned(), u64::to_string);
        let name = &found.device_group_name;
        let what = format!("Unclaim {count} devices of device group `{name}` ({id})");
        Ok((what, typeable(name, id)))
    })
}

impl Row for DeviceGroup {
    const COLUMNS: &'static [&'static str] = &["ID", "NAME", "DEVICES", "PRODUCT", "12NC"];

    fn cells(&self) -> Vec<String> {
        let product = self.product_details.value();
        vec![
            self.id.to_string(),
            self.device_group_name.clone(),
            cell(self.device_count.value()),
            cell(product.and_then(|product| product.commercial_name.value())),
            cell(product.map(|product| &product.nc12)),
        ]
    }
}

impl Row for AssignedObject {
    const COLUMNS: &'static [&'static str] = &["ID", "NAME", "TYPE", "OBJECT-ID", "UNASSIGNABLE"];

    fn cells(&self) -> Vec<String> {
        vec![
            cell(self.service_id()),
            cell(self.secure_object_name.value()),
            self.secure_object_type.to_string(),
            self.object_id.to_string(),
            cell(self.unassignable.value()),
        ]
    }

    fn tidy(mut self) -> Self {
        self.object_id = ObjectId::as_received(self.object_id.as_str());
        self
    }
}

//! Devices of the service: list, show, product, provisionings (AN12642 4.3.6 to 4.3.8, 4.5.10).

use clap::Subcommand;
use el2g_service_api::NoPath;
use el2g_service_api::OpenEnum as _;
use el2g_service_api::device_groups::GroupPath;
use el2g_service_api::devices::{
    Device, DeviceProvisionings, DeviceQuery, GroupDevicePath, GroupDeviceQuery, ListDevices,
    ListGroupDevices, ShowDevice,
};
use el2g_service_api::owner_domains::{OwnerDomain, OwnerDomains};
use el2g_service_api::products::{DevicePath, HardwareFamily, ShowDeviceProduct};
use el2g_service_api::provisionings::{DeviceProvisioningQuery, ListDeviceProvisionings};
use el2g_workflows::IdOrName;

use crate::Result;
use crate::chosen_group::GroupArguments;
use crate::context::Context;
use crate::device_id;
use crate::hardware_family;
use crate::online::Online;
use crate::output::Outcome;
use crate::paging::{Paging, Sorting, paged_query};
use crate::table::{Row, cell};

/// What can be done with devices of the service.
#[derive(Subcommand)]
pub enum Verb {
    /// List devices: all of them, or those of a group with their provisionings
    #[command(after_help = "Example:\n  el2g device list --group 474 --product 935389312472")]
    List {
        /// Only the devices of this group: its id, or its name where it is unique
        #[arg(long, value_name = "GROUP")]
        group: Option<IdOrName>,
        /// 12NC of the group's product [default: the profile's]
        #[arg(long, value_name = "12NC", requires = "group")]
        product: Option<String>,
        /// Only this device, decimal or hexadecimal
        #[arg(long, value_name = "ID", conflicts_with = "group")]
        device: Option<String>,
        /// Only devices of this product type
        #[arg(long, value_name = "TYPE", conflicts_with = "group")]
        product_type: Option<String>,
        #[command(flatten)]
        paging: Paging,
    },
    /// Show a device of a group
    #[command(
        after_help = "Example:\n  el2g device show 0x040050011ce89d305cf379041f1d12946680 --group 474 --product 935389312472"
    )]
    Show {
        /// The device, decimal or hexadecimal
        device: String,
        #[command(flatten)]
        group: GroupArguments,
    },
    /// Show the product that a device is
    #[command(
        after_help = "Example:\n  el2g device product 348555491056936142262187597632590342062080"
    )]
    Product {
        /// The device, decimal or hexadecimal
        device: String,
    },
    /// List the provisionings of a device with their states
    #[command(
        after_help = "Example:\n  el2g device provisionings 348555491056936142262187597632590342062080"
    )]
    Provisionings {
        /// The device, decimal or hexadecimal
        device: String,
        /// Hardware family of the device, such as RW6: sent as NXP's own clients do. Without it the service is asked for
        /// the device's product, and its family is sent unless it is SE05; in a dry run none is sent
        #[arg(long, value_name = "FAMILY", value_parser = HardwareFamily::from_typed)]
        hardware_family: Option<HardwareFamily>,
        /// Only objects of this owner, RTP or MATTER, which AN12642 does not know; may be given several times
        #[arg(long = "owner-domain", value_name = "OWNER", value_parser = OwnerDomain::from_typed)]
        owner_domains: Vec<OwnerDomain>,
        #[command(flatten)]
        paging: Paging,
        #[command(flatten)]
        sorting: Sorting,
    },
}

/// Runs one verb.
pub fn run(verb: Verb, context: &mut Context) -> Result<Outcome> {
    match verb {
        Verb::List { group: Some(group), product, paging, .. } => {
            let query = paged_query!(GroupDeviceQuery {} paging);
            let group = GroupArguments::of(group, product).chosen(context)?;
            let online = Online::open(context)?;
            let path = group.path(&online)?;
            online.list::<ListGroupDevices>(path, query)
        }
        Verb::List { device, product_type, paging, .. } => {
            let device = device.as_deref().map(device_id::typed).transpose()?;
            let query = paged_query!(DeviceQuery {
                device_id: device.map(|device| device.to_string()),
                product_type: product_type,
            } paging);
            Online::open(context)?.list::<ListDevices>(NoPath, query)
        }
        Verb::Show { device, group } => {
            let device_id = device_id::typed(&device)?;
            let group = group.chosen(context)?;
            let online = Online::open(context)?;
            let GroupPath { nc12, device_group_id } = group.path(&online)?;
            online.show::<ShowDevice>(&GroupDevicePath { nc12, device_group_id, device_id })
        }
        Verb::Product { device } => {
            let path = DevicePath { device_id: device_id::typed(&device)? };
            Online::open(context)?.show::<ShowDeviceProduct>(&path)
        }
        Verb::Provisionings { device, hardware_family, owner_domains, paging, sorting } => {
            let path = DevicePath { device_id: device_id::typed(&device)? };
            let online = Online::open(context)?;
            let family = hardware_family.or_else(|| hardware_family::of_device(&online, &path));
            let query = paged_query!(DeviceProvisioningQuery {
                hardware_family_type: family,
                owner_domain_types: OwnerDomains::asked(owner_domains),
            } paging, sorting);
            online.list::<ListDeviceProvisionings>(path, query)
        }
    }
}

impl Row for Device {
    const COLUMNS: &'static [&'static str] = &["ID", "GROUP", "GROUP-NAME", "LAST-CONNECTION"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.id.to_string(),
            cell(self.device_group_id.value()),
            cell(self.device_group_name.value()),
            cell(self.last_connection.value()),
        ]
    }
}

impl Row for DeviceProvisionings {
    const COLUMNS: &'static [&'static str] = &["ID", "LAST-CONNECTION", "PROVISIONINGS"];

    fn cells(&self) -> Vec<String> {
        let states = self.provisionings.value().into_iter().flatten().map(|provisioning| {
            let (name, state) =
                (&provisioning.secure_object_name, &provisioning.provisioning_state);
            format!("{} {}", cell(name.value()), cell(state.value()))
        });
        let states: Vec<String> = states.collect();
        let states = if states.is_empty() { "-".to_owned() } else { states.join(", ") };
        vec![self.device.id.to_string(), cell(self.device.last_connection.value()), states]
    }
}

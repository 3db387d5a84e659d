//! Device groups (4.1.1, 4.3.4, 4.3.5, 4.3.11 to 4.3.13).

use crate::look_up::{LookUp, Probe, Verdict};
use crate::products::Product;
use crate::{Json, Operation as _, Page, PathError, ResourceMetadata};

record! {
    /// A device group (4.1.1).
    #[derive(Debug, Clone, PartialEq)]
    pub struct DeviceGroup {
        /// Its id.
        id: u64,
        /// Its name; nowhere said to be unique.
        device_group_name: String,
        ?
        /// How many devices it has.
        device_count: u64,
        /// `USER` for a group of the customer's.
        product_relationship: String,
        /// The product its devices are.
        product_details: Product,
        /// Who made it, and when.
        resource_metadata: ResourceMetadata,
        /// The document only shows `null`.
        claim_code_overviews: Json,
    }
}

request! {
    /// The body of 4.1.1 and 4.3.13: a group's name.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct DeviceGroupName {
        /// The name.
        #[schemars(length(min = 1, max = 255), regex(pattern = crate::wire::schema::NAME))]
        device_group_name: String,
    }
}

query! {
    /// Filters of 4.3.4.
    pub struct DeviceGroupQuery {
        /// Part of the name.
        name: String = "name",
    } paged
}

path! {
    /// A product.
    pub struct ProductPath {
        /// The product's 12NC.
        #[schemars(regex(pattern = crate::wire::schema::NC12), example = "935389312472")]
        nc12: String = "12nc",
    }
}

path! {
    /// A device group of a product.
    pub struct GroupPath {
        /// The product's 12NC.
        #[schemars(regex(pattern = crate::wire::schema::NC12), example = "935389312472")]
        nc12: String = "12nc",
        /// The group's id.
        device_group_id: u64 = "deviceGroupId",
    }
}

/// A group of that name which is new.
fn look_up_create(
    path: &ProductPath,
    body: &DeviceGroupName,
) -> Result<LookUp<DeviceGroup>, PathError> {
    let name = body.device_group_name.clone();
    let probe = Probe::new(ListDeviceGroups::PATH, path)?.all_pages(vec![("name", name.clone())]);
    let judge = move |evidence: &crate::look_up::Evidence| {
        let mut groups = evidence.items::<DeviceGroup>(0);
        groups.retain(|group| group.device_group_name == name);
        evidence.created(groups, |group| group.resource_metadata.value())
    };
    Ok(LookUp { probes: vec![probe], judge: Box::new(judge) })
}

/// A group without devices.
fn look_up_unclaim_all(path: &GroupPath, _: &()) -> Result<LookUp<()>, PathError> {
    let mut probe = Probe::new(crate::devices::ListGroupDevices::PATH, path)?;
    probe.query.push(("size", "1".to_owned()));
    let judge = |evidence: &crate::look_up::Evidence| match evidence
        .single::<Page<serde::de::IgnoredAny>>(0)
    {
        Some(page) if page.content.is_empty() => Verdict::Happened(()),
        Some(_) => Verdict::NotHappened,
        None => Verdict::Unclear,
    };
    Ok(LookUp { probes: vec![probe], judge: Box::new(judge) })
}

operations! {
    /// Add a device group (4.1.1).
    CreateDeviceGroup = "4.1.1" Post "/products/{12nc}/device-groups" => 200 Json,
        ["device-group", "create"], path ProductPath, body DeviceGroupName, reply DeviceGroup,
        look_up look_up_create,;
    /// Retrieve device groups (4.3.4).
    ListDeviceGroups = "4.3.4" Get "/products/{12nc}/device-groups" => 200 Json,
        ["device-group", "list"], path ProductPath, query DeviceGroupQuery, page of DeviceGroup,;
    /// Retrieve device group by ID (4.3.5).
    ShowDeviceGroup = "4.3.5" Get "/products/{12nc}/device-groups/{deviceGroupId}" => 200 Json,
        ["device-group", "show"], path GroupPath, reply DeviceGroup,;
    /// Unclaim all devices in a group (4.3.11).
    UnclaimAllDevices = "4.3.11" Post "/products/{12nc}/device-groups/{deviceGroupId}/unclaim" => 202 Empty,
        ["device-group", "unclaim-all"], path GroupPath, look_up look_up_unclaim_all,
        destroys "the devices leave the group, and what was provisioned to them is revoked",;
    /// Delete a device group (4.3.12); only an empty one.
    DeleteDeviceGroup = "4.3.12" Delete "/products/{12nc}/device-groups/{deviceGroupId}" => 204 Empty,
        ["device-group", "delete"], path GroupPath,
        destroys "a deleted device group does not come back; a new one has another id",;
    /// Update a device group (4.3.13): its name.
    RenameDeviceGroup = "4.3.13" Put "/products/{12nc}/device-groups/{deviceGroupId}" => 204 Empty,
        ["device-group", "rename"], path GroupPath, body DeviceGroupName,;
}

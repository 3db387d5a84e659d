//! Devices (4.1.2, 4.3.6 to 4.3.8, 4.3.10).

use crate::device_groups::GroupPath;
use crate::look_up::{Evidence, LookUp, Probe, Verdict};
use crate::products::Product;
use crate::provisionings::Provisioning;
use crate::{
    DeviceId, NoPath, Nullable, Operation as _, Page, PathError, ResourceMetadata, UnknownFields,
};

record! {
    /// A device (4.3.7).
    #[derive(Debug, Clone, PartialEq)]
    pub struct Device {
        /// Its id (UID), decimal.
        id: DeviceId,
        ?
        /// The group it is in.
        device_group_id: u64,
        /// The group's name.
        device_group_name: String,
        /// The document only shows `null`.
        product_detail: Product,
        /// When it was last connected; `null` for never.
        last_connection: crate::Timestamp,
        /// Who registered it, and when.
        resource_metadata: ResourceMetadata,
    }
}

record! {
    /// A device with its provisionings: what the pages of 4.1.2 and 4.3.8 hold (docs/an12642-errata.md row 34).
    #[derive(Debug, Clone, PartialEq)]
    pub struct DeviceProvisionings {
        /// The device.
        device: Device,
        ?
        /// Its provisionings; left out in the example of 4.3.8.
        provisionings: Vec<Provisioning>,
    }
}

request! {
    /// The body of 4.1.2 and 4.3.10: devices by their ids, decimal or hex with the prefix `0x0`.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct DeviceIds {
        /// The devices.
        #[schemars(length(min = 1))]
        device_ids: Vec<DeviceId>,
    }
}

record! {
    /// What 4.3.10 did.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct UnclaimedDevices {
        /// The devices that were unclaimed.
        successful_device_ids: Vec<DeviceId>,
        ?
        /// The devices that were not.
        failed_device_ids: Vec<DeviceId>,
    }
}

query! {
    /// Filters of 4.3.6.
    pub struct DeviceQuery {
        /// A device id.
        device_id: String = "device-id",
        /// A product type; the document does not say which form.
        product_type: String = "producttype",
    } paged
}

query! {
    /// The paging of 4.3.8.
    pub struct GroupDeviceQuery {} paged
}

path! {
    /// A device of a group.
    pub struct GroupDevicePath {
        /// The product's 12NC.
        #[schemars(regex(pattern = crate::wire::schema::NC12), example = "935389312472")]
        nc12: String = "12nc",
        /// The group's id.
        device_group_id: u64 = "deviceGroupId",
        /// The device.
        device_id: DeviceId = "deviceId",
    }
}

/// What 4.1.2 answers: when the service only says 202, nothing is known of the devices yet.
fn page_of(content: Vec<DeviceProvisionings>) -> Page<DeviceProvisionings> {
    Page {
        current: Nullable::Absent,
        next: Nullable::Null,
        prev: Nullable::Absent,
        total_elements: Nullable::Absent,
        page_type: Nullable::Absent,
        content,
        unknown: UnknownFields::default(),
    }
}

/// One read per device of the request, in its group.
fn probes(path: &GroupPath, body: &DeviceIds) -> Result<Vec<Probe>, PathError> {
    let probe = |device_id: &DeviceId| {
        let path = GroupDevicePath {
            nc12: path.nc12.clone(),
            device_group_id: path.device_group_id,
            device_id: device_id.clone(),
        };
        Probe::new(ShowDevice::PATH, &path)
    };
    body.device_ids.iter().map(probe).collect()
}

/// All devices are in the group. When only some are, the call is repeated: those already there stay.
fn look_up_add(
    path: &GroupPath,
    body: &DeviceIds,
) -> Result<LookUp<Page<DeviceProvisionings>>, PathError> {
    let judge = |evidence: &Evidence| {
        let found: Option<Vec<Device>> =
            (0..evidence.answers.len()).map(|probe| evidence.single(probe)).collect();
        match found {
            Some(devices) => Verdict::Happened(page_of(
                devices.into_iter().map(DeviceProvisionings::new).collect(),
            )),
            None => Verdict::NotHappened,
        }
    };
    Ok(LookUp { probes: probes(path, body)?, judge: Box::new(judge) })
}

/// None of the devices is in the group any more.
fn look_up_unclaim(
    path: &GroupPath,
    body: &DeviceIds,
) -> Result<LookUp<UnclaimedDevices>, PathError> {
    let device_ids = body.device_ids.clone();
    let judge = move |evidence: &Evidence| {
        if evidence.answers.iter().any(|answer| answer.status != 404) {
            return Verdict::NotHappened;
        }
        let mut reply = UnclaimedDevices::new(device_ids);
        reply.failed_device_ids = Nullable::Value(Vec::new());
        Verdict::Happened(reply)
    };
    Ok(LookUp { probes: probes(path, body)?, judge: Box::new(judge) })
}

operations! {
    /// Add devices to a device group (4.1.2).
    AddDevices = "4.1.2" Post "/products/{12nc}/device-groups/{deviceGroupId}/devices" => 200 Json,
        ["device", "add"], path GroupPath, body DeviceIds, reply Page<DeviceProvisionings>,
        look_up look_up_add, without_body page_of(Vec::new()),;
    /// Retrieve devices (4.3.6).
    ListDevices = "4.3.6" Get "/devices" => 200 Json, ["device", "list"], path NoPath, query DeviceQuery, page of Device,;
    /// Retrieve device data (4.3.7).
    ShowDevice = "4.3.7" Get "/products/{12nc}/device-groups/{deviceGroupId}/devices/{deviceId}" => 200 Json,
        ["device", "show"], path GroupDevicePath, reply Device,;
    /// Retrieve devices assigned to a device group (4.3.8).
    ListGroupDevices = "4.3.8" Get "/products/{12nc}/device-groups/{deviceGroupId}/devices" => 200 Json,
        ["device", "list"], path GroupPath, query GroupDeviceQuery, page of DeviceProvisionings,;
    /// Unclaim a list of devices (4.3.10).
    UnclaimDevices = "4.3.10" Post "/products/{12nc}/device-groups/{deviceGroupId}/devices/unclaim" => 200 Json,
        ["device", "unclaim"], path GroupPath, body DeviceIds, reply UnclaimedDevices,
        look_up look_up_unclaim,
        destroys "the devices leave the group, and what was provisioned to them is revoked",;
}

//! Which secure objects are in which device groups (4.1.4, 4.5.1 to 4.5.3, 4.5.6 to 4.5.8).

mod group_body;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::body_check::{BodyFaults, ReadJson};
use crate::look_up::{Evidence, LookUp, Probe, Verdict};
use crate::products::HardwareFamily;
use crate::secure_objects::{SecureObject, SecureObjectPath, SecureObjectType};
use crate::{ObjectId, Operation as _, PathError, ResourceMetadata, Timestamp};

pub use group_body::{GroupAssignment, UnassignedGroup, UnassignedGroups};

/// The body of 4.5.3: ids of secure objects, at least one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(transparent)]
pub struct Ids(#[schemars(length(min = 1))] pub Vec<u64>);

impl ReadJson for Ids {
    fn read_json(json: Option<&Value>, faults: &mut BodyFaults) -> Self {
        Self(Vec::read_json(json, faults))
    }
}

record! {
    /// A device group by its id and name (4.5.1).
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct GroupReference {
        /// Its id.
        id: u64,
        /// Its name.
        device_group_name: String,
    }
}

record! {
    /// A device group that has a secure object (4.5.8).
    #[derive(Debug, Clone, PartialEq, Eq, Default)]
    pub struct AssignedGroup {
        ?
        /// The group's id under the name that 4.5.8 prints (docs/an12642-errata.md row 3). Read with
        /// [`AssignedGroup::group_id`].
        device_id: u64,
        /// The group's id under the name one would expect.
        device_group_id: u64,
        /// The group's name.
        device_group_name: String,
        /// Whether the object may be unassigned from it (docs/an12642-errata.md row 25).
        unassignable: bool,
    }
}

impl AssignedGroup {
    /// The group's id, under either name (docs/an12642-errata.md row 3).
    pub fn group_id(&self) -> Option<u64> {
        self.device_group_id.value().or(self.device_id.value()).copied()
    }
}

record! {
    /// A secure object that is in a device group (4.5.6).
    #[derive(Debug, Clone, PartialEq)]
    pub struct AssignedObject {
        /// Its type.
        secure_object_type: SecureObjectType,
        /// Its id in the secure element, as a JSON number (docs/an12642-errata.md row 5).
        object_id: ObjectId,
        ?
        /// Its id in the service. Read with [`AssignedObject::service_id`].
        secure_object_id: u64,
        /// The same under the name of the other answers (docs/an12642-errata.md row 4).
        id: u64,
        /// Its name.
        secure_object_name: String,
        /// The group.
        device_group_id: u64,
        /// Whether it may be unassigned from the group (docs/an12642-errata.md row 25).
        unassignable: bool,
        /// When the object was made.
        secure_object_created_ts: Timestamp,
        /// When it was assigned, and by whom.
        resource_metadata: ResourceMetadata,
    }
}

impl AssignedObject {
    /// Its id in the service, under either name.
    pub fn service_id(&self) -> Option<u64> {
        self.secure_object_id.value().or(self.id.value()).copied()
    }
}

query! {
    /// Filters of 4.5.1.
    pub struct AvailableGroupQuery {
        /// Part of the group's name.
        name: String = "name",
    }
}

query! {
    /// Filters of 4.5.6.
    pub struct AssignedObjectQuery {
        /// Part of the object's name.
        secure_object_name: String = "secureObjectName",
        /// A type.
        secure_object_type: SecureObjectType = "secureObjectType",
    } paged sorted by [
        "id", "secureObjectId", "secureObjectName", "secureObjectType", "objectId", "secureObjectCreatedTs", "createdTs",
    ]
}

query! {
    /// Paging and sorting of 4.5.8.
    pub struct AssignedGroupQuery {} paged sorted by [
        "id", "deviceGroupId", "deviceId", "deviceGroupName", "createdTs",
    ]
}

query! {
    /// What NXP's client adds to 4.5.2 and 4.5.3.
    pub struct UnassignmentQuery {
        /// The hardware family of the groups' product (newer than AN12642).
        hardware_family_type: HardwareFamily = "hardware-family-type",
    }
}

path! {
    /// A device group, without its product.
    pub struct GroupIdPath {
        /// The group's id.
        device_group_id: u64 = "deviceGroupId",
    }
}

/// The group is among the object's groups.
fn look_up_assign(
    path: &SecureObjectPath,
    body: &GroupAssignment,
) -> Result<LookUp<()>, PathError> {
    let wanted = body.device_group_id;
    let probe = Probe::new(ListAssignedGroups::PATH, path)?.all_pages(Vec::new());
    let judge = move |evidence: &Evidence| {
        let groups = evidence.items::<AssignedGroup>(0);
        let assigned = groups.found.iter().any(|group| group.group_id() == Some(wanted));
        if assigned { Verdict::Happened(()) } else { groups.without() }
    };
    Ok(LookUp { probes: vec![probe], judge: Box::new(judge) })
}

/// Nothing of what was to go is left. What does not exist is for the service to refuse.
fn gone(evidence: &Evidence, left: bool, complete: bool) -> Verdict<()> {
    match (left || evidence.is_absent(0), complete) {
        (true, _) => Verdict::NotHappened,
        (false, true) => Verdict::Happened(()),
        (false, false) => Verdict::Unclear,
    }
}

/// None of the groups is among the object's groups.
fn look_up_unassign_groups(
    path: &SecureObjectPath,
    body: &UnassignedGroups,
) -> Result<LookUp<()>, PathError> {
    let asked: Vec<u64> = body.ids().collect();
    let probe = Probe::new(ListAssignedGroups::PATH, path)?.all_pages(Vec::new());
    let judge = move |evidence: &Evidence| {
        let groups = evidence.items::<AssignedGroup>(0);
        let mut ids = groups.found.iter().filter_map(AssignedGroup::group_id);
        gone(evidence, ids.any(|id| asked.contains(&id)), groups.complete)
    };
    Ok(LookUp { probes: vec![probe], judge: Box::new(judge) })
}

/// None of the objects is among the group's objects.
fn look_up_unassign_objects(path: &GroupIdPath, body: &Ids) -> Result<LookUp<()>, PathError> {
    let asked = body.0.clone();
    let probe = Probe::new(ListAssignedObjects::PATH, path)?.all_pages(Vec::new());
    let judge = move |evidence: &Evidence| {
        let objects = evidence.items::<AssignedObject>(0);
        let mut ids = objects.found.iter().filter_map(AssignedObject::service_id);
        gone(evidence, ids.any(|id| asked.contains(&id)), objects.complete)
    };
    Ok(LookUp { probes: vec![probe], judge: Box::new(judge) })
}

operations! {
    /// Assign a secure object to a device group (4.1.4).
    AssignSecureObject = "4.1.4" Post "/rtp/secure-objects/{secureObjectId}/assign-device-group" => 204 Empty,
        ["secure-object", "assign"], path SecureObjectPath, body GroupAssignment,
        look_up look_up_assign,;
    /// Retrieve device groups that can be assigned to a secure object (4.5.1).
    ListAvailableGroups = "4.5.1" Get "/rtp/secure-objects/{secureObjectId}/available-device-groups" => 200 Json,
        ["secure-object", "available-groups"], path SecureObjectPath, query AvailableGroupQuery, reply Vec<GroupReference>,;
    /// Unassign a secure object from a list of device groups (4.5.2).
    UnassignFromGroups = "4.5.2" Post "/rtp/secure-objects/{secureObjectId}/unassign-device-groups" => 204 Empty,
        ["secure-object", "unassign"], path SecureObjectPath, query UnassignmentQuery, body UnassignedGroups,
        look_up look_up_unassign_groups,
        destroys "what the groups' devices got from the object is revoked",;
    /// Unassign a list of secure objects from a device group (4.5.3).
    UnassignObjects = "4.5.3" Post "/rtp/device-groups/{deviceGroupId}/unassign-secure-objects" => 204 Empty,
        ["device-group", "unassign-objects"], path GroupIdPath, query UnassignmentQuery, body Ids,
        look_up look_up_unassign_objects,
        destroys "what the group's devices got from the objects is revoked",;
    /// Retrieve secure objects assigned to a device group (4.5.6).
    ListAssignedObjects = "4.5.6" Get "/rtp/device-groups/{deviceGroupId}/assigned-secure-objects" => 200 Json,
        ["device-group", "assigned-objects"], path GroupIdPath, query AssignedObjectQuery, page of AssignedObject,;
    /// Retrieve secure objects that can be assigned to a device group (4.5.7).
    ListAvailableObjects = "4.5.7" Get "/rtp/device-groups/{deviceGroupId}/available-secure-objects" => 200 Json,
        ["device-group", "available-objects"], path GroupIdPath, reply Vec<SecureObject>,;
    /// Retrieve device groups assigned to a secure object (4.5.8).
    ListAssignedGroups = "4.5.8" Get "/rtp/secure-objects/{secureObjectId}/assigned-device-groups" => 200 Json,
        ["secure-object", "assigned-groups"], path SecureObjectPath, query AssignedGroupQuery, page of AssignedGroup,;
}

//! The chain of AN12642 4.1 as one flow: devices into a group, objects created, assigned, and waited for until the devices
//! have them.
//!
//! What would be refused is found first: before anything is changed, new objects are compared with those of the service and
//! of the groups. No object is assigned before all of them are there, so that no device gets a part of them. The journal
//! records creations alone: devices that are in the group, and objects that are assigned, are left as they are.

mod creation;
mod existing_objects;
#[cfg(test)]
mod provision_objects_tests;
mod waiting;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

use el2g_service_api::DeviceId;
use el2g_service_api::device_groups::GroupPath;
use el2g_service_api::new_secure_object::NewSecureObject;
use serde::Serialize;
use serde_json::json;

pub use self::creation::creation_step;
pub use self::waiting::{OpenProvisioning, Waited};

use self::existing_objects::There;
use crate::assign_objects::{Assignments, NewMember, objects_of_group};
use crate::steps::{Made, StepId, Steps};
use crate::{
    AddedDevices, AssignedObjects, DeviceAddition, Failure, Flow, Plan, RefusedDevice, Services,
    Subject, TargetGroups,
};

/// Which objects devices are to get.
#[derive(Debug, Clone, PartialEq)]
pub struct Provisioning {
    /// The objects.
    pub objects: Vec<PlannedObject>,
    /// 12NC of the groups' product.
    pub product: String,
    /// The groups, at least one.
    pub groups: TargetGroups,
    /// Devices that are added to the first group; where there are any, only they are waited for.
    pub devices: Vec<DeviceId>,
    /// Requests at a time, at least 1.
    pub jobs: usize,
    /// How long to wait until the devices have the objects; `None` does not wait.
    pub wait: Option<Duration>,
}

/// One object.
#[derive(Debug, Clone, PartialEq)]
pub enum PlannedObject {
    /// It is created.
    New(Box<NewObject>),
    /// The service has it, under this id.
    Existing(u64),
}

impl From<u64> for PlannedObject {
    fn from(id: u64) -> Self {
        Self::Existing(id)
    }
}

/// An object that is created.
#[derive(Debug, Clone, PartialEq)]
pub struct NewObject {
    /// What is sent.
    pub request: NewSecureObject,
    /// The place, among the objects, of the new key pair that the certificate is for: the request gets its id.
    pub key_pair: Option<usize>,
    /// Whether it is created although the service has another of its type, name and object id.
    pub allow_duplicate: bool,
}

/// What became of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ProvisionStatus {
    /// It was created now.
    Created,
    /// An earlier run created it.
    Existing,
    /// It was named by its id.
    Given,
}

/// An object that is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProvisionedObject {
    /// Its place among the objects.
    #[serde(skip)]
    pub place: usize,
    /// Its name; `None` for one that was named by its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its type; `None` for one that was named by its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secure_object_type: Option<String>,
    /// Its id in the service.
    pub secure_object_id: u64,
    /// What became of it.
    pub status: ProvisionStatus,
}

/// What came of a provisioning, as far as the run came.
#[derive(Debug, Default)]
pub struct ProvisionReport {
    /// The objects that are there.
    pub objects: RefCell<Vec<ProvisionedObject>>,
    /// Devices that were added.
    pub devices: RefCell<AddedDevices>,
    /// Objects that were assigned.
    pub assignments: RefCell<AssignedObjects>,
    /// How far the provisionings of each object are, by its id.
    pub waited: RefCell<BTreeMap<u64, Waited>>,
}

impl Provisioning {
    /// What a journal is about: provisionings in the same service. Each object has steps of its own.
    pub fn subject(base_url: &str) -> Subject {
        Subject(json!({ "service": base_url }))
    }

    /// The steps. What came of them is in `report`, also when a step fails.
    pub fn plan<'s>(
        &'s self,
        addition: &'s DeviceAddition,
        services: &'s Services<'_>,
        report: &'s ProvisionReport,
    ) -> Plan<'s, ()> {
        let (client, mut steps) = (services.client, Steps::new());
        let there = self.there(&mut steps, client);
        let checked = self.checked(&mut steps, &there);
        let devices = self.devices_added(&mut steps, addition, services, report, &checked);
        let objects = self.created(&mut steps, &there, services, report, &devices);
        let created: Vec<StepId> = objects.iter().map(|object| object.id.step()).collect();
        let assigned = self.assigned(&mut steps, &objects, &there, &created, services, report);
        if let Some(limit) = self.wait {
            self.waited(&mut steps, &objects, limit, &assigned, services, report);
        }
        steps.end(Flow::ProvisionObjects, Made::known(())).at_once(self.jobs)
    }

    /// How devices are added to the first group.
    pub fn addition(&self, chunk: usize) -> DeviceAddition {
        let device_group_id = self.groups.ids.first().copied().unwrap_or_default();
        let group = GroupPath { nc12: self.product.clone(), device_group_id };
        DeviceAddition { group, chunk, jobs: self.jobs }
    }

    /// The steps that add the devices; what they end in.
    fn devices_added<'s>(
        &'s self,
        steps: &mut Steps<'s>,
        addition: &'s DeviceAddition,
        services: &'s Services<'_>,
        report: &'s ProvisionReport,
        checked: &Made<()>,
    ) -> Made<()> {
        if self.devices.is_empty() {
            return checked.clone();
        }
        let (summary, after) = (&report.devices, [checked.step()]);
        summary.borrow_mut().not_sent = self.devices.len();
        let added = addition.chunks(steps, services.client, &self.devices, summary, &after);
        let what = "see that every device was added";
        steps.here("devices", what, &added, async move |_| {
            let refused = &mut summary.borrow_mut().refused;
            refused.sort_by(|a, b| a.device_id.cmp(&b.device_id));
            match refused_devices(refused) {
                Some(failure) => Err(failure),
                None => Ok(()),
            }
        })
    }

    /// The steps that assign every object to every group; what they end in.
    fn assigned<'s>(
        &'s self,
        steps: &mut Steps<'s>,
        objects: &[NewMember],
        there: &There,
        created: &[StepId],
        services: &'s Services<'_>,
        report: &'s ProvisionReport,
    ) -> Made<()> {
        let summary = &report.assignments;
        let (client, family) = (services.client, &self.groups.family);
        let assignments = Assignments { client, family, summary };
        let mut after = created.to_vec();
        for (group, listed) in self.groups.ids.iter().zip(&there.groups) {
            let mut of_group = vec![None; objects.len()];
            for place in self.key_pairs_first() {
                // A key pair is in the group before its certificate.
                let key_pair = self.key_pair(place).and_then(|key_pair| of_group[key_pair]);
                let first: Vec<StepId> = created.iter().copied().chain(key_pair).collect();
                let step = assignments.add(steps, &objects[place], *group, listed, &first);
                of_group[place] = Some(step);
                after.push(step);
            }
        }
        let what = "see that every object was assigned";
        steps.here("assigned", what, &after, async move |_| {
            let summary = summary.borrow();
            let Some(first) = summary.refused.first() else { return Ok(()) };
            let failure = Failure::refused(format!(
                "secure object {} was not assigned to device group {}: {}",
                first.secure_object_id, first.device_group_id, first.reason
            ));
            Err(match &first.hint {
                Some(hint) => failure.with_hint(hint.clone()),
                None => failure,
            })
        })
    }

    /// The place of the new key pair that an object is for.
    fn key_pair(&self, place: usize) -> Option<usize> {
        match &self.objects[place] {
            PlannedObject::New(new) => new.key_pair,
            PlannedObject::Existing(_) => None,
        }
    }

    /// The places of all objects: those first that others are for.
    fn key_pairs_first(&self) -> Vec<usize> {
        let (mut first, last): (Vec<usize>, Vec<usize>) =
            (0..self.objects.len()).partition(|place| self.key_pair(*place).is_none());
        first.extend(last);
        first
    }
}

/// Most devices that a failure names.
const NAMED: usize = 10;

/// The failure of devices that the service refused.
fn refused_devices(refused: &[RefusedDevice]) -> Option<Failure> {
    if refused.is_empty() {
        return None;
    }
    let count = refused.len();
    let mut failure = Failure::refused(match count {
        1 => "1 device was refused; no object was created".to_owned(),
        _ => format!("{count} devices were refused; no object was created"),
    });
    let named = refused.iter().take(NAMED);
    failure.causes.extend(named.map(|it| format!("{}: {}", it.device_id, it.reason)));
    if count > NAMED {
        failure.causes.push(format!("and {} more", count - NAMED));
    }
    Some(failure.with_hint("leave them out, or unclaim them from the group that has them"))
}

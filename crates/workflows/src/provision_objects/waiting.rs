//! The steps that wait until the devices have the objects (AN12642 4.5.9).

use std::cell::OnceCell;
use std::collections::HashSet;
use std::rc::Rc;
use std::time::Duration;

use el2g_service_api::DeviceId;
use el2g_service_api::device_groups::GroupPath;
use el2g_service_api::devices::{GroupDeviceQuery, ListGroupDevices};
use el2g_service_api::provisionings::{
    ListObjectProvisionings, ObjectProvisioningQuery, Provisioning as Found, ProvisioningState,
};
use el2g_service_api::secure_objects::SecureObjectPath;
use el2g_x509::Instant;
use serde::Serialize;

use super::{NewMember, ProvisionReport, Provisioning};
use crate::step_call::{Call, StandIn};
use crate::steps::{Made, StepId, Steps};
use crate::{Failure, Progress, Services};

/// The pauses between looks; the last one stays.
const PAUSES: [u64; 5] = [1, 2, 4, 8, 15];

/// How far the provisionings of one object are, or of all.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Waited {
    /// Devices that have the object.
    pub completed: u64,
    /// Provisionings that failed.
    pub failed: Vec<OpenProvisioning>,
    /// Provisionings that are on their way.
    pub waiting: Vec<OpenProvisioning>,
    /// Devices of the groups for which the service has no provisioning of the object yet.
    pub missing: u64,
}

/// An object that a device does not have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct OpenProvisioning {
    /// The object's id.
    pub secure_object_id: u64,
    /// The object's name.
    pub secure_object_name: Option<String>,
    /// The device.
    pub device_id: Option<DeviceId>,
    /// The device's group.
    pub device_group_id: Option<u64>,
    /// How far it is.
    pub state: ProvisioningState,
}

impl Waited {
    /// Whether nothing will change any more.
    fn is_over(&self) -> bool {
        self.waiting.is_empty() && self.missing == 0
    }

    /// Provisionings, and devices that have none.
    fn all(&self) -> u64 {
        self.completed + (self.failed.len() + self.waiting.len()) as u64 + self.missing
    }

    fn add(&mut self, other: &Self) {
        self.completed += other.completed;
        self.failed.extend_from_slice(&other.failed);
        self.waiting.extend_from_slice(&other.waiting);
        self.missing += other.missing;
    }
}

impl ProvisionReport {
    /// How far the provisionings of all objects are.
    pub fn all_waited(&self) -> Waited {
        let mut all = Waited::default();
        self.waited.borrow().values().for_each(|waited| all.add(waited));
        all
    }
}

impl Provisioning {
    /// The steps that wait, after the step `after`: the devices are counted, and each object is looked at until every device
    /// has it or the time is over. What is open then does not make a step fail.
    pub(super) fn waited<'s>(
        &'s self,
        steps: &mut Steps<'s>,
        objects: &[NewMember],
        limit: Duration,
        after: &Made<()>,
        services: &'s Services<'_>,
        report: &'s ProvisionReport,
    ) {
        let counts = self.counted(steps, after, services);
        let end = Rc::new(OnceCell::new());
        let after: Vec<StepId> = counts.iter().map(Made::step).chain([after.step()]).collect();
        for object in objects {
            let (id, size) = (object.id.clone(), services.client.settings().limits.page_size);
            let parts = move || {
                let path = SecureObjectPath { secure_object_id: (*id.so_far()?)? };
                let query = ObjectProvisioningQuery {
                    page: Some(0),
                    size: Some(size),
                    ..Default::default()
                };
                Some((path, query, ()))
            };
            let query = StandIn::Query(format!("page=0&size={size}"));
            let call = Call::<ListObjectProvisionings>::later(services.client, query, parts);
            let what = format!("wait until the devices have secure object {}", object.label);
            let (counts, end) = (counts.clone(), Rc::clone(&end));
            let step = format!("wait for {}", object.label);
            steps.call(step, what, &after, call, async move |run, call| {
                let expected = counts.iter().map(|count| count.get().unwrap_or(0)).sum();
                let seconds = i64::try_from(limit.as_secs()).unwrap_or(i64::MAX);
                let end = *end.get_or_init(|| services.now().plus_seconds(seconds));
                let wait = Wait { order: self, expected, end, services, report };
                wait.run(call, run.progress).await
            });
        }
    }

    /// The steps that count the devices of the groups; named devices are counted already.
    fn counted<'s>(
        &'s self,
        steps: &mut Steps<'s>,
        after: &Made<()>,
        services: &'s Services<'_>,
    ) -> Vec<Made<Option<u64>>> {
        if !self.devices.is_empty() {
            return vec![Made::known_after(after, Some(self.devices.len() as u64))];
        }
        let count = |group: &u64| {
            let group = *group;
            let path = move || GroupPath { nc12: self.product.clone(), device_group_id: group };
            let query = || GroupDeviceQuery { page: Some(0), size: Some(1) };
            let call =
                Call::<ListGroupDevices>::new(services.client, move || (path(), query(), ()));
            let what = format!("count the devices of device group {group}");
            let step = format!("devices of {group}");
            steps.call(step, what, &[after.step()], call, async |_, call| {
                Ok(call.send().await?.total_elements.value().copied())
            })
        };
        self.groups.ids.iter().map(count).collect()
    }
}

/// The wait for one object.
struct Wait<'s, 'c> {
    order: &'s Provisioning,
    /// How many devices are to get it.
    expected: u64,
    end: Instant,
    services: &'s Services<'c>,
    report: &'s ProvisionReport,
}

impl Wait<'_, '_> {
    async fn run(
        &self,
        call: &Call<'_, ListObjectProvisionings>,
        progress: &dyn Progress,
    ) -> Result<(), Failure> {
        let id = call.ready()?.0.secure_object_id;
        let mut pauses = PAUSES.iter().copied();
        let mut pause = 0;
        loop {
            let waited = self.sorted(id, call.all().await?);
            let is_over = waited.is_over();
            self.report.waited.borrow_mut().insert(id, waited);
            let all = self.report.all_waited();
            progress.advanced(all.completed, all.all());
            let left = self.end.unix().saturating_sub(self.services.now().unix());
            let left = u64::try_from(left).unwrap_or(0);
            if is_over || left == 0 {
                return Ok(());
            }
            pause = pauses.next().unwrap_or(pause);
            (self.services.pause)(Duration::from_secs(pause.min(left))).await;
        }
    }

    /// The provisionings of the groups and devices that are waited for, by how far they are.
    fn sorted(&self, id: u64, found: Vec<Found>) -> Waited {
        let devices: HashSet<&DeviceId> = self.order.devices.iter().collect();
        let of_device = |found: &Found| {
            devices.is_empty()
                || found.device_id.value().is_some_and(|device| devices.contains(device))
        };
        let of_group = |found: &Found| {
            found.device_group_id.value().is_some_and(|group| self.order.groups.ids.contains(group))
        };
        let mut waited = Waited::default();
        for found in found.into_iter().filter(|found| of_group(found) && of_device(found)) {
            let unknown = || ProvisioningState::Other(String::new());
            let state = found.provisioning_state.value().cloned().unwrap_or_else(unknown);
            let open = OpenProvisioning {
                secure_object_id: id,
                secure_object_name: found.secure_object_name.value().cloned(),
                device_id: found.device_id.value().cloned(),
                device_group_id: found.device_group_id.value().copied(),
                state: state.clone(),
            };
            match state {
                ProvisioningState::ProvisioningCompleted => waited.completed += 1,
                ProvisioningState::ProvisioningFailed | ProvisioningState::GenerationFailed => {
                    waited.failed.push(open);
                }
                ProvisioningState::GenerationTriggered
                | ProvisioningState::GenerationCompleted
                | ProvisioningState::GenerationOnConnection
                | ProvisioningState::Other(_) => waited.waiting.push(open),
            }
        }
        waited.missing = self.expected.saturating_sub(waited.all());
        waited
    }
}

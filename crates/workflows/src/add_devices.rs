//! Many devices into a group (AN12642 4.1.2): in chunks, several at a time, and what was refused and why.
//!
//! A device that is in the group already stays in it, so the same list can be sent again without harm:
//! that is how an interrupted run is continued.

use std::cell::RefCell;

use el2g_service_api::device_groups::GroupPath;
use el2g_service_api::devices::{AddDevices, DeviceIds, GroupDeviceQuery, ListGroupDevices};
use el2g_service_api::{DeviceId, NoQuery};
use el2g_service_client::{Client, ClientError};
use serde::Serialize;

use crate::refused_devices::{RefusedDevice, RefusedReasons};
use crate::step_call::Call;
use crate::steps::{StepId, Steps};
use crate::{Failure, Flow, Plan, Progress};

/// How a list of devices is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceAddition {
    /// The group they are for.
    pub group: GroupPath,
    /// Devices per request, at least 1.
    pub chunk: usize,
    /// Requests at a time, at least 1.
    pub jobs: usize,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AddedDevices {
    /// Devices that are in the group now.
    pub added: usize,
    /// How many of them were not in the group before, by its size before and after; `null` when it is not known.
    pub new: Option<usize>,
    /// How many of them were in the group before; `null` when it is not known.
    pub already_there: Option<usize>,
    /// Devices that the service refused.
    pub refused: Vec<RefusedDevice>,
    /// Devices of which nothing is known: their request failed, or was not sent any more.
    pub not_sent: usize,
}

impl DeviceAddition {
    /// The steps: the group's size before, the chunks, several at a time, and the size after. What came of them is in
    /// `summary`, also when a step fails.
    pub fn plan<'a>(
        &'a self,
        client: &'a Client,
        devices: &'a [DeviceId],
        summary: &'a RefCell<AddedDevices>,
    ) -> Plan<'a, ()> {
        summary.borrow_mut().not_sent = devices.len();
        let mut steps = Steps::new();
        let size = || {
            let query = || GroupDeviceQuery { page: Some(0), size: Some(1) };
            Call::<ListGroupDevices>::new(client, move || (self.group.clone(), query(), ()))
        };
        let what = "see how many devices are in the group";
        let before = steps.call("before", what, &[], size(), async |_, call| Ok(total(call).await));
        let chunks = self.chunks(&mut steps, client, devices, summary, &[before.step()]);
        let after = [&[before.step()], &chunks[..]].concat();
        let what = "see how many devices are in it now";
        let compared = steps.call("after", what, &after, size(), async move |_, call| {
            if let (Some(before), Some(after)) = (before.get(), total(call).await) {
                // Others may add and remove devices meanwhile.
                let mut summary = summary.borrow_mut();
                let new = usize::try_from(after.saturating_sub(*before)).unwrap_or(usize::MAX);
                let new = new.min(summary.added);
                (summary.new, summary.already_there) = (Some(new), Some(summary.added - new));
            }
            Ok(())
        });
        steps.end(Flow::AddDevices, compared).at_once(self.jobs)
    }
}

impl DeviceAddition {
    /// Adds the steps of the chunks, which come after the steps `after`.
    pub(crate) fn chunks<'a>(
        &'a self,
        steps: &mut Steps<'a>,
        client: &'a Client,
        devices: &'a [DeviceId],
        summary: &'a RefCell<AddedDevices>,
        after: &[StepId],
    ) -> Vec<StepId> {
        let mut added = Vec::new();
        for (number, chunk) in (1..).zip(devices.chunks(self.chunk.max(1))) {
            let body = || (self.group.clone(), NoQuery {}, DeviceIds::new(chunk.to_vec()));
            let call = Call::<AddDevices>::new(client, body);
            let (name, what) = (format!("chunk {number}"), format!("add {} devices", chunk.len()));
            let step = steps.call(name, what, after, call, async move |run, call| {
                let (group, _, chunk) = call.ready()?;
                add_chunk(client, &group, chunk, summary, run.progress).await
            });
            added.push(step.step());
        }
        added
    }
}

/// How many devices are in the group, if the service says so.
async fn total(call: &Call<'_, ListGroupDevices>) -> Option<u64> {
    call.send().await.ok()?.total_elements.value().copied()
}

/// Sends one chunk. The devices that a refusal names are left out and the rest is sent again; where it names none,
/// the chunk is halved until the devices that are the reason stand alone. When the service cannot be reached or refuses
/// the whole call (no permission, no such group), the rest counts as not sent.
async fn add_chunk(
    client: &Client,
    group: &GroupPath,
    chunk: DeviceIds,
    summary: &RefCell<AddedDevices>,
    progress: &dyn Progress,
) -> Result<(), Failure> {
    let dealt_with = |summary: &mut AddedDevices, count: usize| {
        summary.not_sent -= count;
        let done = (summary.added + summary.refused.len()) as u64;
        progress.advanced(done, done + summary.not_sent as u64);
    };
    let mut waiting = vec![chunk.device_ids];
    while let Some(devices) = waiting.pop() {
        let body = DeviceIds::new(devices);
        let answer = client.call::<AddDevices>(group, &NoQuery {}, &body).await;
        let mut summary = summary.borrow_mut();
        let mut devices = body.device_ids;
        let error = match answer {
            Ok(_) => {
                summary.added += devices.len();
                dealt_with(&mut summary, devices.len());
                continue;
            }
            Err(error) if !is_about_devices(&error) => return Err(error.into()),
            Err(error) => error,
        };
        let named = RefusedReasons::of(&error, &devices);
        if devices.len() == 1 || !named.is_empty() {
            let alone = devices.len() == 1;
            let (refused, rest): (Vec<DeviceId>, _) =
                devices.into_iter().partition(|device| alone || named.names(device));
            let count = refused.len();
            let refused = refused.into_iter().map(|device| named.refused(device, &error));
            summary.refused.extend(refused);
            dealt_with(&mut summary, count);
            waiting.extend((!rest.is_empty()).then_some(rest));
        } else {
            let second = devices.split_off(devices.len() / 2);
            waiting.extend([second, devices]);
        }
    }
    Ok(())
}

/// Whether a refusal may be about some of the devices, and not about the call as such.
fn is_about_devices(error: &ClientError) -> bool {
    error.is_refused() && !matches!(error.status(), Some(401 | 403 | 404 | 405 | 415))
}

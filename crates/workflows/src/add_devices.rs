//! Many devices into a group (AN12642 4.1.2): in chunks, several at a time, and what was refused and why.
//!
//! A device that is in the group already stays in it, so the same list can be sent again without harm:
//! that is how an interrupted run is continued.

use std::sync::Arc;

use el2g_service_api::device_groups::GroupPath;
use el2g_service_api::devices::{AddDevices, DeviceIds, GroupDeviceQuery, ListGroupDevices};
use el2g_service_api::{DeviceId, NoQuery};
use el2g_service_client::{Client, ClientError};
use serde::Serialize;
use tokio::task::JoinSet;

use crate::Failure;
use crate::refused_devices::{RefusedDevice, RefusedReasons};

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
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
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

/// What came of one chunk.
struct ChunkDone {
    added: usize,
    refused: Vec<RefusedDevice>,
    /// What is left when the service could not be reached, or refuses everything.
    left: usize,
    stopped_by: Option<ClientError>,
}

impl DeviceAddition {
    /// Sends all of them. `advanced` hears of so many more devices that are dealt with.
    ///
    /// When the service cannot be reached or refuses the whole call (no permission, no such group), nothing
    /// more is sent; the summary says how far it got and the failure says why.
    pub async fn run(
        &self,
        client: Arc<Client>,
        devices: &[DeviceId],
        advanced: &dyn Fn(usize),
    ) -> (AddedDevices, Option<Failure>) {
        let mut chunks = devices.chunks(self.chunk.max(1)).map(<[DeviceId]>::to_vec);
        let mut running = JoinSet::new();
        let mut summary = AddedDevices::default();
        let mut failure = None;
        let before = self.group_size(&client).await;
        loop {
            while failure.is_none() && running.len() < self.jobs.max(1) {
                let Some(chunk) = chunks.next() else { break };
                running.spawn(add_chunk(client.clone(), self.group.clone(), chunk));
            }
            let Some(joined) = running.join_next().await else { break };
            match joined {
                Ok(done) => {
                    advanced(done.added + done.refused.len());
                    summary.added += done.added;
                    summary.refused.extend(done.refused);
                    summary.not_sent += done.left;
                    failure = failure.or(done.stopped_by.map(Failure::from));
                }
                Err(error) => {
                    failure = failure.or(Some(Failure::bug(format!("a task failed: {error}"))));
                }
            }
        }
        summary.not_sent += chunks.map(|chunk| chunk.len()).sum::<usize>();
        if let (Some(before), Some(after)) = (before, self.group_size(&client).await) {
            // Others may add and remove devices meanwhile.
            let new = usize::try_from(after.saturating_sub(before)).unwrap_or(usize::MAX);
            let new = new.min(summary.added);
            (summary.new, summary.already_there) = (Some(new), Some(summary.added - new));
        }
        summary.refused.sort_by(|one, two| one.device_id.cmp(&two.device_id));
        (summary, failure)
    }
}

impl DeviceAddition {
    /// How many devices are in the group, if the service says so.
    async fn group_size(&self, client: &Client) -> Option<u64> {
        let query = GroupDeviceQuery { page: Some(0), size: Some(1) };
        let page = client.call::<ListGroupDevices>(&self.group, &query, &()).await.ok()?;
        page.total_elements.value().copied()
    }
}

/// Sends one chunk. The devices that a refusal names are left out and the rest is sent again; where it names none,
/// the chunk is halved until the devices that are the reason stand alone.
async fn add_chunk(client: Arc<Client>, group: GroupPath, chunk: Vec<DeviceId>) -> ChunkDone {
    let mut done = ChunkDone { added: 0, refused: Vec::new(), left: 0, stopped_by: None };
    let mut waiting = vec![chunk];
    while let Some(devices) = waiting.pop() {
        let body = DeviceIds::new(devices);
        let error = match client.call::<AddDevices>(&group, &NoQuery {}, &body).await {
            Ok(_) => {
                done.added += body.device_ids.len();
                continue;
            }
            Err(error) => error,
        };
        let mut devices = body.device_ids;
        if !is_about_devices(&error) {
            done.left = devices.len() + waiting.iter().map(Vec::len).sum::<usize>();
            done.stopped_by = Some(error);
            break;
        }
        let named = RefusedReasons::of(&error, &devices);
        if devices.len() == 1 || !named.is_empty() {
            let alone = devices.len() == 1;
            let (refused, rest): (Vec<DeviceId>, _) =
                devices.into_iter().partition(|device| alone || named.names(device));
            done.refused.extend(refused.into_iter().map(|device| named.refused(device, &error)));
            waiting.extend((!rest.is_empty()).then_some(rest));
        } else {
            let second = devices.split_off(devices.len() / 2);
            waiting.extend([second, devices]);
        }
    }
    done
}

/// Whether a refusal may be about some of the devices, and not about the call as such.
fn is_about_devices(error: &ClientError) -> bool {
    error.is_refused() && !matches!(error.status(), Some(401 | 403 | 404 | 405 | 415))
}

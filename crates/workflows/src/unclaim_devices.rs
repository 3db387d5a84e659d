//! Many devices out of a group (AN12642 4.3.10): in chunks, several at a time.
//!
//! A device that is not in the group is reported by the service as failed. So the journal records each chunk: a second run
//! does not send what is done already, and does not report it as failed.

#[cfg(test)]
mod unclaim_devices_tests;

use std::cell::RefCell;

use el2g_key_payload::sha3_512_hex;
use el2g_service_api::device_groups::GroupPath;
use el2g_service_api::devices::{DeviceIds, UnclaimDevices, UnclaimedDevices};
use el2g_service_api::{DeviceId, NoQuery};
use el2g_service_client::Client;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::step_call::Call;
use crate::steps::{Made, Steps};
use crate::{Flow, Plan, Subject};

/// How a list of devices is unclaimed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceUnclaim {
    /// The group that they leave.
    pub group: GroupPath,
    /// The devices, each once.
    pub devices: Vec<DeviceId>,
    /// Devices per request, at least 1.
    pub chunk: usize,
    /// Requests at a time, at least 1.
    pub jobs: usize,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LeftDevices {
    /// Devices that left the group, in this run or in an earlier one that was interrupted.
    pub unclaimed: usize,
    /// Devices that the service did not unclaim.
    pub failed: Vec<DeviceId>,
    /// Devices of which nothing is known: their request failed, or was not sent any more.
    pub not_sent: usize,
}

/// What came of one chunk, as the journal keeps it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Chunk {
    unclaimed: usize,
    failed: Vec<DeviceId>,
}

impl DeviceUnclaim {
    /// What a journal is about: the same devices of the same group of the same service.
    pub fn subject(&self, base_url: &str) -> Subject {
        let ids: Vec<&str> = self.devices.iter().map(DeviceId::as_str).collect();
        Subject(json!({
            "service": base_url,
            "product": self.group.nc12,
            "deviceGroupId": self.group.device_group_id,
            "devices": self.devices.len(),
            "devicesSha3": sha3_512_hex(ids.join("\n").as_bytes()),
            "chunk": self.chunk,
        }))
    }

    /// The steps: the chunks, several at a time. What came of them is in `summary`, also when a step fails. The journal
    /// goes once all of them are done.
    pub fn plan<'a>(
        &'a self,
        client: &'a Client,
        summary: &'a RefCell<LeftDevices>,
    ) -> Plan<'a, ()> {
        summary.borrow_mut().not_sent = self.devices.len();
        let mut steps = Steps::new();
        for (number, chunk) in (1..).zip(self.devices.chunks(self.chunk.max(1))) {
            let parts = || (self.group.clone(), NoQuery {}, DeviceIds::new(chunk.to_vec()));
            let call = Call::<UnclaimDevices>::new(client, parts);
            let (step, what) =
                (format!("chunk {number}"), format!("unclaim {} devices", chunk.len()));
            steps.call(step.clone(), what, &[], call, async move |run, call| {
                let Chunk { unclaimed, failed } = run.once(&step, call, of_chunk).await?;
                let mut summary = summary.borrow_mut();
                summary.unclaimed += unclaimed;
                summary.failed.extend(failed);
                summary.not_sent = summary.not_sent.saturating_sub(chunk.len());
                let all = self.devices.len();
                run.progress.advanced((all - summary.not_sent) as u64, all as u64);
                Ok(())
            });
        }
        steps.end(Flow::UnclaimDevices, Made::known(())).at_once(self.jobs).journal_ends()
    }
}

fn of_chunk(reply: &UnclaimedDevices) -> Chunk {
    let failed = reply.failed_device_ids.value().cloned().unwrap_or_default();
    Chunk { unclaimed: reply.successful_device_ids.len(), failed }
}

//! Jobs: devices that are registered in bulk, and how far their secure objects are. Not in AN12642;
//! see `newer_operations.rs`.

use el2g_service_api::body_check::read_body;
use el2g_service_api::devices::{AddDevices, DeviceIds};
use el2g_service_api::provisionings::ProvisioningState;
use rusqlite::{OptionalExtension as _, params};
use serde::Serialize;

use crate::call::{Call, shown};
use crate::clock::rfc3339;
use crate::generation;
use crate::handlers::device_groups::group_of;
use crate::handlers::devices;
use crate::newer_operations::{encoded, path_of};
use crate::refusal::{self, JOB_NOT_FOUND, Refusal};
use crate::store::as_json;

/// Nothing is made yet.
const TRIGGERED: &str = "JOB_TRIGGERED";
/// Some of it is.
const PROCESSING: &str = "JOB_PROCESSING";
/// Every device has every object.
/// Without `JOB_`: what spsdk saw of the service ("observed in the wild"), its library takes for a success, and
/// `el2go-host dev bulk-so-download` demands.
const SUCCESSFUL: &str = "COMPLETED_SUCCESSFULLY";
/// Some devices lack one.
const PARTIAL: &str = "JOB_COMPLETED_PARTIALLY";
/// Every device lacks one.
const FAILED: &str = "JOB_FAILED";

/// `POST …/register-devices`: adds devices to a group as 4.1.2 does, and answers the id of the job
/// that makes their secure objects.
///
/// # Errors
/// As for 4.1.2.
pub fn register_devices(call: &Call<'_>, body: &[u8]) -> Result<Vec<u8>, Refusal> {
    let ids = devices::ids_of(&read_body::<DeviceIds>(body).map_err(refusal::of_body)?);
    let path = path_of::<AddDevices>(call)?;
    let now = call.now();
    call.store.write(|db| {
        let group = group_of(db, &path)?;
        devices::take_in(db, now, &ids, &group)?;
        let job = uuid::Uuid::new_v4().to_string();
        let uids: Vec<String> = ids.iter().map(ToString::to_string).collect();
        db.prepare_cached(
            "INSERT INTO job (id, group_id, device_uids, created_ts) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![job, group.id, as_json(&uids)?, now])?;
        Ok(job.into_bytes())
    })
}

/// `GET /api/v2/rtp/jobs/{jobId}`
///
/// # Errors
/// 404 without such a job.
pub fn show(call: &Call<'_>, _: &[u8]) -> Result<Vec<u8>, Refusal> {
    let id = call.request.path_text("jobId").unwrap_or_default();
    call.store.read(|db| {
        let (group, uids, created): (u64, String, i64) = db
            .prepare_cached("SELECT group_id, device_uids, created_ts FROM job WHERE id = ?1")?
            .query_row(params![id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?
            .ok_or_else(|| Refusal::new(&JOB_NOT_FOUND, format!("no job `{}`", shown(&id))))?;
        let devices: Vec<String> = serde_json::from_str(&uids).unwrap_or_default();
        let failures = [ProvisioningState::GenerationFailed, ProvisioningState::ProvisioningFailed];
        let [generation, provisioning] = failures.each_ref().map(ProvisioningState::as_str);
        let failed: u64 = db
            .prepare_cached(
                "SELECT count(*) FROM json_each(?1) j WHERE EXISTS (
                   SELECT 1 FROM device d JOIN provisioning p ON p.device_seq = d.seq
                   WHERE d.uid = j.value AND p.group_id = ?2 AND p.state IN (?3, ?4))",
            )?
            .query_row(params![uids, group, generation, provisioning], |row| row.get(0))?;
        let (state, percentage) = match generation::percentage(call.service, created) {
            0 => (TRIGGERED, 0),
            percentage @ 1..=99 => (PROCESSING, percentage),
            _ if failed == 0 => (SUCCESSFUL, 100),
            _ if failed == devices.len() as u64 => (FAILED, 100),
            _ => (PARTIAL, 100),
        };
        encoded(&Job {
            job_id: &id,
            state,
            provisioned_percentage: percentage,
            device_group_id: group,
            device_ids: devices,
            created_ts: rfc3339(created),
        })
    })
}

/// A job as NXP's clients read it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Job<'a> {
    job_id: &'a str,
    state: &'static str,
    provisioned_percentage: i64,
    device_group_id: u64,
    device_ids: Vec<String>,
    created_ts: String,
}

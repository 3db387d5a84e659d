//! Jobs: devices that are registered in bulk, and how far their secure objects are. Not in AN12642.

use el2g_service_api::device_groups::GroupPath;
use el2g_service_api::devices::DeviceIds;
use el2g_service_api::jobs::{Job, JobPath, JobState};
use el2g_service_api::provisionings::ProvisioningState;
use el2g_service_api::{DeviceId, NoQuery, Nullable, Number};
use rusqlite::{OptionalExtension as _, params};

use crate::call::{Call, shown};
use crate::generation;
use crate::handlers::device_groups::group_of;
use crate::handlers::devices;
use crate::refusal::{JOB_NOT_FOUND, Refusal};
use crate::service::timestamp;
use crate::store::as_json;

/// `POST …/register-devices`: adds devices to a group as 4.1.2 does, and answers the id of the job
/// that makes their secure objects.
///
/// # Errors
/// As for 4.1.2.
pub(crate) fn register_devices(
    call: &Call<'_>,
    path: GroupPath,
    _: NoQuery,
    body: DeviceIds,
) -> Result<String, Refusal> {
    let ids = devices::ids_of(&body);
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
        Ok(job)
    })
}

/// `GET /api/v2/rtp/jobs/{jobId}`
///
/// # Errors
/// 404 without such a job.
pub(crate) fn show(call: &Call<'_>, path: JobPath, _: NoQuery, (): ()) -> Result<Job, Refusal> {
    let id = path.job_id;
    call.store.read(|db| {
        let (group, uids, created, batch): (u64, String, i64, Option<u32>) = db
            .prepare_cached(
                "SELECT group_id, device_uids, created_ts, batch_size FROM job WHERE id = ?1",
            )?
            .query_row(params![id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
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
            0 => (JobState::Triggered, 0),
            percentage @ 1..=99 => (JobState::Processing, percentage),
            // Of the names of a success, the one that `el2go-host dev bulk-so-download` demands.
            _ if failed == 0 => (JobState::ObservedSuccessfully, 100),
            _ if failed == devices.len() as u64 => (JobState::Failed, 100),
            _ => (JobState::CompletedPartially, 100),
        };
        Ok(Job {
            job_id: id.clone().into(),
            provisioned_percentage: Number::from(percentage).into(),
            device_group_id: group.into(),
            device_ids: match batch {
                // Its devices are not known.
                Some(_) => Nullable::Absent,
                None => devices.into_iter().map(DeviceId::as_received).collect::<Vec<_>>().into(),
            },
            created_ts: timestamp(created),
            ..Job::new(state)
        })
    })
}

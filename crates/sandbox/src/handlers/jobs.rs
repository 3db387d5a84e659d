//! Jobs: devices that are registered in bulk, and how far their secure objects are. Not in AN12642;
//! see `newer_operations.rs`.

use rusqlite::{OptionalExtension as _, params};
use serde_json::{Value, json};

use crate::call::{Call, Reply, shown};
use crate::clock::rfc3339;
use crate::generation;
use crate::handlers::device_groups::group_of;
use crate::handlers::devices;
use crate::handlers::provisionings::{GENERATION_FAILED, PROVISIONING_FAILED};
use crate::refusal::{JOB_NOT_FOUND, Refusal};
use crate::service::Service;

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
pub fn register_devices(service: &Service, call: &Call, body: &Value) -> Result<Reply, Refusal> {
    let ids = devices::ids_of(body)?;
    let now = service.now();
    service.store.write(|db| {
        let group = group_of(db, call)?;
        devices::take_in(db, now, &ids, &group)?;
        let job = uuid::Uuid::new_v4().to_string();
        let uids: Vec<String> = ids.iter().map(ToString::to_string).collect();
        db.prepare_cached(
            "INSERT INTO job (id, group_id, device_uids, created_ts) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![job, group.id, json!(uids).to_string(), now])?;
        Ok(Reply::Text(job))
    })
}

/// `GET /api/v2/rtp/jobs/{jobId}`
///
/// # Errors
/// 404 without such a job.
pub fn show(service: &Service, call: &Call) -> Result<Reply, Refusal> {
    let id = call.path_text("jobId");
    service.store.read(|db| {
        let (group, uids, created): (i64, String, i64) = db
            .prepare_cached("SELECT group_id, device_uids, created_ts FROM job WHERE id = ?1")?
            .query_row(params![id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?
            .ok_or_else(|| Refusal::new(&JOB_NOT_FOUND, format!("no job `{}`", shown(id))))?;
        let devices: i64 =
            db.query_row("SELECT json_array_length(?1)", params![uids], |row| row.get(0))?;
        let failed: i64 = db
            .prepare_cached(
                "SELECT count(*) FROM json_each(?1) j WHERE EXISTS (
                   SELECT 1 FROM device d JOIN provisioning p ON p.device_seq = d.seq
                   WHERE d.uid = j.value AND p.group_id = ?2 AND p.state IN (?3, ?4))",
            )?
            .query_row(params![uids, group, GENERATION_FAILED, PROVISIONING_FAILED], |row| {
                row.get(0)
            })?;
        let (state, percentage) = match generation::percentage(service, created) {
            0 => (TRIGGERED, 0),
            percentage @ 1..=99 => (PROCESSING, percentage),
            _ if failed == 0 => (SUCCESSFUL, 100),
            _ if failed == devices => (FAILED, 100),
            _ => (PARTIAL, 100),
        };
        Ok(Reply::Json(json!({
            "jobId": id,
            "state": state,
            "provisionedPercentage": percentage,
            "deviceGroupId": group,
            "deviceIds": serde_json::from_str::<Value>(&uids).unwrap_or_default(),
            "createdTs": rfc3339(created),
        })))
    })
}

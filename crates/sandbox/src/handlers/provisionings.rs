//! Provisionings: a secure object on its way to a device (4.5.9 to 4.5.12).

use rusqlite::{Connection, params};
use serde_json::{Value, json};

use crate::refusal::Refusal;
use crate::service::{Event, metadata, record};

/// The states of 4.5.9.
pub const STATES: [&str; 6] = [
    GENERATION_TRIGGERED,
    GENERATION_COMPLETED,
    GENERATION_FAILED,
    PROVISIONING_COMPLETED,
    PROVISIONING_FAILED,
    GENERATION_ON_CONNECTION,
];
/// What the device gets is being made.
pub const GENERATION_TRIGGERED: &str = "GENERATION_TRIGGERED";
/// What the device gets lies ready.
pub const GENERATION_COMPLETED: &str = "GENERATION_COMPLETED";
/// It could not be made.
pub const GENERATION_FAILED: &str = "GENERATION_FAILED";
/// The device has it.
pub const PROVISIONING_COMPLETED: &str = "PROVISIONING_COMPLETED";
/// The device did not take it.
pub const PROVISIONING_FAILED: &str = "PROVISIONING_FAILED";
/// It will be made when the device connects.
pub const GENERATION_ON_CONNECTION: &str = "GENERATION_ON_CONNECTION";

/// Makes the provisionings of every object of the group for a device that came in.
///
/// # Errors
/// When the state cannot be written.
pub fn for_new_device(db: &Connection, now: i64, seq: i64, group: i64) -> Result<(), Refusal> {
    let made = db
        .prepare_cached(
            "INSERT OR IGNORE INTO provisioning (secure_object_id, device_seq, group_id, state, created_ts, modified_ts)
             SELECT o.id, ?1, a.group_id,
                    CASE o.on_connection WHEN 1 THEN 'GENERATION_ON_CONNECTION' ELSE 'GENERATION_COMPLETED' END, ?3, ?3
             FROM assignment a JOIN secure_object o ON o.id = a.secure_object_id WHERE a.group_id = ?2 ORDER BY a.id",
        )?
        .execute(params![seq, group, now])?;
    record(db, now, Event::ProvisionService, made)
}

/// Makes the provisionings of an object for every device of a group it was assigned to.
///
/// # Errors
/// When the state cannot be written.
pub fn for_new_object(db: &Connection, now: i64, object: i64, group: i64) -> Result<(), Refusal> {
    let made = db
        .prepare_cached(
            "INSERT OR IGNORE INTO provisioning (secure_object_id, device_seq, group_id, state, created_ts, modified_ts)
             SELECT o.id, d.seq, d.group_id,
                    CASE o.on_connection WHEN 1 THEN 'GENERATION_ON_CONNECTION' ELSE 'GENERATION_COMPLETED' END, ?3, ?3
             FROM device d JOIN secure_object o ON o.id = ?1 WHERE d.group_id = ?2 ORDER BY d.seq",
        )?
        .execute(params![object, group, now])?;
    record(db, now, Event::ProvisionService, made)
}

/// Takes provisionings back; `condition` is SQL with one parameter, `value`.
///
/// # Errors
/// When the state cannot be written.
pub fn revoke(db: &Connection, now: i64, condition: &str, value: i64) -> Result<(), Refusal> {
    let gone = db
        .prepare_cached(&format!("DELETE FROM provisioning WHERE {condition}"))?
        .execute(params![value])?;
    record(db, now, Event::RevokeServiceDevice, gone)
}

/// Takes the provisionings of an object in a group back.
///
/// # Errors
/// When the state cannot be written.
pub fn revoke_object(db: &Connection, now: i64, object: i64, group: i64) -> Result<(), Refusal> {
    let gone = db
        .prepare_cached("DELETE FROM provisioning WHERE secure_object_id = ?1 AND group_id = ?2")?
        .execute(params![object, group])?;
    record(db, now, Event::RevokeServiceDevice, gone)
}

const SELECT: &str = "SELECT p.id, p.secure_object_id, o.name, o.kind, d.uid, p.group_id, g.name, p.state, \
     p.created_ts, p.modified_ts FROM provisioning p JOIN secure_object o ON o.id = p.secure_object_id \
     JOIN device d ON d.seq = p.device_seq JOIN device_group g ON g.id = p.group_id";

fn row_json(row: &rusqlite::Row<'_>) -> rusqlite::Result<Value> {
    Ok(json!({
        "provisioningId": row.get::<_, i64>(0)?,
        "secureObjectId": row.get::<_, i64>(1)?,
        "secureObjectName": row.get::<_, String>(2)?,
        "secureObjectType": row.get::<_, String>(3)?,
        "deviceId": row.get::<_, String>(4)?,
        "deviceGroupId": row.get::<_, i64>(5)?,
        "deviceGroupName": row.get::<_, String>(6)?,
        "provisioningState": row.get::<_, String>(7)?,
        "resourceMetadata": metadata(row.get(8)?, row.get(9)?, None),
    }))
}

/// The provisionings of a device as 4.3.8 lists them.
///
/// # Errors
/// When the state cannot be read.
pub fn of_device_json(db: &Connection, seq: i64) -> Result<Vec<Value>, Refusal> {
    Ok(db
        .prepare_cached(&format!("{SELECT} WHERE p.device_seq = ?1 ORDER BY p.id"))?
        .query_map(params![seq], row_json)?
        .collect::<Result<Vec<_>, _>>()?)
}

//! Provisionings: a secure object on its way to a device (4.5.9 to 4.5.12).

use el2g_service_api::secure_objects::SecureObjectType;
use rusqlite::{Connection, params};
use serde_json::{Value, json};

use crate::call::{Call, Reply, parameter_refused, shown};
use crate::device_id;
use crate::generation::{self, FIRST_STATE, Job};
use crate::handlers::devices;
use crate::handlers::secure_objects::object_of;
use crate::intermediate_ca::IntermediateCa;
use crate::refusal::{
    NO_CERTIFICATE, NOT_GENERATED, PROVISIONING_NOT_FOUND, RTP_DEVICE_NOT_FOUND, Refusal,
};
use crate::service::{Event, Service, metadata, record};
use crate::store::listing::Listing;

const PAGE_TYPE: &str = "SecureObjectProvisioningPage";

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
        .prepare_cached(&format!(
            "INSERT OR IGNORE INTO provisioning (secure_object_id, device_seq, group_id, state, created_ts, modified_ts)
             SELECT o.id, ?1, a.group_id,
                    {FIRST_STATE}, ?3, ?3
             FROM assignment a JOIN secure_object o ON o.id = a.secure_object_id WHERE a.group_id = ?2 ORDER BY a.id",
        ))?
        .execute(params![seq, group, now])?;
    record(db, now, Event::ProvisionService, made)
}

/// Makes the provisionings of an object for every device of a group it was assigned to.
///
/// # Errors
/// When the state cannot be written.
pub fn for_new_object(db: &Connection, now: i64, object: i64, group: i64) -> Result<(), Refusal> {
    let made = db
        .prepare_cached(&format!(
            "INSERT OR IGNORE INTO provisioning (secure_object_id, device_seq, group_id, state, created_ts, modified_ts)
             SELECT o.id, d.seq, d.group_id,
                    {FIRST_STATE}, ?3, ?3
             FROM device d JOIN secure_object o ON o.id = ?1 WHERE d.group_id = ?2 ORDER BY d.seq",
        ))?
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

/// What [`row_json`] reads, of a provisioning `p` and what it is about.
const COLUMNS: &str = "p.id, p.secure_object_id, o.name, o.kind, d.uid, p.group_id, g.name, p.state, \
     p.created_ts, p.modified_ts";
const ABOUT: &str = "JOIN secure_object o ON o.id = p.secure_object_id \
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
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM provisioning p {ABOUT} WHERE p.device_seq = ?1 ORDER BY p.id"
        ))?
        .query_map(params![seq], row_json)?
        .collect::<Result<Vec<_>, _>>()?)
}

/// Lists sorted by what a provisioning prints.
const SORTED_BY: [(&str, &str); 8] = [
    ("provisioningId", "p.id"),
    ("id", "p.id"),
    ("secureObjectId", "p.secure_object_id"),
    ("secureObjectName", "lower(o.name)"),
    ("deviceId", "p.device_seq"),
    ("deviceGroupId", "p.group_id"),
    ("provisioningState", "p.state"),
    ("createdTs", "p.created_ts"),
];

/// 4.5.9
///
/// # Errors
/// 404 without such an object, 400 for a wrong page, order or filter.
pub fn of_object(service: &Service, call: &Call) -> Result<Reply, Refusal> {
    let wanted = call.page()?;
    let order = call.order(&SORTED_BY, "p.id", "DESC")?;
    let state = call.query_choice("provisioningState", &STATES)?.unwrap_or("");
    let uid = match call.given("deviceId") {
        None => String::new(),
        Some(text) => device_id::parse(text)
            .map_err(|error| parameter_refused("deviceId", format!("`{}`: {error}", shown(text))))?
            .to_string(),
    };
    service.store.read(|db| {
        let object = object_of(db, call)?;
        let page = Listing {
            columns: COLUMNS,
            from: &format!(
                "provisioning p {ABOUT} WHERE p.secure_object_id = ?1 AND (?2 = '' OR p.state = ?2)
                 AND (?3 = '' OR d.uid = ?3)"
            ),
            order: &order,
            parameters: params![object.id, state, uid],
        }
        .page(db, wanted, row_json)?;
        Ok(call.page_reply(wanted, Some(PAGE_TYPE), page.total, page.rows))
    })
}

/// 4.5.10
///
/// # Errors
/// 404 without such a device, 400 for a wrong page or order.
pub fn of_device(service: &Service, call: &Call) -> Result<Reply, Refusal> {
    let wanted = call.page()?;
    let order = call.order(&SORTED_BY, "p.id", "DESC")?;
    let text = call.path_text("deviceId");
    service.store.read(|db| {
        let device = match device_id::parse(text) {
            Ok(uid) => devices::by_uid(db, &uid)?.filter(|device| device.group_id.is_some()),
            Err(_) => None,
        };
        let device = device.ok_or_else(|| {
            Refusal::new(&RTP_DEVICE_NOT_FOUND, format!("no device `{}`", shown(text)))
        })?;
        let page = Listing {
            columns: COLUMNS,
            from: &format!("provisioning p {ABOUT} WHERE p.device_seq = ?1"),
            order: &order,
            parameters: params![device.seq],
        }
        .page(db, wanted, row_json)?;
        Ok(call.page_reply(wanted, Some(PAGE_TYPE), page.total, page.rows))
    })
}

fn provisioning_id(call: &Call) -> Result<i64, Refusal> {
    call.path_id("provisioningId", &PROVISIONING_NOT_FOUND)
}

/// 4.5.11: made now where the service had it ready without anyone asking.
///
/// # Errors
/// 404 without such a provisioning or when it is not one of a certificate, 409 when it failed or
/// waits for the device.
pub fn certificate(service: &Service, call: &Call) -> Result<Reply, Refusal> {
    let id = provisioning_id(call)?;
    let job = service.store.read(|db| Job::by_id(db, id))?;
    if job.kind != SecureObjectType::Certificate {
        let found = format!("provisioning {id} is one of a {}", job.kind);
        return Err(Refusal::new(&NO_CERTIFICATE, found));
    }
    if ![GENERATION_COMPLETED, PROVISIONING_COMPLETED].contains(&job.state.as_str()) {
        let found = format!("provisioning {id} is at {}", job.state);
        return Err(Refusal::new(&NOT_GENERATED, found));
    }
    if let Some(pem) = job.certificate {
        return Ok(Reply::Text(pem));
    }
    let keys = generation::new_keys(service, std::slice::from_ref(&job))?;
    service.store.write(|db| {
        generation::keep_keys(db, &keys)?;
        let job = Job::by_id(db, id)?;
        Ok(Reply::Text(generation::certificate(service, db, &job)?))
    })
}

/// 4.5.12
///
/// # Errors
/// As for 4.5.11.
pub fn intermediate_ca(service: &Service, call: &Call) -> Result<Reply, Refusal> {
    let id = provisioning_id(call)?;
    service.store.read(|db| {
        let job = Job::by_id(db, id)?;
        let Some(order) = job.order else {
            let found = format!("provisioning {id} is one of a {}", job.kind);
            return Err(Refusal::new(&NO_CERTIFICATE, found));
        };
        let ca = IntermediateCa::by_id(db, order.intermediate_ca_id)?;
        Ok(Reply::Text(ca.certificate()?.to_owned()))
    })
}

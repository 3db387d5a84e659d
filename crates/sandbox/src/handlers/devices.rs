//! Devices (4.1.2, 4.3.6 to 4.3.8, 4.3.10, 4.3.11).

use std::collections::HashSet;

use el2g_service_api::DeviceUid;
use rusqlite::{Connection, OptionalExtension, Row, ToSql, params};
use serde_json::{Value, json};

use crate::call::{Call, DEFAULT_PAGE_SIZE, PageWanted, Reply, shown};
use crate::clock::rfc3339;
use crate::device_id;
use crate::fields::{Fields, kind_of};
use crate::handlers::device_groups::{Group, group_of};
use crate::handlers::provisionings;
use crate::products::{self, PRODUCTS};
use crate::refusal::{
    DEVICE_NOT_FOUND, DEVICE_TAKEN, FieldError, INVALID_DEVICE, MALFORMED_BODY, Refusal,
};
use crate::service::{Event, Service, metadata, record};
use crate::store::listing::{ListPage, Listing};

/// A device as stored.
#[derive(Debug, Clone)]
pub struct Device {
    /// Its row.
    pub seq: i64,
    /// Its id, decimal.
    pub uid: String,
    /// The group it is in; `None`: the service's generic one.
    pub group_id: Option<i64>,
    /// The 12NC it was added under.
    pub nc12: String,
    last_connection: Option<i64>,
    created: i64,
    modified: i64,
    version: i64,
    group_name: Option<String>,
}

const COLUMNS: &str = "d.seq, d.uid, d.group_id, d.nc12, d.last_connection, d.created_ts, \
     d.modified_ts, d.version, (SELECT name FROM device_group g WHERE g.id = d.group_id)";

impl Device {
    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            seq: row.get(0)?,
            uid: row.get(1)?,
            group_id: row.get(2)?,
            nc12: row.get(3)?,
            last_connection: row.get(4)?,
            created: row.get(5)?,
            modified: row.get(6)?,
            version: row.get(7)?,
            group_name: row.get(8)?,
        })
    }

    fn to_json(&self) -> Value {
        json!({
            "id": self.uid,
            "deviceGroupId": self.group_id,
            "deviceGroupName": self.group_name,
            "productDetail": null,
            "lastConnection": self.last_connection.map(rfc3339),
            "resourceMetadata": metadata(self.created, self.modified, Some(self.version)),
        })
    }
}

/// The device with this id, in whatever group.
///
/// # Errors
/// When the state cannot be read.
pub fn by_uid(db: &Connection, uid: &DeviceUid) -> Result<Option<Device>, Refusal> {
    Ok(db
        .prepare_cached(&format!("SELECT {COLUMNS} FROM device d WHERE d.uid = ?1"))?
        .query_row(params![uid.to_string()], Device::from_row)
        .optional()?)
}

/// Reads `deviceIds` of a body: at least one, each once.
///
/// # Errors
/// 400 for a malformed body, 422 for invalid ids.
pub fn ids_of(body: &Value) -> Result<Vec<DeviceUid>, Refusal> {
    let fields = Fields::of(body)?;
    let Some(list) = fields.value("deviceIds").and_then(Value::as_array) else {
        fields.fault("deviceIds", "an array of strings is needed");
        fields.check(&MALFORMED_BODY)?;
        return Ok(Vec::new());
    };
    if list.is_empty() {
        fields.fault("deviceIds", "empty, at least one id is needed");
    }
    let mut wrong = Vec::new();
    let mut seen = HashSet::new();
    let mut ids = Vec::with_capacity(list.len());
    for (index, item) in list.iter().enumerate() {
        let field = format!("deviceIds[{index}]");
        let Some(text) = item.as_str() else {
            fields.fault(
                &field,
                format!(
                    "a string is needed, found {}: numbers of this size lose digits",
                    kind_of(item)
                ),
            );
            continue;
        };
        match device_id::parse(text) {
            Ok(id) => {
                if seen.insert(id) {
                    ids.push(id);
                }
            }
            Err(error) => {
                wrong.push(FieldError { field, description: format!("`{}`: {error}", shown(text)) })
            }
        }
    }
    fields.check(&MALFORMED_BODY)?;
    if !wrong.is_empty() {
        return Err(Refusal {
            problem: &INVALID_DEVICE,
            details: format!("{} of {} device ids are not ids", wrong.len(), list.len()),
            field_errors: wrong,
        });
    }
    Ok(ids)
}

/// Puts a device into a group and makes its provisionings. The device must not be in another one.
///
/// # Errors
/// When the state cannot be written.
pub fn claim(db: &Connection, now: i64, uid: &DeviceUid, group: &Group) -> Result<i64, Refusal> {
    let known: Option<i64> = db
        .prepare_cached("SELECT seq FROM device WHERE uid = ?1")?
        .query_row(params![uid.to_string()], |row| row.get(0))
        .optional()?;
    let seq = match known {
        Some(seq) => {
            db.prepare_cached(
                "UPDATE device SET group_id = ?2, nc12 = ?3, modified_ts = ?4, version = version + 1
                 WHERE seq = ?1",
            )?
            .execute(params![seq, group.id, group.nc12, now])?;
            seq
        }
        None => {
            db.prepare_cached(
                "INSERT INTO device (uid, group_id, nc12, created_ts, modified_ts)
                 VALUES (?1, ?2, ?3, ?4, ?4)",
            )?
            .execute(params![uid.to_string(), group.id, group.nc12, now])?;
            let seq = db.last_insert_rowid();
            record(db, now, Event::NewDevice, 1)?;
            seq
        }
    };
    record(db, now, Event::DeviceClaimed, 1)?;
    provisionings::for_new_device(db, now, seq, group.id)?;
    Ok(seq)
}

/// Puts devices into a group, all of them or none; one that is in it already stays.
///
/// # Errors
/// 422 where one is in another group.
pub fn take_in(db: &Connection, now: i64, ids: &[DeviceUid], group: &Group) -> Result<(), Refusal> {
    let mut taken = Vec::new();
    for (index, id) in ids.iter().enumerate() {
        match by_uid(db, id)?.and_then(|device| device.group_id) {
            None => {
                claim(db, now, id, group)?;
            }
            Some(other) if other != group.id => taken.push((index, id, other)),
            Some(_) => {}
        }
    }
    if taken.is_empty() { Ok(()) } else { Err(taken_elsewhere(&taken)) }
}

/// The details are JSON in a text, which NXP's own client reads to move a device: ids in
/// hexadecimal, and those that no group could take (none: the sandbox knows every device).
pub fn taken_elsewhere(taken: &[(usize, &DeviceUid, i64)]) -> Refusal {
    let listed: Vec<Value> = taken
        .iter()
        .map(|(_, id, group)| json!({"deviceId": id.hex(), "deviceGroupId": group}))
        .collect();
    let field_errors = taken
        .iter()
        .map(|(index, id, group)| FieldError {
            field: format!("deviceIds[{index}]"),
            description: format!("device {} is in another device group, {group}", id.hex()),
        })
        .collect();
    let details = json!({"devicesInDifferentGroup": listed, "notFoundDevices": []}).to_string();
    Refusal { problem: &DEVICE_TAKEN, details, field_errors }
}

/// 4.1.2: all of them, or none. A device that is in this group already stays there. The answer is the
/// first page of the devices of the request, as its links say.
///
/// # Errors
/// 404 without such a group, 422 for invalid ids or devices of another group.
pub fn add(service: &Service, call: &Call, body: &Value) -> Result<Reply, Refusal> {
    let ids = ids_of(body)?;
    service.store.write(|db| {
        let now = service.now();
        let group = group_of(db, call)?;
        let mut content = Vec::new();
        take_in(db, now, &ids, &group)?;
        let wanted = PageWanted { page: 0, size: DEFAULT_PAGE_SIZE };
        for id in ids.iter().take(DEFAULT_PAGE_SIZE as usize) {
            if let Some(device) = by_uid(db, id)? {
                content.push(with_provisionings(db, &device)?);
            }
        }
        let total = i64::try_from(ids.len()).unwrap_or(i64::MAX);
        Ok(call.page_reply(wanted, Some("DeviceServiceProvisioningPage"), total, content))
    })
}

fn with_provisionings(db: &Connection, device: &Device) -> Result<Value, Refusal> {
    Ok(json!({
        "device": device.to_json(),
        "provisionings": provisionings::of_device_json(db, device.seq)?,
    }))
}

/// 4.3.6; `device-id` one device, `producttype` a hardware type or a 12NC.
///
/// # Errors
/// 400 for a wrong page.
pub fn list(service: &Service, call: &Call) -> Result<Reply, Refusal> {
    let wanted = call.page()?;
    let page_type = Some("DevicePage");
    service.store.read(|db| {
        if let Some(text) = call.query_text("device-id") {
            let device = match device_id::parse(text) {
                Ok(uid) => by_uid(db, &uid)?.filter(|device| device.group_id.is_some()),
                Err(_) => None,
            };
            let total = i64::from(device.is_some());
            let content = device.iter().filter(|_| wanted.page == 0).map(Device::to_json).collect();
            return Ok(call.page_reply(wanted, page_type, total, content));
        }
        let page = match call.query_text("producttype") {
            None => page_of(db, "d.group_id IS NOT NULL", &[], wanted)?,
            Some(text) => {
                let products: Vec<&str> = PRODUCTS
                    .iter()
                    .filter(|p| {
                        [p.nc12, p.hardware_type, p.hardware_variant, products::FAMILY]
                            .contains(&text)
                    })
                    .map(|p| p.nc12)
                    .collect();
                let matching =
                    "d.group_id IS NOT NULL AND d.nc12 IN (SELECT value FROM json_each(?1))";
                page_of(db, matching, params![json!(products).to_string()], wanted)?
            }
        };
        let content = page.rows.iter().map(Device::to_json).collect();
        Ok(call.page_reply(wanted, page_type, page.total, content))
    })
}

/// A page of the devices that `matching` selects, in the order in which they were first seen.
fn page_of(
    db: &Connection,
    matching: &str,
    parameters: &[&dyn ToSql],
    wanted: PageWanted,
) -> Result<ListPage<Device>, Refusal> {
    let from = format!("device d WHERE {matching}");
    Listing { columns: COLUMNS, from: &from, order: "ORDER BY d.seq", parameters }.page(
        db,
        wanted,
        Device::from_row,
    )
}

/// 4.3.7
///
/// # Errors
/// 404 without such a device in that group.
pub fn show(service: &Service, call: &Call) -> Result<Reply, Refusal> {
    service.store.read(|db| {
        let group = group_of(db, call)?;
        let text = call.path_text("deviceId");
        let device = match device_id::parse(text) {
            Ok(uid) => by_uid(db, &uid)?.filter(|device| device.group_id == Some(group.id)),
            Err(_) => None,
        };
        device.map(|device| Reply::Json(device.to_json())).ok_or_else(|| {
            Refusal::new(
                &DEVICE_NOT_FOUND,
                format!("no device `{}` in device group {}", shown(text), group.id),
            )
        })
    })
}

/// 4.3.8
///
/// # Errors
/// 404 without such a group, 400 for a wrong page.
pub fn of_group(service: &Service, call: &Call) -> Result<Reply, Refusal> {
    let wanted = call.page()?;
    service.store.read(|db| {
        let group = group_of(db, call)?;
        let page = page_of(db, "d.group_id = ?1", params![group.id], wanted)?;
        let content = page
            .rows
            .iter()
            .map(|device| with_provisionings(db, device))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(call.page_reply(wanted, Some("DeviceServiceProvisioningPage"), page.total, content))
    })
}

/// 4.3.10: devices that are not in the group are reported, the others leave it.
///
/// # Errors
/// 404 without such a group, 422 for invalid ids.
pub fn unclaim(service: &Service, call: &Call, body: &Value) -> Result<Reply, Refusal> {
    let ids = ids_of(body)?;
    service.store.write(|db| {
        let now = service.now();
        let group = group_of(db, call)?;
        let (mut successful, mut failed) = (Vec::new(), Vec::new());
        for id in &ids {
            let device = by_uid(db, id)?.filter(|device| device.group_id == Some(group.id));
            match device {
                Some(device) => {
                    leave(db, now, device.seq)?;
                    successful.push(device.uid);
                }
                None => failed.push(id.to_string()),
            }
        }
        record(db, now, Event::DeviceUnclaimed, successful.len())?;
        Ok(Reply::Json(json!({
            "successfulDeviceIds": successful,
            "failedDeviceIds": failed,
        })))
    })
}

fn leave(db: &Connection, now: i64, seq: i64) -> Result<(), Refusal> {
    provisionings::revoke(db, now, "device_seq = ?1", seq)?;
    db.prepare_cached("DELETE FROM device_key WHERE device_seq = ?1")?.execute(params![seq])?;
    db.prepare_cached(
        "UPDATE device SET group_id = NULL, modified_ts = ?2, version = version + 1 WHERE seq = ?1",
    )?
    .execute(params![seq, now])?;
    Ok(())
}

/// 4.3.11: every device of the group leaves it.
///
/// # Errors
/// 404 without such a group.
pub fn unclaim_all(service: &Service, call: &Call) -> Result<Reply, Refusal> {
    service.store.write(|db| {
        let now = service.now();
        let group = group_of(db, call)?;
        provisionings::revoke(db, now, "group_id = ?1", group.id)?;
        db.execute(
            "DELETE FROM device_key WHERE device_seq IN (SELECT seq FROM device WHERE group_id = ?1)",
            params![group.id],
        )?;
        let left = db.execute(
            "UPDATE device SET group_id = NULL, modified_ts = ?2, version = version + 1 WHERE group_id = ?1",
            params![group.id, now],
        )?;
        record(db, now, Event::DeviceUnclaimed, left)?;
        Ok(Reply::Empty)
    })
}

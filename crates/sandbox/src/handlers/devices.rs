//! Devices (4.1.2, 4.3.6 to 4.3.8, 4.3.10, 4.3.11).

use std::collections::HashSet;

use el2g_service_api::device_groups::GroupPath;
use el2g_service_api::devices::{
    Device as ApiDevice, DeviceIds, DeviceProvisionings, DeviceQuery, GroupDevicePath,
    GroupDeviceQuery, UnclaimedDevices,
};
use el2g_service_api::{DeviceId, DeviceUid, NoPath, NoQuery, Nullable, Page};
use rusqlite::{Connection, OptionalExtension, Row, ToSql, params};

use crate::call::{Call, DEFAULT_PAGE_SIZE, PageWanted, shown};
use crate::device_id;
use crate::handlers::device_groups::{Group, group_at, group_of};
use crate::handlers::provisionings;
use crate::products::PRODUCTS;
use crate::refusal::{DEVICE_NOT_FOUND, DEVICE_TAKEN, FieldError, Refusal};
use crate::service::{Event, metadata, record, timestamp};
use crate::store::listing::{ListPage, Listing};

/// A device as stored.
#[derive(Debug, Clone)]
pub(crate) struct Device {
    /// Its row.
    pub seq: i64,
    /// Its id, decimal.
    pub uid: String,
    /// The group it is in; `None`: the service's generic one.
    pub group_id: Option<u64>,
    /// The 12NC it was added under.
    pub nc12: String,
    /// When it last came online, in milliseconds since 1970.
    pub last_connection: Option<i64>,
    /// When it was made.
    pub created: i64,
    /// When it was changed.
    pub modified: i64,
    version: i64,
    /// The name of its group.
    pub group_name: Option<String>,
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

    fn printed(&self) -> ApiDevice {
        ApiDevice {
            device_group_id: Nullable::or_null(self.group_id),
            device_group_name: Nullable::or_null(self.group_name.clone()),
            product_detail: Nullable::Null,
            last_connection: self.last_connection.map_or(Nullable::Null, timestamp),
            resource_metadata: metadata(self.created, self.modified, Some(self.version)),
            ..ApiDevice::new(DeviceId::as_received(self.uid.as_str()))
        }
    }
}

/// The device that a request names and that is in some group.
///
/// # Errors
/// When the state cannot be read.
pub(crate) fn named(db: &Connection, id: &str) -> Result<Option<Device>, Refusal> {
    let device = device_id::parse(id).ok().map(|uid| by_uid(db, &uid)).transpose()?;
    Ok(device.flatten().filter(|device| device.group_id.is_some()))
}

/// The device with this id, in whatever group.
///
/// # Errors
/// When the state cannot be read.
pub(crate) fn by_uid(db: &Connection, uid: &DeviceUid) -> Result<Option<Device>, Refusal> {
    Ok(db
        .prepare_cached(&format!("SELECT {COLUMNS} FROM device d WHERE d.uid = ?1"))?
        .query_row(params![uid.to_string()], Device::from_row)
        .optional()?)
}

/// The devices of a body, each once.
#[must_use]
pub(crate) fn ids_of(body: &DeviceIds) -> Vec<DeviceUid> {
    each_once(&body.device_ids)
}

/// Devices as they were named, each once.
#[must_use]
pub(crate) fn each_once(ids: &[DeviceId]) -> Vec<DeviceUid> {
    let mut seen = HashSet::new();
    let read = ids.iter().filter_map(|id| device_id::parse(id.as_str()).ok());
    read.filter(|id| seen.insert(*id)).collect()
}

/// Puts a device into a group and makes its provisionings. The device must not be in another one.
///
/// # Errors
/// When the state cannot be written.
pub(crate) fn claim(
    db: &Connection,
    now: i64,
    uid: &DeviceUid,
    group: &Group,
) -> Result<i64, Refusal> {
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
pub(crate) fn take_in(
    db: &Connection,
    now: i64,
    ids: &[DeviceUid],
    group: &Group,
) -> Result<(), Refusal> {
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
pub(crate) fn taken_elsewhere(taken: &[(usize, &DeviceUid, u64)]) -> Refusal {
    let listed: Vec<String> = taken
        .iter()
        .map(|(_, id, group)| format!(r#"{{"deviceId":"{}","deviceGroupId":{group}}}"#, id.hex()))
        .collect();
    let field_errors = taken
        .iter()
        .map(|(index, id, group)| FieldError {
            field: format!("deviceIds[{index}]"),
            description: format!("device {} is in another device group, {group}", id.hex()),
        })
        .collect();
    let details =
        format!(r#"{{"devicesInDifferentGroup":[{}],"notFoundDevices":[]}}"#, listed.join(","));
    Refusal { problem: &DEVICE_TAKEN, details, field_errors }
}

/// 4.1.2: all of them, or none. A device that is in this group already stays there. The answer is the
/// first page of the devices of the request, as its links say.
///
/// # Errors
/// 404 without such a group, 422 for devices of another group.
pub(crate) fn add(
    call: &Call<'_>,
    path: GroupPath,
    _: NoQuery,
    body: DeviceIds,
) -> Result<Page<DeviceProvisionings>, Refusal> {
    let ids = ids_of(&body);
    call.store.write(|db| {
        let now = call.now();
        let group = group_of(db, &path)?;
        let mut content = Vec::new();
        take_in(db, now, &ids, &group)?;
        let wanted = PageWanted { page: 0, size: DEFAULT_PAGE_SIZE };
        for id in ids.iter().take(DEFAULT_PAGE_SIZE as usize) {
            if let Some(device) = by_uid(db, id)? {
                content.push(with_provisionings(db, &device)?);
            }
        }
        Ok(call.page(wanted, Some(PROVISIONINGS_PAGE), ids.len() as u64, content))
    })
}

const PROVISIONINGS_PAGE: &str = "DeviceServiceProvisioningPage";

fn with_provisionings(db: &Connection, device: &Device) -> Result<DeviceProvisionings, Refusal> {
    Ok(DeviceProvisionings {
        provisionings: provisionings::of_row(db, device.seq)?.into(),
        ..DeviceProvisionings::new(device.printed())
    })
}

/// 4.3.6; `device-id` one device, `producttype` a hardware type, a family or a 12NC.
///
/// # Errors
/// 400 for a wrong page.
pub(crate) fn list(
    call: &Call<'_>,
    _: NoPath,
    query: DeviceQuery,
    (): (),
) -> Result<Page<ApiDevice>, Refusal> {
    let wanted = PageWanted::of(&query)?;
    let page_type = Some("DevicePage");
    let one = query.device_id.filter(|text| !text.is_empty());
    let product = query.product_type.filter(|text| !text.is_empty());
    call.store.read(|db| {
        if let Some(id) = one {
            let device = named(db, &id)?;
            let total = u64::from(device.is_some());
            let content = device.iter().filter(|_| wanted.page == 0).map(Device::printed).collect();
            return Ok(call.page(wanted, page_type, total, content));
        }
        let page = match product.as_deref() {
            None => page_of(db, "d.group_id IS NOT NULL", &[], wanted)?,
            Some(text) => {
                let meant = PRODUCTS.iter().filter(|product| product.is_meant(text));
                let products: Vec<&str> = meant.map(|product| product.nc12).collect();
                let matching = "d.group_id IS NOT NULL AND instr(?1, ' ' || d.nc12 || ' ') > 0";
                page_of(db, matching, params![format!(" {} ", products.join(" "))], wanted)?
            }
        };
        let content = page.rows.iter().map(Device::printed).collect();
        Ok(call.page(wanted, page_type, page.total, content))
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
pub(crate) fn show(
    call: &Call<'_>,
    path: GroupDevicePath,
    _: NoQuery,
    (): (),
) -> Result<ApiDevice, Refusal> {
    call.store.read(|db| {
        let group = group_at(db, &path.nc12, path.device_group_id)?;
        let id = path.device_id.as_str();
        let device = named(db, id)?.filter(|device| device.group_id == Some(group.id));
        device.map(|device| device.printed()).ok_or_else(|| {
            Refusal::new(
                &DEVICE_NOT_FOUND,
                format!("no device `{}` in device group {}", shown(id), group.id),
            )
        })
    })
}

/// 4.3.8
///
/// # Errors
/// 404 without such a group, 400 for a wrong page.
pub(crate) fn of_group(
    call: &Call<'_>,
    path: GroupPath,
    query: GroupDeviceQuery,
    (): (),
) -> Result<Page<DeviceProvisionings>, Refusal> {
    let wanted = PageWanted::of(&query)?;
    call.store.read(|db| {
        let group = group_of(db, &path)?;
        let page = page_of(db, "d.group_id = ?1", params![group.id], wanted)?;
        let content = page
            .rows
            .iter()
            .map(|device| with_provisionings(db, device))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(call.page(wanted, Some(PROVISIONINGS_PAGE), page.total, content))
    })
}

/// 4.3.10: devices that are not in the group are reported, the others leave it.
///
/// # Errors
/// 404 without such a group.
pub(crate) fn unclaim(
    call: &Call<'_>,
    path: GroupPath,
    _: NoQuery,
    body: DeviceIds,
) -> Result<UnclaimedDevices, Refusal> {
    call.store.write(|db| {
        let now = call.now();
        let group = group_of(db, &path)?;
        let (mut successful, mut failed) = (Vec::new(), Vec::new());
        for id in ids_of(&body) {
            let device = by_uid(db, &id)?.filter(|device| device.group_id == Some(group.id));
            match device {
                Some(device) => {
                    leave(db, now, device.seq)?;
                    successful.push(id.to_device_id());
                }
                None => failed.push(id.to_device_id()),
            }
        }
        record(db, now, Event::DeviceUnclaimed, successful.len())?;
        let failed_device_ids = failed.into();
        Ok(UnclaimedDevices { failed_device_ids, ..UnclaimedDevices::new(successful) })
    })
}

fn leave(db: &Connection, now: i64, seq: i64) -> Result<(), Refusal> {
    provisionings::revoke(db, now, "device_seq = ?1", &seq)?;
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
pub(crate) fn unclaim_all(
    call: &Call<'_>,
    path: GroupPath,
    _: NoQuery,
    (): (),
) -> Result<(), Refusal> {
    call.store.write(|db| {
        let now = call.now();
        let group = group_of(db, &path)?;
        provisionings::revoke(db, now, "group_id = ?1", &group.id)?;
        db.execute(
            "DELETE FROM device_key WHERE device_seq IN (SELECT seq FROM device WHERE group_id = ?1)",
            params![group.id],
        )?;
        let left = db.execute(
            "UPDATE device SET group_id = NULL, modified_ts = ?2, version = version + 1 WHERE group_id = ?1",
            params![group.id, now],
        )?;
        record(db, now, Event::DeviceUnclaimed, left)
    })
}

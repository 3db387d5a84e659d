//! Provisionings: a secure object on its way to a device (4.5.9 to 4.5.12).

use el2g_service_api::owner_domains::OwnerDomain;
use el2g_service_api::products::DevicePath;
use el2g_service_api::provisionings::{
    DeviceProvisioningQuery, ObjectProvisioningQuery, Provisioning, ProvisioningPath,
    ProvisioningState,
};
use el2g_service_api::secure_objects::{SecureObjectPath, SecureObjectType};
use el2g_service_api::{DeviceId, NoQuery, Nullable, Page, SortDirection};
use rusqlite::{Connection, Row, ToSql, params};

use crate::call::{Call, NEWEST_FIRST, PageWanted, order, parameter_refused, shown};
use crate::device_id;
use crate::generation::{self, FIRST_STATE, Job};
use crate::handlers::devices;
use crate::intermediate_ca::IntermediateCa;
use crate::products;
use crate::refusal::{NO_CERTIFICATE, NOT_GENERATED, RTP_DEVICE_NOT_FOUND, Refusal};
use crate::secure_object::SecureObject;
use crate::service::{Event, metadata, record};
use crate::store::listing::Listing;

const PAGE_TYPE: &str = "SecureObjectProvisioningPage";

/// Makes the provisionings of every object of the group for a device that came in.
///
/// # Errors
/// When the state cannot be written.
pub(crate) fn for_new_device(
    db: &Connection,
    now: i64,
    seq: i64,
    group: u64,
) -> Result<(), Refusal> {
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
pub(crate) fn for_new_object(
    db: &Connection,
    now: i64,
    object: u64,
    group: u64,
) -> Result<(), Refusal> {
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
pub(crate) fn revoke(
    db: &Connection,
    now: i64,
    condition: &str,
    value: &dyn ToSql,
) -> Result<(), Refusal> {
    let gone = db
        .prepare_cached(&format!("DELETE FROM provisioning WHERE {condition}"))?
        .execute([value])?;
    record(db, now, Event::RevokeServiceDevice, gone)
}

/// Takes the provisionings of an object in a group back.
///
/// # Errors
/// When the state cannot be written.
pub(crate) fn revoke_object(
    db: &Connection,
    now: i64,
    object: u64,
    group: u64,
) -> Result<(), Refusal> {
    let gone = db
        .prepare_cached("DELETE FROM provisioning WHERE secure_object_id = ?1 AND group_id = ?2")?
        .execute(params![object, group])?;
    record(db, now, Event::RevokeServiceDevice, gone)
}

/// What [`printed`] reads, of a provisioning `p` and what it is about.
const COLUMNS: &str = "p.id, p.secure_object_id, o.name, o.kind, d.uid, p.group_id, g.name, p.state, \
     p.created_ts, p.modified_ts, p.certificate";
const ABOUT: &str = "JOIN secure_object o ON o.id = p.secure_object_id \
     JOIN device d ON d.seq = p.device_seq JOIN device_group g ON g.id = p.group_id";

fn printed(row: &Row<'_>) -> rusqlite::Result<Provisioning> {
    Ok(Provisioning {
        provisioning_id: row.get::<_, u64>(0)?.into(),
        secure_object_id: row.get::<_, u64>(1)?.into(),
        secure_object_name: row.get::<_, String>(2)?.into(),
        secure_object_type: SecureObjectType::from(row.get_ref(3)?.as_str()?).into(),
        device_id: DeviceId::as_received(row.get_ref(4)?.as_str()?).into(),
        device_group_id: row.get::<_, u64>(5)?.into(),
        device_group_name: row.get::<_, String>(6)?.into(),
        provisioning_state: ProvisioningState::from(row.get_ref(7)?.as_str()?).into(),
        resource_metadata: metadata(row.get(8)?, row.get(9)?, None),
        ..Provisioning::new()
    })
}

/// The same with the certificate that was made for it.
fn printed_with_certificate(row: &Row<'_>) -> rusqlite::Result<Provisioning> {
    let certificate = Nullable::or_absent(row.get(10)?);
    Ok(Provisioning { certificate, ..printed(row)? })
}

/// The provisionings of a device as 4.3.8 lists them.
///
/// # Errors
/// When the state cannot be read.
pub(crate) fn of_row(db: &Connection, seq: i64) -> Result<Vec<Provisioning>, Refusal> {
    Ok(db
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM provisioning p {ABOUT} WHERE p.device_seq = ?1 ORDER BY p.id"
        ))?
        .query_map(params![seq], printed)?
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
/// 404 without such an object, 400 for a wrong page, order or device id.
pub(crate) fn of_object(
    call: &Call<'_>,
    path: SecureObjectPath,
    query: ObjectProvisioningQuery,
    (): (),
) -> Result<Page<Provisioning>, Refusal> {
    let wanted = PageWanted::of(&query)?;
    let (by, direction) = (query.sort_by.as_deref(), query.sort_by_direction.as_ref());
    let order = order(by, direction, &SORTED_BY, "p.id", SortDirection::Descending)?;
    let state = query.provisioning_state.as_ref().map_or("", ProvisioningState::as_str);
    let uid = match &query.device_id {
        None => String::new(),
        Some(text) => device_id::parse(text)
            .map_err(|error| parameter_refused("deviceId", format!("`{}`: {error}", shown(text))))?
            .to_string(),
    };
    call.store.read(|db| {
        let object = SecureObject::by_id(db, path.secure_object_id)?;
        let page = Listing {
            columns: COLUMNS,
            from: &format!(
                "provisioning p {ABOUT} WHERE p.secure_object_id = ?1 AND (?2 = '' OR p.state = ?2)
                 AND (?3 = '' OR d.uid = ?3)"
            ),
            order: &order,
            parameters: params![object.id, state, uid],
        }
        .page(db, wanted, printed)?;
        Ok(call.page_with(NEWEST_FIRST, wanted, Some(PAGE_TYPE), page.total, page.rows))
    })
}

/// 4.5.10, with the certificates that are made; `hardware-family-type` and `owner-domain-types`, which AN12642 does not have, are filters: every provisioning is
/// of the device's family and owned by `RTP`.
///
/// # Errors
/// 404 without such a device, 400 for a wrong page or order.
pub(crate) fn of_device(
    call: &Call<'_>,
    path: DevicePath,
    query: DeviceProvisioningQuery,
    (): (),
) -> Result<Page<Provisioning>, Refusal> {
    let wanted = PageWanted::of(&query)?;
    let (by, direction) = (query.sort_by.as_deref(), query.sort_by_direction.as_ref());
    let order = order(by, direction, &SORTED_BY, "p.id", SortDirection::Descending)?;
    let id = path.device_id.as_str();
    call.store.read(|db| {
        let device = devices::named(db, id)?.ok_or_else(|| {
            Refusal::new(&RTP_DEVICE_NOT_FOUND, format!("no device `{}`", shown(id)))
        })?;
        let product = products::find(&device.nc12);
        let family = query.hardware_family_type.as_ref();
        let is_of_family =
            family.is_none_or(|family| product.is_some_and(|product| product.family == *family));
        let domains = query.owner_domain_types.as_ref();
        let is_owned = domains.is_none_or(|domains| domains.0.contains(&OwnerDomain::Rtp));
        let page = Listing {
            columns: COLUMNS,
            from: &format!("provisioning p {ABOUT} WHERE p.device_seq = ?1 AND ?2"),
            order: &order,
            parameters: params![device.seq, is_of_family && is_owned],
        }
        .page(db, wanted, printed_with_certificate)?;
        Ok(call.page(wanted, Some(PAGE_TYPE), page.total, page.rows))
    })
}

/// 4.5.11: made now where the service had it ready without anyone asking.
///
/// # Errors
/// 404 without such a provisioning or when it is not one of a certificate, 409 when it failed or
/// waits for the device.
pub(crate) fn certificate(
    call: &Call<'_>,
    path: ProvisioningPath,
    _: NoQuery,
    (): (),
) -> Result<String, Refusal> {
    let id = path.provisioning_id;
    let job = call.store.read(|db| Job::by_id(db, id))?;
    if job.kind != SecureObjectType::Certificate {
        let found = format!("provisioning {id} is one of a {}", job.kind);
        return Err(Refusal::new(&NO_CERTIFICATE, found));
    }
    if !job.is_generated() {
        let found = format!("provisioning {id} is at {}", job.state);
        return Err(Refusal::new(&NOT_GENERATED, found));
    }
    if let Some(pem) = job.certificate {
        return Ok(pem);
    }
    let keys = generation::new_keys(call.service, std::slice::from_ref(&job))?;
    call.store.write(|db| {
        generation::keep_keys(db, &keys)?;
        let job = Job::by_id(db, id)?;
        generation::certificate(call.service, db, &job)
    })
}

/// 4.5.12
///
/// # Errors
/// As for 4.5.11.
pub(crate) fn intermediate_ca(
    call: &Call<'_>,
    path: ProvisioningPath,
    _: NoQuery,
    (): (),
) -> Result<String, Refusal> {
    let id = path.provisioning_id;
    call.store.read(|db| {
        let job = Job::by_id(db, id)?;
        let Some(order) = job.order else {
            let found = format!("provisioning {id} is one of a {}", job.kind);
            return Err(Refusal::new(&NO_CERTIFICATE, found));
        };
        let ca = IntermediateCa::by_id(db, order.intermediate_ca_id)?;
        Ok(ca.certificate()?.to_owned())
    })
}

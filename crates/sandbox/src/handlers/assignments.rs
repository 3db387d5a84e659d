//! Secure objects in device groups (4.1.4, 4.5.1 to 4.5.3, 4.5.6 to 4.5.8).

use std::collections::BTreeSet;

use rusqlite::{Connection, Row, params};
use serde_json::{Value, json};

use crate::call::{Call, Reply};
use crate::fields::{Fields, id_of, kind_of};
use crate::handlers::device_groups::{self, Group};
use crate::handlers::provisionings;
use crate::handlers::secure_objects::{object_of, select};
use crate::refusal::{
    ALREADY_ASSIGNED, DUPLICATE_OBJECT_ID, FieldError, KEY_PAIR_NEEDED, MALFORMED_BODY,
    NOT_ASSIGNED, POLICY_MISSING, RTP_GROUP_NOT_FOUND, Refusal,
};
use crate::secure_object::{Counts, SecureObject, object_types};
use crate::service::{Service, metadata};
use crate::store::listing::Listing;

fn group_by_id(db: &Connection, id: i64) -> Result<Group, Refusal> {
    device_groups::by_id(db, id)?
        .ok_or_else(|| Refusal::new(&RTP_GROUP_NOT_FOUND, format!("no device group {id}")))
}

/// The device group that the path names, whatever its product.
///
/// # Errors
/// 404 when there is none.
pub fn group_of(db: &Connection, call: &Call) -> Result<Group, Refusal> {
    group_by_id(db, call.path_id("deviceGroupId", &RTP_GROUP_NOT_FOUND)?)
}

/// 4.1.4: the object id must be free in the group, and a policy must fit its product.
///
/// # Errors
/// 404 without such an object or group, 409 for a taken object id, 422 without a policy.
pub fn assign(service: &Service, call: &Call, body: &Value) -> Result<Reply, Refusal> {
    let fields = Fields::of(body)?;
    let group_id = fields.id("deviceGroupId");
    fields.check(&MALFORMED_BODY)?;
    service.store.write(|db| {
        let now = service.now();
        let object = object_of(db, call)?;
        let group = group_by_id(db, group_id)?;
        if let Some(taken) = holder(db, group.id, object.value)? {
            return Err(if taken == object.id {
                let found = format!("secure object {taken} is in device group {} already", group.id);
                Refusal::new(&ALREADY_ASSIGNED, found)
            } else {
                let found = format!(
                    "object id {} is taken in device group {} by secure object {taken}",
                    object.object_id, group.id
                );
                Refusal::new(&DUPLICATE_OBJECT_ID, found)
            });
        }
        if !object.fits(&group.nc12) {
            return Err(Refusal::new(
                &POLICY_MISSING,
                format!(
                    "secure object {} has no usage policy for 12NC {} of device group {}",
                    object.id, group.nc12, group.id
                ),
            ));
        }
        db.prepare_cached(
            "INSERT INTO assignment (secure_object_id, group_id, value, created_ts) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![object.id, group.id, object.value, now])?;
        provisionings::for_new_object(db, now, object.id, group.id)?;
        Ok(Reply::Empty)
    })
}

/// The object that has this object id in the group.
fn holder(db: &Connection, group: i64, value: i64) -> Result<Option<i64>, Refusal> {
    use rusqlite::OptionalExtension as _;
    Ok(db
        .prepare_cached(
            "SELECT secure_object_id FROM assignment WHERE group_id = ?1 AND value = ?2",
        )?
        .query_row(params![group, value], |row| row.get(0))
        .optional()?)
}

/// Whether a certificate of this key pair is in the group.
fn certificate_in_group(db: &Connection, key_pair: i64, group: i64) -> Result<bool, Refusal> {
    Ok(db
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM secure_object o JOIN assignment a ON a.secure_object_id = o.id
             WHERE o.key_pair_id = ?1 AND a.group_id = ?2)",
        )?
        .query_row(params![key_pair, group], |row| row.get(0))?)
}

/// Ids of a body that is a JSON array of them.
fn ids_of(body: &Value) -> Result<Vec<i64>, Refusal> {
    let list = body.as_array().ok_or_else(|| {
        let found = kind_of(body);
        Refusal::new(&MALFORMED_BODY, format!("the body must be an array of ids, found {found}"))
    })?;
    let mut faults = Vec::new();
    let mut ids = BTreeSet::new();
    for (index, item) in list.iter().enumerate() {
        match id_of(item) {
            Some(id) => {
                ids.insert(id);
            }
            None => faults.push(FieldError {
                field: format!("[{index}]"),
                description: format!("an id is needed, found {}", kind_of(item)),
            }),
        }
    }
    if list.is_empty() || !faults.is_empty() {
        return Err(Refusal {
            problem: &MALFORMED_BODY,
            details: "the body must be an array of at least one id".into(),
            field_errors: faults,
        });
    }
    Ok(ids.into_iter().collect())
}

fn unassign(db: &Connection, now: i64, object: i64, group: i64) -> Result<(), Refusal> {
    let gone = db
        .prepare_cached("DELETE FROM assignment WHERE secure_object_id = ?1 AND group_id = ?2")?
        .execute(params![object, group])?;
    if gone == 0 {
        return Err(Refusal::new(
            &NOT_ASSIGNED,
            format!("secure object {object} is not assigned to device group {group}"),
        ));
    }
    provisionings::revoke_object(db, now, object, group)
}

/// A key pair stays while a certificate of it is in the group (docs/an12642-errata.md row 25).
fn check_needed(db: &Connection, object: i64, group: i64) -> Result<(), Refusal> {
    if certificate_in_group(db, object, group)? {
        return Err(Refusal::new(
            &KEY_PAIR_NEEDED,
            format!(
                "secure object {object} is the key pair of a certificate in device group {group}"
            ),
        ));
    }
    Ok(())
}

/// 4.5.2: from all of the groups, or from none.
///
/// # Errors
/// 404 without such an object or group, 409 where it is not assigned or still needed.
pub fn unassign_groups(service: &Service, call: &Call, body: &Value) -> Result<Reply, Refusal> {
    let groups = ids_of(body)?;
    service.store.write(|db| {
        let now = service.now();
        let object = object_of(db, call)?;
        for group in groups {
            let group = group_by_id(db, group)?;
            unassign(db, now, object.id, group.id)?;
            check_needed(db, object.id, group.id)?;
        }
        Ok(Reply::Empty)
    })
}

/// 4.5.3: all of the objects, or none; a certificate and its key pair may leave together.
///
/// # Errors
/// 404 without such a group or object, 409 where it is not assigned or still needed.
pub fn unassign_objects(service: &Service, call: &Call, body: &Value) -> Result<Reply, Refusal> {
    let objects = ids_of(body)?;
    service.store.write(|db| {
        let now = service.now();
        let group = group_of(db, call)?;
        for object in &objects {
            SecureObject::by_id(db, *object)?;
            unassign(db, now, *object, group.id)?;
        }
        for object in &objects {
            check_needed(db, *object, group.id)?;
        }
        Ok(Reply::Empty)
    })
}

/// 4.5.1: groups without this object id, for whose product there is a policy (docs/an12642-errata.md row 23).
///
/// # Errors
/// 404 without such an object.
pub fn available_groups(service: &Service, call: &Call) -> Result<Reply, Refusal> {
    let name = call.query_text("name").unwrap_or("");
    service.store.read(|db| {
        let object = object_of(db, call)?;
        let groups: Vec<(i64, String, String)> = db
            .prepare_cached(
                "SELECT g.id, g.name, g.nc12 FROM device_group g
                 WHERE NOT EXISTS (SELECT 1 FROM assignment a WHERE a.group_id = g.id AND a.value = ?1)
                   AND (?2 = '' OR instr(lower(g.name), lower(?2)) > 0) ORDER BY g.id",
            )?
            .query_map(params![object.value, name], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
            .collect::<Result<_, _>>()?;
        let fitting = groups
            .into_iter()
            .filter(|(_, _, nc12)| object.fits(nc12))
            .map(|(id, name, _)| json!({"id": id, "deviceGroupName": name}))
            .collect();
        Ok(Reply::Json(fitting))
    })
}

/// 4.5.7: objects whose object id is free in the group and that have a policy for its product.
///
/// # Errors
/// 404 without such a group.
pub fn available_objects(service: &Service, call: &Call) -> Result<Reply, Refusal> {
    service.store.read(|db| {
        let group = group_of(db, call)?;
        let content = select(
            db,
            "WHERE NOT EXISTS (SELECT 1 FROM assignment a WHERE a.group_id = ?1 AND a.value = o.value) ORDER BY o.id DESC",
            params![group.id],
        )?
        .iter()
        .filter(|object| object.fits(&group.nc12))
        .map(|object| object.to_json(db, "id", Counts::Hidden))
        .collect::<Result<_, _>>()?;
        Ok(Reply::Json(Value::Array(content)))
    })
}

/// 4.5.6 prints object ids as JSON numbers where their digits allow it (docs/an12642-errata.md row 5).
fn object_id_as_printed(digits: &str) -> Value {
    match digits.parse::<u64>() {
        Ok(number) if number.to_string() == digits => json!(number),
        _ => json!(digits),
    }
}

/// What [`assigned_json`] reads of an assignment `a` and its object `o`.
const ASSIGNED: &str = "o.id, o.kind, o.name, o.object_id, o.created_ts, a.created_ts, a.group_id,
     EXISTS (SELECT 1 FROM secure_object c JOIN assignment b ON b.secure_object_id = c.id
             WHERE c.key_pair_id = o.id AND b.group_id = a.group_id)";
/// The object of an assignment.
const OBJECT: &str = "JOIN secure_object o ON o.id = a.secure_object_id";
const ASSIGNED_PAGE: &str = "SecureObjectInDeviceGroupPage";

fn assigned_json(row: &Row<'_>) -> rusqlite::Result<Value> {
    let assigned: i64 = row.get(5)?;
    Ok(json!({
        "secureObjectType": row.get::<_, String>(1)?,
        "secureObjectId": row.get::<_, i64>(0)?,
        "secureObjectName": row.get::<_, String>(2)?,
        "objectId": object_id_as_printed(&row.get::<_, String>(3)?),
        "deviceGroupId": row.get::<_, i64>(6)?,
        "unassignable": !row.get::<_, bool>(7)?,
        "secureObjectCreatedTs": crate::clock::rfc3339(row.get(4)?),
        "resourceMetadata": metadata(assigned, assigned, Some(0)),
    }))
}

/// 4.5.6
///
/// # Errors
/// 404 without such a group, 400 for a wrong page, order or type.
pub fn of_group(service: &Service, call: &Call) -> Result<Reply, Refusal> {
    let wanted = call.page()?;
    let columns = [
        ("id", "a.id"),
        ("secureObjectId", "o.id"),
        ("secureObjectName", "lower(o.name)"),
        ("secureObjectType", "o.kind"),
        ("objectId", "o.value"),
        ("secureObjectCreatedTs", "o.created_ts"),
        ("createdTs", "a.created_ts"),
    ];
    let order = call.order(&columns, "a.id", "DESC")?;
    let kind = call.query_choice("secureObjectType", &object_types())?.unwrap_or("");
    let name = call.query_text("secureObjectName").unwrap_or("");
    service.store.read(|db| {
        let group = group_of(db, call)?;
        let page = Listing {
            columns: ASSIGNED,
            from: &format!(
                "assignment a {OBJECT} WHERE a.group_id = ?1 AND (?2 = '' OR o.kind = ?2)
                 AND (?3 = '' OR instr(lower(o.name), lower(?3)) > 0)"
            ),
            order: &order,
            parameters: params![group.id, kind, name],
        }
        .page(db, wanted, assigned_json)?;
        Ok(call.page_reply(wanted, Some(ASSIGNED_PAGE), page.total, page.rows))
    })
}

/// 4.5.8; the group's id is printed as `deviceId` (docs/an12642-errata.md row 3).
///
/// # Errors
/// 404 without such an object, 400 for a wrong page or order.
pub fn groups_of_object(service: &Service, call: &Call) -> Result<Reply, Refusal> {
    let wanted = call.page()?;
    let columns = [
        ("id", "a.id"),
        ("deviceGroupId", "g.id"),
        ("deviceId", "g.id"),
        ("deviceGroupName", "lower(g.name)"),
        ("createdTs", "a.created_ts"),
    ];
    let order = call.order(&columns, "a.id", "DESC")?;
    service.store.read(|db| {
        let object = object_of(db, call)?;
        let page = Listing {
            columns: "g.id, g.name",
            from: "assignment a JOIN device_group g ON g.id = a.group_id WHERE a.secure_object_id = ?1",
            order: &order,
            parameters: params![object.id],
        }
        .page(db, wanted, |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)))?;
        let content = page
            .rows
            .into_iter()
            .map(|(id, name)| {
                let needed = certificate_in_group(db, object.id, id)?;
                Ok(json!({"deviceId": id, "deviceGroupName": name, "unassignable": !needed}))
            })
            .collect::<Result<Vec<_>, Refusal>>()?;
        Ok(call.page_reply(wanted, Some("DeviceGroupInSecureObjectPage"), page.total, content))
    })
}

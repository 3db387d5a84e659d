//! Secure objects in device groups (4.1.4, 4.5.1 to 4.5.3, 4.5.6 to 4.5.8).

use std::collections::BTreeSet;

use el2g_service_api::assignments::{
    AssignedGroup, AssignedGroupQuery, AssignedObject, AssignedObjectQuery, AvailableGroupQuery,
    GroupAssignment, GroupIdPath, GroupReference, Ids, UnassignedGroups, UnassignmentQuery,
};
use el2g_service_api::products::HardwareFamily;
use el2g_service_api::secure_objects::{
    SecureObject as ApiObject, SecureObjectPath, SecureObjectType,
};
use el2g_service_api::{NoQuery, ObjectId, Page, SortDirection};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use crate::call::{Call, NEWEST_FIRST, PageWanted, order};
use crate::handlers::device_groups::{self, Group};
use crate::handlers::provisionings;
use crate::handlers::secure_objects::select;
use crate::products;
use crate::refusal::{
    ALREADY_ASSIGNED, DUPLICATE_OBJECT_ID, KEY_PAIR_NEEDED, NOT_ASSIGNED, POLICY_MISSING,
    RTP_GROUP_NOT_FOUND, Refusal, WRONG_FAMILY,
};
use crate::secure_object::{Counts, SecureObject};
use crate::service::{metadata, timestamp};
use crate::store::listing::Listing;

/// The device group with this id, whatever its product.
///
/// # Errors
/// 404 when there is none.
pub(crate) fn group_by_id(db: &Connection, id: u64) -> Result<Group, Refusal> {
    device_groups::by_id(db, id)?
        .ok_or_else(|| Refusal::new(&RTP_GROUP_NOT_FOUND, format!("no device group {id}")))
}

/// Whether a request says the hardware family of the group's product, or none. What the service does about another
/// one is not known.
///
/// # Errors
/// 422 for another family.
pub(crate) fn check_family(family: Option<&HardwareFamily>, group: &Group) -> Result<(), Refusal> {
    let product = products::find(&group.nc12);
    match (family, product.map(|product| &product.family)) {
        (Some(said), Some(family)) if said != family => {
            let found = format!("{said}, but device group {} is of the family {family}", group.id);
            Err(Refusal::new(&WRONG_FAMILY, found))
        }
        _ => Ok(()),
    }
}

/// 4.1.4: the object id must be free in the group, and a policy must fit its product.
///
/// # Errors
/// 404 without such an object or group, 409 for a taken object id, 422 without a policy or for another hardware family
/// than the group's.
pub(crate) fn assign(
    call: &Call<'_>,
    path: SecureObjectPath,
    _: NoQuery,
    body: GroupAssignment,
) -> Result<(), Refusal> {
    call.store.write(|db| {
        let now = call.now();
        let object = SecureObject::by_id(db, path.secure_object_id)?;
        let group = group_by_id(db, body.device_group_id)?;
        check_family(body.product_hardware_family_type.value(), &group)?;
        if let Some(taken) = holder(db, group.id, object.value)? {
            return Err(if taken == object.id {
                let found = format!("secure object {taken} is in device group {} already", group.id);
                Refusal::new(&ALREADY_ASSIGNED, found)
            } else {
                let found = format!(
                    "object id {} is taken in device group {} by secure object {taken}",
                    object.made.object_id, group.id
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
        provisionings::for_new_object(db, now, object.id, group.id)
    })
}

/// The object that has this object id in the group.
fn holder(db: &Connection, group: u64, value: u32) -> Result<Option<u64>, Refusal> {
    Ok(db
        .prepare_cached(
            "SELECT secure_object_id FROM assignment WHERE group_id = ?1 AND value = ?2",
        )?
        .query_row(params![group, value], |row| row.get(0))
        .optional()?)
}

/// Whether a certificate of this key pair is in the group.
fn certificate_in_group(db: &Connection, key_pair: u64, group: u64) -> Result<bool, Refusal> {
    Ok(db
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM secure_object o JOIN assignment a ON a.secure_object_id = o.id
             WHERE o.key_pair_id = ?1 AND a.group_id = ?2)",
        )?
        .query_row(params![key_pair, group], |row| row.get(0))?)
}

fn unassign(db: &Connection, now: i64, object: u64, group: u64) -> Result<(), Refusal> {
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
fn check_needed(db: &Connection, object: u64, group: u64) -> Result<(), Refusal> {
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
/// 404 without such an object or group, 409 where it is not assigned or still needed, 422 for another hardware family
/// than a group's.
pub(crate) fn unassign_groups(
    call: &Call<'_>,
    path: SecureObjectPath,
    query: UnassignmentQuery,
    body: UnassignedGroups,
) -> Result<(), Refusal> {
    call.store.write(|db| {
        let now = call.now();
        let object = SecureObject::by_id(db, path.secure_object_id)?;
        for unassigned in &body.0 {
            let group = group_by_id(db, unassigned.device_group_id)?;
            check_family(query.hardware_family_type.as_ref(), &group)?;
            check_family(unassigned.product_hardware_family_type.value(), &group)?;
        }
        for group in BTreeSet::from_iter(body.ids()) {
            let group = group_by_id(db, group)?;
            unassign(db, now, object.id, group.id)?;
            check_needed(db, object.id, group.id)?;
        }
        Ok(())
    })
}

/// 4.5.3: all of the objects, or none; a certificate and its key pair may leave together.
///
/// # Errors
/// 404 without such a group or object, 409 where it is not assigned or still needed, 422 for another hardware family
/// than the group's.
pub(crate) fn unassign_objects(
    call: &Call<'_>,
    path: GroupIdPath,
    query: UnassignmentQuery,
    body: Ids,
) -> Result<(), Refusal> {
    let objects = BTreeSet::from_iter(body.0);
    call.store.write(|db| {
        let now = call.now();
        let group = group_by_id(db, path.device_group_id)?;
        check_family(query.hardware_family_type.as_ref(), &group)?;
        for object in &objects {
            SecureObject::by_id(db, *object)?;
            unassign(db, now, *object, group.id)?;
        }
        for object in &objects {
            check_needed(db, *object, group.id)?;
        }
        Ok(())
    })
}

/// 4.5.1: groups without this object id, for whose product there is a policy (docs/an12642-errata.md row 23).
///
/// # Errors
/// 404 without such an object.
pub(crate) fn available_groups(
    call: &Call<'_>,
    path: SecureObjectPath,
    query: AvailableGroupQuery,
    (): (),
) -> Result<Vec<GroupReference>, Refusal> {
    let name = query.name.unwrap_or_default();
    call.store.read(|db| {
        let object = SecureObject::by_id(db, path.secure_object_id)?;
        let groups: Vec<(GroupReference, String)> = db
            .prepare_cached(
                "SELECT g.id, g.name, g.nc12 FROM device_group g
                 WHERE NOT EXISTS (SELECT 1 FROM assignment a WHERE a.group_id = g.id AND a.value = ?1)
                   AND (?2 = '' OR instr(lower(g.name), lower(?2)) > 0) ORDER BY g.id",
            )?
            .query_map(params![object.value, name], |row| {
                Ok((GroupReference::new(row.get(0)?, row.get(1)?), row.get(2)?))
            })?
            .collect::<Result<_, _>>()?;
        let fitting = groups.into_iter().filter(|(_, nc12)| object.fits(nc12));
        Ok(fitting.map(|(group, _)| group).collect())
    })
}

/// 4.5.7: objects whose object id is free in the group and that have a policy for its product.
///
/// # Errors
/// 404 without such a group.
pub(crate) fn available_objects(
    call: &Call<'_>,
    path: GroupIdPath,
    _: NoQuery,
    (): (),
) -> Result<Vec<ApiObject>, Refusal> {
    call.store.read(|db| {
        let group = group_by_id(db, path.device_group_id)?;
        select(
            db,
            "WHERE NOT EXISTS (SELECT 1 FROM assignment a WHERE a.group_id = ?1 AND a.value = o.value) ORDER BY o.id DESC",
            params![group.id],
        )?
        .iter()
        .filter(|object| object.fits(&group.nc12))
        .map(|object| object.printed(db, Counts::Hidden))
        .collect()
    })
}

/// What [`assigned`] reads of an assignment `a` and its object `o`.
const ASSIGNED: &str = "o.id, o.kind, o.name, o.object_id, o.created_ts, a.created_ts, a.group_id,
     EXISTS (SELECT 1 FROM secure_object c JOIN assignment b ON b.secure_object_id = c.id
             WHERE c.key_pair_id = o.id AND b.group_id = a.group_id)";
/// The object of an assignment.
const OBJECT: &str = "JOIN secure_object o ON o.id = a.secure_object_id";
const ASSIGNED_PAGE: &str = "SecureObjectInDeviceGroupPage";

/// 4.5.6 prints object ids as JSON numbers where their digits allow it (docs/an12642-errata.md row 5).
fn assigned(row: &Row<'_>) -> rusqlite::Result<AssignedObject> {
    let kind = SecureObjectType::from(row.get_ref(1)?.as_str()?);
    let object_id = ObjectId::as_received(row.get_ref(3)?.as_str()?).written_as_number();
    let at: i64 = row.get(5)?;
    Ok(AssignedObject {
        secure_object_id: row.get::<_, u64>(0)?.into(),
        secure_object_name: row.get::<_, String>(2)?.into(),
        device_group_id: row.get::<_, u64>(6)?.into(),
        unassignable: (!row.get::<_, bool>(7)?).into(),
        secure_object_created_ts: timestamp(row.get(4)?),
        resource_metadata: metadata(at, at, Some(0)),
        ..AssignedObject::new(kind, object_id)
    })
}

/// 4.5.6
///
/// # Errors
/// 404 without such a group, 400 for a wrong page or order.
pub(crate) fn of_group(
    call: &Call<'_>,
    path: GroupIdPath,
    query: AssignedObjectQuery,
    (): (),
) -> Result<Page<AssignedObject>, Refusal> {
    let wanted = PageWanted::of(&query)?;
    let columns = [
        ("id", "a.id"),
        ("secureObjectId", "o.id"),
        ("secureObjectName", "lower(o.name)"),
        ("secureObjectType", "o.kind"),
        ("objectId", "o.value"),
        ("secureObjectCreatedTs", "o.created_ts"),
        ("createdTs", "a.created_ts"),
    ];
    let (by, direction) = (query.sort_by.as_deref(), query.sort_by_direction.as_ref());
    let order = order(by, direction, &columns, "a.id", SortDirection::Descending)?;
    let kind = query.secure_object_type.as_ref().map_or("", SecureObjectType::as_str);
    let name = query.secure_object_name.as_deref().unwrap_or_default();
    call.store.read(|db| {
        let group = group_by_id(db, path.device_group_id)?;
        let page = Listing {
            columns: ASSIGNED,
            from: &format!(
                "assignment a {OBJECT} WHERE a.group_id = ?1 AND (?2 = '' OR o.kind = ?2)
                 AND (?3 = '' OR instr(lower(o.name), lower(?3)) > 0)"
            ),
            order: &order,
            parameters: params![group.id, kind, name],
        }
        .page(db, wanted, assigned)?;
        Ok(call.page_with(NEWEST_FIRST, wanted, Some(ASSIGNED_PAGE), page.total, page.rows))
    })
}

/// 4.5.8; the group's id is printed as `deviceId` (docs/an12642-errata.md row 3).
///
/// # Errors
/// 404 without such an object, 400 for a wrong page or order.
pub(crate) fn groups_of_object(
    call: &Call<'_>,
    path: SecureObjectPath,
    query: AssignedGroupQuery,
    (): (),
) -> Result<Page<AssignedGroup>, Refusal> {
    let wanted = PageWanted::of(&query)?;
    let columns = [
        ("id", "a.id"),
        ("deviceGroupId", "g.id"),
        ("deviceId", "g.id"),
        ("deviceGroupName", "lower(g.name)"),
        ("createdTs", "a.created_ts"),
    ];
    let (by, direction) = (query.sort_by.as_deref(), query.sort_by_direction.as_ref());
    let order = order(by, direction, &columns, "a.id", SortDirection::Descending)?;
    call.store.read(|db| {
        let object = SecureObject::by_id(db, path.secure_object_id)?;
        let page = Listing {
            columns: "g.id, g.name",
            from: "assignment a JOIN device_group g ON g.id = a.group_id WHERE a.secure_object_id = ?1",
            order: &order,
            parameters: params![object.id],
        }
        .page(db, wanted, |row| Ok((row.get::<_, u64>(0)?, row.get::<_, String>(1)?)))?;
        let content = page
            .rows
            .into_iter()
            .map(|(id, name)| {
                let needed = certificate_in_group(db, object.id, id)?;
                Ok(AssignedGroup {
                    device_id: id.into(),
                    device_group_name: name.into(),
                    unassignable: (!needed).into(),
                    ..AssignedGroup::new()
                })
            })
            .collect::<Result<Vec<_>, Refusal>>()?;
        let page_type = Some("DeviceGroupInSecureObjectPage");
        Ok(call.page_with(NEWEST_FIRST, wanted, page_type, page.total, content))
    })
}

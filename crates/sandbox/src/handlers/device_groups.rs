//! Device groups (4.1.1, 4.3.4, 4.3.5, 4.3.12, 4.3.13).

use el2g_service_api::device_groups::{
    DeviceGroup, DeviceGroupName, DeviceGroupQuery, GroupPath, ProductPath,
};
use el2g_service_api::{NoQuery, Nullable, Page};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::call::{Call, PageWanted, shown};
use crate::products::{self, Product};
use crate::refusal::{GROUP_NOT_EMPTY, GROUP_NOT_FOUND, PRODUCT_NOT_FOUND, Refusal};
use crate::service::{metadata, unsigned};
use crate::store::listing::{Listing, count};

/// A device group as stored.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    /// Its id.
    pub id: u64,
    /// Its product.
    pub nc12: String,
    /// Its name.
    pub name: String,
    /// How many devices it has.
    pub device_count: u64,
    /// When it was made, in milliseconds since 1970.
    pub created: i64,
    /// When it was changed.
    pub modified: i64,
}

const COLUMNS: &str = "id, nc12, name, device_count, created_ts, modified_ts";

impl Group {
    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            nc12: row.get(1)?,
            name: row.get(2)?,
            device_count: row.get(3)?,
            created: row.get(4)?,
            modified: row.get(5)?,
        })
    }

    fn printed(self) -> DeviceGroup {
        DeviceGroup {
            device_count: self.device_count.into(),
            product_relationship: "USER".to_owned().into(),
            product_details: products::details(&self.nc12),
            resource_metadata: metadata(self.created, self.modified, None),
            claim_code_overviews: Nullable::Null,
            ..DeviceGroup::new(self.id, self.name)
        }
    }
}

/// The group `id`, whatever its product.
///
/// # Errors
/// When the state cannot be read.
pub(crate) fn by_id(db: &Connection, id: u64) -> Result<Option<Group>, Refusal> {
    Ok(db
        .prepare_cached(&format!("SELECT {COLUMNS} FROM device_group WHERE id = ?1"))?
        .query_row(params![id], Group::from_row)
        .optional()?)
}

fn product_of(nc12: &str) -> Result<&'static Product, Refusal> {
    products::find(nc12).ok_or_else(|| {
        Refusal::new(&PRODUCT_NOT_FOUND, format!("no product with 12NC `{}`", shown(nc12)))
    })
}

/// The group `id` under the product `nc12`.
///
/// # Errors
/// 404 when there is none.
pub(crate) fn group_at(db: &Connection, nc12: &str, id: u64) -> Result<Group, Refusal> {
    let product = product_of(nc12)?;
    by_id(db, id)?.filter(|group| group.nc12 == product.nc12).ok_or_else(|| {
        Refusal::new(&GROUP_NOT_FOUND, format!("no device group {id} under 12NC {}", product.nc12))
    })
}

/// The group that the path names, under the product it names.
///
/// # Errors
/// 404 when there is none.
pub(crate) fn group_of(db: &Connection, path: &GroupPath) -> Result<Group, Refusal> {
    group_at(db, &path.nc12, path.device_group_id)
}

/// 4.1.1
///
/// # Errors
/// 404 without such a product.
pub(crate) fn create(
    call: &Call<'_>,
    path: ProductPath,
    _: NoQuery,
    body: DeviceGroupName,
) -> Result<DeviceGroup, Refusal> {
    let product = product_of(&path.nc12)?;
    let now = call.now();
    call.store.write(|db| {
        let id = db
            .prepare_cached(
                "INSERT INTO device_group (nc12, name, created_ts, modified_ts) VALUES (?1, ?2, ?3, ?3)",
            )?
            .insert(params![product.nc12, body.device_group_name, now])?;
        group_at(db, product.nc12, unsigned(id)).map(Group::printed)
    })
}

/// 4.3.4; `name` selects the groups whose name contains it.
///
/// # Errors
/// 404 without such a product, 400 for a wrong page.
pub(crate) fn list(
    call: &Call<'_>,
    path: ProductPath,
    query: DeviceGroupQuery,
    (): (),
) -> Result<Page<DeviceGroup>, Refusal> {
    let product = product_of(&path.nc12)?;
    let wanted = PageWanted::of(&query)?;
    let name = query.name.unwrap_or_default();
    call.store.read(|db| {
        let page = Listing {
            columns: COLUMNS,
            from: "device_group WHERE nc12 = ?1 AND (?2 = '' OR instr(lower(name), lower(?2)) > 0)",
            order: "ORDER BY id DESC",
            parameters: params![product.nc12, name],
        }
        .page(db, wanted, |row| Group::from_row(row).map(Group::printed))?;
        Ok(call.page_with(&[("name", "")], wanted, Some("DeviceGroupPage"), page.total, page.rows))
    })
}

/// 4.3.5
///
/// # Errors
/// 404 without such a group.
pub(crate) fn show(
    call: &Call<'_>,
    path: GroupPath,
    _: NoQuery,
    (): (),
) -> Result<DeviceGroup, Refusal> {
    call.store.read(|db| group_of(db, &path).map(Group::printed))
}

/// 4.3.13
///
/// # Errors
/// 404 without such a group.
pub(crate) fn rename(
    call: &Call<'_>,
    path: GroupPath,
    _: NoQuery,
    body: DeviceGroupName,
) -> Result<(), Refusal> {
    let now = call.now();
    call.store.write(|db| {
        let group = group_of(db, &path)?;
        db.execute(
            "UPDATE device_group SET name = ?2, modified_ts = ?3 WHERE id = ?1",
            params![group.id, body.device_group_name, now],
        )?;
        Ok(())
    })
}

/// 4.3.12: only a group without devices, secure objects and claim codes.
///
/// # Errors
/// 404 without such a group, 409 when it is not empty.
pub(crate) fn delete(call: &Call<'_>, path: GroupPath, _: NoQuery, (): ()) -> Result<(), Refusal> {
    call.store.write(|db| {
        let group = group_of(db, &path)?;
        let objects = count(db, "assignment WHERE group_id = ?1", params![group.id])?;
        let codes = count(db, "claim_code WHERE group_id = ?1", params![group.id])?;
        if group.device_count + objects + codes > 0 {
            return Err(Refusal::new(
                &GROUP_NOT_EMPTY,
                format!(
                    "device group {} still has {} devices, {objects} secure objects and {codes} claim codes",
                    group.id, group.device_count
                ),
            ));
        }
        db.execute("DELETE FROM device_group WHERE id = ?1", params![group.id])?;
        Ok(())
    })
}

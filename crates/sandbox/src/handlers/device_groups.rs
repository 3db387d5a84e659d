//! Device groups (4.1.1, 4.3.4, 4.3.5, 4.3.12, 4.3.13).

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::{Value, json};

use crate::call::{Call, Reply, shown};
use crate::fields::Fields;
use crate::products::{self, Product};
use crate::refusal::{
    GROUP_NOT_EMPTY, GROUP_NOT_FOUND, MALFORMED_BODY, PRODUCT_NOT_FOUND, Refusal,
};
use crate::service::{Service, metadata};
use crate::store::listing::{Listing, count};

/// Names of groups, objects and CAs are at most this long.
pub const LONGEST_NAME: usize = 255;

/// A device group as stored.
#[derive(Debug, Clone)]
pub struct Group {
    /// Its id.
    pub id: i64,
    /// Its product.
    pub nc12: String,
    /// Its name.
    pub name: String,
    /// How many devices it has.
    pub device_count: i64,
    created: i64,
    modified: i64,
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

    fn to_json(&self) -> Value {
        json!({
            "id": self.id,
            "deviceGroupName": self.name,
            "deviceCount": self.device_count,
            "productRelationship": "USER",
            "productDetails": products::find(&self.nc12).map(Product::details),
            "resourceMetadata": metadata(self.created, self.modified, None),
            "claimCodeOverviews": null,
        })
    }
}

/// The group `id`, whatever its product.
///
/// # Errors
/// When the state cannot be read.
pub fn by_id(db: &Connection, id: i64) -> Result<Option<Group>, Refusal> {
    Ok(db
        .prepare_cached(&format!("SELECT {COLUMNS} FROM device_group WHERE id = ?1"))?
        .query_row(params![id], Group::from_row)
        .optional()?)
}

/// The product that the path names.
///
/// # Errors
/// 404 when there is none.
pub fn product_of(call: &Call) -> Result<&'static Product, Refusal> {
    let nc12 = call.path_text("12nc");
    products::find(nc12).ok_or_else(|| {
        Refusal::new(&PRODUCT_NOT_FOUND, format!("no product with 12NC `{}`", shown(nc12)))
    })
}

/// The group that the path names, under the product it names.
///
/// # Errors
/// 404 when there is none.
pub fn group_of(db: &Connection, call: &Call) -> Result<Group, Refusal> {
    let product = product_of(call)?;
    let id = call.path_id("deviceGroupId", &GROUP_NOT_FOUND)?;
    by_id(db, id)?.filter(|group| group.nc12 == product.nc12).ok_or_else(|| {
        Refusal::new(&GROUP_NOT_FOUND, format!("no device group {id} under 12NC {}", product.nc12))
    })
}

/// 4.1.1
///
/// # Errors
/// 400 without a name, 404 without such a product.
pub fn create(service: &Service, call: &Call, body: &Value) -> Result<Reply, Refusal> {
    let product = product_of(call)?;
    let fields = Fields::of(body)?;
    let name = fields.text("deviceGroupName", 1, LONGEST_NAME);
    fields.check(&MALFORMED_BODY)?;
    let now = service.now();
    service.store.write(|db| {
        db.execute(
            "INSERT INTO device_group (nc12, name, created_ts, modified_ts) VALUES (?1, ?2, ?3, ?3)",
            params![product.nc12, name, now],
        )?;
        let group = Group {
            id: db.last_insert_rowid(),
            nc12: product.nc12.to_owned(),
            name: name.to_owned(),
            device_count: 0,
            created: now,
            modified: now,
        };
        Ok(Reply::Json(group.to_json()))
    })
}

/// 4.3.4; `name` selects the groups whose name contains it.
///
/// # Errors
/// 404 without such a product, 400 for a wrong page.
pub fn list(service: &Service, call: &Call) -> Result<Reply, Refusal> {
    let product = product_of(call)?;
    let wanted = call.page()?;
    let name = call.query_text("name").unwrap_or("");
    service.store.read(|db| {
        let page = Listing {
            columns: COLUMNS,
            from: "device_group WHERE nc12 = ?1 AND (?2 = '' OR instr(lower(name), lower(?2)) > 0)",
            order: "ORDER BY id DESC",
            parameters: params![product.nc12, name],
        }
        .page(db, wanted, |row| Ok(Group::from_row(row)?.to_json()))?;
        Ok(call.page_reply(wanted, Some("DeviceGroupPage"), page.total, page.rows))
    })
}

/// 4.3.5
///
/// # Errors
/// 404 without such a group.
pub fn show(service: &Service, call: &Call) -> Result<Reply, Refusal> {
    service.store.read(|db| Ok(Reply::Json(group_of(db, call)?.to_json())))
}

/// 4.3.13
///
/// # Errors
/// 400 without a name, 404 without such a group.
pub fn rename(service: &Service, call: &Call, body: &Value) -> Result<Reply, Refusal> {
    let fields = Fields::of(body)?;
    let name = fields.text("deviceGroupName", 1, LONGEST_NAME);
    fields.check(&MALFORMED_BODY)?;
    let now = service.now();
    service.store.write(|db| {
        let group = group_of(db, call)?;
        db.execute(
            "UPDATE device_group SET name = ?2, modified_ts = ?3 WHERE id = ?1",
            params![group.id, name, now],
        )?;
        Ok(Reply::Empty)
    })
}

/// 4.3.12: only a group without devices, secure objects and claim codes.
///
/// # Errors
/// 404 without such a group, 409 when it is not empty.
pub fn delete(service: &Service, call: &Call) -> Result<Reply, Refusal> {
    service.store.write(|db| {
        let group = group_of(db, call)?;
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
        Ok(Reply::Empty)
    })
}

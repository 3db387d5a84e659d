//! Device groups: the list, and one with the states of its devices.

use std::collections::HashMap;

use el2g_service_api::provisionings::ProvisioningState;
use rusqlite::{Connection, Row, ToSql, params};

use crate::call::shown;
use crate::clock::rfc3339;
use crate::console::page::{Cell, Content, Extent, Look, Part, Rows, beginning, grouped, heads};
use crate::console::states::{self, StateCounts};
use crate::console::{Asked, claim_codes, devices, objects};
use crate::handlers::device_groups::{self, Group};
use crate::products;
use crate::refusal::{GROUP_NOT_FOUND, Refusal};
use crate::store::listing::{Listing, count};

/// Objects across in the table of a group's devices: as many as fit beside a device id.
const ACROSS: u32 = 6;
/// Characters of an object's name above its column.
const LONGEST_HEAD: usize = 24;

/// Selects the objects `o` of a group.
pub(super) const ASSIGNED: &str =
    "o.id IN (SELECT secure_object_id FROM assignment WHERE group_id = ?1)";

const COLUMNS: &str = "g.id, g.name, g.nc12, g.device_count, \
     (SELECT count(*) FROM assignment a WHERE a.group_id = g.id)";

const HEADS: [&str; 6] =
    ["Id", "Name", "Product", "Devices", "Secure objects", "States of provisionings"];

/// A group in a list.
struct Line {
    id: u64,
    name: String,
    nc12: String,
    devices: u64,
    objects: u64,
}

impl Line {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            name: row.get(1)?,
            nc12: row.get(2)?,
            devices: row.get(3)?,
            objects: row.get(4)?,
        })
    }

    fn row(self, db: &Connection) -> Result<Vec<Cell>, Refusal> {
        let states = StateCounts::of(db, "WHERE group_id = ?1", params![self.id])?;
        Ok(vec![
            Cell::of(Look::Plain, self.id),
            Cell::named(&self.name, format!("groups/{}", self.id)),
            product(&self.nc12),
            Cell::number(self.devices),
            Cell::number(self.objects),
            states.cell(Some(&format!("provisionings?group={}&", self.id))),
        ])
    }
}

/// A product by its 12NC, and its name where it has one.
pub(super) fn product(nc12: &str) -> Cell {
    let name = products::find(nc12).and_then(|product| product.commercial_name);
    let cell = Cell::of(Look::Code, nc12);
    name.into_iter().fold(cell, |cell, name| cell.and(Look::Quiet, name))
}

/// A link to a group that a row names, or the words for none.
pub(super) fn link(id: Option<u64>, name: Option<&str>) -> Cell {
    match id {
        Some(id) => Cell::named(name.unwrap_or_default(), format!("groups/{id}")),
        None => Cell::of(Look::Wait, "in no group"),
    }
}

/// The groups `g` that a condition selects, the newest first.
///
/// # Errors
/// When the state cannot be read.
pub(super) fn table(
    db: &Connection,
    condition: &str,
    parameters: &[&dyn ToSql],
    extent: Extent<'_>,
) -> Result<Vec<Part>, Refusal> {
    let from = format!("device_group g WHERE {condition}");
    let order = "ORDER BY g.id DESC";
    let rows = Rows {
        what: "Device groups",
        listing: Listing { columns: COLUMNS, from: &from, order, parameters },
        heads: heads(&HEADS),
        empty: Cell::of(Look::Plain, "No device groups:")
            .and(Look::Code, "el2g device-group create")
            .and(Look::Plain, "makes one."),
    };
    rows.parts(db, extent, Line::of, |line| line.row(db))
}

/// The group that the query of a list names, with a link to it.
///
/// # Errors
/// 404 without such a group.
pub(super) fn asked_for(
    asked: &Asked<'_>,
    db: &Connection,
) -> Result<Option<(u64, Cell)>, Refusal> {
    let text = asked.text("group");
    if text.is_empty() {
        return Ok(None);
    }
    let group = by_id(db, text)?;
    Ok(Some((group.id, link(Some(group.id), Some(&group.name)))))
}

/// A table of the rows that a condition selects.
type Table = fn(&Connection, &str, &[&dyn ToSql], Extent<'_>) -> Result<Vec<Part>, Refusal>;

/// The list at `path`, with `group` in its query the rows that `of_group` selects.
///
/// # Errors
/// 404 without such a group.
pub(super) fn list_by_group(
    asked: &Asked<'_>,
    db: &Connection,
    (title, path): (&str, &str),
    of_group: &str,
    table: Table,
) -> Result<Content, Refusal> {
    let number = asked.page();
    let Some((id, group)) = asked_for(asked, db)? else {
        let extent = Extent::Page { number, base: &format!("{path}?") };
        return Ok(Content::of(title, table(db, "1", &[], extent)?));
    };
    let extent = Extent::Page { number, base: &format!("{path}?group={id}&") };
    let mut parts = vec![Part::Note(Cell::from("Of device group").and_all(group))];
    parts.extend(table(db, of_group, params![id], extent)?);
    Ok(Content::of(title, parts))
}

fn by_id(db: &Connection, id: &str) -> Result<Group, Refusal> {
    let group = id.parse().ok().map(|id| device_groups::by_id(db, id)).transpose()?.flatten();
    group.ok_or_else(|| Refusal::new(&GROUP_NOT_FOUND, format!("no device group {}", shown(id))))
}

/// `/_sandbox/groups`
///
/// # Errors
/// When the state cannot be read.
pub(super) fn list(asked: &Asked<'_>, db: &Connection) -> Result<Content, Refusal> {
    let extent = Extent::Page { number: asked.page(), base: "groups?" };
    Ok(Content::of("Device groups", table(db, "1", &[], extent)?))
}

/// `/_sandbox/groups/{id}`
///
/// # Errors
/// 404 without such a group.
pub(super) fn one(asked: &Asked<'_>, db: &Connection) -> Result<Content, Refusal> {
    let group = by_id(db, asked.id)?;
    let id = group.id;
    let mut parts = vec![Part::Facts(vec![
        ("Id", Cell::of(Look::Plain, id)),
        ("Product", product(&group.nc12)),
        ("Devices", Cell::number(group.device_count)),
        ("Made", Cell::moment(group.created)),
        ("Changed", Cell::moment(group.modified)),
    ])];
    let states = StateCounts::of(db, "WHERE group_id = ?1", params![id])?;
    parts.push(Part::Heading("Devices".to_owned()));
    parts.extend(states.part(&format!("provisionings?group={id}&")));
    let base = format!("groups/{id}?");
    parts.extend(matrix(db, id, Extent::Page { number: asked.page(), base: &base })?);
    parts.push(Part::Heading("Secure objects".to_owned()));
    let base = format!("objects?group={id}&");
    let extent = Extent::Page { number: 1, base: &base };
    parts.extend(objects::table(db, ASSIGNED, params![id], extent)?);
    parts.push(Part::Heading("Claim codes".to_owned()));
    let base = format!("claim-codes?group={id}&");
    let extent = Extent::Page { number: 1, base: &base };
    parts.extend(claim_codes::table(db, "c.group_id = ?1", params![id], extent)?);
    Ok(Content { title: group.name, kind: "Device group", parts })
}

/// Devices down, objects across: where each object is on its way to each device.
fn matrix(db: &Connection, group: u64, extent: Extent<'_>) -> Result<Vec<Part>, Refusal> {
    let objects: Vec<(u64, String)> = db
        .prepare_cached(
            "SELECT o.id, o.name FROM assignment a JOIN secure_object o ON o.id = a.secure_object_id
             WHERE a.group_id = ?1 ORDER BY a.id LIMIT ?2",
        )?
        .query_map(params![group, ACROSS], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    let mut heads = heads(&["Device", "Last connection"]);
    heads.extend(
        objects
            .iter()
            .map(|(id, name)| Cell::named(&beginning(name, LONGEST_HEAD), format!("objects/{id}"))),
    );
    let rows = Rows {
        what: "Devices",
        listing: Listing {
            columns: "seq, uid, last_connection",
            from: "device WHERE group_id = ?1",
            order: "ORDER BY seq",
            parameters: params![group],
        },
        heads,
        empty: Cell::of(Look::Plain, "No devices:")
            .and(Look::Code, "el2g device add")
            .and(Look::Plain, "puts some into the group, or they bring a claim code."),
    };
    let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    let row = |(seq, uid, seen): (i64, String, Option<i64>)| {
        let states: HashMap<u64, (u64, ProvisioningState)> = db
            .prepare_cached(
                "SELECT secure_object_id, id, state FROM provisioning WHERE device_seq = ?1",
            )?
            .query_map(params![seq], |row| {
                let state = row.get_ref(2)?.as_str()?.into();
                Ok((row.get(0)?, (row.get(1)?, state)))
            })?
            .collect::<Result<_, _>>()?;
        let mut cells = vec![devices::link(&uid), Cell::known(seen.map(rfc3339))];
        cells.extend(objects.iter().map(|(object, _)| match states.get(object) {
            None => Cell::of(Look::Quiet, "–"),
            Some((id, state)) => states::link(*id, state),
        }));
        Ok(cells)
    };
    let mut parts = rows.parts(db, extent, read, row)?;
    let all = count(db, "assignment WHERE group_id = ?1", params![group])?;
    let beside = all.saturating_sub(u64::from(ACROSS));
    if beside > 0 {
        let said =
            format!("{} more secure objects: the page of a device has them all.", grouped(beside));
        parts.push(Part::Note(Cell::of(Look::Quiet, said)));
    }
    Ok(parts)
}

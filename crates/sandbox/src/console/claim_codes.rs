//! Claim codes: the list, and one with the devices that used it. The secret of a code is never read here.

use rusqlite::{Connection, OptionalExtension as _, Row, ToSql, params};

use crate::call::shown;
use crate::console::page::{Cell, Content, Extent, Look, Part, Rows, grouped, heads};
use crate::console::{Asked, devices, groups};
use crate::refusal::{CLAIM_CODE_NOT_FOUND, Refusal};
use crate::store::listing::Listing;

const COLUMNS: &str =
    "c.id, c.name, g.id, g.name, c.device_count, c.device_limit, c.policy, c.behavior, c.revoked";

/// A code in a list.
struct Line {
    id: u64,
    name: String,
    group: Cell,
    used: u64,
    limit: Option<u64>,
    behavior: String,
    is_revoked: bool,
}

impl Line {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        let group: u64 = row.get(2)?;
        let restricted = row.get_ref(6)?.as_str()? == "RESTRICTED";
        Ok(Self {
            id: row.get(0)?,
            name: row.get(1)?,
            group: Cell::named(row.get_ref(3)?.as_str()?, format!("groups/{group}")),
            used: row.get(4)?,
            limit: if restricted { Some(row.get(5)?) } else { None },
            behavior: row.get(7)?,
            is_revoked: row.get(8)?,
        })
    }

    fn state(&self) -> Cell {
        let is_full = self.limit.is_some_and(|limit| self.used >= limit);
        match (self.is_revoked, is_full) {
            (true, _) => Cell::of(Look::Bad, "revoked"),
            (false, true) => Cell::of(Look::Wait, "at its limit"),
            (false, false) => Cell::of(Look::Good, "active"),
        }
    }

    fn used(&self) -> Cell {
        let used = grouped(self.used);
        let text = match self.limit {
            Some(limit) => format!("{used} of {}", grouped(limit)),
            None => format!("{used}, no limit"),
        };
        Cell::of(Look::Plain, text)
    }

    fn row(self) -> Vec<Cell> {
        vec![
            Cell::of(Look::Plain, self.id),
            Cell::named(&self.name, format!("claim-codes/{}", self.id)),
            self.state(),
            self.used(),
            self.group,
            Cell::of(Look::Code, self.behavior),
        ]
    }
}

/// The codes `c` with their groups `g` that a condition selects, the newest first.
///
/// # Errors
/// When the state cannot be read.
pub(super) fn table(
    db: &Connection,
    condition: &str,
    parameters: &[&dyn ToSql],
    extent: Extent<'_>,
) -> Result<Vec<Part>, Refusal> {
    let from = format!("claim_code c JOIN device_group g ON g.id = c.group_id WHERE {condition}");
    let rows = Rows {
        what: "Claim codes",
        listing: Listing { columns: COLUMNS, from: &from, order: "ORDER BY c.id DESC", parameters },
        heads: heads(&["Id", "Name", "State", "Devices", "Group", "At the limit"]),
        empty: Cell::of(Look::Plain, "No claim codes:")
            .and(Look::Code, "el2g claim-code create")
            .and(Look::Plain, "makes one."),
    };
    rows.parts(db, extent, Line::of, |line| Ok(line.row()))
}

/// `/_sandbox/claim-codes`, with `group` those of it
///
/// # Errors
/// 404 without such a group.
pub(super) fn list(asked: &Asked<'_>, db: &Connection) -> Result<Content, Refusal> {
    groups::list_by_group(asked, db, ("Claim codes", "claim-codes"), "c.group_id = ?1", table)
}

/// `/_sandbox/claim-codes/{id}`
///
/// # Errors
/// 404 without such a code.
pub(super) fn one(asked: &Asked<'_>, db: &Connection) -> Result<Content, Refusal> {
    let id = asked.number();
    let found = db
        .prepare_cached(&format!(
            "SELECT {COLUMNS}, c.reusable, c.created_ts, c.modified_ts
             FROM claim_code c JOIN device_group g ON g.id = c.group_id WHERE c.id = ?1"
        ))?
        .query_row(params![id], |row| Ok((Line::of(row)?, row.get(9)?, row.get(10)?, row.get(11)?)))
        .optional()?;
    let (line, is_reusable, created, modified): (Line, bool, _, _) = found.ok_or_else(|| {
        Refusal::new(&CLAIM_CODE_NOT_FOUND, format!("no claim code {}", shown(asked.id)))
    })?;
    let reuse = if is_reusable { "more than once" } else { "once" };
    let mut parts = vec![Part::Facts(vec![
        ("Id", Cell::of(Look::Plain, id)),
        ("State", line.state()),
        ("Devices", line.used()),
        ("A device may use it", Cell::from(reuse)),
        ("At the limit", Cell::of(Look::Code, &line.behavior)),
        ("Device group", line.group),
        ("Secret", Cell::of(Look::Quiet, "not shown here")),
        ("Made", Cell::moment(created)),
        ("Changed", Cell::moment(modified)),
    ])];
    parts.push(Part::Heading("Devices that used it".to_owned()));
    let used = "d.uid IN (SELECT device_uid FROM claim_use WHERE claim_code_id = ?1)";
    let base = format!("claim-codes/{id}?");
    let extent = Extent::Page { number: asked.page(), base: &base };
    parts.extend(devices::table(db, used, params![id], extent)?);
    Ok(Content { title: line.name, kind: "Claim code", parts })
}

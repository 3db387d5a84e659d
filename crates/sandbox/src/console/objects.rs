//! Secure objects: the list, and one with its groups and its ways to devices. What an object holds is never shown.

use el2g_service_api::secure_objects::SecureObjectType;
use rusqlite::{Connection, OptionalExtension as _, Row, ToSql, params};

use crate::call::shown;
use crate::console::page::{Cell, Content, Extent, Look, Part, Rows, heads};
use crate::console::states::StateCounts;
use crate::console::{Asked, groups, provisionings};
use crate::refusal::{OBJECT_NOT_FOUND, Refusal};
use crate::store::listing::Listing;

const COLUMNS: &str = "o.id, o.kind, o.name, o.object_id, o.algorithm, \
     (SELECT count(*) FROM assignment a WHERE a.secure_object_id = o.id), \
     (SELECT count(*) FROM provisioning p WHERE p.secure_object_id = o.id)";

/// An object in a list.
struct Line {
    id: u64,
    kind: String,
    name: String,
    object_id: String,
    algorithm: Option<String>,
    groups: u64,
    provisionings: u64,
}

impl Line {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            kind: row.get(1)?,
            name: row.get(2)?,
            object_id: row.get(3)?,
            algorithm: row.get(4)?,
            groups: row.get(5)?,
            provisionings: row.get(6)?,
        })
    }

    fn row(self) -> Vec<Cell> {
        vec![
            Cell::of(Look::Plain, self.id),
            Cell::named(&self.name, format!("objects/{}", self.id)),
            Cell::of(Look::Code, self.kind),
            Cell::of(Look::Code, self.object_id),
            Cell::known(self.algorithm),
            Cell::number(self.groups),
            Cell::number(self.provisionings),
        ]
    }
}

/// The objects `o` that a condition selects, the newest first.
///
/// # Errors
/// When the state cannot be read.
pub(super) fn table(
    db: &Connection,
    condition: &str,
    parameters: &[&dyn ToSql],
    extent: Extent<'_>,
) -> Result<Vec<Part>, Refusal> {
    let from = format!("secure_object o WHERE {condition}");
    let names = ["Id", "Name", "Type", "Object id", "Algorithm", "Groups", "Provisionings"];
    let rows = Rows {
        what: "Secure objects",
        listing: Listing { columns: COLUMNS, from: &from, order: "ORDER BY o.id DESC", parameters },
        heads: heads(&names),
        empty: Cell::of(Look::Plain, "No secure objects:")
            .and(Look::Code, "el2g secure-object create")
            .and(Look::Plain, "makes one."),
    };
    rows.parts(db, extent, Line::of, |line| Ok(line.row()))
}

/// `/_sandbox/objects`, with `group` those assigned to it
///
/// # Errors
/// 404 without such a group.
pub(super) fn list(asked: &Asked<'_>, db: &Connection) -> Result<Content, Refusal> {
    groups::list_by_group(asked, db, ("Secure objects", "objects"), groups::ASSIGNED, table)
}

/// `/_sandbox/objects/{id}`
///
/// # Errors
/// 404 without such an object.
pub(super) fn one(asked: &Asked<'_>, db: &Connection) -> Result<Content, Refusal> {
    let id = asked.number();
    let found = db
        .prepare_cached(
            "SELECT o.name, o.kind, o.object_id, o.algorithm, o.policy_source, o.on_connection, o.created_ts, o.modified_ts,
               k.id, k.name, c.id, c.name, json_extract(o.details, '$.commonNamePrefix')
             FROM secure_object o LEFT JOIN secure_object k ON k.id = o.key_pair_id
             LEFT JOIN intermediate_ca c ON c.id = o.intermediate_ca_id WHERE o.id = ?1",
        )?
        .query_row(params![id], |row| Ok((row.get(0)?, facts(row, id)?)))
        .optional()?;
    let (title, facts): (String, _) = found.ok_or_else(|| {
        Refusal::new(&OBJECT_NOT_FOUND, format!("no secure object {}", shown(asked.id)))
    })?;
    let mut parts = vec![Part::Facts(facts), Part::Heading("Device groups".to_owned())];
    let assigned = "g.id IN (SELECT group_id FROM assignment WHERE secure_object_id = ?1)";
    parts.extend(groups::table(db, assigned, params![id], Extent::Found)?);
    let certificates = "o.key_pair_id = ?1";
    if db
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM secure_object WHERE key_pair_id = ?1)")?
        .query_row(params![id], |row| row.get(0))?
    {
        parts.push(Part::Heading("Certificates of this key pair".to_owned()));
        parts.extend(table(db, certificates, params![id], Extent::Found)?);
    }
    parts.push(Part::Heading("Provisionings".to_owned()));
    let states = StateCounts::of(db, "WHERE secure_object_id = ?1", params![id])?;
    parts.extend(states.part(&format!("provisionings?object={id}&")));
    let base = format!("objects/{id}?");
    let extent = Extent::Page { number: asked.page(), base: &base };
    parts.extend(provisionings::table(db, "p.secure_object_id = ?1", params![id], extent)?);
    Ok(Content { title, kind: "Secure object", parts })
}

fn facts(row: &Row<'_>, id: u64) -> rusqlite::Result<Vec<(&'static str, Cell)>> {
    let kind: SecureObjectType = row.get_ref(1)?.as_str()?.into();
    let is_late: bool = row.get(5)?;
    let made = if is_late { "when a device connects" } else { "when it is assigned" };
    let mut facts = vec![
        ("Id", Cell::of(Look::Plain, id)),
        ("Type", Cell::of(Look::Code, &kind)),
        ("Object id", Cell::of(Look::Code, row.get::<_, String>(2)?)),
        ("Algorithm", Cell::known(row.get::<_, Option<String>>(3)?)),
        ("Policy", Cell::of(Look::Code, row.get::<_, String>(4)?)),
        ("Generated", Cell::from(made)),
    ];
    if let (Some(key_pair), Some(ca)) =
        (row.get::<_, Option<u64>>(8)?, row.get::<_, Option<u64>>(10)?)
    {
        let named = |index| row.get::<_, Option<String>>(index).map(Option::unwrap_or_default);
        facts.push(("Key pair", Cell::named(&named(9)?, format!("objects/{key_pair}"))));
        facts.push(("Intermediate CA", Cell::named(&named(11)?, format!("cas/{ca}"))));
        facts.push(("Common names begin with", Cell::known(row.get::<_, Option<String>>(12)?)));
    }
    facts.push(("Made", Cell::moment(row.get(6)?)));
    facts.push(("Changed", Cell::moment(row.get(7)?)));
    Ok(facts)
}

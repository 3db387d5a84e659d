//! Devices: the list, and one with everything that is provisioned to it.

use el2g_service_api::{DeviceUid, UidRadix};
use rusqlite::{Connection, Row, ToSql, params};

use crate::call::shown;
use crate::clock::rfc3339;
use crate::console::page::{Cell, Content, Extent, Look, Part, Rows, heads};
use crate::console::states::StateCounts;
use crate::console::{Asked, groups, provisionings};
use crate::device_id;
use crate::handlers::devices::by_uid;
use crate::refusal::{DEVICE_NOT_FOUND, Refusal};
use crate::store::listing::Listing;

/// Claim codes that a device's page names.
const CODES: u32 = 20;

/// A device in a list.
struct Line {
    seq: i64,
    uid: String,
    group: Option<u64>,
    group_name: Option<String>,
    last_connection: Option<i64>,
}

impl Line {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            seq: row.get(0)?,
            uid: row.get(1)?,
            group: row.get(2)?,
            group_name: row.get(3)?,
            last_connection: row.get(4)?,
        })
    }

    fn row(self, db: &Connection) -> Result<Vec<Cell>, Refusal> {
        let states = StateCounts::of(db, "WHERE device_seq = ?1", params![self.seq])?;
        Ok(vec![
            link(&self.uid),
            Cell::of(Look::Code, hexadecimal(&self.uid)),
            groups::link(self.group, self.group_name.as_deref()),
            Cell::known(self.last_connection.map(rfc3339)),
            states.cell(None),
        ])
    }
}

/// A link to a device, whose id is kept in decimal.
pub(super) fn link(uid: &str) -> Cell {
    Cell::default().and_link(Look::Code, uid, format!("devices/{uid}"))
}

/// An id that is kept in decimal.
fn hexadecimal(uid: &str) -> String {
    DeviceUid::parse_as(uid, UidRadix::Decimal).map_or_else(|_| uid.to_owned(), |uid| uid.hex())
}

/// The devices `d` that a condition selects, in the order they came.
///
/// # Errors
/// When the state cannot be read.
pub(super) fn table(
    db: &Connection,
    condition: &str,
    parameters: &[&dyn ToSql],
    extent: Extent<'_>,
) -> Result<Vec<Part>, Refusal> {
    let columns = "d.seq, d.uid, d.group_id, (SELECT name FROM device_group g WHERE g.id = d.group_id), \
         d.last_connection";
    let from = format!("device d WHERE {condition}");
    let rows = Rows {
        what: "Devices",
        listing: Listing { columns, from: &from, order: "ORDER BY d.seq", parameters },
        heads: heads(&["Device", "Hexadecimal", "Group", "Last connection", "Provisionings"]),
        empty: Cell::of(Look::Plain, "No devices:")
            .and(Look::Code, "el2g device add")
            .and(Look::Plain, "puts some into a device group."),
    };
    rows.parts(db, extent, Line::of, |line| line.row(db))
}

/// `/_sandbox/devices`
///
/// # Errors
/// When the state cannot be read.
pub(super) fn list(asked: &Asked<'_>, db: &Connection) -> Result<Content, Refusal> {
    let extent = Extent::Page { number: asked.page(), base: "devices?" };
    Ok(Content::of("Devices", table(db, "1", &[], extent)?))
}

/// `/_sandbox/devices/{id}`, decimal or hexadecimal
///
/// # Errors
/// 404 without such a device.
pub(super) fn one(asked: &Asked<'_>, db: &Connection) -> Result<Content, Refusal> {
    let uid = device_id::parse(asked.id).ok();
    let device = uid.map(|uid| by_uid(db, &uid)).transpose()?.flatten();
    let (uid, device) = uid
        .zip(device)
        .ok_or_else(|| Refusal::new(&DEVICE_NOT_FOUND, format!("no device {}", shown(asked.id))))?;
    let mut facts = vec![
        ("Decimal", Cell::of(Look::Code, &device.uid)),
        ("Hexadecimal", Cell::of(Look::Code, uid.hex())),
        ("Device group", groups::link(device.group_id, device.group_name.as_deref())),
        ("Product", groups::product(&device.nc12)),
        ("Last connection", Cell::known(device.last_connection.map(rfc3339))),
        ("Made", Cell::moment(device.created)),
        ("Changed", Cell::moment(device.modified)),
    ];
    let codes: Vec<(u64, String)> = db
        .prepare_cached(
            "SELECT c.id, c.name FROM claim_code c JOIN claim_use u ON u.claim_code_id = c.id
             WHERE c.group_id = ?1 AND u.device_uid = ?2 ORDER BY c.id LIMIT ?3",
        )?
        .query_map(params![device.group_id, device.uid, CODES], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?
        .collect::<Result<_, _>>()?;
    facts.extend(
        codes
            .iter()
            .map(|(id, name)| ("Claimed with", Cell::named(name, format!("claim-codes/{id}")))),
    );
    let mut parts = vec![Part::Facts(facts), Part::Heading("Provisionings".to_owned())];
    let base = format!("devices/{}?", device.uid);
    let extent = Extent::Page { number: asked.page(), base: &base };
    parts.extend(provisionings::table(db, "p.device_seq = ?1", params![device.seq], extent)?);
    Ok(Content { title: device.uid, kind: "Device", parts })
}

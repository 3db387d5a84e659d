//! Intermediate CAs: the list, and one with its chain and what it certifies. Their keys are never shown.

use rusqlite::{Connection, OptionalExtension as _, Row, ToSql, params};

use crate::call::shown;
use crate::clock::rfc3339;
use crate::console::page::{Cell, Content, Extent, Look, Part, Rows, grouped, heads};
use crate::console::provisionings::{certificate, certificate_facts};
use crate::console::{Asked, objects};
use crate::refusal::{CA_NOT_FOUND, Refusal};
use crate::store::listing::Listing;

/// A CA that is valid for fewer days stands out.
const SOON: i64 = 90;

const COLUMNS: &str = "c.id, c.name, c.algorithm, c.signing_authority, json_extract(c.subject, '$.commonName'), \
     c.certificate IS NOT NULL, c.valid_until, c.issued, \
     (SELECT count(*) FROM secure_object o WHERE o.intermediate_ca_id = c.id)";

/// A CA in a list.
struct Line {
    id: u64,
    name: String,
    algorithm: String,
    signed_by: &'static str,
    common_name: Option<String>,
    is_signed: bool,
    valid_until: Option<i64>,
    issued: u64,
    objects: u64,
}

impl Line {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        let own = row.get_ref(3)?.as_str()? == "EXT";
        Ok(Self {
            id: row.get(0)?,
            name: row.get(1)?,
            algorithm: row.get(2)?,
            signed_by: if own { "your own CA" } else { "the service" },
            common_name: row.get(4)?,
            is_signed: row.get(5)?,
            valid_until: row.get(6)?,
            issued: row.get(7)?,
            objects: row.get(8)?,
        })
    }

    fn state(&self, now: i64) -> Cell {
        let days = self.valid_until.map(|until| (until - now).div_euclid(86_400_000));
        match days.filter(|_| self.is_signed) {
            None if self.is_signed => Cell::of(Look::Good, "signed"),
            None => Cell::of(Look::Wait, "waiting for its certificate"),
            Some(days) if days < 0 => Cell::of(Look::Bad, "expired"),
            Some(days) => {
                let look = if days < SOON { Look::Bad } else { Look::Good };
                let left = grouped(days.unsigned_abs());
                Cell::of(look, "signed").and(Look::Plain, format!("{left} days left"))
            }
        }
    }

    fn row(self, now: i64) -> Vec<Cell> {
        vec![
            Cell::of(Look::Plain, self.id),
            Cell::named(&self.name, format!("cas/{}", self.id)),
            self.state(now),
            Cell::known(self.common_name),
            Cell::of(Look::Plain, self.algorithm),
            Cell::of(Look::Plain, self.signed_by),
            Cell::number(self.objects),
        ]
    }
}

/// The CAs `c` that a condition selects, the newest first.
///
/// # Errors
/// When the state cannot be read.
pub(super) fn table(
    db: &Connection,
    now: i64,
    condition: &str,
    parameters: &[&dyn ToSql],
    extent: Extent<'_>,
) -> Result<Vec<Part>, Refusal> {
    let from = format!("intermediate_ca c WHERE {condition}");
    let names =
        ["Id", "Name", "State", "Common name", "Algorithm", "Signed by", "Certificate objects"];
    let rows = Rows {
        what: "Intermediate CAs",
        listing: Listing { columns: COLUMNS, from: &from, order: "ORDER BY c.id DESC", parameters },
        heads: heads(&names),
        empty: Cell::of(Look::Plain, "No intermediate CAs:")
            .and(Look::Code, "el2g intermediate-ca enroll")
            .and(Look::Plain, "makes one and has it signed."),
    };
    rows.parts(db, extent, Line::of, |line| Ok(line.row(now)))
}

/// `/_sandbox/cas`
///
/// # Errors
/// When the state cannot be read.
pub(super) fn list(asked: &Asked<'_>, db: &Connection) -> Result<Content, Refusal> {
    let extent = Extent::Page { number: asked.page(), base: "cas?" };
    let parts = table(db, asked.service.now(), "1", &[], extent)?;
    Ok(Content::of("Intermediate CAs", parts))
}

/// `/_sandbox/cas/{id}`
///
/// # Errors
/// 404 without such a CA.
pub(super) fn one(asked: &Asked<'_>, db: &Connection) -> Result<Content, Refusal> {
    let id = asked.number();
    type Found = (Line, Option<String>, Option<String>, i64, i64);
    let found: Option<Found> = db
        .prepare_cached(&format!(
            "SELECT {COLUMNS}, c.certificate, c.root, c.created_ts, c.modified_ts FROM intermediate_ca c WHERE c.id = ?1"
        ))?
        .query_row(params![id], |row| {
            Ok((Line::of(row)?, row.get(9)?, row.get(10)?, row.get(11)?, row.get(12)?))
        })
        .optional()?;
    let (line, own, root, created, modified) = found.ok_or_else(|| {
        Refusal::new(&CA_NOT_FOUND, format!("no intermediate CA {}", shown(asked.id)))
    })?;
    let mut parts = vec![Part::Facts(vec![
        ("Id", Cell::of(Look::Plain, id)),
        ("State", line.state(asked.service.now())),
        ("Common name", Cell::known(line.common_name)),
        ("Algorithm", Cell::of(Look::Plain, line.algorithm)),
        ("Signed by", Cell::of(Look::Plain, line.signed_by)),
        ("Valid until", Cell::known(line.valid_until.map(rfc3339))),
        ("Device certificates issued", Cell::number(line.issued)),
        ("Made", Cell::moment(created)),
        ("Changed", Cell::moment(modified)),
    ])];
    for (title, pem) in [("Its certificate", own), ("The root above it", root)] {
        if let Some(read) = pem.as_deref().and_then(certificate) {
            parts.push(Part::Heading(title.to_owned()));
            parts.push(Part::Facts(certificate_facts(&read)));
        }
    }
    parts.push(Part::Heading("Certificate objects".to_owned()));
    let base = format!("cas/{id}?");
    let extent = Extent::Page { number: asked.page(), base: &base };
    parts.extend(objects::table(db, "o.intermediate_ca_id = ?1", params![id], extent)?);
    Ok(Content { title: line.name, kind: "Intermediate CA", parts })
}

//! The first page: how much of everything there is, in which states, and the newest of it.

use el2g_service_api::secure_objects::SecureObjectType;
use rusqlite::{Connection, Row};

use crate::console::page::{Cell, Content, Extent, Look, Part, Total, grouped};
use crate::console::states::StateCounts;
use crate::console::{Asked, authorities, claim_codes, groups, objects, requests};
use crate::refusal::Refusal;
use crate::store::listing::count;

/// Rows of each table here.
const NEWEST: u32 = 10;

/// `/_sandbox/`
///
/// # Errors
/// When the state cannot be read.
pub(super) fn page(asked: &Asked<'_>, db: &Connection) -> Result<Content, Refusal> {
    let states = StateCounts::of(db, "", &[])?;
    let totals = totals(db, asked.service.now(), &states)?;
    let newest = Extent::Newest(NEWEST);
    let is_empty = totals.iter().all(|total| total.amount == 0);
    let mut parts = vec![Part::Totals(totals)];
    parts.extend(states.part("provisionings?"));
    if is_empty {
        parts.push(Part::Note(
            Cell::of(Look::Plain, "Nothing is here yet.")
                .and(Look::Code, "el2g sandbox serve --save-profile NAME")
                .and(Look::Plain, "makes the commands of el2g find this sandbox; then")
                .and(Look::Code, "el2g device-group create")
                .and(Look::Plain, "is a good first one."),
        ));
    }
    parts.push(Part::Heading("Newest device groups".to_owned()));
    parts.extend(groups::table(db, "1", &[], newest)?);
    parts.push(Part::Heading("Newest secure objects".to_owned()));
    parts.extend(objects::table(db, "1", &[], newest)?);
    parts.push(Part::Heading("Newest intermediate CAs".to_owned()));
    parts.extend(authorities::table(db, asked.service.now(), "1", &[], newest)?);
    parts.push(Part::Heading("Newest claim codes".to_owned()));
    parts.extend(claim_codes::table(db, "1", &[], newest)?);
    parts.push(Part::Heading("Last requests".to_owned()));
    parts.push(requests::table(asked.log, NEWEST as usize));
    Ok(Content::of("el2g sandbox", parts))
}

fn totals(db: &Connection, now: i64, states: &StateCounts) -> Result<Vec<Total>, Refusal> {
    let line = |look, number: u64, words: &str| {
        (number > 0).then(|| Cell::of(look, format!("{} {words}", grouped(number))))
    };
    let three = |sql: &str| -> Result<[u64; 3], Refusal> {
        let read = |row: &Row<'_>| Ok([row.get(0)?, row.get(1)?, row.get(2)?]);
        Ok(db.prepare_cached(sql)?.query_row([now], read)?)
    };
    let empty = count(db, "device_group WHERE device_count = 0", &[])?;
    let [devices, alone, seen] = three(
        "SELECT count(*), coalesce(sum(group_id IS NULL), 0), coalesce(sum(last_connection <= ?1), 0) FROM device",
    )?;
    let [cas, signed, ended] = three(
        "SELECT count(*), count(certificate), coalesce(sum(valid_until < ?1), 0) FROM intermediate_ca",
    )?;
    let [codes, revoked, full] = three(
        "SELECT count(*) + 0 * ?1, coalesce(sum(revoked), 0),
           coalesce(sum(revoked = 0 AND policy = 'RESTRICTED' AND device_count >= device_limit), 0) FROM claim_code",
    )?;
    Ok(vec![
        Total {
            name: "Device groups",
            link: "groups".to_owned(),
            amount: count(db, "device_group", &[])?,
            lines: line(Look::Wait, empty, "without devices").into_iter().collect(),
        },
        Total {
            name: "Devices",
            link: "devices".to_owned(),
            amount: devices,
            lines: [
                line(Look::Good, seen, "have connected"),
                line(Look::Wait, alone, "in no group"),
            ]
            .into_iter()
            .flatten()
            .collect(),
        },
        Total {
            name: "Secure objects",
            link: "objects".to_owned(),
            amount: count(db, "secure_object", &[])?,
            lines: kinds(db)?,
        },
        Total {
            name: "Provisionings",
            link: "provisionings".to_owned(),
            amount: states.total(),
            lines: Vec::new(),
        },
        Total {
            name: "Intermediate CAs",
            link: "cas".to_owned(),
            amount: cas,
            lines: [
                line(Look::Bad, ended, "expired"),
                line(Look::Wait, cas - signed, "waiting for a certificate"),
                line(Look::Good, signed - ended, "signed"),
            ]
            .into_iter()
            .flatten()
            .collect(),
        },
        Total {
            name: "Claim codes",
            link: "claim-codes".to_owned(),
            amount: codes,
            lines: [
                line(Look::Bad, revoked, "revoked"),
                line(Look::Wait, full, "at their limit"),
                line(Look::Good, codes - revoked - full, "active"),
            ]
            .into_iter()
            .flatten()
            .collect(),
        },
    ])
}

/// The secure objects by type.
fn kinds(db: &Connection) -> Result<Vec<Cell>, Refusal> {
    let mut lines = Vec::new();
    for kind in SecureObjectType::KNOWN {
        let number = count(db, "secure_object WHERE kind = ?1", &[&kind.as_str()])?;
        if number > 0 {
            lines.push(Cell::of(Look::Plain, grouped(number)).and(Look::Code, kind));
        }
    }
    Ok(lines)
}

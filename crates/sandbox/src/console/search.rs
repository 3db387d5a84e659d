//! Search over everything that has a name or an id. The secrets of claim codes are not looked at: a page that says whether
//! it knows one would tell it.

use el2g_service_api::{DeviceUid, UidRadix};
use rusqlite::{Connection, Row, params};

use crate::call::shown;
use crate::console::page::{Cell, Content, Extent, Look, Part, beginning};
use crate::console::{Asked, authorities, claim_codes, devices, groups, objects};
use crate::device_id::{self, low_64_bits};
use crate::refusal::Refusal;

/// Characters of what is looked for.
const LONGEST: usize = 255;

/// `/_sandbox/search?q=…`
///
/// # Errors
/// When the state cannot be read.
pub(super) fn page(asked: &Asked<'_>, db: &Connection) -> Result<Content, Refusal> {
    let text = beginning(asked.text("q"), LONGEST);
    if text.is_empty() {
        return Ok(Content::of(
            "Search",
            vec![Part::Note(Cell::from("Nothing was searched for."))],
        ));
    }
    let id: Option<i64> = text.parse().ok();
    let object_id = object_id(&text);
    let product = "g.nc12 = ?1 OR g.id = ?2 OR instr(lower(g.name), lower(?1)) > 0";
    let object = "o.id = ?2 OR o.value = ?3 OR instr(lower(o.name), lower(?1)) > 0
        OR instr(lower(json_extract(o.details, '$.commonNamePrefix')), lower(?1)) > 0";
    let ca = "c.id = ?2 OR instr(lower(c.name), lower(?1)) > 0
        OR instr(lower(json_extract(c.subject, '$.commonName')), lower(?1)) > 0";
    let code = "c.id = ?2 OR instr(lower(c.name), lower(?1)) > 0";
    let found = Extent::Found;
    let now = asked.service.now();
    let sections = [
        ("Devices", devices_found(db, &text)?),
        ("Device groups", groups::table(db, product, params![text, id], found)?),
        ("Secure objects", objects::table(db, object, params![text, id, object_id], found)?),
        ("Intermediate CAs", authorities::table(db, now, ca, params![text, id], found)?),
        ("Claim codes", claim_codes::table(db, code, params![text, id], found)?),
    ];
    let mut parts = Vec::new();
    for (name, section) in sections {
        let rows = section.iter().map(|part| match part {
            Part::Table { rows, .. } => rows.len(),
            Part::Heading(_)
            | Part::Note(_)
            | Part::Facts(_)
            | Part::Totals(_)
            | Part::Shares { .. }
            | Part::Pager(_) => 0,
        });
        if rows.sum::<usize>() > 0 {
            parts.push(Part::Heading(name.to_owned()));
            parts.extend(section);
        }
    }
    if parts.is_empty() {
        let said =
            Cell::of(Look::Plain, "Nothing has the name or id").and(Look::Code, shown(&text));
        parts.push(Part::Note(said));
    }
    Ok(Content::of("Search", parts))
}

/// Eight hexadecimal digits, as object ids are written.
fn object_id(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).unwrap_or(text);
    let is_one = digits.len() == 8 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_one.then(|| u32::from_str_radix(digits, 16).ok()).flatten()
}

/// Devices by id, decimal or hexadecimal, whole or the beginning of the decimal one, and by the common name of a certificate.
fn devices_found(db: &Connection, text: &str) -> Result<Vec<Part>, Refusal> {
    let ids = [UidRadix::Decimal, UidRadix::Hexadecimal]
        .map(|radix| DeviceUid::parse_as(text, radix).ok().map(|uid| uid.to_string()));
    let is_decimal = text.bytes().all(|byte| byte.is_ascii_digit());
    let (from, before) =
        if is_decimal { (Some(text), Some(format!("{text}:"))) } else { (None, None) };
    let named = certified(db, text)?;
    // `:` comes after the digits, and every id is digits.
    let condition = "d.seq IN (SELECT seq FROM device WHERE uid IN (?1, ?2) UNION
         SELECT seq FROM device WHERE uid >= ?3 AND uid < ?4 UNION SELECT ?5)";
    devices::table(db, condition, params![ids[0], ids[1], from, before, named], Extent::Found)
}

/// The device that has a certificate of this common name: prefix, the last 64 bits of its id, a number.
fn certified(db: &Connection, name: &str) -> Result<Option<i64>, Refusal> {
    let mut parts = name.rsplitn(3, '-');
    let (Some(_), Some(low), Some(prefix)) = (parts.next(), parts.next(), parts.next()) else {
        return Ok(None);
    };
    let Ok(low) = u64::from_str_radix(low, 16) else { return Ok(None) };
    let mut statement = db.prepare_cached(
        "SELECT d.seq, d.uid FROM secure_object o JOIN provisioning p ON p.secure_object_id = o.id
         JOIN device d ON d.seq = p.device_seq
         WHERE json_extract(o.details, '$.commonNamePrefix') = ?1 AND p.certificate IS NOT NULL",
    )?;
    let read = |row: &Row<'_>| Ok((row.get(0)?, row.get_ref(1)?.as_str().map(device_id::parse)?));
    for found in statement.query_map(params![prefix], read)? {
        let (seq, uid): (i64, _) = found?;
        if uid.is_ok_and(|uid| low_64_bits(&uid) == low) {
            return Ok(Some(seq));
        }
    }
    Ok(None)
}

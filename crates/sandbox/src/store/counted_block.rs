//! The blocks in which entries of a list are counted: kept neither empty nor large.

use rusqlite::types::Value as SqlValue;
use rusqlite::{Connection, params, params_from_iter};

use crate::store::counted_list::{CLASSES, Place};

/// Entries of a block after it was cut. Tests cut early, so that short histories make many blocks.
const CUT: i64 = if cfg!(test) { 4 } else { 1024 };
/// A block with more entries than this is cut.
pub(super) const LARGEST: i64 = 2 * CUT;

/// Cuts blocks that have become large and takes empty ones away: at the end of every change.
pub(super) fn tend(db: &Connection) -> Result<(), rusqlite::Error> {
    db.prepare_cached("DELETE FROM list_block WHERE total = 0")?.execute([])?;
    let large: Vec<(i64, i64, Place, i64)> = db
        .prepare_cached(&format!(
            "SELECT list, scope, key, id, total FROM list_block WHERE total > {LARGEST}"
        ))?
        .query_map([], |row| {
            Ok((row.get(0)?, row.get(1)?, (row.get(2)?, row.get(3)?), row.get(4)?))
        })?
        .collect::<Result<_, _>>()?;
    for (list, scope, first, total) in large {
        cut(db, list, scope, first, total)?;
    }
    Ok(())
}

/// Puts blocks of [`CUT`] entries in the place of one.
fn cut(
    db: &Connection,
    list: i64,
    scope: i64,
    first: Place,
    total: i64,
) -> Result<(), rusqlite::Error> {
    let marks: Vec<String> = (6..6 + CLASSES).map(|number| format!("?{number}")).collect();
    let mut keep = db.prepare_cached(&format!(
        "INSERT OR REPLACE INTO list_block VALUES (?1, ?2, ?3, ?4, ?5, {})",
        marks.join(", ")
    ))?;
    let mut keep_block = |place: &Place, counters: &[i64; CLASSES]| {
        let head = [SqlValue::from(list), scope.into(), place.0.clone(), place.1.into()];
        let sum: i64 = counters.iter().sum();
        let values = head.into_iter().chain([sum.into()]);
        keep.execute(params_from_iter(values.chain(counters.iter().map(|c| SqlValue::from(*c)))))
    };
    let mut entries = db.prepare_cached(
        "SELECT key, id, class FROM list_entry WHERE list = ?1 AND scope = ?2 AND (key, id) >= (?3, ?4)
         ORDER BY key, id LIMIT ?5",
    )?;
    let mut entries = entries.query(params![list, scope, first.0, first.1, total])?;
    let (mut place, mut counters, mut filled) = (first.clone(), [0; CLASSES], 0);
    while let Some(entry) = entries.next()? {
        if filled == CUT {
            keep_block(&place, &counters)?;
            (place, counters, filled) = ((entry.get(0)?, entry.get(1)?), [0; CLASSES], 0);
        }
        let class = usize::from(entry.get::<_, u8>(2)?);
        if let Some(counter) = counters.get_mut(class) {
            *counter += 1;
        }
        filled += 1;
    }
    keep_block(&place, &counters)?;
    Ok(())
}

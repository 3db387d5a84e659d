//! Lists in plain SQL: one page, and how many rows all pages have together.
//!
//! The document asks for pages by number (section 7): SQLite walks over the rows before the page, and over all of
//! them to count. docs/performance.md says what that costs.

use rusqlite::{Connection, Row, ToSql};

use crate::call::PageWanted;
use crate::refusal::Refusal;

/// A list: what is read of each row, of which rows, and in which order.
#[derive(Clone, Copy)]
pub(crate) struct Listing<'a> {
    /// What `read` reads of each row.
    pub columns: &'a str,
    /// What follows `FROM`: tables and conditions.
    pub from: &'a str,
    /// Begins with `ORDER BY`; rows must not tie, or pages overlap.
    pub order: &'a str,
    /// The values of `?1`, `?2` … in `from` and `order`.
    pub parameters: &'a [&'a dyn ToSql],
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ListPage<T> {
    /// The rows of this page, in order.
    pub rows: Vec<T>,
    /// How many rows all pages have together.
    pub total: u64,
}

impl Listing<'_> {
    /// One page of the list.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub(crate) fn page<T>(
        &self,
        db: &Connection,
        wanted: PageWanted,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<ListPage<T>, Refusal> {
        let Self { columns, from, order, parameters } = *self;
        let total = count(db, from, parameters)?;
        let (limit, offset) = (parameters.len() + 1, parameters.len() + 2);
        let sql = format!("SELECT {columns} FROM {from} {order} LIMIT ?{limit} OFFSET ?{offset}");
        let mut all = parameters.to_vec();
        let (size, before) = (wanted.size, wanted.offset());
        all.push(&size);
        all.push(&before);
        let mut statement = db.prepare_cached(&sql)?;
        let rows = statement.query_map(&*all, read)?.collect::<Result<_, _>>()?;
        Ok(ListPage { rows, total })
    }
}

/// How many rows `from`, which is what follows `FROM`, selects.
///
/// # Errors
/// When the state cannot be read.
pub(crate) fn count(
    db: &Connection,
    from: &str,
    parameters: &[&dyn ToSql],
) -> Result<u64, Refusal> {
    Ok(db
        .prepare_cached(&format!("SELECT count(*) FROM {from}"))?
        .query_row(parameters, |row| row.get(0))?)
}

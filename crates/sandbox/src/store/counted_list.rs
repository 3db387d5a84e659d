//! Lists whose page N is found without reading the pages before it.
//!
//! The document asks for pages by number (section 7), which SQL's `OFFSET` answers by walking over
//! everything before them. Here each order in which a list can be had is kept as entries, and its
//! entries are counted in blocks of some hundred, each with one counter per class of entry (what a
//! filter tells apart). A page is found by adding up counters: a thousand of them for a million
//! entries. Triggers keep entries and counters, in the transaction that changes what they are about,
//! so that no handler can forget to.

use rusqlite::types::Value as SqlValue;
use rusqlite::{Connection, Row, params};

use crate::call::PageWanted;
use crate::products::PRODUCTS;
use crate::refusal::Refusal;
use crate::store::counted_block::LARGEST;

/// The place before every entry: the first block of a list begins there. Numbers come before text.
const FIRST: i64 = i64::MIN;
/// The classes that entries of a list can have, 0 to 11.
pub(super) const CLASSES: usize = 12;

/// An order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CountedList {
    number: i64,
    table: &'static str,
    /// The table's columns that the expressions below use.
    columns: &'static str,
    /// Whether a row is in the list. In this and the next five, `row.` stands for the row.
    present: &'static str,
    /// Which list it is in: the group's, the object's.
    scope: &'static str,
    /// What the list is sorted by, before the id.
    key: &'static str,
    /// The row's id.
    id: &'static str,
    /// The row's class.
    class: &'static str,
}

macro_rules! counted_lists {
    ($($(#[$doc:meta])* $name:ident = $number:literal { $table:literal, $columns:literal, $present:expr, $scope:expr, $key:literal, $id:literal, $class:expr })*) => {
        $($(#[$doc])* pub static $name: CountedList = CountedList {
            number: $number, table: $table, columns: $columns, present: $present, scope: $scope, key: $key,
            id: $id, class: $class,
        };)*
        /// Every order of every list.
        static ALL: &[&CountedList] = &[$(&$name),*];
    };
}

/// The place of the 12NC among [`PRODUCTS`], from 0: written by [`product_class`].
const PRODUCT: &str = "PRODUCT_PLACE";
/// The states in the order of the alphabet.
const STATE: &str =
    "CASE row.state WHEN 'GENERATION_COMPLETED' THEN 0 WHEN 'GENERATION_FAILED' THEN 1
    WHEN 'GENERATION_ON_CONNECTION' THEN 2 WHEN 'GENERATION_TRIGGERED' THEN 3
    WHEN 'PROVISIONING_COMPLETED' THEN 4 WHEN 'PROVISIONING_FAILED' THEN 5 ELSE 6 END";
/// Six for a revoked code, three for one at its limit, and its use: 0 low, 1 medium, 2 high (4.4.12).
const CODE: &str =
    "6 * row.revoked + 3 * (row.policy = 'RESTRICTED' AND row.device_count >= row.device_limit)
    + CASE WHEN row.policy = 'UNRESTRICTED' OR 2 * row.device_count < row.device_limit THEN 0
      WHEN 10 * row.device_count > 9 * row.device_limit THEN 2 ELSE 1 END";
/// Twice the place in the alphabet, and one for custom policies.
const OBJECT: &str = "(row.policy_source = 'DEFAULT') + CASE row.kind WHEN 'BINARY_FILE' THEN 0 WHEN 'CERTIFICATE' THEN 2
    WHEN 'HMAC_KEY' THEN 4 WHEN 'KEYPAIR' THEN 6 WHEN 'MASTER_KEY' THEN 8 ELSE 10 END";

/// The type of the object, which it keeps: its place in the alphabet.
const ASSIGNED: &str = "(SELECT CASE kind WHEN 'BINARY_FILE' THEN 0 WHEN 'CERTIFICATE' THEN 1 WHEN 'HMAC_KEY' THEN 2
    WHEN 'KEYPAIR' THEN 3 WHEN 'MASTER_KEY' THEN 4 ELSE 5 END FROM secure_object WHERE id = row.secure_object_id)";
/// Two for a CA that the service signed, and one for a certificate that is there.
const AUTHORITY: &str = "2 * (row.signing_authority = 'NXP') + (row.certificate IS NOT NULL)";

counted_lists! {
    /// Devices that are in a group (4.3.6); scope 0.
    DEVICES = 1 { "device", "group_id, nc12", "row.group_id IS NOT NULL", "0", "0", "row.seq", PRODUCT }
    /// The devices of a group (4.3.8).
    GROUP_DEVICES = 2 { "device", "group_id", "row.group_id IS NOT NULL", "row.group_id", "0", "row.seq", "0" }
    /// The provisionings of an object (4.5.9) as they were made.
    PROVISIONINGS = 3 { "provisioning", "state", "1", "row.secure_object_id", "0", "row.id", STATE }
    /// The same by device.
    PROVISIONINGS_BY_DEVICE = 4 { "provisioning", "state", "1", "row.secure_object_id", "row.device_seq", "row.id", STATE }
    /// The same by device group.
    PROVISIONINGS_BY_GROUP = 5 { "provisioning", "state", "1", "row.secure_object_id", "row.group_id", "row.id", STATE }
    /// The groups of a product (4.3.4).
    GROUPS = 6 { "device_group", "nc12", "1", PRODUCT, "0", "row.id", "0" }
    /// The claim codes of a group (4.4.4) as they were made.
    CODES = 7 { "claim_code", "revoked, policy, device_count, device_limit", "1", "row.group_id", "0", "row.id", CODE }
    /// The same by name.
    CODES_BY_NAME = 8 { "claim_code", "name, revoked, policy, device_count, device_limit", "1", "row.group_id", "lower(row.name)", "row.id", CODE }
    /// The same by the number of devices.
    CODES_BY_COUNT = 9 { "claim_code", "revoked, policy, device_count, device_limit", "1", "row.group_id", "row.device_count", "row.id", CODE }
    /// The same by the limit.
    CODES_BY_LIMIT = 10 { "claim_code", "revoked, policy, device_count, device_limit", "1", "row.group_id", "row.device_limit", "row.id", CODE }
    /// The same by the last change.
    CODES_BY_CHANGE = 11 { "claim_code", "modified_ts, revoked, policy, device_count, device_limit", "1", "row.group_id", "row.modified_ts", "row.id", CODE }
    /// Secure objects (4.5.5) as they were made; scope 0.
    OBJECTS = 12 { "secure_object", "kind, policy_source", "1", "0", "0", "row.id", OBJECT }
    /// The same by name.
    OBJECTS_BY_NAME = 13 { "secure_object", "name, kind, policy_source", "1", "0", "lower(row.name)", "row.id", OBJECT }
    /// The same by object id.
    OBJECTS_BY_OBJECT_ID = 14 { "secure_object", "value, kind, policy_source", "1", "0", "row.value", "row.id", OBJECT }
    /// The same by the last change.
    OBJECTS_BY_CHANGE = 15 { "secure_object", "modified_ts, kind, policy_source", "1", "0", "row.modified_ts", "row.id", OBJECT }
    /// The assignments of a group's objects (4.5.6) as they were made.
    GROUP_OBJECTS = 16 { "assignment", "group_id", "1", "row.group_id", "0", "row.id", ASSIGNED }
    /// The assignments of an object to groups (4.5.8) as they were made.
    OBJECT_GROUPS = 17 { "assignment", "group_id", "1", "row.secure_object_id", "0", "row.id", "0" }
    /// The same by group.
    OBJECT_GROUPS_BY_GROUP = 18 { "assignment", "group_id", "1", "row.secure_object_id", "row.group_id", "row.id", "0" }
    /// Intermediate CAs (4.6.3) as they were made; scope 0.
    AUTHORITIES = 19 { "intermediate_ca", "certificate", "1", "0", "0", "row.id", AUTHORITY }
    /// The certificate objects of an intermediate CA (4.6.6) as they were made.
    AUTHORITY_OBJECTS = 20 { "secure_object", "intermediate_ca_id", "row.intermediate_ca_id IS NOT NULL", "row.intermediate_ca_id", "0", "row.id", "0" }
}

/// Entries of these classes, in this order: the whole list is one run of every class, a filter is one of
/// some, and a list that is sorted by what tells classes apart is several.
pub type Runs<'a> = &'a [&'a [usize]];

/// What follows `FROM` to look up the rows of a page, whose ids are `?1` ([`CountedPage::ids_json`]): the
/// table comes next, `ON` its id `= wanted`, and `ORDER BY place` keeps the order.
pub const ON_PAGE: &str = "(SELECT key AS place, value AS wanted FROM json_each(?1)) CROSS JOIN";

/// Every class, as one run.
pub const EVERY: Runs<'static> = &[&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]];

/// The way a list is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From the smallest.
    Ascending,
    /// From the largest.
    Descending,
}

impl From<&str> for Direction {
    /// `DESC` is descending.
    fn from(name: &str) -> Self {
        if name == "DESC" { Self::Descending } else { Self::Ascending }
    }
}

/// The ids of a page, and how many entries all pages have together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountedPage {
    /// The page's entries, in order.
    pub ids: Vec<i64>,
    /// Of all pages.
    pub total: i64,
}

impl CountedPage {
    /// The ids as a JSON array, for `json_each`, which keeps their order.
    #[must_use]
    pub fn ids_json(&self) -> String {
        serde_json::json!(self.ids).to_string()
    }

    /// What `read` makes of `columns` of each row of the page; `table` names the table, and `ON` its id `= wanted`.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn rows<T>(
        &self,
        db: &Connection,
        columns: &str,
        table: &str,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, Refusal> {
        let sql = format!("SELECT {columns} FROM {ON_PAGE} {table} ORDER BY place");
        let mut statement = db.prepare_cached(&sql)?;
        let rows = statement.query_map(params![self.ids_json()], read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

/// The tables behind the lists and everything that keeps them.
pub(super) fn schema() -> String {
    let columns = |text: &str| -> String {
        (0..CLASSES)
            .map(|class| text.replace('#', &class.to_string()))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let triggers: String = ALL.iter().map(|list| list.triggers()).collect();
    let found = "(list, scope, key, id) = (SELECT list, scope, key, id FROM list_block
         WHERE list = row.list AND scope = row.scope AND (key, id) <= (row.key, row.id)
         ORDER BY key DESC, id DESC LIMIT 1)";
    let counted = |sign: char, row: &str| {
        let each = columns(&format!("c# = c# {sign} ({row}.class = #)"));
        format!(
            "UPDATE list_block SET total = total {sign} 1, {each} WHERE {};",
            found.replace("row.", &format!("{row}."))
        )
    };
    format!(
        "CREATE TABLE list_entry (
           list INTEGER NOT NULL, scope INTEGER NOT NULL, key ANY NOT NULL, id INTEGER NOT NULL,
           class INTEGER NOT NULL, PRIMARY KEY (list, scope, key, id)
         ) STRICT, WITHOUT ROWID;
         CREATE TABLE list_block (
           list INTEGER NOT NULL, scope INTEGER NOT NULL, key ANY NOT NULL, id INTEGER NOT NULL,
           total INTEGER NOT NULL DEFAULT 0, {}, PRIMARY KEY (list, scope, key, id)
         ) STRICT, WITHOUT ROWID;
         CREATE INDEX list_block_to_tend ON list_block (total) WHERE total = 0 OR total > {LARGEST};
         CREATE TRIGGER list_entry_added AFTER INSERT ON list_entry BEGIN
           INSERT INTO list_block (list, scope, key, id) SELECT new.list, new.scope, {FIRST}, {FIRST}
           WHERE NOT EXISTS (SELECT 1 FROM list_block WHERE list = new.list AND scope = new.scope AND key = {FIRST});
           {} END;
         CREATE TRIGGER list_entry_removed AFTER DELETE ON list_entry BEGIN {} END;
         {triggers}",
        columns("c# INTEGER NOT NULL DEFAULT 0"),
        counted('+', "new"),
        counted('-', "old"),
    )
}

/// SQL for the place of a row's product.
fn product_class() -> String {
    let cases: String = PRODUCTS
        .iter()
        .enumerate()
        .map(|(place, product)| format!(" WHEN '{}' THEN {place}", product.nc12))
        .collect();
    format!("CASE row.nc12{cases} ELSE {} END", PRODUCTS.len())
}

/// The scope or class of a product.
#[must_use]
pub fn product_place(nc12: &str) -> usize {
    PRODUCTS.iter().position(|product| product.nc12 == nc12).unwrap_or(PRODUCTS.len())
}

/// The sum of some classes' counters.
fn sum_of(classes: &[usize]) -> String {
    if classes.len() == CLASSES {
        return "total".into();
    }
    let columns: Vec<String> = classes.iter().map(|class| format!("c{class}")).collect();
    if columns.is_empty() { "0".into() } else { columns.join(" + ") }
}

/// A place in a list: the key and id of the first entry of a block.
pub(super) type Place = (SqlValue, i64);

impl CountedList {
    /// The triggers on the list's table.
    fn triggers(&self) -> String {
        let Self { number, table, columns, present, scope, key, id, class } = self;
        let written = |text: String, row: &str| {
            text.replace("PRODUCT_PLACE", &product_class()).replace("row.", row)
        };
        let entry = format!("{number}, {scope}, {key}, {id}, {class}");
        let place = written(
            format!(
                "INSERT INTO list_entry (list, scope, key, id, class) SELECT {entry} WHERE {present};"
            ),
            "new.",
        );
        let remove = written(
            format!(
                "DELETE FROM list_entry WHERE list = {number} AND scope = {scope} AND key = {key} AND id = {id}
                 AND {present};"
            ),
            "old.",
        );
        let state = format!("({present}, {scope}, {key}, {class})");
        let (before, after) = (written(state.clone(), "old."), written(state, "new."));
        format!(
            "CREATE TRIGGER list_{number}_added AFTER INSERT ON {table} BEGIN {place} END;
             CREATE TRIGGER list_{number}_removed AFTER DELETE ON {table} BEGIN {remove} END;
             CREATE TRIGGER list_{number}_changed AFTER UPDATE OF {columns} ON {table}
             WHEN {before} IS NOT {after} BEGIN {remove} {place} END;\n"
        )
    }

    /// How many entries of these classes the list of `scope` has.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn count(&self, db: &Connection, scope: i64, classes: &[usize]) -> Result<i64, Refusal> {
        let sum = sum_of(classes);
        Ok(db
            .prepare_cached(&format!(
                "SELECT coalesce(sum({sum}), 0) FROM list_block WHERE list = ?1 AND scope = ?2"
            ))?
            .query_row(params![self.number, scope], |row| row.get(0))?)
    }

    /// How many entries the list has in all scopes together.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn count_all(&self, db: &Connection) -> Result<i64, Refusal> {
        Ok(db
            .prepare_cached("SELECT coalesce(sum(total), 0) FROM list_block WHERE list = ?1")?
            .query_row(params![self.number], |row| row.get(0))?)
    }

    /// What SQL over `list_block` knows the list by.
    #[must_use]
    pub fn number(&self) -> i64 {
        self.number
    }

    /// A page of the list of `scope`.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn page(
        &self,
        db: &Connection,
        scope: i64,
        runs: Runs<'_>,
        direction: Direction,
        wanted: PageWanted,
    ) -> Result<CountedPage, Refusal> {
        let counts: Vec<i64> =
            runs.iter().map(|classes| self.count(db, scope, classes)).collect::<Result<_, _>>()?;
        let total = counts.iter().sum();
        let offset = wanted.offset().min(total);
        let length = wanted.limit().min(total - offset);
        let mut skip = match direction {
            Direction::Ascending => offset,
            Direction::Descending => total - offset - length,
        };
        let mut ids = Vec::new();
        for (classes, count) in runs.iter().zip(counts) {
            let left = length - i64::try_from(ids.len()).unwrap_or(i64::MAX);
            if skip >= count {
                skip -= count;
            } else if left > 0 {
                self.read(db, scope, classes, skip, left.min(count - skip), &mut ids)?;
                skip = 0;
            }
        }
        if direction == Direction::Descending {
            ids.reverse();
        }
        Ok(CountedPage { ids, total })
    }

    /// `length` ids after the first `skip` of these classes; there are that many.
    fn read(
        &self,
        db: &Connection,
        scope: i64,
        classes: &[usize],
        mut skip: i64,
        length: i64,
        ids: &mut Vec<i64>,
    ) -> Result<(), Refusal> {
        let mut blocks = db.prepare_cached(&format!(
            "SELECT {}, key, id FROM list_block WHERE list = ?1 AND scope = ?2 ORDER BY key, id",
            sum_of(classes)
        ))?;
        let mut entries = db.prepare_cached(&self.entries(classes))?;
        let mut blocks = blocks.query(params![self.number, scope])?;
        let mut left = length;
        while left > 0
            && let Some(block) = blocks.next()?
        {
            let amount: i64 = block.get(0)?;
            if skip >= amount {
                skip -= amount;
                continue;
            }
            let here = left.min(amount - skip);
            let (key, id): Place = (block.get(1)?, block.get(2)?);
            let found = entries
                .query_map(params![self.number, scope, key, id, here, skip], |row| row.get(0))?;
            for found in found {
                ids.push(found?);
            }
            left -= here;
            skip = 0;
        }
        Ok(())
    }

    /// SQL for entries of these classes from a place on.
    fn entries(&self, classes: &[usize]) -> String {
        let filter = if classes.len() == CLASSES {
            String::new()
        } else {
            let classes: Vec<String> = classes.iter().map(usize::to_string).collect();
            format!("AND class IN ({})", classes.join(", "))
        };
        format!(
            "SELECT id FROM list_entry WHERE list = ?1 AND scope = ?2 AND (key, id) >= (?3, ?4) {filter}
             ORDER BY key, id LIMIT ?5 OFFSET ?6"
        )
    }
}

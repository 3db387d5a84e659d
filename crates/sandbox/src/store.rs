//! The state of the service in SQLite: in memory, or in a file that survives restarts. One writer
//! at a time; what a request changes is changed wholly or not at all.

pub(crate) mod lag;
pub(crate) mod listing;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use el2g_files::{Access, OutputFileError, PRIVATE, Visibility, open_appended};
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, TransactionBehavior, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use self::lag::Lag;
use crate::refusal::{INTERNAL, Refusal};

/// `el2g` in ASCII: tells our files from other SQLite databases.
const APPLICATION_ID: i32 = 0x656c_3267;
/// Counts up with `schema.sql`.
const SCHEMA_VERSION: i32 = 6;

/// Why a state file cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum StoreError {
    /// It holds private keys, and others may read it.
    #[error("state file {}: {access}, but only its owner may read it ({PRIVATE}): it holds private keys", path.display())]
    Readable {
        /// The file.
        path: PathBuf,
        /// Who may read it.
        access: Access,
    },
    /// It is something else.
    #[error("{} is not a state file of a sandbox: name one, or a file that is not there yet", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// It is from another version of this program.
    #[error("state file {} is of version {version}, this program reads version {SCHEMA_VERSION}: name a file that is not there yet, or use the program that made it", path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// The schema's version found.
        version: i32,
    },
    /// Another sandbox has it open.
    #[error("state file {} is in use by another sandbox", path.display())]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// It cannot be opened or created.
    #[error("cannot open state file {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// It cannot be made, or something else than a file is there.
    #[error(transparent)]
    Output(#[from] OutputFileError),
    /// SQLite refuses.
    #[error("the state cannot be read or written")]
    Database(#[from] rusqlite::Error),
}

/// The state.
#[derive(Debug)]
pub(crate) struct Store {
    connection: Mutex<Connection>,
    lag: Lag,
}

impl Store {
    /// Empty, gone when dropped.
    ///
    /// # Errors
    /// When SQLite has no memory.
    pub(crate) fn in_memory() -> Result<Self, StoreError> {
        let connection = Connection::open_in_memory()?;
        Self::prepare(connection, Path::new(":memory:"))
    }

    /// In `path`, which is created with mode 0600 when it is not there.
    ///
    /// # Errors
    /// [`StoreError`]: when others may read the file, when it is not ours, or in use.
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        let file_error = |source| StoreError::File { path: path.to_owned(), source };
        // It is made where there is none.
        let Some(file) = open_appended(path, Some(Visibility::Secret))? else {
            return Err(file_error(io::ErrorKind::NotFound.into()));
        };
        let access = Access::of(&file).map_err(file_error)?;
        if !access.is_private() {
            return Err(StoreError::Readable { path: path.to_owned(), access });
        }
        // Closing a file gives up every lock this process has on it (POSIX): before SQLite takes its own.
        drop(file);
        #[cfg(windows)]
        make_private_log(path).map_err(file_error)?;
        Self::prepare(Connection::open(path)?, path)
    }

    fn prepare(connection: Connection, path: &Path) -> Result<Self, StoreError> {
        let setup = || -> Result<Option<StoreError>, rusqlite::Error> {
            connection.execute_batch(
                "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
                 PRAGMA foreign_keys = ON; BEGIN EXCLUSIVE;",
            )?;
            let application_id: i32 =
                connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
            let version: i32 =
                connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
            let tables: i64 =
                connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
            if tables == 0 && application_id == 0 {
                connection.execute_batch(include_str!("store/schema.sql"))?;
                connection.pragma_update(None, "application_id", APPLICATION_ID)?;
                connection.pragma_update(None, "user_version", SCHEMA_VERSION)?;
            } else if application_id != APPLICATION_ID {
                return Ok(Some(StoreError::Foreign { path: path.to_owned() }));
            } else if version != SCHEMA_VERSION {
                return Ok(Some(StoreError::Version { path: path.to_owned(), version }));
            }
            connection.execute_batch("COMMIT")?;
            connection.set_prepared_statement_cache_capacity(256);
            Ok(None)
        };
        match setup() {
            Ok(None) => Ok(Self { connection: Mutex::new(connection), lag: Lag::default() }),
            Ok(Some(foreign)) => Err(foreign),
            Err(rusqlite::Error::SqliteFailure(failure, _)) => Err(match failure.code {
                rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked => {
                    StoreError::InUse { path: path.to_owned() }
                }
                rusqlite::ErrorCode::NotADatabase => StoreError::Foreign { path: path.to_owned() },
                _ => StoreError::Database(rusqlite::Error::SqliteFailure(failure, None)),
            }),
            Err(other) => Err(other.into()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        // A panic in a handler rolls its transaction back when it unwinds: the state is whole.
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks something up.
    ///
    /// # Errors
    /// What `look` refuses with.
    pub(crate) fn read<T>(
        &self,
        look: impl FnOnce(&Connection) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        match self.lag.seen() {
            Some(earlier) => earlier.read(look),
            None => look(&self.lock()),
        }
    }

    /// From now on reads that lag do so by this much.
    pub(crate) fn lags(&mut self, lag: Lag) {
        self.lag = lag;
    }

    /// Keeps the state before a change at `now` for reads that lag.
    ///
    /// # Errors
    /// When it cannot be copied.
    pub(crate) fn keep_earlier(&self, now: i64) -> Result<(), Refusal> {
        self.lag.keep(&self.lock(), now)
    }

    /// Forgets the earlier states that no read sees any more at `now`.
    pub(crate) fn forget_earlier(&self, now: i64) {
        self.lag.forget(now);
    }

    /// Changes something: all of it, or nothing when `change` refuses.
    ///
    /// # Errors
    /// What `change` refuses with.
    pub(crate) fn write<T>(
        &self,
        change: impl FnOnce(&Transaction<'_>) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let mut connection = self.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let outcome = change(&transaction)?;
        transaction.commit()?;
        Ok(outcome)
    }

    /// Tells `seen` of every statement that is run: its SQL, and since it was prepared how many rows of
    /// full scans and how many steps SQLite's machine has gone through for it.
    #[cfg(test)]
    pub(crate) fn watch(&self, mut seen: impl FnMut(&str, i32, i32) + Send + 'static) {
        use rusqlite::StatementStatus::{FullscanStep, VmStep};
        use rusqlite::trace::{TraceEvent, TraceEventCodes};
        let mut connection = self.lock();
        // What ran before is not counted.
        connection.flush_prepared_statement_cache();
        let watching = connection.trace_v2(
            TraceEventCodes::SQLITE_TRACE_PROFILE,
            Some(move |event: TraceEvent<'_>| {
                if let TraceEvent::Profile(run, _) = event {
                    seen(&run.sql(), run.get_status(FullscanStep), run.get_status(VmStep));
                }
            }),
        );
        watching.unwrap();
    }

    /// The latest time of making that the state knows; 0 when it is empty.
    pub(crate) fn latest(&self) -> i64 {
        let last = ["provisioning", "claim_code", "secure_object", "assignment", "intermediate_ca"]
            .map(|table| {
                format!("SELECT * FROM (SELECT created_ts FROM {table} ORDER BY id DESC LIMIT 1)")
            })
            .join(" UNION ALL ");
        let found = self.lock().query_row(
            &format!("SELECT coalesce(max(created_ts), 0) FROM ({last})"),
            [],
            |row| row.get(0),
        );
        // Where it cannot be read, nothing else can, and the first request says so.
        found.unwrap_or(0)
    }

    /// A setting's value.
    ///
    /// # Errors
    /// When SQLite fails.
    pub(crate) fn setting(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self
            .lock()
            .query_row("SELECT value FROM setting WHERE name = ?1", params![name], |row| row.get(0))
            .optional()?)
    }

    /// Sets a setting.
    ///
    /// # Errors
    /// When SQLite fails.
    pub(crate) fn set_setting(&self, name: &str, value: &[u8]) -> Result<(), StoreError> {
        self.lock().execute(
            "INSERT INTO setting (name, value) VALUES (?1, ?2)
             ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            params![name, value],
        )?;
        Ok(())
    }
}

/// A column that holds JSON.
///
/// # Errors
/// When it holds something else.
pub(crate) fn json_column<T: DeserializeOwned>(row: &Row<'_>, index: usize) -> rusqlite::Result<T> {
    let text = row.get_ref(index)?.as_str()?;
    serde_json::from_str(text).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(index, Type::Text, Box::new(error))
    })
}

/// A value as a column holds it as JSON.
///
/// # Errors
/// When it cannot be written.
pub(crate) fn as_json(value: &impl Serialize) -> rusqlite::Result<String> {
    serde_json::to_string(value)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}

impl From<rusqlite::Error> for Refusal {
    fn from(error: rusqlite::Error) -> Self {
        Refusal::new(&INTERNAL, format!("the state cannot be read or written: {error}"))
    }
}

/// SQLite gives its log the mode of the file, but on Windows the access list of the folder: hence it is there already.
#[cfg(windows)]
fn make_private_log(path: &Path) -> io::Result<()> {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    el2g_files::open_or_create_appended(Path::new(&log), Visibility::Secret).map(drop)
}

#[cfg(test)]
mod tests {
    #[cfg(unix)]
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_file_survives_being_closed_and_is_private() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        let store = Store::open(&path).unwrap();
        store.set_setting("a", b"1").unwrap();
        assert!(matches!(Store::open(&path), Err(StoreError::InUse { .. })));
        drop(store);
        let store = Store::open(&path).unwrap();
        assert_eq!(store.setting("a").unwrap(), Some(b"1".to_vec()));
        assert!(Access::at(&path).unwrap().is_kept_as_secret());
    }

    #[test]
    fn refuses_a_state_file_that_others_may_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        drop(Store::open(&path).unwrap());
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        let refused = Store::open(&path);
        assert!(
            matches!(refused, Err(StoreError::Readable { access, .. }) if access.mode == 0o640)
        );
    }

    #[test]
    fn refuses_other_files() {
        let folder = tempfile::tempdir().unwrap();
        let text = folder.path().join("text");
        std::fs::write(&text, "certainly not a database, but long enough".repeat(40)).unwrap();
        std::fs::set_permissions(&text, std::fs::Permissions::from_mode(0o600)).unwrap();
        assert!(matches!(Store::open(&text), Err(StoreError::Foreign { .. })));
        let other = folder.path().join("other");
        Connection::open(&other).unwrap().execute_batch("CREATE TABLE x (y)").unwrap();
        std::fs::set_permissions(&other, std::fs::Permissions::from_mode(0o600)).unwrap();
        assert!(matches!(Store::open(&other), Err(StoreError::Foreign { .. })));
    }

    #[test]
    fn refuses_its_own_files_of_another_version() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        drop(Store::open(&path).unwrap());
        let older = Connection::open(&path).unwrap();
        older.pragma_update(None, "user_version", SCHEMA_VERSION - 1).unwrap();
        drop(older);
        let refused = Store::open(&path).unwrap_err();
        assert!(
            matches!(refused, StoreError::Version { version, .. } if version == SCHEMA_VERSION - 1)
        );
        assert!(refused.to_string().contains(&format!("reads version {SCHEMA_VERSION}")));
    }

    #[test]
    fn a_refused_change_changes_nothing() {
        let store = Store::in_memory().unwrap();
        let refused: Result<(), Refusal> = store.write(|tx| {
            tx.execute("INSERT INTO setting VALUES ('b', x'00')", [])?;
            Err(Refusal::new(&INTERNAL, "on purpose"))
        });
        assert!(refused.is_err());
        assert_eq!(store.setting("b").unwrap(), None);
    }
}

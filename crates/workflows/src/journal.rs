//! What a flow has done so far, on disk, so that the same command run again continues.
//!
//! A journal is a file of JSON lines. The first names the flow and what it is about (its *subject*); every
//! other one is a step that began or is done, with what the step made. Each line is flushed to the disk
//! before the flow continues. Two rules follow for a flow:
//!
//! - a step that changes something elsewhere is recorded as begun before and as done after; when the journal
//!   says "begun" and not "done", the flow looks whether it happened before it does it again;
//! - nothing secret goes in: a journal holds ids, requests, certificates and sealed messages.
//!
//! The file is locked while it is open, so that two runs do not continue the same flow at once. A last line
//! that was cut short by a crash is dropped; a damaged line anywhere else is an error.

use el2g_text::json_text;
use std::collections::HashMap;
use std::fs::{self, File, TryLockError};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use el2g_files::{OutputFileError, Visibility, folder_of, open_appended, read_appended};
use el2g_findings::Schema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Flow;

/// The layout of the file; a journal of another layout is refused.
const VERSION: u32 = 1;

/// The step under which the checks that were skipped are recorded.
const SKIPPED: &str = "skip-check";

/// A journal of a hundred thousand objects has a tenth of this; more is some other file.
const CAP: u64 = 1 << 28;

/// What a journal is about: another subject is another journal.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Subject(pub(crate) Value);

/// The first line of a journal.
#[derive(Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JournalHeader {
    /// The name and version of this document; journals of version 0.2.0 have none.
    #[serde(default = "own_schema")]
    schema: String,
    /// The flow.
    journal: String,
    /// The layout of the lines that follow.
    version: u32,
    /// What the flow is about, such as the service and the object; it differs from flow to flow.
    subject: Value,
}

impl JournalHeader {
    /// What the first line names as its schema.
    pub const SCHEMA: Schema = Schema("el2g/journal/1");

    /// Whether a line that a crash cut short began as this one does, with its schema or, as version 0.2.0 wrote it, without.
    fn began(line: &[u8], text: &[u8]) -> bool {
        let schema = format!("\"schema\":\"{}\",", Self::SCHEMA.0);
        let older = String::from_utf8_lossy(line).replacen(&schema, "", 1);
        line.starts_with(text) || older.as_bytes().starts_with(text)
    }
}

fn own_schema() -> String {
    JournalHeader::SCHEMA.0.to_owned()
}

/// Every other line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    step: String,
    state: State,
    #[serde(default, skip_serializing_if = "Value::is_null")]
    made: Value,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Begun,
    Done,
    Undone,
}

/// How far a step is.
#[derive(Debug, Clone, PartialEq)]
pub enum Progressed<T> {
    /// Never begun, or known not to have happened.
    Not,
    /// Begun, and whether it happened is not known.
    Begun,
    /// Done; this is what it made.
    Done(T),
}

/// An open, locked journal.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    entries: Vec<Entry>,
    /// Where each step was recorded last.
    last: HashMap<String, usize>,
}

impl Journal {
    /// Opens the journal of `flow` about `subject`, and makes it when it is not there.
    ///
    /// The file is made 0600. The folder must exist.
    ///
    /// # Errors
    /// [`JournalError`]: in use by another run, of another flow or subject, damaged, or not readable.
    pub fn open(path: &Path, flow: Flow, subject: &impl Serialize) -> Result<Self, JournalError> {
        let failed = |error: io::Error| io_error(path, &error);
        let subject = serde_json::to_value(subject)
            .map_err(|_| failed(io::ErrorKind::InvalidInput.into()))?;
        let mut file = open_appended(path, Some(Visibility::Secret))?.expect("it is made");
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(JournalError::InUse { path: path.to_owned() });
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        let Some(text) = read_appended(&mut file, CAP).map_err(failed)? else {
            return Err(JournalError::Damaged { path: path.to_owned(), line: 1 });
        };
        let mut journal =
            Self { path: path.to_owned(), file, entries: Vec::new(), last: HashMap::new() };
        let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
        let expected = JournalHeader {
            schema: own_schema(),
            journal: flow.name().to_owned(),
            version: VERSION,
            subject,
        };
        if whole == 0 {
            // Only the beginning of this very header is ours to write again.
            let header = journal.line_of(&expected)?;
            if !JournalHeader::began(&header, &text) {
                return Err(JournalError::Damaged { path: path.to_owned(), line: 1 });
            }
            journal.cut_to(0)?;
            journal.append(&header)?;
            sync_folder(path);
            return Ok(journal);
        }
        let mut lines = text[..whole - 1].split(|byte| *byte == b'\n').enumerate();
        let damaged =
            |index: usize| JournalError::Damaged { path: path.to_owned(), line: index + 1 };
        let (_, first) = lines.next().expect("a split yields at least one piece");
        let found: JournalHeader = serde_json::from_slice(first).map_err(|_| damaged(0))?;
        if found != expected {
            return Err(JournalError::OfSomethingElse {
                path: path.to_owned(),
                found: found.subject.to_string(),
                wanted: expected.subject.to_string(),
            });
        }
        for (index, line) in lines {
            journal.keep(serde_json::from_slice(line).map_err(|_| damaged(index))?);
        }
        if whole < text.len() {
            journal.cut_to(whole as u64)?;
        }
        Ok(journal)
    }

    /// What the journal at `path` is about, also while another run has it open; `None` where no journal can be read.
    pub fn subject_of(path: &Path) -> Option<Subject> {
        let mut line = Vec::new();
        let mut file = BufReader::new(open_appended(path, None).ok()??.take(CAP));
        file.read_until(b'\n', &mut line).ok()?;
        serde_json::from_slice::<JournalHeader>(&line).ok().map(|header| Subject(header.subject))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether nothing has been recorded yet.
    pub fn is_new(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether a step was begun or done that a later run takes into account.
    pub(crate) fn can_resume(&self) -> bool {
        self.last
            .iter()
            .any(|(step, index)| step != SKIPPED && self.entries[*index].state != State::Undone)
    }

    /// Records which checks were skipped.
    ///
    /// # Errors
    /// [`JournalError::Io`].
    pub fn skipped(&mut self, checks: &[&str]) -> Result<(), JournalError> {
        if checks.is_empty() { Ok(()) } else { self.done(SKIPPED, &checks) }
    }

    /// How far `step` is.
    ///
    /// # Errors
    /// [`JournalError::Damaged`] when what the step made cannot be read as a `T`.
    pub fn look<T: DeserializeOwned>(&self, step: &str) -> Result<Progressed<T>, JournalError> {
        let last = self.last.get(step).copied();
        match last.map(|index| (index, &self.entries[index])) {
            None => Ok(Progressed::Not),
            Some((_, Entry { state: State::Undone, .. })) => Ok(Progressed::Not),
            Some((_, Entry { state: State::Begun, .. })) => Ok(Progressed::Begun),
            Some((index, entry)) => T::deserialize(&entry.made)
                .map(Progressed::Done)
                .map_err(|_| JournalError::Damaged { path: self.path.clone(), line: index + 2 }),
        }
    }

    /// Records that `step` begins.
    ///
    /// # Errors
    /// [`JournalError::Io`]; the step must not be taken then.
    pub fn begin(&mut self, step: &str) -> Result<(), JournalError> {
        self.record(step, State::Begun, Value::Null)
    }

    /// Records that `step` is done and what it made.
    ///
    /// # Errors
    /// [`JournalError::Io`].
    pub fn done(&mut self, step: &str, made: &impl Serialize) -> Result<(), JournalError> {
        let made = serde_json::to_value(made)
            .map_err(|_| io_error(&self.path, &io::ErrorKind::InvalidInput.into()))?;
        self.record(step, State::Done, made)
    }

    /// Records that `step`, though begun, is known not to have happened: it was refused.
    ///
    /// # Errors
    /// [`JournalError::Io`].
    pub fn undone(&mut self, step: &str) -> Result<(), JournalError> {
        self.record(step, State::Undone, Value::Null)
    }

    /// Removes the journal: nothing is left to continue.
    ///
    /// # Errors
    /// [`JournalError::Io`].
    pub fn remove(&mut self) -> Result<(), JournalError> {
        fs::remove_file(&self.path).map_err(|error| io_error(&self.path, &error))?;
        sync_folder(&self.path);
        Ok(())
    }

    fn record(&mut self, step: &str, state: State, made: Value) -> Result<(), JournalError> {
        let entry = Entry { step: step.to_owned(), state, made };
        self.append(&self.line_of(&entry)?)?;
        self.keep(entry);
        Ok(())
    }

    fn keep(&mut self, entry: Entry) {
        self.last.insert(entry.step.clone(), self.entries.len());
        self.entries.push(entry);
    }

    fn line_of(&self, entry: &impl Serialize) -> Result<Vec<u8>, JournalError> {
        let text = serde_json::to_string(entry)
            .map_err(|_| io_error(&self.path, &io::ErrorKind::InvalidInput.into()))?;
        Ok((json_text(&text) + "\n").into_bytes())
    }

    fn append(&mut self, line: &[u8]) -> Result<(), JournalError> {
        self.file
            .write_all(line)
            .and_then(|()| self.file.sync_data())
            .map_err(|error| io_error(&self.path, &error))
    }

    fn cut_to(&mut self, length: u64) -> Result<(), JournalError> {
        self.file
            .set_len(length)
            .and_then(|()| self.file.seek(SeekFrom::End(0)))
            .and_then(|_| self.file.sync_data())
            .map_err(|error| io_error(&self.path, &error))
    }
}

/// The name is durable only once the folder is; a file system that cannot do it does not stop the run.
fn sync_folder(path: &Path) {
    let _ = el2g_files::sync_folder(folder_of(path));
}

fn io_error(path: &Path, error: &io::Error) -> JournalError {
    JournalError::Io { path: path.to_owned(), kind: error.kind() }
}

/// Why a journal could not be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JournalError {
    /// Another run holds it.
    #[error("{}: in use by another run", .path.display())]
    InUse {
        /// The journal.
        path: PathBuf,
    },
    /// It belongs to another flow, another layout, or the same flow with other values.
    #[error("{}: belongs to something else: expected {wanted}, found {found}", .path.display())]
    OfSomethingElse {
        /// The journal.
        path: PathBuf,
        /// The subject it names.
        found: String,
        /// The subject of this run.
        wanted: String,
    },
    /// A line is not what a journal holds: the file is damaged, or no journal.
    #[error("{}: expected a journal of this program, found something else in line {line}", .path.display())]
    Damaged {
        /// The journal.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
    },
    /// It cannot be a journal: a directory, pipe or device, or a link to nothing.
    #[error(transparent)]
    File(#[from] OutputFileError),
    /// The operating system refused.
    #[error("{}: cannot be used as a journal: {}", .path.display(), io::Error::from(*.kind))]
    Io {
        /// The journal.
        path: PathBuf,
        /// The reason it gave.
        kind: io::ErrorKind,
    },
}

#[cfg(test)]
#[path = "journal_tests.rs"]
mod tests;

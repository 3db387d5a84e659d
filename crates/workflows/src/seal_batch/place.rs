//! The folder a batch writes to, and what it keeps there until it is done.
//!
//! Beside the messages lies `.el2g-batch/K-of-N/`, one for each partition: `journal` says of which manifest
//! and keys the batch is, and locks it; `messages/` holds messages that are not yet in the results, by the
//! number of their row; `results` grows. A message is written to `messages/`, flushed to the disk, then its
//! line to `results` and flushed: from there on the entry is done, and only then is the message renamed to
//! its place. A crash leaves either nothing of an entry, or a message that the next run only has to rename.
//! A copy for escrow waits beside its message, and goes to its place first.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use el2g_files::{
    Access, Identity, OwnerId, Visibility, create_folder, create_new, open_or_create_appended,
    rename_to_new, sync_files, sync_folder,
};

use super::error::BatchError;
use super::partition::Partition;
use super::results::{EntryOutcome, EntryResult, ResultsReader};

/// Folder for what is kept of batches.
const STATE: &str = ".el2g-batch";

/// What the name of a copy for escrow ends with while it waits.
const COPY: &str = ".escrow";

/// The paths of one batch.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) folder: PathBuf,
    escrow: Option<PathBuf>,
    state: PathBuf,
    messages: PathBuf,
    results: PathBuf,
    /// Folders of messages and copies that were not empty when the batch was begun.
    used: Vec<PathBuf>,
}

/// What an earlier run left.
pub(super) struct Left {
    /// The growing results, whole lines only, at their end.
    pub(super) results: File,
    /// Rows that are in them.
    pub(super) rows: u64,
    pub(super) sealed: u64,
    pub(super) refused: u64,
}

impl Place {
    /// The place of one partition of a batch in `folder`; makes what is missing. What is there belongs to this user, to root
    /// or to one of `owners`.
    pub(super) fn make(
        folder: &Path,
        escrow: Option<&Path>,
        partition: Partition,
        owners: &[OwnerId],
    ) -> Result<Self, BatchError> {
        let state = folder.join(STATE).join(format!("{}-of-{}", partition.index, partition.count));
        let results = folder.join(match partition.count {
            1 => "results.ndjson".to_owned(),
            count => format!("results-{}-of-{count}.ndjson", partition.index),
        });
        let messages = state.join("messages");
        let used = [Some(folder), escrow]
            .into_iter()
            .flatten()
            .filter(|path| fs::read_dir(path).is_ok_and(|mut found| found.next().is_some()));
        let used = used.map(Path::to_owned).collect();
        let parts = [folder, &folder.join(STATE), &state, &messages];
        for part in parts {
            let is_named = part == folder;
            let visibility = if is_named { Visibility::Public } else { Visibility::Secret };
            make_folder(part, visibility, is_named, owners)?;
        }
        if let Some(escrow) = escrow {
            make_folder(escrow, Visibility::Secret, true, owners)?;
            let found = |path: &Path| {
                Identity::at(path)
                    .map_err(|e| BatchError::Io { path: path.to_owned(), kind: e.kind() })
            };
            let (ours, theirs) = (found(folder)?, found(escrow)?);
            if !ours.is_on_disk_of(theirs) || ours == theirs {
                return Err(BatchError::EscrowFolder { path: escrow.to_owned() });
            }
        }
        let escrow = escrow.map(Path::to_owned);
        Ok(Self { folder: folder.to_owned(), escrow, messages, results, state, used })
    }

    pub(super) fn journal(&self) -> PathBuf {
        self.state.join("journal")
    }

    /// Where the journals of other partitions in the same folder are.
    pub(super) fn other_journals(&self) -> Vec<PathBuf> {
        let found = self.state.parent().and_then(|states| fs::read_dir(states).ok());
        let states = found.into_iter().flatten().filter_map(|state| Some(state.ok()?.path()));
        states.filter(|state| *state != self.state).map(|state| state.join("journal")).collect()
    }

    /// The state folder: what is written there briefly lies on the same disk.
    pub(super) fn state(&self) -> &Path {
        &self.state
    }

    /// Where the whole results will be.
    pub(super) fn results(&self) -> &Path {
        &self.results
    }

    /// Where the results grow.
    pub(super) fn growing(&self) -> PathBuf {
        self.state.join("results")
    }

    /// Where a message waits until it is in the results.
    pub(super) fn waiting(&self, entry: u64) -> PathBuf {
        self.messages.join(entry.to_string())
    }

    fn waiting_copy(&self, entry: u64) -> PathBuf {
        self.messages.join(format!("{entry}{COPY}"))
    }

    /// Where the escrow copy of a message goes.
    fn escrow_path(&self, file: &str) -> Option<PathBuf> {
        self.escrow.as_ref().map(|folder| folder.join(file))
    }

    /// What is there already under the name of a message or its copy. A look into a folder that was empty costs more than
    /// it finds: what appears there later is kept by [`Place::put_in_place`].
    pub(super) fn taken(&self, file: &str) -> Option<PathBuf> {
        let mut paths = self.used.iter().map(|folder| folder.join(file));
        // Also a link to nothing is there.
        paths.find(|path| fs::symlink_metadata(path).is_ok())
    }

    /// Writes a message where it waits; not yet flushed.
    pub(super) fn write_waiting(&self, entry: u64, message: &[u8]) -> Result<(), BatchError> {
        Self::write_new(self.waiting(entry), message)
    }

    /// The same for the copy that goes to escrow.
    pub(super) fn write_waiting_copy(&self, entry: u64, copy: &[u8]) -> Result<(), BatchError> {
        Self::write_new(self.waiting_copy(entry), copy)
    }

    fn write_new(path: PathBuf, message: &[u8]) -> Result<(), BatchError> {
        let written = create_new(OpenOptions::new().write(true), &path, Visibility::Public);
        written
            .and_then(|mut file| file.write_all(message))
            .map_err(|error| BatchError::Io { path, kind: error.kind() })
    }

    /// Takes the messages waiting that long to the disk: one call for all of them, since one for each would
    /// cost as much as the sealing.
    pub(super) fn flush_waiting(&self, entries: &[u64]) -> Result<(), BatchError> {
        let waiting = entries.iter().flat_map(|entry| {
            [Some(self.waiting(*entry)), self.escrow.as_ref().map(|_| self.waiting_copy(*entry))]
        });
        let waiting: Vec<PathBuf> = waiting.flatten().collect();
        sync_files(&self.messages, waiting.iter().map(PathBuf::as_path))
            .map_err(|error| BatchError::Io { path: self.messages.clone(), kind: error.kind() })
    }

    /// Puts a message that is in the results into its place; what is there already is kept.
    pub(super) fn put_in_place(&self, entry: u64, file: &str) -> Result<(), BatchError> {
        if let Some(path) = self.escrow_path(file) {
            match Self::rename(self.waiting_copy(entry), path) {
                // A crash came between the copy and its message.
                Err(BatchError::Io { kind: io::ErrorKind::NotFound, .. }) => {}
                done => done?,
            }
        }
        Self::rename(self.waiting(entry), self.folder.join(file))
    }

    fn rename(waiting: PathBuf, path: PathBuf) -> Result<(), BatchError> {
        match rename_to_new(&waiting, &path) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
                Err(BatchError::EscrowFolder { path })
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                Err(BatchError::Appeared { path, waiting })
            }
            Err(error) => Err(BatchError::Io { path, kind: error.kind() }),
        }
    }

    /// Takes the names of all messages to the disk.
    pub(super) fn flush_names(&self) -> Result<(), BatchError> {
        for path in self.escrow.iter().chain([&self.folder]) {
            sync_folder(path)
                .map_err(|error| BatchError::Io { path: path.clone(), kind: error.kind() })?;
        }
        Ok(())
    }

    /// Finishes what an earlier run began: messages that are in the results go to their places, others are
    /// removed, and the growing results are cut to whole lines.
    pub(super) fn resume(&self, partition: Partition) -> Result<Left, BatchError> {
        let path = self.growing();
        let failed = |error: io::Error| BatchError::Io { path: self.growing(), kind: error.kind() };
        let mut waiting = self.waiting_entries()?;
        let file = open_or_create_appended(&path, Visibility::Secret).map_err(failed)?;
        let mut reader = ResultsReader::of(file);
        let (mut rows, mut sealed, mut refused) = (0, 0, 0);
        while let Some(result) = reader.next_result()? {
            let wanted = partition.entry(rows);
            if result.entry != wanted {
                return Err(BatchError::ResultsOrder { found: result.entry, wanted });
            }
            rows += 1;
            match &result.outcome {
                EntryOutcome::Sealed(_) => sealed += 1,
                EntryOutcome::Refused { .. } => refused += 1,
            }
            let waits = waiting
                .remove(&result.entry)
                .is_some_and(|paths| paths.contains(&self.waiting(result.entry)));
            if let (true, Some(row)) = (waits, result.sealed()) {
                self.put_in_place(result.entry, &row.file)?;
            }
        }
        for path in waiting.into_values().flatten() {
            fs::remove_file(&path).map_err(|error| BatchError::Io { path, kind: error.kind() })?;
        }
        let results = reader.cut().map_err(failed)?;
        Ok(Left { results, rows, sealed, refused })
    }

    /// The files that wait, by entry.
    fn waiting_entries(&self) -> Result<HashMap<u64, Vec<PathBuf>>, BatchError> {
        let failed =
            |error: io::Error| BatchError::Io { path: self.messages.clone(), kind: error.kind() };
        let mut entries = HashMap::<u64, Vec<PathBuf>>::new();
        for found in fs::read_dir(&self.messages).map_err(failed)? {
            let found = found.map_err(failed)?;
            let name = found.file_name();
            let entry = name.to_str().map(|name| name.strip_suffix(COPY).unwrap_or(name));
            if let Some(entry) = entry.and_then(|entry| entry.parse().ok()) {
                entries.entry(entry).or_default().push(found.path());
            }
        }
        Ok(entries)
    }

    /// Makes the grown results the whole ones.
    pub(super) fn finish(&self) -> Result<(), BatchError> {
        self.flush_names()?;
        fs::rename(self.growing(), &self.results)
            .map_err(|error| BatchError::Io { path: self.results.clone(), kind: error.kind() })?;
        self.flush_names()
    }

    /// How many of the files the results name are not in the folder any more.
    pub(super) fn missing(&self, results: &Path) -> Result<u64, BatchError> {
        let Ok(mut reader) = ResultsReader::open(results) else { return Ok(0) };
        let mut missing = 0;
        while let Some(result) = reader.next_result()? {
            if let Some(row) = result.sealed() {
                missing += u64::from(!self.folder.join(&row.file).is_file());
            }
        }
        Ok(missing)
    }

    /// Removes the folders again, as far as nothing is in them: the batch did not begin.
    pub(super) fn leave(&self) {
        let state = self.state.parent().unwrap_or(&self.state);
        for folder in [&self.messages, &self.state, &state.to_owned(), &self.folder] {
            if fs::remove_dir(folder).is_err() {
                break;
            }
        }
    }
}

/// Earlier results whose sealed entries stay as they are, read along with the manifest.
#[derive(Default)]
pub(super) struct Earlier {
    reader: Option<ResultsReader>,
    ahead: Option<EntryResult>,
}

impl Earlier {
    pub(super) fn of(reader: ResultsReader) -> Self {
        Self { reader: Some(reader), ahead: None }
    }

    /// The earlier result of an entry, if it was sealed; entries are asked for in rising order.
    pub(super) fn sealed(&mut self, entry: u64) -> Result<Option<EntryResult>, BatchError> {
        let Some(reader) = &mut self.reader else { return Ok(None) };
        loop {
            match self.ahead.take() {
                Some(result) if result.entry > entry => {
                    self.ahead = Some(result);
                    return Ok(None);
                }
                Some(result) if result.entry == entry => {
                    return Ok(Some(result).filter(|result| result.sealed().is_some()));
                }
                _ => {}
            }
            self.ahead = reader.next_result()?;
            if self.ahead.is_none() {
                return Ok(None);
            }
        }
    }
}

/// Refuses a folder of our own that another user can change: what waits there would not be what was sealed.
fn owned(path: &Path, owners: &[OwnerId]) -> Result<(), BatchError> {
    let failed = |error: io::Error| BatchError::Io { path: path.to_owned(), kind: error.kind() };
    let access = Access::at(path).map_err(failed)?;
    match access.is_changed_only_by(owners) {
        true => Ok(()),
        false => Err(BatchError::ForeignFolder { path: path.to_owned(), access }),
    }
}

fn make_folder(
    path: &Path,
    visibility: Visibility,
    may_be_link: bool,
    owners: &[OwnerId],
) -> Result<(), BatchError> {
    match create_folder(path, visibility) {
        Ok(()) => return Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(BatchError::Io { path: path.to_owned(), kind: error.kind() }),
    }
    // A link in place of our own folder would lead messages elsewhere.
    let found = if may_be_link { fs::metadata(path) } else { fs::symlink_metadata(path) };
    match found {
        Ok(found) if found.is_dir() && !may_be_link => owned(path, owners),
        Ok(found) if found.is_dir() => Ok(()),
        _ => Err(BatchError::NoFolder { path: path.to_owned() }),
    }
}

//! Finished rows become files and results, in the manifest's order and many at a time.
//!
//! One thread writes all files: a flush holds up everybody who makes files on that disk, and those who seal are not to
//! wait for it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, TryRecvError};
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::BatchCounts;
use super::error::BatchError;
use super::partition::Partition;
use super::place::{Left, Place};
use super::sealing::{Finished, NewMessage};
use crate::Progress;

/// How often is looked whether rows are finished.
const LOOK: Duration = Duration::from_millis(10);

/// How often is looked whether to stop, by who waits for rows to be done.
const PATIENCE: Duration = Duration::from_millis(200);

/// The pause until the next flush is so many times what the last one took, within these bounds: on a fast disk results
/// come often, a slow one is left to its work.
const PAUSE: u32 = 20;
const SHORTEST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// How far the rows given out may be ahead of those that are done, so that one slow row does not fill the
/// memory.
#[derive(Default)]
pub(super) struct Pace {
    done: Mutex<u64>,
    moved: Condvar,
    /// Rows of this run that were sealed or refused, whether on the disk or not.
    dealt_with: AtomicU64,
}

impl Pace {
    /// Waits until the row that is the `nth` of its partition may be given out; false when `stopped` says so.
    pub(super) fn wait_for(&self, nth: u64, ahead: u64, stopped: &dyn Fn() -> bool) -> bool {
        let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        while nth >= *done + ahead {
            if stopped() {
                return false;
            }
            let waited = self.moved.wait_timeout(done, PATIENCE);
            done = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        !stopped()
    }

    pub(super) fn dealt_with_one(&self) {
        self.dealt_with.fetch_add(1, Ordering::Relaxed);
    }

    /// How many rows are dealt with in `span`, when those until now took `elapsed`.
    pub(super) fn dealt_with_in(&self, span: Duration, elapsed: Duration) -> usize {
        let rows = u128::from(self.dealt_with.load(Ordering::Relaxed));
        let rows = rows * span.as_nanos() / elapsed.as_nanos().max(1);
        usize::try_from(rows).unwrap_or(usize::MAX)
    }

    pub(super) fn advance(&self, done: u64) {
        *self.done.lock().unwrap_or_else(PoisonError::into_inner) = done;
        self.moved.notify_all();
    }
}

/// A row whose message waits in its file.
struct Written {
    line: Vec<u8>,
    /// The name of the message, where there is one.
    file: Option<String>,
    sealed: bool,
}

/// Writes messages and results.
pub(super) struct Committer<'a> {
    place: &'a Place,
    partition: Partition,
    results: File,
    counts: BatchCounts,
    /// Those before which another is missing.
    waiting: BTreeMap<u64, Written>,
    /// Those whose results can be written next, in order.
    ready: Vec<(u64, Written)>,
    /// How long finished rows wait for others before they are flushed together.
    pause: Duration,
}

impl<'a> Committer<'a> {
    pub(super) fn new(place: &'a Place, partition: Partition, left: Left, rows: u64) -> Self {
        let Left { results, rows: done, sealed, refused } = left;
        let counts = BatchCounts { rows, done, sealed, refused };
        Self {
            place,
            partition,
            results,
            counts,
            waiting: BTreeMap::new(),
            ready: Vec::new(),
            pause: SHORTEST_PAUSE,
        }
    }

    /// Takes finished rows until all who send are gone. A failure ends it at once; what it has written
    /// stays right.
    pub(super) fn run(
        mut self,
        finished: Receiver<Finished>,
        pace: &Pace,
        progress: &dyn Progress,
    ) -> (BatchCounts, Option<BatchError>) {
        let mut last = Instant::now();
        loop {
            // Looked up now and then instead of waited for: being woken by each row costs more than the row's result.
            let ended = loop {
                match finished.try_recv() {
                    Ok(row) => {
                        if let Err(error) = self.write(row) {
                            return (self.counts, Some(error));
                        }
                    }
                    Err(TryRecvError::Empty) => break false,
                    Err(TryRecvError::Disconnected) => break true,
                }
            };
            self.gather();
            let due = ended || last.elapsed() >= self.pause;
            if due && !self.ready.is_empty() {
                let group = std::mem::take(&mut self.ready);
                if let Err(error) = self.commit(&group) {
                    return (self.counts, Some(error));
                }
                pace.advance(self.counts.done);
                progress.advanced(self.counts.done, self.counts.rows);
                last = Instant::now();
            }
            if ended {
                return (self.counts, None);
            }
            thread::sleep(LOOK);
        }
    }

    /// Writes a row's message where it waits, its copy first; neither is flushed.
    fn write(&mut self, row: Finished) -> Result<(), BatchError> {
        let Finished { entry, line, message, sealed } = row;
        if let Some(NewMessage { message, copy, .. }) = &message {
            if let Some(copy) = copy {
                self.place.write_waiting_copy(entry, copy.armored().as_bytes())?;
            }
            self.place.write_waiting(entry, message.armored().as_bytes())?;
        }
        let file = message.map(|message| message.file);
        self.waiting.insert(entry, Written { line, file, sealed });
        Ok(())
    }

    /// Moves the rows that follow the last one without a gap to those that are ready.
    fn gather(&mut self) {
        while let Some(row) = {
            let next = self.partition.entry(self.counts.done + self.ready.len() as u64);
            self.waiting.remove_entry(&next)
        } {
            self.ready.push(row);
        }
    }

    /// Messages to the disk, then their results, then the messages to their places.
    fn commit(&mut self, group: &[(u64, Written)]) -> Result<(), BatchError> {
        let messages =
            || group.iter().filter_map(|(entry, row)| Some((*entry, row.file.as_deref()?)));
        let waiting: Vec<u64> = messages().map(|(entry, _)| entry).collect();
        let began = Instant::now();
        if !waiting.is_empty() {
            self.place.flush_waiting(&waiting)?;
        }
        let lines: Vec<u8> = group.iter().flat_map(|(_, row)| row.line.iter().copied()).collect();
        self.results
            .write_all(&lines)
            .and_then(|()| self.results.sync_data())
            .map_err(|error| BatchError::Io { path: self.place.growing(), kind: error.kind() })?;
        self.pause = (began.elapsed() * PAUSE).clamp(SHORTEST_PAUSE, LONGEST_PAUSE);
        for (entry, file) in messages() {
            self.place.put_in_place(entry, file)?;
        }
        let sealed = group.iter().filter(|(_, row)| row.sealed).count() as u64;
        self.counts.done += group.len() as u64;
        self.counts.sealed += sealed;
        self.counts.refused += group.len() as u64 - sealed;
        Ok(())
    }
}

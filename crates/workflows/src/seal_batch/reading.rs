//! The manifest's rows, given to the threads that seal.

use std::sync::atomic::Ordering;
use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant};

use super::SealBatch;
use super::commit::Pace;
use super::error::BatchError;
use super::halt::Halt;
use super::manifest::Row;
use super::place::Earlier;
use super::sealing::Finished;
use super::survey::Survey;

/// How long the rows that are given out together take to seal: a thread that seals is not to wait for the one that reads
/// at every row, and one that is asked to stop is to be done soon, also where a card signs.
const TOGETHER: Duration = Duration::from_millis(10);

/// How many they are at most.
const MOST_TOGETHER: usize = 64;

/// The thread that reads the manifest.
pub(super) struct Reading<'a> {
    pub(super) batch: &'a SealBatch<'a>,
    pub(super) halt: &'a Halt,
    pub(super) pace: &'a Pace,
    /// Rows of the partition that are in the results already.
    pub(super) begun: u64,
    pub(super) ahead: u64,
}

impl Reading<'_> {
    pub(super) fn run(
        &self,
        survey: &Survey,
        earlier: &mut Earlier,
        give: SyncSender<Vec<Row>>,
        hand_in: SyncSender<Finished>,
    ) -> Result<(), BatchError> {
        let stopped = || self.halt.is_on() || self.batch.stop.load(Ordering::Relaxed);
        let refused = |error| BatchError::Manifest { path: self.batch.manifest.to_owned(), error };
        let mut rows = survey.rows().map_err(refused)?;
        let mut nth = 0;
        let (began, jobs) = (Instant::now(), self.batch.jobs.max(1));
        let (mut together, mut enough) = (Vec::new(), 1);
        while let Some(row) = rows.next_row().map_err(refused)? {
            if !self.batch.partition.has(row.number) {
                continue;
            }
            nth += 1;
            if nth <= self.begun {
                continue;
            }
            if !self.pace.wait_for(nth - 1, self.ahead, &stopped) {
                break;
            }
            let given = match earlier.sealed(row.number)? {
                Some(kept) => hand_in.send(Finished::kept(&kept)).is_ok(),
                None => {
                    together.push(row);
                    if together.len() < enough {
                        continue;
                    }
                    let rows = self.pace.dealt_with_in(TOGETHER, began.elapsed()) / jobs;
                    enough = rows.clamp(1, MOST_TOGETHER);
                    give.send(std::mem::take(&mut together)).is_ok()
                }
            };
            if !given {
                return Ok(());
            }
        }
        // Whoever would take them may be gone, and has said why.
        let _ = give.send(together);
        Ok(())
    }
}

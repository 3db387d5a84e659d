//! Thousands of secrets from a manifest, each sealed into a message of its own.
//!
//! A manifest is read row by row and sealed by several threads; results are written in the manifest's order.
//! The batch can be killed at any moment and run again: what is in the results stays, the rest is done, and
//! no entry ever has two messages. How that is kept is told in `place.rs`.

mod commit;
mod entry;
mod error;
mod halt;
mod manifest;
mod partition;
mod place;
mod reading;
mod results;
mod sealing;
mod survey;
mod token_keys;

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

use el2g_files::InputPolicy;
use el2g_key_payload::{Entropy, wipe_stack};
use el2g_openpgp_envelope::{
    EscrowKey, MessageSigner, ReadBack, Recipient, SealError, Sealer, Timestamp,
};
use serde_json::{Value, json};

pub use self::entry::{
    COLUMNS, Column, Entry, EntryFault, EntryName, Fields, LONGEST_NAME, Source, is_like_a_key,
    truth,
};
pub use self::error::BatchError;
pub use self::manifest::{ManifestError, ManifestFormat, ManifestReader, Row};
pub use self::partition::{Partition, PartitionError};
pub use self::results::{EntryCheckValue, EntryOutcome, EntryResult, ResultsReader, SealedEntry};
pub use self::token_keys::TokenKeys;

use self::commit::{Committer, Pace};
use self::halt::Halt;
use self::place::{Earlier, Left, Place};
use self::reading::Reading;
use self::sealing::{Desk, Finished};
use self::survey::Survey;
use crate::steps::Steps;
use crate::{Failure, Flow, Journal, JournalError, Plan, Progress};

/// Rows that may be given out and not yet done, for each job: more than a fast core seals while a flush is waited for.
const AHEAD: usize = 4096;

/// How a manifest is sealed.
pub struct SealBatch<'a> {
    /// The manifest's name: its extension tells the form, and relative names of files start from its folder.
    pub manifest: &'a Path,
    /// Where messages and results go; made when it is missing.
    pub folder: &'a Path,
    /// Which rows are done.
    pub partition: Partition,
    /// Threads that seal, at least 1.
    pub jobs: usize,
    /// Whose key signs.
    pub signer: &'a dyn MessageSigner,
    /// Who can open the messages.
    pub recipient: &'a Recipient,
    /// How far messages are read back.
    pub read_back: ReadBack,
    /// Which files with secrets are accepted.
    pub policy: InputPolicy,
    /// Where rows take keys from that live in tokens.
    pub tokens: &'a dyn TokenKeys,
    /// What becomes of secrets that are made.
    pub made: MadeSecrets,
    /// Who besides gets a copy of every secret.
    pub escrow: Option<Escrow<'a>>,
    /// The time.
    pub now: &'a (dyn Fn() -> Timestamp + Sync),
    /// A random source for each thread.
    pub entropy: &'a (dyn Fn() -> Box<dyn Entropy> + Sync),
    /// Set from outside to end early: what is finished is kept.
    pub stop: &'a AtomicBool,
}

/// What becomes of a secret that is made, besides its sealed message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MadeSecrets {
    /// None may be made, unless a copy of each goes to escrow.
    Refused,
    /// No copy is kept.
    Discarded,
}

/// Copies for the team itself: each secret sealed once more, to a key of its own.
#[derive(Clone, Copy)]
pub struct Escrow<'a> {
    /// Who can open the copies.
    pub key: &'a EscrowKey,
    /// Where they go, named like the messages; made when it is missing. On the disk before the message is in
    /// its place.
    pub folder: &'a Path,
}

/// How far a batch is, in rows of its partition.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct BatchCounts {
    /// All.
    pub rows: u64,
    /// In the results.
    pub done: u64,
    /// Of those, with a message.
    pub sealed: u64,
    /// Of those, without.
    pub refused: u64,
}

/// What a run did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchRun {
    /// How far the batch is now.
    pub counts: BatchCounts,
    /// Rows that were in the results before.
    pub by_earlier_runs: u64,
    /// Where the results are, or will be.
    pub results: PathBuf,
    /// Messages of earlier runs that are not in the folder any more.
    pub missing: u64,
    /// Why it ended before its end; what is done stays, and the next run resumes.
    pub stopped_by: Option<BatchError>,
}

/// A batch that is begun.
enum Begun {
    /// Its rows are sealed, all of them.
    Complete(BatchRun),
    /// Some are not.
    Open(Box<Open>),
}

/// A batch that is open: its journal is held.
struct Open {
    place: Place,
    survey: Survey,
    earlier: Earlier,
    left: Left,
    by_earlier_runs: u64,
    missing: u64,
    _journal: Journal,
}

impl SealBatch<'_> {
    /// The steps: the manifest, `source`, is read and the batch begun; then what is not sealed yet is sealed. The results
    /// in the folder are the journal.
    ///
    /// Once it has begun, what ends it early is in [`BatchRun::stopped_by`], and what is wrong with a row in the row's
    /// result.
    pub fn plan<'s>(&'s self, source: &'s mut dyn Read) -> Plan<'s, BatchRun> {
        let mut steps = Steps::new();
        let what = "read the manifest, and what earlier runs left";
        let begun = steps.here("begin", what, &[], async move |_| {
            let sealers = self.sealers()?;
            Ok((sealers, self.begin(source)?))
        });
        let what = "seal the rows that are not sealed yet";
        let sealed = steps.here("seal", what, &[begun.step()], async move |run| {
            Ok(match begun.into_inner() {
                (_, Begun::Complete(complete)) => complete,
                (sealers, Begun::Open(open)) => self.seal_all(sealers, *open, run.progress),
            })
        });
        steps.end(Flow::SealBatch, sealed)
    }

    /// What seals the messages, and the copies for escrow.
    fn sealers(&self) -> Result<(Sealer<'_>, Option<Sealer<'_>>), SealError> {
        let sealer = Sealer::new(self.signer, self.recipient, self.read_back)?;
        let escrow = self
            .escrow
            .map(|escrow| Sealer::for_escrow(self.signer, escrow.key, ReadBack::Signature));
        Ok((sealer, escrow.transpose()?))
    }

    fn begin(&self, source: &mut dyn Read) -> Result<Begun, Failure> {
        let escrow_folder = self.escrow.map(|escrow| escrow.folder);
        let place = Place::make(self.folder, escrow_folder, self.partition, &self.policy.owners)?;
        let survey =
            Survey::make(source, self.manifest, place.state()).inspect_err(|_| place.leave())?;
        if let Err(refused) = self.accept(&survey) {
            // On Windows its copy of the manifest is in the folder until it is closed.
            drop(survey);
            place.leave();
            return Err(refused);
        }
        Ok(self.open(place, survey)?)
    }

    /// Refuses secrets that would be lost, and tokens that stay locked.
    fn accept(&self, survey: &Survey) -> Result<(), Failure> {
        let kept = self.escrow.is_some() || self.made == MadeSecrets::Discarded;
        if let (Some(line), false) = (survey.generates, kept) {
            return Err(BatchError::GeneratedLost { path: self.manifest.to_owned(), line }.into());
        }
        survey.tokens.iter().try_for_each(|uri| self.tokens.unlock(uri))
    }

    /// What the journal is about: another manifest or key is another batch.
    fn subject(&self, survey: &Survey) -> Value {
        let recipient = self.recipient.report();
        json!({
            "manifestSha3": survey.hash,
            "entries": survey.rows,
            "signer": self.signer.fingerprint().to_string(),
            "recipient": recipient_name(self.recipient),
            "escrow": self.escrow.map(|escrow| escrow.key.fingerprint().to_string()),
            "recipientSubkey": recipient.encryption_subkey.as_ref().map(|subkey| subkey.key_id.to_string()),
        })
    }

    /// Opens the journal and what earlier runs left.
    fn open(&self, place: Place, survey: Survey) -> Result<Begun, BatchError> {
        let subject = self.subject(&survey);
        let mut journal = Journal::open(&place.journal(), Flow::SealBatch, &subject)
            .map_err(|error| self.changed(error, &subject))?;
        // Its other partitions have journals of their own.
        let mut others = place.other_journals().into_iter();
        let differing = |path: PathBuf| self.differing(&Journal::subject_of(&path)?.0, &subject);
        if let Some(changed) = others.find_map(differing) {
            if journal.is_new() {
                journal.remove()?;
                drop(survey);
                place.leave();
            }
            return Err(changed);
        }
        let (whole, growing) = (place.results().to_owned(), place.growing());
        let (mut earlier, mut kept, mut missing) = (Earlier::default(), 0, 0);
        if journal.is_new() {
            if whole.symlink_metadata().is_ok() {
                journal.remove()?;
                return Err(BatchError::ResultsExist { path: whole });
            }
            journal.begin("seal")?;
        } else if whole.exists() {
            missing = place.missing(&whole)?;
            let counts = counted(&whole)?;
            if counts.refused == 0 && !growing.exists() {
                let (by_earlier_runs, results) = (counts.done, whole);
                let stopped_by = None;
                let complete = BatchRun { counts, by_earlier_runs, results, missing, stopped_by };
                return Ok(Begun::Complete(complete));
            }
            kept = counts.sealed;
            earlier = Earlier::of(opened(&whole)?);
        } else {
            missing = place.missing(&growing)?;
        }
        let left = place.resume(self.partition)?;
        let by_earlier_runs = kept.max(left.rows);
        let open =
            Open { place, survey, earlier, left, by_earlier_runs, missing, _journal: journal };
        Ok(Begun::Open(Box::new(open)))
    }

    /// Says which of the values is not what the batch was begun with.
    fn changed(&self, error: JournalError, wanted: &Value) -> BatchError {
        let JournalError::OfSomethingElse { found, .. } = &error else { return error.into() };
        let found: Value = serde_json::from_str(found).unwrap_or_default();
        self.differing(&found, wanted).unwrap_or_else(|| error.into())
    }

    fn differing(&self, found: &Value, wanted: &Value) -> Option<BatchError> {
        let differs = |key: &str| found.get(key) != wanted.get(key);
        let what = [
            ("manifestSha3", "another manifest (its content has changed since)"),
            ("signer", "another signer"),
            ("recipient", "another recipient"),
            ("escrow", "another escrow key, or none"),
            ("recipientSubkey", "another encryption subkey of the recipient"),
        ];
        let (_, what) = what.into_iter().find(|(key, _)| differs(key))?;
        Some(BatchError::Changed { folder: self.folder.to_owned(), what })
    }

    /// Gives the rows to the threads and their results to the disk.
    fn seal_all(
        &self,
        (sealer, escrow): (Sealer<'_>, Option<Sealer<'_>>),
        open: Open,
        progress: &dyn Progress,
    ) -> BatchRun {
        // The journal is locked until everything is written.
        let Open { place, survey, mut earlier, left, by_earlier_runs, missing, _journal } = open;
        let rows = self.partition.of(survey.rows);
        let desk = Desk {
            sealer,
            escrow: escrow.zip(self.escrow.map(|escrow| escrow.key.fingerprint().to_string())),
            place: &place,
            base: self.manifest.parent().unwrap_or(Path::new("")),
            policy: &self.policy,
            tokens: self.tokens,
            now: self.now,
            signer: self.signer.fingerprint().to_string(),
            recipient: recipient_name(self.recipient),
        };
        let (pace, halt) = (Pace::default(), Halt::default());
        pace.advance(left.rows);
        let begun = left.rows;
        let jobs = self.jobs.max(1);
        let (give, given) = sync_channel::<Vec<Row>>(jobs * 2);
        let given = Mutex::new(given);
        // Room for all of them: nobody who seals waits for the disk.
        let ahead = AHEAD * jobs;
        let (hand_in, handed_in) = sync_channel::<Finished>(ahead);
        let committer = Committer::new(&place, self.partition, left, rows);
        let (mut counts, mut failure) = thread::scope(|scope| {
            for _ in 0..jobs {
                let hand_in = hand_in.clone();
                scope.spawn(|| self.work(&desk, &given, hand_in, &halt, &pace));
            }
            let committer = scope.spawn(|| committer.run(handed_in, &pace, progress));
            let reading =
                Reading { batch: self, halt: &halt, pace: &pace, begun, ahead: ahead as u64 };
            if let Err(error) = reading.run(&survey, &mut earlier, give, hand_in) {
                halt.with(error);
            }
            committer.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        failure = failure.or(halt.into_error());
        if failure.is_none() && counts.done < rows {
            failure = Some(BatchError::Stopped);
        }
        if failure.is_none() {
            failure = place.finish().err();
        }
        counts.rows = rows;
        let results = place.results().to_owned();
        BatchRun { counts, by_earlier_runs, results, missing, stopped_by: failure }
    }

    /// Seals rows until there are none. After a failure rows are only taken, so that nobody waits.
    fn work(
        &self,
        desk: &Desk<'_>,
        given: &Mutex<Receiver<Vec<Row>>>,
        hand_in: SyncSender<Finished>,
        halt: &Halt,
        pace: &Pace,
    ) {
        let mut entropy = (self.entropy)();
        loop {
            let rows = given.lock().unwrap_or_else(PoisonError::into_inner).recv();
            // The C library keeps the stacks of threads that have ended.
            let Ok(rows) = rows else { return wipe_stack() };
            for row in rows {
                if halt.is_on() {
                    break;
                }
                match desk.seal(row, entropy.as_mut()) {
                    Ok(finished) => halt.unless(hand_in.send(finished).is_ok()),
                    Err(error) => halt.with(error),
                }
                pace.dealt_with_one();
            }
        }
    }
}

/// The recipient's fingerprint, or its key id where it has none.
fn recipient_name(recipient: &Recipient) -> String {
    let report = recipient.report();
    match report.fingerprint {
        Some(fingerprint) => fingerprint.to_string(),
        None => report.key_id.to_string(),
    }
}

fn opened(results: &Path) -> Result<ResultsReader, BatchError> {
    ResultsReader::open(results).map_err(|error| BatchError::ResultsUnread { kind: error.kind() })
}

fn counted(results: &Path) -> Result<BatchCounts, BatchError> {
    let mut reader = opened(results)?;
    let mut counts = BatchCounts::default();
    while let Some(result) = reader.next_result()? {
        counts.done += 1;
        counts.sealed += u64::from(result.sealed().is_some());
    }
    let refused = counts.done - counts.sealed;
    Ok(BatchCounts { rows: counts.done, refused, ..counts })
}

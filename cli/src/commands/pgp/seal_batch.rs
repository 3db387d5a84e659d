//! `el2g pgp seal-batch`: thousands of secrets of a manifest, sealed by all cores.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use clap::Args;
use el2g_key_payload::{PayloadKind, SystemEntropy};
use el2g_openpgp_envelope::ReadBack;
use el2g_signers::{TokenSecret, TokenSecrets, TokenUri};
use el2g_text::one_line;
use el2g_workflows::{
    BatchError, BatchRun, EntryOutcome, EntryResult, Escrow, Failure, FailureKind, MadeSecrets,
    Partition, ResultsReader, SealBatch, TokenKeys,
};
use serde::Serialize;

use crate::Result;
use crate::context::Context;
use crate::escrow;
use crate::flow_progress::FlowProgress;
use crate::input_roles::check_token;
use crate::online::FlowDryRun;
use crate::output::{Console, Human, Outcome};
use crate::output_help::output_help;
use crate::output_places::OutputFolder;
use crate::sealing::{SealerArguments, timestamp};
use crate::stop_signal::stop_signal;
use crate::throw_away::Destination;
use crate::unlocking::Unlocking;

/// Most refused rows that are named on stderr.
const NAMED_ROWS: usize = 10;

/// One line for each paragraph: the help wraps it to the terminal.
const LONG_ABOUT: &str = "\
Seal the secrets that a manifest lists, each into a message of its own.

The manifest is CSV with a header, or JSON lines (.ndjson, .jsonl, or a first byte `{`). It never holds the secrets \
themselves. Its columns, in any order; others are refused:

  name       required: name of the entry and of its message NAME.asc (A-Z a-z 0-9 . _ -)
  kind       required: aes, hmac, binary or oem-fw-decrypt-key
  file       file with the secret as hexadecimal text, 0600; relative to the manifest's folder; or the pkcs11: URI of \
an extractable key on a token
  raw        true: the file holds the bytes as they are
  generate   instead of file: make a new secret of this size (256bit, 32byte), or true and the size in `size`
  size       size that the secret must have, written the same way
  object-id  id of the secure object that it will become, 1 to 8 hexadecimal digits

A size without a unit counts bits of an AES key and bytes of anything else; an HMAC key over 64 needs its unit.

CSV is read as spreadsheets save it in UTF-8: with commas, semicolons or tabs (the header decides), TRUE and FALSE, \
empty rows, and empty columns at the end. A line that begins with `#` is a comment.

Messages and results.ndjson (one line for each row, in the manifest's order) go to --out-dir. A refused row does not \
stop the others (exit 3). After a crash or exit 7 run the same command again to resume; refused rows are tried again.";

/// Seal the secrets that a manifest lists, each into a message of its own
#[derive(Args)]
#[command(
    long_about = LONG_ABOUT,
    after_help = "Examples:
  el2g pgp seal-batch keys.csv --out-dir sealed --signer signer.asc --recipient edgelock2go.asc
  el2g pgp seal-batch new.csv --out-dir new --escrow-to team.asc --escrow-dir escrow --signer signer.asc --recipient edgelock2go.asc
  el2g pgp seal-batch keys.csv --out-dir part --partition 0/2 --signer signer.asc --recipient edgelock2go.asc"
)]
pub struct Arguments {
    /// The manifest; `-` is standard input
    #[arg(value_name = "MANIFEST")]
    manifest: PathBuf,
    #[arg(long, value_name = "DIR", help = output_help!(folder "the messages and results"))]
    out_dir: OutputFolder,
    /// Number of threads that seal [default: one for each core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
    /// Only rows K, K+N, K+2N …, counted from 0 [default: JOB_COMPLETION_INDEX and EL2G_PARTITIONS, else all]
    #[arg(long, value_name = "K/N")]
    partition: Option<String>,
    /// Keep no copy of secrets that are made
    #[arg(long, conflicts_with = "escrow_to")]
    discard_plaintext: bool,
    /// OpenPGP public key of your own team, of any kind; each row gets a second message to it
    #[arg(long, value_name = "PUBLICKEY", requires = "escrow_dir")]
    escrow_to: Option<PathBuf>,
    #[arg(long, value_name = "DIR", requires = "escrow_to", help = output_help!(folder "the second messages"; "It must be on the file system of --out-dir"))]
    escrow_dir: Option<OutputFolder>,
    /// Verify each signature once more with the public key, besides reading the message back
    #[arg(long)]
    verify_signatures: bool,
    #[command(flatten)]
    sealer: SealerArguments,
}

#[derive(Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    results: String,
    partition: PartitionShown,
    /// Rows of the partition.
    entries: u64,
    sealed: u64,
    refused: u64,
    /// Rows that are not dealt with yet.
    left: u64,
    by_earlier_runs: u64,
}

#[derive(Serialize, schemars::JsonSchema)]
struct PartitionShown {
    index: u64,
    count: u64,
}

impl Human for Summary {
    fn human(&self) -> String {
        let Self { sealed, refused, left, by_earlier_runs, results, partition, .. } = self;
        let mut text = format!("sealed {sealed}, refused {refused}, left {left}");
        if *by_earlier_runs > 0 {
            text.push_str(&format!(" ({by_earlier_runs} by earlier runs)"));
        }
        if partition.count > 1 {
            text.push_str(&format!(", partition {}/{}", partition.index, partition.count));
        }
        format!("{text}: {}\n", one_line(results))
    }
}

/// Opens the keys once, then seals row after row.
pub fn run(arguments: Arguments, context: &mut Context) -> Result<Outcome> {
    let partition = partition(arguments.partition.as_deref())?;
    let (signer, recipient) = arguments.sealer.open(Destination::File, context)?;
    let escrow_key = match &arguments.escrow_to {
        Some(path) => {
            let key = escrow::read_key(path, timestamp(context), context)?;
            escrow::refuse_recipient(&key, &recipient)?;
            Some(key)
        }
        None => None,
    };
    let escrow = escrow_key.as_ref().zip(arguments.escrow_dir.as_deref());
    let mut source = context.input.open(&arguments.manifest)?;
    let jobs = match arguments.jobs {
        Some(jobs) => usize::from(jobs),
        None => std::thread::available_parallelism().map_or(1, NonZeroUsize::get),
    };
    let stop = stop_on_signal();
    let (dry_run, console) = (context.everywhere.dry_run, context.console);
    let (policy, runtime) = (context.input.policy().clone(), context.runtime()?);
    let tokens = BatchTokens::of(context);
    let now = || timestamp(&tokens.context());
    let batch = SealBatch {
        manifest: &arguments.manifest,
        folder: &arguments.out_dir,
        partition,
        jobs,
        signer: signer.as_ref(),
        recipient: &recipient,
        read_back: match arguments.verify_signatures {
            true => ReadBack::Signature,
            false => ReadBack::Structure,
        },
        policy,
        tokens: &tokens,
        made: match arguments.discard_plaintext {
            true => MadeSecrets::Discarded,
            false => MadeSecrets::Refused,
        },
        escrow: escrow.map(|(key, folder)| Escrow { key, folder }),
        now: &now,
        entropy: &|| Box::new(SystemEntropy),
        stop: &stop,
    };
    let plan = batch.plan(&mut source);
    if dry_run {
        return FlowDryRun::of(&plan);
    }
    let progress = FlowProgress::new(console, "entries");
    let ran = runtime.block_on(plan.run(None, &progress));
    drop(progress);
    Ok(outcome(ran?, partition, console))
}

/// The tokens that rows name; each is unlocked with what this run was given.
struct BatchTokens<'a> {
    context: Mutex<&'a mut Context>,
    secrets: Mutex<TokenSecrets>,
}

impl<'a> BatchTokens<'a> {
    fn of(context: &'a mut Context) -> Self {
        Self { context: Mutex::new(context), secrets: Mutex::default() }
    }

    fn context(&self) -> MutexGuard<'_, &'a mut Context> {
        self.context.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn secrets(&self) -> MutexGuard<'_, TokenSecrets> {
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TokenKeys for BatchTokens<'_> {
    fn unlock(&self, uri: &TokenUri) -> Result<()> {
        let mut context = self.context();
        // A row is not an argument, which are checked with the command line.
        check_token(uri, context.input.policy())?;
        self.secrets().unlock(uri, &mut Unlocking::of(&mut context))
    }

    fn take(&self, uri: &TokenUri, kind: PayloadKind) -> Result<TokenSecret> {
        Ok(self.secrets().take_unlocked(uri, kind)?)
    }
}

fn outcome(run: BatchRun, partition: Partition, console: Console) -> Outcome {
    let BatchRun { counts, by_earlier_runs, results, missing, stopped_by } = run;
    if missing > 0 {
        console.warn(format!("{missing} messages of earlier runs are not in the folder any more"));
    }
    let outcome = Outcome::of(Summary {
        results: results.display().to_string(),
        partition: PartitionShown { index: partition.index, count: partition.count },
        entries: counts.rows,
        sealed: counts.sealed,
        refused: counts.refused,
        left: counts.rows - counts.done,
        by_earlier_runs,
    });
    let (refused, rows, done) = (counts.refused, counts.rows, counts.done);
    match stopped_by {
        Some(error) => outcome.failing(partly_done(error, done, rows)),
        None if refused > 0 => {
            name_refused(&results, console);
            let failure = Failure::input(format!("{refused} of {rows} entries were refused"));
            outcome.failing(failure.with_hint(format!(
                "{} says why, row by row; the same command run again tries them again and leaves the rest as it is",
                results.display()
            )))
        }
        None => outcome,
    }
}

/// What ends a batch early leaves it to be gone on with.
fn partly_done(error: BatchError, done: u64, rows: u64) -> Failure {
    let stopped = error == BatchError::Stopped;
    let failure = Failure::from(error);
    let hint = "run the same command again to resume";
    let message = format!("{done} of {rows} entries are done");
    let mut partial = Failure::new(FailureKind::Partial, message);
    if stopped {
        return partial.with_hint(hint);
    }
    partial.causes = [vec![failure.message], failure.causes].concat();
    partial.with_hint(match failure.hint {
        Some(first) => format!("{first}; then {hint}"),
        None => format!("when the reason is gone {hint}"),
    })
}

fn name_refused(results: &std::path::Path, console: Console) {
    let Ok(mut reader) = ResultsReader::open(results) else { return };
    let mut named = 0;
    while let Ok(Some(EntryResult { line, outcome, .. })) = reader.next_result() {
        let EntryOutcome::Refused { name, error } = outcome else { continue };
        if named == NAMED_ROWS {
            console.warn("…");
            return;
        }
        named += 1;
        let name = name.map(|name| format!(" ({name})")).unwrap_or_default();
        console.warn(format!("line {line}{name}: {}", one_line(&error)));
    }
}

/// `--partition`, else what Kubernetes and the user put into the environment, both or neither.
fn partition(typed: Option<&str>) -> Result<Partition> {
    if let Some(text) = typed {
        return text.parse().map_err(|error| Failure::from(error).about("--partition"));
    }
    let variable = |name| std::env::var(name).ok().filter(|value: &String| !value.is_empty());
    let (index, count) = (variable("JOB_COMPLETION_INDEX"), variable("EL2G_PARTITIONS"));
    let (index, count) = match (index, count) {
        (None, None) => return Ok(Partition::WHOLE),
        (Some(index), Some(count)) => (index, count),
        (Some(_), None) => {
            return Err(Failure::usage("JOB_COMPLETION_INDEX is set and EL2G_PARTITIONS is not")
                .with_hint("every job would seal everything: set EL2G_PARTITIONS to the job's completions, or say --partition"));
        }
        (None, Some(_)) => {
            return Err(Failure::usage("EL2G_PARTITIONS is set and JOB_COMPLETION_INDEX is not")
                .with_hint("say which with --partition K/N"));
        }
    };
    let parsed = format!("{index}/{count}").parse::<Partition>();
    parsed.map_err(|e| Failure::from(e).about("JOB_COMPLETION_INDEX/EL2G_PARTITIONS"))
}

/// Set when the program is asked to end: rows that are being sealed are finished and kept.
fn stop_on_signal() -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    let told = stop.clone();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
        runtime.block_on(async {
            stop_signal().ok()?.await;
            told.store(true, Ordering::Relaxed);
            Some(())
        })
    });
    stop
}

//! Where certificates come from: files, folders, patterns, standard input.

use std::fs;
use std::path::{Path, PathBuf};

use el2g_cert_profile::{
    CertificateReport, Checker, InputBlock, InputBlocks, InputFault, MAX_INPUT_BYTES,
};
use el2g_workflows::Failure;

use crate::Result;
use crate::context::Context;

/// Files of a folder that are taken for certificates, by their extension.
const EXTENSIONS: [&str; 5] = ["pem", "crt", "cer", "der", "cert"];

/// Certificates are handed to a thread in pieces of this many.
const BATCH: usize = 64;

/// The files behind what was typed, in order; `-` stays.
pub fn files(typed: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in typed {
        let text = path.to_string_lossy();
        if path.is_dir() {
            let before = files.len();
            folder(path, &mut files)?;
            if files.len() == before {
                return Err(Failure::input(format!(
                    "{}: holds no file that ends in {}",
                    shown(path),
                    EXTENSIONS.map(|one| format!(".{one}")).join(", ")
                )));
            }
        } else if text.contains(['*', '?', '[']) && !path.exists() {
            pattern(&text, &mut files)?;
        } else {
            files.push(path.clone());
        }
    }
    Ok(files)
}

fn folder(path: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let unreadable = |error: std::io::Error| {
        let reason = el2g_key_payload::io_reason(error.kind());
        Failure::input(format!("{}: cannot be read: {reason}", shown(path)))
    };
    let mut entries: Vec<PathBuf> = fs::read_dir(path)
        .map_err(unreadable)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()
        .map_err(unreadable)?;
    entries.sort();
    for entry in entries {
        // A link to a folder above would never end.
        if entry.is_dir() && !entry.is_symlink() {
            folder(&entry, files)?;
        } else if entry
            .extension()
            .and_then(|extension| extension.to_str())
            .is_some_and(|extension| EXTENSIONS.contains(&extension.to_ascii_lowercase().as_str()))
        {
            files.push(entry);
        }
    }
    Ok(())
}

/// A quoted pattern such as `certs/*.pem`, where the shell has not resolved it.
fn pattern(text: &str, files: &mut Vec<PathBuf>) -> Result<()> {
    let found = glob::glob(text)
        .map_err(|error| Failure::usage(format!("{text}: is no pattern: {error}")))?;
    let before = files.len();
    for path in found {
        let path = path.map_err(|error| {
            let reason = el2g_key_payload::io_reason(error.error().kind());
            Failure::input(format!("{}: cannot be read: {reason}", shown(error.path())))
        })?;
        if path.is_dir() {
            folder(&path, files)?;
        } else {
            files.push(path);
        }
    }
    if files.len() == before {
        return Err(Failure::input(format!("{text}: matches no file")));
    }
    Ok(())
}

/// Judges every certificate of every file, on all cores; one file is held at a time.
pub fn judge(
    files: &[PathBuf],
    checker: &Checker<'_>,
    context: &mut Context,
) -> Result<Vec<CertificateReport>> {
    let mut reports = Vec::new();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut pending: Vec<(String, Source)> = Vec::new();
    let mut held = 0;
    for path in files {
        let source = if path.as_os_str() == "-" {
            // Standard input can fail in one way that is the caller's: being wanted twice.
            Source::Bytes(context.input.read(path, MAX_INPUT_BYTES)?)
        } else {
            Source::File(path.clone())
        };
        pending.push((shown(path), source));
        held += 1;
        if held == BATCH * threads {
            reports.extend(judge_batch(&std::mem::take(&mut pending), checker, threads));
            held = 0;
        }
    }
    reports.extend(judge_batch(&pending, checker, threads));
    Ok(reports)
}

/// A file that is read when its turn comes, or bytes that were read.
enum Source {
    File(PathBuf),
    Bytes(Vec<u8>),
}

fn judge_batch(
    sources: &[(String, Source)],
    checker: &Checker<'_>,
    threads: usize,
) -> Vec<CertificateReport> {
    if let [(name, source)] = sources {
        return judge_source(name, source, checker, threads);
    }
    in_parallel(sources, threads, |(name, source)| judge_source(name, source, checker, 1))
        .into_iter()
        .flatten()
        .collect()
}

fn judge_source(
    name: &str,
    source: &Source,
    checker: &Checker<'_>,
    threads: usize,
) -> Vec<CertificateReport> {
    let read = match source {
        Source::Bytes(bytes) => InputBlocks::read(bytes),
        Source::File(path) => match read_capped(path) {
            Ok(bytes) => InputBlocks::read(&bytes),
            Err(found) => {
                let fault = InputFault::NoCertificate { found };
                return vec![named(checker.unreadable(&fault), name.to_owned())];
            }
        },
    };
    let several = read.blocks.len() > 1;
    let numbered: Vec<(usize, &InputBlock)> = read.blocks.iter().enumerate().collect();
    in_parallel(&numbered, threads, |(index, block)| {
        let mut report = match block {
            InputBlock::Certificate(der) => checker.check(der),
            InputBlock::Other(fault) => checker.unreadable(fault),
        };
        if let Some(fault) = &read.normalised {
            checker.add_input_fault(&mut report, fault);
        }
        report.number = several.then_some(index + 1);
        let number = report.number.map(|number| format!("#{number}")).unwrap_or_default();
        named(report, format!("{name}{number}"))
    })
}

/// A path as text that names it alone: bytes that are no UTF-8 as `\xNN`.
fn shown(path: &Path) -> String {
    let mut text = String::new();
    for chunk in path.as_os_str().as_encoded_bytes().utf8_chunks() {
        text.push_str(chunk.valid());
        chunk.invalid().iter().for_each(|octet| text.push_str(&format!("\\x{octet:02x}")));
    }
    text
}

fn named(mut report: CertificateReport, file: String) -> CertificateReport {
    report.file = file;
    report
}

fn read_capped(path: &Path) -> Result<Vec<u8>, String> {
    let in_words = |error: std::io::Error| {
        format!("a file that cannot be read: {}", el2g_key_payload::io_reason(error.kind()))
    };
    let size = fs::metadata(path).map_err(in_words)?.len();
    if size > MAX_INPUT_BYTES as u64 {
        return Err(format!("{size} bytes, of which at most {MAX_INPUT_BYTES} are read"));
    }
    fs::read(path).map_err(in_words)
}

/// `work` on every item, on several threads, the results in the order of the items.
fn in_parallel<T: Sync, R: Send>(
    items: &[T],
    threads: usize,
    work: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    if threads < 2 || items.len() < 2 {
        return items.iter().map(work).collect();
    }
    let share = items.len().div_ceil(threads);
    std::thread::scope(|scope| {
        let work = &work;
        let workers: Vec<_> = items
            .chunks(share)
            .map(|chunk| scope.spawn(move || chunk.iter().map(work).collect::<Vec<R>>()))
            .collect();
        workers
            .into_iter()
            .flat_map(|worker| {
                worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            })
            .collect()
    })
}

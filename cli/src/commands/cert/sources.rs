//! Where certificates come from: files, folders, patterns, standard input.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use el2g_cert_profile::{
    CertificateReport, Checker, InputBlock, InputBlocks, InputFault, MAX_INPUT_BYTES,
};
use el2g_files::{open_named, open_regular, unread_name};
use el2g_pem_line::Kind;
use el2g_workflows::Failure;

use crate::Result;
use crate::context::Context;
use crate::patterns;

/// Extensions of the files of a folder that are checked whatever they hold. Others are checked if they hold a
/// certificate.
const EXTENSIONS: [&str; 5] = ["pem", "crt", "cer", "der", "cert"];

/// How many skipped files are named one by one.
const NAMED: usize = 10;

/// Files are checked by a thread in pieces of at most this many,
const PIECE: usize = 32;
/// which end with the file that brings them to this length.
const PIECE_LENGTH: u64 = 64 * 1024;

/// A file that may hold certificates.
struct Source {
    path: PathBuf,
    /// Whether it was named itself: then it may be a pipe, and is waited for.
    is_named: bool,
    /// Its bytes when it was found.
    length: u64,
}

impl Source {
    fn found(path: PathBuf, length: u64) -> Self {
        Self { path, is_named: false, length }
    }

    fn read(&self) -> Result<Vec<u8>, String> {
        let opened = if self.is_named { open_named(&self.path) } else { open_regular(&self.path) };
        read_capped(opened)
    }
}

/// The files behind what was typed, in order (`-` stays), and what was passed over.
#[derive(Default)]
struct Found {
    files: Vec<Source>,
    /// A file of a folder and why it is not checked.
    skipped: Vec<(PathBuf, String)>,
}

fn files(typed: &[PathBuf]) -> Result<Found> {
    let mut found = Found::default();
    for path in typed {
        if path.is_dir() {
            let before = found.files.len();
            found.folder(path)?;
            if found.files.len() == before {
                let failure = Failure::input(format!("{}: holds no certificate", shown(path)));
                return Err(found.skipped_lines().into_iter().fold(failure, Failure::with_cause));
            }
        } else if patterns::is_pattern(path) {
            found.pattern(path)?;
        } else {
            // A file that is not there is not a certificate that breaks the profile.
            let length = match path.as_os_str() == "-" {
                true => 0,
                false => fs::metadata(path).map_err(|error| unreadable(path, error.kind()))?.len(),
            };
            found.files.push(Source { path: path.clone(), is_named: true, length });
        }
    }
    Ok(found)
}

impl Found {
    fn folder(&mut self, path: &Path) -> Result<()> {
        let failed = |error: std::io::Error| unreadable(path, error.kind());
        let mut entries: Vec<PathBuf> = fs::read_dir(path)
            .map_err(failed)?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<_, _>>()
            .map_err(failed)?;
        entries.sort();
        for entry in entries {
            if entry.is_dir() {
                // A link to a folder above would never end.
                if entry.is_symlink() {
                    self.skipped.push((entry, "a link to a folder".to_owned()));
                } else {
                    self.folder(&entry)?;
                }
                continue;
            }
            let (is_file, length) =
                fs::metadata(&entry).map_or((true, 0), |found| (found.is_file(), found.len()));
            let extension = entry.extension().and_then(|extension| extension.to_str());
            let named = extension.map(str::to_ascii_lowercase);
            match named.is_some_and(|name| EXTENSIONS.contains(&name.as_str())) {
                _ if !is_file => {
                    self.skipped.push((entry, "neither a file nor a folder".to_owned()));
                }
                true => self.files.push(Source::found(entry, length)),
                false => {
                    let source = Source::found(entry, length);
                    match without_certificate(&source) {
                        None => self.files.push(source),
                        Some(reason) => self.skipped.push((source.path, reason)),
                    }
                }
            }
        }
        Ok(())
    }

    /// A quoted pattern such as `certs/*.pem`, where the shell has not resolved it.
    fn pattern(&mut self, pattern: &Path) -> Result<()> {
        let before = self.files.len();
        for path in patterns::matches(pattern)? {
            let found = fs::metadata(&path);
            if path.is_dir() {
                self.folder(&path)?;
            } else if found.as_ref().is_ok_and(|found| !found.is_file()) {
                self.skipped.push((path, "neither a file nor a folder".to_owned()));
            } else {
                self.files.push(Source::found(path, found.map_or(0, |found| found.len())));
            }
        }
        if self.files.len() == before {
            return Err(patterns::none(pattern));
        }
        Ok(())
    }

    /// One line for each skipped file, as far as they are named.
    fn skipped_lines(&self) -> Vec<String> {
        let mut lines: Vec<String> = self
            .skipped
            .iter()
            .take(NAMED)
            .map(|(path, reason)| format!("skipped {}: {reason}", shown(path)))
            .collect();
        if self.skipped.len() > NAMED {
            lines.push(format!("skipped {} more files", self.skipped.len() - NAMED));
        }
        lines
    }
}

fn unreadable(path: &Path, kind: std::io::ErrorKind) -> Failure {
    let reason = el2g_key_payload::io_reason(kind);
    let name = match kind {
        std::io::ErrorKind::NotFound | std::io::ErrorKind::InvalidFilename => {
            unread_name(path, kind)
        }
        _ => shown(path),
    };
    Failure::input(format!("{name}: cannot be read: {reason}"))
}

/// Why a file of a folder is not checked: it holds no certificate in any form that is read when it is named.
fn without_certificate(source: &Source) -> Option<String> {
    let bytes = match source.read() {
        Ok(bytes) => bytes,
        Err(found) => return Some(found),
    };
    if Kind::of_der(&bytes) == Kind::Certificate {
        return None;
    }
    let blocks = InputBlocks::read(&bytes).blocks;
    if !bytes.starts_with(&[0x30])
        && blocks.iter().any(|block| matches!(block, InputBlock::Certificate(_)))
    {
        return None;
    }
    match blocks.into_iter().next() {
        Some(InputBlock::Other(InputFault::NoCertificate { found })) => Some(found),
        _ => Some("no certificate".to_owned()),
    }
}

/// The files in pieces of about the same work, as far as their lengths tell: a thread that has a long piece would make the
/// others wait for it.
fn pieces(files: &[Source]) -> Vec<&[Source]> {
    let mut pieces = Vec::new();
    let (mut start, mut length) = (0, 0);
    for (number, file) in files.iter().enumerate() {
        length += file.length;
        if number + 1 - start == PIECE || length >= PIECE_LENGTH || number + 1 == files.len() {
            pieces.push(&files[start..=number]);
            (start, length) = (number + 1, 0);
        }
    }
    pieces
}

/// What came of some files of a piece, in order.
struct Judged<R> {
    reports: Vec<R>,
    ends_piece: bool,
}

/// Files with certificates, and what standard input gave where it is one of them.
pub struct Sources {
    files: Vec<Source>,
    stdin: Option<Vec<u8>>,
}

impl Sources {
    /// Finds the files behind what was typed, and reads standard input where `-` is one of them. The files are read
    /// when their turn comes.
    pub fn find(typed: &[PathBuf], context: &mut Context) -> Result<Self> {
        let found = files(typed)?;
        for line in found.skipped_lines() {
            context.console.note(line);
        }
        let files = found.files;
        let mut stdin = None;
        // Standard input can fail in one way that is the caller's: being wanted twice.
        for source in files.iter().filter(|source| source.path.as_os_str() == "-") {
            stdin = Some(context.input.read(&source.path, MAX_INPUT_BYTES)?);
        }
        Ok(Self { files, stdin })
    }

    /// Checks every certificate of every file on all cores. What `each` makes of a report, on the thread that checked,
    /// goes to `sink` in the order of the certificates; no more than a few hundred files are held at a time.
    pub fn judge<R: Send, E>(
        &self,
        checker: &Checker<'_>,
        each: impl Fn(CertificateReport) -> R + Sync,
        mut sink: impl FnMut(R) -> Result<(), E>,
    ) -> Result<(), E> {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        if let [file] = self.files.as_slice() {
            return self.judge_file(file, checker, threads, &each).into_iter().try_for_each(sink);
        }
        let pieces = pieces(&self.files);
        std::thread::scope(|scope| {
            let (each, pieces) = (&each, &pieces);
            // The threads take turns, each with a lane of its own: so the order is kept, and none runs far ahead.
            let lanes: Vec<Receiver<Judged<R>>> = (0..threads)
                .map(|lane| {
                    let (give, taken) = sync_channel(2);
                    scope.spawn(move || {
                        for piece in pieces.iter().skip(lane).step_by(threads) {
                            if !self.judge_piece(piece, checker, each, &give) {
                                return;
                            }
                        }
                    });
                    taken
                })
                .collect();
            for number in 0..pieces.len() {
                loop {
                    // A thread that panicked: the scope passes it on.
                    let Ok(judged) = lanes[number % threads].recv() else { return Ok(()) };
                    judged.reports.into_iter().try_for_each(&mut sink)?;
                    if judged.ends_piece {
                        break;
                    }
                }
            }
            Ok(())
        })
    }

    /// Checks the files of a piece; false when nobody takes what comes of it any more.
    fn judge_piece<R: Send>(
        &self,
        piece: &[Source],
        checker: &Checker<'_>,
        each: &(impl Fn(CertificateReport) -> R + Sync),
        give: &SyncSender<Judged<R>>,
    ) -> bool {
        let mut reports = Vec::new();
        for (number, file) in piece.iter().enumerate() {
            reports.extend(self.judge_file(file, checker, 1, each));
            let ends_piece = number + 1 == piece.len();
            // Bundles may hold thousands: they are not kept for the end of the piece.
            if ends_piece || reports.len() >= PIECE {
                let judged = Judged { reports: std::mem::take(&mut reports), ends_piece };
                if give.send(judged).is_err() {
                    return false;
                }
            }
        }
        true
    }

    fn judge_file<R: Send>(
        &self,
        source: &Source,
        checker: &Checker<'_>,
        threads: usize,
        each: &(impl Fn(CertificateReport) -> R + Sync),
    ) -> Vec<R> {
        let name = shown(&source.path);
        let read = match &self.stdin {
            Some(bytes) if source.path.as_os_str() == "-" => InputBlocks::read(bytes),
            _ => match source.read() {
                Ok(bytes) => InputBlocks::read(&bytes),
                Err(found) => {
                    let fault = InputFault::NoCertificate { found };
                    return vec![each(named(checker.unreadable(&fault), name))];
                }
            },
        };
        let several = read.blocks.len() > 1;
        let numbered: Vec<(usize, &InputBlock)> = read.blocks.iter().enumerate().collect();
        in_parallel(&numbered, threads, |(index, block)| {
            let mut report = checker.check_block(block);
            if let Some(fault) = &read.normalised {
                checker.add_input_fault(&mut report, fault);
            }
            report.number = several.then_some(index + 1);
            let number = report.number.map(|number| format!("#{number}")).unwrap_or_default();
            each(named(report, format!("{name}{number}")))
        })
    }
}

/// A path as text that names it alone: bytes that are not UTF-8 as `\xNN`.
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

fn read_capped(opened: std::io::Result<fs::File>) -> Result<Vec<u8>, String> {
    let in_words = |error: std::io::Error| {
        format!("a file that cannot be read: {}", el2g_key_payload::io_reason(error.kind()))
    };
    let too_large = |size: &dyn std::fmt::Display| {
        format!("{size} bytes, of which at most {MAX_INPUT_BYTES} are read")
    };
    let cap = MAX_INPUT_BYTES as u64;
    let file = opened.map_err(in_words)?;
    let size = file.metadata().map_err(in_words)?.len();
    if size > cap {
        return Err(too_large(&size));
    }
    let mut bytes = Vec::new();
    // A device or FIFO states no size.
    file.take(cap + 1).read_to_end(&mut bytes).map_err(in_words)?;
    if bytes.len() > MAX_INPUT_BYTES {
        Err(too_large(&format_args!("more than {MAX_INPUT_BYTES}")))
    } else {
        Ok(bytes)
    }
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

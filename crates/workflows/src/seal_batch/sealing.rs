//! One row: its secret is read or made, and sealed.

use std::fs;
use std::path::{Path, PathBuf};

use el2g_files::{InputPolicy, read_secret_file};
use el2g_key_payload::{Entropy, Payload, PayloadError, SecretBytes};
use el2g_openpgp_envelope::{SealedMessage, Sealer, Timestamp};

use super::entry::{Entry, Source};
use super::error::BatchError;
use super::manifest::Row;
use super::place::Place;
use super::results::{EntryCheckValue, EntryOutcome, EntryResult, SealedEntry};
use super::token_keys::TokenKeys;

/// Most bytes of a file with a secret: the longest payload as hex, with much white space.
const LARGEST_SECRET: usize = 64 * 1024;

/// What sealing a row needs, shared by all threads.
pub(super) struct Desk<'a> {
    pub(super) sealer: Sealer<'a>,
    /// What seals the team's own copies, and the fingerprint of the key they go to.
    pub(super) escrow: Option<(Sealer<'a>, String)>,
    pub(super) place: &'a Place,
    /// What relative names of files start from.
    pub(super) base: &'a Path,
    pub(super) policy: &'a InputPolicy,
    pub(super) tokens: &'a dyn TokenKeys,
    pub(super) now: &'a (dyn Fn() -> Timestamp + Sync),
    pub(super) signer: String,
    pub(super) recipient: String,
}

/// A row that is dealt with, except that nothing of it is on the disk yet.
pub(super) struct Finished {
    pub(super) entry: u64,
    /// The line for the results.
    pub(super) line: Vec<u8>,
    /// What is to be written besides.
    pub(super) message: Option<NewMessage>,
    pub(super) sealed: bool,
}

/// A sealed message on its way to its file.
pub(super) struct NewMessage {
    /// The file's name.
    pub(super) file: String,
    pub(super) message: SealedMessage,
    /// The team's own copy.
    pub(super) copy: Option<SealedMessage>,
}

impl Finished {
    /// A result that stands already.
    pub(super) fn kept(result: &EntryResult) -> Self {
        let (entry, line) = (result.entry, result.to_line());
        Self { entry, line, message: None, sealed: result.sealed().is_some() }
    }
}

impl Desk<'_> {
    /// Seals a row. What is wrong with the row itself is in its result. Not inlined: the stack below the caller is
    /// wiped at the end.
    ///
    /// # Errors
    /// [`BatchError`]: what would meet every other row too.
    #[inline(never)]
    pub(super) fn seal(&self, row: Row, entropy: &mut dyn Entropy) -> Result<Finished, BatchError> {
        let refused = |reason: String| {
            let name = row.name.as_ref().map(|name| name.as_str().to_owned());
            let outcome = EntryOutcome::Refused { name, error: reason };
            Ok(Finished::kept(&EntryResult { entry: row.number, line: row.line, outcome }))
        };
        let entry = match &row.entry {
            Ok(entry) => entry,
            Err(fault) => return refused(fault.to_string()),
        };
        let file = entry.name.file_name();
        if let Some(path) = self.place.taken(&file) {
            let path = path.display();
            return refused(format!("{path}: exists already and is not overwritten"));
        }
        let payload = match self.payload(entry, entropy) {
            Ok(payload) => payload,
            Err(PayloadRefused::Row(reason)) => return refused(reason),
            Err(PayloadRefused::Entropy(error)) => {
                return Err(BatchError::Entropy { entry: row.number, error });
            }
        };
        let now = (self.now)();
        let message = self
            .sealer
            .seal(&payload, now, entropy)
            .map_err(|error| BatchError::Seal { entry: row.number, error })?;
        let copy = match &self.escrow {
            Some((escrow, _)) => Some(
                escrow
                    .seal(&payload, now, entropy)
                    .map_err(|error| BatchError::Seal { entry: row.number, error })?,
            ),
            None => None,
        };
        let sealed = SealedEntry {
            name: entry.name.as_str().to_owned(),
            kind: entry.kind.name().to_owned(),
            length: payload.byte_len(),
            object_id: entry.object_id.as_ref().map(|id| id.as_str().to_owned()),
            generated: entry.is_generated(),
            taken_from: match &entry.source {
                Source::Token(uri) => Some(uri.without_query().to_owned()),
                Source::HexFile(_) | Source::RawFile(_) | Source::Generate(_) => None,
            },
            file: file.clone(),
            message_sha256: message.sha256_hex(),
            check_value: payload.check_value().map(|value| EntryCheckValue {
                kcv_method: value.method().to_owned(),
                kcv: value.to_string(),
            }),
            signer: self.signer.clone(),
            recipient: self.recipient.clone(),
            escrow: self.escrow.as_ref().map(|(_, key)| key.clone()),
            created_at: now.to_string(),
        };
        let outcome = EntryOutcome::Sealed(Box::new(sealed));
        let result = EntryResult { entry: row.number, line: row.line, outcome };
        let (entry, line) = (row.number, result.to_line());
        let message = Some(NewMessage { file, message, copy });
        Ok(Finished { entry, line, message, sealed: true })
    }

    fn payload(&self, entry: &Entry, entropy: &mut dyn Entropy) -> Result<Payload, PayloadRefused> {
        let kind = entry.kind;
        let (read, place) = match &entry.source {
            Source::Generate(byte_len) => {
                return Payload::generate(kind, *byte_len, entropy).map_err(PayloadRefused::from);
            }
            Source::HexFile(path) => {
                let (content, path) = self.secret(path)?;
                (Payload::from_hex(kind, &content), path.display().to_string())
            }
            Source::RawFile(path) => {
                let (content, path) = self.secret(path)?;
                (Payload::from_raw(kind, content), path.display().to_string())
            }
            Source::Token(uri) => {
                let taken = self.tokens.take(uri, kind).map_err(|failure| {
                    let hint = failure.hint.map(|hint| format!(" ({hint})")).unwrap_or_default();
                    PayloadRefused::Row(format!("{}{hint}", failure.message))
                })?;
                (Payload::from_raw(kind, taken.bytes), uri.without_query().to_owned())
            }
        };
        let about = |reason: String| PayloadRefused::Row(format!("{place}: {reason}"));
        let payload = read.map_err(|error| about(error.to_string()))?;
        match entry.byte_len {
            Some(wanted) if wanted != payload.byte_len() => {
                let found = payload.byte_len();
                Err(about(format!("{found} bytes, but the manifest says {wanted}")))
            }
            _ => Ok(payload),
        }
    }

    fn secret(&self, path: &Path) -> Result<(SecretBytes, PathBuf), PayloadRefused> {
        let path = self.base.join(path);
        let refused = |reason: String| PayloadRefused::Row(reason);
        // A pipe would hold the batch up, and be empty when it is run again.
        if fs::metadata(&path).is_ok_and(|found| !found.is_file() && !found.is_dir()) {
            return Err(refused(format!("{}: is not a regular file", path.display())));
        }
        let content = read_secret_file(&path, LARGEST_SECRET, self.policy)
            .map_err(|error| refused(error.to_string()))?;
        Ok((content, path))
    }
}

/// Why there is no payload.
enum PayloadRefused {
    Row(String),
    Entropy(el2g_key_payload::EntropyUnavailable),
}

impl From<PayloadError> for PayloadRefused {
    fn from(error: PayloadError) -> Self {
        match error {
            PayloadError::Entropy(error) => Self::Entropy(error),
            other => Self::Row(other.to_string()),
        }
    }
}

//! What came of each row: a line of JSON, in the order of the manifest.

use el2g_text::json_text;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::error::BatchError;

/// Most bytes of a line of results.
const LONGEST_LINE: usize = 64 * 1024;

/// How a row ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EntryStatus {
    /// Its message is there.
    Sealed,
    /// It has none, and `error` says why.
    Refused,
}

/// What came of one row. With its message it proves later what was sent, by whom and to which key, without
/// telling it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EntryResult {
    /// The row's number in the manifest, counted from 1.
    pub entry: u64,
    /// The line it begins on.
    pub line: u64,
    /// Its name; `null` where the row has no right one.
    pub name: Option<String>,
    /// How it ended.
    pub status: EntryStatus,
    /// `aes`, `hmac`, `binary` or `oem-fw-decrypt-key`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Bytes of the secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<usize>,
    /// The id of the object to be, upper-case hex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object_id: Option<String>,
    /// Whether the secret was made here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generated: Option<bool>,
    /// The message's file, in the same folder as the results.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// SHA-256 of that file, lower-case hex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_sha256: Option<String>,
    /// The key check value, for kinds that have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kcv: Option<String>,
    /// How it was computed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kcv_method: Option<String>,
    /// Fingerprint of the key that signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signer: Option<String>,
    /// Fingerprint of the key it is encrypted to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipient: Option<String>,
    /// Fingerprint of the team's own key that a copy is encrypted to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escrow: Option<String>,
    /// When it was sealed, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
    /// Why it was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl EntryStatus {
    pub(super) fn is_sealed(self) -> bool {
        self == Self::Sealed
    }
}

impl EntryResult {
    /// A row that was refused.
    pub fn refused(entry: u64, line: u64, name: Option<String>, error: String) -> Self {
        Self {
            entry,
            line,
            name,
            status: EntryStatus::Refused,
            kind: None,
            length: None,
            object_id: None,
            generated: None,
            file: None,
            message_sha256: None,
            kcv: None,
            kcv_method: None,
            signer: None,
            recipient: None,
            escrow: None,
            created_at: None,
            error: Some(error),
        }
    }

    /// Whether its message is there.
    pub fn is_sealed(&self) -> bool {
        self.status.is_sealed()
    }

    /// The line, ended.
    pub fn to_line(&self) -> Vec<u8> {
        let line = serde_json::to_string(self).expect("strings and numbers are JSON");
        (json_text(&line) + "\n").into_bytes()
    }
}

/// Reads results line by line.
#[derive(Debug)]
pub struct ResultsReader {
    reader: BufReader<File>,
    /// Bytes of the whole lines read so far.
    whole: u64,
    line: u64,
    text: Vec<u8>,
}

impl ResultsReader {
    /// Opens results.
    ///
    /// # Errors
    /// The operating system's.
    pub fn open(path: &Path) -> io::Result<Self> {
        Ok(Self::of(File::open(path)?))
    }

    /// Reads an open file from its beginning.
    pub(super) fn of(file: File) -> Self {
        Self { reader: BufReader::new(file), whole: 0, line: 0, text: Vec::new() }
    }

    /// The next result; `None` after the last whole line.
    ///
    /// # Errors
    /// [`BatchError::Results`] when a whole line is not a result.
    pub fn next_result(&mut self) -> Result<Option<EntryResult>, BatchError> {
        self.text.clear();
        let limit = LONGEST_LINE as u64;
        let read = self.reader.by_ref().take(limit).read_until(b'\n', &mut self.text);
        read.map_err(|error| BatchError::ResultsUnread { kind: error.kind() })?;
        self.line += 1;
        if self.text.last() != Some(&b'\n') {
            // Torn by a crash, unless it is longer than any line of ours.
            return if self.text.len() < LONGEST_LINE {
                Ok(None)
            } else {
                Err(BatchError::Results { line: self.line })
            };
        }
        self.whole += self.text.len() as u64;
        let line = self.line;
        serde_json::from_slice(&self.text).map(Some).map_err(|_| BatchError::Results { line })
    }

    /// Cuts what follows the last whole line and gives the file back, at its end.
    pub(super) fn cut(self) -> io::Result<File> {
        let mut file = self.reader.into_inner();
        file.set_len(self.whole)?;
        file.seek(SeekFrom::End(0))?;
        Ok(file)
    }
}

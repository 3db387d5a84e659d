//! What came of each row: a line of JSON, in the order of the manifest.

use el2g_text::json_text;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use el2g_files::open_named;
use el2g_findings::{Document, Schema};
use serde::{Deserialize, Serialize};

use super::error::BatchError;

/// Most bytes of a line of results.
const LONGEST_LINE: usize = 64 * 1024;

/// What came of one row. With its message it proves later what was sent, by whom and to which key, without
/// telling it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct EntryResult {
    /// The row's number in the manifest, counted from 1.
    pub entry: u64,
    /// The line it begins on.
    pub line: u64,
    /// How it ended.
    #[serde(flatten)]
    pub outcome: EntryOutcome,
}

/// How a row ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(tag = "status", rename_all = "lowercase")]
pub enum EntryOutcome {
    /// Its message is there.
    Sealed(Box<SealedEntry>),
    /// It has no message.
    Refused {
        /// Its name; `null` where the row has no right one.
        name: Option<String>,
        /// Why.
        error: String,
    },
}

/// A row whose message is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SealedEntry {
    /// Its name.
    pub name: String,
    /// `aes`, `hmac`, `binary` or `oem-fw-decrypt-key`.
    pub kind: String,
    /// Bytes of the secret.
    pub length: usize,
    /// The id of the object to be, upper-case hex, when the manifest has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object_id: Option<String>,
    /// Whether the secret was made here.
    pub generated: bool,
    /// The URI of the key on a token that it was taken from, without its query.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_from: Option<String>,
    /// The message's file, in the same folder as the results.
    pub file: String,
    /// SHA-256 of that file, lower-case hex.
    pub message_sha256: String,
    /// The key check value, for kinds that have one.
    #[serde(flatten)]
    pub check_value: Option<EntryCheckValue>,
    /// Fingerprint of the key that signed.
    pub signer: String,
    /// Fingerprint of the key it is encrypted to.
    pub recipient: String,
    /// Fingerprint of the team's own key that a copy is encrypted to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escrow: Option<String>,
    /// When it was sealed, RFC 3339.
    pub created_at: String,
}

/// A key check value as the results name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct EntryCheckValue {
    /// The value.
    pub kcv: String,
    /// How it was computed.
    pub kcv_method: String,
}

impl EntryResult {
    /// What each line names as its schema: lines of several partitions may come together in one file.
    pub const SCHEMA: Schema = Schema("el2g/sealed-row/1");

    /// The row whose message is there; `None` for one that was refused.
    pub fn sealed(&self) -> Option<&SealedEntry> {
        match &self.outcome {
            EntryOutcome::Sealed(sealed) => Some(sealed),
            EntryOutcome::Refused { .. } => None,
        }
    }

    /// The line, ended.
    pub(crate) fn to_line(&self) -> Vec<u8> {
        let line = serde_json::to_string(&Document::new(Self::SCHEMA, self))
            .expect("strings and numbers are JSON");
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
        Ok(Self::of(open_named(path)?))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_names_its_schema_and_one_of_version_0_2_0_is_read_without() {
        let outcome = EntryOutcome::Refused { name: Some("a".to_owned()), error: "no".to_owned() };
        let result = EntryResult { entry: 1, line: 2, outcome };
        let line = String::from_utf8(result.to_line()).unwrap();
        let older = r#"{"entry":1,"line":2,"status":"refused","name":"a","error":"no"}"#;
        assert_eq!(line, older.replacen('{', r#"{"schema":"el2g/sealed-row/1","#, 1) + "\n");
        for line in [&*line, older] {
            assert_eq!(serde_json::from_str::<EntryResult>(line).unwrap(), result);
        }
    }
}

//! The record of a key ceremony: one JSON line for each signature, appended and flushed to the disk.

use el2g_text::json_text;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use el2g_cert_profile::{RULES, RuleSet, Weight};
use el2g_files::{Keep, OutputFile, OutputFileError, Visibility, open_appended, read_appended};
use el2g_findings::{Document, Schema};
use el2g_key_payload::SecretBytes;
use el2g_x509::Certificate;
use serde::Serialize;

use crate::sign_intermediate::{Signed, SigningSummary};

/// The event of every line.
const EVENT: &str = "intermediate-signed";

/// What was signed, by which key, when, with hashes of everything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CeremonyRecord {
    /// Always `intermediate-signed`.
    pub event: &'static str,
    /// When it was checked and signed, RFC 3339.
    pub at: String,
    /// The program and its version.
    pub tool: String,
    /// Where the signing key lives, as named on the command line (never a PIN).
    pub key: String,
    /// Kind of the signing key.
    pub key_algorithm: String,
    /// SHA-1 of the signing key's public half (its usual key identifier), hex.
    pub key_identifier: String,
    /// SHA-256 of the certificate, hex.
    pub certificate_sha256: String,
    /// The certificate itself, PEM.
    pub certificate: String,
    /// Rules that `--skip-check` named.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub skipped_checks: Vec<&'static str>,
    /// Rules that the rule set switches off.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules_off: Vec<&'static str>,
    /// What was shown before signing.
    #[serde(flatten)]
    pub summary: SigningSummary,
}

impl CeremonyRecord {
    /// What each line names as its schema.
    pub const SCHEMA: Schema = Schema("el2g/ceremony-record/1");

    /// The record of a signature by the key of `root`, checked by `rules` without those that were `skipped`.
    pub fn of(
        signed: &Signed,
        root: &Certificate,
        key: &str,
        rules: &RuleSet,
        skipped: Vec<&'static str>,
    ) -> Self {
        let identifier = root.public_key().key_identifier();
        Self {
            event: EVENT,
            at: signed.at.to_string(),
            tool: format!("el2g {}", env!("CARGO_PKG_VERSION")),
            key: key.to_owned(),
            key_algorithm: root.public_key().algorithm().to_string(),
            key_identifier: base16ct::lower::encode_string(&identifier),
            certificate_sha256: signed.certificate.fingerprint_sha256_hex(),
            certificate: signed.certificate.to_pem(),
            skipped_checks: skipped,
            rules_off: RULES
                .iter()
                .filter(|rule| rules.weight(rule) == Weight::Off)
                .map(|rule| rule.id)
                .collect(),
            summary: signed.summary.clone(),
        }
    }
}

/// Most bytes of a record that are read to see that it is one: a line has about three thousand.
const CAP: u64 = 1 << 28;

/// A record that can be appended to: found out before the key is used.
#[derive(Debug)]
pub struct RecordFile {
    path: PathBuf,
    place: RecordPlace,
}

#[derive(Debug)]
enum RecordPlace {
    /// It was there, and is one. Open since it was looked at.
    Grown(File),
    /// It will be made.
    New(OutputFile),
}

/// Why a record cannot be appended to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// The file holds something else: a key, a token, another program's log.
    #[error("{}: expected a record of this program (one JSON object a line), found something else in line {line}", .path.display())]
    NotARecord {
        /// The file.
        path: PathBuf,
        /// The first line that is not a record, counted from 1.
        line: usize,
    },
    /// It cannot be opened or written.
    #[error(transparent)]
    File(#[from] OutputFileError),
}

/// What every line of a record has.
#[derive(serde::Deserialize)]
struct AnyLine {
    event: String,
}

impl RecordFile {
    /// Checks that the file can be appended to, because it is a record, or can be made. Nothing is written or created yet.
    ///
    /// # Errors
    /// [`RecordError`] with the path.
    pub fn open(path: &Path) -> Result<Self, RecordError> {
        let path = path.to_owned();
        let Some(mut file) = open_appended(&path, None)? else {
            let new = OutputFile::prepare(&path, Visibility::Public, Keep::Existing)?;
            return Ok(Self { path, place: RecordPlace::New(new) });
        };
        let content = read_appended(&mut file, CAP).map_err(|error| failed(&path, &error))?;
        // It may be a key: wiped, and nothing of it is repeated.
        let content = SecretBytes::new(content.unwrap_or_else(|| b"too long".to_vec()));
        match first_foreign_line(content.expose()) {
            None => Ok(Self { path, place: RecordPlace::Grown(file) }),
            Some(line) => Err(RecordError::NotARecord { path, line }),
        }
    }

    /// Appends one line and flushes it to the disk.
    ///
    /// # Errors
    /// [`RecordError`] with the path.
    pub fn append(self, record: &CeremonyRecord) -> Result<(), RecordError> {
        let named = Document::new(CeremonyRecord::SCHEMA, record);
        let line = serde_json::to_string(&named).expect("a record is strings, which are JSON");
        let line = (json_text(&line) + "\n").into_bytes();
        match self.place {
            // One write: a line is there whole or, on a full disk, cut short where anybody sees it.
            RecordPlace::Grown(mut file) => Ok(file
                .write_all(&line)
                .and_then(|()| file.sync_all())
                .map_err(|error| failed(&self.path, &error))?),
            RecordPlace::New(file) => match file.write(&line) {
                // Another run has made it since.
                Err(OutputFileError::Exists { path }) => Self::open(&path)?.append(record),
                written => Ok(written?),
            },
        }
    }
}

/// The first line that no record has, counted from 1. The last line may have been cut short by a full disk: nothing is
/// appended to it either.
fn first_foreign_line(content: &[u8]) -> Option<usize> {
    let Some(lines) = content.strip_suffix(b"\n") else {
        let lines = content.iter().filter(|byte| **byte == b'\n').count();
        return (!content.is_empty()).then_some(lines + 1);
    };
    let is_one = |line: &[u8]| {
        serde_json::from_slice::<AnyLine>(line).is_ok_and(|found| found.event == EVENT)
    };
    lines.split(|byte| *byte == b'\n').position(|line| !is_one(line)).map(|index| index + 1)
}

fn failed(path: &Path, error: &io::Error) -> OutputFileError {
    OutputFileError::Io { path: path.to_owned(), kind: error.kind() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lines_of_a_record_are_appended_to() {
        let line = "{\"event\":\"intermediate-signed\",\"at\":\"x\"}\n";
        assert_eq!(first_foreign_line(b""), None);
        assert_eq!(first_foreign_line(line.repeat(2).as_bytes()), None);
        for (content, foreign) in [
            ("-----BEGIN PRIVATE KEY-----\n".to_owned(), 1),
            ("token".to_owned(), 1),
            ("\n".to_owned(), 1),
            (format!("{line}{{\"event\":\"other\"}}\n"), 2),
            (format!("{line}{{\"eve"), 2),
        ] {
            assert_eq!(first_foreign_line(content.as_bytes()), Some(foreign), "{content}");
        }
    }
}

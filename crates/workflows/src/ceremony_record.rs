//! The record of a key ceremony: one JSON line for each signature, appended and flushed to the disk.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use el2g_x509::Certificate;
use serde::Serialize;

use crate::sign_intermediate::{Signed, SigningSummary};
use el2g_files::{Keep, OutputFile, OutputFileError, Visibility};

/// What was signed, by which key, when, with hashes of everything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CeremonyRecord {
    /// Always `intermediate-signed`.
    pub event: &'static str,
    /// When it was judged and signed, RFC 3339.
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
    /// What was shown before signing.
    #[serde(flatten)]
    pub summary: SigningSummary,
}

impl CeremonyRecord {
    /// The record of a signature by the key of `root`.
    pub fn of(signed: &Signed, root: &Certificate, key: &str) -> Self {
        let identifier = root.public_key().key_identifier();
        Self {
            event: "intermediate-signed",
            at: signed.at.to_string(),
            tool: format!("el2g {}", env!("CARGO_PKG_VERSION")),
            key: key.to_owned(),
            key_algorithm: root.public_key().algorithm().to_string(),
            key_identifier: identifier.iter().map(|octet| format!("{octet:02x}")).collect(),
            certificate_sha256: signed.certificate.fingerprint_sha256_hex(),
            certificate: signed.certificate.to_pem(),
            summary: signed.summary.clone(),
        }
    }
}

/// A record that can be appended to: found out before the key is used.
#[derive(Debug)]
pub struct RecordFile {
    path: PathBuf,
}

impl RecordFile {
    /// Checks that the file can be appended to, or made. Nothing is written or created yet.
    ///
    /// # Errors
    /// [`OutputFileError`] with the path.
    pub fn open(path: &Path) -> Result<Self, OutputFileError> {
        if path.exists() {
            OpenOptions::new().append(true).open(path).map_err(|error| failed(path, &error))?;
        } else {
            OutputFile::prepare(path, Visibility::Public, Keep::Existing)?;
        }
        Ok(Self { path: path.to_owned() })
    }

    /// Appends one line and flushes it to the disk.
    ///
    /// # Errors
    /// [`OutputFileError`] with the path.
    pub fn append(self, record: &CeremonyRecord) -> Result<(), OutputFileError> {
        let mut line = serde_json::to_vec(record).expect("a record is strings, which are JSON");
        line.push(b'\n');
        // One write: a line is there whole or, on a full disk, cut short where anybody sees it.
        OpenOptions::new()
            .append(true)
            .create(true)
            .open(&self.path)
            .and_then(|mut file| file.write_all(&line).and_then(|()| file.sync_all()))
            .map_err(|error| failed(&self.path, &error))
    }
}

fn failed(path: &Path, error: &io::Error) -> OutputFileError {
    OutputFileError::Io { path: path.to_owned(), kind: error.kind() }
}

//! Secrets that outlive a run, in files of the user's own folder: 0600, whole or not there.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use el2g_files::{
    FileRole, InputPolicy, Keep, OutputFile, OutputFileError, TrustError, Visibility, folder_of,
    open_regular,
};
use el2g_key_payload::SecretBytes;

const LARGEST_FILE: usize = 64 * 1024;

/// Why a kept file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeptFileError {
    /// It cannot be read.
    #[error("cannot use {}", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Others may read it.
    #[error("{} has mode {mode:o}, but only its owner may read it (0600)", path.display())]
    Readable {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Another user can change it.
    #[error("{0}")]
    Untrusted(#[from] TrustError),
}

/// What the file holds; `None` when it is not there.
///
/// # Errors
/// [`KeptFileError`]
pub fn read(path: &Path) -> Result<Option<SecretBytes>, KeptFileError> {
    let fault = |source| KeptFileError::File { path: path.to_owned(), source };
    let file = match open_regular(path) {
        Ok(file) => file,
        Err(error)
            if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) =>
        {
            return Ok(None);
        }
        Err(error) => return Err(fault(error)),
    };
    let found = file.metadata().map_err(fault)?;
    let policy = InputPolicy::default();
    policy.check(path, FileRole::Secret)?;
    policy.check_opened(path, &found, FileRole::Secret)?;
    let mode = found.permissions().mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(KeptFileError::Readable { path: path.to_owned(), mode });
    }
    SecretBytes::read_from(file, LARGEST_FILE)
        .map(Some)
        .map_err(|error| fault(io::Error::other(error)))
}

/// Writes a secret that is not there yet, whole or not at all; false when another start was faster.
///
/// # Errors
/// When the folder cannot be made or written.
pub fn keep(path: &Path, secret: &SecretBytes) -> io::Result<bool> {
    make_folder(path)?;
    let written = OutputFile::prepare(path, Visibility::Secret, Keep::Existing)
        .and_then(|file| file.write(secret.expose()));
    match written {
        Err(OutputFileError::Exists { .. }) => Ok(false),
        other => other.map(|()| true).map_err(io::Error::other),
    }
}

/// Writes what everybody may read, over what was there.
///
/// # Errors
/// When the folder cannot be written.
pub fn publish(path: &Path, content: &[u8]) -> io::Result<()> {
    if open_regular(path).and_then(|file| holds(file, content)).unwrap_or(false) {
        return Ok(());
    }
    make_folder(path)?;
    OutputFile::prepare(path, Visibility::Public, Keep::Nothing)
        .and_then(|file| file.write(content))
        .map_err(io::Error::other)
}

/// Whether a file holds just that.
fn holds(file: File, content: &[u8]) -> io::Result<bool> {
    let mut found = Vec::new();
    file.take(content.len() as u64 + 1).read_to_end(&mut found)?;
    Ok(found == content)
}

fn make_folder(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder_of(path))
}

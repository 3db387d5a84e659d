//! Secrets that outlive a run, in files of the user's own folder: 0600, whole or not there.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use el2g_files::{
    InputPolicy, Keep, OutputFile, OutputFileError, SecretFileError, Visibility,
    create_private_folders, find_secret_file, folder_of, open_regular,
};
use el2g_key_payload::SecretBytes;

const LARGEST_FILE: usize = 64 * 1024;

/// What the file holds; `None` when it is not there.
///
/// # Errors
/// [`SecretFileError`]
pub(crate) fn read(path: &Path) -> Result<Option<SecretBytes>, SecretFileError> {
    find_secret_file(path, LARGEST_FILE, &InputPolicy::default())
}

/// Writes a secret that is not there yet, whole or not at all; false when another start was faster.
///
/// # Errors
/// When the folder cannot be made or written.
pub(crate) fn keep(path: &Path, secret: &SecretBytes) -> io::Result<bool> {
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
pub(crate) fn publish(path: &Path, content: &[u8]) -> io::Result<()> {
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
    create_private_folders(folder_of(path))
}

//! Files and folders that are made for everybody or for this user alone.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use crate::whole_file::Visibility;

/// Makes a file that is not there yet, opened as `options` say.
///
/// # Errors
/// [`io::ErrorKind::AlreadyExists`] when something is there, else what the system says.
pub fn create_new(
    options: &mut OpenOptions,
    path: &Path,
    visibility: Visibility,
) -> io::Result<File> {
    options.create_new(true).mode(visibility.mode()).open(path)
}

/// Makes a folder that is not there yet, in one that is.
///
/// # Errors
/// [`io::ErrorKind::AlreadyExists`] when something is there, else what the system says.
pub fn create_folder(path: &Path, visibility: Visibility) -> io::Result<()> {
    let mode = match visibility {
        Visibility::Secret => 0o700,
        Visibility::Public => 0o777,
    };
    DirBuilder::new().mode(mode).create(path)
}

/// Makes a folder for this user alone, and those that are missing on its way. One that is there stays as it is.
///
/// # Errors
/// What the system says.
pub fn create_private_folders(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Makes the names in a folder durable.
///
/// # Errors
/// What the system says.
pub fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Makes files durable that were written to a folder.
///
/// # Errors
/// What the system says.
#[cfg(target_os = "linux")]
pub fn sync_files<'a>(folder: &Path, _: impl Iterator<Item = &'a Path>) -> io::Result<()> {
    Ok(rustix::fs::syncfs(File::open(folder)?)?)
}

/// Makes files durable that were written to a folder.
///
/// # Errors
/// What the system says.
#[cfg(not(target_os = "linux"))]
pub fn sync_files<'a>(folder: &Path, files: impl Iterator<Item = &'a Path>) -> io::Result<()> {
    for path in files {
        File::open(path)?.sync_all()?;
    }
    sync_folder(folder)
}

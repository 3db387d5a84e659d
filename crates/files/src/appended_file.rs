//! Files that grow line by line and are never replaced: records and journals.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _};
use std::path::Path;

use crate::new_file::create_new;
use crate::regular_file::without_waiting;
use crate::whole_file::{OutputFileError, Visibility};

/// Opens a file to read it and to append to it. A missing file is created if `make` says so; otherwise `None`.
///
/// What is not a regular file is refused without waiting for it; a link to nothing is not followed.
///
/// # Errors
/// [`OutputFileError`] with the path.
pub fn open_appended(
    path: &Path,
    make: Option<Visibility>,
) -> Result<Option<File>, OutputFileError> {
    let failed =
        |error: &io::Error| OutputFileError::Io { path: path.to_owned(), kind: error.kind() };
    let not_a_file = || OutputFileError::NotAFile { path: path.to_owned() };
    let mut options = OpenOptions::new();
    growing(&mut options);
    let opened = match (without_waiting(&mut options).open(path), make) {
        (Err(error), _) if error.kind() == io::ErrorKind::NotFound && path.is_symlink() => {
            return Err(not_a_file());
        }
        (Err(error), None) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        (Err(error), Some(visibility)) if error.kind() == io::ErrorKind::NotFound => {
            create_new(&mut options, path, visibility)
        }
        (opened, _) => opened,
    };
    let file = opened.map_err(|error| match error.kind() {
        io::ErrorKind::IsADirectory => OutputFileError::Directory { path: path.to_owned() },
        _ => failed(&error),
    })?;
    match file.metadata() {
        Ok(found) if found.is_file() => Ok(Some(file)),
        Ok(_) => Err(not_a_file()),
        Err(error) => Err(failed(&error)),
    }
}

/// Opens a file to read it and, from its end on, to write it; makes it where it is missing. For files in folders of our own.
///
/// # Errors
/// What the system says.
pub fn open_or_create_appended(path: &Path, visibility: Visibility) -> io::Result<File> {
    let mut options = OpenOptions::new();
    growing(&mut options);
    match options.open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            create_new(&mut options, path, visibility)
        }
        opened => opened,
    }
}

#[cfg(unix)]
fn growing(options: &mut OpenOptions) {
    options.read(true).append(true);
}

/// A file that can only be appended to cannot be cut on Windows. It is written where reading ended, which is its end: who
/// writes has read it whole.
#[cfg(windows)]
fn growing(options: &mut OpenOptions) {
    options.read(true).write(true);
}

/// What a file opened by [`open_appended`] holds, at most `cap` bytes; `None` when it has more.
///
/// # Errors
/// What the system says.
pub fn read_appended(file: &mut File, cap: u64) -> io::Result<Option<Vec<u8>>> {
    let mut content = Vec::new();
    file.take(cap + 1).read_to_end(&mut content)?;
    Ok((content.len() as u64 <= cap).then_some(content))
}

//! Files and folders that are made for everybody or for this user alone.
//!
//! What is for this user alone gets an access list that names nobody else and takes nothing over from its folder. What is
//! for everybody has the list of its folder.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

use crate::access::this_user;
use crate::identity::Identity;
use crate::security;
use crate::untrusted::Place;
use crate::whole_file::Visibility;
use crate::wine;

/// Makes a file that is not there yet, opened as `options` say.
///
/// # Errors
/// [`io::ErrorKind::AlreadyExists`] when something is there, else what the system says.
pub fn create_new(
    options: &mut OpenOptions,
    path: &Path,
    visibility: Visibility,
) -> io::Result<File> {
    // Held while it is opened once more, so that it is seen when another file was put in its place between the two.
    let made = create_file(path, visibility)?;
    let opened = options.open(path)?;
    if !Identity::is_one_file(&made, &opened)? {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    Ok(opened)
}

/// Makes a file that is not there yet, open to read and write.
pub(crate) fn create_file(path: &Path, visibility: Visibility) -> io::Result<File> {
    match visibility {
        Visibility::Secret => security::create_file(path, Some(&for_this_user(Place::File)?)),
        Visibility::Public => security::create_file(path, None),
    }
}

/// Makes a folder that is not there yet, in one that is.
///
/// # Errors
/// [`io::ErrorKind::AlreadyExists`] when something is there, else what the system says.
pub fn create_folder(path: &Path, visibility: Visibility) -> io::Result<()> {
    match visibility {
        Visibility::Secret => security::create_folder(path, Some(&for_this_user(Place::Folder)?)),
        Visibility::Public => security::create_folder(path, None),
    }
}

/// Makes a folder for this user alone, and those that are missing on its way. One that is there stays as it is.
///
/// # Errors
/// What the system says.
pub fn create_private_folders(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        create_private_folders(parent)?;
    }
    match create_folder(path, Visibility::Secret) {
        // Another run was faster.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        made => made,
    }
}

/// An access list for this user alone; what is made in a folder takes it over.
fn for_this_user(place: Place) -> io::Result<String> {
    if security::is_wine() {
        return Ok(wine::for_this_user(place).to_owned());
    }
    let inheritance = if place == Place::Folder { "OICI" } else { "" };
    Ok(format!("D:P(A;{inheritance};FA;;;{})", this_user()?))
}

/// Makes the names in a folder durable: the file system's own journal does.
///
/// # Errors
/// None.
pub fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Makes files durable that were written to a folder.
///
/// # Errors
/// What the system says.
pub fn sync_files<'a>(_: &Path, files: impl Iterator<Item = &'a Path>) -> io::Result<()> {
    for path in files {
        OpenOptions::new().write(true).open(path)?.sync_all()?;
    }
    Ok(())
}

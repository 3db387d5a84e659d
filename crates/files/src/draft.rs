//! A file that is being written and has no name yet, or one that nobody can guess.

use std::ffi::{OsStr, OsString};
use std::fs::{File, Permissions};
use std::io;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags};
use rustix::io::Errno;

use crate::draft_name::unguessable_name;
use crate::interruption::uninterrupted;
use crate::whole_file::Visibility;

/// The folder that a file is to be in: opened once, so that the file is made where the folder was looked at, also
/// when its path leads elsewhere by now.
#[derive(Debug)]
pub(crate) struct Folder(OwnedFd);

impl Folder {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        // Only a place to start from: a folder may be written that cannot be listed. Elsewhere there is no such flag.
        #[cfg(target_os = "linux")]
        let place = OFlags::PATH;
        #[cfg(not(target_os = "linux"))]
        let place = OFlags::RDONLY;
        let flags = place | OFlags::DIRECTORY | OFlags::CLOEXEC;
        Ok(Self(rustix::fs::open(path, flags, Mode::empty())?))
    }

    /// Makes the names in it durable. A file system that cannot do it does not make us report a failure for a file that
    /// stands there complete.
    pub(crate) fn sync(&self) {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        if let Ok(folder) = rustix::fs::openat(&self.0, ".", flags, Mode::empty()) {
            let _ = rustix::fs::fsync(folder);
        }
    }

    /// # Errors
    /// [`io::ErrorKind::InvalidInput`] when something has this name and is not a regular file.
    fn refuse_other_than_file(&self, name: &OsStr) -> io::Result<()> {
        match rustix::fs::statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(found) if FileType::from_raw_mode(found.st_mode) != FileType::RegularFile => {
                Err(io::ErrorKind::InvalidInput.into())
            }
            Ok(_) | Err(Errno::NOENT) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn remove(&self, name: &OsStr) {
        let _ = rustix::fs::unlinkat(&self.0, name, AtFlags::empty());
    }
}

/// What is being written.
pub(crate) struct Draft<'folder> {
    folder: &'folder Folder,
    file: File,
    /// Its name where the file system knows no files without one.
    name: Option<OsString>,
}

impl<'folder> Draft<'folder> {
    /// Linux alone has files without a name.
    #[cfg(not(target_os = "linux"))]
    #[expect(clippy::unnecessary_wraps, reason = "the same as on Linux")]
    pub(crate) fn nameless(_: &'folder Folder, _: Visibility) -> io::Result<Option<Self>> {
        Ok(None)
    }

    /// Makes a draft without a name. `None` where the file system or the kernel cannot.
    #[cfg(target_os = "linux")]
    pub(crate) fn nameless(
        folder: &'folder Folder,
        visibility: Visibility,
    ) -> io::Result<Option<Self>> {
        if !Path::new("/proc/self/fd").exists() {
            return Ok(None);
        }
        let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
        match rustix::fs::openat(&folder.0, ".", flags, mode(visibility)) {
            Ok(file) => Ok(Some(Self { folder, file: owned(file, visibility)?, name: None })),
            // Not every file system can; older kernels take it for an attempt to write a folder.
            Err(Errno::OPNOTSUPP | Errno::ISDIR | Errno::NOENT | Errno::INVAL) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Makes a draft under a name that nobody can guess. It is removed when it is dropped; call this, and all that is done
    /// with the draft, within [`uninterrupted`].
    pub(crate) fn named(folder: &'folder Folder, visibility: Visibility) -> io::Result<Self> {
        let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::CLOEXEC;
        let name = unguessable_name()?;
        let file = rustix::fs::openat(&folder.0, &name, flags, mode(visibility))?;
        let file = owned(file, visibility).inspect_err(|_| folder.remove(&name))?;
        Ok(Self { folder, file, name: Some(name) })
    }

    pub(crate) fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// Puts it in place under a name that nothing has.
    ///
    /// # Errors
    /// [`io::ErrorKind::AlreadyExists`] when something has the name by now, a dangling link too.
    pub(crate) fn keep_new(mut self, name: &OsStr) -> io::Result<()> {
        match self.name.take() {
            None => self.link(name),
            Some(draft) => {
                let renamed = rename_new(self.folder, &draft, name);
                renamed.inspect_err(|_| self.folder.remove(&draft))
            }
        }
    }

    /// Puts it in place, over the regular file that is there.
    ///
    /// # Errors
    /// [`io::ErrorKind::InvalidInput`] when what is there is not a regular file.
    pub(crate) fn replace(mut self, name: &OsStr) -> io::Result<()> {
        if self.name.is_none() {
            match self.link(name) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                linked => return linked,
            }
        }
        uninterrupted(|| {
            let draft = match self.name.take() {
                Some(draft) => draft,
                None => {
                    let draft = unguessable_name()?;
                    self.link(&draft)?;
                    draft
                }
            };
            // A link, pipe or device that came here since the check would be replaced, not followed: it is not ours to remove.
            let renamed = self.folder.refuse_other_than_file(name).and_then(|()| {
                Ok(rustix::fs::renameat(&self.folder.0, &draft, &self.folder.0, name)?)
            });
            renamed.inspect_err(|_| self.folder.remove(&draft))
        })
    }

    fn link(&self, name: &OsStr) -> io::Result<()> {
        let draft = format!("/proc/self/fd/{}", self.file.as_raw_fd());
        rustix::fs::linkat(CWD, draft, &self.folder.0, name, AtFlags::SYMLINK_FOLLOW)?;
        Ok(())
    }
}

impl Drop for Draft<'_> {
    fn drop(&mut self) {
        if let Some(name) = self.name.take() {
            self.folder.remove(&name);
        }
    }
}

/// What it is made with, before the umask.
fn mode(visibility: Visibility) -> Mode {
    let owner = Mode::RUSR | Mode::WUSR;
    match visibility {
        Visibility::Secret => owner,
        Visibility::Public => owner | Mode::RGRP | Mode::WGRP | Mode::ROTH | Mode::WOTH,
    }
}

/// The file with its mode; a mode for the owner alone holds whatever the umask.
fn owned(file: OwnedFd, visibility: Visibility) -> io::Result<File> {
    let file = File::from(file);
    match visibility {
        Visibility::Secret => {
            file.set_permissions(Permissions::from_mode(visibility.mode()))?;
        }
        Visibility::Public => {}
    }
    Ok(file)
}

fn rename_new(folder: &Folder, from: &OsStr, to: &OsStr) -> io::Result<()> {
    rename_to_new_at(&folder.0, from.as_ref(), &folder.0, to.as_ref())
}

/// Renames, unless something is there already.
///
/// # Errors
/// [`io::ErrorKind::AlreadyExists`] when something is there, else what the system says.
pub fn rename_to_new(from: &Path, to: &Path) -> io::Result<()> {
    rename_to_new_at(CWD, from, CWD, to)
}

#[cfg(any(target_os = "linux", target_vendor = "apple"))]
fn rename_to_new_at(
    from_folder: impl std::os::fd::AsFd,
    from: &Path,
    to_folder: impl std::os::fd::AsFd,
    to: &Path,
) -> io::Result<()> {
    use rustix::fs::{RenameFlags, renameat_with};
    match renameat_with(&from_folder, from, &to_folder, to, RenameFlags::NOREPLACE) {
        // Not every file system knows how to refuse in the same step.
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {
            look_and_rename(from_folder, from, to_folder, to)
        }
        done => done.map_err(io::Error::from),
    }
}

#[cfg(not(any(target_os = "linux", target_vendor = "apple")))]
fn rename_to_new_at(
    from_folder: impl std::os::fd::AsFd,
    from: &Path,
    to_folder: impl std::os::fd::AsFd,
    to: &Path,
) -> io::Result<()> {
    look_and_rename(from_folder, from, to_folder, to)
}

fn look_and_rename(
    from_folder: impl std::os::fd::AsFd,
    from: &Path,
    to_folder: impl std::os::fd::AsFd,
    to: &Path,
) -> io::Result<()> {
    match rustix::fs::statat(&to_folder, to, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(_) => Err(io::ErrorKind::AlreadyExists.into()),
        Err(Errno::NOENT) => Ok(rustix::fs::renameat(from_folder, from, to_folder, to)?),
        Err(error) => Err(error.into()),
    }
}

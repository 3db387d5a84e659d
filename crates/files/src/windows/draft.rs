//! A file that is being written, under a name that nobody can guess: Windows has no files without a name.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::windows::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use crate::draft_name::unguessable_name;
use crate::identity::real_path;
use crate::interruption::uninterrupted;
use crate::new_file::create_file;
use crate::security;
use crate::whole_file::Visibility;

/// The folder that a file is to be in: held open, so that it cannot be renamed or replaced meanwhile.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    _held: Option<File>,
}

impl Folder {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        const LIST_DIRECTORY: u32 = 0x1;
        const SHARE_READ: u32 = 0x1;
        const SHARE_WRITE: u32 = 0x2;
        const BACKUP_SEMANTICS: u32 = 0x0200_0000;
        if !fs::metadata(path)?.is_dir() {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        let path = real_path(path)?;
        // A folder may be written that cannot be listed.
        let held = OpenOptions::new()
            .access_mode(LIST_DIRECTORY)
            .share_mode(SHARE_READ | SHARE_WRITE)
            .custom_flags(BACKUP_SEMANTICS)
            .open(&path);
        Ok(Self { path, _held: held.ok() })
    }

    /// Names are durable when the rename has come back.
    #[expect(clippy::unused_self, reason = "the same as on other systems")]
    pub(crate) fn sync(&self) {}

    /// # Errors
    /// [`io::ErrorKind::InvalidInput`] when something has this name and is not a regular file.
    fn refuse_other_than_file(&self, name: &OsStr) -> io::Result<()> {
        match fs::symlink_metadata(self.path.join(name)) {
            Ok(found) if !found.is_file() => Err(io::ErrorKind::InvalidInput.into()),
            Ok(_) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// What is being written.
pub(crate) struct Draft<'folder> {
    folder: &'folder Folder,
    /// `None` once it is closed.
    file: Option<File>,
    /// Its name until it has its own.
    name: Option<OsString>,
}

impl<'folder> Draft<'folder> {
    /// No file is without a name here.
    #[expect(clippy::unnecessary_wraps, reason = "the same as on other systems")]
    pub(crate) fn nameless(_: &'folder Folder, _: Visibility) -> io::Result<Option<Self>> {
        Ok(None)
    }

    /// Makes a draft under a name that nobody can guess. It is removed when it is dropped; call this, and all that is done
    /// with the draft, within [`uninterrupted`].
    pub(crate) fn named(folder: &'folder Folder, visibility: Visibility) -> io::Result<Self> {
        let name = unguessable_name()?;
        let file = create_file(&folder.path.join(&name), visibility)?;
        Ok(Self { folder, file: Some(file), name: Some(name) })
    }

    pub(crate) fn file(&mut self) -> &mut File {
        self.file.as_mut().expect("it is open until it is put in place")
    }

    /// Puts it in place under a name that nothing has.
    ///
    /// # Errors
    /// [`io::ErrorKind::AlreadyExists`] when something has the name by now.
    pub(crate) fn keep_new(self, name: &OsStr) -> io::Result<()> {
        self.rename(name, false)
    }

    /// Puts it in place, over the regular file that is there.
    ///
    /// # Errors
    /// [`io::ErrorKind::InvalidInput`] when what is there is not a regular file.
    pub(crate) fn replace(self, name: &OsStr) -> io::Result<()> {
        uninterrupted(|| {
            self.folder.refuse_other_than_file(name)?;
            let target = self.folder.path.join(name);
            self.rename(name, true).map_err(|error| match security::try_to_replace(&target) {
                Err(reason) if error.kind() == io::ErrorKind::PermissionDenied => reason,
                _ => error,
            })
        })
    }

    fn rename(mut self, name: &OsStr, replace: bool) -> io::Result<()> {
        self.file = None;
        let Some(draft) = &self.name else { return Ok(()) };
        security::rename(&self.folder.path.join(draft), &self.folder.path.join(name), replace)?;
        self.name = None;
        Ok(())
    }
}

impl Drop for Draft<'_> {
    fn drop(&mut self) {
        self.file = None;
        if let Some(name) = self.name.take() {
            let _ = fs::remove_file(self.folder.path.join(name));
        }
    }
}

/// Renames, unless something is there already.
///
/// # Errors
/// [`io::ErrorKind::AlreadyExists`] when something is there, else what the system says.
pub fn rename_to_new(from: &Path, to: &Path) -> io::Result<()> {
    security::rename(from, to, false)
}

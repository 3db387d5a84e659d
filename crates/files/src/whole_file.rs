//! Files that are written whole or not at all: a draft without a name in the folder of the target, flushed to the
//! disk, then given its name, and the folder flushed too.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

use el2g_key_payload::io_reason;

use crate::draft::{Draft, Folder};
use crate::identity::Identity;
use crate::interruption::uninterrupted;

/// Who may read a file that is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visibility {
    /// Only the owner (0600), whatever the umask.
    Secret,
    /// Everybody, less what the umask takes away.
    Public,
}

/// What happens to a file that is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// It is kept, and writing is refused.
    Existing,
    /// It is replaced.
    Nothing,
}

impl Visibility {
    pub(crate) fn mode(self) -> u32 {
        match self {
            Self::Secret => 0o600,
            Self::Public => 0o666,
        }
    }
}

/// A place to write to, checked before the work begins.
#[derive(Debug)]
pub struct OutputFile {
    target: PathBuf,
    place: Place,
    visibility: Visibility,
    keep: Keep,
}

/// What the target was when it was checked. It is written as that, or not at all.
#[derive(Debug)]
enum Place {
    /// A file in this folder, or none yet.
    File { folder: Folder, name: OsString },
    /// A device or pipe.
    Stream(Identity),
}

impl OutputFile {
    /// Checks that `target` can be written: its folder exists and is writable, it is not a directory,
    /// and, with [`Keep::Existing`], nothing is there yet. Leaves nothing behind.
    ///
    /// A device or pipe (`/dev/null`, `/dev/stdout`) is accepted for what is public, and written to.
    ///
    /// # Errors
    /// [`OutputFileError`] with the path.
    pub fn prepare(
        target: &Path,
        visibility: Visibility,
        keep: Keep,
    ) -> Result<Self, OutputFileError> {
        let mut target = target.to_owned();
        match fs::metadata(&target) {
            Ok(found) if found.is_dir() => return Err(OutputFileError::Directory { path: target }),
            Ok(found) if !found.is_file() => {
                return if visibility == Visibility::Public && is_stream(&found) {
                    let place = Place::Stream(Identity::of(&found));
                    Ok(Self { target, place, visibility, keep: Keep::Nothing })
                } else {
                    Err(OutputFileError::NotAFile { path: target })
                };
            }
            Ok(_) if keep == Keep::Existing => {
                return Err(OutputFileError::Exists { path: target });
            }
            // Through a symbolic link it is the file behind it that is replaced, not the link.
            Ok(_) => {
                target = fs::canonicalize(&target).map_err(|error| io_error(&target, &error))?
            }
            Err(_) if target.is_symlink() => {
                return Err(OutputFileError::NotAFile { path: target });
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(io_error(&target, &error)),
        }
        let name = match target.file_name() {
            Some(name) if !target.as_os_str().as_bytes().ends_with(b"/") => name.to_owned(),
            _ => return Err(OutputFileError::Directory { path: target }),
        };
        let folder =
            Folder::open(folder_of(&target)).map_err(|error| folder_error(&target, &error))?;
        let output = Self { target, place: Place::File { folder, name }, visibility, keep };
        output.try_folder()?;
        Ok(output)
    }

    /// Whether it is a device or pipe.
    pub fn is_stream(&self) -> bool {
        matches!(self.place, Place::Stream(_))
    }

    /// Where it will be.
    pub fn path(&self) -> &Path {
        &self.target
    }

    /// Writes `content` and puts the file in its place.
    ///
    /// # Errors
    /// [`OutputFileError`]; nothing new is left at the target then.
    pub fn write(self, content: &[u8]) -> Result<(), OutputFileError> {
        self.write_with(|file| file.write_all(content))
    }

    /// Lets `fill` write the content, piece by piece, and puts the file in its place. Nothing is buffered here: a
    /// buffer would be one more place where a secret has been.
    ///
    /// # Errors
    /// [`OutputFileError`], also for an error of `fill`; nothing new is left at the target then.
    pub fn write_with<T>(
        self,
        fill: impl FnOnce(&mut dyn Write) -> io::Result<T>,
    ) -> Result<T, OutputFileError> {
        let (folder, name) = match &self.place {
            Place::File { folder, name } => (folder, name),
            Place::Stream(checked) => return self.write_stream(*checked, fill),
        };
        let put_in_place = |mut draft: Draft<'_>| {
            let filled = fill(draft.file())?;
            draft.file().sync_all()?;
            match self.keep {
                Keep::Existing => draft.keep_new(name)?,
                Keep::Nothing => draft.replace(name)?,
            }
            Ok(filled)
        };
        let mode = self.visibility.mode();
        let written = match Draft::nameless(folder, mode) {
            Ok(Some(draft)) => put_in_place(draft),
            Ok(None) => uninterrupted(|| Draft::named(folder, mode).and_then(put_in_place)),
            Err(error) => return Err(folder_error(&self.target, &error)),
        };
        let filled = written.map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => OutputFileError::Exists { path: self.target.clone() },
            io::ErrorKind::InvalidInput => OutputFileError::Changed { path: self.target.clone() },
            _ => io_error(&self.target, &error),
        })?;
        folder.sync();
        Ok(filled)
    }

    fn write_stream<T>(
        &self,
        checked: Identity,
        fill: impl FnOnce(&mut dyn Write) -> io::Result<T>,
    ) -> Result<T, OutputFileError> {
        let failed = |error: io::Error| io_error(&self.target, &error);
        let changed = || OutputFileError::Changed { path: self.target.clone() };
        // Looked at before it is opened: to open somebody else's pipe may wait for ever.
        let same = |found: &fs::Metadata| is_stream(found) && Identity::of(found) == checked;
        if !fs::metadata(&self.target).is_ok_and(|found| same(&found)) {
            return Err(changed());
        }
        let mut stream = File::options().write(true).open(&self.target).map_err(failed)?;
        if !same(&stream.metadata().map_err(failed)?) {
            return Err(changed());
        }
        fill(&mut stream).map_err(failed)
    }

    /// Says now, not after the work, whether the folder takes a file.
    fn try_folder(&self) -> Result<(), OutputFileError> {
        let Place::File { folder, .. } = &self.place else { return Ok(()) };
        let mode = self.visibility.mode();
        let tried = match Draft::nameless(folder, mode) {
            Ok(None) => uninterrupted(|| Draft::named(folder, mode).map(drop)),
            tried => tried.map(drop),
        };
        tried.map_err(|error| folder_error(&self.target, &error))
    }
}

fn is_stream(found: &fs::Metadata) -> bool {
    found.file_type().is_char_device() || found.file_type().is_fifo()
}

/// The folder that a file with this name is or will be in.
pub fn folder_of(target: &Path) -> &Path {
    match target.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn folder_error(path: &Path, error: &io::Error) -> OutputFileError {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
            OutputFileError::NoFolder { path: path.to_owned() }
        }
        _ => io_error(path, error),
    }
}

fn io_error(path: &Path, error: &io::Error) -> OutputFileError {
    OutputFileError::Io { path: path.to_owned(), kind: error.kind() }
}

/// Why a file was not written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutputFileError {
    /// There is a file already and it is not to be lost.
    #[error("{}: exists and is not overwritten", .path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The folder to write into does not exist.
    #[error("{}: its folder does not exist", .path.display())]
    NoFolder {
        /// The file that was to be.
        path: PathBuf,
    },
    /// The target is a directory.
    #[error("{}: expected a file, found a directory", .path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
    },
    /// The target is not a regular file, or a symbolic link to nothing.
    #[error("{}: expected a regular file, found something else or a link to nothing", .path.display())]
    NotAFile {
        /// What was named.
        path: PathBuf,
    },
    /// A device or pipe when it was checked, and something else when it was to be written: somebody replaced it.
    #[error("{}: was replaced while the program ran; nothing was written", .path.display())]
    Changed {
        /// What was named.
        path: PathBuf,
    },
    /// The operating system refused.
    #[error("{}: cannot be written: {}", .path.display(), io_reason(*.kind))]
    Io {
        /// The file that was to be.
        path: PathBuf,
        /// The reason it gave.
        kind: io::ErrorKind,
    },
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn writes_a_secret_for_its_owner_only_and_leaves_no_other_file() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("key.asc");
        let output = OutputFile::prepare(&target, Visibility::Secret, Keep::Existing).unwrap();
        assert_eq!(names(folder.path()), Vec::<String>::new());
        output.write(b"secret").unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"secret");
        assert_eq!(mode(&target), 0o600);
        assert_eq!(names(folder.path()), ["key.asc"]);
    }

    #[test]
    fn keeps_what_exists_also_when_it_appears_after_the_check() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("key.asc");
        let late = OutputFile::prepare(&target, Visibility::Secret, Keep::Existing).unwrap();
        fs::write(&target, b"first").unwrap();
        let exists = OutputFileError::Exists { path: target.clone() };
        assert_eq!(late.write(b"second").unwrap_err(), exists);
        let early = OutputFile::prepare(&target, Visibility::Secret, Keep::Existing);
        assert_eq!(early.unwrap_err(), exists);
        assert_eq!(fs::read(&target).unwrap(), b"first");
        assert_eq!(names(folder.path()), ["key.asc"]);
    }

    #[test]
    fn replaces_when_told_and_narrows_the_mode_of_a_secret() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("key.asc");
        fs::write(&target, b"first").unwrap();
        fs::set_permissions(&target, Permissions::from_mode(0o644)).unwrap();
        let output = OutputFile::prepare(&target, Visibility::Secret, Keep::Nothing).unwrap();
        output.write(b"second").unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"second");
        assert_eq!(mode(&target), 0o600);
    }

    #[test]
    fn a_symbolic_link_stays_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let (target, link) = (folder.path().join("real"), folder.path().join("link"));
        fs::write(&target, b"first").unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        let output = OutputFile::prepare(&link, Visibility::Public, Keep::Nothing).unwrap();
        output.write(b"second").unwrap();
        assert!(link.is_symlink());
        assert_eq!(fs::read(&target).unwrap(), b"second");
    }

    #[test]
    fn refuses_what_cannot_be_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let prepare = |path: &Path, visibility| {
            OutputFile::prepare(path, visibility, Keep::Nothing).unwrap_err()
        };
        let path = folder.path().to_owned();
        assert_eq!(prepare(&path, Visibility::Public), OutputFileError::Directory { path });
        let path = folder.path().join("none/key");
        assert_eq!(prepare(&path, Visibility::Public), OutputFileError::NoFolder { path });
        let path = PathBuf::from("/dev/null");
        assert_eq!(prepare(&path, Visibility::Secret), OutputFileError::NotAFile { path });
    }

    #[test]
    fn a_device_is_written_to_and_not_replaced() {
        let null = Path::new("/dev/null");
        let output = OutputFile::prepare(null, Visibility::Public, Keep::Existing).unwrap();
        output.write(b"gone").unwrap();
        assert!(fs::metadata(null).unwrap().file_type().is_char_device());
    }

    #[test]
    fn what_takes_the_place_after_the_check_gets_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("key.asc");
        let prepare = || OutputFile::prepare(&target, Visibility::Secret, Keep::Existing).unwrap();
        let exists = OutputFileError::Exists { path: target.clone() };

        let late = prepare();
        let elsewhere = folder.path().join("elsewhere");
        std::os::unix::fs::symlink(&elsewhere, &target).unwrap();
        assert_eq!(late.write(b"secret").unwrap_err(), exists);
        assert!(!elsewhere.exists());
        fs::remove_file(&target).unwrap();

        let late = prepare();
        rustix::fs::mkfifoat(rustix::fs::CWD, &target, 0o666.into()).unwrap();
        assert_eq!(late.write(b"secret").unwrap_err(), exists);
        assert_eq!(names(folder.path()), ["key.asc"]);
    }

    #[test]
    fn a_folder_that_was_swapped_gets_nothing() {
        let outside = tempfile::tempdir().unwrap();
        let (folder, swapped) = (outside.path().join("a"), outside.path().join("b"));
        fs::create_dir(&folder).unwrap();
        let target = folder.join("key.asc");
        let output = OutputFile::prepare(&target, Visibility::Secret, Keep::Existing).unwrap();
        fs::rename(&folder, &swapped).unwrap();
        fs::create_dir(&folder).unwrap();
        output.write(b"secret").unwrap();
        assert_eq!((names(&folder), names(&swapped)), (vec![], vec!["key.asc".to_owned()]));
    }

    #[test]
    fn a_stream_is_written_only_while_it_is_the_one_that_was_checked() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("pipe");
        rustix::fs::mkfifoat(rustix::fs::CWD, &target, 0o600.into()).unwrap();
        let output = OutputFile::prepare(&target, Visibility::Public, Keep::Existing).unwrap();
        fs::rename(&target, folder.path().join("old")).unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, &target, 0o600.into()).unwrap();
        let changed = OutputFileError::Changed { path: target.clone() };
        assert_eq!(output.write(b"message").unwrap_err(), changed);

        let output = OutputFile::prepare(&target, Visibility::Public, Keep::Existing).unwrap();
        fs::remove_file(&target).unwrap();
        fs::write(&target, b"").unwrap();
        assert_eq!(output.write(b"message").unwrap_err(), changed);
        assert_eq!(fs::read(&target).unwrap(), b"");
    }

    #[test]
    fn a_file_system_without_nameless_files_leaves_no_other_file_either() {
        let outside = tempfile::tempdir().unwrap();
        let folder = Folder::open(outside.path()).unwrap();
        let draft = |content: &[u8]| {
            let mut draft = Draft::named(&folder, 0o600).unwrap();
            draft.file().write_all(content).unwrap();
            draft
        };
        drop(draft(b"given up"));
        assert_eq!(names(outside.path()), Vec::<String>::new());
        draft(b"first").keep_new("key".as_ref()).unwrap();
        let refused = draft(b"second").keep_new("key".as_ref()).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(outside.path().join("key")).unwrap(), b"first");
        draft(b"third").replace("key".as_ref()).unwrap();
        assert_eq!(fs::read(outside.path().join("key")).unwrap(), b"third");
        assert_eq!(names(outside.path()), ["key"]);
        assert_eq!(mode(&outside.path().join("key")), 0o600);
    }
}

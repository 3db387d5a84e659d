//! Files that are written whole or not at all: a temporary file beside the target, flushed to the
//! disk, then renamed onto it, and the folder flushed too.

use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};

use el2g_key_payload::io_reason;
use tempfile::{Builder, NamedTempFile};

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

/// A place to write to, checked before the work begins.
#[derive(Debug)]
pub struct OutputFile {
    target: PathBuf,
    visibility: Visibility,
    keep: Keep,
}

impl OutputFile {
    /// Checks that `target` can be written: its folder exists and is writable, it is no directory,
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
                let kind = found.file_type();
                let stream = kind.is_char_device() || kind.is_fifo();
                return if visibility == Visibility::Public && stream {
                    Ok(Self { target, visibility, keep: Keep::Nothing })
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
        let output = Self { target, visibility, keep };
        // Created and dropped again: says now, not after the work, whether the folder takes a file.
        output.temporary()?;
        Ok(output)
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
        let failed = |error: &io::Error| io_error(&self.target, error);
        if fs::metadata(&self.target).is_ok_and(|found| !found.is_file() && !found.is_dir()) {
            let mut stream =
                File::options().write(true).open(&self.target).map_err(|error| failed(&error))?;
            return fill(&mut stream).map_err(|error| failed(&error));
        }
        let mut temporary = self.temporary()?;
        let filled = fill(temporary.as_file_mut())
            .and_then(|filled| temporary.as_file().sync_all().map(|()| filled))
            .map_err(|error| failed(&error))?;
        let persisted = match self.keep {
            Keep::Existing => temporary.persist_noclobber(&self.target),
            Keep::Nothing => temporary.persist(&self.target),
        };
        match persisted {
            Ok(_) => {}
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(OutputFileError::Exists { path: self.target });
            }
            Err(error) => return Err(failed(&error.error)),
        }
        // The name is durable only once the folder is; a file system that cannot do it is no reason
        // to report failure for a file that stands there complete.
        if let Ok(folder) = File::open(folder_of(&self.target)) {
            let _ = folder.sync_all();
        }
        Ok(filled)
    }

    fn temporary(&self) -> Result<NamedTempFile, OutputFileError> {
        let mode = match self.visibility {
            Visibility::Secret => 0o600,
            Visibility::Public => 0o666,
        };
        Builder::new()
            .prefix(".el2g-")
            .permissions(Permissions::from_mode(mode))
            .tempfile_in(folder_of(&self.target))
            .map_err(|error| match error.kind() {
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
                    OutputFileError::NoFolder { path: self.target.clone() }
                }
                kind => OutputFileError::Io { path: self.target.clone(), kind },
            })
    }
}

/// The folder that a file with this name is or will be in.
pub fn folder_of(target: &Path) -> &Path {
    match target.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn io_error(path: &Path, error: &io::Error) -> OutputFileError {
    OutputFileError::Io { path: path.to_owned(), kind: error.kind() }
}

/// Why a file was not written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutputFileError {
    /// There is a file already and it is not to be lost.
    #[error("{}: exists already and is not overwritten", .path.display())]
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
    #[error("{}: is a directory, a file is wanted", .path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
    },
    /// The target is no regular file, or a symbolic link to nothing.
    #[error("{}: is no regular file", .path.display())]
    NotAFile {
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
}

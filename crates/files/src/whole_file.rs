//! Files that are written whole or not at all: a draft without a name in the folder of the target, flushed to the
//! disk, then given its name, and the folder flushed too.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use el2g_key_payload::io_reason;

use crate::draft::{Draft, Folder};
use crate::identity::real_path;
use crate::interruption::uninterrupted;
use crate::stream::{Stream, Target};
use crate::unread::error_kind;

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
    #[cfg(unix)]
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
    Stream(Stream),
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
        match Target::at(&target) {
            Ok(Target::Folder) => return Err(OutputFileError::Directory { path: target }),
            Ok(Target::Stream(stream)) if visibility == Visibility::Public => {
                let place = Place::Stream(stream);
                return Ok(Self { target, place, visibility, keep: Keep::Nothing });
            }
            Ok(Target::Stream(_) | Target::Other) => {
                return Err(OutputFileError::NotAFile { path: target });
            }
            Ok(Target::File) if keep == Keep::Existing => {
                return Err(OutputFileError::Exists { path: target });
            }
            // Through a symbolic link it is the file behind it that is replaced, not the link.
            Ok(Target::File) if target.is_symlink() => {
                target = real_path(&target).map_err(|error| io_error(&target, &error))?
            }
            Ok(Target::File) => {}
            Err(_) if target.is_symlink() => {
                return Err(OutputFileError::NotAFile { path: target });
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(io_error(&target, &error)),
        }
        let name = match target.file_name() {
            Some(name) if !ends_as_folder(&target) => name.to_owned(),
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
            Place::Stream(stream) => return self.write_stream(stream, fill),
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
        let visibility = self.visibility;
        let written = match Draft::nameless(folder, visibility) {
            Ok(Some(draft)) => put_in_place(draft),
            Ok(None) => uninterrupted(|| Draft::named(folder, visibility).and_then(put_in_place)),
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
        stream: &Stream,
        fill: impl FnOnce(&mut dyn Write) -> io::Result<T>,
    ) -> Result<T, OutputFileError> {
        let failed = |error: io::Error| io_error(&self.target, &error);
        match stream.open(&self.target).map_err(failed)? {
            Some(mut stream) => fill(&mut stream).map_err(failed),
            None => Err(OutputFileError::Changed { path: self.target.clone() }),
        }
    }

    /// Says now, not after the work, whether the folder takes a file.
    fn try_folder(&self) -> Result<(), OutputFileError> {
        let Place::File { folder, .. } = &self.place else { return Ok(()) };
        let visibility = self.visibility;
        let tried = match Draft::nameless(folder, visibility) {
            Ok(None) => uninterrupted(|| Draft::named(folder, visibility).map(drop)),
            tried => tried.map(drop),
        };
        tried.map_err(|error| folder_error(&self.target, &error))
    }
}

/// Whether a name can only be one of a folder.
fn ends_as_folder(path: &Path) -> bool {
    let last = path.as_os_str().as_encoded_bytes().last();
    last.is_some_and(|last| std::path::is_separator(char::from(*last)))
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
    OutputFileError::Io { path: path.to_owned(), kind: error_kind(error) }
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
#[path = "whole_file_tests.rs"]
mod tests;

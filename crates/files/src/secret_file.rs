//! Files that hold secrets: refused when others can change or read them, read with a cap into wiped memory.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use el2g_key_payload::{ReadError, SecretBytes, io_reason};

use crate::access::{Access, PRIVATE};
use crate::regular_file::{open_named, open_regular};
use crate::trust::{FileRole, InputPolicy, Readability, TrustError};
use crate::unread::{error_kind, unread_name};
use crate::untrusted::UntrustedFile;

/// Looks at `path` without reading it: is it there, and can only its owner change and read it?
///
/// # Errors
/// [`SecretFileError`]; a file that others can change is [`SecretFileError::Untrusted`], and one that others can
/// read is [`SecretFileError::ReadableByOthers`], whatever else may be wrong with it.
pub fn check_secret_file(path: &Path, policy: &InputPolicy) -> Result<(), SecretFileError> {
    policy.check(path, FileRole::Secret)?;
    let failed = |error: io::Error| io_error(path, error.kind());
    let kind = Nature::of(&fs::metadata(path).map_err(failed)?);
    check_readers(path, kind, Access::at(path).map_err(failed)?, policy.readability)
}

/// Reads a secret file of at most `cap` bytes.
///
/// A larger regular file is refused by its size, unread; a pipe or device is read up to the cap.
///
/// # Errors
/// [`SecretFileError`] with the path and what was found.
pub fn read_secret_file(
    path: &Path,
    cap: usize,
    policy: &InputPolicy,
) -> Result<SecretBytes, SecretFileError> {
    check_secret_file(path, policy)?;
    let file = open_named(path).map_err(|error| match error_kind(&error) {
        io::ErrorKind::IsADirectory => SecretFileError::Directory { path: path.to_owned() },
        kind => io_error(path, kind),
    })?;
    read_opened(path, file, cap, policy)
}

/// Reads a secret file that the program finds by itself; `None` when it is not there. It must be a regular file.
///
/// # Errors
/// As [`read_secret_file`].
pub fn find_secret_file(
    path: &Path,
    cap: usize,
    policy: &InputPolicy,
) -> Result<Option<SecretBytes>, SecretFileError> {
    let file = match open_regular(path) {
        Ok(file) => file,
        Err(error) => match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => return Ok(None),
            kind => return Err(io_error(path, kind)),
        },
    };
    policy.check(path, FileRole::Secret)?;
    read_opened(path, file, cap, policy).map(Some)
}

fn read_opened(
    path: &Path,
    file: File,
    cap: usize,
    policy: &InputPolicy,
) -> Result<SecretBytes, SecretFileError> {
    // Once more on what was opened: the name may point elsewhere by now.
    let failed = |error: io::Error| io_error(path, error.kind());
    let found = file.metadata().map_err(failed)?;
    policy.check_opened(path, &file, FileRole::Secret)?;
    check_readers(
        path,
        Nature::of(&found),
        Access::of(&file).map_err(failed)?,
        policy.readability,
    )?;
    if found.is_dir() {
        return Err(SecretFileError::Directory { path: path.to_owned() });
    }
    if found.is_file() && found.len() > cap as u64 {
        return Err(SecretFileError::TooLarge { path: path.to_owned(), cap });
    }
    SecretBytes::read_from(file, cap).map_err(|error| match error {
        ReadError::TooLarge { cap } => SecretFileError::TooLarge { path: path.to_owned(), cap },
        ReadError::Io(kind) => io_error(path, kind),
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Nature {
    File,
    Folder,
    /// A device or pipe.
    Other,
}

impl Nature {
    fn of(found: &fs::Metadata) -> Self {
        match (found.is_file(), found.is_dir()) {
            (true, _) => Self::File,
            (_, true) => Self::Folder,
            _ => Self::Other,
        }
    }
}

fn check_readers(
    path: &Path,
    kind: Nature,
    access: Access,
    readability: Readability,
) -> Result<(), SecretFileError> {
    let is_accepted = readability == Readability::Anyone || !access.is_readable_by_others();
    if kind == Nature::Folder || is_accepted {
        return Ok(());
    }
    // `/dev/null` and the like hold no secret; reading them is what will be refused.
    if kind == Nature::Other && path.starts_with("/dev") {
        return Ok(());
    }
    Err(SecretFileError::ReadableByOthers { path: path.to_owned(), access })
}

fn io_error(path: &Path, kind: io::ErrorKind) -> SecretFileError {
    SecretFileError::Io { path: path.to_owned(), kind }
}

/// Why a secret file was not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretFileError {
    /// Another user can change it.
    #[error("{0}")]
    Untrusted(Box<UntrustedFile>),
    /// Group or others may read it.
    #[error("{}: holds a secret but others can read it ({access}; expected {PRIVATE})", .path.display())]
    ReadableByOthers {
        /// The file.
        path: PathBuf,
        /// Who can read it.
        access: Access,
    },
    /// It is a directory.
    #[error("{}: expected a file, found a directory", .path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
    },
    /// It has more bytes than anything that belongs here.
    #[error("{}: larger than {cap} bytes, the most that is read here", .path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The largest number of bytes allowed.
        cap: usize,
    },
    /// The operating system refused.
    #[error("{}: cannot be read: {}", unread_name(.path, *.kind), io_reason(*.kind))]
    Io {
        /// The file.
        path: PathBuf,
        /// The reason it gave.
        kind: io::ErrorKind,
    },
}

impl From<TrustError> for SecretFileError {
    fn from(error: TrustError) -> Self {
        match error {
            TrustError::Untrusted(found) => Self::Untrusted(found),
            TrustError::Io { path, kind } => Self::Io { path, kind },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn owner_only() -> InputPolicy {
        InputPolicy::default()
    }

    fn anyone() -> InputPolicy {
        InputPolicy { readability: Readability::Anyone, ..InputPolicy::default() }
    }

    fn secret(mode: u32, content: &[u8]) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        (folder, path)
    }

    fn access(path: &Path) -> Access {
        Access::at(path).unwrap()
    }

    #[test]
    fn refuses_what_group_or_others_can_read() {
        for mode in [0o644, 0o640, 0o604] {
            let (_folder, path) = secret(mode, b"x");
            let refused =
                SecretFileError::ReadableByOthers { path: path.clone(), access: access(&path) };
            assert_eq!(check_secret_file(&path, &owner_only()), Err(refused.clone()));
            assert_eq!(read_secret_file(&path, 9, &owner_only()).unwrap_err(), refused);
            assert_eq!(read_secret_file(&path, 9, &anyone()).unwrap().expose(), b"x");
        }
        for mode in [0o600, 0o400, 0o700] {
            let (_folder, path) = secret(mode, b"x");
            assert_eq!(read_secret_file(&path, 9, &owner_only()).unwrap().expose(), b"x");
        }
    }

    #[test]
    fn readability_is_said_before_size() {
        let (_folder, path) = secret(0o644, b"far too much");
        let error = read_secret_file(&path, 3, &owner_only()).unwrap_err();
        let access = access(&path);
        assert_eq!(error, SecretFileError::ReadableByOthers { path, access });
    }

    #[test]
    fn reads_no_more_than_the_cap_from_files_and_devices() {
        let (_folder, path) = secret(0o600, b"0123456789");
        assert_eq!(
            read_secret_file(&path, 9, &owner_only()).unwrap_err(),
            SecretFileError::TooLarge { path, cap: 9 }
        );
        let zero = PathBuf::from("/dev/zero");
        assert_eq!(
            read_secret_file(&zero, 9, &owner_only()).unwrap_err(),
            SecretFileError::TooLarge { path: zero, cap: 9 }
        );
    }

    #[test]
    fn directories_and_missing_files_say_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_owned();
        assert_eq!(
            read_secret_file(&path, 9, &owner_only()).unwrap_err(),
            SecretFileError::Directory { path: path.clone() }
        );
        let path = path.join("none");
        assert_eq!(
            read_secret_file(&path, 9, &owner_only()).unwrap_err(),
            SecretFileError::Io { path, kind: io::ErrorKind::NotFound }
        );
    }
}

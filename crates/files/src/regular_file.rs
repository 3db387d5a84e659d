//! Files that the program finds by itself: in a folder, beside another file, in its own place.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

/// Opens a regular file to read it. A pipe that somebody put in its place is not waited for, and a device is not read.
///
/// # Errors
/// What the system says; [`io::ErrorKind::IsADirectory`] for a folder, and [`io::ErrorKind::Unsupported`] for anything else
/// that is not a regular file.
pub fn open_regular(path: &Path) -> io::Result<File> {
    let file = without_waiting(OpenOptions::new().read(true)).open(path)?;
    match file.metadata()? {
        found if found.is_file() => Ok(file),
        found if found.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
        _ => Err(io::ErrorKind::Unsupported.into()),
    }
}

/// Opens what was named, to read it; a pipe is waited for.
///
/// # Errors
/// What the system says. [`io::ErrorKind::IsADirectory`] for a folder where the system opens none: Windows says no more than
/// that it may not be opened. Elsewhere reading says so.
pub fn open_named(path: &Path) -> io::Result<File> {
    File::open(path).map_err(|error| match path.is_dir() {
        true => io::ErrorKind::IsADirectory.into(),
        false => error,
    })
}

/// Opens no pipe and terminal in a way that waits for its other end.
#[cfg(unix)]
pub(crate) fn without_waiting(options: &mut OpenOptions) -> &mut OpenOptions {
    use std::os::unix::fs::OpenOptionsExt as _;

    use rustix::fs::OFlags;
    let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    options.custom_flags(flags.bits().cast_signed())
}

#[cfg(windows)]
pub(crate) fn without_waiting(options: &mut OpenOptions) -> &mut OpenOptions {
    use std::os::windows::fs::OpenOptionsExt as _;

    // Folders are opened too, so that an error says what they are. A server of a pipe learns who opens it, and cannot act
    // as this user.
    const BACKUP_SEMANTICS: u32 = 0x0200_0000;
    const IDENTIFICATION: u32 = 0x0001_0000;
    options.custom_flags(BACKUP_SEMANTICS).security_qos_flags(IDENTIFICATION)
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;

    use rustix::fs::{CWD, FileType, Mode, mknodat};

    use super::*;

    #[test]
    fn only_a_regular_file_is_opened_and_nothing_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("file"), "text").unwrap();
        std::os::unix::fs::symlink("file", path("link")).unwrap();
        mknodat(CWD, path("pipe"), FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap();
        let _socket = UnixListener::bind(path("socket")).unwrap();
        for name in ["file", "link"] {
            assert_eq!(io::read_to_string(open_regular(&path(name)).unwrap()).unwrap(), "text");
        }
        let refused = |path: &Path| open_regular(path).unwrap_err().kind();
        assert_eq!(refused(&path("pipe")), io::ErrorKind::Unsupported);
        assert_eq!(refused(Path::new("/dev/zero")), io::ErrorKind::Unsupported);
        assert_eq!(refused(folder.path()), io::ErrorKind::IsADirectory);
        assert_eq!(refused(&path("missing")), io::ErrorKind::NotFound);
        assert!(open_regular(&path("socket")).is_err());
    }
}

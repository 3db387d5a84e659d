//! Devices that are named as outputs: on Windows by reserved names.

use std::fs::{self, File};
use std::io;
use std::path::Path;

/// A device.
#[derive(Debug)]
pub(crate) struct Stream;

/// What a name leads to.
pub(crate) enum Target {
    File,
    Folder,
    Stream(Stream),
    /// Something else that cannot be written to.
    Other,
}

impl Target {
    pub(crate) fn at(path: &Path) -> io::Result<Self> {
        if is_device(path) {
            return Ok(Self::Stream(Stream));
        }
        let found = fs::metadata(path)?;
        Ok(match (found.is_file(), found.is_dir()) {
            (true, _) => Self::File,
            (_, true) => Self::Folder,
            _ => Self::Other,
        })
    }
}

impl Stream {
    /// Opens it to write. A reserved name leads to nothing else.
    pub(crate) fn open(&self, path: &Path) -> io::Result<Option<File>> {
        File::options().write(true).open(path).map(Some)
    }
}

/// Whether a path is the name of a device that takes what is written: nothing keeps it, or the console shows it.
pub(crate) fn is_device(path: &Path) -> bool {
    ["NUL", "CON", "CONOUT$"].iter().any(|name| path.as_os_str().eq_ignore_ascii_case(name))
}

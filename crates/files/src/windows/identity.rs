//! Which file a name leads to, however the name is written.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf, absolute};

use winapi_util::{Handle, file};

/// A file as the system tells it apart from every other: hard links of one file are equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Identity {
    volume: u64,
    index: u64,
}

impl Identity {
    /// The identity of what the name leads to.
    ///
    /// # Errors
    /// What the system says.
    pub fn at(path: &Path) -> io::Result<Self> {
        Self::of(Handle::from_path_any(path)?.as_file())
    }

    pub(crate) fn is_one_file(one: &File, other: &File) -> io::Result<bool> {
        Ok(Self::of(one)? == Self::of(other)?)
    }

    fn of(file: &File) -> io::Result<Self> {
        let found = file::information(file)?;
        Ok(Self { volume: found.volume_serial_number(), index: found.file_index() })
    }

    /// Whether a file can be renamed from the folder of the one to that of the other.
    pub fn is_on_disk_of(self, other: Self) -> bool {
        self.volume == other.volume
    }
}

/// The name of what is there, without links. Some drives (RAM disks, mounted containers) cannot tell it, nor can Wine where
/// it is long: there it is the whole path.
///
/// # Errors
/// What the system says.
pub fn real_path(path: &Path) -> io::Result<PathBuf> {
    fs::canonicalize(path).or_else(|_| {
        fs::metadata(path)?;
        absolute(path)
    })
}

//! Who can read and change a file or folder: its mode and its owner.

use std::fs::{self, File, Metadata};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::{fmt, io};

/// What only the owner can read and change.
pub const PRIVATE: &str = "0600";

/// A user, by number.
pub type OwnerId = u32;

const ROOT: OwnerId = 0;
const READABLE_BY_OTHERS: u32 = 0o044;
const WRITABLE_BY_OTHERS: u32 = 0o022;
const OPEN_TO_OTHERS: u32 = 0o077;

/// Who can read and change a file or folder.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Access {
    /// Permission bits.
    pub mode: u32,
    /// The owner.
    pub uid: OwnerId,
}

impl Access {
    /// Of what the name leads to.
    ///
    /// # Errors
    /// What the system says.
    pub fn at(path: &Path) -> io::Result<Self> {
        fs::metadata(path).map(|found| Self::found(&found))
    }

    /// Of a file that is open.
    ///
    /// # Errors
    /// What the system says.
    pub fn of(file: &File) -> io::Result<Self> {
        file.metadata().map(|found| Self::found(&found))
    }

    pub(crate) fn found(found: &Metadata) -> Self {
        Self { mode: found.mode() & 0o7777, uid: found.uid() }
    }

    pub(crate) fn is_readable_by_others(&self) -> bool {
        self.mode & READABLE_BY_OTHERS != 0
    }

    /// Whether others can do nothing with it.
    pub fn is_private(&self) -> bool {
        self.mode & OPEN_TO_OTHERS == 0
    }

    /// Whether it was made for its owner alone, as secrets are.
    pub fn is_kept_as_secret(&self) -> bool {
        self.is_private()
    }

    /// Whether only this user, root and `owners` can change it.
    pub fn is_changed_only_by(&self, owners: &[OwnerId]) -> bool {
        let is_ours = [this_user(), ROOT].contains(&self.uid) || owners.contains(&self.uid);
        is_ours && self.mode & WRITABLE_BY_OTHERS == 0
    }

    pub(crate) fn owner_id(&self) -> OwnerId {
        self.uid
    }

    /// The owner in words.
    pub fn owner(&self) -> String {
        format!("uid {}", self.uid)
    }
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "mode {:04o}", self.mode)
    }
}

/// The user that the program runs as.
pub(crate) fn this_user() -> OwnerId {
    rustix::process::geteuid().as_raw()
}

//! Which file a name leads to, however the name is written.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;

/// A file as the system tells it apart from every other: hard links of one file are equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Identity {
    device: u64,
    inode: u64,
}

impl Identity {
    /// The identity of what was looked at.
    pub fn of(found: &Metadata) -> Self {
        Self { device: found.dev(), inode: found.ino() }
    }
}

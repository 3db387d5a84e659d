//! Devices and pipes that are named as outputs.

use std::fs::{self, File, Metadata};
use std::io;
use std::os::unix::fs::FileTypeExt as _;
use std::path::Path;

use crate::identity::Identity;

/// A device or pipe as it was when it was looked at.
#[derive(Debug)]
pub(crate) struct Stream(Identity);

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
        let found = fs::metadata(path)?;
        Ok(match (found.is_file(), found.is_dir()) {
            (true, _) => Self::File,
            (_, true) => Self::Folder,
            _ if is_stream(&found) => Self::Stream(Stream(Identity::of(&found))),
            _ => Self::Other,
        })
    }
}

impl Stream {
    /// Opens it to write; `None` when something else is there by now.
    pub(crate) fn open(&self, path: &Path) -> io::Result<Option<File>> {
        // Looked at before it is opened: to open somebody else's pipe may wait for ever.
        let same = |found: &Metadata| is_stream(found) && Identity::of(found) == self.0;
        if !fs::metadata(path).is_ok_and(|found| same(&found)) {
            return Ok(None);
        }
        let stream = File::options().write(true).open(path)?;
        let is_same = same(&stream.metadata()?);
        Ok(is_same.then_some(stream))
    }
}

fn is_stream(found: &Metadata) -> bool {
    found.file_type().is_char_device() || found.file_type().is_fifo()
}

//! How an error names a file that was not read.

use std::io;
use std::path::Path;

/// The name of a file that could not be read. Where there is no such file, what was typed may be the key itself, or a token,
/// given where a file name is expected: then what looks like one is left out.
#[must_use]
pub fn unread_name(path: &Path, kind: io::ErrorKind) -> String {
    let text = path.display().to_string();
    match kind {
        io::ErrorKind::NotFound | io::ErrorKind::InvalidFilename | io::ErrorKind::NotADirectory => {
            el2g_text::file_name(&text)
        }
        _ => text,
    }
}

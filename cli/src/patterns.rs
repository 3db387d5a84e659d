//! Patterns such as `*.pem` in a list of files: quoted on Linux, and on Windows as its shells hand them on.

use std::path::{Path, PathBuf};

use el2g_workflows::Failure;

use crate::Result;
use crate::input::unreadable;

/// Whether it is a pattern, and not the name of something that is there.
pub fn is_pattern(path: &Path) -> bool {
    let text = path.to_string_lossy();
    // A whole path of Windows may begin with a question mark.
    let name = text.strip_prefix(r"\\?\").unwrap_or(&text);
    name.contains(['*', '?', '[']) && !path.exists()
}

/// What matches a pattern, in order of the names.
pub fn matches(pattern: &Path) -> Result<Vec<PathBuf>> {
    let text = pattern.to_string_lossy();
    let found = glob::glob(&text)
        .map_err(|error| Failure::usage(format!("{text}: is not a pattern: {error}")))?;
    found.map(|path| path.map_err(|error| unreadable(error.path(), error.error()))).collect()
}

/// The files behind what was typed, in order; at least one for each pattern.
pub fn files(typed: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in typed {
        if is_pattern(path) {
            let found = matches(path)?;
            if found.is_empty() {
                return Err(none(path));
            }
            files.extend(found);
        } else {
            files.push(path.clone());
        }
    }
    Ok(files)
}

/// A pattern that leads to nothing.
pub fn none(pattern: &Path) -> Failure {
    Failure::input(format!("{}: matches no file", pattern.display()))
}

//! Names that are longer than Windows takes as they are typed. The standard library does the same for its own calls.

use std::ffi::OsString;
use std::io;
use std::os::windows::ffi::OsStrExt as _;
use std::path::{Component, Path, PathBuf, Prefix, absolute};

/// Longest name that every call takes: for a folder 260 units less the twelve of a file's short name, and the zero.
const LONGEST: usize = 247;

/// The name for a call: as it was typed, or where it is too long for that as a whole path that begins with `\\?\`.
///
/// # Errors
/// What the system says.
pub(crate) fn for_call(path: &Path) -> io::Result<PathBuf> {
    let whole = absolute(path)?;
    if whole.as_os_str().encode_wide().count() <= LONGEST {
        return Ok(path.to_owned());
    }
    let mut parts = whole.components();
    let Some(Component::Prefix(prefix)) = parts.next() else { return Ok(whole) };
    let mut name = OsString::from(r"\\?\");
    match prefix.kind() {
        Prefix::Disk(_) => name.push(prefix.as_os_str()),
        Prefix::UNC(server, share) => {
            name.push(r"UNC\");
            name.push(server);
            name.push(r"\");
            name.push(share);
        }
        _ => return Ok(whole),
    }
    name.push(parts.as_path());
    Ok(name.into())
}

//! What access lists are under Wine: it shows modes of Unix as lists, and keeps no more of a list than a mode can hold.

use std::path::Path;

use crate::security;
use crate::untrusted::Place;

/// What every Unix keeps with the sticky bit, below the drive where Wine shows its root folder.
const STICKY: [&str; 3] = [r"z:\tmp", r"z:\var\tmp", r"z:\dev\shm"];

/// The access list with which a file gets mode 0600, and a folder 0700: what a list allows the user it names, Wine allows the
/// user's group as well, and what it allows another owner, here SYSTEM, the user alone.
pub(crate) fn for_this_user(place: Place) -> &'static str {
    match place {
        Place::Folder => "O:SYD:P(A;OICI;FA;;;SY)",
        // All rights but to execute it.
        Place::File | Place::Link => "O:SYD:P(A;;0x1f01df;;;SY)",
    }
}

/// Whether this is a folder of Unix in which everybody may add files, and only their owners replace them. No list that Wine
/// shows has the sticky bit.
pub(crate) fn is_sticky(path: &Path) -> bool {
    let name = path.to_string_lossy().to_ascii_lowercase();
    STICKY.contains(&name.strip_prefix(r"\\?\").unwrap_or(&name)) && security::is_wine()
}

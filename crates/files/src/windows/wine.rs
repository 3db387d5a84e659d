//! What access lists are under Wine: it shows modes of Unix as lists, and keeps no more of a list than a mode can hold.

use std::path::{Component, Path, Prefix};

use crate::security;
use crate::untrusted::Place;

/// Where Wine shows the root folder of Unix, and what every Unix keeps with the sticky bit below it.
const UNIX_ROOT: u8 = b'Z';
const STICKY: [&[&str]; 3] = [&["tmp"], &["var", "tmp"], &["dev", "shm"]];

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
    is_by_custom_sticky(path) && security::is_wine()
}

fn is_by_custom_sticky(path: &Path) -> bool {
    let mut parts = path.components();
    let is_unix = matches!(parts.next(), Some(Component::Prefix(prefix)) if matches!(
        prefix.kind(),
        Prefix::Disk(disk) | Prefix::VerbatimDisk(disk) if disk.eq_ignore_ascii_case(&UNIX_ROOT)
    ));
    let names: Vec<_> = parts.skip_while(|part| *part == Component::RootDir).collect();
    let is_same =
        |(name, part): (&&str, &Component<'_>)| part.as_os_str().eq_ignore_ascii_case(name);
    let is_named =
        |sticky: &&[&str]| sticky.len() == names.len() && sticky.iter().zip(&names).all(is_same);
    is_unix && STICKY.iter().any(is_named)
}

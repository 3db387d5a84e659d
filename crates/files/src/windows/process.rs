//! Who may do what with this process.

use std::io;

use windows_sys::Win32::System::Threading::{
    PROCESS_QUERY_LIMITED_INFORMATION, PROCESS_SYNCHRONIZE, PROCESS_TERMINATE,
};

use crate::access::this_user;
use crate::security;

/// What other programs of this user may do: wait for this one, ask how it ended, end it.
const RIGHTS: u32 = PROCESS_QUERY_LIMITED_INFORMATION | PROCESS_SYNCHRONIZE | PROCESS_TERMINATE;

/// Keeps other programs of this user from its memory. Administrators get at it all the same.
///
/// # Errors
/// What the system says.
pub fn close_process_to_others() -> io::Result<()> {
    // `OW` (owner rights), because an owner may otherwise change the list: this one may read it.
    security::protect_process(&format!("D:P(A;;{RIGHTS:#x};;;{})(A;;RC;;;OW)", this_user()?))
}

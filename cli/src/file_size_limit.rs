//! The limit on a file's size (RLIMIT_FSIZE, `ulimit -f`, a unit's `LimitFSIZE`).

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use signal_hook::consts::SIGXFSZ;

/// Makes a write beyond the limit an error like any other. Left alone, the signal ends the process without a word,
/// and a temporary file with the beginning of a secret key stays where it is.
pub fn is_an_error() {
    // A handler, not SIG_IGN, which programs that are started from here would inherit.
    let _ = signal_hook::flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false)));
}

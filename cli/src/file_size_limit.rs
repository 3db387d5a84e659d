//! The limit on a file's size (RLIMIT_FSIZE, `ulimit -f`, a unit's `LimitFSIZE`). Windows has none.

/// Makes a write beyond the limit an error like any other. Left alone, the signal ends the process without a word,
/// and a temporary file with the beginning of a secret key stays where it is.
#[cfg(unix)]
pub fn is_an_error() {
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;

    // A handler, not SIG_IGN, which programs that are started from here would inherit.
    let raised = Arc::new(AtomicBool::new(false));
    let _ = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, raised);
}

/// Nothing to do.
#[cfg(windows)]
pub fn is_an_error() {}

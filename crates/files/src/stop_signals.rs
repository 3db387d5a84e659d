//! The signals with which people and service managers stop a program.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::{flag, low_level};

/// What stops a program, unless it is started with this ignored.
pub(crate) const SIGNALS: [i32; 4] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM];

/// Those that a program acts on in its own way.
pub(crate) const HANDLED: [i32; 2] = [SIGINT, SIGTERM];

/// From now on the signal sets `came`, and ends the process while `ends` says so. Whether that could be arranged: a signal
/// that is ignored (`nohup`) stays ignored.
pub(crate) fn answer(signal: i32, ends: &Arc<AtomicBool>, came: &Arc<AtomicBool>) -> bool {
    !is_ignored(signal)
        && flag::register_conditional_default(signal, ends.clone()).is_ok()
        && flag::register(signal, came.clone()).is_ok()
}

/// Ends the process as the signal does.
pub(crate) fn end_by(signal: i32) {
    // Should it not end, the signal is lost, which does no harm to a file.
    let _ = low_level::emulate_default_handler(signal);
}

/// Whether the process was started with this signal ignored.
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    mask >> (signal - 1) & 1 == 1
}

//! The keys with which people stop a program in a console. A window that is closed and a session that ends cannot be put off.
//!
//! Not the signals of the C library: the one of Wine 8 calls an address that holds no function.

#![expect(
    unsafe_code,
    reason = "Windows has no safe interface for this call, and no kept crate wraps it"
)]

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use windows_sys::Win32::Foundation::{FALSE, STATUS_CONTROL_C_EXIT, TRUE};
use windows_sys::Win32::System::Console::{CTRL_BREAK_EVENT, CTRL_C_EVENT, SetConsoleCtrlHandler};
use windows_sys::core::BOOL;

/// What stops a program: Ctrl-C and Ctrl-Break.
pub(crate) const SIGNALS: [i32; 2] = [CTRL_C_EVENT as i32, CTRL_BREAK_EVENT as i32];

/// Those that a program acts on in its own way.
pub(crate) const HANDLED: [i32; 2] = SIGNALS;

struct Answer {
    signal: i32,
    ends: Arc<AtomicBool>,
    came: Arc<AtomicBool>,
}

static ANSWERS: Mutex<Vec<Answer>> = Mutex::new(Vec::new());

/// From now on the keys set `came`, and end the process while `ends` says so. Whether that could be arranged.
pub(crate) fn answer(signal: i32, ends: &Arc<AtomicBool>, came: &Arc<AtomicBool>) -> bool {
    let mut answers = ANSWERS.lock().unwrap_or_else(PoisonError::into_inner);
    // SAFETY: the function lives as long as the process.
    let is_ready =
        !answers.is_empty() || unsafe { SetConsoleCtrlHandler(Some(handler), TRUE) } != 0;
    if is_ready {
        answers.push(Answer { signal, ends: ends.clone(), came: came.clone() });
    }
    is_ready
}

/// Ends the process as the keys do.
pub(crate) fn end_by(_: i32) {
    std::process::exit(STATUS_CONTROL_C_EXIT);
}

/// Called on a thread of its own. Windows ends the process, unless a handler says that it has dealt with the event.
unsafe extern "system" fn handler(event: u32) -> BOOL {
    let answers = ANSWERS.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(answer) = answers.iter().find(|answer| u32::try_from(answer.signal) == Ok(event))
    else {
        return FALSE;
    };
    answer.came.store(true, Ordering::SeqCst);
    if answer.ends.load(Ordering::SeqCst) { FALSE } else { TRUE }
}

//! Panics: a short line that names the place in our source, never the message (it may hold a secret)
//! and never a backtrace.

use std::sync::Mutex;

use el2g_workflows::Failure;

/// Where the last panic was raised.
static PLACE: Mutex<Option<String>> = Mutex::new(None);

/// Replaces the default hook, which prints the message.
pub fn install() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic
            .location()
            .map(|location| format!("{}:{}", location.file(), location.line()))
            .unwrap_or_else(|| "an unknown place".to_owned());
        if let Ok(mut last) = PLACE.lock() {
            *last = Some(place);
        }
    }));
}

/// The last panic as a failure (exit 1).
pub fn failure() -> Failure {
    let place = PLACE.lock().ok().and_then(|mut last| last.take());
    Failure::bug(format!(
        "el2g stopped at a fault of its own ({})",
        place.as_deref().unwrap_or("an unknown place")
    ))
}

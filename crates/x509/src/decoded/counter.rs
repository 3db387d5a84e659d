//! Counts decodings in debug builds, so that tests can tell that nothing is decoded twice.

#[cfg(debug_assertions)]
thread_local! {
    static DECODINGS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// Certificates and requests that this thread has decoded.
#[cfg(debug_assertions)]
pub fn decodings() -> usize {
    DECODINGS.get()
}

pub(super) fn count() {
    #[cfg(debug_assertions)]
    DECODINGS.set(DECODINGS.get() + 1);
}

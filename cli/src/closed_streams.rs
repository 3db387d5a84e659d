//! Standard streams that were closed when the program was started (`>&-`).
//!
//! The standard library opens `/dev/null` in their place before `main`, so that what is printed is lost without an error.
//! Hence a look before that.

use std::sync::atomic::{AtomicBool, Ordering};

static STDOUT_IS_CLOSED: AtomicBool = AtomicBool::new(false);

/// Whether standard output was closed when the program was started.
pub fn stdout_is_closed() -> bool {
    STDOUT_IS_CLOSED.load(Ordering::Relaxed)
}

#[cfg(target_os = "linux")]
mod before_main {
    use std::sync::atomic::Ordering;

    /// Runs before the standard library's own start. It makes one system call and stores one flag.
    extern "C" fn look() {
        let found = rustix::io::fcntl_getfd(rustix::stdio::stdout());
        super::STDOUT_IS_CLOSED.store(found.is_err(), Ordering::Relaxed);
    }

    #[expect(
        unsafe_code,
        reason = "the section that lists what runs before main has no safe name; `look` allocates nothing"
    )]
    #[used]
    #[unsafe(link_section = ".init_array")]
    static LOOK: extern "C" fn() = look;
}

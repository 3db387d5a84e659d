//! Standard streams that were closed when the program was started (`>&-`).
//!
//! The standard library opens `/dev/null` in their place before `main`, so that what is printed is lost without an error.
//! Hence a look before that. Linux only: elsewhere such a stream is `/dev/null`.

use std::io;
#[cfg(unix)]
use std::sync::atomic::{AtomicBool, Ordering};

use el2g_key_payload::io_reason;

const CLOSED: &str = "it was closed when the program started";

#[cfg(unix)]
static STDOUT_IS_CLOSED: AtomicBool = AtomicBool::new(false);

/// Why nothing can be printed on standard output; `None` where it can. The standard library takes a closed or unwritable
/// stream for one that nobody reads, and drops what is printed.
#[cfg(unix)]
pub fn why_stdout_is_lost() -> Option<String> {
    use rustix::fs::OFlags;
    if STDOUT_IS_CLOSED.load(Ordering::Relaxed) {
        return Some(CLOSED.to_owned());
    }
    match rustix::fs::fcntl_getfl(io::stdout()) {
        Ok(flags) if flags & OFlags::RWMODE == OFlags::RDONLY => {
            Some("it was opened for reading".to_owned())
        }
        Ok(_) => None,
        Err(error) => Some(io_reason(io::Error::from(error).kind())),
    }
}

/// Why nothing can be printed on standard output; `None` where it can. The standard library takes an invalid handle for one
/// that nobody reads, hence a write past it: of no octet, which says whether there is a right to write. Not to a pipe, whose
/// reader may take it for the end; one that cannot be written says so at the first octet.
#[cfg(windows)]
pub fn why_stdout_is_lost() -> Option<String> {
    use std::fs::File;
    use std::io::Write as _;
    use std::os::windows::io::AsHandle as _;
    use winapi_util::file::typ;

    const INVALID_HANDLE: i32 = 6;
    let stdout = io::stdout();
    match typ(&stdout) {
        Ok(kind) if kind.is_pipe() => None,
        Ok(_) => {
            let mut file = File::from(stdout.as_handle().try_clone_to_owned().ok()?);
            file.write(&[]).err().map(|error| match error.raw_os_error() {
                Some(INVALID_HANDLE) => CLOSED.to_owned(),
                _ => io_reason(error.kind()),
            })
        }
        Err(_) => Some(CLOSED.to_owned()),
    }
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

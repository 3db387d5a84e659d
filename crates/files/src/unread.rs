//! How an error names a file that was not read.

use std::io;
use std::path::Path;

/// The name of a file that could not be read. Where there is no such file, what was typed may be the key itself, a token or a
/// PIN, given where a file name is expected: then what looks like one is left out.
#[must_use]
pub fn unread_name(path: &Path, kind: io::ErrorKind) -> String {
    match kind {
        io::ErrorKind::NotFound | io::ErrorKind::InvalidFilename | io::ErrorKind::NotADirectory => {
            let shown = digits_of_pin(path)
                .map(|digits| path.with_file_name(format!("({digits} digits, not shown)")));
            el2g_text::file_name(&shown.as_deref().unwrap_or(path).display().to_string())
        }
        _ => path.display().to_string(),
    }
}

/// The kind of an error of a file or stream, also where the standard library knows none of it on Windows: a file that another
/// program opened for itself alone, a pipe with nobody at its other end.
#[must_use]
pub fn error_kind(error: &io::Error) -> io::ErrorKind {
    const SHARING_VIOLATION: i32 = 32;
    const LOCK_VIOLATION: i32 = 33;
    const PIPE_NOT_CONNECTED: i32 = 233;
    match error.raw_os_error() {
        Some(SHARING_VIOLATION | LOCK_VIOLATION) if cfg!(windows) => io::ErrorKind::ResourceBusy,
        Some(PIPE_NOT_CONNECTED) if cfg!(windows) => io::ErrorKind::BrokenPipe,
        _ => error.kind(),
    }
}

/// How many digits the last name of a path has, when it has nothing else and could be a PIN.
fn digits_of_pin(path: &Path) -> Option<usize> {
    let name = path.file_name()?.to_str()?;
    let is_pin = (4..=16).contains(&name.len()) && name.bytes().all(|it| it.is_ascii_digit());
    is_pin.then_some(name.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_a_pin_is_not_repeated_unless_it_is_a_file() {
        let named = |path: &str, kind| unread_name(Path::new(path), kind);
        let missing = io::ErrorKind::NotFound;
        for (path, shown) in [
            ("739152", "(6 digits, not shown)"),
            ("keys/739152", "keys/(6 digits, not shown)"),
            ("739", "739"),
            ("739152.hex", "739152.hex"),
            ("2026/key.hex", "2026/key.hex"),
        ] {
            assert_eq!(named(path, missing), shown);
        }
        assert_eq!(named("739152", io::ErrorKind::PermissionDenied), "739152");
    }
}

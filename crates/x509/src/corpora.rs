//! Other people's data, read by tests from `../shared/corpora`, which a user's clone does not have.

use std::io::Write as _;
use std::path::PathBuf;

/// A file or folder of the corpora; where it is missing a visible skip, and an error in CI. The line goes around the
/// print macros, whose text the test runner holds back.
pub(crate) fn corpus(name: &str) -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpora").join(name);
    if path.exists() {
        return Some(path);
    }
    assert!(std::env::var_os("CI").is_none(), "{} is missing", path.display());
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    let _ = writeln!(std::io::stderr(), "skipped: {test}: {} is not there", path.display());
    None
}

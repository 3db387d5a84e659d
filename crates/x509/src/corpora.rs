//! Other people's data in `testdata/corpora`.

use std::path::PathBuf;

/// A file or folder of the corpora.
pub(crate) fn corpus(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../testdata/corpora").join(name)
}

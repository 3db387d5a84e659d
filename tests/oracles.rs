//! Other people's programs that tests ask whether ours is right. CONTRIBUTING.md lists them, and `.ci/run` installs them.

use std::path::PathBuf;

use crate::workplace::{root, skipped};

#[path = "../cli/build/oracle.rs"]
mod table;

pub use table::on_path;
use table::{ORACLES, Place};

/// Programs of every Linux system, or of every machine that builds this project.
pub const SYSTEM: [&str; 14] = [
    "bash",
    "cargo",
    "cc",
    "git",
    "grep",
    "mkfifo",
    "mount",
    "setpriv",
    "sh",
    "sha256sum",
    "tar",
    "taskset",
    "timeout",
    "umount",
];

/// The names of all oracles, sorted.
pub fn names() -> Vec<&'static str> {
    ORACLES.iter().map(|(name, _)| *name).collect()
}

/// Whether an oracle is looked for on PATH.
pub fn is_on_path(name: &str) -> bool {
    ORACLES.iter().any(|(oracle, place)| *oracle == name && matches!(place, Place::Path))
}

/// Where an oracle is; `None`, said on stderr, when it is not installed (an error in CI).
#[track_caller]
pub fn oracle(name: &str) -> Option<PathBuf> {
    let (_, place) = ORACLES
        .iter()
        .find(|(oracle, _)| *oracle == name)
        .unwrap_or_else(|| panic!("{name} is not in the table of oracles"));
    let path = place.find(name, root());
    if path.is_none() {
        skipped(&format!("{name} is not installed"));
    }
    path
}

/// Without an oracle its tests are ignored (`cli/build/main.rs`); in CI nothing may be.
#[test]
fn every_oracle_is_here_in_ci() {
    if std::env::var_os("CI").is_some() {
        let is_missing = |(name, place): &&(&str, Place)| place.find(name, root()).is_none();
        let mut missing: Vec<&str> =
            ORACLES.iter().filter(is_missing).map(|(name, _)| *name).collect();
        let others =
            [("../shared/an12642", cfg!(oracle = "an12642")), ("root", cfg!(oracle = "root"))];
        missing.extend(others.iter().filter(|(_, is_here)| !is_here).map(|(name, _)| *name));
        assert_eq!(missing, Vec::<&str>::new());
    }
}

//! Other people's programs that tests ask whether ours is right. README.md lists them, and `.ci/run` installs them.

use std::path::PathBuf;

use crate::workplace::{found, root, skipped};

/// Where an oracle is looked for.
enum Place {
    /// A program by this name on PATH.
    Path,
    /// Below `target/oracles`, where `.ci/run` puts it.
    Built(&'static str),
    /// Where Debian puts it.
    Debian(&'static str),
}

/// Every oracle, by the name that the README has for it.
const ORACLES: [(&str, Place); 25] = [
    ("bcpg", Place::Debian("/usr/share/java/bcpg.jar")),
    ("certtool", Place::Path),
    ("check-jsonschema", Place::Built("reports/bin/check-jsonschema")),
    ("chromium", Place::Path),
    ("cryptography", Place::Built("bin/python3")),
    ("curl", Place::Path),
    ("el2go-host", Place::Path),
    ("gpg", Place::Path),
    ("gpgconf", Place::Path),
    ("java", Place::Path),
    ("jq", Place::Path),
    ("junitparser", Place::Built("reports/bin/python")),
    ("keytool", Place::Path),
    ("kubernetes-validate", Place::Built("bin/kubernetes-validate")),
    ("lint_pkix_cert", Place::Path),
    ("node", Place::Path),
    ("openpgp", Place::Built("openpgpjs/node_modules/openpgp")),
    ("openssl", Place::Path),
    ("parallel", Place::Path),
    ("pkcs11-tool", Place::Path),
    ("python3", Place::Path),
    ("sarif", Place::Built("reports/bin/sarif")),
    ("serde-sarif", Place::Built("sarif/schema.json")),
    ("softhsm2-util", Place::Path),
    ("sq", Place::Path),
];

/// Programs of every Linux system, or of every machine that builds this project.
pub const SYSTEM: [&str; 12] = [
    "bash",
    "cargo",
    "git",
    "grep",
    "mkfifo",
    "mount",
    "setpriv",
    "sh",
    "sha256sum",
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
    let path = match place {
        Place::Path => found(name),
        Place::Built(path) => Some(root().join("target/oracles").join(path)),
        Place::Debian(path) => Some(PathBuf::from(path)),
    };
    let path = path.filter(|path| path.exists());
    if path.is_none() {
        skipped(&format!("{name} is not installed"));
    }
    path
}

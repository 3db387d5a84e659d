//! The table of other people's programs that tests ask, for the build script and for the tests.

use std::path::{Path, PathBuf};

/// Where an oracle is looked for.
pub enum Place {
    /// A program by this name on PATH.
    Path,
    /// Below `target/oracles`, where `.ci/run` puts it.
    Built(&'static str),
    /// Where Debian puts it.
    Debian(&'static str),
}

/// Every oracle, by the name that CONTRIBUTING.md has for it.
pub const ORACLES: [(&str, Place); 30] = [
    ("bcpg", Place::Debian("/usr/share/java/bcpg.jar")),
    ("certtool", Place::Path),
    ("check-jsonschema", Place::Built("reports/bin/check-jsonschema")),
    ("chromium", Place::Path),
    ("cryptography", Place::Built("bin/python3")),
    ("curl", Place::Path),
    ("el2go-helper", Place::Path),
    ("el2go-host", Place::Path),
    ("fish", Place::Path),
    ("gpg", Place::Path),
    ("gpgconf", Place::Path),
    ("java", Place::Path),
    ("jq", Place::Path),
    ("junitparser", Place::Built("reports/bin/python")),
    ("keytool", Place::Path),
    ("kubernetes-validate", Place::Built("bin/kubernetes-validate")),
    ("lint_pkix_cert", Place::Path),
    ("mandoc", Place::Path),
    ("mdbook", Place::Built("book/bin/mdbook")),
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
    ("zsh", Place::Path),
];

/// Where a program is, by PATH.
pub fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

impl Place {
    /// Where the oracle of this name is; `None` when it is not installed. `root` is the folder of the project.
    pub fn find(&self, name: &str, root: &Path) -> Option<PathBuf> {
        let path = match self {
            Self::Path => on_path(name),
            Self::Built(path) => Some(root.join("target/oracles").join(path)),
            Self::Debian(path) => Some(PathBuf::from(path)),
        };
        path.filter(|path| path.exists())
    }
}

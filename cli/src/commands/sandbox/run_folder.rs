//! The folder of one run of the sandbox: for this user alone, and gone when the run is over.

use std::io;
use std::path::Path;

const PREFIX: &str = "el2g-sandbox-";

/// The folder, until it is dropped.
#[cfg(unix)]
pub struct RunFolder(tempfile::TempDir);

#[cfg(unix)]
impl RunFolder {
    /// Makes it among the temporary files.
    pub fn make() -> io::Result<Self> {
        use std::os::unix::fs::PermissionsExt as _;
        let alone = std::fs::Permissions::from_mode(0o700);
        tempfile::Builder::new().prefix(PREFIX).permissions(alone).tempdir().map(Self)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.0.path()
    }
}

/// The folder, until it is dropped.
#[cfg(windows)]
pub struct RunFolder(std::path::PathBuf);

#[cfg(windows)]
impl RunFolder {
    /// Makes it among the temporary files.
    pub fn make() -> io::Result<Self> {
        use el2g_key_payload::{Entropy as _, SystemEntropy};
        let mut random = [0; 8];
        SystemEntropy.fill(&mut random).map_err(io::Error::other)?;
        let name = format!("{PREFIX}{}", base16ct::lower::encode_string(&random));
        let path = std::env::temp_dir().join(name);
        el2g_files::create_folder(&path, el2g_files::Visibility::Secret)?;
        Ok(Self(path))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

#[cfg(windows)]
impl Drop for RunFolder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

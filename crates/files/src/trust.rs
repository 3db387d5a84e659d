//! Who may have written this file: the one decision whether another user can change what is read.
//!
//! A file is checked together with its path: every folder and every symbolic link from the root on. Anyone who can
//! write to one of these folders can put another file in the place of the one that was meant.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::access::OwnerId;
use crate::judge::Judge;
use crate::untrusted::{Place, UntrustedFile};

/// Purpose of a file, which says how strictly it is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileRole {
    /// A key, payload, token, passphrase or PIN: no group and nobody else may write to it, whatever is allowed.
    Secret,
    /// It decides what happens: a config, pin, recipient, trusted certificate, list of rules.
    Deciding,
    /// It runs, or says what is run: a module, a config with a command. Nothing relaxes the check.
    Code,
}

/// Whether secret files that group or others can read are accepted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Readability {
    /// They are refused.
    #[default]
    OwnerOnly,
    /// They are accepted (`--allow-readable-secrets`).
    Anyone,
}

/// Called with a file that was accepted although others can change it.
pub type OnAccepted = Arc<dyn Fn(&UntrustedFile) + Send + Sync>;

/// Which files are accepted as input. The default accepts the files of this user and of root that nobody else can
/// read (secrets) or change (all).
#[derive(Clone, Default)]
pub struct InputPolicy {
    /// Secret files that others can read.
    pub readability: Readability,
    /// Users who are trusted besides this one and root (`--trust-owner`). Never for [`FileRole::Code`].
    pub owners: Vec<OwnerId>,
    /// Accept files in folders that others can write to (`--allow-writable-inputs`). Never for [`FileRole::Code`], and
    /// never a file that others can write to itself.
    pub writable_inputs: bool,
    /// Called with each file that is accepted only because of `writable_inputs`.
    pub on_accepted: Option<OnAccepted>,
}

impl std::fmt::Debug for InputPolicy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InputPolicy")
            .field("readability", &self.readability)
            .field("owners", &self.owners)
            .field("writable_inputs", &self.writable_inputs)
            .finish_non_exhaustive()
    }
}

/// Why a file is not used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrustError {
    /// Another user can change it.
    #[error("{0}")]
    Untrusted(Box<UntrustedFile>),
    /// It, or a folder or link on its way, cannot be examined.
    #[error("{}: cannot be read: {}", crate::unread::unread_name(.path, *.kind), el2g_key_payload::io_reason(*.kind))]
    Io {
        /// The file.
        path: PathBuf,
        /// The reason that the operating system gave.
        kind: io::ErrorKind,
    },
}

impl InputPolicy {
    /// What becomes of a file that somebody else can change.
    pub(crate) fn accept(&self, untrusted: UntrustedFile) -> Result<(), TrustError> {
        // A folder is often open because of how it was mounted or checked out. A file that is open was written by anyone.
        let is_accepted = self.writable_inputs
            && !untrusted.is_foreign
            && untrusted.role != FileRole::Code
            && untrusted.place != Place::File;
        if !is_accepted {
            return Err(TrustError::Untrusted(Box::new(untrusted)));
        }
        if let Some(on_accepted) = &self.on_accepted {
            on_accepted(&untrusted);
        }
        Ok(())
    }

    /// Checks the file at `path` and everything on its way. The file is not opened.
    ///
    /// # Errors
    /// [`TrustError`]
    pub fn check(&self, path: &Path, role: FileRole) -> Result<(), TrustError> {
        Judge::new(self, path, role).walk()
    }

    /// Checks a file that is open: its own owner and permissions. With [`Self::check`] before it, nothing can be put in the
    /// file's place between the two.
    ///
    /// # Errors
    /// [`TrustError`]
    pub fn check_opened(&self, path: &Path, file: &File, role: FileRole) -> Result<(), TrustError> {
        Judge::new(self, path, role).opened(file)
    }
}

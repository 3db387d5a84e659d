//! The OpenPGP key that customers encrypt to: kept in the state, kept in a folder, given, or made.
//! Making one takes a second or so, hence it happens in the background while the sandbox answers.

use std::path::Path;
use std::sync::OnceLock;

use el2g_files::SecretFileError;
use el2g_key_payload::{SecretBytes, SystemEntropy};
use el2g_openpgp_envelope::{
    KeyError, RecipientSecret, Timestamp, generate_recipient_key, public_of,
};

use crate::kept_file;
use crate::options::KeySource;
use crate::store::{Store, StoreError};

/// The user id of a key made here: nobody should take it for the real service's.
pub(crate) const USER_ID: &str = "el2g sandbox (not EdgeLock 2GO) <sandbox@localhost>";

const SETTING: &str = "recipient-secret-key";
const FILE: &str = "recipient-secret.asc";

/// Why there is no OpenPGP key.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RecipientError {
    /// The key cannot be made or read.
    #[error("the sandbox's OpenPGP key cannot be used")]
    Key(#[from] KeyError),
    /// The state cannot keep it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The kept key cannot be used.
    #[error(transparent)]
    Kept(#[from] SecretFileError),
}

/// The key.
pub(crate) struct Recipient {
    /// Opens messages.
    pub secret: RecipientSecret,
    /// What customers encrypt to, armored.
    pub public_armored: String,
}

/// The key, once it is there.
#[derive(Default)]
pub(crate) struct RecipientSlot(OnceLock<Result<Recipient, RecipientError>>);

impl RecipientSlot {
    /// Waits for the key; blocks the thread.
    ///
    /// # Errors
    /// When it could not be made.
    pub(crate) fn wait(&self) -> Result<&Recipient, &RecipientError> {
        self.0.wait().as_ref()
    }

    /// Finds or makes the key; once.
    pub(crate) fn fill(&self, store: &Store, source: KeySource, now: Timestamp) {
        self.0.get_or_init(|| prepare(store, source, now));
    }
}

fn prepare(store: &Store, source: KeySource, now: Timestamp) -> Result<Recipient, RecipientError> {
    let kept = store.setting(SETTING)?.map(SecretBytes::new);
    let new = kept.is_none();
    let secret = match (kept, source) {
        (Some(kept), _) => kept,
        (None, KeySource::Given(given)) => given,
        (None, KeySource::Folder(folder)) => from_folder(&folder, now)?,
        (None, KeySource::Generated) => generate(now)?,
    };
    let recipient = Recipient {
        secret: RecipientSecret::open(&secret, None)?,
        public_armored: public_of(&secret)?,
    };
    if new {
        store.set_setting(SETTING, secret.expose())?;
    }
    Ok(recipient)
}

fn generate(now: Timestamp) -> Result<SecretBytes, KeyError> {
    Ok(generate_recipient_key(USER_ID, now, &mut SystemEntropy)?.secret_armored)
}

/// Reads the folder's key, or makes it. Of two that start at the same time one wins. Where the folder
/// cannot be written (a read-only home) the key serves this start only: nothing but speed is lost.
fn from_folder(folder: &Path, now: Timestamp) -> Result<SecretBytes, RecipientError> {
    let path = folder.join(FILE);
    if let Some(kept) = kept_file::read(&path)? {
        return Ok(kept);
    }
    let secret = generate(now)?;
    match kept_file::keep(&path, &secret) {
        Ok(true) | Err(_) => Ok(secret),
        Ok(false) => Ok(kept_file::read(&path)?.unwrap_or(secret)),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn makes_a_key_where_none_can_be_kept() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("file");
        fs::write(&file, "").expect("a file");
        let secret = from_folder(&file.join("sandbox"), Timestamp(1_700_000_000)).expect("a key");
        assert!(RecipientSecret::open(&secret, None).is_ok());
        assert_eq!(fs::read(&file).expect("still a file"), b"");
    }

    #[test]
    fn keeps_the_key_for_the_next_start() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let place = folder.path().join("el2g").join("sandbox");
        let first = from_folder(&place, Timestamp(1_700_000_000)).expect("a key");
        let second = from_folder(&place, Timestamp(1_800_000_000)).expect("the same key");
        assert!(first.expose() == second.expose());
    }
}

//! The key that messages are encrypted to.

use serde::Serialize;

use crate::finding::Finding;
use crate::{Fingerprint, KeyError, KeyId, Timestamp};

/// A public key that messages can be encrypted to.
pub struct Recipient {
    report: RecipientReport,
}

impl Recipient {
    /// Reads a public key and makes sure that messages can be encrypted to it.
    ///
    /// # Errors
    /// [`RecipientError`]: unreadable, or readable and refused.
    pub fn read(bytes: &[u8], now: Timestamp) -> Result<Self, RecipientError> {
        let report = examine_recipient(bytes, now)?;
        Ok(Self { report })
    }

    /// What was found out about it.
    pub fn report(&self) -> &RecipientReport {
        &self.report
    }
}

/// Says what a public key is and whether messages can be encrypted to it, usable or not.
///
/// # Errors
/// [`KeyError`] when the file cannot be read as one public key.
pub fn examine_recipient(bytes: &[u8], now: Timestamp) -> Result<RecipientReport, KeyError> {
    let _ = (bytes, now);
    Err(KeyError::Empty)
}

/// Why a recipient cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecipientError {
    /// The file cannot be read as one public key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// It is a public key, and no message may be encrypted to it.
    #[error("{}", .report.refusal())]
    Refused {
        /// What was found out about it.
        report: Box<RecipientReport>,
    },
}

/// What is known of a recipient; serialises as `el2g pgp recipient -o json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RecipientReport {
    /// The primary key's fingerprint.
    pub fingerprint: Fingerprint,
    /// The primary key's id.
    pub key_id: KeyId,
    /// Every user id.
    pub user_ids: Vec<String>,
    /// The size of the primary key.
    pub bits: u32,
    /// When the primary key was made.
    pub created: Timestamp,
    /// The subkey that messages are encrypted to.
    pub encryption_subkey: Option<EncryptionSubkey>,
    /// The hash of the newest self-signature, for example `SHA1`.
    pub self_signature_hash: Option<String>,
    /// Whether it is the EdgeLock 2GO key that AN12642 publishes.
    pub known_edgelock_key: bool,
    /// What to know about it.
    pub findings: Vec<Finding>,
}

impl RecipientReport {
    fn refusal(&self) -> String {
        String::new()
    }
}

/// The subkey that messages are encrypted to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EncryptionSubkey {
    /// Its id.
    pub key_id: KeyId,
    /// Its size.
    pub bits: u32,
}

//! Failures of files: inputs, outputs, journals and batches.

use el2g_files::{OutputFileError, SecretFileError, TrustError, UntrustedFile, hide_command};

use super::{Failure, FailureKind};
use crate::{BatchError, JournalError, ManifestError, PartitionError, RecordError};

impl From<OutputFileError> for Failure {
    fn from(error: OutputFileError) -> Self {
        let failure = Self::from_error(FailureKind::Input, &error);
        match error {
            OutputFileError::Exists { .. } => {
                failure.with_hint("name another file, or --force to overwrite it for good")
            }
            OutputFileError::NoFolder { .. } => failure.with_hint("create the folder first"),
            OutputFileError::Changed { .. } => failure.with_hint(
                "find out who else writes to this folder; write to a folder of your own",
            ),
            OutputFileError::Directory { .. }
            | OutputFileError::NotAFile { .. }
            | OutputFileError::Io { .. } => failure,
        }
    }
}

impl From<SecretFileError> for Failure {
    fn from(error: SecretFileError) -> Self {
        let failure = Self::from_error(FailureKind::Input, &error);
        match error {
            SecretFileError::ReadableByOthers { path, .. } => failure.with_hint(format!(
                "{} (and think of the secret as known to who could read it), or --allow-readable-secrets",
                hide_command(&path)
            )),
            SecretFileError::Untrusted(found) => failure.with_option_of(&found),
            SecretFileError::Directory { .. }
            | SecretFileError::TooLarge { .. }
            | SecretFileError::Io { .. } => failure,
        }
    }
}

impl From<RecordError> for Failure {
    fn from(error: RecordError) -> Self {
        match error {
            RecordError::File(error) => error.into(),
            RecordError::NotARecord { .. } => Self::from_error(FailureKind::Input, &error)
                .with_hint("name a new file with --record, or a record that this program wrote"),
        }
    }
}

impl From<TrustError> for Failure {
    fn from(error: TrustError) -> Self {
        let failure = Self::from_error(FailureKind::Input, &error);
        match error {
            TrustError::Untrusted(found) => failure.with_option_of(&found),
            TrustError::Io { .. } => failure,
        }
    }
}

impl Failure {
    /// The option that accepts the file as it is; the message itself names the fix.
    fn with_option_of(self, found: &UntrustedFile) -> Self {
        match found.option() {
            Some(option) => self.with_hint(format!("if this is intended, pass {option}")),
            None => self,
        }
    }
}

impl From<JournalError> for Failure {
    fn from(error: JournalError) -> Self {
        let failure = Self::from_error(FailureKind::Input, &error);
        match error {
            JournalError::InUse { .. } => failure.with_hint("wait for the other run to end"),
            JournalError::OfSomethingElse { path, .. } => failure.with_hint(format!(
                "run it with the values it was begun with, or name another journal with --journal; remove {} only \
                 when nothing of it is needed",
                path.display()
            )),
            JournalError::Damaged { .. } => {
                failure.with_hint("name another file with --journal; this one is left as it is")
            }
            JournalError::File(_) => {
                failure.with_hint("name another file with --journal: a new one, or a journal to resume")
            }
            JournalError::Io { .. } => failure,
        }
    }
}

impl From<BatchError> for Failure {
    fn from(error: BatchError) -> Self {
        let failure = Self::from_error(FailureKind::Input, &error);
        match error {
            BatchError::Journal(error) => error.into(),
            BatchError::Manifest { error, .. } => match error {
                ManifestError::SecretColumn { .. } => failure.with_hint(
                    "put each key into a file that only you can read; `raw` says that one holds bytes instead of hex",
                ),
                ManifestError::UnknownColumn { .. } | ManifestError::NoColumn { .. } => failure
                    .with_hint(
                        "columns are separated by commas; `el2g pgp seal-batch --help` lists them",
                    ),
                _ => failure,
            },
            BatchError::GeneratedLost { .. } => Self { kind: FailureKind::Usage, ..failure }
                .with_hint("keep copies with --escrow-to and --escrow-dir, or say --discard-plaintext; nothing was sealed"),
            BatchError::Changed { .. } => failure.with_hint(
                "use the values it was begun with, or name another folder with --out-dir",
            ),
            BatchError::ResultsExist { .. } => {
                failure.with_hint("name another folder with --out-dir, or move the file away")
            }
            BatchError::Results { .. } | BatchError::ResultsOrder { .. } => failure.with_hint(
                "the results were changed by something else; begin again in another folder",
            ),
            BatchError::Appeared { .. } => {
                failure.with_hint("move that file away and run the same command again")
            }
            BatchError::Seal { error, .. } => {
                let Self { kind, hint, .. } = error.into();
                Self { kind, hint, ..failure }
            }
            BatchError::Entropy { .. } => Self { kind: FailureKind::Bug, ..failure },
            BatchError::EscrowFolder { .. } => {
                failure.with_hint("name another folder with --escrow-dir")
            }
            BatchError::ForeignFolder { .. } => failure.with_hint(
                "somebody else may have changed what waits there: seal again into another folder with --out-dir",
            ),
            BatchError::ResultsUnread { .. }
            | BatchError::NoFolder { .. }
            | BatchError::Io { .. }
            | BatchError::Stopped => failure,
        }
    }
}

impl From<PartitionError> for Failure {
    fn from(error: PartitionError) -> Self {
        Self::from_error(FailureKind::Usage, &error)
    }
}

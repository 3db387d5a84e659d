//! Failures of batches.

use super::{Failure, FailureKind};
use crate::{BatchError, ManifestError, PartitionError};

impl From<BatchError> for Failure {
    fn from(error: BatchError) -> Self {
        let failure = Self::from_error(FailureKind::Input, &error);
        match error {
            BatchError::Journal(error) => error.into(),
            BatchError::Manifest { error, .. } => match error {
                ManifestError::SecretColumn { .. } => failure.with_hint(
                    "chmod 600 each file; `raw` says that one holds bytes instead of hex",
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

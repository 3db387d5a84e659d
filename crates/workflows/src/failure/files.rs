//! Failures of `el2g-files`.

use el2g_files::{OutputFileError, SecretFileError, TrustError, UntrustedFile};

use super::{Failure, FailureKind};
use crate::RecordError;

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
                "chmod 600 {} (and think of the secret as known to who could read it), or --allow-readable-secrets",
                path.display()
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

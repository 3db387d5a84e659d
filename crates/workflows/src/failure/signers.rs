//! Failures of `el2g-signers`.

use el2g_signers::SecretFileError;

use super::{Failure, FailureKind};

impl From<SecretFileError> for Failure {
    fn from(error: SecretFileError) -> Self {
        let failure = Self::from_error(FailureKind::Input, &error);
        match error {
            SecretFileError::ReadableByOthers { path, .. } => failure.with_hint(format!(
                "chmod 600 {} (and think of the secret as known to who could read it), or --allow-readable-secrets",
                path.display()
            )),
            SecretFileError::Directory { .. }
            | SecretFileError::TooLarge { .. }
            | SecretFileError::Io { .. } => failure,
        }
    }
}

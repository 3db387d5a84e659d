//! Failures of `el2g-signers`.

use el2g_signers::{KeyPlaceError, SecretFileError};

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

impl From<KeyPlaceError> for Failure {
    fn from(error: KeyPlaceError) -> Self {
        let failure = Self::from_error(FailureKind::Usage, &error);
        match error {
            KeyPlaceError::PinInUri => failure.with_hint(
                "take the PIN out (and change it); name a file with pin-source=file:/path, or be asked for it",
            ),
            KeyPlaceError::Malformed { .. } => failure,
        }
    }
}

//! Failures of claim codes' secrets.

use el2g_key_payload::ClaimSecretError;

use super::{Failure, FailureKind};

impl From<ClaimSecretError> for Failure {
    fn from(error: ClaimSecretError) -> Self {
        let failure = Self::from_error(FailureKind::Input, &error);
        match error {
            ClaimSecretError::Entropy(cause) => cause.into(),
            _ => failure.with_hint("`el2g claim-code generate` makes one"),
        }
    }
}

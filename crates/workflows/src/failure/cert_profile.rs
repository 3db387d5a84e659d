//! Failures of `el2g-cert-profile`.

use el2g_cert_profile::UnreadableReference;

use super::{Failure, FailureKind};

impl From<UnreadableReference> for Failure {
    fn from(error: UnreadableReference) -> Self {
        Self::from_error(FailureKind::Input, &error)
    }
}

//! Failures of `el2g-pem-line`.

use el2g_pem_line::PemLineError;

use super::x509::converted;
use super::{Failure, FailureKind};

impl From<PemLineError> for Failure {
    fn from(error: PemLineError) -> Self {
        let failure = converted(Self::from_error(FailureKind::Input, &error), error.conversion());
        match error {
            PemLineError::Ambiguous { .. } => failure.with_hint("give only the field you mean"),
            PemLineError::AlreadyEscaped => {
                failure.with_hint("it can be used as it is; `el2g pem unescape` turns it back")
            }
            _ => failure,
        }
    }
}

//! Failures of `el2g-pem-line`.

use el2g_pem_line::PemLineError;

use super::{Failure, FailureKind};

impl From<PemLineError> for Failure {
    fn from(error: PemLineError) -> Self {
        let failure = Self::from_error(FailureKind::Input, &error);
        match error {
            PemLineError::Ambiguous { .. } => failure.with_hint("give only the field you mean"),
            PemLineError::AlreadyEscaped => {
                failure.with_hint("it can be used as it is; `el2g pem unescape` turns it back")
            }
            PemLineError::Utf16 => failure.with_hint("save the file as UTF-8"),
            PemLineError::Unterminated { .. } | PemLineError::WrongEnd { .. } => {
                failure.with_hint("the file is cut off or was damaged: fetch it again")
            }
            _ => failure,
        }
    }
}

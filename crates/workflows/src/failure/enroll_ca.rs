//! Failures of enrolments and proofs of possession.

use super::{Failure, FailureKind};
use crate::{CodeError, EnrolmentError};

impl From<EnrolmentError> for Failure {
    fn from(error: EnrolmentError) -> Self {
        let failure = Self::from_error(FailureKind::Input, &error);
        match error {
            EnrolmentError::Algorithm { .. } => failure.with_hint(
                "NIST_P256 is what section 6 takes; --rules api-algorithms checks with the API's other algorithms too",
            ),
            EnrolmentError::Length { .. } | EnrolmentError::Country(_) => failure,
        }
    }
}

impl From<CodeError> for Failure {
    fn from(error: CodeError) -> Self {
        Self::from_error(FailureKind::Input, &error)
            .with_hint("give the code as the cloud shows it, without quotes or blanks")
    }
}

//! Failures of journals.

use super::{Failure, FailureKind};
use crate::JournalError;

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

//! Failures of writing files.

use super::{Failure, FailureKind};
use crate::OutputFileError;

impl From<OutputFileError> for Failure {
    fn from(error: OutputFileError) -> Self {
        let failure = Self::from_error(FailureKind::Input, &error);
        match error {
            OutputFileError::Exists { .. } => {
                failure.with_hint("name another file, or --force to overwrite it for good")
            }
            OutputFileError::NoFolder { .. } => failure.with_hint("make the folder first"),
            OutputFileError::Directory { .. }
            | OutputFileError::NotAFile { .. }
            | OutputFileError::Io { .. } => failure,
        }
    }
}

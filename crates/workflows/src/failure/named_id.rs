//! Failures of names that were typed for ids.

use super::{Failure, FailureKind};
use crate::named_id::{NameError, listed};

impl From<NameError> for Failure {
    fn from(error: NameError) -> Self {
        let failure = Self::from_error(FailureKind::Input, &error);
        match error {
            NameError::Unknown { similar, list, .. } if similar.is_empty() => {
                failure.with_hint(format!("expected an id or an exact name: `{list}` lists them"))
            }
            NameError::Unknown { similar, list, .. } => {
                failure.with_hint(format!("did you mean {}? `{list}` lists them", listed(&similar)))
            }
            NameError::Ambiguous { .. } => {
                failure.with_hint("give the id of the one that is meant")
            }
        }
    }
}

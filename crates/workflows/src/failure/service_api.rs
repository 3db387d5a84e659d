//! Failures of `el2g-service-api`.

use el2g_service_api::DeviceUidError;

use super::{Failure, FailureKind};

impl From<DeviceUidError> for Failure {
    fn from(error: DeviceUidError) -> Self {
        let failure = Self::from_error(FailureKind::Input, &error);
        match error {
            DeviceUidError::Ambiguous { .. } => {
                failure.with_hint("say which with --hex or --decimal")
            }
            DeviceUidError::Empty
            | DeviceUidError::NotADigit { .. }
            | DeviceUidError::TooLarge
            | DeviceUidError::Zero => failure,
        }
    }
}

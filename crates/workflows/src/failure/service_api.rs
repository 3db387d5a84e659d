//! Failures of `el2g-service-api`.

use el2g_service_api::DeviceUidError;

use super::{Failure, FailureKind};

impl From<DeviceUidError> for Failure {
    fn from(error: DeviceUidError) -> Self {
        let failure = Self::from_error(FailureKind::Input, &error);
        match error {
            DeviceUidError::WrongLength { .. } => failure.with_hint(
                "copy the whole id: `sscli se05x uid` prints 36 digits that begin with 04; 0x before up to 31 digits makes them a number",
            ),
            DeviceUidError::Ambiguous { .. } => {
                failure.with_hint("say which with --hex or --decimal")
            }
            DeviceUidError::Floating => failure.with_hint(
                "take the id as text from where it came: a program that reads JSON numbers made this one",
            ),
            DeviceUidError::Empty
            | DeviceUidError::NotADigit { .. }
            | DeviceUidError::TooLarge
            | DeviceUidError::Zero => failure,
        }
    }
}

//! Device ids as they are typed.

use el2g_service_api::DeviceId;
use el2g_workflows::{Failure, ListedDevice};

use crate::Result;

/// A device id in decimal or hexadecimal, as it is sent: decimal. What could be either is refused.
pub fn typed(text: &str) -> Result<DeviceId> {
    Ok(typed_device(text)?.id)
}

/// The same, with how it was typed.
pub fn typed_device(text: &str) -> Result<ListedDevice> {
    ListedDevice::typed(text.trim()).map_err(|error| {
        Failure::usage(format!("device id `{text}`: {error}"))
            .with_hint("`el2g device uid` converts between decimal and hexadecimal")
    })
}

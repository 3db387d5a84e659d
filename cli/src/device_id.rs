//! Device ids as they are typed.

use el2g_service_api::{DeviceId, DeviceUid};
use el2g_workflows::Failure;

use crate::Result;

/// A device id in decimal or hexadecimal, as it is sent: decimal. What could be either is refused.
pub fn typed(text: &str) -> Result<DeviceId> {
    let uid = DeviceUid::parse(text.trim()).map_err(|error| {
        Failure::usage(format!("device id `{text}`: {error}"))
            .with_hint("`el2g device uid` converts between decimal and hexadecimal")
    })?;
    Ok(uid.to_device_id())
}

//! Operations about which devices are in which group, and what is provisioned to them: reads of it may lag behind changes.

use el2g_service_api::device_groups::UnclaimAllDevices;
use el2g_service_api::devices::{
    AddDevices, ListDevices, ListGroupDevices, ShowDevice, UnclaimDevices,
};
use el2g_service_api::products::ShowDeviceProduct;
use el2g_service_api::provisionings::{ListDeviceProvisionings, ListObjectProvisionings};
use el2g_service_api::{Endpoint, Operation as _};

use crate::call::Call;
use crate::refusal::{GROUP_NOT_FOUND, OBJECT_NOT_FOUND, Refusal};
use crate::store::lag::lagging;

/// What changes it.
const CHANGES: [&str; 3] = [AddDevices::NAME, UnclaimDevices::NAME, UnclaimAllDevices::NAME];

/// What reads it.
const READS: [&str; 6] = [
    ListDevices::NAME,
    ShowDevice::NAME,
    ListGroupDevices::NAME,
    ShowDeviceProduct::NAME,
    ListObjectProvisionings::NAME,
    ListDeviceProvisionings::NAME,
];

/// What `handle` answers: a read may see an earlier state, and the state before a change is kept for such reads.
///
/// # Errors
/// Those of `handle`.
pub(crate) fn answer<T>(
    call: &Call<'_>,
    endpoint: &Endpoint,
    handle: impl Fn() -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    let now = call.now();
    call.store.forget_earlier(now);
    if CHANGES.contains(&endpoint.name) {
        call.store.keep_earlier(now)?;
    }
    if !READS.contains(&endpoint.name) {
        return handle();
    }
    match lagging(&handle) {
        // Groups and objects are there at once.
        Err(refusal) if [&GROUP_NOT_FOUND, &OBJECT_NOT_FOUND].contains(&refusal.problem) => {
            handle()
        }
        answered => answered,
    }
}

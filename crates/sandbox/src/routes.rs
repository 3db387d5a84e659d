//! Which handler does which operation. Methods, paths and statuses come from the catalogue of
//! `el2g-service-api`, so the sandbox's routes cannot drift from it.

use el2g_service_api::Endpoint;
use serde_json::Value;

use crate::call::{Call, Reply};
use crate::handlers::{device_groups, devices, products};
use crate::refusal::Refusal;
use crate::service::Service;

/// The function that does an operation.
#[derive(Clone, Copy)]
pub enum Handler {
    /// It reads no body.
    Plain(fn(&Service, &Call) -> Result<Reply, Refusal>),
    /// It reads a JSON body.
    WithBody(fn(&Service, &Call, &Value) -> Result<Reply, Refusal>),
}

use Handler::{Plain, WithBody};

/// The handlers by the section of AN12642 that describes the operation.
static HANDLERS: &[(&str, Handler)] = &[
    ("4.1.1", WithBody(device_groups::create)),
    ("4.1.2", WithBody(devices::add)),
    ("4.3.1", Plain(products::list)),
    ("4.3.2", Plain(products::hardware_types)),
    ("4.3.3", Plain(products::boards)),
    ("4.3.4", Plain(device_groups::list)),
    ("4.3.5", Plain(device_groups::show)),
    ("4.3.6", Plain(devices::list)),
    ("4.3.7", Plain(devices::show)),
    ("4.3.8", Plain(devices::of_group)),
    ("4.3.9", Plain(products::of_device)),
    ("4.3.10", WithBody(devices::unclaim)),
    ("4.3.11", Plain(devices::unclaim_all)),
    ("4.3.12", Plain(device_groups::delete)),
    ("4.3.13", WithBody(device_groups::rename)),
];

/// The handler of an operation.
#[must_use]
pub fn handler(endpoint: &Endpoint) -> Option<Handler> {
    HANDLERS.iter().find(|(section, _)| *section == endpoint.section).map(|(_, handler)| *handler)
}

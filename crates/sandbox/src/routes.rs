//! Which handler does which operation. Methods, paths and statuses come from the catalogue of
//! `el2g-service-api`, so the sandbox's routes cannot drift from it.

use el2g_service_api::{CATALOGUE, Endpoint};
use serde_json::Value;

use crate::call::{Call, Reply};
use crate::handlers::{
    activity, assignments, claim_codes, device_groups, devices, intermediate_cas, products,
    provisionings, secure_objects, settings,
};
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
    ("4.1.3", WithBody(secure_objects::create)),
];

/// The handler of an operation.
#[must_use]
pub fn handler(endpoint: &Endpoint) -> Option<Handler> {
    HANDLERS
        .iter()
        .find(|(section, _)| *section == endpoint.section)
        .map(|(_, handler)| *handler)
}

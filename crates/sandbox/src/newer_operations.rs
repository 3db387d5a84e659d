//! Operations that AN12642 rev 1.0 does not have and that NXP's newer clients (`el2go-host` and the
//! library of the PyPI package `spsdk`) call: offline provisioning of devices, and jobs. They are
//! not part of the 57; what they answer is read from those clients.

use el2g_service_api::{Method, Operation, PathParameters as _, ReplyKind};
use serde::Serialize;

use crate::call::Call;
use crate::handlers::{jobs, offline_provisionings};
use crate::refusal::{self, INTERNAL, Refusal};
use crate::routes::Handler;

/// The path of a request that names the same as the operation `O`.
///
/// # Errors
/// 404 for a value that can name nothing.
pub fn path_of<O: Operation>(call: &Call<'_>) -> Result<O::Path, Refusal> {
    O::Path::from_values(&|name| call.request.path_text(name))
        .map_err(|error| refusal::of_path::<O>(&error))
}

/// An answer of these operations.
///
/// # Errors
/// 500 when it cannot be written as JSON.
pub fn encoded(answer: &impl Serialize) -> Result<Vec<u8>, Refusal> {
    serde_json::to_vec(answer).map_err(|error| Refusal::new(&INTERNAL, error.to_string()))
}

/// One of them.
pub struct NewerOperation {
    /// Its method.
    pub method: Method,
    /// Its whole path: some of them are below `/api/v2`.
    pub path: &'static str,
    /// The status of success.
    pub success: u16,
    /// What the body of a successful reply is.
    pub reply: ReplyKind,
    /// What does it.
    pub handler: Handler,
}

/// All of them.
pub static NEWER_OPERATIONS: &[NewerOperation] = &[
    NewerOperation {
        method: Method::Post,
        path: "/api/v1/products/{12nc}/device-groups/{deviceGroupId}/register-devices",
        success: 202,
        // The job's id and nothing else: the client takes the text as it is.
        reply: ReplyKind::Text,
        handler: jobs::register_devices,
    },
    NewerOperation {
        method: Method::Get,
        path: "/api/v2/rtp/jobs/{jobId}",
        success: 200,
        reply: ReplyKind::Json,
        handler: jobs::show,
    },
    NewerOperation {
        method: Method::Post,
        path: "/api/v1/rtp/device-groups/{deviceGroupId}/devices/download-provisionings",
        success: 200,
        reply: ReplyKind::Json,
        handler: offline_provisionings::download,
    },
];

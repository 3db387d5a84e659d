//! What the service says when it refuses (section 5).

use serde::{Deserialize, Serialize};

use crate::{Json, Nullable};

/// One field of a request that the service refused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct FieldError {
    /// The field's name.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub field: Nullable<String>,
    /// What is wrong with it.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub description: Nullable<String>,
}

/// The body of an error. AN12642 does not show one; public clients read these fields.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ErrorBody {
    /// `ERR_<SERVICE>_<status>_<number>`, such as `ERR_SEDM_422_11`.
    #[schemars(regex(pattern = "^ERR_[A-Z]+_[0-9]{3}_[0-9]+$"))]
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub code: Nullable<String>,
    /// A text, or an object that depends on the error.
    #[schemars(extend("type" = ["string", "object", "null"]))]
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub details: Nullable<Json>,
    /// The fields that were refused.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub field_errors: Nullable<Vec<FieldError>>,
}

/// What section 5 of AN12642 says a status means, in short; `None` for a status that it does not list.
pub const fn status_meaning(status: u16) -> Option<&'static str> {
    Some(match status {
        200 => "done",
        202 => "accepted, still being processed",
        204 => "done, nothing to return",
        400 => "invalid parameters",
        401 => "credentials are missing or not valid",
        403 => "not allowed for these credentials",
        404 => "no such resource",
        405 => "the resource does not support this method",
        409 => "conflict with what is there",
        413 => "the request is too large",
        415 => "the format of the request is not supported",
        422 => "well-formed, but the instructions cannot be processed",
        500 => "internal error of the service",
        502 => "a gateway got an invalid response",
        503 => "temporarily overloaded or under maintenance",
        _ => return None,
    })
}

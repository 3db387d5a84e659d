//! `/openapi.json`: the operations as OpenAPI 3.1, from the same declarations as the routes.

use el2g_service_api::openapi::{Service, document as of_service};
use el2g_service_api::{ApiVersion, Json};

use crate::routes::refusals;

/// The document; `servers` are the base URLs of the fronts, `newer` those of the operations that AN12642 does not have.
#[must_use]
pub(crate) fn document(servers: &[String], newer: &dyn Fn(ApiVersion) -> String) -> Json {
    of_service(&Service {
        title: "el2g sandbox",
        version: env!("CARGO_PKG_VERSION"),
        description: "The operations of AN12642 section 4 as the el2g sandbox answers them, and those that NXP's newer clients call.",
        servers,
        newer: Some(newer),
        refusals: &refusals,
    })
}

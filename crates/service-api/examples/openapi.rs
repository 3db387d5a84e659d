//! Writes the OpenAPI document of the service, made of the same types that requests are sent with.
//!
//! `cargo run --example openapi > openapi.json`

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use el2g_service_api::openapi::{Service, document};

fn openapi() -> String {
    let servers = ["https://api.edgelock2go.com/api/v1".to_owned()];
    let document = document(&Service {
        title: "EdgeLock 2GO",
        version: "AN12642",
        description: "The operations of AN12642.",
        servers: &servers,
        newer: None,
        refusals: &|_| vec![400, 401, 403, 404],
    });
    format!("{document:#}")
}

fn main() {
    println!("{}", openapi());
}

#[test]
fn runs() {
    assert!(openapi().contains("\"/products/{12nc}/device-groups\""));
}

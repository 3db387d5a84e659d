#![no_main]
//! Fuzz target: OpenAPI files that are compared with our operations.

use el2g_service_api::contract;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(document) = contract::read(data) {
        let _ = contract::compare(&document);
    }
});

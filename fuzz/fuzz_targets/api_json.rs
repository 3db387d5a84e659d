#![no_main]
//! Fuzz target: requests and answers of every operation.

use el2g_service_api::{CATALOGUE, NEWER};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    for endpoint in CATALOGUE.iter().chain(NEWER) {
        let _ = (endpoint.reencode_body)(data);
        let _ = (endpoint.reencode_reply)(data);
    }
});

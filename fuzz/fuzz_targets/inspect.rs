#![no_main]
//! Fuzz target: OpenPGP messages seen from outside.

use el2g_openpgp_envelope::{InspectOptions, Timestamp, inspect};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let _ = inspect(data, &InspectOptions::outer(Timestamp(1_700_000_000)));
});

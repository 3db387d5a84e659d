#![no_main]
//! Fuzz target: ASCII armor, line by line (RFC 4880 section 6).

use el2g_openpgp_envelope::diagnose_armor;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let _ = diagnose_armor(data);
});

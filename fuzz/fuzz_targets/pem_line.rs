#![no_main]
//! Fuzz target: PEM on one line, JSON answers and damaged PEM.

use el2g_pem_line::{escape, normalise, unescape};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let _ = normalise(data);
    let Ok(text) = std::str::from_utf8(data) else { return };
    let _ = unescape(text);
    if let Ok(line) = escape(text) {
        assert!(!line.contains('\n'));
    }
});

#![no_main]
//! Fuzz target: key payloads from hex text (AN12642 section 12).

use el2g_key_payload::{Payload, PayloadKind, SecretBytes};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    for kind in PayloadKind::ALL {
        if let Ok(payload) = Payload::from_hex(kind, &SecretBytes::from_slice(data)) {
            let again = Payload::from_hex(kind, &payload.hex_text()).expect("its own hex text");
            assert_eq!(again.bytes(), payload.bytes());
        }
    }
});

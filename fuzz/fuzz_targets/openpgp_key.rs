#![no_main]
//! Fuzz target: OpenPGP recipients and signing keys.

use el2g_key_payload::SecretBytes;
use el2g_openpgp_envelope::{SigningKey, Timestamp, examine_recipient};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let now = Timestamp(1_700_000_000);
    let _ = examine_recipient(data, now);
    let _ = SigningKey::open(&SecretBytes::from_slice(data), None, now);
});

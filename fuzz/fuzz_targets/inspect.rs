#![no_main]
//! Fuzz target: OpenPGP messages seen from outside, and opened with a session key.

use el2g_key_payload::SecretBytes;
use el2g_openpgp_envelope::{InspectOptions, Timestamp, inspect};
use libfuzzer_sys::fuzz_target;

const SIGNER: &[u8] = include_bytes!("../../testdata/openpgp/rsa2048.pub.asc");

fuzz_target!(|data: &[u8]| {
    let outer = InspectOptions::outer(Timestamp(1_790_000_000));
    let _ = inspect(data, &outer);
    // AES-256 with a key of zeros: a message encrypted so is opened, whatever is in it.
    let session_key = SecretBytes::new(format!("9:{}", "0".repeat(64)).into_bytes());
    let inner =
        InspectOptions { session_key: Some(&session_key), signer_public: Some(SIGNER), ..outer };
    let _ = inspect(data, &inner);
});

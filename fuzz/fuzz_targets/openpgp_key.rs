#![no_main]
//! Fuzz target: OpenPGP recipients, keys of escrow copies, signing keys, and these locked.
//!
//! No passphrase is tried: what a key asks for (Argon2, iterations) is decided before, and its cost is the
//! library's own.

use el2g_key_payload::SecretBytes;
use el2g_openpgp_envelope::{EscrowKey, SigningKey, Timestamp, examine_recipient};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let now = Timestamp(1_790_000_000);
    let _ = examine_recipient(data, now);
    let _ = EscrowKey::read(data, now);
    let _ = SigningKey::open(&SecretBytes::from_slice(data), None, now);
});

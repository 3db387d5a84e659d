//! The hash of the keys that authenticate firmware: as long as a hash that devices have room for.

use el2g_key_payload::base64_bytes;
use el2g_service_client::BrokenRule;

use super::gate_rules::{KEY_HASH_LENGTH, broken};

/// SHA-256 of P-256 keys, SHA-384 of P-384 keys: what NXP's `spsdk` says of the RKTH of RW61x.
const LENGTHS: [usize; 2] = [32, 48];

/// Refuses what cannot be such a hash. `binary_file` is the base64 of the request.
pub(super) fn broken_by(binary_file: &str) -> Option<BrokenRule> {
    let found = base64_bytes(binary_file)?.len();
    let message = format!("found {found} bytes, expected 32 (SHA-256) or 48 (SHA-384)");
    (!LENGTHS.contains(&found)).then(|| broken(&KEY_HASH_LENGTH, "binaryFile", message))
}

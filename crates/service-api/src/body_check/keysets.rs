//! Bodies for the keys of key sets.

use el2g_key_payload::base64_bytes;

use super::{BodyFaults, CheckBody};
use crate::keysets::{CmacOrder, DigestToSign};

/// The lengths of SHA-256, SHA-384 and SHA-512.
const DIGEST_LENGTHS: [usize; 3] = [32, 48, 64];

impl CheckBody for DigestToSign {
    fn check(&self, faults: &mut BodyFaults) {
        let length = base64_bytes(&self.payload).map(|bytes| bytes.len());
        if !length.is_some_and(|length| DIGEST_LENGTHS.contains(&length)) {
            let found = length.map_or("no base64".to_owned(), |length| format!("{length} bytes"));
            let expected = "base64 of a SHA-256, SHA-384 or SHA-512 digest: 32, 48 or 64 bytes";
            faults.add("base64-form", "payload", found, expected);
        }
        faults.known("value-unknown", "signatureAlgorithm", &self.signature_algorithm);
    }
}

impl CheckBody for CmacOrder {
    fn check(&self, faults: &mut BodyFaults) {
        if base64_bytes(&self.payload).is_none() {
            faults.add("base64-form", "payload", "no base64", "base64 of the message");
        }
    }
}

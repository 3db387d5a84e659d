//! Private keys: PKCS#8 plain and encrypted, SEC1, PKCS#1; PEM and DER. An encrypted one is opened with the
//! passphrase of the corpus. Built for fuzzing, the library runs few rounds of key derivation before it refuses.

#![no_main]

use el2g_key_payload::SecretBytes;
use el2g_x509::{CertificateSigner, FileKey, FileKeyError};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let file = SecretBytes::from_slice(bytes);
    let key = match FileKey::read(&file, None) {
        Err(FileKeyError::PassphraseNeeded) => {
            FileKey::read(&file, Some(&SecretBytes::from_slice(b"correct horse")))
        }
        other => other,
    };
    if let Ok(key) = key {
        key.public_key().check_usable().expect("a key that was read can be used");
    }
});

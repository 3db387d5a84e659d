//! Private keys: PKCS#8 plain and encrypted, SEC1, PKCS#1; PEM and DER. The first octet says whether a passphrase is
//! given.

#![no_main]

use el2g_key_payload::SecretBytes;
use el2g_x509::{CertificateSigner, FileKey};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, file)) = bytes.split_first() else { return };
    let passphrase = (choice & 1 == 1).then(|| SecretBytes::from_slice(b"correct horse"));
    if let Ok(key) = FileKey::read(&SecretBytes::from_slice(file), passphrase.as_ref()) {
        key.public_key().check_usable().expect("a key that was read can be used");
    }
});

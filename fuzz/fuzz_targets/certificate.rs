//! Certificates in every form: PEM, DER, escaped lines, JSON. What is read is used in every way there is.

#![no_main]

use el2g_x509::{Certificate, Instant, verify_chain};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(certificate) = Certificate::read(bytes) else { return };
    assert_eq!(Certificate::from_der(certificate.der()).as_ref(), Ok(&certificate));
    let _ = certificate.public_key().check_usable();
    let _ = (certificate.basic_constraints(), certificate.key_usage());
    let _ = (certificate.subject_key_identifier(), certificate.authority_key_identifier());
    let _ = (certificate.extended_key_usage(), certificate.signature_algorithm().to_string());
    let _ = (certificate.subject().to_string(), certificate.issuer().to_string());
    assert!(certificate.subject().matches(certificate.subject()));
    // The chain's verdict holds the one on the signature.
    let _ = verify_chain(&[&certificate, &certificate], Instant::from_unix(1_790_000_000));
});

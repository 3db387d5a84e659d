//! Certificate requests in every form.

#![no_main]

use el2g_x509::CertificateRequest;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(request) = CertificateRequest::read(bytes) else { return };
    assert_eq!(CertificateRequest::read(request.to_pem().as_bytes()).as_ref(), Ok(&request));
    let _ = request.verify_signature();
    for extension in request.requested_extensions().unwrap_or_default() {
        let _ = (extension.basic_constraints(), extension.key_usage());
        let _ = (extension.authority_key_identifier(), extension.subject_key_identifier());
    }
    let _ = (request.subject().to_string(), request.public_key().check_usable());
});

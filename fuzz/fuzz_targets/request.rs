//! Certificate requests in every form.

#![no_main]

use el2g_cert_profile::{RuleSet, check_request};
use el2g_x509::CertificateRequest;
use el2g_x509::decoded::request::DecodedRequest;
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static RULES: LazyLock<RuleSet> = LazyLock::new(RuleSet::annex6);

fuzz_target!(|bytes: &[u8]| {
    let Ok(request) = CertificateRequest::read(bytes) else {
        // The rules read more than the strict decoder does.
        if let Ok(request) = DecodedRequest::read(bytes) {
            let _ = check_request(&request, None, None, &RULES);
        }
        return;
    };
    assert_eq!(CertificateRequest::from_der(request.der()).as_ref(), Ok(&request));
    for extension in request.requested_extensions().unwrap_or_default() {
        let _ = (extension.basic_constraints(), extension.key_usage());
        let _ = (extension.authority_key_identifier(), extension.subject_key_identifier());
    }
    let _ = (request.subject().to_string(), request.public_key().check_usable());
    let report = check_request(request.decoded(), None, None, &RULES);
    let verifies = request.verify_signature().is_ok();
    let complains = report.findings.iter().any(|finding| finding.rule == "request-signature-verifies");
    assert!(!(verifies && complains), "the rules refuse a signature that verifies");
});

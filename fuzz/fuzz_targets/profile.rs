#![no_main]
//! Fuzz target: the rules over a certificate, in each part it can play: the one judged, the root, the verification
//! certificate.

use std::sync::LazyLock;

use el2g_cert_profile::{Checker, RuleSet, VerificationInput, check_verification};
use el2g_x509::{Certificate, CertificateRequest, Instant};
use libfuzzer_sys::fuzz_target;

/// The other parts, as they should be.
struct Good {
    rules: RuleSet,
    certificate: Vec<u8>,
    root: Vec<u8>,
    request: Vec<u8>,
}

static GOOD: LazyLock<Good> = LazyLock::new(|| {
    let certificate = |pem: &[u8]| Certificate::read(pem).expect("test data").der().to_vec();
    Good {
        rules: RuleSet::annex6(),
        certificate: certificate(include_bytes!("../../testdata/x509/good/intermediate.pem")),
        root: certificate(include_bytes!("../../testdata/x509/good/root.pem")),
        request: CertificateRequest::read(include_bytes!("../../testdata/x509/good/request.pem"))
            .expect("test data")
            .der()
            .to_vec(),
    }
});

/// The root and the request are taken apart once.
static CHECKER: LazyLock<Checker<'static>> = LazyLock::new(|| {
    Checker::new(&GOOD.rules, AT)
        .with_root(&GOOD.root)
        .and_then(|checker| checker.with_request(&GOOD.request))
        .expect("test data")
});

const AT: Instant = Instant::from_unix(1_790_000_000);

fuzz_target!(|data: &[u8]| {
    let report = CHECKER.check(data);
    assert!(report.passed || !report.findings.is_empty(), "what fails has a finding");
    if let Ok(checker) = Checker::new(&GOOD.rules, AT).with_root(data) {
        let _ = checker.check(&GOOD.certificate);
        let verification =
            VerificationInput { certificate: data, ca: &GOOD.root, code: "code", cloud: None, at: AT };
        let _ = check_verification(&verification, &GOOD.rules);
    }
});

#![no_main]
//! Fuzz target: the rules over a certificate, in each part it can play: the one judged, the root, the verification
//! certificate.

use std::sync::LazyLock;

use el2g_cert_profile::{Checker, InputBlock, RuleSet, VerificationInput, check_verification};
use el2g_x509::Instant;
use el2g_x509::decoded::certificate::Decoded;
use el2g_x509::decoded::kept::{KeptCertificate, KeptRequest};
use libfuzzer_sys::fuzz_target;

/// The other parts, as they should be.
struct Good {
    rules: RuleSet,
    certificate: KeptCertificate,
    root: KeptCertificate,
    request: KeptRequest,
}

static GOOD: LazyLock<Good> = LazyLock::new(|| {
    let certificate = |pem: &[u8]| KeptCertificate::read(pem).expect("test data");
    Good {
        rules: RuleSet::annex6(),
        certificate: certificate(include_bytes!("../../testdata/x509/good/intermediate.pem")),
        root: certificate(include_bytes!("../../testdata/x509/good/root.pem")),
        request: KeptRequest::read(include_bytes!("../../testdata/x509/good/request.pem"))
            .expect("test data"),
    }
});

/// The root and the request are taken apart once.
static CHECKER: LazyLock<Checker<'static>> = LazyLock::new(|| {
    Checker::new(&GOOD.rules, AT)
        .with_root(GOOD.root.decoded())
        .with_request(GOOD.request.decoded())
});

const AT: Instant = Instant::from_unix(1_790_000_000);

fuzz_target!(|data: &[u8]| {
    let report = CHECKER.check_block(&InputBlock::Certificate(data.to_vec()));
    assert!(report.passed || !report.findings.is_empty(), "what fails has a finding");
    if let Ok(certificate) = Decoded::read(data) {
        let _ = Checker::new(&GOOD.rules, AT).with_root(&certificate).check(GOOD.certificate.decoded());
        let ca = GOOD.root.decoded();
        let verification =
            VerificationInput { certificate: &certificate, ca, code: "code", cloud: None, at: AT };
        let _ = check_verification(&verification, &GOOD.rules);
    }
});

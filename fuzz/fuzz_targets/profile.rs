#![no_main]
//! Fuzz target: the rules over certificates and requests.

use el2g_cert_profile::{CheckInput, RuleSet, check, check_request};
use el2g_x509::Instant;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let at = Instant::from_unix(1_790_000_000);
    let rules = RuleSet::annex6();
    let input = CheckInput { certificate: data, root: None, request: None, at };
    let report = check(&input, &rules).expect("no root and no request to be unreadable");
    assert!(!report.complete, "without a root and a request something is not checked");
    let _ = check(&CheckInput { root: Some(data), request: Some(data), ..input }, &rules);
    let _ = check_request(data, None, None, &rules);
});

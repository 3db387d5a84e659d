//! Device certificates up to their root: our verdict is OpenSSL's.

use std::process::Command;

use serde_json::Value;

use super::{AT, check, x509};
use crate::workplace::{Workplace, testdata};

/// The time of the test data, as `openssl verify` takes it.
const AT_UNIX: &str = "1780272000";

/// Every chain of `cases.json`: leaf, intermediate, root.
fn chains() -> Vec<[String; 3]> {
    let text = std::fs::read_to_string(testdata("x509").join("cases.json")).expect("test data");
    let document: Value = serde_json::from_str(&text).expect("it is JSON");
    let cases = document["cases"].as_array().expect("a list of cases");
    let inputs = cases.iter().flat_map(|case| [&case["good"], &case["bad"]]);
    inputs
        .filter(|input| input["intermediate"].is_string())
        .map(|input| {
            ["certificate", "intermediate", "root"]
                .map(|part| x509(input[part].as_str().expect("a file")))
        })
        .collect()
}

#[test]
fn the_verdict_on_a_chain_is_that_of_openssl() {
    assert_eq!(AT[1], "2026-06-01T00:00:00Z");
    let work = Workplace::new();
    let chains = chains();
    assert!(chains.len() > 30, "{} chains", chains.len());
    for chain in &chains {
        let [leaf, intermediate, root] = chain.each_ref().map(String::as_str);
        let verify = ["verify", "-attime", AT_UNIX, "-CAfile", root, "-untrusted", intermediate];
        let Some(theirs) = work.oracle(Command::new("openssl"), &[&verify[..], &[leaf]].concat())
        else {
            return;
        };
        let arguments = [leaf, "--intermediate", intermediate, "--root", root, "-o", "json"];
        let ours = check(&arguments);
        assert_eq!(ours.code, if theirs.code == 0 { 0 } else { 3 }, "{leaf}: {}", theirs.stderr);
        assert_eq!(ours.json()["complete"], true, "{leaf}");
    }
}

#[test]
fn a_chain_without_its_root_is_not_complete() {
    let (leaf, intermediate) = (x509("good/device.pem"), x509("good/intermediate.pem"));
    let report = check(&[&leaf, "--intermediate", &intermediate, "-o", "json"]).exits(0).json();
    assert_eq!(report["passed"], true);
    assert_eq!(report["complete"], false);
    let request = x509("good/request.pem");
    check(&[&leaf, "--intermediate", &intermediate, "--csr", &request]).exits(2);
}

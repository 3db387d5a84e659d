//! Device certificates up to their root: our verdict is OpenSSL's.

use std::process::Command;

use serde_json::Value;

use super::{AT, check, x509};
use crate::workplace::{Workplace, testdata};

/// The time of the test data, as `openssl verify` takes it.
const AT_UNIX: &str = "1780272000";

/// Chains that ours refuses and OpenSSL does not; `docs/openssl.md` says why.
const STRICTER: [&str; 3] =
    ["device-sha1.pem", "key-1-device.pem", "key-1-intermediate-device.pem"];

/// Every chain of `cases.json`: leaf, intermediate, root.
fn chains() -> Vec<[String; 3]> {
    let text = std::fs::read_to_string(testdata("x509").join("cases.json")).expect("test data");
    let document: Value = serde_json::from_str(&text).expect("it is JSON");
    let cases = document["cases"].as_array().expect("a list of cases");
    let inputs = cases.iter().flat_map(|case| [&case["good"], &case["bad"]]);
    let faults = document["faults"].as_array().expect("a list of faults");
    inputs
        .chain(faults)
        .filter(|input| input["intermediate"].is_string())
        .map(|input| {
            ["certificate", "intermediate", "root"]
                .map(|part| x509(input[part].as_str().expect("a file")))
        })
        .collect()
}

#[test]
#[cfg_attr(not(oracle = "openssl"), ignore = "needs openssl")]
fn the_verdict_on_a_chain_is_that_of_openssl() {
    assert_eq!(AT[1], "2026-06-01T00:00:00Z");
    let work = Workplace::new();
    let chains = chains();
    assert!(chains.len() > 50, "{} chains", chains.len());
    for chain in &chains {
        let [leaf, intermediate, root] = chain.each_ref().map(String::as_str);
        let verify = ["verify", "-attime", AT_UNIX, "-CAfile", root, "-untrusted", intermediate];
        let Some(theirs) = work.oracle(Command::new("openssl"), &[&verify[..], &[leaf]].concat())
        else {
            return;
        };
        let arguments = [leaf, "--intermediate", intermediate, "--root", root, "-o", "json"];
        let ours = check(&arguments);
        if STRICTER.iter().any(|file| leaf.ends_with(file)) {
            assert_eq!((theirs.code, ours.code), (0, 3), "{}", theirs.stderr);
            continue;
        }
        assert_eq!(ours.code, if theirs.code == 0 { 0 } else { 3 }, "{leaf}: {}", theirs.stderr);
        assert_eq!(ours.json()["complete"], true, "{leaf}");
    }
}

/// OpenSSL needs no intermediate for it, the chain that was asked about is broken all the same.
#[test]
#[cfg_attr(not(oracle = "openssl"), ignore = "needs openssl")]
fn a_leaf_of_the_root_itself_is_said_to_be_one() {
    let work = Workplace::new();
    let openssl = |arguments: &[&str]| work.oracle(Command::new("openssl"), arguments);
    let (root, key) = (x509("good/root.pem"), x509("keys/root-p256.pem"));
    let subject = ["req", "-x509", "-new", "-nodes", "-newkey", "ec", "-subj", "/CN=device"];
    let leaf = ["-pkeyopt", "ec_paramgen_curve:P-256", "-days", "100", "-keyout", "device.key"];
    let signer = ["-CA", &root, "-CAkey", &key, "-out", "device.pem"];
    let Some(made) = openssl(&[&subject[..], &leaf, &signer].concat()) else { return };
    made.exits(0);
    let intermediate = x509("good/intermediate.pem");
    let verify = ["verify", "-CAfile", &root, "-untrusted", &intermediate, "device.pem"];
    openssl(&verify).expect("as above").exits(0);
    let check = ["cert", "check", "device.pem", "--intermediate", &intermediate, "--root", &root];
    let report = work.el2g(&[&check[..], &["-o", "json"]].concat()).exits(3).json();
    let findings = report["certificates"][0]["findings"].as_array().expect("a list");
    let errors: Vec<(&str, &str)> = findings
        .iter()
        .filter(|finding| finding["severity"] == "error")
        .map(|finding| {
            let text = |key: &str| finding[key].as_str().expect("a text");
            (text("rule"), text("message"))
        })
        .collect();
    assert_eq!(
        errors,
        [
            (
                "device-issuer-matches-intermediate",
                "the device certificate was issued by the root itself, not by the intermediate",
            ),
            (
                "device-authority-key-identifier-matches",
                "the authority key identifier is not the issuer's",
            ),
            ("device-signature-verifies", "the signature does not verify"),
        ]
    );
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

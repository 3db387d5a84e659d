//! Roots and CA keys of the test data, the demo and the sandbox, where certificates go to a real service or are signed for one.

use super::Keys;
use crate::workplace::{Workplace, testdata};

/// Files of the test data, of a demo, and a root and request of one's own.
fn papers(work: &Workplace) {
    let copy = |from: &str, to: &str| {
        work.write_secret(to, std::fs::read(testdata(from)).expect(from));
    };
    copy("x509/good/root.pem", "published.pem");
    copy("x509/keys/root-p256.pem", "published.key");
    copy("x509/good/intermediate.pem", "published-ca.pem");
    copy("x509/good/request.pem", "published.csr");
    copy("keys/p256.pub", "published.pub.pem");
    work.el2g(&["demo", "--keep", "demo"]).exits(0);
    let root = ["ca", "root", "--subject", "CN=R,O=E,C=AT", "--key-out", "own.key"];
    work.el2g(&[&root[..], &["--out", "own.pem"]].concat()).exits(0);
    work.write_secret("own.csr", work.read("demo/intermediate.csr"));
}

#[test]
#[cfg_attr(not(oracle = "gpg"), ignore = "needs gpg")]
fn throw_away_roots_and_ca_keys_are_refused_for_a_real_service_by_every_command() {
    let Some(keys) = Keys::new() else { return };
    papers(&keys.work);
    let body = |root: &str, certificate: &str| {
        let read = |name: &str| String::from_utf8(keys.work.read(name)).unwrap();
        serde_json::json!({ "rootCa": read(root), "signedCertificate": read(certificate) })
    };
    keys.work.write("published.json", body("published.pem", "published-ca.pem").to_string());
    keys.work.write("ca.json", body("own.pem", "published-ca.pem").to_string());
    keys.work.write("demo.json", body("demo/root.pem", "demo/intermediate.pem").to_string());
    let enroll = "intermediate-ca enroll --name l --common-name C";
    let sign = "ca sign --days 9 --out signed.pem";
    for (line, part) in [
        ("intermediate-ca upload 7 --certificate published-ca.pem --root published.pem", "root"),
        ("intermediate-ca upload 7 --certificate published-ca.pem --root own.pem", "certificate"),
        (
            "intermediate-ca upload 7 --certificate demo/intermediate.pem --root demo/root.pem",
            "root",
        ),
        (
            "intermediate-ca upload 7 --certificate demo/intermediate.pem --root own.pem",
            "certificate",
        ),
        (&*format!("{enroll} --root published.pem --root-key published.key"), "root"),
        (&*format!("{enroll} --root demo/root.pem --root-key demo/root.key"), "root"),
        (&*format!("{enroll} --root own.pem --certificate published-ca.pem"), "certificate"),
        (
            "api PUT /rtp/intermediate-cas/7/upload-signed-intermediate-ca --body published.json",
            "root",
        ),
        (
            "api PUT /rtp/intermediate-cas/7/upload-signed-intermediate-ca --body ca.json",
            "certificate",
        ),
        ("api PUT /rtp/intermediate-cas/7/upload-signed-intermediate-ca --body demo.json", "root"),
        (
            "secure-object create public-key --name k --object-id 83000001 --algorithm NIST_P256 --file published.pub.pem",
            "public key",
        ),
        (&*format!("{sign} --csr own.csr --root published.pem --root-key published.key"), "root"),
        (&*format!("{sign} --csr own.csr --root demo/root.pem --root-key demo/root.key"), "root"),
        (&*format!("{sign} --csr published.csr --root own.pem --root-key own.key"), "request"),
    ] {
        keys.refused(line, part);
        assert!(!keys.work.path("signed.pem").exists(), "{line}");
    }
    // No rule can be passed over for it.
    let line = "intermediate-ca upload 7 --certificate published-ca.pem --root published.pem";
    keys.run(line, &keys.services()[0], &["--skip-check", "throw-away-key"]).exits(2);
    // With a root of one's own it would be sent.
    let own = format!("{enroll} --root own.pem --root-key own.key --dry-run");
    let ran = keys.run(&own, &keys.services()[0], &[]).exits(0);
    assert!(!ran.stderr.contains("throw-away"), "{}", ran.stderr);
}

#[test]
#[cfg_attr(not(oracle = "gpg"), ignore = "needs gpg")]
fn signing_for_an_unknown_service_warns_and_for_the_sandbox_does_not() {
    let Some(keys) = Keys::new() else { return };
    papers(&keys.work);
    let line = ["ca", "sign", "--csr", "own.csr", "--root", "published.pem", "--days", "9"];
    let line =
        [&line[..], &["--root-key", "published.key", "--yes", "--out", "signed.pem"]].concat();
    let ran = keys.work.el2g(&line).exits(0);
    assert!(ran.stderr.contains("warning: the root"), "{}", ran.stderr);
    assert!(ran.stderr.contains("throw-away key"), "{}", ran.stderr);
    let ran = keys.service.el2g(&keys.work, &[&line[..], &["--force"]].concat()).exits(0);
    assert!(!ran.stderr.contains("throw-away"), "{}", ran.stderr);
}

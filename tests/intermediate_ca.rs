//! `el2g intermediate-ca enroll` and `prove` against the built-in service.

use std::process::Command;

use crate::served::Served;
use crate::workplace::{Ran, Workplace};

const ENROLL: [&str; 6] =
    ["intermediate-ca", "enroll", "--name", "line-7", "--common-name", "Line 7 CA"];
const ROOT: [&str; 4] = ["--root-key", "root.key", "--root-cert", "root.pem"];

/// A running service, and a place with a root.
fn ready() -> (Served, Workplace) {
    let work = Workplace::new();
    let root = ["ca", "root", "--subject", "CN=Root,O=Example,C=AT"];
    work.el2g(&[&root[..], &["--key-out", "root.key", "--out", "root.pem"]].concat()).exits(0);
    (Served::start(Workplace::new(), &[]), work)
}

fn listed(service: &Served, work: &Workplace) -> serde_json::Value {
    service.el2g(work, &["intermediate-ca", "list", "-o", "json"]).exits(0).json()
}

fn verifies(work: &Workplace, certificate: &str) {
    let arguments = ["verify", "-x509_strict", "-CAfile", "root.pem", certificate];
    if let Some(verified) = work.oracle(Command::new("openssl"), &arguments) {
        assert_eq!(verified.exits(0).stdout, format!("{certificate}: OK\n"));
    }
}

#[test]
#[cfg_attr(not(oracle = "openssl"), ignore = "needs openssl")]
fn enrolls_in_one_command_and_a_second_run_changes_nothing() {
    let (service, work) = ready();
    let enroll = [&ENROLL[..], &ROOT, &["--yes", "--out", "line7.pem", "-o", "json"]].concat();
    let first = service.el2g(&work, &enroll).exits(0).json();
    assert_eq!(first["state"], "SIGNED");
    assert_eq!(first["subject"], "CN=Line 7 CA");
    assert_eq!(first["certificate"], "line7.pem");
    verifies(&work, "line7.pem");
    let second = service.el2g(&work, &enroll).exits(0).json();
    assert_eq!(second, first);
    assert_eq!(listed(&service, &work).as_array().map(Vec::len), Some(1));
}

#[test]
#[cfg_attr(not(oracle = "openssl"), ignore = "needs openssl")]
fn hands_over_to_a_foreign_ca_and_goes_on_with_its_certificate() {
    let (service, work) = ready();
    let hand_over = [&ENROLL[..], &["--csr-out", "line7.csr", "-o", "json"]].concat();
    let told = service.el2g(&work, &hand_over).exits(0).json();
    assert_eq!(told["state"], "CSR_CREATED");
    work.write("ext.cnf", "basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n");
    let sign = ["x509", "-req", "-in", "line7.csr", "-CA", "root.pem", "-CAkey", "root.key"];
    let more = ["-days", "3650", "-sha256", "-extfile", "ext.cnf", "-out", "line7.pem"];
    let Some(signed) = work.oracle(Command::new("openssl"), &[&sign[..], &more].concat()) else {
        return;
    };
    signed.exits(0);
    let bring = ["--certificate", "line7.pem", "--root-cert", "root.pem", "-o", "json"];
    let told = service.el2g(&work, &[&ENROLL[..], &bring].concat()).exits(0).json();
    assert_eq!(told["state"], "SIGNED");
    assert_eq!(listed(&service, &work).as_array().map(Vec::len), Some(1));
}

#[test]
fn refuses_a_certificate_for_another_request_and_uploads_nothing() {
    let (service, work) = ready();
    service.el2g(&work, &[&ENROLL[..], &["--csr-out", "line7.csr"]].concat()).exits(0);
    let bring = ["--certificate", "root.pem", "--root-cert", "root.pem"];
    let ran = service.el2g(&work, &[&ENROLL[..], &bring].concat()).exits(3);
    assert!(ran.stderr.contains("public-key-differs-from-root"), "{}", ran.stderr);
    // One that only the request tells from the right one.
    service
        .el2g(
            &work,
            &[
                "intermediate-ca",
                "create",
                "--name",
                "line-8",
                "--algorithm",
                "NIST_P256",
                "--common-name",
                "Line 7 CA",
            ],
        )
        .exits(0);
    let id = listed(&service, &work)
        .as_array()
        .into_iter()
        .flatten()
        .find_map(|ca| (ca["name"] == "line-8").then(|| ca["id"].to_string()))
        .expect("an id");
    service.el2g(&work, &["intermediate-ca", "csr", &id, "--out", "line8.csr"]).exits(0);
    let sign = ["ca", "sign", "--csr", "line8.csr", "--days", "9", "--out", "line8.pem", "--yes"];
    work.el2g(&[&sign[..], &ROOT].concat()).exits(0);
    let bring = ["--certificate", "line8.pem", "--root-cert", "root.pem"];
    let ran = service.el2g(&work, &[&ENROLL[..], &bring].concat()).exits(3);
    assert!(ran.stderr.contains("public-key-matches-request"), "{}", ran.stderr);
    assert_eq!(listed(&service, &work)[0]["signingState"], "CSR_CREATED");
}

#[test]
fn without_a_yes_nothing_is_created() {
    let (service, work) = ready();
    let ran = service.el2g(&work, &[&ENROLL[..], &ROOT].concat()).exits(2);
    assert!(ran.stderr.contains("--yes"), "{}", ran.stderr);
    assert_eq!(listed(&service, &work), serde_json::json!([]));
}

#[test]
fn says_that_trying_again_makes_sense_when_the_service_is_down() {
    let (service, work) = ready();
    service.el2g(&work, &[&ENROLL[..], &["--csr-out", "line7.csr"]].concat()).exits(0);
    let url = service.ready("baseUrl").to_owned();
    work.write_secret("token", "a-token");
    drop(service);
    let there = ["--base-url", &url, "--token-file", "token", "-o", "json"];
    let down = |arguments: &[&str]| -> Ran { work.el2g(&[arguments, &there].concat()) };
    // Begun: the journal is there, and the same command goes on.
    let begun = down(&[&ENROLL[..], &ROOT, &["--yes"]].concat()).exits(7);
    assert!(begun.stderr.contains("run the same command again"), "{}", begun.stderr);
    let other = ["intermediate-ca", "enroll", "--name", "line-8", "--common-name", "Line 8 CA"];
    down(&[&other[..], &ROOT, &["--yes"]].concat()).exits(5);
}

#[test]
#[cfg_attr(not(oracle = "openssl"), ignore = "needs openssl")]
fn proves_possession_for_a_code() {
    let (service, work) = ready();
    let enroll = [&ENROLL[..], &ROOT, &["--yes", "--out", "line7.pem", "-o", "json"]].concat();
    let id = service.el2g(&work, &enroll).exits(0).json()["id"].to_string();
    let code = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    let prove = ["intermediate-ca", "prove", "--id", &id, "--code", code, "--cloud", "aws"];
    let out = ["--out", "proof.pem", "-o", "json"];
    let told = service.el2g(&work, &[&prove[..], &out].concat()).exits(0).json();
    assert_eq!(told["code"], code);
    let check = ["cert", "check-verification", "proof.pem", "--ca", "line7.pem", "--code", code];
    work.el2g(&check).exits(0);
    let chain = ["verify", "-CAfile", "root.pem", "-untrusted", "line7.pem", "proof.pem"];
    if let Some(verified) = work.oracle(Command::new("openssl"), &chain) {
        assert_eq!(verified.exits(0).stdout, "proof.pem: OK\n");
    }
    let blank = [&prove[..5], &["a code", "--cloud", "aws", "--out", "x.pem"]].concat();
    let ran = service.el2g(&work, &blank).exits(3);
    assert!(ran.stderr.contains("character 2 of the code"), "{}", ran.stderr);
    assert!(!work.path("x.pem").exists());
}

#[test]
fn hands_out_a_ca_for_the_mode_that_wants_no_code() {
    let (service, work) = ready();
    let enroll = [&ENROLL[..], &ROOT, &["--yes", "--out", "line7.pem", "-o", "json"]].concat();
    let id = service.el2g(&work, &enroll).exits(0).json()["id"].to_string();
    let prove = ["intermediate-ca", "prove", "--id", &id, "--out", "ca.pem"];
    let with = |more: &[&str]| service.el2g(&work, &[&prove[..], more].concat());
    let told = with(&["--cloud", "aws", "--sni-only", "-o", "json"]).exits(0).json();
    assert_eq!(told["certificateMode"], "SNI_ONLY");
    let next = told["next"].as_str().expect("a command");
    assert!(next.ends_with("file://ca.pem --certificate-mode SNI_ONLY"), "{next}");
    assert_eq!(work.read("ca.pem"), work.read("line7.pem"));
    std::fs::remove_file(work.path("ca.pem")).expect("it is there");
    assert!(with(&["--cloud", "azure", "--sni-only"]).exits(2).stderr.contains("of AWS IoT alone"));
    with(&["--cloud", "aws", "--sni-only", "--code", "0123"]).exits(2);
    with(&["--cloud", "aws"]).exits(2);
    assert!(!work.path("ca.pem").exists());
}

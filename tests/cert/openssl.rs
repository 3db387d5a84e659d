//! Certificates that OpenSSL made, good and bad, and what OpenSSL says of ours.

use std::process::Command;

use serde_json::Value;

use super::{broken, check, x509};
use crate::workplace::{Ran, Workplace, testdata};

fn openssl(work: &Workplace, arguments: &[&str]) -> Option<Ran> {
    work.oracle(Command::new("openssl"), arguments)
}

const GOOD: &str = "basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign,cRLSign\n\
                    subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n";

/// A root and a request of OpenSSL's making.
fn ready(root_key: &[&str]) -> Option<Workplace> {
    let work = Workplace::new();
    let root = [
        "req",
        "-x509",
        "-new",
        "-nodes",
        "-sha256",
        "-days",
        "9000",
        "-subj",
        "/C=AT/O=Example/CN=Root",
    ];
    let files = ["-keyout", "root.key", "-out", "root.pem"];
    let extensions = ["-addext", "keyUsage=critical,keyCertSign,cRLSign"];
    openssl(&work, &[&root[..], root_key, &files, &extensions].concat())?.exits(0);
    let request = ["req", "-new", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
    let files = [
        "-subj",
        "/C=AT/O=Example/OU=Devices/CN=Intermediate",
        "-keyout",
        "ca.key",
        "-out",
        "ca.csr",
    ];
    openssl(&work, &[&request[..], &files].concat())?.exits(0);
    Some(work)
}

/// Signs the request with these extensions, and judges the result.
fn signed(work: &Workplace, extensions: &str, more: &[&str]) -> Value {
    work.write("extensions", extensions);
    let fixed = [
        "x509",
        "-req",
        "-in",
        "ca.csr",
        "-CA",
        "root.pem",
        "-CAkey",
        "root.key",
        "-CAcreateserial",
    ];
    let files = ["-extfile", "extensions", "-out", "ca.pem"];
    let days: &[&str] = if more.contains(&"-days") { &[] } else { &["-days", "5000"] };
    openssl(work, &[&fixed[..], &files, days, more].concat())
        .expect("it was there before")
        .exits(0);
    let arguments =
        ["cert", "check", "ca.pem", "--root", "root.pem", "--csr", "ca.csr", "-o", "json"];
    work.el2g(&arguments).json()
}

const P256: [&str; 4] = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];

#[test]
#[cfg_attr(not(oracle = "openssl"), ignore = "needs openssl")]
fn good_ones_of_every_allowed_root_key_and_hash_pass() {
    let keys: [&[&str]; 3] = [
        &P256,
        &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"],
        &["-newkey", "rsa:2048"],
    ];
    for key in keys {
        let Some(work) = ready(key) else { return };
        for hash in ["-sha256", "-sha384"] {
            let report = signed(&work, GOOD, &[hash]);
            assert_eq!(broken(&report), [""; 0], "{key:?} {hash}");
            assert_eq!(
                (report["passed"].as_bool(), report["complete"].as_bool()),
                (Some(true), Some(true))
            );
        }
    }
}

#[test]
#[cfg_attr(not(oracle = "openssl"), ignore = "needs openssl")]
fn bad_ones_break_the_rule_that_owns_the_fault() {
    let Some(work) = ready(&P256) else { return };
    let without = |line: &str| {
        GOOD.lines().filter(|one| !one.starts_with(line)).collect::<Vec<_>>().join("\n")
    };
    let with = |old: &str, new: &str| GOOD.replace(old, new);
    for (extensions, more, expected) in [
        (without("basic"), &["-sha256"][..], "basic-constraints-present"),
        (with("critical,CA:TRUE", "CA:TRUE"), &["-sha256"], "basic-constraints-critical"),
        (with("CA:TRUE,pathlen:0", "CA:FALSE"), &["-sha256"], "basic-constraints-ca"),
        (with(",pathlen:0", ""), &["-sha256"], "basic-constraints-path-length"),
        (with("pathlen:0", "pathlen:1"), &["-sha256"], "basic-constraints-path-length"),
        (with("pathlen:0", "pathlen:4294967296"), &["-sha256"], "basic-constraints-path-length"),
        (without("keyUsage"), &["-sha256"], "key-usage-present"),
        (with("critical,keyCertSign", "keyCertSign"), &["-sha256"], "key-usage-critical"),
        (with("keyCertSign,cRLSign", "digitalSignature"), &["-sha256"], "key-usage-cert-sign"),
        (
            with("Identifier=hash", "Identifier=none"),
            &["-sha256"],
            "subject-key-identifier-present",
        ),
        (
            with("Identifier=keyid", "Identifier=none"),
            &["-sha256"],
            "authority-key-identifier-present",
        ),
        (format!("{GOOD}extendedKeyUsage=serverAuth"), &["-sha256"], "extended-key-usage-client"),
        (
            format!("{GOOD}nameConstraints=critical,permitted;DNS:example.com"),
            &["-sha256"],
            "name-constraints-absent",
        ),
        (
            format!("{GOOD}policyConstraints=critical,requireExplicitPolicy:0"),
            &["-sha256"],
            "policy-constraints-absent",
        ),
        (format!("{GOOD}1.2.3.4=critical,ASN1:NULL"), &["-sha256"], "critical-extensions-known"),
        (GOOD.to_owned(), &["-sha512"], "signature-hash-allowed"),
        (GOOD.to_owned(), &["-sha256", "-days", "9001"], "validity-within-root"),
        (GOOD.to_owned(), &["-sha256", "-days", "30"], "validity-ends-soon"),
        (GOOD.to_owned(), &["-sha256", "-set_serial", "0"], "serial-number-positive"),
        (GOOD.to_owned(), &["-sha256", "-set_serial", "-5"], "serial-number-positive"),
        (GOOD.to_owned(), &["-sha256", "-set_serial", "5"], "serial-number-entropy"),
        (
            GOOD.to_owned(),
            &["-sha256", "-subj", "/C=AT/O=Example/CN=Intermediate"],
            "subject-contains-request",
        ),
    ] {
        let report = signed(&work, &extensions, more);
        assert_eq!(broken(&report), [expected], "{extensions} {more:?}");
    }
}

#[test]
#[cfg_attr(not(oracle = "openssl"), ignore = "needs openssl")]
fn the_wrong_root_is_told() {
    let (Some(work), Some(other)) = (ready(&P256), ready(&P256)) else { return };
    signed(&work, GOOD, &["-sha256"]);
    work.write("other.pem", other.read("root.pem"));
    let report = work
        .el2g(&["cert", "check", "ca.pem", "--root", "other.pem", "-o", "json"])
        .exits(3)
        .json();
    assert_eq!(broken(&report), ["authority-key-identifier-matches-root", "signature-verifies"]);
}

#[test]
#[cfg_attr(not(oracle = "openssl"), ignore = "needs openssl")]
fn openssl_accepts_the_good_ones_and_the_eleven_faults_it_does_not_look_for() {
    let work = Workplace::new();
    let cases = std::fs::read(testdata("x509/cases.json")).expect("testdata");
    let cases: Value = serde_json::from_slice(&cases).expect("JSON");
    let inputs = |list: &str, key: Option<&str>| -> Vec<Value> {
        let list = cases[list].as_array().expect("a list").clone();
        list.into_iter().map(|one| key.map_or(one.clone(), |key| one[key].clone())).collect()
    };
    // Device certificates carry no AKI, which -x509_strict wants: devices.rs asks without it.
    let good = inputs("cases", Some("good"))
        .into_iter()
        .filter(|one| one["root"].is_string() && one["intermediate"].is_null());
    let eleven: Vec<Value> = inputs("faults", None).into_iter().take(11).collect();
    for input in good.chain(eleven.clone()) {
        let (certificate, root) = (input["certificate"].as_str(), input["root"].as_str());
        let (certificate, root) = (x509(certificate.expect("a file")), x509(root.expect("a file")));
        if certificate.ends_with(".der") {
            continue;
        }
        // 2026-06-01T00:00:00Z
        let time = ["verify", "-x509_strict", "-attime", "1780272000", "-CAfile"];
        let Some(ran) = openssl(&work, &[&time[..], &[&root, &certificate]].concat()) else {
            return;
        };
        assert_eq!(ran.code, 0, "{certificate}: {}", ran.stderr);
    }
    for fault in eleven {
        let arguments: Vec<String> =
            [("certificate", ""), ("root", "--root"), ("request", "--csr")]
                .iter()
                .flat_map(|(key, flag)| {
                    let file = x509(fault[*key].as_str().expect("a file"));
                    if flag.is_empty() { vec![file] } else { vec![(*flag).to_owned(), file] }
                })
                .collect();
        let arguments: Vec<&str> =
            arguments.iter().map(String::as_str).chain(["-o", "json"]).collect();
        let report = check(&arguments).exits(3).json();
        let expected: Vec<&str> =
            fault["expect"].as_array().expect("rules").iter().filter_map(Value::as_str).collect();
        assert_eq!(broken(&report), expected, "{}", fault["name"]);
    }
}

//! Every command that takes a certification request says the same of an odd one: refused, by the same rule.

mod odd;

use std::collections::BTreeSet;

use self::odd::{odd, sound};
use crate::house::commands::leaves;
use crate::recorded::{Recorded, Sent};
use crate::workplace::{Workplace, testdata};

/// The commands, and whether the request is a file (`FILE`) or the service's answer.
const COMMANDS: [&str; 6] = [
    "csr show FILE",
    "cert check intermediate.pem --csr FILE --at 2026-06-01T00:00:00Z",
    "ca sign --csr FILE --root-cert root.pem --root-key root.key --days 300 --yes --out out.pem",
    "intermediate-ca enroll --id 7 --name line-7 --common-name Line --csr-out out.pem --journal j",
    "intermediate-ca enroll --id 7 --name line-7 --common-name Line --root-cert root.pem --root-key root.key --yes --out out.pem --journal j",
    "intermediate-ca upload 7 --certificate intermediate.pem --root-cert root.pem",
];

fn pem(der: &[u8]) -> String {
    let body = el2g_key_payload::base64_text(der);
    let label = "CERTIFICATE REQUEST";
    format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n")
}

fn papers() -> Workplace {
    let work = Workplace::new();
    for name in ["intermediate", "root"] {
        let file = testdata(&format!("x509/good/{name}.pem"));
        work.write(&format!("{name}.pem"), std::fs::read(file).expect("testdata"));
    }
    let key = std::fs::read(testdata("x509/keys/root-p256.pem")).expect("testdata");
    work.write_secret("root.key", key);
    work.write_secret("token", "t");
    work
}

/// Whether a call writes something at the service.
fn writes(sent: &Sent) -> bool {
    sent.method != "GET"
}

#[test]
fn an_odd_request_is_refused_by_the_same_rule_wherever_it_is_taken() {
    let work = papers();
    let weak = std::fs::read(testdata("x509/bad/request-private-key-1.pem")).expect("testdata");
    let mut requests: Vec<(&str, &str, Vec<u8>)> =
        odd().into_iter().map(|(what, rule, der)| (what, rule, pem(&der).into_bytes())).collect();
    requests.push(("a weak key", "public-key-not-weak", weak));
    let mut wrong = Vec::new();
    for (what, rule, request) in &requests {
        work.write("odd.csr", request);
        let answer = serde_json::json!({ "value": String::from_utf8_lossy(request) }).to_string();
        let service = Recorded::start(move |_| (200, answer.clone()));
        for command in COMMANDS {
            let mut line: Vec<&str> = command.split(' ').collect();
            for word in &mut line {
                if *word == "FILE" {
                    *word = "odd.csr";
                }
            }
            if command.starts_with("intermediate-ca") {
                let of = ["--base-url", service.base_url(), "--token-file", "token"];
                line.extend(of);
            }
            let ran = work.el2g(&line);
            let said = format!("{}{}", ran.stdout, ran.stderr);
            let named: BTreeSet<&str> = said
                .split(|c: char| !c.is_ascii_lowercase() && c != '-')
                .filter(|word| *word == *rule)
                .collect();
            if ran.code != 3 || named.is_empty() || work.path("out.pem").exists() {
                wrong.push(format!("{what} ({rule}): {command}: {} {said}", ran.code));
            }
            for left in ["out.pem", "j"] {
                let _ = std::fs::remove_file(work.path(left));
            }
        }
        let written: Vec<Sent> = service.sent().into_iter().filter(writes).collect();
        assert_eq!(written, [], "{what}: nothing is written at the service");
    }
    assert!(wrong.is_empty(), "{}\n{} in all", wrong.join("\n"), wrong.len());
}

#[test]
fn the_request_that_the_odd_ones_are_changes_of_is_taken() {
    let work = papers();
    work.write("sound.csr", pem(&sound()));
    work.el2g(&["csr", "show", "sound.csr"]).exits(0);
    let sign = ["ca", "sign", "--csr", "sound.csr", "--root-cert", "root.pem", "--days", "300"];
    let more = ["--root-key", "root.key", "--yes", "--out", "out.pem"];
    work.el2g(&[&sign[..], &more].concat()).exits(0);
    work.el2g(&["cert", "check", "out.pem", "--root", "root.pem", "--csr", "sound.csr"]).exits(0);
}

#[test]
fn every_command_with_a_request_has_a_line() {
    let listed = |path: &str| COMMANDS.iter().any(|line| line.starts_with(path));
    let missing: Vec<String> = leaves()
        .into_iter()
        .filter(|(_, help)| help.lines().any(|line| line.trim_start().starts_with("--csr <")))
        .map(|(path, _)| path.join(" "))
        .filter(|path| !listed(path))
        .collect();
    assert_eq!(missing, Vec::<String>::new());
}

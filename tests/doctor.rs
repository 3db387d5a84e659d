//! `el2g doctor`.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use serde_json::{Value, json};

use crate::service::Service;
use crate::workplace::{Ran, Workplace};

/// Name and status of each check.
fn checks(ran: &Ran) -> Vec<(String, String)> {
    let report = ran.json();
    let text = |check: &Value, key: &str| check[key].as_str().expect("a text").to_owned();
    let listed = report["checks"].as_array().expect("checks");
    listed.iter().map(|check| (text(check, "name"), text(check, "status"))).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(name, status)| ((*name).to_owned(), (*status).to_owned())).collect()
}

/// What is said of one check.
fn message(ran: &Ran, name: &str) -> String {
    let report = ran.json();
    let check = report["checks"].as_array().expect("checks").iter().find(|c| c["name"] == name);
    check.expect(name)["message"].as_str().expect("a text").to_owned()
}

#[test]
fn everything_is_in_place() {
    let (service, work) = (Service::start(), Workplace::new());
    work.take("openpgp/recipient.pub.asc");
    work.take("openpgp/locked.sec.asc");
    work.el2g(&["recipient", "add", "recipient.pub.asc", "--yes"]).exits(0);
    work.write(
        "config.toml",
        "default-profile = \"p\"\n[profiles.p]\nsigner = \"locked.sec.asc\"\nrecipient = \"recipient.pub.asc\"\n",
    );
    let ran = service.el2g(&work, &["doctor", "--config", "config.toml", "-o", "json"]).exits(0);
    assert_eq!(ran.json()["healthy"], json!(true));
    let expected = [
        ("config", "ok"),
        ("service", "ok"),
        ("token", "ok"),
        ("connection", "ok"),
        ("tls", "skipped"),
        ("access", "ok"),
        ("clock", "ok"),
        ("recipient", "ok"),
        ("recipient", "ok"),
        ("signer", "ok"),
    ];
    assert_eq!(checks(&ran), pairs(&expected));
    assert_eq!(message(&ran, "signer"), "locked.sec.asc, locked by a passphrase");
    assert_eq!(message(&ran, "access"), "the token is accepted in EL2G-API-Key; 9 products");
    let human = service.el2g(&work, &["doctor"]).exits(0).stdout;
    assert_eq!(human.lines().count(), 9, "{human}");
    let token = std::fs::read_to_string(service.ready("tokenFile")).expect("it is there");
    assert!(!human.contains(token.trim()) && !ran.stdout.contains(token.trim()));
}

#[test]
fn over_tls_the_certificate_is_checked() {
    let (service, work) = (Service::start_with(&["--tls".as_ref()]), Workplace::new());
    let ca = service.ready("caFile").to_owned();
    let ran = service.el2g(&work, &["doctor", "-o", "json", "--ca-cert", &ca]).exits(0);
    assert_eq!(checks(&ran)[4], ("tls".to_owned(), "ok".to_owned()));
    let ran = service.el2g(&work, &["doctor", "-o", "json"]).exits(5);
    let expected = [
        ("config", "ok"),
        ("service", "ok"),
        ("token", "ok"),
        ("connection", "ok"),
        ("tls", "failed"),
        ("recipient", "skipped"),
        ("signer", "skipped"),
    ];
    assert_eq!(checks(&ran), pairs(&expected));
    assert!(ran.stderr.contains("1 failed, the first: "), "{}", ran.stderr);
}

#[test]
fn the_first_failure_decides_the_exit_code_and_the_rest_is_checked_all_the_same() {
    let (service, work) = (Service::start(), Workplace::new());
    let nothing = work.el2g(&["doctor", "-o", "json"]).exits(2);
    let expected = [
        ("config", "ok"),
        ("service", "failed"),
        ("token", "failed"),
        ("connection", "skipped"),
        ("recipient", "skipped"),
        ("signer", "skipped"),
    ];
    assert_eq!(checks(&nothing), pairs(&expected));
    let no_file = work.el2g(&["doctor", "-o", "json", "--config", "none.toml"]).exits(3);
    assert_eq!(checks(&no_file)[..2], pairs(&[("config", "failed"), ("connection", "skipped")]));
    work.write_secret("wrong", "not-the-token");
    let base = service.ready("baseUrl");
    let line = ["doctor", "-o", "json", "--token-file", "wrong", "--base-url", base];
    let ran = work.el2g(&line).exits(4);
    assert_eq!(ran.json()["healthy"], json!(false));
    let refused = &checks(&ran)[5];
    assert_eq!(*refused, ("access".to_owned(), "failed".to_owned()));
    assert!(message(&ran, "access").contains("answered 401"), "{}", ran.stdout);
    let gone =
        ["doctor", "-o", "json", "--token-file", "wrong", "--base-url", "http://127.0.0.1:9"];
    let ran = work.el2g(&gone).exits(5);
    assert!(message(&ran, "connection").contains("cannot connect"), "{}", ran.stdout);
    // A key that was changed after it was stored.
    work.take("openpgp/recipient.pub.asc");
    work.el2g(&["recipient", "add", "recipient.pub.asc", "--yes"]).exits(0);
    let stored = ".local/share/el2g/recipients/edgelock2go.asc";
    work.take("openpgp/other-recipient.pub.asc");
    work.write_secret(stored, work.read("other-recipient.pub.asc"));
    let ran = service.el2g(&work, &["doctor", "-o", "json"]).exits(3);
    assert!(message(&ran, "recipient").contains("was changed after it was stored"));
}

#[test]
fn a_clock_that_is_off_is_told_with_its_direction() {
    let work = Workplace::new();
    work.write_secret("token", "some-token");
    for (date, said) in [
        ("Sun, 06 Nov 1994 08:49:37 GMT", "ahead of the service; up to 60 s are allowed"),
        ("Fri, 31 Dec 9999 23:59:59 GMT", "behind the service; up to 60 s are allowed"),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a connection");
            let _ = stream.read(&mut [0; 4096]);
            let head = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close";
            write!(stream, "{head}\r\nDate: {date}\r\n\r\n[]").expect("it listens");
        });
        let line = ["doctor", "-o", "json", "--token-file", "token", "--base-url", &base];
        let ran = work.el2g(&line).exits(3);
        assert!(message(&ran, "clock").ends_with(said), "{}", ran.stdout);
    }
}

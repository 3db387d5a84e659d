//! `el2g doctor`.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use serde_json::{Value, json};

use crate::served::Served;
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
    let (service, work) = (Served::start(Workplace::new(), &[]), Workplace::new());
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
    assert_eq!(message(&ran, "access"), "the token is accepted in EL2G-API-Key; 14 products");
    let human = service.el2g(&work, &["doctor"]).exits(0).stdout;
    assert_eq!(human.lines().count(), 9, "{human}");
    let token = std::fs::read_to_string(service.ready("tokenFile")).expect("it is there");
    assert!(!human.contains(token.trim()) && !ran.stdout.contains(token.trim()));
}

#[test]
fn over_tls_the_certificate_is_checked() {
    let (service, work) = (Served::start(Workplace::new(), &["--tls"]), Workplace::new());
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
    let (service, work) = (Served::start(Workplace::new(), &[]), Workplace::new());
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
    let first = [("config", "failed"), ("token", "skipped"), ("connection", "skipped")];
    assert_eq!(checks(&no_file)[..3], pairs(&first));
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

#[test]
fn files_that_others_can_change_are_reported_and_not_used() {
    let (service, work) = (Served::start(Workplace::new(), &[]), Workplace::new());
    let ran_file = work.path("RAN");
    let touch = format!("token-command = [\"touch\", \"{}\"]\n", ran_file.display());
    let base = format!("base-url = \"{}\"\n", service.ready("baseUrl"));
    let config =
        format!("default-profile = \"p\"\n[profiles.p]\nservice = \"sandbox\"\n{base}{touch}");
    work.write_secret("c.toml", config);
    work.write_secret("t", "a-token");
    let refused = |ran: Ran, name: &str, file: &str, mode: &str, fix: &str| {
        let ran = ran.exits(3);
        let check = checks(&ran).into_iter().find(|(found, _)| found == name);
        assert_eq!(check.expect(name).1, "failed", "{}", ran.stdout);
        let said = message(&ran, name);
        let ours = rustix::process::geteuid().as_raw();
        assert!(said.starts_with(file) && said.contains(mode), "{said}");
        assert!(said.contains(&format!("uid {ours}")) && said.contains(fix), "{said}");
        // The other lines are there all the same.
        for line in ["config", "token", "connection", "recipient", "signer"] {
            assert!(checks(&ran).iter().any(|(name, _)| name == line), "{line}: {}", ran.stdout);
        }
    };
    let json = ["doctor", "-o", "json"];
    for mode in [0o622, 0o666] {
        work.mode("c.toml", mode);
        let said = format!("mode {mode:04o}");
        let typed = work.el2g(&[&json[..], &["--config", "c.toml"]].concat());
        refused(typed, "config", "c.toml", &said, "chmod go-w c.toml");
        let named = work.el2g_with(&[("EL2G_CONFIG", "c.toml")], &json);
        refused(named, "config", "c.toml", &said, "chmod go-w c.toml");
        for flag in ["--allow-writable-inputs", "--allow-readable-secrets"] {
            work.el2g(&[&json[..], &["--config", "c.toml", flag]].concat()).exits(3);
        }
    }
    assert!(!ran_file.exists());
    // The token that was typed is looked at beside a config that is refused.
    let both = ["--config", "c.toml", "--token-file", "t"];
    let ran = work.el2g(&[&json[..], &both].concat()).exits(3);
    assert_eq!(checks(&ran)[..2], pairs(&[("config", "failed"), ("token", "ok")]));
    work.mode("c.toml", 0o600);
    for mode in [0o620, 0o622, 0o666] {
        work.mode("t", mode);
        let said = format!("mode {mode:04o}");
        let url = ["--base-url", service.ready("baseUrl")];
        let typed = work.el2g(&[&json[..], &url, &["--token-file", "t"]].concat());
        refused(typed, "token", "t", &said, "chmod 600 t");
        let named = work.el2g_with(&[("EL2G_TOKEN_FILE", "t")], &[&json[..], &url].concat());
        refused(named, "token", "t", &said, "chmod 600 t");
        let passphrase = ["--passphrase-file", "t"];
        let typed = service.el2g(&work, &[&json[..], &passphrase].concat());
        refused(typed, "passphrase", "t", &said, "chmod 600 t");
    }
    // What a reader sees: the option that would accept the file stands below the line.
    work.write_secret("ca.pem", "");
    work.mode("ca.pem", 0o666);
    let ran = service.el2g(&work, &["doctor", "--ca-cert", "ca.pem"]).exits(3);
    assert!(
        ran.stdout.contains("connection  FAILED  ca.pem: other users can change"),
        "{}",
        ran.stdout
    );
}

#[test]
fn the_module_and_the_pin_file_of_a_signer_on_a_token_are_reported() {
    let (service, work) = (Served::start(Workplace::new(), &[]), Workplace::new());
    work.write_secret("module.so", "not a library, and not loaded");
    work.write_secret("pin", "135790\n");
    let path = |name: &str| work.path(name).display().to_string();
    let (module, pin) = (path("module.so"), path("pin"));
    let config = format!(
        "default-profile = \"p\"\n[profiles.p]\nsigner = \"pkcs11:token=x?module-path={module}&pin-source=file:{pin}\"\n"
    );
    work.write_secret("c.toml", config);
    let line = ["doctor", "-o", "json", "--config", "c.toml"];
    let ran = service.el2g(&work, &line).exits(0);
    assert_eq!(message(&ran, "module"), module);
    assert_eq!(message(&ran, "pin"), format!("{pin}, not shown"));
    assert!(!ran.stdout.contains("135790"));
    let last = pairs(&[("module", "ok"), ("pin", "ok"), ("signer", "skipped")]);
    assert_eq!(checks(&ran)[checks(&ran).len() - 3..], last);
    work.mode("module.so", 0o666);
    work.mode("pin", 0o620);
    for more in [&[][..], &["--allow-writable-inputs"], &["--allow-readable-secrets"]] {
        let ran = service.el2g(&work, &[&line[..], more].concat()).exits(3);
        let of_module = message(&ran, "module");
        assert!(of_module.contains("mode 0666") && of_module.contains("chmod go-w"), "{of_module}");
        let of_pin = message(&ran, "pin");
        assert!(of_pin.contains("mode 0620") && of_pin.contains("chmod 600"), "{of_pin}");
    }
    std::fs::remove_file(work.path("module.so")).unwrap();
    std::fs::remove_file(work.path("pin")).unwrap();
    let ran = service.el2g(&work, &line).exits(3);
    assert!(message(&ran, "module").ends_with("no such file"), "{}", ran.stdout);
    assert!(message(&ran, "pin").contains("no such file"), "{}", ran.stdout);
}

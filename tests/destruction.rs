//! What cannot be undone is done only after a yes, whichever command does it.

use std::collections::BTreeSet;

use el2g_service_api::{CATALOGUE, Endpoint, Method};

use crate::help;
use crate::recorded::{Recorded, Sent};
use crate::served::Served;
use crate::workplace::{Workplace, words};

const PRODUCT: &str = "935389312472";

fn is_at(endpoint: &Endpoint, sent: &Sent) -> bool {
    let methods = [Method::Get, Method::Post, Method::Put, Method::Delete];
    let method = methods.into_iter().find(|method| method.as_str() == sent.method);
    method.is_some_and(|method| endpoint.is_at(method, &sent.path))
}

/// The destructive operations, each with the examples of its command, without their `--yes`.
fn destructive() -> Vec<(&'static Endpoint, Vec<Vec<String>>)> {
    let mut commands = Vec::new();
    help::leaves(&Workplace::new(), &[], &mut commands);
    let destroying = CATALOGUE.iter().filter(|endpoint| endpoint.destroys.is_some());
    let with_examples = destroying.map(|endpoint| {
        let name = endpoint.command.join(" ");
        let (_, help) = commands.iter().find(|(command, _)| *command == name).expect("a command");
        let examples = help::examples(help);
        assert!(!examples.is_empty(), "{name}");
        let typed = examples
            .iter()
            .map(|line| words(line).into_iter().skip(1).filter(|word| word != "--yes").collect());
        (endpoint, typed.collect())
    });
    with_examples.collect()
}

#[test]
fn no_operation_destroys_without_a_yes() {
    let server = Recorded::start(|_| (204, String::new()));
    let work = Workplace::new();
    work.write_secret("token", "some-token");
    work.write("devices.txt", "0x040050011ce89d305cf379041f1d12946680\n");
    let run = |line: &[String], more: &[&str]| {
        let base = ["--base-url", server.base_url(), "--token-file", "token", "--retries", "0"];
        let line = line.iter().map(String::as_str).chain(base).chain(more.iter().copied());
        work.el2g(&line.collect::<Vec<_>>())
    };
    for (endpoint, lines) in destructive() {
        for line in lines {
            for more in [&[][..], &["--no-input"], &["--force"], &["-q"], &["-o", "json"]] {
                let ran = run(&line, more).exits(2);
                assert!(ran.stderr.contains("--yes"), "{line:?} {more:?}: {}", ran.stderr);
                assert!(ran.stderr.contains(endpoint.destroys.unwrap()), "{}", ran.stderr);
                assert_eq!(server.sent(), [], "{line:?} {more:?}");
            }
            run(&line, &["--dry-run"]).exits(0);
            assert_eq!(server.sent(), [], "{line:?}: a dry run");
            run(&line, &["--yes"]);
            let sent = server.sent();
            assert!(sent.iter().any(|it| is_at(endpoint, it)), "{line:?}: {sent:?}");
        }
    }
}

#[test]
fn what_destroys_says_so_in_the_catalogue() {
    for endpoint in CATALOGUE {
        let last = endpoint.command.last().unwrap();
        let names = ["delete", "revoke", "unclaim", "unassign"];
        let by_name = names.iter().any(|name| last.starts_with(name));
        let expected = endpoint.method == Method::Delete || by_name;
        assert_eq!(endpoint.destroys.is_some(), expected, "{}", endpoint.name);
    }
}

/// A path of the operation with something for each parameter.
fn filled(endpoint: &Endpoint) -> String {
    let parts = endpoint.path.split('/').map(|part| match part {
        "{12nc}" => PRODUCT,
        other if other.starts_with('{') => "7",
        other => other,
    });
    parts.collect::<Vec<_>>().join("/")
}

#[test]
fn a_free_call_destroys_no_more_than_the_command_does() {
    let server = Recorded::start(|_| (204, String::new()));
    let work = Workplace::new();
    work.write_secret("token", "some-token");
    let run = |method: &str, path: &str, more: &[&str]| {
        let line = ["api", method, path, "--base-url", server.base_url(), "--token-file", "token"];
        work.el2g(&[&line[..], more].concat())
    };
    let known = CATALOGUE.iter().filter(|endpoint| endpoint.method != Method::Get);
    let known = known.map(|it| (it.method.as_str(), filled(it), it.destroys.is_some()));
    let unknown = [("DELETE", "/something/new", true), ("POST", "/something/new", false)];
    let unknown = unknown.map(|(method, path, asked)| (method, path.to_owned(), asked));
    let mut seen = BTreeSet::new();
    for (method, path, asked) in known.chain(unknown) {
        let ran = run(method, &path, &[]);
        assert_eq!(
            (ran.code, server.sent().is_empty()),
            if asked { (2, true) } else { (0, false) }
        );
        run(method, &path, &["--dry-run"]).exits(0);
        assert_eq!(server.sent(), [], "{method} {path}");
        run(method, &path, &["--yes"]).exits(0);
        assert_eq!(server.sent().len(), 1, "{method} {path}");
        seen.insert(asked);
    }
    assert_eq!(seen.len(), 2, "both kinds");
}

fn json(service: &Served, work: &Workplace, line: &str) -> serde_json::Value {
    let words: Vec<&str> = line.split(' ').chain(["-o", "json"]).collect();
    service.el2g(work, &words).exits(0).json()
}

/// Runs a line on a terminal against the service.
fn typed(
    service: &Served,
    work: &Workplace,
    line: &str,
    answer: &str,
    code: i32,
) -> Option<String> {
    let place =
        ["--base-url", service.ready("baseUrl"), "--token-file", service.ready("tokenFile")];
    let words: Vec<&str> = line.split(' ').chain(place).collect();
    Some(work.on_terminal(&words, &[answer])?.exits(code).stdout)
}

#[test]
#[cfg_attr(not(oracle = "python3"), ignore = "needs python3")]
fn a_group_is_emptied_only_after_its_name_was_typed() {
    let (service, work) = (Served::start(Workplace::new(), &[]), Workplace::new());
    let create = format!("device-group create --name meters --product {PRODUCT}");
    let group = json(&service, &work, &create)["id"].clone();
    let place = format!("--group {group} --product {PRODUCT}");
    let devices = "0x040050011ce89d305cf379041f1d12946680 0x040050011ce89d305cf379041f1d12946681";
    json(&service, &work, &format!("device add {devices} {place}"));
    let unclaim = format!("device-group unclaim-all {group} --product {PRODUCT}");
    for wrong in ["y", "yes", "", "Meters", "2"] {
        let Some(shown) = typed(&service, &work, &unclaim, wrong, 2) else { return };
        let asked = format!("Unclaim 2 devices of device group `meters` ({group})");
        assert!(shown.contains(&asked) && shown.contains("Type meters to continue"), "{shown}");
        let left = json(&service, &work, &format!("device list {place}"));
        assert_eq!(left.as_array().map(Vec::len), Some(2), "{wrong:?}");
    }
    typed(&service, &work, &unclaim, "meters", 0);
    assert_eq!(json(&service, &work, "device list"), serde_json::json!([]));
}

#[test]
#[cfg_attr(not(oracle = "python3"), ignore = "needs python3")]
fn matching_claim_codes_are_counted_before_they_are_deleted() {
    let (service, work) = (Served::start(Workplace::new(), &[]), Workplace::new());
    let create = format!("device-group create --name meters --product {PRODUCT}");
    let group = json(&service, &work, &create)["id"].clone();
    let place = format!("--group {group} --product {PRODUCT}");
    json(&service, &work, &format!("claim-code create-batch --name-prefix l --count 100 {place}"));
    let codes = json(&service, &work, &format!("claim-code list {place}"));
    for code in 0..2 {
        json(&service, &work, &format!("claim-code revoke {} {place} --yes", codes[code]["id"]));
    }
    let delete = "claim-code delete-matching --revoked";
    let Some(shown) = typed(&service, &work, delete, "y", 2) else { return };
    assert!(shown.contains("Delete 2 claim codes, 2 of device group `meters`"), "{shown}");
    typed(&service, &work, delete, "2", 0);
    let left = json(&service, &work, &format!("claim-code list {place}"));
    assert_eq!(left.as_array().map(Vec::len), Some(98));
    // None of them was made before the year 2000.
    let none = "claim-code delete-matching --created-before 2000-01-01T00:00:00Z";
    let shown = typed(&service, &work, none, "0", 3).expect("python is there");
    assert!(shown.contains("no claim code matches"), "{shown}");
}

//! The program towards a service that misbehaves: each fault that the sandbox can play.

use serde_json::Value;

use crate::served::Served;
use crate::workplace::{Ran, Workplace};

const PRODUCT: &str = "935389312472";

/// A service that follows a fault script, in TOML.
fn faulty(script: &str) -> (Served, Workplace) {
    let work = Workplace::new();
    work.write("faults.toml", script);
    let service = Served::start(
        Workplace::new(),
        &["--faults", &work.path("faults.toml").display().to_string()],
    );
    (service, work)
}

fn run(service: &Served, work: &Workplace, line: &str) -> Ran {
    let words: Vec<&str> = line.split(' ').chain(["--timeout", "2"]).collect();
    service.el2g(work, &words)
}

fn groups(service: &Served, work: &Workplace) -> Value {
    let list = format!("device-group list --product {PRODUCT} -o json");
    run(service, work, &list).exits(0).json()
}

/// What becomes of one call of each class when its first attempt meets a fault.
struct Expected {
    /// Reads of one thing and of a list.
    reads: i32,
    /// PUT and DELETE.
    writes: i32,
    /// A POST that can be looked up.
    create: i32,
    /// A POST of which nothing can tell.
    never: i32,
    /// Whether that POST was done.
    never_was_done: bool,
    /// What stderr says, with `-v`, of a call that was not simply done.
    says: &'static str,
}

/// One service with this fault on the first call of each class; all classes, with their end states.
fn plays(effect: &str, expected: &Expected) {
    let mut script = String::new();
    for operation in [
        "CreateDeviceGroup",
        "ShowDeviceGroup",
        "ListDevices",
        "RenameDeviceGroup",
        "DeleteDeviceGroup",
        "DeleteClaimCodes",
    ] {
        let without_body = operation.starts_with("Rename") || operation == "DeleteDeviceGroup";
        if !(without_body && effect.starts_with("unknown")) {
            script.push_str(&format!("[[fault]]\noperation = \"{operation}\"\n{effect}\n"));
        }
    }
    let (service, work) = faulty(&script);
    let of = format!("--product {PRODUCT} -o json -v --yes");
    let run = |line: &str, code: i32| {
        let of = of.as_str();
        let of = if line == "device list" { "-o json -v" } else { of };
        let ran = run(&service, &work, &format!("{line} {of}"));
        assert_eq!(ran.code, code, "{effect}: {line}: {} {}", ran.stdout, ran.stderr);
        if code != 0 {
            let error: Value = serde_json::from_str(ran.stderr.lines().last().unwrap_or_default())
                .unwrap_or_else(|error| panic!("{effect}: {error}: {}", ran.stderr));
            assert_eq!(error["error"]["kind"], "unavailable", "{effect}: {error}");
            assert!(error["error"]["correlationId"].is_string(), "{effect}: {error}");
        }
        assert!(ran.stderr.contains(expected.says), "{effect}: {line}: {}", ran.stderr);
        ran
    };
    let all = || groups(&service, &work).as_array().map_or(0, Vec::len);

    run("device-group create --name meters", expected.create);
    run("device list", expected.reads);
    assert_eq!(
        all(),
        usize::from(expected.create == 0),
        "{effect}: made exactly once, or not at all"
    );
    if all() == 0 {
        self::run(&service, &work, &format!("device-group create --name meters {of}")).exits(0);
    }
    let group = groups(&service, &work)[0]["id"].to_string();
    run(&format!("device-group show {group}"), expected.reads);
    run(&format!("device-group rename {group} --name sensors"), expected.writes);
    let name = groups(&service, &work)[0]["deviceGroupName"].clone();
    assert_eq!(name, if expected.writes == 0 { "sensors" } else { "meters" }, "{effect}");

    self::run(&service, &work, "claim-code generate --out claim.secret").exits(0);
    let place = format!("--group {group} --product {PRODUCT} -o json");
    let create = format!("claim-code create --name c --secret-file claim.secret {place}");
    let code = self::run(&service, &work, &create).exits(0).json()["id"].to_string();
    let delete = format!("claim-code delete-batch {code} -o json -v --yes");
    let ran = self::run(&service, &work, &delete);
    assert_eq!(ran.code, expected.never, "{effect}: {}", ran.stderr);
    assert_eq!(ran.stderr.contains("leaves open whether it happened"), expected.never == 5);
    if effect.starts_with("stall") {
        std::thread::sleep(std::time::Duration::from_secs(3));
    }
    let list = format!("claim-code list {place}");
    let left = self::run(&service, &work, &list).exits(0).json().as_array().map_or(0, Vec::len);
    assert_eq!(left == 0, expected.never_was_done, "{effect}: {left} claim codes are left");
    if left > 0 {
        self::run(&service, &work, &delete).exits(0);
    }

    run(&format!("device-group delete {group}"), expected.writes);
    assert_eq!(all() == 0, expected.writes == 0, "{effect}: gone, or still there");
}

/// All is well in the end but for the POST of which nothing can tell.
const ALL_BUT_NEVER: Expected =
    Expected { reads: 0, writes: 0, create: 0, never: 5, never_was_done: false, says: "because: " };

#[test]
fn too_many_requests_are_waited_out_by_every_class_of_call() {
    let expected =
        Expected { never: 0, never_was_done: true, says: "attempt 2 in ", ..ALL_BUT_NEVER };
    plays("answer = 429\nretry-after = 1", &expected);
    plays("answer = 429", &expected);
}

#[test]
fn an_internal_error_is_repeated_by_no_class_of_call() {
    let says = "answered 500 (internal error of the service), code ERR_FAULT_500_1";
    let expected = Expected { reads: 5, writes: 5, create: 5, says, ..ALL_BUT_NEVER };
    plays("answer = 500", &expected);
}

#[test]
fn a_gateway_that_fails_is_survived_where_repeating_is_safe() {
    for (effect, says) in [
        ("answer = 502\nhtml = true", "answered 502 (a gateway got an invalid response)"),
        ("answer = 503\nhtml = true", "the body begins: <html>"),
        ("answer = 504", "answered 504 (a gateway got no response in time)"),
    ] {
        plays(effect, &Expected { says, ..ALL_BUT_NEVER });
    }
}

#[test]
fn a_stall_is_survived_where_repeating_is_safe() {
    let says = "no complete reply in time";
    plays("stall-seconds = 3", &Expected { never_was_done: true, says, ..ALL_BUT_NEVER });
}

#[test]
fn a_body_that_is_cut_is_survived_where_repeating_is_safe() {
    let says = "the connection broke";
    plays("cut-body = true", &Expected { never_was_done: true, says, ..ALL_BUT_NEVER });
}

#[test]
fn a_connection_that_drops_before_acting_is_survived_where_repeating_is_safe() {
    plays("drop = \"before\"", &Expected { says: "the connection broke", ..ALL_BUT_NEVER });
}

#[test]
fn a_connection_that_drops_after_acting_is_survived_where_repeating_is_safe() {
    let says = "the connection broke";
    plays("drop = \"after\"", &Expected { never_was_done: true, says, ..ALL_BUT_NEVER });
}

#[test]
fn fields_that_nobody_knows_disturb_no_class_of_call() {
    let expected = Expected { never: 0, never_was_done: true, says: "", ..ALL_BUT_NEVER };
    plays("unknown-fields = true", &expected);
}

#[test]
fn a_fault_script_that_cannot_be_meant_is_refused_with_line_and_key() {
    let work = Workplace::new();
    for (script, says) in [
        ("[[fault]]\noperation = \"CreateDeviceGroop\"\nanswer = 500\n", "line 2: `operation` is"),
        (
            "[[fault]]\nanswer = 500\nretry = 3\n",
            "line 3, column 1: unknown field, expected one of",
        ),
        ("[[fault]]\nanswer = 99\n", "line 2: `answer` is 99"),
    ] {
        work.write("faults.toml", script);
        let refused = work.el2g(&["sandbox", "serve", "--faults", "faults.toml"]).exits(3);
        assert!(
            refused.stderr.contains("faults.toml") && refused.stderr.contains(says),
            "{}",
            refused.stderr
        );
    }
}

#[test]
fn a_failure_on_page_2_is_repeated_there() {
    let (service, work) = faulty(
        "[[fault]]\noperation = \"ListDeviceGroups\"\npage = 1\nanswer = 503\nhtml = true\n",
    );
    for number in 0..5 {
        run(&service, &work, &format!("device-group create --name g{number} --product {PRODUCT}"))
            .exits(0);
    }
    let list = format!("device-group list --product {PRODUCT} --size 2 -o json");
    let listed = run(&service, &work, &list).exits(0).json();
    assert_eq!(listed.as_array().map(Vec::len), Some(5));
}

#[test]
fn a_page_that_fails_for_good_is_exit_5_and_what_was_read_is_shown() {
    let (service, work) =
        faulty("[[fault]]\noperation = \"ListDeviceGroups\"\npage = 1\nanswer = 500\ntimes = 99\n");
    for number in 0..3 {
        run(&service, &work, &format!("device-group create --name g{number} --product {PRODUCT}"))
            .exits(0);
    }
    let failed =
        run(&service, &work, &format!("device-group list --product {PRODUCT} --size 2")).exits(5);
    assert!(failed.stdout.contains("g2") && failed.stdout.contains("g1"), "{}", failed.stdout);
    assert!(
        failed.stderr.contains("answered 500 (internal error of the service)"),
        "{}",
        failed.stderr
    );
}

#[test]
fn a_fault_that_stays_is_exit_5_and_counted() {
    let (service, work) = faulty("[[fault]]\nanswer = 503\nhtml = true\ntimes = 99\n");
    let failed = run(&service, &work, "product list --retries 2").exits(5);
    assert!(failed.stderr.contains("tried 3 times"), "{}", failed.stderr);
    assert!(failed.stderr.contains("the body begins: <"), "{}", failed.stderr);
}

#[test]
fn a_delete_whose_answer_is_lost_is_done() {
    let (service, work) =
        faulty("[[fault]]\noperation = \"DeleteDeviceGroup\"\ndrop = \"after\"\n");
    let create = format!("device-group create --name meters --product {PRODUCT} -o json");
    let group = run(&service, &work, &create).exits(0).json()["id"].clone();
    run(&service, &work, &format!("device-group delete {group} --product {PRODUCT} --yes"))
        .exits(0);
    assert_eq!(groups(&service, &work), serde_json::json!([]));
}

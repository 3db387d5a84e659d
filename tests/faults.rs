//! The program towards a service that misbehaves: each fault that the sandbox can play.

use serde_json::Value;

use crate::service::Service;
use crate::workplace::{Ran, Workplace};

const PRODUCT: &str = "935389312472";

/// A service that follows a fault script, in TOML.
fn faulty(script: &str) -> (Service, Workplace) {
    let work = Workplace::new();
    work.write("faults.toml", script);
    let service = Service::start_with(&["--faults".as_ref(), work.path("faults.toml").as_os_str()]);
    (service, work)
}

fn run(service: &Service, work: &Workplace, line: &str) -> Ran {
    let words: Vec<&str> = line.split(' ').chain(["--timeout", "2"]).collect();
    service.el2g(work, &words)
}

fn groups(service: &Service, work: &Workplace) -> Value {
    let list = format!("device-group list --product {PRODUCT} -o json");
    run(service, work, &list).exits(0).json()
}

#[test]
fn a_read_survives_every_passing_fault() {
    for fault in [
        "answer = 429\nretry-after = 1",
        "answer = 502\nhtml = true",
        "answer = 503\nhtml = true",
        "answer = 504",
        "stall-seconds = 5",
        "cut-body = true",
        "drop = \"before\"",
        "drop = \"after\"",
        "unknown-fields = true",
    ] {
        let (service, work) =
            faulty(&format!("[[fault]]\noperation = \"ListProducts\"\n{fault}\n"));
        let listed = run(&service, &work, "product list -o json -v").exits(0);
        assert!(listed.json().as_array().is_some_and(|products| products.len() > 5), "{fault}");
        let retried = listed.stderr.contains("attempt 2 in ");
        assert_eq!(retried, !fault.starts_with("unknown"), "{fault}: {}", listed.stderr);
    }
}

#[test]
fn a_create_is_made_exactly_once_whatever_happens_to_its_answer() {
    for fault in [
        "drop = \"before\"",
        "drop = \"after\"",
        "cut-body = true",
        "stall-seconds = 3",
        "answer = 503",
        "answer = 429",
    ] {
        let (service, work) =
            faulty(&format!("[[fault]]\noperation = \"CreateDeviceGroup\"\n{fault}\n"));
        let create = format!("device-group create --name meters --product {PRODUCT} -o json");
        let made = run(&service, &work, &create).exits(0).json();
        assert_eq!(made["deviceGroupName"], "meters", "{fault}");
        let listed = groups(&service, &work);
        assert_eq!(listed.as_array().map(Vec::len), Some(1), "{fault}: {listed}");
        assert_eq!(listed[0]["id"], made["id"], "{fault}");
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
    run(&service, &work, &format!("device-group delete {group} --product {PRODUCT}")).exits(0);
    assert_eq!(groups(&service, &work), serde_json::json!([]));
}

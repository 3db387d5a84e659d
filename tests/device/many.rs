//! Many devices: added in chunks, whatever becomes of the process; listed while they are read, so that memory does
//! not depend on their number.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use crate::served::Served;
use crate::workplace::{Workplace, program};

const PRODUCT: &str = "935389312472";

/// What listing may take, whatever the number of devices.
const LIMIT_KIB: u64 = 64 * 1024;
/// A list that is short, yet longer than a pipe holds: it cannot end before its memory was looked at.
const FEW: usize = 1_000;
/// What a longer list may take more: less than 20,000 devices as JSON.
const GROWTH_KIB: u64 = 5 * 1024;

/// `EL2G_DEVICES`, else enough that a list which is kept whole would show.
fn devices() -> usize {
    let wanted = std::env::var("EL2G_DEVICES").ok();
    wanted.map_or(20_000, |number| number.parse().expect("EL2G_DEVICES is a number"))
}

/// A file with so many device ids.
fn written(work: &Workplace, name: &str, from: usize, count: usize) {
    let mut list = String::new();
    for number in from..from + count {
        writeln!(list, "0x04005001{number:028x}").unwrap();
    }
    work.write(name, list);
}

/// A new group; its id.
fn created(service: &Served, work: &Workplace, name: &str) -> String {
    let create = ["device-group", "create", "--name", name, "--product", PRODUCT, "-o", "json"];
    service.el2g(work, &create).exits(0).json()["id"].to_string()
}

/// Puts devices into a new group; the group's id.
fn filled(service: &Served, work: &Workplace, name: &str, from: usize, count: usize) -> String {
    written(work, "devices.txt", from, count);
    let group = created(service, work, name);
    let add = ["device", "add", "--from", "devices.txt", "--chunk", "1000", "--group", &group];
    let added = service.el2g(work, &[&add[..], &["--product", PRODUCT]].concat()).exits(0);
    assert_eq!(added.stdout, format!("added {count}, refused 0, not sent 0\n"));
    group
}

/// Runs a list and reads what it prints to the end: its peak resident memory in KiB, and how many lines begin with
/// `start`.
fn listed(service: &Served, work: &Workplace, arguments: &[&str], start: &str) -> (u64, usize) {
    let place =
        ["--base-url", service.ready("baseUrl"), "--token-file", service.ready("tokenFile")];
    let mut child = Command::new(program())
        .args(arguments)
        .args(place)
        .env_clear()
        .env("HOME", work.path(""))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program was built");
    let status = format!("/proc/{}/status", child.id());
    let (mut peak, mut devices) = (0, 0);
    let lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
    for (number, line) in lines.enumerate() {
        // The system keeps the peak, so the last look tells it; after the end there is nothing to look at.
        if number % 200 == 0 {
            let now = fs::read_to_string(&status).unwrap_or_default();
            let line = now.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok());
            peak = kib.unwrap_or(peak);
        }
        devices += usize::from(line.expect("text").trim_start().starts_with(start));
    }
    assert!(child.wait().expect("it was started").success(), "{arguments:?}");
    assert_ne!(peak, 0, "{arguments:?}: /proc says what a process takes");
    (peak, devices)
}

#[test]
fn listing_many_devices_takes_no_more_memory_than_listing_few() {
    let (service, work) = (Served::start(Workplace::new(), &[]), Workplace::new());
    let many = devices();
    let (few_group, many_group) =
        (filled(&service, &work, "few", 0, FEW), filled(&service, &work, "many", FEW, many));
    for (format, start) in [("human", "348555"), ("json", "\"id\": \"348555")] {
        let list = |group: &str, count: usize| {
            let of_group = ["device", "list", "--group", group, "--product", PRODUCT, "-o", format];
            let (peak, devices) = listed(&service, &work, &of_group, start);
            assert_eq!(devices, count, "{format}");
            peak
        };
        let (of_few, of_many) = (list(&few_group, FEW), list(&many_group, many));
        let (of_all, all) = listed(&service, &work, &["device", "list", "-o", format], start);
        assert_eq!(all, FEW + many, "{format}");
        println!("{many} devices as {format}: {of_many} KiB and {of_all} KiB, {FEW}: {of_few} KiB");
        for peak in [of_many, of_all] {
            assert!(peak < LIMIT_KIB, "{format}: {peak} KiB");
            assert!(peak < of_few + GROWTH_KIB, "{format}: {peak} KiB, of few {of_few} KiB");
        }
    }
}

/// The ids of the devices in a group, as they are listed.
fn in_group(service: &Served, work: &Workplace, group: &str) -> Vec<String> {
    let list = ["device", "list", "--group", group, "--product", PRODUCT, "-o", "json"];
    let listed = service.el2g(work, &list).exits(0).json();
    let id = |row: &serde_json::Value| row["device"]["id"].as_str().expect("an id").to_owned();
    listed.as_array().expect("a list").iter().map(id).collect()
}

/// How many devices are in a group.
fn count(service: &Served, work: &Workplace, group: &str) -> usize {
    let path = format!("/products/{PRODUCT}/device-groups/{group}/devices?page=0&size=1");
    let page = service.el2g(work, &["api", "GET", &path]).exits(0).json();
    page["totalElements"].as_u64().and_then(|count| count.try_into().ok()).expect("a count")
}

#[test]
fn refused_devices_are_left_out_in_one_more_call() {
    let (service, work) = (Served::start(Workplace::new(), &[]), Workplace::new());
    let other = filled(&service, &work, "other", 0, 130);
    let group = created(&service, &work, "meters");
    written(&work, "devices.txt", 0, 300);
    let add = ["device", "add", "--from", "devices.txt", "--jobs", "1", "--group", &group];
    let rest = ["--product", PRODUCT, "-vv", "-o", "json"];
    let ran = service.el2g(&work, &[&add[..], &rest].concat()).exits(4);
    let summary = ran.json();
    assert_eq!((&summary["added"], &summary["notSent"]), (&170.into(), &0.into()));
    let refused = summary["refused"].as_array().expect("a list");
    assert_eq!(refused.len(), 130);
    for device in refused {
        assert_eq!(device["reason"], format!("it is in another device group, {other}"));
        assert_eq!(device["code"], "ERR_SEDM_422_11");
    }
    // A chunk that is refused whole, one that is sent again without 30 of its devices, and a good one.
    assert_eq!(ran.stderr.matches("POST http").count(), 4, "{}", ran.stderr);
    assert_eq!(in_group(&service, &work, &group).len(), 170);
}

#[test]
fn adding_that_was_killed_is_run_again_without_harm() {
    const ALL: usize = 6_000;
    let (service, work) = (Served::start(Workplace::new(), &[]), Workplace::new());
    let other = filled(&service, &work, "other", 0, 2);
    let group = created(&service, &work, "meters");
    written(&work, "devices.txt", 0, ALL);
    let place =
        ["--base-url", service.ready("baseUrl"), "--token-file", service.ready("tokenFile")];
    let add = [
        "device",
        "add",
        "--from",
        "devices.txt",
        "--chunk",
        "50",
        "--product",
        PRODUCT,
        "--group",
    ];
    for killed in 0..2 {
        let before = count(&service, &work, &group);
        let mut child = Command::new(program())
            .args(add)
            .arg(&group)
            .args(place)
            .env_clear()
            .env("HOME", work.path(""))
            .current_dir(work.path(""))
            .stdout(Stdio::null())
            .spawn()
            .expect("the program was built");
        while count(&service, &work, &group) <= before {
            assert!(child.try_wait().expect("a child").is_none(), "it ended by itself");
        }
        child.kill().expect("it runs");
        assert_eq!(child.wait().expect("it was killed").code(), None);
        let there = count(&service, &work, &group);
        assert!(there < ALL - 2, "kill {killed}: {there} devices are there, too late to be a test");
    }
    for _ in 0..2 {
        let last = [group.as_str(), "-o", "json"];
        let summary = service.el2g(&work, &[&add[..], &last].concat()).exits(4).json();
        assert_eq!(summary["added"], ALL - 2);
        assert_eq!(summary["notSent"], 0);
        let refused = summary["refused"].as_array().expect("a list");
        assert_eq!(refused.len(), 2);
        assert_eq!(refused[0]["reason"], format!("it is in another device group, {other}"));
    }
    let mut ids = in_group(&service, &work, &group);
    assert_eq!(ids.len(), ALL - 2);
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), ALL - 2, "each device once");
}

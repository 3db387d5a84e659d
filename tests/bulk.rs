//! Many objects, groups, devices and claim codes at once.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::served::Served;
use crate::workplace::{Ran, Workplace, program};

const PRODUCT: &str = "935389312472";

fn run(service: &Served, work: &Workplace, line: &str) -> Ran {
    service.el2g(work, &line.split_whitespace().collect::<Vec<_>>())
}

fn id(service: &Served, work: &Workplace, line: &str) -> String {
    run(service, work, &format!("{line} -o json")).exits(0).json()["id"].to_string()
}

fn group(service: &Served, work: &Workplace, name: &str) -> String {
    id(service, work, &format!("device-group create --name {name} --product {PRODUCT}"))
}

fn key_pair(service: &Served, work: &Workplace, name: &str, number: usize) -> String {
    let create = "secure-object create key-pair --algorithm NIST_P256";
    id(service, work, &format!("{create} --name {name} --object-id 8300000{number}"))
}

fn assigned(service: &Served, work: &Workplace, group: &str) -> usize {
    let list = format!("device-group assigned-objects {group} -o json");
    run(service, work, &list).exits(0).json().as_array().expect("a list").len()
}

#[test]
fn objects_are_assigned_to_groups_and_taken_out_of_them_by_one_command() {
    let (service, work) = (Served::start(Workplace::new(), &[]), Workplace::new());
    let groups = ["a", "b", "c"].map(|name| group(&service, &work, name));
    let objects = [("x", 1), ("y", 2), ("z", 3)]
        .map(|(name, number)| key_pair(&service, &work, name, number));
    let of = groups.iter().map(|group| format!("--group {group}")).collect::<Vec<_>>().join(" ");
    let line = format!("secure-object assign {} {of}", objects.join(" "));
    let dry = run(&service, &work, &format!("{line} --dry-run")).exits(0);
    assert_eq!(dry.stdout.matches("curl -X POST").count(), 9, "{}", dry.stdout);
    assert_eq!(assigned(&service, &work, &groups[0]), 0);
    let first = run(&service, &work, &line).exits(0);
    assert_eq!(first.stdout, "assigned 9, already assigned 0, refused 0, not sent 0\n");
    let again = run(&service, &work, &line).exits(0);
    assert_eq!(again.stdout, "assigned 0, already assigned 9, refused 0, not sent 0\n");
    // An object with an object id that is taken is refused; the others are assigned.
    let (twin, new) = (key_pair(&service, &work, "twin", 1), key_pair(&service, &work, "new", 4));
    let line = format!("secure-object assign {twin} {new} {of}");
    let ran = run(&service, &work, &line).exits(4);
    let said = format!("secure object {twin}, device group {}: refused: ", groups[0]);
    assert!(ran.stdout.contains(&said), "{}", ran.stdout);
    assert!(ran.stdout.ends_with("assigned 3, already assigned 0, refused 3, not sent 0\n"));
    assert!(ran.stderr.contains("3 assignments were not assigned"), "{}", ran.stderr);
    assert!(ran.stderr.contains("el2g device-group assigned-objects GROUP"), "{}", ran.stderr);
    // Nothing leaves without an answer, and one is enough.
    let all = format!("secure-object unassign {} {new} {of}", objects.join(" "));
    let ran = run(&service, &work, &all).exits(2);
    assert!(ran.stderr.contains("unassign 4 secure objects from 3 groups"), "{ran:?}");
    let ran = run(&service, &work, &format!("{all} --yes")).exits(0);
    assert_eq!(ran.stdout, "unassigned 12, not assigned 0, refused 0, not sent 0\n");
    let ran = run(&service, &work, &format!("{all} --yes -o json")).exits(0).json();
    let schema = "el2g/unassigned-objects/1";
    let none =
        json!({"schema": schema, "unassigned": 0, "notAssigned": 12, "refused": [], "notSent": 0});
    assert_eq!(ran, none);
}

#[test]
fn a_key_pair_that_is_in_use_stays_and_leaves_with_its_certificate() {
    let (service, work) = (Served::start(Workplace::new(), &[]), Workplace::new());
    let group = group(&service, &work, "a");
    run(&service, &work, "intermediate-ca create --name ca --algorithm NIST_P256 --nxp").exits(0);
    let pair = key_pair(&service, &work, "pair", 1);
    let other = key_pair(&service, &work, "other", 3);
    let create = "secure-object create certificate --intermediate-ca ca --months 12";
    let more = "--common-name-prefix m --name certificate --object-id 83000002";
    let certificate = id(&service, &work, &format!("{create} --key-pair {pair} {more}"));
    let of_group = format!("--group {group} -o json --yes");
    run(&service, &work, &format!("secure-object assign {pair} {certificate} {other} {of_group}"))
        .exits(0);
    let ran = run(&service, &work, &format!("secure-object unassign {pair} {other} {of_group}"));
    let refused = ran.exits(4).json();
    assert_eq!(refused["refused"].as_array().unwrap().len(), 2, "all or none of a group");
    assert_eq!(assigned(&service, &work, &group), 3);
    let ran =
        run(&service, &work, &format!("secure-object unassign {pair} {certificate} {of_group}"));
    assert_eq!(ran.exits(0).json()["unassigned"], 2);
}

fn devices(work: &Workplace, from: usize, count: usize) {
    let list: String =
        (from..from + count).map(|number| format!("0x04005001{number:028x}\n")).collect();
    work.write("devices.txt", list);
}

fn count(service: &Served, work: &Workplace, group: &str) -> usize {
    let path = format!("/products/{PRODUCT}/device-groups/{group}/devices?page=0&size=1");
    let page = run(service, work, &format!("api GET {path}")).exits(0).json();
    page["totalElements"].as_u64().and_then(|count| count.try_into().ok()).expect("a count")
}

#[test]
fn unclaiming_that_was_killed_is_resumed_and_reports_no_device_of_the_first_run_as_failed() {
    const ALL: usize = 4_000;
    let (service, work) = (Served::start(Workplace::new(), &[]), Workplace::new());
    let group = group(&service, &work, "meters");
    devices(&work, 0, ALL);
    let of_group = format!("--in devices.txt --group {group} --product {PRODUCT}");
    run(&service, &work, &format!("device add --chunk 1000 {of_group}")).exits(0);
    // One more, which is not in the group.
    devices(&work, 0, ALL + 1);
    let line = format!("device unclaim {of_group} --chunk 20 --jobs 2 --yes");
    let without = line.replace(" --yes", "");
    let ran = run(&service, &work, &without).exits(2);
    assert!(ran.stderr.contains("unclaim 4001 devices of group"), "{}", ran.stderr);
    let place =
        ["--base-url", service.ready("baseUrl"), "--token-file", service.ready("tokenFile")];
    for killed in 0..2 {
        let before = count(&service, &work, &group);
        let mut child = Command::new(program())
            .args(line.split_whitespace())
            .args(place)
            .env_clear()
            .env("HOME", work.path(""))
            .current_dir(work.path(""))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program was built");
        while count(&service, &work, &group) + 100 > before {
            assert!(child.try_wait().expect("a child").is_none(), "it ended by itself");
        }
        child.kill().expect("it runs");
        child.wait().expect("it was killed");
        assert!(count(&service, &work, &group) > 0, "kill {killed}: too late to be a test");
    }
    let summary = run(&service, &work, &format!("{line} -o json")).exits(4).json();
    assert_eq!((&summary["unclaimed"], &summary["notSent"]), (&ALL.into(), &0.into()));
    let failed = summary["failed"].as_array().unwrap();
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0]["given"], format!("0x04005001{ALL:028x}"));
    assert_eq!(failed[0]["line"], ALL + 1);
    assert_eq!(count(&service, &work, &group), 0);
    let journals = fs::read_dir(work.path(".local/state/el2g/journals"));
    assert_eq!(journals.map_or(0, Iterator::count), 0, "nothing is left to resume");
}

#[test]
fn secrets_of_a_batch_go_into_one_file_whole_or_not_at_all() {
    let (service, work) = (Served::start(Workplace::new(), &[]), Workplace::new());
    let group = group(&service, &work, "meters");
    let place = format!("--group {group} --product {PRODUCT}");
    let create = format!("claim-code create-batch --count 100 {place}");
    let line = format!("{create} --name-prefix line-7 --secrets-out codes.csv");
    let dry = run(&service, &work, &format!("{line} --dry-run")).exits(0);
    assert_eq!(dry.stdout.lines().count(), 5, "{}", dry.stdout);
    assert!(!work.names().contains(&"codes.csv".to_owned()));
    run(&service, &work, &line).exits(0);
    let mode = fs::metadata(work.path("codes.csv")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let text = String::from_utf8(work.read("codes.csv")).unwrap();
    let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!((rows.len(), &rows[0][..]), (101, &["id", "name", "secret"][..]));
    // Each is the one that `secret` writes.
    run(&service, &work, &format!("claim-code secret {} {place} --out one", rows[7][0])).exits(0);
    assert_eq!(String::from_utf8(work.read("one")).unwrap(), rows[7][2]);
    // The same as JSON, by their names or their ids.
    let secrets = "claim-code secrets --format json";
    run(&service, &work, &format!("{secrets} --name-prefix line-7 {place} --out all.json"))
        .exits(0);
    let all: Value = serde_json::from_slice(&work.read("all.json")).unwrap();
    let expected: Vec<Value> = rows[1..]
        .iter()
        .map(|row| {
            let id = row[0].parse::<u64>().unwrap();
            json!({"schema": "el2g/claim-secret/1", "id": id, "name": row[1], "secret": row[2]})
        })
        .collect();
    assert_eq!(all, json!(expected));
    let two = format!("{secrets} {} {} {place} --out two.json", rows[2][0], rows[1][0]);
    run(&service, &work, &two).exits(0);
    let two: Value = serde_json::from_slice(&work.read("two.json")).unwrap();
    assert_eq!(two, json!(expected[..2]));
    // No secret is shown, not even with everything said.
    let said = run(&service, &work, &format!("{secrets} --name-prefix line-7 {place} --out s -vv"));
    assert!(!format!("{said:?}").contains(rows[1][2]));
    for (more, code, said) in [
        ("--name-prefix line-7 --out all.json", 3, "all.json"),
        ("--name-prefix line-7 --out -", 2, "found standard output"),
        ("--name-prefix line-7 --out /dev/stdout", 3, "/dev/stdout"),
        ("--name-prefix nosuch --out none", 3, "no claim code of the group"),
        ("1 999999 --out none", 4, "404"),
        ("--out none", 2, "required"),
    ] {
        let ran = run(&service, &work, &format!("claim-code secrets {place} {more}")).exits(code);
        assert!(ran.stderr.contains(said), "{more}: {}", ran.stderr);
        assert_eq!(ran.stdout, "", "{more}");
    }
    // A prefix that is used already: the new codes could not be told apart.
    let ran = run(&service, &work, &format!("{create} --name-prefix line --secrets-out more.csv"));
    assert!(ran.exits(3).stderr.contains("nothing was created"));
    let ran = run(&service, &work, &format!("{create} --name-prefix l2 --secrets-out codes.csv"));
    assert_eq!(ran.code, 3, "{ran:?}");
    let listed = run(&service, &work, &format!("claim-code list {place} -o json")).exits(0).json();
    assert_eq!(listed.as_array().unwrap().len(), 100);
    assert!(!work.names().iter().any(|name| name == "none" || name == "more.csv"));
}

#[test]
fn secrets_that_cannot_be_fetched_leave_no_file_and_can_be_written_later() {
    let script = Workplace::new();
    let fault = "operation = \"ShowClaimCodeSecret\"\nnth = 50\nanswer = 403";
    script.write("faults.toml", format!("[[fault]]\n{fault}\n"));
    let faults = script.path("faults.toml").display().to_string();
    let service = Served::start(Workplace::new(), &["--faults", &faults]);
    let work = Workplace::new();
    let group = group(&service, &work, "meters");
    let place = format!("--group {group} --product {PRODUCT}");
    let line = format!("claim-code create-batch --count 100 --name-prefix line-7 {place}");
    let ran = run(&service, &work, &format!("{line} --secrets-out codes.csv")).exits(4);
    assert!(ran.stderr.contains("batch 1 was created, its secrets were not written"), "{ran:?}");
    assert!(ran.stderr.contains("el2g claim-code secrets --name-prefix"), "{ran:?}");
    assert!(!work.names().contains(&"codes.csv".to_owned()));
    let later = format!("claim-code secrets --name-prefix line-7 {place} --out codes.csv");
    run(&service, &work, &later).exits(0);
    assert_eq!(String::from_utf8(work.read("codes.csv")).unwrap().lines().count(), 101);
}

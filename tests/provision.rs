//! `el2g provision`: the chain of AN12642 4.1 in one command, whatever becomes of it on the way.

mod secrets;

use std::fs;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::served::Served;
use crate::workplace::{Ran, Workplace, program};

const PRODUCT: &str = "935389312472";

/// Four objects of as many kinds.
const MANIFEST: &str = "\
kind,name,object-id,algorithm,key-pair,intermediate-ca,common-name-prefix,months,in,file
certificate,tls-cert,83000002,,tls-key,line-7,meter,120,,
key-pair,tls-key,83000001,NIST_P256,,,,,,
master-key,kek,83000003,,,,,,secrets/kek.hex,
binary-file,config,83000004,,,,,,,config.bin
";

const SECRET: &str = "00112233445566778899aabbccddeeff";

/// The id of a device.
fn device(number: usize) -> String {
    format!("0x04005001{number:028x}")
}

/// A workplace with a manifest, a CA `line-7` and these groups.
fn ready(service: &Served, groups: &[&str]) -> Workplace {
    let work = Workplace::new();
    work.take("openpgp/rsa2048.sec.asc");
    work.write("recipient.asc", fs::read(service.ready("recipientFile")).unwrap());
    fs::create_dir_all(work.path("plan/secrets")).unwrap();
    work.write("plan/objects.csv", MANIFEST);
    work.write_secret("plan/secrets/kek.hex", SECRET);
    work.write("plan/config.bin", "config");
    if list(service, &work, "intermediate-ca list").is_empty() {
        let ca = "intermediate-ca create --name line-7 --algorithm NIST_P256 --nxp";
        run(service, &work, ca).exits(0);
    }
    for group in groups {
        let create = format!("device-group create --name {group} --product {PRODUCT}");
        run(service, &work, &create).exits(0);
    }
    work
}

fn run(service: &Served, work: &Workplace, line: &str) -> Ran {
    service.el2g(work, &line.split_whitespace().collect::<Vec<_>>())
}

fn list(service: &Served, work: &Workplace, line: &str) -> Vec<Value> {
    let listed = run(service, work, &format!("{line} -o json")).exits(0).json();
    listed.as_array().expect("a list").clone()
}

/// The command for the manifest.
fn line(more: &str) -> String {
    let keys = "--signer rsa2048.sec.asc --recipient recipient.asc";
    format!("provision plan/objects.csv --product {PRODUCT} {keys} -o json {more}")
}

/// The names of the objects that there are.
fn names(service: &Served, work: &Workplace) -> Vec<String> {
    let all = list(service, work, "secure-object list");
    let mut names: Vec<String> =
        all.iter().map(|object| object["name"].as_str().expect("a name").to_owned()).collect();
    names.sort();
    names
}

/// How many objects a group has.
fn assigned(service: &Served, work: &Workplace, group: &str) -> usize {
    list(service, work, &format!("device-group assigned-objects {group}")).len()
}

fn connect(service: &Served, work: &Workplace, number: usize, more: &str) -> Ran {
    run(service, work, &format!("sandbox connect-device {} {more}", device(number)))
}

/// Devices for a group, as a file.
fn devices(work: &Workplace, from: usize, count: usize) {
    let list: String = (from..from + count).map(|number| device(number) + "\n").collect();
    work.write("devices.txt", list);
}

const ALL: [&str; 4] = ["config", "kek", "tls-cert", "tls-key"];

#[test]
fn a_manifest_reaches_the_devices_of_two_groups_and_a_second_run_changes_nothing() {
    let service = Served::start(Workplace::new(), &[]);
    let work = ready(&service, &["east", "west"]);
    for (group, from) in [("east", 0), ("west", 3)] {
        devices(&work, from, 3);
        let add = format!("device add --in devices.txt --group {group} --product {PRODUCT}");
        run(&service, &work, &add).exits(0);
    }
    let both = "--group east --group west --receipt-dir receipts --wait --wait-timeout 0";
    let first = run(&service, &work, &line(both)).exits(7);
    assert!(first.stderr.contains("24 of 24 provisionings are not completed yet"), "{first:?}");
    let report = first.json();
    let objects = report["objects"].as_array().unwrap();
    let told: Vec<Value> = objects.iter().map(|it| json!([it["name"], it["status"]])).collect();
    let created = ["tls-cert", "tls-key", "kek", "config"].map(|name| json!([name, "created"]));
    assert_eq!(told, created);
    assert_eq!(report["assignments"]["assigned"], 8);
    assert_eq!(report["provisionings"]["waiting"].as_array().unwrap().len(), 24);
    assert_eq!(report["receipts"], json!(["receipts/kek.json"]));
    let receipt: Value = serde_json::from_slice(&work.read("receipts/kek.json")).unwrap();
    assert_eq!(receipt["secureObjectId"], objects[2]["secureObjectId"]);
    assert_eq!((&receipt["kind"], &receipt["length"]), (&json!("aes"), &json!(16)));
    for file in ["receipts/kek.json", report["journal"].as_str().unwrap()] {
        let text = String::from_utf8(work.read(file)).unwrap().to_lowercase();
        assert!(!text.contains(SECRET), "{file} shows the secret");
    }
    (0..6).for_each(|number| drop(connect(&service, &work, number, "").exits(0)));
    let again = run(&service, &work, &line(both)).exits(0).json();
    assert_eq!(again["provisionings"]["completed"], 24);
    assert_eq!(again["assignments"]["alreadyAssigned"], 8);
    let objects = again["objects"].as_array().unwrap();
    assert!(objects.iter().all(|object| object["status"] == "existing"), "{objects:?}");
    assert_eq!(names(&service, &work), ALL);
    assert_eq!(serde_json::from_slice::<Value>(&work.read("receipts/kek.json")).unwrap(), receipt);
    // The certificate in the device is for the key pair of the manifest.
    let certificates = run(&service, &work, "secure-object list --kind CERTIFICATE -o json");
    assert_eq!(certificates.exits(0).json()[0]["keyPairName"], "tls-key");
}

#[test]
fn a_dry_run_prints_what_the_run_sends_and_sends_nothing() {
    let service = Served::start(Workplace::new(), &[]);
    let work = ready(&service, &["east"]);
    devices(&work, 0, 2);
    let manifest = MANIFEST.replace("line-7", "1");
    work.write("plan/objects.csv", manifest);
    let dry = line("--group 1 --devices devices.txt --receipt-dir receipts --wait --dry-run");
    let ran = run(&service, &work, &dry).exits(0);
    assert_eq!((names(&service, &work).len(), assigned(&service, &work, "1")), (0, 0));
    assert!(!work.names().iter().any(|name| name == "receipts"), "{:?}", work.names());
    let journals = fs::read_dir(work.path("plan")).unwrap();
    assert!(
        !journals
            .into_iter()
            .any(|file| { file.unwrap().file_name().to_string_lossy().contains("provisioned") })
    );
    let requests: Vec<String> = ran.json()["requests"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line["curl"].as_str().unwrap().to_owned())
        .collect();
    let posts = requests.iter().filter(|line| line.starts_with("curl -X POST"));
    // Two devices in one request, four objects, four assignments.
    assert_eq!(posts.clone().count(), 9, "{requests:#?}");
    assert!(posts.clone().any(|line| line.contains(r#""keyPairId":"ID_OF_tls-key""#)));
    assert!(posts.clone().any(|line| line.contains("BEGIN PGP MESSAGE")));
    assert!(!requests.iter().any(|line| line.contains(SECRET)));
    let real = dry.replace("--dry-run", "--wait-timeout 0 -vv --jobs 1");
    let ran = run(&service, &work, &real).exits(7);
    assert_eq!(ran.stderr.matches("POST http").count(), 9, "{}", ran.stderr);
    // The run asks for the hardware family of the group as well, which a dry run cannot know.
    let family = format!("GET {}/products/{PRODUCT}/device-groups/1 ", service.ready("nxpUrl"));
    assert_eq!(ran.stderr.matches(&family).count(), 1, "{}", ran.stderr);
    assert_eq!(ran.stderr.matches("GET http").count() - 1 + 9, requests.len(), "{}", ran.stderr);
}

/// Runs the command until its journal has so many lines, and kills it there.
fn killed(service: &Served, work: &Workplace, line: &str, journal: &str, lines: usize) {
    let place =
        ["--base-url", service.ready("baseUrl"), "--token-file", service.ready("tokenFile")];
    let mut child = Command::new(program())
        .args(line.split_whitespace())
        .args(place)
        .env_clear()
        .env("HOME", work.path(""))
        .current_dir(work.path(""))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program was built");
    let found = || fs::read_to_string(work.path(journal)).unwrap_or_default().lines().count();
    while found() < lines {
        assert!(child.try_wait().expect("a child").is_none(), "{line}: it ended by itself");
        std::thread::sleep(Duration::from_micros(200));
    }
    child.kill().expect("it runs");
    child.wait().expect("it was killed");
}

#[test]
fn a_run_that_is_killed_anywhere_is_resumed_and_makes_nothing_twice() {
    // The header, the sealed message, and two lines for each of the four objects.
    for lines in [1, 2, 3, 4, 6, 8, 10] {
        let service = Served::start(Workplace::new(), &[]);
        let work = ready(&service, &["east", "west"]);
        let line = line("--group east --group west --receipt-dir receipts --journal j --jobs 1");
        killed(&service, &work, &line, "j", lines);
        let before = names(&service, &work).len();
        let ran = run(&service, &work, &line).exits(0);
        let report = ran.json();
        assert_eq!(names(&service, &work), ALL, "{lines}: {before} were there");
        for group in ["east", "west"] {
            assert_eq!(assigned(&service, &work, group), 4, "{lines}");
        }
        let objects = report["objects"].as_array().unwrap();
        let existing = objects.iter().filter(|object| object["status"] == "existing").count();
        assert_eq!(existing, before, "{lines}: {report}");
        // The receipt is of the message that was sent.
        let receipt: Value = serde_json::from_slice(&work.read("receipts/kek.json")).unwrap();
        let journal = String::from_utf8(work.read("j")).unwrap();
        let sha = receipt["messageSha256"].as_str().unwrap();
        let last = journal.lines().rfind(|line| line.contains("\"step\":\"seal for"));
        assert!(last.unwrap().contains(sha), "{lines}");
    }
}

#[test]
fn a_service_that_fails_on_the_way_leaves_the_rest_for_the_next_run() {
    for (fault, code) in [
        ("operation = \"CreateSecureObject\"\nnth = 2\ndrop = \"after\"", 0),
        ("operation = \"CreateSecureObject\"\nnth = 2\nanswer = 503\ntimes = 5", 7),
        ("operation = \"AssignSecureObject\"\nnth = 3\nanswer = 503\ntimes = 5", 7),
        ("operation = \"AssignSecureObject\"\nnth = 3\nanswer = 403", 4),
    ] {
        let script = Workplace::new();
        script.write("faults.toml", format!("[[fault]]\n{fault}\n"));
        let faults = script.path("faults.toml").display().to_string();
        let service = Served::start(Workplace::new(), &["--faults", &faults]);
        let work = ready(&service, &["east", "west"]);
        let line = line("--group east --group west --jobs 1 --timeout 2");
        let ran = run(&service, &work, &line).exits(code);
        assert_eq!(ran.stderr.contains("is recorded in plan/objects.csv."), code != 0, "{ran:?}");
        let again = run(&service, &work, &line);
        // The service recovers with the calls that were counted.
        let ended = if again.code == 0 { again } else { run(&service, &work, &line) };
        ended.exits(0);
        assert_eq!(names(&service, &work), ALL, "{fault}");
        assert_eq!(assigned(&service, &work, "east") + assigned(&service, &work, "west"), 8);
    }
}

#[test]
fn a_provisioning_that_fails_is_told_with_its_device_and_object() {
    let service = Served::start(Workplace::new(), &[]);
    let work = ready(&service, &["east"]);
    devices(&work, 0, 2);
    let line = line("--group east --devices devices.txt --wait --wait-timeout 0");
    let first = run(&service, &work, &line).exits(7).json();
    let kek = &first["objects"][2];
    assert_eq!(kek["name"], "kek");
    let id = kek["secureObjectId"].to_string();
    connect(&service, &work, 0, "").exits(0);
    connect(&service, &work, 1, &format!("--fail {id}=provisioning"));
    let ran = run(&service, &work, &line).exits(7);
    assert!(ran.stderr.contains("1 of 8 provisionings failed"), "{}", ran.stderr);
    let said = format!("secure object {id} `kek`: PROVISIONING_FAILED");
    assert!(ran.stderr.contains(&said), "{}", ran.stderr);
    let failed = &ran.json()["provisionings"]["failed"];
    assert_eq!(failed.as_array().unwrap().len(), 1);
    assert_eq!(failed[0]["state"], "PROVISIONING_FAILED");
    let human = run(&service, &work, &line.replace("-o json", "")).exits(7);
    assert!(human.stdout.contains("the device did not take the object"), "{}", human.stdout);
    connect(&service, &work, 1, "").exits(0);
    run(&service, &work, &line).exits(0);
}

#[test]
fn what_waits_for_a_connection_is_explained() {
    let service = Served::start(Workplace::new(), &[]);
    let work = ready(&service, &["east"]);
    let row = "kind=key-pair,name=tls,object-id=83000001,algorithm=NIST_P256,on-connection=true";
    let object = format!("--new {row}");
    let place = format!("--group east --product {PRODUCT} --device {}", device(1));
    let line = format!("provision {place} --wait --wait-timeout 0 {object}");
    let ran = run(&service, &work, &line).exits(7);
    let said =
        "1 GENERATION_ON_CONNECTION: the object is made when the device connects, not before";
    assert!(ran.stdout.contains(said), "{}", ran.stdout);
    assert!(ran.stdout.contains("tls: created 1\n"), "{}", ran.stdout);
    connect(&service, &work, 1, "").exits(0);
    let ran = run(&service, &work, &line).exits(0);
    assert!(ran.stdout.contains("completed 1 of 1 provisionings\n"), "{}", ran.stdout);
    // An object that is there, by its name.
    let other = format!("device-group create --name west --product {PRODUCT}");
    run(&service, &work, &other).exits(0);
    let existing = format!("provision --object tls --group west --product {PRODUCT} -o json");
    let report = run(&service, &work, &existing).exits(0).json();
    assert_eq!(report["objects"], json!([{"secureObjectId": 1, "status": "given"}]));
    assert_eq!(report["assignments"]["assigned"], 1);
}

#[test]
fn what_is_wrong_is_found_before_anything_is_sent() {
    let service = Served::start(Workplace::new(), &[]);
    let work = ready(&service, &["east"]);
    work.write("plan/open.hex", SECRET);
    let header = "kind,name,object-id,algorithm,in,file,generate,key-pair,intermediate-ca\n";
    for (rows, code, said) in [
        ("", 3, "has no rows"),
        ("key-pair,a,83000001\n", 3, "line 2: 3 fields, expected 9"),
        ("des,a,83000001,,,,,,\n", 3, "line 2 (a): unknown kind `des`, known are key-pair"),
        (
            "key-pair,a,,NIST_P256,,,,,\n",
            3,
            "line 2 (a): the following required arguments were not provided: --object-id",
        ),
        ("key-pair,a,83000001,NIST_P256,kek.hex,,,,\n", 3, "a key-pair has no column `in`"),
        ("aes,a,83000001,,,,,,\n", 3, "line 2 (a)"),
        ("aes,a,83000001,,secrets/none.hex,,,,\n", 3, "none.hex: cannot be read"),
        ("aes,a,83000001,,open.hex,,,,\n", 3, "open.hex"),
        ("aes,a,83000001,,-,,,,\n", 3, "in: expected a file, found standard input"),
        (
            "aes,a,83000001,,00112233445566778899aabbccddeeff,,,,\n",
            3,
            "in: expected the name of a file, found hexadecimal digits as of a key",
        ),
        ("aes,a,83000001,,,,256bit,,\n", 3, "line 2 (a)"),
        ("key-pair,a,7FFF0204,NIST_P256,,,,,\n", 3, "object-id"),
        (
            "key-pair,a,83000001,NIST_P256,,,,,\nkey-pair,b,83000001,NIST_P256,,,,,\n",
            3,
            "--skip-check object-id-repeated",
        ),
        (
            "key-pair,a,83000001,NIST_P256,,,,,\nkey-pair,a,83000001,NIST_P384,,,,,\n",
            3,
            "line 3 (a): has the type, name and object id of line 2 (a)",
        ),
    ] {
        work.write("plan/objects.csv", format!("{header}{rows}"));
        let ran = run(&service, &work, &line("--group 1")).exits(code);
        assert!(ran.stderr.contains(said), "{rows}: {}", ran.stderr);
        assert!(!ran.stderr.to_lowercase().contains(SECRET), "{}", ran.stderr);
    }
    for (more, said) in [
        ("--group 1", "required arguments"),
        (
            "plan/objects.csv --group 1 --group 2 --device 0x04005001d706ca37a1e4ed047e6dda0f6880",
            "devices are added to one group",
        ),
        ("--group 1 --new kind=key-pair,name=a", "--new (a): the following required arguments"),
        ("--group 1 --new key-pair", "--new: expected COLUMN=VALUE with commas between"),
    ] {
        let ran = run(&service, &work, &format!("provision --product {PRODUCT} {more}"));
        assert!([2, 3].contains(&ran.code), "{more}: {ran:?}");
        assert!(ran.stderr.contains(said), "{more}: {}", ran.stderr);
    }
    assert_eq!(names(&service, &work), Vec::<String>::new());
    let left = fs::read_dir(work.path("plan")).unwrap().count();
    assert_eq!(left, 4, "no journal is left behind");
}

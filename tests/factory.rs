//! Offline and product-based provisioning: devices are registered, jobs waited for, secure objects downloaded.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use crate::recorded::Recorded;
use crate::served::Served;
use crate::workplace::Workplace;

const PRODUCT: &str = "999340000612";

struct Factory {
    service: Served,
    work: Workplace,
    group: u64,
}

impl Factory {
    /// A group with a key pair and a file, and generation that takes a second.
    fn start(more: &[&str]) -> Self {
        let (service, work) = (Served::start(Workplace::new(), more), Workplace::new());
        let mut factory = Self { service, work, group: 0 };
        let create = format!("device-group create --name line --product {PRODUCT}");
        factory.group = factory.json(&create)["id"].as_u64().expect("an id");
        factory.object("key-pair --name key --object-id 83000001 --algorithm NIST_P256");
        factory
    }

    fn object(&self, rest: &str) {
        let made = self.json(&format!("secure-object create {rest}"));
        let line = format!("secure-object assign {} --group {}", made["id"], self.group);
        self.json(&line);
    }

    #[track_caller]
    fn run(&self, line: &str, code: i32) -> crate::workplace::Ran {
        let words: Vec<&str> = line.split(' ').collect();
        self.service.el2g(&self.work, &words).exits(code)
    }

    #[track_caller]
    fn json(&self, line: &str) -> Value {
        self.run(&format!("{line} -o json"), 0).json()
    }

    fn of(&self) -> String {
        format!("--group {} --product {PRODUCT}", self.group)
    }
}

#[test]
fn devices_are_registered_waited_for_and_downloaded_into_a_file_each() {
    let factory = Factory::start(&["--generation-seconds", "1"]);
    let of = factory.of();
    factory.work.write("devices.txt", "101\n102\n103\n");
    let line = format!("device register --in devices.txt {of} --chunk 2 --wait");
    let registered = factory.json(&line);
    let jobs = registered["jobs"].as_array().expect("jobs");
    let sizes: Vec<_> = jobs.iter().map(|job| (&job["devices"], &job["state"])).collect();
    let done = &json!("COMPLETED_SUCCESSFULLY");
    assert_eq!(sizes, [(&json!(1), done), (&json!(2), done)]);
    let shown = factory.json(&format!("job show {}", jobs[0]["jobId"].as_str().expect("an id")));
    assert_eq!(
        (&shown["provisionedPercentage"], &shown["deviceIds"]),
        (&json!(100), &json!(["101"]))
    );
    let line = format!("device download --in devices.txt {of} --hardware-family RW6 --out-dir d");
    let downloaded = factory.json(&line);
    assert_eq!(downloaded["devices"].as_array().map(Vec::len), Some(3));
    for device in ["101", "102", "103"] {
        let path = factory.work.path(&format!("d/{device}.bin"));
        let bytes = fs::read(&path).expect("a file");
        assert!(bytes.starts_with(b"\x40\x0bedgelock2go"), "{bytes:02x?}");
        assert_eq!(fs::metadata(&path).expect("a file").permissions().mode() & 0o777, 0o600);
    }
    // Files are never overwritten, not even with --force, and nothing is asked for them.
    let again = factory.run(&format!("{line} --force"), 3);
    assert!(again.stderr.contains("exists already"), "{}", again.stderr);
    let line =
        format!("device download 101 {of} --out-dir e --encoding json --owner-domain MATTER");
    assert_eq!(factory.json(&line)["devices"][0]["file"], Value::Null);
    assert!(!factory.work.path("e/101.json").exists());
    let line = format!("device download 101 {of} --out-dir e --encoding json");
    factory.json(&line);
    let text: Value = serde_json::from_slice(&factory.work.read("e/101.json")).expect("JSON");
    assert_eq!(text["rtpProvisionings"][0]["state"], "GENERATION_COMPLETED");
}

#[test]
fn what_is_not_generated_yet_is_waited_for_or_not_written() {
    let factory = Factory::start(&["--generation-seconds", "3600"]);
    let of = factory.of();
    let line = format!("device register 101 {of} --wait --wait-timeout 0");
    let late = factory.run(&line, 5);
    assert!(late.stderr.contains("did not end within 0 s: JOB_TRIGGERED"), "{}", late.stderr);
    assert!(late.stdout.contains("  1 device"), "the job is printed: {}", late.stdout);
    for more in ["", " --wait --wait-timeout 0"] {
        let late = factory.run(&format!("device download 101 {of} --out-dir d{more}"), 5);
        assert!(late.stderr.contains("not generated yet"), "{}", late.stderr);
    }
    assert_eq!(fs::read_dir(factory.work.path("d")).expect("a folder").count(), 0);
    factory.run("job show 00000000-0000-0000-0000-000000000000", 4);
}

#[test]
fn a_batch_is_made_and_written_whole() {
    let factory = Factory::start(&[]);
    let of = factory.of();
    let made = factory.json(&format!("batch create --count 2 {of} --wait"));
    assert_eq!(made["state"], "COMPLETED_SUCCESSFULLY");
    let job = made["jobId"].as_str().expect("an id");
    let stored = factory.json(&format!("batch download {job} --out batch.json"));
    assert_eq!((&stored["devices"], &stored["staticObjects"]), (&json!(2), &json!(0)));
    let batch: Value = serde_json::from_slice(&factory.work.read("batch.json")).expect("JSON");
    assert_eq!(batch["metadata"]["jobId"], job);
    assert_eq!(batch["dynamicProvisionings"].as_object().map(|devices| devices.len()), Some(2));
    factory.run(&format!("batch download {job} --out batch.json"), 3);
    factory.run(&format!("batch download {job} --out batch.json --force"), 0);
    let create = format!("device-group create --name static --product {PRODUCT}");
    let other = factory.json(&create)["id"].clone();
    let refused =
        factory.run(&format!("batch create --count 2 --group {other} --product {PRODUCT}"), 4);
    assert!(refused.stderr.contains("el2g batch static"), "{}", refused.stderr);
    factory.json(&format!("batch static --group {other} --product {PRODUCT} --out static.json"));
    let file: Value = serde_json::from_slice(&factory.work.read("static.json")).expect("JSON");
    assert_eq!(file.get("dynamicProvisionings"), None);
}

/// A service that answers a download with devices of its own choice.
fn odd(answer: &'static str) -> (Recorded, Workplace) {
    let work = Workplace::new();
    work.write_secret("token", "some-token");
    (Recorded::start(move |_| (200, answer.to_owned())), work)
}

#[test]
fn a_device_that_was_not_asked_for_names_no_file() {
    const OBJECT: &str = r#""rtpProvisionings":[{"state":"GENERATION_COMPLETED","apdus":{"createApdu":{"apdu":"YQ=="}}}]"#;
    let one = |id: &str| format!(r#"{{"deviceId":"{id}",{OBJECT}}}"#);
    for devices in [
        vec![one("../../evil")],
        vec![one("/tmp/evil")],
        vec![one("102")],
        vec![one("101"), one("101")],
        vec![],
        vec![one("101").replace("YQ==", "")],
        vec![one("101").replace("YQ==", ".")],
        vec![one("101").replace("GENERATION_COMPLETED", "NEW_STATE")],
    ] {
        let answer: &'static str = format!("[{}]", devices.join(",")).leak();
        let (service, work) = odd(answer);
        let line = ["device", "download", "101", "--group", "1", "--product", PRODUCT];
        let more = ["--out-dir", "d", "--base-url", service.base_url(), "--token-file", "token"];
        let ran = work.el2g(&[&line[..], &more].concat()).exits(5);
        assert!(ran.stderr.contains("nothing of this answer was written"), "{}", ran.stderr);
        assert_eq!(fs::read_dir(work.path("d")).expect("a folder").count(), 0, "{answer}");
    }
}

#[test]
fn a_job_of_an_unknown_state_is_waited_for_and_a_failed_one_is_a_failure() {
    for (state, code) in
        [("TOMORROW", 5), ("JOB_FAILED", 4), ("JOB_COMPLETED_PARTIALLY", 4), ("JOB_COMPLETED", 0)]
    {
        let answer: &'static str = format!(r#"{{"state":"{state}"}}"#).leak();
        let work = Workplace::new();
        work.write_secret("token", "some-token");
        let service = Recorded::start(move |_| (200, answer.to_owned()));
        let line = ["job", "show", "7", "--wait", "--wait-timeout", "0"];
        let more = ["--base-url", service.base_url(), "--token-file", "token"];
        let ran = work.el2g(&[&line[..], &more].concat()).exits(code);
        assert!(code == 0 || ran.stderr.contains(state), "{}", ran.stderr);
        let sent = service.sent();
        assert_eq!(sent.first().map(|sent| sent.path.as_str()), Some("/api/v2/rtp/jobs/7"));
    }
}

#[test]
fn a_proxy_without_versions_is_not_asked_for_another_one() {
    let (service, work) = odd("{}");
    let proxy = service.base_url().replace("/api/v1", "/proxy");
    let line = ["job", "show", "7", "--base-url", &proxy, "--token-file", "token"];
    let ran = work.el2g(&line).exits(2);
    assert!(ran.stderr.contains("is part of /api/v2"), "{}", ran.stderr);
    assert_eq!(service.sent(), []);
}

#[test]
fn every_page_of_a_list_is_one_document() {
    let factory = Factory::start(&[]);
    for number in 0..7 {
        let name = format!("device-group create --name g{number} --product {PRODUCT}");
        factory.json(&name);
    }
    let path = format!("/products/{PRODUCT}/device-groups?size=3");
    let all = factory.json(&format!("api GET {path} --paginate"));
    assert_eq!(
        (&all["totalElements"], all["content"].as_array().map(Vec::len)),
        (&json!(8), Some(8))
    );
    let versioned = factory.json(&format!("api GET /api/v1{path} --paginate"));
    assert_eq!(versioned, all);
    for (wrong, code) in [
        (format!("api POST {path} --paginate"), 2),
        (format!("api GET {path}&page=1 --paginate"), 2),
        (format!("api GET /products/{PRODUCT}/device-groups/{} --paginate", factory.group), 5),
    ] {
        factory.run(&wrong, code);
    }
    let printed = factory.run(&format!("api GET {path} --paginate --dry-run"), 0).stdout;
    assert!(printed.contains("size=3&page=0"), "{printed}");
}

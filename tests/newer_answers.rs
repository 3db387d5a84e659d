//! Answers that carry more, and answer otherwise, than AN12642 prints: nothing of them is lost.

use serde_json::Value;

use crate::served::Served;
use crate::workplace::{Ran, Workplace};

const PRODUCT: &str = "935389312472";
const DEVICE: &str = "348555491056936142262187597632590342062080";

fn run(service: &Served, work: &Workplace, line: &str) -> Ran {
    let words: Vec<&str> = line.split(' ').chain(["-o", "json"]).collect();
    service.el2g(work, &words)
}

#[test]
fn fields_that_are_not_known_are_in_json_on_every_level() {
    let work = Workplace::new();
    work.write("faults.toml", "[[fault]]\nunknown-fields = true\ntimes = 9999\n");
    let faults = work.path("faults.toml").display().to_string();
    let service = Served::start(Workplace::new(), &["--faults", &faults]);
    let create = format!("device-group create --name g --product {PRODUCT}");
    let group = run(&service, &work, &create).exits(0).json();
    let new = serde_json::json!({"nested": [1, "two", null]});
    let keeps = |group: &Value| {
        for place in ["", "/productDetails", "/resourceMetadata"] {
            let pointer = format!("{place}/sandboxUnknownField");
            assert_eq!(group.pointer(&pointer), Some(&new), "{pointer} of {group}");
        }
    };
    keeps(&group);
    let listed = run(&service, &work, &format!("device-group list --product {PRODUCT}")).exits(0);
    keeps(&listed.json()[0]);
}

#[test]
fn devices_are_added_by_a_service_that_only_says_202() {
    let (service, work) = (Served::start(Workplace::new(), &["--answer-202"]), Workplace::new());
    let create = format!("device-group create --name g --product {PRODUCT}");
    let group = run(&service, &work, &create).exits(0).json()["id"].to_string();
    let add = format!("device add {DEVICE} --group {group} --product {PRODUCT}");
    run(&service, &work, &add).exits(0);
    let listed = run(&service, &work, &format!("device list --group {group} --product {PRODUCT}"));
    assert_eq!(listed.exits(0).json().as_array().map(Vec::len), Some(1));
}

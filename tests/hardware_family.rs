//! `--hardware-family`, `--product` and `--owner-domain`: what is sent with them and without, and what the sandbox says.

use serde_json::json;

use crate::served::Served;
use crate::workplace::{Ran, Workplace};

const SE050: &str = "935389312472";
const RW612: &str = "999340000612";
const DEVICE: &str = "348555491056936142262187597632590342062080";

/// A sandbox, and what is in it.
struct Place {
    service: Served,
    work: Workplace,
    object: String,
}

impl Place {
    fn new() -> Self {
        let (service, work) = (Served::start(Workplace::new(), &[]), Workplace::new());
        let mut place = Self { service, work, object: String::new() };
        let create =
            "secure-object create key-pair --name k --object-id 83000001 --algorithm nist-p256";
        place.object = place.run(create).exits(0).json()["id"].to_string();
        place
    }

    fn run(&self, line: &str) -> Ran {
        let words: Vec<&str> = line.split(' ').chain(["-o", "json"]).collect();
        self.service.el2g(&self.work, &words)
    }

    /// A device group of a product; its id.
    fn group(&self, name: &str, product: &str) -> String {
        let create = format!("device-group create --name {name} --product {product}");
        self.run(&create).exits(0).json()["id"].to_string()
    }

    /// The request of a dry run.
    fn curl(&self, line: &str) -> String {
        let dry = self.run(&format!("{line} --dry-run")).exits(0).json();
        assert_eq!(dry["requests"].as_array().map(Vec::len), Some(1), "{dry}");
        dry["requests"][0]["curl"].as_str().expect("a line").to_owned()
    }

    fn groups_of_object(&self) -> usize {
        let listed = self.run(&format!("secure-object assigned-groups {}", self.object)).exits(0);
        listed.json().as_array().map_or(0, Vec::len)
    }
}

#[test]
fn what_is_sent_is_as_printed_without_a_family_and_as_nxps_client_sends_it_with_one() {
    let place = Place::new();
    for (line, path, body) in [
        (
            "secure-object assign 7 --group 9",
            "/rtp/secure-objects/7/assign-device-group'",
            json!({"deviceGroupId": "9"}),
        ),
        (
            "secure-object assign 7 --group 9 --hardware-family rw6",
            "/rtp/secure-objects/7/assign-device-group'",
            json!({"deviceGroupId": 9, "productHardwareFamilyType": "RW6"}),
        ),
        (
            "secure-object unassign 7 --group 9 --group 8",
            "/rtp/secure-objects/7/unassign-device-groups'",
            json!([9, 8]),
        ),
        (
            "secure-object unassign 7 --group 9 --group 8 --hardware-family MCXN",
            "/rtp/secure-objects/7/unassign-device-groups?hardware-family-type=MCXN'",
            json!([
                {"deviceGroupId": 9, "productHardwareFamilyType": "MCXN"},
                {"deviceGroupId": 8, "productHardwareFamilyType": "MCXN"},
            ]),
        ),
        (
            "device-group unassign-objects 9 --object 7",
            "/rtp/device-groups/9/unassign-secure-objects'",
            json!([7]),
        ),
        (
            "device-group unassign-objects 9 --object 7 --hardware-family IMX9",
            "/rtp/device-groups/9/unassign-secure-objects?hardware-family-type=IMX9'",
            json!([7]),
        ),
    ] {
        let curl = place.curl(line);
        assert!(curl.contains(path), "{line}: {curl}");
        assert!(curl.contains(&format!("--data-raw '{body}'")), "{line}: {curl}");
    }
    let both = "--hardware-family RW6 --owner-domain RTP --owner-domain matter";
    let curl = place.curl(&format!("device provisionings {DEVICE} {both}"));
    let query = "?hardware-family-type=RW6&owner-domain-types=RTP&owner-domain-types=MATTER&page=0&size=100'";
    assert!(curl.contains(query), "{curl}");
}

#[test]
fn the_family_of_a_group_is_asked_of_the_service_and_sent_unless_it_is_se05() {
    let place = Place::new();
    let (new, old) = (place.group("new", RW612), place.group("old", SE050));
    let object = &place.object;
    for (group, product) in [(&new, RW612), (&old, SE050)] {
        let change = format!("{object} --group {group} --product {product}");
        place.run(&format!("secure-object assign {change}")).exits(0);
        assert_eq!(place.groups_of_object(), 1);
        place.run(&format!("secure-object unassign {change} --yes")).exits(0);
        assert_eq!(place.groups_of_object(), 0);
    }
    // A group of another product is not taken for one of this.
    let wrong = format!("secure-object assign {object} --group {new} --product {SE050}");
    place.run(&wrong).exits(4);
    let blind = place.run(&format!("{wrong} --dry-run")).exits(2);
    assert!(blind.stderr.contains("--hardware-family"), "{}", blind.stderr);
    let both = format!("secure-object assign {object} --group {new} --product {RW612}");
    place.run(&format!("{both} --hardware-family RW6")).exits(2);
    assert_eq!(place.groups_of_object(), 0);
}

#[test]
fn another_family_than_the_groups_is_refused_by_the_sandbox_and_an_unknown_one_here() {
    let place = Place::new();
    let group = place.group("old", SE050);
    let assign = format!("secure-object assign {} --group {group} --hardware-family", place.object);
    let refused = place.run(&format!("{assign} RW6")).exits(4);
    assert!(refused.stderr.contains("ERR_RTP_422_12"), "{}", refused.stderr);
    let unknown = place.run(&format!("{assign} RW612")).exits(2);
    assert!(unknown.stderr.contains("SE05, A500, RW6"), "{}", unknown.stderr);
    assert_eq!(place.groups_of_object(), 0);
}

#[test]
fn provisionings_of_a_device_are_asked_for_with_the_family_of_its_product() {
    let place = Place::new();
    let group = place.group("new", RW612);
    place.run(&format!("secure-object assign {} --group {group}", place.object)).exits(0);
    place.run(&format!("device add {DEVICE} --group {group} --product {RW612}")).exits(0);
    let found = |more: &str| {
        let listed = place.run(&format!("device provisionings {DEVICE}{more}")).exits(0);
        listed.json().as_array().map_or(0, Vec::len)
    };
    assert_eq!(found(""), 1);
    assert_eq!(found(" --hardware-family RW6 --owner-domain RTP"), 1);
    assert_eq!(found(" --hardware-family SE05"), 0);
    assert_eq!(found(" --owner-domain MATTER"), 0);
    let asked = place.run(&format!("device provisionings {DEVICE} -vv")).exits(0);
    assert!(asked.stderr.contains("hardware-family-type=RW6"), "{}", asked.stderr);
}

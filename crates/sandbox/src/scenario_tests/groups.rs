//! Groups and devices.

use serde_json::{Value, json};

use crate::testbed::{PRODUCT, Testbed};

const DECIMAL: &str = "348555491056936142262187597632590342062080";
const HEX: &str = "0x040050011ce89d305cf379041f1d12946680";
const HEX_IN_DECIMAL: &str = "348555487745337688610641917338571817379456";

fn at(group: &str) -> [(&'static str, &str); 2] {
    [("12nc", PRODUCT), ("deviceGroupId", group)]
}

#[test]
fn devices_are_added_in_both_forms_and_answered_in_decimal() {
    let bed = Testbed::new();
    let group = bed.group(PRODUCT);
    let page = bed.add(&group, &[DECIMAL, HEX]).unwrap();
    let ids: Vec<&Value> =
        page["content"].as_array().unwrap().iter().map(|item| &item["device"]["id"]).collect();
    assert_eq!(ids, [DECIMAL, HEX_IN_DECIMAL]);
    assert_eq!(page["pageType"], "DeviceServiceProvisioningPage");
    let shown = bed.call("4.3.5", &at(&group), "", Value::Null).unwrap();
    assert_eq!(shown["deviceCount"], 2);
    // Again: nothing changes.
    bed.add(&group, &[HEX]).unwrap();
    let devices = bed.call("4.3.6", &[], "", Value::Null).unwrap();
    assert_eq!(devices["totalElements"], 2);
    assert_eq!(devices["content"][0]["deviceGroupId"].to_string(), group);
}

#[test]
fn more_devices_than_a_page_are_answered_by_pages() {
    let bed = Testbed::new();
    let group = bed.group(PRODUCT);
    let ids: Vec<String> = (1..=45).map(|id| id.to_string()).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let first = bed.add(&group, &ids).unwrap();
    assert_eq!(first["totalElements"], 45);
    let on = |page: &Value| -> Vec<String> {
        let items = page["content"].as_array().unwrap();
        items.iter().map(|item| item["device"]["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(on(&first), ids[..20]);
    // Its links lead through the group's list.
    let (mut found, mut page) = (on(&first), first);
    while let Some(next) = page["next"].as_str().map(str::to_owned) {
        let (_, query) = next.split_once('?').unwrap();
        assert!(query.ends_with("size=20"), "{next}");
        page = bed.call("4.3.8", &at(&group), query, Value::Null).unwrap();
        found.extend(on(&page));
    }
    assert_eq!(found, ids);
}

#[test]
fn a_device_of_another_group_is_refused_by_its_hex_id_and_nothing_is_added() {
    let bed = Testbed::new();
    let (first, second) = (bed.group(PRODUCT), bed.group(PRODUCT));
    bed.add(&first, &[HEX]).unwrap();
    let refusal = bed.add(&second, &["5", HEX]).unwrap_err();
    assert_eq!(refusal.problem.code(), "ERR_SEDM_422_11");
    assert!(refusal.details.contains(&HEX[2..]), "{}", refusal.details);
    let devices = bed.call("4.3.6", &[], "device-id=5", Value::Null).unwrap();
    assert_eq!(devices["totalElements"], 0);
}

#[test]
fn unclaimed_devices_leave_the_list_and_can_be_added_elsewhere() {
    let bed = Testbed::new();
    let (first, second) = (bed.group(PRODUCT), bed.group(PRODUCT));
    bed.add(&first, &["5", "6"]).unwrap();
    let done = bed.call("4.3.10", &at(&first), "", json!({"deviceIds": ["5", "7"]})).unwrap();
    assert_eq!(done, json!({"successfulDeviceIds": ["5"], "failedDeviceIds": ["7"]}));
    bed.add(&second, &["5"]).unwrap();
    bed.call("4.3.11", &at(&second), "", Value::Null).unwrap();
    let devices = bed.call("4.3.6", &[], "", Value::Null).unwrap();
    assert_eq!(devices["totalElements"], 1);
    assert_eq!(devices["content"][0]["id"], "6");
}

#[test]
fn a_group_is_deleted_only_when_it_is_empty() {
    let bed = Testbed::new();
    let group = bed.group(PRODUCT);
    bed.add(&group, &["5"]).unwrap();
    assert_eq!(bed.refused("4.3.12", &at(&group), "", Value::Null), "ERR_SEDM_409_1");
    bed.call("4.3.11", &at(&group), "", Value::Null).unwrap();
    let key_pair = bed.object("KEYPAIR", "83000000", json!({"algorithm": "NIST_P256"})).unwrap();
    bed.assign(&key_pair, &group).unwrap();
    assert_eq!(bed.refused("4.3.12", &at(&group), "", Value::Null), "ERR_SEDM_409_1");
    let ids = json!([group.parse::<i64>().unwrap()]);
    bed.call("4.5.2", &[("secureObjectId", &key_pair)], "", ids).unwrap();
    bed.call("4.3.12", &at(&group), "", Value::Null).unwrap();
    assert_eq!(bed.refused("4.3.5", &at(&group), "", Value::Null), "ERR_SEDM_404_2");
}

#[test]
fn a_group_is_not_found_under_another_product() {
    let bed = Testbed::new();
    let group = bed.group(PRODUCT);
    let path = [("12nc", "935414457472"), ("deviceGroupId", group.as_str())];
    assert_eq!(bed.refused("4.3.5", &path, "", Value::Null), "ERR_SEDM_404_2");
    let path = [("12nc", "1"), ("deviceGroupId", group.as_str())];
    assert_eq!(bed.refused("4.3.5", &path, "", Value::Null), "ERR_SEDM_404_1");
}

#[test]
fn wrong_device_ids_are_named_one_by_one() {
    let bed = Testbed::new();
    let group = bed.group(PRODUCT);
    let refusal = bed.add(&group, &["5", "04ab", "x"]).unwrap_err();
    let fields: Vec<&str> = refusal.field_errors.iter().map(|f| f.field.as_str()).collect();
    assert_eq!(fields, ["deviceIds[1]", "deviceIds[2]"]);
    let numbers = json!({"deviceIds": [3.48e41]});
    assert_eq!(bed.refused("4.1.2", &at(&group), "", numbers), "ERR_GW_400_1");
    for body in [json!({}), json!({"deviceIds": []}), json!([]), json!({"deviceIds": "5"})] {
        assert_eq!(bed.refused("4.1.2", &at(&group), "", body), "ERR_GW_400_1");
    }
}

#[test]
fn products_are_found_by_device() {
    let bed = Testbed::new();
    let group = bed.group(PRODUCT);
    bed.add(&group, &["5"]).unwrap();
    let found = bed.call("4.3.1", &[], "deviceId=5", Value::Null).unwrap();
    assert_eq!(found.as_array().unwrap().len(), 1);
    assert_eq!(found[0]["nc12"], PRODUCT);
    assert_eq!(bed.call("4.3.1", &[], "deviceId=6", Value::Null).unwrap(), json!([]));
    let product = bed.call("4.3.9", &[("deviceId", "0x05")], "", Value::Null).unwrap();
    assert_eq!(product["nc12"], PRODUCT);
}

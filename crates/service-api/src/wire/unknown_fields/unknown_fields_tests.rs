//! Answers newer than this program.

use serde_json::json;

use super::*;
use crate::Operation;
use crate::device_groups::ListDeviceGroups;
use crate::devices::ShowDevice;
use crate::secure_objects::UpdateSecureObject;

fn again<O: Operation>(answer: &Value) -> Value {
    let reply = O::decode_reply(answer.to_string().as_bytes()).expect("an answer");
    serde_json::from_slice(&O::encode_reply(&reply).expect("JSON")).expect("JSON")
}

#[test]
fn what_is_not_known_survives_on_every_level() {
    let page = json!({
        "next": null, "totalElements": 1, "newInPages": [1, {"a": null}],
        "content": [{
            "id": 7, "deviceGroupName": "g", "newInGroups": {"deep": ["\u{e9}", 1.5, true]},
            "productDetails": {"nc12": "935389312472", "newInProducts": "x"},
            "resourceMetadata": {"createdBy": "me", "newInMetadata": 1},
        }],
    });
    assert_eq!(again::<ListDeviceGroups>(&page), page);
}

#[test]
fn numbers_that_name_devices_stay_whole_beside_what_is_not_known() {
    let text = r#"{"new":1,"id":348555491056936142262187597632590342062080}"#;
    let device = ShowDevice::decode_reply(text.as_bytes()).expect("a device");
    assert_eq!(device.id.as_str(), "348555491056936142262187597632590342062080");
    assert_eq!(device.unknown.names().collect::<Vec<_>>(), ["new"]);
}

#[test]
fn fields_that_are_named_like_secrets_are_left_out_at_any_depth() {
    let device = json!({
        "id": "7", "claimSecret": "s", "API-Key": "s", "access_token": "s", "private-key": ["s"],
        "note": {"password": "s", "kept": [{"SecretText": "s", "kept": 1}]},
    });
    let kept = json!({"id": "7", "note": {"kept": [{"kept": 1}]}});
    assert_eq!(again::<ShowDevice>(&device), kept);
}

#[test]
fn what_is_concealed_is_so_in_unknown_fields_and_their_names() {
    let device = json!({"id": "7", "new": ["the T0KEN"], "T0KEN": 1});
    let text = device.to_string();
    let decode = || ShowDevice::decode_reply(text.as_bytes()).expect("a device");
    let read = concealing(|text| text.replace("T0KEN", "[secret]"), decode);
    let shown = serde_json::to_value(&read).expect("JSON");
    assert_eq!(shown, json!({"id": "7", "new": ["the [secret]"], "[secret]": 1}));
    assert_eq!(serde_json::to_value(decode()).expect("JSON"), device);
}

#[test]
fn what_is_known_can_be_encoded_alone_and_debug_shows_names_only() {
    let text = r#"{"id":"7","new":"value","resourceMetadata":{"newer":"value"}}"#;
    let read = ShowDevice::decode_reply(text.as_bytes()).expect("a device");
    let known = known_only(|| serde_json::to_value(&read).expect("JSON"));
    assert_eq!(known, json!({"id": "7", "resourceMetadata": {}}));
    let shown = format!("{read:?}");
    assert!(shown.contains("new") && !shown.contains("value"), "{shown}");
}

#[test]
fn a_field_that_is_there_twice_is_refused_only_where_it_is_known() {
    let read = |text: &str| ShowDevice::decode_reply(text.as_bytes());
    assert!(read(r#"{"id":"7","id":"8"}"#).is_err());
    let device = read(r#"{"id":"7","new":1,"new":2}"#).expect("a device");
    assert_eq!(device.unknown.0["new"], 2);
}

#[test]
fn what_is_not_known_of_a_policy_is_not_sent() {
    let policy = json!({"policyType": "ACCESS_RULE", "policySourceType": "CUSTOM", "note": 1,
        "accessRuleConfiguration": [{"objectId": "00000000", "type": "UNAUTHENTICATED", "accessRules": [], "note": 2}]});
    let body = json!({"policies": {"935389312472": policy}});
    let read = UpdateSecureObject::decode_body(body.to_string().as_bytes()).expect("a body");
    let sent = UpdateSecureObject::encode_body(&read).expect("JSON").expect("a body");
    assert!(!String::from_utf8_lossy(&sent).contains("note"));
}

#[test]
fn what_is_nested_deeper_than_anybody_reads_is_passed_over() {
    let device = |depth: usize| {
        let text = format!(
            r#"{{"deep":{}1{},"id":"7","new":[null,true,-1,1.5,{{}}]}}"#,
            "[".repeat(depth),
            "]".repeat(depth)
        );
        ShowDevice::decode_reply(text.as_bytes()).expect("a device").unknown
    };
    let kept = device(63);
    assert_eq!(kept.names().collect::<Vec<_>>(), ["deep", "new"]);
    assert_eq!(kept.0["new"], json!([null, true, -1, 1.5, {}]));
    for depth in [64, 9_000] {
        assert_eq!(device(depth).names().collect::<Vec<_>>(), ["new"], "{depth}");
    }
}

//! The catalogue compared with section 4 of AN12642.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{CATALOGUE, Endpoint};
use crate::{Method, Repeat, ReplyKind};

/// Where an example does not encode to itself: section, where, what is printed, what we write, and why.
const EXCEPTIONS: &[(&str, &str, &str, &str)] = &[
    // Errata row 32: one answer writes the algorithm with a blank; read, and written as everywhere else.
    ("4.1.3.7", "algorithm", "RSA 2048", "RSA_2048"),
];

/// Query parameters that the document does not have and NXP's newer clients send, by section.
const NEWER_PARAMETERS: &[(&str, &[&str])] = &[
    ("4.5.2", &["hardware-family-type"]),
    ("4.5.3", &["hardware-family-type"]),
    ("4.5.10", &["hardware-family-type", "owner-domain-types"]),
];

fn document() -> Vec<Value> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/api/operations.json");
    let text = std::fs::read_to_string(file).expect("testdata is there");
    serde_json::from_str(&text).expect("testdata/api/operations.json is JSON")
}

fn endpoint(operation: &Value) -> &'static Endpoint {
    let (method, path) = (&operation["method"], &operation["path"]);
    let found: Vec<_> =
        CATALOGUE.iter().filter(|e| *method == e.method.as_str() && *path == e.path).collect();
    assert_eq!(found.len(), 1, "operations declared as {method} {path}");
    found[0]
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

#[test]
fn the_catalogue_is_the_document() {
    let document = document();
    assert_eq!(document.len(), 57);
    assert_eq!(CATALOGUE.len(), 57);
    for (operation, in_order) in document.iter().zip(CATALOGUE) {
        let endpoint = endpoint(operation);
        assert_eq!(endpoint.name, in_order.name, "the catalogue is in the document's order");
        assert!(texts(&operation["sections"]).contains(&endpoint.section), "{}", endpoint.name);
        assert_eq!(operation["success"], endpoint.success, "{}", endpoint.name);
        let newer = NEWER_PARAMETERS.iter().find(|(section, _)| *section == endpoint.section);
        let newer = newer.map_or(&[] as &[&str], |(_, names)| names);
        let expected = [newer, &texts(&operation["query"])].concat();
        assert_eq!(expected, endpoint.query, "{}", endpoint.name);
        assert_eq!(operation["paged"], endpoint.is_paged(), "{}", endpoint.name);
        let reply = match operation["response_type"].as_str() {
            Some("application/json") => ReplyKind::Json,
            Some("no content") => ReplyKind::Empty,
            Some("PEM certificate") => ReplyKind::Pem,
            Some("CSV") => ReplyKind::Csv,
            Some(other) if other.starts_with("text/plain") => ReplyKind::Text,
            other => panic!("{other:?}"),
        };
        assert_eq!(reply, endpoint.reply, "{}", endpoint.name);
    }
}

#[test]
fn a_body_is_declared_exactly_where_the_document_shows_one() {
    for operation in document() {
        let endpoint = endpoint(&operation);
        let shown = operation["examples"]
            .as_array()
            .expect("examples")
            .iter()
            .any(|e| !e["request"].is_null());
        assert_eq!(shown, endpoint.has_body, "{}", endpoint.name);
    }
}

#[test]
fn every_example_request_encodes_to_itself() {
    let mut compared = 0;
    for operation in document() {
        let endpoint = endpoint(&operation);
        for example in operation["examples"].as_array().expect("examples") {
            if example["request"].is_null() {
                continue;
            }
            let printed = example["request"].to_string();
            let encoded = (endpoint.reencode_body)(printed.as_bytes())
                .unwrap_or_else(|error| panic!("{}: {error}", example["section"]))
                .unwrap_or_else(|| panic!("{} has no body", endpoint.name));
            let encoded: Value = serde_json::from_slice(&encoded).expect("what we encode is JSON");
            assert_eq!(example["request"], encoded, "{}", example["section"]);
            compared += 1;
        }
    }
    assert_eq!(compared, 25);
}

#[test]
fn every_example_reply_encodes_to_itself() {
    let mut compared = 0;
    for operation in document() {
        let endpoint = endpoint(&operation);
        for example in operation["examples"].as_array().expect("examples") {
            let section = example["section"].as_str().expect("a section");
            let mut wanted = example["response"].clone();
            let body = match (&wanted, endpoint.reply) {
                (Value::Null, _) => Vec::new(),
                (Value::String(text), ReplyKind::Pem | ReplyKind::Text | ReplyKind::Csv) => {
                    text.clone().into_bytes()
                }
                (json, _) => json.to_string().into_bytes(),
            };
            let encoded = (endpoint.reencode_reply)(&body)
                .unwrap_or_else(|error| panic!("{section}: {error}"));
            for (_, field, printed, written) in EXCEPTIONS.iter().filter(|e| e.0 == section) {
                assert_eq!(wanted[field], *printed, "the exception for {section} is still needed");
                wanted[field] = Value::from(*written);
            }
            match wanted {
                Value::Null | Value::String(_) => assert_eq!(body, encoded, "{section}"),
                json => {
                    let encoded: Value =
                        serde_json::from_slice(&encoded).expect("what we encode is JSON");
                    assert_eq!(json, encoded, "{section}");
                }
            }
            compared += 1;
        }
    }
    assert_eq!(compared, 58);
}

#[test]
fn unknown_fields_in_replies_are_kept() {
    for operation in document() {
        let endpoint = endpoint(&operation);
        for example in operation["examples"].as_array().expect("examples") {
            if endpoint.reply != ReplyKind::Json || example["response"].is_null() {
                continue;
            }
            let mut with_more = example["response"].clone();
            add_unknown_fields(&mut with_more);
            let encoded = (endpoint.reencode_reply)(with_more.to_string().as_bytes())
                .expect("with unknown fields");
            let encoded: Value = serde_json::from_slice(&encoded).expect("what we encode is JSON");
            for (_, field, _, written) in EXCEPTIONS.iter().filter(|e| example["section"] == e.0) {
                with_more[field] = Value::from(*written);
            }
            assert_eq!(with_more, encoded, "{}", endpoint.name);
        }
    }
}

/// Adds a field to every object whose fields are declared (maps by 12NC are not in replies).
fn add_unknown_fields(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(add_unknown_fields),
        Value::Object(fields) => {
            fields.values_mut().for_each(add_unknown_fields);
            let nested = serde_json::json!({"deep": [1, {"er": 348555491056936142262187597632590342062080_f64}]});
            fields.insert("aFieldOfTomorrow".to_owned(), nested);
        }
        _ => {}
    }
}

#[test]
fn names_commands_and_routes_are_distinct() {
    let names: BTreeSet<_> = CATALOGUE.iter().map(|e| e.name).collect();
    assert_eq!(names.len(), 57);
    let routes: BTreeSet<_> = CATALOGUE.iter().map(|e| (e.method.as_str(), e.path)).collect();
    assert_eq!(routes.len(), 57);
    // `device list` is two operations: of all groups, and of one with --group.
    let commands: BTreeSet<_> = CATALOGUE.iter().map(|e| e.command).collect();
    assert_eq!(commands.len(), 56);
}

#[test]
fn path_parameters_are_those_of_the_path() {
    for endpoint in CATALOGUE {
        let in_path: Vec<_> =
            endpoint.path.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect();
        assert_eq!(in_path, endpoint.path_parameters, "{}", endpoint.name);
    }
}

#[test]
fn a_post_is_repeated_only_after_a_look_up_unless_it_leaves_nothing_behind() {
    let freely: Vec<_> = CATALOGUE
        .iter()
        .filter(|e| e.method == Method::Post && e.repeat == Repeat::Freely)
        .collect();
    let names: Vec<_> = freely.iter().map(|e| e.name).collect();
    assert_eq!(names, ["CreateVerificationCertificate", "CreateActivityReport"]);
    let never: Vec<_> =
        CATALOGUE.iter().filter(|e| e.repeat == Repeat::Never).map(|e| e.name).collect();
    assert_eq!(never, ["DeleteClaimCodes", "DeleteMatchingClaimCodes"]);
}

proptest::proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(proptest::arbitrary::any::<u8>(), 0..200)) {
        for endpoint in CATALOGUE {
            let _ = (endpoint.reencode_body)(&bytes);
            let _ = (endpoint.reencode_reply)(&bytes);
        }
    }

    #[test]
    fn an_example_with_one_field_replaced_never_panics(which in 0..83_usize, at in 0..40_usize, value in replacement()) {
        let document = document();
        let bodies = document.iter().flat_map(|operation| {
            let examples = operation["examples"].as_array().into_iter().flatten();
            examples.map(move |example| (endpoint(operation), example))
        });
        let (endpoint, example) = bodies.cycle().nth(which).expect("an example");
        for (side, reply) in [("request", false), ("response", true)] {
            let mut body = example[side].clone();
            replace_nth_leaf(&mut body, at, &value);
            let text = body.to_string();
            let outcome = if reply {
                (endpoint.reencode_reply)(text.as_bytes()).map(Some)
            } else {
                (endpoint.reencode_body)(text.as_bytes())
            };
            // What was decoded encodes to something that decodes to the same again.
            if let (Ok(Some(once)), true) = (outcome, endpoint.reply == ReplyKind::Json && reply) {
                let twice = (endpoint.reencode_reply)(&once).expect("what we encode decodes");
                proptest::prop_assert_eq!(once, twice);
            }
        }
    }
}

fn replacement() -> impl proptest::strategy::Strategy<Value = Value> {
    use proptest::prelude::*;
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
        Just(serde_json::json!([])),
        Just(serde_json::json!({"a": [{}]})),
    ]
}

/// Replaces the leaf with that number, counted through the whole value.
fn replace_nth_leaf(value: &mut Value, mut number: usize, with: &Value) -> usize {
    let children: Vec<&mut Value> = match value {
        Value::Array(items) => items.iter_mut().collect(),
        Value::Object(fields) => fields.values_mut().collect(),
        leaf => {
            if number == 0 {
                *leaf = with.clone();
            }
            return number.wrapping_sub(1);
        }
    };
    for child in children {
        number = replace_nth_leaf(child, number, with);
    }
    number
}

#[test]
fn unknown_enum_values_survive() {
    let page = r#"{"next":null,"totalElements":1,"content":[{"secureObjectType":"OEM_FW_AUTH_KEY_HASH","id":1,"name":"n","objectId":"83000001","policySourceType":"NEW","algorithm":"ML_DSA_65"}]}"#;
    let list = CATALOGUE.iter().find(|e| e.name == "ListSecureObjects").expect("it is declared");
    let encoded = (list.reencode_reply)(page.as_bytes()).expect("it decodes");
    let (printed, encoded): (Value, Value) = (
        serde_json::from_str(page).expect("JSON"),
        serde_json::from_slice(&encoded).expect("JSON"),
    );
    assert_eq!(printed, encoded);
}

#[test]
fn a_device_id_keeps_every_digit_as_text_or_as_a_number() {
    let show = CATALOGUE.iter().find(|e| e.name == "ShowDevice").expect("it is declared");
    for id in [
        "348555491056936142262187597632590342062081",
        "\"348555491056936142262187597632590342062081\"",
    ] {
        let encoded =
            (show.reencode_reply)(format!(r#"{{"id":{id}}}"#).as_bytes()).expect("it decodes");
        assert_eq!(encoded, br#"{"id":"348555491056936142262187597632590342062081"}"#);
    }
    for id in ["3.48e41", "-1", "1.0", "{}", "null", "true"] {
        assert!((show.reencode_reply)(format!(r#"{{"id":{id}}}"#).as_bytes()).is_err(), "{id}");
    }
}

#[test]
fn both_names_of_an_odd_field_are_read() {
    use crate::assignments::AssignedGroup;
    use crate::secure_objects::SecureObject;
    for name in ["deviceId", "deviceGroupId"] {
        let group: AssignedGroup =
            serde_json::from_str(&format!(r#"{{"{name}":474}}"#)).expect("a group");
        assert_eq!(group.group_id(), Some(474));
    }
    for name in ["id", "secureObjectId"] {
        let text = format!(
            r#"{{"{name}":7,"secureObjectType":"KEYPAIR","name":"n","objectId":83000004}}"#
        );
        let object: SecureObject = serde_json::from_str(&text).expect("an object");
        assert_eq!((object.service_id(), object.object_id.value()), (Some(7), Some(0x8300_0004)));
    }
}

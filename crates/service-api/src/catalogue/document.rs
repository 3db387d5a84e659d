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

fn document() -> Vec<Value> {
    let text = include_str!("../../../../testdata/api/operations.json");
    serde_json::from_str(text).expect("testdata/api/operations.json is JSON")
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
        assert_eq!(texts(&operation["query"]), endpoint.query, "{}", endpoint.name);
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
fn unknown_fields_in_replies_are_passed_over() {
    for operation in document() {
        let endpoint = endpoint(&operation);
        for example in operation["examples"].as_array().expect("examples") {
            if endpoint.reply != ReplyKind::Json || example["response"].is_null() {
                continue;
            }
            let mut with_more = example["response"].clone();
            add_unknown_fields(&mut with_more);
            let plain = (endpoint.reencode_reply)(example["response"].to_string().as_bytes())
                .expect("as printed");
            let encoded = (endpoint.reencode_reply)(with_more.to_string().as_bytes())
                .expect("with unknown fields");
            assert_eq!(plain, encoded, "{}", endpoint.name);
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

//! The named schemas of a document.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

const PREFIX: &str = "#/components/schemas/";

/// The definitions of requests and of answers in one map. A request's that is another than the answer's
/// of the same name is renamed, in `paths` as well.
pub(super) fn merged(
    requests: Map<String, Value>,
    replies: Map<String, Value>,
    paths: &mut Value,
) -> Map<String, Value> {
    let mut apart: BTreeSet<String> = BTreeSet::new();
    loop {
        let differs = |name: &String, schema: &Value| {
            replies.get(name).is_some_and(|reply| reply != schema || refers_to(schema, &apart))
        };
        let more: BTreeSet<String> = requests
            .iter()
            .filter(|(name, schema)| !apart.contains(*name) && differs(name, schema))
            .map(|(name, _)| name.clone())
            .collect();
        if more.is_empty() {
            break;
        }
        apart.extend(more);
    }
    let mut all = replies;
    for (name, mut schema) in requests {
        rename(&mut schema, &apart);
        let name = if apart.contains(&name) { format!("{name}Request") } else { name };
        all.insert(name, schema);
    }
    for item in paths.as_object_mut().into_iter().flat_map(Map::values_mut) {
        for operation in item.as_object_mut().into_iter().flat_map(Map::values_mut) {
            for part in ["parameters", "requestBody"] {
                if let Some(part) = operation.get_mut(part) {
                    rename(part, &apart);
                }
            }
        }
    }
    all.sort_keys();
    all
}

fn refers_to(schema: &Value, names: &BTreeSet<String>) -> bool {
    match schema {
        Value::Array(items) => items.iter().any(|item| refers_to(item, names)),
        Value::Object(fields) => fields.iter().any(|(key, value)| match value {
            Value::String(target) if key == "$ref" => {
                target.strip_prefix(PREFIX).is_some_and(|name| names.contains(name))
            }
            other => refers_to(other, names),
        }),
        _ => false,
    }
}

fn rename(schema: &mut Value, names: &BTreeSet<String>) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(|item| rename(item, names)),
        Value::Object(fields) => {
            for (key, value) in fields.iter_mut() {
                match value {
                    Value::String(target) if key == "$ref" => {
                        if target.strip_prefix(PREFIX).is_some_and(|name| names.contains(name)) {
                            target.push_str("Request");
                        }
                    }
                    other => rename(other, names),
                }
            }
        }
        _ => {}
    }
}

/// Rust's unsigned integers as OpenAPI knows integers: `int64`, and their bounds.
pub(super) fn plain_integers(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(plain_integers),
        Value::Object(fields) => {
            let largest = match fields.get("format").and_then(Value::as_str) {
                Some("uint64") => Some(i64::MAX),
                Some("uint32") => Some(i64::from(u32::MAX)),
                _ => None,
            };
            if let Some(largest) = largest {
                fields.insert("format".to_owned(), json!("int64"));
                fields.entry("maximum").or_insert(json!(largest));
            }
            fields.values_mut().for_each(plain_integers);
        }
        _ => {}
    }
}

/// A parameter is there or not; it cannot be `null`.
pub(super) fn without_null(schema: &mut Value) {
    let Some(fields) = schema.as_object_mut() else { return };
    if let Some(types) = fields.get_mut("type").filter(|types| types.is_array()) {
        let left: Vec<Value> =
            types.as_array().into_iter().flatten().filter(|t| *t != "null").cloned().collect();
        *types = if let [one] = left.as_slice() { one.clone() } else { Value::Array(left) };
    }
    if let Some(choices) = fields.get_mut("anyOf").and_then(Value::as_array_mut) {
        choices.retain(|choice| *choice != json!({"type": "null"}));
        if let [one] = choices.as_slice() {
            let one = one.clone();
            fields.shift_remove("anyOf");
            fields.extend(one.as_object().cloned().unwrap_or_default());
        }
    }
}

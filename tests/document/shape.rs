//! Keys and types of an answer next to those printed.

use serde_json::Value;

use super::printed::Document;

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "fraction",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// Adds what differs in keys and types; an item of a list must be as one of the printed items is.
pub fn compare(place: &str, printed: &Value, answered: &Value, differences: &mut Vec<String>) {
    match (printed, answered) {
        (Value::Object(printed), Value::Object(answered)) => {
            for (key, value) in printed {
                match answered.get(key) {
                    Some(found) => compare(&format!("{place}.{key}"), value, found, differences),
                    None => differences.push(format!("{place}.{key}: printed, not answered")),
                }
            }
            for key in answered.keys().filter(|key| !printed.contains_key(*key)) {
                differences.push(format!("{place}.{key}: answered, not printed"));
            }
        }
        (Value::Array(printed), Value::Array(answered)) => {
            if printed.is_empty() != answered.is_empty() {
                differences.push(format!(
                    "{place}: {} items printed, {} answered",
                    printed.len(),
                    answered.len()
                ));
            }
            for item in answered.iter().filter(|_| !printed.is_empty()) {
                let found: Vec<Vec<String>> = as_printed(printed, item)
                    .iter()
                    .map(|printed| {
                        let mut found = Vec::new();
                        compare(&format!("{place}[]"), printed, item, &mut found);
                        found
                    })
                    .collect();
                differences.extend(found.into_iter().min_by_key(Vec::len).unwrap_or_default());
            }
        }
        _ if kind(printed) != kind(answered) => {
            differences.push(format!(
                "{place}: {} printed, {} answered",
                kind(printed),
                kind(answered)
            ));
        }
        _ => {}
    }
}

/// The printed items that an answered one can be as. A secure object of a type that the list does not show is as
/// its creation shows it (4.1.3.1 to 4.1.3.7).
fn as_printed(printed: &[Value], item: &Value) -> Vec<Value> {
    let kind = |value: &Value| (value["secureObjectType"].clone(), value["binaryFileType"].clone());
    if printed
        .iter()
        .all(|printed| printed.get("name").is_none() || printed.get("objectId").is_none())
    {
        return printed.to_vec();
    }
    let same =
        |list: Vec<Value>| list.into_iter().filter(|p| kind(p) == kind(item)).collect::<Vec<_>>();
    let shown = same(printed.to_vec());
    if !shown.is_empty() {
        return shown;
    }
    let document = Document::read();
    same((1..8).map(|n| document.example(&format!("4.1.3.{n}")).response).collect())
}

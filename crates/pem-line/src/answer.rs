//! PEM inside JSON: a string, or a whole answer of the service.

use serde_json::Value;

use crate::PemLineError;

/// The one string with PEM that was found, and where.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// JSON pointer of the field; empty when the JSON is the string itself.
    pub field: String,
    /// The string, unescaped once.
    pub text: String,
}

/// Looks for the one string that holds a PEM block. `Ok(None)`: `text` is not JSON that could hold one.
pub(crate) fn find(text: &str) -> Result<Option<Found>, PemLineError> {
    let trimmed = text.trim();
    if !trimmed.starts_with(['{', '[', '"']) || !trimmed.contains('"') {
        return Ok(None);
    }
    let Ok(value) = serde_json::from_str::<Value>(trimmed) else { return Ok(None) };
    let mut found = Vec::new();
    collect(&value, String::new(), &mut found);
    let Some(first) = found.first() else { return Err(PemLineError::NoBlockInJson) };
    // The same text in several fields is one answer.
    if found.iter().all(|other| other.text == first.text) {
        return Ok(found.into_iter().next());
    }
    Err(PemLineError::Ambiguous { fields: found.into_iter().map(|found| found.field).collect() })
}

/// serde_json limits the depth of what it reads, so this recursion is bounded too.
fn collect(value: &Value, field: String, found: &mut Vec<Found>) {
    match value {
        Value::String(text) if text.contains("-----BEGIN ") => {
            found.push(Found { field, text: text.clone() });
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                collect(item, format!("{field}/{index}"), found);
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                let name = name.replace('~', "~0").replace('/', "~1");
                collect(member, format!("{field}/{name}"), found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEM: &str = "-----BEGIN X-----\\nAAAA\\n-----END X-----";

    fn fields(json: &str) -> PemLineError {
        find(json).unwrap_err()
    }

    #[test]
    fn finds_the_one_field_wherever_it_is() {
        for (json, field) in [
            (format!("\"{PEM}\""), ""),
            (format!("{{\"value\":\"{PEM}\"}}"), "/value"),
            (format!(" [{{\"id\":1,\"a/b~\":{{\"csr\":\"{PEM}\\n\"}}}}]\n"), "/0/a~1b~0/csr"),
            (format!("{{\"a\":\"{PEM}\",\"b\":\"{PEM}\"}}"), "/a"),
        ] {
            assert_eq!(find(&json).unwrap().unwrap().field, field);
        }
    }

    #[test]
    fn says_when_there_is_none_or_more_than_one() {
        assert_eq!(fields("{\"value\":\"x\"}"), PemLineError::NoBlockInJson);
        let two = format!("{{\"a\":\"{PEM}\",\"b\":\"{PEM} \"}}");
        assert_eq!(
            fields(&two),
            PemLineError::Ambiguous { fields: vec!["/a".into(), "/b".into()] }
        );
    }

    #[test]
    fn what_is_no_json_is_left_alone() {
        for text in ["", "-----BEGIN X-----", "{\\\"a\\\"", "[1]", "\"open"] {
            assert_eq!(find(text), Ok(None), "{text}");
        }
    }
}

//! JSON that no type describes, and its numbers.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use el2g_text::parser_message;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::body_check::{BodyFaults, ReadJson};

/// A JSON value whose shape no type describes. It is written as it was read; `{:#}` writes it over several lines.
///
/// In a program that uses `serde_json` it becomes a `Value` by `serde_json::to_value`, and comes from one by
/// `serde_json::from_value`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Json(pub(crate) Value);

/// A text that is not JSON.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not JSON: {reason}")]
pub struct NotJson {
    /// What is wrong, with line and column.
    pub reason: String,
}

impl Json {
    /// A JSON string with this text.
    #[must_use]
    pub fn string(text: impl Into<String>) -> Self {
        Self(Value::String(text.into()))
    }

    /// The text of a string; of anything else, how it is written.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        match &self.0 {
            Value::String(text) => text.into(),
            other => other.to_string().into(),
        }
    }
}

impl FromStr for Json {
    type Err = NotJson;

    fn from_str(text: &str) -> Result<Self, NotJson> {
        serde_json::from_str(text)
            .map(Self)
            .map_err(|error| NotJson { reason: parser_message(&error.to_string()) })
    }
}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl ReadJson for Json {
    fn read_json(json: Option<&Value>, _: &mut BodyFaults) -> Self {
        Self(json.cloned().unwrap_or_default())
    }
}

/// A number as the service wrote it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Number(serde_json::Number);

impl Number {
    /// `None` for what JSON has no number for: infinities and what is not a number.
    #[must_use]
    pub fn from_f64(number: f64) -> Option<Self> {
        serde_json::Number::from_f64(number).map(Self)
    }

    /// The nearest number with 53 bits.
    #[must_use]
    pub fn as_f64(&self) -> Option<f64> {
        self.0.as_f64()
    }
}

impl From<u64> for Number {
    fn from(number: u64) -> Self {
        Self(number.into())
    }
}

impl From<i64> for Number {
    fn from(number: i64) -> Self {
        Self(number.into())
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl JsonSchema for Json {
    fn inline_schema() -> bool {
        Value::inline_schema()
    }
    fn schema_name() -> Cow<'static, str> {
        Value::schema_name()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Value::json_schema(generator)
    }
}

impl JsonSchema for Number {
    fn inline_schema() -> bool {
        serde_json::Number::inline_schema()
    }
    fn schema_name() -> Cow<'static, str> {
        serde_json::Number::schema_name()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        serde_json::Number::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_written_as_it_was_read() {
        let text = r#"{"b":1.50,"a":[null,"x",18446744073709551615]}"#;
        let json: Json = text.parse().expect("it is JSON");
        assert_eq!(json.to_string(), text.replace("1.50", "1.5"));
        assert_eq!(serde_json::to_string(&json).expect("it is JSON"), json.to_string());
        assert_eq!(format!("{:#}", Json::string("a\n")), r#""a\n""#);
        assert_eq!((Json::string("a").text(), json.text()), ("a".into(), json.to_string().into()));
    }

    #[test]
    fn what_is_not_json_is_refused_with_its_place() {
        let refused = "{\"a\": tru}".parse::<Json>().expect_err("it is not JSON");
        assert!(refused.to_string().starts_with("not JSON: "), "{refused}");
        assert!(refused.reason.contains("line 1"), "{refused}");
    }

    #[test]
    fn numbers_are_finite_and_written_as_they_were_read() {
        let number: Number = serde_json::from_str("1580291098.852").expect("a number");
        assert_eq!(number.to_string(), "1580291098.852");
        assert_eq!(number.as_f64(), Some(1_580_291_098.852));
        assert_eq!((Number::from(7_u64), Number::from_f64(f64::NAN)), (Number::from(7_i64), None));
    }
}

//! The size of a sealed key.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::body_check::{BodyFaults, ReadJson, whole};

/// `AES128` or `AES256` of an AES key, the bytes of an HMAC key, as text (docs/an12642-errata.md row 8). NXP's own client
/// writes the bytes as a number, which is read too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct KeySize(String);

impl KeySize {
    /// The size as it is sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A text, or a whole number from 0.
    fn of(json: &Value) -> Option<Self> {
        let number = || whole(json).filter(|number| *number >= 0).map(|number| number.to_string());
        json.as_str().map(str::to_owned).or_else(number).map(Self)
    }
}

impl From<String> for KeySize {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Display for KeySize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for KeySize {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = Value::deserialize(deserializer)?;
        let not_one = || serde::de::Error::custom("expected a text or a whole number from 0");
        Self::of(&json).ok_or_else(not_one)
    }
}

impl ReadJson for KeySize {
    fn read_json(json: Option<&Value>, faults: &mut BodyFaults) -> Self {
        json.and_then(Self::of).unwrap_or_else(|| {
            faults.unreadable(json, "a string");
            Self(String::new())
        })
    }
}

impl JsonSchema for KeySize {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "KeySize".into()
    }

    fn inline_schema() -> bool {
        true
    }

    /// Which sizes there are depends on the kind of key.
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": ["string", "integer"]})
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_text_and_a_whole_number_are_read_and_a_text_is_sent() {
        for (sent, size) in [(json!("AES256"), "AES256"), (json!(256), "256"), (json!(32.0), "32")]
        {
            let read: KeySize = serde_json::from_value(sent).expect("a size");
            assert_eq!(read, KeySize(size.to_owned()));
            assert_eq!(serde_json::to_value(&read).expect("JSON"), json!(size));
        }
        for wrong in [json!(null), json!(-1), json!(1.5), json!(true), json!(["32"])] {
            assert!(serde_json::from_value::<KeySize>(wrong.clone()).is_err(), "{wrong}");
        }
    }
}

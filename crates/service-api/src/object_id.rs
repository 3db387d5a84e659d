//! Object ids of secure objects.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The id of a secure object inside the secure element: 1 to 8 hexadecimal digits (4.1.3).
///
/// Answers write it as text, except 4.5.6, which writes the digits as a JSON number (83000004): the
/// decimal digits are the hexadecimal digits (docs/an12642-errata.md row 5). The text is kept as received; two ids are
/// equal when they denote the same number.
#[derive(Debug, Clone)]
pub struct ObjectId {
    digits: String,
    as_number: bool,
}

impl ObjectId {
    /// An id as received or as typed; nothing is checked.
    pub fn as_received(digits: impl Into<String>) -> Self {
        ObjectId { digits: digits.into(), as_number: false }
    }

    /// The same id, written as a JSON number if its digits allow that (4.5.6).
    pub fn written_as_number(mut self) -> Self {
        self.as_number = json_number(&self.digits).is_some();
        self
    }

    /// The digits as received.
    pub fn as_str(&self) -> &str {
        &self.digits
    }

    /// The number it denotes; `None` when it is not 1 to 8 hexadecimal digits.
    pub fn value(&self) -> Option<u32> {
        let hex = (1..=8).contains(&self.digits.len())
            && self.digits.bytes().all(|b| b.is_ascii_hexdigit());
        hex.then(|| u32::from_str_radix(&self.digits, 16).ok())?
    }
}

/// The digits as a JSON number that prints the same again.
fn json_number(digits: &str) -> Option<u64> {
    digits.parse::<u64>().ok().filter(|number| number.to_string() == digits)
}

impl PartialEq for ObjectId {
    fn eq(&self, other: &Self) -> bool {
        match (self.value(), other.value()) {
            (Some(one), Some(two)) => one == two,
            (None, None) => self.digits == other.digits,
            _ => false,
        }
    }
}

impl Eq for ObjectId {}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.digits)
    }
}

impl schemars::JsonSchema for ObjectId {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ObjectId".into()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        if generator.contract().is_serialize() {
            return schemars::json_schema!({
                "description": "The id of a secure object: 1 to 8 hexadecimal digits; 4.5.6 prints them as a number.",
                "type": ["string", "integer"],
                "pattern": crate::wire::schema::OBJECT_ID,
                "minimum": 0,
                "maximum": 99_999_999,
            });
        }
        schemars::json_schema!({
            "description": "The id of a secure object: 1 to 8 hexadecimal digits outside the ranges that 4.5.17 forbids.",
            "type": "string",
            "pattern": crate::wire::schema::OBJECT_ID,
            "not": {"pattern": crate::wire::schema::FORBIDDEN_OBJECT_ID},
            "examples": ["83000007"],
        })
    }
}

impl Serialize for ObjectId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match json_number(&self.digits).filter(|_| self.as_number) {
            Some(number) => serializer.serialize_u64(number),
            None => serializer.serialize_str(&self.digits),
        }
    }
}

impl<'de> Deserialize<'de> for ObjectId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = ObjectId;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object id as text or as a number")
            }
            fn visit_str<E>(self, text: &str) -> Result<ObjectId, E> {
                Ok(ObjectId::as_received(text))
            }
            fn visit_u64<E>(self, number: u64) -> Result<ObjectId, E> {
                Ok(ObjectId { digits: number.to_string(), as_number: true })
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

//! Who made and changed a resource, and when.

use serde::{Deserialize, Deserializer, Serialize};

use crate::Number;

/// A point in time as the service wrote it: RFC 3339 text or, in claim codes, epoch seconds with a
/// fraction (docs/an12642-errata.md row 6).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Timestamp {
    /// RFC 3339, such as `2021-09-28T08:33:06.5Z`.
    Text(String),
    /// Seconds since 1970 with a fraction, such as `1580291098.852`.
    EpochSeconds(Number),
}

impl Timestamp {
    /// Milliseconds since 1970 when the time can be read.
    pub fn epoch_milliseconds(&self) -> Option<i64> {
        match self {
            Timestamp::Text(text) => {
                text.parse::<jiff::Timestamp>().ok().map(|at| at.as_millisecond())
            }
            Timestamp::EpochSeconds(number) => {
                let milliseconds = (number.as_f64()? * 1000.0).round();
                (milliseconds.abs() < 9e15).then_some(milliseconds as i64)
            }
        }
    }

    /// Epoch seconds with millisecond precision, as claim codes have them.
    pub fn epoch(milliseconds: i64) -> Self {
        let number = Number::from_f64(milliseconds as f64 / 1000.0);
        Timestamp::EpochSeconds(number.expect("a quotient of finite numbers is finite"))
    }
}

impl std::fmt::Display for Timestamp {
    /// RFC 3339 whichever way it was written.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Timestamp::Text(text) => f.pad(text),
            Timestamp::EpochSeconds(number) => {
                match self.epoch_milliseconds().map(jiff::Timestamp::from_millisecond) {
                    Some(Ok(at)) => f.pad(&at.to_string()),
                    _ => f.pad(&number.to_string()),
                }
            }
        }
    }
}

impl From<&str> for Timestamp {
    fn from(text: &str) -> Self {
        Timestamp::Text(text.to_owned())
    }
}

impl schemars::JsonSchema for Timestamp {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Timestamp".into()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let text = serde_json::json!({"type": "string", "format": "date-time", "maxLength": 64});
        if generator.contract().is_deserialize() {
            return text.try_into().expect("an object is a schema");
        }
        schemars::json_schema!({
            "description": "RFC 3339, or epoch seconds with a fraction (claim codes).",
            "anyOf": [text, {"type": "number"}],
        })
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Timestamp;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a time as RFC 3339 text or as epoch seconds")
            }
            fn visit_str<E>(self, text: &str) -> Result<Timestamp, E> {
                Ok(Timestamp::Text(text.to_owned()))
            }
            fn visit_u64<E>(self, seconds: u64) -> Result<Timestamp, E> {
                Ok(Timestamp::EpochSeconds(seconds.into()))
            }
            fn visit_i64<E>(self, seconds: i64) -> Result<Timestamp, E> {
                Ok(Timestamp::EpochSeconds(seconds.into()))
            }
            fn visit_f64<E: serde::de::Error>(self, seconds: f64) -> Result<Timestamp, E> {
                Number::from_f64(seconds)
                    .map(Timestamp::EpochSeconds)
                    .ok_or_else(|| E::custom("a time that is not a finite number"))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

record! {
    /// Who made and last changed a resource, and when.
    #[derive(Debug, Clone, PartialEq, Default)]
    pub struct ResourceMetadata {
        ?
        /// Who made it, such as `apiKey: RTP` or `userId: 161`.
        created_by: String,
        /// When it was made.
        created_ts: Timestamp,
        /// Who changed it last.
        last_modified_by: String,
        /// When it was changed last.
        last_modified_ts: Timestamp,
        /// How often it was changed; `null` for device groups.
        version: i64,
    }
}

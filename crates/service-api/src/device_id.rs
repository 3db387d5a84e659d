//! Ids of devices.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

/// The id (UID) of a device as the service writes it: a decimal integer of up to 144 bits (docs/an12642-errata.md
/// row 11).
///
/// It is kept as text, digit for digit: a JSON number of that size would silently become a float. On the
/// wire it is read from a string or a number and always written as a string.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DeviceId(String);

impl DeviceId {
    /// An id as received from the service; nothing is checked.
    pub fn as_received(text: impl Into<String>) -> Self {
        DeviceId(text.into())
    }

    /// The text as it is sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl schemars::JsonSchema for DeviceId {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "DeviceId".into()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        if generator.contract().is_serialize() {
            return schemars::json_schema!({
                "description": "The id (UID) of a device: a decimal integer of up to 144 bits.",
                "type": "string",
                "pattern": "^[0-9]{1,44}$",
            });
        }
        schemars::json_schema!({
            "description": "The id (UID) of a device: decimal, or hexadecimal with the prefix `0x`.",
            "type": "string",
            "pattern": crate::wire::schema::DEVICE_ID,
            "examples": ["348555491056936142262187597632590342062080"],
        })
    }
}

impl Serialize for DeviceId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for DeviceId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error as _;
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let raw = raw.get();
        if raw.starts_with('"') {
            return serde_json::from_str(raw).map(DeviceId).map_err(D::Error::custom);
        }
        if !raw.is_empty() && raw.bytes().all(|b| b.is_ascii_digit()) {
            return Ok(DeviceId(raw.to_owned()));
        }
        Err(D::Error::custom(format_args!("device id {raw} is neither text nor a whole number")))
    }
}

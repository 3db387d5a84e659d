//! JSON that is not known beforehand, to a depth: what is nested deeper than anybody reads is passed over.

use std::fmt;

use serde::de::{
    Deserialize as _, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess,
    Visitor,
};
use serde_json::{Map, Value};

/// Reads a value that is nested at most so deep; `None` for one that is deeper.
#[derive(Clone, Copy)]
pub(crate) struct Shallow {
    pub(crate) depth: u8,
}

impl<'de> DeserializeSeed<'de> for Shallow {
    type Value = Option<Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<Value>, D::Error> {
        match self.depth.checked_sub(1) {
            Some(depth) => deserializer.deserialize_any(Shallow { depth }),
            // Passing over has no depth.
            None => IgnoredAny::deserialize(deserializer).map(|_| None),
        }
    }
}

impl<'de> Visitor<'de> for Shallow {
    type Value = Option<Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Option<Value>, E> {
        Ok(Some(Value::Null))
    }

    fn visit_bool<E: Error>(self, truth: bool) -> Result<Option<Value>, E> {
        Ok(Some(truth.into()))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Option<Value>, E> {
        Ok(Some(number.into()))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Option<Value>, E> {
        Ok(Some(number.into()))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Option<Value>, E> {
        Ok(Some(number.into()))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Option<Value>, E> {
        Ok(Some(text.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Option<Value>, A::Error> {
        let mut items = Some(Vec::new());
        while let Some(item) = list.next_element_seed(self)? {
            items = items.zip(item).map(|(mut items, item)| {
                items.push(item);
                items
            });
        }
        Ok(items.map(Value::Array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Option<Value>, A::Error> {
        let mut fields = Some(Map::new());
        while let Some(name) = object.next_key::<String>()? {
            let value = object.next_value_seed(self)?;
            fields = fields.zip(value).map(|(mut fields, value)| {
                fields.insert(name, value);
                fields
            });
        }
        Ok(fields.map(Value::Object))
    }
}

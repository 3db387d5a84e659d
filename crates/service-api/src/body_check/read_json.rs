//! Reads the JSON of a body into its type, field by field: what cannot be read is noted with its path, and reading
//! continues with a stand-in, so that every wrong field is known at once.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use zeroize::Zeroize as _;

use super::{BodyFaults, CheckBody};
use crate::policy_rules::shown_12nc;
use crate::{DeviceId, Nullable, ObjectId, SecretText, Timestamp};

/// A type that is read from JSON with every fault noted.
pub trait ReadJson: Sized {
    /// Reads `json`; `None` is a field that is not there.
    fn read_json(json: Option<&Value>, faults: &mut BodyFaults) -> Self;
}

/// The fields of a JSON object.
pub(crate) type Fields<'a> = Option<&'a Map<String, Value>>;

/// JSON that may hold secrets: wiped when dropped.
pub(super) struct WipedJson(pub(super) Value);

impl Drop for WipedJson {
    fn drop(&mut self) {
        fn wipe(value: &mut Value) {
            match value {
                Value::String(text) => text.zeroize(),
                Value::Array(items) => items.iter_mut().for_each(wipe),
                Value::Object(fields) => fields.values_mut().for_each(wipe),
                Value::Null | Value::Bool(_) | Value::Number(_) => {}
            }
        }
        wipe(&mut self.0);
    }
}

impl BodyFaults {
    /// Reads `json` as `B` and checks what was read.
    pub(super) fn read<B: CheckBody>(&mut self, json: &Value) -> B {
        let body = B::read_json(Some(json), self);
        body.check(self);
        body
    }

    /// The fields of an object; where there is none, every field is missing and only the object is named.
    pub(crate) fn object<'a>(&mut self, json: Option<&'a Value>) -> Fields<'a> {
        let fields = json.and_then(Value::as_object);
        if fields.is_none() {
            self.unreadable(json, "an object");
        }
        fields
    }

    /// The field that Rust calls `name`.
    pub(crate) fn field<T: ReadJson>(&mut self, fields: Fields<'_>, name: &str) -> T {
        let name = camel_case(name);
        let json = fields.and_then(|fields| fields.get(&name));
        self.within(&name, |faults| T::read_json(json, faults))
    }

    /// Notes that something else was found than what is needed here.
    pub(crate) fn unreadable(&mut self, found: Option<&Value>, needed: &str) {
        self.add("body-form", "", kind_of(found), needed);
        self.leave_unread();
    }

    /// Says nothing more of what is here.
    pub(crate) fn leave_unread(&mut self) {
        self.unread.insert(self.prefix.clone());
    }

    fn stand_in<T: Default>(&mut self, found: Option<&Value>, needed: &str) -> T {
        self.unreadable(found, needed);
        T::default()
    }
}

fn camel_case(rust: &str) -> String {
    let mut words = rust.trim_start_matches("r#").split('_');
    let mut name = words.next().unwrap_or_default().to_owned();
    for word in words {
        let (first, rest) = word.split_at(1.min(word.len()));
        name.push_str(&first.to_ascii_uppercase());
        name.push_str(rest);
    }
    name
}

fn kind_of(json: Option<&Value>) -> &'static str {
    match json {
        None | Some(Value::Null) => "nothing",
        Some(Value::Bool(_)) => "a boolean",
        Some(Value::Number(_)) => "a number",
        Some(Value::String(_)) => "a string",
        Some(Value::Array(_)) => "an array",
        Some(Value::Object(_)) => "an object",
    }
}

impl ReadJson for () {
    fn read_json(_: Option<&Value>, _: &mut BodyFaults) {}
}

impl ReadJson for String {
    fn read_json(json: Option<&Value>, faults: &mut BodyFaults) -> Self {
        match json {
            Some(Value::String(text)) => text.clone(),
            other => faults.stand_in(other, "a string"),
        }
    }
}

impl ReadJson for bool {
    fn read_json(json: Option<&Value>, faults: &mut BodyFaults) -> Self {
        match json {
            Some(Value::Bool(truth)) => *truth,
            other => faults.stand_in(other, "true or false"),
        }
    }
}

/// A whole number; JSON Schema counts `1.0` as one.
pub(crate) fn whole(json: &Value) -> Option<i64> {
    const ABOVE_I64: f64 = 9_223_372_036_854_775_808.0;
    let number = json.as_f64().filter(|number| number.fract() == 0.0 && number.abs() < ABOVE_I64);
    json.as_i64().or_else(|| number.map(|number| number as i64))
}

macro_rules! whole_numbers {
    ($($type:ty: $needed:literal,)+) => {$(
        impl ReadJson for $type {
            fn read_json(json: Option<&Value>, faults: &mut BodyFaults) -> Self {
                let number = json.and_then(whole).and_then(|number| number.try_into().ok());
                number.unwrap_or_else(|| faults.stand_in(json, $needed))
            }
        }
    )+};
}

whole_numbers! {
    u64: "a whole number from 0",
    u32: "a whole number from 0",
}

impl<T: ReadJson> ReadJson for Box<T> {
    fn read_json(json: Option<&Value>, faults: &mut BodyFaults) -> Self {
        Box::new(T::read_json(json, faults))
    }
}

impl<T: ReadJson> ReadJson for Nullable<T> {
    fn read_json(json: Option<&Value>, faults: &mut BodyFaults) -> Self {
        match json {
            None => Nullable::Absent,
            Some(Value::Null) => Nullable::Null,
            value => Nullable::Value(T::read_json(value, faults)),
        }
    }
}

impl<T: ReadJson> ReadJson for Vec<T> {
    fn read_json(json: Option<&Value>, faults: &mut BodyFaults) -> Self {
        let Some(Value::Array(items)) = json else { return faults.stand_in(json, "an array") };
        let read = |(index, item)| {
            faults.within(&format!("[{index}]"), |faults| T::read_json(Some(item), faults))
        };
        items.iter().enumerate().map(read).collect()
    }
}

/// Policies by their 12NC: another key is not repeated.
impl<T: ReadJson> ReadJson for BTreeMap<String, T> {
    fn read_json(json: Option<&Value>, faults: &mut BodyFaults) -> Self {
        let Some(Value::Object(fields)) = json else { return faults.stand_in(json, "an object") };
        let read = |(name, value): (&String, &Value)| {
            let value =
                faults.within(&shown_12nc(name), |faults| T::read_json(Some(value), faults));
            (name.clone(), value)
        };
        fields.iter().map(read).collect()
    }
}

impl ReadJson for SecretText {
    fn read_json(json: Option<&Value>, faults: &mut BodyFaults) -> Self {
        SecretText::new(String::read_json(json, faults))
    }
}

impl ReadJson for ObjectId {
    fn read_json(json: Option<&Value>, faults: &mut BodyFaults) -> Self {
        ObjectId::as_received(String::read_json(json, faults))
    }
}

impl ReadJson for Timestamp {
    fn read_json(json: Option<&Value>, faults: &mut BodyFaults) -> Self {
        Timestamp::Text(String::read_json(json, faults))
    }
}

impl ReadJson for DeviceId {
    fn read_json(json: Option<&Value>, faults: &mut BodyFaults) -> Self {
        let Some(Value::String(text)) = json else {
            faults.unreadable(json, "a string: numbers of this size lose digits");
            return DeviceId::as_received("");
        };
        DeviceId::as_received(text)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Those that the OpenAPI document allows, up to the largest of `int64`.
    #[test]
    fn whole_numbers_are_read_with_and_without_a_fraction_of_0_up_to_int64() {
        let read = [
            (json!(7), Some(7)),
            (json!(7.0), Some(7)),
            (json!(9_007_199_254_740_992.0), Some(9_007_199_254_740_992)),
            (json!(i64::MAX), Some(i64::MAX)),
            (json!(9_223_372_036_854_774_784.0), Some(9_223_372_036_854_774_784)),
            (json!(9_223_372_036_854_775_808.0), None),
            (json!(9_223_372_036_854_775_808_u64), None),
            (json!(-1.0), Some(-1)),
            (json!(0.5), None),
            (json!("7"), None),
        ];
        assert_eq!(read.clone().map(|(json, _)| whole(&json)), read.map(|(_, number)| number));
    }
}

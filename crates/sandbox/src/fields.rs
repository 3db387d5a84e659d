//! Reading a JSON body field by field, so that a refusal names every wrong one.

use std::cell::RefCell;

use serde_json::{Map, Value};

use crate::call::shown;
use crate::refusal::{FieldError, MALFORMED_BODY, Problem, Refusal};

/// The fields of a JSON object. Readers answer a harmless value for a wrong field and remember the
/// fault; [`Fields::check`] refuses when there was one.
#[derive(Debug)]
pub struct Fields<'a> {
    object: &'a Map<String, Value>,
    prefix: String,
    faults: RefCell<Vec<FieldError>>,
}

impl<'a> Fields<'a> {
    /// The fields of `body`.
    ///
    /// # Errors
    /// 400 when it is not an object.
    pub fn of(body: &'a Value) -> Result<Self, Refusal> {
        Self::within(body, "")
    }

    /// The fields of `value`, which stands at `prefix` (`payload.`) in the body.
    ///
    /// # Errors
    /// 400 when it is not an object.
    pub fn within(value: &'a Value, prefix: &str) -> Result<Self, Refusal> {
        let object = value.as_object().ok_or_else(|| {
            let place = if prefix.is_empty() { "the body" } else { prefix.trim_end_matches('.') };
            Refusal::new(
                &MALFORMED_BODY,
                format!("{place} must be a JSON object, found {}", kind_of(value)),
            )
        })?;
        Ok(Self { object, prefix: prefix.to_owned(), faults: RefCell::default() })
    }

    /// Remembers a fault of the field `name`.
    pub fn fault(&self, name: &str, description: impl Into<String>) {
        self.faults.borrow_mut().push(FieldError {
            field: format!("{}{name}", self.prefix),
            description: description.into(),
        });
    }

    /// The value of `name`; `null` counts as absent.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&'a Value> {
        self.object.get(name).filter(|v| !v.is_null())
    }

    /// A text of `shortest` to `longest` characters that must be there.
    pub fn text(&self, name: &str, shortest: usize, longest: usize) -> &'a str {
        match self.value(name) {
            None => {
                self.fault(name, "missing, a string is needed");
                ""
            }
            Some(value) => self.sized(name, value, shortest, longest).unwrap_or(""),
        }
    }

    /// A text of at most `longest` characters that may be absent.
    pub fn optional_text(&self, name: &str, longest: usize) -> Option<&'a str> {
        self.sized(name, self.value(name)?, 0, longest)
    }

    fn sized(
        &self,
        name: &str,
        value: &'a Value,
        shortest: usize,
        longest: usize,
    ) -> Option<&'a str> {
        let Some(text) = value.as_str() else {
            self.fault(name, format!("a string is needed, found {}", kind_of(value)));
            return None;
        };
        let length = text.chars().count();
        if length < shortest || length > longest {
            self.fault(name, format!("{length} characters, allowed: {shortest} to {longest}"));
            return None;
        }
        if longest <= 1024 && text.chars().any(char::is_control) {
            self.fault(name, "control characters are not allowed");
            return None;
        }
        Some(text)
    }

    /// One of `allowed`, which must be there.
    pub fn choice<'b>(&self, name: &str, allowed: &[&'b str]) -> &'b str {
        match self.optional_choice(name, allowed) {
            Some(choice) => choice,
            None => {
                if self.value(name).is_none() {
                    self.fault(name, format!("missing, allowed: {}", allowed.join(", ")));
                }
                ""
            }
        }
    }

    /// One of `allowed`, or absent.
    pub fn optional_choice<'b>(&self, name: &str, allowed: &[&'b str]) -> Option<&'b str> {
        let value = self.value(name)?;
        let found = value.as_str().and_then(|text| allowed.iter().find(|a| **a == text));
        if found.is_none() {
            let text = value
                .as_str()
                .map_or_else(|| kind_of(value).to_owned(), |t| format!("`{}`", shown(t)));
            self.fault(name, format!("{text}, allowed: {}", allowed.join(", ")));
        }
        found.copied()
    }

    /// A truth value; `default` when absent.
    pub fn truth(&self, name: &str, default: bool) -> bool {
        match self.value(name) {
            None => default,
            Some(Value::Bool(truth)) => *truth,
            Some(other) => {
                self.fault(name, format!("true or false is needed, found {}", kind_of(other)));
                default
            }
        }
    }

    /// A whole number from `least` to `most`, or absent.
    pub fn optional_number(&self, name: &str, least: i64, most: i64) -> Option<i64> {
        let value = self.value(name)?;
        let number = whole(value).filter(|n| (least..=most).contains(n));
        if number.is_none() {
            let found =
                if value.is_number() { value.to_string() } else { kind_of(value).to_owned() };
            self.fault(name, format!("{found}, allowed: a whole number from {least} to {most}"));
        }
        number
    }

    /// A whole number from `least` to `most` that must be there.
    pub fn number(&self, name: &str, least: i64, most: i64) -> i64 {
        if self.value(name).is_none() {
            self.fault(name, format!("missing, a whole number from {least} to {most} is needed"));
        }
        self.optional_number(name, least, most).unwrap_or(least)
    }

    /// One of the service's own ids, as a JSON number or as a string of up to 18 digits (docs/an12642-errata.md row 7).
    pub fn id(&self, name: &str) -> i64 {
        match self.value(name) {
            None => {
                self.fault(name, "missing, an id is needed");
                0
            }
            Some(value) => id_of(value).or_else(|| id_as_text(value)).unwrap_or_else(|| {
                self.fault(name, format!("an id (digits) is needed, found {}", kind_of(value)));
                0
            }),
        }
    }

    /// Takes over the faults of fields that were read elsewhere.
    pub fn adopt(&self, other: &Fields<'_>) {
        self.faults.borrow_mut().extend(other.faults.take());
    }

    /// Refuses with `problem` when a field was wrong.
    ///
    /// # Errors
    /// That refusal, naming every fault.
    pub fn check(&self, problem: &'static Problem) -> Result<(), Refusal> {
        let faults = self.faults.take();
        if faults.is_empty() {
            return Ok(());
        }
        let names: Vec<&str> = faults.iter().map(|f| f.field.as_str()).collect();
        Err(Refusal {
            problem,
            details: format!("{}: {}", problem.summary, names.join(", ")),
            field_errors: faults,
        })
    }
}

/// A whole number; JSON Schema counts `1.0` as one.
fn whole(value: &Value) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let number = value.as_f64().filter(|n| n.fract() == 0.0 && n.abs() < EXACT);
    value.as_i64().or_else(|| number.map(|n| n as i64))
}

/// One of the service's own ids.
#[must_use]
pub fn id_of(value: &Value) -> Option<i64> {
    whole(value).filter(|id| *id >= 0)
}

/// An id as text, which one operation takes (docs/an12642-errata.md row 7).
fn id_as_text(value: &Value) -> Option<i64> {
    const LONGEST: usize = 18;
    let text = value.as_str()?;
    let digits = (1..=LONGEST).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().ok())?
}

/// What a JSON value is, in words.
#[must_use]
pub fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_every_wrong_field() {
        let body = json!({"name": 7, "size": 12.5, "on": "yes", "kind": "C", "group": "12a"});
        let fields = Fields::of(&body).unwrap();
        fields.text("name", 1, 10);
        fields.number("size", 1, 10);
        fields.truth("on", false);
        fields.choice("kind", &["A", "B"]);
        fields.id("group");
        fields.text("absent", 1, 10);
        let refusal = fields.check(&MALFORMED_BODY).unwrap_err();
        let names: Vec<&str> = refusal.field_errors.iter().map(|f| f.field.as_str()).collect();
        assert_eq!(names, ["name", "size", "on", "kind", "group", "absent"]);
    }

    #[test]
    fn reads_ids_as_numbers_and_where_the_document_does_as_text() {
        assert_eq!(id_of(&json!(123)), Some(123));
        assert_eq!(id_of(&json!(123.0)), Some(123));
        assert_eq!(id_of(&json!(i64::MAX)), Some(i64::MAX));
        for value in [json!("123"), json!(-1), json!(1.5), json!(1e300), json!(null)] {
            assert_eq!(id_of(&value), None, "{value}");
        }
        assert_eq!(id_as_text(&json!("123")), Some(123));
        for value in [json!("-1"), json!(""), json!("1.0"), json!("0000000000000000001")] {
            assert_eq!(id_as_text(&value), None, "{value}");
        }
    }
}

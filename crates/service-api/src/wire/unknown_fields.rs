//! What an answer carries that this program does not know.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::Rc;

use serde::de::{self, DeserializeSeed, Deserializer, IntoDeserializer as _, MapAccess, Visitor};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::Json;
use crate::wire::shallow_value::Shallow;

/// Fields of an answer that its type does not have: kept as they came, so that they are shown and written again.
///
/// Fields that are named like secrets are left out, at any depth: a secret is shown only where this program asked for it.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct UnknownFields(Map<String, Value>);

/// In the name of a field that may hold a secret.
const SECRET_NAMES: [&str; 7] =
    ["secret", "token", "password", "passphrase", "apikey", "privatekey", "credential"];

/// What is nested deeper than this is passed over.
const DEEPEST: u8 = 64;

type Conceal = Rc<dyn Fn(&str) -> String>;

thread_local! {
    /// What takes secrets out of texts, while [`concealing`] decodes.
    static CONCEAL: RefCell<Option<Conceal>> = const { RefCell::new(None) };
    /// Whether [`known_only`] encodes.
    static KNOWN_ONLY: Cell<bool> = const { Cell::new(false) };
}

/// What `decode` makes; the texts of unknown fields in it went through `conceal`: a service may send back there what it
/// was sent.
pub fn concealing<T>(conceal: impl Fn(&str) -> String + 'static, decode: impl FnOnce() -> T) -> T {
    let outer = CONCEAL.replace(Some(Rc::new(conceal)));
    let made = decode();
    CONCEAL.set(outer);
    made
}

/// What `encode` makes without the unknown fields of what it encodes.
pub fn known_only<T>(encode: impl FnOnce() -> T) -> T {
    let outer = KNOWN_ONLY.replace(true);
    let made = encode();
    KNOWN_ONLY.set(outer);
    made
}

impl UnknownFields {
    /// The names of the fields, in their order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The value of a field.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Json> {
        self.0.get(name).cloned().map(Json)
    }

    fn keep(&mut self, name: String, mut value: Value) {
        if is_like_a_secret(&name) {
            return;
        }
        let conceal = CONCEAL.with_borrow(Clone::clone);
        tidy(&mut value, conceal.as_ref());
        let name = conceal.map_or_else(|| name.clone(), |conceal| conceal(&name));
        self.0.insert(name, value);
    }
}

fn is_like_a_secret(name: &str) -> bool {
    let letters: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    let letters = letters.to_ascii_lowercase();
    SECRET_NAMES.iter().any(|word| letters.contains(word))
}

/// Leaves fields out that are named like secrets, and conceals those of the request.
fn tidy(value: &mut Value, conceal: Option<&Conceal>) {
    match value {
        Value::String(text) => {
            if let Some(conceal) = conceal {
                *text = conceal(text);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| tidy(item, conceal)),
        Value::Object(fields) => {
            let mut kept = UnknownFields::default();
            std::mem::take(fields).into_iter().for_each(|(name, value)| kept.keep(name, value));
            *fields = kept.0;
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Names only: what is not known may be anything.
impl fmt::Debug for UnknownFields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Serialize for UnknownFields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if KNOWN_ONLY.get() {
            Map::new().serialize(serializer)
        } else {
            self.0.serialize(serializer)
        }
    }
}

/// Reads an object with `read`, which takes the fields of its type, and everything else of it.
pub(crate) fn kept<'de, D: Deserializer<'de>, R>(
    deserializer: D,
    read: impl for<'r> FnOnce(Keeping<'r, D>) -> Result<R, D::Error>,
) -> Result<(R, UnknownFields), D::Error> {
    let mut unknown = UnknownFields::default();
    let record = read(Keeping { inner: deserializer, unknown: &mut unknown })?;
    Ok((record, unknown))
}

/// A deserializer of an object that shows the fields of its type only, and keeps the others.
pub(crate) struct Keeping<'r, D> {
    inner: D,
    unknown: &'r mut UnknownFields,
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Keeping<'_, D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.inner.deserialize_any(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        let keeping = KeepingVisitor { inner: visitor, fields, unknown: self.unknown };
        self.inner.deserialize_struct(name, fields, keeping)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

struct KeepingVisitor<'r, V> {
    inner: V,
    fields: &'static [&'static str],
    unknown: &'r mut UnknownFields,
}

impl<'de, V: Visitor<'de>> Visitor<'de> for KeepingVisitor<'_, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.expecting(f)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<V::Value, A::Error> {
        self.inner.visit_map(KnownFields { map, fields: self.fields, unknown: self.unknown })
    }
}

/// The fields of a map that a type has.
struct KnownFields<'r, A> {
    map: A,
    fields: &'static [&'static str],
    unknown: &'r mut UnknownFields,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for KnownFields<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        while let Some(name) = self.map.next_key::<Cow<'de, str>>()? {
            if self.fields.contains(&name.as_ref()) {
                let name: de::value::CowStrDeserializer<'de, A::Error> = name.into_deserializer();
                return seed.deserialize(name).map(Some);
            }
            if let Some(value) = self.map.next_value_seed(Shallow { depth: DEEPEST })? {
                self.unknown.keep(name.into_owned(), value);
            }
        }
        Ok(None)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.map.next_value_seed(seed)
    }
}

#[cfg(test)]
mod unknown_fields_tests;

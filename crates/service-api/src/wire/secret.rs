//! Text that must not be shown.

use std::cell::RefCell;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroizing;

/// Text that is wiped when dropped and never shown by `Debug`: the secret of a claim code.
///
/// It is serialised for what it is, because the API takes and answers it in clear; code that prints a
/// request leaves the field out.
#[derive(PartialEq, Eq, Default)]
pub struct SecretText(Zeroizing<String>);

impl SecretText {
    /// Takes the text over.
    pub fn new(text: String) -> Self {
        SecretText(Zeroizing::new(text))
    }

    /// The text. Do not keep a copy of it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

thread_local! {
    /// The secrets that were serialised, while [`secrets_in`] collects them.
    static COLLECTED: RefCell<Option<Vec<SecretText>>> = const { RefCell::new(None) };
}

/// What `encode` makes, and every [`SecretText`] that it serialised meanwhile: so that nobody has to say again which
/// fields of a body are secret.
pub fn secrets_in<T>(encode: impl FnOnce() -> T) -> (T, Vec<SecretText>) {
    let outer = COLLECTED.replace(Some(Vec::new()));
    let made = encode();
    let collected = COLLECTED.replace(outer).unwrap_or_default();
    (made, collected)
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText(…)")
    }
}

impl schemars::JsonSchema for SecretText {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "SecretText".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string"})
    }
}

impl Serialize for SecretText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        COLLECTED.with_borrow_mut(|collected| {
            if let Some(collected) = collected {
                collected.push(SecretText(self.0.clone()));
            }
        });
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for SecretText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(SecretText::new)
    }
}

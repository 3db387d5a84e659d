//! Enumerations that keep values newer than this program.

/// An enumeration that knows some values and keeps others.
pub trait OpenEnum: Sized + Clone + for<'a> From<&'a str> + 'static {
    /// The values this program knows, in the document's order.
    const KNOWN: &'static [Self];

    /// The value as the API writes it.
    fn as_str(&self) -> &str;

    /// Reads a value as people type it: `key-pair`, `nist-p256` and `NIST_P256` are known values. Another
    /// one is taken as it is when it looks like one of the API's (`OEM_FW_AUTH_KEY_HASH`).
    ///
    /// # Errors
    /// The known values, when the text is not among them.
    fn from_typed(text: &str) -> Result<Self, UnknownValue> {
        let plain = |text: &str| text.replace(['-', '_', ' '], "").to_ascii_uppercase();
        let wanted = plain(text);
        if let Some(known) = Self::KNOWN.iter().find(|known| plain(known.as_str()) == wanted) {
            return Ok(known.clone());
        }
        let like_the_api = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
        if text.contains('_') && text.chars().all(like_the_api) {
            return Ok(Self::from(text));
        }
        let known = Self::KNOWN.iter().map(|known| known.as_str().to_owned()).collect();
        Err(UnknownValue { known })
    }
}

/// A text that is not among the known values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("known are {}", known.join(", "))]
#[non_exhaustive]
pub struct UnknownValue {
    /// The known values.
    pub known: Vec<String>,
}

/// The schema of an enumeration: what a request may say is closed, what an answer may say is open.
pub(crate) fn schema(
    description: &str,
    values: &[&str],
    generator: &schemars::SchemaGenerator,
) -> schemars::Schema {
    let description = description.trim();
    if generator.contract().is_deserialize() {
        return schemars::json_schema!({
            "description": description, "type": "string", "enum": values,
        });
    }
    schemars::json_schema!({
        "description": description,
        "anyOf": [
            {"type": "string", "enum": values},
            {"description": "a value newer than this document", "type": "string"},
        ],
    })
}

/// Declares an enumeration whose unknown values survive a round trip in `Other`. A body that says nothing has the
/// value `unless given`, if there is one.
macro_rules! open_enum {
    ($(#[doc = $doc:literal])* pub enum $name:ident { $($(#[$vmeta:meta])* $variant:ident = $text:literal $(| $also:literal)*),+ $(,)? } $(unless given $default:ident)?) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name {
            $($(#[$vmeta])* $variant,)+
            /// A value that the service sent and this program does not know.
            Other(String),
        }

        impl $name {
            /// The values this program knows, in the document's order.
            pub const KNOWN: &'static [$name] = &[$($name::$variant),+];

            /// The value as the API writes it.
            pub fn as_str(&self) -> &str {
                match self {
                    $($name::$variant => $text,)+
                    $name::Other(text) => text,
                }
            }

            /// Whether the value is one this program knows.
            pub fn is_known(&self) -> bool {
                !matches!(self, $name::Other(_))
            }
        }

        impl crate::OpenEnum for $name {
            const KNOWN: &'static [$name] = $name::KNOWN;
            fn as_str(&self) -> &str {
                $name::as_str(self)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                match text {
                    $($text $(| $also)* => $name::$variant,)+
                    other => $name::Other(other.to_owned()),
                }
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = ::std::convert::Infallible;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Ok(text.into())
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl ::schemars::JsonSchema for $name {
            fn schema_name() -> ::std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(generator: &mut ::schemars::SchemaGenerator) -> ::schemars::Schema {
                let values = &[$($text),+];
                crate::wire::open_enum::schema(concat!($($doc),*), values, generator)
            }
        }

        impl crate::body_check::ReadJson for $name {
            fn read_json(
                json: Option<&::serde_json::Value>,
                faults: &mut crate::body_check::BodyFaults,
            ) -> Self {
                match json {
                    Some(::serde_json::Value::String(text)) => text.as_str().into(),
                    $(None | Some(::serde_json::Value::Null) => Self::$default,)?
                    other => {
                        faults.unreadable(other, &crate::body_check::one_of::<Self>());
                        Self::Other(String::new())
                    }
                }
            }
        }

        impl crate::parameters::ParameterValue for $name {
            fn from_text(text: &str) -> Result<Self, String> {
                let value = Self::from(text);
                if value.is_known() { Ok(value) } else { Err(crate::body_check::one_of::<Self>()) }
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <::std::borrow::Cow<'_, str> as ::serde::Deserialize>::deserialize(deserializer)?;
                Ok(text.as_ref().into())
            }
        }
    };
}

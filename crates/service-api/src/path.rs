//! Parameters in a path.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Everything but the unreserved characters of RFC 3986 section 2.3 is encoded.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A path parameter that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// A value that would change the path: empty, `.` or `..`.
    #[error("path parameter {name} is {value:?}, which would change the path")]
    ChangesPath {
        /// The parameter.
        name: &'static str,
        /// Its value.
        value: String,
    },
    /// A parameter that is not there.
    #[error("path parameter {name} is missing")]
    Missing {
        /// The parameter.
        name: &'static str,
    },
    /// A value of the wrong kind, such as letters where a number is expected.
    #[error("path parameter {name} is {value:?}, which is not {wanted}")]
    Malformed {
        /// The parameter.
        name: &'static str,
        /// Its value.
        value: String,
        /// The expected kind.
        wanted: &'static str,
    },
}

/// The parameters of a path such as `/products/{12nc}/device-groups/{deviceGroupId}`.
pub trait PathParameters: Sized {
    /// The names in braces, in the order of the path.
    const NAMES: &'static [&'static str];

    /// The values, in the order of [`NAMES`](Self::NAMES).
    fn values(&self) -> Vec<String>;

    /// From values by name: what the sandbox does with a request. `look` gives the decoded value of a name.
    fn from_values(look: &dyn Fn(&str) -> Option<String>) -> Result<Self, PathError>;

    /// The path with its parameters put in, each percent-encoded.
    fn fill(&self, template: &str) -> Result<String, PathError> {
        let mut path = template.to_owned();
        for (name, value) in Self::NAMES.iter().zip(self.values()) {
            if matches!(value.as_str(), "" | "." | "..") {
                return Err(PathError::ChangesPath { name, value });
            }
            let encoded = utf8_percent_encode(&value, SEGMENT).to_string();
            path = path.replace(&format!("{{{name}}}"), &encoded);
        }
        Ok(path)
    }
}

/// A value that can stand in a path.
pub(crate) trait PathValue: Sized {
    /// The expected kind, for messages.
    const WANTED: &'static str;
    fn to_text(&self) -> String;
    fn from_text(text: &str) -> Option<Self>;
}

impl PathValue for u64 {
    const WANTED: &'static str = "a number";
    fn to_text(&self) -> String {
        self.to_string()
    }
    fn from_text(text: &str) -> Option<Self> {
        // As large as the schema says; no id is larger.
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<i64>().ok().filter(|_| digits)?.try_into().ok()
    }
}

impl PathValue for String {
    const WANTED: &'static str = "a text";
    fn to_text(&self) -> String {
        self.clone()
    }
    fn from_text(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }
}

impl PathValue for crate::DeviceId {
    const WANTED: &'static str = "a device id";
    fn to_text(&self) -> String {
        self.as_str().to_owned()
    }
    fn from_text(text: &str) -> Option<Self> {
        Some(crate::DeviceId::as_received(text))
    }
}

/// The path of an operation without parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, schemars::JsonSchema)]
pub struct NoPath;

impl PathParameters for NoPath {
    const NAMES: &'static [&'static str] = &[];
    fn values(&self) -> Vec<String> {
        Vec::new()
    }
    fn from_values(_: &dyn Fn(&str) -> Option<String>) -> Result<Self, PathError> {
        Ok(NoPath)
    }
}

/// Declares the parameters of a path.
macro_rules! path {
    ($(#[$meta:meta])* pub struct $name:ident { $($(#[$fmeta:meta])* $field:ident : $type:ty = $wire:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, ::schemars::JsonSchema)]
        pub struct $name { $($(#[$fmeta])* #[schemars(rename = $wire)] pub $field: $type,)+ }

        impl crate::PathParameters for $name {
            const NAMES: &'static [&'static str] = &[$($wire),+];
            fn values(&self) -> Vec<String> {
                vec![$(crate::path::PathValue::to_text(&self.$field)),+]
            }
            fn from_values(look: &dyn Fn(&str) -> Option<String>) -> Result<Self, crate::PathError> {
                Ok(Self { $($field: {
                    let value = look($wire).ok_or(crate::PathError::Missing { name: $wire })?;
                    match <$type as crate::path::PathValue>::from_text(&value) {
                        Some(read) => read,
                        None => {
                            let wanted = <$type as crate::path::PathValue>::WANTED;
                            return Err(crate::PathError::Malformed { name: $wire, value, wanted });
                        }
                    }
                },)+ })
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_digits_only() {
        for bad in ["+7", "-7", "7 ", "", "0x7", "9223372036854775808", "99999999999999999999"] {
            assert_eq!(u64::from_text(bad), None, "{bad}");
        }
        assert_eq!(u64::from_text("7"), Some(7));
        assert_eq!(u64::from_text("9223372036854775807"), Some(9_223_372_036_854_775_807));
    }
}

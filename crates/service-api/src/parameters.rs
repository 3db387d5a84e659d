//! Parameters in a query.

/// A query parameter that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ParameterError {
    /// The parameter.
    pub name: &'static str,
    /// Its value.
    pub found: String,
    /// What is allowed.
    pub expected: String,
}

/// The parameters of a query.
pub trait QueryParameters: Sized {
    /// From values by name: what the sandbox does with a request. `look` gives the decoded value of a name.
    ///
    /// # Errors
    /// The first parameter with a value that is not allowed.
    fn from_values(look: &dyn Fn(&str) -> Option<String>) -> Result<Self, ParameterError>;
}

impl QueryParameters for crate::NoQuery {
    fn from_values(_: &dyn Fn(&str) -> Option<String>) -> Result<Self, ParameterError> {
        Ok(Self {})
    }
}

/// A value that can stand in a query.
pub(crate) trait ParameterValue: Sized {
    /// Reads it, or says what is allowed.
    fn from_text(text: &str) -> Result<Self, String>;
}

impl ParameterValue for String {
    fn from_text(text: &str) -> Result<Self, String> {
        Ok(text.to_owned())
    }
}

impl ParameterValue for u64 {
    fn from_text(text: &str) -> Result<Self, String> {
        <Self as crate::path::PathValue>::from_text(text).ok_or_else(|| "a whole number".to_owned())
    }
}

impl ParameterValue for u32 {
    fn from_text(text: &str) -> Result<Self, String> {
        let digits = Some(text).filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
        digits.and_then(|text| text.parse().ok()).ok_or_else(|| "a whole number".to_owned())
    }
}

/// The parameter `name`, if it is there.
pub(crate) fn parameter<T: ParameterValue>(
    name: &'static str,
    look: &dyn Fn(&str) -> Option<String>,
) -> Result<Option<T>, ParameterError> {
    const DIRECTION: [&str; 2] = ["sortByDirection", "sort-by-direction"];
    let Some(found) = look(name) else {
        // Both are read (docs/an12642-errata.md row 31).
        return if name == DIRECTION[0] { parameter(DIRECTION[1], look) } else { Ok(None) };
    };
    let read = T::from_text(&found);
    read.map(Some).map_err(|expected| ParameterError { name, found, expected })
}

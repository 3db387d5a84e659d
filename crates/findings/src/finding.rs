//! What a check says of its input: one finding, whatever was checked.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::Serialize;

/// How much a finding weighs.
///
/// `Fatal` and `Error` fail a certificate; `Warning` and `Note` do so only when the caller asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; nothing breaks.
    Note,
    /// RFC 5280 or prudence says otherwise, the service takes it all the same.
    Warning,
    /// Section 6 of AN12642, the upload or the cryptography breaks.
    Error,
    /// The input cannot be checked at all. Counts as an error.
    Fatal,
}

impl Severity {
    /// The severity's name as reports print it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Fatal => "fatal",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.name())
    }
}

/// A severity name that is not one of `note`, `warning`, `error`, `fatal`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a severity, allowed are `note`, `warning`, `error` and `fatal`")]
pub struct UnknownSeverity(pub String);

impl FromStr for Severity {
    type Err = UnknownSeverity;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        [Self::Note, Self::Warning, Self::Error, Self::Fatal]
            .into_iter()
            .find(|severity| severity.name() == name)
            .ok_or_else(|| UnknownSeverity(name.to_owned()))
    }
}

/// Where in an input a finding is, where the input has parts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Place {
    /// In words, such as `935389312472, entry 2 (CUSTOM 83000006)`.
    pub place: String,
    /// The same for programs: a path in JSON, or the path of an operation.
    pub path: String,
}

/// A broken rule with its evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Finding {
    /// The rule's id; never renamed or reused.
    pub rule: &'static str,
    /// The severity under the rule set in force.
    pub severity: Severity,
    /// One sentence fragment, in lower case.
    pub message: Cow<'static, str>,
    /// The value found.
    pub found: String,
    /// What the rule allows.
    pub allowed: Cow<'static, str>,
    /// The section of the standard the rule cites.
    pub section: &'static str,
    /// How to fix it.
    pub fix: &'static str,
    /// Where it is; `None` for the input as a whole.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub place: Option<Box<Place>>,
}

/// A rule that could not be checked, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NotChecked {
    /// The rule's id.
    pub rule: &'static str,
    /// What was missing.
    pub reason: &'static str,
}

/// What reports say of a rule, broken or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleDescription {
    /// Its id.
    pub id: &'static str,
    /// The severity of a breach, unless a rule set says otherwise.
    pub severity: Severity,
    /// The section of the standard it follows.
    pub section: &'static str,
    /// What it asks, in one sentence.
    pub summary: &'static str,
    /// How to fix a breach.
    pub fix: &'static str,
}

impl RuleDescription {
    /// A breach of it, of the input as a whole; its summary says what is allowed.
    pub fn broken(
        &self,
        message: impl Into<Cow<'static, str>>,
        found: impl Into<String>,
    ) -> Finding {
        Finding {
            rule: self.id,
            severity: self.severity,
            message: message.into(),
            found: found.into(),
            allowed: Cow::Borrowed(self.summary),
            section: self.section,
            fix: self.fix,
            place: None,
        }
    }
}

/// A table of rules, each under a name of its own: `NAME = "id", Severity, "section", "what is allowed", "fix";`, all of
/// them in one list that is named first.
#[macro_export]
macro_rules! rules {
    (
        $(#[$about:meta])* $all:ident:
        $($name:ident = $id:literal, $severity:ident, $section:literal, $allowed:literal, $fix:expr;)*
    ) => {
        $(pub(crate) const $name: $crate::RuleDescription = $crate::RuleDescription {
            id: $id,
            severity: $crate::Severity::$severity,
            section: $section,
            summary: $allowed,
            fix: $fix,
        };)*

        $(#[$about])*
        pub static $all: &[$crate::RuleDescription] = &[$($name),*];
    };
}

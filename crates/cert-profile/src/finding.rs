//! What a rule says about a certificate: severity, finding, verdict.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::Serialize;

/// How much a finding weighs.
///
/// `Fatal` and `Error` fail a certificate; `Warning` and `Note` do so only when the caller asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
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

/// One breach of a rule: what stands there and what may stand there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// One sentence fragment, in lower case.
    pub message: Cow<'static, str>,
    /// The value found.
    pub found: String,
    /// What the rule allows.
    pub allowed: Cow<'static, str>,
}

/// Characters of a value that a report shows; a hostile certificate has values of megabytes.
const LONGEST_VALUE: usize = 4000;

/// The value, or its beginning and its length.
fn shortened(text: String) -> String {
    match text.char_indices().nth(LONGEST_VALUE) {
        None => text,
        Some((end, _)) => format!("{}… ({} characters in all)", &text[..end], text.chars().count()),
    }
}

impl Breach {
    /// A breach with its evidence; of more than 4000 characters the beginning.
    pub fn new(
        message: impl Into<Cow<'static, str>>,
        found: impl Into<String>,
        allowed: impl Into<Cow<'static, str>>,
    ) -> Self {
        let allowed = match allowed.into() {
            Cow::Owned(text) => Cow::Owned(shortened(text)),
            text @ Cow::Borrowed(_) => text,
        };
        Self { message: message.into(), found: shortened(found.into()), allowed }
    }
}

/// What a rule's check returns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Looked at and in order.
    Kept,
    /// The rule has nothing to say here: another rule owns the fault, or the field the rule speaks of is absent.
    NotApplicable,
    /// One or more breaches.
    Broken(Vec<Breach>),
    /// Could not be looked at, and why.
    NotChecked(&'static str),
}

impl Verdict {
    /// A single breach.
    pub(crate) fn broken(
        message: impl Into<Cow<'static, str>>,
        found: impl Into<String>,
        allowed: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::Broken(vec![Breach::new(message, found, allowed)])
    }

    /// `Kept` where there is no breach.
    pub(crate) fn from_breaches(breaches: Vec<Breach>) -> Self {
        if breaches.is_empty() { Self::Kept } else { Self::Broken(breaches) }
    }
}

/// A breach with the rule it breaks, as reports show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
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
}

/// A rule that could not be checked, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct NotChecked {
    /// The rule's id.
    pub rule: &'static str,
    /// What was missing.
    pub reason: &'static str,
}

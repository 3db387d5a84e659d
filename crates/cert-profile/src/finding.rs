//! What a rule's check returns.

use std::borrow::Cow;

pub use el2g_findings::{Finding, NotChecked, Severity, UnknownSeverity};

/// One breach of a rule: what stands there and what may stand there.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
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

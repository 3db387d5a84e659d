//! What a check found, in the shape the command line prints.

use el2g_text::one_line;
use serde::Serialize;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Works, but is better fixed.
    Warning,
    /// EdgeLock 2GO will not take it.
    Error,
}

/// One thing a check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// A stable name, for programs.
    pub id: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// What was found and what is allowed.
    pub message: String,
    /// The gpg option or Kleopatra setting that fixes it, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<&'static str>,
}

/// Foreign text that is safe to show; what is not UTF-8 becomes replacement characters.
pub(crate) fn printable(text: &[u8]) -> String {
    one_line(&String::from_utf8_lossy(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_cannot_steer_a_terminal() {
        assert_eq!(printable("Ä <a@b>".as_bytes()), "Ä <a@b>");
        assert_eq!(printable(b"a\x1b[31m\nb\xFF"), "a\\u{1b}[31m\\nb\u{FFFD}");
    }
}

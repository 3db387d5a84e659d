//! What can be wrong with text that should hold PEM.

use el2g_text::Utf16;

use crate::Kind;

/// Why text was not escaped, unescaped or read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PemLineError {
    /// Nothing but white space.
    #[error("is empty; expected a PEM block")]
    Empty,
    /// Not UTF-8, without a PEM block, and not DER either.
    #[error("is neither PEM nor DER; the first byte that is not UTF-8 is at offset {offset}")]
    NotText {
        /// Offset of that byte, from 0.
        offset: usize,
    },
    /// UTF-16, as some shells of Windows write it.
    #[error(transparent)]
    Utf16(#[from] Utf16),
    /// A file of another format that is known by how it begins.
    #[error("is {kind}; expected PEM or DER")]
    OtherFormat {
        /// The format.
        kind: Kind,
    },
    /// Text without a `-----BEGIN …-----` line.
    #[error("holds no PEM block (no `-----BEGIN …-----` line)")]
    NoBlock,
    /// JSON without a string that holds a PEM block.
    #[error("is JSON, but none of its strings holds a PEM block")]
    NoBlockInJson,
    /// JSON with several different strings that hold PEM.
    #[error("is JSON with PEM in several fields ({}); expected one", .fields.join(", "))]
    Ambiguous {
        /// The fields, as JSON pointers (RFC 6901).
        fields: Vec<String>,
    },
    /// A one-line form with an escape sequence that JSON does not have.
    #[error("line {line} is not an escaped line: {reason}")]
    BadEscape {
        /// Line, from 1.
        line: usize,
        /// What is wrong, and in which column from 1.
        reason: String,
    },
    /// `escape` was given text that is one escaped line already.
    #[error("is an escaped line already")]
    AlreadyEscaped,
}

impl PemLineError {
    /// The command that converts what was found, where there is one.
    #[must_use]
    pub const fn conversion(&self) -> Option<&'static str> {
        match self {
            Self::OtherFormat { kind } => kind.conversion(false),
            Self::Utf16(utf16) => Some(utf16.conversion()),
            _ => None,
        }
    }
}

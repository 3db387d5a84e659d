//! What can be wrong with text that should hold PEM.

/// Why text was not escaped, unescaped or normalised.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PemLineError {
    /// Nothing but white space.
    #[error("is empty; a PEM block is wanted")]
    Empty,
    /// Not UTF-8: binary data that is no DER either.
    #[error("is neither text nor DER; the first byte that is not UTF-8 is at offset {offset}")]
    NotText {
        /// Offset of that byte, from 0.
        offset: usize,
    },
    /// UTF-16, as some shells of Windows write it.
    #[error("is UTF-16 text; UTF-8 or ASCII is wanted")]
    Utf16,
    /// Text without a `-----BEGIN …-----` line.
    #[error("holds no PEM block (no `-----BEGIN …-----` line)")]
    NoBlock,
    /// JSON without a string that holds a PEM block.
    #[error("is JSON, but none of its strings holds a PEM block")]
    NoBlockInJson,
    /// JSON with several different strings that hold PEM.
    #[error("is JSON with PEM in several fields ({}); one is wanted", .fields.join(", "))]
    Ambiguous {
        /// The fields, as JSON pointers (RFC 6901).
        fields: Vec<String>,
    },
    /// A one-line form with an escape sequence that JSON does not have.
    #[error("line {line} is no escaped line: {reason}")]
    BadEscape {
        /// Line, from 1.
        line: usize,
        /// What the JSON reader says.
        reason: String,
    },
    /// `escape` was given text that is one escaped line already.
    #[error("is an escaped line already")]
    AlreadyEscaped,
    /// A block that begins and does not end.
    #[error("the `{label}` block that begins on line {line} has no `-----END {label}-----` line")]
    Unterminated {
        /// What stands after BEGIN.
        label: String,
        /// Line of BEGIN, from 1, in the text once it is unescaped.
        line: usize,
    },
    /// A block that ends under another name.
    #[error("line {line}: the `{label}` block ends as `{found}`")]
    WrongEnd {
        /// What stands after BEGIN.
        label: String,
        /// What stands after END.
        found: String,
        /// Line of END, from 1, in the text once it is unescaped.
        line: usize,
    },
}

//! What can be wrong with a row.

use el2g_key_payload::{PayloadKind, SizeError};
use el2g_signers::KeyPlaceError;

use super::{Column, LONGEST_FIELD, LONGEST_NAME};
use crate::seal_batch::manifest::ManifestError;

/// Why a row is refused. Nothing in it can be a secret that got into the manifest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EntryFault {
    /// Another number of fields than the header has.
    #[error("{found} fields, the header has {wanted}")]
    FieldCount {
        /// How many there are.
        found: usize,
        /// How many the header has.
        wanted: usize,
    },
    /// A value where the header has no name.
    #[error("field {number} has a value, but the header has no name for it")]
    Unnamed {
        /// Which field, counted from 1.
        number: usize,
    },
    /// No JSON object.
    #[error("not a JSON object (column {column})")]
    NotJson {
        /// Where reading stopped, counted from 1.
        column: usize,
    },
    /// Something about a column of a JSON row.
    #[error(transparent)]
    Column(Box<ManifestError>),
    /// A value that is not text, number or truth value.
    #[error("{column}: is not UTF-8 text")]
    NotText {
        /// Where.
        column: Column,
    },
    /// A field that must be there.
    #[error("{column}: is missing")]
    Missing {
        /// Which.
        column: Column,
    },
    /// More than any value has.
    #[error("{column}: {byte_len} bytes; at most {LONGEST_FIELD} are allowed")]
    LongField {
        /// Where.
        column: Column,
        /// Its length.
        byte_len: usize,
    },
    /// NUL, line end, escape and the like.
    #[error("{column}: has a control character")]
    ControlCharacter {
        /// Where.
        column: Column,
    },
    /// A name too long for a file.
    #[error("name: {byte_len} bytes; at most {LONGEST_NAME} are allowed")]
    LongName {
        /// Its length.
        byte_len: usize,
    },
    /// A name that could lead out of the folder or is not a file name everywhere.
    #[error(
        "name: {found:?} in it; allowed are A-Z a-z 0-9 . _ - and first a letter or digit, because the message's file \
         is called so"
    )]
    Name {
        /// The first character that is not allowed there.
        found: char,
    },
    /// A name that an earlier row has; upper and lower case are the same here.
    #[error(
        "name: an earlier row (line {line}) has it already; upper and lower case count as the same"
    )]
    Repeated {
        /// The line of the row that has it.
        line: u64,
    },
    /// No kind.
    #[error("kind: found {found}; aes, hmac, binary and oem-fw-decrypt-key are allowed")]
    Kind {
        /// What stands there, if it can be shown.
        found: String,
    },
    /// A size that the kind cannot have, or one that could mean two.
    #[error("{column}: {error}")]
    Size {
        /// Where.
        column: Column,
        /// What is wrong with it.
        error: SizeError,
    },
    /// No size at all.
    #[error("{column}: found {found}; {kind} takes {}", .kind.allowed_to_generate())]
    NotASize {
        /// Where.
        column: Column,
        /// The kind of the row.
        kind: PayloadKind,
        /// What stands there, if it can be shown.
        found: String,
    },
    /// Neither true nor false.
    #[error("raw: found {found}; expected true or false")]
    NotBoolean {
        /// What stands there, if it can be shown.
        found: String,
    },
    /// `file` and `generate`.
    #[error("has a `file` and says `generate`: expected one source")]
    TwoSources,
    /// Neither.
    #[error("names no `file` and says no `generate`")]
    NoSource,
    /// `raw` is about files.
    #[error("raw: is about a `file`, and there is none")]
    RawWithoutFile,
    /// `raw` is about files, and a token has keys.
    #[error("raw: is about a file; a key on a token has no text form")]
    RawToken,
    /// A URI of a token that cannot be used.
    #[error("file: {0}")]
    TokenUri(KeyPlaceError),
    /// `generate` and `size` differ.
    #[error("`generate` and `size` name different sizes")]
    TwoSizes,
    /// Something is to be made and it is not said how large.
    #[error("generate: how large is not said; {kind} takes {}", .kind.allowed_to_generate())]
    NoSize {
        /// The kind of the row.
        kind: PayloadKind,
    },
    /// The `file` column holds a key.
    #[error(
        "file: looks like a key itself, not like the name of its file; take it out of the manifest, which others may \
         have read"
    )]
    KeyInManifest,
    /// No object id.
    #[error("object-id: expected 1 to 8 hexadecimal digits, found {found}")]
    ObjectId {
        /// What stands there, if it can be shown.
        found: String,
    },
}

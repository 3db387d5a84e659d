//! Where an OpenAPI file of the service differs from the operations declared here.
//!
//! Both sides are read the same way: our own [`openapi::document`] and the
//! file, which may be OpenAPI 3.0, 3.1 or Swagger 2.0. Compared are operations, parameters in path and
//! query, bodies and answers: which fields there are, their types, whether they are required, and the
//! values of enumerations. Not compared are lengths, patterns, formats, whether `null` is allowed,
//! headers, and answers of refusal. Where the file says nothing of a value, nothing differs.
//!
//! A file is a stranger's: references may be missing or go in circles, schemas may nest without end.
//! Every look at a schema is counted, and a file that takes too many is refused.

mod answers;
mod comparison;
mod description;
mod difference;
mod matched_paths;
mod shape;

use el2g_findings::Finding;
use el2g_text::parser_message;
use std::sync::LazyLock;

pub use answers::{Answer, answers};
pub use difference::CONTRACT_RULES;
use difference::{Difference, DifferenceKind};

use crate::{Json, openapi};

/// Larger files are refused: the largest published descriptions of whole clouds have about half.
pub const LARGEST_FILE: usize = 32 * 1024 * 1024;

/// A file that cannot be compared.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ContractError {
    /// More than [`LARGEST_FILE`].
    #[error("{found} bytes, at most {LARGEST_FILE} are read")]
    TooLarge {
        /// How many there are.
        found: usize,
    },
    /// Not JSON, although it begins like it.
    #[error("not JSON: {reason}")]
    NotJson {
        /// What is wrong, with line and column.
        reason: String,
    },
    /// Neither JSON nor YAML.
    #[error("not YAML: {reason}")]
    NotYaml {
        /// What is wrong, with line and column.
        reason: String,
    },
    /// JSON, but no OpenAPI description.
    #[error("not an OpenAPI description: {found}; expected `openapi` 3.0 or 3.1, or `swagger` 2.0")]
    NotOpenApi {
        /// What is there instead.
        found: String,
    },
    /// It has no operations at all.
    #[error("the description has no `paths` with operations")]
    NoOperations,
    /// Comparing it takes too long: its schemas refer to each other too often.
    #[error("too complicated: comparing it takes more than {limit} looks at its schemas")]
    TooComplicated {
        /// The most looks that are taken.
        limit: usize,
    },
}

/// What a comparison found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// The title the file gives itself; may be empty.
    pub title: String,
    /// The version the file gives itself; may be empty.
    pub version: String,
    /// What the file is written in, such as `OpenAPI 3.1.0`.
    pub format: String,
    /// What stands before our paths in the file, such as `/api/v1`; may be empty.
    pub prefix: String,
    /// How many of our operations the file has.
    pub found: usize,
    /// How many operations the file has in all.
    pub described: usize,
    /// The differences, in the order of our catalogue, then what only the file has.
    differences: Vec<Difference>,
}

impl Comparison {
    /// The differences as findings.
    #[must_use]
    pub fn findings(&self) -> Vec<Finding> {
        self.differences.iter().map(Difference::finding).collect()
    }
}

/// Reads a file that is to be compared: JSON when it begins with a brace or a bracket, otherwise YAML 1.2
/// (of which nesting, aliases and nodes are bounded).
///
/// # Errors
/// [`ContractError::TooLarge`], [`ContractError::NotJson`] and [`ContractError::NotYaml`].
pub fn read(text: &[u8]) -> Result<Json, ContractError> {
    if text.len() > LARGEST_FILE {
        return Err(ContractError::TooLarge { found: text.len() });
    }
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    if text.trim_ascii_start().starts_with(b"{") || text.trim_ascii_start().starts_with(b"[") {
        return serde_json::from_slice(text).map(Json).map_err(|error| ContractError::NotJson {
            reason: parser_message(&error.to_string()),
        });
    }
    let options = serde_saphyr::options! { strict_booleans: true, with_snippet: false };
    serde_saphyr::from_slice_with_options(text, options).map(Json).map_err(|error| {
        // The reader's message may quote the file.
        let reason = match error.location() {
            Some(place) => {
                format!("line {}, column {}: syntax error", place.line(), place.column())
            }
            None => "syntax error".to_owned(),
        };
        ContractError::NotYaml { reason }
    })
}

/// Compares a file with our operations.
///
/// # Errors
/// [`ContractError`] when it is not a description that can be compared.
pub fn compare(theirs: &Json) -> Result<Comparison, ContractError> {
    comparison::compare(&OURS.0, &theirs.0)
}

static OURS: LazyLock<Json> = LazyLock::new(|| {
    openapi::document(&openapi::Service {
        title: "el2g",
        version: env!("CARGO_PKG_VERSION"),
        description: "",
        servers: &[],
        newer: None,
        refusals: &|_| Vec::new(),
    })
});

#[cfg(test)]
mod hostile_tests;
#[cfg(test)]
mod mutation_tests;

//! One place where a file and our operations are not the same.

use serde::Serialize;

/// In which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DifferenceKind {
    /// We have it, the file does not.
    Missing,
    /// The file has it, we do not.
    Extra,
    /// The same path has another method.
    Method,
    /// A value has another type.
    Type,
    /// One side needs it, the other does not.
    Required,
    /// A value of an enumeration that we know and the file does not.
    MissingValue,
    /// A value of an enumeration that the file has and we do not know.
    ExtraValue,
    /// The status of success.
    Status,
    /// The media type of a body.
    MediaType,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// In which way.
    pub kind: DifferenceKind,
    /// Our operation's name, or the file's `operationId`; empty when it has none.
    pub operation: String,
    /// The method, such as `GET`.
    pub method: String,
    /// The path: ours where we have one, otherwise the file's.
    pub path: String,
    /// Where in the operation: `query page`, `body deviceIds[]`, `reply content[].id`; empty when it is
    /// the operation itself.
    pub place: String,
    /// What we have; `None` for nothing.
    pub ours: Option<String>,
    /// What the file has; `None` for nothing.
    pub theirs: Option<String>,
}

impl std::fmt::Display for Difference {
    /// The difference without its operation, such as `body name: type string here, integer there`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let place = if self.place.is_empty() { "operation" } else { &self.place };
        let ours = self.ours.as_deref().unwrap_or("nothing");
        let theirs = self.theirs.as_deref().unwrap_or("nothing");
        match self.kind {
            DifferenceKind::Missing => write!(f, "{place}: the file does not have it"),
            DifferenceKind::Extra => write!(f, "{place}: only the file has it"),
            DifferenceKind::Method => write!(f, "method: {ours} here, {theirs} in the file"),
            DifferenceKind::Type => write!(f, "{place}: {ours} here, {theirs} in the file"),
            DifferenceKind::Required => write!(f, "{place}: {ours} here, {theirs} in the file"),
            DifferenceKind::MissingValue => {
                write!(f, "{place}: the file does not have the value {ours}")
            }
            DifferenceKind::ExtraValue => {
                write!(f, "{place}: only the file has the value {theirs}")
            }
            DifferenceKind::Status => write!(f, "status: {ours} here, {theirs} in the file"),
            DifferenceKind::MediaType => {
                write!(f, "{place}: media type {ours} here, {theirs} in the file")
            }
        }
    }
}

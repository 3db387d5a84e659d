//! One place where a file and our operations are not the same.

use el2g_findings::{Finding, Place, RuleDescription};

const NEWER: &str = "what has no command here is reached with `el2g api`";
const REPORT: &str =
    "a newer version of this program may know it; report the difference with this report";

el2g_findings::rules! {
    /// In which way a description may differ: name, id, severity, section, what is allowed, how to fix it.
    CONTRACT_RULES:
    MISSING = "contract-missing", Error, "AN12642 4", "everything that this program uses", REPORT;
    EXTRA = "contract-extra", Error, "AN12642 4", "nothing that this program does not know", NEWER;
    METHOD = "contract-method", Error, "AN12642 4", "the same method", REPORT;
    TYPE = "contract-type", Error, "AN12642 4", "the same type", REPORT;
    REQUIRED = "contract-required", Error, "AN12642 4", "the same fields required", REPORT;
    MISSING_VALUE = "contract-missing-value", Error, "AN12642 4", "every value that this program sends", REPORT;
    EXTRA_VALUE = "contract-extra-value", Error, "AN12642 4", "no value that this program does not know", NEWER;
    STATUS = "contract-status", Error, "AN12642 4", "the same status of success", REPORT;
    MEDIA_TYPE = "contract-media-type", Error, "AN12642 4", "the same media type", REPORT;
}

/// In which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DifferenceKind {
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Difference {
    /// In which way.
    pub(crate) kind: DifferenceKind,
    /// Our operation's name, or the file's `operationId`; empty when it has none.
    pub(crate) operation: String,
    /// The method, such as `GET`.
    pub(crate) method: String,
    /// The path: ours where we have one, otherwise the file's.
    pub(crate) path: String,
    /// Where in the operation: `query page`, `body deviceIds[]`, `reply content[].id`; empty when it is
    /// the operation itself.
    pub(crate) place: String,
    /// What we have; `None` for nothing.
    pub(crate) ours: Option<String>,
    /// What the file has; `None` for nothing.
    pub(crate) theirs: Option<String>,
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

impl DifferenceKind {
    const fn rule(self) -> RuleDescription {
        match self {
            Self::Missing => MISSING,
            Self::Extra => EXTRA,
            Self::Method => METHOD,
            Self::Type => TYPE,
            Self::Required => REQUIRED,
            Self::MissingValue => MISSING_VALUE,
            Self::ExtraValue => EXTRA_VALUE,
            Self::Status => STATUS,
            Self::MediaType => MEDIA_TYPE,
        }
    }
}

impl Difference {
    /// The difference as a finding: the file's side is what was found, ours is what is allowed.
    pub(crate) fn finding(&self) -> Finding {
        let side = |side: &Option<String>| side.clone().unwrap_or_else(|| "nothing".to_owned());
        let named = match self.operation.as_str() {
            "" => String::new(),
            operation => format!(" ({operation})"),
        };
        let place = format!("{} {}{named}", self.method, self.path);
        Finding {
            allowed: side(&self.ours).into(),
            place: Some(Box::new(Place { place, path: self.path.clone() })),
            ..self.kind.rule().broken(self.to_string(), side(&self.theirs))
        }
    }
}

//! What went wrong, as the person at the terminal is told it: a closed kind (which decides the exit
//! code), a message, its causes, and what to do next.
//!
//! The errors of every crate are mapped here, in a file for what they are about. Hints live in those files, never in
//! the crates that raise the errors.

mod certificates;
mod files;
mod refusal_hints;
mod secrets;
mod service;
mod signing_keys;
mod statuses;

pub use refusal_hints::refusal_fix;
pub use service::fix_or_skip;
pub use statuses::AnswerStatus;

use std::error::Error;
use std::fmt;
use std::path::Path;

/// What kind of failure it is; the command line maps each to its exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// A fault of ours.
    Bug,
    /// The command line is wrong, or asks for a prompt where nobody can answer.
    Usage,
    /// An input was refused, or a check found a violation.
    Input,
    /// The service refused (HTTP 4xx).
    Refused,
    /// The service could not be reached, timed out or failed: trying again makes sense.
    Unavailable,
    /// `plan --check` found a difference.
    Difference,
    /// Partly done; a journal is left.
    Partial,
}

/// A failure on its way to the terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Decides the exit code.
    pub kind: FailureKind,
    /// One line: what was found, what is allowed, where.
    pub message: String,
    /// What lies behind it, nearest first.
    pub causes: Vec<String>,
    /// What to do next.
    pub hint: Option<String>,
    /// HTTP status of the service's answer.
    pub status: Option<u16>,
    /// The service's own error code (`ERR_SEDM_422_11`).
    pub code: Option<String>,
    /// The correlation id to quote to the service's support.
    pub correlation_id: Option<String>,
}

impl Failure {
    /// A failure of `kind` with nothing but a message.
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            causes: Vec::new(),
            hint: None,
            status: None,
            code: None,
            correlation_id: None,
        }
    }

    /// A fault of ours (exit 1).
    pub fn bug(message: impl Into<String>) -> Self {
        Self::new(FailureKind::Bug, message)
            .with_hint("this is a fault of el2g; please report it with the command you ran")
    }

    /// The command line is wrong (exit 2).
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(FailureKind::Usage, message)
    }

    /// An input was refused (exit 3).
    pub fn input(message: impl Into<String>) -> Self {
        Self::new(FailureKind::Input, message)
    }

    /// The service refused (exit 4).
    pub fn refused(message: impl Into<String>) -> Self {
        Self::new(FailureKind::Refused, message)
    }

    /// The service could not be reached (exit 5).
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self::new(FailureKind::Unavailable, message)
    }

    /// The same failure, its message led by what it is about: `key.hex: 3 hexadecimal digits …`.
    #[must_use]
    pub fn about(mut self, subject: impl fmt::Display) -> Self {
        self.message = format!("{subject}: {}", self.message);
        self
    }

    /// The same failure with what to do next.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same failure with one more cause.
    #[must_use]
    pub fn with_cause(mut self, cause: impl Into<String>) -> Self {
        self.causes.push(cause.into());
        self
    }

    /// The same failure of a flow whose journal stays: what could be tried again is partly done.
    ///
    /// A refusal or a refused input stays what it is; the same command would meet it again.
    #[must_use]
    pub(crate) fn left_in(mut self, journal: &Path) -> Self {
        match self.kind {
            FailureKind::Unavailable => {
                self.kind = FailureKind::Partial;
                self.hint = Some("run the same command again to resume".to_owned());
            }
            FailureKind::Refused => {}
            FailureKind::Bug
            | FailureKind::Usage
            | FailureKind::Input
            | FailureKind::Difference
            | FailureKind::Partial => return self,
        }
        self.with_cause(format!("what was done so far is recorded in {}", journal.display()))
    }

    /// A failure of `kind` from an error and everything behind it.
    pub(crate) fn from_error(kind: FailureKind, error: &dyn Error) -> Self {
        let mut failure = Self::new(kind, error.to_string());
        let mut source = error.source();
        while let Some(cause) = source {
            failure.causes.push(cause.to_string());
            source = cause.source();
        }
        failure
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)?;
        self.causes.iter().try_for_each(|cause| write!(formatter, ": {cause}"))
    }
}

impl Error for Failure {}

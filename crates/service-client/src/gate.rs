//! The gate that every request passes before it is sent or printed.

use std::fmt;

use el2g_service_api::{Called, Method};

/// A rule about what may be sent that a request breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokenRule {
    /// The rule's name.
    pub rule: &'static str,
    /// Where in the body: a JSON path, empty for the body itself.
    pub place: String,
    /// What was found and what is expected. Never a secret.
    pub message: String,
    /// What to do about it, where there is more to say.
    pub fix: Option<&'static str>,
    /// Whether the rule can be passed over by name.
    pub skippable: bool,
}

impl fmt::Display for BrokenRule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.place.is_empty() {
            write!(formatter, "{}: ", self.place)?;
        }
        write!(formatter, "{} (rule {})", self.message, self.rule)
    }
}

/// What a gate says of a request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GateReport {
    /// Why it may not be sent; empty when it may.
    pub broken: Vec<BrokenRule>,
    /// What the person who sends it should know.
    pub warnings: Vec<String>,
}

/// Decides whether a request may be sent. A client asks it for each one, from any caller, also when the request is
/// only printed.
pub trait RequestGate: Send + Sync {
    /// Checks a request: the operation that it calls, if it is a known one, and the encoded body.
    fn check(&self, called: Option<&Called>, method: Method, body: Option<&[u8]>) -> GateReport;
}

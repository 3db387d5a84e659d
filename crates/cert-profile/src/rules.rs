//! The table of rules: one line per rule, one file per field.

use crate::finding::{Severity, Verdict};
use crate::inspection::{
    Inspection, InputFault, RequestInspection, RootInspection, VerificationInspection,
};

/// What a rule looks at.
#[derive(Clone, Copy)]
pub enum Check {
    /// The bytes handed in, before there is a certificate to look at.
    Input(fn(&InputFault) -> Verdict),
    /// A certificate, alone or with its root and its request.
    Certificate(fn(&Inspection<'_>) -> Verdict),
    /// The root certificate itself.
    Root(fn(&RootInspection<'_>) -> Verdict),
    /// A certification request.
    Request(fn(&RequestInspection<'_>) -> Verdict),
    /// A verification certificate with its CA and its code.
    Verification(fn(&VerificationInspection<'_>) -> Verdict),
}

/// The kind of input a rule belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Target {
    /// Any input.
    Input,
    /// Intermediate certificates (`cert check`).
    Certificate,
    /// The root an intermediate is checked against (`cert check --root`).
    Root,
    /// Certification requests (`csr show`, `ca sign`).
    Request,
    /// Verification certificates (`cert check-verification`).
    Verification,
}

impl std::fmt::Debug for Check {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Debug::fmt(&self.target(), out)
    }
}

impl Check {
    /// What the check looks at.
    #[must_use]
    pub const fn target(&self) -> Target {
        match self {
            Self::Input(_) => Target::Input,
            Self::Certificate(_) => Target::Certificate,
            Self::Root(_) => Target::Root,
            Self::Request(_) => Target::Request,
            Self::Verification(_) => Target::Verification,
        }
    }
}

/// One rule of the profile.
#[derive(Debug)]
pub struct Rule {
    /// Its name in reports and rule sets; never renamed or reused.
    pub id: &'static str,
    /// The severity of a breach, unless a rule set says otherwise.
    pub severity: Severity,
    /// The section of the standard it follows.
    pub section: &'static str,
    /// What it asks, in one sentence.
    pub summary: &'static str,
    /// How to mend a breach.
    pub mend: &'static str,
    /// The check.
    pub check: Check,
}

impl Rule {
    /// The rule with this id.
    #[must_use]
    pub fn find(id: &str) -> Option<&'static Rule> {
        RULES.iter().copied().find(|rule| rule.id == id)
    }

    /// What the rule looks at.
    #[must_use]
    pub const fn target(&self) -> Target {
        self.check.target()
    }
}

mod version;

/// Every rule there is, in the order reports show them.
pub static RULES: &[&Rule] = &[&version::V3];

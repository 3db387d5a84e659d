#![doc = include_str!("../README.md")]
#![warn(unreachable_pub)]

//! Where to begin: [`RULES`] is the table, [`Checker`] checks certificates against the same root, [`check_request`] and
//! [`check_verification`] check what belongs to them, [`reports`] shows the result.

#[cfg(test)]
mod case_tests;
mod check;
mod details;
mod finding;
mod input;
mod inspection;
#[cfg(test)]
mod limbo_tests;
#[cfg(test)]
mod mutation_tests;
mod name_comparison;
mod report;
pub mod reports;
mod rule_set;
mod rule_set_file;
mod rules;

pub use check::{Checker, VerificationInput, check_cloud_ca, check_request, check_verification};
pub use finding::{Breach, Finding, NotChecked, Severity, UnknownSeverity, Verdict};
pub use input::{InputBlock, InputBlocks, MAX_INPUT_BYTES};
pub use inspection::{
    Cloud, DeviceInspection, InputFault, Inspection, RequestInspection, RequestOrder,
    RootInspection, VerificationInspection,
};
pub use report::{CertificateDetails, CertificateReport, InputKind, Report, RequestDetails};
pub use rule_set::{Parameters, RuleSet, Weight};
pub use rule_set_file::RuleSetError;
pub use rules::{Check, RULES, Rule, Target};

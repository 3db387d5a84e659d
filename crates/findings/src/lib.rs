//! One finding, and the six formats of its reports: for people, JSON, SARIF, JUnit, GitHub annotations and HTML.
//!
//! A checker describes itself once ([`Linter`]), hands over a [`Report`] with an entry ([`Checked`]) for each input, and
//! has all formats. The JSON document is the checker's own; [`Document`] names its schema and the tool.

// Templates name the escaper by this crate's name, here as elsewhere.
extern crate self as el2g_findings;

mod finding;
pub mod github;
pub mod html;
pub mod human;
mod json;
mod junit;
mod report;
mod sarif;

pub use finding::{Finding, NotChecked, Place, RuleDescription, Severity, UnknownSeverity};
pub use human::Style;
pub use json::{Document, Schema, json_document};
pub use junit::junit;
pub use report::{Checked, Fact, Linter, Report, Tally, count};
pub use sarif::sarif;

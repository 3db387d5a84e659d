#![doc = include_str!("../README.md")]
#![warn(unreachable_pub)]

//! Where to begin: [`Report`], and the formats [`human`], [`json_document`], [`sarif`], [`junit`], [`github`] and [`html`].

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
pub use json::{Document, Schema, Tool, json_document};
pub use junit::junit;
pub use report::{Checked, Fact, Linter, Report, Tally, count};
pub use sarif::sarif;

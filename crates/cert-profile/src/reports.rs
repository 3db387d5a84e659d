//! Reports in the forms people and programs read. JSON is the [`Report`](crate::Report) itself, serialised.
//!
//! [`StreamedForm`] writes three of them certificate by certificate, for estates that are larger than memory.

mod drawing;
mod github;
mod html;
mod human;
mod junit;
mod sarif;
mod streamed;

use crate::report::CertificateReport;

pub use html::html;
pub use human::Style;
pub use junit::junit;
pub use sarif::sarif;
pub use streamed::StreamedForm;

/// The file a report is about, without the number of the certificate in its bundle.
fn path(report: &CertificateReport) -> &str {
    match report.number {
        Some(number) => report.file.strip_suffix(&format!("#{number}")).unwrap_or(&report.file),
        None => &report.file,
    }
}

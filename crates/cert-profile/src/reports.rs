//! Reports in the forms people and programs read. JSON is the [`Report`](crate::Report) itself, serialised.

mod drawing;
mod github;
mod html;
mod human;
mod junit;
mod sarif;

pub use github::github;
pub use html::html;
pub use human::{Style, human};
pub use junit::junit;
pub use sarif::sarif;

/// A report's file name without the number of the certificate in its bundle, and that number.
fn file_and_number(file: &str) -> (&str, Option<&str>) {
    match file.rsplit_once('#') {
        Some((path, number))
            if !number.is_empty() && number.bytes().all(|c| c.is_ascii_digit()) =>
        {
            (path, Some(number))
        }
        _ => (file, None),
    }
}

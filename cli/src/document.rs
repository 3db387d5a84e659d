//! A JSON document of ours: it names its schema before everything else.

use el2g_findings::{Document, Schema};
use el2g_text::json_text;
use schemars::JsonSchema;
use serde::Serialize;

/// A type that is a document, an item of a list or a line of a file: a row of `documents.rs`, which implements this.
pub trait Documented: Serialize + JsonSchema {
    /// Its name and version.
    const SCHEMA: Schema;
    /// Whether it names the tool that made it: reports do.
    const NAMES_TOOL: bool;
}

/// An answer as JSON.
pub trait Json {
    /// The document over several lines, without the last line break.
    fn json(&self) -> serde_json::Result<String>;
}

impl<T: Documented> Json for T {
    fn json(&self) -> serde_json::Result<String> {
        pretty(self)
    }
}

/// What is printed: the name and version, then the content.
fn named<T: Documented>(content: &T) -> Document<&T> {
    match T::NAMES_TOOL {
        true => Document::of_tool(T::SCHEMA, content),
        false => Document::new(T::SCHEMA, content),
    }
}

/// A document over several lines, without the last line break; what cannot be shown is escaped.
pub fn pretty<T: Documented>(document: &T) -> serde_json::Result<String> {
    serde_json::to_string_pretty(&named(document)).map(|text| json_text(&text))
}

/// A document on one line, without its line break.
pub fn line<T: Documented>(document: &T) -> serde_json::Result<String> {
    serde_json::to_string(&named(document)).map(|text| json_text(&text))
}

/// Documents as an array over several lines.
pub fn array<T: Documented>(documents: &[T]) -> serde_json::Result<String> {
    let all: Vec<_> = documents.iter().map(named).collect();
    serde_json::to_string_pretty(&all).map(|text| json_text(&text))
}

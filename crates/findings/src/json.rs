//! The JSON of a document: it names its schema, and a report the tool that made it.

use serde::Serialize;

/// The name and version of what a JSON document of ours holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Schema(pub &'static str);

/// The program that made a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Tool {
    name: &'static str,
    version: &'static str,
}

impl Tool {
    /// This program.
    pub const SELF: Self = Self { name: "el2g", version: env!("CARGO_PKG_VERSION") };
}

/// A document with its schema, and the tool's version where it names that, before its own keys.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Document<T> {
    schema: Schema,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool: Option<Tool>,
    #[serde(flatten)]
    content: T,
}

impl<T: Serialize> Document<T> {
    /// The document with this content, which must be a structure.
    pub const fn new(schema: Schema, content: T) -> Self {
        Self { schema, tool: None, content }
    }

    /// The same, which names this program.
    pub const fn of_tool(schema: Schema, content: T) -> Self {
        Self { schema, tool: Some(Tool::SELF), content }
    }
}

/// The document over several lines, with its last line break; what cannot be shown is escaped.
#[must_use]
pub fn json_document(document: &impl Serialize) -> String {
    let text = serde_json::to_string_pretty(document)
        .expect("a report has text keys and finite numbers only");
    el2g_text::json_text(&text)
}

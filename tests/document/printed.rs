//! What the document prints of every operation.

use std::fs;

use serde_json::{Value, json};

use crate::workplace::testdata;

/// A document's operation and the example of one of its sections.
pub struct Example {
    pub operation: Value,
    pub request: Option<Value>,
    pub response: Value,
}

pub struct Document {
    pub operations: Vec<Value>,
}

impl Document {
    pub fn read() -> Self {
        let text = fs::read(testdata("api/operations.json")).expect("committed");
        Self { operations: serde_json::from_slice(&text).expect("JSON") }
    }

    pub fn example(&self, section: &str) -> Example {
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        for operation in &self.operations {
            let of_section =
                list(&operation["examples"]).into_iter().find(|e| e["section"] == section);
            if of_section.is_none() && !list(&operation["sections"]).contains(&json!(section)) {
                continue;
            }
            let example = of_section.unwrap_or_default();
            let request = Some(example["request"].clone()).filter(|request| !request.is_null());
            return Example {
                operation: operation.clone(),
                request,
                response: example["response"].clone(),
            };
        }
        panic!("the document has no section {section}");
    }
}

//! A receipt for each secret that became an object.

use std::fs;
use std::path::{Path, PathBuf};

use el2g_files::OutputFile;
use el2g_key_payload::io_reason;
use el2g_workflows::{EntryName, Failure, Journal, ProvisionReport};
use serde_json::Value;

use super::planned_objects::PlannedObjects;
use crate::Result;
use crate::commands::secure_object::create::ObjectReceipt;
use crate::context::Context;
use crate::document;
use crate::output_kind::OutputKind;

/// The receipts of a run.
pub struct Receipts {
    receipts: Vec<Receipt>,
    /// The files that are there in the end.
    pub written: Vec<String>,
}

struct Receipt {
    /// The place of its object.
    place: usize,
    path: PathBuf,
    content: Value,
    /// `None` where an earlier run may have written it.
    output: Option<OutputFile>,
}

/// A receipt as the journal kept it, with the object's id in the service.
#[derive(serde::Serialize, schemars::JsonSchema)]
#[serde(transparent)]
pub struct IssuedReceipt(#[schemars(with = "ObjectReceipt")] Value);

impl Receipts {
    /// Looks at the places of all receipts before anything is sent. Without a folder none is written.
    pub fn prepare(
        folder: Option<&Path>,
        objects: &PlannedObjects,
        journal: Option<&Journal>,
        context: &Context,
    ) -> Result<Self> {
        let (mut receipts, written) = (Vec::new(), Vec::new());
        let Some(folder) = folder else { return Ok(Self { receipts, written }) };
        make(folder)?;
        for (place, name, secret) in objects.secrets() {
            let content = secret.prepared.receipt.clone();
            let path = folder.join(file_name(name, &content));
            let is_new = journal.is_none() || !secret.is_recorded();
            let output = is_new.then(|| context.output(OutputKind::Receipt, &path)).transpose()?;
            receipts.push(Receipt { place, path, content, output });
        }
        Ok(Self { receipts, written })
    }

    /// Writes the receipts of the objects that are there.
    pub fn write(&mut self, report: &ProvisionReport, context: &Context) -> Result<()> {
        let objects = report.objects.borrow();
        for receipt in self.receipts.drain(..) {
            let Receipt { place, path, mut content, output } = receipt;
            let Some(object) = objects.iter().find(|object| object.place == place) else {
                continue;
            };
            content["secureObjectId"] = object.secure_object_id.into();
            let text = document::pretty(&IssuedReceipt(content))
                .map(|text| text + "\n")
                .map_err(|error| Failure::bug(format!("the receipt is not JSON: {error}")))?;
            match output {
                Some(output) => output.write(text.as_bytes())?,
                None => context.write_again(OutputKind::Receipt, &path, text.as_bytes())?,
            }
            self.written.push(path.display().to_string());
        }
        Ok(())
    }
}

/// The file of a receipt: by the object's name, or its object id where the name cannot be a file's.
fn file_name(name: &str, receipt: &Value) -> String {
    match EntryName::parse(name) {
        Ok(name) => format!("{name}.json"),
        Err(_) => format!("{}.json", receipt["objectId"].as_str().unwrap_or("receipt")),
    }
}

fn make(folder: &Path) -> Result<()> {
    let failed = |error: std::io::Error| {
        let reason = io_reason(error.kind());
        Failure::input(format!("{}: cannot be made: {reason}", folder.display()))
    };
    match fs::create_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists && folder.is_dir() => {
            Ok(())
        }
        made => made.map_err(failed),
    }
}

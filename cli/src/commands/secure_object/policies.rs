//! Policies of a new secure object, from a JSON file.

use std::path::{Path, PathBuf};

use clap::Args;
use el2g_service_api::policies::{Policies, PolicySource};
use el2g_workflows::Failure;

use crate::Result;
use crate::context::Context;
use crate::input::SMALL_FILE;

/// Where the policies of a new object come from.
#[derive(Args)]
pub struct PolicyArguments {
    /// JSON file with CUSTOM policies by 12NC; without it the policies are the DEFAULT ones
    #[arg(long, value_name = "FILE")]
    policies: Option<PathBuf>,
}

impl PolicyArguments {
    /// The source, and the policies when they are CUSTOM.
    pub fn read(&self, context: &mut Context) -> Result<(PolicySource, Option<Policies>)> {
        match &self.policies {
            None => Ok((PolicySource::Default, None)),
            Some(file) => Ok((PolicySource::Custom, Some(read(file, context)?))),
        }
    }
}

/// Reads policies: `{"<12NC>": {"policyType": …}}`, or the whole `"policies"` of a request.
pub fn read(file: &Path, context: &mut Context) -> Result<Policies> {
    let content = context.input.read(file, SMALL_FILE)?;
    let no_policies = |error| {
        Failure::input(format!("{}: no policies by 12NC: {error}", file.display())).with_hint(
            "`el2g policy template` shows the default of a product; AN12642 section 9 the form",
        )
    };
    let value: serde_json::Value = serde_json::from_slice(&content).map_err(no_policies)?;
    let inner = value.get("policies").cloned().unwrap_or(value);
    serde_json::from_value(inner).map_err(no_policies)
}

//! A body that holds a secret, in the cURL lines of a dry run: a file of its own stands for it.

use std::path::Path;

use crate::Result;
use crate::context::Context;
use crate::output_kind::OutputKind;

/// The file that stands for a body with a claim code's secret in the cURL of a dry run.
const SECRET_BODY: &str = "el2g-claim-code-request.json";

/// Writes a body that holds a secret to a file of its own (0600, never overwritten without `--force`),
/// for the cURL of a dry run; its name.
pub fn write_secret_body(context: &Context, body: &[u8]) -> Result<&'static str> {
    context.output(OutputKind::ClaimSecret, Path::new(SECRET_BODY))?.write(body)?;
    context.console.note(format!("wrote {SECRET_BODY}, which holds the secret"));
    Ok(SECRET_BODY)
}

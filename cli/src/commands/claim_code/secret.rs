//! Claim codes' secrets: made, sent, fetched; always through files.

use std::path::Path;

use clap::Args;
use el2g_key_payload::{ClaimSecret, LONGEST_CLAIM_SECRET_TEXT, SecretBytes};
use el2g_service_api::claim_codes::{
    ClaimCodePath, CreateClaimCode, NewClaimCode, ShowClaimCodeSecret,
};
use el2g_service_api::device_groups::GroupPath;
use el2g_service_api::{NoQuery, SecretText};
use el2g_service_client::{CurlBody, Request};
use el2g_workflows::Failure;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::Result;
use crate::context::Context;
use crate::input::SecretPath;
use crate::online::{DryRun, Online};
use crate::output::{Human, Outcome};
use crate::output_help::output_help;
use crate::output_kind::OutputKind;
use crate::output_places::OutputPath;
use crate::secret_body::write_secret_body;
use crate::table::Shown;

/// Most bytes of a file with a claim code's secret.
const SECRET_FILE: usize = 4096;

/// A new secret.
#[derive(Args)]
pub struct GenerateArguments {
    #[arg(long, value_name = "FILE", help = output_help!(kept "the secret (mode 0600)"))]
    out: OutputPath,
    /// Random bytes, 16 to 189
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = clap::value_parser!(u8).range(16..=189))]
    bytes: u8,
}

/// The secret of a new claim code.
#[derive(Args)]
pub struct SecretArguments {
    /// File with the secret in base64; `-` is standard input
    #[arg(long, value_name = "FILE")]
    secret_file: SecretPath,
}

/// Where a fetched secret goes.
#[derive(Args)]
pub struct SecretOutput {
    #[arg(long, value_name = "FILE", help = output_help!(kept "the secret (mode 0600)"))]
    out: OutputPath,
}

#[derive(Serialize, schemars::JsonSchema)]
pub struct Written {
    file: String,
}

impl Human for Written {
    fn human(&self) -> String {
        String::new()
    }
}

/// Makes a secret and writes it.
pub fn generate(arguments: GenerateArguments, context: &mut Context) -> Result<Outcome> {
    let file = context.output(OutputKind::ClaimSecret, &arguments.out)?;
    let secret = ClaimSecret::generate(arguments.bytes.into(), &mut context.entropy())?;
    file.write(secret.text().expose())?;
    Ok(written(&arguments.out, context))
}

fn written(path: &Path, context: &Context) -> Outcome {
    context.console.note(format!("wrote {}", path.display()));
    Outcome::of(Written { file: path.display().to_string() })
}

impl SecretArguments {
    /// Creates a claim code; a dry run writes the body, which holds the secret, to a file of its own.
    pub fn create(
        &self,
        context: &mut Context,
        path: impl FnOnce(&Online) -> Result<GroupPath>,
        body: impl FnOnce(SecretText) -> NewClaimCode,
    ) -> Result<Outcome> {
        let name = self.secret_file.path().display().to_string();
        let content = context.input.read_secret(&self.secret_file, SECRET_FILE)?;
        let secret =
            ClaimSecret::read(&content).map_err(|error| Failure::from(error).about(name))?;
        let text = Zeroizing::new(String::from_utf8_lossy(secret.text().expose()).into_owned());
        let body = body(SecretText::new(text.to_string()));
        let online = Online::open(context)?;
        let path = path(&online)?;
        if !online.is_dry_run() {
            return online.answer::<CreateClaimCode>(&path, &NoQuery {}, &body, |code| {
                Outcome::of(Shown(code))
            });
        }
        let settings = online.client().settings();
        let request = Request::<CreateClaimCode>::new(settings, &path, &NoQuery {}, &body)?;
        let file = write_secret_body(context, request.body().unwrap_or_default())?;
        Ok(Outcome::of(DryRun::of(vec![request.curl(settings, &CurlBody::File(file))])))
    }
}

/// An answer that is not a secret (an error page, say) is not stored. Secrets that the service made may be shorter than
/// those that it takes: a base64 text of 16 to 255 characters is one (section 10). The answer is not shown.
pub(super) fn refuse_what_is_no_secret(answer: &SecretBytes) -> Result<()> {
    let text = answer.expose();
    let base64 = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=-_".contains(byte);
    let found = if !(16..=LONGEST_CLAIM_SECRET_TEXT).contains(&text.len()) {
        format!("{} characters", text.len())
    } else if !text.iter().all(base64) {
        "text that is not base64".to_owned()
    } else {
        return Ok(());
    };
    Err(Failure::unavailable(format!(
        "the service answered something that is not a claim-code secret: expected 16 to {LONGEST_CLAIM_SECRET_TEXT} characters of base64, found {found}; nothing was written"
    ))
    .with_hint("check the base URL and what stands between: a proxy may have answered"))
}

impl SecretOutput {
    /// Fetches the secret of a claim code and writes it.
    pub fn write(
        &self,
        path: impl FnOnce(&Online) -> Result<ClaimCodePath>,
        context: &mut Context,
    ) -> Result<Outcome> {
        let online = Online::open(context)?;
        let path = path(&online)?;
        if let Some(printed) = online.dry_run::<ShowClaimCodeSecret>(&path, &NoQuery {}, &())? {
            return Ok(printed);
        }
        // Before the call: a file that cannot be written is found out first.
        let file = context.output(OutputKind::ClaimSecret, &self.out)?;
        let secret = online.call::<ShowClaimCodeSecret>(&path, &NoQuery {}, &())?;
        let text = SecretBytes::from_slice(secret.expose().trim().as_bytes());
        refuse_what_is_no_secret(&text)?;
        file.write(text.expose())?;
        Ok(written(&self.out, context))
    }
}

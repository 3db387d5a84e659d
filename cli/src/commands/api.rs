//! `el2g api`: anything below the base URL, for what has no command of its own.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use el2g_service_api::{Called, Method};
use el2g_service_client::CurlBody;
use el2g_text::{json_text, parser_message};
use el2g_workflows::Failure;
use el2g_x509::Certificate;

mod every_page;

use every_page::every_page;

use crate::Result;
use crate::confirmation::Question;
use crate::context::Context;
use crate::document::{self, Json};
use crate::input::SMALL_FILE;
use crate::online::{DryRun, FOR_GOOD, Online};
use crate::output::{Human, Outcome};
use crate::recipients;
use crate::sealing::timestamp;
use crate::throw_away;

/// Call anything below the base URL and print the answer.
///
/// A path such as `/api/v2/rtp/jobs/…` is of that version of the API on the same host, where the base URL ends in
/// `/api/v1`; every other path is below the base URL.
///
/// The body of a known operation is checked before it is sent, as its own command does; see --skip-check.
#[derive(Args)]
#[command(
    after_help = "Example:\n  el2g api GET \"/rtp/secure-objects?size=5&page=0\"\n  el2g api GET /rtp/secure-objects --paginate"
)]
pub struct Arguments {
    /// GET, POST, PUT or DELETE
    #[arg(value_name = "METHOD", ignore_case = true)]
    method: MethodArgument,
    /// Path below the base URL with its query, beginning with a slash
    #[arg(value_name = "PATH")]
    path: String,
    /// JSON file to send; `-` is standard input
    #[arg(long, value_name = "FILE")]
    body: Option<PathBuf>,
    /// Read every page of a list, and print all of its items in one JSON document
    #[arg(long, conflicts_with = "body")]
    paginate: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
#[value(rename_all = "UPPER")]
enum MethodArgument {
    Get,
    Post,
    Put,
    Delete,
}

impl From<MethodArgument> for Method {
    fn from(method: MethodArgument) -> Self {
        match method {
            MethodArgument::Get => Self::Get,
            MethodArgument::Post => Self::Post,
            MethodArgument::Put => Self::Put,
            MethodArgument::Delete => Self::Delete,
        }
    }
}

/// What the service answered, as it is.
struct Raw {
    status: u16,
    text: String,
}

/// An answer that is not JSON.
#[derive(serde::Serialize, schemars::JsonSchema)]
pub struct OtherAnswer {
    /// The status that the service answered.
    status: u16,
    /// What it answered.
    body: String,
}

impl Json for Raw {
    /// The service's own document, digit for digit: numbers may be longer than a float is exact.
    fn json(&self) -> serde_json::Result<String> {
        match serde_json::from_str::<&serde_json::value::RawValue>(&self.text) {
            Ok(json) => Ok(json_text(json.get())),
            Err(_) => {
                document::pretty(&OtherAnswer { status: self.status, body: self.text.clone() })
            }
        }
    }
}

impl Human for Raw {
    fn human(&self) -> String {
        let end = if self.text.is_empty() || self.text.ends_with('\n') { "" } else { "\n" };
        format!("{}{end}", self.text)
    }
}

/// What a request destroys, as far as it is known: by its operation, else by its method.
fn lost(method: Method, called: Option<&Called>) -> Option<&'static str> {
    match called {
        Some(called) => called.endpoint.destroys,
        None => (method == Method::Delete).then_some(FOR_GOOD),
    }
}

/// Whether a body holds a sealed message.
fn holds_message(body: &[u8]) -> bool {
    ["encryptedKey", "encryptedBinaryFile"]
        .iter()
        .any(|field| body.windows(field.len()).any(|window| window == field.as_bytes()))
}

/// Refuses a body with a sealed message as the command for it does.
fn refuse_throw_away_keys(body: &[u8], context: &mut Context) -> Result<()> {
    let body: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |field: &str| body[field].as_str().unwrap_or_default();
    let signer = text("customerPgpPublicKey");
    for message in [text("encryptedKey"), text("encryptedBinaryFile")] {
        throw_away::refuse_message(message, signer, context)?;
    }
    Ok(())
}

/// Refuses a body with certificates or a public key of throw-away keys, as the commands for them do.
fn refuse_certificates(body: &[u8], context: &mut Context) -> Result<()> {
    let body: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let read =
        |field: &str| body[field].as_str().and_then(|text| Certificate::read(text.as_bytes()).ok());
    for (part, field) in [("root", "rootCa"), ("certificate", "signedCertificate")] {
        if let Some(certificate) = read(field) {
            throw_away::refuse_certificates(&[(part, &certificate)], context)?;
        }
    }
    match body["publicKey"].as_str() {
        Some(key) => throw_away::refuse_public_key(key, context),
        None => Ok(()),
    }
}

/// Sends the request.
pub fn run(arguments: Arguments, context: &mut Context) -> Result<Outcome> {
    let body = match &arguments.body {
        None => None,
        Some(file) => {
            let body = context.input.read(file, SMALL_FILE)?;
            let no_json = |error: serde_json::Error| {
                let reason = parser_message(&error.to_string());
                Failure::input(format!("{}: expected JSON: {reason}", file.display()))
            };
            serde_json::from_slice::<&serde_json::value::RawValue>(&body).map_err(no_json)?;
            Some(body)
        }
    };
    refuse_certificates(body.as_deref().unwrap_or_default(), context)?;
    if body.as_deref().is_some_and(holds_message) {
        // The gate inspects the message, and compares its recipient with those that are known.
        let now = timestamp(context);
        context.expected.recipients = recipients::known(None, now, context)?;
        refuse_throw_away_keys(body.as_deref().unwrap_or_default(), context)?;
    }
    let method = arguments.method.into();
    if arguments.paginate {
        return every_page(method, &arguments.path, context);
    }
    let online = Online::open(context)?;
    if online.is_dry_run() {
        // The body stays in its file: it may hold a secret. Only standard input has none to name.
        let name = arguments.body.map(|file| file.display().to_string());
        let source = match name.as_deref() {
            None | Some("-") => CurlBody::Inline,
            Some(name) => CurlBody::File(name),
        };
        let curl = online.client().curl_raw(method, &arguments.path, body, &source)?;
        return Ok(Outcome::of(DryRun::of(vec![curl])));
    }
    let called = online.client().called(method, &arguments.path)?;
    if let Some(why) = lost(method, called.as_ref()) {
        let what = format!("{} {}", method.as_str(), arguments.path);
        online.confirm_with(Question::of_loss(what, why))?;
    }
    let reply = online.wait(online.client().call_raw(method, &arguments.path, body))?;
    let text = String::from_utf8_lossy(&reply.body).into_owned();
    Ok(Outcome::of(Raw { status: reply.status, text }))
}

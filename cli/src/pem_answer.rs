//! Answers that are one certificate or request in PEM: printed, or written to a file.

use clap::Args;
use el2g_service_api::Operation;
use el2g_workflows::Failure;
use serde::Serialize;

use crate::Result;
use crate::context::Context;
use crate::online::Online;
use crate::output::{Human, Outcome};
use crate::output_help::output_help;
use crate::output_kind::OutputKind;
use crate::output_places::OutputPath;

/// Where the PEM goes.
#[derive(Args)]
pub struct PemOutput {
    #[arg(long, value_name = "FILE", help = output_help!(kept "the PEM", or stdout))]
    out: Option<OutputPath>,
}

#[derive(Serialize, schemars::JsonSchema)]
pub struct Pem {
    value: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
}

impl Human for Pem {
    fn human(&self) -> String {
        if self.file.is_some() { String::new() } else { self.value.clone() }
    }
}

impl PemOutput {
    /// Calls an operation that answers PEM.
    pub fn answer<O: Operation<Reply = String>>(
        self,
        online: &Online,
        path: &O::Path,
        query: &O::Query,
        body: &O::Body,
        context: &mut Context,
    ) -> Result<Outcome> {
        if let Some(printed) = online.dry_run::<O>(path, query, body)? {
            return Ok(printed);
        }
        let reply = online.call::<O>(path, query, body)?;
        self.finish(&reply, context)
    }

    /// Prints or writes PEM as the service answered it: escaped, with CRLF, or plain.
    pub fn finish(self, reply: &str, context: &mut Context) -> Result<Outcome> {
        let no_pem = |error: el2g_pem_line::PemLineError| {
            Failure::unavailable(format!("the service answered something that is not PEM: {error}"))
        };
        let value = el2g_pem_line::unescape(reply).map_err(no_pem)?;
        if !value.trim_start().starts_with("-----BEGIN ") {
            return Err(Failure::unavailable("the service answered something that is not PEM"));
        }
        let file = match self.out {
            None => None,
            Some(path) => {
                context.output(OutputKind::Certificate, &path)?.write(value.as_bytes())?;
                context.console.note(format!("wrote {}", path.display()));
                Some(path.display().to_string())
            }
        };
        Ok(Outcome::of(Pem { value, file }))
    }
}

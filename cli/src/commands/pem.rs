//! `el2g pem`: PEM to one line and back (AN12642 section 11).

use std::path::PathBuf;

use clap::{Args, Subcommand};
use el2g_workflows::Failure;
use serde::Serialize;

use crate::Result;
use crate::context::Context;
use crate::output::{Human, Outcome};

/// Most bytes that are read: a bundle of certificates.
const LARGEST: usize = 16 * 1024 * 1024;

/// PEM to one line and back.
#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// PEM to one line with `\n` in it
    #[command(after_help = "Example:\n  el2g pem escape cert.pem")]
    Escape {
        /// The file; `-` is standard input
        #[arg(value_name = "FILE", default_value = "-")]
        file: PathBuf,
    },
    /// An escaped line, a JSON string or a JSON answer to PEM
    #[command(after_help = "Examples:
  el2g pem unescape cert.line
  el2g pem escape cert.pem | el2g pem unescape")]
    Unescape {
        /// The file; `-` is standard input
        #[arg(value_name = "FILE", default_value = "-")]
        file: PathBuf,
    },
}

#[derive(Serialize)]
struct Line {
    line: String,
}

impl Human for Line {
    fn human(&self) -> String {
        format!("{}\n", self.line)
    }
}

#[derive(Serialize)]
struct Pem {
    pem: String,
}

impl Human for Pem {
    fn human(&self) -> String {
        self.pem.clone()
    }
}

/// Runs the verb.
pub fn run(arguments: Arguments, context: &mut Context) -> Result<Outcome> {
    let (Verb::Escape { file } | Verb::Unescape { file }) = &arguments.verb;
    let name = if file.as_os_str() == "-" {
        "standard input".to_owned()
    } else {
        file.display().to_string()
    };
    let content = context.input.read(file, LARGEST)?;
    let text = String::from_utf8(content).map_err(|error| {
        let offset = error.utf8_error().valid_up_to();
        Failure::input(format!("{name}: is no text (byte {offset} is not UTF-8); PEM is wanted"))
            .with_hint("DER is turned into PEM by `openssl x509 -inform DER` and the like")
    })?;
    if !text.contains("-----BEGIN ") {
        context.console.warn(format!("{name}: holds no PEM block"));
    }
    let refused = |error| Failure::from(error).about(&name);
    match arguments.verb {
        Verb::Escape { .. } => {
            let line = el2g_pem_line::escape(&text).map_err(refused)?;
            Ok(Outcome::of(Line { line }))
        }
        Verb::Unescape { .. } => {
            let pem = el2g_pem_line::unescape(&text).map_err(refused)?;
            Ok(Outcome::of(Pem { pem }))
        }
    }
}

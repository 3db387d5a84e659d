//! `el2g pem`: PEM to one line and back (AN12642 section 11).

use std::path::PathBuf;

use clap::{Args, Subcommand};
use el2g_pem_line::{Content, Kind, Reading, read};
use el2g_text::without_mark;
use el2g_workflows::Failure;
use serde::Serialize;

use crate::Result;
use crate::context::Context;
use crate::output::{Human, Outcome};

/// Most bytes that are read: a bundle of certificates.
const LARGEST: usize = 16 * 1024 * 1024;

/// Convert PEM to one line and back.
#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Convert PEM to one line with `\n` in it
    #[command(after_help = "Example:\n  el2g pem escape cert.pem")]
    Escape {
        /// The file; `-` is standard input
        #[arg(value_name = "FILE", default_value = "-")]
        file: PathBuf,
    },
    /// Convert an escaped line, a JSON string or a JSON answer to PEM
    #[command(after_help = "Examples:
  el2g pem unescape cert.line
  el2g pem escape cert.pem | el2g pem unescape")]
    Unescape {
        /// The file; `-` is standard input
        #[arg(value_name = "FILE", default_value = "-")]
        file: PathBuf,
    },
}

#[derive(Serialize, schemars::JsonSchema)]
pub struct Line {
    line: String,
}

impl Human for Line {
    fn human(&self) -> String {
        format!("{}\n", self.line)
    }
}

#[derive(Serialize, schemars::JsonSchema)]
pub struct Pem {
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
    let content = context.read_text(file, LARGEST)?;
    without_mark(&content).map_err(|utf16| {
        Failure::input(format!("{name}: {utf16}"))
            .with_hint(format!("convert it: {}", utf16.conversion()))
    })?;
    let text = String::from_utf8(content).map_err(|error| {
        let offset = error.utf8_error().valid_up_to();
        Failure::input(format!("{name}: is not text (byte {offset} is not UTF-8); expected PEM"))
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
            let (pem, bare) = el2g_pem_line::unescape_bare(&text).map_err(refused)?;
            if bare {
                context.console.note(format!("{name}: bare `/n` was turned into newlines"));
            }
            if is_doubtful(&pem) {
                context.console.warn(format!(
                    "{name}: the block is damaged and holds `/n`, which may stand for newlines but is base64 too; only \
                     those beside a `-----` line or after 64 columns were replaced"
                ));
            }
            Ok(Outcome::of(Pem { pem }))
        }
    }
}

/// Whether `/n` is left in a block whose base64 does not come out as one whole element of DER.
fn is_doubtful(pem: &str) -> bool {
    let Ok(Reading { content: Content::Blocks(blocks), .. }) = read(pem.as_bytes()) else {
        return false;
    };
    let holds_der = |kind| !matches!(kind, Kind::Unknown | Kind::OpenPgp | Kind::OpenSshPrivateKey);
    pem.contains("/n")
        && blocks
            .iter()
            .any(|block| holds_der(block.kind()) && !block.der().is_ok_and(Kind::is_whole))
}

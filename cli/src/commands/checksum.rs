//! `el2g checksum`: SHA3-512, lower-case hex (AN12642 4.1.3.5 and 4.1.3.7).

use std::path::PathBuf;

use clap::Args;
use el2g_key_payload::sha3_512_hex_of;
use el2g_workflows::Failure;
use serde::Serialize;

use crate::Result;
use crate::context::Context;
use crate::output::{Human, Outcome};

/// Print a file's SHA3-512 checksum, as the service expects it.
#[derive(Args)]
#[command(after_help = "Example:\n  el2g checksum firmware.bin")]
pub struct Arguments {
    /// The file, of any size; `-` is standard input
    #[arg(value_name = "FILE", default_value = "-")]
    file: PathBuf,
}

#[derive(Serialize, schemars::JsonSchema)]
pub struct Checksum {
    file: String,
    algorithm: &'static str,
    checksum: String,
}

impl Human for Checksum {
    fn human(&self) -> String {
        format!("{}\n", self.checksum)
    }
}

/// Reads the file to its end, in pieces.
pub fn run(arguments: Arguments, context: &mut Context) -> Result<Outcome> {
    let file = arguments.file.display().to_string();
    let source = context.input.open(&arguments.file)?;
    let checksum = sha3_512_hex_of(source)
        .map_err(|error| Failure::input(format!("{file}: cannot be read: {error}")))?;
    Ok(Outcome::of(Checksum { file, algorithm: "SHA3-512", checksum }).listing())
}

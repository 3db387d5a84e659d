//! `el2g keyset`: keys that the service signs code with, and derives keys by. Not in AN12642.

pub mod sign_hash;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use el2g_key_payload::{SecretBytes, base64_bytes, base64_text};
use el2g_service_api::NoQuery;
use el2g_service_api::keysets::{CmacOrder, ComputeCmac, DownloadKeysetPublicKey, KeysetKeyPath};
use el2g_workflows::Failure;

use crate::Result;
use crate::context::Context;
use crate::ids;
use crate::online::{Done, Online};
use crate::output::Outcome;
use crate::output_help::output_help;
use crate::output_kind::OutputKind;
use crate::output_places::OutputPath;
use crate::pem_answer::PemOutput;

/// Most bytes of a message whose CMAC is computed: the service takes it in a request's body.
const LARGEST_MESSAGE: usize = 1024 * 1024;

/// Keys by which the service signs code and derives keys.
#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

/// A key of a key set.
#[derive(Args)]
pub struct KeyArguments {
    /// Id of the key set, as the service's web page shows it
    #[arg(value_name = "KEY-SET", value_parser = ids::keyset)]
    key_set_id: u64,
    /// Id of the key in the key set
    #[arg(value_name = "KEY", value_parser = ids::keyset)]
    key_id: u64,
}

impl KeyArguments {
    /// As a path.
    fn path(&self) -> KeysetKeyPath {
        KeysetKeyPath { key_set_id: self.key_set_id, key_id: self.key_id }
    }
}

#[derive(Subcommand)]
enum Verb {
    /// Sign a file or a digest, and check the signature before it is printed or written
    SignHash(sign_hash::Arguments),
    /// Compute the AES-CMAC of a file; the result is a secret
    ///
    /// spsdk derives the keys of SB3.1 files from such a CMAC: it is written to a file of mode 0600 and never shown.
    #[command(
        after_help = "Example:\n  el2g keyset cmac 2 1 --in derivation.bin --out derived.key"
    )]
    Cmac {
        #[command(flatten)]
        key: KeyArguments,
        /// The message, at most 1 MiB; `-` is standard input
        #[arg(long = "in", value_name = "FILE")]
        message: PathBuf,
        #[arg(long, value_name = "FILE", help = output_help!(kept "the 16 bytes of the CMAC"))]
        out: OutputPath,
    },
    /// Print the public key of a key in PEM
    #[command(after_help = "Example:\n  el2g keyset public-key 1 1 --out signer.pem")]
    PublicKey {
        #[command(flatten)]
        key: KeyArguments,
        #[command(flatten)]
        out: PemOutput,
    },
}

/// Runs one verb.
pub fn run(arguments: Arguments, context: &mut Context) -> Result<Outcome> {
    match arguments.verb {
        Verb::SignHash(arguments) => sign_hash::run(arguments, context),
        Verb::Cmac { key, message, out } => cmac(&key, &message, &out, context),
        Verb::PublicKey { key, out } => {
            let online = Online::open(context)?;
            let path = key.path();
            out.answer::<DownloadKeysetPublicKey>(&online, &path, &NoQuery {}, &(), context)
        }
    }
}

fn cmac(
    key: &KeyArguments,
    message: &Path,
    out: &OutputPath,
    context: &mut Context,
) -> Result<Outcome> {
    let message = context.input.read(message, LARGEST_MESSAGE)?;
    let body = CmacOrder::new(base64_text(&message));
    let online = Online::open(context)?;
    if let Some(printed) = online.dry_run::<ComputeCmac>(&key.path(), &NoQuery {}, &body)? {
        return Ok(printed);
    }
    let output = context.output(OutputKind::DerivedKey, out)?;
    let answered = online.call::<ComputeCmac>(&key.path(), &NoQuery {}, &body)?;
    let cmac = base64_bytes(answered.cmac_payload.expose()).map(SecretBytes::new);
    let Some(cmac) = cmac.filter(|cmac| cmac.expose().len() == 16) else {
        let message = "keyset cmac: the service answered something that is not the 16 bytes of an AES-CMAC in base64";
        return Err(Failure::unavailable(message));
    };
    output.write(cmac.expose())?;
    let done = Done::new("computed", "keySetId", key.key_set_id).and("keyId", key.key_id);
    Ok(online.noted(done.and("file", out.display().to_string())))
}

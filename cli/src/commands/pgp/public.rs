//! `el2g pgp public`: the public key of a secret key.

use clap::Args;
use el2g_openpgp_envelope::{LARGEST_KEY_FILE, public_of};
use el2g_workflows::Failure;
use serde::Serialize;

use crate::Result;
use crate::context::Context;
use crate::input::SecretPath;
use crate::output::{Human, Outcome};
use crate::output_help::output_help;
use crate::output_kind::OutputKind;
use crate::output_places::OutputPath;
use crate::signer::{bare_key_name, is_missing, names_key};

/// Print the public key of a secret key, armored. No passphrase is needed.
#[derive(Args)]
#[command(after_help = "Example:\n  el2g pgp public signer.asc --out signer.pub")]
pub struct Arguments {
    /// The secret key
    #[arg(value_name = "SECRET")]
    secret: SecretPath,
    #[arg(long, value_name = "FILE", help = output_help!(kept "the public key", or stdout))]
    out: Option<OutputPath>,
}

#[derive(Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Public {
    public_key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
}

impl Human for Public {
    fn human(&self) -> String {
        if self.file.is_some() { String::new() } else { self.public_key.clone() }
    }
}

/// Reads the secret key and writes or returns its public key.
pub fn run(arguments: Arguments, context: &mut Context) -> Result<Outcome> {
    let output = context.output_or_stdout(OutputKind::PublicKey, arguments.out.as_deref())?;
    let path = arguments.secret.path();
    if is_missing(path) && names_key(path) {
        return Err(bare_key_name("SECRET").with_hint(
            "`gpg --armor --export FINGERPRINT` prints the public key of a key in your GnuPG keyring",
        ));
    }
    let secret = context.input.read_secret(&arguments.secret, LARGEST_KEY_FILE)?;
    let about = arguments.secret.path().display();
    let public_key = public_of(&secret).map_err(|error| Failure::from(error).about(about))?;
    let file = context.write_and_note(output, &public_key)?;
    Ok(Outcome::of(Public { public_key, file }))
}

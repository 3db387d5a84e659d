//! `el2g pgp keygen`: an RSA signing key that GnuPG imports.

use std::path::Path;

use clap::Args;
use el2g_key_payload::SecretBytes;
use el2g_openpgp_envelope::{Fingerprint, KeyId, RsaBits, Timestamp, generate_signing_key};
use el2g_text::one_line;
use el2g_workflows::Failure;
use serde::Serialize;

use crate::Result;
use crate::context::Context;
use crate::indicator::Indicator;
use crate::output::{Human, Outcome};
use crate::output_help::output_help;
use crate::output_kind::OutputKind;
use crate::output_places::OutputPath;
use crate::sealing::timestamp;

/// Make an RSA signing key, protected by a passphrase, armored, importable by GnuPG.
///
/// It asks for the passphrase twice, unless a file has it.
#[derive(Args)]
#[command(after_help = "Example:
  el2g pgp keygen --user-id \"Key team <keys@example.com>\" --secret-out signer.asc --public-out signer.pub")]
pub struct Arguments {
    /// Owner of the key: `Name <mail>`
    #[arg(long, value_name = "USER-ID")]
    user_id: String,
    /// Size of the key in bits; EdgeLock 2GO takes no other
    #[arg(long, value_name = "BITS", default_value_t = 4096, value_parser = bits)]
    bits: u32,
    #[arg(long, value_name = "FILE", help = output_help!(kept "the secret key"))]
    secret_out: OutputPath,
    #[arg(long, value_name = "FILE", help = output_help!(kept "the public key, which the service gets with each sealed message,"))]
    public_out: OutputPath,
    /// Do not protect the secret key: anyone who reads the file can sign
    #[arg(long, conflicts_with = "passphrase_file")]
    no_passphrase: bool,
}

fn bits(text: &str) -> Result<u32, String> {
    let bits = text.parse().ok().filter(|&bits| RsaBits::from_bits(bits).is_some());
    bits.ok_or_else(|| "2048 and 4096 are allowed".to_owned())
}

#[derive(Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Made {
    fingerprint: Fingerprint,
    key_id: KeyId,
    user_id: String,
    bits: u32,
    created: Timestamp,
    passphrase_protected: bool,
    secret_file: String,
    public_file: String,
}

impl Human for Made {
    fn human(&self) -> String {
        format!(
            "fingerprint  {}\nuser id      {}\nkey          RSA-{}\nsecret key   {}\npublic key   {}\n",
            self.fingerprint,
            one_line(&self.user_id),
            self.bits,
            one_line(&self.secret_file),
            one_line(&self.public_file)
        )
    }
}

/// Makes the key and writes both files, or none.
pub fn run(arguments: Arguments, context: &mut Context) -> Result<Outcome> {
    let secret_output = context.output(OutputKind::PrivateKey, &arguments.secret_out)?;
    let public_output = context.output(OutputKind::PublicKey, &arguments.public_out)?;
    let passphrase = if arguments.no_passphrase { None } else { Some(new_passphrase(context)?) };
    let bits = RsaBits::from_bits(arguments.bits).expect("the command line allows no other");
    let created = timestamp(context);
    let mut entropy = context.entropy();
    let indicator =
        Indicator::new(context.console, format!("making an RSA-{} key", arguments.bits));
    let key =
        generate_signing_key(&arguments.user_id, bits, created, passphrase.as_ref(), &mut entropy)?;
    drop(indicator);
    secret_output.write(key.secret_armored.expose())?;
    public_output.write(key.public_armored.as_bytes()).map_err(|error| {
        let secret = arguments.secret_out.display();
        Failure::from(error).with_hint(format!(
            "the secret key is in {secret}; `el2g pgp public {secret}` prints its public key"
        ))
    })?;
    if arguments.no_passphrase {
        context
            .console
            .warn("the secret key has no passphrase: anyone who reads the file can sign");
    }
    context.console.note(format!(
        "keep a copy of {} and its passphrase offline: without them nobody can sign as {} again",
        arguments.secret_out.display(),
        key.key_id
    ));
    Ok(Outcome::of(Made {
        fingerprint: key.fingerprint,
        key_id: key.key_id,
        user_id: arguments.user_id,
        bits: arguments.bits,
        created,
        passphrase_protected: !arguments.no_passphrase,
        secret_file: arguments.secret_out.display().to_string(),
        public_file: arguments.public_out.display().to_string(),
    }))
}

/// Makes a key of 4096 bits in these files.
pub fn make(
    user_id: &str,
    secret: &Path,
    public: &Path,
    no_passphrase: bool,
    context: &mut Context,
) -> Result<Outcome> {
    let arguments = Arguments {
        user_id: user_id.to_owned(),
        bits: 4096,
        secret_out: secret.as_os_str().to_owned().into(),
        public_out: public.as_os_str().to_owned().into(),
        no_passphrase,
    };
    run(arguments, context)
}

/// The passphrase for a new key: from its file, or typed twice the same.
fn new_passphrase(context: &mut Context) -> Result<SecretBytes> {
    const INSTEAD: &str = "give it with --passphrase-file or EL2G_PASSPHRASE_FILE";
    let passphrase = match context.passphrase_given()? {
        Some(passphrase) => passphrase,
        None => {
            let first = context.input.prompt_secret("Passphrase for the new key", INSTEAD)?;
            let second = context.input.prompt_secret("The same passphrase again", INSTEAD)?;
            if !first.same_as(&second) {
                return Err(Failure::usage("the two passphrases differ"));
            }
            first
        }
    };
    if passphrase.is_empty() {
        return Err(Failure::input("the passphrase is empty")
            .with_hint("--no-passphrase if the key is really to have none"));
    }
    Ok(passphrase)
}

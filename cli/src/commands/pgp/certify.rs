//! `el2g pgp certify`: an OpenPGP certificate for an RSA key on a token.

use clap::Args;
use el2g_openpgp_envelope::{KeyId, Timestamp, certify};
use el2g_signers::KeyPlace;
use el2g_text::one_line;
use el2g_workflows::Failure;
use el2g_x509::{CertificateSigner as _, Instant, InstantError};
use serde::Serialize;

use crate::Result;
use crate::context::Context;
use crate::input::SecretPath;
use crate::output::{Human, Outcome};
use crate::output_help::output_help;
use crate::output_kind::OutputKind;
use crate::output_places::OutputPath;
use crate::sealing::timestamp;
use crate::unlocking::{Unlocking, key_place};

/// Make the OpenPGP certificate of an RSA key on a token
///
/// The token signs it; its private key stays where it is. Seal with --signer pkcs11:… --signer-public FILE.
/// Keep the file: with the same --created the same certificate can be made again.
#[derive(Args)]
#[command(after_help = "Example:
  el2g pgp certify --key \"pkcs11:token=Sealing;object=signer?pin-source=file:pin\" --user-id \"Key Team <keys@example.com>\" --out signer-public.asc")]
pub struct Arguments {
    /// The key: a pkcs11: URI without pin-value. The library is its module-path, else EL2G_PKCS11_MODULE
    #[arg(long, value_name = "pkcs11:URI")]
    key: SecretPath,
    /// Owner of the key: `Name <mail>`
    #[arg(long, value_name = "USER-ID")]
    user_id: String,
    /// When the key was made (RFC 3339); part of its fingerprint; without it now
    #[arg(long, value_name = "TIME", value_parser = instant)]
    created: Option<Instant>,
    #[arg(long, value_name = "FILE", help = output_help!(kept "the OpenPGP certificate"))]
    out: OutputPath,
}

fn instant(text: &str) -> Result<Instant, String> {
    text.parse().map_err(|error: InstantError| error.to_string())
}

#[derive(Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Certified {
    file: String,
    fingerprint: String,
    user_id: String,
    created: Timestamp,
}

impl Human for Certified {
    fn human(&self) -> String {
        format!(
            "certificate {}\nfingerprint {}\nuser id     {}\ncreated     {}\n",
            one_line(&self.file),
            self.fingerprint,
            one_line(&self.user_id),
            self.created
        )
    }
}

/// Makes the certificate.
pub fn run(arguments: Arguments, context: &mut Context) -> Result<Outcome> {
    let KeyPlace::Token(uri) = key_place(&arguments.key)? else {
        return Err(Failure::usage("--key: expected a pkcs11: URI").with_hint(
            "the public key of a file is made with el2g pgp public, of a GnuPG key with gpg --armor --export",
        ));
    };
    let created = match arguments.created {
        None => timestamp(context),
        Some(instant) => u32::try_from(instant.unix()).map(Timestamp).map_err(|_| {
            Failure::usage(format!("--created {instant}: OpenPGP knows the years 1970 to 2106"))
        })?,
    };
    let out = context.output(OutputKind::PublicKey, &arguments.out)?;
    let key = uri.open(None, &mut Unlocking::of(context))?;
    let Some((modulus, exponent)) = key.public_key().rsa_numbers() else {
        return Err(Failure::input(format!(
            "{} is {}, EdgeLock 2GO takes messages signed with RSA-2048 and RSA-4096 only",
            key.name(),
            key.public_key().algorithm()
        )));
    };
    // The id is part of what is made: until then a refusal has none to show.
    let sign =
        |octets: &[u8], digest: &[u8; 32]| key.sign_openpgp(KeyId::from([0; 8]), octets, digest);
    let made = certify(&modulus, &exponent, &arguments.user_id, created, &sign)?;
    out.write(made.public_armored.as_bytes())?;
    Ok(Outcome::of(Certified {
        file: arguments.out.display().to_string(),
        fingerprint: made.fingerprint.to_string(),
        user_id: arguments.user_id,
        created,
    }))
}

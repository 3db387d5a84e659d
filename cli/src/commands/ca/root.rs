//! `el2g ca root`.

use clap::Args;
use el2g_text::one_line;
use el2g_workflows::Failure;
use el2g_x509::{
    Certificate, CertificateSigner as _, FileKey, Instant, KeyAlgorithm, Name, make_root,
    random_serial,
};
use serde::Serialize;

use crate::Result;
use crate::context::Context;
use crate::indicator::Indicator;
use crate::output::{Human, Outcome};
use crate::output_help::output_help;
use crate::output_kind::OutputKind;
use crate::output_places::OutputPath;

/// Twenty years.
const DEFAULT_DAYS: u32 = 7305;

#[derive(Args)]
pub struct Arguments {
    /// Subject of the root, the most specific part first: "CN=Pilot Root,O=Example,C=AT"
    #[arg(long, value_name = "NAME", value_parser = name)]
    subject: Name,
    /// Algorithm of the key: NIST_P256, NIST_P384, NIST_P521, RSA_2048, RSA_3072 or RSA_4096
    #[arg(long, value_name = "ALGORITHM", default_value = "NIST_P256", value_parser = algorithm)]
    algorithm: KeyAlgorithm,
    /// Days of validity, from now
    #[arg(long, value_name = "N", default_value_t = DEFAULT_DAYS, value_parser = clap::value_parser!(u32).range(1..))]
    days: u32,
    #[arg(long, value_name = "FILE", help = output_help!(kept "the private key (PKCS#8, mode 0600)"; "Encrypted when --passphrase-file or EL2G_PASSPHRASE_FILE is given"))]
    key_out: OutputPath,
    #[arg(long, value_name = "FILE", help = output_help!(kept "the certificate"))]
    out: OutputPath,
}

fn name(text: &str) -> Result<Name, String> {
    Name::parse(text).map_err(|error| error.to_string())
}

fn algorithm(text: &str) -> Result<KeyAlgorithm, String> {
    KeyAlgorithm::from_api_name(text).ok_or_else(|| {
        "allowed are NIST_P256, NIST_P384, NIST_P521, RSA_2048, RSA_3072 and RSA_4096".to_owned()
    })
}

#[derive(Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewRoot {
    certificate_file: String,
    key_file: String,
    key_encrypted: bool,
    subject: String,
    algorithm: String,
    serial_number: String,
    not_before: String,
    not_after: String,
    fingerprint_sha256: String,
}

impl Human for NewRoot {
    fn human(&self) -> String {
        format!(
            "certificate  {}\nkey          {}{}\nsubject      {}\nalgorithm    {}\nserial       {}\nvalid        {} to {}\nsha256       {}\n",
            one_line(&self.certificate_file),
            one_line(&self.key_file),
            if self.key_encrypted { " (encrypted)" } else { " (not encrypted)" },
            self.subject,
            self.algorithm,
            self.serial_number,
            self.not_before,
            self.not_after,
            self.fingerprint_sha256,
        )
    }
}

pub fn run(arguments: &Arguments, context: &mut Context) -> Result<Outcome> {
    let key_out = context.output(OutputKind::PrivateKey, &arguments.key_out)?;
    let out = context.output(OutputKind::Certificate, &arguments.out)?;
    let passphrase = context.passphrase_given()?;
    let indicator = Indicator::new(context.console, "making the key of the root");
    let key = FileKey::generate(arguments.algorithm)?;
    drop(indicator);
    let certificate = self_signed(arguments, &key, context)?;
    let pem = match &passphrase {
        Some(passphrase) => key.to_encrypted_pkcs8_pem(passphrase, &mut context.entropy())?,
        None => key.to_pkcs8_pem()?,
    };
    key_out.write(pem.expose())?;
    out.write(certificate.to_pem().as_bytes())?;
    if passphrase.is_none() {
        context.console.warn(format!(
            "{}: the key is not encrypted; give --passphrase-file to encrypt it",
            arguments.key_out.display()
        ));
    }
    Ok(Outcome::of(NewRoot {
        certificate_file: arguments.out.display().to_string(),
        key_file: arguments.key_out.display().to_string(),
        key_encrypted: passphrase.is_some(),
        subject: certificate.subject().to_string(),
        algorithm: key.public_key().algorithm().to_string(),
        serial_number: certificate.serial().to_string(),
        not_before: certificate.not_before().to_string(),
        not_after: certificate.not_after().to_string(),
        fingerprint_sha256: certificate.fingerprint_sha256_hex(),
    }))
}

fn self_signed(arguments: &Arguments, key: &FileKey, context: &Context) -> Result<Certificate> {
    let serial = random_serial(&mut context.entropy())
        .map_err(|_| Failure::bug("the system's random source gives nothing"))?;
    let now = Instant::from_unix(context.now());
    let end = now.plus_days(i64::from(arguments.days));
    Ok(make_root(&arguments.subject, key, serial, now, end)?)
}

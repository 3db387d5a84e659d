//! `el2g keyset sign-hash`: a digest signed by a key that never leaves the service.

use std::path::PathBuf;

use clap::{ArgGroup, Args, ValueEnum};
use el2g_key_payload::{base64_bytes, base64_text};
use el2g_service_api::NoQuery;
use el2g_service_api::keysets::{DigestToSign, DownloadKeysetPublicKey, KeysetAlgorithm, SignHash};
use el2g_workflows::Failure;
use el2g_x509::{HashAlgorithm, PublicKey, ecdsa_signature_bare, ecdsa_signature_der};
use serde::Serialize;

use super::KeyArguments;
use crate::Result;
use crate::context::Context;
use crate::input::SMALL_FILE;
use crate::online::Online;
use crate::output::{Human, Outcome};
use crate::output_help::output_help;
use crate::output_kind::OutputKind;
use crate::output_places::OutputPath;
use crate::public_key_file::public_key_of;

/// Sign a file or a digest, and check the signature before it is printed or written.
///
/// The service takes the digest only, and finds the hash by its length (assumed: no source says so). The signature is
/// checked with the public key of --public-key, or with the one that the service has for the key.
#[derive(Args)]
#[command(
    group = ArgGroup::new("what").args(["message", "digest"]).required(true),
    after_help = "Example:\n  el2g keyset sign-hash 1 1 --in firmware.bin --public-key signer.pem --out firmware.sig\n  el2g keyset sign-hash 1 1 --digest 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae --public-key signer.pem --encoding der"
)]
pub struct Arguments {
    #[command(flatten)]
    key: KeyArguments,
    /// Sign the digest of this file, of any size; `-` is standard input
    #[arg(long = "in", value_name = "FILE")]
    message: Option<PathBuf>,
    /// Sign this digest in hexadecimal digits; the length tells the hash
    #[arg(long, value_name = "HEX", conflicts_with = "message")]
    digest: Option<String>,
    /// The hash of the file; without it as NXP's client does: SHA-256 for P-256 and RSA 2048, SHA-384 for P-384 and RSA
    /// 3072, SHA-512 for P-521 and RSA 4096
    #[arg(long, value_enum, conflicts_with = "digest")]
    hash: Option<Hash>,
    /// File with the public key that the signature must verify with
    #[arg(long, value_name = "FILE")]
    public_key: Option<PathBuf>,
    /// Form of an ECDSA signature: `raw` is r and s one after the other, as spsdk takes it; RSA has one form
    #[arg(long, value_enum, default_value_t = SignatureForm::Raw)]
    encoding: SignatureForm,
    #[arg(long, value_name = "FILE", help = output_help!(kept "the signature", or stdout; "Standard output gets it in base64"))]
    out: Option<OutputPath>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

impl From<Hash> for HashAlgorithm {
    fn from(hash: Hash) -> Self {
        match hash {
            Hash::Sha256 => Self::Sha256,
            Hash::Sha384 => Self::Sha384,
            Hash::Sha512 => Self::Sha512,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum SignatureForm {
    Raw,
    Der,
}

#[derive(Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Signed {
    key_set_id: u64,
    key_id: u64,
    algorithm: String,
    hash: String,
    digest: String,
    /// `raw`, `der`, or `pkcs1` for RSA.
    encoding: &'static str,
    signature: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
}

impl Human for Signed {
    fn human(&self) -> String {
        if self.file.is_some() { String::new() } else { format!("{}\n", self.signature) }
    }
}

/// What NXP's client hashes with for a key.
fn usual_hash(key: &PublicKey) -> HashAlgorithm {
    match key.algorithm().rsa_bits() {
        None => key.algorithm().natural_hash(),
        Some(bits) if bits >= 4096 => HashAlgorithm::Sha512,
        Some(bits) if bits >= 3072 => HashAlgorithm::Sha384,
        Some(_) => HashAlgorithm::Sha256,
    }
}

pub fn run(arguments: Arguments, context: &mut Context) -> Result<Outcome> {
    let known = match &arguments.public_key {
        None => None,
        Some(file) => {
            let content = context.read_deciding_text(file, SMALL_FILE)?;
            Some(public_key_of(&content, file)?)
        }
    };
    let given = arguments.digest.as_deref().map(read_digest).transpose()?;
    // Opened before anything is asked of the service.
    let message = match &arguments.message {
        Some(file) => Some((file.display().to_string(), context.input.open(file)?)),
        None => None,
    };
    let online = Online::open(context)?;
    let path = arguments.key.path();
    let key = match known {
        Some(key) => key,
        None if online.is_dry_run() => {
            let failure =
                Failure::usage("a dry run asks nothing, and the kind of the key is needed");
            return Err(failure.with_hint("name the public key with --public-key FILE"));
        }
        None => {
            let pem = online.call::<DownloadKeysetPublicKey>(&path, &NoQuery {}, &())?;
            PublicKey::read(pem.as_bytes()).map_err(|error| {
                Failure::unavailable(format!("the service answered no public key: {error}"))
            })?
        }
    };
    let (hash, digest) = match (given, message) {
        (Some(given), _) => given,
        (None, Some((name, source))) => {
            let hash = arguments.hash.map_or_else(|| usual_hash(&key), HashAlgorithm::from);
            let not_read = |error| Failure::input(format!("{name}: cannot be read: {error}"));
            (hash, hash.digest_of(source).map_err(not_read)?)
        }
        (None, None) => return Err(Failure::usage("--in FILE or --digest HEX is needed")),
    };
    let is_rsa = key.algorithm().rsa_bits().is_some();
    let algorithm = if is_rsa { KeysetAlgorithm::RsaPkcs1 } else { KeysetAlgorithm::Ecdsa };
    let body = DigestToSign::new(base64_text(&digest), algorithm);
    if let Some(printed) = online.dry_run::<SignHash>(&path, &NoQuery {}, &body)? {
        return Ok(printed);
    }
    let output = context.output_or_stdout(OutputKind::Signature, arguments.out.as_deref())?;
    let answered = online.call::<SignHash>(&path, &NoQuery {}, &body)?;
    let (encoding, signature) =
        checked(&answered.signature, &key, (hash, &digest), arguments.encoding)?;
    let file = match output {
        None => None,
        Some(output) => {
            let name = output.path().display().to_string();
            output.write(&signature)?;
            context.console.note(format!("wrote {name}"));
            Some(name)
        }
    };
    Ok(Outcome::of(Signed {
        key_set_id: path.key_set_id,
        key_id: path.key_id,
        algorithm: key.algorithm().to_string(),
        hash: hash.to_string(),
        digest: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
        encoding,
        signature: base64_text(&signature),
        file,
    }))
}

/// A digest as it was typed, with the hash that its length tells.
fn read_digest(text: &str) -> Result<(HashAlgorithm, Vec<u8>)> {
    let wrong = || {
        Failure::usage(format!(
            "--digest: expected 64, 96 or 128 hexadecimal digits, found {} characters",
            text.chars().count()
        ))
    };
    let pairs = text.as_bytes().chunks(2).map(|pair| {
        let digits = std::str::from_utf8(pair).ok().filter(|pair| pair.len() == 2)?;
        digits
            .bytes()
            .all(|b| b.is_ascii_hexdigit())
            .then(|| u8::from_str_radix(digits, 16).ok())?
    });
    let digest: Vec<u8> = pairs.collect::<Option<_>>().ok_or_else(wrong)?;
    let hash = HashAlgorithm::of_length(digest.len()).ok_or_else(wrong)?;
    Ok((hash, digest))
}

/// The signature in the encoding that was asked for, if it is one of the digest by the key.
fn checked(
    answered: &str,
    key: &PublicKey,
    (hash, digest): (HashAlgorithm, &[u8]),
    encoding: SignatureForm,
) -> Result<(&'static str, Vec<u8>)> {
    let algorithm = key.algorithm();
    let Some(bytes) = base64_bytes(answered) else {
        return Err(Failure::unavailable("keyset sign-hash: the service answered no base64"));
    };
    let der = ecdsa_signature_der(algorithm, &bytes).unwrap_or_else(|| bytes.clone());
    key.verify_digest(hash, digest, &der).map_err(|error| {
        let failure = Failure::unavailable(format!(
            "the signature that the service answered is not one of this digest by this key: {error}"
        ));
        failure.with_hint("nothing was written; is the public key the one of this key?")
    })?;
    if algorithm.rsa_bits().is_some() {
        return Ok(("pkcs1", bytes));
    }
    match encoding {
        SignatureForm::Der => Ok(("der", der)),
        SignatureForm::Raw => match ecdsa_signature_bare(algorithm, &der) {
            Some(bare) => Ok(("raw", bare)),
            None => Err(Failure::unavailable("the service answered a signature of another curve")),
        },
    }
}

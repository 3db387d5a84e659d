//! `el2g secure-object create` (AN12642 4.1.3): one verb per type of secure object.

mod certificate;
mod key_hash;
mod prepared_secret;
mod sealed;

use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args, Subcommand};
use el2g_key_payload::{PayloadKind, base64_text};
use el2g_service_api::checksum::Checksummed;
use el2g_service_api::new_secure_object::{
    BinaryFilePayload, NewBinaryFile, NewKeyPair, NewSecureObject, NewStaticPublicKey,
};
use el2g_service_api::secure_objects::{CreateSecureObject, KeyPairAlgorithm};
use el2g_service_api::{NoPath, NoQuery, Nullable, ObjectId};
use el2g_workflows::{Failure, ObjectOrder};

pub use self::certificate::CertificateArguments;
pub use self::prepared_secret::{ObjectReceipt, PreparedSecret, SealingKeys};
use self::sealed::SealedArguments;
pub use self::sealed::{SealedContent, signer_certificate};
use super::{PolicyArguments, named};
use crate::Result;
use crate::context::Context;
use crate::input::SMALL_FILE;
use crate::online::Online;
use crate::open_values::open_values;
use crate::output::Outcome;
use crate::public_key_file::public_key_of;
use crate::table::Shown;
use crate::throw_away;
use crate::twins::{DuplicateArguments, Identity};

/// Create a secure object.
#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    pub kind: NewObjectKind,
}

/// What every secure object has.
#[derive(Args)]
pub struct ObjectArguments {
    /// Name of the object
    #[arg(long)]
    pub name: String,
    /// Id of the object in the secure element: 1 to 8 hexadecimal digits, such as 83000042
    #[arg(long, value_name = "HEX", value_parser = object_id)]
    pub object_id: ObjectId,
    #[command(flatten)]
    policies: PolicyArguments,
    /// Generate it when the device connects, not before
    #[arg(long)]
    on_connection: bool,
    #[command(flatten)]
    pub duplicate: DuplicateArguments,
}

/// The types of secure objects, with what each needs.
#[derive(Subcommand)]
pub enum NewObjectKind {
    /// A key pair, made per device
    #[command(
        after_help = "Example:\n  el2g secure-object create key-pair --name tls-key --object-id 83000001 --algorithm NIST_P256"
    )]
    KeyPair {
        #[command(flatten)]
        object: ObjectArguments,
        /// Algorithm of the key pair; section 6 takes only NIST_P256 for a CA of your own root, and a key pair should not be
        /// stronger than the CA that certifies it
        #[arg(long, value_parser = open_values::<KeyPairAlgorithm>())]
        algorithm: KeyPairAlgorithm,
    },
    /// An X.509 certificate of a key pair, made per device
    #[command(
        after_help = "Example:\n  el2g secure-object create certificate --name tls-cert --object-id 83000002 --key-pair 5424 --intermediate-ca 51 --common-name-prefix meter --months 120"
    )]
    Certificate(Box<CertificateArguments>),
    /// An AES key, sealed and uploaded
    #[command(
        after_help = "Example:\n  el2g secure-object create master-key --name kek --object-id 83000003 --in key.hex --signer signer.asc --recipient edgelock2go.asc"
    )]
    MasterKey {
        #[command(flatten)]
        object: ObjectArguments,
        #[command(flatten)]
        sealed: SealedArguments,
        /// Bits of the key in --message: 128 or 256
        #[arg(long, value_name = "BITS", requires = "message", value_parser = key_bits)]
        key_bits: Option<u32>,
    },
    /// An HMAC key, sealed and uploaded
    #[command(
        after_help = "Example:\n  el2g secure-object create hmac-key --name auth --object-id 83000004 --generate 32 --discard-plaintext --signer signer.asc --recipient edgelock2go.asc"
    )]
    HmacKey {
        #[command(flatten)]
        object: ObjectArguments,
        #[command(flatten)]
        sealed: SealedArguments,
        /// Bytes of the key in --message: 1 to 256
        #[arg(long, value_name = "BYTES", requires = "message", value_parser = clap::value_parser!(u32).range(1..=256))]
        key_bytes: Option<u32>,
    },
    /// A file of bytes, in clear or (--confidential) sealed
    #[command(
        after_help = "Example:\n  el2g secure-object create binary-file --name config --object-id 83000005 --file config.bin\n  el2g secure-object create binary-file --name seed --object-id 83000006 --confidential --in seed.hex --signer signer.asc --recipient edgelock2go.asc",
        group = ArgGroup::new("content").args(["confidential", "file"]).required(true)
    )]
    BinaryFile {
        #[command(flatten)]
        object: ObjectArguments,
        /// Seal the bytes, because they are secret
        #[arg(long, conflicts_with = "file")]
        confidential: bool,
        /// File whose bytes go out in clear, as they are
        #[arg(long, value_name = "FILE", conflicts_with_all = ["payload", "message"])]
        file: Option<PathBuf>,
        #[command(flatten)]
        sealed: SealedArguments,
    },
    /// A public key, the same in every device
    #[command(
        after_help = "Example:\n  el2g secure-object create public-key --name updater --object-id 83000007 --algorithm RSA_2048 --in updater.pem"
    )]
    PublicKey {
        #[command(flatten)]
        object: ObjectArguments,
        /// Algorithm of the public key
        #[arg(long, value_parser = open_values::<KeyPairAlgorithm>())]
        algorithm: KeyPairAlgorithm,
        /// The public key in PEM
        #[arg(long = "in", alias = "file", value_name = "FILE")]
        file: PathBuf,
    },
    /// An AES key that decrypts firmware, sealed and uploaded; not in AN12642, sent as NXP's client sends it
    #[command(
        after_help = "Example:\n  el2g secure-object create oem-fw-decrypt-key --name firmware-key --in key.hex --signer signer.asc --recipient edgelock2go.asc",
        mut_arg("object_id", |id| id.required(false).default_value("7FFF817B"))
    )]
    OemFwDecryptKey {
        #[command(flatten)]
        object: ObjectArguments,
        #[command(flatten)]
        sealed: SealedArguments,
        /// Bits of the key in --message: 128 or 256
        #[arg(long, value_name = "BITS", requires = "message", value_parser = key_bits)]
        key_bits: Option<u32>,
    },
    /// The hash of the keys that authenticate firmware (RKTH), in clear; not in AN12642, sent as NXP's client sends it
    #[command(
        after_help = "Example:\n  el2g secure-object create oem-fw-auth-key-hash --name firmware-keys --in rkth.bin",
        mut_arg("object_id", |id| id.required(false).default_value("7FFF817A"))
    )]
    OemFwAuthKeyHash {
        #[command(flatten)]
        object: ObjectArguments,
        /// The hash: its 32 or 48 bytes, or their hexadecimal digits. It is sent in clear: a file that only its owner can
        /// read is refused, because a key looks the same
        #[arg(long = "in", value_name = "FILE")]
        file: PathBuf,
        /// The customer puts the hash into the device (no source says more of it)
        #[arg(long)]
        oem_provisioned: bool,
    },
}

/// What a new object is made from, as far as the service need not be asked.
pub enum Content {
    /// The whole request.
    Whole(Box<NewSecureObject>),
    /// A certificate of a key pair and a CA that may be named.
    Certificate(Box<CertificateArguments>),
    /// A secret.
    Sealed(Box<SealedContent>),
}

/// Reads the secrets and files, then creates the object.
pub fn run(arguments: Arguments, context: &mut Context) -> Result<Outcome> {
    let duplicate = arguments.kind.object().duplicate;
    let request = match arguments.kind.content(context)? {
        Content::Whole(request) => *request,
        Content::Certificate(arguments) => {
            let online = Online::open(context)?;
            let key_pair = online.key_pair(&arguments.key_pair)?;
            let ca = online.ca(&arguments.intermediate_ca)?;
            arguments.request(key_pair, ca, context)?
        }
        Content::Sealed(sealed) => return sealed.create(context),
    };
    let online = Online::open(context)?;
    online.check::<CreateSecureObject>(&NoPath, &request)?;
    if let NewSecureObject::Certificate(new) = &request {
        certificate::warn_of_weaker_ca(new, &online, context.console);
    }
    duplicate.confirm(&Identity::of(&request), &online)?;
    online.answer::<CreateSecureObject>(&NoPath, &NoQuery {}, &request, |object| {
        Outcome::of(Shown(named(object)))
    })
}

impl NewObjectKind {
    /// Reads the files of an object that is not a secret.
    pub fn content(self, context: &mut Context) -> Result<Content> {
        let secret = |object, sealed, kind, key_size: Option<String>, size_flag| {
            Content::Sealed(Box::new(SealedContent { object, sealed, kind, key_size, size_flag }))
        };
        let whole = |request| Content::Whole(Box::new(request));
        Ok(match self {
            Self::KeyPair { object, algorithm } => {
                let order = object.order(context)?;
                whole(NewSecureObject::KeyPair(NewKeyPair {
                    generate_on_device_connection: Nullable::or_absent(order.on_connection),
                    policies: Nullable::or_absent(order.policies),
                    ..NewKeyPair::new(order.name, order.object_id, order.policy_source, algorithm)
                }))
            }
            Self::Certificate(arguments) => Content::Certificate(arguments),
            Self::MasterKey { object, sealed, key_bits } => {
                let size = key_bits.map(|bits| format!("AES{bits}"));
                secret(object, sealed, PayloadKind::Aes, size, "--key-bits")
            }
            Self::HmacKey { object, sealed, key_bytes } => {
                let size = key_bytes.map(|bytes| bytes.to_string());
                secret(object, sealed, PayloadKind::Hmac, size, "--key-bytes")
            }
            Self::BinaryFile { object, sealed, confidential: true, .. } => {
                secret(object, sealed, PayloadKind::Binary, Some(String::new()), "")
            }
            Self::BinaryFile { object, file: Some(file), .. } => {
                whole(clear_file(object, &file, context)?)
            }
            Self::BinaryFile { .. } => {
                return Err(Failure::usage("neither --file nor --confidential"));
            }
            Self::PublicKey { object, algorithm, file } => {
                whole(public_key(object, algorithm, &file, context)?)
            }
            Self::OemFwDecryptKey { object, sealed, key_bits } => {
                let size = key_bits.map(|bits| format!("AES{bits}"));
                secret(object, sealed, PayloadKind::OemFwDecrypt, size, "--key-bits")
            }
            Self::OemFwAuthKeyHash { object, file, oem_provisioned } => {
                whole(key_hash::request(object, &file, oem_provisioned, context)?)
            }
        })
    }
}

impl NewObjectKind {
    /// What every secure object has.
    pub fn object(&self) -> &ObjectArguments {
        match self {
            Self::KeyPair { object, .. }
            | Self::MasterKey { object, .. }
            | Self::HmacKey { object, .. }
            | Self::BinaryFile { object, .. }
            | Self::PublicKey { object, .. }
            | Self::OemFwDecryptKey { object, .. }
            | Self::OemFwAuthKeyHash { object, .. } => object,
            Self::Certificate(arguments) => &arguments.object,
        }
    }
}

impl ObjectArguments {
    fn order(&self, context: &mut Context) -> Result<ObjectOrder> {
        let (policy_source, policies) = self.policies.read(context)?;
        Ok(ObjectOrder {
            name: self.name.clone(),
            object_id: self.object_id.clone(),
            policy_source,
            policies,
            on_connection: Some(self.on_connection),
        })
    }
}

fn clear_file(
    object: ObjectArguments,
    file: &Path,
    context: &mut Context,
) -> Result<NewSecureObject> {
    let content = context.input.read(file, SMALL_FILE)?;
    if content.is_empty() {
        return Err(Failure::input(format!("{}: is empty", file.display())));
    }
    let order = object.order(context)?;
    let binary_file = base64_text(&content);
    let named = context.profile()?.checksum_of(Checksummed::file(&content, &binary_file))?;
    let payload = BinaryFilePayload::NonConfidential {
        binary_file,
        checksum: Nullable::or_absent(named.checksum),
        check_sum: Nullable::or_absent(named.check_sum),
    };
    Ok(NewSecureObject::BinaryFile(NewBinaryFile {
        generate_on_device_connection: Nullable::or_absent(order.on_connection),
        policies: Nullable::or_absent(order.policies),
        ..NewBinaryFile::new(order.name, order.object_id, order.policy_source, payload)
    }))
}

fn public_key(
    object: ObjectArguments,
    algorithm: KeyPairAlgorithm,
    file: &Path,
    context: &mut Context,
) -> Result<NewSecureObject> {
    let content = context.read_text(file, SMALL_FILE)?;
    let key = public_key_of(&content, file)?;
    // What it is, and whether it is of the algorithm, is the gate's to say.
    let pem = key.to_pem();
    throw_away::refuse_public_key(&pem, context)?;
    let order = object.order(context)?;
    let content = Checksummed::public_key(&pem, Some(key.spki_der()));
    let named = context.profile()?.checksum_of(content)?;
    Ok(NewSecureObject::StaticPublicKey(NewStaticPublicKey {
        checksum: Nullable::or_absent(named.checksum),
        check_sum: Nullable::or_absent(named.check_sum),
        generate_on_device_connection: Nullable::or_absent(order.on_connection),
        policies: Nullable::or_absent(order.policies),
        ..NewStaticPublicKey::new(order.name, order.object_id, order.policy_source, algorithm, pem)
    }))
}

fn key_bits(text: &str) -> std::result::Result<u32, String> {
    match text {
        "128" => Ok(128),
        "256" => Ok(256),
        _ => Err("allowed are 128 and 256".to_owned()),
    }
}

fn object_id(text: &str) -> std::result::Result<ObjectId, String> {
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).unwrap_or(text);
    let id = ObjectId::as_received(digits.to_ascii_uppercase());
    match id.value() {
        Some(_) => Ok(id),
        None => Err("expected 1 to 8 hexadecimal digits".to_owned()),
    }
}

//! Where a secret comes from and with which keys it is sealed: flags that several commands share.

use std::path::PathBuf;

use clap::Args;
use el2g_key_payload::{Payload, PayloadKind, SecretSize};
use el2g_openpgp_envelope::{MessageSigner, Recipient, Timestamp};
use el2g_workflows::Failure;

use crate::Result;
use crate::components::{self, ComponentReport};
use crate::context::Context;
use crate::input::SecretPath;
use crate::input_roles::check_secret;
use crate::recipients;
use crate::signer::{check_signer, open_signer};
use crate::throw_away::{self, Destination};
use crate::token_key::{self, TokenKeyReport, token_uri};

/// Most bytes of a file with a secret: the longest payload as hex, with much white space.
pub const LARGEST_SECRET: usize = 64 * 1024;

/// The secret that is to be sealed.
#[derive(Args)]
pub struct PayloadArguments {
    /// File with the secret as hexadecimal text; `-` is standard input; a pkcs11: URI is an extractable AES or generic
    /// secret key on a token
    #[arg(long = "in", value_name = "FILE", group = "payload")]
    input: Option<SecretPath>,
    /// The file holds the bytes as they are, not hexadecimal text
    #[arg(long, conflicts_with = "generate", requires = "payload")]
    raw: bool,
    /// Component of the secret, as --in takes it; `prompt` asks for it on the terminal, without echo. Given
    /// twice or more: all are combined by XOR
    #[arg(long, value_name = "FILE|-|prompt|pkcs11:URI", group = "payload")]
    component: Vec<SecretPath>,
    /// Check value of a component, one for each in the same order: 10 hexadecimal digits (AES-CMAC over
    /// zeros; HMAC-SHA256 for an HMAC key), or 6 in the older ECB form. A typed component is asked for its own
    #[arg(long, value_name = "HEX", requires = "component")]
    component_kcv: Vec<String>,
    /// Make a new secret of this size, such as 256bit or 32byte. A number without a unit counts bits of an AES key
    /// and bytes of anything else; an HMAC key over 64 needs its unit
    #[arg(long, value_name = "SIZE", group = "payload", requires = "plaintext")]
    generate: Option<SecretSize>,
    /// Keep no copy of the generated secret
    #[arg(long, group = "plaintext", requires = "generate")]
    discard_plaintext: bool,
}

/// A secret and what is known of its making.
pub struct Secret {
    /// The secret itself.
    pub payload: Payload,
    /// What is known of its components; empty when it came whole.
    pub components: Vec<ComponentReport>,
    /// The key on a token that it is; `None` for what came from elsewhere, or from several.
    pub token_key: Option<TokenKeyReport>,
}

impl From<Payload> for Secret {
    fn from(payload: Payload) -> Self {
        Self { payload, components: Vec::new(), token_key: None }
    }
}

impl PayloadArguments {
    /// Whether the secret is made here.
    pub fn is_generated(&self) -> bool {
        self.generate.is_some()
    }

    /// The bytes of the secret that is to be made.
    pub fn byte_len_to_generate(&self, kind: PayloadKind) -> Result<Option<usize>> {
        self.generate.map(|size| generated_len(size, kind)).transpose()
    }

    /// Reads or makes the secret.
    pub fn secret(&self, kind: PayloadKind, context: &mut Context) -> Result<Secret> {
        if !self.component.is_empty() {
            let (sources, check_values) = (&self.component, &self.component_kcv);
            let (payload, components) =
                components::combined(kind, sources, check_values, self.raw, context)?;
            return Ok(Secret { payload, components, token_key: None });
        }
        if let Some(path) = &self.input {
            if let Some(uri) = token_uri(path)? {
                let (taken, report) = token_key::take(&uri, kind, self.raw, context)?;
                let payload = Payload::from_raw(kind, taken.bytes)
                    .map_err(|error| Failure::from(error).about(report.name()))?;
                return Ok(Secret { token_key: Some(report), ..payload.into() });
            }
            let content = context.input.read_secret(path, LARGEST_SECRET)?;
            let read = match self.raw {
                true => Payload::from_raw(kind, content),
                false => Payload::from_hex(kind, &content),
            };
            let about = path.path().display();
            let payload = read.map_err(|error| Failure::from(error).about(about))?;
            return Ok(payload.into());
        }
        let Some(size) = self.generate else {
            return Err(Failure::usage("no secret to seal").with_hint(
                "name its file with --in, its components with --component, or --generate SIZE",
            ));
        };
        let byte_len = generated_len(size, kind)?;
        Ok(Payload::generate(kind, byte_len, &mut context.entropy())?.into())
    }
}

/// The bytes that `--generate` asks for.
fn generated_len(size: SecretSize, kind: PayloadKind) -> Result<usize> {
    size.byte_len(kind).map_err(|error| Failure::usage(format!("--generate: {error}")))
}

/// The keys that seal.
#[derive(Args)]
pub struct SealerArguments {
    /// OpenPGP secret key that signs: a file, gpg:FINGERPRINT for a key of your GnuPG keyring or card, or a
    /// pkcs11: URI [default: the profile's `signer`]
    #[arg(long, value_name = "FILE|gpg:FINGERPRINT|pkcs11:URI")]
    signer: Option<SecretPath>,
    /// OpenPGP certificate of a pkcs11: signer (see `el2g pgp certify`), or of the signer of a message that was sealed before
    #[arg(long, value_name = "FILE")]
    pub signer_public: Option<PathBuf>,
    /// OpenPGP public key of EdgeLock 2GO, or the name of a stored one [default: the profile's `recipient`, else
    /// the one that `el2g recipient add` stored]
    #[arg(long, value_name = "FILE|NAME")]
    pub recipient: Option<PathBuf>,
}

impl SealerArguments {
    /// Whether neither key is named.
    pub fn is_empty(&self) -> bool {
        self.signer.is_none() && self.recipient.is_none()
    }

    /// The signer: as named, else the profile's. One that others can change or read is refused, as is the module or PIN
    /// file of a token: call it before anything is asked for, made or written. Signers that were typed were checked with
    /// the command line, those of a profile were not.
    pub fn checked_signer(&self, context: &mut Context) -> Result<SecretPath> {
        let profile = context.profile()?;
        let signer = self.signer.clone().or_else(|| profile.signer.clone().map(SecretPath::new));
        let signer = signer.ok_or_else(|| {
            Failure::usage("no signer")
                .with_hint("name its key file with --signer, or in a profile")
        })?;
        check_signer(&signer)?;
        check_secret(&signer, context.input.policy())?;
        Ok(signer)
    }

    /// Opens both keys, asking for the passphrase when one is needed and none was given. Throw-away keys are refused for a
    /// real service.
    pub fn open(
        &self,
        destination: Destination,
        context: &mut Context,
    ) -> Result<(Box<dyn MessageSigner>, Recipient)> {
        let signer = self.checked_signer(context)?;
        let now = timestamp(context);
        let recipient = recipients::chosen(self.recipient.as_deref(), now, context)?;
        let signer = open_signer(&signer, self.signer_public.as_deref(), now, context)?;
        throw_away::check_keys(&recipient, signer.public_armored(), destination, context)?;
        Ok((signer, recipient))
    }
}

/// Now, as OpenPGP counts it.
pub fn timestamp(context: &Context) -> Timestamp {
    Timestamp(u32::try_from(context.now()).unwrap_or(u32::MAX))
}

//! `el2g pgp seal`: a secret, signed and encrypted to EdgeLock 2GO.

pub mod in_token;

use clap::{Args, ValueEnum};
use el2g_files::OutputFile;
use el2g_key_payload::{CheckMethod, KeyCheckValue, Payload, PayloadKind};
use el2g_openpgp_envelope::{MessageSigner, Recipient, SealedMessage, Timestamp, seal};
use el2g_workflows::Failure;
use serde::Serialize;

use self::in_token::InTokenArguments;
use crate::Result;
use crate::components::ComponentReport;
use crate::context::{Context, write_and_note};
use crate::document;
use crate::escrow::{Escrow, EscrowArguments, EscrowReport};
use crate::output::{Human, Outcome};
use crate::output_help::output_help;
use crate::output_kind::OutputKind;
use crate::output_places::OutputPath;
use crate::sealing::{PayloadArguments, SealerArguments, Secret, timestamp};
use crate::throw_away::Destination;
use crate::token_key::TokenKeyReport;

/// Sign and encrypt a secret to EdgeLock 2GO (AN12642 section 12).
///
/// The message is read back and compared with the input before it is written.
#[derive(Args)]
#[command(after_help = "Examples:
  el2g pgp seal --kind aes --in key.hex --signer signer.asc --recipient edgelock2go.asc --out sealed.asc
  el2g pgp seal --kind aes --component first.hex --component second.hex --signer signer.asc --recipient edgelock2go.asc --out combined.asc
  el2g pgp seal --kind aes --generate 256 --escrow-to team.asc --escrow-out escrow.asc --signer signer.asc --recipient edgelock2go.asc --out generated.asc --receipt generated.json
  el2g pgp seal --kind hmac --generate 32 --discard-plaintext --signer signer.asc --recipient edgelock2go.asc --receipt receipt.json
  el2g pgp seal --kind aes --in \"pkcs11:token=Company;object=kek?pin-source=file:pin\" --signer signer.asc --recipient edgelock2go.asc --out kek.asc --receipt kek.json
  el2g pgp seal --kind aes --generate 256 --in-token \"pkcs11:token=Company;object=new-kek?pin-source=file:pin\" --extractable --signer signer.asc --recipient edgelock2go.asc --out new-kek.asc --receipt new-kek.json")]
pub struct Arguments {
    /// Kind of the secret: aes, hmac, binary or oem-fw-decrypt-key
    #[arg(long, value_name = "KIND")]
    kind: PayloadKind,
    #[command(flatten)]
    payload: PayloadArguments,
    #[command(flatten)]
    in_token: InTokenArguments,
    #[command(flatten)]
    escrow: EscrowArguments,
    #[command(flatten)]
    sealer: SealerArguments,
    /// Form of an AES key's check value: the first 5 bytes of AES-CMAC over zeros, or the first 3 of the older
    /// ECB form
    #[arg(long, value_name = "FORM", value_enum, default_value_t)]
    kcv: CheckValueForm,
    #[arg(long, value_name = "FILE", help = output_help!(kept "the sealed message", or stdout))]
    out: Option<OutputPath>,
    #[arg(long, value_name = "FILE", help = output_help!(kept "a receipt (what was sealed, by which key and to which key; never the secret)"))]
    receipt: Option<OutputPath>,
}

/// The forms of an AES key's check value.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum CheckValueForm {
    #[default]
    Cmac,
    Ecb,
}

/// What can be shown later to say what was sealed.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    kind: &'static str,
    /// Bytes of the secret.
    length: usize,
    kcv: Option<String>,
    kcv_method: Option<&'static str>,
    signer: String,
    recipient: String,
    message_sha256: String,
    created_at: Timestamp,
    tool: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    components: Vec<ComponentReport>,
    /// The key on a token that was sealed.
    #[serde(skip_serializing_if = "Option::is_none")]
    taken_from: Option<TokenKeyReport>,
    /// The key that was made in a token, with its attributes afterwards.
    #[serde(skip_serializing_if = "Option::is_none")]
    generated_in: Option<TokenKeyReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    escrow: Option<EscrowReport>,
    /// Checks that were passed over by name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    skipped_checks: Vec<&'static str>,
}

impl Receipt {
    fn of(
        secret: Secret,
        check_value: Option<&KeyCheckValue>,
        signer: &dyn MessageSigner,
        recipient: &Recipient,
        message: &SealedMessage,
        now: Timestamp,
    ) -> Self {
        let report = recipient.report();
        let Secret { payload, components, token_key } = secret;
        Self {
            kind: payload.kind().name(),
            length: payload.byte_len(),
            kcv_method: check_value.map(|value| value.method()),
            kcv: check_value.map(|value| value.to_string()),
            signer: signer.fingerprint().to_string(),
            recipient: match report.fingerprint {
                Some(fingerprint) => fingerprint.to_string(),
                None => report.key_id.to_string(),
            },
            message_sha256: message.sha256_hex(),
            created_at: now,
            tool: concat!("el2g ", env!("CARGO_PKG_VERSION")),
            components,
            taken_from: token_key,
            generated_in: None,
            escrow: None,
            skipped_checks: Vec::new(),
        }
    }
}

#[derive(Serialize, schemars::JsonSchema)]
pub struct Sealed {
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    #[serde(flatten)]
    receipt: Receipt,
}

impl Human for Sealed {
    fn human(&self) -> String {
        self.message.clone().unwrap_or_default()
    }
}

/// Seals the secret and writes the escrow copy, the message and the receipt, in that order.
pub fn run(arguments: Arguments, context: &mut Context) -> Result<Outcome> {
    check_form(arguments.kcv, arguments.kind)?;
    let byte_len = arguments.payload.byte_len_to_generate(arguments.kind)?;
    arguments.in_token.check_flags()?;
    arguments.sealer.checked_signer(context)?;
    let places = Places {
        message: context.output_or_stdout(OutputKind::Message, arguments.out.as_deref())?,
        receipt: arguments
            .receipt
            .as_deref()
            .map(|path| context.output(OutputKind::Receipt, path))
            .transpose()?,
        escrow: arguments.escrow.open(timestamp(context), context)?,
    };
    arguments.in_token.check_message(places.message.as_ref())?;
    let (kind, form) = (arguments.kind, arguments.kcv);
    if let Some(home) = arguments.in_token.home(kind, byte_len, context)? {
        if context.everywhere.dry_run {
            return Ok(home.plan());
        }
        // Whatever can fail comes before the key is made.
        let keys = arguments.sealer.open(Destination::File, context)?;
        let (secret, made) = home.make(context)?;
        let told = made.report().clone();
        return match sealed(secret, Some(told), form, &keys, places, context) {
            Ok(outcome) => Ok(outcome),
            Err(failure) => Err(made.removed_after(failure)),
        };
    }
    // The secret before the keys: a mistake in it is told before a passphrase is asked for.
    let secret = arguments.payload.secret(kind, context)?;
    let keys = arguments.sealer.open(Destination::File, context)?;
    sealed(secret, None, form, &keys, places, context)
}

/// Where everything goes, looked at before the work begins.
struct Places {
    message: Option<OutputFile>,
    receipt: Option<OutputFile>,
    escrow: Option<Escrow>,
}

/// Seals, writes the copy and the message, and leaves the receipt to be written when the message is out.
fn sealed(
    secret: Secret,
    generated_in: Option<TokenKeyReport>,
    form: CheckValueForm,
    (signer, recipient): &(Box<dyn MessageSigner>, Recipient),
    places: Places,
    context: &mut Context,
) -> Result<Outcome> {
    let (signer, now) = (signer.as_ref(), timestamp(context));
    let check_value = check_value(&secret.payload, form);
    let message = seal(&secret.payload, signer, recipient, now, &mut context.entropy())?;
    let copy = match places.escrow {
        Some(escrow) => Some(escrow.write(&secret.payload, signer, recipient, now, context)?),
        None => None,
    };
    let left = |failure: Failure| match &copy {
        Some(copy) => copy.left(failure),
        None => failure,
    };
    let mut receipt = Receipt::of(secret, check_value.as_ref(), signer, recipient, &message, now);
    receipt.escrow.clone_from(&copy);
    receipt.skipped_checks = context.skipped_checks();
    receipt.generated_in = generated_in;
    let text = document::pretty(&receipt)
        .map_err(|error| Failure::bug(format!("the receipt is not JSON: {error}")))?;
    let file = context.write_and_note(places.message, message.armored()).map_err(&left)?;
    if let Some(value) = check_value {
        context.console.note(format!("check value {value} ({})", value.method()));
    }
    let message = file.is_none().then(|| message.armored().to_owned());
    let home = receipt.generated_in.clone();
    let outcome = Outcome::of(Sealed { message, file: file.clone(), receipt });
    // A receipt says that there is a message: not before it is out.
    Ok(outcome.and_then(move |console| {
        write_and_note(places.receipt, &(text + "\n"), console).map(drop).map_err(|failure| {
            let failure = copy.iter().fold(failure, |failure, copy| copy.left(failure));
            home.iter().zip(&file).fold(failure, |failure, (home, file)| {
                let name = home.name();
                failure.with_cause(format!("the message is written: {file}; its key is {name}"))
            })
        })
    }))
}

/// Refuses a form of check values that the kind does not have, before a secret is read or made.
fn check_form(form: CheckValueForm, kind: PayloadKind) -> Result<()> {
    match form {
        CheckValueForm::Ecb if !kind.is_aes() => {
            Err(Failure::usage(format!("--kcv ecb: AES keys only have that form, not {kind}")))
        }
        CheckValueForm::Cmac | CheckValueForm::Ecb => Ok(()),
    }
}

fn check_value(payload: &Payload, form: CheckValueForm) -> Option<KeyCheckValue> {
    match form {
        CheckValueForm::Cmac => payload.check_value(),
        CheckValueForm::Ecb => payload.check_value_by(CheckMethod::AesEcb),
    }
}

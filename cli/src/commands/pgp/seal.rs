//! `el2g pgp seal`: a secret, signed and encrypted to EdgeLock 2GO.

use std::path::PathBuf;

use clap::Args;
use el2g_key_payload::{Payload, PayloadKind};
use el2g_openpgp_envelope::{MessageSigner, Recipient, SealedMessage, Timestamp, seal};
use el2g_workflows::Failure;
use serde::Serialize;

use crate::Result;
use crate::context::Context;
use crate::output::{Human, Outcome};
use crate::sealing::{PayloadArguments, SealerArguments, timestamp};

/// Sign and encrypt a secret to EdgeLock 2GO (AN12642 section 12).
///
/// The message is read back and compared with what was meant before it is handed out.
#[derive(Args)]
#[command(after_help = "Examples:
  el2g pgp seal --kind aes --in key.hex --signer signer.asc --recipient edgelock2go.asc --out sealed.asc
  el2g pgp seal --kind hmac --generate 32 --discard-plaintext --signer signer.asc --recipient edgelock2go.asc --receipt receipt.json")]
pub struct Arguments {
    /// What the secret is: aes, hmac or binary
    #[arg(long, value_name = "KIND")]
    kind: PayloadKind,
    #[command(flatten)]
    payload: PayloadArguments,
    #[command(flatten)]
    sealer: SealerArguments,
    /// File for the message, instead of standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// File for a receipt: what was sealed, by whom, to which key, never the secret
    #[arg(long, value_name = "FILE")]
    receipt: Option<PathBuf>,
}

/// What can be shown later to say what was sealed.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct Receipt {
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
}

impl Receipt {
    fn of(
        payload: &Payload,
        signer: &dyn MessageSigner,
        recipient: &Recipient,
        message: &SealedMessage,
        now: Timestamp,
    ) -> Self {
        let report = recipient.report();
        let check_value = payload.check_value();
        Self {
            kind: payload.kind().name(),
            length: payload.byte_len(),
            kcv_method: check_value.as_ref().map(|value| value.method()),
            kcv: check_value.map(|value| value.to_string()),
            signer: signer.fingerprint().to_string(),
            recipient: match report.fingerprint {
                Some(fingerprint) => fingerprint.to_string(),
                None => report.key_id.to_string(),
            },
            message_sha256: message.sha256_hex(),
            created_at: now,
            tool: concat!("el2g ", env!("CARGO_PKG_VERSION")),
        }
    }
}

#[derive(Serialize)]
struct Sealed {
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

/// Seals the secret and writes the message, then the receipt.
pub fn run(arguments: Arguments, context: &mut Context) -> Result<Outcome> {
    if arguments.out.is_some() && arguments.out == arguments.receipt {
        return Err(Failure::usage("--out and --receipt name the same file"));
    }
    // Of a generated secret the message is the only form there is.
    let output = match arguments.payload.is_generated() {
        true => context.precious_output_or_stdout(arguments.out.as_deref())?,
        false => context.output_or_stdout(arguments.out.as_deref())?,
    };
    let receipt_output = arguments.receipt.as_deref().map(|path| context.precious_output(path));
    let receipt_output = receipt_output.transpose()?;
    // The secret before the keys: a mistake in it is told before a passphrase is asked for.
    let payload = arguments.payload.payload(arguments.kind, context)?;
    let (signer, recipient) = arguments.sealer.open(context)?;
    let now = timestamp(context);
    let message = seal(&payload, signer.as_ref(), &recipient, now, &mut context.entropy())?;
    let receipt = Receipt::of(&payload, signer.as_ref(), &recipient, &message, now);
    let file = context.write_and_note(output, message.armored())?;
    if let Some(output) = receipt_output {
        let text = serde_json::to_string_pretty(&receipt)
            .map_err(|error| Failure::bug(format!("the receipt is no JSON: {error}")))?;
        context.write_and_note(Some(output), &(text + "\n"))?;
    }
    let message = file.is_none().then(|| message.armored().to_owned());
    Ok(Outcome::of(Sealed { message, file, receipt }))
}

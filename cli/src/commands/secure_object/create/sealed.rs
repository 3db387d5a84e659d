//! Secure objects whose secret is sealed: AES keys, HMAC keys, confidential files.

use std::path::{Path, PathBuf};

use clap::Args;
use el2g_key_payload::PayloadKind;
use el2g_openpgp_envelope::{KeyError, LARGEST_MESSAGE, PublicSigningKey, Timestamp, WantedKey};
use el2g_service_api::NoPath;
use el2g_service_api::secure_objects::CreateSecureObject;
use el2g_workflows::{Failure, Flow, KeyImport, ObjectOrder, broken_by_order};

use super::{ObjectArguments, named};
use crate::context::Context;
use crate::escrow::{EscrowArguments, SealedEscrow};
use crate::flow_progress::FlowProgress;
use crate::input::SMALL_FILE;
use crate::online::{FlowDryRun, Online};
use crate::output::Outcome;
use crate::output_help::output_help;
use crate::output_places::OutputPath;
use crate::sealing::{PayloadArguments, SealerArguments, timestamp};
use crate::table::Shown;
use crate::throw_away::{self, Destination};
use crate::twins::Identity;
use crate::{Result, journals, recipients};

/// Where a sealed secret comes from.
#[derive(Args)]
pub struct SealedArguments {
    #[command(flatten)]
    pub(super) payload: PayloadArguments,
    #[command(flatten)]
    pub(super) escrow: EscrowArguments,
    #[command(flatten)]
    pub(super) sealer: SealerArguments,
    /// A message that was sealed before (`el2g pgp seal`), instead of a secret; it must be encrypted to --recipient, or
    /// to a stored one
    #[arg(long, value_name = "FILE", conflicts_with_all = ["payload", "signer"], requires = "signer_public")]
    pub(super) message: Option<PathBuf>,
    #[arg(long, value_name = "FILE", help = output_help!(journal "the steps"; "[default: in el2g/journals of your state folder]"))]
    pub(super) journal: Option<OutputPath>,
}

/// A secret object: what it is, and where its secret comes from.
pub struct SealedContent {
    pub(super) object: ObjectArguments,
    pub(super) sealed: SealedArguments,
    pub(super) kind: PayloadKind,
    /// The `keySize` of a message that was sealed before.
    pub(super) key_size: Option<String>,
    /// The flag that says it.
    pub(super) size_flag: &'static str,
}

impl SealedContent {
    /// Seals the secret, and creates the object.
    pub(super) fn create(self, context: &mut Context) -> Result<Outcome> {
        let Self { object, sealed, kind, key_size, size_flag } = self;
        sealed.create(object, kind, key_size, size_flag, context)
    }
}

impl SealedArguments {
    /// Seals the secret, or takes the message sealed before, and creates the object. The journal makes
    /// sure that an interrupted run does not create it twice.
    pub(super) fn create(
        self,
        object: ObjectArguments,
        kind: PayloadKind,
        key_size: Option<String>,
        size_flag: &str,
        context: &mut Context,
    ) -> Result<Outcome> {
        let (journal, duplicate) = (self.journal.clone(), object.duplicate);
        let has_message = self.message.is_some();
        let (import, escrow) = self.import(object, kind, key_size.ok_or(size_flag), context)?;
        let online = Online::open(context)?;
        let request = import.request();
        // Before the journal is begun, or the service is asked anything.
        online.check::<CreateSecureObject>(&NoPath, request)?;
        if has_message {
            context.console.note(NOT_CHECKED);
        }
        let service = online.client().settings().base_url.to_string();
        // An interrupted run finds its own object.
        let resumes =
            journals::resumes(journal.as_deref(), Flow::ImportKey, &service, request.name());
        let has_twins = match resumes {
            true => duplicate.allowed,
            false => duplicate.confirm(&Identity::of(request), &online)?,
        };
        // Not before: the copy of a secret that is not sent would stand in the way of the next try.
        if let Some(escrow) = escrow {
            escrow.write(context)?;
        }
        if online.is_dry_run() {
            return FlowDryRun::of(&import.plan(online.client(), has_twins));
        }
        let (name, subject) = (import.request().name(), import.subject(&service));
        let mut journal =
            journals::open(journal.as_deref(), Flow::ImportKey, &service, name, &subject, context)?;
        journal.skipped(&context.skipped_checks())?;
        let progress = FlowProgress::new(context.console, "objects");
        let plan = import.plan(online.client(), has_twins);
        let imported = online.wait(plan.run(Some(&mut journal), &progress))?;
        if imported.by_earlier_run {
            context.console.warn(
                "an interrupted earlier run created the object: it holds the secret of that run",
            );
        }
        Ok(Outcome::of(Shown(named(imported.object))))
    }

    fn import(
        self,
        object: ObjectArguments,
        kind: PayloadKind,
        key_size: Result<String, &str>,
        context: &mut Context,
    ) -> Result<(KeyImport, Option<SealedEscrow>)> {
        let order = object.order(context)?;
        // Before a passphrase is asked for, or an escrow copy is written. What is passed over is said when it is sent.
        let broken = broken_by_order(&order, kind);
        if let Some(refused) = context.gate().refusal("secure-object create", broken, |_| ()) {
            return Err(refused);
        }
        let (Some(message), Some(signer_public)) = (&self.message, &self.sealer.signer_public)
        else {
            return self.sealed(order, kind, context);
        };
        let now = timestamp(context);
        let recipients = recipients::known(self.sealer.recipient.as_deref(), now, context)?;
        context.expected.recipients = recipients;
        let import = sealed_before(order, kind, key_size, (message, signer_public), context)?;
        Ok((import, None))
    }
}

/// The import of a message that was sealed before, given with its signer's public key.
pub(super) fn sealed_before(
    order: ObjectOrder,
    kind: PayloadKind,
    key_size: Result<String, &str>,
    (message, signer_public): (&Path, &Path),
    context: &mut Context,
) -> Result<KeyImport> {
    let key_size = key_size.map_err(|size_flag| {
        Failure::usage(format!("the size of the key in --message is not known: say {size_flag}"))
    })?;
    let message = armored(message, MESSAGE, LARGEST_MESSAGE, context)?;
    let signer_public = signer_certificate(signer_public, timestamp(context), context)?;
    throw_away::refuse_message(&message, &signer_public, context)?;
    Ok(KeyImport::from_message(order, kind, key_size, message, signer_public))
}

impl SealedArguments {
    /// Seals the secret and its escrow copy, which is written before anything is sent: nothing is sent that would be lost.
    fn sealed(
        &self,
        order: ObjectOrder,
        kind: PayloadKind,
        context: &mut Context,
    ) -> Result<(KeyImport, Option<SealedEscrow>)> {
        self.sealer.checked_signer(context)?;
        let now = timestamp(context);
        let escrow = self.escrow.open(now, context)?;
        let payload = self.payload.secret(kind, context)?.payload;
        let (signer, recipient) = self.sealer.open(Destination::Service, context)?;
        let (signer, mut entropy) = (signer.as_ref(), context.entropy());
        let import = KeyImport::seal(order, &payload, signer, &recipient, now, &mut entropy)?;
        let escrow = escrow
            .map(|escrow| escrow.seal(&payload, signer, &recipient, now, context))
            .transpose()?;
        if let Some(value) = payload.check_value() {
            context.console.note(format!("check value {value} ({})", value.method()));
        }
        context.expected.recipients = vec![recipient];
        Ok((import, escrow))
    }
}

/// What is said of a message that was sealed before.
pub(super) const NOT_CHECKED: &str = "not checked: whether the key in --signer-public signed the message, which shows only when it is opened";

/// The first line of what is sent along: the signer's public key.
pub const PUBLIC_KEY: &str = "-----BEGIN PGP PUBLIC KEY BLOCK-----";
const MESSAGE: &str = "-----BEGIN PGP MESSAGE-----";

/// The public key of a signer, as it is sent along: read and armored again. One that EdgeLock 2GO does not take is left to
/// the gate.
pub fn signer_certificate(file: &Path, now: Timestamp, context: &mut Context) -> Result<String> {
    let text = armored(file, PUBLIC_KEY, SMALL_FILE, context)?;
    match PublicSigningKey::read(text.as_bytes(), WantedKey::Any, now) {
        Ok(key) => Ok(key.public_armored().to_owned()),
        Err(KeyError::Refused { .. }) => Ok(text),
        Err(error) => Err(Failure::from(error).about(file.display())),
    }
}

/// A file with one block of armor as text with LF line ends, without what stands after the block. Whatever does not
/// begin with `first_line` is refused, a secret key above all.
pub fn armored(file: &Path, first_line: &str, cap: usize, context: &mut Context) -> Result<String> {
    let content = context.input.read(file, cap)?;
    let refuse = |reason: &str| Failure::input(format!("{}: {reason}", file.display()));
    let text =
        String::from_utf8(content).map_err(|_| refuse("is not text; expected ASCII armor"))?;
    if text.contains("PRIVATE KEY") {
        return Err(refuse("holds a private key, which must not be sent: nothing was")
            .with_hint("`el2g pgp public SECRET --out FILE` writes its public key"));
    }
    if !text.trim_start().starts_with(first_line) || text.matches("-----BEGIN ").count() != 1 {
        return Err(refuse(&format!("is not one block that begins with {first_line}")));
    }
    let text = text.replace("\r\n", "\n");
    let last_line = first_line.replacen("BEGIN", "END", 1);
    // What stands after the block is not encrypted: it is not sent.
    Ok(match text.find(&last_line) {
        Some(at) => format!("{}\n", text[..at + last_line.len()].trim_start()),
        None => text,
    })
}

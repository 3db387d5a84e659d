//! A copy of the secret, sealed to the team's own key, so that it is not lost by accident.

use std::path::{Path, PathBuf};

use clap::Args;
use el2g_files::OutputFile;
use el2g_key_payload::Payload;
use el2g_openpgp_envelope::{
    EscrowKey, Fingerprint, KeyId, LARGEST_KEY_FILE, MessageSigner, Recipient, SealedMessage,
    Timestamp, seal_escrow,
};
use el2g_workflows::Failure;
use serde::Serialize;

use crate::Result;
use crate::context::Context;
use crate::output_help::output_help;
use crate::output_kind::OutputKind;
use crate::output_places::OutputPath;

/// The flags of a copy.
#[derive(Args)]
pub struct EscrowArguments {
    /// OpenPGP public key of your own team, of any kind; a second message to it keeps the secret
    #[arg(
        long,
        value_name = "PUBLICKEY",
        group = "plaintext",
        requires = "escrow_out",
        requires = "payload"
    )]
    escrow_to: Option<PathBuf>,
    #[arg(long, value_name = "FILE", requires = "escrow_to", help = output_help!(copy "the second message"))]
    escrow_out: Option<OutputPath>,
}

/// The team's key and the place of the copy, both looked at before the work begins.
pub struct Escrow {
    key: EscrowKey,
    output: OutputFile,
}

/// What a receipt says of the copy.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EscrowReport {
    recipient: Fingerprint,
    encryption_key_id: KeyId,
    message_sha256: String,
    #[serde(skip)]
    file: String,
}

impl EscrowArguments {
    /// Where the copy goes.
    pub fn place(&self) -> Option<&Path> {
        self.escrow_out.as_deref()
    }

    /// Reads the team's key and looks at the place of the copy.
    pub fn open(&self, now: Timestamp, context: &mut Context) -> Result<Option<Escrow>> {
        let (Some(to), Some(out)) = (&self.escrow_to, &self.escrow_out) else { return Ok(None) };
        let output = context.output(OutputKind::EscrowCopy, out)?;
        Ok(Some(Escrow { key: read_key(to, now, context)?, output }))
    }
}

/// Reads the public key of the team's own.
pub fn read_key(path: &Path, now: Timestamp, context: &mut Context) -> Result<EscrowKey> {
    let content = context.input.read(path, LARGEST_KEY_FILE)?;
    EscrowKey::read(&content, now).map_err(|error| Failure::from(error).about(path.display()))
}

/// Refuses the key that the message itself goes to.
pub fn refuse_recipient(key: &EscrowKey, recipient: &Recipient) -> Result<()> {
    if recipient.report().fingerprint != Some(key.fingerprint()) {
        return Ok(());
    }
    let failure =
        Failure::input("--escrow-to names the recipient's key: your team could not open that copy");
    Err(failure.with_hint("name an OpenPGP key whose secret part your team keeps"))
}

/// A copy that is sealed and still to be written.
pub struct SealedEscrow {
    place: Escrow,
    message: SealedMessage,
}

impl Escrow {
    /// Seals the copy and writes it, down to the disk. Called before the message itself goes anywhere.
    pub fn write(
        self,
        payload: &Payload,
        signer: &dyn MessageSigner,
        recipient: &Recipient,
        now: Timestamp,
        context: &mut Context,
    ) -> Result<EscrowReport> {
        self.seal(payload, signer, recipient, now, context)?.write(context)
    }

    /// Seals the copy.
    pub fn seal(
        self,
        payload: &Payload,
        signer: &dyn MessageSigner,
        recipient: &Recipient,
        now: Timestamp,
        context: &mut Context,
    ) -> Result<SealedEscrow> {
        refuse_recipient(&self.key, recipient)?;
        let message = seal_escrow(payload, signer, &self.key, now, &mut context.entropy())?;
        Ok(SealedEscrow { place: self, message })
    }
}

impl SealedEscrow {
    /// The message.
    pub fn armored(&self) -> &str {
        self.message.armored()
    }

    /// Writes the copy, down to the disk.
    pub fn write(self, context: &mut Context) -> Result<EscrowReport> {
        let Self { place: Escrow { key, output }, message } = self;
        let file = context.write_and_note(Some(output), message.armored())?;
        Ok(EscrowReport {
            recipient: key.fingerprint(),
            encryption_key_id: key.encryption_key_id(),
            message_sha256: message.sha256_hex(),
            file: file.unwrap_or_default(),
        })
    }
}

impl EscrowReport {
    /// The same failure of what came after the copy was written.
    pub fn left(&self, failure: Failure) -> Failure {
        failure.with_cause(format!("the escrow copy is already written: {}", self.file))
    }
}

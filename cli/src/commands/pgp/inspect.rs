//! `el2g pgp inspect`: what a message is, and whether EdgeLock 2GO will take it.

use std::path::PathBuf;

use clap::Args;
use el2g_findings::{Checked, Fact, Finding, Linter, Report, Severity};
use el2g_openpgp_envelope::{
    CheckDepth, InspectOptions, Inspection, KeyError, LARGEST_KEY_FILE, LARGEST_MESSAGE,
    MESSAGE_RULES, RecipientSecret, inspect,
};
use el2g_workflows::Failure;
use serde::Serialize;

use crate::Result;
use crate::context::Context;
use crate::input::SecretPath;
use crate::output::Outcome;
use crate::patterns;
use crate::recipients;
use crate::report_format::{FormatArguments, checked};
use crate::sealing::timestamp;

/// Most bytes of a file with a session key.
const LARGEST_SESSION_KEY: usize = 4096;

/// Show messages packet by packet, and whether EdgeLock 2GO will accept them.
///
/// Without a key that opens the message, only the outside of a message is checked; the output says so.
#[derive(Args)]
#[command(after_help = "Example:\n  el2g pgp inspect sealed.asc --signer-public signer.pub")]
pub struct Arguments {
    /// The message, several, or a pattern such as `*.pgp`; `-` is standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Signer's public key; it must be one that EdgeLock 2GO accepts. With a key that opens the message, the signature
    /// is verified too
    #[arg(long, value_name = "FILE")]
    signer_public: Option<PathBuf>,
    /// Key that it should be encrypted to: a file, or the name of a stored one
    #[arg(long, value_name = "FILE|NAME")]
    recipient: Option<PathBuf>,
    /// Secret key that opens the message
    #[arg(long, value_name = "FILE", conflicts_with = "session_key_file")]
    open_with: Option<SecretPath>,
    /// File with the session key, as `gpg --show-session-key` prints it (9:HEX)
    #[arg(long, value_name = "FILE")]
    session_key_file: Option<SecretPath>,
    #[command(flatten)]
    format: FormatArguments,
}

pub static LINTER: Linter = Linter {
    command: "pgp inspect",
    title: "Message check",
    noun: "message",
    limits: "Nothing of the content is shown.",
    rules: MESSAGE_RULES,
};

/// Inspects the message; exit 3 when it would be refused.
pub fn run(arguments: Arguments, context: &mut Context) -> Result<Outcome> {
    let format = arguments.format.chosen(None, context)?;
    let now = timestamp(context);
    let session_key = match &arguments.session_key_file {
        Some(path) => Some(context.input.read_secret(path, LARGEST_SESSION_KEY)?),
        None => None,
    };
    let open_with = match &arguments.open_with {
        Some(path) => Some(open_secret(path, context)?),
        None => None,
    };
    let signer_public = match &arguments.signer_public {
        Some(path) => Some(context.input.read(path, LARGEST_KEY_FILE)?),
        None => None,
    };
    let recipient = match &arguments.recipient {
        Some(named) => Some(recipients::chosen(Some(named), now, context)?),
        None => None,
    };
    let options = InspectOptions {
        now,
        recipient: recipient.as_ref(),
        signer_public: signer_public.as_deref(),
        open_with: open_with.as_ref(),
        session_key: session_key.as_ref(),
    };
    let mut messages = Vec::new();
    for path in &patterns::files(&arguments.files)? {
        let message = context.input.read(path, LARGEST_MESSAGE)?;
        let inspection = inspect(&message, &options);
        messages.push(InspectedMessage { file: path.display().to_string(), inspection });
    }
    let not_checked: Vec<_> = messages.iter().map(|it| it.inspection.not_checked()).collect();
    let inputs = messages.iter().zip(&not_checked).map(|(message, not_checked)| Checked {
        facts: facts(&message.inspection),
        ..Checked::new(&message.file, &message.inspection.findings, not_checked)
    });
    let report = Report {
        linter: LINTER,
        rule_set: None,
        at: now.to_string(),
        intro: "Messages for EdgeLock 2GO, checked by AN12642 section 12.",
        facts: Vec::new(),
        inputs: inputs.collect(),
    };
    let outcome = match messages.as_slice() {
        [one] => checked(&report, one.inspection.clone(), format, context),
        several => {
            let document = InspectedMessages { messages: several.to_vec() };
            checked(&report, document, format, context)
        }
    };
    Ok(match refused(&messages) {
        Some(failure) => outcome.failing(failure),
        None => outcome,
    })
}

/// A message and what was found of it.
#[derive(Clone, Serialize, schemars::JsonSchema)]
struct InspectedMessage {
    file: String,
    #[serde(flatten)]
    inspection: Inspection,
}

/// The document of several messages; that of one has its keys on the first level.
#[derive(Serialize, schemars::JsonSchema)]
pub struct InspectedMessages {
    messages: Vec<InspectedMessage>,
}

/// The failure of the first message that has an error, and how many more have one.
fn refused(messages: &[InspectedMessage]) -> Option<Failure> {
    let mut refused = messages.iter().filter_map(|message| {
        let findings = &message.inspection.findings;
        findings.iter().find(|it| it.severity == Severity::Error).map(|first| (message, first))
    });
    let (InspectedMessage { file, inspection }, Finding { message: reason, .. }) =
        refused.next()?;
    let said = match inspection.acceptable {
        Some(false) => format!("{file}: EdgeLock 2GO would refuse this message: {reason}"),
        _ => format!("{file}: not all of it could be checked: {reason}"),
    };
    Some(Failure::input(match refused.count() {
        0 => said,
        more => format!("{said} (and {more} more of {} messages)", messages.len()),
    }))
}

fn open_secret(path: &SecretPath, context: &mut Context) -> Result<RecipientSecret> {
    let name = path.path().display().to_string();
    let file = context.input.read_secret(path, LARGEST_KEY_FILE)?;
    let given = context.passphrase_given()?;
    let opened = match RecipientSecret::open(&file, given.as_ref()) {
        Err(KeyError::PassphraseNeeded { .. }) => {
            let passphrase = context.passphrase(&name)?;
            RecipientSecret::open(&file, Some(&passphrase))
        }
        opened => opened,
    };
    opened.map_err(|error| Failure::from(error).about(name))
}

/// What is known of a message.
fn facts(inspection: &Inspection) -> Vec<Fact> {
    let mut facts = Vec::new();
    let mut row = |name: &str, value: &str| facts.push(Fact::new(name, value));
    for packet in &inspection.packets {
        let indent = "  ".repeat(usize::from(packet.level));
        let place = format!("(tag {}), {} bytes at {}", packet.tag.0, packet.length, packet.offset);
        row("packet", &format!("{indent}{} {place}", packet.name));
    }
    for recipient in &inspection.recipients {
        row("recipient", &recipient.to_string());
    }
    if let Some(algorithm) = &inspection.public_key_algorithm {
        row("public key", algorithm);
    }
    if let Some(encryption) = &inspection.encryption {
        let cipher = encryption.symmetric.as_deref().unwrap_or("cipher not known");
        row("encryption", &format!("{}, {cipher}", encryption.container));
    }
    if let Some(compression) = &inspection.compression {
        row("compression", compression);
    }
    for signature in &inspection.signatures {
        let signer = signature.signer.map_or("unnamed".to_owned(), |id| id.to_string());
        let bits = signature.bits.map(|bits| format!("-{bits}")).unwrap_or_default();
        let verified = match signature.verified {
            Some(true) => "good",
            Some(false) => "BAD",
            None => "not verified",
        };
        let made = format!("{}{bits} {}", signature.algorithm, signature.hash);
        row("signature", &format!("{signer}, {made}, {verified}"));
    }
    if let Some(literal) = &inspection.literal {
        row("content", &format!("{} bytes, format {}", literal.length, literal.format));
    }
    let verdict = match (inspection.acceptable, inspection.depth) {
        (Some(true), _) => "EdgeLock 2GO will take it",
        (Some(false), _) => "EdgeLock 2GO will refuse it",
        (None, CheckDepth::Outer) => "nothing against it so far: outer checks only",
        (None, _) => "nothing against it so far: the signature was not verified",
    };
    row("verdict", verdict);
    facts
}

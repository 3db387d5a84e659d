//! `el2g pgp recipient`: is this the EdgeLock 2GO key, and is it usable?

use std::path::PathBuf;

use clap::Args;
use el2g_findings::{Checked, Fact, Finding, Linter, Report};
use el2g_openpgp_envelope::{
    ArmorDiagnosis, KEY_RULES, LARGEST_KEY_FILE, RecipientReport, diagnose_armor,
    examine_recipient, unreadable_key,
};
use el2g_workflows::Failure;
use serde::Serialize;

use crate::Result;
use crate::context::Context;
use crate::output::Outcome;
use crate::report_format::{FormatArguments, checked};
use crate::sealing::timestamp;

/// Check that a key file is the EdgeLock 2GO key and can be used: fingerprint, key ids, self-signature hash, encryption
/// subkey, verdict. A damaged armor is diagnosed line by line.
#[derive(Args)]
#[command(after_help = "Example:\n  el2g pgp recipient edgelock2go.asc")]
pub struct Arguments {
    /// The public key; `-` is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    format: FormatArguments,
}

pub static LINTER: Linter = Linter {
    command: "pgp recipient",
    title: "Key check",
    noun: "key",
    limits: "Not checked by any rule: whether the fingerprint is the one that NXP gives.",
    rules: KEY_RULES,
};

/// What is known of a key.
#[derive(Serialize, schemars::JsonSchema)]
#[serde(untagged)]
pub enum KeyReport {
    /// A key that could be read.
    Read(Box<RecipientReport>),
    /// A damaged file.
    Damaged {
        /// Line by line, what is wrong.
        armor: Box<ArmorDiagnosis>,
    },
}

/// Examines the key; exit 3 when nothing may be encrypted to it.
pub fn run(arguments: Arguments, context: &mut Context) -> Result<Outcome> {
    let format = arguments.format.chosen(None, context)?;
    let name = arguments.file.display().to_string();
    let content = context.input.read(&arguments.file, LARGEST_KEY_FILE)?;
    let now = timestamp(context);
    match examine_recipient(&content, now) {
        Ok(key) => {
            let report = report_of(input(&name, &key.findings, facts(&key)), now.to_string());
            let outcome = checked(&report, KeyReport::Read(Box::new(key.clone())), format, context);
            if key.usable() {
                return Ok(outcome);
            }
            let refused = format!("{name}: nothing may be encrypted to this key");
            Ok(outcome.failing(Failure::input(refused)))
        }
        Err(error) => {
            let armor = diagnose_armor(&content);
            let findings = [unreadable_key(&error)];
            let failure = Failure::from(error).about(&name);
            if armor.label.is_none() || armor.sound {
                return Err(failure);
            }
            let failure = failure
                .with_hint("fetch the key again: no one can tell which characters were meant");
            let input = Checked { is_readable: false, ..input(&name, &findings, damage(&armor)) };
            let report = report_of(input, now.to_string());
            let outcome =
                checked(&report, KeyReport::Damaged { armor: Box::new(armor) }, format, context);
            Ok(outcome.failing(failure))
        }
    }
}

fn input<'a>(name: &'a str, findings: &'a [Finding], facts: Vec<Fact>) -> Checked<'a> {
    Checked { facts, ..Checked::new(name, findings, &[]) }
}

fn report_of(input: Checked<'_>, at: String) -> Report<'_> {
    Report {
        linter: LINTER,
        rule_set: None,
        at,
        intro: "A key that messages for EdgeLock 2GO are encrypted to, checked by AN12642 sections 12 and 13.",
        facts: Vec::new(),
        inputs: vec![input],
    }
}

/// What is known of a key.
fn facts(report: &RecipientReport) -> Vec<Fact> {
    let shown = |text: Option<String>| text.unwrap_or_else(|| "none".to_owned());
    let subkey = report.encryption_subkey.map(|key| format!("{} RSA-{}", key.key_id, key.bits));
    let known = if report.known_edgelock_key {
        "has the key id and user id that AN12642 publishes"
    } else {
        "not the key that AN12642 publishes"
    };
    let mut facts = Vec::new();
    let mut row = |name: &str, value: &str| facts.push(Fact::new(name, value));
    row("fingerprint", &shown(report.fingerprint.map(|it| it.to_string())));
    row("key id", &report.key_id.to_string());
    for user_id in &report.user_ids {
        row("user id", user_id);
    }
    row("size", &shown(report.bits.map(|bits| format!("RSA-{bits}"))));
    row("created", &report.created.to_string());
    if let Some(expires) = report.expires {
        row("expires", &expires.to_string());
    }
    row("encryption subkey", &shown(subkey));
    row("self-signature", &shown(report.self_signature_hash.clone()));
    row("EdgeLock 2GO key", known);
    if let Some(why) = report.throw_away {
        row("throw-away key", &why.to_string());
    }
    row("verdict", if report.usable() { "usable" } else { "not usable" });
    facts
}

/// Where an armor is damaged.
fn damage(armor: &ArmorDiagnosis) -> Vec<Fact> {
    let usual = armor.usual_length.map_or("?".to_owned(), |length| length.to_string());
    let label = armor.label.as_deref().unwrap_or("no block");
    let mut said =
        vec![format!("{label} ({} lines of data, usually {usual} characters)", armor.data_lines)];
    for line in &armor.lines {
        let data_line = line.data_line.map(|n| format!(" (data line {n})")).unwrap_or_default();
        said.push(format!("line {}{data_line}: {}", line.line, line.fault));
    }
    if let Some(stated) = &armor.checksum_stated {
        let computed = armor.checksum_computed.as_deref().unwrap_or("cannot be computed");
        said.push(format!("checksum: stated {stated}, computed {computed}"));
    }
    if !armor.ended {
        said.push("the block has no END line".to_owned());
    }
    if let Some(structure) = &armor.structure {
        said.push(format!("line {}: {}", structure.line, structure.fault));
    }
    let labels = std::iter::once("damaged armor").chain(std::iter::repeat(""));
    labels.zip(said).map(|(label, said)| Fact::new(label, said)).collect()
}

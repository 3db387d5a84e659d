//! `el2g pgp recipient`: is this the EdgeLock 2GO key, and is it usable?

use std::fmt::Write;
use std::path::PathBuf;

use clap::Args;
use el2g_openpgp_envelope::{
    ArmorDiagnosis, LARGEST_KEY_FILE, RecipientReport, diagnose_armor, examine_recipient,
};
use el2g_text::one_line;
use el2g_workflows::Failure;
use serde::Serialize;

use super::inspect::finding_lines;
use crate::Result;
use crate::context::Context;
use crate::output::{Human, Outcome};
use crate::sealing::timestamp;

/// Check that a key file is the EdgeLock 2GO key and can be used: fingerprint, key ids, self-signature hash, encryption
/// subkey, verdict. A damaged armor is diagnosed line by line.
#[derive(Args)]
#[command(after_help = "Example:\n  el2g pgp recipient edgelock2go.asc")]
pub struct Arguments {
    /// The public key; `-` is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

#[derive(Serialize)]
struct Examined {
    #[serde(flatten)]
    report: RecipientReport,
}

#[derive(Serialize)]
struct Damaged {
    armor: ArmorDiagnosis,
}

/// Examines the key; exit 3 when nothing may be encrypted to it.
pub fn run(arguments: Arguments, context: &mut Context) -> Result<Outcome> {
    let name = arguments.file.display().to_string();
    let content = context.input.read(&arguments.file, LARGEST_KEY_FILE)?;
    match examine_recipient(&content, timestamp(context)) {
        Ok(report) if report.usable() => Ok(Outcome::of(Examined { report }).listing()),
        Ok(report) => {
            let failure = Failure::input(format!("{name}: nothing may be encrypted to this key"));
            Ok(Outcome::of(Examined { report }).listing().failing(failure))
        }
        Err(error) => {
            let failure = Failure::from(error).about(&name);
            let armor = diagnose_armor(&content);
            if armor.label.is_none() || armor.sound {
                return Err(failure);
            }
            let failure = failure
                .with_hint("fetch the key again: no one can tell which characters were meant");
            Ok(Outcome::of(Damaged { armor }).listing().failing(failure))
        }
    }
}

impl Human for Examined {
    fn human(&self) -> String {
        let report = &self.report;
        let shown = |text: Option<String>| text.unwrap_or_else(|| "none".to_owned());
        let subkey = report.encryption_subkey.map(|key| format!("{} RSA-{}", key.key_id, key.bits));
        let known = if report.known_edgelock_key {
            "has the key id and user id that AN12642 publishes"
        } else {
            "not the key that AN12642 publishes"
        };
        let mut text = String::new();
        let mut row = |name: &str, value: &str| {
            let _ = writeln!(text, "{name:<18} {}", one_line(value));
        };
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
        text + &finding_lines(&report.findings)
    }
}

impl Human for Damaged {
    fn human(&self) -> String {
        let armor = &self.armor;
        let mut text = format!(
            "damaged armor: {} ({} lines of data, usually {} characters)\n",
            armor.label.as_deref().unwrap_or("no block"),
            armor.data_lines,
            armor.usual_length.map_or("?".to_owned(), |length| length.to_string()),
        );
        for line in &armor.lines {
            let data_line = line.data_line.map(|n| format!(" (data line {n})")).unwrap_or_default();
            let _ = writeln!(text, "  line {}{data_line}: {}", line.line, line.fault);
        }
        if let Some(stated) = &armor.checksum_stated {
            let computed = armor.checksum_computed.as_deref().unwrap_or("cannot be computed");
            let _ = writeln!(text, "  checksum: stated {stated}, computed {computed}");
        }
        if !armor.ended {
            text.push_str("  the block has no END line\n");
        }
        if let Some(structure) = &armor.structure {
            let _ = writeln!(text, "  line {}: {}", structure.line, structure.fault);
        }
        text
    }
}

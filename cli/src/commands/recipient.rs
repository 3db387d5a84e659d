//! `el2g recipient`: the stored keys that messages are sealed to.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use el2g_key_payload::sha3_512_hex;
use el2g_openpgp_envelope::{Fingerprint, KeyId, LARGEST_KEY_FILE, Recipient};
use el2g_text::one_line;
use el2g_workflows::Failure;
use serde::Serialize;

use crate::Result;
use crate::confirmation::Question;
use crate::context::Context;
use crate::document::{self, Json};
use crate::near::did_you_mean;
use crate::output::{Human, Outcome};
use crate::recipients::{Pin, Store, USUAL_NAME, fingerprint, is_name};
use crate::sealing::timestamp;

/// Stored keys that messages are sealed to.
///
/// Each is pinned to the fingerprint that was compared when it was added.
#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Store a recipient's key and pin its fingerprint; --force replaces the pin of another key
    #[command(after_help = "Example:\n  el2g recipient add edgelock2go.asc")]
    Add {
        /// The public key; `-` is standard input
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Name to store it under
        #[arg(long, default_value = USUAL_NAME, value_parser = name)]
        name: String,
        /// Fingerprint that the key must have, from a second source; without it, you are asked to compare
        #[arg(long, value_name = "HEX")]
        fingerprint: Option<Fingerprint>,
    },
    /// List the stored recipients and whether each still fits its pin
    #[command(after_help = "Example:\n  el2g recipient list")]
    List,
    /// Remove a stored recipient
    #[command(after_help = "Example:\n  el2g recipient remove edgelock2go")]
    Remove {
        /// Its name
        #[arg(value_parser = name)]
        name: String,
    },
}

fn name(text: &str) -> Result<String, String> {
    if is_name(text) {
        return Ok(text.to_owned());
    }
    Err("1 to 64 letters, digits, `-`, `_` and `.` are allowed, a letter or digit first".to_owned())
}

/// Runs the verb.
pub fn run(arguments: Arguments, context: &mut Context) -> Result<Outcome> {
    match arguments.verb {
        Verb::Add { file, name, fingerprint } => add(&file, name, fingerprint, context),
        Verb::List => list(context),
        Verb::Remove { name } => {
            if Store::open()?.remove(&name)? {
                context.console.note(format!("removed recipient `{name}`"));
                return Ok(Outcome::of(Removed { name }));
            }
            let names = Store::open()?.names()?;
            let meant = did_you_mean(&name, names.iter().map(String::as_str));
            let meant = meant.map_or_else(String::new, |it| format!("{it} "));
            Err(Failure::input(format!("no recipient `{name}` is stored"))
                .with_hint(format!("{meant}`el2g recipient list` shows what is stored")))
        }
    }
}

/// One stored recipient.
#[derive(Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Stored {
    name: String,
    fingerprint: Option<String>,
    encryption_key_id: Option<KeyId>,
    user_ids: Vec<String>,
    known_edgelock_key: bool,
    /// Why it is not used, if it is not.
    problem: Option<String>,
}

#[derive(Serialize, schemars::JsonSchema)]
pub struct Removed {
    name: String,
}

impl Human for Removed {
    fn human(&self) -> String {
        String::new()
    }
}

impl Stored {
    fn of(name: String, recipient: &Recipient) -> Self {
        let report = recipient.report();
        Self {
            name,
            fingerprint: report.fingerprint.map(|it| it.to_string()),
            encryption_key_id: Some(recipient.encryption_key_id()),
            user_ids: report.user_ids.clone(),
            known_edgelock_key: report.known_edgelock_key,
            problem: None,
        }
    }
}

impl Human for Stored {
    fn human(&self) -> String {
        let known = match self.known_edgelock_key {
            true => "has the key id and user id that AN12642 publishes",
            false => "not the key that AN12642 publishes",
        };
        let state = self.problem.as_deref().unwrap_or(known);
        let fingerprint = self.fingerprint.as_deref().unwrap_or("no fingerprint");
        let user_ids = one_line(&self.user_ids.join(", "));
        format!("{}  {fingerprint}  {user_ids}  {}\n", self.name, one_line(state))
    }
}

struct AllStored(Vec<Stored>);

impl Json for AllStored {
    fn json(&self) -> serde_json::Result<String> {
        document::array(&self.0)
    }
}

impl Human for AllStored {
    fn human(&self) -> String {
        self.0.iter().map(Human::human).collect()
    }
}

fn list(context: &mut Context) -> Result<Outcome> {
    let (store, now) = (Store::open()?, timestamp(context));
    let mut all = Vec::new();
    let mut refused = 0;
    for name in store.names()? {
        match store.recipient(&name, now, context) {
            Ok(recipient) => all.push(Stored::of(name, &recipient)),
            Err(failure) => {
                refused += 1;
                let pinned = store.pin(&name, context).ok().flatten();
                all.push(Stored {
                    name,
                    fingerprint: pinned.map(|pin| pin.fingerprint),
                    encryption_key_id: None,
                    user_ids: Vec::new(),
                    known_edgelock_key: false,
                    problem: Some(failure.to_string()),
                });
            }
        }
    }
    let outcome = Outcome::of(AllStored(all)).listing();
    if refused == 0 {
        return Ok(outcome);
    }
    Ok(outcome.failing(Failure::input(format!("{refused} stored recipients cannot be used"))))
}

/// The name under which the key of a service is stored: that of the sandbox is of no use elsewhere.
pub fn name_of(is_sandbox: bool) -> &'static str {
    if is_sandbox { "sandbox" } else { USUAL_NAME }
}

/// Stores a key, after somebody has compared its fingerprint.
pub fn add(
    file: &std::path::Path,
    name: String,
    wanted: Option<Fingerprint>,
    context: &mut Context,
) -> Result<Outcome> {
    let (store, now) = (Store::open()?, timestamp(context));
    let content = context.input.read(file, LARGEST_KEY_FILE)?;
    let recipient = Recipient::read(&content, now)
        .map_err(|error| Failure::from(error).about(file.display()))?;
    let Some(found) = fingerprint(&recipient) else {
        return Err(Failure::input(format!("{}: the key has no fingerprint", file.display())));
    };
    if let Some(wanted) = wanted.filter(|wanted| *wanted != found) {
        return Err(Failure::input(format!(
            "{}: the key is {found}, not {wanted}: nothing was stored",
            file.display()
        ))
        .with_hint("get the key again, from a source that you trust"));
    }
    let found = found.to_string();
    let pin = store.pin(&name, context)?;
    let pinned = pin.as_ref().is_some_and(|pin| pin.fingerprint == found);
    if let Some(pin) = pin
        && pin.fingerprint != found
        && !context.everywhere.force
    {
        return Err(Failure::input(format!(
            "recipient `{name}` is pinned to {}; {} is another key, {found}: nothing was changed",
            pin.fingerprint,
            file.display()
        ))
        .with_hint(format!(
            "store it under another --name; if EdgeLock 2GO really has a new key, replace the pin of `{name}` with --force"
        )));
    }
    for finding in &recipient.report().findings {
        context.console.note(format!("{}: {}", file.display(), finding.message));
    }
    if wanted.is_none() {
        context.console.note(format!("fingerprint: {found}"));
    }
    if context.everywhere.dry_run {
        context.console.note(format!("a dry run: recipient `{name}` was not stored"));
        return Ok(Outcome::of(Stored::of(name, &recipient)));
    }
    if wanted.is_none() && !pinned {
        context.confirmation().ask(&Question {
            what: format!("Pin recipient `{name}` to {found}"),
            why: "only somebody who compares this fingerprint with NXP's can tell that it is the right key",
            answer: None,
            instead: "pass the fingerprint that NXP gave you as --fingerprint, or run the command in a terminal",
        })?;
    }
    let added = now.to_string();
    store.put(
        &name,
        &content,
        &Pin { fingerprint: found, sha3_512: sha3_512_hex(&content), added, schema: None },
    )?;
    // What is stored now is what will be used: read again, against its pin.
    let recipient = store.recipient(&name, now, context)?;
    context.console.note(format!("stored recipient `{name}`"));
    Ok(Outcome::of(Stored::of(name, &recipient)))
}

//! `el2g setup`: the first day. What a profile needs and does not have is asked for, stored, and checked.

mod answers;

use clap::Args;
use el2g_openpgp_envelope::Fingerprint;
use el2g_workflows::Failure;
use serde::Serialize;

use self::answers::{Answers, RecipientAnswer, SignerAnswer, TokenAnswer};
use crate::Result;
use crate::commands::config::{Defaults, Store, StoredSecret};
use crate::commands::{doctor, pgp, recipient};
use crate::config_document::ConfigDocument;
use crate::context::Context;
use crate::input::SecretPath;
use crate::output::{Human, Outcome};
use crate::recipients::is_name;
use crate::settings::variable;

/// Set up a profile: asks for what is missing and checks it.
///
/// It asks for the service, the token, the recipient and the signer, writes the profile, and ends with `el2g doctor`.
///
/// Every answer can be given by a flag; with --no-input what is missing is an error that names its flag. Run it again and it asks
/// only for what is still missing. The config file is written at the end, whole: until then Ctrl-C leaves it as it was. The
/// profile is the one of --profile, else the default one of the file, else `default`.
///
/// A token that is typed is stored in a file beside the config file that only you can read, or with --store keyring in the
/// keyring of the system. A program that prints the token (token-command), or OAuth 2.0 client credentials (oauth-client-id), are
/// set with `el2g config set` before or afterwards.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  el2g setup\n  el2g setup --service nxp --token-file token --recipient edgelock2go.asc --fingerprint 0123456789ABCDEF0123456789ABCDEF01234567 --signer gpg:0123456789ABCDEF0123456789ABCDEF01234567 --no-input"
)]
pub struct Arguments {
    /// Public key of EdgeLock 2GO as NXP gave it to you, which is stored and pinned; or the name of a stored recipient
    #[arg(long, value_name = "FILE|NAME")]
    recipient: Option<std::path::PathBuf>,
    /// Fingerprint that the recipient's key must have, from a second source; without it, you are asked to compare
    #[arg(long, value_name = "HEX", requires = "recipient")]
    fingerprint: Option<Fingerprint>,
    /// Your signing key
    #[arg(long, value_name = "FILE|gpg:FINGERPRINT|pkcs11:URI")]
    signer: Option<SecretPath>,
    /// Make a new signing key for this owner: `Name <mail>`
    #[arg(long, value_name = "USER-ID", conflicts_with = "signer")]
    user_id: Option<String>,
    /// Do not protect the new signing key: anyone who reads the file can sign
    #[arg(long, conflicts_with_all = ["signer", "passphrase_file"])]
    no_passphrase: bool,
    /// Store the token there instead of naming its file
    #[arg(long, value_enum, value_name = "PLACE")]
    store: Option<Store>,
    #[command(flatten)]
    defaults: Defaults,
}

/// What a dry run would write.
#[derive(Serialize, schemars::JsonSchema)]
pub struct Planned {
    profile: String,
    keys: serde_json::Map<String, serde_json::Value>,
}

impl Human for Planned {
    fn human(&self) -> String {
        let line = |(key, value): (&String, &serde_json::Value)| format!("{key} = {value}\n");
        let keys: String = self.keys.iter().map(line).collect();
        // The escapes of JSON are those of TOML.
        el2g_text::json_text(&format!("[profiles.{}]\n{keys}", self.profile))
    }
}

/// Asks first, then makes and stores, and writes the config file last.
pub fn run(arguments: Arguments, context: &mut Context) -> Result<Outcome> {
    let mut config = ConfigDocument::open(context)?;
    let named = context.everywhere.profile.clone().or_else(|| variable("EL2G_PROFILE"));
    let name = named
        .or_else(|| config.default_profile().map(str::to_owned))
        .unwrap_or_else(|| "default".to_owned());
    if !is_name(&name) {
        return Err(Failure::usage(format!(
            "--profile: expected 1 to 64 letters, digits, `-`, `_` and `.`, a letter or digit first, found `{name}`"
        )));
    }
    let answers = Answers::ask(&arguments, &name, &config, context)?;
    if context.everywhere.dry_run {
        context.console.note("a dry run: nothing was made, stored or written");
        let planned = answers.planned(&config).into_iter();
        let keys = planned.map(|(key, word)| (key.to_owned(), word.into())).collect();
        return Ok(Outcome::of(Planned { profile: name, keys }));
    }
    let mut pairs = answers.pairs;
    let mut recipient_name = None;
    if let RecipientAnswer::Stored(stored) = &answers.recipient {
        recipient_name = Some(stored.clone());
    }
    if let RecipientAnswer::File(file) = answers.recipient {
        let stored = recipient::name_of(answers.is_sandbox);
        recipient::add(&file, stored.to_owned(), arguments.fingerprint, context)?;
        recipient_name = Some(stored.to_owned());
    }
    // The token is typed before the key is made and stored after it: what is interrupted leaves neither half.
    let token = match &answers.token {
        TokenAnswer::Stored(store) => Some((StoredSecret::Token.read(context)?, *store)),
        TokenAnswer::Named(_) | TokenAnswer::Kept => None,
    };
    if let SignerAnswer::New { user_id, secret, public } = &answers.signer {
        config.make_folder()?;
        pgp::keygen::make(user_id, secret, public, arguments.no_passphrase, context)?;
    }
    if let SignerAnswer::Named(word) = answers.signer.clone().named() {
        pairs.push(("signer", word));
    }
    for (key, word) in pairs {
        config.put(&name, key, &[word])?;
    }
    if let Some(stored) = recipient_name {
        config.put_name(&name, "recipient", &stored)?;
    }
    let source = match (token, answers.token) {
        (Some((secret, store)), _) => {
            // What was read from standard input is not there a second time.
            context.everywhere.token_file = None;
            Some(StoredSecret::Token.put(secret, store, &name, &config, context)?)
        }
        (None, TokenAnswer::Named(file)) => Some(("token-file", file)),
        (None, TokenAnswer::Stored(_) | TokenAnswer::Kept) => None,
    };
    if let Some((key, word)) = source {
        config.put_instead(&name, key, &[word], context)?;
    }
    if config.default_profile().is_none() {
        config.set_default_profile(&name);
    }
    config.write(&name, context)?;
    context.take_profile(name);
    doctor::run(doctor::Arguments {}, context)
}

//! `el2g config token`: the token of a profile, stored by the program: in the keyring of the system, or in a file that only
//! you can read.

use std::fs;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use el2g_key_payload::{SecretBytes, io_reason};
use el2g_workflows::Failure;
use serde::Serialize;

use crate::Result;
use crate::config_document::ConfigDocument;
use crate::context::Context;
use crate::keyring::KeyringEntry;
use crate::output::{Human, Outcome};
use crate::output_kind::OutputKind;
use crate::recipients::is_name;
use crate::settings::variable;
use crate::token::checked_token;

#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Store the token of a profile, and have the profile take it from there
    ///
    /// It is read from --token-file (`-` is standard input), else you are asked for it; never from an argument. The profile is
    /// the one of --profile, else the default one of the file.
    #[command(after_help = "Example:\n  el2g config token set --token-file token --store file")]
    Set(Which),
    /// Remove the stored token of a profile, and what names it in the profile
    #[command(after_help = "Example:\n  el2g config token remove --store file")]
    Remove(Which),
}

#[derive(Args)]
struct Which {
    /// Where it is stored
    #[arg(long, value_enum, value_name = "PLACE", default_value_t = Store::Keyring)]
    store: Store,
    /// The secret of the OAuth 2.0 client (`oauth-client-id`), instead of the token
    #[arg(long)]
    client_secret: bool,
}

/// Where a secret is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Store {
    /// The keyring of the system (Secret Service; on Windows the Credential Manager)
    Keyring,
    /// A file beside the config file that only you can read
    File,
}

/// Which secret of a profile is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoredSecret {
    Token,
    ClientSecret,
}

#[derive(Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Changed {
    result: &'static str,
    profile: String,
}

impl Human for Changed {
    /// Nothing: stdout is for data, and the note went to stderr.
    fn human(&self) -> String {
        String::new()
    }
}

impl StoredSecret {
    fn of(which: &Which) -> Self {
        if which.client_secret { Self::ClientSecret } else { Self::Token }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::ClientSecret => "client secret",
        }
    }

    fn entry(self, profile: &str) -> KeyringEntry {
        match self {
            Self::Token => KeyringEntry::token(profile),
            Self::ClientSecret => KeyringEntry::client_secret(profile),
        }
    }

    /// The file beside the config file.
    fn file(self, profile: &str, config: &ConfigDocument) -> PathBuf {
        let ending = match self {
            Self::Token => "token",
            Self::ClientSecret => "client-secret",
        };
        config.path().with_file_name(format!("{profile}.{ending}"))
    }

    /// The key of the profile that names the place.
    fn key(self, store: Store) -> &'static str {
        match (self, store) {
            (Self::Token, Store::Keyring) => "token-keyring",
            (Self::Token, Store::File) => "token-file",
            (Self::ClientSecret, Store::Keyring) => "oauth-client-secret-keyring",
            (Self::ClientSecret, Store::File) => "oauth-client-secret-file",
        }
    }

    /// The secret from `--token-file`, else asked for.
    pub fn read(self, context: &mut Context) -> Result<SecretBytes> {
        let what = self.name();
        match context.everywhere.token_file.clone() {
            Some(path) => {
                let secret = context.read_short_secret(&path)?;
                self.checked(secret, &path.path().display().to_string())
            }
            None => {
                let typed = context.input.prompt_secret(
                    &format!("The {what} (it is not shown)"),
                    "name the file that holds it with --token-file; `-` is standard input",
                )?;
                self.checked(typed, "what was typed")
            }
        }
    }

    fn checked(self, secret: SecretBytes, origin: &str) -> Result<SecretBytes> {
        match self {
            Self::Token => checked_token(secret, origin),
            Self::ClientSecret if secret.expose().trim_ascii().is_empty() => {
                Err(Failure::input(format!("{origin}: holds no client secret")))
            }
            Self::ClientSecret => Ok(secret),
        }
    }

    /// Stores the secret and returns the key and value that name its place.
    pub fn put(
        self,
        secret: SecretBytes,
        store: Store,
        profile: &str,
        config: &ConfigDocument,
        context: &Context,
    ) -> Result<(&'static str, String)> {
        let value = match store {
            Store::Keyring => {
                self.entry(profile).write(secret, context.keyring_patience())?;
                "true".to_owned()
            }
            Store::File => {
                let path = self.file(profile, config);
                config.make_folder()?;
                context.output(OutputKind::Token, &path)?.write(secret.expose())?;
                context.console.note(format!("wrote {}", path.display()));
                path.display().to_string()
            }
        };
        Ok((self.key(store), value))
    }
}

/// Runs one verb.
pub fn run(arguments: Arguments, context: &mut Context) -> Result<Outcome> {
    let mut config = ConfigDocument::open(context)?;
    let named = context.everywhere.profile.clone().or_else(|| variable("EL2G_PROFILE"));
    let name = named.or_else(|| config.default_profile().map(str::to_owned)).ok_or_else(|| {
        Failure::usage("which profile?").with_hint("name it with --profile, or set default-profile")
    })?;
    if !config.has_profile(&name) {
        let path = config.path().display();
        return Err(Failure::input(format!("{path}: has no profile `{name}`"))
            .with_hint("make it with `el2g config init` or `el2g setup`"));
    }
    if !is_name(&name) {
        return Err(Failure::input(format!(
            "profile `{name}`: a secret is stored under names of letters, digits, `-`, `_` and `.` only"
        )));
    }
    match arguments.verb {
        Verb::Set(which) => {
            let what = StoredSecret::of(&which);
            let secret = what.read(context)?;
            if context.everywhere.dry_run {
                context.console.note(format!("a dry run: the {} was not stored", what.name()));
                return Ok(Outcome::of(Changed { result: "not stored", profile: name }));
            }
            let (key, value) = what.put(secret, which.store, &name, &config, context)?;
            config.put_instead(&name, key, &[value], context)?;
            config.write(&name, context)?;
            Ok(Outcome::of(Changed { result: "stored", profile: name }))
        }
        Verb::Remove(which) => {
            let what = StoredSecret::of(&which);
            if context.everywhere.dry_run {
                context.console.note(format!("a dry run: the {} was not removed", what.name()));
                return Ok(Outcome::of(Changed { result: "not removed", profile: name }));
            }
            let was_there = match which.store {
                Store::Keyring => what.entry(&name).remove(context.keyring_patience())?,
                Store::File => remove_file(&what.file(&name, &config))?,
            };
            let said = if was_there { "removed" } else { "there was none" };
            context.console.note(format!("{} of profile `{name}`: {said}", what.name()));
            if !config.remove(&name, &[what.key(which.store)]).is_empty() {
                config.write(&name, context)?;
            }
            Ok(Outcome::of(Changed { result: said, profile: name }))
        }
    }
}

fn remove_file(path: &std::path::Path) -> Result<bool> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => {
            Err(Failure::input(format!("{}: {}", path.display(), io_reason(error.kind()))))
        }
    }
}

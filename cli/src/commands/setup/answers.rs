//! What a profile needs: as the flags say, else as the profile has it, else as somebody answers.

use std::path::{Path, PathBuf};

use clap::ValueEnum as _;
use el2g_service_client::BaseUrl;
use el2g_workflows::Failure;

use super::Arguments;
use crate::Result;
use crate::commands::config::{Store, everywhere_pairs};
use crate::config_document::ConfigDocument;
use crate::config_file::Config;
use crate::context::Context;
use crate::input::SecretPath;
use crate::options::Service;
use crate::recipients;
use crate::services::check_factory;
use crate::settings::Profile;
use crate::signer::check_signer;
use crate::token::TokenOrigin;

/// Where the token will come from.
#[derive(Clone)]
pub enum TokenAnswer {
    /// The profile or the environment says already.
    Kept,
    /// A file.
    Named(String),
    /// It is read, and stored there.
    Stored(Store),
}

/// Which key will sign.
#[derive(Clone)]
pub enum SignerAnswer {
    /// The profile says already.
    Kept,
    /// A key that is there.
    Named(String),
    /// A key that is made.
    New { user_id: String, secret: PathBuf, public: PathBuf },
}

impl SignerAnswer {
    /// The same once a new key is made.
    pub fn named(self) -> Self {
        match self {
            Self::New { secret, .. } => Self::Named(secret.display().to_string()),
            there @ (Self::Kept | Self::Named(_)) => there,
        }
    }
}

/// Who messages will be sealed to.
pub enum RecipientAnswer {
    /// The profile says already, or the stored one is used.
    Kept,
    /// A recipient that is stored.
    Stored(String),
    /// A key file, which is to be stored.
    File(PathBuf),
}

/// All answers. Nothing was written for them.
pub struct Answers {
    /// Keys of the profile, and their values.
    pub pairs: Vec<(&'static str, String)>,
    pub token: TokenAnswer,
    pub signer: SignerAnswer,
    /// Who messages are sealed to.
    pub recipient: RecipientAnswer,
    /// Whether it is the built-in service, whose recipient is of no use elsewhere.
    pub is_sandbox: bool,
}

impl Answers {
    /// Finds what is missing and asks for it.
    pub fn ask(
        arguments: &Arguments,
        name: &str,
        config: &ConfigDocument,
        context: &mut Context,
    ) -> Result<Self> {
        let there = match config.path().exists() {
            true => Config::read(config.path(), context.input.policy())?,
            false => Config::default(),
        };
        let there = there.profiles.get(name).cloned().unwrap_or_default();
        let mut pairs = everywhere_pairs(context);
        pairs.extend(arguments.defaults.pairs());
        let service = service(&there, &mut pairs, context)?;
        address(service, &there, &mut pairs, context)?;
        let token = token(arguments.store, &there, context)?;
        let signer = signer(arguments, &there, config, context)?;
        let recipient = recipient(arguments, &there, service, context)?;
        Ok(Self { pairs, token, signer, recipient, is_sandbox: service == Service::Sandbox })
    }

    /// What the profile would be given.
    pub fn planned(self, config: &ConfigDocument) -> Vec<(&'static str, String)> {
        let mut pairs = self.pairs;
        match self.token {
            TokenAnswer::Kept => {}
            TokenAnswer::Named(file) => pairs.push(("token-file", file)),
            TokenAnswer::Stored(Store::Keyring) => pairs.push(("token-keyring", "true".to_owned())),
            TokenAnswer::Stored(Store::File) => {
                let folder = config.path().with_file_name("").display().to_string();
                pairs.push(("token-file", format!("a file in {folder}")));
            }
        }
        match self.recipient {
            RecipientAnswer::Kept => {}
            RecipientAnswer::Stored(name) => pairs.push(("recipient", name)),
            RecipientAnswer::File(_) => {
                let stored = crate::commands::recipient::name_of(self.is_sandbox);
                pairs.push(("recipient", stored.to_owned()));
            }
        }
        if let SignerAnswer::Named(word) = self.signer.named() {
            pairs.push(("signer", word));
        }
        pairs
    }
}

fn service(
    there: &Profile,
    pairs: &mut Vec<(&'static str, String)>,
    context: &Context,
) -> Result<Service> {
    if let Some(service) = context.everywhere.service.or(there.service) {
        return Ok(service);
    }
    let typed = context.input.prompt_line(
        "Service: foundries, nxp or sandbox",
        "name it with --service foundries|nxp|sandbox",
    )?;
    let service = Service::from_str(&typed, true).map_err(|_| {
        Failure::usage("the service: expected foundries, nxp or sandbox; nothing was written")
    })?;
    pairs.push(("service", typed.to_ascii_lowercase()));
    Ok(service)
}

/// The factory, or the address where a service has none of its own.
fn address(
    service: Service,
    there: &Profile,
    pairs: &mut Vec<(&'static str, String)>,
    context: &Context,
) -> Result<()> {
    let everywhere = &context.everywhere;
    if everywhere.base_url.is_some() || there.base_url.is_some() {
        return Ok(());
    }
    match service {
        Service::Nxp => {}
        Service::Foundries => {
            if everywhere.factory.is_none() && there.factory.is_none() {
                let factory = context
                    .input
                    .prompt_line("Name of the Foundries.io factory", "name it with --factory")?;
                check_factory(&factory)?;
                pairs.push(("factory", factory));
            }
        }
        Service::Sandbox => {
            let url = context.input.prompt_line(
                "Address of the sandbox (baseUrl, as `el2g sandbox serve` prints it)",
                "give it with --base-url",
            )?;
            BaseUrl::parse(&url)?;
            pairs.push(("base-url", url));
        }
    }
    Ok(())
}

fn token(store: Option<Store>, there: &Profile, context: &mut Context) -> Result<TokenAnswer> {
    let flag = context.everywhere.token_file.clone();
    match (store, flag) {
        (Some(store), _) => return Ok(TokenAnswer::Stored(store)),
        (None, Some(file)) if file.is_stdin() => {
            return Err(Failure::usage("--token-file -: a profile cannot name standard input")
                .with_hint("--store file or --store keyring stores the token that is read"));
        }
        (None, Some(file)) => return Ok(TokenAnswer::Named(file.path().display().to_string())),
        (None, None) => {}
    }
    if let Some(origin) = TokenOrigin::chosen(None, there) {
        context.console.note(format!("the token: {}", origin.described(there)));
        return Ok(TokenAnswer::Kept);
    }
    let file = context.input.prompt_line(
        "File that holds the token, or nothing to type it",
        "name its file with --token-file; with --store keyring or --store file it is stored",
    )?;
    if file.is_empty() {
        return Ok(TokenAnswer::Stored(Store::File));
    }
    // What cannot be read now would be found out after everything else was asked.
    context.read_short_secret(&SecretPath::new(PathBuf::from(&file)))?;
    Ok(TokenAnswer::Named(file))
}

fn signer(
    arguments: &Arguments,
    there: &Profile,
    config: &ConfigDocument,
    context: &Context,
) -> Result<SignerAnswer> {
    let beside = |name: &str| config.path().with_file_name(name);
    let new = |user_id: String| {
        let (secret, public) = (beside("signer.asc"), beside("signer.pub"));
        SignerAnswer::New { user_id, secret, public }
    };
    if let Some(user_id) = &arguments.user_id {
        return Ok(new(user_id.clone()));
    }
    if let Some(signer) = &arguments.signer {
        check_signer(signer)?;
        return Ok(SignerAnswer::Named(signer.path().display().to_string()));
    }
    if there.signer.is_some() {
        return Ok(SignerAnswer::Kept);
    }
    let made = beside("signer.asc");
    if made.exists() {
        context.console.note(format!("the signer: {}, which is there", made.display()));
        return Ok(SignerAnswer::Named(made.display().to_string()));
    }
    let typed = context.input.prompt_line(
        "Your signing key (a file, gpg:FINGERPRINT or a pkcs11: URI), or nothing to make one",
        "name it with --signer, or have one made with --user-id \"Name <mail>\"",
    )?;
    if !typed.is_empty() {
        check_signer(&SecretPath::new(PathBuf::from(&typed)))?;
        return Ok(SignerAnswer::Named(typed));
    }
    let user_id = context
        .input
        .prompt_line("Owner of the new key, as Name <mail>", "give it with --user-id")?;
    if user_id.is_empty() {
        return Err(Failure::usage("the owner of the new key is empty; nothing was written"));
    }
    Ok(new(user_id))
}

fn recipient(
    arguments: &Arguments,
    there: &Profile,
    service: Service,
    context: &Context,
) -> Result<RecipientAnswer> {
    let names = recipients::Store::open()?.names()?;
    let is_stored =
        |path: &Path| path.to_str().is_some_and(|text| names.iter().any(|it| it == text));
    if let Some(file) = &arguments.recipient {
        return Ok(match is_stored(file) && !file.exists() {
            true => RecipientAnswer::Stored(file.display().to_string()),
            false => RecipientAnswer::File(file.clone()),
        });
    }
    if there.recipient.is_some() {
        return Ok(RecipientAnswer::Kept);
    }
    // That of a real service is of no use to the sandbox.
    if service != Service::Sandbox
        && let Some(name) = recipients::default_name(&names)
    {
        context.console.note(format!("the recipient: `{name}`, which is stored"));
        return Ok(RecipientAnswer::Stored(name.to_owned()));
    }
    let (question, instead) = match service {
        Service::Sandbox => (
            "File with the sandbox's public key (recipientFile, as `el2g sandbox serve` prints it)",
            "name it with --recipient",
        ),
        Service::Foundries | Service::Nxp => (
            "File with the public key of EdgeLock 2GO, as NXP gave it to you",
            "name it with --recipient, and its fingerprint with --fingerprint",
        ),
    };
    let typed = context.input.prompt_line(question, instead)?;
    if typed.is_empty() {
        return Err(Failure::usage("expected a key file, found nothing; nothing was written")
            .with_hint(instead));
    }
    let file = PathBuf::from(typed);
    Ok(match is_stored(&file) && !file.exists() {
        true => RecipientAnswer::Stored(file.display().to_string()),
        false => RecipientAnswer::File(file),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_key_is_named_once_it_is_made() {
        let new = SignerAnswer::New {
            user_id: "k".to_owned(),
            secret: "/c/signer.asc".into(),
            public: "/c/signer.pub".into(),
        };
        assert!(matches!(new.named(), SignerAnswer::Named(word) if word == "/c/signer.asc"));
        assert!(matches!(SignerAnswer::Kept.named(), SignerAnswer::Kept));
    }
}

//! `el2g config init` and `set`: profiles are added and changed; what else is in the file stays.

use clap::{Args, ValueEnum as _};
use el2g_text::file_name;
use el2g_workflows::{Failure, IdOrName};

use crate::Result;
use crate::config_document::ConfigDocument;
use crate::config_file::{PROFILE_KEYS, known_keys};
use crate::context::Context;
use crate::output::Outcome;
use crate::profile_value::warn_of_missing;
use crate::settings::variable;

/// What a new profile holds besides the service and the token.
#[derive(Args)]
pub struct Defaults {
    /// 12NC of the product that commands are about where none is typed
    #[arg(long, value_name = "12NC")]
    product: Option<String>,
    /// Id or name of the device group that commands are about where none is typed; commands that delete, unclaim, unassign
    /// or revoke do not take it
    #[arg(long, value_name = "GROUP")]
    group: Option<IdOrName>,
}

impl Defaults {
    /// The keys of a profile that were given.
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        let group = self.group.as_ref().map(|group| match group {
            IdOrName::Id(id) => id.to_string(),
            IdOrName::Name(name) => name.clone(),
        });
        let product = self.product.clone().map(|product| ("product", product));
        product.into_iter().chain(group.map(|group| ("group", group))).collect()
    }
}

/// The keys of a profile that the options of every command give, but for the token.
pub fn everywhere_pairs(context: &Context) -> Vec<(&'static str, String)> {
    let everywhere = &context.everywhere;
    let service = everywhere.service.and_then(|service| service.to_possible_value());
    let mut pairs = Vec::new();
    pairs.extend(service.map(|service| ("service", service.get_name().to_owned())));
    pairs.extend(everywhere.base_url.clone().map(|url| ("base-url", url)));
    pairs.extend(everywhere.factory.clone().map(|factory| ("factory", factory)));
    let ca_cert = everywhere.ca_cert.as_deref();
    pairs.extend(ca_cert.map(|path| ("ca-cert", path.display().to_string())));
    pairs.extend(everywhere.allow_other_host.then(|| ("allow-other-host", "true".to_owned())));
    pairs
}

/// Makes a profile out of the flags, in a new config file or in the one that is there; what else is in it stays.
pub fn init(defaults: &Defaults, context: &mut Context) -> Result<Outcome> {
    if context.everywhere.service.is_none() {
        return Err(Failure::usage("no service to make a profile of")
            .with_hint("say --service foundries, nxp or sandbox"));
    }
    let mut pairs = everywhere_pairs(context);
    let token = context.everywhere.token_file.as_ref();
    pairs.extend(token.map(|file| ("token-file", file.path().display().to_string())));
    pairs.extend(defaults.pairs());
    let name = context.everywhere.profile.clone().unwrap_or_else(|| "default".to_owned());
    let mut config = ConfigDocument::open(context)?;
    if config.has_profile(&name) && !context.everywhere.force {
        let path = config.path().display();
        return Err(Failure::input(format!("{path}: profile `{name}` exists; it was kept")).with_hint(
            "replace it with --force, change one key of it with `el2g config set`, or name another with --profile",
        ));
    }
    config.clear_profile(&name)?;
    for (key, word) in pairs {
        config.put(&name, key, &[word])?;
    }
    match config.default_profile() {
        None => config.set_default_profile(&name),
        Some(other) if other != name => {
            context.console.note(format!("the default profile is still `{other}`"));
        }
        Some(_) => {}
    }
    config.write(&name, context)
}

/// Puts keys into a profile, which is made where it is missing; what else is in the file stays. Whether the profile is the
/// default one.
pub fn save_profile(name: &str, pairs: &[(&str, String)], context: &mut Context) -> Result<bool> {
    let mut config = ConfigDocument::open(context)?;
    for (key, word) in pairs {
        config.put(name, key, std::slice::from_ref(word))?;
    }
    if config.default_profile().is_none() {
        config.set_default_profile(name);
    }
    let is_default = config.default_profile() == Some(name);
    config.write(name, context)?;
    Ok(is_default)
}

/// Sets one key.
pub fn set(key: &str, words: &[String], context: &mut Context) -> Result<Outcome> {
    const DEFAULT: &str = "default-profile";
    if key != DEFAULT && !PROFILE_KEYS.contains(&key) {
        let known = [&PROFILE_KEYS[..], &[DEFAULT]].concat();
        let unknown = Failure::usage(format!("unknown key `{}`", file_name(key)));
        return Err(unknown.with_hint(known_keys(key, &known)));
    }
    let mut config = ConfigDocument::open(context)?;
    if key == DEFAULT {
        let [name] = words else {
            return Err(Failure::usage("default-profile: expected one name"));
        };
        if !config.has_profile(name) {
            let path = config.path().display();
            return Err(Failure::input(format!("{path}: has no profile `{name}`")));
        }
        config.set_default_profile(name);
        return config.write(name, context);
    }
    let named = context.everywhere.profile.clone().or_else(|| variable("EL2G_PROFILE"));
    let of_file = || config.default_profile().map(str::to_owned);
    let name = named.or_else(of_file).ok_or_else(|| {
        Failure::usage("which profile?").with_hint("name it with --profile, or set default-profile")
    })?;
    config.put_instead(&name, key, words, context)?;
    warn_of_missing(key, words, context);
    config.write(&name, context)
}

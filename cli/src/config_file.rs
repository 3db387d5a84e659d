//! The config file: TOML with one profile per service.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use el2g_files::{FileRole, InputPolicy};
use el2g_service_client::{BaseUrl, TokenUrl};
use el2g_text::{file_name, parser_message_at};
use el2g_workflows::{Failure, FailureKind, IdOrName};
use etcetera::BaseStrategy;
use serde::Deserialize;

use crate::Result;
use crate::input::{Input, SMALL_FILE};
use crate::near::did_you_mean;
use crate::open_questions::LARGEST_PAGE;
use crate::options::Everywhere;
use crate::services::SERVICES;
use crate::settings::{Profile, variable};

/// The keys of a profile: the fields of [`Profile`].
pub const PROFILE_KEYS: [&str; 26] = [
    "service",
    "base-url",
    "auth-header",
    "factory",
    "ca-cert",
    "allow-other-host",
    "token-file",
    "token-command",
    "token-keyring",
    "oauth-client-id",
    "oauth-client-secret-file",
    "oauth-client-secret-command",
    "oauth-client-secret-keyring",
    "oauth-token-url",
    "oauth-client-auth",
    "oauth-scope",
    "oauth-audience",
    "signer",
    "recipient",
    "product",
    "group",
    "checksum",
    "checksum-encoding",
    "checksum-over",
    "claim-code-status",
    "page-size",
];

/// The keys that say where the token comes from: a profile has one of them.
pub const TOKEN_SOURCES: [&str; 4] =
    ["token-file", "token-command", "token-keyring", "oauth-client-id"];

/// The keys that say where the secret of a client comes from.
pub const CLIENT_SECRET_SOURCES: [&str; 3] =
    ["oauth-client-secret-file", "oauth-client-secret-command", "oauth-client-secret-keyring"];

/// The keys of the file itself: the fields of [`Config`].
const FILE_KEYS: [&str; 2] = ["default-profile", "profiles"];

/// The config file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Config {
    /// The profile that holds when none is named.
    pub default_profile: Option<String>,
    /// The profiles by name.
    #[serde(default)]
    pub profiles: BTreeMap<String, Profile>,
}

impl Config {
    /// Reads the config file at `path`. Refused when another user can change it; what `policy` relaxes does not hold
    /// for a config that runs a command or names a module.
    pub fn read(path: &Path, policy: &InputPolicy) -> Result<Self> {
        let content = Input::new(policy.clone(), false).read_deciding(path, SMALL_FILE)?;
        let refuse = |reason: &str| Failure::input(format!("{}: {reason}", path.display()));
        let text = std::str::from_utf8(&content).map_err(|_| refuse("is not UTF-8 text"))?;
        let config = Self::of(text, path)?;
        if config.profiles.values().any(Profile::runs_code) {
            policy.check(path, FileRole::Code)?;
        }
        Ok(config)
    }

    /// Reads the text of the config file at `path`.
    pub fn of(text: &str, path: &Path) -> Result<Self> {
        let refuse = |reason: String| Failure::input(format!("{}: {reason}", path.display()));
        let config: Self = toml::from_str(text).map_err(|error| {
            // The place is named, not quoted: a token put there by mistake is not shown.
            let at = error.span().map_or(0, |span| span.start);
            let refused = refuse(parser_message_at(text, at, error.message()));
            Failure { hint: unknown_key(text), ..refused }
        })?;
        for (name, profile) in &config.profiles {
            if let Some(size) = profile.page_size.filter(|size| !(1..=LARGEST_PAGE).contains(size))
            {
                return Err(refuse(format!(
                    "profile `{name}`: page-size {size}: expected 1 to {LARGEST_PAGE} items"
                )));
            }
            let about = |error: String| refuse(format!("profile `{name}`: {error}"));
            check_token_source(profile).map_err(about)?;
            profile.product.as_deref().map_or(Ok(()), check_product).map_err(about)?;
            profile.group.as_deref().map_or(Ok(()), check_group).map_err(about)?;
            if let Some(url) = &profile.base_url {
                let about = format!("{}: profile `{name}`", path.display());
                BaseUrl::parse(url).map_err(|error| Failure {
                    kind: FailureKind::Input,
                    ..Failure::from(error).about(about)
                })?;
            }
        }
        Ok(config)
    }
}

/// Refuses a profile that names several places for its token, of which one would count unseen, and an address that would
/// send a secret in clear.
fn check_token_source(profile: &Profile) -> std::result::Result<(), String> {
    let tokens = [
        profile.token_file.is_some(),
        profile.token_command.is_some(),
        profile.token_keyring,
        profile.oauth_client_id.is_some(),
    ];
    let secrets = [
        profile.oauth_client_secret_file.is_some(),
        profile.oauth_client_secret_command.is_some(),
        profile.oauth_client_secret_keyring,
    ];
    for (keys, there) in [(&TOKEN_SOURCES[..], &tokens[..]), (&CLIENT_SECRET_SOURCES, &secrets)] {
        let found: Vec<&str> =
            keys.iter().zip(there).filter(|(_, there)| **there).map(|(key, _)| *key).collect();
        if found.len() > 1 {
            return Err(format!("expected one of {}; remove the others", found.join(" and ")));
        }
    }
    let url = profile.oauth_token_url.as_deref().map(TokenUrl::parse).transpose();
    url.map(|_| ()).map_err(|error| error.to_string())
}

/// Whether a text can be the product of a profile.
fn check_product(text: &str) -> std::result::Result<(), String> {
    match text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        true => Ok(()),
        false => Err(format!("product `{}`: expected the 12 digits of a 12NC", file_name(text))),
    }
}

/// Whether a text can be the device group of a profile.
fn check_group(text: &str) -> std::result::Result<(), String> {
    let read: std::result::Result<IdOrName, _> = text.parse();
    read.map(|_| ()).map_err(|error| format!("group: {error}"))
}

/// What to do about the first key, or service, of a config file that is not known, if there is one.
fn unknown_key(text: &str) -> Option<String> {
    let file: toml::Table = text.parse().ok()?;
    if let Some(key) = file.keys().find(|key| !FILE_KEYS.contains(&key.as_str())) {
        return Some(match PROFILE_KEYS.contains(&key.as_str()) {
            true => "put the keys of a service below a line such as [profiles.line-7]".to_owned(),
            false => known_keys(key, &FILE_KEYS),
        });
    }
    let profiles = file.get("profiles")?.as_table()?.values();
    let profiles: Vec<&toml::Table> = profiles.filter_map(toml::Value::as_table).collect();
    let mut keys = profiles.iter().flat_map(|profile| profile.keys());
    if let Some(key) = keys.find(|key| !PROFILE_KEYS.contains(&key.as_str())) {
        return Some(known_keys(key, &PROFILE_KEYS));
    }
    // The value of a key may be misspelt too.
    let mut services = profiles.iter().filter_map(|profile| profile.get("service")?.as_str());
    services.find_map(|typed| {
        let known = SERVICES.iter().map(|row| row.name);
        let is_known = known.clone().any(|name| name == typed);
        if is_known { None } else { did_you_mean(typed, known) }
    })
}

/// What may have been meant by a key that is not known, or else all that there are.
pub fn known_keys(typed: &str, known: &[&'static str]) -> String {
    did_you_mean(typed, known.iter().copied())
        .unwrap_or_else(|| format!("the keys are {}", known.join(", ")))
}

/// The config file: the one that is named, else the usual one where it is there.
pub fn config_file(everywhere: &Everywhere) -> Option<PathBuf> {
    named_config(everywhere).or_else(|| usual_config().filter(|path| path.is_file()))
}

/// Where the config file is to be: where it is named, else in the usual place.
pub fn config_place(everywhere: &Everywhere) -> Option<PathBuf> {
    named_config(everywhere).or_else(usual_config)
}

fn named_config(everywhere: &Everywhere) -> Option<PathBuf> {
    everywhere.config.clone().or_else(|| variable("EL2G_CONFIG").map(PathBuf::from))
}

fn usual_config() -> Option<PathBuf> {
    let folder = etcetera::choose_base_strategy().ok()?.config_dir();
    Some(folder.join("el2g").join("config.toml"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_are_those_that_are_read() {
        let said = |text: &str| Config::of(text, Path::new("c")).unwrap_err().message;
        let names = |keys: &[&str]| keys.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>();
        let profile = said("[profiles.a]\nx = 1\n");
        assert!(
            profile.ends_with(&format!("one of {}", names(&PROFILE_KEYS).join(", "))),
            "{profile}"
        );
        let file = said("x = 1\n");
        assert!(file.ends_with(&format!("expected {}", names(&FILE_KEYS).join(" or "))), "{file}");
    }
}

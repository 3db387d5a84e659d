//! The config file: TOML with one profile per service.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use el2g_files::{FileRole, InputPolicy};
use el2g_text::parser_message_at;
use el2g_workflows::Failure;
use etcetera::BaseStrategy;
use serde::Deserialize;

use crate::Result;
use crate::input::{Input, SMALL_FILE};
use crate::options::Everywhere;
use crate::services::parse_url;
use crate::settings::{Profile, variable};

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
        let text = std::str::from_utf8(&content).map_err(|_| refuse("is no UTF-8 text"))?;
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
            refuse(parser_message_at(text, at, error.message()))
        })?;
        for (name, profile) in &config.profiles {
            if let Some(url) = &profile.base_url {
                parse_url(url).map_err(|e| refuse(format!("profile `{name}`: {}", e.message)))?;
            }
        }
        Ok(config)
    }
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

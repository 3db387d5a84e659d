//! The value of a key of a profile: as it was typed, and as it stands in the config file.

use std::path::{Path, absolute};

use el2g_key_payload::io_reason;
use el2g_text::file_name;
use el2g_workflows::Failure;
use toml_edit::{Array, Item, value};

use crate::Result;
use crate::context::Context;
use crate::input::SecretPath;
use crate::recipients::{Store, is_name};
use crate::services::check_factory;
use crate::signer::is_missing;
use crate::unlocking::key_place;

/// The keys whose value is a path.
const PATHS: [&str; 5] =
    ["ca-cert", "token-file", "oauth-client-secret-file", "signer", "recipient"];

/// The keys whose value is a program with its arguments.
const COMMANDS: [&str; 2] = ["token-command", "oauth-client-secret-command"];

/// The keys that are `true` or `false`.
const SWITCHES: [&str; 3] = ["allow-other-host", "token-keyring", "oauth-client-secret-keyring"];

/// A value as the key takes it. A path that was typed is meant from here, one in the file from there. What only a reader of
/// the whole file can refuse is refused when it is read again.
pub fn profile_value(key: &str, words: &[String]) -> Result<Item> {
    if words.iter().any(String::is_empty) {
        return Err(Failure::usage(format!("{key}: expected a value, found nothing")));
    }
    if COMMANDS.contains(&key) {
        return Ok(value(words.iter().map(String::as_str).collect::<Array>()));
    }
    let [word] = words else {
        return Err(Failure::usage(format!("{key}: expected one value, found {}", words.len())));
    };
    match key {
        "factory" => check_factory(word)?,
        // A URI that cannot be one, or that has a PIN in it.
        "signer" => drop(key_place(&SecretPath::new(word.into()))?),
        _ => {}
    }
    if is_path(key, word) {
        let unusable = |error: std::io::Error| {
            Failure::usage(format!("{key}: `{}`: {}", file_name(word), io_reason(error.kind())))
        };
        return Ok(value(absolute(word).map_err(unusable)?.display().to_string()));
    }
    Ok(match (key, word.as_str()) {
        (switch, "true") if SWITCHES.contains(&switch) => value(true),
        (switch, "false") if SWITCHES.contains(&switch) => value(false),
        ("page-size", digits) => digits.parse::<i64>().map_or_else(|_| value(word), value),
        _ => value(word),
    })
}

/// Whether a value names a file: a key may be on a token or in GnuPG, and a recipient may be a stored one.
fn is_path(key: &str, word: &str) -> bool {
    let is_place = word.starts_with("gpg:") || word.starts_with("pkcs11:");
    let is_stored = key == "recipient" && !Path::new(word).exists();
    PATHS.contains(&key) && !is_place && !is_stored
}

/// Says what a value names that is not there: it may come later, such as a file below /run.
pub fn warn_of_missing(key: &str, words: &[String], context: &Context) {
    let [word] = words else { return };
    if is_path(key, word) {
        if is_missing(Path::new(word)) {
            context.console.warn(format!("{key}: there is no file {} yet", file_name(word)));
        }
        return;
    }
    let names = || Store::open().and_then(|store| store.names()).unwrap_or_default();
    if key == "recipient" && !(is_name(word) && names().iter().any(|name| name == word)) {
        context.console.warn(format!(
            "recipient: neither a file nor a stored recipient is named `{}` yet (`el2g recipient add` stores one)",
            file_name(word)
        ));
    }
}

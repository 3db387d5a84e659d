//! `el2g config init` and `set`: the config file, written whole, with what is in it kept as it stands.

use std::fs;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf, absolute};

use clap::ValueEnum as _;
use el2g_files::{Keep, OutputFile, Visibility};
use el2g_key_payload::io_reason;
use el2g_text::file_name;
use el2g_workflows::Failure;
use serde::Serialize;
use toml_edit::{Array, DocumentMut, Item, Table, value};

use crate::Result;
use crate::config_file::{Config, PROFILE_KEYS, config_place, known_keys};
use crate::context::Context;
use crate::input::SMALL_FILE;
use crate::output::{Human, Outcome};
use crate::settings::variable;

/// What a new file begins with.
const HEAD: &str =
    "# Settings of el2g: one profile per service. `el2g config show` tells what holds and why.
# Paths are relative to this file. The token itself has no place here: name its file, or a command.
";

#[derive(Serialize)]
struct Written {
    file: String,
    profile: String,
}

impl Human for Written {
    /// Nothing: stdout is for data, and the note went to stderr.
    fn human(&self) -> String {
        String::new()
    }
}

/// Makes a profile out of the flags, in a new config file or in the one that is there; what else is in it stays.
pub fn init(context: &mut Context) -> Result<Outcome> {
    let everywhere = &context.everywhere;
    let service = everywhere.service.and_then(|service| service.to_possible_value());
    let service = service.ok_or_else(|| {
        Failure::usage("no service to make a profile of")
            .with_hint("say --service foundries, nxp or sandbox")
    })?;
    let text = |path: &Path| path.display().to_string();
    let mut pairs = vec![("service", service.get_name().to_owned())];
    pairs.extend(everywhere.base_url.clone().map(|url| ("base-url", url)));
    pairs.extend(everywhere.factory.clone().map(|factory| ("factory", factory)));
    pairs.extend(everywhere.ca_cert.as_deref().map(|path| ("ca-cert", text(path))));
    pairs.extend(everywhere.allow_other_host.then(|| ("allow-other-host", "true".to_owned())));
    pairs.extend(everywhere.token_file.as_ref().map(|it| ("token-file", text(it.path()))));
    let name = everywhere.profile.clone().unwrap_or_else(|| "default".to_owned());
    let path = place(context)?;
    let force = context.everywhere.force;
    let (keep, mut document) = existing(&path, context)?;
    if profile_of(&document, &name).is_some() && !force {
        let path = path.display();
        return Err(Failure::input(format!("{path}: profile `{name}` exists; it was kept")).with_hint(
            "replace it with --force, change one key of it with `el2g config set`, or name another with --profile",
        ));
    }
    begin_profile(&mut document, &name)?;
    for (key, word) in pairs {
        put(&mut document, &name, key, &[word])?;
    }
    match document.get("default-profile").and_then(Item::as_str) {
        None => document["default-profile"] = value(&name),
        Some(other) if other != name => {
            context.console.note(format!("the default profile is still `{other}`"));
        }
        Some(_) => {}
    }
    write(&path, &document, keep, name, context)
}

/// Puts keys into a profile, which is made where it is missing; what else is in the file stays. Whether the profile is the
/// default one.
pub fn save_profile(name: &str, pairs: &[(&str, String)], context: &mut Context) -> Result<bool> {
    let path = place(context)?;
    let (keep, mut document) = existing(&path, context)?;
    for (key, word) in pairs {
        put(&mut document, name, key, std::slice::from_ref(word))?;
    }
    if document.get("default-profile").is_none() {
        document["default-profile"] = value(name);
    }
    let is_default = document["default-profile"].as_str() == Some(name);
    write(&path, &document, keep, name.to_owned(), context)?;
    Ok(is_default)
}

/// The config file as it is, or a new one; and whether a file that has come meanwhile is kept.
fn existing(path: &Path, context: &mut Context) -> Result<(Keep, DocumentMut)> {
    let there = path.exists();
    let text = match there {
        true => context.input.read_deciding(path, SMALL_FILE)?,
        false => HEAD.as_bytes().to_vec(),
    };
    let refuse = |reason: String| Failure::input(format!("{}: {reason}", path.display()));
    let text = String::from_utf8(text).map_err(|_| refuse("is not UTF-8 text".to_owned()))?;
    // What is there must be right before: a fault in it is told as in every other command.
    Config::of(&text, path)?;
    let document = text.parse().map_err(|_| refuse("is not a TOML".to_owned()))?;
    Ok((if there { Keep::Nothing } else { Keep::Existing }, document))
}

fn profile_of<'a>(document: &'a DocumentMut, name: &str) -> Option<&'a Item> {
    document.get("profiles")?.get(name)
}

/// Empties a profile that is there. Its place in the file and the comment above it stay.
fn begin_profile(document: &mut DocumentMut, name: &str) -> Result<()> {
    // Looked for first: to look at what is missing in order to change it would make it.
    if profile_of(document, name).is_some() {
        let profile = &mut document["profiles"][name];
        let wrong = || Failure::input(format!("profile `{name}`: is not a table"));
        profile.as_table_like_mut().ok_or_else(wrong)?.clear();
    }
    Ok(())
}

/// Sets one key.
pub fn set(key: &str, words: &[String], context: &mut Context) -> Result<Outcome> {
    const DEFAULT: &str = "default-profile";
    if key != DEFAULT && !PROFILE_KEYS.contains(&key) {
        let known = [&PROFILE_KEYS[..], &[DEFAULT]].concat();
        let unknown = Failure::usage(format!("unknown key `{}`", file_name(key)));
        return Err(unknown.with_hint(known_keys(key, &known)));
    }
    let path = place(context)?;
    let refuse = |reason: String| Failure::input(format!("{}: {reason}", path.display()));
    let (_, mut document) = existing(&path, context)?;
    let of_file = document.get("default-profile").and_then(Item::as_str).map(str::to_owned);
    if key == DEFAULT {
        let [name] = words else {
            return Err(Failure::usage("default-profile: expected one name"));
        };
        if !document.get("profiles").and_then(|all| all.get(name)).is_some_and(Item::is_table_like)
        {
            return Err(refuse(format!("has no profile `{name}`")));
        }
        document["default-profile"] = value(name);
        return write(&path, &document, Keep::Nothing, name.clone(), context);
    }
    let named = context.everywhere.profile.clone().or_else(|| variable("EL2G_PROFILE"));
    let name = named.or(of_file).ok_or_else(|| {
        Failure::usage("which profile?").with_hint("name it with --profile, or set default-profile")
    })?;
    put(&mut document, &name, key, words)?;
    write(&path, &document, Keep::Nothing, name, context)
}

/// The file that is named, else the usual place.
fn place(context: &Context) -> Result<PathBuf> {
    config_place(&context.everywhere).ok_or_else(|| {
        Failure::usage("there is no home folder for the config file")
            .with_hint("name it with --config")
    })
}

/// Puts a key into a profile, which is made where it is missing.
fn put(document: &mut DocumentMut, profile: &str, key: &str, words: &[String]) -> Result<()> {
    let item = item(key, words)?;
    let wrong = || Failure::input(format!("profile `{profile}`: is not a table"));
    let parent = || {
        let mut table = Table::new();
        table.set_implicit(true);
        Item::Table(table)
    };
    let profiles = document.entry("profiles").or_insert_with(parent);
    let profiles = profiles.as_table_like_mut().ok_or_else(wrong)?;
    let table = profiles.entry(profile).or_insert(Item::Table(Table::new()));
    table.as_table_like_mut().ok_or_else(wrong)?.insert(key, item);
    Ok(())
}

/// A value as the key takes it. A path that was typed is meant from here, one in the file from there.
fn item(key: &str, words: &[String]) -> Result<Item> {
    if key == "token-command" {
        return Ok(value(words.iter().map(String::as_str).collect::<Array>()));
    }
    let [word] = words else {
        return Err(Failure::usage(format!("{key}: expected one value, found {}", words.len())));
    };
    let is_place = word.starts_with("gpg:") || word.starts_with("pkcs11:");
    // A recipient may be the name of a stored one.
    let is_name = key == "recipient" && !Path::new(word).exists();
    let is_path = ["ca-cert", "token-file", "signer", "recipient"].contains(&key);
    if is_path && !is_place && !is_name {
        let unusable = |error: std::io::Error| {
            Failure::usage(format!("{key}: `{word}`: {}", io_reason(error.kind())))
        };
        return Ok(value(absolute(word).map_err(unusable)?.display().to_string()));
    }
    Ok(match (key, word.as_str()) {
        ("allow-other-host", "true") => value(true),
        ("allow-other-host", "false") => value(false),
        // What is not a number is refused when the file is read again.
        ("page-size", digits) => digits.parse::<i64>().map_or_else(|_| value(word), value),
        _ => value(word),
    })
}

/// Puts the head of a new file before its first key: what was only comments stands behind whatever is added.
fn head_first(document: &mut DocumentMut) {
    if document.trailing().as_str() != Some(HEAD) {
        return;
    }
    if let Some(mut key) = document.as_table_mut().key_mut("default-profile") {
        key.leaf_decor_mut().set_prefix(HEAD);
        document.set_trailing("");
    }
}

/// Writes the file, when every command could read it.
fn write(
    path: &Path,
    document: &DocumentMut,
    keep: Keep,
    profile: String,
    context: &Context,
) -> Result<Outcome> {
    let mut document = document.clone();
    head_first(&mut document);
    let text = document.to_string();
    Config::of(&text, path)?;
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
        made.map_err(|error| {
            Failure::input(format!("{}: {}", folder.display(), io_reason(error.kind())))
        })?;
    }
    OutputFile::prepare(path, Visibility::Secret, keep)?.write(text.as_bytes())?;
    context.console.note(format!("wrote {}, profile `{profile}`", path.display()));
    Ok(Outcome::of(Written { file: path.display().to_string(), profile }))
}

//! The config file as it is edited: with its comments and order, written whole or not at all.

use std::path::{Path, PathBuf};

use el2g_files::{Keep, OutputFile, Visibility, create_private_folders};
use el2g_key_payload::io_reason;
use el2g_workflows::Failure;
use serde::Serialize;
use toml_edit::{DocumentMut, Item, Table, value};

use crate::Result;
use crate::config_file::{CLIENT_SECRET_SOURCES, Config, TOKEN_SOURCES, config_place};
use crate::context::Context;
use crate::input::SMALL_FILE;
use crate::output::{Human, Outcome};
use crate::profile_value::profile_value;

/// What a new file begins with.
const HEAD: &str =
    "# Settings of el2g: one profile per service. `el2g config show` tells what holds and why.
# Paths are relative to this file. The token itself has no place here: name its file, or a command.
";

const DEFAULT_PROFILE: &str = "default-profile";

/// A profile that was written.
#[derive(Serialize, schemars::JsonSchema)]
pub struct Written {
    file: String,
    profile: String,
}

impl Human for Written {
    /// Nothing: stdout is for data, and the note went to stderr.
    fn human(&self) -> String {
        String::new()
    }
}

/// The file that is named, else the one in the usual place: as it is, or a new one.
pub struct ConfigDocument {
    path: PathBuf,
    document: DocumentMut,
    /// Whether a file that has come meanwhile is kept.
    keep: Keep,
}

impl ConfigDocument {
    /// Reads the file, which must be right: a fault in it is reported as by every other command.
    pub fn open(context: &mut Context) -> Result<Self> {
        let path = config_place(&context.everywhere).ok_or_else(|| {
            Failure::usage("there is no home folder for the config file")
                .with_hint("name it with --config")
        })?;
        let there = path.exists();
        let text = match there {
            true => context.input.read_deciding(&path, SMALL_FILE)?,
            false => HEAD.as_bytes().to_vec(),
        };
        let refuse = |reason: &str| Failure::input(format!("{}: {reason}", path.display()));
        let text = String::from_utf8(text).map_err(|_| refuse("is not UTF-8 text"))?;
        Config::of(&text, &path)?;
        let document = text.parse().map_err(|_| refuse("is not a TOML"))?;
        Ok(Self { path, document, keep: if there { Keep::Nothing } else { Keep::Existing } })
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes the folder that the file is in.
    pub fn make_folder(&self) -> Result<()> {
        make_folder(&self.path)
    }

    /// Whether the file has a profile of this name.
    pub fn has_profile(&self, name: &str) -> bool {
        let profile = self.document.get("profiles").and_then(|all| all.get(name));
        profile.is_some_and(Item::is_table_like)
    }

    /// The profile that holds when none is named.
    pub fn default_profile(&self) -> Option<&str> {
        self.document.get(DEFAULT_PROFILE).and_then(Item::as_str)
    }

    /// Makes a profile the one that holds when none is named.
    pub fn set_default_profile(&mut self, name: &str) {
        self.document[DEFAULT_PROFILE] = value(name);
    }

    /// Empties a profile. Its place in the file and the comment above it stay.
    pub fn clear_profile(&mut self, name: &str) -> Result<()> {
        // Looked for first: to look at what is missing in order to change it would make it.
        if self.has_profile(name) {
            let profile = self.document["profiles"][name].as_table_like_mut();
            profile.ok_or_else(|| not_a_table(name))?.clear();
        }
        Ok(())
    }

    /// Takes keys out of a profile, and says which of them were there.
    pub fn remove<'a>(&mut self, profile: &str, keys: &[&'a str]) -> Vec<&'a str> {
        if !self.has_profile(profile) {
            return Vec::new();
        }
        let Some(table) = self.document["profiles"][profile].as_table_like_mut() else {
            return Vec::new();
        };
        keys.iter().copied().filter(|key| table.remove(key).is_some()).collect()
    }

    /// Puts a key into a profile. Where the profile may have one key of several only, the others are taken out, with a note.
    pub fn put_instead(
        &mut self,
        profile: &str,
        key: &str,
        words: &[String],
        context: &Context,
    ) -> Result<()> {
        self.put(profile, key, words)?;
        for sources in [&TOKEN_SOURCES[..], &CLIENT_SECRET_SOURCES] {
            let is_switched_off = words == ["false"];
            if !sources.contains(&key) || is_switched_off {
                continue;
            }
            let others: Vec<&str> = sources.iter().copied().filter(|other| *other != key).collect();
            for removed in self.remove(profile, &others) {
                context.console.note(format!("{key} replaces {removed}, which was removed"));
            }
        }
        Ok(())
    }

    /// Puts a key into a profile, which is made where it is missing.
    pub fn put(&mut self, profile: &str, key: &str, words: &[String]) -> Result<()> {
        self.put_item(profile, key, profile_value(key, words)?)
    }

    /// The same for the name of something that is stored, whatever file has the same name here.
    pub fn put_name(&mut self, profile: &str, key: &str, name: &str) -> Result<()> {
        self.put_item(profile, key, value(name))
    }

    fn put_item(&mut self, profile: &str, key: &str, item: Item) -> Result<()> {
        let parent = || {
            let mut table = Table::new();
            table.set_implicit(true);
            Item::Table(table)
        };
        let profiles = self.document.entry("profiles").or_insert_with(parent);
        let profiles = profiles.as_table_like_mut().ok_or_else(|| not_a_table(profile))?;
        let table = profiles.entry(profile).or_insert(Item::Table(Table::new()));
        table.as_table_like_mut().ok_or_else(|| not_a_table(profile))?.insert(key, item);
        Ok(())
    }

    /// Writes the file, when every command could read it.
    pub fn write(mut self, profile: &str, context: &Context) -> Result<Outcome> {
        head_first(&mut self.document);
        let (path, text) = (self.path, self.document.to_string());
        Config::of(&text, &path)?;
        make_folder(&path)?;
        OutputFile::prepare(&path, Visibility::Secret, self.keep)?.write(text.as_bytes())?;
        context.console.note(format!("wrote {}, profile `{profile}`", path.display()));
        let profile = profile.to_owned();
        Ok(Outcome::of(Written { file: path.display().to_string(), profile }))
    }
}

/// Makes the folder of a file, which only its owner can look into.
fn make_folder(path: &Path) -> Result<()> {
    let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) else {
        return Ok(());
    };
    let made = create_private_folders(folder);
    made.map_err(|error| {
        Failure::input(format!("{}: {}", folder.display(), io_reason(error.kind())))
    })
}

fn not_a_table(profile: &str) -> Failure {
    Failure::input(format!("profile `{profile}`: is not a table"))
}

/// Puts the head of a new file before its first key: what was only comments stands behind whatever is added.
fn head_first(document: &mut DocumentMut) {
    if document.trailing().as_str() != Some(HEAD) {
        return;
    }
    if let Some(mut key) = document.as_table_mut().key_mut(DEFAULT_PROFILE) {
        key.leaf_decor_mut().set_prefix(HEAD);
        document.set_trailing("");
    }
}

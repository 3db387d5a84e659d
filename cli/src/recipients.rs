//! The stored recipients: each a key in the XDG data folder, and apart from it, in the XDG config folder, the
//! pin that says which key it must be. A key that does not fit its pin is never used.

use std::fs;
use std::path::{Path, PathBuf};

use el2g_files::{Keep, OutputFile, Visibility, create_private_folders};
use el2g_key_payload::{io_reason, sha3_512_hex};
use el2g_openpgp_envelope::{Fingerprint, LARGEST_KEY_FILE, Recipient, Timestamp};
use el2g_text::parser_message;
use el2g_workflows::Failure;
use etcetera::BaseStrategy;
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::context::Context;
use crate::document;
use crate::near::did_you_mean;
use crate::signer::{is_bare_key_name, is_missing};

/// The name of a recipient that is stored without one, and the default where several are stored.
pub const USUAL_NAME: &str = "edgelock2go";
const LONGEST_NAME: usize = 64;

/// What a stored key must be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Pin {
    /// The full fingerprint, as it was compared when the key was stored.
    pub fingerprint: String,
    /// SHA3-512 of the key file.
    pub sha3_512: String,
    /// When it was stored.
    pub added: String,
    /// What the file names as its schema; pins of version 0.2.0 name none.
    #[serde(default, skip_serializing)]
    pub schema: Option<String>,
}

/// Where stored recipients are.
pub struct Store {
    keys: PathBuf,
    pins: PathBuf,
}

impl Store {
    /// The store of this user.
    pub fn open() -> Result<Self> {
        let base = etcetera::choose_base_strategy().map_err(|_| {
            Failure::usage("there is no home folder to keep recipients in")
                .with_hint("name the key file with --recipient")
        })?;
        let below = |folder: PathBuf| folder.join("el2g").join("recipients");
        Ok(Self { keys: below(base.data_dir()), pins: below(base.config_dir()) })
    }

    fn key_file(&self, name: &str) -> PathBuf {
        self.keys.join(format!("{name}.asc"))
    }

    fn pin_file(&self, name: &str) -> PathBuf {
        self.pins.join(format!("{name}.json"))
    }

    /// The names in use, sorted: those that have a key, a pin, or both.
    pub fn names(&self) -> Result<Vec<String>> {
        let mut names = Vec::new();
        for (folder, ending) in [(&self.keys, ".asc"), (&self.pins, ".json")] {
            let entries = match fs::read_dir(folder) {
                Ok(entries) => entries,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                Err(error) => return Err(unusable(folder, &error)),
            };
            for entry in entries {
                let entry = entry.map_err(|error| unusable(folder, &error))?;
                let file = entry.file_name().to_string_lossy().into_owned();
                names.extend(file.strip_suffix(ending).filter(|it| is_name(it)).map(str::to_owned));
            }
        }
        names.sort();
        names.dedup();
        Ok(names)
    }

    /// The pin of a name; `None` when nothing is pinned under it.
    pub fn pin(&self, name: &str, context: &mut Context) -> Result<Option<Pin>> {
        let path = self.pin_file(name);
        if !path.exists() {
            return Ok(None);
        }
        let content = context.input.read_deciding(&path, LARGEST_KEY_FILE)?;
        let pin = serde_json::from_slice(&content).map_err(|error| {
            tampered(
                name,
                &format!(
                    "its pin {} cannot be read: {}",
                    path.display(),
                    parser_message(&error.to_string())
                ),
            )
        })?;
        Ok(Some(pin))
    }

    /// Stores a key and its pin. The key goes first: without its pin it is not used.
    pub fn put(&self, name: &str, key: &[u8], pin: &Pin) -> Result<()> {
        for folder in [&self.keys, &self.pins] {
            let made = create_private_folders(folder);
            made.map_err(|error| unusable(folder, &error))?;
        }
        let text = document::pretty(pin)
            .map_err(|error| Failure::bug(format!("the pin is not JSON: {error}")))?;
        for (path, content) in
            [(self.key_file(name), key), (self.pin_file(name), (text + "\n").as_bytes())]
        {
            OutputFile::prepare(&path, Visibility::Secret, Keep::Nothing)?.write(content)?;
        }
        Ok(())
    }

    /// Removes a key and its pin; `false` when there was neither. The pin goes first.
    pub fn remove(&self, name: &str) -> Result<bool> {
        let mut found = false;
        for path in [self.pin_file(name), self.key_file(name)] {
            match fs::remove_file(&path) {
                Ok(()) => found = true,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(unusable(&path, &error)),
            }
        }
        Ok(found)
    }

    /// The stored key of a name, held against its pin.
    pub fn recipient(
        &self,
        name: &str,
        now: Timestamp,
        context: &mut Context,
    ) -> Result<Recipient> {
        let path = self.key_file(name);
        let Some(pin) = self.pin(name, context)? else {
            return Err(tampered(name, &format!("it has no pin in {}", self.pins.display())));
        };
        if !path.exists() {
            return Err(tampered(name, &format!("its key {} is gone", path.display())));
        }
        let content = context.input.read_deciding(&path, LARGEST_KEY_FILE)?;
        if sha3_512_hex(&content) != pin.sha3_512 {
            return Err(tampered(
                name,
                &format!("{} was changed after it was stored", path.display()),
            ));
        }
        let about = format!("recipient `{name}`");
        let recipient =
            Recipient::read(&content, now).map_err(|error| Failure::from(error).about(about))?;
        match fingerprint(&recipient) {
            Some(found) if found.to_string() == pin.fingerprint => Ok(recipient),
            _ => Err(tampered(
                name,
                &format!("its key is not {}, which was pinned", pin.fingerprint),
            )),
        }
    }
}

/// The full fingerprint of a key that can be used.
pub fn fingerprint(recipient: &Recipient) -> Option<Fingerprint> {
    recipient.report().fingerprint
}

fn unusable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::input(format!("{}: {}", path.display(), io_reason(error.kind())))
}

fn tampered(name: &str, how: &str) -> Failure {
    Failure::input(format!("recipient `{name}` is not used: {how}")).with_hint(
        "find out who changed it; then `el2g recipient remove` it and add the key again, comparing its fingerprint",
    )
}

/// Whether a text can be the name of a stored recipient.
pub fn is_name(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    (1..=LONGEST_NAME).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.chars().all(fits)
}

/// The stored recipient that is used where none is named: the only one, else the one of the usual name.
pub fn default_name(names: &[String]) -> Option<&str> {
    match names {
        [only] => Some(only),
        several => several.iter().map(String::as_str).find(|name| *name == USUAL_NAME),
    }
}

/// The recipient that was named: a key file or a stored name; else the profile's; else the stored one.
pub fn chosen(named: Option<&Path>, now: Timestamp, context: &mut Context) -> Result<Recipient> {
    let of_profile = match named {
        Some(_) => None,
        None => context.profile()?.recipient.clone(),
    };
    if let Some(path) = named.or(of_profile.as_deref()) {
        return by_file_or_name(path, named.is_none(), now, context);
    }
    let store = Store::open()?;
    let names = store.names()?;
    let name = match (default_name(&names), &names[..]) {
        (Some(name), _) => name,
        (None, []) => {
            return Err(Failure::usage("no recipient").with_hint(
                "name its key file with --recipient, store it with `el2g recipient add`, or put it in a profile",
            ));
        }
        (None, several) => {
            return Err(Failure::usage(format!(
                "no recipient, and {} are stored: {}",
                several.len(),
                several.join(", ")
            ))
            .with_hint("name one with --recipient"));
        }
    };
    let recipient = store.recipient(name, now, context)?;
    let fingerprint = fingerprint(&recipient).map(|it| it.to_string()).unwrap_or_default();
    context.console.note(format!("recipient `{name}`, {fingerprint}"));
    Ok(recipient)
}

/// The recipients that a message sealed elsewhere may be encrypted to: the one that was named, else the profile's, else
/// every stored one. Empty when none is known.
pub fn known(
    named: Option<&Path>,
    now: Timestamp,
    context: &mut Context,
) -> Result<Vec<Recipient>> {
    if named.is_some() || context.profile()?.recipient.is_some() {
        return Ok(vec![chosen(named, now, context)?]);
    }
    // Without a home folder there is no store.
    let Ok(store) = Store::open() else { return Ok(Vec::new()) };
    let names = store.names()?;
    names.iter().map(|name| store.recipient(name, now, context)).collect()
}

/// What else than a name that is neither a file nor stored may be given for a recipient.
pub fn what_is_stored(typed: &str, names: &[String]) -> String {
    const MOST: usize = 10;
    let known = || names.iter().map(String::as_str);
    if names.is_empty() {
        let gpg = if is_bare_key_name(typed) {
            "; for a key of your GnuPG keyring: gpg --armor --export FINGERPRINT > FILE"
        } else {
            ""
        };
        return format!(
            "expected a key file; no recipient is stored (`el2g recipient add FILE` stores one){gpg}"
        );
    }
    let more = if names.len() > MOST { ", …" } else { "" };
    let stored = known().take(MOST).collect::<Vec<_>>().join(", ");
    let meant = did_you_mean(typed, known()).map_or_else(String::new, |it| format!("{it} "));
    format!(
        "{meant}expected a key file or a stored recipient: {stored}{more} (`el2g recipient list`)"
    )
}

/// A path that exists is a file; what could be both is refused, because the wrong one would be sealed to.
fn by_file_or_name(
    path: &Path,
    of_profile: bool,
    now: Timestamp,
    context: &mut Context,
) -> Result<Recipient> {
    // A profile's path is led by the config file's folder.
    let text = if of_profile { path.file_name().unwrap_or_default() } else { path.as_os_str() };
    let name = text.to_str().filter(|text| is_name(text));
    if let Some(name) = name
        && let Ok(store) = Store::open()
        && store.names()?.iter().any(|stored| stored == name)
    {
        if !path.exists() {
            return store.recipient(name, now, context);
        }
        if !of_profile {
            return Err(Failure::usage(format!(
                "--recipient {name}: there is a file and a stored recipient of that name"
            ))
            .with_hint(format!("write ./{name} for the file, or remove one of them")));
        }
    }
    let content = match context.input.read_deciding(path, LARGEST_KEY_FILE) {
        Err(failure) if path.as_os_str() != "-" && is_missing(path) => {
            let text = text.to_string_lossy();
            return Err(failure.with_hint(what_is_stored(&text, &Store::open()?.names()?)));
        }
        read => read?,
    };
    Recipient::read(&content, now).map_err(|e| Failure::from(e).about(path.display()))
}

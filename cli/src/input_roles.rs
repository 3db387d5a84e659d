//! What every argument that names a file is for, and the check of all of them before a command begins.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::ArgMatches;
use el2g_cert_profile::RuleSet;
use el2g_files::{
    FileRole, InputPolicy, SecretFileError, TrustError, check_secret_file, open_regular,
};
use el2g_pem_line::Kind;
use el2g_signers::{KeyPlace, TokenUri};
use el2g_text::one_line;
use el2g_workflows::Failure;
use zeroize::Zeroizing;

use crate::Result;
use crate::input::SecretPath;
use crate::output_places::OutputPath;
use crate::unlocking::{key_place, module_of_environment};

/// What a file named by an argument is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArgumentRole {
    /// A key, payload, token, passphrase: a [`SecretPath`].
    Secret,
    /// It decides what is done, sent, signed or trusted.
    Deciding,
    /// It is examined and reported on, or comes from others by its nature; nothing is done because of it.
    Examined,
    /// It is written.
    Output,
    /// No file, although the help calls it a path.
    NoFile,
}

use ArgumentRole::{Deciding, Examined, NoFile, Output, Secret};

/// The arguments that name files: the command (empty: every command), the argument's id, and what the file is for.
/// The first row that fits counts.
const ROLES: &[(&str, &str, ArgumentRole)] = &[
    ("cert check", "certificates", Examined),
    ("cert check", "csr", Examined),
    ("cert check-verification", "certificate", Examined),
    ("checksum", "file", Examined),
    ("contract check", "openapi", Examined),
    ("csr show", "file", Examined),
    ("pem", "file", Examined),
    ("pgp inspect", "files", Examined),
    ("pgp recipient", "file", Examined),
    // Read by the service as well as written: what is there decides what it answers.
    ("sandbox serve", "state", Deciding),
    // A path of the API.
    ("api", "path", NoFile),
    ("", "body", Deciding),
    ("", "ca", Deciding),
    ("", "ca_cert", Deciding),
    ("", "certificate", Deciding),
    ("", "config", Deciding),
    ("", "csr", Deciding),
    ("", "escrow_to", Deciding),
    ("", "faults", Deciding),
    ("", "file", Deciding),
    ("", "from", Deciding),
    ("", "intermediate", Deciding),
    ("", "journal", Deciding),
    ("", "manifest", Deciding),
    ("", "message", Deciding),
    ("", "policies", Deciding),
    ("keyset", "public_key", Deciding),
    ("", "recipient", Deciding),
    ("", "results", Deciding),
    ("", "root", Deciding),
    ("", "root_cert", Deciding),
    ("", "rules", Deciding),
    ("", "signature_in", Deciding),
    ("", "signer_public", Deciding),
    ("", "tbs_in", Deciding),
    ("", "template", Deciding),
    ("", "claim_code_file", Secret),
    ("", "component", Secret),
    ("", "in_token", Secret),
    ("", "input", Secret),
    ("", "key", Secret),
    ("", "open_with", Secret),
    ("", "passphrase_file", Secret),
    ("", "root_key", Secret),
    ("", "secret", Secret),
    ("", "secret_file", Secret),
    ("", "session_key_file", Secret),
    ("", "signer", Secret),
    ("", "token_file", Secret),
    ("", "csr_out", Output),
    ("", "escrow_dir", Output),
    ("", "escrow_out", Output),
    ("", "keep", Output),
    ("", "key_out", Output),
    ("", "out", Output),
    ("", "out_dir", Output),
    ("", "public_out", Output),
    ("", "receipt", Output),
    ("", "receipt_dir", Output),
    ("", "record", Output),
    ("", "secret_out", Output),
    ("", "secrets_out", Output),
    ("", "tbs_out", Output),
];

/// What the file that an argument of a command names is for.
pub fn role(command: &str, argument: &str) -> Option<ArgumentRole> {
    let fits = |wanted: &str| {
        wanted.is_empty()
            || command == wanted
            || command.strip_prefix(wanted).is_some_and(|rest| rest.starts_with(' '))
    };
    ROLES.iter().find(|(wanted, id, _)| *id == argument && fits(wanted)).map(|(_, _, role)| *role)
}

/// Variables that name a file to read, and what it is for.
const ENVIRONMENT: [(&str, ArgumentRole); 4] = [
    ("EL2G_CONFIG", Deciding),
    ("EL2G_CA_CERT", Deciding),
    ("EL2G_TOKEN_FILE", Secret),
    ("EL2G_PASSPHRASE_FILE", Secret),
];

/// A file that the command line or the environment names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedFile {
    /// The path as it was given.
    pub path: PathBuf,
    /// The argument or variable that names it.
    pub named_by: String,
    /// What it is for.
    pub role: ArgumentRole,
    /// Whether the command writes it: an output, or a journal, which decides as well.
    pub is_written: bool,
}

/// Every file that a command line and the environment name, in one walk; `-` and the built-in rule sets left out.
pub fn named_files(matches: &ArgMatches) -> Vec<NamedFile> {
    let mut command = String::new();
    let mut last = matches;
    // Options of every command are repeated on every level; arguments of a command stand on the last.
    while let Some((name, below)) = last.subcommand() {
        command = format!("{command} {name}").trim_start().to_owned();
        last = below;
    }
    let mut files = Vec::new();
    for id in last.ids() {
        let id = id.as_str();
        let Some(role) = role(&command, id).filter(|role| *role != NoFile) else { continue };
        let Ok(Some(values)) = last.try_get_raw(id) else { continue };
        let is_written = role == Output || last.try_get_many::<OutputPath>(id).is_ok();
        let values = values
            .filter(|value| *value != "-")
            .filter(|value| id != "rules" || value.to_str().and_then(RuleSet::built_in).is_none());
        let named_by = id.to_owned();
        files.extend(values.map(|value| NamedFile {
            path: value.into(),
            named_by: named_by.clone(),
            role,
            is_written,
        }));
    }
    files.extend(named_by_environment());
    files
}

fn named_by_environment() -> impl Iterator<Item = NamedFile> {
    ENVIRONMENT.iter().filter_map(|(variable, role)| {
        let path = std::env::var_os(variable).filter(|path| !path.is_empty())?;
        (path != "-").then(|| NamedFile {
            path: path.into(),
            named_by: (*variable).to_owned(),
            role: *role,
            is_written: false,
        })
    })
}

/// Refuses files of a command line which another user can change, and secrets that others can read. Files that are
/// missing or otherwise unfit are left to the command.
pub fn check(files: &[NamedFile], policy: &InputPolicy) -> Result<()> {
    // The passphrase file of the environment is about secret files that are given, where no other is given for them.
    let is_typed = |file: &&NamedFile| file.role == Secret && !is_of_environment(file);
    let typed: Vec<&NamedFile> = files.iter().filter(is_typed).collect();
    let is_needed = |file: &NamedFile| {
        file.named_by != "EL2G_PASSPHRASE_FILE"
            || (!typed.is_empty() && typed.iter().all(|file| file.named_by != "passphrase_file"))
    };
    // Secrets first: of two mistakes the worse is named.
    let (secrets, others): (Vec<&NamedFile>, Vec<&NamedFile>) =
        files.iter().filter(|file| is_needed(file)).partition(|file| file.role == Secret);
    secrets.into_iter().chain(others).try_for_each(|file| check_file(file, policy))
}

fn is_of_environment(file: &NamedFile) -> bool {
    ENVIRONMENT.iter().any(|(variable, _)| *variable == file.named_by)
}

/// The same for one file.
pub fn check_file(file: &NamedFile, policy: &InputPolicy) -> Result<()> {
    match file.role {
        Secret => check_secret(&SecretPath::new(file.path.clone()), policy),
        Deciding => match policy.check(&file.path, FileRole::Deciding) {
            Err(refused @ TrustError::Untrusted(_)) => Err(refused.into()),
            _ => Ok(()),
        },
        Examined | Output | NoFile => Ok(()),
    }
}

/// Refuses a secret file that others can change or read; for a key on a token, its module and its PIN file.
pub fn check_secret(path: &SecretPath, policy: &InputPolicy) -> Result<()> {
    match key_place(path) {
        Ok(KeyPlace::Token(uri)) => check_token(&uri, policy),
        Ok(KeyPlace::File(_) | KeyPlace::Agent(_)) | Err(_) => secret_file(path.path(), policy),
    }
}

/// Refuses a token whose module others can change, or whose PIN file they can read.
pub fn check_token(uri: &TokenUri, policy: &InputPolicy) -> Result<()> {
    let named = uri.text("module-path").map(PathBuf::from).or_else(module_of_environment);
    if let Some(module) = named
        && let Err(refused @ TrustError::Untrusted(_)) = policy.check(&module, FileRole::Code)
    {
        return Err(refused.into());
    }
    match uri.pin_file() {
        Some(pin) => secret_file(&pin, policy),
        None => Ok(()),
    }
}

fn secret_file(path: &Path, policy: &InputPolicy) -> Result<()> {
    let checked = check_secret_file(path, policy);
    // A public key in place of the secret one: its mode is right, and no `chmod` helps.
    if let Err(SecretFileError::ReadableByOthers { .. }) = checked
        && let Some(label) = public_block(path)
    {
        let name = one_line(&path.display().to_string());
        return Err(Failure::input(format!("{name}: expected a secret, found a block `{label}`"))
            .with_hint("name the file of the secret key, payload or passphrase"));
    }
    match checked {
        Err(
            refused @ (SecretFileError::Untrusted(_) | SecretFileError::ReadableByOthers { .. }),
        ) => Err(refused.into()),
        _ => Ok(()),
    }
}

/// The label of the first block in a file that holds nothing but blocks that are not a secret.
fn public_block(path: &Path) -> Option<&'static str> {
    const LOOKED_AT: u64 = 64 * 1024;
    let mut text = Zeroizing::new(Vec::with_capacity(LOOKED_AT as usize));
    open_regular(path).ok()?.take(LOOKED_AT).read_to_end(&mut text).ok()?;
    let lines = text.split(|octet| *octet == b'\n').map(<[u8]>::trim_ascii);
    let labels = lines.filter_map(|line| line.strip_prefix(b"-----BEGIN ")?.strip_suffix(b"-----"));
    let known = labels.map(|label| Kind::known_label(std::str::from_utf8(label).ok()?));
    let known: Option<Vec<&str>> = known.collect();
    let is_public = |label: &&str| !label.contains("PRIVATE");
    known.filter(|labels| labels.iter().all(is_public))?.first().copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::every_argument::{every_argument, is_read_as};

    #[test]
    fn every_argument_that_names_a_file_has_a_role() {
        let mut missing = Vec::new();
        let mut used = std::collections::BTreeSet::new();
        every_argument(|name, argument| {
            let id = argument.get_id().as_str();
            let is_secret = is_read_as::<SecretPath>(argument);
            let is_path = is_read_as::<PathBuf>(argument);
            let names = argument.get_value_names().unwrap_or_default();
            let is_named = names.iter().any(|name| {
                name.split('|').any(|word| ["FILE", "DIR", "FOLDER", "PATH"].contains(&word))
            });
            let found = role(name, id);
            if is_secret != (found == Some(Secret)) && (is_secret || is_path) {
                missing.push(format!("{name}: {id}: Secret and SecretPath go together"));
            }
            if (is_secret || is_path || is_named) && found.is_none() {
                missing.push(format!("{name}: {id}: no role"));
            }
            if is_secret || is_path || is_named {
                used.insert(id.to_owned());
            }
        });
        for (_, id, _) in ROLES {
            if !used.contains(*id) && *id != "rules" {
                missing.push(format!("{id}: no argument has this name"));
            }
        }
        assert_eq!(missing, Vec::<String>::new());
    }
}

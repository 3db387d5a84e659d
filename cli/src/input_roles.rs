//! What every argument that names a file is for, and the check of all of them before a command begins.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use clap::ArgMatches;
use el2g_cert_profile::RuleSet;
use el2g_files::{FileRole, InputPolicy, SecretFileError, TrustError, check_secret_file};
use el2g_signers::KeyPlace;

use crate::Result;
use crate::input::{SecretPath, passphrase_file_of_environment};
use crate::root_key::{key_place, module_of_environment};
use crate::settings::variable;

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
}

use ArgumentRole::{Deciding, Examined, Output, Secret};

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
    ("pgp inspect", "file", Examined),
    ("pgp recipient", "file", Examined),
    // Read by the service as well as written: what is there decides what it answers.
    ("sandbox serve", "state", Deciding),
    // A path of the API.
    ("api", "path", Examined),
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
    ("", "record", Output),
    ("", "secret_out", Output),
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

/// Refuses a command line that names a file which another user can change, or a secret that others can read; and the
/// same for files that the environment names. Files that are missing or otherwise unfit are left to the command.
pub fn check(matches: &ArgMatches, secrets: &[SecretPath], policy: &InputPolicy) -> Result<()> {
    for path in secrets.iter().filter(|path| !path.is_stdin()) {
        secret(path, policy)?;
    }
    for path in deciding_paths(matches) {
        deciding(&path, policy)?;
    }
    if let Some(path) = variable("EL2G_TOKEN_FILE") {
        secret(&SecretPath::new(path.into()), policy)?;
    }
    for name in ["EL2G_CONFIG", "EL2G_CA_CERT"] {
        if let Some(path) = variable(name) {
            deciding(Path::new(&path), policy)?;
        }
    }
    Ok(())
}

fn deciding(path: &Path, policy: &InputPolicy) -> Result<()> {
    match policy.check(path, FileRole::Deciding) {
        Err(refused @ TrustError::Untrusted(_)) => Err(refused.into()),
        _ => Ok(()),
    }
}

fn secret(path: &SecretPath, policy: &InputPolicy) -> Result<()> {
    if let Ok(KeyPlace::Token(uri)) = key_place(path) {
        let named = uri.text("module-path").map(PathBuf::from).or_else(module_of_environment);
        if let Some(module) = named
            && let Err(refused @ TrustError::Untrusted(_)) = policy.check(&module, FileRole::Code)
        {
            return Err(refused.into());
        }
        return match uri.pin_file() {
            Some(pin) => secret_file(&pin, policy),
            None => Ok(()),
        };
    }
    secret_file(path.path(), policy)
}

fn secret_file(path: &Path, policy: &InputPolicy) -> Result<()> {
    match check_secret_file(path, policy) {
        Err(
            refused @ (SecretFileError::Untrusted(_) | SecretFileError::ReadableByOthers { .. }),
        ) => Err(refused.into()),
        _ => Ok(()),
    }
}

/// The files of a command line that decide something; `-` and names of built-in rule sets left out.
fn deciding_paths(matches: &ArgMatches) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    let mut command = String::new();
    let mut level = Some(matches);
    while let Some(matches) = level {
        level = matches.subcommand().map(|(name, below)| {
            command = format!("{command} {name}").trim_start().to_owned();
            below
        });
        // Options of every command are repeated on every level; arguments of a command stand on the last.
        if level.is_some() {
            continue;
        }
        for id in matches.ids() {
            if role(&command, id.as_str()) != Some(Deciding) {
                continue;
            }
            let Ok(Some(values)) = matches.try_get_raw(id.as_str()) else { continue };
            let is_file = |value: &&OsStr| {
                *value != "-" && value.to_str().is_none_or(|it| RuleSet::built_in(it).is_none())
            };
            paths.extend(values.filter(is_file).map(PathBuf::from));
        }
    }
    paths
}

/// Every [`SecretPath`] of a command line, and the passphrase file of the environment.
pub fn secret_paths(matches: &ArgMatches) -> Vec<SecretPath> {
    let mut paths = Vec::new();
    collect_secret_paths(matches, &mut paths);
    // Where secret files are given, the passphrase file of the environment is about them.
    if !paths.is_empty() && !matches_passphrase_file(matches) {
        paths.extend(passphrase_file_of_environment());
    }
    paths
}

fn collect_secret_paths(matches: &ArgMatches, paths: &mut Vec<SecretPath>) {
    for id in matches.ids() {
        if let Ok(Some(values)) = matches.try_get_many::<SecretPath>(id.as_str()) {
            paths.extend(values.cloned());
        }
    }
    if let Some((_, below)) = matches.subcommand() {
        collect_secret_paths(below, paths);
    }
}

fn matches_passphrase_file(matches: &ArgMatches) -> bool {
    matches!(matches.try_get_one::<SecretPath>("passphrase_file"), Ok(Some(_)))
}

#[cfg(test)]
mod tests {
    use clap::{Command, CommandFactory};

    use super::*;
    use crate::options::Cli;

    fn walk(command: &Command, name: &str, each: &mut dyn FnMut(&str, &clap::Arg)) {
        for argument in command.get_arguments() {
            each(name, argument);
        }
        for below in command.get_subcommands() {
            walk(below, format!("{name} {}", below.get_name()).trim_start(), each);
        }
    }

    #[test]
    fn every_argument_that_names_a_file_has_a_role() {
        let mut missing = Vec::new();
        let mut used = std::collections::BTreeSet::new();
        let mut command = Cli::command();
        command.build();
        walk(&command, "", &mut |name, argument| {
            let id = argument.get_id().as_str();
            let parsed = argument.get_value_parser().type_id();
            let is_secret = parsed
                == clap::builder::ValueParser::from(
                    |_: &str| -> std::result::Result<SecretPath, String> { Err(String::new()) },
                )
                .type_id();
            let is_path = parsed == clap::builder::ValueParser::path_buf().type_id();
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

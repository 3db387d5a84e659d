//! One object as it is described, by a row of a manifest or `--new`: its columns are the flags of `secure-object create`.

use std::ffi::OsString;
use std::path::Path;

use clap::{ArgAction, Args as _, Command, FromArgMatches as _};
use el2g_text::file_name;
use el2g_workflows::{Failure, FailureKind, ObjectRow, is_like_a_key, shown_column, truth};

use crate::Result;
use crate::commands::secure_object::create;
use crate::context::Context;
use crate::input::SecretPath;
use crate::input_roles::{ArgumentRole, NamedFile, check_file, role};
use crate::output_places::OutputPath;
use crate::token_key::token_uri;

/// The command whose flags describe an object.
const CREATE: &str = "secure-object create";

/// Kinds that a manifest of `pgp seal-batch` names: the words they stand for.
const KINDS: [(&str, &[&str]); 3] = [
    ("aes", &["master-key"]),
    ("hmac", &["hmac-key"]),
    ("binary", &["binary-file", "--confidential"]),
];

/// Flags that are given once for all objects: the argument, and what is to be done.
const FOR_ALL: [(&str, &str); 3] = [
    ("journal", "give --journal before the object"),
    ("signer", "give --signer once on the command line"),
    ("recipient", "give --recipient once on the command line"),
];

/// An object as it was described.
pub struct DescribedObject {
    /// How a message names it.
    pub label: String,
    /// What it is to be.
    pub kind: create::NewObjectKind,
    /// Whether it was typed.
    pub is_typed: bool,
}

impl DescribedObject {
    /// A failure as one of this object: in a manifest nothing is a wrong command line.
    pub fn about(label: &str, is_typed: bool, mut failure: Failure) -> Failure {
        if !is_typed && failure.kind == FailureKind::Usage {
            failure.kind = FailureKind::Input;
        }
        failure.about(label)
    }
}

/// The flags of all kinds of objects.
pub struct ObjectFlags {
    command: Command,
    /// Whether no copy of any secret that is made is kept.
    discard_plaintext: bool,
}

impl ObjectFlags {
    pub fn new(discard_plaintext: bool) -> Self {
        let command = Command::new("object").no_binary_name(true).disable_help_subcommand(true);
        Self { command: create::Arguments::augment_args(command), discard_plaintext }
    }

    /// Reads a row. Relative names of files start from `folder`. A wrong row of a manifest is a wrong input, one that was typed a
    /// wrong command line.
    pub fn of_row(
        &self,
        row: &ObjectRow,
        folder: &Path,
        context: &Context,
    ) -> Result<DescribedObject> {
        let name = row.get("name").unwrap_or_default();
        let label = match row.line {
            Some(line) => format!("line {line} ({})", file_name(name)),
            None => format!("--new ({})", file_name(name)),
        };
        let words = self.words(row, folder);
        let described = words.and_then(|words| self.parse(&words, context));
        let is_typed = row.line.is_none();
        match described {
            Ok(kind) => Ok(DescribedObject { kind, label, is_typed }),
            Err(mut failure) => {
                if is_typed && failure.kind == FailureKind::Input {
                    failure.kind = FailureKind::Usage;
                }
                Err(failure.about(label))
            }
        }
    }

    /// The words that a row stands for.
    fn words(&self, row: &ObjectRow, folder: &Path) -> Result<Vec<OsString>> {
        let typed = row.get("kind").ok_or_else(|| Failure::input("no kind"))?.to_lowercase();
        let alias = KINDS.iter().find(|(kind, _)| *kind == typed);
        let mut words: Vec<OsString> = match alias {
            Some((_, words)) => words.iter().map(Into::into).collect(),
            None => vec![typed.clone().into()],
        };
        let kind = words[0].to_string_lossy().into_owned();
        let Some(command) = self.command.find_subcommand(&kind) else {
            let known = self.command.get_subcommands().map(Command::get_name);
            let known = known.filter(|name| *name != "help").collect::<Vec<_>>().join(", ");
            return Err(Failure::input(format!(
                "unknown kind `{}`, known are {known}",
                shown_column(&typed)
            )));
        };
        for (column, value) in row.fields.iter().filter(|(column, _)| column != "kind") {
            // There the file is always the secret.
            let flag = if alias.is_some() && column == "file" { "in" } else { column };
            let is_called = |argument: &&clap::Arg| {
                argument.get_long() == Some(flag)
                    || argument.get_all_aliases().is_some_and(|aliases| aliases.contains(&flag))
            };
            let Some(argument) = command.get_arguments().find(is_called) else {
                return Err(unknown_column(column, command));
            };
            words.extend(word(argument, value, &kind, folder)?);
        }
        let is_kept = row.get("escrow-to").or(row.get("discard-plaintext")).is_some();
        if self.discard_plaintext && row.get("generate").is_some() && !is_kept {
            words.push("--discard-plaintext".into());
        }
        Ok(words)
    }

    fn parse(&self, words: &[OsString], context: &Context) -> Result<create::NewObjectKind> {
        let found = self.command.clone().try_get_matches_from(words);
        let found = found.and_then(|matches| {
            let arguments = create::Arguments::from_arg_matches(&matches)?;
            Ok((matches, arguments))
        });
        let (matches, arguments) = found.map_err(|error| wrong_words(&error, words))?;
        if let Some((kind, matches)) = matches.subcommand() {
            check_files(kind, matches, context)?;
        }
        Ok(arguments.kind)
    }
}

/// The words of one field.
fn word(argument: &clap::Arg, value: &str, kind: &str, folder: &Path) -> Result<Option<OsString>> {
    let (id, flag) = (argument.get_id().as_str(), argument.get_long().unwrap_or_default());
    if let Some((_, instead)) = FOR_ALL.iter().find(|(for_all, _)| *for_all == id) {
        return Err(Failure::input(format!("the column `{flag}` is not a row's"))
            .with_hint((*instead).to_owned()));
    }
    if matches!(argument.get_action(), ArgAction::SetTrue) {
        return match truth(value) {
            Some(true) => Ok(Some(format!("--{flag}").into())),
            Some(false) => Ok(None),
            None => Err(Failure::input(format!("{flag}: expected true or false"))),
        };
    }
    let role = role(&format!("{CREATE} {kind}"), id);
    let is_file = role.is_some_and(|role| role != ArgumentRole::NoFile);
    let is_secret = role == Some(ArgumentRole::Secret);
    let mut word = OsString::from(format!("--{flag}="));
    if !is_file {
        word.push(value);
        return Ok(Some(word));
    }
    if value == "-" {
        return Err(Failure::input(format!("{flag}: expected a file, found standard input")));
    }
    // A column that slipped would put the key where its file's name belongs.
    if is_like_a_key(value) {
        return Err(Failure::input(format!(
            "{flag}: expected the name of a file, found hexadecimal digits as of a key"
        ))
        .with_hint(
            "a manifest never holds the secrets themselves: put each in a file of its own (0600)",
        ));
    }
    match is_secret && token_uri(&SecretPath::new(value.into()))?.is_some() {
        true => word.push(value),
        false => word.push(folder.join(value)),
    }
    Ok(Some(word))
}

fn unknown_column(column: &str, command: &Command) -> Failure {
    let known = command.get_arguments().filter_map(clap::Arg::get_long);
    let for_all = |flag: &&str| !FOR_ALL.iter().any(|(all, _)| all == flag) && *flag != "help";
    let known = known.filter(for_all).collect::<Vec<_>>().join(", ");
    let (column, kind) = (shown_column(column), command.get_name());
    Failure::input(format!("a {kind} has no column `{column}`, it has: {known}"))
        .with_hint("leave the field empty in rows of this kind")
}

/// What clap says, in one line and without values that could be a key.
fn wrong_words(error: &clap::Error, words: &[OsString]) -> Failure {
    let said = error.to_string();
    let said = said.split("\n\nUsage:").next().unwrap_or(&said);
    let said = said.strip_prefix("error: ").unwrap_or(said);
    let values = words.iter().map(|word| word.to_string_lossy().into_owned());
    let values = values.flat_map(|word| {
        let value = word.split_once('=').map(|(_, value)| value.to_owned());
        value.into_iter().chain([word])
    });
    let said = values.fold(said.to_owned(), |said, value| match file_name(&value) {
        safe if safe == value => said,
        safe => said.replace(&value, &safe),
    });
    Failure::input(said.split_whitespace().collect::<Vec<_>>().join(" "))
        .with_hint("the columns of a manifest are the flags of `el2g secure-object create`; its help lists the kinds, and the help of each kind its flags")
}

/// Refuses files of an object that another user can change, and secrets that others can read.
fn check_files(kind: &str, matches: &clap::ArgMatches, context: &Context) -> Result<()> {
    for id in matches.ids() {
        let id = id.as_str();
        let Some(role) = role(&format!("{CREATE} {kind}"), id) else { continue };
        let Ok(Some(values)) = matches.try_get_raw(id) else { continue };
        let is_written = matches.try_get_many::<OutputPath>(id).is_ok();
        for value in values.filter(|value| *value != "-" && role != ArgumentRole::NoFile) {
            let (path, named_by) = (value.into(), id.to_owned());
            let file = NamedFile { path, named_by, role, is_written };
            check_file(&file, context.input.policy())?;
        }
    }
    Ok(())
}

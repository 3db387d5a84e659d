//! Everything that is read: files with a cap, standard input once, secret files, prompts.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use clap::ArgMatches;
use el2g_files::{Readability, SecretFileError, check_secret_file, read_secret_file};
use el2g_key_payload::{SecretBytes, io_reason};
use el2g_workflows::Failure;

use crate::Result;
use crate::confirmation::Questions;

/// Most bytes of a certificate, key, message or other small text that is read.
pub const SMALL_FILE: usize = 1024 * 1024;

/// A path given on the command line that names a file with a secret, or `-` for standard input.
///
/// Every argument that names such a file has this type: all of them are looked at before the command
/// begins, and refused when others can read them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretPath(PathBuf);

impl SecretPath {
    /// A secret file named elsewhere than on the command line.
    pub fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// The path as it was given.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Whether it means standard input.
    pub fn is_stdin(&self) -> bool {
        self.0.as_os_str() == "-"
    }
}

impl From<OsString> for SecretPath {
    fn from(text: OsString) -> Self {
        Self(text.into())
    }
}

/// Every [`SecretPath`] of a command line.
pub fn secret_paths(matches: &ArgMatches) -> Vec<SecretPath> {
    let mut paths = Vec::new();
    collect_secret_paths(matches, &mut paths);
    // Where secret files are given, the passphrase file of the environment is about them.
    if !paths.is_empty() && !matches_passphrase_file(matches) {
        paths.extend(passphrase_file_of_environment());
    }
    paths
}

/// Refuses the command line when any [`SecretPath`] in it can be read by others. Files that are
/// missing or otherwise unfit are left for the command to report.
pub fn refuse_readable_secrets(paths: &[SecretPath], readability: Readability) -> Result<()> {
    for path in paths.iter().filter(|path| !path.is_stdin()) {
        let looked_at = check_secret_file(path.path(), readability);
        if let Err(refused @ SecretFileError::ReadableByOthers { .. }) = looked_at {
            return Err(refused.into());
        }
    }
    Ok(())
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

/// `EL2G_PASSPHRASE_FILE`, where it is set and not empty.
pub fn passphrase_file_of_environment() -> Option<SecretPath> {
    std::env::var_os("EL2G_PASSPHRASE_FILE").filter(|path| !path.is_empty()).map(SecretPath::from)
}

/// The one reader of files, standard input and the terminal.
#[derive(Debug)]
pub struct Input {
    readability: Readability,
    prompts: bool,
    stdin_taken: bool,
}

impl Input {
    /// An input that accepts secret files of this `readability` and prompts where `prompts`.
    pub fn new(readability: Readability, prompts: bool) -> Self {
        Self { readability, prompts, stdin_taken: false }
    }

    /// Reads a file that holds no secret, or standard input for `-`; at most `cap` bytes. A larger
    /// file is refused by its size, unread.
    pub fn read(&mut self, path: &Path, cap: usize) -> Result<Vec<u8>> {
        let mut content = Vec::new();
        let source = self.open_capped(path, cap)?;
        // One byte more than the cap tells "exactly at the cap" from "more".
        let read = source.take(cap as u64 + 1).read_to_end(&mut content);
        read.map_err(|error| unreadable(path, &error))?;
        if content.len() > cap { Err(too_large(path, cap)) } else { Ok(content) }
    }

    /// Opens a file of any size, or standard input for `-`.
    pub fn open(&mut self, path: &Path) -> Result<Box<dyn Read>> {
        self.open_capped(path, usize::MAX)
    }

    fn open_capped(&mut self, path: &Path, cap: usize) -> Result<Box<dyn Read>> {
        if path.as_os_str() == "-" {
            return Ok(Box::new(self.stdin()?));
        }
        let found = fs::metadata(path).map_err(|error| unreadable(path, &error))?;
        if found.is_dir() {
            return Err(Failure::input(format!(
                "{}: is a directory, a file is wanted",
                path.display()
            )));
        }
        if found.is_file() && found.len() > cap as u64 {
            return Err(too_large(path, cap));
        }
        Ok(Box::new(File::open(path).map_err(|error| unreadable(path, &error))?))
    }

    /// Reads a file that holds a secret, or standard input for `-`; at most `cap` bytes.
    pub fn read_secret(&mut self, path: &SecretPath, cap: usize) -> Result<SecretBytes> {
        if path.is_stdin() {
            let stdin = self.stdin()?;
            return SecretBytes::read_from(stdin, cap)
                .map_err(|error| Failure::from(error).about("standard input"));
        }
        Ok(read_secret_file(path.path(), cap, self.readability)?)
    }

    /// Standard input, which can be read once only.
    fn stdin(&mut self) -> Result<io::Stdin> {
        if std::mem::replace(&mut self.stdin_taken, true) {
            return Err(Failure::usage("standard input (`-`) is wanted for more than one thing"));
        }
        Ok(io::stdin())
    }

    /// Asks for a secret on the terminal, without echo. `instead` says how to do without the prompt.
    pub fn prompt_secret(&self, question: &str, instead: &str) -> Result<SecretBytes> {
        self.want_terminal(question, instead)?;
        rpassword::prompt_password(format!("{question}: "))
            .map(|typed| SecretBytes::new(typed.into_bytes()))
            .map_err(|error| no_prompt(question, instead).with_cause(error.to_string()))
    }

    /// Asks a yes-or-no question on the terminal; only `y` and `yes` are yes.
    pub fn ask(&self, question: &str, instead: &str) -> Result<bool> {
        let answer = self.answer(question, " [y/N] ", instead)?;
        Ok(matches!(answer.to_ascii_lowercase().as_str(), "y" | "yes"))
    }

    /// Asks for something that is no secret on the terminal.
    pub fn prompt_line(&self, question: &str, instead: &str) -> Result<String> {
        self.answer(question, ": ", instead)
    }

    fn answer(&self, question: &str, mark: &str, instead: &str) -> Result<String> {
        self.want_terminal(question, instead)?;
        let failed = |error: io::Error| no_prompt(question, instead).with_cause(error.to_string());
        self.questions().ask(question, mark).map_err(failed)
    }

    /// Questions as they may be asked here.
    pub fn questions(&self) -> Questions {
        Questions::new(self.prompts)
    }

    /// Whether somebody could be asked.
    pub fn can_ask(&self) -> bool {
        self.questions().can_ask()
    }

    fn want_terminal(&self, question: &str, instead: &str) -> Result<()> {
        if self.can_ask() {
            return Ok(());
        }
        Err(no_prompt(question, instead))
    }
}

fn no_prompt(question: &str, instead: &str) -> Failure {
    Failure::usage(format!("needs an answer and cannot ask ({question})")).with_hint(instead)
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    Failure::input(format!("{}: cannot be read: {}", path.display(), io_reason(error.kind())))
}

fn too_large(path: &Path, cap: usize) -> Failure {
    Failure::input(format!(
        "{}: larger than {cap} bytes, the most that is read here",
        path.display()
    ))
}

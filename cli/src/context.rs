//! What every command is given: the console, the readers, the options of the command line with the
//! environment and the profile behind them, the clock and the random source.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::future::Future;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use clap::ValueEnum;
use el2g_cert_profile::RuleSet;
use el2g_files::{InputPolicy, Keep, OutputFile, OutputFileError, Readability, UntrustedFile};
use el2g_key_payload::{SecretBytes, SystemEntropy};
use el2g_openpgp_envelope::Recipient;
use el2g_signers::TokenSecrets;
use el2g_text::without_mark;
use el2g_workflows::{Failure, Gate, RecordFile};
use el2g_x509::Instant;

use crate::Result;
use crate::confirmation::Confirmation;
use crate::input::{Input, SecretPath, passphrase_file_of_environment};
use crate::input_roles::NamedFile;
use crate::options::Everywhere;
use crate::output::{Console, OutputFormat, Verbosity};
use crate::output_kind::OutputKind;
use crate::output_places::{OutputPlaces, refuse_what_is_kept};
use crate::settings::{Profile, ServiceSettings};

/// Most bytes of a passphrase or token file.
pub const SHORT_SECRET: usize = 64 * 1024;

/// The surroundings of a command.
pub struct Context {
    /// Where notes go.
    pub console: Console,
    /// Where files, standard input and answers come from.
    pub input: Input,
    /// The options of every command.
    pub everywhere: Everywhere,
    /// What the gate before the service compares with.
    pub expected: Expected,
    /// The tokens that secret keys are taken from, unlocked.
    pub tokens: TokenSecrets,
    places: OutputPlaces,
    profile: Option<Profile>,
}

/// What the gate before the service compares requests with.
#[derive(Default)]
pub struct Expected {
    /// The keys that messages may be encrypted to; empty when none is known.
    pub recipients: Vec<Recipient>,
    /// The rules for certificates that are uploaded; without it those of section 6.
    pub rules: Option<RuleSet>,
}

impl Context {
    /// Resolves what is needed by every command. The config file is read only when a command asks.
    /// `files` are those that were named for it.
    pub fn new(everywhere: Everywhere, files: &[NamedFile]) -> Result<Self> {
        let format = match everywhere.output {
            Some(format) => format,
            None => variable(
                "EL2G_OUTPUT",
                |text| OutputFormat::from_str(text, false).ok(),
                "human or json",
            )?
            .unwrap_or_default(),
        };
        let verbosity = match (everywhere.quiet, everywhere.verbose) {
            (true, _) => Verbosity::Quiet,
            (false, 0) => variable("EL2G_LOG", verbosity_named, "quiet, normal, info or debug")?
                .unwrap_or_default(),
            (false, 1) => Verbosity::Info,
            (false, _) => Verbosity::Debug,
        };
        let console = Console::with(format, verbosity, everywhere.color.unwrap_or_default());
        let input = Input::new(input_policy(&everywhere, console), !everywhere.no_input);
        let read = files.iter().filter(|file| !file.is_written);
        let places = OutputPlaces::beside(read.map(|file| file.path.as_path()));
        let expected = Expected::default();
        let tokens = TokenSecrets::default();
        Ok(Self { console, input, everywhere, expected, tokens, places, profile: None })
    }

    /// Seconds since 1970 by the system's clock.
    pub fn now(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
    }

    /// The gate that requests pass: with what this command expects, and the rules that were typed to be passed over.
    pub fn gate(&mut self) -> Gate {
        let Expected { recipients, rules } = std::mem::take(&mut self.expected);
        let gate = Gate::new(Instant::from_unix(self.now()))
            .with_recipients(recipients)
            .skipping(self.everywhere.skip_check.clone());
        match rules {
            Some(rules) => gate.with_rule_set(rules),
            None => gate,
        }
    }

    /// The names of the checks that are to be passed over.
    pub fn skipped_checks(&self) -> Vec<&'static str> {
        self.everywhere.skip_check.iter().map(|rule| rule.name()).collect()
    }

    /// The system's random source.
    pub fn entropy(&self) -> SystemEntropy {
        SystemEntropy
    }

    /// Runs something asynchronous to its end. Commands that stay offline never start a runtime.
    pub fn block_on<T>(&self, future: impl Future<Output = T>) -> Result<T> {
        Ok(self.runtime()?.block_on(future))
    }

    /// What runs something asynchronous.
    pub fn runtime(&self) -> Result<tokio::runtime::Runtime> {
        tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(|error| Failure::bug(format!("cannot start the runtime: {error}")))
    }

    /// The profile: of `--profile`, else the config's default, else an empty one.
    pub fn profile(&mut self) -> Result<&Profile> {
        if self.profile.is_none() {
            self.profile = Some(Profile::load(&self.everywhere, self.input.policy())?);
        }
        Ok(self.profile.as_ref().expect("it was just put there"))
    }

    /// Has what follows use this profile as it is in the config file now.
    pub fn take_profile(&mut self, name: String) {
        self.everywhere.profile = Some(name);
        self.profile = None;
    }

    /// Where the service is and how it is spoken to.
    pub fn service(&mut self) -> Result<ServiceSettings> {
        self.profile()?;
        let profile = self.profile.as_ref().expect("it was just loaded");
        ServiceSettings::resolve(&self.everywhere, profile)
    }

    /// The passphrase without asking: from `--passphrase-file`, else `EL2G_PASSPHRASE_FILE`. One final
    /// newline is not part of it.
    pub fn passphrase_given(&mut self) -> Result<Option<SecretBytes>> {
        let path = self.everywhere.passphrase_file.clone().or_else(passphrase_file_of_environment);
        path.map(|path| self.read_short_secret(&path)).transpose()
    }

    /// The passphrase of something named `what`: as given, else asked for on the terminal.
    pub fn passphrase(&mut self, what: &str) -> Result<SecretBytes> {
        self.secret_of("passphrase", what)
    }

    /// The passphrase or PIN (`kind`) of something named `what`, found as a passphrase is.
    pub fn secret_of(&mut self, kind: &str, what: &str) -> Result<SecretBytes> {
        match self.passphrase_given()? {
            Some(secret) => Ok(secret),
            None => self.input.prompt_secret(
                &format!("{}{} of {what}", kind[..1].to_uppercase(), &kind[1..]),
                &format!("give the {kind} with --passphrase-file or EL2G_PASSPHRASE_FILE"),
            ),
        }
    }

    /// Continues only after a yes: `--yes`, or an answer on the terminal.
    pub fn confirm(&self, question: &str) -> Result<()> {
        if self.everywhere.yes
            || self.input.ask(question, "pass --yes to answer the question in advance")?
        {
            return Ok(());
        }
        Err(Failure::usage("stopped: the answer was not yes"))
    }

    /// How questions are answered here. What cannot be undone is asked about always: without a terminal only `--yes`
    /// answers.
    pub fn confirmation(&self) -> Confirmation {
        Confirmation::new(self.input.questions(), self.everywhere.yes)
    }

    /// A file that will be written. `kind` says who may read it and when it replaces what is there.
    pub fn output(&self, kind: OutputKind, path: &Path) -> Result<OutputFile> {
        if is_stdout(path) {
            return Err(Failure::usage("`-`: expected a file, found standard output"));
        }
        self.places.take(path)?;
        let force = self.everywhere.force;
        if kind.keep(force) == Keep::Nothing && !force {
            refuse_what_is_kept(path)?;
        }
        let output = OutputFile::prepare(path, kind.visibility(), kind.keep(force))?;
        if output.is_stream() && !kind.may_be_stream() {
            return Err(OutputFileError::NotAFile { path: path.to_owned() }.into());
        }
        Ok(output)
    }

    /// Where `--out` puts data: a file, or standard output (`None`) without it or for `-`.
    pub fn output_or_stdout(
        &self,
        kind: OutputKind,
        out: Option<&Path>,
    ) -> Result<Option<OutputFile>> {
        out.filter(|path| !is_stdout(path)).map(|path| self.output(kind, path)).transpose()
    }

    /// Writes a file that is written again each time; what is there already, byte for byte, stays.
    pub fn write_again(&self, kind: OutputKind, path: &Path, content: &[u8]) -> Result<()> {
        if fs::symlink_metadata(path).is_ok_and(|found| found.is_file())
            && fs::metadata(path).is_ok_and(|found| found.len() == content.len() as u64)
            && fs::read(path).is_ok_and(|found| found == content)
        {
            return self.places.take(path);
        }
        Ok(self.output(kind, path)?.write(content)?)
    }

    /// A file that lines are appended to, a record or a journal: no other output, and nothing that is read.
    pub fn take_place(&self, path: &Path) -> Result<()> {
        if is_stdout(path) {
            return Err(Failure::usage("`-`: expected a file, found standard output"));
        }
        self.places.take(path)
    }

    /// The record of a ceremony that is appended to, or made.
    pub fn record(&self, path: &Path) -> Result<RecordFile> {
        self.take_place(path)?;
        Ok(RecordFile::open(path)?)
    }

    /// Writes `content` where there is a file to write it to, says so, and returns the file's name.
    pub fn write_and_note(
        &self,
        output: Option<OutputFile>,
        content: &str,
    ) -> Result<Option<String>> {
        write_and_note(output, content, &self.console)
    }

    /// A file that holds text, or standard input for `-`: says so when it begins with a byte order mark, which every
    /// reader of PEM leaves out.
    pub fn read_text(&mut self, path: &Path, cap: usize) -> Result<Vec<u8>> {
        let bytes = self.input.read(path, cap)?;
        Ok(self.mark_noted(path, bytes))
    }

    /// The same for a file that decides something and is named elsewhere than in an argument.
    pub fn read_deciding_text(&mut self, path: &Path, cap: usize) -> Result<Vec<u8>> {
        let bytes = self.input.read_deciding(path, cap)?;
        Ok(self.mark_noted(path, bytes))
    }

    fn mark_noted(&self, path: &Path, bytes: Vec<u8>) -> Vec<u8> {
        if matches!(without_mark(&bytes), Ok(text) if text.marked) {
            self.console.note(left_out(path));
        }
        bytes
    }

    /// A file with a passphrase, PIN or token; one final newline is not part of it.
    pub fn read_short_secret(&mut self, path: &SecretPath) -> Result<SecretBytes> {
        short_secret(self.input.read_secret(path, SHORT_SECRET)?, path, &self.console)
    }
}

/// Writes `content` where there is a file to write it to, says so, and returns the file's name.
pub fn write_and_note(
    output: Option<OutputFile>,
    content: &str,
    console: &Console,
) -> Result<Option<String>> {
    let Some(output) = output else { return Ok(None) };
    let name = output.path().display().to_string();
    output.write(content.as_bytes())?;
    console.note(format!("wrote {name}"));
    Ok(Some(name))
}

/// A passphrase, PIN or token without the byte order mark that an editor put before it, and without one final newline.
fn short_secret(secret: SecretBytes, path: &SecretPath, console: &Console) -> Result<SecretBytes> {
    let text = without_mark(secret.expose()).map_err(|utf16| {
        Failure::input(format!("{}: {utf16}", path.path().display()))
            .with_hint(format!("convert it: {}", utf16.conversion()))
    })?;
    if !text.marked {
        return Ok(secret.without_final_newline());
    }
    console.note(left_out(path.path()));
    Ok(SecretBytes::from_slice(text.bytes).without_final_newline())
}

fn left_out(path: &Path) -> String {
    format!("{}: a byte order mark was left out", path.display())
}

fn is_stdout(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Which files are accepted. Only the command line relaxes this, never the config file.
fn input_policy(everywhere: &Everywhere, console: Console) -> InputPolicy {
    let readability = match everywhere.allow_readable_secrets {
        true => Readability::Anyone,
        false => Readability::OwnerOnly,
    };
    let warned = Mutex::new(BTreeSet::new());
    let warn = move |found: &UntrustedFile| {
        let mut warned = warned.lock().unwrap_or_else(PoisonError::into_inner);
        if warned.insert(found.at.clone()) {
            console.warn(format!("--allow-writable-inputs: {found}"));
        }
    };
    InputPolicy {
        readability,
        owners: everywhere.trust_owner.clone(),
        writable_inputs: everywhere.allow_writable_inputs,
        on_accepted: Some(Arc::new(warn)),
    }
}

/// An environment variable; an empty one counts as unset.
fn variable<T>(name: &str, parse: impl Fn(&str) -> Option<T>, allowed: &str) -> Result<Option<T>> {
    match env::var_os(name) {
        None => Ok(None),
        Some(text) if text.is_empty() => Ok(None),
        Some(text) => text.to_str().and_then(parse).map(Some).ok_or_else(|| {
            Failure::usage(format!("{name}: found `{}`, allowed is {allowed}", text.display()))
        }),
    }
}

fn verbosity_named(name: &str) -> Option<Verbosity> {
    Some(match name {
        "quiet" | "error" => Verbosity::Quiet,
        "normal" | "warn" => Verbosity::Normal,
        "info" => Verbosity::Info,
        "debug" | "trace" => Verbosity::Debug,
        _ => return None,
    })
}

//! What a command gives back, and how it and its failure are printed. stdout carries data only.

use std::env;
use std::ffi::OsString;
use std::io::{self, Write};

use crate::closed_streams::why_stdout_is_lost;
use crate::document::{self, Json};
use crate::indicator::aside;
use crate::{exit, missing_arguments};
use anstream::AutoStream;
use anstream::stream::RawStream;
use clap::ValueEnum;
use el2g_files::error_kind;
use el2g_findings::Style;
use el2g_key_payload::io_reason;
use el2g_text::{lines, one_line};
use el2g_workflows::{Failure, FailureKind};

/// Form of the answer on stdout.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum OutputFormat {
    /// Text for people; it may change
    #[default]
    Human,
    /// One JSON document with stable keys
    Json,
}

impl OutputFormat {
    /// The format named on the command line or in the environment, as far as can be told before the
    /// command line is known to be right: its errors want it too.
    pub fn typed(arguments: &[OsString]) -> Self {
        let words = || arguments.iter().skip(1).filter_map(|word| word.to_str());
        let attached = words().filter_map(|word| {
            word.strip_prefix("--output=")
                .or_else(|| word.strip_prefix("-o"))
                .filter(|f| !f.is_empty())
        });
        let apart = words()
            .zip(words().skip(1))
            .filter_map(|(flag, format)| ["-o", "--output"].contains(&flag).then_some(format));
        let flag =
            attached.chain(apart).last().map(|format| format.trim_start_matches('=').to_owned());
        match flag.or_else(|| env::var("EL2G_OUTPUT").ok()).as_deref() {
            Some("json") => Self::Json,
            _ => Self::Human,
        }
    }
}

/// When stderr has colours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless NO_COLOR, CLICOLOR or TERM say otherwise
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl ColorChoice {
    /// Whether a stream gets colours.
    fn is_on(self, stream: &impl RawStream) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => AutoStream::choice(stream) != anstream::ColorChoice::Never,
        }
    }
}

/// How much is said on stderr.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Errors only.
    Quiet,
    /// What was written, and warnings.
    #[default]
    Normal,
    /// What is being done.
    Info,
    /// Everything.
    Debug,
}

/// The answer of a command as text for people: whole lines, each ended by `\n`; or data as it is.
pub trait Human {
    /// The text that goes to stdout.
    fn human(&self) -> String;
}

/// An answer that can be printed both ways.
trait Document {
    fn human(&self) -> String;
    fn json(&self) -> serde_json::Result<String>;
}

impl<T: Json + Human> Document for T {
    fn human(&self) -> String {
        Human::human(self)
    }

    fn json(&self) -> serde_json::Result<String> {
        Json::json(self)
    }
}

/// An answer that is printed while it is made: a list that may be longer than memory.
pub type Stream = Box<dyn FnOnce(OutputFormat, &mut dyn Write) -> Result<(), StreamFailure>>;

/// Why a stream ended early.
pub enum StreamFailure {
    /// Stdout could not be written.
    Output(io::Error),
    /// What was to be printed could not be had.
    Source(Box<Failure>),
}

impl From<io::Error> for StreamFailure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

impl From<Failure> for StreamFailure {
    fn from(failure: Failure) -> Self {
        Self::Source(Box::new(failure))
    }
}

enum Answer {
    Document(Box<dyn Document>),
    Stream(Stream),
}

/// What a command returns: a document for stdout, and perhaps a failure that comes with it (a report
/// that found a violation).
pub struct Outcome {
    answer: Answer,
    failure: Option<Failure>,
    reader: Reader,
    afterwards: Option<Afterwards>,
}

/// What is done once the answer is out.
type Afterwards = Box<dyn FnOnce(&Console) -> Result<(), Failure>>;

/// What it means when the reader of the answer is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reader {
    /// They have seen enough (`| head`).
    MayLeave,
    /// What they did not read is lost.
    MustRead,
}

impl Outcome {
    /// A document, and success. A reader that is gone before it is out is a failure: perhaps it exists nowhere else.
    pub fn of(document: impl Json + Human + 'static) -> Self {
        Self::answering(Answer::Document(Box::new(document)), Reader::MustRead)
    }

    /// A document that is printed while it is made: a list.
    pub fn stream(stream: Stream) -> Self {
        Self::answering(Answer::Stream(stream), Reader::MayLeave)
    }

    fn answering(answer: Answer, reader: Reader) -> Self {
        Self { answer, failure: None, reader, afterwards: None }
    }

    /// The document is a list or report, which the same command prints again: a reader that has seen enough (`| head`) is
    /// not a failure.
    #[must_use]
    pub fn listing(mut self) -> Self {
        self.reader = Reader::MayLeave;
        self
    }

    /// Does this once the document is out, and not at all when it could not be printed.
    #[must_use]
    pub fn and_then(
        mut self,
        afterwards: impl FnOnce(&Console) -> Result<(), Failure> + 'static,
    ) -> Self {
        self.afterwards = Some(Box::new(afterwards));
        self
    }

    /// The document is printed all the same, then the failure, whose kind is the exit code.
    #[must_use]
    pub fn failing(mut self, failure: Failure) -> Self {
        self.failure = Some(failure);
        self
    }
}

/// Where everything is printed.
#[derive(Debug, Clone, Copy)]
pub struct Console {
    format: OutputFormat,
    verbosity: Verbosity,
    color: ColorChoice,
}

impl Console {
    /// A console with the defaults for everything but the format.
    pub fn new(format: OutputFormat) -> Self {
        Self::with(format, Verbosity::default(), ColorChoice::default())
    }

    /// A console with everything said.
    pub fn with(format: OutputFormat, verbosity: Verbosity, color: ColorChoice) -> Self {
        Self { format, verbosity, color }
    }

    /// The same console with answers in another format.
    #[must_use]
    pub fn in_format(self, format: OutputFormat) -> Self {
        Self { format, ..self }
    }

    fn on_stderr(&self) -> bool {
        self.color.is_on(&io::stderr())
    }

    /// Whether answers for people carry colours.
    pub fn style(&self) -> Style {
        if self.color.is_on(&io::stdout()) { Style::Colored } else { Style::Plain }
    }

    /// The format of the answer.
    pub fn format(&self) -> OutputFormat {
        self.format
    }

    /// How much is said.
    pub fn verbosity(&self) -> Verbosity {
        self.verbosity
    }

    /// Something worth knowing that is not data: what was written where. On stderr unless `--quiet`.
    pub fn note(&self, text: impl AsRef<str>) {
        self.say(Verbosity::Normal, "", text.as_ref());
    }

    /// Something to worry about, on stderr unless `--quiet`.
    pub fn warn(&self, text: impl AsRef<str>) {
        let lead = if self.on_stderr() { "\x1b[1;33mwarning:\x1b[0m " } else { "warning: " };
        self.say(Verbosity::Normal, lead, text.as_ref());
    }

    /// What is being done, on stderr with `-v`.
    pub fn info(&self, text: impl AsRef<str>) {
        self.say(Verbosity::Info, "", text.as_ref());
    }

    /// A line of data that is printed at once, before the command ends (the ready line of a server).
    pub fn line(&self, text: &str) -> Result<(), Failure> {
        refuse_closed_stdout()?;
        let mut stdout = io::stdout().lock();
        aside(|| writeln!(stdout, "{text}").and_then(|()| stdout.flush()))
            .or_else(|error| unprinted(&error, Reader::MayLeave))
    }

    /// Prints an outcome; the exit code.
    pub fn outcome(&self, outcome: Outcome) -> u8 {
        let printed = match outcome.answer {
            Answer::Document(document) => self.document(document.as_ref(), outcome.reader),
            Answer::Stream(stream) => self.stream(stream),
        };
        let afterwards = outcome.afterwards.unwrap_or_else(|| Box::new(|_| Ok(())));
        let printed = printed.and_then(|()| afterwards(self));
        if let Err(failure) = printed {
            return self.failure(&failure);
        }
        outcome.failure.map_or(0, |failure| self.failure(&failure))
    }

    fn document(&self, document: &dyn Document, reader: Reader) -> Result<(), Failure> {
        let text = match self.format {
            OutputFormat::Human => document.human(),
            OutputFormat::Json => {
                let no_json = |error| Failure::bug(format!("the answer is not JSON: {error}"));
                document.json().map_err(no_json)? + "\n"
            }
        };
        if text.is_empty() {
            return Ok(());
        }
        refuse_closed_stdout()?;
        let mut stdout = io::stdout().lock();
        let written = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
        written.or_else(|error| unprinted(&error, reader))
    }

    fn stream(&self, stream: Stream) -> Result<(), Failure> {
        refuse_closed_stdout()?;
        let mut stdout = io::BufWriter::new(io::stdout().lock());
        let printed = stream(self.format, &mut stdout);
        let flushed = stdout.flush();
        match printed {
            Err(StreamFailure::Source(failure)) => Err(*failure),
            Err(StreamFailure::Output(error)) => unprinted(&error, Reader::MayLeave),
            Ok(()) => flushed.or_else(|error| unprinted(&error, Reader::MayLeave)),
        }
    }

    /// Prints a failure; the exit code.
    pub fn failure(&self, failure: &Failure) -> u8 {
        match self.format {
            OutputFormat::Json => self.write(&json_error(failure)),
            OutputFormat::Human => {
                let lead = if self.on_stderr() { "\x1b[1;31merror:\x1b[0m " } else { "error: " };
                self.write(&format!("{lead}{}", one_line(&failure.to_string())));
                if let Some(hint) = &failure.hint {
                    self.hint(hint);
                }
            }
        }
        exit::code(failure.kind)
    }

    fn hint(&self, hint: &str) {
        let lead = if self.on_stderr() { "\x1b[1;36mhint:\x1b[0m " } else { "hint: " };
        self.write(&format!("{lead}{}", one_line(hint)));
    }

    /// Prints what clap says: help and version on stdout with exit 0, else an error with exit 2.
    pub fn clap(&self, error: &clap::Error) -> u8 {
        if !error.use_stderr() || self.format == OutputFormat::Human {
            if error.use_stderr() {
                // Nothing is left to tell anyone when stderr is closed.
                let text = lines(&without_typed(&error.to_string()));
                self.write(text.trim_end_matches('\n'));
                if let Some(hint) = missing_arguments::hint(error) {
                    self.hint(&hint);
                }
                return exit::code(FailureKind::Usage);
            }
            let printed = refuse_closed_stdout()
                .and_then(|()| error.print().or_else(|error| unprinted(&error, Reader::MayLeave)));
            return printed.map_or_else(|failure| self.failure(&failure), |()| 0);
        }
        let text = without_typed(&error.to_string());
        let message = text.split("\n\nUsage:").next().unwrap_or(&text);
        let message = message.strip_prefix("error: ").unwrap_or(message);
        let words: Vec<&str> = message.split_whitespace().collect();
        let hint = missing_arguments::hint(error).unwrap_or_else(|| "see --help".to_owned());
        self.failure(&Failure::usage(words.join(" ")).with_hint(hint))
    }

    fn say(&self, least: Verbosity, lead: &str, text: &str) {
        if self.verbosity >= least {
            self.write(&format!("{lead}{}", one_line(text)));
        }
    }

    fn write(&self, line: &str) {
        // A closed stderr leaves nobody to tell.
        aside(|| {
            let _ = writeln!(io::stderr().lock(), "{line}");
        });
    }
}

/// What clap says, with the arguments that it repeats made safe: their line breaks are not ours, and one may be a key.
fn without_typed(said: &str) -> String {
    let typed = env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned());
    // A flag and its value may be one word.
    let values = typed.flat_map(|word| {
        let value = word.split_once('=').map(|(_, value)| value.to_owned());
        value.into_iter().chain([word])
    });
    values.fold(said.to_owned(), |said, word| match el2g_text::file_name(&word) {
        safe if safe == word => said,
        safe => said.replace(&word, &safe),
    })
}

/// A failure as the last line of standard error.
#[derive(serde::Serialize, schemars::JsonSchema)]
pub struct ErrorDocument {
    error: ErrorShown,
}

#[derive(serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ErrorShown {
    /// One word for each exit code, such as `usage`, `input`, `refused` or `unavailable`.
    kind: &'static str,
    message: String,
    /// The status that the service answered.
    status: Option<u16>,
    /// The service's own code of the error.
    code: Option<String>,
    correlation_id: Option<String>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

fn json_error(failure: &Failure) -> String {
    let error = ErrorShown {
        kind: exit::name(failure.kind),
        message: failure.to_string(),
        status: failure.status,
        code: failure.code.clone(),
        correlation_id: failure.correlation_id.clone(),
        hint: failure.hint.clone(),
    };
    document::line(&ErrorDocument { error }).unwrap_or_else(|error| error.to_string())
}

/// What could not be printed: a reader that may leave is not a failure of ours.
fn unprinted(error: &io::Error, reader: Reader) -> Result<(), Failure> {
    let kind = error_kind(error);
    if kind == io::ErrorKind::BrokenPipe && reader == Reader::MayLeave {
        return Ok(());
    }
    Err(lost(&io_reason(kind)))
}

fn refuse_closed_stdout() -> Result<(), Failure> {
    why_stdout_is_lost().map_or(Ok(()), |reason| Err(lost(&reason)))
}

fn lost(reason: &str) -> Failure {
    Failure::input(format!("the output is lost, standard output cannot be written: {reason}"))
        .with_hint("run the command again with its output in a file")
}

#[cfg(test)]
#[path = "output_tests.rs"]
mod tests;

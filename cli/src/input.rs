//! Everything that is read: files with a cap, standard input once, secret files, prompts.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};

use el2g_files::{
    FileRole, InputPolicy, error_kind, read_secret_file, restored_when_interrupted, unread_name,
};
use el2g_key_payload::{SecretBytes, io_reason};
use el2g_workflows::Failure;

use crate::Result;
use crate::confirmation::Questions;
use crate::indicator::aside;
use crate::terminal_device::Terminal;

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

/// `EL2G_PASSPHRASE_FILE`, where it is set and not empty.
pub fn passphrase_file_of_environment() -> Option<SecretPath> {
    std::env::var_os("EL2G_PASSPHRASE_FILE").filter(|path| !path.is_empty()).map(SecretPath::from)
}

/// The one reader of files, standard input and the terminal.
#[derive(Debug)]
pub struct Input {
    policy: InputPolicy,
    prompts: bool,
    stdin_taken: bool,
}

impl Input {
    /// An input that accepts the files that `policy` accepts, and prompts where `prompts`.
    pub fn new(policy: InputPolicy, prompts: bool) -> Self {
        Self { policy, prompts, stdin_taken: false }
    }

    /// Which files are accepted.
    pub fn policy(&self) -> &InputPolicy {
        &self.policy
    }

    /// Reads a file that holds no secret, or standard input for `-`; at most `cap` bytes. A larger
    /// file is refused by its size, unread. Whether others can change it was checked with the arguments of the command.
    pub fn read(&mut self, path: &Path, cap: usize) -> Result<Vec<u8>> {
        let source = self.open_capped(path, cap, None)?;
        read_capped(path, source, cap)
    }

    /// The same for a file that decides something and is named elsewhere than in an argument: refused when another
    /// user can change it.
    pub fn read_deciding(&mut self, path: &Path, cap: usize) -> Result<Vec<u8>> {
        let source = self.open_capped(path, cap, Some(FileRole::Deciding))?;
        read_capped(path, source, cap)
    }

    /// Opens a file of any size, or standard input for `-`.
    pub fn open(&mut self, path: &Path) -> Result<Box<dyn Read>> {
        self.open_capped(path, usize::MAX, None)
    }

    fn open_capped(
        &mut self,
        path: &Path,
        cap: usize,
        role: Option<FileRole>,
    ) -> Result<Box<dyn Read>> {
        if path.as_os_str() == "-" {
            return Ok(Box::new(self.stdin()?));
        }
        if let Some(role) = role {
            self.policy.check(path, role)?;
        }
        let found = fs::metadata(path).map_err(|error| unreadable(path, &error))?;
        if found.is_dir() {
            return Err(Failure::input(format!(
                "{}: expected a file, found a directory",
                path.display()
            )));
        }
        if found.is_file() && found.len() > cap as u64 {
            return Err(too_large(path, cap));
        }
        let file = File::open(path).map_err(|error| unreadable(path, &error))?;
        let opened = file.metadata().map_err(|error| unreadable(path, &error))?;
        if let Some(role) = role {
            self.policy.check_opened(path, &file, role)?;
        }
        let is_endless = is_endless(&opened) && !file.is_terminal();
        match is_endless && cap > SMALL_FILE {
            true => Ok(Box::new(Device { source: file.take(SMALL_FILE as u64) })),
            false => Ok(Box::new(file)),
        }
    }

    /// Reads a file that holds a secret, or standard input for `-`; at most `cap` bytes.
    pub fn read_secret(&mut self, path: &SecretPath, cap: usize) -> Result<SecretBytes> {
        if path.is_stdin() {
            let stdin = self.stdin()?;
            return SecretBytes::read_from(stdin, cap)
                .map_err(|error| Failure::from(error).about("standard input"));
        }
        Ok(read_secret_file(path.path(), cap, &self.policy)?)
    }

    /// Standard input, which can be read once only.
    fn stdin(&mut self) -> Result<io::Stdin> {
        if std::mem::replace(&mut self.stdin_taken, true) {
            return Err(Failure::usage("standard input (`-`) is used by more than one argument"));
        }
        Ok(io::stdin())
    }

    /// Asks for a secret on the terminal, without echo. `instead` says how to do without the prompt.
    pub fn prompt_secret(&self, question: &str, instead: &str) -> Result<SecretBytes> {
        self.want_terminal(question, instead)?;
        aside(|| hidden_answer(question))
            .map_err(|error| no_prompt(question, instead).with_cause(error.to_string()))
    }

    /// Asks a yes-or-no question on the terminal; only `y` and `yes` are yes.
    pub fn ask(&self, question: &str, instead: &str) -> Result<bool> {
        let answer = self.answer(question, " [y/N] ", instead)?;
        Ok(matches!(answer.to_ascii_lowercase().as_str(), "y" | "yes"))
    }

    /// Asks for something that is not a secret on the terminal.
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

/// Asks without echo. Ctrl-C and a signal from elsewhere leave the terminal as it was found.
fn hidden_answer(question: &str) -> io::Result<SecretBytes> {
    let terminal = Terminal::open()?;
    let found = terminal.mode()?;
    let restore = || {
        terminal.restore(&found);
        // The question stands on a line of its own then; a terminal that is gone needs none.
        let _ = writeln!(io::stderr());
    };
    let typed =
        restored_when_interrupted(restore, || rpassword::prompt_password(format!("{question}: ")))?;
    Ok(SecretBytes::new(typed.into_bytes()))
}

/// Whether a device such as /dev/zero never ends.
#[cfg(unix)]
fn is_endless(opened: &fs::Metadata) -> bool {
    use std::os::unix::fs::FileTypeExt as _;
    opened.file_type().is_char_device()
}

/// Windows has no device to read that never ends.
#[cfg(windows)]
fn is_endless(_: &fs::Metadata) -> bool {
    false
}

/// A device, of which no more than [`SMALL_FILE`] bytes are read: more is an error, not an end.
struct Device {
    source: io::Take<File>,
}

impl Read for Device {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(buffer)?;
        if read == 0 && self.source.limit() == 0 && !buffer.is_empty() {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        Ok(read)
    }
}

fn read_capped(path: &Path, source: Box<dyn Read>, cap: usize) -> Result<Vec<u8>> {
    let mut content = Vec::new();
    // One byte more than the cap tells "exactly at the cap" from "more".
    let read = source.take(cap as u64 + 1).read_to_end(&mut content);
    read.map_err(|error| unreadable(path, &error))?;
    if content.len() > cap { Err(too_large(path, cap)) } else { Ok(content) }
}

fn no_prompt(question: &str, instead: &str) -> Failure {
    Failure::usage(format!("needs an answer and cannot ask ({question})")).with_hint(instead)
}

/// What could not be read, and why.
pub fn unreadable(path: &Path, error: &io::Error) -> Failure {
    let kind = error_kind(error);
    Failure::input(format!("{}: cannot be read: {}", unread_name(path, kind), io_reason(kind)))
}

fn too_large(path: &Path, cap: usize) -> Failure {
    Failure::input(format!(
        "{}: larger than {cap} bytes, the most that is read here",
        path.display()
    ))
}

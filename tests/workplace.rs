//! A folder of its own for one test, in which it runs the built program and other people's.

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use tempfile::TempDir;

use crate::oracles::{SYSTEM, oracle};

/// What a program left.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code().expect("no signal ended it"),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Panics, showing what was said, unless the exit code is `code`.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        self
    }

    /// stdout as JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|e| panic!("{e} in {}", self.stdout))
    }
}

/// A folder that is gone when the test ends.
pub struct Workplace {
    folder: TempDir,
    /// Where programs put temporary files, those of a killed one included.
    temporary: TempDir,
}

impl Workplace {
    pub fn new() -> Self {
        let folder = || tempfile::tempdir().expect("a folder for the test");
        Self { folder: folder(), temporary: folder() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The folder for temporary files of programs that are run here.
    pub fn temporary(&self) -> &Path {
        self.temporary.path()
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// A file that everybody may read.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).expect("the test's own folder can be written");
        self.mode(name, 0o644);
    }

    /// A file that only its owner may read.
    pub fn write_secret(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).expect("the test's own folder can be written");
        self.mode(name, 0o600);
    }

    pub fn mode(&self, name: &str, mode: u32) {
        fs::set_permissions(self.path(name), fs::Permissions::from_mode(mode))
            .expect("the test's own file");
    }

    /// The names of what is there, sorted.
    pub fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).expect("the test's own folder");
        let mut names: Vec<String> = entries
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    /// Runs `el2g` here, without a terminal and with nothing of the surroundings but PATH.
    pub fn el2g<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Ran {
        self.el2g_fed(arguments, b"")
    }

    /// The same, with something on standard input.
    pub fn el2g_fed<S: AsRef<OsStr>>(&self, arguments: &[S], stdin: &[u8]) -> Ran {
        Ran::of(self.run(self.command(arguments), stdin))
    }

    /// The same, with environment variables.
    pub fn el2g_with<S: AsRef<OsStr>>(&self, environment: &[(&str, &str)], arguments: &[S]) -> Ran {
        let mut command = self.command(arguments);
        command.envs(environment.iter().copied());
        Ran::of(self.run(command, b""))
    }

    fn command<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Command {
        let mut command = Command::new(program());
        command.args(arguments).env_clear().env("HOME", self.folder.path());
        command.env("TMPDIR", self.temporary());
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        command
    }

    /// Copies a file of `testdata/` here, for its owner only.
    pub fn take(&self, name: &str) {
        let content = fs::read(testdata(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        self.write_secret(name.rsplit('/').next().expect("a name"), content);
    }

    /// Runs `el2g` on a terminal of its own, where each question gets the next answer. stdout is what the terminal showed;
    /// `None` without Python (an error in CI).
    pub fn on_terminal(&self, arguments: &[&str], answers: &[&str]) -> Option<Ran> {
        let script = root().join("tests/terminal/answer.py").display().to_string();
        let program = program().display().to_string();
        let line = [&[script.as_str(), &program], arguments, &["--"], answers].concat();
        self.oracle(Command::new("python3"), &line)
    }

    /// The same on a terminal of this kind and so many columns, where nothing is asked; each byte that it was sent.
    pub fn on_screen(&self, term: &str, columns: u16, line: &[&str]) -> Option<Ran> {
        let script = root().join("tests/terminal/answer.py").display().to_string();
        let program = program().display().to_string();
        let mut python = Command::new("python3");
        python.env("TERM", term).env("PTY_COLUMNS", columns.to_string());
        self.oracle(python, &[&[script.as_str(), &program], line, &["--"]].concat())
    }

    /// Runs another program here; `None`, said on stderr, when it is not installed (an error in CI).
    pub fn oracle<S: AsRef<OsStr>>(&self, mut command: Command, arguments: &[S]) -> Option<Ran> {
        let name = command.get_program().to_string_lossy().into_owned();
        if !name.contains('/') && !SYSTEM.contains(&name.as_str()) {
            oracle(&name)?;
        }
        command.args(arguments).env("HOME", self.folder.path()).env("TMPDIR", self.temporary());
        Some(Ran::of(self.run(command, b"")))
    }

    fn run(&self, mut command: Command, stdin: &[u8]) -> Output {
        let mut child = command
            .current_dir(self.folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", command.get_program().display()));
        // A program that refuses early does not read what it is given.
        let _ = child.stdin.take().expect("it is piped").write_all(stdin);
        child.wait_with_output().expect("it was started")
    }
}
/// What a test could not ask, and why: an error in CI, elsewhere a line that the test runner does not hold back (it
/// captures what the print macros print).
pub fn skipped(why: &str) {
    assert!(std::env::var_os("CI").is_none(), "{why}");
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    let _ = writeln!(std::io::stderr(), "skipped: {test}: {why}");
}

/// Python with the `cryptography` that `.ci/run` installs; `None`, said on stderr, without (an error in CI).
pub fn python() -> Option<PathBuf> {
    let path = oracle("cryptography")?;
    let asked = Command::new(&path).args(["-c", "import cryptography"]).status();
    if !asked.is_ok_and(|status| status.success()) {
        skipped("target/oracles has a Python without cryptography");
        return None;
    }
    Some(path)
}

/// The built program, or the one that `EL2G_TEST_PROGRAM` names: one for another system, started by a script.
pub fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| match std::env::var_os("EL2G_TEST_PROGRAM") {
        Some(named) => PathBuf::from(named),
        None => PathBuf::from(env!("CARGO_BIN_EXE_el2g")),
    })
}

/// The folder of the whole project.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the program is a folder of the project")
}

/// A file of `testdata/`.
pub fn testdata(name: &str) -> PathBuf {
    root().join("testdata").join(name)
}

/// The words of a printed command line, as a shell would split it.
pub fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for character in line.chars() {
        match (quote, character) {
            (Some(open), _) if open == character => quote = None,
            (None, '\'' | '"') => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (None, _) if character.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(character),
        }
    }
    words.extend(word);
    words
}

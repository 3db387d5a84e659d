//! The built-in service as a process of its own, for one test.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::workplace::{Ran, Workplace, program};

/// A running `el2g sandbox serve`, ended with the test.
pub struct Service {
    child: Child,
    ready: Value,
    /// What it writes beside its state is gone with it, even when it is killed.
    _temporary: tempfile::TempDir,
}

impl Service {
    /// Starts it on a free port of loopback and reads the line that says it is ready.
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// The same with more arguments for `sandbox serve`.
    pub fn start_with(more: &[&OsStr]) -> Self {
        let temporary = tempfile::tempdir().expect("a folder for the test");
        let mut child = Command::new(program())
            .args(["sandbox", "serve"])
            .args(more)
            .env("TMPDIR", temporary.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("the program was built");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("it is piped");
        BufReader::new(stdout).read_line(&mut line).expect("one line of UTF-8");
        let ready = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        Self { child, ready, _temporary: temporary }
    }

    /// A value of the ready line, such as `baseUrl` or `recipientFile`.
    pub fn ready(&self, key: &str) -> &str {
        self.ready[key].as_str().unwrap_or_else(|| panic!("no {key} in {}", self.ready))
    }

    /// Runs `el2g` in `work` against this service.
    pub fn el2g<S: AsRef<OsStr>>(&self, work: &Workplace, arguments: &[S]) -> Ran {
        let mut all: Vec<&OsStr> = arguments.iter().map(AsRef::as_ref).collect();
        let more = ["--base-url", self.ready("baseUrl"), "--token-file", self.ready("tokenFile")];
        all.extend(more.map(OsStr::new));
        work.el2g(&all)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        crate::served::terminate(&mut self.child);
    }
}

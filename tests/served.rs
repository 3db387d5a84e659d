//! A sandbox that the program serves, and curl to ask it.

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::workplace::{Ran, Workplace, program, testdata};

/// A served sandbox; it is stopped when the test ends.
pub struct Served {
    pub work: Workplace,
    pub child: Child,
    pub line: Value,
    pub token: String,
}

impl Served {
    /// Starts `el2g sandbox serve` with these arguments and waits for its line.
    pub fn start(work: Workplace, arguments: &[&str]) -> Self {
        keep_recipient(&work);
        let mut child = Command::new(program())
            .args(["sandbox", "serve"])
            .args(arguments)
            .env_clear()
            .env("HOME", work.path(""))
            .env("TMPDIR", work.temporary())
            .current_dir(work.path(""))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program was built");
        let stdout = child.stdout.take().expect("it is piped");
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line).expect("stdout is text");
        let mut line: Value =
            serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e} in `{line}`"));
        line.as_object_mut().expect("an object").values_mut().for_each(name_as_here);
        let token = fs::read_to_string(line["tokenFile"].as_str().expect("a path"))
            .expect("the token file is there when the line is");
        Self { work, child, line, token: token.trim().to_owned() }
    }

    pub fn url(&self, front: &str) -> String {
        self.ready(front).to_owned()
    }

    /// A value of the line that says it is ready, such as `baseUrl` or `recipientFile`.
    pub fn ready(&self, key: &str) -> &str {
        self.line[key].as_str().unwrap_or_else(|| panic!("no {key} in {}", self.line))
    }

    /// Runs `el2g` in `work` against this sandbox.
    pub fn el2g<S: AsRef<OsStr>>(&self, work: &Workplace, arguments: &[S]) -> Ran {
        let mut all: Vec<&OsStr> = arguments.iter().map(AsRef::as_ref).collect();
        let more = ["--base-url", self.ready("baseUrl"), "--token-file", self.ready("tokenFile")];
        all.extend(more.map(OsStr::new));
        work.el2g(&all)
    }

    /// curl with these arguments: status and body; `None` when curl is not there.
    pub fn curl(&self, arguments: &[&str]) -> Option<(u16, String)> {
        let mut all =
            vec!["--silent", "--show-error", "--max-time", "60", "--write-out", "\n%{http_code}"];
        all.extend(arguments);
        let ran = self.work.oracle(Command::new("curl"), &all)?.exits(0);
        let (body, status) = ran.stdout.rsplit_once('\n').expect("the status is on its own line");
        Some((status.parse().expect("a status"), body.to_owned()))
    }

    /// A request with the token; a body is sent as JSON.
    pub fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Option<(u16, Value)> {
        let url = format!("{}{path}", self.url("nxpUrl"));
        let token = format!("EL2G-API-Key: {}", self.token);
        let text = body.map(Value::to_string).unwrap_or_default();
        let mut arguments = vec!["-X", method, "-H", &token, &url];
        if body.is_some() {
            arguments.extend(["-H", "Content-Type: application/json", "-d", &text]);
        }
        let (status, body) = self.curl(&arguments)?;
        Some((status, serde_json::from_str(&body).unwrap_or(Value::String(body))))
    }

    /// Asks, and expects this status.
    #[track_caller]
    pub fn done(
        &self,
        status: u16,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Option<Value> {
        let (found, answer) = self.ask(method, path, body)?;
        assert_eq!(found, status, "{method} {path}: {answer}");
        Some(answer)
    }
}

/// Names a path as it is named here: Wine shows a program for Windows `/` as `Z:\`.
fn name_as_here(value: &mut Value) {
    if let Some(path) = value.as_str().and_then(|path| path.strip_prefix("Z:")) {
        *value = path.replace('\\', "/").into();
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        terminate(&mut self.child);
    }
}

/// Asks a program to end, so that it removes its temporary files, and waits for it.
pub fn terminate(child: &mut Child) {
    // It may have been stopped by the test.
    if !matches!(child.try_wait(), Ok(None)) {
        return;
    }
    let asked = Command::new("sh")
        .args(["-c", &format!("kill -TERM {}", child.id())])
        .status()
        .is_ok_and(|status| status.success());
    if !asked {
        let _ = child.kill();
    }
    let _ = child.wait();
}

/// Puts the throw-away key where the program keeps the user's, so that no test waits for one.
pub fn keep_recipient(work: &Workplace) {
    let folder = work.path(".local/state/el2g/sandbox");
    fs::create_dir_all(&folder).expect("the test's own folder");
    let secret = fs::read(testdata("openpgp/recipient.sec.asc")).expect("committed");
    fs::write(folder.join("recipient-secret.asc"), secret).expect("the test's own folder");
    work.mode(".local/state/el2g/sandbox/recipient-secret.asc", 0o600);
}

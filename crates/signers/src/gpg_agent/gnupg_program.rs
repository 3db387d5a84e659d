//! Programs of GnuPG, run without a terminal, without our secrets and for a time that has an end.

use std::io::{self, Read};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use super::{AgentError, PATIENCE};

/// How long `gpg` may take: it may have to wait for another one, and to read a large keyring.
const GPG_PATIENCE: Duration = Duration::from_secs(30);

/// Most bytes of what a program prints; a key with all its certifications is smaller.
const MOST_OUTPUT: u64 = 64 * 1024 * 1024;

/// Our own settings: a gpg-agent that is started would keep the token in its environment long after we are gone.
const OUR_VARIABLES: &str = "EL2G_";

/// Runs a program and returns what it printed.
///
/// # Errors
/// [`AgentError::Program`], [`AgentError::Endless`] or [`AgentError::Gnupg`].
pub(super) fn run(
    program: &'static str,
    home: Option<&Path>,
    arguments: &[&str],
) -> Result<Vec<u8>, AgentError> {
    let mut command = Command::new(program);
    if let Some(home) = home {
        command.arg("--homedir").arg(home);
    }
    let is_gpg = program == "gpg";
    if is_gpg {
        command.args(["--batch", "--no-tty", "--quiet"]);
    }
    run_within(program, command.args(arguments), if is_gpg { GPG_PATIENCE } else { PATIENCE })
}

fn run_within(
    program: &'static str,
    command: &mut Command,
    patience: Duration,
) -> Result<Vec<u8>, AgentError> {
    let failed = |error: io::Error| AgentError::Program { program, reason: error.to_string() };
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| name.starts_with(OUR_VARIABLES)) {
            command.env_remove(name);
        }
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(failed)?;
    let end = Instant::now() + patience;
    let (printed, said) = (read(child.stdout.take()), read(child.stderr.take()));
    let outcome = within(&printed, end).and_then(|printed| Ok((printed, within(&said, end)?)));
    let Ok((printed, said)) = outcome else {
        // It may be gone already. What it started has the pipes still: they are not waited for.
        let _ = child.kill();
        let _ = child.wait();
        return Err(AgentError::Endless { program, seconds: patience.as_secs() });
    };
    let (printed, said) = (printed.map_err(failed)?, said.map_err(failed)?);
    // It closed both pipes.
    let status = ended(&mut child, end).map_err(failed)?;
    let Some(status) = status else {
        let _ = child.kill();
        let _ = child.wait();
        return Err(AgentError::Endless { program, seconds: patience.as_secs() });
    };
    // `gpg --list-keys` of an unknown key fails; `--export` of one only says so.
    if !status.success() {
        let said = String::from_utf8_lossy(&said);
        let said: Vec<&str> = said.lines().filter(|line| !line.trim().is_empty()).collect();
        let said = if said.is_empty() { "no reason given".to_owned() } else { said.join("; ") };
        return Err(AgentError::Gnupg { program, said });
    }
    Ok(printed)
}

/// Reads a pipe to its end on a thread of its own: reading it has no deadline.
fn read(pipe: Option<impl Read + Send + 'static>) -> Receiver<io::Result<Vec<u8>>> {
    let (sender, receiver) = sync_channel(1);
    std::thread::spawn(move || {
        let mut content = Vec::new();
        let read = match pipe {
            Some(pipe) => pipe.take(MOST_OUTPUT).read_to_end(&mut content).map(drop),
            None => Ok(()),
        };
        // Nobody waits any more when it came too late.
        let _ = sender.send(read.map(|()| content));
    });
    receiver
}

fn within<T>(receiver: &Receiver<T>, end: Instant) -> Result<T, RecvTimeoutError> {
    receiver.recv_timeout(end.saturating_duration_since(Instant::now()))
}

/// Waits for the end of a program that has closed its output, which as a rule is its end.
fn ended(
    child: &mut std::process::Child,
    end: Instant,
) -> io::Result<Option<std::process::ExitStatus>> {
    loop {
        let status = child.try_wait()?;
        if status.is_some() || Instant::now() >= end {
            return Ok(status);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Result<Vec<u8>, AgentError> {
        run_within("gpgconf", Command::new("sh").args(["-c", script]), Duration::from_secs(2))
    }

    #[test]
    fn a_program_that_does_not_end_is_left_also_when_others_have_its_pipes() {
        let endless = Err(AgentError::Endless { program: "gpgconf", seconds: 2 });
        assert_eq!(shell("exec sleep 20"), endless);
        assert_eq!(shell("sleep 20 & exit 0"), endless);
        assert_eq!(shell("exec >&- 2>&-; exec sleep 20"), endless);
        assert_eq!(shell("echo printed; sleep 20 >/dev/null 2>&1 &"), Ok(b"printed\n".to_vec()));
    }

    #[test]
    fn what_it_says_of_a_failure_is_kept() {
        let said =
            |said: &str| Err(AgentError::Gnupg { program: "gpgconf", said: said.to_owned() });
        assert_eq!(shell("echo one >&2; echo >&2; echo two >&2; exit 2"), said("one; two"));
        assert_eq!(shell("exit 1"), said("no reason given"));
    }
}

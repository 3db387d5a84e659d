//! The token: where it comes from, and how it is read.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use el2g_files::{FileRole, InputPolicy};
use el2g_key_payload::SecretBytes;
use el2g_service_client::TokenSource;
use el2g_workflows::Failure;

use crate::Result;
use crate::context::short_secret;
use crate::input::{Input, SecretPath};
use crate::output::Console;
use crate::settings::Profile;

/// The variable that holds the token itself.
const VARIABLE: &str = "EL2G_TOKEN";

/// Where the token is to be taken from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenOrigin {
    /// The environment variable `EL2G_TOKEN`.
    Variable,
    /// A file, or standard input.
    File(SecretPath),
    /// A program and its arguments.
    Command(Vec<String>),
}

impl TokenOrigin {
    /// A flag beats the environment, the environment beats the profile; `None` where none of them names one.
    pub fn chosen(flag: Option<&SecretPath>, profile: &Profile) -> Option<Self> {
        if let Some(path) = flag {
            return Some(Self::File(path.clone()));
        }
        if env::var_os(VARIABLE).is_some_and(|token| !token.is_empty()) {
            return Some(Self::Variable);
        }
        let file =
            env::var_os("EL2G_TOKEN_FILE").filter(|path| !path.is_empty()).map(PathBuf::from);
        match file.or_else(|| profile.token_file.clone()) {
            Some(path) => Some(Self::File(SecretPath::new(path))),
            None => profile.token_command.clone().map(Self::Command),
        }
    }

    /// The same for the cURL line of a dry run, which has standard input for itself.
    pub fn for_shell(&self) -> TokenSource {
        match self {
            Self::File(path) if !path.is_stdin() => {
                TokenSource::File(path.path().to_string_lossy().into_owned())
            }
            Self::Variable | Self::File(_) => TokenSource::Variable(VARIABLE),
            Self::Command(words) => TokenSource::Command(words.clone()),
        }
    }

    /// Reads the token, at most `cap` bytes.
    pub fn read(&self, input: &mut Input, console: &Console, cap: usize) -> Result<SecretBytes> {
        match self {
            Self::Variable => {
                let token = env::var_os(VARIABLE).unwrap_or_default();
                checked_token(SecretBytes::new(token.into_encoded_bytes()), VARIABLE)
            }
            Self::File(path) => {
                let token = short_secret(input.read_secret(path, cap)?, path, console)?;
                checked_token(token, &path.path().display().to_string())
            }
            Self::Command(command) => {
                checked_token(run_token_command(command, input.policy(), cap)?, "token-command")
            }
        }
    }
}

/// No place names a token.
pub fn no_token() -> Failure {
    Failure::usage("no token")
        .with_hint("give it with --token-file, EL2G_TOKEN_FILE or EL2G_TOKEN, or in a profile")
}

fn run_token_command(command: &[String], policy: &InputPolicy, cap: usize) -> Result<SecretBytes> {
    let (program, arguments) =
        command.split_first().ok_or_else(|| Failure::input("token-command: names no program"))?;
    // A program without a folder is found in PATH, which is the user's own.
    if program.contains('/') && Path::new(program).exists() {
        policy.check(Path::new(program), FileRole::Code)?;
    }
    let failed = |reason: String| Failure::input(format!("token-command `{program}`: {reason}"));
    // The variable is set, if at all, for us; the program that fetches a token needs none.
    let mut child = Command::new(program)
        .args(arguments)
        .env_remove(VARIABLE)
        .stdin(Stdio::inherit())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| failed(format!("cannot be started: {error}")))?;
    let output = child.stdout.take().ok_or_else(|| failed("gives no output".into()))?;
    let token = SecretBytes::read_from(output, cap).map_err(|error| failed(error.to_string()))?;
    let status = child.wait().map_err(|error| failed(error.to_string()))?;
    if status.success() { Ok(token) } else { Err(failed(format!("failed: {status}"))) }
}

/// A token that can stand in a header; white space around it is not part of it.
fn checked_token(token: SecretBytes, origin: &str) -> Result<SecretBytes> {
    let trimmed = token.expose().trim_ascii();
    if trimmed.is_empty() {
        return Err(Failure::input(format!("{origin}: holds no token")));
    }
    if let Some(at) = trimmed.iter().position(|byte| !byte.is_ascii_graphic()) {
        return Err(Failure::input(format!(
            "{origin}: character {} of the token cannot stand in a header; visible ASCII is allowed",
            at + 1
        )));
    }
    Ok(SecretBytes::from_slice(trimmed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_trimmed_and_never_quoted() {
        let token = |text: &str| checked_token(SecretBytes::from_slice(text.as_bytes()), "t");
        assert_eq!(token(" abc\r\n").unwrap().expose(), b"abc");
        assert_eq!(token("\n").unwrap_err().message, "t: holds no token");
        assert_eq!(
            token("ab\ncd").unwrap_err().message,
            "t: character 3 of the token cannot stand in a header; visible ASCII is allowed"
        );
    }
}

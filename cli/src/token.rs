//! The token, or the client credentials that access tokens are had for: where they come from, and how they are read.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use el2g_files::{FileRole, InputPolicy};
use el2g_key_payload::SecretBytes;
use el2g_service_client::{
    ClientCredentials, ClientSecret, CredentialsError, TokenSource, TokenUrl,
};
use el2g_workflows::Failure;

use crate::Result;
use crate::context::{Context, SHORT_SECRET};
use crate::input::SecretPath;
use crate::keyring::KeyringEntry;
use crate::services::SERVICES;
use crate::settings::{ClientAuth, Profile};

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
    /// The keyring of the system.
    Keyring(KeyringEntry),
    /// Access tokens, which are asked for when they are needed.
    Grant,
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
        if let Some(path) = file.or_else(|| profile.token_file.clone()) {
            return Some(Self::File(SecretPath::new(path)));
        }
        if let Some(command) = profile.token_command.clone() {
            return Some(Self::Command(command));
        }
        if profile.token_keyring {
            return Some(Self::Keyring(KeyringEntry::token(profile.keyring_name())));
        }
        profile.oauth_client_id.is_some().then_some(Self::Grant)
    }

    /// The same for the cURL line of a dry run, which has standard input for itself.
    pub fn for_shell(&self) -> TokenSource {
        match self {
            Self::File(path) if !path.is_stdin() => {
                TokenSource::File(path.path().to_string_lossy().into_owned())
            }
            Self::Variable | Self::File(_) | Self::Grant => TokenSource::Variable(VARIABLE),
            Self::Command(words) => TokenSource::Command(words.clone()),
            Self::Keyring(entry) => entry
                .look_up_command()
                .map_or(TokenSource::Variable(VARIABLE), TokenSource::Command),
        }
    }

    /// Where it comes from, in words; never the token.
    pub fn described(&self, profile: &Profile) -> String {
        match self {
            Self::Variable => "EL2G_TOKEN".to_owned(),
            Self::File(path) => path.path().display().to_string(),
            Self::Command(words) => {
                format!("what `{}` prints", words.first().map_or("", String::as_str))
            }
            Self::Keyring(entry) => format!("the system's keyring, {entry}"),
            Self::Grant => {
                let id = profile.oauth_client_id.as_deref().unwrap_or_default();
                format!("access tokens for client `{id}`")
            }
        }
    }
}

/// What a call is authorised by.
pub enum Credentials {
    /// A token that stays the same.
    Token(SecretBytes),
    /// What access tokens are had for.
    Grant(ClientCredentials),
}

impl Profile {
    /// The name that its secrets have in the keyring.
    pub fn keyring_name(&self) -> &str {
        self.name.as_deref().unwrap_or("default")
    }
}

impl Context {
    /// The token, or what access tokens are had for: `--token-file`, else `EL2G_TOKEN`, else `EL2G_TOKEN_FILE`, else the
    /// profile's.
    pub fn credentials(&mut self) -> Result<Credentials> {
        let origin = self.token_origin()?.ok_or_else(no_token)?;
        Ok(match origin {
            TokenOrigin::Grant => Credentials::Grant(self.client_credentials()?),
            TokenOrigin::Variable => {
                let token = env::var_os(VARIABLE).unwrap_or_default();
                let token = SecretBytes::new(token.into_encoded_bytes());
                Credentials::Token(checked_token(token, VARIABLE)?)
            }
            TokenOrigin::File(path) => {
                let token = self.read_short_secret(&path)?;
                Credentials::Token(checked_token(token, &path.path().display().to_string())?)
            }
            TokenOrigin::Command(command) => {
                let token = self.secret_of_command("token-command", &command)?;
                Credentials::Token(checked_token(token, "token-command")?)
            }
            TokenOrigin::Keyring(entry) => {
                let token = entry.read(self.keyring_patience())?;
                Credentials::Token(checked_token(token, &entry.to_string())?)
            }
        })
    }

    /// The token that a sandbox is to demand.
    pub fn token(&mut self) -> Result<SecretBytes> {
        match self.credentials()? {
            Credentials::Token(token) => Ok(token),
            Credentials::Grant(_) => {
                Err(Failure::usage("expected a token, found client credentials")
                    .with_hint("name a file with --token-file"))
            }
        }
    }

    /// The token as the command line or the environment gives it; `None` where only a profile could.
    pub fn token_without_profile(&mut self) -> Option<Result<SecretBytes>> {
        let flag = self.everywhere.token_file.as_ref();
        let read = match TokenOrigin::chosen(flag, &Profile::default())? {
            TokenOrigin::File(path) => self
                .read_short_secret(&path)
                .and_then(|token| checked_token(token, &path.path().display().to_string())),
            TokenOrigin::Variable => {
                let token = env::var_os(VARIABLE).unwrap_or_default();
                checked_token(SecretBytes::new(token.into_encoded_bytes()), VARIABLE)
            }
            TokenOrigin::Command(_) | TokenOrigin::Keyring(_) | TokenOrigin::Grant => return None,
        };
        Some(read)
    }

    /// Where the token comes from, for the cURL of a dry run; it is not read.
    pub fn token_source(&mut self) -> Result<Option<TokenSource>> {
        Ok(self.token_origin()?.map(|origin| origin.for_shell()))
    }

    /// Where the token comes from; `None` where nothing says.
    pub fn token_origin(&mut self) -> Result<Option<TokenOrigin>> {
        let flag = self.everywhere.token_file.clone();
        Ok(TokenOrigin::chosen(flag.as_ref(), self.profile()?))
    }

    fn client_credentials(&mut self) -> Result<ClientCredentials> {
        let profile = self.profile()?.clone();
        let service = self.service()?.service;
        let url = profile.oauth_token_url.as_deref().or(SERVICES[service as usize].token_url);
        let url = url.ok_or_else(|| {
            Failure::usage("oauth-client-id is there, and oauth-token-url is not").with_hint(
                "`el2g config set oauth-token-url https://…` says where access tokens are had",
            )
        })?;
        let usage = |error: CredentialsError| Failure::usage(error.to_string());
        let token_url = TokenUrl::parse(url).map_err(usage)?;
        let secret = self.client_secret(&profile)?;
        let client_secret =
            ClientSecret::new(&secret).map_err(|error| Failure::input(error.to_string()))?;
        Ok(ClientCredentials {
            token_url,
            client_id: profile.oauth_client_id.unwrap_or_default(),
            client_secret,
            authentication: profile.oauth_client_auth.unwrap_or(ClientAuth::Body).into(),
            scope: profile.oauth_scope,
            audience: profile.oauth_audience,
        })
    }

    fn client_secret(&mut self, profile: &Profile) -> Result<SecretBytes> {
        if let Some(path) = &profile.oauth_client_secret_file {
            return self.read_short_secret(&SecretPath::new(path.clone()));
        }
        if let Some(command) = &profile.oauth_client_secret_command {
            return self.secret_of_command("oauth-client-secret-command", command);
        }
        if profile.oauth_client_secret_keyring {
            let entry = KeyringEntry::client_secret(profile.keyring_name());
            return entry.read(self.keyring_patience());
        }
        Err(Failure::usage("oauth-client-id is there, and its secret is not").with_hint(
            "`el2g config set oauth-client-secret-file FILE` says where it is; `el2g config token set --client-secret` stores it in the keyring",
        ))
    }

    fn secret_of_command(&self, key: &str, command: &[String]) -> Result<SecretBytes> {
        run_secret_command(key, command, self.input.policy(), SHORT_SECRET)
    }

    /// How long the keyring is waited for: where somebody is there, it may ask them to unlock it.
    pub fn keyring_patience(&self) -> Duration {
        Duration::from_secs(if self.input.can_ask() { 60 } else { 10 })
    }
}

/// No place names a token.
pub fn no_token() -> Failure {
    Failure::usage("no token")
        .with_hint("give it with --token-file, EL2G_TOKEN_FILE or EL2G_TOKEN, or in a profile: `el2g setup` asks for it")
}

fn run_secret_command(
    key: &str,
    command: &[String],
    policy: &InputPolicy,
    cap: usize,
) -> Result<SecretBytes> {
    let (program, arguments) =
        command.split_first().ok_or_else(|| Failure::input(format!("{key}: names no program")))?;
    // A program without a folder is found in PATH, which is the user's own.
    if program.contains('/') && Path::new(program).exists() {
        policy.check(Path::new(program), FileRole::Code)?;
    }
    let failed = |reason: String| Failure::input(format!("{key} `{program}`: {reason}"));
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
pub fn checked_token(token: SecretBytes, origin: &str) -> Result<SecretBytes> {
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

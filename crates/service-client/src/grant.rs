//! Access tokens for client credentials (OAuth 2.0, RFC 6749 section 4.4): asked for when the first call needs one, and
//! again when it ends or the service no longer takes it. They are kept in memory alone.

mod answer;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use el2g_key_payload::SecretBytes;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use url::form_urlencoded::{Serializer, byte_serialize};
use zeroize::Zeroizing;

use self::answer::{Issued, issued};
use crate::concealment::Secrets;
use crate::token::{Token, ascii, trimmed};
use crate::transport::{failed_connection, short};
use crate::{BaseUrl, BaseUrlError, ConnectionPhase};

/// Most bytes of an answer that are read.
const LONGEST_ANSWER: usize = 64 * 1024;

/// Of so many tokens, the last ones, it is known that they are secret: a service may quote one that it no longer takes.
const REMEMBERED: usize = 4;

/// Why a text cannot be part of client credentials. The secret is not repeated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CredentialsError {
    /// An address that cannot be used.
    #[error("token URL: {problem}")]
    TokenUrl {
        /// What is wrong with it.
        problem: String,
    },
    /// The secret would travel in clear.
    #[error(
        "token URL `{url}`: the client secret would travel in clear; use https except on loopback"
    )]
    ClearText {
        /// The address.
        url: String,
    },
    /// No secret.
    #[error("the client secret is empty")]
    NoSecret,
    /// RFC 6749 appendix A.2: printable ASCII.
    #[error("character {position} of the client secret is not printable ASCII")]
    NotPrintable {
        /// Where, counted from 1.
        position: usize,
    },
}

/// Where access tokens are had: `https`, or `http` on this machine.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenUrl(url::Url);

impl TokenUrl {
    /// Reads an address. Unlike a base URL it is taken as it stands: a slash at its end counts.
    ///
    /// # Errors
    /// [`CredentialsError`] for what is not a URL, names a user, or would send the secret in clear.
    pub fn parse(text: &str) -> Result<Self, CredentialsError> {
        let text = text.trim();
        let wrong = |problem: &str| CredentialsError::TokenUrl { problem: problem.to_owned() };
        let address = BaseUrl::parse(text).map_err(|error| match error {
            BaseUrlError::NoScheme => wrong("has no scheme"),
            BaseUrlError::NotAUrl(problem) => wrong(&problem),
            BaseUrlError::NotHttp => wrong("expected https and a host"),
            BaseUrlError::UserInformation => {
                wrong("holds a user name or password; the client secret has its own place")
            }
            BaseUrlError::Query => wrong("holds a query or fragment"),
            BaseUrlError::ClearText { url } => CredentialsError::ClearText { url },
            BaseUrlError::OtherHost { url, .. } => wrong(&url),
        })?;
        if !address.is_https() && !address.is_loopback() {
            return Err(CredentialsError::ClearText { url: address.to_string() });
        }
        url::Url::parse(text).map(Self).map_err(|error| wrong(&error.to_string()))
    }

    /// Scheme, host and port.
    pub fn origin(&self) -> String {
        self.0.origin().ascii_serialization()
    }

    fn base(&self) -> Option<BaseUrl> {
        BaseUrl::parse(self.0.as_str()).ok()
    }

    /// Whether the host is this machine.
    pub(crate) fn is_loopback(&self) -> bool {
        self.base().is_some_and(|base| base.is_loopback())
    }

    /// Whether TLS is used.
    pub(crate) fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }
}

impl fmt::Display for TokenUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

impl fmt::Debug for TokenUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenUrl({self})")
    }
}

/// The secret of a client: wiped when dropped, never shown.
pub struct ClientSecret(Zeroizing<String>);

impl ClientSecret {
    /// Takes a secret as read from a file; white space around it is dropped.
    ///
    /// # Errors
    /// [`CredentialsError`] when it is empty or not printable ASCII.
    pub fn new(text: &SecretBytes) -> Result<Self, CredentialsError> {
        let trimmed = trimmed(text.expose());
        if trimmed.is_empty() {
            return Err(CredentialsError::NoSecret);
        }
        match trimmed.iter().position(|byte| !(byte.is_ascii_graphic() || *byte == b' ')) {
            Some(at) => Err(CredentialsError::NotPrintable { position: at + 1 }),
            None => Ok(Self(ascii(trimmed))),
        }
    }

    fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientSecret(…)")
    }
}

/// How a client shows who it is (RFC 6749 section 2.3.1).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ClientAuthentication {
    /// In the body of the request, as Foundries.io's own client does.
    #[default]
    Body,
    /// By HTTP Basic authentication.
    Basic,
}

/// What access tokens are had for.
#[derive(Debug)]
pub struct ClientCredentials {
    /// Where they are had.
    pub token_url: TokenUrl,
    /// The id of the client.
    pub client_id: String,
    /// Its secret.
    pub client_secret: ClientSecret,
    /// How it shows who it is.
    pub authentication: ClientAuthentication,
    /// The scope to ask for (RFC 6749 section 3.3).
    pub scope: Option<String>,
    /// The service that the token is for, where the issuer asks for it.
    pub audience: Option<String>,
}

impl ClientCredentials {
    /// The body of the request.
    fn body(&self) -> Zeroizing<String> {
        let mut pairs = vec![("grant_type", "client_credentials")];
        if self.authentication == ClientAuthentication::Body {
            pairs.push(("client_id", &self.client_id));
            pairs.push(("client_secret", self.client_secret.expose()));
        }
        pairs.extend(self.scope.as_deref().map(|scope| ("scope", scope)));
        pairs.extend(self.audience.as_deref().map(|audience| ("audience", audience)));
        // Room for all of it: a string that grows leaves copies behind.
        let longest = pairs.iter().map(|(name, value)| name.len() + value.len() * 3 + 2).sum();
        Zeroizing::new(Serializer::new(String::with_capacity(longest)).extend_pairs(pairs).finish())
    }

    /// The header that shows who the client is, where that is not in the body.
    fn header(&self) -> Option<HeaderValue> {
        if self.authentication == ClientAuthentication::Body {
            return None;
        }
        let coded =
            |text: &str| Zeroizing::new(byte_serialize(text.as_bytes()).collect::<String>());
        let secret = coded(self.client_secret.expose());
        let pair =
            Zeroizing::new(format!("{}:{}", coded(&self.client_id).as_str(), secret.as_str()));
        let text = Zeroizing::new(format!("Basic {}", STANDARD.encode(pair.as_bytes())));
        let mut value = HeaderValue::from_str(&text).expect("base64 is graphic ASCII");
        value.set_sensitive(true);
        Some(value)
    }
}

/// Why there is no access token. Nothing in here shows a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GrantError {
    /// The issuer does not give this client a token (RFC 6749 section 5.2).
    #[error("no access token: {origin} refused the client with {status}{}", .said.as_deref().map(|said| format!(": {said}")).unwrap_or_default())]
    Refused {
        /// The issuer: scheme, host and port.
        origin: String,
        /// The HTTP status.
        status: u16,
        /// Its code and description.
        said: Option<String>,
    },
    /// Another status than success or refusal.
    #[error("no access token: {origin} answered {status}{}", if (300..=399).contains(.status) { " (a redirect, which is not followed)" } else { "" })]
    Failed {
        /// The issuer.
        origin: String,
        /// The HTTP status.
        status: u16,
    },
    /// A success without a token that can be used. Nothing of it is quoted.
    #[error("no access token: {origin} answered {problem}")]
    Unusable {
        /// The issuer.
        origin: String,
        /// What is wrong with the answer.
        problem: &'static str,
    },
    /// No answer.
    #[error("no access token: {} {origin}: {reason}", match .phase {
        ConnectionPhase::Connecting => "cannot connect to",
        ConnectionPhase::Negotiating | ConnectionPhase::Securing => "no TLS with",
        ConnectionPhase::TimedOut => "no complete answer in time from",
        ConnectionPhase::Lost => "the connection broke to",
    })]
    Connection {
        /// The issuer.
        origin: String,
        /// Where it failed.
        phase: ConnectionPhase,
        /// What the system said.
        reason: String,
    },
}

impl GrantError {
    /// Whether asking again makes no sense.
    pub(crate) fn is_refused(&self) -> bool {
        matches!(self, Self::Refused { .. })
    }

    /// Whether asking again at once is worth it.
    pub(crate) fn is_retryable(&self) -> bool {
        match self {
            Self::Refused { .. } | Self::Unusable { .. } => false,
            Self::Failed { status, .. } => matches!(status, 429 | 502 | 503 | 504),
            Self::Connection { phase, .. } => {
                !matches!(phase, ConnectionPhase::Negotiating | ConnectionPhase::Securing)
            }
        }
    }
}

/// An access token in use.
struct Held {
    token: Arc<Token>,
    /// When it is no longer sent; `None` where the issuer does not say.
    until: Option<Instant>,
}

/// The token of one attempt.
pub(crate) struct Used {
    pub(crate) token: Arc<Token>,
    /// Whether it was issued for this attempt.
    pub(crate) is_new: bool,
}

/// The access tokens of one run.
pub(crate) struct AccessTokens {
    http: reqwest::Client,
    held: tokio::sync::Mutex<Option<Held>>,
    /// Those that were issued last.
    issued: Mutex<Vec<Arc<Token>>>,
}

impl AccessTokens {
    /// Tokens that are asked for over `http`.
    pub(crate) fn new(http: reqwest::Client) -> Self {
        Self { http, held: tokio::sync::Mutex::default(), issued: Mutex::default() }
    }

    /// The token in use, or a new one. Calls at the same time wait for the same token. `refused` is one that the service
    /// does not take: it is not used again. `asking` is called before the issuer is asked.
    pub(crate) async fn token(
        &self,
        credentials: &ClientCredentials,
        refused: Option<&Token>,
        asking: impl FnOnce(),
    ) -> Result<Used, GrantError> {
        let mut held = self.held.lock().await;
        if let Some(Held { token, until }) = held.as_ref()
            && refused.is_none_or(|refused| refused.expose() != token.expose())
            && until.is_none_or(|until| Instant::now() < until)
        {
            return Ok(Used { token: token.clone(), is_new: false });
        }
        asking();
        let Issued { token, until } = self.ask(credentials).await?;
        let token = Arc::new(token);
        let mut issued = self.issued.lock().unwrap_or_else(PoisonError::into_inner);
        issued.push(token.clone());
        let old = issued.len().saturating_sub(REMEMBERED);
        issued.drain(..old);
        *held = Some(Held { token: token.clone(), until });
        Ok(Used { token, is_new: true })
    }

    /// Adds what must not be shown of answers.
    pub(crate) fn conceal(&self, credentials: &ClientCredentials, secrets: &mut Secrets) {
        secrets.add(credentials.client_secret.expose().as_bytes());
        let issued = self.issued.lock().unwrap_or_else(PoisonError::into_inner);
        issued.iter().for_each(|token| secrets.add(token.expose().as_bytes()));
    }

    async fn ask(&self, credentials: &ClientCredentials) -> Result<Issued, GrantError> {
        let origin = credentials.token_url.origin();
        let lost = |error: reqwest::Error| {
            let (phase, reason) = failed_connection(error);
            GrantError::Connection { origin: origin.clone(), phase, reason }
        };
        let mut request = self
            .http
            .post(credentials.token_url.0.clone())
            .header(ACCEPT, "application/json")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(credentials.body().as_bytes().to_vec());
        if let Some(header) = credentials.header() {
            request = request.header(AUTHORIZATION, header);
        }
        let asked = Instant::now();
        let mut response = request.send().await.map_err(lost)?;
        let status = response.status().as_u16();
        let mut body = Zeroizing::new(Vec::with_capacity(LONGEST_ANSWER));
        let mut is_whole = true;
        while let Some(chunk) = response.chunk().await.map_err(lost)? {
            if body.len() + chunk.len() > LONGEST_ANSWER {
                is_whole = false;
                break;
            }
            body.extend_from_slice(&chunk);
        }
        match status {
            200..=299 if !is_whole => Err("more than a token: over 64 KiB"),
            200..=299 => issued(&body, credentials.client_secret.expose(), asked),
            400..=499 if ![408, 429].contains(&status) => {
                let mut secrets = Secrets::default();
                self.conceal(credentials, &mut secrets);
                let said = answer::refusal(&body).map(|said| short(&secrets.conceal(&said)));
                return Err(GrantError::Refused { origin, status, said });
            }
            _ => return Err(GrantError::Failed { origin, status }),
        }
        .map_err(|problem| GrantError::Unusable { origin: origin.clone(), problem })
    }
}

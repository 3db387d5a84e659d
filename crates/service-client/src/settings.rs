//! Where the service is and how it is called.

use std::sync::Arc;
use std::time::Duration;

use crate::base_url::{BaseUrl, BaseUrlError, OfficialService};
use crate::{ClientCredentials, Observer, RequestGate, RetryPolicy, Token, TokenSource};

/// The header that carries the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthHeader {
    /// `OSF-TOKEN: <token>`: an API token of Foundries.io (section 2).
    OsfToken,
    /// `EL2G-API-Key: <token>`: an API key of EdgeLock 2GO.
    El2gApiKey,
    /// `Authorization: Bearer <token>`: an OAuth2 token (section 2).
    Bearer,
}

impl AuthHeader {
    /// The header's name.
    pub const fn name(self) -> &'static str {
        match self {
            AuthHeader::OsfToken => "OSF-TOKEN",
            AuthHeader::El2gApiKey => "EL2G-API-Key",
            AuthHeader::Bearer => "Authorization",
        }
    }

    /// What stands before the token.
    pub const fn prefix(self) -> &'static str {
        match self {
            AuthHeader::OsfToken | AuthHeader::El2gApiKey => "",
            AuthHeader::Bearer => "Bearer ",
        }
    }
}

/// Why settings cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// An address that cannot be the service's, or that must not get the token.
    #[error(transparent)]
    BaseUrl(#[from] BaseUrlError),
    /// A file of CA certificates that cannot be used.
    #[error("CA certificate file: {problem}")]
    CaCertificate {
        /// What is wrong with it.
        problem: String,
    },
    /// TLS could not be set up.
    #[error("TLS cannot be set up: {problem}")]
    Tls {
        /// What is wrong.
        problem: String,
    },
}

/// How long to wait and how much to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Until a connection stands.
    pub connect: Duration,
    /// For one attempt, from the connection to the last byte of the reply.
    pub total: Duration,
    /// The longest reply that is read, in bytes.
    pub reply_bytes: u64,
    /// How many items a page of a list is asked for (section 7).
    pub page_size: u32,
}

impl Default for Limits {
    /// 10 s, 60 s, 64 MiB, 100 items.
    fn default() -> Self {
        Limits {
            connect: Duration::from_secs(10),
            total: Duration::from_secs(60),
            reply_bytes: 64 * 1024 * 1024,
            page_size: 100,
        }
    }
}

/// Everything a client needs to know.
#[non_exhaustive]
pub struct Settings {
    /// Where the service is.
    pub base_url: BaseUrl,
    /// Which official service it is meant to be; its host is then enforced.
    pub official: Option<OfficialService>,
    /// Allows another host than the official one.
    pub allow_other_host: bool,
    /// The header that carries the token.
    pub auth_header: AuthHeader,
    /// The token; without one calls go out without the header, and the service says 401.
    pub token: Option<Token>,
    /// Where there is no token: what access tokens are had for. They are sent as the token would be.
    pub client_credentials: Option<ClientCredentials>,
    /// Where it comes from, for the cURL of a dry run.
    pub token_source: TokenSource,
    /// PEM certificates to trust besides the system's.
    pub ca_certificates: Option<Vec<u8>>,
    /// The name of the file they came from, for the cURL of a dry run.
    pub ca_file: Option<String>,
    /// How long to wait and how much to read.
    pub limits: Limits,
    /// When a call is repeated.
    pub retry: RetryPolicy,
    /// Told what happens.
    pub observer: Option<Arc<dyn Observer>>,
    /// What every request passes before it is sent or printed; without one everything passes.
    pub gate: Option<Arc<dyn RequestGate>>,
}

impl Settings {
    /// For a service at `base_url`, with the defaults of everything else.
    pub fn new(base_url: BaseUrl, auth_header: AuthHeader, token: Option<Token>) -> Self {
        Settings {
            base_url,
            official: None,
            allow_other_host: false,
            auth_header,
            token,
            client_credentials: None,
            token_source: TokenSource::Variable("EL2G_TOKEN"),
            ca_certificates: None,
            ca_file: None,
            limits: Limits::default(),
            retry: RetryPolicy::default(),
            observer: None,
            gate: None,
        }
    }
}

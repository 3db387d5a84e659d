//! Where the service is and how it is called.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use url::{Host, Url};

use crate::{Observer, RequestGate, RetryPolicy, Token, TokenSource};

/// A service that NXP or Foundries.io run, with its official host (section 2; docs/an12642-errata.md row 21).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OfficialService {
    /// The Foundries.io proxy.
    Foundries,
    /// EdgeLock 2GO itself.
    Nxp,
}

impl OfficialService {
    /// The only host that may be called, unless another is allowed explicitly.
    pub const fn host(self) -> &'static str {
        match self {
            OfficialService::Foundries => "api.foundries.io",
            OfficialService::Nxp => "api.edgelock2go.com",
        }
    }
}

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
    /// Not a URL, or one that cannot be a base.
    #[error("base URL {url:?} {problem}")]
    BaseUrl {
        /// The URL, without user information.
        url: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// Another host than the official one.
    #[error(
        "base URL has the host {found}, but the only official host of this service is {official}"
    )]
    OtherHost {
        /// The host of the base URL.
        found: String,
        /// The official host.
        official: &'static str,
    },
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

/// The address below which all operations are: `https` anywhere, or `http` on loopback.
#[derive(Clone, PartialEq, Eq)]
pub struct BaseUrl(Url);

impl BaseUrl {
    /// Reads a base URL. A slash at the end does not matter; user information, a query, a fragment and
    /// `http` to anything but loopback are refused.
    pub fn parse(text: &str) -> Result<Self, SettingsError> {
        let mut url = Url::parse(text.trim()).map_err(|_| problem(text, "is not a URL"))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(problem(text, "contains a user name or password, which it must not"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(problem(text, "has a query or fragment, which it must not"));
        }
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(&url) => {}
            "http" => {
                return Err(problem(text, "is http, which is only allowed on loopback: use https"));
            }
            _ => return Err(problem(text, "is neither https nor http")),
        }
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&path);
        Ok(BaseUrl(url))
    }

    /// The host, for messages and the check of official hosts.
    pub fn host(&self) -> String {
        self.0.host().map(|host| host.to_string()).unwrap_or_default()
    }

    /// Scheme, host and port: what the token is sent to.
    pub fn origin(&self) -> String {
        self.0.origin().ascii_serialization()
    }

    /// Whether the host is this machine.
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.0)
    }

    /// Whether TLS is used.
    pub fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// The path of a URL below the base, without its query.
    pub(crate) fn path_below<'a>(&self, url: &'a Url) -> &'a str {
        url.path().strip_prefix(self.0.path().trim_end_matches('/')).unwrap_or_else(|| url.path())
    }

    /// The URL of a path below the base, which begins with a slash. `None` when the path would leave the
    /// base, by dot segments for instance.
    pub(crate) fn join(&self, path: &str) -> Option<Url> {
        let base = self.0.as_str().trim_end_matches('/');
        let url = Url::parse(&format!("{base}{path}")).ok()?;
        let prefix = self.0.path().trim_end_matches('/');
        let below = url.path().strip_prefix(prefix).is_some_and(|rest| rest.starts_with('/'));
        (path.starts_with('/') && below && url.origin() == self.0.origin()).then_some(url)
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

impl fmt::Debug for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BaseUrl({self})")
    }
}

fn problem(text: &str, problem: &'static str) -> SettingsError {
    // Whatever stands before an @ may be a password.
    let url = match text.rsplit_once('@') {
        Some((_, rest)) => format!("…@{rest}"),
        None => text.to_owned(),
    };
    SettingsError::BaseUrl { url, problem }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            name == "localhost" || name.ends_with(".localhost")
        }
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// How long to wait and how much to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Until a connection stands.
    pub connect: Duration,
    /// For one attempt, from the connection to the last byte of the reply.
    pub total: Duration,
    /// The longest reply that is read, in bytes.
    pub reply_bytes: u64,
}

impl Default for Limits {
    /// 10 s, 60 s, 64 MiB.
    fn default() -> Self {
        Limits {
            connect: Duration::from_secs(10),
            total: Duration::from_secs(60),
            reply_bytes: 64 * 1024 * 1024,
        }
    }
}

/// Everything a client needs to know.
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
            token_source: TokenSource::Variable("EL2G_TOKEN"),
            ca_certificates: None,
            ca_file: None,
            limits: Limits::default(),
            retry: RetryPolicy::default(),
            observer: None,
            gate: None,
        }
    }

    /// Checks that the host is the official one where one is (docs/an12642-errata.md row 21).
    pub fn check_host(&self) -> Result<(), SettingsError> {
        let Some(official) = self.official else { return Ok(()) };
        let found = self.base_url.host();
        if found == official.host() || self.allow_other_host {
            return Ok(());
        }
        Err(SettingsError::OtherHost { found, official: official.host() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(text: &str) -> BaseUrl {
        BaseUrl::parse(text).expect("a base URL")
    }

    #[test]
    fn paths_stay_below_the_base() {
        let base = base("https://api.foundries.io/ota/factories/f/el2g-proxy/");
        let joined = base.join("/products?page=0").expect("below the base");
        assert_eq!(
            joined.as_str(),
            "https://api.foundries.io/ota/factories/f/el2g-proxy/products?page=0"
        );
        for leaving in
            ["/../x", "/a/../../x", "/%2e%2e/x", "products", "", "@evil.example/", ":80/"]
        {
            assert_eq!(base.join(leaving), None, "{leaving}");
        }
        let odd = base.join("//evil.example/x").expect("below the base");
        assert_eq!(odd.host_str(), Some("api.foundries.io"));
    }

    #[test]
    fn an_origin_alone_is_a_base() {
        let joined = base("http://127.0.0.1:8080").join("/products").expect("below the base");
        assert_eq!(joined.as_str(), "http://127.0.0.1:8080/products");
    }

    #[test]
    fn clear_text_only_goes_to_loopback() {
        for loopback in
            ["http://127.0.0.1:1", "http://[::1]:1", "http://localhost", "http://a.localhost"]
        {
            assert!(base(loopback).is_loopback(), "{loopback}");
        }
        for other in [
            "http://example.com",
            "http://127.0.0.1.example.com",
            "http://10.0.0.1",
            "ftp://localhost",
        ] {
            assert!(BaseUrl::parse(other).is_err(), "{other}");
        }
    }

    #[test]
    fn a_password_in_a_url_is_refused_and_not_shown() {
        let error = BaseUrl::parse("https://user:hunter2@api.foundries.io/").expect_err("refused");
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }

    #[test]
    fn only_the_official_host_unless_allowed() {
        let mut settings = Settings::new(
            base("https://api.foundries.io.evil.example"),
            AuthHeader::OsfToken,
            None,
        );
        settings.official = Some(OfficialService::Foundries);
        let refused = SettingsError::OtherHost {
            found: "api.foundries.io.evil.example".to_owned(),
            official: "api.foundries.io",
        };
        assert_eq!(settings.check_host(), Err(refused));
        settings.allow_other_host = true;
        assert_eq!(settings.check_host(), Ok(()));
    }
}

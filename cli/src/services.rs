//! The services: where each is, which header its token has, and which addresses may get it.

use el2g_workflows::Failure;
use url::{Host, Url};

use crate::Result;
use crate::options::{Everywhere, Service};
use crate::settings::{AuthHeader, Profile, variable};

/// One row of the table of services.
pub struct ServiceRow {
    /// The service itself.
    pub service: Service,
    /// As `--service` takes it.
    pub name: &'static str,
    /// `{factory}` is replaced. `None`: there is no address to begin with.
    base_url: Option<&'static str>,
    /// The header of its token.
    pub header: AuthHeader,
    /// The host that gets the token, unless `--allow-other-host`.
    official_host: Option<&'static str>,
    /// Where the API is on a host, when an address names no path.
    api_path: Option<&'static str>,
}

/// `cli.md`, "Everywhere"; AN12642 section 2.
pub const SERVICES: [ServiceRow; 3] = [
    ServiceRow {
        service: Service::Foundries,
        name: "foundries",
        base_url: Some("https://api.foundries.io/ota/factories/{factory}/el2g-proxy"),
        header: AuthHeader::OsfToken,
        official_host: Some("api.foundries.io"),
        api_path: None,
    },
    ServiceRow {
        service: Service::Nxp,
        name: "nxp",
        base_url: Some("https://api.edgelock2go.com/api/v1"),
        header: AuthHeader::ApiKey,
        official_host: Some("api.edgelock2go.com"),
        api_path: Some("/api/v1"),
    },
    ServiceRow {
        service: Service::Sandbox,
        name: "sandbox",
        base_url: None,
        header: AuthHeader::ApiKey,
        official_host: None,
        api_path: Some("/api/v1"),
    },
];

impl ServiceRow {
    /// Its address where none is given.
    pub fn default_url(&self, everywhere: &Everywhere, profile: &Profile) -> Result<Url> {
        let Some(template) = self.base_url else {
            return Err(Failure::usage(format!("no address of the {} service", self.name))
                .with_hint(
                    "start one with `el2g sandbox serve` and give its baseUrl with --base-url",
                ));
        };
        if !template.contains("{factory}") {
            return parse_url(template);
        }
        let factory = everywhere.factory.clone().or_else(|| variable("EL2G_FACTORY"));
        let factory = factory.or_else(|| profile.factory.clone()).ok_or_else(|| {
            Failure::usage("no factory")
                .with_hint("name it with --factory, EL2G_FACTORY or a profile")
        })?;
        if factory.is_empty()
            || !factory.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
        {
            return Err(Failure::usage(format!(
                "factory `{factory}`: letters, digits, `-` and `_` are allowed"
            )));
        }
        parse_url(&template.replace("{factory}", &factory))
    }

    /// Refuses an address that must not get the token.
    pub fn refuse_other_host(&self, url: &Url, allow_other_host: bool) -> Result<()> {
        if url.scheme() == "http" && !is_loopback(url) {
            return Err(Failure::usage(format!(
                "base URL `{url}`: the token would travel in clear; use https except on loopback"
            )));
        }
        let Some(official) = self.official_host else { return Ok(()) };
        let is_official = url.host_str() == Some(official)
            && url.scheme() == "https"
            && url.port_or_known_default() == Some(443);
        if is_official || allow_other_host {
            return Ok(());
        }
        Err(Failure::usage(format!(
            "base URL `{url}`: the {} service is at https://{official} and its token goes nowhere else",
            self.name
        ))
        .with_hint("--allow-other-host if this host is meant to get the token"))
    }

    /// An address without a path, as the sandbox prints it and other clients of EdgeLock 2GO take it: the API is below it.
    pub fn with_api_path(&self, mut url: Url) -> Result<Url> {
        match self.api_path {
            _ if url.path() != "/" => Ok(url),
            Some(path) => {
                url.set_path(path);
                Ok(url)
            }
            None if url.host_str() != self.official_host => Ok(url),
            None => Err(Failure::usage(format!(
                "base URL `{url}`: has no path; the {} service is at {}",
                self.name,
                self.base_url.unwrap_or_default()
            ))
            .with_hint("leave out --base-url and give --factory")),
        }
    }
}

/// How an address begins.
const SCHEME: &str =
    "begin it with https://, or with http:// for an address on this machine (loopback)";

/// An address that may be a service's.
pub fn parse_url(text: &str) -> Result<Url> {
    // Not quoted: an address may hold a password.
    let refuse = |reason: &str| Failure::usage(format!("base URL: {reason}"));
    if !text.contains("://") {
        // `localhost:8080` is a URL with the scheme `localhost` to a parser.
        return Err(refuse("has no scheme").with_hint(SCHEME));
    }
    let url = Url::parse(text).map_err(|error| refuse(&error.to_string()))?;
    if !["http", "https"].contains(&url.scheme()) || url.host().is_none() {
        return Err(refuse("expected http or https and a host").with_hint(SCHEME));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refuse("holds a user name or password; the token has its own place"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(refuse("holds a query or fragment"));
    }
    Ok(url)
}

/// Whether an address is on this machine.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

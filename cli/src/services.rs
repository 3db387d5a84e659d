//! The services: where each is, which header its token has, and which addresses may get it.

use el2g_service_client::{BaseUrl, OfficialService};
use el2g_workflows::Failure;

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
    /// Whose token it is: another host gets it only with `--allow-other-host`.
    pub official: Option<OfficialService>,
    /// Where access tokens for client credentials are had, where the profile names no place: as the client of Foundries.io
    /// asks for them.
    pub token_url: Option<&'static str>,
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
        official: Some(OfficialService::Foundries),
        token_url: Some("https://app.foundries.io/oauth/token/"),
        api_path: None,
    },
    ServiceRow {
        service: Service::Nxp,
        name: "nxp",
        base_url: Some("https://api.edgelock2go.com/api/v1"),
        header: AuthHeader::ApiKey,
        official: Some(OfficialService::Nxp),
        token_url: None,
        api_path: Some("/api/v1"),
    },
    ServiceRow {
        service: Service::Sandbox,
        name: "sandbox",
        base_url: None,
        header: AuthHeader::ApiKey,
        official: None,
        token_url: None,
        api_path: Some("/api/v1"),
    },
];

impl ServiceRow {
    /// Its address where none is given.
    pub fn default_url(&self, everywhere: &Everywhere, profile: &Profile) -> Result<BaseUrl> {
        let Some(template) = self.base_url else {
            return Err(Failure::usage(format!("no address of the {} service", self.name))
                .with_hint(
                    "start one with `el2g sandbox serve` and give its baseUrl with --base-url",
                ));
        };
        if !template.contains("{factory}") {
            return Ok(BaseUrl::parse(template)?);
        }
        let factory = everywhere.factory.clone().or_else(|| variable("EL2G_FACTORY"));
        let factory = factory.or_else(|| profile.factory.clone()).ok_or_else(|| {
            Failure::usage("no factory")
                .with_hint("name it with --factory, EL2G_FACTORY or a profile")
        })?;
        check_factory(&factory)?;
        Ok(BaseUrl::parse(&template.replace("{factory}", &factory))?)
    }

    /// An address without a path, as the sandbox prints it and other clients of EdgeLock 2GO take it: the API is below it.
    pub fn with_api_path(&self, url: BaseUrl) -> Result<BaseUrl> {
        match (self.api_path, self.official) {
            _ if url.has_path() => Ok(url),
            (Some(path), _) => Ok(url.with_path(path)),
            (None, Some(official)) if url.host() == official.host() => {
                Err(Failure::usage(format!(
                    "base URL `{url}`: has no path; the {} service is at {}",
                    self.name,
                    self.base_url.unwrap_or_default()
                ))
                .with_hint("leave out --base-url and give --factory"))
            }
            (None, _) => Ok(url),
        }
    }
}

/// Refuses what cannot be the name of a factory: it stands in the path of the address.
pub fn check_factory(factory: &str) -> Result<()> {
    if !factory.is_empty() && factory.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
    {
        return Ok(());
    }
    Err(Failure::usage(format!("factory `{factory}`: letters, digits, `-` and `_` are allowed")))
}

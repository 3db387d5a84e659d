//! The profiles, and where the service is: a flag beats the environment, the
//! environment beats the profile, the profile beats the default.

use std::env;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use el2g_files::InputPolicy;
use el2g_service_api::checksum::{ChecksumEncoding, ChecksumOver};
use el2g_service_client::BaseUrl;
use el2g_signers::KeyPlace;
use el2g_workflows::Failure;
use serde::Deserialize;

use crate::Result;
use crate::config_file::{Config, config_file};
use crate::open_questions::{ChecksumField, NewClaimCodeStatus};
use crate::options::{Everywhere, Service};
use crate::services::SERVICES;
use crate::token::TokenOrigin;
use crate::unlocking::names_module;

/// The header that carries the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum AuthHeader {
    /// `OSF-TOKEN: <token>` (Foundries.io).
    #[serde(rename = "OSF-TOKEN")]
    OsfToken,
    /// `EL2G-API-Key: <token>` (NXP).
    #[serde(rename = "EL2G-API-Key")]
    ApiKey,
    /// `Authorization: Bearer <token>` (OAuth2 at Foundries.io).
    #[serde(rename = "Authorization")]
    Bearer,
}

impl From<AuthHeader> for el2g_service_client::AuthHeader {
    fn from(header: AuthHeader) -> Self {
        match header {
            AuthHeader::OsfToken => Self::OsfToken,
            AuthHeader::ApiKey => Self::El2gApiKey,
            AuthHeader::Bearer => Self::Bearer,
        }
    }
}

/// How a client shows who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClientAuth {
    /// In the body of the request.
    Body,
    /// By HTTP Basic authentication.
    Basic,
}

impl From<ClientAuth> for el2g_service_client::ClientAuthentication {
    fn from(how: ClientAuth) -> Self {
        match how {
            ClientAuth::Body => Self::Body,
            ClientAuth::Basic => Self::Basic,
        }
    }
}

/// One named service of the config file. Paths are relative to the config file's folder.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Profile {
    /// Its name.
    #[serde(skip)]
    pub name: Option<String>,
    /// What it starts from.
    pub service: Option<Service>,
    /// Address of the API.
    pub base_url: Option<String>,
    /// Header of the token.
    pub auth_header: Option<AuthHeader>,
    /// Foundries.io factory.
    pub factory: Option<String>,
    /// Certificates to trust besides the system's.
    pub ca_cert: Option<PathBuf>,
    /// Whether another host than the official one may get the token.
    #[serde(default)]
    pub allow_other_host: bool,
    /// File with the token.
    pub token_file: Option<PathBuf>,
    /// A program and its arguments that print the token.
    pub token_command: Option<Vec<String>>,
    /// Whether the token is in the keyring of the system, under the name of the profile.
    #[serde(default)]
    pub token_keyring: bool,
    /// Id of the client that access tokens are had for (OAuth 2.0 client credentials).
    pub oauth_client_id: Option<String>,
    /// File with the secret of that client.
    pub oauth_client_secret_file: Option<PathBuf>,
    /// A program and its arguments that print it.
    pub oauth_client_secret_command: Option<Vec<String>>,
    /// Whether it is in the keyring of the system.
    #[serde(default)]
    pub oauth_client_secret_keyring: bool,
    /// Where the access tokens are had.
    pub oauth_token_url: Option<String>,
    /// How the client shows who it is there.
    pub oauth_client_auth: Option<ClientAuth>,
    /// Scope to ask for.
    pub oauth_scope: Option<String>,
    /// Audience to ask for.
    pub oauth_audience: Option<String>,
    /// Default signer of sealed messages.
    pub signer: Option<PathBuf>,
    /// Default recipient of sealed messages.
    pub recipient: Option<PathBuf>,
    /// 12NC of the product that commands are about where none is typed.
    pub product: Option<String>,
    /// Device group that commands are about where none is typed: its id or its name.
    pub group: Option<String>,
    /// Under which name a checksum is sent.
    pub checksum: Option<ChecksumField>,
    /// How it is written.
    pub checksum_encoding: Option<ChecksumEncoding>,
    /// What it is over.
    pub checksum_over: Option<ChecksumOver>,
    /// The `status` of a new claim code.
    pub claim_code_status: Option<NewClaimCodeStatus>,
    /// How many items a page of a list is asked for.
    pub page_size: Option<u32>,
}

/// A path of the config file is meant from its folder; a key's place that is not a path stays.
fn beside(folder: &Path, path: PathBuf) -> PathBuf {
    match path.to_str().map(str::parse) {
        Some(Ok(KeyPlace::File(_))) | None => folder.join(path),
        Some(Ok(KeyPlace::Token(_) | KeyPlace::Agent(_)) | Err(_)) => path,
    }
}

impl Profile {
    /// Reads the config file and picks the profile. Without a config file (where none was named) and
    /// without a profile name: an empty profile.
    pub fn load(everywhere: &Everywhere, policy: &InputPolicy) -> Result<Self> {
        let name = everywhere.profile.clone().or_else(|| variable("EL2G_PROFILE"));
        let path = match config_file(everywhere) {
            Some(path) => path,
            None => return Self::without_config(name),
        };
        let mut config = Config::read(&path, policy)?;
        let Some(name) = name.or(config.default_profile) else { return Ok(Self::default()) };
        let mut profile = config.profiles.remove(&name).ok_or_else(|| {
            let known: Vec<String> =
                config.profiles.keys().map(|known| format!("`{known}`")).collect();
            Failure::usage(format!("{}: has no profile `{name}`", path.display()))
                .with_hint(format!("profiles there: {}", known.join(", ")))
        })?;
        profile.name = Some(name);
        let folder = path.parent().unwrap_or(Path::new("."));
        for relative in [
            &mut profile.ca_cert,
            &mut profile.token_file,
            &mut profile.oauth_client_secret_file,
            &mut profile.signer,
            &mut profile.recipient,
        ] {
            *relative = relative.take().map(|path| beside(folder, path));
        }
        Ok(profile)
    }

    /// Whether the profile runs a program, or names a library that is loaded.
    pub fn runs_code(&self) -> bool {
        let signer = self.signer.as_deref().and_then(Path::to_str);
        let commands = [&self.token_command, &self.oauth_client_secret_command];
        commands.iter().any(|command| command.is_some()) || signer.is_some_and(names_module)
    }

    fn without_config(name: Option<String>) -> Result<Self> {
        match name {
            None => Ok(Self::default()),
            Some(name) => Err(Failure::usage(format!("no config file, so no profile `{name}`"))
                .with_hint(
                    "name the file with --config, or write el2g/config.toml in the config folder",
                )),
        }
    }
}

/// An environment variable; an empty one counts as unset.
pub fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// Where the service is and how it is spoken to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceSettings {
    /// What it is.
    pub service: Service,
    /// Root of the API; the paths of the operations are appended to its path.
    pub base_url: BaseUrl,
    /// Whether the address was given without the API's path. The sandbox prints it so.
    pub path_added: bool,
    /// Whether another host than the official one may get the token.
    pub allow_other_host: bool,
    /// Header of the token.
    pub auth_header: AuthHeader,
    /// Certificates to trust besides the system's.
    pub ca_cert: Option<PathBuf>,
    /// How many items a page of a list is asked for, where the profile says.
    pub page_size: Option<u32>,
}

impl ServiceSettings {
    /// Puts flags, environment, profile and defaults together, and refuses an address that must not
    /// get the token.
    pub fn resolve(everywhere: &Everywhere, profile: &Profile) -> Result<Self> {
        let service = match (everywhere.service, variable("EL2G_SERVICE")) {
            (Some(service), _) => Some(service),
            (None, Some(name)) => Some(service_named(&name)?),
            (None, None) => profile.service,
        };
        let typed = everywhere.base_url.clone().or_else(|| variable("EL2G_BASE_URL"));
        let named = typed.as_deref().or(profile.base_url.as_deref());
        let named = named.map(BaseUrl::parse).transpose()?;
        // An address on this machine can only be the built-in service.
        let service = service.or_else(|| named.as_ref()?.is_loopback().then_some(Service::Sandbox));
        let service = service.ok_or_else(|| {
            Failure::usage("no service").with_hint(
                "choose one with --service foundries|nxp|sandbox, EL2G_SERVICE or a profile",
            )
        })?;
        let row = &SERVICES[service as usize];
        let base_url = match named {
            Some(url) => url,
            None => row.default_url(everywhere, profile)?,
        };
        let allow_other_host = everywhere.allow_other_host || profile.allow_other_host;
        base_url.check_destination(row.official, allow_other_host)?;
        let has_no_path = !base_url.has_path();
        // An access token has its own header (RFC 6750).
        let header = match TokenOrigin::chosen(everywhere.token_file.as_ref(), profile) {
            Some(TokenOrigin::Grant) => AuthHeader::Bearer,
            Some(
                TokenOrigin::Variable
                | TokenOrigin::File(_)
                | TokenOrigin::Command(_)
                | TokenOrigin::Keyring(_),
            )
            | None => row.header,
        };
        let ca_cert =
            everywhere.ca_cert.clone().or_else(|| variable("EL2G_CA_CERT").map(PathBuf::from));
        Ok(Self {
            service,
            base_url: row.with_api_path(base_url)?,
            path_added: has_no_path && row.service != Service::Sandbox,
            allow_other_host,
            auth_header: profile.auth_header.unwrap_or(header),
            ca_cert: ca_cert.or_else(|| profile.ca_cert.clone()),
            page_size: profile.page_size,
        })
    }
}

impl ServiceSettings {
    /// Whether it is the built-in service on this machine. Any other may be a real one, whatever it is called.
    pub fn is_rehearsal(&self) -> bool {
        self.service == Service::Sandbox && self.base_url.is_loopback()
    }
}

fn service_named(name: &str) -> Result<Service> {
    Service::from_str(name, false).map_err(|_| {
        Failure::usage(format!(
            "EL2G_SERVICE: found `{name}`, allowed is foundries, nxp or sandbox"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(everywhere: Everywhere) -> std::result::Result<String, String> {
        ServiceSettings::resolve(&everywhere, &Profile::default())
            .map(|settings| settings.base_url.to_string())
            .map_err(|failure| failure.message)
    }

    fn at(service: Service, base_url: &str) -> Everywhere {
        Everywhere {
            service: Some(service),
            base_url: Some(base_url.into()),
            ..Everywhere::default()
        }
    }

    #[test]
    fn the_table_is_in_the_order_of_the_services() {
        for row in &SERVICES {
            assert_eq!(SERVICES[row.service as usize].name, row.name);
        }
    }

    #[test]
    fn services_have_their_addresses() {
        let foundries = Everywhere {
            service: Some(Service::Foundries),
            factory: Some("f-1".into()),
            ..Everywhere::default()
        };
        assert_eq!(
            resolve(foundries).unwrap(),
            "https://api.foundries.io/ota/factories/f-1/el2g-proxy"
        );
        let nxp = Everywhere { service: Some(Service::Nxp), ..Everywhere::default() };
        assert_eq!(resolve(nxp).unwrap(), "https://api.edgelock2go.com/api/v1");
        for other_client in ["https://api.edgelock2go.com", "https://api.edgelock2go.com/"] {
            let url = resolve(at(Service::Nxp, other_client)).unwrap();
            assert_eq!(url, "https://api.edgelock2go.com/api/v1");
        }
        let message = resolve(at(Service::Foundries, "https://api.foundries.io")).unwrap_err();
        assert_eq!(
            message,
            "base URL `https://api.foundries.io`: has no path; the foundries service is at https://api.foundries.io/ota/factories/{factory}/el2g-proxy"
        );
        let sandbox = at(Service::Sandbox, "http://127.0.0.1:8075");
        assert_eq!(resolve(sandbox).unwrap(), "http://127.0.0.1:8075/api/v1");
    }

    #[test]
    fn the_token_of_a_real_service_goes_to_its_host_only() {
        for url in [
            "https://api.foundries.io.evil.example/x",
            "https://api.foundries.io:8443/x",
            "https://127.0.0.1/x",
        ] {
            let message = resolve(at(Service::Foundries, url)).unwrap_err();
            assert!(message.ends_with("its token goes nowhere else"), "{message}");
            let allowed = Everywhere { allow_other_host: true, ..at(Service::Foundries, url) };
            assert_eq!(resolve(allowed).unwrap(), url);
        }
    }

    #[test]
    fn clear_text_is_for_loopback_only() {
        assert!(resolve(at(Service::Sandbox, "http://[::1]:1/x")).is_ok());
        let message = resolve(at(Service::Sandbox, "http://10.0.0.1/x")).unwrap_err();
        assert!(message.contains("the token would travel in clear"), "{message}");
    }

    #[test]
    fn odd_addresses_are_refused_without_their_password() {
        for url in ["ftp://x/", "x", "https://u:secret@h/", "https://h/?q=1", "https://h/#f"] {
            let message = resolve(at(Service::Nxp, url)).unwrap_err();
            assert!(message.starts_with("base URL: ") && !message.contains("secret"), "{message}");
        }
    }

    #[test]
    fn a_factory_cannot_change_the_path() {
        let factory = Some("a/../b".to_owned());
        let typed =
            Everywhere { service: Some(Service::Foundries), factory, ..Everywhere::default() };
        assert!(resolve(typed).unwrap_err().starts_with("factory `a/../b`"));
    }
}

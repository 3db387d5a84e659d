//! The profiles, and where the service is: a flag beats the environment, the
//! environment beats the profile, the profile beats the default.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use clap::ValueEnum;
use el2g_files::{FileRole, InputPolicy};
use el2g_key_payload::SecretBytes;
use el2g_workflows::Failure;
use serde::Deserialize;
use url::{Host, Url};

use crate::Result;
use crate::config_file::{Config, config_file};
use crate::context::short_secret;
use crate::input::{Input, SecretPath};
use crate::options::{Everywhere, Service};
use crate::output::Console;

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

/// One row of the table of services.
struct ServiceRow {
    service: Service,
    name: &'static str,
    /// `{factory}` is replaced. `None`: there is no address to begin with.
    base_url: Option<&'static str>,
    header: AuthHeader,
    /// The host that gets the token, unless `--allow-other-host`.
    official_host: Option<&'static str>,
}

/// `cli.md`, "Everywhere"; AN12642 section 2.
const SERVICES: [ServiceRow; 3] = [
    ServiceRow {
        service: Service::Foundries,
        name: "foundries",
        base_url: Some("https://api.foundries.io/ota/factories/{factory}/el2g-proxy"),
        header: AuthHeader::OsfToken,
        official_host: Some("api.foundries.io"),
    },
    ServiceRow {
        service: Service::Nxp,
        name: "nxp",
        base_url: Some("https://api.edgelock2go.com/api/v1"),
        header: AuthHeader::ApiKey,
        official_host: Some("api.edgelock2go.com"),
    },
    ServiceRow {
        service: Service::Sandbox,
        name: "sandbox",
        base_url: None,
        header: AuthHeader::ApiKey,
        official_host: None,
    },
];

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
    /// Default signer of sealed messages.
    pub signer: Option<PathBuf>,
    /// Default recipient of sealed messages.
    pub recipient: Option<PathBuf>,
}

/// Whether a signer is a `pkcs11:` URI that names the library to load.
fn names_module(signer: &str) -> bool {
    signer.starts_with("pkcs11:")
        && (signer.contains("module-path=") || signer.contains("module-name="))
}

/// A path of the config file is meant from its folder; a key's place that is no path stays.
fn beside(folder: &Path, path: PathBuf) -> PathBuf {
    let is_no_path =
        path.to_str().is_some_and(|text| text.starts_with("gpg:") || text.starts_with("pkcs11:"));
    if is_no_path { path } else { folder.join(path) }
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
        self.token_command.is_some() || signer.is_some_and(names_module)
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

    /// The token, see [`crate::context::Context::token`].
    pub fn token(
        &self,
        flag: Option<&SecretPath>,
        input: &mut Input,
        console: &Console,
        cap: usize,
    ) -> Result<SecretBytes> {
        let mut of_file = |path: &SecretPath| {
            let token = short_secret(input.read_secret(path, cap)?, path, console)?;
            checked_token(token, &path.path().display().to_string())
        };
        let file_variable = || variable("EL2G_TOKEN_FILE").map(|path| SecretPath::new(path.into()));
        if let Some(path) = flag {
            return of_file(path);
        }
        if let Some(token) = env::var_os("EL2G_TOKEN").filter(|token| !token.is_empty()) {
            return checked_token(SecretBytes::new(token.into_encoded_bytes()), "EL2G_TOKEN");
        }
        let file = file_variable().or_else(|| self.token_file.clone().map(SecretPath::new));
        if let Some(path) = file {
            return of_file(&path);
        }
        if let Some(command) = &self.token_command {
            return checked_token(
                run_token_command(command, input.policy(), cap)?,
                "token-command",
            );
        }
        Err(Failure::usage("no token")
            .with_hint("give it with --token-file, EL2G_TOKEN_FILE or EL2G_TOKEN, or in a profile"))
    }
}

/// An environment variable; an empty one counts as unset.
pub fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
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
        .env_remove("EL2G_TOKEN")
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

/// Where the service is and how it is spoken to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceSettings {
    /// What it is.
    pub service: Service,
    /// Root of the API; the paths of the operations are appended to its path.
    pub base_url: Url,
    /// Header of the token.
    pub auth_header: AuthHeader,
    /// Certificates to trust besides the system's.
    pub ca_cert: Option<PathBuf>,
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
        let named = typed.as_deref().or(profile.base_url.as_deref()).map(parse_url).transpose()?;
        // An address on this machine can only be the built-in service.
        let service = service.or_else(|| is_loopback(named.as_ref()?).then_some(Service::Sandbox));
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
        row.refuse_other_host(&base_url, allow_other_host)?;
        let ca_cert =
            everywhere.ca_cert.clone().or_else(|| variable("EL2G_CA_CERT").map(PathBuf::from));
        Ok(Self {
            service,
            base_url: row.with_api_path(base_url),
            auth_header: profile.auth_header.unwrap_or(row.header),
            ca_cert: ca_cert.or_else(|| profile.ca_cert.clone()),
        })
    }
}

impl ServiceSettings {
    /// Whether it is the built-in service on this machine. Any other may be a real one, whatever it is called.
    pub fn is_rehearsal(&self) -> bool {
        self.service == Service::Sandbox && is_loopback(&self.base_url)
    }
}

impl ServiceRow {
    fn default_url(&self, everywhere: &Everywhere, profile: &Profile) -> Result<Url> {
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

    fn refuse_other_host(&self, url: &Url, allow_other_host: bool) -> Result<()> {
        if url.scheme() == "http" && !is_loopback(url) {
            return Err(Failure::usage(format!(
                "base URL `{url}`: the token would travel in clear; https is wanted except on loopback"
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

    /// The sandbox prints its origin; the API is served below it.
    fn with_api_path(&self, mut url: Url) -> Url {
        if self.service == Service::Sandbox && url.path() == "/" {
            url.set_path("/api/v1");
        }
        url
    }
}

fn service_named(name: &str) -> Result<Service> {
    Service::from_str(name, false).map_err(|_| {
        Failure::usage(format!(
            "EL2G_SERVICE: found `{name}`, allowed is foundries, nxp or sandbox"
        ))
    })
}

/// An address that may be a service's.
pub fn parse_url(text: &str) -> Result<Url> {
    // Not quoted: an address may hold a password.
    let refuse = |reason: &str| Failure::usage(format!("base URL: {reason}"));
    if !text.contains("://") {
        // `localhost:8080` is a URL with the scheme `localhost` to a parser.
        return Err(refuse("has no scheme").with_hint(
            "write https:// in front of it; http:// for an address on this machine (loopback)",
        ));
    }
    let url = Url::parse(text).map_err(|error| refuse(&error.to_string()))?;
    if !["http", "https"].contains(&url.scheme()) || url.host().is_none() {
        return Err(refuse("expected http or https and a host"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refuse("holds a user name or password; the token has its own place"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(refuse("holds a query or fragment"));
    }
    Ok(url)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
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

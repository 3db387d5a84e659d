//! `el2g sandbox serve --save-profile`: an address and a token that stay, and a profile that names them.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use el2g_files::create_private_folders;
use el2g_key_payload::{Entropy as _, SecretBytes, io_reason};
use el2g_sandbox::Running;
use el2g_text::Shell;
use el2g_workflows::Failure;
use url::Url;

use crate::Result;
use crate::commands::config::save_profile;
use crate::config_file::{Config, config_place};
use crate::context::Context;
use crate::input::SecretPath;
use crate::options::Service;
use crate::output_kind::OutputKind;
use crate::recipients::is_name;
use crate::sandbox_folder::sandbox_folder;

/// Most bytes of a token file.
const LONGEST_TOKEN: usize = 4096;

/// A profile that outlives the sandbox.
pub struct SavedProfile {
    name: String,
    /// What is kept for it: token, public key, CA.
    pub folder: PathBuf,
    /// Where it listened the last time.
    pub listen: Option<SocketAddr>,
}

impl SavedProfile {
    /// Finds what an earlier start has saved. A profile of that name for another service is not touched.
    pub fn open(name: String, context: &Context) -> Result<Self> {
        if !is_name(&name) {
            return Err(Failure::usage(format!(
                "--save-profile {name}: expected 1 to 64 letters, digits, `-`, `_` and `.`, a letter or digit first"
            )));
        }
        let folder = sandbox_folder().ok_or_else(|| {
            Failure::usage("there is no home folder to keep the sandbox's token in")
                .with_hint("set HOME, or serve without --save-profile")
        })?;
        let folder = folder.join("profiles").join(&name);
        let listen = Self::address(&name, context)?;
        Ok(Self { name, folder, listen })
    }

    /// The address in the config file.
    fn address(name: &str, context: &Context) -> Result<Option<SocketAddr>> {
        let place = config_place(&context.everywhere).filter(|path| path.exists());
        let Some(path) = place else { return Ok(None) };
        let config = Config::read(&path, context.input.policy())?;
        let Some(profile) = config.profiles.get(name) else { return Ok(None) };
        if profile.service != Some(Service::Sandbox) {
            return Err(Failure::input(format!(
                "{}: profile `{name}` is not a sandbox's; it was kept",
                path.display()
            ))
            .with_hint("name another with --save-profile"));
        }
        let url = profile.base_url.as_deref().and_then(|url| Url::parse(url).ok());
        let addresses = url.and_then(|url| url.socket_addrs(|| None).ok()).unwrap_or_default();
        Ok(addresses.into_iter().find(|address| address.ip().is_loopback()))
    }

    /// The token of the last time, else a new one: 256 random bits.
    pub fn token(&self, context: &mut Context) -> Result<SecretBytes> {
        let made = create_private_folders(&self.folder);
        made.map_err(|error| {
            Failure::input(format!("{}: {}", self.folder.display(), io_reason(error.kind())))
        })?;
        let path = self.token_file();
        if path.exists() {
            let token = context.input.read_secret(&SecretPath::new(path), LONGEST_TOKEN)?;
            return Ok(SecretBytes::from_slice(token.expose().trim_ascii()));
        }
        let mut bytes = [0_u8; 32];
        context.entropy().fill(&mut bytes)?;
        let digits = base16ct::lower::encode_string(&bytes);
        let token = SecretBytes::new(digits.into_bytes());
        context.output(OutputKind::Token, &path)?.write(token.expose())?;
        Ok(token)
    }

    /// Where the token is kept.
    pub fn token_file(&self) -> PathBuf {
        self.folder.join("token")
    }

    /// Writes the profile; whether it is the default one.
    pub fn save(
        &self,
        running: &Running,
        files: &Files<'_>,
        context: &mut Context,
    ) -> Result<bool> {
        let text = |path: &Path| path.display().to_string();
        let mut pairs = vec![
            ("service", "sandbox".to_owned()),
            ("base-url", running.base_url()),
            ("token-file", text(files.token)),
            ("recipient", text(files.recipient)),
        ];
        pairs.extend(files.ca.map(|path| ("ca-cert", text(path))));
        save_profile(&self.name, &pairs, context)
    }

    /// Says what can be done with it: lines to paste into another terminal.
    pub fn tell(&self, running: &Running, is_default: bool, context: &Context) {
        let mut with = String::new();
        if let Some(config) = &context.everywhere.config {
            let config = std::path::absolute(config).unwrap_or_else(|_| config.clone());
            let config = Shell::HERE.quoted(&config.display().to_string());
            with.push_str(&format!(" --config {config}"));
        }
        if !is_default {
            with.push_str(&format!(" --profile {}", self.name));
        }
        let console = context.console;
        console.note("the console, for a browser on this machine:");
        console.note(format!("  {}/_sandbox/", running.base_url()));
        console.note("what to try next, in another terminal:");
        for command in NEXT {
            console.note(format!("  el2g {command}{with}"));
        }
    }
}

/// The files that a profile names.
pub struct Files<'a> {
    /// The token.
    pub token: &'a Path,
    /// The public key to seal to.
    pub recipient: &'a Path,
    /// The CA of the certificate, with TLS.
    pub ca: Option<&'a Path>,
}

/// What a new user does first.
const NEXT: [&str; 3] = [
    "doctor",
    "device-group create --name pilot --product 935389312472",
    "secure-object create key-pair --name tls-key --object-id 83000001 --algorithm NIST_P256",
];

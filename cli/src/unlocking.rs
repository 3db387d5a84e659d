//! Keys wherever they live, and what opens them: files, passphrases and PINs of this run.

use std::path::{Path, PathBuf};

use el2g_key_payload::SecretBytes;
use el2g_openpgp_envelope::LARGEST_KEY_FILE;
use el2g_signers::{KeyPlace, Token, Unlock};
use el2g_workflows::Failure;

use crate::Result;
use crate::context::Context;
use crate::input::SecretPath;

/// Where the key lives, by what was typed. Refuses a URI with a PIN in it before anything is read.
pub fn key_place(typed: &SecretPath) -> Result<KeyPlace> {
    match typed.path().to_str() {
        Some(text) => Ok(text.parse::<KeyPlace>()?),
        None => Ok(KeyPlace::File(typed.path().to_owned())),
    }
}

/// `EL2G_PKCS11_MODULE`: the library to use where a URI names none.
pub fn module_of_environment() -> Option<PathBuf> {
    std::env::var_os("EL2G_PKCS11_MODULE").filter(|path| !path.is_empty()).map(PathBuf::from)
}

/// Whether a signer is a `pkcs11:` URI that names the library to load. A malformed one is refused when it is used.
pub fn names_module(signer: &str) -> bool {
    match signer.parse() {
        Ok(KeyPlace::Token(uri)) => {
            ["module-path", "module-name"].iter().any(|name| uri.attribute(name).is_some())
        }
        _ => false,
    }
}

/// Opens keys with what this run was given, and asks on the terminal for the rest.
pub struct Unlocking<'a> {
    /// This run.
    pub context: &'a mut Context,
    /// The file with the OpenPGP certificate of a token's key.
    pub public: Option<&'a Path>,
}

impl<'a> Unlocking<'a> {
    /// For keys that need no OpenPGP certificate.
    pub fn of(context: &'a mut Context) -> Self {
        Self { context, public: None }
    }
}

impl Unlock for Unlocking<'_> {
    type Error = Failure;

    fn key_file(&mut self, path: &Path, cap: usize) -> Result<SecretBytes> {
        self.context.input.read_secret(&SecretPath::new(path.to_owned()), cap)
    }

    fn passphrase_given(&mut self) -> Result<Option<SecretBytes>> {
        self.context.passphrase_given()
    }

    fn passphrase(&mut self, key: &str) -> Result<SecretBytes> {
        self.context.passphrase(key)
    }

    fn pin(&mut self, token: &Token, file: Option<PathBuf>) -> Result<SecretBytes> {
        if let Some(file) = file {
            return self.context.read_short_secret(&SecretPath::new(file));
        }
        if token.is_last_try() {
            self.context.console.warn(format!("one more wrong PIN locks {}", token.name()));
        }
        self.context.secret_of("PIN", token.name())
    }

    fn module(&self) -> Option<PathBuf> {
        module_of_environment()
    }

    fn agent_prompt(&self) -> Vec<(&'static str, String)> {
        let prompt = [
            ("ttyname", "GPG_TTY"),
            ("ttytype", "TERM"),
            ("display", "DISPLAY"),
            ("lc-ctype", "LC_CTYPE"),
            ("lc-messages", "LC_MESSAGES"),
        ];
        let given = |(option, name)| Some((option, crate::settings::variable(name)?));
        prompt.into_iter().filter_map(given).collect()
    }

    fn certificate(&mut self) -> Result<Option<(String, Vec<u8>)>> {
        let Some(public) = self.public else { return Ok(None) };
        let name = public.display().to_string();
        Ok(Some((name, self.context.input.read(public, LARGEST_KEY_FILE)?)))
    }

    fn note_token_sees_messages(&mut self, key: &str) {
        self.context.console.note(format!(
            "{key} needs the PIN for each signature: where the token takes no digest for such a key, it is given the \
             secret itself to hash"
        ));
    }
}

//! What `--signer` names: an OpenPGP key in a file, in the user's GnuPG keyring, or on a token.

use std::path::{Path, PathBuf};

use el2g_openpgp_envelope::{
    KeyError, KeyName, LARGEST_KEY_FILE, MessageSigner, SigningKey, Timestamp,
};
use el2g_signers::{AgentKey, AgentSettings, KeyPlace, RemoteSigner, TokenUri};
use el2g_text::file_name;
use el2g_workflows::Failure;

use crate::Result;
use crate::context::Context;
use crate::input::SecretPath;
use crate::root_key::{key_place, open_token_key};

/// Opens a signer, asking for what unlocks it when that was not given. `public` is the OpenPGP certificate
/// of a token's key.
pub fn open_signer(
    typed: &SecretPath,
    public: Option<&Path>,
    now: Timestamp,
    context: &mut Context,
) -> Result<Box<dyn MessageSigner>> {
    check_signer(typed)?;
    match key_place(typed)? {
        KeyPlace::File(_) => Ok(Box::new(open_file(typed, now, context)?)),
        KeyPlace::Agent(name) => Ok(Box::new(open_agent(name, now, context)?)),
        KeyPlace::Token(uri) => Ok(Box::new(open_token(&uri, public, now, context)?)),
    }
}

/// Refuses a signer that is not there, with what else was probably meant. Nothing is read.
pub fn check_signer(typed: &SecretPath) -> Result<()> {
    let KeyPlace::File(path) = key_place(typed)? else { return Ok(()) };
    if typed.is_stdin() || !is_missing(&path) {
        return Ok(());
    }
    if names_key(&path) {
        return Err(bare_key_name("--signer")
            .with_hint("for a key of your GnuPG keyring or card write gpg:FINGERPRINT"));
    }
    let missing = format!("{}: cannot be read: no such file", file_name(&path.to_string_lossy()));
    Err(Failure::input(missing).with_hint(
        "expected a secret key in a file, gpg:FINGERPRINT (`gpg --list-secret-keys` shows it) or a pkcs11: URI",
    ))
}

/// A key that was named by its fingerprint where a file is expected.
pub fn bare_key_name(argument: &str) -> Failure {
    Failure::usage(format!(
        "{argument}: no such file; it looks like the fingerprint or id of an OpenPGP key"
    ))
}

/// Whether a file that is missing is named like a key. A profile's path is led by the config file's folder.
pub fn names_key(path: &Path) -> bool {
    is_bare_key_name(&path.file_name().unwrap_or_default().to_string_lossy())
}

/// Whether there is nothing of that name.
pub fn is_missing(path: &Path) -> bool {
    let found = std::fs::symlink_metadata(path);
    found.is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound)
}

/// Whether it could be an OpenPGP fingerprint (40 hexadecimal digits) or key id (16 or 8), as gpg prints them: in groups, or
/// behind `0x`.
pub fn is_bare_key_name(text: &str) -> bool {
    let digits: String = text.chars().filter(|c| !c.is_ascii_whitespace() && *c != ':').collect();
    let digits = digits.strip_prefix("0x").or(digits.strip_prefix("0X")).unwrap_or(&digits);
    [8, 16, 40].contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn open_file(path: &SecretPath, now: Timestamp, context: &mut Context) -> Result<SigningKey> {
    let name = path.path().display().to_string();
    let file = context.input.read_secret(path, LARGEST_KEY_FILE)?;
    let given = context.passphrase_given()?;
    let opened = match SigningKey::open(&file, given.as_ref(), now) {
        Err(KeyError::PassphraseNeeded { .. }) => {
            let passphrase = context.passphrase(&name)?;
            SigningKey::open(&file, Some(&passphrase), now)
        }
        opened => opened,
    };
    opened.map_err(|error| Failure::of_signing_key(error).about(name))
}

/// The agent asks through the user's own pinentry, unless a passphrase file is given.
fn open_agent(name: KeyName, now: Timestamp, context: &mut Context) -> Result<RemoteSigner> {
    let prompt = [
        ("ttyname", "GPG_TTY"),
        ("ttytype", "TERM"),
        ("display", "DISPLAY"),
        ("lc-ctype", "LC_CTYPE"),
        ("lc-messages", "LC_MESSAGES"),
    ];
    let prompt = prompt.into_iter().filter_map(|(option, variable)| {
        std::env::var(variable).ok().filter(|value| !value.is_empty()).map(|value| (option, value))
    });
    // GNUPGHOME reaches gpg and gpgconf through the environment.
    let settings = AgentSettings {
        home: None,
        prompt: prompt.collect(),
        passphrase: context.passphrase_given()?,
    };
    Ok(AgentKey::find(name, settings, now)?)
}

fn open_token(
    uri: &TokenUri,
    public: Option<&Path>,
    now: Timestamp,
    context: &mut Context,
) -> Result<RemoteSigner> {
    let public: PathBuf = public.map(Path::to_owned).ok_or_else(|| {
        Failure::usage("a pkcs11: signer needs its OpenPGP certificate: --signer-public").with_hint(
            "made once with: el2g pgp certify --key pkcs11:… --user-id 'Name <mail>' --out signer-public.asc",
        )
    })?;
    let certificate = context.input.read(&public, LARGEST_KEY_FILE)?;
    let key = open_token_key(uri, None, context)?;
    if key.may_see_messages() {
        context.console.note(format!(
            "{} needs the PIN for each signature: where the token takes no digest for such a key, it is given the \
             secret itself to hash",
            key.name()
        ));
    }
    key.into_message_signer(&certificate, now)
        .map_err(|error| Failure::of_signing_key(error).about(public.display()))
}

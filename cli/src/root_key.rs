//! A CA's private key, wherever it lives: a file, or a token by its `pkcs11:` URI.

use std::path::PathBuf;

use el2g_signers::{KeyPlace, Token, TokenKey, TokenUri};
use el2g_workflows::Failure;
use el2g_x509::{CertificateSigner, FileKey, FileKeyError, PublicKey};

use crate::Result;
use crate::context::Context;
use crate::input::{SMALL_FILE, SecretPath};

/// Where the key lives, by what was typed. Refuses a URI with a PIN in it before anything is read.
pub fn key_place(typed: &SecretPath) -> Result<KeyPlace> {
    match typed.path().to_str() {
        Some(text) => Ok(text.parse::<KeyPlace>()?),
        None => Ok(KeyPlace::File(typed.path().to_owned())),
    }
}

/// Opens a CA's key: reads the file, or unlocks the token. `certified` is the key of the CA's certificate,
/// for tokens that hold only the private half.
pub fn open_root_key(
    place: &KeyPlace,
    certified: &PublicKey,
    context: &mut Context,
) -> Result<Box<dyn CertificateSigner>> {
    match place {
        KeyPlace::File(path) => Ok(Box::new(read_key(&SecretPath::new(path.clone()), context)?)),
        KeyPlace::Agent(_) => Err(Failure::usage(
            "--root-key: keys of gpg-agent sign messages, not certificates; expected a file or a pkcs11: URI",
        )),
        KeyPlace::Token(uri) => Ok(Box::new(open_token_key(uri, Some(certified), context)?)),
    }
}

/// Unlocks a token and finds its key. The PIN comes from the URI's `pin-source`, else as passphrases do.
pub fn open_token_key(
    uri: &TokenUri,
    certified: Option<&PublicKey>,
    context: &mut Context,
) -> Result<TokenKey> {
    let token = Token::find(uri, module_of_environment().as_deref())?;
    let pin = match (token.wants_pin(), uri.pin_file()) {
        (false, _) => None,
        (true, Some(file)) => Some(context.read_short_secret(&SecretPath::new(file))?),
        (true, None) => {
            if token.is_last_try() {
                context.console.warn(format!("one more wrong PIN locks {}", token.name()));
            }
            Some(context.secret_of("PIN", token.name())?)
        }
    };
    Ok(token.open_key(pin.as_ref(), certified)?)
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

/// Reads a private key; asks for its passphrase only when it is encrypted and none was given.
fn read_key(path: &SecretPath, context: &mut Context) -> Result<FileKey> {
    let name = path.path().display().to_string();
    let about = |error: FileKeyError| Failure::from(error).about(&name);
    let file = context.input.read_secret(path, SMALL_FILE)?;
    let given = context.passphrase_given()?;
    match FileKey::read(&file, given.as_ref()) {
        Err(FileKeyError::PassphraseNeeded) if given.is_none() => {
            let passphrase = context.passphrase(&name)?;
            FileKey::read(&file, Some(&passphrase)).map_err(about)
        }
        read => read.map_err(about),
    }
}

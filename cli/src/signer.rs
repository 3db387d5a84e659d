//! What `--signer` names: an OpenPGP key in a file, in the user's GnuPG keyring, or on a token.

use std::path::Path;

use el2g_openpgp_envelope::{MessageSigner, Timestamp};
use el2g_signers::KeyPlace;
use el2g_text::file_name;
use el2g_workflows::Failure;

use crate::Result;
use crate::context::Context;
use crate::input::SecretPath;
use crate::unlocking::{Unlocking, key_place};

/// Opens a signer, asking for what unlocks it when that was not given. `public` is the OpenPGP certificate
/// of a token's key.
pub fn open_signer(
    typed: &SecretPath,
    public: Option<&Path>,
    now: Timestamp,
    context: &mut Context,
) -> Result<Box<dyn MessageSigner>> {
    check_signer(typed)?;
    key_place(typed)?.open_message_key(now, &mut Unlocking { context, public })
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

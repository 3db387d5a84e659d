//! A file with a public key.

use std::path::Path;

use el2g_workflows::Failure;
use el2g_x509::PublicKey;

use crate::Result;

const PUBLIC_HALF: &str = "openssl pkey -in KEY -pubout writes a key's public half";

/// The public key in a file. A private key in its place is refused as that.
pub fn public_key_of(content: &[u8], file: &Path) -> Result<PublicKey> {
    if content.windows(11).any(|window| window == b"PRIVATE KEY") {
        let held = "holds a private key, which must not be sent: nothing was";
        return Err(Failure::input(format!("{}: {held}", file.display())).with_hint(PUBLIC_HALF));
    }
    PublicKey::read(content).map_err(|error| {
        let mut failure = Failure::from(error).about(file.display());
        failure.hint.get_or_insert_with(|| PUBLIC_HALF.to_owned());
        failure
    })
}

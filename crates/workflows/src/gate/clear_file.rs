//! A file that is sent in clear: it must not be a private key.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use el2g_key_payload::SecretBytes;
use el2g_pem_line::Kind;
use el2g_service_client::BrokenRule;

use super::gate_rules::{PRIVATE_KEY_IN_CLEAR, broken};

/// What to do with a file that is an object.
pub(super) const SEAL_IT: &str = PRIVATE_KEY_IN_CLEAR.fix;

/// Refuses a private key, in PEM or OpenPGP armor anywhere in the file, or as the whole of it in DER. `base64` is
/// that of the request, at `place`; `fix` says what to do instead.
pub(super) fn broken_by(place: &str, base64: &str, fix: &'static str) -> Option<BrokenRule> {
    let content = SecretBytes::new(STANDARD.decode(base64).ok()?);
    let content = content.expose();
    let is_block = content.windows(11).any(|window| window == b"PRIVATE KEY");
    let is_der = Kind::is_whole(content) && Kind::of_der(content) == Kind::PrivateKey;
    let message = "the file holds a private key, and it would be sent without encryption";
    (is_block || is_der)
        .then(|| BrokenRule { fix: Some(fix), ..broken(&PRIVATE_KEY_IN_CLEAR, place, message) })
}

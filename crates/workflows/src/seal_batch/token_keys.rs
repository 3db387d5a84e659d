//! Secret keys of tokens that rows of a manifest name.

use el2g_key_payload::PayloadKind;
use el2g_signers::{TokenSecret, TokenUri};

use crate::Failure;

/// The tokens that rows name. All threads share them.
pub trait TokenKeys: Sync {
    /// Unlocks the token of a URI. Called once for each token, before any row is sealed: a PIN is asked for once, and a
    /// wrong one ends the batch before it begins.
    ///
    /// # Errors
    /// [`Failure`] about the token or its PIN.
    fn unlock(&self, uri: &TokenUri) -> Result<(), Failure>;

    /// Takes the key of a row from a token that was unlocked.
    ///
    /// # Errors
    /// [`Failure`] about the key.
    fn take(&self, uri: &TokenUri, kind: PayloadKind) -> Result<TokenSecret, Failure>;
}

//! The tokens that a run takes secret keys from: each is unlocked once, and a PIN that was refused is not tried again.

use cryptoki::mechanism::MechanismType;
use cryptoki::session::Session;
use el2g_key_payload::{PayloadKind, SecretBytes};

use super::error::of_token;
use super::secret_key::{SecretOrigin, TokenSecret, Unlocked};
use super::session_key::SessionKeys;
use super::{Token, TokenError, key_name};
use crate::key_place::TokenUri;
use crate::{OpenError, Unlock};

/// What a secret key is called by its URI.
const EXPECTED: &str = "a secret key (type=secret-key)";

/// Tokens that secret keys are taken from.
#[derive(Default)]
pub struct TokenSecrets {
    tokens: Vec<(TokenPart, Result<OpenToken, TokenError>)>,
}

/// The attributes of a URI that are about the token.
type TokenPart = Vec<(String, Vec<u8>)>;

struct OpenToken {
    session: Session,
    name: String,
    described: String,
    offered: Vec<MechanismType>,
    keys: SessionKeys,
}

impl std::fmt::Debug for TokenSecrets {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "TokenSecrets({} tokens)", self.tokens.len())
    }
}

impl TokenSecrets {
    /// Unlocks the token of a URI, unless that was done or failed before. No key is looked for.
    ///
    /// # Errors
    /// [`TokenError`] about the token or its PIN, and what `unlock` fails with.
    pub fn unlock<U: Unlock>(&mut self, uri: &TokenUri, unlock: &mut U) -> Result<(), U::Error> {
        self.open(uri, unlock).map(drop)
    }

    /// Has the secret key that a URI names leave its token: its value where it is not sensitive, else wrapped by a session
    /// key. It must be extractable, and fit `kind`. No attribute of it is changed.
    ///
    /// # Errors
    /// [`TokenError`], and what `unlock` fails with.
    pub fn take<U: Unlock>(
        &mut self,
        uri: &TokenUri,
        kind: PayloadKind,
        unlock: &mut U,
    ) -> Result<TokenSecret, U::Error> {
        let token = self.open(uri, unlock)?;
        Ok(token.take(uri, kind).map_err(OpenError::Token)?)
    }

    /// The same of a token that was unlocked before ([`TokenSecrets::unlock`]).
    ///
    /// # Errors
    /// [`TokenError`]; of a token that was not unlocked, [`TokenError::PinWanted`].
    pub fn take_unlocked(
        &mut self,
        uri: &TokenUri,
        kind: PayloadKind,
    ) -> Result<TokenSecret, TokenError> {
        let part = uri.token_part();
        let known = self.tokens.iter_mut().find(|(known, _)| *known == part);
        match known {
            None => Err(TokenError::PinWanted { token: uri.without_query().to_owned() }),
            Some((_, Err(refused))) => Err(refused.clone()),
            Some((_, Ok(token))) => token.take(uri, kind),
        }
    }

    fn open<U: Unlock>(
        &mut self,
        uri: &TokenUri,
        unlock: &mut U,
    ) -> Result<&mut OpenToken, U::Error> {
        uri.expect_type("secret-key", EXPECTED).map_err(OpenError::Place)?;
        let part = uri.token_part();
        let place = match self.tokens.iter().position(|(known, _)| *known == part) {
            Some(place) => place,
            None => {
                let token =
                    Token::find(uri, unlock.module().as_deref()).map_err(OpenError::Token)?;
                let pin = uri.pin(&token, unlock)?;
                self.tokens.push((part, OpenToken::open(token, pin.as_ref())));
                self.tokens.len() - 1
            }
        };
        let opened = self.tokens[place].1.as_mut();
        Ok(opened.map_err(|refused| OpenError::Token(refused.clone()))?)
    }
}

impl OpenToken {
    fn open(token: Token, pin: Option<&SecretBytes>) -> Result<Self, TokenError> {
        let failed = |error| of_token(&token.name, &error);
        let session = token.module.open_ro_session(token.slot).map_err(failed)?;
        token.log_in(&session, pin)?;
        let offered = token.module.get_mechanism_list(token.slot).map_err(failed)?;
        let described = token.described;
        Ok(Self { session, name: token.name, described, offered, keys: SessionKeys::default() })
    }

    fn take(&mut self, uri: &TokenUri, kind: PayloadKind) -> Result<TokenSecret, TokenError> {
        let Self { session, name, described, offered, keys } = self;
        let unlocked = Unlocked { session, name, offered };
        let (bytes, found, wrapped_by) = unlocked.take(uri, kind, keys)?;
        let confirmed_by = unlocked.confirm(&found, &bytes)?;
        let origin = SecretOrigin {
            uri: uri.without_query().to_owned(),
            token: described.clone(),
            key: key_name(session, found.handle),
            attributes: found.attributes,
            wrapped_by,
            confirmed_by,
        };
        Ok(TokenSecret { bytes, origin })
    }
}

impl Drop for OpenToken {
    fn drop(&mut self) {
        self.keys.destroy(&self.session);
    }
}

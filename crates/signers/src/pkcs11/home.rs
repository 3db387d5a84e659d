//! A token as the home of a new secret key: the key is made there, leaves it once, wrapped, and never again.

use cryptoki::error::Error;
use cryptoki::mechanism::{Mechanism, MechanismType};
use cryptoki::object::{Attribute, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::Session;
use el2g_key_payload::{PayloadKind, SecretBytes};

use super::error::{of_token, reason_of};
use super::secret_key::{Found, KeyAttributes, SecretOrigin, TokenSecret, Unlocked};
use super::session_key::SessionKeys;
use super::{Token, TokenError, key_name, named};
use crate::key_place::TokenUri;
use crate::{OpenError, Unlock};

/// A token that was unlocked and can take a new key: it offers what is needed, and the name is free. Nothing was made.
pub struct Home {
    session: Session,
    uri: TokenUri,
    name: String,
    described: String,
    offered: Vec<MechanismType>,
    kind: PayloadKind,
    byte_len: usize,
}

/// A key that was made in a token, is not extractable any more, and stays there unless it is removed.
pub struct NewSecretKey {
    session: Session,
    handle: ObjectHandle,
    name: String,
    token: String,
}

impl TokenUri {
    /// Unlocks a token for a new secret key of so many bytes, with the label and id of this URI.
    ///
    /// # Errors
    /// [`TokenError`] about the token, its PIN, what it offers and the keys that have the name; and what `unlock` fails
    /// with.
    pub fn home<U: Unlock>(
        &self,
        kind: PayloadKind,
        byte_len: usize,
        unlock: &mut U,
    ) -> Result<Home, U::Error> {
        let expected = "a secret key (type=secret-key)";
        self.expect_type("secret-key", expected).map_err(OpenError::Place)?;
        if new_name(self).is_empty() {
            return Err(OpenError::Token(TokenError::NoName).into());
        }
        let token = Token::find(self, unlock.module().as_deref()).map_err(OpenError::Token)?;
        if token.write_protected {
            return Err(OpenError::Token(TokenError::WriteProtected { token: token.name }).into());
        }
        let pin = self.pin(&token, unlock)?;
        let home = Home::open(token, pin.as_ref(), kind, byte_len).map_err(OpenError::Token)?;
        Ok(home)
    }
}

/// The label and id of a key to be made; an empty one does not count.
fn new_name(uri: &TokenUri) -> Vec<Attribute> {
    let is_empty = |name: &Attribute| match name {
        Attribute::Label(octets) | Attribute::Id(octets) => octets.is_empty(),
        _ => false,
    };
    named(uri).into_iter().filter(|name| !is_empty(name)).collect()
}

impl Home {
    fn open(
        token: Token,
        pin: Option<&SecretBytes>,
        kind: PayloadKind,
        byte_len: usize,
    ) -> Result<Self, TokenError> {
        let failed = |error| of_token(&token.name, &error);
        let session = token.module.open_rw_session(token.slot).map_err(failed)?;
        token.log_in(&session, pin)?;
        let offered = token.module.get_mechanism_list(token.slot).map_err(failed)?;
        let Token { name, described, uri, .. } = token;
        let home = Self { session, uri, name, described, offered, kind, byte_len };
        let (generation, wanted) = home.generation();
        let missing = |wanted| TokenError::NoMechanism { token: home.name.clone(), wanted };
        if !home.offered.contains(&generation.mechanism_type()) {
            return Err(missing(wanted));
        }
        if !SessionKeys::can_wrap(&home.offered) {
            return Err(missing(SessionKeys::WANTED));
        }
        match home.keys_with_its_name()? {
            taken if taken.is_empty() => Ok(home),
            taken => Err(TokenError::NameTaken {
                token: home.name.clone(),
                found: home.unlocked().described(&taken),
            }),
        }
    }

    /// What the token is called, for a message: label, model and serial number.
    pub fn token(&self) -> &str {
        &self.described
    }

    fn unlocked(&self) -> Unlocked<'_> {
        Unlocked { session: &self.session, name: &self.name, offered: &self.offered }
    }

    /// Keys of any class that have the label, and those that have the id.
    fn keys_with_its_name(&self) -> Result<Vec<ObjectHandle>, TokenError> {
        let mut taken = Vec::new();
        for name in new_name(&self.uri) {
            for class in
                [ObjectClass::SECRET_KEY, ObjectClass::PRIVATE_KEY, ObjectClass::PUBLIC_KEY]
            {
                let template = [Attribute::Class(class), name.clone()];
                let found = self.session.find_objects(&template);
                taken.extend(found.map_err(|error| of_token(&self.name, &error))?);
            }
        }
        taken.dedup();
        Ok(taken)
    }

    fn generation(&self) -> (Mechanism<'static>, &'static str) {
        match self.kind.is_aes() {
            true => (Mechanism::AesKeyGen, "CKM_AES_KEY_GEN"),
            false => (Mechanism::GenericSecretKeyGen, "CKM_GENERIC_SECRET_KEY_GEN"),
        }
    }

    /// Sensitive from its first moment, and extractable for its one way out.
    fn template(&self) -> Result<Vec<Attribute>, Error> {
        let mut template = vec![
            Attribute::Class(ObjectClass::SECRET_KEY),
            Attribute::Token(true),
            Attribute::Private(true),
            Attribute::Sensitive(true),
            Attribute::Extractable(true),
            Attribute::ValueLen(self.byte_len.try_into()?),
        ];
        template.extend(match self.kind.is_aes() {
            true => [
                Attribute::KeyType(KeyType::AES),
                Attribute::Encrypt(true),
                Attribute::Decrypt(true),
            ],
            false => [
                Attribute::KeyType(KeyType::GENERIC_SECRET),
                Attribute::Sign(true),
                Attribute::Verify(true),
            ],
        });
        template.extend(new_name(&self.uri));
        Ok(template)
    }

    /// Makes the key, has it leave wrapped by a session key that is then destroyed, and sets CKA_EXTRACTABLE to false.
    /// When any of that fails, the key is removed again.
    ///
    /// # Errors
    /// [`TokenError`]; [`TokenError::MadeAndLeft`] when the key is still there.
    pub fn make(self) -> Result<(TokenSecret, NewSecretKey), TokenError> {
        let failed = |error| of_token(&self.name, &error);
        let (generation, _) = self.generation();
        let template = self.template().map_err(failed)?;
        let handle = self.session.generate_key(&generation, &template).map_err(failed)?;
        // Nothing else is done before it is sealed off.
        match self.carry_once(handle) {
            Ok((bytes, attributes, wrapped_by, confirmed_by)) => {
                let Self { session, uri, name, described, .. } = self;
                let key = key_name(&session, handle);
                let origin = SecretOrigin {
                    uri: uri.without_query().to_owned(),
                    token: described,
                    key: key.clone(),
                    attributes,
                    wrapped_by: Some(wrapped_by),
                    confirmed_by,
                };
                let made = NewSecretKey { session, handle, name: key, token: name };
                Ok((TokenSecret { bytes, origin }, made))
            }
            Err(error) => {
                let name = key_name(&self.session, handle);
                let Self { session, name: token, .. } = self;
                Err(NewSecretKey { session, handle, name, token }.removed_after(error))
            }
        }
    }

    fn carry_once(&self, handle: ObjectHandle) -> Result<Carried, TokenError> {
        let failed = |error: Error| of_token(&self.name, &error);
        let unlocked = self.unlocked();
        let found = Found::read(&self.session, handle).map_err(failed)?;
        let mut keys = SessionKeys::default();
        let carried = unlocked.carry(&found, &mut keys);
        keys.destroy(&self.session);
        let (bytes, wrapped_by) = carried?;
        self.session.update_attributes(handle, &[Attribute::Extractable(false)]).map_err(failed)?;
        let sealed_off = Found::read(&self.session, handle).map_err(failed)?;
        check_sealed_off(&sealed_off.attributes, &unlocked.full_name(handle))?;
        // Another process may have made one since; labels are not unique by themselves.
        let same: Vec<ObjectHandle> = self.keys_with_its_name()?;
        let others: Vec<ObjectHandle> = same.into_iter().filter(|it| *it != handle).collect();
        if !others.is_empty() {
            let (token, found) = (self.name.clone(), unlocked.described(&others));
            return Err(TokenError::NameTaken { token, found });
        }
        let confirmed_by = unlocked.confirm(&sealed_off, &bytes)?;
        Ok((bytes, sealed_off.attributes, wrapped_by, confirmed_by))
    }
}

/// The bytes, the attributes afterwards, how they were wrapped, and what confirms them.
type Carried = (SecretBytes, KeyAttributes, &'static str, Option<&'static str>);

/// By what the token says itself, whatever it answered before.
fn check_sealed_off(attributes: &KeyAttributes, key: &str) -> Result<(), TokenError> {
    let expected = [
        ("CKA_EXTRACTABLE", attributes.extractable, false),
        ("CKA_SENSITIVE", attributes.sensitive, true),
        ("CKA_TOKEN", attributes.token, true),
        ("CKA_PRIVATE", attributes.private, true),
    ];
    let wrong = |(name, found, wanted): (&str, Option<bool>, bool)| match found {
        Some(found) if found == wanted => None,
        Some(found) => Some(format!("{name} is {found}")),
        None => Some(format!("{name} is not given")),
    };
    let wrong: Vec<String> = expected.into_iter().filter_map(wrong).collect();
    match wrong.is_empty() {
        true => Ok(()),
        false => Err(TokenError::NotSealedOff { key: key.to_owned(), found: wrong.join(" and ") }),
    }
}

impl NewSecretKey {
    /// Its name: label and id, with its token.
    pub fn name(&self) -> String {
        format!("{} on {}", self.name, self.token)
    }

    /// Removes it from the token again.
    ///
    /// # Errors
    /// [`TokenError`]: it is still there.
    pub fn remove(self) -> Result<(), TokenError> {
        self.session.destroy_object(self.handle).map_err(|error| of_token(&self.token, &error))
    }

    /// Removes it because of `error`, and says what is left.
    fn removed_after(self, error: TokenError) -> TokenError {
        let (error, key) = (Box::new(error), self.name.clone());
        let Err(kept) = self.session.destroy_object(self.handle) else {
            return TokenError::MadeAndRemoved { error, key };
        };
        let found = Found::read(&self.session, self.handle).ok();
        let state = match found.and_then(|found| found.attributes.extractable) {
            Some(false) => "no longer extractable",
            Some(true) | None => "STILL EXTRACTABLE",
        };
        TokenError::MadeAndLeft { error, key, state, reason: reason_of(&kept) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_sealed_off_only_by_what_the_token_says() {
        let good = KeyAttributes {
            key_type: "CKK_AES".to_owned(),
            byte_len: Some(32),
            token: Some(true),
            private: Some(true),
            sensitive: Some(true),
            extractable: Some(false),
            always_sensitive: None,
            never_extractable: None,
            local: None,
        };
        assert_eq!(check_sealed_off(&good, "key `k`"), Ok(()));
        let bad = KeyAttributes { extractable: Some(true), sensitive: None, ..good };
        assert_eq!(
            check_sealed_off(&bad, "key `k`").unwrap_err().to_string(),
            "key `k`: CKA_EXTRACTABLE is true and CKA_SENSITIVE is not given after CKA_EXTRACTABLE was set to false"
        );
    }
}

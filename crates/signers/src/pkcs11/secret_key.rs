//! One secret key on a token: which it is, what it is, and whether and how it leaves.

use aws_lc_rs::cipher::{AES_128, AES_256, EncryptingKey, UnboundCipherKey};
use aws_lc_rs::hmac;
use cryptoki::error::Error;
use cryptoki::mechanism::{Mechanism, MechanismType};
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::Session;
use el2g_key_payload::{PayloadKind, SecretBytes};

use super::error::of_token;
use super::session_key::{Leaving, SessionKeys};
use super::{TokenError, key_name, named};
use crate::key_place::TokenUri;

/// A secret key that left its token, and what is known of it.
#[derive(Debug)]
#[non_exhaustive]
pub struct TokenSecret {
    /// Its bytes.
    pub bytes: SecretBytes,
    /// Where it lives.
    pub origin: SecretOrigin,
}

/// Where a secret key lives and how it came from there. Nothing in it is secret.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SecretOrigin {
    /// The URI as it was typed, without its query.
    pub uri: String,
    /// The token: label, model and serial number.
    pub token: String,
    /// The key: label and id.
    pub key: String,
    /// What the token says of it.
    pub attributes: KeyAttributes,
    /// The mechanism by which it was wrapped; `None` for a value that was read.
    pub wrapped_by: Option<&'static str>,
    /// What the token computed with the key, and the bytes agree with; `None` where it computes nothing with it.
    pub confirmed_by: Option<&'static str>,
}

/// What a token says of a secret key. A truth value that it does not say is `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyAttributes {
    /// CKA_KEY_TYPE, such as `CKK_AES`.
    pub key_type: String,
    /// CKA_VALUE_LEN, in bytes.
    pub byte_len: Option<usize>,
    /// CKA_TOKEN.
    pub token: Option<bool>,
    /// CKA_PRIVATE.
    pub private: Option<bool>,
    /// CKA_SENSITIVE.
    pub sensitive: Option<bool>,
    /// CKA_EXTRACTABLE.
    pub extractable: Option<bool>,
    /// CKA_ALWAYS_SENSITIVE.
    pub always_sensitive: Option<bool>,
    /// CKA_NEVER_EXTRACTABLE.
    pub never_extractable: Option<bool>,
    /// CKA_LOCAL: made in the token.
    pub local: Option<bool>,
}

/// A secret key as it was found.
pub(super) struct Found {
    pub(super) handle: ObjectHandle,
    pub(super) key_type: Option<KeyType>,
    pub(super) attributes: KeyAttributes,
    only_trusted: bool,
    check_value: Vec<u8>,
}

/// An unlocked token.
pub(super) struct Unlocked<'a> {
    pub(super) session: &'a Session,
    /// What it is called.
    pub(super) name: &'a str,
    pub(super) offered: &'a [MechanismType],
}

const ASKED: [AttributeType; 11] = [
    AttributeType::KeyType,
    AttributeType::ValueLen,
    AttributeType::Token,
    AttributeType::Private,
    AttributeType::Sensitive,
    AttributeType::Extractable,
    AttributeType::AlwaysSensitive,
    AttributeType::NeverExtractable,
    AttributeType::Local,
    AttributeType::WrapWithTrusted,
    AttributeType::CheckValue,
];

impl Found {
    pub(super) fn read(session: &Session, handle: ObjectHandle) -> Result<Self, Error> {
        let attributes = KeyAttributes {
            key_type: String::new(),
            byte_len: None,
            token: None,
            private: None,
            sensitive: None,
            extractable: None,
            always_sensitive: None,
            never_extractable: None,
            local: None,
        };
        let (key_type, only_trusted, check_value) = (None, false, Vec::new());
        let mut found = Self { handle, key_type, attributes, only_trusted, check_value };
        for attribute in session.get_attributes(handle, &ASKED)? {
            let known = &mut found.attributes;
            match attribute {
                Attribute::KeyType(key_type) => {
                    known.key_type = key_type.to_string();
                    found.key_type = Some(key_type);
                }
                Attribute::ValueLen(byte_len) => known.byte_len = usize::try_from(*byte_len).ok(),
                Attribute::Token(is) => known.token = Some(is),
                Attribute::Private(is) => known.private = Some(is),
                Attribute::Sensitive(is) => known.sensitive = Some(is),
                Attribute::Extractable(is) => known.extractable = Some(is),
                Attribute::AlwaysSensitive(is) => known.always_sensitive = Some(is),
                Attribute::NeverExtractable(is) => known.never_extractable = Some(is),
                Attribute::Local(is) => known.local = Some(is),
                Attribute::WrapWithTrusted(is) => found.only_trusted = is,
                Attribute::CheckValue(value) => found.check_value = value,
                _ => {}
            }
        }
        Ok(found)
    }
}

impl Unlocked<'_> {
    fn failed(&self) -> impl Fn(Error) -> TokenError {
        |error| of_token(self.name, &error)
    }

    /// The one secret key that the URI names.
    pub(super) fn find(&self, uri: &TokenUri) -> Result<ObjectHandle, TokenError> {
        let keys = [Attribute::Class(ObjectClass::SECRET_KEY), Attribute::Token(true)];
        let names = named(uri);
        let template = [&keys[..], &names].concat();
        let found = self.session.find_objects(&template).map_err(self.failed())?;
        if let &[handle] = &found[..] {
            return Ok(handle);
        }
        let (token, wanted, what) = (self.name.to_owned(), uri.to_string(), "secret key");
        if !found.is_empty() {
            let found = self.described(&found);
            return Err(TokenError::SeveralKeys { token, what, wanted, found });
        }
        if !names.is_empty() {
            let others = self.session.find_objects(&names).map_err(self.failed())?;
            if !others.is_empty() {
                let found = self.described(&others);
                return Err(TokenError::NotSecretKey { token, wanted, found });
            }
        }
        let all = self.session.find_objects(&keys).map_err(self.failed())?;
        Err(TokenError::NoKey { token, what, wanted, found: self.described(&all) })
    }

    /// Class, label and id of each, and whether a secret key is extractable.
    pub(super) fn described(&self, objects: &[ObjectHandle]) -> Vec<String> {
        let described = |&object: &ObjectHandle| {
            let name = key_name(self.session, object);
            let asked = [AttributeType::Class, AttributeType::Extractable];
            let attributes = self.session.get_attributes(object, &asked).unwrap_or_default();
            let class = attributes.iter().find_map(|attribute| match attribute {
                Attribute::Class(class) => Some(*class),
                _ => None,
            });
            let extractable = attributes.contains(&Attribute::Extractable(true));
            let called = |what: &str| name.replacen("key", what, 1);
            match class {
                Some(ObjectClass::SECRET_KEY) if extractable => {
                    format!("{}, extractable", called("secret key"))
                }
                Some(ObjectClass::SECRET_KEY) => called("secret key"),
                Some(ObjectClass::PRIVATE_KEY) => called("private key"),
                Some(ObjectClass::PUBLIC_KEY) => called("public key"),
                Some(ObjectClass::CERTIFICATE) => called("certificate"),
                _ => called("object"),
            }
        };
        objects.iter().map(described).collect()
    }

    /// Has a key leave the token, where it may, for a secret of that kind.
    pub(super) fn take(
        &self,
        uri: &TokenUri,
        kind: PayloadKind,
        keys: &mut SessionKeys,
    ) -> Result<(SecretBytes, Found, Option<&'static str>), TokenError> {
        let handle = self.find(uri)?;
        let found = Found::read(self.session, handle).map_err(self.failed())?;
        let key = self.full_name(handle);
        check_fits(&found, kind, &key)?;
        if found.attributes.extractable != Some(true) {
            return Err(TokenError::NotExtractable { key });
        }
        if found.attributes.sensitive == Some(false) {
            let value = self.value(handle, &key)?;
            return Ok((value, found, None));
        }
        if found.only_trusted {
            return Err(TokenError::OnlyTrusted { key });
        }
        let (value, way) = self.carry(&found, keys)?;
        Ok((value, found, Some(way)))
    }

    /// Has a key leave the token wrapped.
    pub(super) fn carry(
        &self,
        found: &Found,
        keys: &mut SessionKeys,
    ) -> Result<(SecretBytes, &'static str), TokenError> {
        let name = &self.full_name(found.handle);
        let leaving = Leaving { handle: found.handle, name, byte_len: found.attributes.byte_len };
        keys.carry(self.session, self.offered, &leaving)
    }

    pub(super) fn full_name(&self, handle: ObjectHandle) -> String {
        format!("{} on {}", key_name(self.session, handle), self.name)
    }

    /// The value of a key that is not sensitive. `cryptoki` leaves its own buffer to the allocator, which wipes it in the
    /// program.
    fn value(&self, handle: ObjectHandle, key: &str) -> Result<SecretBytes, TokenError> {
        let asked = [AttributeType::Value];
        for attribute in self.session.get_attributes(handle, &asked).map_err(self.failed())? {
            if let Attribute::Value(value) = attribute {
                return Ok(SecretBytes::new(value));
            }
        }
        Err(TokenError::NotWrapped {
            key: key.to_owned(),
            tried: vec!["CKA_VALUE of a key that is not sensitive: not given".to_owned()],
        })
    }

    /// Compares the bytes with what the token computes with the key, and says by what. A token that computes nothing
    /// with it leaves them unconfirmed.
    pub(super) fn confirm(
        &self,
        found: &Found,
        bytes: &SecretBytes,
    ) -> Result<Option<&'static str>, TokenError> {
        let is_aes = found.key_type == Some(KeyType::AES);
        let Some((method, computed)) = self.computed(found, is_aes) else { return Ok(None) };
        let own = match is_aes {
            true => encrypted_zeros(bytes),
            false => Some(authenticated_zeros(bytes)),
        };
        // What is not an AES key is refused with its length by who makes a payload of it.
        let Some(own) = own else { return Ok(None) };
        match own.starts_with(&computed) {
            true => Ok(Some(method)),
            false => Err(TokenError::WrongValue {
                token: self.name.to_owned(),
                key: key_name(self.session, found.handle),
                method,
            }),
        }
    }

    /// What the token makes of a block of zeros: encrypted by an AES key, else HMAC-SHA-256. Of an AES key that may not
    /// encrypt, the first 3 bytes, which the token stores.
    fn computed(&self, found: &Found, is_aes: bool) -> Option<(&'static str, Vec<u8>)> {
        let offers = |mechanism| self.offered.contains(&mechanism);
        if !is_aes {
            return offers(MechanismType::SHA256_HMAC)
                .then(|| self.session.sign(&Mechanism::Sha256Hmac, found.handle, &ZEROS).ok())
                .flatten()
                .filter(|mac| !mac.is_empty())
                .map(|mac| ("CKM_SHA256_HMAC over zeros", mac));
        }
        let encrypted = offers(MechanismType::AES_ECB)
            .then(|| self.session.encrypt(&Mechanism::AesEcb, found.handle, &ZEROS).ok())
            .flatten()
            .filter(|block| !block.is_empty())
            .map(|block| ("CKM_AES_ECB over zeros", block));
        let stored = || Some(found.check_value.clone()).filter(|value| value.len() == 3);
        encrypted.or_else(|| stored().map(|value| ("CKA_CHECK_VALUE", value)))
    }
}

/// One block.
const ZEROS: [u8; 16] = [0; 16];

/// Zeros encrypted with an AES key; `None` for what is not one.
fn encrypted_zeros(key: &SecretBytes) -> Option<Vec<u8>> {
    let algorithm = match key.len() {
        16 => &AES_128,
        32 => &AES_256,
        _ => return None,
    };
    let key = EncryptingKey::ecb(UnboundCipherKey::new(algorithm, key.expose()).ok()?).ok()?;
    let mut block = ZEROS.to_vec();
    key.encrypt(&mut block).ok()?;
    Some(block)
}

/// HMAC-SHA-256 over zeros.
fn authenticated_zeros(key: &SecretBytes) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key.expose()), &ZEROS).as_ref().to_vec()
}

/// The types of keys that a secret of a kind may be, in words and as they are numbered.
fn types_for(kind: PayloadKind) -> (&'static str, &'static [KeyType]) {
    const AES: [KeyType; 1] = [KeyType::AES];
    const ALL: [KeyType; 7] = [
        KeyType::GENERIC_SECRET,
        KeyType::SHA_1_HMAC,
        KeyType::SHA224_HMAC,
        KeyType::SHA256_HMAC,
        KeyType::SHA384_HMAC,
        KeyType::SHA512_HMAC,
        KeyType::AES,
    ];
    match kind {
        PayloadKind::Aes | PayloadKind::OemFwDecrypt => ("an AES key (CKK_AES)", &AES),
        PayloadKind::Hmac => {
            ("a generic secret or HMAC key (CKK_GENERIC_SECRET, CKK_SHA256_HMAC …)", &ALL[..6])
        }
        PayloadKind::Binary => {
            ("a generic secret, HMAC key or AES key (CKK_GENERIC_SECRET, CKK_AES …)", &ALL)
        }
    }
}

fn check_fits(found: &Found, kind: PayloadKind, key: &str) -> Result<(), TokenError> {
    let (allowed, types) = types_for(kind);
    if !found.key_type.is_some_and(|key_type| types.contains(&key_type)) {
        return Err(TokenError::WrongKeyType {
            key: key.to_owned(),
            found: found.attributes.key_type.clone(),
            kind,
            allowed,
        });
    }
    match found.attributes.byte_len {
        Some(byte_len) if !kind.allows(byte_len) => {
            Err(TokenError::WrongKeyLength { key: key.to_owned(), byte_len, kind })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FIPS 197 has other blocks: these are by OpenSSL 3 (`openssl enc -aes-128-ecb`, `openssl mac`).
    #[test]
    fn what_a_token_computes_is_compared_with_the_same_made_here() {
        let hex = |octets: Vec<u8>| base16ct::lower::encode_string(&octets);
        let zeros = SecretBytes::new(vec![0; 16]);
        assert_eq!(hex(encrypted_zeros(&zeros).unwrap()), "66e94bd4ef8a2c3b884cfa59ca342b2e");
        let ones = SecretBytes::new(vec![0x11; 32]);
        assert_eq!(hex(encrypted_zeros(&ones).unwrap()), "20ec0fc819042f40a665fc6888640935");
        assert_eq!(encrypted_zeros(&SecretBytes::new(vec![0; 24])), None);
        assert_eq!(
            hex(authenticated_zeros(&ones)),
            "070c48d4b8fc0eb91c815634f64447b84f70af89c6053371eda29d204da3881a"
        );
    }
}

//! Keys that live as long as a session, to carry a sensitive key out of its token: the half that unwraps is ours.
//!
//! An RSA pair comes first: only its public half goes into the token. Where the token does not wrap by it, an AES key is
//! made here and put into the session. Randomness is aws-lc-rs's own, as for every key that is made here.

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::key_wrap::{AES_256, KeyEncryptionKey, KeyWrap as _, KeyWrapPadded as _};
use aws_lc_rs::rsa::{
    KeySize, OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OaepAlgorithm, OaepPrivateDecryptingKey,
    PrivateDecryptingKey,
};
use cryptoki::mechanism::rsa::{PkcsMgfType, PkcsOaepParams, PkcsOaepSource};
use cryptoki::mechanism::{Mechanism, MechanismType};
use cryptoki::object::{Attribute, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::Session;
use el2g_key_payload::SecretBytes;
use el2g_x509::PublicKey;
use zeroize::{Zeroize as _, Zeroizing};

use super::TokenError;
use super::error::reason_of;

/// Bytes of the RSA modulus (3072 bits).
const MODULUS: usize = 384;
/// Bytes of the AES key.
const AES_KEY: usize = 32;

/// The ways to wrap a key, in the order in which they are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wrapping {
    /// RSA-OAEP (RFC 8017 7.1) with SHA-256.
    OaepSha256,
    /// The same with SHA-1, which is all that SoftHSM2 and older modules take; OAEP does not need a hash without collisions.
    OaepSha1,
    /// AES key wrap with padding (RFC 5649).
    PaddedKeyWrap,
    /// AES key wrap (RFC 3394), for multiples of 8 bytes.
    KeyWrap,
}

impl Wrapping {
    const ALL: [Self; 4] = [Self::OaepSha256, Self::OaepSha1, Self::PaddedKeyWrap, Self::KeyWrap];

    fn name(self) -> &'static str {
        match self {
            Self::OaepSha256 => "CKM_RSA_PKCS_OAEP (SHA-256)",
            Self::OaepSha1 => "CKM_RSA_PKCS_OAEP (SHA-1)",
            Self::PaddedKeyWrap => "CKM_AES_KEY_WRAP_PAD",
            Self::KeyWrap => "CKM_AES_KEY_WRAP",
        }
    }

    fn mechanism(self) -> Mechanism<'static> {
        let oaep = |hash, mgf| {
            Mechanism::RsaPkcsOaep(PkcsOaepParams::new(hash, mgf, PkcsOaepSource::empty()))
        };
        match self {
            Self::OaepSha256 => oaep(MechanismType::SHA256, PkcsMgfType::MGF1_SHA256),
            Self::OaepSha1 => oaep(MechanismType::SHA1, PkcsMgfType::MGF1_SHA1),
            Self::PaddedKeyWrap => Mechanism::AesKeyWrapPad,
            Self::KeyWrap => Mechanism::AesKeyWrap,
        }
    }

    /// Whether a key of so many bytes can be wrapped; a key that does not say is tried.
    fn takes(self, byte_len: Option<usize>) -> bool {
        byte_len.is_none_or(|byte_len| match self {
            Self::OaepSha256 => byte_len <= MODULUS - 2 * 32 - 2,
            Self::OaepSha1 => byte_len <= MODULUS - 2 * 20 - 2,
            Self::PaddedKeyWrap => true,
            Self::KeyWrap => byte_len >= 16 && byte_len.is_multiple_of(8),
        })
    }
}

/// The session keys of one session. [`SessionKeys::destroy`] takes them out of the token; the end of the session does so
/// too (PKCS #11 v2.40 section 2.4).
#[derive(Default)]
pub(super) struct SessionKeys {
    rsa: Option<RsaKey>,
    aes: Option<AesKey>,
    /// The one that worked before.
    last: Option<Wrapping>,
}

struct RsaKey {
    private: OaepPrivateDecryptingKey,
    handle: ObjectHandle,
}

struct AesKey {
    value: SecretBytes,
    handle: ObjectHandle,
}

/// A key that is to leave its token.
pub(super) struct Leaving<'a> {
    pub(super) handle: ObjectHandle,
    /// How an error calls it.
    pub(super) name: &'a str,
    /// CKA_VALUE_LEN, where the token says it.
    pub(super) byte_len: Option<usize>,
}

impl SessionKeys {
    /// Whether `offered` has any of the mechanisms.
    pub(super) fn can_wrap(offered: &[MechanismType]) -> bool {
        Wrapping::ALL.iter().any(|way| offered.contains(&way.mechanism().mechanism_type()))
    }

    /// The mechanisms, one of which a token must offer.
    pub(super) const WANTED: &'static str =
        "CKM_RSA_PKCS_OAEP, CKM_AES_KEY_WRAP_PAD or CKM_AES_KEY_WRAP";

    /// Has the token wrap a key, and unwraps it. Also says how it was wrapped.
    pub(super) fn carry(
        &mut self,
        session: &Session,
        offered: &[MechanismType],
        key: &Leaving<'_>,
    ) -> Result<(SecretBytes, &'static str), TokenError> {
        let others = Wrapping::ALL.into_iter().filter(|way| Some(*way) != self.last);
        let ways: Vec<Wrapping> = self.last.into_iter().chain(others).collect();
        let mut tried = Vec::new();
        for way in ways {
            if !way.takes(key.byte_len) {
                continue;
            }
            let carried = match offered.contains(&way.mechanism().mechanism_type()) {
                true => self.carry_by(way, session, key.handle),
                false => Err("not offered by the token".to_owned()),
            };
            match carried {
                Ok(value) => match of_length(value, key.byte_len) {
                    Ok(value) => {
                        self.last = Some(way);
                        return Ok((value, way.name()));
                    }
                    Err(reason) => tried.push(format!("{}: {reason}", way.name())),
                },
                Err(reason) => tried.push(format!("{}: {reason}", way.name())),
            }
        }
        Err(TokenError::NotWrapped { key: key.name.to_owned(), tried })
    }

    fn carry_by(
        &mut self,
        way: Wrapping,
        session: &Session,
        key: ObjectHandle,
    ) -> Result<SecretBytes, String> {
        match way {
            Wrapping::OaepSha256 => self.by_rsa(way, &OAEP_SHA256_MGF1SHA256, session, key),
            Wrapping::OaepSha1 => self.by_rsa(way, &OAEP_SHA1_MGF1SHA1, session, key),
            Wrapping::PaddedKeyWrap | Wrapping::KeyWrap => self.by_aes(way, session, key),
        }
    }

    fn by_rsa(
        &mut self,
        way: Wrapping,
        algorithm: &'static OaepAlgorithm,
        session: &Session,
        key: ObjectHandle,
    ) -> Result<SecretBytes, String> {
        let rsa = match self.rsa.take() {
            Some(made) => made,
            None => RsaKey::make(session)?,
        };
        let rsa = self.rsa.insert(rsa);
        let wrapped = session
            .wrap_key(&way.mechanism(), rsa.handle, key)
            .map_err(|error| reason_of(&error))?;
        let mut plain = Zeroizing::new(vec![0; rsa.private.min_output_size()]);
        let value = rsa.private.decrypt(algorithm, &wrapped, &mut plain, None);
        value.map(|value| SecretBytes::from_slice(value)).map_err(|_| unfit(&wrapped))
    }

    fn by_aes(
        &mut self,
        way: Wrapping,
        session: &Session,
        key: ObjectHandle,
    ) -> Result<SecretBytes, String> {
        let aes = match self.aes.take() {
            Some(made) => made,
            None => AesKey::make(session)?,
        };
        let aes = self.aes.insert(aes);
        let wrapped = session
            .wrap_key(&way.mechanism(), aes.handle, key)
            .map_err(|error| reason_of(&error))?;
        let unwrapping = KeyEncryptionKey::new(&AES_256, aes.value.expose())
            .map_err(|_| "the session key is not an AES key".to_owned())?;
        let mut plain = Zeroizing::new(vec![0; wrapped.len()]);
        let value = match way {
            Wrapping::KeyWrap => unwrapping.unwrap(&wrapped, &mut plain),
            Wrapping::PaddedKeyWrap | Wrapping::OaepSha256 | Wrapping::OaepSha1 => {
                unwrapping.unwrap_with_padding(&wrapped, &mut plain)
            }
        };
        value.map(|value| SecretBytes::from_slice(value)).map_err(|_| unfit(&wrapped))
    }

    /// Takes the keys out of the token. Where that fails the end of the session does it.
    pub(super) fn destroy(&mut self, session: &Session) {
        let handles = self.rsa.take().map(|rsa| rsa.handle);
        for handle in handles.into_iter().chain(self.aes.take().map(|aes| aes.handle)) {
            let _ = session.destroy_object(handle);
        }
    }
}

impl RsaKey {
    fn make(session: &Session) -> Result<Self, String> {
        let no_key = |_| "no RSA key could be made".to_owned();
        let private = PrivateDecryptingKey::generate(KeySize::Rsa3072).map_err(no_key)?;
        let public = private.public_key().as_der().map_err(no_key)?;
        let numbers = PublicKey::from_der(public.as_ref()).ok().and_then(|key| key.rsa_numbers());
        let (modulus, exponent) = numbers.ok_or("the RSA key that was made cannot be read")?;
        let private = OaepPrivateDecryptingKey::new(private).map_err(no_key)?;
        let template = [
            Attribute::Class(ObjectClass::PUBLIC_KEY),
            Attribute::KeyType(KeyType::RSA),
            Attribute::Token(false),
            Attribute::Private(false),
            Attribute::Wrap(true),
            Attribute::Modulus(modulus),
            Attribute::PublicExponent(exponent),
        ];
        let handle = session.create_object(&template).map_err(|error| reason_of(&error))?;
        Ok(Self { private, handle })
    }
}

impl AesKey {
    fn make(session: &Session) -> Result<Self, String> {
        let mut value = Zeroizing::new(vec![0; AES_KEY]);
        aws_lc_rs::rand::fill(&mut value).map_err(|_| "no random bytes".to_owned())?;
        let mut template = [
            Attribute::Value(value.to_vec()),
            Attribute::Class(ObjectClass::SECRET_KEY),
            Attribute::KeyType(KeyType::AES),
            Attribute::Token(false),
            Attribute::Sensitive(true),
            Attribute::Extractable(false),
            Attribute::Wrap(true),
        ];
        let made = session.create_object(&template);
        if let Attribute::Value(copy) = &mut template[0] {
            copy.zeroize();
        }
        let handle = made.map_err(|error| reason_of(&error))?;
        Ok(Self { value: SecretBytes::from_slice(&value), handle })
    }
}

/// The value in the length that the token says the key has. SoftHSM2 fills a key up with zeros to a multiple of 8 bytes
/// before it wraps it by CKM_AES_KEY_WRAP_PAD; anything else that is too long is not the key.
fn of_length(value: SecretBytes, byte_len: Option<usize>) -> Result<SecretBytes, String> {
    let found = value.len();
    match byte_len {
        Some(wanted) if wanted < found => {
            let (key, filling) = value.expose().split_at(wanted);
            match filling.len() < 8 && filling.iter().all(|octet| *octet == 0) {
                true => Ok(SecretBytes::from_slice(key)),
                false => Err(format!("{found} bytes came, the key has {wanted}")),
            }
        }
        Some(wanted) if wanted > found => Err(format!("{found} bytes came, the key has {wanted}")),
        _ => Ok(value),
    }
}

fn unfit(wrapped: &[u8]) -> String {
    format!("{} bytes came that do not unwrap", wrapped.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_has_the_length_that_the_token_says() {
        let of = |value: &[u8], byte_len| {
            let value = of_length(SecretBytes::from_slice(value), byte_len);
            value.map(|value| value.expose().to_vec())
        };
        assert_eq!(of(&[1, 2, 3, 0], None), Ok(vec![1, 2, 3, 0]));
        assert_eq!(of(&[1, 2, 3, 0], Some(4)), Ok(vec![1, 2, 3, 0]));
        assert_eq!(of(&[1, 2, 3, 0], Some(3)), Ok(vec![1, 2, 3]));
        assert_eq!(of(&[1, 2, 3, 4], Some(3)), Err("4 bytes came, the key has 3".to_owned()));
        assert_eq!(of(&[1, 2, 3, 4], Some(5)), Err("4 bytes came, the key has 5".to_owned()));
        let long = [&[1; 16][..], &[0; 8]].concat();
        assert_eq!(of(&long, Some(16)), Err("24 bytes came, the key has 16".to_owned()));
    }

    #[test]
    fn every_payload_of_up_to_500_bytes_has_a_way_and_a_short_one_has_rsa() {
        let ways = |byte_len| {
            let fit = Wrapping::ALL.into_iter().filter(|way| way.takes(byte_len));
            fit.map(Wrapping::name).collect::<Vec<_>>()
        };
        let all = Wrapping::ALL.map(Wrapping::name).to_vec();
        assert_eq!(ways(None), all);
        assert_eq!(ways(Some(32)), all);
        assert_eq!(ways(Some(318)), all[..3]);
        assert_eq!(ways(Some(319)), all[1..3]);
        assert_eq!(ways(Some(343)), all[2..3]);
        assert_eq!(ways(Some(500)), all[2..3]);
        assert_eq!(ways(Some(1)), all[..3]);
    }
}

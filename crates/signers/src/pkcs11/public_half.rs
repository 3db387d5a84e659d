//! The public half of a private key on a token: in a public key object, in the private key object itself
//! (RSA numbers, CKA_PUBLIC_KEY_INFO), in a certificate, or given from elsewhere.

use cryptoki::error::Error;
use cryptoki::object::{
    Attribute, AttributeType, CertificateType, KeyType, ObjectClass, ObjectHandle,
};
use cryptoki::session::Session;
use el2g_x509::{Certificate, PublicKey, PublicKeyError};

use super::TokenError;
use super::error::of_token;

const PARTS: [AttributeType; 6] = [
    AttributeType::KeyType,
    AttributeType::Modulus,
    AttributeType::PublicExponent,
    AttributeType::EcParams,
    AttributeType::EcPoint,
    AttributeType::PublicKeyInfo,
];

/// What an object says about a public key.
#[derive(Default)]
struct Parts {
    kind: Option<KeyType>,
    modulus: Vec<u8>,
    exponent: Vec<u8>,
    parameters: Vec<u8>,
    point: Vec<u8>,
    info: Vec<u8>,
}

impl Parts {
    fn read(session: &Session, object: ObjectHandle) -> Result<Self, Error> {
        let mut parts = Self::default();
        for attribute in session.get_attributes(object, &PARTS)? {
            match attribute {
                Attribute::KeyType(kind) => parts.kind = Some(kind),
                Attribute::Modulus(value) => parts.modulus = value,
                Attribute::PublicExponent(value) => parts.exponent = value,
                Attribute::EcParams(value) => parts.parameters = value,
                Attribute::EcPoint(value) => parts.point = value,
                Attribute::PublicKeyInfo(value) => parts.info = value,
                _ => {}
            }
        }
        Ok(parts)
    }

    /// `None` when the object does not say enough.
    fn key(&self) -> Option<Result<PublicKey, PublicKeyError>> {
        if !self.info.is_empty() {
            return Some(PublicKey::from_der(&self.info));
        }
        if !self.modulus.is_empty() && !self.exponent.is_empty() {
            return Some(PublicKey::from_rsa_numbers(&self.modulus, &self.exponent));
        }
        (!self.parameters.is_empty() && !self.point.is_empty())
            .then(|| PublicKey::from_ec_attributes(&self.parameters, &self.point))
    }
}

/// The public half of the private key `handle`, whose id is `id`.
pub(super) fn find(
    session: &Session,
    handle: ObjectHandle,
    id: Option<&[u8]>,
    given: Option<&PublicKey>,
    key: &str,
    token: &str,
) -> Result<PublicKey, TokenError> {
    let failed = |error: Error| of_token(token, &error);
    let unreadable =
        |reason: String| TokenError::PublicKey { key: format!("{key} on {token}"), reason };
    let own = Parts::read(session, handle).map_err(failed)?;
    if let Some(kind) = own.kind.filter(|kind| ![KeyType::RSA, KeyType::EC].contains(kind)) {
        return Err(TokenError::KeyType {
            key: format!("{key} on {token}"),
            found: kind.to_string(),
        });
    }
    let mut described = own.key();
    if let (None, Some(id)) = (&described, id) {
        let template = [Attribute::Class(ObjectClass::PUBLIC_KEY), Attribute::Id(id.to_vec())];
        for object in session.find_objects(&template).map_err(failed)? {
            let parts = Parts::read(session, object).map_err(failed)?;
            if parts.kind == own.kind {
                described = described.or_else(|| parts.key());
            }
        }
    }
    if let Some(found) = described {
        return found.map_err(|error| unreadable(error.to_string()));
    }
    if let Some(id) = id
        && let Some(value) = certificate(session, id).map_err(failed)?
    {
        return Certificate::from_der(&value)
            .map(|certificate| certificate.public_key().clone())
            .map_err(|error| unreadable(error.to_string()));
    }
    given.cloned().ok_or_else(|| TokenError::NoPublicKey { key: format!("{key} on {token}") })
}

/// The first X.509 certificate with this id.
fn certificate(session: &Session, id: &[u8]) -> Result<Option<Vec<u8>>, Error> {
    let template = [
        Attribute::Class(ObjectClass::CERTIFICATE),
        Attribute::CertificateType(CertificateType::X_509),
        Attribute::Id(id.to_vec()),
    ];
    for object in session.find_objects(&template)? {
        for attribute in session.get_attributes(object, &[AttributeType::Value])? {
            if let Attribute::Value(value) = attribute {
                return Ok(Some(value));
            }
        }
    }
    Ok(None)
}

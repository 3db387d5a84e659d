//! The public half of a private key on a token: in a public key object, in the private key object itself
//! (RSA numbers, CKA_PUBLIC_KEY_INFO), in a certificate, or given from elsewhere.

use cryptoki::error::Error;
use cryptoki::object::{
    Attribute, AttributeType, CertificateType, KeyType, ObjectClass, ObjectHandle,
};
use cryptoki::session::Session;
use el2g_x509::{Certificate, PublicKey, PublicKeyError};

use super::error::of_token;
use super::{TokenError, key_name};

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

/// An object that may be the public half of a private key, or carry it.
struct Candidate {
    label: Vec<u8>,
    name: String,
    key: Result<PublicKey, PublicKeyError>,
}

/// The public half of the private key `handle`.
///
/// Several keys may have one id (PKCS #11 asks for no more than that a pair has the same): of those with the private
/// key's id, the one with its label, else the only one; where they differ, the one that is certified (`given`).
pub(super) fn find(
    session: &Session,
    handle: ObjectHandle,
    given: Option<&PublicKey>,
    key: &str,
    token: &str,
) -> Result<PublicKey, TokenError> {
    let failed = |error: Error| of_token(token, &error);
    let own = Parts::read(session, handle).map_err(failed)?;
    let full_name = || format!("{key} on {token}");
    if let Some(kind) = own.kind.filter(|kind| ![KeyType::RSA, KeyType::EC].contains(kind)) {
        return Err(TokenError::KeyType { key: full_name(), found: kind.to_string() });
    }
    let unreadable = |error: PublicKeyError| TokenError::PublicKey {
        key: full_name(),
        reason: error.to_string(),
    };
    if let Some(described) = own.key() {
        return described.map_err(unreadable);
    }
    let (label, id) = label_and_id(session, handle).map_err(failed)?;
    // Without an id, the label is what a pair has in common.
    let in_common = match (id.is_empty(), label.is_empty()) {
        (false, _) => Some(Attribute::Id(id)),
        (true, false) => Some(Attribute::Label(label.clone())),
        (true, true) => None,
    };
    let Some(in_common) = in_common else {
        return given.cloned().ok_or_else(|| TokenError::NoPublicKey { key: full_name() });
    };
    for gather in [public_keys, certificates] {
        let candidates = gather(session, &own, &in_common).map_err(failed)?;
        match chosen(candidates, &label, given) {
            Choice::None => {}
            Choice::One(found) => return found.map_err(unreadable),
            Choice::Several(found) => {
                return Err(TokenError::SeveralPublicKeys { key: full_name(), found });
            }
        }
    }
    given.cloned().ok_or_else(|| TokenError::NoPublicKey { key: full_name() })
}

/// What is left of the candidates.
enum Choice {
    None,
    One(Result<PublicKey, PublicKeyError>),
    Several(Vec<String>),
}

fn chosen(candidates: Vec<Candidate>, label: &[u8], given: Option<&PublicKey>) -> Choice {
    let has_label = |candidate: &Candidate| !label.is_empty() && candidate.label == label;
    let (labelled, others): (Vec<_>, Vec<_>) = candidates.into_iter().partition(has_label);
    let mut left = if labelled.is_empty() { others } else { labelled };
    let is_given = |candidate: &Candidate| {
        candidate.key.as_ref().is_ok_and(|key| given.is_some_and(|given| key.is_same_key(given)))
    };
    let mut distinct: Vec<&PublicKey> = Vec::new();
    for key in left.iter().filter_map(|candidate| candidate.key.as_ref().ok()) {
        if !distinct.iter().any(|known| known.is_same_key(key)) {
            distinct.push(key);
        }
    }
    if distinct.len() > 1 {
        // The signature that is made is verified with it.
        return match left.iter().position(is_given) {
            Some(place) => Choice::One(left.swap_remove(place).key),
            None => Choice::Several(left.into_iter().map(|candidate| candidate.name).collect()),
        };
    }
    let readable = left.iter().position(|candidate| candidate.key.is_ok()).unwrap_or(0);
    if left.is_empty() { Choice::None } else { Choice::One(left.swap_remove(readable).key) }
}

fn label_and_id(session: &Session, object: ObjectHandle) -> Result<(Vec<u8>, Vec<u8>), Error> {
    let (mut label, mut id) = (Vec::new(), Vec::new());
    for attribute in session.get_attributes(object, &[AttributeType::Label, AttributeType::Id])? {
        match attribute {
            Attribute::Label(value) => label = value,
            Attribute::Id(value) => id = value,
            _ => {}
        }
    }
    Ok((label, id))
}

/// The public key objects of the private key's kind and, where it says one, curve.
fn public_keys(
    session: &Session,
    own: &Parts,
    in_common: &Attribute,
) -> Result<Vec<Candidate>, Error> {
    let template = [Attribute::Class(ObjectClass::PUBLIC_KEY), in_common.clone()];
    let mut candidates = Vec::new();
    for object in session.find_objects(&template)? {
        let parts = Parts::read(session, object)?;
        let curve = |parts: &Parts| Some(parts.parameters.clone()).filter(|it| !it.is_empty());
        let other_curve = curve(own).is_some_and(|own| curve(&parts).is_some_and(|it| it != own));
        if parts.kind != own.kind || other_curve {
            continue;
        }
        if let Some(key) = parts.key() {
            let (label, _) = label_and_id(session, object)?;
            candidates.push(Candidate { name: key_name(session, object), label, key });
        }
    }
    Ok(candidates)
}

/// The X.509 certificates.
fn certificates(
    session: &Session,
    own: &Parts,
    in_common: &Attribute,
) -> Result<Vec<Candidate>, Error> {
    let template = [
        Attribute::Class(ObjectClass::CERTIFICATE),
        Attribute::CertificateType(CertificateType::X_509),
        in_common.clone(),
    ];
    let mut candidates = Vec::new();
    for object in session.find_objects(&template)? {
        for attribute in session.get_attributes(object, &[AttributeType::Value])? {
            let Attribute::Value(value) = attribute else { continue };
            let key = Certificate::from_der(&value)
                .map(|certificate| certificate.public_key().clone())
                .map_err(|error| PublicKeyError::Malformed { reason: error.to_string() });
            let is_rsa = |key: &PublicKey| key.algorithm().rsa_bits().is_some();
            if key.as_ref().is_ok_and(|key| is_rsa(key) != (own.kind == Some(KeyType::RSA))) {
                continue;
            }
            let (label, _) = label_and_id(session, object)?;
            let name = key_name(session, object).replacen("key", "certificate", 1);
            candidates.push(Candidate { name, label, key });
        }
    }
    Ok(candidates)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: u8) -> PublicKey {
        PublicKey::from_rsa_numbers(&[number; 256], &[1, 0, 1]).unwrap()
    }

    fn candidate(label: &str, number: u8) -> Candidate {
        let (name, label) = (format!("key `{label}`"), label.as_bytes().to_vec());
        Candidate { name, label, key: Ok(key(number)) }
    }

    #[test]
    fn of_several_public_keys_with_one_id_the_label_decides_then_the_certificate() {
        let choose = |labels: &[(&str, u8)], own: &str, given: Option<u8>| {
            let candidates = labels.iter().map(|(label, number)| candidate(label, *number));
            match chosen(candidates.collect(), own.as_bytes(), given.map(key).as_ref()) {
                Choice::None => Err(Vec::new()),
                Choice::One(found) => Ok(found.unwrap()),
                Choice::Several(found) => Err(found),
            }
        };
        let two = [("one", 1), ("two", 2)];
        assert_eq!(choose(&[], "one", None), Err(vec![]));
        assert_eq!(choose(&two, "one", None), Ok(key(1)));
        assert_eq!(choose(&two, "two", Some(1)), Ok(key(2)));
        assert_eq!(choose(&[("other", 7)], "one", None), Ok(key(7)));
        assert_eq!(choose(&[("a", 7), ("b", 7)], "one", None), Ok(key(7)));
        assert_eq!(choose(&two, "three", Some(2)), Ok(key(2)));
        let names = vec!["key `one`".to_owned(), "key `two`".to_owned()];
        assert_eq!(choose(&two, "", None), Err(names.clone()));
        assert_eq!(choose(&two, "three", Some(3)), Err(names));
    }
}

//! An OpenPGP certificate for an RSA key that lives elsewhere, self-signed through its holder.

use std::cell::RefCell;

use pgp::composed::{SignedKeyDetails, SignedPublicKey};
use pgp::crypto::hash::HashAlgorithm;
use pgp::crypto::public_key::PublicKeyAlgorithm;
use pgp::errors::Error;
use pgp::packet::{PubKeyInner, PublicKey, SignatureType, SubpacketData, UserId};
use pgp::types::{KeyVersion, PacketHeaderVersion, Password, PublicParams, RsaPublicParams, Tag};
use rsa::{BigUint, RsaPublicKey};

use super::file;
use super::generation::{check_user_id, own_flags, preferences, self_signature};
use super::signing::armored;
use crate::rsa_backend::{PacketDetails, PacketKey};
use crate::signed_octets;
use crate::{Fingerprint, KeyError, KeyId, KeyPart, KeyProblem, RsaBits, SignerError, Timestamp};

/// Signs octets where the key is, given with their SHA-256 digest.
pub type OctetSigner<'a> = &'a dyn Fn(&[u8], &[u8; 32]) -> Result<Vec<u8>, SignerError>;

/// Why no certificate was made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertifyError {
    /// The key or the user id cannot be certified.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The key's holder did not sign.
    #[error("the certificate was not signed")]
    Signer(#[source] SignerError),
}

/// A new certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCertificate {
    /// The armored public key.
    pub public_armored: String,
    /// Its fingerprint, which depends on `created`.
    pub fingerprint: Fingerprint,
}

/// Makes a version 4 certificate for the RSA key with this `modulus` and `exponent` (big-endian): one user
/// id, a SHA-256 self-signature that `sign` makes (RSASSA-PKCS1-v1_5), flags certify and sign, no expiry. The same `created` gives the same fingerprint again (RFC 9580 section 5.5.4.2).
///
/// # Errors
/// [`CertifyError`]; only RSA-2048 and RSA-4096 are certified.
pub fn certify(
    modulus: &[u8],
    exponent: &[u8],
    user_id: &str,
    created: Timestamp,
    sign: OctetSigner<'_>,
) -> Result<NewCertificate, CertifyError> {
    check_user_id(user_id)?;
    let numbers = (BigUint::from_bytes_be(modulus), BigUint::from_bytes_be(exponent));
    let rsa = RsaPublicKey::new(numbers.0, numbers.1)
        .map_err(|_| KeyError::Malformed { detail: "no RSA key has these numbers".to_owned() })?;
    let params = PublicParams::RSA(RsaPublicParams::from(rsa));
    let algorithm = PublicKeyAlgorithm::RSA;
    let public = PubKeyInner::new(KeyVersion::V4, algorithm, created.for_packet(), None, params)
        .and_then(PublicKey::from_inner)
        .map_err(|error| file::malformed(&error))?;
    let details = PacketDetails::of(&public);
    let found = super::certificate::rsa_bits(&details.params).unwrap_or_default();
    if RsaBits::from_bits(found).is_none() {
        return Err(CertifyError::Key(KeyError::Refused {
            key_id: KeyId::of(details.key_id),
            part: KeyPart::Primary,
            problem: KeyProblem::RsaSize { found, allowed: "RSA-2048 or RSA-4096" },
        }));
    }
    let failure = RefCell::new(None);
    let made = self_signed(public, user_id, created, &details, &|octets, digest| {
        sign(octets, digest).inspect_err(|error| drop(failure.replace(Some(error.clone()))))
    });
    let key = made.map_err(|error| match failure.take() {
        Some(error) => CertifyError::Signer(error),
        None => CertifyError::Key(file::malformed(&error)),
    })?;
    let public_armored = armored(&key)?;
    // Read back with every check that sealing will make.
    let fingerprint = Fingerprint::of(&details.fingerprint)
        .ok_or(KeyError::Inconsistent { key_id: KeyId::of(details.key_id) })?;
    let name = crate::WantedKey::Modulus(modulus);
    let read = crate::PublicSigningKey::read(public_armored.as_bytes(), name, created)?;
    if read.fingerprint() != fingerprint || file::read_public(public_armored.as_bytes())? != key {
        return Err(CertifyError::Key(KeyError::Inconsistent { key_id: read.key_id() }));
    }
    Ok(NewCertificate { public_armored, fingerprint })
}

fn self_signed(
    public: PublicKey,
    user_id: &str,
    created: Timestamp,
    details: &PacketDetails,
    sign: OctetSigner<'_>,
) -> Result<SignedPublicKey, Error> {
    let id = UserId::from_str(PacketHeaderVersion::New, user_id)?;
    let mut hashed = vec![SubpacketData::KeyFlags(own_flags()), SubpacketData::IsPrimary(true)];
    hashed.extend(preferences());
    let kind = SignatureType::CertPositive;
    let config = self_signature(kind, HashAlgorithm::Sha256, &public, created, hashed)?;
    let octets = signed_octets::of(&config, signed_octets::certification(&public, &id)?)?;
    let with = |digest: &[u8; 32]| match signed_octets::are_of(&octets, digest) {
        true => sign(&octets, digest).ok(),
        false => None,
    };
    let signer = PacketKey { details, with };
    let none = Password::empty();
    let signature = config.sign_certification(&signer, &public, &none, Tag::UserId, &id)?;
    let details = SignedKeyDetails::new(vec![], vec![], vec![id.into_signed(signature)], vec![]);
    Ok(SignedPublicKey::new(public, details, vec![]))
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::digest::{SHA256, digest};

    use super::*;
    use crate::testdata::{NOW, signing_key};
    use crate::{
        KeyName, MessageSigner as _, PublicSigningKey, WantedKey, public_of, testdata::secret,
    };

    fn numbers(name: &str) -> Vec<u8> {
        let signer = signing_key(name);
        let public = public_of(&secret(name)).unwrap();
        let wanted = WantedKey::Named(KeyName::Fingerprint(signer.fingerprint()));
        PublicSigningKey::read(public.as_bytes(), wanted, NOW).unwrap().modulus().to_vec()
    }

    #[test]
    fn a_certificate_is_signed_by_the_holder_and_the_same_for_the_same_date() {
        let signer = signing_key("rsa2048.sec.asc");
        let modulus = numbers("rsa2048.sec.asc");
        // As a holder that hashes the octets itself.
        let sign = |octets: &[u8], _: &[u8; 32]| {
            signer.sign_digest(&digest(&SHA256, octets).as_ref().try_into().unwrap())
        };
        let make = |created| certify(&modulus, &[1, 0, 1], "HSM <h@example.com>", created, &sign);
        let made = make(NOW).unwrap();
        assert_eq!(make(NOW).unwrap(), made);
        assert_ne!(make(NOW.plus(1)).unwrap().fingerprint, made.fingerprint);
    }

    #[test]
    fn a_holder_that_does_not_sign_or_signs_otherwise_gives_no_certificate() {
        let modulus = numbers("rsa2048.sec.asc");
        let refusal = SignerError::Library { key_id: crate::KeyId::from([1; 8]) };
        let refuse = |_: &[u8], _: &[u8; 32]| Err(refusal.clone());
        let error = certify(&modulus, &[1, 0, 1], "x", NOW, &refuse).unwrap_err();
        assert_eq!(error, CertifyError::Signer(refusal.clone()));
        let other = signing_key("rsa4096.sec.asc");
        let foreign = |_: &[u8], digest: &[u8; 32]| other.sign_digest(digest);
        assert!(certify(&modulus, &[1, 0, 1], "x", NOW, &foreign).is_err());
    }
}

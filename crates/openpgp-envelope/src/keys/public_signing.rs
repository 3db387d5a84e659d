//! The public side of a signing key whose secret side lives elsewhere: in gpg-agent, on a token.

use std::cmp::Reverse;
use std::fmt;
use std::str::FromStr;

use pgp::composed::SignedPublicKey;
use pgp::types::{KeyDetails as _, PublicParams};
use rsa::traits::PublicKeyParts as _;

use super::certificate;
use super::file;
use super::signing::{Candidate, armored, pick, user_ids};
use crate::rsa_backend::Verifier;
use crate::{Fingerprint, KeyError, KeyId, KeyProblem, NotAnIdentifier, RsaBits, Timestamp};

/// What a key is called by: its fingerprint (40 hex digits) or its long key id (16).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyName {
    /// The whole fingerprint.
    Fingerprint(Fingerprint),
    /// The last 16 digits of it.
    KeyId(KeyId),
}

impl KeyName {
    fn is(&self, candidate: &Candidate<'_>) -> bool {
        match self {
            Self::Fingerprint(fingerprint) => candidate.standing.fingerprint == Some(*fingerprint),
            Self::KeyId(key_id) => candidate.standing.key_id == *key_id,
        }
    }
}

impl FromStr for KeyName {
    type Err = NotAnIdentifier;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self::KeyId).or_else(|_| text.parse().map(Self::Fingerprint))
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fingerprint(fingerprint) => fingerprint.fmt(formatter),
            Self::KeyId(key_id) => key_id.fmt(formatter),
        }
    }
}

/// Which key of a certificate is meant to sign.
#[derive(Clone, Copy, Debug)]
pub enum WantedKey<'a> {
    /// By name. The primary key's name stands for the certificate: of its keys that can sign the newest
    /// subkey is taken, as GnuPG does.
    Named(KeyName),
    /// The one with this RSA modulus, big-endian.
    Modulus(&'a [u8]),
    /// Whichever a program would sign with: of the keys that can sign the newest subkey, else the primary key.
    Any,
}

/// A public key that may sign for EdgeLock 2GO: RSA-2048 or RSA-4096, alive and not revoked.
pub struct PublicSigningKey {
    verifier: Verifier,
    modulus: Vec<u8>,
    key_id: KeyId,
    fingerprint: Fingerprint,
    bits: RsaBits,
    public_armored: String,
    user_ids: Vec<String>,
    expires: Option<Timestamp>,
}

impl PublicSigningKey {
    /// Reads a certificate, armored or binary, and finds the key that signs, by the same rules as
    /// [`crate::SigningKey::open`].
    ///
    /// # Errors
    /// [`KeyError`]; [`KeyError::Inconsistent`] when the requested key is not in the certificate.
    pub fn read(file: &[u8], wanted: WantedKey<'_>, now: Timestamp) -> Result<Self, KeyError> {
        let public = file::read_public(file)?;
        let (chosen, expires) = choose(&public, wanted, now)?;
        let key_id = chosen.standing.key_id;
        let unfit = || KeyError::Inconsistent { key_id };
        let PublicParams::RSA(rsa) = chosen.params else { return Err(unfit()) };
        Ok(Self {
            verifier: Verifier::new(&rsa.key).ok_or_else(unfit)?,
            modulus: rsa.key.n().to_bytes_be(),
            key_id,
            fingerprint: chosen.standing.fingerprint.ok_or_else(unfit)?,
            bits: chosen.bits().ok_or_else(unfit)?,
            public_armored: armored(&public)?,
            user_ids: user_ids(&public),
            expires,
        })
    }

    /// The id of the key that signs.
    pub fn key_id(&self) -> KeyId {
        self.key_id
    }

    /// The fingerprint of the key that signs.
    pub fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// The size of its modulus.
    pub fn bits(&self) -> RsaBits {
        self.bits
    }

    /// The whole certificate, armored.
    pub fn public_armored(&self) -> &str {
        &self.public_armored
    }

    /// The user ids of its certificate.
    pub fn user_ids(&self) -> &[String] {
        &self.user_ids
    }

    /// When it, or its primary key, expires.
    pub fn expires(&self) -> Option<Timestamp> {
        self.expires
    }

    /// Its modulus, big-endian without leading zeros.
    pub fn modulus(&self) -> &[u8] {
        &self.modulus
    }

    /// The signature as long as the modulus, if it is one of this SHA-256 digest (RFC 8017 section 8.2.2).
    /// Agents drop leading zeros or add one; both are taken.
    pub fn verified(&self, digest: &[u8; 32], signature: &[u8]) -> Option<Vec<u8>> {
        let bare: &[u8] = match signature.iter().position(|octet| *octet != 0) {
            Some(start) => &signature[start..],
            None => &[],
        };
        let mut whole = vec![0; self.modulus.len().checked_sub(bare.len())?];
        whole.extend_from_slice(bare);
        self.verifier.verifies(digest, &whole).then_some(whole)
    }
}

impl fmt::Debug for PublicSigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PublicSigningKey({}, RSA-{})", self.key_id, self.bits.bits())
    }
}

fn choose<'a>(
    public: &'a SignedPublicKey,
    wanted: WantedKey<'_>,
    now: Timestamp,
) -> Result<(Candidate<'a>, Option<Timestamp>), KeyError> {
    let primary = Candidate {
        standing: certificate::primary_standing(public, now),
        algorithm: public.primary_key.algorithm(),
        params: public.primary_key.public_params(),
        secret: None,
        subkey: None,
    };
    let mut subkeys: Vec<Candidate<'_>> = public
        .public_subkeys
        .iter()
        .enumerate()
        .map(|(index, subkey)| Candidate {
            standing: certificate::subkey_standing(public, subkey, now),
            algorithm: subkey.key.algorithm(),
            params: subkey.key.public_params(),
            secret: None,
            subkey: Some(index),
        })
        .collect();
    subkeys.sort_by_key(|candidate| Reverse(candidate.standing.created));
    let key_id = primary.standing.key_id;
    let is_meant = |candidate: &Candidate<'_>| match wanted {
        WantedKey::Named(name) => name.is(candidate),
        WantedKey::Any => true,
        WantedKey::Modulus(modulus) => matches!(candidate.params, PublicParams::RSA(rsa)
            if rsa.key.n().to_bytes_be() == modulus),
    };
    let by_primary = matches!(wanted, WantedKey::Named(_) | WantedKey::Any) && is_meant(&primary);
    if !by_primary && !is_meant(&primary) {
        subkeys.retain(is_meant);
        let Some(meant) = subkeys.first() else { return Err(KeyError::Inconsistent { key_id }) };
        if !meant.standing.signs(meant.algorithm) {
            let flags = meant.standing.flag_names();
            return Err(meant.standing.refused(KeyProblem::CannotSign { flags }));
        }
    } else if !by_primary {
        subkeys.clear();
    }
    subkeys.retain(|candidate| candidate.standing.signs(candidate.algorithm));
    // A subkey that was named and may not sign is no reason to take the primary key instead.
    match pick(primary, subkeys)? {
        chosen if by_primary || is_meant(&chosen.0) => Ok(chosen),
        _ => Err(KeyError::Inconsistent { key_id }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testdata::{NOW, file, signing_key};
    use crate::{MessageSigner as _, public_of, testdata::secret};

    fn read(name: &str, wanted: &str) -> Result<PublicSigningKey, KeyError> {
        let public = public_of(&secret(name)).unwrap();
        let wanted = WantedKey::Named(wanted.parse().unwrap());
        PublicSigningKey::read(public.as_bytes(), wanted, NOW)
    }

    #[test]
    fn finds_the_key_that_the_secret_file_would_sign_with() {
        for name in ["rsa2048.sec.asc", "rsa4096.sec.asc", "signing-subkey.sec.asc"] {
            let signer = signing_key(name);
            for wanted in [signer.key_id().to_string(), signer.fingerprint().to_string()] {
                let key = read(name, &wanted).unwrap();
                assert_eq!(key.fingerprint(), signer.fingerprint(), "{name}");
                assert_eq!(key.bits().bits(), signer.bits());
                assert_eq!(key.public_armored(), signer.public_armored());
                let digest = [7; 32];
                let signature = signer.sign_digest(&digest).unwrap();
                assert_eq!(key.verified(&digest, &signature), Some(signature.clone()));
                assert_eq!(key.verified(&[8; 32], &signature), None);
                let longer = [&[0][..], &signature].concat();
                assert_eq!(key.verified(&digest, &longer), Some(signature));
            }
        }
    }

    #[test]
    fn refuses_a_key_that_is_not_there() {
        let error = read("rsa2048.sec.asc", "0123456789ABCDEF").unwrap_err();
        let key_id = signing_key("rsa2048.sec.asc").key_id();
        assert_eq!(error, KeyError::Inconsistent { key_id });
    }

    #[test]
    fn names_are_key_ids_or_fingerprints() {
        assert!("BF9C326FCE2F208F".parse::<KeyName>().is_ok());
        assert!("0123456789ABCDEF0123456789ABCDEFBF9C326F".parse::<KeyName>().is_ok());
        assert!("alice@example.com".parse::<KeyName>().is_err());
        assert!("BF9C326F".parse::<KeyName>().is_err(), "short key ids are forged easily");
        assert!(!file("rsa2048.pub.asc").is_empty());
    }
}

//! The key that signs what is sealed.

use aws_lc_rs::rsa::KeyPair;
use el2g_key_payload::SecretBytes;
use pgp::composed::{ArmorOptions, SignedPublicKey, SignedSecretKey};
use pgp::crypto::public_key::PublicKeyAlgorithm;
use pgp::types::{KeyDetails as _, PublicParams, SecretParams, Tag};

use super::certificate::{self, Standing};
use super::file;
use super::unlock::{absence, unlock};
use crate::printable::printable;
use crate::{Fingerprint, KeyError, KeyId, KeyProblem, RsaBits, Timestamp, rsa_backend};

/// Something that can sign for an OpenPGP key: a key file, an agent, a hardware module.
pub trait MessageSigner: Send + Sync {
    /// The id of the key (primary or subkey) that signs.
    fn key_id(&self) -> KeyId;
    /// The fingerprint of the key (primary or subkey) that signs.
    fn fingerprint(&self) -> Fingerprint;
    /// The size of its modulus: 2048 or 4096.
    fn bits(&self) -> u32;
    /// The armored public key (the whole certificate) that belongs to it, as the service expects it in
    /// `customerPgpPublicKey`.
    fn public_armored(&self) -> &str;
    /// Signs a SHA-256 digest: RSASSA-PKCS1-v1_5 (RFC 8017 8.2), as long as the modulus.
    ///
    /// # Errors
    /// [`SignerError`] when the key's holder does not sign.
    fn sign_digest(&self, digest: &[u8; 32]) -> Result<Vec<u8>, SignerError>;

    /// The same signature, where the octets with this digest are at hand: for a key whose holder must hash them itself,
    /// and by that sees the secret.
    ///
    /// # Errors
    /// As [`MessageSigner::sign_digest`].
    fn sign_octets(&self, _octets: &[u8], digest: &[u8; 32]) -> Result<Vec<u8>, SignerError> {
        self.sign_digest(digest)
    }
}

/// Why nothing was signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignerError {
    /// The cryptographic library failed.
    #[error("the cryptographic library could not sign with key {key_id}")]
    Library {
        /// The key's id.
        key_id: KeyId,
    },
    /// The agent or device that holds the key cannot be reached.
    #[error("the holder of key {key_id} cannot be reached: {detail}")]
    Unreachable {
        /// The key's id.
        key_id: KeyId,
        /// What it said.
        detail: String,
    },
    /// The agent or device that holds the key refused.
    #[error("the holder of key {key_id} refused to sign: {detail}")]
    Refused {
        /// The key's id.
        key_id: KeyId,
        /// What it said.
        detail: String,
    },
}

/// A signing key read from a file and unlocked.
///
/// The secret numbers live in aws-lc-rs only, which wipes them when this value is dropped.
pub struct SigningKey {
    pair: KeyPair,
    key_id: KeyId,
    fingerprint: Fingerprint,
    bits: RsaBits,
    public_armored: String,
    user_ids: Vec<String>,
    expires: Option<Timestamp>,
}

impl SigningKey {
    /// Reads a secret key as GnuPG, Sequoia and others export it, armored or binary, and unlocks it
    /// once. Of several keys that can sign, the newest subkey is taken, as GnuPG does.
    ///
    /// Everything that can be refused without the passphrase is refused before it is asked for.
    ///
    /// # Errors
    /// [`KeyError`]: what is wrong with the file, the key or the passphrase.
    pub fn open(
        file: &SecretBytes,
        passphrase: Option<&SecretBytes>,
        now: Timestamp,
    ) -> Result<Self, KeyError> {
        let secret = file::read_secret(file.expose())?;
        let public = secret.to_public_key();
        let (chosen, primary_expires) = choose(&secret, &public, now)?;
        let key_id = chosen.standing.key_id;
        let inconsistent = KeyError::Inconsistent { key_id };
        let (Some(fingerprint), Some(bits)) = (chosen.standing.fingerprint, chosen.bits()) else {
            return Err(inconsistent);
        };
        let plain = chosen.unlock(&secret, passphrase)?;
        let pair = rsa_backend::signing_pair(&plain, chosen.params).map_err(|_| {
            if chosen.secret.is_some_and(SecretParams::is_encrypted) {
                KeyError::WrongPassphrase { key_id }
            } else {
                inconsistent
            }
        })?;
        Ok(Self {
            pair,
            key_id,
            fingerprint,
            bits,
            public_armored: armored(&public)?,
            user_ids: user_ids(&public),
            expires: primary_expires.into_iter().chain(chosen.standing.expires).min(),
        })
    }

    /// The user ids of its certificate.
    pub fn user_ids(&self) -> &[String] {
        &self.user_ids
    }

    /// When it, or its primary key, expires.
    pub fn expires(&self) -> Option<Timestamp> {
        self.expires
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "SigningKey({}, RSA-{})", self.key_id, self.bits.bits())
    }
}

impl MessageSigner for SigningKey {
    fn key_id(&self) -> KeyId {
        self.key_id
    }

    fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    fn bits(&self) -> u32 {
        self.bits.bits()
    }

    fn public_armored(&self) -> &str {
        &self.public_armored
    }

    fn sign_digest(&self, digest: &[u8; 32]) -> Result<Vec<u8>, SignerError> {
        rsa_backend::sign_sha256(&self.pair, digest)
            .ok_or(SignerError::Library { key_id: self.key_id })
    }
}

/// The armored public key of a secret one, as the service expects it; no passphrase is needed.
///
/// # Errors
/// [`KeyError`] when the file does not hold one secret key.
pub fn public_of(secret: &SecretBytes) -> Result<String, KeyError> {
    armored(&file::read_secret(secret.expose())?.to_public_key())
}

pub(crate) fn armored(public: &SignedPublicKey) -> Result<String, KeyError> {
    public.to_armored_string(ArmorOptions::default()).map_err(|error| file::malformed(&error))
}

pub(crate) fn user_ids(public: &SignedPublicKey) -> Vec<String> {
    public.details.users.iter().map(|user| printable(user.id.id())).collect()
}

/// One secret key of a file that could sign.
pub(super) struct Candidate<'a> {
    pub(super) standing: Standing,
    pub(super) algorithm: PublicKeyAlgorithm,
    pub(super) params: &'a PublicParams,
    /// `None` when the secret key lives elsewhere.
    pub(super) secret: Option<&'a SecretParams>,
    /// Which secret subkey it is; `None` for the primary key.
    pub(super) subkey: Option<usize>,
}

impl Candidate<'_> {
    pub(super) fn bits(&self) -> Option<RsaBits> {
        certificate::rsa_bits(self.params).and_then(RsaBits::from_bits)
    }

    /// Why it may not sign for EdgeLock 2GO, if it may not.
    fn problem(&self) -> Option<KeyProblem> {
        if let Some(trouble) = &self.standing.trouble {
            return Some(trouble.clone());
        }
        let Some(bits) = certificate::rsa_bits(self.params) else {
            let found = certificate::describe(self.algorithm, self.params);
            return Some(KeyProblem::Algorithm { found });
        };
        if RsaBits::from_bits(bits).is_none() {
            return Some(KeyProblem::RsaSize { found: bits, allowed: "RSA-2048 or RSA-4096" });
        }
        if !self.standing.back_signed {
            return Some(KeyProblem::NoBackSignature);
        }
        self.secret.and_then(absence)
    }

    fn unlock(
        &self,
        secret: &SignedSecretKey,
        passphrase: Option<&SecretBytes>,
    ) -> Result<pgp::types::PlainSecretParams, KeyError> {
        let Some(locked) = self.secret else {
            return Err(KeyError::Inconsistent { key_id: self.standing.key_id });
        };
        match self.subkey {
            None => {
                let public = secret.primary_key.public_key();
                unlock(locked, public, Tag::SecretKey, passphrase)
            }
            Some(index) => {
                let public = secret.secret_subkeys[index].key.public_key();
                unlock(locked, public, Tag::SecretSubkey, passphrase)
            }
        }
    }
}

/// The key that signs, and when its primary key expires: the newest subkey that may, else the primary
/// key; else the reason why none may.
fn choose<'a>(
    secret: &'a SignedSecretKey,
    public: &'a SignedPublicKey,
    now: Timestamp,
) -> Result<(Candidate<'a>, Option<Timestamp>), KeyError> {
    let primary = Candidate {
        standing: certificate::primary_standing(public, now),
        algorithm: secret.primary_key.algorithm(),
        params: secret.primary_key.public_params(),
        secret: Some(secret.primary_key.secret_params()),
        subkey: None,
    };
    pick(primary, signing_subkeys(secret, public, now))
}

/// The first of these subkeys that may sign, else the primary key.
pub(super) fn pick<'a>(
    primary: Candidate<'a>,
    subkeys: Vec<Candidate<'a>>,
) -> Result<(Candidate<'a>, Option<Timestamp>), KeyError> {
    // A dead primary key takes its subkeys with it, and one that is not RSA cannot vouch for them to
    // a receiver that knows RSA only.
    if let Some(trouble) = primary.standing.trouble.clone() {
        return Err(primary.standing.refused(trouble));
    }
    if certificate::rsa_bits(primary.params).is_none() {
        let found = certificate::describe(primary.algorithm, primary.params);
        return Err(primary.standing.refused(KeyProblem::Algorithm { found }));
    }
    let expires = primary.standing.expires;
    let flags = primary.standing.flag_names();
    let refusal_of_all = primary.standing.refused(KeyProblem::CannotSign { flags });
    let mut candidates = subkeys;
    if primary.standing.signs(primary.algorithm) {
        candidates.push(primary);
    }
    let mut refusal = None;
    for candidate in candidates {
        match candidate.problem() {
            None => return Ok((candidate, expires)),
            Some(problem) => {
                refusal.get_or_insert_with(|| candidate.standing.refused(problem));
            }
        }
    }
    Err(refusal.unwrap_or(refusal_of_all))
}

/// The secret subkeys whose flags let them sign, newest first.
fn signing_subkeys<'a>(
    secret: &'a SignedSecretKey,
    public: &SignedPublicKey,
    now: Timestamp,
) -> Vec<Candidate<'a>> {
    let mut found: Vec<Candidate<'_>> = secret
        .secret_subkeys
        .iter()
        .enumerate()
        .map(|(index, subkey)| Candidate {
            standing: certificate::subkey_standing(public, &subkey.signed_public_key(), now),
            algorithm: subkey.key.algorithm(),
            params: subkey.key.public_params(),
            secret: Some(subkey.key.secret_params()),
            subkey: Some(index),
        })
        .filter(|candidate| candidate.standing.signs(candidate.algorithm))
        .collect();
    found.sort_by_key(|candidate| std::cmp::Reverse(candidate.standing.created));
    found
}

#[cfg(test)]
mod signing_tests;

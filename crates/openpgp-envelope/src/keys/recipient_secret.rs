//! The secret key that opens messages: a sandbox's, or a customer's own with which `inspect` looks
//! into a message that was encrypted to him as well.

use aws_lc_rs::rsa::Pkcs1PrivateDecryptingKey;
use el2g_key_payload::SecretBytes;
use pgp::composed::SignedSecretKey;
use pgp::types::{KeyDetails as _, PlainSecretParams, PublicParams, Tag};
use zeroize::Zeroizing;

use super::certificate::{self, Standing};
use super::file;
use super::unlock::{absence, unlock};
use crate::{KeyError, KeyId, KeyProblem, Timestamp, rsa_backend};

/// A secret key that opens messages encrypted to its RSA subkeys (or to its RSA primary key, where
/// that may decrypt).
pub struct RecipientSecret {
    keys: Vec<(KeyId, Pkcs1PrivateDecryptingKey)>,
}

impl RecipientSecret {
    /// Reads a secret key with an RSA encryption subkey and unlocks it. Expiry and revocation do not
    /// matter for opening what was encrypted before, and are not looked at.
    ///
    /// # Errors
    /// [`KeyError`]: what is wrong with the file, the key or the passphrase.
    pub fn open(file: &SecretBytes, passphrase: Option<&SecretBytes>) -> Result<Self, KeyError> {
        let secret = file::read_secret(file.expose())?;
        let mut keys = Vec::new();
        let mut refusal = None;
        for (standing, unlocked) in unlocked_keys(&secret, passphrase) {
            let key_id = standing.key_id;
            match unlocked.and_then(|(plain, params)| {
                rsa_backend::decrypting_key(&plain, params)
                    .map_err(|_| KeyError::Inconsistent { key_id })
            }) {
                Ok(key) => keys.push((key_id, key)),
                Err(error) => {
                    refusal.get_or_insert(error);
                }
            }
        }
        if keys.is_empty() {
            let public = secret.to_public_key();
            let primary = certificate::primary_standing(&public, Timestamp(u32::MAX));
            let none = primary.refused(KeyProblem::NoEncryptionSubkey);
            return Err(refusal.unwrap_or(none));
        }
        Ok(Self { keys })
    }

    /// The id of the newest key that decrypts.
    pub fn key_id(&self) -> KeyId {
        self.keys[0].0
    }

    /// The ids of all keys that decrypt.
    pub(crate) fn key_ids(&self) -> impl Iterator<Item = KeyId> {
        self.keys.iter().map(|(key_id, _)| *key_id)
    }

    /// RSAES-PKCS1-v1_5 (RFC 8017 7.2) with the key of that id, or with any when the id is hidden.
    pub(crate) fn decrypt(&self, key_id: KeyId, ciphertext: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        self.keys
            .iter()
            .filter(|(own, _)| *own == key_id || key_id.is_hidden())
            .find_map(|(_, key)| decrypt(key, ciphertext))
    }
}

fn decrypt(key: &Pkcs1PrivateDecryptingKey, ciphertext: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let width = key.key_size_bytes();
    // An MPI has lost its leading zeros.
    let mut padded = vec![0; width.checked_sub(ciphertext.len())?];
    padded.extend_from_slice(ciphertext);
    let mut out = Zeroizing::new(vec![0; key.min_output_size()]);
    let len = key.decrypt(&padded, &mut out).ok()?.len();
    out.truncate(len);
    Some(out)
}

impl std::fmt::Debug for RecipientSecret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "RecipientSecret({})", self.key_id())
    }
}

type Unlocked<'a> = Result<(PlainSecretParams, &'a PublicParams), KeyError>;

/// Every key that may decrypt, newest subkey first, with its secret part or why there is none.
fn unlocked_keys<'a>(
    secret: &'a SignedSecretKey,
    passphrase: Option<&SecretBytes>,
) -> Vec<(Standing, Unlocked<'a>)> {
    let public = secret.to_public_key();
    // Past every expiry: only what a key may do is read from its standing, not whether it is alive.
    let now = Timestamp(u32::MAX);
    let mut found = Vec::new();
    for subkey in &secret.secret_subkeys {
        let standing = certificate::subkey_standing(&public, &subkey.signed_public_key(), now);
        if standing.hash.is_some() && standing.encrypts(subkey.key.algorithm()) {
            let (key, public) = (&subkey.key, subkey.key.public_key());
            let unlocked = usable(&standing, key.algorithm(), key.public_params())
                .and_then(|()| present(&standing, key.secret_params()))
                .and_then(|()| unlock(key.secret_params(), public, Tag::SecretSubkey, passphrase))
                .map(|plain| (plain, key.public_params()));
            found.push((standing, unlocked));
        }
    }
    found.sort_by_key(|(standing, _)| std::cmp::Reverse(standing.created));
    let (key, standing) = (&secret.primary_key, certificate::primary_standing(&public, now));
    let stated = standing.flags.is_some();
    if stated && standing.encrypts(key.algorithm()) {
        let unlocked = usable(&standing, key.algorithm(), key.public_params())
            .and_then(|()| present(&standing, key.secret_params()))
            .and_then(|()| {
                unlock(key.secret_params(), key.public_key(), Tag::SecretKey, passphrase)
            })
            .map(|plain| (plain, key.public_params()));
        found.push((standing, unlocked));
    }
    found
}

fn usable(
    standing: &Standing,
    algorithm: pgp::crypto::public_key::PublicKeyAlgorithm,
    params: &PublicParams,
) -> Result<(), KeyError> {
    match certificate::rsa_bits(params) {
        Some(2048..) => Ok(()),
        Some(found) => {
            Err(standing.refused(KeyProblem::RsaSize { found, allowed: "RSA-2048 or larger" }))
        }
        None => {
            let found = certificate::describe(algorithm, params);
            Err(standing.refused(KeyProblem::Algorithm { found }))
        }
    }
}

fn present(standing: &Standing, secret: &pgp::types::SecretParams) -> Result<(), KeyError> {
    absence(secret).map_or(Ok(()), |problem| Err(standing.refused(problem)))
}

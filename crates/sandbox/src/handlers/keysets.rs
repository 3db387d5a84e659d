//! Key sets: keys that sign digests, or compute CMACs. Not in AN12642. How key sets come into being is not known: there is
//! a fixed set of them, whose keys are made when they are first asked for.

use el2g_key_payload::{SecretBytes, aes_cmac, base64_bytes, base64_text};
use el2g_service_api::keysets::{
    Cmac, CmacOrder, DigestToSign, KeysetAlgorithm, KeysetKeyPath, SignedDigest,
};
use el2g_service_api::{NoQuery, SecretText};
use el2g_x509::{
    CertificateSigner as _, FileKey, HashAlgorithm, KeyAlgorithm, ecdsa_signature_bare,
};

use crate::authority;
use crate::call::Call;
use crate::refusal::{INTERNAL, KEYSET_KEY_NOT_FOUND, KEYSET_KEY_UNFIT, Refusal};

/// What a key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum KeysetKey {
    /// A key pair that signs.
    Pair(KeyAlgorithm),
    /// An AES key of so many bytes.
    Aes(usize),
}

/// The keys: key set, key, what it is.
const KEYS: [(u64, u64, KeysetKey); 8] = [
    (1, 1, KeysetKey::Pair(KeyAlgorithm::NistP256)),
    (1, 2, KeysetKey::Pair(KeyAlgorithm::NistP384)),
    (1, 3, KeysetKey::Pair(KeyAlgorithm::NistP521)),
    (1, 4, KeysetKey::Pair(KeyAlgorithm::Rsa2048)),
    (1, 5, KeysetKey::Pair(KeyAlgorithm::Rsa3072)),
    (1, 6, KeysetKey::Pair(KeyAlgorithm::Rsa4096)),
    (2, 1, KeysetKey::Aes(16)),
    (2, 2, KeysetKey::Aes(32)),
];

fn kind_of(path: &KeysetKeyPath) -> Result<KeysetKey, Refusal> {
    let KeysetKeyPath { key_set_id, key_id } = *path;
    let found = KEYS.iter().find(|(set, key, _)| (*set, *key) == (key_set_id, key_id));
    found.map(|(_, _, kind)| *kind).ok_or_else(|| {
        let text = format!("no key {key_id} in key set {key_set_id}");
        Refusal::new(&KEYSET_KEY_NOT_FOUND, text)
    })
}

fn unfit(path: &KeysetKeyPath, what: &str) -> Refusal {
    let found = format!("key {} of key set {} {what}", path.key_id, path.key_set_id);
    Refusal::new(&KEYSET_KEY_UNFIT, found)
}

fn pair(call: &Call<'_>, path: &KeysetKeyPath) -> Result<FileKey, Refusal> {
    let KeysetKey::Pair(algorithm) = kind_of(path)? else {
        return Err(unfit(path, "is an AES key"));
    };
    let make = || authority::stored(&authority::new_key(algorithm)?);
    authority::restored(call.kept(&name_of(path), make)?)
}

fn name_of(path: &KeysetKeyPath) -> String {
    format!("keyset-{}-{}", path.key_set_id, path.key_id)
}

fn failed(error: &dyn std::error::Error) -> Refusal {
    Refusal::new(&INTERNAL, error.to_string())
}

/// `POST /keysets/{keySetId}/keys/{keyId}/sign-hash`: ECDSA as r and s of the length of the curve's order, RSA with the
/// padding of PKCS #1 v1.5. The hash is the one whose digests are as long as the payload.
///
/// # Errors
/// 404 without such a key, 422 for a key that does not sign so.
pub(crate) fn sign_hash(
    call: &Call<'_>,
    path: KeysetKeyPath,
    _: NoQuery,
    body: DigestToSign,
) -> Result<SignedDigest, Refusal> {
    let key = pair(call, &path)?;
    let algorithm = key.public_key().algorithm();
    let is_rsa = algorithm.rsa_bits().is_some();
    match (&body.signature_algorithm, is_rsa) {
        (KeysetAlgorithm::Ecdsa, false) | (KeysetAlgorithm::RsaPkcs1, true) => {}
        (other, _) => {
            return Err(unfit(&path, &format!("is {algorithm} and does not sign with {other}")));
        }
    }
    let digest = base64_bytes(&body.payload).unwrap_or_default();
    let hash = HashAlgorithm::of_length(digest.len())
        .ok_or_else(|| unfit(&path, "signs digests of 32, 48 or 64 bytes"))?;
    let signature = key.sign_digest(hash, &digest).map_err(|error| failed(&error))?;
    let signature = if is_rsa {
        signature
    } else {
        ecdsa_signature_bare(algorithm, &signature)
            .ok_or_else(|| Refusal::new(&INTERNAL, "a signature of another curve"))?
    };
    Ok(SignedDigest::new(base64_text(&signature)))
}

/// `POST /keysets/{keySetId}/keys/{keyId}/cmac`: AES-CMAC (NIST SP 800-38B) of the payload.
///
/// # Errors
/// 404 without such a key, 422 for a key that signs.
pub(crate) fn cmac(
    call: &Call<'_>,
    path: KeysetKeyPath,
    _: NoQuery,
    body: CmacOrder,
) -> Result<Cmac, Refusal> {
    let KeysetKey::Aes(length) = kind_of(&path)? else {
        return Err(unfit(&path, "is a key pair"));
    };
    let make = || {
        let mut key = vec![0; length];
        call.with_entropy(|entropy| entropy.fill(&mut key))?;
        Ok(SecretBytes::new(key))
    };
    let key = SecretBytes::new(call.kept(&name_of(&path), make)?);
    let message = base64_bytes(&body.payload).unwrap_or_default();
    let cmac = aes_cmac(&key, &message).ok_or_else(|| unfit(&path, "is not an AES key"))?;
    Ok(Cmac::new(SecretText::new(base64_text(cmac.expose()))))
}

/// `GET /keysets/{keySetId}/keys/{keyId}/download-public-key`: PEM.
///
/// # Errors
/// 404 without such a key, 422 for an AES key.
pub(crate) fn public_key(
    call: &Call<'_>,
    path: KeysetKeyPath,
    _: NoQuery,
    (): (),
) -> Result<String, Refusal> {
    Ok(pair(call, &path)?.public_key().to_pem())
}

//! New keys: RSA numbers from aws-lc-rs, packets and self-signatures from rPGP.

use std::num::NonZero;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use el2g_key_payload::{Entropy, SecretBytes};
use pgp::composed::{ArmorOptions, SignedKeyDetails, SignedSecretKey, SignedSecretSubKey};
use pgp::crypto::hash::HashAlgorithm;
use pgp::crypto::public_key::PublicKeyAlgorithm;
use pgp::crypto::sym::SymmetricKeyAlgorithm;
use pgp::errors::Error;
use pgp::packet::{
    Features, KeyFlags, PubKeyInner, PublicKey, PublicSubkey, SecretKey, SecretSubkey,
    SignatureConfig, SignatureType, Subpacket, SubpacketData, UserId,
};
use pgp::types::{
    CompressionAlgorithm, KeyDetails, KeyVersion, PacketHeaderVersion, Password, PlainSecretParams,
    PublicParams, RsaPublicParams, S2kParams, SecretParams, StringToKey, Tag,
};
use rand::RngCore as _;
use rsa::RsaPrivateKey;
use rsa::pkcs8::DecodePrivateKey as _;

use super::file;
use super::signing::armored;
use super::throw_away;
use crate::randomness::Randomness;
use crate::rsa_backend::{self, PacketDetails, PacketKey};
use crate::{Fingerprint, KeyError, KeyId, RsaBits, Timestamp};

/// The longest user id made here, in bytes; GnuPG imports up to 2048.
const LONGEST_USER_ID: usize = 512;

/// The coded count of 65,011,712 bytes, the largest there is (RFC 9580 3.7.1.3).
const S2K_COUNT: u8 = 255;

/// A key pair just made.
#[derive(Debug)]
#[non_exhaustive]
pub struct NewKey {
    /// The armored secret key, protected by the passphrase where one was given.
    pub secret_armored: SecretBytes,
    /// The armored public key.
    pub public_armored: String,
    /// The primary key's fingerprint.
    pub fingerprint: Fingerprint,
    /// The primary key's id.
    pub key_id: KeyId,
}

/// Makes an RSA key that certifies and signs, self-signed with SHA-256 and without expiry, which
/// GnuPG imports. With a passphrase the secret part is protected by AES-256 and 65,011,712 bytes of
/// iterated and salted SHA-256 (RFC 9580 3.7.1.3).
///
/// The primes come from the generator of aws-lc-rs, salts and vectors from `entropy`.
///
/// # Errors
/// [`KeyError::UserId`], [`KeyError::EmptyPassphrase`], [`KeyError::Generation`] or
/// [`KeyError::Entropy`].
pub fn generate_signing_key(
    user_id: &str,
    bits: RsaBits,
    created: Timestamp,
    passphrase: Option<&SecretBytes>,
    entropy: &mut dyn Entropy,
) -> Result<NewKey, KeyError> {
    signing_key(user_id, bits, created, passphrase, entropy, preferences())
}

/// Makes an unprotected signing key that says of itself that it is a [throw-away key](super::ThrowAway): for demos.
///
/// # Errors
/// As [`generate_signing_key`].
pub fn generate_throw_away_signing_key(
    user_id: &str,
    bits: RsaBits,
    created: Timestamp,
    entropy: &mut dyn Entropy,
) -> Result<NewKey, KeyError> {
    let mut said = preferences();
    said.push(throw_away::notation());
    signing_key(user_id, bits, created, None, entropy, said)
}

fn signing_key(
    user_id: &str,
    bits: RsaBits,
    created: Timestamp,
    passphrase: Option<&SecretBytes>,
    entropy: &mut dyn Entropy,
    said: Vec<SubpacketData>,
) -> Result<NewKey, KeyError> {
    check_user_id(user_id)?;
    if passphrase.is_some_and(SecretBytes::is_empty) {
        return Err(KeyError::EmptyPassphrase);
    }
    let rsa = RsaKey::generate(bits)?;
    let mut randomness = Randomness::new(entropy);
    let made = assemble(&rsa, created, user_id, HashAlgorithm::Sha256, own_flags(), said);
    let mut secret = made.map_err(|error| file::malformed(&error))?;
    if let Some(passphrase) = passphrase {
        secret
            .primary_key
            .set_password_with_s2k(
                &Password::from(passphrase.expose()),
                protection(&mut randomness),
            )
            .map_err(|error| file::malformed(&error))?;
    }
    randomness.checked()?;
    finish(&secret)
}

/// Makes a key of the EdgeLock 2GO key's shape, unprotected, for sandboxes and tests: an RSA-4096
/// primary key and an RSA-4096 encryption subkey, self-signed with SHA-1, with its preferences
/// (AES-256, AES-192, AES-128, 3DES; SHA-256, SHA-1; ZLIB; MDC; no AEAD). It says of itself that it is a
/// [throw-away key](super::ThrowAway).
///
/// The primes come from the generator of aws-lc-rs; nothing else about an unprotected key is random.
///
/// # Errors
/// [`KeyError::UserId`] or [`KeyError::Generation`].
pub fn generate_recipient_key(
    user_id: &str,
    created: Timestamp,
    _entropy: &mut dyn Entropy,
) -> Result<NewKey, KeyError> {
    check_user_id(user_id)?;
    let (primary, subkey) = RsaKey::generate_two(RsaBits::Rsa4096)?;
    let mut ciphers = AES.to_vec();
    ciphers.push(SymmetricKeyAlgorithm::TripleDES);
    let preferences = vec![
        SubpacketData::PreferredSymmetricAlgorithms(ciphers.into()),
        SubpacketData::PreferredHashAlgorithms(
            vec![HashAlgorithm::Sha256, HashAlgorithm::Sha1].into(),
        ),
        SubpacketData::PreferredCompressionAlgorithms(vec![CompressionAlgorithm::ZLIB].into()),
        throw_away::notation(),
    ];
    let mut flags = KeyFlags::default();
    flags.set_certify(true);
    flags.set_sign(true);
    let made = assemble(&primary, created, user_id, HashAlgorithm::Sha1, flags, preferences)
        .and_then(|secret| with_encryption_subkey(secret, &subkey, created));
    finish(&made.map_err(|error| file::malformed(&error))?)
}

/// What a signing key says about the messages it would like to get.
pub(super) fn preferences() -> Vec<SubpacketData> {
    vec![
        SubpacketData::PreferredSymmetricAlgorithms(AES.to_vec().into()),
        SubpacketData::PreferredHashAlgorithms(vec![HashAlgorithm::Sha256].into()),
        SubpacketData::PreferredCompressionAlgorithms(
            vec![CompressionAlgorithm::ZLIB, CompressionAlgorithm::Uncompressed].into(),
        ),
    ]
}

/// What a signing key may do.
pub(super) fn own_flags() -> KeyFlags {
    let mut flags = KeyFlags::default();
    flags.set_certify(true);
    flags.set_sign(true);
    flags
}

const AES: [SymmetricKeyAlgorithm; 3] =
    [SymmetricKeyAlgorithm::AES256, SymmetricKeyAlgorithm::AES192, SymmetricKeyAlgorithm::AES128];

pub(super) fn check_user_id(user_id: &str) -> Result<(), KeyError> {
    let sound = !user_id.trim().is_empty()
        && user_id.len() <= LONGEST_USER_ID
        && !user_id.chars().any(char::is_control);
    if sound { Ok(()) } else { Err(KeyError::UserId { longest: LONGEST_USER_ID }) }
}

/// Fresh RSA numbers, as aws-lc-rs signs with them and as rPGP writes them.
struct RsaKey {
    pair: KeyPair,
    params: PublicParams,
    plain: PlainSecretParams,
}

impl RsaKey {
    fn generate(bits: RsaBits) -> Result<Self, KeyError> {
        let failure = KeyError::Generation { bits: bits.bits() };
        let size = match bits {
            RsaBits::Rsa2048 => KeySize::Rsa2048,
            RsaBits::Rsa4096 => KeySize::Rsa4096,
        };
        let made = || {
            let pair = KeyPair::generate(size).ok()?;
            let der = pair.as_der().ok()?;
            let rsa = RsaPrivateKey::from_pkcs8_der(der.as_ref()).ok()?;
            let params = PublicParams::RSA(RsaPublicParams::from(rsa.to_public_key()));
            Some(Self { pair, params, plain: PlainSecretParams::RSA(rsa.into()) })
        };
        made().ok_or(failure)
    }

    /// Two of them, the first that any core finishes. How long a key takes varies by more than ten
    /// to one; with every core making keys until there are two, a slow one holds nobody up: on two
    /// cores the mean falls from 1.1 s to 0.6 s, and the slowest percent from 2.6 s to 1.7 s.
    fn generate_two(bits: RsaBits) -> Result<(Self, Self), KeyError> {
        let (finished, made) = mpsc::channel();
        let enough = Arc::new(AtomicBool::new(false));
        let cores = thread::available_parallelism().map_or(2, NonZero::get).clamp(2, 4);
        for _ in 0..cores {
            let (finished, enough) = (finished.clone(), Arc::clone(&enough));
            // Not joined: a thread that is still at a third key ends after it.
            thread::spawn(move || {
                while !enough.load(Ordering::Relaxed) && finished.send(Self::generate(bits)).is_ok()
                {
                }
            });
        }
        drop(finished);
        let next = || made.recv().unwrap_or(Err(KeyError::Generation { bits: bits.bits() }));
        let two = next().and_then(|one| Ok((one, next()?)));
        enough.store(true, Ordering::Relaxed);
        two
    }

    fn inner(&self, created: Timestamp) -> Result<PubKeyInner, Error> {
        let algorithm = PublicKeyAlgorithm::RSA;
        PubKeyInner::new(KeyVersion::V4, algorithm, created.for_packet(), None, self.params.clone())
    }
}

/// A primary key with one user id, signed by itself.
fn assemble(
    rsa: &RsaKey,
    created: Timestamp,
    user_id: &str,
    hash: HashAlgorithm,
    flags: KeyFlags,
    preferences: Vec<SubpacketData>,
) -> Result<SignedSecretKey, Error> {
    let public = PublicKey::from_inner(rsa.inner(created)?)?;
    let secret = SecretKey::new(public.clone(), SecretParams::Plain(rsa.plain.clone()))?;
    let id = UserId::from_str(PacketHeaderVersion::New, user_id)?;
    let mut features = Features::new();
    features.set_seipd_v1(true);
    let mut hashed = vec![SubpacketData::KeyFlags(flags), SubpacketData::IsPrimary(true)];
    hashed.extend(preferences);
    hashed.push(SubpacketData::Features(features));
    let config = self_signature(SignatureType::CertPositive, hash, &public, created, hashed)?;
    let unlocked = Password::empty();
    let signature = if hash == HashAlgorithm::Sha256 {
        let details = PacketDetails::of(&public);
        let with = |digest: &[u8; 32]| rsa_backend::sign_sha256(&rsa.pair, digest);
        let signer = PacketKey { details: &details, with };
        config.sign_certification(&signer, &public, &unlocked, Tag::UserId, &id)?
    } else {
        // aws-lc-rs does not sign SHA-1; this is for throw-away recipients only.
        config.sign_certification(&secret, &public, &unlocked, Tag::UserId, &id)?
    };
    let details = SignedKeyDetails::new(vec![], vec![], vec![id.into_signed(signature)], vec![]);
    Ok(SignedSecretKey::new(secret, details, vec![], vec![]))
}

fn with_encryption_subkey(
    mut key: SignedSecretKey,
    rsa: &RsaKey,
    created: Timestamp,
) -> Result<SignedSecretKey, Error> {
    let primary = key.primary_key.public_key().clone();
    let public = PublicSubkey::from_inner(rsa.inner(created)?)?;
    let mut flags = KeyFlags::default();
    flags.set_encrypt_comms(true);
    flags.set_encrypt_storage(true);
    let hashed = vec![SubpacketData::KeyFlags(flags)];
    let kind = SignatureType::SubkeyBinding;
    let binding = self_signature(kind, HashAlgorithm::Sha1, &primary, created, hashed)?
        .sign_subkey_binding(&key.primary_key, &primary, &Password::empty(), &public)?;
    let secret = SecretSubkey::new(public, SecretParams::Plain(rsa.plain.clone()))?;
    key.secret_subkeys.push(SignedSecretSubKey::new(secret, vec![binding]));
    Ok(key)
}

pub(super) fn self_signature(
    kind: SignatureType,
    hash: HashAlgorithm,
    issuer: &impl KeyDetails,
    created: Timestamp,
    hashed: Vec<SubpacketData>,
) -> Result<SignatureConfig, Error> {
    let mut config = SignatureConfig::v4(kind, PublicKeyAlgorithm::RSA, hash);
    config.hashed_subpackets =
        std::iter::once(SubpacketData::SignatureCreationTime(created.for_packet()))
            .chain(hashed)
            .map(Subpacket::regular)
            .collect::<Result<_, _>>()?;
    config.unhashed_subpackets =
        vec![Subpacket::regular(SubpacketData::IssuerKeyId(issuer.legacy_key_id()))?];
    Ok(config)
}

fn protection(randomness: &mut Randomness<'_>) -> S2kParams {
    let mut salt = [0; 8];
    randomness.fill_bytes(&mut salt);
    let mut iv = vec![0; 16];
    randomness.fill_bytes(&mut iv);
    let s2k =
        StringToKey::IteratedAndSalted { hash_alg: HashAlgorithm::Sha256, salt, count: S2K_COUNT };
    S2kParams::Cfb { sym_alg: SymmetricKeyAlgorithm::AES256, s2k, iv: iv.into() }
}

fn finish(secret: &SignedSecretKey) -> Result<NewKey, KeyError> {
    let public = secret.to_public_key();
    let bytes = secret
        .to_armored_bytes(ArmorOptions::default())
        .map_err(|error| file::malformed(&error))?;
    let fingerprint = Fingerprint::of(&secret.primary_key.fingerprint())
        .expect("keys made here are of version 4");
    Ok(NewKey {
        secret_armored: SecretBytes::new(bytes),
        public_armored: armored(&public)?,
        fingerprint,
        key_id: fingerprint.key_id(),
    })
}

#[cfg(test)]
mod tests {
    use el2g_key_payload::{EntropyUnavailable, SystemEntropy};

    use super::*;
    use crate::testdata::NOW;
    use crate::{MessageSigner as _, SigningKey, examine_recipient, public_of};

    #[test]
    fn a_new_signing_key_opens_again() {
        let passphrase = SecretBytes::from_slice("grün".as_bytes());
        let id = "Ärzte <keys@el2g.example>";
        let key =
            generate_signing_key(id, RsaBits::Rsa2048, NOW, Some(&passphrase), &mut SystemEntropy)
                .unwrap();
        let opened = SigningKey::open(&key.secret_armored, Some(&passphrase), NOW).unwrap();
        assert_eq!(opened.fingerprint(), key.fingerprint);
        assert_eq!(opened.key_id(), key.key_id);
        assert_eq!(opened.bits(), 2048);
        assert_eq!(opened.user_ids(), [id]);
        assert_eq!(opened.public_armored(), key.public_armored);
        assert_eq!(public_of(&key.secret_armored).unwrap(), key.public_armored);
        assert_eq!(
            SigningKey::open(&key.secret_armored, None, NOW).unwrap_err(),
            KeyError::PassphraseNeeded { key_id: key.key_id }
        );
    }

    #[test]
    fn a_new_recipient_has_the_edgelock_shape() {
        let key =
            generate_recipient_key("Sandbox <s@el2g.example>", NOW, &mut SystemEntropy).unwrap();
        let report = examine_recipient(key.public_armored.as_bytes(), NOW).unwrap();
        assert_eq!(report.fingerprint, Some(key.fingerprint));
        assert_eq!(report.bits, Some(4096));
        assert_eq!(report.encryption_subkey.map(|subkey| subkey.bits), Some(4096));
        assert_eq!(report.self_signature_hash.as_deref(), Some("SHA1"));
        assert!(report.usable());
    }

    #[test]
    fn refuses_what_is_no_user_id_and_empty_passphrases() {
        let make = |id: &str, passphrase: Option<&SecretBytes>| {
            generate_signing_key(id, RsaBits::Rsa2048, NOW, passphrase, &mut SystemEntropy)
                .unwrap_err()
        };
        let refusal = KeyError::UserId { longest: LONGEST_USER_ID };
        let long = "x".repeat(LONGEST_USER_ID + 1);
        for id in ["", "  ", "two\nlines", "nul\0", long.as_str()] {
            assert_eq!(make(id, None), refusal);
        }
        let empty = SecretBytes::from_slice(b"");
        assert_eq!(make("x", Some(&empty)), KeyError::EmptyPassphrase);
    }

    #[test]
    fn without_randomness_no_key_is_protected() {
        struct Broken;
        impl Entropy for Broken {
            fn fill(&mut self, _: &mut [u8]) -> Result<(), EntropyUnavailable> {
                Err(EntropyUnavailable)
            }
        }
        let passphrase = SecretBytes::from_slice(b"x");
        let made = generate_signing_key("x", RsaBits::Rsa2048, NOW, Some(&passphrase), &mut Broken);
        assert_eq!(made.unwrap_err(), KeyError::Entropy(EntropyUnavailable));
    }
}

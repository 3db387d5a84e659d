//! The border between rPGP's packets and aws-lc-rs, which does every private-key operation.

use aws_lc_rs::digest::{Digest, SHA1_FOR_LEGACY_USE_ONLY, SHA256, SHA384, SHA512};
use aws_lc_rs::rsa::{
    KeyPair, Pkcs1PrivateDecryptingKey, Pkcs1PublicEncryptingKey, PrivateDecryptingKey,
    PublicEncryptingKey, PublicKeyComponents,
};
use aws_lc_rs::signature::{
    ParsedPublicKey, RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PKCS1_SHA256,
};
use pgp::crypto::hash::HashAlgorithm;
use pgp::crypto::public_key::PublicKeyAlgorithm;
use pgp::errors::Error;
use pgp::types::{
    Fingerprint, KeyDetails, KeyId, KeyVersion, Mpi, Password, PlainSecretParams, PublicParams,
    SignatureBytes, SigningKey, Timestamp, VerifyingKey,
};
use pkcs1::UintRef;
use pkcs1::der::SecretDocument;
use rsa::pkcs8::EncodePrivateKey as _;
use rsa::traits::PublicKeyParts as _;
use rsa::{BigUint, RsaPrivateKey, RsaPublicKey};
use zeroize::Zeroizing;

/// The numbers of an RSA key, public and secret, do not belong together.
pub(crate) struct Inconsistent;

/// PKCS #1 of the RSA key whose unlocked secret part is `plain` (RFC 8017 A.1.2).
///
/// OpenPGP stores d, p, q and u = p^-1 mod q (RFC 9580 5.5.5.1). With q named as the first prime, u is the
/// coefficient as it stands; the exponents are one remainder each. Whether the numbers belong together is for
/// aws-lc-rs to check, which it does when it reads the key. This happens once per opened key and never with
/// foreign input.
fn pkcs1_document(
    plain: &PlainSecretParams,
    public: &PublicParams,
) -> Result<SecretDocument, Inconsistent> {
    let (PlainSecretParams::RSA(secret), PublicParams::RSA(public)) = (plain, public) else {
        return Err(Inconsistent);
    };
    let (d, p, q, u) = secret.to_bytes();
    let [d, p, q, u] = [d, p, q, u].map(Zeroizing::new);
    let one = BigUint::from(1_u8);
    let exponent = |prime: &Zeroizing<Vec<u8>>| {
        let prime = Zeroizing::new(BigUint::from_bytes_be(prime));
        if *prime <= one {
            return Err(Inconsistent);
        }
        let below = Zeroizing::new(&*prime - &one);
        let remainder = Zeroizing::new(&*Zeroizing::new(BigUint::from_bytes_be(&d)) % &*below);
        Ok(Zeroizing::new(remainder.to_bytes_be()))
    };
    let (exponent1, exponent2) = (exponent(&q)?, exponent(&p)?);
    let (modulus, public_exponent) = (public.key.n().to_bytes_be(), public.key.e().to_bytes_be());
    let number = |bytes| UintRef::new(bytes).map_err(|_| Inconsistent);
    let key = pkcs1::RsaPrivateKey {
        modulus: number(&modulus)?,
        public_exponent: number(&public_exponent)?,
        private_exponent: number(&d)?,
        prime1: number(&q)?,
        prime2: number(&p)?,
        exponent1: number(&exponent1)?,
        exponent2: number(&exponent2)?,
        coefficient: number(&u)?,
        other_prime_infos: None,
    };
    SecretDocument::encode_msg(&key).map_err(|_| Inconsistent)
}

/// The key that signs, in aws-lc-rs.
pub(crate) fn signing_pair(
    plain: &PlainSecretParams,
    public: &PublicParams,
) -> Result<KeyPair, Inconsistent> {
    KeyPair::from_der(pkcs1_document(plain, public)?.as_bytes()).map_err(|_| Inconsistent)
}

/// PKCS #8 of the RSA key whose unlocked secret part is `plain`.
///
/// The `rsa` crate computes what rPGP does not keep. Only for keys that decrypt, those of the sandbox and of tests:
/// aws-lc-rs takes them in this form alone.
fn pkcs8(
    plain: &PlainSecretParams,
    public: &PublicParams,
) -> Result<rsa::pkcs8::SecretDocument, Inconsistent> {
    let (PlainSecretParams::RSA(secret), PublicParams::RSA(public)) = (plain, public) else {
        return Err(Inconsistent);
    };
    let (d, p, q, u) = secret.to_bytes();
    let [d, p, q, _] = [d, p, q, u].map(Zeroizing::new);
    let number = |bytes: &Zeroizing<Vec<u8>>| BigUint::from_bytes_be(bytes);
    let primes = vec![number(&p), number(&q)];
    RsaPrivateKey::from_components(
        public.key.n().clone(),
        public.key.e().clone(),
        number(&d),
        primes,
    )
    .map_err(|_| Inconsistent)?
    .to_pkcs8_der()
    .map_err(|_| Inconsistent)
}

/// The key that decrypts, in aws-lc-rs.
pub(crate) fn decrypting_key(
    plain: &PlainSecretParams,
    public: &PublicParams,
) -> Result<Pkcs1PrivateDecryptingKey, Inconsistent> {
    let key = PrivateDecryptingKey::from_pkcs8(pkcs8(plain, public)?.as_bytes())
        .map_err(|_| Inconsistent)?;
    Pkcs1PrivateDecryptingKey::new(key).map_err(|_| Inconsistent)
}

fn components(key: &RsaPublicKey) -> PublicKeyComponents<Vec<u8>> {
    PublicKeyComponents { n: key.n().to_bytes_be(), e: key.e().to_bytes_be() }
}

/// The public key that encrypts session keys, in aws-lc-rs; `None` for a size it does not take
/// (below 2048 or above 8192 bits).
pub(crate) fn encrypting_key(key: &RsaPublicKey) -> Option<Pkcs1PublicEncryptingKey> {
    let key: PublicEncryptingKey = components(key).try_into().ok()?;
    Pkcs1PublicEncryptingKey::new(key).ok()
}

/// RSAES-PKCS1-v1_5 (RFC 8017 7.2).
pub(crate) fn encrypt(key: &Pkcs1PublicEncryptingKey, plain: &[u8]) -> Option<Vec<u8>> {
    let mut out = vec![0; key.ciphertext_size()];
    let len = key.encrypt(plain, &mut out).ok()?.len();
    out.truncate(len);
    Some(out)
}

/// RSASSA-PKCS1-v1_5 over a SHA-256 digest.
pub(crate) fn sign_sha256(pair: &KeyPair, digest: &[u8; 32]) -> Option<Vec<u8>> {
    let digest = Digest::import_less_safe(digest, &SHA256).ok()?;
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign_digest(&RSA_PKCS1_SHA256, &digest, &mut signature).ok()?;
    Some(signature)
}

/// A public key that verifies SHA-256 signatures in aws-lc-rs.
pub(crate) struct Verifier(ParsedPublicKey);

impl Verifier {
    pub(crate) fn new(key: &RsaPublicKey) -> Option<Self> {
        components(key).to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256).ok().map(Self)
    }

    pub(crate) fn verifies(&self, digest: &[u8], signature: &[u8]) -> bool {
        Digest::import_less_safe(digest, &SHA256)
            .is_ok_and(|digest| self.0.verify_digest_sig(&digest, signature).is_ok())
    }
}

/// Whether an RSA signature verifies, in aws-lc-rs; `None` for a hash or a size that it does not take
/// (below 2048 or above 8192 bits).
pub(crate) fn verifies(
    key: &RsaPublicKey,
    hash: HashAlgorithm,
    digest: &[u8],
    signature: &SignatureBytes,
) -> Option<bool> {
    let (parameters, algorithm) = match hash {
        // Old certificates only; the EdgeLock 2GO key's own is one.
        HashAlgorithm::Sha1 => {
            (&RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, &SHA1_FOR_LEGACY_USE_ONLY)
        }
        HashAlgorithm::Sha256 => (&RSA_PKCS1_2048_8192_SHA256, &SHA256),
        HashAlgorithm::Sha384 => (&RSA_PKCS1_2048_8192_SHA384, &SHA384),
        HashAlgorithm::Sha512 => (&RSA_PKCS1_2048_8192_SHA512, &SHA512),
        _ => return None,
    };
    if !(2048..=8192).contains(&key.n().bits()) {
        return None;
    }
    let key_parsed = components(key).to_parsed_public_key(parameters).ok()?;
    let digest = Digest::import_less_safe(digest, algorithm).ok()?;
    let signature = full_width(signature, key)?;
    Some(key_parsed.verify_digest_sig(&digest, &signature).is_ok())
}

/// An RSA signature as long as the modulus: its MPI has lost the leading zeros, which aws-lc-rs needs.
fn full_width(signature: &SignatureBytes, key: &RsaPublicKey) -> Option<Vec<u8>> {
    let SignatureBytes::Mpis(numbers) = signature else { return None };
    let [number] = &numbers[..] else { return None };
    let bytes = number.as_ref();
    let mut padded = vec![0; key.size().saturating_sub(bytes.len())];
    padded.extend_from_slice(bytes);
    Some(padded)
}

/// A key as rPGP sees it: what identifies it, and a way to sign or verify that is ours.
pub(crate) struct PacketKey<'a, With> {
    pub(crate) details: &'a PacketDetails,
    pub(crate) with: With,
}

/// What identifies a version 4 RSA key.
#[derive(Clone, Debug)]
pub(crate) struct PacketDetails {
    pub(crate) key_id: KeyId,
    pub(crate) fingerprint: Fingerprint,
    pub(crate) algorithm: PublicKeyAlgorithm,
    pub(crate) created: Timestamp,
    pub(crate) params: PublicParams,
}

impl PacketDetails {
    pub(crate) fn of(key: &impl KeyDetails) -> Self {
        Self {
            key_id: key.legacy_key_id(),
            fingerprint: key.fingerprint(),
            algorithm: key.algorithm(),
            created: key.created_at(),
            params: key.public_params().clone(),
        }
    }
}

impl<With> std::fmt::Debug for PacketKey<'_, With> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "PacketKey({:?})", self.details.key_id)
    }
}

impl<With> KeyDetails for PacketKey<'_, With> {
    fn version(&self) -> KeyVersion {
        KeyVersion::V4
    }

    fn legacy_key_id(&self) -> KeyId {
        self.details.key_id
    }

    fn fingerprint(&self) -> Fingerprint {
        self.details.fingerprint.clone()
    }

    fn algorithm(&self) -> PublicKeyAlgorithm {
        self.details.algorithm
    }

    fn created_at(&self) -> Timestamp {
        self.details.created
    }

    fn legacy_v3_expiration_days(&self) -> Option<u16> {
        None
    }

    fn public_params(&self) -> &PublicParams {
        &self.details.params
    }
}

impl<F: Fn(&[u8; 32]) -> Option<Vec<u8>>> SigningKey for PacketKey<'_, F> {
    fn sign(
        &self,
        _: &Password,
        hash: HashAlgorithm,
        digest: &[u8],
    ) -> Result<SignatureBytes, Error> {
        let digest: &[u8; 32] = match (hash, digest.try_into()) {
            (HashAlgorithm::Sha256, Ok(digest)) => digest,
            _ => return Err(Error::from(std::io::Error::other("only SHA-256 is signed here"))),
        };
        let signature = (self.with)(digest)
            .ok_or_else(|| Error::from(std::io::Error::other("nothing was signed")))?;
        Ok(SignatureBytes::Mpis(vec![Mpi::from_slice(&signature)]))
    }

    fn hash_alg(&self) -> HashAlgorithm {
        HashAlgorithm::Sha256
    }
}

impl VerifyingKey for PacketKey<'_, &Verifier> {
    fn verify(
        &self,
        hash: HashAlgorithm,
        digest: &[u8],
        signature: &SignatureBytes,
    ) -> Result<(), Error> {
        let refusal = || Error::from(std::io::Error::other("the signature does not verify"));
        let PublicParams::RSA(rsa) = &self.details.params else { return Err(refusal()) };
        let (HashAlgorithm::Sha256, Some(padded)) = (hash, full_width(signature, &rsa.key)) else {
            return Err(refusal());
        };
        if self.with.verifies(digest, &padded) { Ok(()) } else { Err(refusal()) }
    }
}

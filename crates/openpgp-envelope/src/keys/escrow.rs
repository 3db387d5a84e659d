//! A key of the team's own, of any kind, to which a copy of a secret is sealed.

use aws_lc_rs::rsa::Pkcs1PublicEncryptingKey;
use el2g_key_payload::Entropy;
use pgp::composed::SignedPublicKey;
use pgp::crypto::sym::SymmetricKeyAlgorithm;
use pgp::packet::PublicKeyEncryptedSessionKey;
use pgp::types::{
    EcdhPublicParams, EcdsaPublicParams, EncryptionKey, KeyDetails as _, PublicParams,
};

use super::certificate::{self, Standing};
use super::file;
use super::signing::user_ids;
use crate::randomness::Randomness;
use crate::rsa_backend::{self, PacketDetails};
use crate::{Fingerprint, KeyError, KeyId, KeyProblem, Timestamp};

/// The smallest RSA key that a copy is sealed to.
const SMALLEST_RSA: u32 = 2048;

/// A public key that can open the escrow copy of a secret: RSA of 2048 bits or more, ECDH over
/// Curve25519 or a NIST curve (RFC 9580 9.2), whatever kind of primary key vouches for it.
pub struct EscrowKey {
    fingerprint: Fingerprint,
    user_ids: Vec<String>,
    details: PacketDetails,
    key: SignedPublicKey,
    /// Which subkey is encrypted to; `None` for the primary key.
    subkey: Option<usize>,
    /// RSA of a size that aws-lc-rs takes.
    encrypting: Option<Pkcs1PublicEncryptingKey>,
}

impl EscrowKey {
    /// Reads a public key, armored or binary: of the keys in it that may encrypt, alive and not revoked, the
    /// newest subkey is taken, else the primary key, as GnuPG does.
    ///
    /// # Errors
    /// [`KeyError`]: unreadable, or why none of its keys can be used.
    pub fn read(bytes: &[u8], now: Timestamp) -> Result<Self, KeyError> {
        let key = file::read_public(bytes)?;
        let primary = certificate::primary_standing(&key, now);
        // Its own signatures cannot be verified then, which is not the owner's fault.
        if let PublicParams::ECDSA(EcdsaPublicParams::Unsupported { .. }) =
            key.primary_key.public_params()
        {
            let params = key.primary_key.public_params();
            let found = certificate::describe(key.primary_key.algorithm(), params);
            return Err(primary.refused(KeyProblem::NotEncryptable { found }));
        }
        if let Some(trouble) = primary.trouble.clone() {
            return Err(primary.refused(trouble));
        }
        let fingerprint =
            primary.fingerprint.ok_or(KeyError::Inconsistent { key_id: primary.key_id })?;
        let (subkey, details) = choose(&key, &primary, now)?;
        let encrypting = match &details.params {
            PublicParams::RSA(rsa) => rsa_backend::encrypting_key(&rsa.key),
            _ => None,
        };
        Ok(Self { fingerprint, user_ids: user_ids(&key), details, key, subkey, encrypting })
    }

    /// The fingerprint of its primary key.
    pub fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// The id of the key that is encrypted to.
    pub fn encryption_key_id(&self) -> KeyId {
        KeyId::of(self.details.key_id)
    }

    /// Its user ids.
    pub fn user_ids(&self) -> &[String] {
        &self.user_ids
    }

    pub(crate) fn packet_details(&self) -> &PacketDetails {
        &self.details
    }

    /// What encrypts a session key in aws-lc-rs, where that takes the key.
    pub(crate) fn encrypting(&self) -> Option<&Pkcs1PublicEncryptingKey> {
        self.encrypting.as_ref()
    }

    /// The session key packet (RFC 9580 5.1.1), through rPGP.
    pub(crate) fn session_key_packet(
        &self,
        session_key: &[u8; 32],
        entropy: &mut dyn Entropy,
    ) -> Option<PublicKeyEncryptedSessionKey> {
        let mut randomness = Randomness::new(entropy);
        let packet = match self.subkey {
            Some(index) => {
                packet_for(&self.key.public_subkeys[index].key, session_key, &mut randomness)
            }
            None => packet_for(&self.key.primary_key, session_key, &mut randomness),
        };
        randomness.checked().ok().and(packet)
    }
}

impl std::fmt::Debug for EscrowKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "EscrowKey({}, {})", self.fingerprint, self.encryption_key_id())
    }
}

fn packet_for(
    key: &impl EncryptionKey,
    session_key: &[u8; 32],
    randomness: &mut Randomness<'_>,
) -> Option<PublicKeyEncryptedSessionKey> {
    let session_key = (&session_key[..]).into();
    let cipher = SymmetricKeyAlgorithm::AES256;
    PublicKeyEncryptedSessionKey::from_session_key_v3(randomness, &session_key, cipher, key).ok()
}

/// The newest subkey that may encrypt and can be encrypted to, else the primary key.
fn choose(
    key: &SignedPublicKey,
    primary: &Standing,
    now: Timestamp,
) -> Result<(Option<usize>, PacketDetails), KeyError> {
    let mut found: Vec<(Standing, Option<usize>, PacketDetails)> = key
        .public_subkeys
        .iter()
        .enumerate()
        .map(|(index, subkey)| {
            let standing = certificate::subkey_standing(key, subkey, now);
            (standing, Some(index), PacketDetails::of(&subkey.key))
        })
        .collect();
    found.sort_by_key(|(standing, ..)| std::cmp::Reverse(standing.created));
    found.push((primary.clone(), None, PacketDetails::of(&key.primary_key)));
    let mut refusal = None;
    for (standing, subkey, details) in found {
        if !standing.encrypts(details.algorithm) {
            continue;
        }
        match standing.trouble.clone().or_else(|| unfit(&details)) {
            None => return Ok((subkey, details)),
            Some(problem) => {
                refusal.get_or_insert_with(|| standing.refused(problem));
            }
        }
    }
    Err(refusal.unwrap_or_else(|| primary.refused(KeyProblem::NoEncryptionKey)))
}

/// Why nothing can be encrypted to a key, by its kind.
fn unfit(details: &PacketDetails) -> Option<KeyProblem> {
    match &details.params {
        PublicParams::RSA(_) => {
            let found = certificate::rsa_bits(&details.params).unwrap_or_default();
            (found < SMALLEST_RSA)
                .then_some(KeyProblem::RsaSize { found, allowed: "RSA-2048 or larger" })
        }
        PublicParams::ECDH(ecdh) if !matches!(ecdh, EcdhPublicParams::Unsupported { .. }) => None,
        PublicParams::X25519(_) => None,
        params => Some(KeyProblem::NotEncryptable {
            found: certificate::describe(details.algorithm, params),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testdata::{NOW, file};

    #[test]
    fn takes_keys_of_every_kind_that_can_encrypt() {
        for name in ["recipient.pub.asc", "other-recipient.pub.asc", "ecdh-recipient.pub.asc"] {
            let key = EscrowKey::read(&file(name), NOW).unwrap_or_else(|e| panic!("{name}: {e}"));
            let packet = key.session_key_packet(&[7; 32], &mut el2g_key_payload::SystemEntropy);
            assert!(packet.is_some(), "{name}");
        }
    }

    #[test]
    fn refuses_keys_that_are_dead_or_cannot_encrypt() {
        for (name, said) in [
            ("expired-recipient.pub.asc", "expired at"),
            ("revoked-recipient.pub.asc", "was revoked"),
            ("sign-only-recipient.pub.asc", "has no key that may encrypt"),
            ("recipient.sec.asc", "holds the secret key"),
        ] {
            let error = EscrowKey::read(&file(name), NOW).unwrap_err().to_string();
            assert!(error.contains(said), "{name}: {error}");
        }
    }
}

//! Whether a key is alive and what it may do: self-signatures, bindings, key flags, expiry and
//! revocation (RFC 9580 5.2.3 and 10.1). rPGP verifies signatures; everything drawn from them is here.

use pgp::composed::{SignedPublicKey, SignedPublicSubKey};
use pgp::crypto::hash::HashAlgorithm;
use pgp::crypto::public_key::PublicKeyAlgorithm;
use pgp::packet::{KeyFlags, RevocationCode, Signature, SignatureType, SubpacketData};
use pgp::types::{KeyDetails, KeyVersion, PublicParams, Tag};
use rsa::traits::PublicKeyParts as _;

use crate::keys::own_key::OwnKey;
use crate::printable::printable;
use crate::{Fingerprint, KeyError, KeyId, KeyPart, KeyProblem, Timestamp};

/// What is known of one key of a certificate.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    pub(crate) part: KeyPart,
    pub(crate) key_id: KeyId,
    pub(crate) fingerprint: Option<Fingerprint>,
    pub(crate) created: Timestamp,
    /// The flags of the signature that counts; `None` when it states none.
    pub(crate) flags: Option<KeyFlags>,
    /// The hash of the signature that counts.
    pub(crate) hash: Option<HashAlgorithm>,
    pub(crate) expires: Option<Timestamp>,
    /// Whether the subkey confirms its primary key.
    pub(crate) back_signed: bool,
    /// Why it is not alive.
    pub(crate) trouble: Option<KeyProblem>,
}

impl Standing {
    /// An error about this key.
    pub(crate) fn refused(&self, problem: KeyProblem) -> KeyError {
        KeyError::Refused { key_id: self.key_id, part: self.part, problem }
    }

    /// Whether its algorithm and flags let it sign data.
    pub(crate) fn signs(&self, algorithm: PublicKeyAlgorithm) -> bool {
        algorithm.can_sign()
            && algorithm != PublicKeyAlgorithm::RSAEncrypt
            && self.flags.as_ref().is_none_or(KeyFlags::sign)
    }

    /// Whether its algorithm and flags let data be encrypted to it.
    pub(crate) fn encrypts(&self, algorithm: PublicKeyAlgorithm) -> bool {
        algorithm.can_encrypt()
            && algorithm != PublicKeyAlgorithm::RSASign
            && self
                .flags
                .as_ref()
                .is_none_or(|flags| flags.encrypt_comms() || flags.encrypt_storage())
    }

    /// What its flags allow, in words.
    pub(crate) fn flag_names(&self) -> String {
        let Some(flags) = &self.flags else { return "anything".to_owned() };
        let names: Vec<&str> = [
            (flags.certify(), "certify"),
            (flags.sign(), "sign"),
            (flags.encrypt_comms() || flags.encrypt_storage(), "encrypt"),
            (flags.authentication(), "authenticate"),
        ]
        .into_iter()
        .filter_map(|(set, name)| set.then_some(name))
        .collect();
        if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
    }
}

/// The standing of a certificate's primary key.
pub(crate) fn primary_standing(key: &SignedPublicKey, now: Timestamp) -> Standing {
    let primary = &OwnKey(&key.primary_key);
    let signatures = self_signatures(key, now);
    let newest = newest(&signatures);
    let created = Timestamp::of(primary.created_at());
    let expires =
        stating_expiry(newest, &signatures).and_then(|signature| key_expiry(signature, created));
    let revoked = key.details.revocation_signatures.iter().find_map(|signature| {
        if signature.verify_key(primary).is_ok() {
            Some(revocation(signature))
        } else {
            by_designated_revoker(signature, &signatures)
        }
    });
    Standing {
        part: KeyPart::Primary,
        key_id: KeyId::of(primary.legacy_key_id()),
        fingerprint: Fingerprint::of(&primary.fingerprint()),
        created,
        flags: newest.and_then(flags).or_else(|| {
            let mut flagged: Vec<&Signature> =
                signatures.iter().copied().filter(|signature| flags(signature).is_some()).collect();
            flagged.sort_by_key(|signature| made(signature));
            flags(flagged.pop()?)
        }),
        hash: newest.and_then(Signature::hash_alg),
        expires,
        back_signed: true,
        trouble: trouble(primary.version(), created, revoked, newest.is_some(), expires, now),
    }
}

/// The standing of one subkey, its primary key's aside.
pub(crate) fn subkey_standing(
    key: &SignedPublicKey,
    subkey: &SignedPublicSubKey,
    now: Timestamp,
) -> Standing {
    let primary = &OwnKey(&key.primary_key);
    let verified: Vec<&Signature> = subkey
        .signatures
        .iter()
        .filter(|signature| signature.verify_subkey_binding(primary, &subkey.key).is_ok())
        .collect();
    let bindings: Vec<&Signature> = verified
        .iter()
        .copied()
        .filter(|signature| {
            signature.typ() == Some(SignatureType::SubkeyBinding) && counts(signature, now)
        })
        .collect();
    let newest = newest(&bindings);
    let created = Timestamp::of(subkey.key.created_at());
    let expires = newest.and_then(|signature| key_expiry(signature, created));
    let revoked = verified
        .iter()
        .find(|signature| signature.typ() == Some(SignatureType::SubkeyRevocation))
        .map(|signature| revocation(signature));
    Standing {
        part: KeyPart::Subkey,
        key_id: KeyId::of(subkey.key.legacy_key_id()),
        fingerprint: Fingerprint::of(&subkey.key.fingerprint()),
        created,
        flags: newest.and_then(flags),
        hash: newest.and_then(Signature::hash_alg),
        expires,
        back_signed: newest.is_some_and(|binding| back_signed(key, subkey, binding, now)),
        trouble: trouble(subkey.key.version(), created, revoked, newest.is_some(), expires, now),
    }
}

/// Every self-signature over the primary key or a user id that is not revoked, verified and in force.
fn self_signatures(key: &SignedPublicKey, now: Timestamp) -> Vec<&Signature> {
    let primary = &OwnKey(&key.primary_key);
    let direct = key.details.direct_signatures.iter().filter(|signature| {
        signature.typ() == Some(SignatureType::Key) && signature.verify_key(primary).is_ok()
    });
    let mut found: Vec<&Signature> = direct.filter(|signature| counts(signature, now)).collect();
    for user in &key.details.users {
        let own: Vec<&Signature> = user
            .signatures
            .iter()
            .filter(|signature| {
                signature.verify_certification(primary, Tag::UserId, &user.id).is_ok()
            })
            .collect();
        let (revocations, certifications): (Vec<&Signature>, Vec<&Signature>) = own
            .into_iter()
            .partition(|signature| signature.typ() == Some(SignatureType::CertRevocation));
        let revoked_at = revocations.into_iter().map(made).max();
        found.extend(certifications.into_iter().filter(|signature| {
            counts(signature, now) && revoked_at.is_none_or(|revoked| revoked < made(signature))
        }));
    }
    found
}

/// Whether a signature is in force at `now`, and not made with a hash that no longer proves anything.
fn counts(signature: &Signature, now: Timestamp) -> bool {
    let created = made(signature);
    let over = signature
        .signature_expiration_time()
        .filter(|duration| duration.as_secs() > 0)
        .is_some_and(|duration| created.plus(duration.as_secs()) <= now);
    created <= now && !over && signature.hash_alg() != Some(HashAlgorithm::Md5)
}

fn made(signature: &Signature) -> Timestamp {
    signature.created().map(Timestamp::of).unwrap_or_default()
}

fn newest<'a>(signatures: &[&'a Signature]) -> Option<&'a Signature> {
    signatures.iter().copied().max_by_key(|signature| made(signature))
}

fn flags(signature: &Signature) -> Option<KeyFlags> {
    signature.config()?.hashed_subpackets().find_map(|subpacket| match &subpacket.data {
        SubpacketData::KeyFlags(flags) => Some(flags.clone()),
        _ => None,
    })
}

/// The signature whose word about the primary key's expiry counts: the newest, or, where that says nothing, the newest
/// direct-key signature that does (RFC 9580 5.2.3.10: it is about the key, whatever a user id says), or the newest
/// certification. An older certification does not count: the newer one has lifted what it said.
fn stating_expiry<'a>(
    newest: Option<&'a Signature>,
    signatures: &[&'a Signature],
) -> Option<&'a Signature> {
    let states = |signature: &&Signature| signature.key_expiration_time().is_some();
    let (direct, certifications): (Vec<&Signature>, Vec<&Signature>) =
        signatures.iter().partition(|signature| signature.typ() == Some(SignatureType::Key));
    let stating: Vec<&Signature> = direct.into_iter().filter(states).collect();
    newest
        .filter(states)
        .or_else(|| self::newest(&stating))
        .or_else(|| self::newest(&certifications).filter(states))
}

/// RFC 9580 5.2.3.13: zero means never.
fn key_expiry(signature: &Signature, created: Timestamp) -> Option<Timestamp> {
    let seconds = signature.key_expiration_time()?.as_secs();
    (seconds > 0).then(|| created.plus(seconds))
}

fn back_signed(
    key: &SignedPublicKey,
    subkey: &SignedPublicSubKey,
    binding: &Signature,
    now: Timestamp,
) -> bool {
    binding.embedded_signature().is_some_and(|back| {
        counts(back, now)
            && back.verify_primary_key_binding(&OwnKey(&subkey.key), &key.primary_key).is_ok()
    })
}

fn revocation(signature: &Signature) -> KeyProblem {
    use RevocationCode as Code;
    let code = signature.revocation_reason_code();
    let (words, hard) = match code {
        Some(Code::KeySuperseded) => ("superseded", false),
        Some(Code::KeyRetired) => ("retired", false),
        Some(Code::CertUserIdInvalid) => ("user id no longer valid", false),
        Some(Code::KeyCompromised) => ("compromised", true),
        _ => ("no reason given", true),
    };
    let text = signature
        .revocation_reason_string()
        .map(|text| printable(text.trim_ascii()))
        .filter(|text| !text.is_empty());
    let reason = text.map_or_else(|| words.to_owned(), |text| format!("{words}: {text}"));
    KeyProblem::Revoked { at: made(signature), reason, hard }
}

/// A revocation by a key that a self-signature names as revoker (RFC 9580 5.2.3.23). It cannot be
/// verified without that key, and to keep signing in spite of it would be the greater harm.
fn by_designated_revoker(revocation: &Signature, own: &[&Signature]) -> Option<KeyProblem> {
    let issuers: Vec<KeyId> =
        revocation.issuer_key_id().into_iter().map(|id| KeyId::of(*id)).collect();
    let named = own.iter().filter_map(|signature| signature.revocation_key()).any(|revoker| {
        revoker.fingerprint.len() == 20
            && issuers.iter().any(|issuer| issuer.as_bytes()[..] == revoker.fingerprint[12..])
    });
    named.then(|| KeyProblem::Revoked {
        at: made(revocation),
        reason: "by its designated revoker, whose signature cannot be verified here".to_owned(),
        hard: true,
    })
}

fn trouble(
    version: KeyVersion,
    created: Timestamp,
    revoked: Option<KeyProblem>,
    bound: bool,
    expires: Option<Timestamp>,
    now: Timestamp,
) -> Option<KeyProblem> {
    if version != KeyVersion::V4 {
        return Some(KeyProblem::Version { found: version.into() });
    }
    if revoked.is_some() {
        return revoked;
    }
    if created > now {
        return Some(KeyProblem::NotYetValid { created });
    }
    if !bound {
        return Some(KeyProblem::NoSelfSignature);
    }
    expires.filter(|at| *at <= now).map(|at| KeyProblem::Expired { at })
}

/// The size of an RSA key, `None` for any other.
pub(crate) fn rsa_bits(params: &PublicParams) -> Option<u32> {
    match params {
        PublicParams::RSA(rsa) => u32::try_from(rsa.key.n().bits()).ok(),
        _ => None,
    }
}

/// What kind of key it is, with its article: `a DSA-2048 key`.
pub(crate) fn describe(algorithm: PublicKeyAlgorithm, params: &PublicParams) -> String {
    use PublicKeyAlgorithm as Algorithm;
    if let Some(bits) = rsa_bits(params) {
        return format!("an RSA-{bits} key");
    }
    match (algorithm, params) {
        (_, PublicParams::DSA(dsa)) => {
            format!("a DSA-{} key", dsa.key.components().p().bits())
        }
        (Algorithm::ECDSA, PublicParams::ECDSA(ecdsa)) => {
            format!("an ECDSA ({}) key", ecdsa.curve().name())
        }
        (Algorithm::ECDH, PublicParams::ECDH(ecdh)) => {
            format!("an ECDH ({}) key", ecdh.curve().name())
        }
        (Algorithm::EdDSALegacy, _) => "an EdDSA (Ed25519) key".to_owned(),
        (Algorithm::Elgamal | Algorithm::ElgamalEncrypt, _) => "an Elgamal key".to_owned(),
        (Algorithm::Unknown(id), _) => format!("a key of unknown algorithm {id}"),
        (other, _) => format!("a key of algorithm {other:?}"),
    }
}

#[cfg(test)]
mod tests {
    use pgp::composed::{Deserializable as _, SignedSecretKey};
    use pgp::packet::{SignatureConfig, Subpacket};
    use pgp::types::{Duration, Password};

    use super::*;
    use crate::testdata::{NOW, file};

    #[test]
    fn a_direct_key_signature_says_when_the_key_expires_where_the_user_id_does_not() {
        let (secret, _) = SignedSecretKey::from_armor_single(&file("rsa2048.sec.asc")[..]).unwrap();
        let (mut key, _) =
            SignedPublicKey::from_armor_single(&file("rsa2048.pub.asc")[..]).unwrap();
        assert_eq!(primary_standing(&key, NOW).expires, None);
        let created = key.primary_key.created_at();
        let mut direct = |seconds| {
            let (rsa, sha256) = (PublicKeyAlgorithm::RSA, HashAlgorithm::Sha256);
            let mut config = SignatureConfig::v4(SignatureType::Key, rsa, sha256);
            config.hashed_subpackets = vec![
                Subpacket::regular(SubpacketData::SignatureCreationTime(created)).unwrap(),
                Subpacket::regular(SubpacketData::KeyExpirationTime(Duration::from_secs(seconds)))
                    .unwrap(),
            ];
            let signed =
                config.sign_key(&secret.primary_key, &Password::empty(), &key.primary_key).unwrap();
            key.details.direct_signatures = vec![signed];
            primary_standing(&key, NOW)
        };
        let expired = Timestamp::of(created).plus(86_400);
        let standing = direct(86_400);
        assert_eq!(standing.expires, Some(expired));
        assert_eq!(standing.trouble, Some(KeyProblem::Expired { at: expired }));
        let standing = direct(0);
        assert_eq!((standing.expires, standing.trouble), (None, None));
    }

    #[test]
    fn a_direct_key_signature_that_says_nothing_leaves_the_expiry_of_the_user_id() {
        let (secret, _) = SignedSecretKey::from_armor_single(&file("expired.sec.asc")[..]).unwrap();
        let (mut key, _) =
            SignedPublicKey::from_armor_single(&file("expired.pub.asc")[..]).unwrap();
        let before = primary_standing(&key, NOW);
        assert!(matches!(before.trouble, Some(KeyProblem::Expired { .. })), "{before:?}");
        let later = Timestamp(NOW.0 - 1).for_packet();
        let (rsa, sha256) = (PublicKeyAlgorithm::RSA, HashAlgorithm::Sha256);
        let mut config = SignatureConfig::v4(SignatureType::Key, rsa, sha256);
        config.hashed_subpackets =
            vec![Subpacket::regular(SubpacketData::SignatureCreationTime(later)).unwrap()];
        let signed =
            config.sign_key(&secret.primary_key, &Password::empty(), &key.primary_key).unwrap();
        key.details.direct_signatures.push(signed);
        let after = primary_standing(&key, NOW);
        assert_eq!((after.expires, after.trouble), (before.expires, before.trouble));
    }
}

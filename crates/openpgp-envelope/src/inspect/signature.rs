//! The signature inside a message: its kind, its time, its signer and its value.

use pgp::composed::SignedPublicKey;
use pgp::crypto::hash::HashAlgorithm;
use pgp::crypto::public_key::PublicKeyAlgorithm;
use pgp::packet::{OpsVersionSpecific, Signature, SignatureType, SignatureVersion};
use pgp::types::{KeyDetails as _, SignatureBytes};

use super::envelope::algorithm_name;
use super::examination::VerifiedSigner;
use super::plaintext::Plaintext;
use super::{CheckDepth, Examination, Fault, InspectOptions, SignatureReport};
use crate::keys::certificate::{self, Standing};
use crate::keys::file;
use crate::packets::PacketTag;
use crate::{KeyId, KeyProblem, RsaBits, Timestamp};

pub(super) fn check(plaintext: &Plaintext, options: &InspectOptions<'_>, found: &mut Examination) {
    match plaintext.signatures.len() {
        // A signature that cannot be read was said already, and is one.
        0 if found.faults.contains(&Fault::PacketUnreadable { tag: PacketTag::SIGNATURE }) => {
            return;
        }
        0 => return found.faults.push(Fault::Unsigned),
        1 => {}
        count => found.faults.push(Fault::SeveralSignatures { count }),
    }
    check_announcement(plaintext, found);
    let signer = options.signer_public.map(file::read_public).transpose();
    let signer = signer.unwrap_or_else(|error| {
        found.faults.push(Fault::SignerKey(error));
        None
    });
    for signature in &plaintext.signatures {
        let report = check_one(signature, plaintext.content(), signer.as_ref(), options, found);
        found.signatures.push(report);
    }
    match (options.signer_public, found.signatures.as_slice()) {
        (None, _) => found.faults.push(Fault::SignatureUnchecked),
        (Some(_), [only]) if only.verified.is_some() => found.depth = CheckDepth::Full,
        _ => {}
    }
}

/// One-pass signature packets announce signatures in reverse order (RFC 9580 10.3).
fn check_announcement(plaintext: &Plaintext, found: &mut Examination) {
    let (announced, signatures) = (&plaintext.one_pass, &plaintext.signatures);
    if plaintext.signature_first || announced.is_empty() {
        return found.faults.push(Fault::NotOnePass);
    }
    let fits = announced.len() == signatures.len()
        && announced.iter().rev().zip(signatures).all(|(announced, signature)| {
            let key_id = match announced.version_specific() {
                OpsVersionSpecific::V3 { key_id } => Some(key_id),
                _ => None,
            };
            let issuers = signature.issuer_key_id();
            announced.matches(signature)
                && key_id.is_some_and(|id| issuers.is_empty() || issuers.contains(&id))
        });
    if !fits {
        found.faults.push(Fault::OnePassMismatch);
    }
}

fn check_one(
    signature: &Signature,
    content: &[u8],
    signer: Option<&SignedPublicKey>,
    options: &InspectOptions<'_>,
    found: &mut Examination,
) -> SignatureReport {
    let algorithm = signature.config().map(|config| config.pub_alg);
    let hash = signature.hash_alg().map_or_else(|| "unknown".to_owned(), hash_name);
    let mut report = SignatureReport {
        signer: issuer(signature),
        algorithm: algorithm.map_or_else(|| "unknown".to_owned(), algorithm_name),
        bits: signature_bits(signature),
        hash,
        created: signature.created().map(Timestamp::of),
        verified: None,
    };
    check_kind(signature, &report, found);
    check_time(signature, options.now, found);
    match signer.map(|key| Signer::find(key, signature, options.now)) {
        Some(Some(signer)) => {
            report.bits = signer.bits().or(report.bits);
            if let Some(problem) = signer.problem() {
                found.faults.push(problem);
            } else if signer.verifies(signature, content) {
                report.verified = Some(true);
                found.signer = signer.verified(signature);
            } else {
                report.verified = Some(false);
                found.faults.push(Fault::SignatureInvalid { key_id: signer.standing.key_id });
            }
        }
        Some(None) => {
            let hidden = KeyId::from([0; 8]);
            found.faults.push(Fault::SignerUnknown { found: report.signer.unwrap_or(hidden) });
        }
        None => {}
    }
    // The signer's own size counts, where it is known; it was reported with the signer.
    if let (Some(bits), None) = (report.bits, signer)
        && RsaBits::from_bits(bits).is_none()
    {
        found.faults.push(Fault::SignerSize { bits });
    }
    report
}

fn check_kind(signature: &Signature, report: &SignatureReport, found: &mut Examination) {
    let faults = &mut found.faults;
    if signature.version() != SignatureVersion::V4 {
        faults.push(Fault::SignatureVersion { found: signature.version().into() });
    }
    match signature.typ() {
        Some(SignatureType::Binary) => {}
        Some(SignatureType::Text) => faults.push(Fault::TextSignature),
        other => {
            faults.push(Fault::SignatureType { found: other.map_or(0xFF, u8::from) });
        }
    }
    let algorithm = signature.config().map(|config| config.pub_alg);
    if !matches!(algorithm, Some(PublicKeyAlgorithm::RSA | PublicKeyAlgorithm::RSASign)) {
        faults.push(Fault::SignerAlgorithm { found: report.algorithm.clone() });
    }
    if signature.hash_alg() != Some(HashAlgorithm::Sha256) {
        faults.push(Fault::Hash { found: report.hash.clone() });
    }
    if signature.issuer_key_id().is_empty() {
        faults.push(Fault::NoIssuer);
    }
}

fn check_time(signature: &Signature, now: Timestamp, found: &mut Examination) {
    let created = signature.created().map(Timestamp::of).unwrap_or_default();
    if created > now {
        found.faults.push(Fault::SignatureFuture { at: created });
    }
    let lifetime = signature.signature_expiration_time().map_or(0, |duration| duration.as_secs());
    let end = created.plus(lifetime);
    if lifetime > 0 && end <= now {
        found.faults.push(Fault::SignatureExpired { at: end });
    }
}

fn issuer(signature: &Signature) -> Option<KeyId> {
    let id = signature.issuer_key_id().first().map(|id| KeyId::of(**id));
    id.or_else(|| {
        let fingerprint = *signature.issuer_fingerprint().first()?;
        Some(crate::Fingerprint::of(fingerprint)?.key_id())
    })
}

fn hash_name(hash: HashAlgorithm) -> String {
    match hash {
        HashAlgorithm::Other(id) => format!("hash {id}"),
        known => known.to_string(),
    }
}

/// The size of the RSA key that made a signature: the length of its number, rounded up to the next
/// multiple of 64 bits, which is wrong once in 2^56 times.
fn signature_bits(signature: &Signature) -> Option<u32> {
    let rsa = matches!(
        signature.config()?.pub_alg,
        PublicKeyAlgorithm::RSA | PublicKeyAlgorithm::RSASign
    );
    match signature.signature()? {
        SignatureBytes::Mpis(numbers) if rsa && numbers.len() == 1 => {
            u32::try_from(numbers[0].len().next_multiple_of(8) * 8).ok()
        }
        _ => None,
    }
}

/// The key of the signer's certificate that a signature names.
struct Signer<'a> {
    key: &'a SignedPublicKey,
    /// Which subkey; `None` for the primary key.
    subkey: Option<usize>,
    standing: Standing,
    primary: Standing,
}

impl<'a> Signer<'a> {
    fn find(key: &'a SignedPublicKey, signature: &Signature, now: Timestamp) -> Option<Self> {
        let wanted = issuer(signature)?;
        let primary = certificate::primary_standing(key, now);
        if primary.key_id == wanted {
            return Some(Self { key, subkey: None, standing: primary.clone(), primary });
        }
        let is_wanted = |subkey: &pgp::composed::SignedPublicSubKey| {
            KeyId::of(subkey.key.legacy_key_id()) == wanted
        };
        let index = key.public_subkeys.iter().position(is_wanted)?;
        let standing = certificate::subkey_standing(key, &key.public_subkeys[index], now);
        Some(Self { key, subkey: Some(index), standing, primary })
    }

    fn bits(&self) -> Option<u32> {
        certificate::rsa_bits(match self.subkey {
            None => self.key.primary_key.public_params(),
            Some(index) => self.key.public_subkeys[index].key.public_params(),
        })
    }

    /// Why it may not sign for EdgeLock 2GO, if it may not.
    fn problem(&self) -> Option<Fault> {
        let algorithm = match self.subkey {
            None => self.key.primary_key.algorithm(),
            Some(index) => self.key.public_subkeys[index].key.algorithm(),
        };
        let refused = |standing: &Standing, problem: &KeyProblem| {
            Some(Fault::SignerKey(standing.refused(problem.clone())))
        };
        if let Some(trouble) = &self.primary.trouble {
            return refused(&self.primary, trouble);
        }
        if let Some(trouble) = &self.standing.trouble {
            return refused(&self.standing, trouble);
        }
        match self.bits() {
            None => return Some(Fault::SignerAlgorithm { found: algorithm_name(algorithm) }),
            Some(bits) if RsaBits::from_bits(bits).is_none() => {
                return Some(Fault::SignerSize { bits });
            }
            Some(_) => {}
        }
        if !self.standing.signs(algorithm) {
            let flags = self.standing.flag_names();
            return refused(&self.standing, &KeyProblem::CannotSign { flags });
        }
        if !self.standing.back_signed {
            return refused(&self.standing, &KeyProblem::NoBackSignature);
        }
        None
    }

    fn verifies(&self, signature: &Signature, content: &[u8]) -> bool {
        match self.subkey {
            None => signature.verify(&self.key.primary_key, content),
            Some(index) => signature.verify(&self.key.public_subkeys[index].key, content),
        }
        .is_ok()
    }

    fn verified(&self, signature: &Signature) -> Option<VerifiedSigner> {
        Some(VerifiedSigner {
            key_id: self.standing.key_id,
            fingerprint: self.standing.fingerprint?,
            bits: self.bits()?,
            signed_at: signature.created().map(Timestamp::of).unwrap_or_default(),
        })
    }
}

//! What is outside the encryption: encrypted session keys and the container (RFC 9580 5.1 and 5.13).

use std::io::Read as _;

use el2g_key_payload::SecretBytes;
use pgp::crypto::public_key::PublicKeyAlgorithm;
use pgp::crypto::sym::SymmetricKeyAlgorithm;
use pgp::packet::{
    GnupgAeadDataConfig, PacketHeader, PublicKeyEncryptedSessionKey, StreamDecryptor,
    SymEncryptedProtectedData,
};
use pgp::types::{PkeskBytes, Seipdv1ReadMode, Tag};
use zeroize::Zeroizing;

use super::{EncryptionReport, Examination, Fault, InspectOptions, LARGEST_MESSAGE};
use crate::packets::{self, Frame, PacketTag};
use crate::{Fingerprint, KeyId, RecipientSecret};

/// The encrypted session keys that an RSA key may open, and the container.
pub(super) struct Envelope<'a> {
    session_keys: Vec<EncryptedSessionKey>,
    kind: ContainerKind,
    container: Frame<'a>,
}

struct EncryptedSessionKey {
    key_id: KeyId,
    ciphertext: Vec<u8>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum ContainerKind {
    SeipdV1,
    SeipdV2,
    Ocb,
    Unprotected,
}

/// Reads the outer packets and reports on them; `None` when there is nothing to open.
pub(super) fn read<'a>(
    data: &'a [u8],
    options: &InspectOptions<'_>,
    found: &mut Examination,
) -> Option<Envelope<'a>> {
    let (frames, fault) = packets::split(data);
    found.list_packets(&frames, 0);
    found.faults.extend(fault.map(Fault::Packets));
    let mut session_keys = Vec::new();
    let mut container: Option<(ContainerKind, Frame<'a>)> = None;
    for (nth, frame) in frames.into_iter().enumerate() {
        match frame.tag {
            // The receiver passes over one, and only before everything else.
            PacketTag::MARKER if nth == 0 => {}
            PacketTag::MARKER => found.faults.push(Fault::Misplaced { tag: frame.tag }),
            PacketTag::PADDING => found.faults.push(Fault::Padding),
            PacketTag::PKESK if container.is_none() => {
                session_keys.extend(session_key_packet(&frame, found));
            }
            PacketTag::SKESK if container.is_none() => {
                found.faults.push(Fault::PasswordRecipient);
            }
            PacketTag::PROTECTED | PacketTag::ENCRYPTED | PacketTag::OCB_ENCRYPTED
                if container.is_none() =>
            {
                container = container_kind(&frame, found).map(|kind| (kind, frame));
                container.as_ref()?;
            }
            tag if container.is_none() && found.recipients.is_empty() => {
                found.faults.push(unencrypted(tag));
                return None;
            }
            tag => found.faults.push(Fault::Misplaced { tag }),
        }
    }
    let Some((kind, container)) = container else {
        // Where the packets break off, that is said already.
        if !found.faults.iter().any(|fault| matches!(fault, Fault::Packets(_))) {
            found.faults.push(Fault::NoEncryptedData);
        }
        return None;
    };
    check_recipients(options, found);
    Some(Envelope { session_keys, kind, container })
}

/// What a message is that begins with another packet than an encrypted one does.
fn unencrypted(tag: PacketTag) -> Fault {
    match tag {
        PacketTag::LITERAL | PacketTag::COMPRESSED | PacketTag::ONE_PASS => Fault::NotEncrypted,
        PacketTag::SIGNATURE => Fault::DetachedSignature,
        tag => Fault::Misplaced { tag },
    }
}

fn header(tag: Tag, body: &[u8]) -> PacketHeader {
    PacketHeader::new_fixed(tag, u32::try_from(body.len()).unwrap_or(u32::MAX))
}

fn session_key_packet(frame: &Frame<'_>, found: &mut Examination) -> Option<EncryptedSessionKey> {
    let header = header(Tag::PublicKeyEncryptedSessionKey, &frame.body);
    let Ok(packet) = PublicKeyEncryptedSessionKey::try_from_reader(header, &frame.body[..]) else {
        found.faults.push(Fault::PacketUnreadable { tag: frame.tag });
        return None;
    };
    let PublicKeyEncryptedSessionKey::V3 { id, pk_algo, values, .. } = packet else {
        let version = frame.body.first().copied().unwrap_or_default();
        found.faults.push(Fault::SessionKeyVersion { found: version });
        let named = packet.fingerprint().ok().flatten().and_then(Fingerprint::of);
        let hidden = KeyId::from([0; 8]);
        found.recipients.push(named.map_or(hidden, |fingerprint| fingerprint.key_id()));
        return None;
    };
    let key_id = KeyId::of(id);
    found.recipients.push(key_id);
    found.public_key_algorithm.get_or_insert_with(|| algorithm_name(pk_algo));
    if key_id.is_hidden() {
        found.faults.push(Fault::HiddenRecipient);
    }
    match (pk_algo, values) {
        (PublicKeyAlgorithm::RSA | PublicKeyAlgorithm::RSAEncrypt, PkeskBytes::Rsa { mpi }) => {
            // A number below 2^4064 comes from a 4096-bit key once in four thousand million times.
            if !(509..=512).contains(&mpi.len()) {
                found.faults.push(Fault::RecipientSize { bits: mpi.len() * 8 });
            }
            Some(EncryptedSessionKey { key_id, ciphertext: mpi.as_ref().to_vec() })
        }
        _ => {
            found.faults.push(Fault::RecipientAlgorithm { found: algorithm_name(pk_algo) });
            None
        }
    }
}

/// The name of a public-key algorithm, as RFC 9580 9.1 has it.
pub(super) fn algorithm_name(algorithm: PublicKeyAlgorithm) -> String {
    match algorithm {
        PublicKeyAlgorithm::RSA => "RSA".to_owned(),
        PublicKeyAlgorithm::EdDSALegacy => "EdDSA".to_owned(),
        PublicKeyAlgorithm::Unknown(id) => format!("algorithm {id}"),
        known => format!("{known:?}"),
    }
}

fn container_kind(frame: &Frame<'_>, found: &mut Examination) -> Option<ContainerKind> {
    let version = frame.body.first().copied();
    let (kind, name, cipher) = match (frame.tag, version) {
        (PacketTag::PROTECTED, Some(1)) => (ContainerKind::SeipdV1, "seipd-v1", None),
        (PacketTag::PROTECTED, Some(version)) => {
            found.faults.push(Fault::ContainerVersion { found: version });
            if version != 2 {
                return None;
            }
            (ContainerKind::SeipdV2, "seipd-v2", frame.body.get(1))
        }
        (PacketTag::OCB_ENCRYPTED, Some(_)) => {
            found.faults.push(Fault::OcbContainer);
            (ContainerKind::Ocb, "ocb", frame.body.get(1))
        }
        (PacketTag::ENCRYPTED, Some(_)) => {
            found.faults.push(Fault::NoIntegrity);
            (ContainerKind::Unprotected, "sed", None)
        }
        (tag, _) => {
            found.faults.push(Fault::PacketUnreadable { tag });
            return None;
        }
    };
    found.encryption = Some(EncryptionReport {
        container: name.to_owned(),
        symmetric: cipher.map(|id| cipher_name(SymmetricKeyAlgorithm::from(*id))),
    });
    Some(kind)
}

fn check_recipients(options: &InspectOptions<'_>, found: &mut Examination) {
    match found.recipients[..] {
        [] => found.faults.push(Fault::NoRecipient),
        [only] => {
            if let Some(wanted) = options.recipient.map(crate::Recipient::encryption_key_id)
                && only != wanted
                && !only.is_hidden()
            {
                found.faults.push(Fault::WrongRecipient { found: only, wanted });
            }
        }
        _ => {
            let key_ids = found.recipients.clone();
            found.faults.push(Fault::SeveralRecipients { key_ids });
        }
    }
}

impl Envelope<'_> {
    /// The session key that `secret` opens.
    pub(super) fn session_key(
        &self,
        secret: &RecipientSecret,
        recipients: &[KeyId],
    ) -> Result<SessionKey, Fault> {
        let own: Vec<KeyId> = secret.key_ids().collect();
        let mut failure =
            Fault::NotForThisKey { given: secret.key_id(), wanted: recipients.to_vec() };
        for key in &self.session_keys {
            if !own.contains(&key.key_id) && !key.key_id.is_hidden() {
                continue;
            }
            let opened = secret.decrypt(key.key_id, &key.ciphertext);
            match opened.as_deref().and_then(|data| SessionKey::from_pkesk(data)) {
                Some(session_key) => return Ok(session_key),
                None => failure = Fault::SessionKey { key_id: key.key_id },
            }
        }
        Err(failure)
    }

    /// The packets inside the container, when the session key opens it unaltered.
    pub(super) fn decrypt(&self, key: &SessionKey) -> Option<Zeroizing<Vec<u8>>> {
        let body = &self.container.body;
        let mut out = Zeroizing::new(Vec::with_capacity(body.len()));
        match self.kind {
            // rPGP panics at AEAD modes it does not know.
            ContainerKind::SeipdV2 if !known_aead(body) => return None,
            ContainerKind::SeipdV1 | ContainerKind::SeipdV2 => {
                let header = header(Tag::SymEncryptedProtectedData, body);
                let mode = Seipdv1ReadMode::CheckFirst { max_message_size: LARGEST_MESSAGE };
                return SymEncryptedProtectedData::try_from_reader(header, &body[..])
                    .and_then(|packet| packet.decrypt(&key.key, Some(key.cipher), mode))
                    .ok()
                    .map(Zeroizing::new);
            }
            ContainerKind::Ocb => {
                if !known_aead(body) {
                    return None;
                }
                let mut rest = &body[..];
                let config = GnupgAeadDataConfig::try_from_reader(&mut rest).ok()?;
                let GnupgAeadDataConfig { sym_alg, aead, chunk_size, iv } = config;
                if key.key.len() != sym_alg.key_size() {
                    return None;
                }
                StreamDecryptor::gnupg_aead(sym_alg, aead, chunk_size, &key.key, &iv, rest)
                    .ok()?
                    .read_to_end(&mut out)
                    .ok()?;
            }
            ContainerKind::Unprotected => {
                key.cipher
                    .stream_decryptor_unprotected(&key.key, &body[..])
                    .ok()?
                    .read_to_end(&mut out)
                    .ok()?;
            }
        }
        Some(out)
    }
}

/// Whether an AEAD container names AES and a mode that exists: EAX, OCB or GCM (RFC 9580 9.3 and 9.6).
fn known_aead(body: &[u8]) -> bool {
    matches!(body, [_, 7..=9, 1..=3, ..])
}

/// A session key and the cipher it is for.
pub(super) struct SessionKey {
    cipher: SymmetricKeyAlgorithm,
    key: Zeroizing<Vec<u8>>,
}

impl SessionKey {
    fn new(cipher: u8, key: Zeroizing<Vec<u8>>) -> Option<Self> {
        let cipher = SymmetricKeyAlgorithm::from(cipher);
        (key.len() == cipher.key_size() && !key.is_empty()).then_some(Self { cipher, key })
    }

    /// RFC 9580 5.1.3: the cipher, the key, and the sum of the key's bytes.
    fn from_pkesk(data: &[u8]) -> Option<Self> {
        let (cipher, rest) = data.split_first()?;
        let (key, stated) = rest.split_last_chunk::<2>()?;
        let sum = key.iter().fold(0u16, |sum, byte| sum.wrapping_add(u16::from(*byte)));
        if sum != u16::from_be_bytes(*stated) {
            return None;
        }
        Self::new(*cipher, Zeroizing::new(key.to_vec()))
    }

    /// The text that `gpg --show-session-key` prints, with or without its quotes.
    pub(super) fn parse(text: &SecretBytes) -> Option<Self> {
        let text = text.expose().trim_ascii();
        let text = text.strip_prefix(b"'").and_then(|text| text.strip_suffix(b"'")).unwrap_or(text);
        let colon = text.iter().position(|byte| *byte == b':')?;
        let cipher = std::str::from_utf8(&text[..colon]).ok()?.parse().ok()?;
        let digits = &text[colon + 1..];
        if !digits.len().is_multiple_of(2) || digits.len() > 64 {
            return None;
        }
        let mut key = Zeroizing::new(Vec::with_capacity(digits.len() / 2));
        for pair in digits.chunks(2) {
            let digit = |byte: u8| char::from(byte).to_digit(16);
            key.push(u8::try_from(digit(pair[0])? * 16 + digit(pair[1])?).ok()?);
        }
        Self::new(cipher, key)
    }

    pub(super) fn cipher_name(&self) -> String {
        cipher_name(self.cipher)
    }

    pub(super) fn is_aes(&self) -> bool {
        use SymmetricKeyAlgorithm::{AES128, AES192, AES256};
        matches!(self.cipher, AES128 | AES192 | AES256)
    }
}

fn cipher_name(cipher: SymmetricKeyAlgorithm) -> String {
    match cipher {
        SymmetricKeyAlgorithm::TripleDES => "3DES".to_owned(),
        SymmetricKeyAlgorithm::Other(id) => format!("cipher {id}"),
        known => format!("{known:?}"),
    }
}

//! Reading a file that holds one OpenPGP key, secret or public, armored or binary.

use pgp::composed::{Deserializable as _, SignedPublicKey, SignedSecretKey};
use pgp::packet::{PacketHeader, PublicKey};
use pgp::ser::Serialize as _;
use pgp::types::{KeyDetails as _, Tag};
use zeroize::Zeroizing;

use crate::armor::{self, Block, Scan};
use crate::packets::{self, Body, Frame, PacketTag};
use crate::{Fingerprint, KeyError, KeyId, KeyPart, KeyProblem};

use super::sift::sift;

/// The largest file read as a key; keys with hundreds of third-party signatures stay below it.
pub const LARGEST_KEY_FILE: usize = 1 << 20;

const SECRET_LABEL: &str = "PGP PRIVATE KEY BLOCK";
const PUBLIC_LABEL: &str = "PGP PUBLIC KEY BLOCK";

/// Reads the one secret key of a file.
pub(crate) fn read_secret(file: &[u8]) -> Result<SignedSecretKey, KeyError> {
    let mut data = key_packets(file, SECRET_LABEL)?;
    let ciphers: Vec<usize> =
        packets::split_all(&data)?.iter().filter_map(|frame| stub_cipher(frame, &data)).collect();
    // A stub states a cipher in some programs' files, and rPGP then expects a vector that is not there.
    for at in ciphers {
        data[at] = 0;
    }
    let frames = key_frames(&data)?;
    let primary = only_primary(&frames)?;
    let key_id = KeyId::of(public_part(primary)?.0.legacy_key_id());
    if primary.tag == PacketTag::PUBLIC_KEY {
        return Err(KeyError::PublicOnly { key_id });
    }
    let sifted = sift(&data, &frames, *key_id.as_bytes())?;
    SignedSecretKey::from_bytes(&sifted[..]).map_err(|error| malformed(&error))
}

/// Reads the one public key of a file.
pub(crate) fn read_public(file: &[u8]) -> Result<SignedPublicKey, KeyError> {
    let data = key_packets(file, PUBLIC_LABEL)?;
    let frames = key_frames(&data)?;
    let primary = only_primary(&frames)?;
    let key_id = KeyId::of(public_part(primary)?.0.legacy_key_id());
    if primary.tag == PacketTag::SECRET_KEY {
        return Err(KeyError::SecretGiven { key_id });
    }
    let sifted = sift(&data, &frames, *key_id.as_bytes())?;
    SignedPublicKey::from_bytes(&sifted[..]).map_err(|error| malformed(&error))
}

/// The packets of a file from its first key on: trust, marker and unknown packets may stand before it.
fn key_frames(data: &[u8]) -> Result<Vec<Frame<'_>>, KeyError> {
    let mut frames = packets::split_all(data)?;
    let first = frames.iter().position(|frame| !is_passed_over(frame.tag)).unwrap_or_default();
    Ok(frames.split_off(first))
}

/// Packets that say nothing wherever they stand (RFC 9580 4.3, 5.8, 5.10, 5.14).
fn is_passed_over(tag: PacketTag) -> bool {
    matches!(tag, PacketTag::TRUST | PacketTag::MARKER) || tag.0 > PacketTag::OCB_ENCRYPTED.0
}

/// Where in `data` a secret key packet without a secret part (GnuPG's extension of RFC 9580 3.7.1, S2K
/// type 101) states its cipher; `None` for any other packet.
fn stub_cipher(frame: &Frame<'_>, data: &[u8]) -> Option<usize> {
    let body = match (frame.tag, &frame.body) {
        (PacketTag::SECRET_KEY | PacketTag::SECRET_SUBKEY, Body::Whole(body)) => *body,
        _ => return None,
    };
    let (_, len) = public_part(frame).ok()?;
    match body.get(len..)? {
        [254 | 255, _, 101, _, b'G', b'N', b'U', ..] => {
            let start = body.as_ptr() as usize - data.as_ptr() as usize;
            Some(start + len + 1)
        }
        _ => None,
    }
}

pub(crate) fn malformed(error: &pgp::errors::Error) -> KeyError {
    KeyError::Malformed { detail: detail(error).to_owned() }
}

/// What rPGP could not read, in words of our own: its messages may quote a secret key, hold the `Debug` form of another
/// error, or print both sides of an assertion about secret numbers.
pub(crate) fn detail(error: &pgp::errors::Error) -> &'static str {
    use pgp::errors::Error;
    match error {
        Error::InvalidPacketContent { source } => detail(source),
        Error::Unsupported { .. } | Error::Unimplemented { .. } => {
            "it uses something of OpenPGP that is not supported here"
        }
        Error::PacketIncomplete { .. } | Error::RequestedSizeTooLarge => "a packet ends too early",
        Error::PacketTooLarge { .. } => "a packet holds more than it should",
        Error::ChecksumMissmatch { .. } | Error::InvalidChecksum | Error::MdcError => {
            "a checksum does not match"
        }
        Error::RSAError { .. } | Error::EllipticCurve { .. } | Error::InvalidKeyLength => {
            "its numbers are not those of a key"
        }
        Error::NoMatchingPacket { .. } => "a packet is missing",
        Error::TooManyPackets => "there are more packets than there should be",
        _ => "its parts do not fit together",
    }
}

/// The packets of the expected block (of a text) or of the whole file (of a binary one).
fn key_packets(file: &[u8], wanted: &str) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    if file.is_empty() {
        return Err(KeyError::Empty);
    }
    if file.len() > LARGEST_KEY_FILE {
        return Err(KeyError::TooLarge { found: file.len(), allowed: LARGEST_KEY_FILE });
    }
    let scan = armor::scan(file);
    if !scan.blocks.is_empty() {
        return armored(&scan, wanted);
    }
    if let Some(label) = armor::first_label(file) {
        return Err(KeyError::NotOpenPgp { found: format!("a `{label}`") });
    }
    if !armor::is_binary(file) {
        let found = armor::instead_of_armor(file).to_owned();
        return Err(KeyError::NotOpenPgp { found });
    }
    Ok(Zeroizing::new(file.to_vec()))
}

fn armored(scan: &Scan<'_>, wanted: &str) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let keys = || scan.blocks.iter().filter(|block| block.label.ends_with("KEY BLOCK"));
    let mut matching = keys().filter(|block| block.label == wanted);
    let block = match (matching.next(), keys().next()) {
        (Some(first), _) => {
            let more: Vec<_> = matching.collect();
            if !more.is_empty() {
                return Err(several_blocks(first, &more));
            }
            first
        }
        (None, Some(other)) => other,
        (None, None) => {
            return Err(KeyError::NotOpenPgp { found: format!("a `{}`", scan.blocks[0].label) });
        }
    };
    Ok(armor::decode(block)?.0)
}

/// Several blocks, each with a key.
fn several_blocks(first: &Block<'_>, more: &[&Block<'_>]) -> KeyError {
    let keys = std::iter::once(first).chain(more.iter().copied()).filter_map(|block| {
        let data = armor::decode(block).ok()?.0;
        fingerprint(key_frames(&data).ok()?.first()?)
    });
    KeyError::SeveralKeys { count: 1 + more.len(), keys: keys.collect() }
}

fn fingerprint(frame: &Frame<'_>) -> Option<Fingerprint> {
    Fingerprint::of(&public_part(frame).ok()?.0.fingerprint())
}

/// The first packet, which must be the only primary key.
fn only_primary<'a, 'b>(frames: &'a [Frame<'b>]) -> Result<&'a Frame<'b>, KeyError> {
    let is_primary =
        |frame: &&Frame<'_>| matches!(frame.tag, PacketTag::SECRET_KEY | PacketTag::PUBLIC_KEY);
    let count = frames.iter().filter(is_primary).count();
    match frames.first() {
        Some(first) if count == 1 && is_primary(&first) => {
            // Before the packet is parsed: rPGP reports other versions as plain parse errors.
            let version = first.body.first().copied().unwrap_or_default();
            if matches!(version, 2..=4) {
                Ok(first)
            } else {
                Err(KeyError::Refused {
                    key_id: KeyId::from([0; 8]),
                    part: KeyPart::Primary,
                    problem: KeyProblem::Version { found: version },
                })
            }
        }
        Some(first) if count == 0 => Err(KeyError::NotOpenPgp {
            found: format!("OpenPGP data that begin with a {} packet", first.tag),
        }),
        Some(_) if count > 1 => {
            let keys = frames.iter().filter(is_primary).filter_map(fingerprint).collect();
            Err(KeyError::SeveralKeys { count, keys })
        }
        Some(first) => Err(KeyError::Malformed {
            detail: format!("a {} packet comes before the primary key", first.tag),
        }),
        None => Err(KeyError::Empty),
    }
}

/// The public half of a key packet and the number of bytes it takes.
pub(crate) fn public_part(frame: &Frame<'_>) -> Result<(PublicKey, usize), KeyError> {
    let len = u32::try_from(frame.body.len()).unwrap_or(u32::MAX);
    let header = PacketHeader::new_fixed(Tag::PublicKey, len);
    let public =
        PublicKey::try_from_reader(header, &frame.body[..]).map_err(|error| malformed(&error))?;
    let len = public.write_len();
    Ok((public, len))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_quotes_nothing() {
        let said = |message: &str| {
            let message = message.to_owned();
            detail(&pgp::errors::Error::Message { message, backtrace: None })
        };
        assert_eq!(said("left: `12469`, right: `12468`"), "its parts do not fit together");
        let inner = Box::new(pgp::errors::Error::Unsupported {
            message: "curve Secp256k1".to_owned(),
            backtrace: None,
        });
        let outer = pgp::errors::Error::InvalidPacketContent { source: inner };
        assert_eq!(detail(&outer), "it uses something of OpenPGP that is not supported here");
    }
}

//! What of a key file is about the key: its own packets and its own signatures.
//!
//! A keyring holds more: trust packets (RFC 9580 5.10), certifications by others, photos, packets of a newer standard.
//! GnuPG passes over what it does not use or cannot read, and so a key is not called damaged for them. Nothing is left
//! out that makes the key weaker than it is: every revocation stays, and one that cannot be read is an error.

use pgp::packet::PacketParser;
use zeroize::Zeroizing;

use crate::KeyError;
use crate::packets::{Frame, PacketTag};

/// Signature types (RFC 9580 5.2.1).
const DIRECT: u8 = 0x1f;
const KEY_REVOCATION: u8 = 0x20;
const SUBKEY_REVOCATION: u8 = 0x28;
const CERTIFICATION_REVOCATION: u8 = 0x30;

/// What the packets that follow belong to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    Primary,
    Kept,
    LeftOut,
}

/// The key's own packets: the primary key, which is the first of `frames`, its revocations and direct-key signatures
/// wherever they stand, then user ids and subkeys with the signatures by the key with the id `own`.
///
/// # Errors
/// [`KeyError::Malformed`] for a revocation by the key itself that cannot be read.
pub(super) fn sift(
    data: &[u8],
    frames: &[Frame<'_>],
    own: [u8; 8],
) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let raw = |index: usize| {
        let end = frames.get(index + 1).map_or(data.len(), |next| next.offset);
        &data[frames[index].offset..end]
    };
    let (mut revocations, mut direct, mut rest) = (Vec::new(), Vec::new(), Vec::new());
    let mut section = Section::Primary;
    for (index, frame) in frames.iter().enumerate().skip(1) {
        let packet = raw(index);
        match frame.tag {
            PacketTag::USER_ID | PacketTag::PUBLIC_SUBKEY | PacketTag::SECRET_SUBKEY => {
                section = if is_readable(packet) { Section::Kept } else { Section::LeftOut };
                if section == Section::Kept {
                    rest.push(packet);
                }
            }
            // A photo; nothing that counts is drawn from signatures over it.
            PacketTag::USER_ATTRIBUTE => section = Section::LeftOut,
            PacketTag::SIGNATURE => {
                let claim = Claim::of(&frame.body);
                if !claim.is_kept(is_readable(packet), own)? {
                    continue;
                }
                match (claim.kind, section) {
                    (Some(KEY_REVOCATION), _) => revocations.push(packet),
                    (Some(DIRECT), _) | (_, Section::Primary) => direct.push(packet),
                    (_, Section::Kept) => rest.push(packet),
                    (_, Section::LeftOut) => {}
                }
            }
            _ => {}
        }
    }
    // Reserved at once: a vector that grows leaves a copy of a secret key behind.
    let mut sifted = Zeroizing::new(Vec::with_capacity(data.len()));
    if !frames.is_empty() {
        sifted.extend_from_slice(raw(0));
    }
    for packet in revocations.into_iter().chain(direct).chain(rest) {
        sifted.extend_from_slice(packet);
    }
    Ok(sifted)
}

/// Whether the packet is one that rPGP reads to its end.
fn is_readable(packet: &[u8]) -> bool {
    let mut parser = PacketParser::new(packet);
    matches!((parser.next(), parser.next()), (Some(Ok(_)), None))
}

/// What a signature says of itself, as far as it can be read.
struct Claim {
    version: u8,
    kind: Option<u8>,
    issuers: Vec<[u8; 8]>,
}

impl Claim {
    fn of(body: &[u8]) -> Self {
        let version = body.first().copied().unwrap_or_default();
        match version {
            2 | 3 => Self {
                version,
                kind: body.get(2).copied(),
                issuers: body
                    .get(7..)
                    .and_then(|rest| rest.first_chunk())
                    .copied()
                    .into_iter()
                    .collect(),
            },
            _ => {
                let areas = body.get(4..).unwrap_or_default();
                let (hashed, after) = area(areas);
                let (unhashed, _) = area(after);
                let mut issuers = Vec::new();
                issuers_of(hashed, &mut issuers);
                issuers_of(unhashed, &mut issuers);
                Self { version, kind: body.get(1).copied(), issuers }
            }
        }
    }

    /// Whether it belongs to the key. A revocation stays, whatever key made it: it may be a designated revoker's.
    fn is_kept(&self, readable: bool, own: [u8; 8]) -> Result<bool, KeyError> {
        let by_own = self.issuers.is_empty() || self.issuers.contains(&own);
        let revokes = matches!(
            self.kind,
            Some(KEY_REVOCATION | SUBKEY_REVOCATION | CERTIFICATION_REVOCATION)
        );
        // Newer versions of signatures say nothing about a version 4 key.
        if !readable && revokes && by_own && self.version <= 4 {
            return Err(KeyError::Malformed {
                detail: "a revocation by the key itself cannot be read".to_owned(),
            });
        }
        let by_anyone = matches!(self.kind, Some(KEY_REVOCATION | SUBKEY_REVOCATION));
        // rPGP also reads what has a version of the future, without knowing what it says.
        let is_known = matches!(self.version, 2..=6);
        Ok(readable && is_known && (by_own || by_anyone))
    }
}

/// An area of subpackets with its length before it, and what follows.
fn area(bytes: &[u8]) -> (&[u8], &[u8]) {
    let Some((length, rest)) = bytes.split_first_chunk() else { return (&[], &[]) };
    let length = usize::from(u16::from_be_bytes(*length));
    rest.split_at_checked(length).unwrap_or((rest, &[]))
}

/// Key ids that subpackets name as issuer: by key id (16) or by fingerprint (33). Stops at the first that is broken.
fn issuers_of(mut area: &[u8], issuers: &mut Vec<[u8; 8]>) {
    while let Some((&first, rest)) = area.split_first() {
        let (length, rest) = match (first, rest) {
            (0..=191, rest) => (usize::from(first), rest),
            (192..=254, [second, rest @ ..]) => {
                ((usize::from(first) - 192) * 256 + usize::from(*second) + 192, rest)
            }
            (255, [a, b, c, d, rest @ ..]) => (u32::from_be_bytes([*a, *b, *c, *d]) as usize, rest),
            _ => return,
        };
        let Some((subpacket, after)) = rest.split_at_checked(length) else { return };
        area = after;
        match subpacket.split_first() {
            Some((tag, id)) if tag & 0x7f == 16 => issuers.extend(<[u8; 8]>::try_from(id)),
            Some((tag, [4, fingerprint @ ..])) if tag & 0x7f == 33 => {
                issuers.extend(fingerprint.last_chunk::<8>());
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use pgp::composed::{SignedPublicKey, SignedSecretKey};
    use pgp::types::KeyDetails as _;

    use super::super::file::{read_public, read_secret};
    use super::*;
    use crate::armor;
    use crate::packets::split_all;
    use crate::testdata::file;

    const OTHER: [u8; 8] = [0x11; 8];

    fn binary(name: &str) -> Vec<u8> {
        let armored = file(name);
        armor::decode(&armor::scan(&armored).blocks[0]).unwrap().0.to_vec()
    }

    /// The key with `packet` put behind each of its packets in turn, and behind all of them.
    fn with(key: &[u8], packet: &[u8]) -> Vec<Vec<u8>> {
        let frames = split_all(key).unwrap();
        let ends: Vec<usize> =
            frames.iter().skip(1).map(|frame| frame.offset).chain([key.len()]).collect();
        let put = |chosen: &dyn Fn(usize) -> bool| {
            let mut start = 0;
            let mut changed = Vec::new();
            for (index, end) in ends.iter().enumerate() {
                changed.extend_from_slice(&key[start..*end]);
                if chosen(index) {
                    changed.extend_from_slice(packet);
                }
                start = *end;
            }
            changed
        };
        let mut all: Vec<Vec<u8>> =
            (0..ends.len()).map(|place| put(&|index| index == place)).collect();
        all.push(put(&|_| true));
        all
    }

    fn packet(tag: u8, body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(body.len()).unwrap().to_be_bytes();
        [&[0xc0 | tag, 255][..], &length, body].concat()
    }

    fn signature(kind: u8, hashed: &[u8], issuer: [u8; 8], tail: &[u8]) -> Vec<u8> {
        let mut body = vec![4, kind, 1, 8, 0, u8::try_from(hashed.len()).unwrap()];
        body.extend_from_slice(hashed);
        body.extend_from_slice(&[0, 10, 9, 16]);
        body.extend_from_slice(&issuer);
        body.extend_from_slice(&[0xab, 0xcd, 8, 0, 0x80]);
        body.extend_from_slice(&[7; 255]);
        body.extend_from_slice(tail);
        packet(2, &body)
    }

    /// Packets that say nothing about the key, each as some program or person leaves it there.
    fn foreign() -> Vec<(&'static str, Vec<u8>)> {
        let time = &[5, 2, 0x66, 0x85, 0xee, 0];
        let v3 = [&[3, 5, 0x10, 0x66, 0x85, 0xee, 0][..], &OTHER, &[1, 8, 0xab, 0xcd, 0, 1, 1]];
        vec![
            ("trust", packet(12, &[3, 0])),
            ("trust of GnuPG", packet(12, b"\0\0gpg\0")),
            ("marker", packet(10, b"PGP")),
            ("padding", packet(21, &[9; 20])),
            ("private packet", packet(60, b"anything")),
            ("unknown packet", packet(33, b"anything")),
            ("certification", signature(0x10, time, OTHER, &[])),
            ("two octets too many", signature(0x10, time, OTHER, &[0, 0])),
            ("empty subpacket", signature(0x13, &[time.as_slice(), &[0]].concat(), OTHER, &[])),
            ("critical unknown subpacket", signature(0x13, &[2, 0x80 | 99, 1], OTHER, &[])),
            ("cut short", packet(2, &[4, 0x10, 1, 8, 0, 200, 1])),
            ("revocation of a certification", signature(0x30, time, OTHER, &[])),
            ("direct key signature", signature(0x1f, time, OTHER, &[])),
            ("version 3", packet(2, &v3.concat())),
            ("version 6", packet(2, &[6, 0x10, 1, 8, 0, 0, 0, 0, 0, 0, 0, 0])),
            ("unknown version", packet(2, &[99, 0x10])),
            ("empty", packet(2, &[])),
        ]
    }

    #[test]
    fn what_is_not_about_the_key_does_not_change_it() {
        for name in ["rsa2048", "signing-subkey", "recipient"] {
            let sound = read_public(&file(&format!("{name}.pub.asc"))).unwrap();
            let public = binary(&format!("{name}.pub.asc"));
            for (what, packet) in foreign() {
                for key in with(&public, &packet) {
                    assert_eq!(read_public(&key).as_ref(), Ok(&sound), "{name}: {what}");
                }
            }
        }
        let sound: SignedSecretKey = read_secret(&file("signing-subkey.sec.asc")).unwrap();
        let secret = binary("signing-subkey.sec.asc");
        for (what, packet) in foreign() {
            for key in with(&secret, &packet) {
                assert_eq!(read_secret(&key).as_ref(), Ok(&sound), "{what}");
            }
        }
    }

    #[test]
    fn a_photo_goes_with_its_signatures() {
        let sound = read_public(&file("signing-subkey.pub.asc")).unwrap();
        let public = binary("signing-subkey.pub.asc");
        let own: [u8; 8] = sound.legacy_key_id().as_ref().try_into().unwrap();
        let photo = [packet(17, &[3, 200, 1, 2]), signature(0x13, &[], own, &[])].concat();
        let frames = split_all(&public).unwrap();
        let mut places: Vec<usize> = frames
            .iter()
            .filter(|frame| frame.tag != PacketTag::SIGNATURE)
            .map(|frame| frame.offset)
            .collect();
        places.push(public.len());
        for place in &places[1..] {
            let key = [&public[..*place], &photo, &public[*place..]].concat();
            assert_eq!(read_public(&key).as_ref(), Ok(&sound), "{place}");
        }
    }

    #[test]
    fn a_revocation_stays_wherever_it_stands_and_is_never_passed_over() {
        let public = binary("rsa2048.pub.asc");
        let sound: SignedPublicKey = read_public(&public).unwrap();
        let own: [u8; 8] = sound.legacy_key_id().as_ref().try_into().unwrap();
        let time = &[5, 2, 0x66, 0x85, 0xee, 0];
        for issuer in [own, OTHER] {
            for key in with(&public, &signature(KEY_REVOCATION, time, issuer, &[])) {
                let count = read_public(&key).unwrap().details.revocation_signatures.len();
                assert!(count > 0, "{issuer:?}");
            }
        }
        let damaged = |kind, issuer| with(&public, &signature(kind, time, issuer, &[0, 0]));
        for kind in [KEY_REVOCATION, SUBKEY_REVOCATION, CERTIFICATION_REVOCATION] {
            for key in damaged(kind, own) {
                assert!(matches!(read_public(&key), Err(KeyError::Malformed { .. })), "{kind}");
            }
            for key in damaged(kind, OTHER) {
                assert_eq!(read_public(&key).as_ref(), Ok(&sound), "{kind}");
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn arbitrary_signatures_never_panic(body: Vec<u8>) {
            let _ = Claim::of(&body);
            let _ = Claim::of(&[&[4, 0x10, 1, 8][..], &body].concat());
        }
    }
}

//! Packet boundaries (RFC 9580 4.2): where each packet of a byte string begins and ends.
//!
//! Only boundaries are found here, to say what a foreign file consists of and where it breaks off.
//! What a packet means is decided by rPGP.

use std::fmt;
use std::ops::Deref;

use serde::Serialize;
use zeroize::Zeroizing;

/// A packet's type id (RFC 9580 5), shown with its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PacketTag(pub u8);

impl PacketTag {
    pub(crate) const PKESK: Self = Self(1);
    pub(crate) const SIGNATURE: Self = Self(2);
    pub(crate) const SKESK: Self = Self(3);
    pub(crate) const ONE_PASS: Self = Self(4);
    pub(crate) const SECRET_KEY: Self = Self(5);
    pub(crate) const PUBLIC_KEY: Self = Self(6);
    pub(crate) const SECRET_SUBKEY: Self = Self(7);
    pub(crate) const COMPRESSED: Self = Self(8);
    pub(crate) const ENCRYPTED: Self = Self(9);
    pub(crate) const MARKER: Self = Self(10);
    pub(crate) const LITERAL: Self = Self(11);
    pub(crate) const TRUST: Self = Self(12);
    pub(crate) const USER_ID: Self = Self(13);
    pub(crate) const PUBLIC_SUBKEY: Self = Self(14);
    pub(crate) const USER_ATTRIBUTE: Self = Self(17);
    pub(crate) const PROTECTED: Self = Self(18);
    pub(crate) const OCB_ENCRYPTED: Self = Self(20);
    pub(crate) const PADDING: Self = Self(21);

    /// The name RFC 9580 gives packets of this type.
    pub fn name(self) -> &'static str {
        match self.0 {
            1 => "public-key encrypted session key",
            2 => "signature",
            3 => "symmetric-key encrypted session key",
            4 => "one-pass signature",
            5 => "secret key",
            6 => "public key",
            7 => "secret subkey",
            8 => "compressed data",
            9 => "symmetrically encrypted data (no integrity protection)",
            10 => "marker",
            11 => "literal data",
            12 => "trust",
            13 => "user id",
            14 => "public subkey",
            17 => "user attribute",
            18 => "symmetrically encrypted and integrity protected data",
            19 => "modification detection code",
            20 => "OCB encrypted data (GnuPG)",
            21 => "padding",
            _ => "unknown packet",
        }
    }
}

impl fmt::Display for PacketTag {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} (tag {})", self.name(), self.0)
    }
}

impl Serialize for PacketTag {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(self.0)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for PacketTag {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "PacketTag".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "integer", "minimum": 0, "maximum": 63})
    }
}

/// How a packet states its length (RFC 9580 4.2.1 and 4.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum LengthForm {
    /// New format, one length.
    Fixed,
    /// New format, in chunks.
    Partial,
    /// Old format, one length.
    OldFixed,
    /// Old format, up to the end.
    Indeterminate,
}

/// One packet.
#[derive(Clone)]
pub(crate) struct Frame<'a> {
    pub(crate) tag: PacketTag,
    /// Where its header begins.
    pub(crate) offset: usize,
    pub(crate) form: LengthForm,
    pub(crate) body: Body<'a>,
}

/// A packet's body. One that came in chunks is put together and wiped after use, for it may be a key.
#[derive(Clone)]
pub(crate) enum Body<'a> {
    Whole(&'a [u8]),
    Joined(Zeroizing<Vec<u8>>),
}

impl Deref for Body<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Whole(body) => body,
            Self::Joined(body) => body,
        }
    }
}

/// Where and how a byte string stops being a row of packets.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "camelCase")]
#[non_exhaustive]
pub enum FrameFault {
    /// Bit 7 of a packet's first octet is always set (RFC 9580 4.2).
    #[error("no packet begins at byte {offset}: found octet {octet:#04x}")]
    NotAPacket {
        /// Where a packet should begin.
        offset: usize,
        /// What is there.
        octet: u8,
    },
    /// The data end inside a packet's header.
    #[error("the data end at byte {offset}, inside the header of a packet")]
    HeaderCut {
        /// Where that packet begins.
        offset: usize,
    },
    /// The data end inside a packet's body.
    #[error(
        "the {tag} packet at byte {offset} is cut short: it states {stated} bytes and {available} are left"
    )]
    BodyCut {
        /// Where that packet begins.
        offset: usize,
        /// Its type.
        tag: PacketTag,
        /// The length it states for its body or next chunk.
        stated: usize,
        /// The bytes that are there.
        available: usize,
    },
    /// A packet that does not belong into a key or message, as the armor's first line calls it.
    #[error("a {tag} packet at byte {offset} does not belong there")]
    Foreign {
        /// Where that packet begins.
        offset: usize,
        /// Its type.
        tag: PacketTag,
    },
}

impl FrameFault {
    /// The byte at which the row of packets breaks.
    pub fn offset(&self) -> usize {
        match *self {
            Self::NotAPacket { offset, .. }
            | Self::HeaderCut { offset }
            | Self::Foreign { offset, .. }
            | Self::BodyCut { offset, .. } => offset,
        }
    }
}

/// Splits `data` into packets: all that are whole, and the fault that ended the row, if any.
pub(crate) fn split(data: &[u8]) -> (Vec<Frame<'_>>, Option<FrameFault>) {
    let mut frames = Vec::new();
    let mut offset = 0;
    while offset < data.len() {
        match next(data, offset) {
            Ok((frame, end)) => {
                frames.push(frame);
                offset = end;
            }
            Err(fault) => return (frames, Some(fault)),
        }
    }
    (frames, None)
}

/// Splits `data` into packets, all of which must be whole.
pub(crate) fn split_all(data: &[u8]) -> Result<Vec<Frame<'_>>, FrameFault> {
    match split(data) {
        (frames, None) => Ok(frames),
        (_, Some(fault)) => Err(fault),
    }
}

fn next(data: &[u8], offset: usize) -> Result<(Frame<'_>, usize), FrameFault> {
    let first = data[offset];
    if first & 0x80 == 0 {
        return Err(FrameFault::NotAPacket { offset, octet: first });
    }
    if first & 0x40 == 0 { old_format(data, offset) } else { new_format(data, offset) }
}

fn octets<const N: usize>(data: &[u8], at: usize, offset: usize) -> Result<[u8; N], FrameFault> {
    data.get(at..)
        .and_then(|rest| rest.first_chunk::<N>())
        .copied()
        .ok_or(FrameFault::HeaderCut { offset })
}

fn body(
    data: &[u8],
    at: usize,
    len: usize,
    tag: PacketTag,
    offset: usize,
) -> Result<&[u8], FrameFault> {
    let available = data.len().saturating_sub(at);
    data.get(at..).and_then(|rest| rest.get(..len)).ok_or(FrameFault::BodyCut {
        offset,
        tag,
        stated: len,
        available,
    })
}

/// RFC 9580 4.2.2.
fn old_format(data: &[u8], offset: usize) -> Result<(Frame<'_>, usize), FrameFault> {
    let tag = PacketTag(data[offset] >> 2 & 0x0F);
    let start = offset + 1;
    let (len, start) = match data[offset] & 3 {
        0 => (usize::from(octets::<1>(data, start, offset)?[0]), start + 1),
        1 => (usize::from(u16::from_be_bytes(octets(data, start, offset)?)), start + 2),
        2 => (u32::from_be_bytes(octets(data, start, offset)?) as usize, start + 4),
        _ => {
            let body = Body::Whole(&data[start..]);
            return Ok((Frame { tag, offset, form: LengthForm::Indeterminate, body }, data.len()));
        }
    };
    let body = Body::Whole(body(data, start, len, tag, offset)?);
    Ok((Frame { tag, offset, form: LengthForm::OldFixed, body }, start + len))
}

/// RFC 9580 4.2.1.
fn new_format(data: &[u8], offset: usize) -> Result<(Frame<'_>, usize), FrameFault> {
    let tag = PacketTag(data[offset] & 0x3F);
    let mut at = offset + 1;
    let mut chunks: Vec<&[u8]> = Vec::new();
    loop {
        let first = octets::<1>(data, at, offset)?[0];
        let (len, start, last) = match first {
            0..=191 => (usize::from(first), at + 1, true),
            192..=223 => {
                let [_, second] = octets(data, at, offset)?;
                ((usize::from(first) - 192) * 256 + usize::from(second) + 192, at + 2, true)
            }
            255 => (u32::from_be_bytes(octets(data, at + 1, offset)?) as usize, at + 5, true),
            _ => (1 << (first & 0x1F), at + 1, false),
        };
        chunks.push(body(data, start, len, tag, offset)?);
        at = start + len;
        if last {
            break;
        }
    }
    let frame = match chunks[..] {
        [only] => Frame { tag, offset, form: LengthForm::Fixed, body: Body::Whole(only) },
        _ => Frame {
            tag,
            offset,
            form: LengthForm::Partial,
            body: Body::Joined(Zeroizing::new(chunks.concat())),
        },
    };
    Ok((frame, at))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shape(data: &[u8]) -> Vec<(u8, usize, LengthForm, Vec<u8>)> {
        split_all(data)
            .unwrap()
            .into_iter()
            .map(|frame| (frame.tag.0, frame.offset, frame.form, frame.body.to_vec()))
            .collect()
    }

    #[test]
    fn reads_every_length_form() {
        let mut data = vec![0xCB, 2, b'h', b'i'];
        data.extend([0xCA, 192, 0]);
        data.extend([7; 192]);
        data.extend([0xC2, 255, 0, 0, 0, 1, 9]);
        data.extend([0xD2, 0xE1, 1, 2, 1, 3]);
        data.extend([0x88, 1, 5, 0x89, 0, 1, 6, 0x8A, 0, 0, 0, 1, 7, 0xA3, 8, 8]);
        assert_eq!(
            shape(&data),
            vec![
                (11, 0, LengthForm::Fixed, b"hi".to_vec()),
                (10, 4, LengthForm::Fixed, vec![7; 192]),
                (2, 199, LengthForm::Fixed, vec![9]),
                (18, 206, LengthForm::Partial, vec![1, 2, 3]),
                (2, 212, LengthForm::OldFixed, vec![5]),
                (2, 215, LengthForm::OldFixed, vec![6]),
                (2, 219, LengthForm::OldFixed, vec![7]),
                (8, 225, LengthForm::Indeterminate, vec![8, 8]),
            ]
        );
    }

    #[test]
    fn says_where_the_row_breaks() {
        assert_eq!(
            split_all(&[0xCB, 1, b'a', b'x']).err(),
            Some(FrameFault::NotAPacket { offset: 3, octet: b'x' })
        );
        assert_eq!(split_all(&[0xCB]).err(), Some(FrameFault::HeaderCut { offset: 0 }));
        assert_eq!(
            split_all(&[0xCB, 4, 1]).err(),
            Some(FrameFault::BodyCut {
                offset: 0,
                tag: PacketTag::LITERAL,
                stated: 4,
                available: 1
            })
        );
        assert_eq!(
            split_all(&[0x8A, 255, 255, 255, 255, 1]).err(),
            Some(FrameFault::BodyCut {
                offset: 0,
                tag: PacketTag::SIGNATURE,
                stated: 0xFFFF_FFFF,
                available: 1
            })
        );
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(data: Vec<u8>) {
            let (frames, fault) = split(&data);
            let bodies: usize = frames.iter().map(|frame| frame.body.len()).sum();
            prop_assert!(bodies <= data.len());
            prop_assert!(fault.is_none_or(|fault| fault.offset() < data.len()));
        }
    }
}

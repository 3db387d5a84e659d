//! What is inside the encryption: compressed data, literal data and signatures (RFC 9580 10.3).

use std::io::Read as _;
use std::ops::Range;

use pgp::packet::{Decompressor, LiteralDataHeader, OnePassSignature, PacketHeader, Signature};
use pgp::types::{CompressionAlgorithm, Tag};
use zeroize::Zeroizing;

use super::{Examination, Fault, LARGEST_MESSAGE, LiteralReport};
use crate::Timestamp;
use crate::packets::{self, Frame, PacketTag};

/// The innermost packets of a message with exactly one piece of literal data.
pub(super) struct Plaintext {
    literal: Zeroizing<Vec<u8>>,
    content: Range<usize>,
    pub(super) one_pass: Vec<OnePassSignature>,
    pub(super) signatures: Vec<Signature>,
    /// Whether a signature stands before the data it signs, without being announced.
    pub(super) signature_first: bool,
}

impl Plaintext {
    /// Reads decrypted packets and reports on them; `None` when there are no literal data.
    pub(super) fn read(decrypted: &[u8], found: &mut Examination) -> Option<Self> {
        let frames = split(decrypted, 1, found);
        let mut rest = frames.iter().filter(|frame| frame.tag != PacketTag::MARKER);
        let plaintext = match rest.next() {
            Some(frame) if frame.tag == PacketTag::COMPRESSED => {
                let inner = decompress(frame, found)?;
                for frame in rest {
                    found.faults.push(Fault::Misplaced { tag: frame.tag });
                }
                let frames = split(&inner, 2, found);
                Self::of(&frames, found)
            }
            _ => {
                found.compression = Some("none".to_owned());
                Self::of(&frames, found)
            }
        };
        if plaintext.is_none() {
            found.faults.push(Fault::NoContent);
        }
        plaintext
    }

    /// The bytes of the literal data.
    pub(super) fn content(&self) -> &[u8] {
        &self.literal[self.content.clone()]
    }

    fn of(frames: &[Frame<'_>], found: &mut Examination) -> Option<Self> {
        let mut plaintext: Option<Self> = None;
        let (mut one_pass, mut signatures) = (Vec::new(), Vec::new());
        let mut signature_first = false;
        for frame in frames {
            match frame.tag {
                // Said by `split`.
                PacketTag::MARKER => {}
                PacketTag::PADDING => found.faults.push(Fault::Padding),
                PacketTag::COMPRESSED => {
                    found.faults.push(Fault::NestedCompression);
                    return None;
                }
                PacketTag::ONE_PASS if plaintext.is_none() => {
                    one_pass.extend(packet(frame, Tag::OnePassSignature, found, |header, body| {
                        OnePassSignature::try_from_reader(header, body)
                    }));
                }
                PacketTag::SIGNATURE => {
                    signature_first |= plaintext.is_none();
                    signatures.extend(packet(frame, Tag::Signature, found, |header, body| {
                        Signature::try_from_reader(header, body)
                    }));
                }
                PacketTag::LITERAL if plaintext.is_none() => {
                    plaintext = literal(frame, found);
                }
                tag => found.faults.push(Fault::Misplaced { tag }),
            }
        }
        plaintext.map(|plaintext| Self { one_pass, signatures, signature_first, ..plaintext })
    }
}

fn split<'a>(data: &'a [u8], level: u8, found: &mut Examination) -> Vec<Frame<'a>> {
    let (frames, fault) = packets::split(data);
    found.list_packets(&frames, level);
    // The receiver takes it for the data that it looks for.
    if frames.iter().any(|frame| frame.tag == PacketTag::MARKER) {
        found.faults.push(Fault::Misplaced { tag: PacketTag::MARKER });
    }
    found.faults.extend(fault.map(Fault::Packets));
    frames
}

fn packet<'a, T>(
    frame: &'a Frame<'_>,
    tag: Tag,
    found: &mut Examination,
    read: impl FnOnce(PacketHeader, &'a [u8]) -> Result<T, pgp::errors::Error>,
) -> Option<T> {
    let len = u32::try_from(frame.body.len()).unwrap_or(u32::MAX);
    let read = read(PacketHeader::new_fixed(tag, len), &frame.body).ok();
    if read.is_none() {
        found.faults.push(Fault::PacketUnreadable { tag: frame.tag });
    }
    read
}

fn decompress(frame: &Frame<'_>, found: &mut Examination) -> Option<Zeroizing<Vec<u8>>> {
    let Some((id, data)) = frame.body.split_first() else {
        found.faults.push(Fault::CompressionUnreadable);
        return None;
    };
    let algorithm = CompressionAlgorithm::from(*id);
    let name = match algorithm {
        CompressionAlgorithm::Uncompressed => "none".to_owned(),
        CompressionAlgorithm::BZip2 => "BZIP2".to_owned(),
        CompressionAlgorithm::Other(id) => format!("algorithm {id}"),
        known => format!("{known:?}"),
    };
    found.compression = Some(name.clone());
    if !matches!(algorithm, CompressionAlgorithm::Uncompressed | CompressionAlgorithm::ZLIB) {
        found.faults.push(Fault::Compression { found: name });
    }
    let mut out = Zeroizing::new(Vec::new());
    // One byte more than is allowed, so that "exactly" and "more" can be told apart.
    let limit = LARGEST_MESSAGE as u64 + 1;
    let read = Decompressor::from_algorithm(algorithm, data)
        .and_then(|reader| reader.take(limit).read_to_end(&mut out));
    if read.is_err() {
        found.faults.push(Fault::CompressionUnreadable);
        return None;
    }
    if out.len() > LARGEST_MESSAGE {
        found.faults.push(Fault::Bomb { allowed: LARGEST_MESSAGE });
        return None;
    }
    Some(out)
}

fn literal(frame: &Frame<'_>, found: &mut Examination) -> Option<Plaintext> {
    let body = &frame.body[..];
    let mut rest = body;
    let Ok(header) = LiteralDataHeader::try_from_reader(&mut rest) else {
        found.faults.push(Fault::PacketUnreadable { tag: frame.tag });
        return None;
    };
    let format = char::from(u8::from(header.mode()));
    let file_name = String::from_utf8_lossy(header.file_name()).into_owned();
    if format != 'b' {
        found.faults.push(Fault::LiteralFormat { found: format });
    }
    if !file_name.is_empty() {
        found.faults.push(Fault::FileName { name: file_name.clone() });
    }
    let date = Timestamp::of(header.created());
    found.literal = Some(LiteralReport {
        format,
        file_name,
        date: (date.0 != 0).then_some(date),
        length: rest.len(),
    });
    Some(Plaintext {
        content: body.len() - rest.len()..body.len(),
        literal: Zeroizing::new(body.to_vec()),
        one_pass: Vec::new(),
        signatures: Vec::new(),
        signature_first: false,
    })
}

//! One tag-length-value element as it stands in the input.

use asn1_rs::{FromBer, Header, Length};
use der::{Decode as _, Reader as _};

/// Why bytes are not an element or not the one expected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {what}, found {found}")]
pub struct Malformed {
    /// What was being read.
    pub what: &'static str,
    /// What stood there.
    pub found: String,
    /// The bytes from the fault on, to derive an offset from.
    pub remaining: usize,
}

/// Universal tags, as identifier octets.
pub mod tag {
    pub const BOOLEAN: u8 = 0x01;
    pub const INTEGER: u8 = 0x02;
    pub const BIT_STRING: u8 = 0x03;
    pub const OCTET_STRING: u8 = 0x04;
    pub const NULL: u8 = 0x05;
    pub const OID: u8 = 0x06;
    pub const UTF8_STRING: u8 = 0x0c;
    pub const NUMERIC_STRING: u8 = 0x12;
    pub const PRINTABLE_STRING: u8 = 0x13;
    pub const TELETEX_STRING: u8 = 0x14;
    pub const IA5_STRING: u8 = 0x16;
    pub const UTC_TIME: u8 = 0x17;
    pub const GENERALIZED_TIME: u8 = 0x18;
    pub const VISIBLE_STRING: u8 = 0x1a;
    pub const UNIVERSAL_STRING: u8 = 0x1c;
    pub const BMP_STRING: u8 = 0x1e;
    pub const SEQUENCE: u8 = 0x30;
    pub const SET: u8 = 0x31;
}

/// One element: its first identifier octet, its content and all of its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Element<'a> {
    /// First identifier octet: class, constructed bit and tag number. High tag numbers keep `0x1f` in the low bits.
    pub tag: u8,
    /// Header and content (and the end-of-contents octets of an indefinite length).
    pub whole: &'a [u8],
    /// The content octets.
    pub content: &'a [u8],
    /// Octets of the header.
    pub header_len: usize,
    /// The length was in the indefinite form.
    pub indefinite: bool,
}

impl<'a> Element<'a> {
    /// The elements inside.
    pub fn inside(&self) -> Elements<'a> {
        Elements { rest: self.content }
    }

    pub(crate) fn is_constructed(&self) -> bool {
        self.tag & 0x20 != 0
    }

    /// Header octets are the only ones DER allows: definite, shortest length, shortest tag.
    pub(crate) fn has_der_header(&self) -> bool {
        if self.indefinite || self.tag & 0x1f == 0x1f {
            return false;
        }
        let length_octets = match self.content.len() {
            0..=0x7f => 1,
            0x80..=0xff => 2,
            0x100..=0xffff => 3,
            0x1_0000..=0xff_ffff => 4,
            _ => 5,
        };
        self.header_len == 1 + length_octets
    }
}

/// Reads one element after the other.
#[derive(Clone, Copy, Debug)]
pub struct Elements<'a> {
    rest: &'a [u8],
}

impl<'a> Elements<'a> {
    /// A reader over `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The bytes not read yet.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// First identifier octet of the next element.
    pub fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// The next element.
    ///
    /// `what` names it in the error.
    pub fn next(&mut self, what: &'static str) -> Result<Element<'a>, Malformed> {
        let input = self.rest;
        let Some(&tag) = input.first() else {
            return Err(Malformed { what, found: "nothing".to_owned(), remaining: 0 });
        };
        if let Some(element) = der_element(tag, input) {
            self.rest = &input[element.whole.len()..];
            return Ok(element);
        }
        let refused = |found: String| Malformed { what, found, remaining: input.len() };
        let (after_header, header) = Header::from_ber(input)
            .map_err(|_| refused(format!("{} that are not a header", preview(input))))?;
        let header_len = input.len() - after_header.len();
        if let Length::Definite(length) = header.length()
            && length > after_header.len()
        {
            return Err(refused(format!(
                "a length of {length} bytes where {} are left",
                after_header.len()
            )));
        }
        let (rest, content) = header
            .parse_ber_content(after_header)
            .map_err(|_| refused(format!("{} without its content", preview(input))))?;
        self.rest = rest;
        Ok(Element {
            tag,
            whole: &input[..input.len() - rest.len()],
            content,
            header_len,
            indefinite: matches!(header.length(), Length::Indefinite),
        })
    }

    /// The next element, which has to carry `tag`.
    pub fn expect(&mut self, tag: u8, what: &'static str) -> Result<Element<'a>, Malformed> {
        let before = self.rest.len();
        let element = self.next(what)?;
        if element.tag == tag {
            Ok(element)
        } else {
            Err(Malformed { what, found: describe_tag(element.tag), remaining: before })
        }
    }

    /// The next element when it carries `tag`.
    pub fn optional(
        &mut self,
        tag: u8,
        what: &'static str,
    ) -> Result<Option<Element<'a>>, Malformed> {
        if self.peek() == Some(tag) { self.next(what).map(Some) } else { Ok(None) }
    }

    /// The one element there is, which has to carry `tag`.
    pub fn only(bytes: &'a [u8], tag: u8, what: &'static str) -> Result<Element<'a>, Malformed> {
        let mut all = Self::new(bytes);
        let element = all.expect(tag, what)?;
        all.finish(what)?;
        Ok(element)
    }

    /// Nothing may be left.
    pub fn finish(&self, what: &'static str) -> Result<(), Malformed> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(Malformed {
                what,
                found: format!("{} more bytes ({})", self.rest.len(), preview(self.rest)),
                remaining: self.rest.len(),
            })
        }
    }
}

/// The element at the front, where its tag is one octet and its length the one that DER has for it; what is left to
/// BER's reader is rare.
fn der_element(tag: u8, input: &[u8]) -> Option<Element<'_>> {
    if tag & 0x1f == 0x1f {
        return None;
    }
    let mut reader = der::SliceReader::new(&input[1..]).ok()?;
    let length = usize::try_from(der::Length::decode(&mut reader).ok()?).ok()?;
    let header_len = 1 + usize::try_from(reader.position()).ok()?;
    let whole = input.get(..header_len.checked_add(length)?)?;
    Some(Element { tag, whole, content: &whole[header_len..], header_len, indefinite: false })
}

/// The first bytes in hex.
pub fn preview(bytes: &[u8]) -> String {
    let mut text = hex(&bytes[..bytes.len().min(8)]);
    if bytes.len() > 8 {
        text.push('…');
    }
    text
}

/// Lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    base16ct::lower::encode_string(bytes)
}

/// A tag in words.
pub fn describe_tag(octet: u8) -> String {
    let name = match octet {
        tag::BOOLEAN => "BOOLEAN",
        tag::INTEGER => "INTEGER",
        tag::BIT_STRING => "BIT STRING",
        tag::OCTET_STRING => "OCTET STRING",
        tag::NULL => "NULL",
        tag::OID => "OBJECT IDENTIFIER",
        tag::UTF8_STRING => "UTF8String",
        tag::NUMERIC_STRING => "NumericString",
        tag::PRINTABLE_STRING => "PrintableString",
        tag::TELETEX_STRING => "TeletexString",
        tag::IA5_STRING => "IA5String",
        tag::UTC_TIME => "UTCTime",
        tag::GENERALIZED_TIME => "GeneralizedTime",
        tag::VISIBLE_STRING => "VisibleString",
        tag::UNIVERSAL_STRING => "UniversalString",
        tag::BMP_STRING => "BMPString",
        tag::SEQUENCE => "SEQUENCE",
        tag::SET => "SET",
        _ if octet & 0xc0 == 0x80 => return format!("[{}]", octet & 0x1f),
        _ => return format!("tag {octet:02x}"),
    };
    name.to_owned()
}

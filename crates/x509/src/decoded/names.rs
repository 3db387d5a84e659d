//! Distinguished names, attribute by attribute (RFC 5280 section 4.1.2.4, X.520).

use std::borrow::Cow;
use std::sync::OnceLock;

use super::element::{Element, Elements, Malformed, hex, tag};
use crate::name::{ATTRIBUTE_TYPES, AttributeType, Name, NameError};

/// Content octets of attribute types.
pub mod oid {
    pub const COMMON_NAME: &[u8] = &[0x55, 4, 3];
    pub const SERIAL_NUMBER: &[u8] = &[0x55, 4, 5];
    pub const COUNTRY: &[u8] = &[0x55, 4, 6];
    pub const DN_QUALIFIER: &[u8] = &[0x55, 4, 46];
    pub const DOMAIN_COMPONENT: &[u8] =
        &[0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 0x01, 0x19];
    pub const EMAIL_ADDRESS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x01];
}

/// One attribute of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attribute<'a> {
    /// Content octets of the type's object identifier.
    pub oid: &'a [u8],
    pub value: Element<'a>,
    /// The number of its RDN, from 0.
    pub rdn: usize,
}

impl Attribute<'_> {
    /// What is known of the type.
    pub fn kind(&self) -> Option<&'static AttributeType> {
        ATTRIBUTE_TYPES.iter().find(|known| known.oid.0.as_bytes() == self.oid)
    }

    /// Short name of the type, or its object identifier.
    pub fn label(&self) -> String {
        self.kind().map_or_else(|| dotted(self.oid), |kind| kind.short.to_owned())
    }

    /// `CN=value`.
    pub fn describe(&self) -> String {
        format!("{}={}", self.label(), self.text())
    }

    /// The value as text, with what cannot be read replaced.
    pub fn text(&self) -> Cow<'_, str> {
        match text(self.value.tag, self.value.content) {
            Some(text) => text,
            None => Cow::Owned(format!("#{}", hex(self.value.whole))),
        }
    }
}

/// The characters of a string, `None` when the octets are not of its type.
///
/// Teletex strings are read as Latin-1, as every implementation does.
pub fn text(string_tag: u8, content: &[u8]) -> Option<Cow<'_, str>> {
    match string_tag {
        tag::UTF8_STRING => std::str::from_utf8(content).ok().map(Cow::Borrowed),
        tag::NUMERIC_STRING | tag::PRINTABLE_STRING | tag::IA5_STRING | tag::VISIBLE_STRING => {
            if content.is_ascii() {
                std::str::from_utf8(content).ok().map(Cow::Borrowed)
            } else {
                None
            }
        }
        tag::TELETEX_STRING => {
            Some(Cow::Owned(content.iter().map(|octet| char::from(*octet)).collect()))
        }
        tag::BMP_STRING => {
            let (units, rest) = content.as_chunks::<2>();
            if !rest.is_empty() {
                return None;
            }
            char::decode_utf16(units.iter().map(|unit| u16::from_be_bytes(*unit)))
                .collect::<Result<String, _>>()
                .ok()
                .map(Cow::Owned)
        }
        tag::UNIVERSAL_STRING => {
            let (units, rest) = content.as_chunks::<4>();
            if !rest.is_empty() {
                return None;
            }
            units
                .iter()
                .map(|unit| char::from_u32(u32::from_be_bytes(*unit)))
                .collect::<Option<String>>()
                .map(Cow::Owned)
        }
        _ => None,
    }
}

/// May `octets` stand in a string of this type? `None` for a type whose characters [`text`] has already checked.
pub fn illegal_character(string_tag: u8, content: &[u8]) -> Option<u8> {
    let legal: fn(u8) -> bool = match string_tag {
        tag::PRINTABLE_STRING => {
            |octet| octet.is_ascii_alphanumeric() || b" '()+,-./:=?".contains(&octet)
        }
        tag::NUMERIC_STRING => |octet| octet.is_ascii_digit() || octet == b' ',
        tag::IA5_STRING => |octet| octet.is_ascii(),
        tag::VISIBLE_STRING => |octet| (0x20..0x7f).contains(&octet),
        _ => return None,
    };
    content.iter().copied().find(|octet| *octet != 0 && !legal(*octet))
}

/// More attributes than any name has use for: the input is hostile.
const MAX_ATTRIBUTES: usize = 1000;

/// A name taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NameParts<'a> {
    /// The attributes of all RDNs, in order.
    pub attributes: Vec<Attribute<'a>>,
    /// How many RDNs there are.
    pub rdns: usize,
    /// The number of the first RDN without attributes, from 0.
    pub empty_rdn: Option<usize>,
}

impl<'a> NameParts<'a> {
    fn read(name: Element<'a>) -> Result<Self, Malformed> {
        let mut parts = Self { attributes: Vec::with_capacity(8), rdns: 0, empty_rdn: None };
        let mut rdns = name.inside();
        while !rdns.rest().is_empty() {
            let set = rdns.expect(tag::SET, "a relative name")?;
            if set.content.is_empty() {
                parts.empty_rdn = parts.empty_rdn.or(Some(parts.rdns));
            }
            let mut attributes = set.inside();
            while !attributes.rest().is_empty() {
                let pair = attributes.expect(tag::SEQUENCE, "an attribute")?;
                let mut inside = pair.inside();
                let oid = inside.expect(tag::OID, "an attribute's type")?.content;
                let value = inside.next("an attribute's value")?;
                inside.finish("an attribute")?;
                if parts.attributes.len() == MAX_ATTRIBUTES {
                    return Err(Malformed {
                        what: "a name",
                        found: format!("more than {MAX_ATTRIBUTES} attributes"),
                        remaining: rdns.rest().len(),
                    });
                }
                parts.attributes.push(Attribute { oid, value, rdn: parts.rdns });
            }
            parts.rdns += 1;
        }
        Ok(parts)
    }
}

/// A name as it stands, its parts, and the [`Name`] that is compared with others.
#[derive(Clone, Debug)]
pub struct DecodedName<'a> {
    pub whole: &'a [u8],
    /// Its parts, or where its structure is broken; also for more than 1000 attributes.
    pub parts: Result<NameParts<'a>, Malformed>,
    name: OnceLock<Result<Name, NameError>>,
}

impl<'a> DecodedName<'a> {
    pub(super) fn of(element: Element<'a>) -> Self {
        Self { whole: element.whole, parts: NameParts::read(element), name: OnceLock::new() }
    }

    /// A name that stands alone.
    pub fn read(der: &'a [u8]) -> Result<Self, Malformed> {
        Elements::only(der, tag::SEQUENCE, "a name").map(Self::of)
    }

    /// The attributes; none where it cannot be taken apart.
    pub fn attributes(&self) -> impl Iterator<Item = &Attribute<'a>> {
        self.parts.iter().flat_map(|parts| &parts.attributes)
    }

    /// The name for comparisons, made once; the error where it is not DER or has values that are not read.
    pub fn name(&self) -> Result<&Name, &NameError> {
        self.name.get_or_init(|| Name::of(self)).as_ref()
    }
}

/// Octets of an object identifier that is spelled out; those in use have 20 at most.
const LONGEST_IDENTIFIER: usize = 64;

/// An object identifier's content octets in dotted form.
pub fn dotted(oid: &[u8]) -> String {
    if oid.len() > LONGEST_IDENTIFIER {
        return format!("an identifier of {} octets", oid.len());
    }
    const_oid::ObjectIdentifier::from_bytes(oid)
        .map_or_else(|_| format!("identifier {}", hex(oid)), |oid| oid.to_string())
}

//! Attribute types of distinguished names and the ASN.1 string types of their values.

use std::fmt;

use der::Tag;

use crate::oid::Oid;

/// One attribute type: its identifier, the short name RFC 4514 (or common use) gives it, the long name, and
/// the upper bound of its length in characters (RFC 5280 appendix A.1) where there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AttributeType {
    /// The identifier.
    pub oid: Oid,
    /// Short name as in `CN=`.
    pub short: &'static str,
    /// Long name as in `commonName`.
    pub long: &'static str,
    /// Most characters a value may have, `None` when RFC 5280 sets no bound.
    pub upper_bound: Option<usize>,
}

const fn row(
    dotted: &str,
    short: &'static str,
    long: &'static str,
    upper_bound: Option<usize>,
) -> AttributeType {
    AttributeType { oid: Oid::from_dotted(dotted), short, long, upper_bound }
}

/// The attribute types known by name. Any other is shown by its dotted identifier.
pub static ATTRIBUTE_TYPES: &[AttributeType] = &[
    row("2.5.4.3", "CN", "commonName", Some(64)),
    row("2.5.4.4", "SN", "surname", Some(32768)),
    row("2.5.4.5", "serialNumber", "serialNumber", Some(64)),
    row("2.5.4.6", "C", "countryName", Some(2)),
    row("2.5.4.7", "L", "localityName", Some(128)),
    row("2.5.4.8", "ST", "stateOrProvinceName", Some(128)),
    row("2.5.4.9", "STREET", "streetAddress", None),
    row("2.5.4.10", "O", "organizationName", Some(64)),
    row("2.5.4.11", "OU", "organizationalUnitName", Some(64)),
    row("2.5.4.12", "title", "title", Some(64)),
    row("2.5.4.13", "description", "description", None),
    row("2.5.4.15", "businessCategory", "businessCategory", None),
    row("2.5.4.17", "postalCode", "postalCode", None),
    row("2.5.4.41", "name", "name", Some(32768)),
    row("2.5.4.42", "GN", "givenName", Some(32768)),
    row("2.5.4.43", "initials", "initials", Some(32768)),
    row("2.5.4.44", "generationQualifier", "generationQualifier", Some(32768)),
    row("2.5.4.45", "x500UniqueIdentifier", "x500UniqueIdentifier", None),
    row("2.5.4.46", "dnQualifier", "dnQualifier", None),
    row("2.5.4.65", "pseudonym", "pseudonym", Some(128)),
    row("2.5.4.97", "organizationIdentifier", "organizationIdentifier", None),
    row("0.9.2342.19200300.100.1.1", "UID", "userId", None),
    row("0.9.2342.19200300.100.1.25", "DC", "domainComponent", None),
    row("1.2.840.113549.1.9.1", "emailAddress", "emailAddress", Some(255)),
];

impl AttributeType {
    /// commonName, 2.5.4.3.
    pub const COMMON_NAME: Oid = Oid::from_dotted("2.5.4.3");
    /// countryName, 2.5.4.6.
    pub const COUNTRY: Oid = Oid::from_dotted("2.5.4.6");
    /// localityName, 2.5.4.7.
    pub const LOCALITY: Oid = Oid::from_dotted("2.5.4.7");
    /// stateOrProvinceName, 2.5.4.8.
    pub const STATE: Oid = Oid::from_dotted("2.5.4.8");
    /// organizationName, 2.5.4.10.
    pub const ORGANIZATION: Oid = Oid::from_dotted("2.5.4.10");
    /// organizationalUnitName, 2.5.4.11.
    pub const ORGANIZATIONAL_UNIT: Oid = Oid::from_dotted("2.5.4.11");
    /// serialNumber (of a device, not of a certificate), 2.5.4.5.
    pub const SERIAL_NUMBER: Oid = Oid::from_dotted("2.5.4.5");
    /// emailAddress, 1.2.840.113549.1.9.1.
    pub const EMAIL_ADDRESS: Oid = Oid::from_dotted("1.2.840.113549.1.9.1");
    /// domainComponent, 0.9.2342.19200300.100.1.25.
    pub const DOMAIN_COMPONENT: Oid = Oid::from_dotted("0.9.2342.19200300.100.1.25");

    /// The row of an identifier, `None` when it is not in [`ATTRIBUTE_TYPES`].
    pub fn of(oid: Oid) -> Option<&'static Self> {
        ATTRIBUTE_TYPES.iter().find(|row| row.oid == oid)
    }

    /// The row with this short or long name, case aside (`cn`, `commonName`).
    pub fn named(name: &str) -> Option<&'static Self> {
        ATTRIBUTE_TYPES
            .iter()
            .find(|row| row.short.eq_ignore_ascii_case(name) || row.long.eq_ignore_ascii_case(name))
    }
}

/// The ASN.1 string type a value is written in (RFC 5280 section 4.1.2.4 and appendix A).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StringType {
    /// UTF8String.
    Utf8,
    /// PrintableString: letters, digits, space and `'()+,-./:=?`.
    Printable,
    /// IA5String: ASCII.
    Ia5,
    /// TeletexString (T61String), read as Latin-1 as everybody does.
    Teletex,
    /// BMPString: two octets a character, no surrogates.
    Bmp,
    /// UniversalString: four octets a character.
    Universal,
    /// NumericString: digits and space.
    Numeric,
    /// VisibleString: printing ASCII.
    Visible,
}

/// UniversalString, which `der` does not name.
const UNIVERSAL_STRING_NUMBER: u8 = 0x1c;

impl StringType {
    pub(crate) fn from_tag_octet(octet: u8) -> Option<Self> {
        Some(match octet {
            0x0c => Self::Utf8,
            0x13 => Self::Printable,
            0x16 => Self::Ia5,
            0x14 => Self::Teletex,
            0x1e => Self::Bmp,
            UNIVERSAL_STRING_NUMBER => Self::Universal,
            0x12 => Self::Numeric,
            0x1a => Self::Visible,
            _ => return None,
        })
    }

    pub(crate) const fn tag(self) -> Option<Tag> {
        Some(match self {
            Self::Utf8 => Tag::Utf8String,
            Self::Printable => Tag::PrintableString,
            Self::Ia5 => Tag::Ia5String,
            Self::Teletex => Tag::TeletexString,
            Self::Bmp => Tag::BmpString,
            Self::Numeric => Tag::NumericString,
            Self::Visible => Tag::VisibleString,
            Self::Universal => return None,
        })
    }

    /// Is this character one the string type can hold? NUL never is: it cuts names short in C programs.
    pub const fn allows(self, character: char) -> bool {
        match self {
            Self::Printable => {
                character.is_ascii_alphanumeric()
                    || matches!(
                        character,
                        ' ' | '\'' | '(' | ')' | '+' | ',' | '-' | '.' | '/' | ':' | '=' | '?'
                    )
            }
            Self::Numeric => character.is_ascii_digit() || character == ' ',
            Self::Visible => matches!(character, ' '..='~'),
            Self::Ia5 => character.is_ascii() && character != '\0',
            Self::Teletex => (character as u32) < 256 && character != '\0',
            Self::Bmp => (character as u32) < 0x1_0000 && character != '\0',
            Self::Utf8 | Self::Universal => character != '\0',
        }
    }

    /// The characters of a value's content octets; `None` when the octets are not well formed for the type
    /// (broken UTF-8, half a character, a surrogate).
    pub(crate) fn decode(self, octets: &[u8]) -> Option<String> {
        match self {
            Self::Utf8 => std::str::from_utf8(octets).ok().map(str::to_owned),
            Self::Bmp => {
                let (pairs, []) = octets.as_chunks::<2>() else {
                    return None;
                };
                pairs
                    .iter()
                    .map(|pair| char::from_u32(u32::from(u16::from_be_bytes(*pair))))
                    .collect()
            }
            Self::Universal => {
                let (quads, []) = octets.as_chunks::<4>() else {
                    return None;
                };
                quads.iter().map(|quad| char::from_u32(u32::from_be_bytes(*quad))).collect()
            }
            // Octets above 127 in the ASCII types are illegal; shown as Latin-1 so that the fault can be seen.
            Self::Printable | Self::Ia5 | Self::Teletex | Self::Numeric | Self::Visible => {
                Some(octets.iter().copied().map(char::from).collect())
            }
        }
    }
}

impl fmt::Display for StringType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Utf8 => "UTF8String",
            Self::Printable => "PrintableString",
            Self::Ia5 => "IA5String",
            Self::Teletex => "TeletexString",
            Self::Bmp => "BMPString",
            Self::Universal => "UniversalString",
            Self::Numeric => "NumericString",
            Self::Visible => "VisibleString",
        })
    }
}

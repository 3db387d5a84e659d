//! Distinguished names (RFC 5280 sections 4.1.2.4 and 7.1).

use el2g_text::is_shown;
use std::fmt::{self, Write as _};

use const_oid::ObjectIdentifier;
use der::asn1::{Any, AnyRef, SetOfVec};
use der::{Decode as _, Encode};
use x509_cert::attr::AttributeTypeAndValue;

use crate::decoded::element::tag;
use crate::decoded::names::{self as decoded, DecodedName};
use crate::decoded::strict;
use crate::oid::Oid;

mod attribute;
#[cfg(test)]
mod boringssl_name_tests;
mod matching;

pub use attribute::{ATTRIBUTE_TYPES, AttributeType, StringType};
pub(crate) use matching::rdns_match;

/// One attribute of a name: a type and a value with the ASN.1 type it is written in.
#[derive(Clone, PartialEq, Eq)]
pub struct Attribute {
    oid: Oid,
    string_type: Option<StringType>,
    value_der: Vec<u8>,
    text: Option<String>,
}

impl Attribute {
    /// The attribute's type.
    pub const fn oid(&self) -> Oid {
        self.oid
    }

    /// `CN`, `O` …, or the dotted identifier of a type that is not in [`crate::ATTRIBUTE_TYPES`].
    pub fn type_name(&self) -> String {
        AttributeType::of(self.oid).map_or_else(|| self.oid.to_string(), |row| row.short.to_owned())
    }

    /// The ASN.1 string type of the value; `None` when it is not a string.
    pub const fn string_type(&self) -> Option<StringType> {
        self.string_type
    }

    /// The value's characters; `None` when it is not a string or its octets are not well formed for its type.
    /// Characters which are illegal for the type are still here: see [`Attribute::illegal_character`].
    pub fn text(&self) -> Option<&str> {
        self.text.as_deref()
    }

    /// The whole value in DER, tag and length included.
    pub fn value_der(&self) -> &[u8] {
        &self.value_der
    }

    /// The first character the value's string type does not allow; NUL is allowed in none.
    pub fn illegal_character(&self) -> Option<char> {
        let string_type = self.string_type?;
        self.text.as_deref()?.chars().find(|&character| !string_type.allows(character))
    }

    /// Same type and matching value by RFC 5280 section 7.1.
    pub fn matches(&self, other: &Self) -> bool {
        rdns_match(std::slice::from_ref(self), std::slice::from_ref(other))
    }

    fn of(decoded: &decoded::Attribute<'_>) -> Result<Self, der::Error> {
        let value = decoded.value;
        // The tag has to be one that `der` knows, or UniversalString's, which it does not.
        if value.tag != tag::UNIVERSAL_STRING {
            AnyRef::from_der(value.whole)?;
        }
        let string_type = StringType::from_tag_octet(value.tag);
        Ok(Self {
            oid: Oid(ObjectIdentifier::from_bytes(decoded.oid)?),
            string_type,
            text: string_type.and_then(|string_type| string_type.decode(value.content)),
            value_der: value.whole.to_vec(),
        })
    }
}

impl fmt::Debug for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl fmt::Display for Attribute {
    /// As in RFC 4514: `CN=Example`, or `1.2.3=#0403010203` when the value is not a string.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}=", self.type_name())?;
        match &self.text {
            Some(text) if AttributeType::of(self.oid).is_some() => write_escaped(f, text),
            _ => {
                f.write_char('#')?;
                self.value_der.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
            }
        }
    }
}

/// RFC 4514 section 2.4; control characters become `\XX` too, so that a name never moves a terminal's cursor.
fn write_escaped(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    let last = text.chars().count().saturating_sub(1);
    for (position, character) in text.chars().enumerate() {
        match character {
            '"' | '+' | ',' | ';' | '<' | '>' | '\\' => write!(f, "\\{character}")?,
            '#' if position == 0 => f.write_str("\\#")?,
            ' ' if position == 0 || position == last => f.write_str("\\ ")?,
            character if !is_shown(character) => {
                let mut octets = [0; 4];
                for octet in character.encode_utf8(&mut octets).bytes() {
                    write!(f, "\\{octet:02X}")?;
                }
            }
            character => f.write_char(character)?,
        }
    }
    Ok(())
}

/// Why bytes are not a distinguished name, or a name cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Not DER of the shape of a name.
    #[error("not a distinguished name: {reason}")]
    Malformed {
        /// What the decoder says.
        reason: String,
    },
    /// A value that the attribute's rules do not allow.
    #[error("`{attribute}` cannot be `{value}`: {reason}")]
    Value {
        /// The attribute's short name.
        attribute: String,
        /// The value as given.
        value: String,
        /// What is allowed.
        reason: String,
    },
    /// Text that does not have the form `CN=…,O=…`.
    #[error("`{found}` is not a name such as `CN=Example Root,O=Example,C=AT`: {reason}")]
    Text {
        /// The text, or the part of it that does not fit.
        found: String,
        /// Why.
        reason: String,
    },
}

/// A distinguished name. The DER it was read from is kept byte for byte: what was signed is what stands there,
/// never a re-encoding.
#[derive(Clone, PartialEq, Eq)]
pub struct Name {
    der: Vec<u8>,
    rdns: Vec<Vec<Attribute>>,
}

impl Name {
    /// Reads a DER `Name`, nothing after it. An empty name is one; an RDN without attributes is read and
    /// reported by [`Name::has_empty_rdn`].
    ///
    /// # Errors
    /// [`NameError::Malformed`] when the structure is not SEQUENCE OF SET OF (type, value) in DER.
    pub fn from_der(der: &[u8]) -> Result<Self, NameError> {
        Self::of(&DecodedName::read(der).map_err(malformed)?)
    }

    pub(crate) fn of(decoded: &DecodedName<'_>) -> Result<Self, NameError> {
        if let Some(fault) = strict::fault(decoded.whole) {
            return Err(malformed(fault));
        }
        let parts = decoded.parts.as_ref().map_err(malformed)?;
        let mut rdns = vec![Vec::new(); parts.rdns];
        for attribute in &parts.attributes {
            rdns[attribute.rdn].push(Attribute::of(attribute).map_err(malformed)?);
        }
        Ok(Self { der: decoded.whole.to_vec(), rdns })
    }

    /// Makes a name of one attribute per RDN, in the order given (most significant first, as in `C`, `O`, `CN`).
    /// Country, serial number and DN qualifier are PrintableString, email address and domain component
    /// IA5String, all else UTF8String (RFC 5280 section 4.1.2.4).
    ///
    /// # Errors
    /// [`NameError::Value`] for an empty value, one over the upper bound, or characters the type cannot hold.
    pub fn build(attributes: &[(Oid, &str)]) -> Result<Self, NameError> {
        let mut rdns = Vec::with_capacity(attributes.len());
        for (oid, text) in attributes {
            let mut rdn = SetOfVec::new();
            rdn.insert(encode_attribute(*oid, text)?).expect("a set of one has no duplicates");
            rdns.push(rdn);
        }
        let der = rdns.to_der().map_err(malformed)?;
        Self::from_der(&der)
    }

    /// Reads `CN=Example Root,O=Example,C=AT` (RFC 4514 order: the most specific first; `\,` and the like
    /// escape). One attribute per RDN, types as in [`Name::build`].
    ///
    /// # Errors
    /// [`NameError::Text`] with the part that does not fit, [`NameError::Value`] as for [`Name::build`].
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let mut attributes = Vec::new();
        for part in split_unescaped(text) {
            let (type_name, value) = part.split_once('=').ok_or_else(|| NameError::Text {
                found: part.clone(),
                reason: "`=` between type and value is missing".to_owned(),
            })?;
            let type_name = type_name.trim();
            let oid = AttributeType::named(type_name)
                .map(|row| row.oid)
                .or_else(|| Oid::parse(type_name))
                .ok_or_else(|| NameError::Text {
                    found: part.clone(),
                    reason: format!("`{type_name}` is not a known attribute type"),
                })?;
            attributes.push((oid, unescape_value(&part, value)?));
        }
        attributes.reverse();
        let borrowed: Vec<(Oid, &str)> =
            attributes.iter().map(|(oid, value)| (*oid, value.as_str())).collect();
        Self::build(&borrowed)
    }

    /// The DER as read, byte for byte.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Has it no RDN at all?
    pub fn is_empty(&self) -> bool {
        self.rdns.is_empty()
    }

    /// Is one of its RDNs without attributes (RFC 5280 asks for at least one)?
    pub fn has_empty_rdn(&self) -> bool {
        self.rdns.iter().any(Vec::is_empty)
    }

    /// Its relative distinguished names, most significant first, each with its attributes as encoded.
    pub fn rdns(&self) -> &[Vec<Attribute>] {
        &self.rdns
    }

    /// All attributes, in the order of the encoding.
    pub fn attributes(&self) -> impl Iterator<Item = &Attribute> {
        self.rdns.iter().flatten()
    }

    /// The values of one attribute type that are strings, in order.
    pub fn values_of(&self, oid: Oid) -> impl Iterator<Item = &str> {
        self.attributes().filter(move |attribute| attribute.oid == oid).filter_map(Attribute::text)
    }

    /// The first common name.
    pub fn common_name(&self) -> Option<&str> {
        self.values_of(AttributeType::COMMON_NAME).next()
    }

    /// Equal by RFC 5280 section 7.1: same RDNs in the same order, the attributes of an RDN in any order, string
    /// type, case and insignificant spaces aside. A name with an empty RDN equals only its own bytes.
    pub fn matches(&self, other: &Self) -> bool {
        if self.der == other.der {
            return true;
        }
        self.rdns.len() == other.rdns.len()
            && !self.has_empty_rdn()
            && !other.has_empty_rdn()
            && self.rdns.iter().zip(&other.rdns).all(|(left, right)| rdns_match(left, right))
    }
}

impl fmt::Display for Name {
    /// RFC 4514: most specific first, `+` within an RDN.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, rdn) in self.rdns.iter().rev().enumerate() {
            if position > 0 {
                f.write_char(',')?;
            }
            for (inner, attribute) in rdn.iter().enumerate() {
                if inner > 0 {
                    f.write_char('+')?;
                }
                write!(f, "{attribute}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Name({self})")
    }
}

fn malformed(reason: impl ToString) -> NameError {
    NameError::Malformed { reason: reason.to_string() }
}

fn encode_attribute(oid: Oid, text: &str) -> Result<AttributeTypeAndValue, NameError> {
    let row = AttributeType::of(oid);
    let refuse = |reason: String| NameError::Value {
        attribute: row.map_or_else(|| oid.to_string(), |row| row.short.to_owned()),
        value: text.to_owned(),
        reason,
    };
    if text.is_empty() {
        return Err(refuse("a value is never empty".to_owned()));
    }
    let characters = text.chars().count();
    if let Some(bound) = row.and_then(|row| row.upper_bound)
        && characters > bound
    {
        return Err(refuse(format!("{characters} characters, at most {bound} are allowed")));
    }
    let string_type = match oid {
        AttributeType::COUNTRY | AttributeType::SERIAL_NUMBER => StringType::Printable,
        AttributeType::EMAIL_ADDRESS | AttributeType::DOMAIN_COMPONENT => StringType::Ia5,
        _ => StringType::Utf8,
    };
    if let Some(illegal) = text.chars().find(|&c| !string_type.allows(c)) {
        return Err(refuse(format!("{illegal:?} cannot stand in a {string_type}")));
    }
    if oid == AttributeType::COUNTRY && characters != 2 {
        return Err(refuse("a country is two letters".to_owned()));
    }
    let tag = string_type.tag().expect("only types `der` names are made here");
    let value = Any::new(tag, text.as_bytes()).map_err(|error| refuse(error.to_string()))?;
    Ok(AttributeTypeAndValue { oid: oid.0, value })
}

/// Splits at `,` (or `/` never: OpenSSL's old form is not read) unless escaped.
fn split_unescaped(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut escaped = false;
    for character in text.chars() {
        if character == ',' && !escaped {
            parts.push(String::new());
            continue;
        }
        escaped = character == '\\' && !escaped;
        parts.last_mut().expect("there is always a last part").push(character);
    }
    parts
}

/// Takes `\,`, `\2C` and the like back (RFC 4514 section 3), and blanks at the ends that are not escaped away.
fn unescape_value(part: &str, text: &str) -> Result<String, NameError> {
    let refuse =
        |reason: &str| NameError::Text { found: part.to_owned(), reason: reason.to_owned() };
    let mut octets = Vec::with_capacity(text.len());
    let mut kept = 0;
    let mut rest = text.trim_start().chars();
    while let Some(character) = rest.next() {
        let mut utf8 = [0; 4];
        match character {
            '+' => return Err(refuse("several attributes in one part are not made here")),
            '\\' => {
                let pair: String = rest.clone().take(2).collect();
                let is_hex = pair.len() == 2 && pair.bytes().all(|digit| digit.is_ascii_hexdigit());
                if is_hex && let Ok(octet) = u8::from_str_radix(&pair, 16) {
                    octets.push(octet);
                    rest.nth(1);
                } else {
                    let escaped = rest.next().ok_or_else(|| refuse("nothing follows `\\`"))?;
                    octets.extend_from_slice(escaped.encode_utf8(&mut utf8).as_bytes());
                }
                kept = octets.len();
            }
            other => {
                octets.extend_from_slice(other.encode_utf8(&mut utf8).as_bytes());
                if other != ' ' {
                    kept = octets.len();
                }
            }
        }
    }
    octets.truncate(kept);
    String::from_utf8(octets).map_err(|_| refuse("its escaped octets are not UTF-8"))
}

#[cfg(test)]
#[path = "name_tests.rs"]
mod tests;

//! A certificate's fields, borrowed from its bytes (RFC 5280 section 4.1).

use std::sync::OnceLock;

use super::element::{Element, Elements, Malformed, describe_tag, tag};
use super::extensions::{Extension, Extensions};
use super::names::DecodedName;
use super::times::Moment;
use crate::public_key::{PublicKey, PublicKeyError};

/// `[0]` and `[3]` explicit, `[1]` and `[2]` implicit BIT STRING.
const VERSION: u8 = 0xa0;
const ISSUER_UNIQUE_ID: u8 = 0x81;
const SUBJECT_UNIQUE_ID: u8 = 0x82;
const EXTENSIONS: u8 = 0xa3;

/// An AlgorithmIdentifier.
#[derive(Clone, Copy, Debug)]
pub struct Algorithm<'a> {
    pub whole: &'a [u8],
    /// Content octets of the object identifier.
    pub oid: &'a [u8],
    pub parameters: Option<Element<'a>>,
}

impl<'a> Algorithm<'a> {
    pub fn read(elements: &mut Elements<'a>, what: &'static str) -> Result<Self, Malformed> {
        let sequence = elements.expect(tag::SEQUENCE, what)?;
        let mut inside = sequence.inside();
        let oid = inside.expect(tag::OID, what)?.content;
        let parameters = if inside.rest().is_empty() { None } else { Some(inside.next(what)?) };
        inside.finish(what)?;
        Ok(Self { whole: sequence.whole, oid, parameters })
    }
}

/// A BIT STRING that should hold whole octets.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Bits<'a> {
    pub unused: u8,
    pub octets: &'a [u8],
}

impl<'a> Bits<'a> {
    pub(crate) fn from_content(content: &'a [u8], what: &'static str) -> Result<Self, Malformed> {
        match content.split_first() {
            Some((&unused, octets)) if unused <= 7 && (unused == 0 || !octets.is_empty()) => {
                Ok(Self { unused, octets })
            }
            Some((&unused, octets)) => Err(Malformed {
                what,
                found: format!("{unused} unused bits in {} octets", octets.len()),
                remaining: content.len(),
            }),
            None => Err(Malformed { what, found: "an empty BIT STRING".into(), remaining: 0 }),
        }
    }

    fn read(elements: &mut Elements<'a>, what: &'static str) -> Result<Self, Malformed> {
        Self::from_content(elements.expect(tag::BIT_STRING, what)?.content, what)
    }
}

/// SubjectPublicKeyInfo.
#[derive(Clone, Debug)]
pub struct KeyInfo<'a> {
    pub whole: &'a [u8],
    pub algorithm: Algorithm<'a>,
    pub key: Bits<'a>,
    public_key: OnceLock<Result<PublicKey, PublicKeyError>>,
}

impl<'a> KeyInfo<'a> {
    pub fn read(elements: &mut Elements<'a>) -> Result<Self, Malformed> {
        let sequence = elements.expect(tag::SEQUENCE, "the public key")?;
        let mut inside = sequence.inside();
        let algorithm = Algorithm::read(&mut inside, "the public key's algorithm")?;
        let key = Bits::read(&mut inside, "the public key's bits")?;
        inside.finish("the public key")?;
        Ok(Self { whole: sequence.whole, algorithm, key, public_key: OnceLock::new() })
    }

    /// The key as one that verifies, made once; the error where it is not DER or its numbers do not decode.
    pub fn public_key(&self) -> Result<&PublicKey, &PublicKeyError> {
        self.public_key.get_or_init(|| PublicKey::of(self)).as_ref()
    }
}

/// The fields of a certificate as they stand.
#[derive(Clone, Debug)]
pub struct Decoded<'a> {
    /// The whole input, to tell offsets.
    pub input: &'a [u8],
    /// The outer SEQUENCE.
    pub outer: Element<'a>,
    /// The to-be-signed bytes, header included.
    pub to_be_signed: &'a [u8],
    /// Content of the version INTEGER, where the field is present.
    pub version: Option<&'a [u8]>,
    /// Content of the serial number INTEGER, where the field is present.
    pub serial: Option<&'a [u8]>,
    pub inner_algorithm: Algorithm<'a>,
    pub issuer: DecodedName<'a>,
    pub not_before: Moment<'a>,
    pub not_after: Moment<'a>,
    pub subject: DecodedName<'a>,
    pub key: KeyInfo<'a>,
    pub issuer_unique_id: Option<Element<'a>>,
    pub subject_unique_id: Option<Element<'a>>,
    pub extensions: Extensions<'a>,
    pub outer_algorithm: Algorithm<'a>,
    pub signature: Bits<'a>,
}

/// Why bytes are not one certificate or request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Undecodable {
    /// The structure of RFC 5280 or RFC 2986 is not there.
    #[error("expected {what}, found {found} at byte {offset}")]
    Structure {
        /// What was being read.
        what: &'static str,
        /// What stood there.
        found: String,
        /// Bytes from the start.
        offset: usize,
    },
    /// A whole certificate, and then more bytes.
    #[error("expected the end, found {trailing} more bytes at byte {decoded}")]
    Trailing {
        /// Bytes of the certificate.
        decoded: usize,
        /// Bytes behind it.
        trailing: usize,
    },
}

impl Undecodable {
    pub(super) fn of(fault: Malformed, input: &[u8]) -> Self {
        let Malformed { what, found, remaining } = fault;
        Self::Structure { what, found, offset: input.len().saturating_sub(remaining) }
    }
}

impl<'a> Decoded<'a> {
    /// Reads one certificate. BER headers, a missing serial number and odd values are read as they stand; the rules
    /// check them.
    pub fn read(input: &'a [u8]) -> Result<Self, Undecodable> {
        super::counter::count();
        let mut all = Elements::new(input);
        let decoded =
            Self::read_signed(input, &mut all).map_err(|fault| Undecodable::of(fault, input))?;
        match all.rest().len() {
            0 => Ok(decoded),
            trailing => Err(Undecodable::Trailing { decoded: input.len() - trailing, trailing }),
        }
    }

    fn read_signed(input: &'a [u8], all: &mut Elements<'a>) -> Result<Self, Malformed> {
        let outer = all.expect(tag::SEQUENCE, "the certificate")?;
        let mut inside = outer.inside();
        let tbs = inside.expect(tag::SEQUENCE, "the to-be-signed part")?;
        let algorithm = Algorithm::read(&mut inside, "the signature algorithm")?;
        let signature = Bits::read(&mut inside, "the signature")?;
        inside.finish("the certificate behind its signature")?;
        Self::read_fields(input, outer, tbs, Some((algorithm, signature)))
    }

    /// Reads the fields of a to-be-signed part that is not signed yet: its signature is empty.
    pub(crate) fn read_to_be_signed(input: &'a [u8]) -> Result<Self, Malformed> {
        let tbs = Elements::only(input, tag::SEQUENCE, "the to-be-signed part")?;
        Self::read_fields(input, tbs, tbs, None)
    }

    fn read_fields(
        input: &'a [u8],
        outer: Element<'a>,
        tbs: Element<'a>,
        signed: Option<(Algorithm<'a>, Bits<'a>)>,
    ) -> Result<Self, Malformed> {
        let mut fields = tbs.inside();
        let version = match fields.optional(VERSION, "the version")? {
            Some(wrapper) => {
                let mut inside = wrapper.inside();
                let integer = inside.expect(tag::INTEGER, "the version")?;
                inside.finish("the version")?;
                Some(integer.content)
            }
            None => None,
        };
        let serial = fields.optional(tag::INTEGER, "the serial number")?;
        let inner_algorithm = Algorithm::read(&mut fields, "the inner signature algorithm")?;
        let issuer = DecodedName::of(fields.expect(tag::SEQUENCE, "the issuer")?);
        let validity = fields.expect(tag::SEQUENCE, "the validity")?;
        let mut dates = validity.inside();
        let not_before = Moment::read(&mut dates, "the not-before date")?;
        let not_after = Moment::read(&mut dates, "the not-after date")?;
        dates.finish("the validity")?;
        let subject = DecodedName::of(fields.expect(tag::SEQUENCE, "the subject")?);
        let key = KeyInfo::read(&mut fields)?;
        let issuer_unique_id = unique_id(&mut fields, ISSUER_UNIQUE_ID, "the issuer unique id")?;
        let subject_unique_id = unique_id(&mut fields, SUBJECT_UNIQUE_ID, "the subject unique id")?;
        let extensions = match fields.optional(EXTENSIONS, "the extensions")? {
            Some(wrapper) => {
                let mut inside = wrapper.inside();
                let list = inside.expect(tag::SEQUENCE, "the extensions")?;
                inside.finish("the extensions")?;
                Extensions::read(list)?
            }
            None => Extensions::absent(),
        };
        if let Some(next) = fields.peek() {
            return Err(Malformed {
                what: "the to-be-signed part behind its last field",
                found: describe_tag(next),
                remaining: fields.rest().len(),
            });
        }
        let (outer_algorithm, signature) =
            signed.unwrap_or((inner_algorithm, Bits { unused: 0, octets: &[] }));
        Ok(Self {
            input,
            outer,
            to_be_signed: tbs.whole,
            version,
            serial: serial.map(|element| element.content),
            inner_algorithm,
            issuer,
            not_before,
            not_after,
            subject,
            key,
            issuer_unique_id,
            subject_unique_id,
            extensions,
            outer_algorithm,
            signature,
        })
    }

    /// The extension with this object identifier (content octets), the first where there are several.
    pub fn extension(&self, oid: &[u8]) -> Option<&Extension<'a>> {
        self.extensions.list.iter().find(|extension| extension.oid == oid)
    }

    /// The number in the version field, which is one less than the version; 0 where the field is absent.
    pub fn version_number(&self) -> Option<u8> {
        match self.version {
            None => Some(0),
            Some([number]) => Some(*number),
            Some(_) => None,
        }
    }
}

/// A unique id in its primitive or (BER) constructed form.
fn unique_id<'a>(
    fields: &mut Elements<'a>,
    primitive: u8,
    what: &'static str,
) -> Result<Option<Element<'a>>, Malformed> {
    match fields.optional(primitive, what)? {
        Some(element) => Ok(Some(element)),
        None => fields.optional(primitive | 0x20, what),
    }
}

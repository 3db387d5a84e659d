//! A certification request's fields, borrowed from its bytes (RFC 2986 section 4).

use super::certificate::{Algorithm, Bits, KeyInfo, Undecodable};
use super::element::{Element, Elements, Malformed, tag};
use super::extensions::{Extensions, MAX_EXTENSIONS};
use super::names::DecodedName;

/// Content octets of PKCS#9 extensionRequest, 1.2.840.113549.1.9.14.
pub const EXTENSION_REQUEST: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x0e];

/// One attribute of a request.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct RequestAttribute<'a> {
    pub oid: &'a [u8],
    /// The SET of values.
    pub values: Element<'a>,
}

/// The fields of a request as they stand.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DecodedRequest<'a> {
    pub input: &'a [u8],
    /// The to-be-signed bytes, header included.
    pub to_be_signed: &'a [u8],
    /// Content octets of the version INTEGER.
    pub version: &'a [u8],
    pub subject: DecodedName<'a>,
    pub key: KeyInfo<'a>,
    /// `None` where the field is missing, which is not the same as empty.
    pub attributes: Option<Vec<RequestAttribute<'a>>>,
    pub algorithm: Algorithm<'a>,
    pub signature: Bits<'a>,
    /// Bytes behind the request.
    pub trailing: usize,
}

impl<'a> DecodedRequest<'a> {
    /// Reads one request; bytes behind it are counted.
    pub fn read(input: &'a [u8]) -> Result<Self, Undecodable> {
        super::counter::count();
        Self::read_signed(input).map_err(|fault| Undecodable::of(fault, input))
    }

    fn read_signed(input: &'a [u8]) -> Result<Self, Malformed> {
        let mut all = Elements::new(input);
        let outer = all.expect(tag::SEQUENCE, "the request")?;
        let mut inside = outer.inside();
        let info = inside.expect(tag::SEQUENCE, "the request's information")?;
        let algorithm = Algorithm::read(&mut inside, "the signature algorithm")?;
        let signature = Bits::from_content(
            inside.expect(tag::BIT_STRING, "the signature")?.content,
            "the signature",
        )?;
        inside.finish("the request behind its signature")?;
        let mut fields = info.inside();
        let version = fields.expect(tag::INTEGER, "the version")?.content;
        let subject = DecodedName::of(fields.expect(tag::SEQUENCE, "the subject")?);
        let key = KeyInfo::read(&mut fields)?;
        let mut attributes = None;
        if let Some(list) = fields.optional(0xa0, "the attributes")? {
            let mut list = list.inside();
            let attributes = attributes.insert(Vec::new());
            while !list.rest().is_empty() {
                let attribute = list.expect(tag::SEQUENCE, "an attribute")?;
                let mut inside = attribute.inside();
                let oid = inside.expect(tag::OID, "an attribute's type")?.content;
                let values = inside.expect(tag::SET, "an attribute's values")?;
                inside.finish("an attribute")?;
                attributes.push(RequestAttribute { oid, values });
                if attributes.len() > MAX_EXTENSIONS {
                    return Err(too_many("the attributes", list.rest()));
                }
            }
        }
        fields.finish("the request's information behind its attributes")?;
        Ok(Self {
            input,
            to_be_signed: info.whole,
            version,
            subject,
            key,
            attributes,
            algorithm,
            signature,
            trailing: all.rest().len(),
        })
    }

    /// Its attributes; none where the field is missing.
    pub fn attributes(&self) -> &[RequestAttribute<'a>] {
        self.attributes.as_deref().unwrap_or_default()
    }

    /// The extensions asked for, from every extensionRequest.
    pub fn extensions(&self) -> Result<Extensions<'a>, Malformed> {
        let mut extensions = Extensions::absent();
        for attribute in self.attributes().iter().filter(|known| known.oid == EXTENSION_REQUEST) {
            let mut values = attribute.values.inside();
            while !values.rest().is_empty() {
                let list = values.expect(tag::SEQUENCE, "the requested extensions")?;
                extensions.present = true;
                extensions.list.extend(Extensions::read(list)?.list);
                if extensions.list.len() > MAX_EXTENSIONS {
                    return Err(too_many("the requested extensions", values.rest()));
                }
            }
        }
        Ok(extensions)
    }
}

fn too_many(what: &'static str, rest: &[u8]) -> Malformed {
    Malformed { what, found: format!("more than {MAX_EXTENSIONS} of them"), remaining: rest.len() }
}

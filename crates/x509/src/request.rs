//! Certificate requests (PKCS#10, RFC 2986).

use std::fmt;
use std::ops::Range;

use der::asn1::{AnyRef, BitStringRef};
use der::{Decode, Encode, Header, Reader as _, SliceReader, Tag, Tagged as _};
use x509_cert::request::{CertReq, ExtensionReq};

use crate::algorithm::SignatureAlgorithm;
use crate::certificate::element;
use crate::extension::{Extension, ExtensionError};
use crate::input::{Block, InputError};
use crate::name::Name;
use crate::oid::Oid;
use crate::public_key::{PublicKey, VerifyError};

/// A certificate request. What is signed, compared or copied is a slice of the bytes it was read from.
#[derive(Clone, PartialEq, Eq)]
pub struct CertificateRequest {
    der: Vec<u8>,
    info: Range<usize>,
    outer_algorithm: Range<usize>,
    signature: Range<usize>,
    subject: Name,
    public_key: PublicKey,
    attributes: Vec<RequestAttribute>,
    canonical: bool,
}

/// One attribute of a request: its identifier and its values in DER.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestAttribute {
    /// The identifier.
    pub oid: Oid,
    /// Its values, each in DER.
    pub values: Vec<Vec<u8>>,
}

impl RequestAttribute {
    /// extensionRequest, 1.2.840.113549.1.9.14.
    pub const EXTENSION_REQUEST: Oid = Oid::from_dotted("1.2.840.113549.1.9.14");
    /// unstructuredName, 1.2.840.113549.1.9.2.
    pub const UNSTRUCTURED_NAME: Oid = Oid::from_dotted("1.2.840.113549.1.9.2");
    /// challengePassword, 1.2.840.113549.1.9.7.
    pub const CHALLENGE_PASSWORD: Oid = Oid::from_dotted("1.2.840.113549.1.9.7");

    /// Its values: the characters of a string, `None` for anything else.
    pub fn texts(&self) -> impl Iterator<Item = Option<String>> {
        self.values.iter().map(|value| {
            let any = AnyRef::from_der(value).ok()?;
            match any.tag() {
                Tag::Utf8String | Tag::PrintableString | Tag::Ia5String => {
                    std::str::from_utf8(any.value()).ok().map(str::to_owned)
                }
                _ => None,
            }
        })
    }
}

impl CertificateRequest {
    /// Reads one DER request of version 0 and nothing after it.
    ///
    /// # Errors
    /// [`InputError::NotARequest`] when `x509-cert` does not decode it, or bytes follow.
    pub fn from_der(der: &[u8]) -> Result<Self, InputError> {
        Self::decode(der).map_err(|reason| {
            let other = Block::wrong_kind(der, Block::REQUEST);
            other.unwrap_or(InputError::NotARequest { reason })
        })
    }

    pub(crate) fn decode(der: &[u8]) -> Result<Self, String> {
        let places = Places::find(der).map_err(|error| error.to_string())?;
        places.check_form()?;
        let subject = Name::from_der(&der[places.subject.clone()])
            .map_err(|error| format!("subject: {error}"))?;
        let mut known = der.to_vec();
        subject.hide_universal_strings(places.subject.start, &mut known);
        let decoded = CertReq::from_der(&known).map_err(|error| error.to_string())?;
        Ok(Self {
            canonical: decoded.to_der().is_ok_and(|again| again == known),
            subject,
            public_key: PublicKey::from_der(&der[places.public_key.clone()])
                .map_err(|error| error.to_string())?,
            attributes: decoded
                .info
                .attributes
                .iter()
                .map(|attribute| RequestAttribute {
                    oid: Oid(attribute.oid),
                    values: attribute
                        .values
                        .iter()
                        .filter_map(|value| value.to_der().ok())
                        .collect(),
                })
                .collect(),
            info: places.info,
            outer_algorithm: places.outer_algorithm,
            signature: places.signature,
            der: der.to_vec(),
        })
    }

    /// Reads a file that holds exactly one request: PEM (`CERTIFICATE REQUEST` or `NEW CERTIFICATE REQUEST`),
    /// DER, an escaped line or the API's JSON answer.
    ///
    /// # Errors
    /// [`InputError`]: too large, empty, damaged, a certificate or a key instead, or more than one.
    pub fn read(bytes: &[u8]) -> Result<Self, InputError> {
        let block = Block::exactly_one(bytes, Block::REQUEST)?;
        Self::from_der(block.der())
    }

    /// The whole request in DER, as read.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The request as PEM (RFC 7468) with LF line ends.
    pub fn to_pem(&self) -> String {
        Block::pem(Block::REQUEST, &self.der)
    }

    /// The subject asked for.
    pub const fn subject(&self) -> &Name {
        &self.subject
    }

    /// The key to certify.
    pub const fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// Its attributes, as encoded.
    pub fn attributes(&self) -> &[RequestAttribute] {
        &self.attributes
    }

    /// Does decoding and encoding again give the same bytes?
    pub const fn is_canonical(&self) -> bool {
        self.canonical
    }

    /// The extensions asked for (RFC 2985 section 5.4.2), of all extensionRequest attributes together.
    ///
    /// # Errors
    /// [`ExtensionError::Malformed`] when one does not decode.
    pub fn requested_extensions(&self) -> Result<Vec<Extension>, ExtensionError> {
        let mut extensions = Vec::new();
        for value in self
            .attributes
            .iter()
            .filter(|attribute| attribute.oid == RequestAttribute::EXTENSION_REQUEST)
            .flat_map(|attribute| &attribute.values)
        {
            let decoded =
                ExtensionReq::from_der(value).map_err(|error| ExtensionError::Malformed {
                    extension: "extensionRequest".to_owned(),
                    reason: error.to_string(),
                })?;
            extensions.extend(decoded.0.iter().map(Extension::from_decoded));
        }
        Ok(extensions)
    }

    /// The signature algorithm's identifier, DER.
    pub fn signature_algorithm_der(&self) -> &[u8] {
        &self.der[self.outer_algorithm.clone()]
    }

    /// What it names.
    pub fn signature_algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::from_der(self.signature_algorithm_der())
            .expect("it decoded when the request was read")
    }

    /// Checks the request's own signature: its maker holds the private key.
    ///
    /// # Errors
    /// [`VerifyError`]: wrong, or an algorithm or key that cannot be used.
    pub fn verify_signature(&self) -> Result<(), VerifyError> {
        let bits = self.signature_bits();
        if bits.unused_bits() != 0 {
            return Err(VerifyError::UnusedBits { bits: bits.unused_bits() });
        }
        self.public_key.verify(
            self.signature_algorithm_der(),
            &self.der[self.info.clone()],
            bits.raw_bytes(),
        )
    }

    fn signature_bits(&self) -> BitStringRef<'_> {
        BitStringRef::from_der(&self.der[self.signature.clone()])
            .expect("it decoded when the request was read")
    }

    /// The octets of the signature's BIT STRING.
    pub fn signature(&self) -> &[u8] {
        self.signature_bits().raw_bytes()
    }

    /// SHA-256 of the whole request, 64 lower-case hex digits.
    pub fn fingerprint_sha256_hex(&self) -> String {
        base16ct::lower::encode_string(
            aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &self.der).as_ref(),
        )
    }
}

impl fmt::Debug for CertificateRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CertificateRequest")
            .field("subject", &self.subject)
            .field("public_key", &self.public_key)
            .finish_non_exhaustive()
    }
}

struct Places {
    info: Range<usize>,
    /// Content octets of the version INTEGER.
    version: Vec<u8>,
    has_attributes: bool,
    subject: Range<usize>,
    public_key: Range<usize>,
    outer_algorithm: Range<usize>,
    signature: Range<usize>,
}

impl Places {
    fn find(der: &[u8]) -> Result<Self, der::Error> {
        let mut outer = SliceReader::new(der)?;
        Header::decode(&mut outer)?;
        let info = element(&mut outer)?;
        let outer_algorithm = element(&mut outer)?;
        let signature = element(&mut outer)?;
        let mut inner = SliceReader::new(&der[..info.end])?;
        inner.read_slice(der::Length::try_from(info.start)?)?;
        Header::decode(&mut inner)?;
        let version = AnyRef::from_der(&der[element(&mut inner)?])?.value().to_vec();
        let subject = element(&mut inner)?;
        let public_key = element(&mut inner)?;
        Ok(Self {
            version,
            subject,
            public_key,
            has_attributes: !inner.is_finished(),
            info,
            outer_algorithm,
            signature,
        })
    }

    /// The version is 0 and there is an attributes field, empty or not (RFC 2986 section 4.1).
    fn check_form(&self) -> Result<(), String> {
        match self.version[..] {
            [0] => {}
            [other @ 1..=2] => {
                return Err(format!("its version field is {other}; expected 0 (v1)"));
            }
            _ => return Err("its version field is not 0 (v1)".to_owned()),
        }
        if !self.has_attributes {
            return Err("it has no attributes field; expected one, which may be empty".to_owned());
        }
        Ok(())
    }
}

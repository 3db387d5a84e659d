//! Certificate requests (PKCS#10, RFC 2986): the decoded fields, strictly DER, each of a kind that can be used.

use std::fmt;

use crate::algorithm::SignatureAlgorithm;
use crate::certificate::name;
use crate::decoded::element::{Elements, tag};
use crate::decoded::kept::KeptRequest;
use crate::decoded::request::{self as decoded, DecodedRequest};
use crate::decoded::strict;
use crate::extension::{Extension, ExtensionError};
use crate::input::{Block, InputError};
use crate::name::Name;
use crate::oid::Oid;
use crate::public_key::{PublicKey, VerifyError};

/// A certificate request. What is signed, compared or copied is a slice of the bytes it was read from.
#[derive(Clone)]
pub struct CertificateRequest {
    kept: KeptRequest,
    subject: Name,
    public_key: PublicKey,
    signature_algorithm: SignatureAlgorithm,
    attributes: Vec<RequestAttribute>,
}

impl PartialEq for CertificateRequest {
    fn eq(&self, other: &Self) -> bool {
        self.der() == other.der()
    }
}

impl Eq for CertificateRequest {}

/// One attribute of a request: its identifier and its values in DER.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
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
            let value = Elements::new(value).next("a value").ok()?;
            let is_text =
                matches!(value.tag, tag::UTF8_STRING | tag::PRINTABLE_STRING | tag::IA5_STRING);
            let text = std::str::from_utf8(value.content).ok();
            text.filter(|_| is_text).map(str::to_owned)
        })
    }

    fn of(decoded: &decoded::RequestAttribute<'_>) -> Result<Self, String> {
        let oid = Oid::from_octets(decoded.oid).ok_or("an attribute's identifier is too long")?;
        let (mut inside, mut values) = (decoded.values.inside(), Vec::new());
        while !inside.rest().is_empty() {
            let value = inside.next("an attribute's value").map_err(|fault| fault.to_string())?;
            values.push(value.whole.to_vec());
        }
        Ok(Self { oid, values })
    }
}

impl CertificateRequest {
    /// Reads one DER request of version 0 and nothing after it.
    ///
    /// # Errors
    /// As [`CertificateRequest::of`].
    pub fn from_der(der: &[u8]) -> Result<Self, InputError> {
        match KeptRequest::from_der(der) {
            Ok(kept) => Self::of(kept),
            Err(fault) => Err(refused(der, fault)),
        }
    }

    /// A decoded request, if it is strict.
    ///
    /// # Errors
    /// [`InputError::NotARequest`] when a strict decoder does not read it: BER, bytes behind it, a version other than 0, no
    /// attributes field, a name, key or identifier that cannot be used.
    pub fn of(kept: KeptRequest) -> Result<Self, InputError> {
        let refused = |reason| refused(kept.der(), reason);
        let decoded = kept.decoded();
        if let Some(fault) = strict::fault(kept.der()) {
            return Err(refused(fault.to_string()));
        }
        let attributes = check_form(decoded).map_err(refused)?;
        Ok(Self {
            subject: name("subject", &decoded.subject).map_err(refused)?,
            public_key: decoded.key.public_key().cloned().map_err(|e| refused(e.to_string()))?,
            signature_algorithm: SignatureAlgorithm::from_der(decoded.algorithm.whole)
                .ok_or_else(|| refused("its signature algorithm does not decode".to_owned()))?,
            attributes: attributes
                .iter()
                .map(RequestAttribute::of)
                .collect::<Result<_, _>>()
                .map_err(refused)?,
            kept,
        })
    }

    /// The fields it was made from, as they stand.
    pub fn decoded(&self) -> &DecodedRequest<'_> {
        self.kept.decoded()
    }

    /// Reads a file that holds exactly one request: PEM (`CERTIFICATE REQUEST` or `NEW CERTIFICATE REQUEST`),
    /// DER, an escaped line or the API's JSON answer.
    ///
    /// # Errors
    /// [`InputError`]: too large, empty, damaged, a certificate or a key instead, or more than one.
    pub fn read(bytes: &[u8]) -> Result<Self, InputError> {
        Self::of(KeptRequest::read(bytes)?)
    }

    /// The whole request in DER, as read.
    pub fn der(&self) -> &[u8] {
        self.kept.der()
    }

    /// The request as PEM (RFC 7468) with LF line ends.
    pub fn to_pem(&self) -> String {
        Block::pem(Block::REQUEST, self.der())
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

    /// The extensions asked for (RFC 2985 section 5.4.2), of all extensionRequest attributes together.
    ///
    /// # Errors
    /// [`ExtensionError::Malformed`] when one does not decode.
    pub fn requested_extensions(&self) -> Result<Vec<Extension>, ExtensionError> {
        let malformed = |reason: String| ExtensionError::Malformed {
            extension: "extensionRequest".to_owned(),
            reason,
        };
        let decoded = self.decoded().extensions().map_err(|fault| malformed(fault.to_string()))?;
        let read = |extension| {
            Extension::of(extension)
                .ok_or_else(|| malformed("an identifier is too long".to_owned()))
        };
        decoded.list.iter().map(read).collect()
    }

    /// The signature algorithm's identifier, DER.
    pub fn signature_algorithm_der(&self) -> &[u8] {
        self.decoded().algorithm.whole
    }

    /// What it names.
    pub const fn signature_algorithm(&self) -> SignatureAlgorithm {
        self.signature_algorithm
    }

    /// Checks the request's own signature: its maker holds the private key.
    ///
    /// # Errors
    /// [`VerifyError`]: wrong, or an algorithm or key that cannot be used.
    pub fn verify_signature(&self) -> Result<(), VerifyError> {
        let DecodedRequest { signature, to_be_signed, .. } = self.decoded();
        if signature.unused != 0 {
            return Err(VerifyError::UnusedBits { bits: signature.unused });
        }
        self.public_key.verify(self.signature_algorithm_der(), to_be_signed, signature.octets)
    }

    /// The octets of the signature's BIT STRING.
    pub fn signature(&self) -> &[u8] {
        self.decoded().signature.octets
    }

    /// SHA-256 of the whole request, 64 lower-case hex digits.
    pub fn fingerprint_sha256_hex(&self) -> String {
        base16ct::lower::encode_string(
            aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, self.der()).as_ref(),
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

fn refused(der: &[u8], reason: impl ToString) -> InputError {
    Block::wrong_kind(der, Block::REQUEST)
        .unwrap_or_else(|| InputError::NotARequest { reason: reason.to_string() })
}

/// The version is 0 and there is an attributes field, empty or not (RFC 2986 section 4.1).
fn check_form<'d, 'a>(
    decoded: &'d DecodedRequest<'a>,
) -> Result<&'d [decoded::RequestAttribute<'a>], String> {
    match decoded.version {
        [0] => {}
        [other @ 1..=2] => return Err(format!("its version field is {other}; expected 0 (v1)")),
        _ => return Err("its version field is not 0 (v1)".to_owned()),
    }
    match decoded.trailing {
        0 => {}
        trailing => return Err(format!("{trailing} more bytes behind it")),
    }
    decoded
        .attributes
        .as_deref()
        .ok_or_else(|| "it has no attributes field; expected one, which may be empty".to_owned())
}

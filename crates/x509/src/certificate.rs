//! Certificates (RFC 5280 section 4.1): decoded strictly with `x509-cert`, the original bytes kept.

use std::fmt;
use std::ops::Range;

use der::asn1::BitStringRef;
use der::{Decode, Encode, Header, Reader, SliceReader};
use x509_cert::certificate::{CertificateInner, Raw, Version};

use crate::algorithm::SignatureAlgorithm;
use crate::extension::{
    AuthorityKeyIdentifier, BasicConstraints, Extension, ExtensionError, KeyUsage,
};
use crate::input::{Block, InputError};
use crate::instant::Instant;
use crate::name::Name;
use crate::oid::Oid;
use crate::public_key::{PublicKey, VerifyError};

/// A certificate. Everything that is verified or compared is a slice of the bytes it was read from.
#[derive(Clone, PartialEq, Eq)]
pub struct Certificate {
    der: Vec<u8>,
    places: Places,
    version: u8,
    serial: SerialNumber,
    issuer: Name,
    subject: Name,
    not_before: Instant,
    not_after: Instant,
    public_key: PublicKey,
    extensions: Option<Vec<Extension>>,
    has_unique_ids: bool,
    canonical: bool,
}

/// Where the fields stand in the certificate's bytes, tags and lengths included.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Places {
    tbs: Range<usize>,
    serial: Range<usize>,
    inner_algorithm: Range<usize>,
    issuer: Range<usize>,
    validity: Range<usize>,
    subject: Range<usize>,
    public_key: Range<usize>,
    outer_algorithm: Range<usize>,
    signature: Range<usize>,
}

impl Certificate {
    /// Reads one DER certificate and nothing after it. Versions 1 to 3, any serial number and any extension
    /// are read: judging them is the profile's work.
    ///
    /// # Errors
    /// [`InputError::NotACertificate`] when `x509-cert` does not decode it, or bytes follow.
    pub fn from_der(der: &[u8]) -> Result<Self, InputError> {
        let refuse = |reason: String| InputError::NotACertificate { reason };
        let decoded = CertificateInner::<Raw>::from_der(der).map_err(|e| refuse(e.to_string()))?;
        let places = Places::find(der).map_err(|e| refuse(e.to_string()))?;
        let canonical = decoded.to_der().is_ok_and(|again| again == der);
        let tbs = decoded.tbs_certificate();
        Ok(Self {
            version: match tbs.version() {
                Version::V1 => 1,
                Version::V2 => 2,
                Version::V3 => 3,
            },
            serial: SerialNumber::from_octets(tbs.serial_number().as_bytes()),
            issuer: Name::from_der(&der[places.issuer.clone()])
                .map_err(|e| refuse(format!("issuer: {e}")))?,
            subject: Name::from_der(&der[places.subject.clone()])
                .map_err(|e| refuse(format!("subject: {e}")))?,
            not_before: Instant::from_time(tbs.validity().not_before),
            not_after: Instant::from_time(tbs.validity().not_after),
            public_key: PublicKey::from_der(&der[places.public_key.clone()])
                .map_err(|e| refuse(e.to_string()))?,
            extensions: tbs
                .extensions()
                .map(|list| list.iter().map(Extension::from_decoded).collect()),
            has_unique_ids: tbs.issuer_unique_id().is_some() || tbs.subject_unique_id().is_some(),
            canonical,
            places,
            der: der.to_vec(),
        })
    }

    /// Reads a file that holds exactly one certificate: PEM, DER, an escaped line or a JSON answer.
    ///
    /// # Errors
    /// [`InputError`]: too large, empty, damaged, something else than a certificate, or more than one.
    pub fn read(bytes: &[u8]) -> Result<Self, InputError> {
        let block = Block::exactly_one(bytes, Block::CERTIFICATE)?;
        Self::from_der(block.der())
    }

    /// Reads a file of one or more certificates, in the order of the file.
    ///
    /// # Errors
    /// [`InputError`] as for [`Certificate::read`]; also when any one of them does not decode.
    pub fn read_bundle(bytes: &[u8]) -> Result<Vec<Self>, InputError> {
        Block::all(bytes, Block::CERTIFICATE)?
            .iter()
            .map(|block| Self::from_der(block.der()))
            .collect()
    }

    /// The whole certificate in DER, as read.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The certificate as PEM (RFC 7468) with LF line ends.
    pub fn to_pem(&self) -> String {
        Block::pem(Block::CERTIFICATE, &self.der)
    }

    /// The to-be-signed part, as read: what its signature covers.
    pub fn tbs_der(&self) -> &[u8] {
        &self.der[self.places.tbs.clone()]
    }

    /// Does decoding and encoding again give the same bytes (DER, RFC 5280 section 4.1)?
    pub const fn is_canonical(&self) -> bool {
        self.canonical
    }

    /// 1, 2 or 3.
    pub const fn version(&self) -> u8 {
        self.version
    }

    /// The serial number.
    pub const fn serial(&self) -> &SerialNumber {
        &self.serial
    }

    /// The issuer's name.
    pub const fn issuer(&self) -> &Name {
        &self.issuer
    }

    /// The subject's name.
    pub const fn subject(&self) -> &Name {
        &self.subject
    }

    /// First moment of validity.
    pub const fn not_before(&self) -> Instant {
        self.not_before
    }

    /// Last moment of validity.
    pub const fn not_after(&self) -> Instant {
        self.not_after
    }

    /// The validity in DER: which of UTCTime and GeneralizedTime was used.
    pub fn validity_der(&self) -> &[u8] {
        &self.der[self.places.validity.clone()]
    }

    /// Is `at` from not before to not after, both included?
    pub fn is_in_force(&self, at: Instant) -> bool {
        self.not_before <= at && at <= self.not_after
    }

    /// The subject's key.
    pub const fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// The signature algorithm inside the signed part, DER.
    pub fn inner_signature_algorithm_der(&self) -> &[u8] {
        &self.der[self.places.inner_algorithm.clone()]
    }

    /// The signature algorithm beside the signature, DER.
    pub fn signature_algorithm_der(&self) -> &[u8] {
        &self.der[self.places.outer_algorithm.clone()]
    }

    /// What [`Certificate::signature_algorithm_der`] names.
    pub fn signature_algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::from_der(self.signature_algorithm_der())
            .expect("it decoded when the certificate was read")
    }

    /// The signature's BIT STRING: its octets and how many bits of the last do not count (0 in a sane one).
    pub fn signature(&self) -> (&[u8], u8) {
        let bits = BitStringRef::from_der(&self.der[self.places.signature.clone()])
            .expect("it decoded when the certificate was read");
        (bits.raw_bytes(), bits.unused_bits())
    }

    /// Has it an issuer or subject unique identifier (RFC 5280 section 4.1.2.8: must not be made)?
    pub const fn has_unique_identifiers(&self) -> bool {
        self.has_unique_ids
    }

    /// Its extensions in order; `None` when there is no extensions field, an empty slice when the field is empty.
    pub fn extensions(&self) -> Option<&[Extension]> {
        self.extensions.as_deref()
    }

    /// The extension with this identifier.
    ///
    /// # Errors
    /// [`ExtensionError::Duplicate`] when it is there more than once.
    pub fn extension(&self, oid: Oid) -> Result<Option<&Extension>, ExtensionError> {
        let mut found = self.extensions.iter().flatten().filter(|extension| extension.oid() == oid);
        let first = found.next();
        match (first, found.count()) {
            (Some(extension), more) if more > 0 => {
                Err(ExtensionError::Duplicate { extension: extension.name(), count: more + 1 })
            }
            (first, _) => Ok(first),
        }
    }

    /// basicConstraints, if there.
    ///
    /// # Errors
    /// [`ExtensionError`]: twice, or does not decode.
    pub fn basic_constraints(&self) -> Result<Option<BasicConstraints>, ExtensionError> {
        self.extension(Extension::BASIC_CONSTRAINTS)?.map(Extension::basic_constraints).transpose()
    }

    /// keyUsage, if there.
    ///
    /// # Errors
    /// [`ExtensionError`]: twice, or does not decode.
    pub fn key_usage(&self) -> Result<Option<KeyUsage>, ExtensionError> {
        self.extension(Extension::KEY_USAGE)?.map(Extension::key_usage).transpose()
    }

    /// subjectKeyIdentifier, if there.
    ///
    /// # Errors
    /// [`ExtensionError`]: twice, or does not decode.
    pub fn subject_key_identifier(&self) -> Result<Option<Vec<u8>>, ExtensionError> {
        self.extension(Extension::SUBJECT_KEY_IDENTIFIER)?
            .map(Extension::subject_key_identifier)
            .transpose()
    }

    /// authorityKeyIdentifier, if there.
    ///
    /// # Errors
    /// [`ExtensionError`]: twice, or does not decode.
    pub fn authority_key_identifier(
        &self,
    ) -> Result<Option<AuthorityKeyIdentifier>, ExtensionError> {
        self.extension(Extension::AUTHORITY_KEY_IDENTIFIER)?
            .map(Extension::authority_key_identifier)
            .transpose()
    }

    /// extKeyUsage, if there.
    ///
    /// # Errors
    /// [`ExtensionError`]: twice, or does not decode.
    pub fn extended_key_usage(&self) -> Result<Option<Vec<Oid>>, ExtensionError> {
        self.extension(Extension::EXTENDED_KEY_USAGE)?
            .map(Extension::extended_key_usage)
            .transpose()
    }

    /// Are issuer and subject the same name (RFC 5280 section 7.1)?
    pub fn is_self_issued(&self) -> bool {
        self.issuer.matches(&self.subject)
    }

    /// Checks its signature, over the original to-be-signed bytes, with `key`.
    ///
    /// # Errors
    /// [`VerifyError`]: wrong, or an algorithm or key that cannot be used.
    pub fn verify_signed_by(&self, key: &PublicKey) -> Result<(), VerifyError> {
        let (signature, unused_bits) = self.signature();
        if unused_bits != 0 {
            return Err(VerifyError::UnusedBits { bits: unused_bits });
        }
        key.verify(self.signature_algorithm_der(), self.tbs_der(), signature)
    }

    /// SHA-256 of the whole certificate, 64 lower-case hex digits.
    pub fn fingerprint_sha256_hex(&self) -> String {
        hex(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &self.der).as_ref())
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate")
            .field("subject", &self.subject)
            .field("issuer", &self.issuer)
            .field("serial", &self.serial)
            .finish_non_exhaustive()
    }
}

impl Places {
    fn find(der: &[u8]) -> Result<Self, der::Error> {
        let mut outer = SliceReader::new(der)?;
        Header::decode(&mut outer)?;
        let tbs = element(&mut outer)?;
        let outer_algorithm = element(&mut outer)?;
        let signature = element(&mut outer)?;
        let mut inner = SliceReader::new(&der[..tbs.end])?;
        inner.read_slice(der::Length::try_from(tbs.start)?)?;
        Header::decode(&mut inner)?;
        if inner.peek_byte() == Some(0xa0) {
            element(&mut inner)?;
        }
        Ok(Self {
            serial: element(&mut inner)?,
            inner_algorithm: element(&mut inner)?,
            issuer: element(&mut inner)?,
            validity: element(&mut inner)?,
            subject: element(&mut inner)?,
            public_key: element(&mut inner)?,
            tbs,
            outer_algorithm,
            signature,
        })
    }
}

/// Steps over one element and says where it stands.
pub(crate) fn element(reader: &mut SliceReader<'_>) -> Result<Range<usize>, der::Error> {
    let start = usize::try_from(reader.position())?;
    reader.tlv_bytes()?;
    Ok(start..usize::try_from(reader.position())?)
}

/// A certificate's serial number: an integer of any length and sign, as its content octets.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SerialNumber {
    octets: Vec<u8>,
}

/// Text or octets that are no serial number RFC 5280 section 4.1.2.2 allows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SerialNumberError {
    /// Neither hex digits nor a `0x` number.
    #[error("`{found}` is not a serial number in hex digits, such as 0x3f1a or 3F:1A")]
    NotHex {
        /// The text.
        found: String,
    },
    /// Zero.
    #[error("the serial number is zero, a positive number is needed")]
    Zero,
    /// More than 20 octets.
    #[error("the serial number takes {found} octets, at most 20 are allowed")]
    TooLong {
        /// Octets of its DER encoding.
        found: usize,
    },
}

impl SerialNumber {
    pub(crate) fn from_octets(octets: &[u8]) -> Self {
        Self { octets: octets.to_vec() }
    }

    /// A positive number from its big-endian octets; leading zeros do not count.
    ///
    /// # Errors
    /// [`SerialNumberError::Zero`], or [`SerialNumberError::TooLong`] beyond 20 octets of DER.
    pub fn from_unsigned(octets: &[u8]) -> Result<Self, SerialNumberError> {
        let significant = octets.iter().position(|&octet| octet != 0);
        let Some(start) = significant else {
            return Err(SerialNumberError::Zero);
        };
        let mut content = octets[start..].to_vec();
        if content[0] & 0x80 != 0 {
            content.insert(0, 0);
        }
        if content.len() > 20 {
            return Err(SerialNumberError::TooLong { found: content.len() });
        }
        Ok(Self { octets: content })
    }

    /// Reads hex digits, with `0x` before or `:` between if you like.
    ///
    /// # Errors
    /// [`SerialNumberError`].
    pub fn parse_hex(text: &str) -> Result<Self, SerialNumberError> {
        let not_hex = || SerialNumberError::NotHex { found: text.to_owned() };
        let bare = text.trim();
        let bare = bare
            .strip_prefix("0x")
            .or_else(|| bare.strip_prefix("0X"))
            .unwrap_or(bare)
            .replace(':', "");
        if bare.is_empty() || bare.len() > 200 {
            return Err(not_hex());
        }
        let digits: Option<Vec<u8>> = bare
            .chars()
            .map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
            .collect();
        let digits = digits.ok_or_else(not_hex)?;
        let octets: Vec<u8> = digits
            .rchunks(2)
            .rev()
            .map(|pair| pair.iter().fold(0, |octet, digit| (octet << 4) | digit))
            .collect();
        Self::from_unsigned(&octets)
    }

    /// The content octets of the DER INTEGER: big-endian two's complement.
    pub fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// Is it less than zero?
    pub fn is_negative(&self) -> bool {
        self.octets.first().is_some_and(|octet| octet & 0x80 != 0)
    }

    /// Is it zero?
    pub fn is_zero(&self) -> bool {
        self.octets.iter().all(|&octet| octet == 0)
    }

    /// Significant bits of a positive number.
    pub fn bit_length(&self) -> usize {
        let Some(start) = self.octets.iter().position(|&octet| octet != 0) else {
            return 0;
        };
        let first = self.octets[start];
        (self.octets.len() - start) * 8 - first.leading_zeros() as usize
    }
}

impl fmt::Display for SerialNumber {
    /// Lower-case hex of the content octets; a leading sign octet of zero is left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = match self.octets.as_slice() {
            [0, rest @ ..] if !rest.is_empty() => rest,
            all => all,
        };
        f.write_str(&hex(shown))
    }
}

impl fmt::Debug for SerialNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SerialNumber({self})")
    }
}

/// Lower-case hex.
pub(crate) fn hex(octets: &[u8]) -> String {
    use std::fmt::Write as _;
    octets.iter().fold(String::new(), |mut text, octet| {
        write!(text, "{octet:02x}").expect("writing to a String never fails");
        text
    })
}

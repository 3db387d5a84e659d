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

#[cfg(test)]
mod hostile;
mod serial_number;

pub use serial_number::{SerialNumber, SerialNumberError};

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
        Self::decode(der).map_err(|reason| {
            let other = Block::wrong_kind(der, Block::CERTIFICATE);
            other.unwrap_or(InputError::NotACertificate { reason })
        })
    }

    pub(crate) fn decode(der: &[u8]) -> Result<Self, String> {
        let places = Places::find(der).map_err(|error| error.to_string())?;
        let issuer = Name::from_der(&der[places.issuer.clone()])
            .map_err(|error| format!("issuer: {error}"))?;
        let subject = Name::from_der(&der[places.subject.clone()])
            .map_err(|error| format!("subject: {error}"))?;
        let mut known = der.to_vec();
        issuer.hide_universal_strings(places.issuer.start, &mut known);
        subject.hide_universal_strings(places.subject.start, &mut known);
        let decoded =
            CertificateInner::<Raw>::from_der(&known).map_err(|error| error.to_string())?;
        let canonical = decoded.to_der().is_ok_and(|again| again == known);
        let tbs = decoded.tbs_certificate();
        Ok(Self {
            version: match tbs.version() {
                Version::V1 => 1,
                Version::V2 => 2,
                Version::V3 => 3,
            },
            serial: SerialNumber::from_octets(tbs.serial_number().as_bytes()),
            issuer,
            subject,
            not_before: Instant::from_time(tbs.validity().not_before),
            not_after: Instant::from_time(tbs.validity().not_after),
            public_key: PublicKey::from_der(&der[places.public_key.clone()])
                .map_err(|error| error.to_string())?,
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
        base16ct::lower::encode_string(
            aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &self.der).as_ref(),
        )
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

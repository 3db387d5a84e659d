//! Certificates (RFC 5280 section 4.1): the decoded fields, strictly DER, each of a kind that can be used.

use std::fmt;

use crate::algorithm::SignatureAlgorithm;
use crate::decoded::certificate::{Algorithm, Decoded};
use crate::decoded::element::Element;
use crate::decoded::kept::KeptCertificate;
use crate::decoded::names::DecodedName;
use crate::decoded::strict;
use crate::decoded::times::Moment;
use crate::extension::{
    AuthorityKeyIdentifier, BasicConstraints, Extension, ExtensionError, KeyUsage,
};
use crate::input::{Block, InputError};
use crate::instant::Instant;
use crate::name::Name;
use crate::oid::Oid;
use crate::public_key::{PublicKey, VerifyError};

#[cfg(test)]
mod hostile_tests;
mod serial_number;

pub use serial_number::{SerialNumber, SerialNumberError};

/// A certificate. Everything that is verified or compared is a slice of the bytes it was read from.
#[derive(Clone)]
pub struct Certificate {
    kept: KeptCertificate,
    version: u8,
    serial: SerialNumber,
    issuer: Name,
    subject: Name,
    not_before: Instant,
    not_after: Instant,
    public_key: PublicKey,
    signature_algorithm: SignatureAlgorithm,
    extensions: Option<Vec<Extension>>,
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.der() == other.der()
    }
}

impl Eq for Certificate {}

impl Certificate {
    /// Reads one DER certificate and nothing after it. Versions 1 to 3, any serial number and any extension
    /// are read: judging them is the profile's work.
    ///
    /// # Errors
    /// As [`Certificate::of`].
    pub fn from_der(der: &[u8]) -> Result<Self, InputError> {
        match KeptCertificate::from_der(der) {
            Ok(kept) => Self::of(kept),
            Err(fault) => Err(refused(der, fault)),
        }
    }

    /// A decoded certificate, if it is strict.
    ///
    /// # Errors
    /// [`InputError::NotACertificate`] when a strict decoder does not read it: BER, a version or a date that there is not,
    /// a name, key or identifier that cannot be used. A DEFAULT written out and a SET OF out of order are read.
    pub fn of(kept: KeptCertificate) -> Result<Self, InputError> {
        let refused = |reason| refused(kept.der(), reason);
        let decoded = kept.decoded();
        if let Some(fault) = strict::fault(kept.der()) {
            return Err(refused(fault.to_string()));
        }
        let unique_ids = [decoded.issuer_unique_id, decoded.subject_unique_id];
        if unique_ids.iter().flatten().any(Element::is_constructed) {
            return Err(refused("a unique identifier in constructed form".to_owned()));
        }
        Ok(Self {
            version: version(decoded).map_err(refused)?,
            serial: decoded
                .serial
                .map(SerialNumber::from_octets)
                .ok_or_else(|| refused("it has no serial number".to_owned()))?,
            issuer: name("issuer", &decoded.issuer).map_err(refused)?,
            subject: name("subject", &decoded.subject).map_err(refused)?,
            not_before: date("notBefore", &decoded.not_before).map_err(refused)?,
            not_after: date("notAfter", &decoded.not_after).map_err(refused)?,
            public_key: decoded.key.public_key().cloned().map_err(|e| refused(e.to_string()))?,
            signature_algorithm: signature_algorithm(decoded).map_err(refused)?,
            extensions: extensions(decoded).map_err(refused)?,
            kept,
        })
    }

    /// The fields it was made from, as they stand.
    pub fn decoded(&self) -> &Decoded<'_> {
        self.kept.decoded()
    }

    /// Reads a file that holds exactly one certificate: PEM, DER, an escaped line or a JSON answer.
    ///
    /// # Errors
    /// [`InputError`]: too large, empty, damaged, something else than a certificate, or more than one.
    pub fn read(bytes: &[u8]) -> Result<Self, InputError> {
        Self::of(KeptCertificate::read(bytes)?)
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
        self.kept.der()
    }

    /// The certificate as PEM (RFC 7468) with LF line ends.
    pub fn to_pem(&self) -> String {
        Block::pem(Block::CERTIFICATE, self.der())
    }

    /// The to-be-signed part, as read: what its signature covers.
    pub fn tbs_der(&self) -> &[u8] {
        self.decoded().to_be_signed
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

    /// The subject's key.
    pub const fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// The signature algorithm beside the signature, DER.
    pub fn signature_algorithm_der(&self) -> &[u8] {
        self.decoded().outer_algorithm.whole
    }

    /// What [`Certificate::signature_algorithm_der`] names.
    pub const fn signature_algorithm(&self) -> SignatureAlgorithm {
        self.signature_algorithm
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
        let signature = self.decoded().signature;
        if signature.unused != 0 {
            return Err(VerifyError::UnusedBits { bits: signature.unused });
        }
        key.verify(self.signature_algorithm_der(), self.tbs_der(), signature.octets)
    }

    /// SHA-256 of the whole certificate, 64 lower-case hex digits.
    pub fn fingerprint_sha256_hex(&self) -> String {
        base16ct::lower::encode_string(
            aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, self.der()).as_ref(),
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

fn refused(der: &[u8], reason: impl ToString) -> InputError {
    Block::wrong_kind(der, Block::CERTIFICATE)
        .unwrap_or_else(|| InputError::NotACertificate { reason: reason.to_string() })
}

fn version(decoded: &Decoded<'_>) -> Result<u8, String> {
    match decoded.version_number() {
        Some(number @ 0..=2) => Ok(number + 1),
        _ => Err("its version is not 1, 2 or 3".to_owned()),
    }
}

/// The one beside the signature; the one inside has to decode too.
fn signature_algorithm(decoded: &Decoded<'_>) -> Result<SignatureAlgorithm, String> {
    let read = |algorithm: &Algorithm<'_>| {
        SignatureAlgorithm::from_der(algorithm.whole)
            .ok_or_else(|| "its signature algorithm does not decode".to_owned())
    };
    read(&decoded.inner_algorithm)?;
    read(&decoded.outer_algorithm)
}

pub(crate) fn name(whose: &str, decoded: &DecodedName<'_>) -> Result<Name, String> {
    decoded.name().cloned().map_err(|error| format!("{whose}: {error}"))
}

fn date(which: &str, moment: &Moment<'_>) -> Result<Instant, String> {
    match (moment.instant, moment.fault()) {
        (Some(instant), None) => Ok(instant),
        (_, fault) => {
            Err(format!("{which} {} {}", moment.text(), fault.unwrap_or("is not a date")))
        }
    }
}

fn extensions(decoded: &Decoded<'_>) -> Result<Option<Vec<Extension>>, String> {
    if !decoded.extensions.present {
        return Ok(None);
    }
    let read = |extension| {
        Extension::of(extension).ok_or_else(|| "an extension's identifier is too long".to_owned())
    };
    decoded.extensions.list.iter().map(read).collect::<Result<_, _>>().map(Some)
}

//! Certificates field by field.

use der::Encode;
use der::asn1::Int;
use x509_cert::certificate::Version;
use x509_cert::time::Validity;

use super::to_be_signed::{Tbs, any, encoding, signature_identifier};
use super::{IssueError, TemplateExtension, ToBeSigned, profile_hash};
use crate::algorithm::{HashAlgorithm, KeyAlgorithm};
use crate::certificate::{Certificate, SerialNumber};
use crate::extension::{Extension, KeyUsageBit};
use crate::instant::Instant;
use crate::name::{AttributeType, Name, NameError};
use crate::public_key::PublicKey;
use crate::signer::CertificateSigner;

/// Any certificate, field by field: for roots, the sandbox and tests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateTemplate {
    /// Serial number.
    pub serial: SerialNumber,
    /// Issuer, taken byte for byte.
    pub issuer: Name,
    /// Subject, taken byte for byte.
    pub subject: Name,
    /// The subject's key, taken byte for byte.
    pub public_key: PublicKey,
    /// First moment of validity.
    pub not_before: Instant,
    /// Last moment of validity.
    pub not_after: Instant,
    /// Extensions in this order; empty leaves the field out.
    pub extensions: Vec<TemplateExtension>,
    /// Hash of the signature.
    pub hash: HashAlgorithm,
}

impl CertificateTemplate {
    /// A self-signed root: CA without path length, keyCertSign and cRLSign, SKI; SHA-256 or SHA-384 by the key.
    pub fn root(
        subject: &Name,
        key: &PublicKey,
        serial: SerialNumber,
        not_before: Instant,
        not_after: Instant,
    ) -> Self {
        Self {
            serial,
            issuer: subject.clone(),
            subject: subject.clone(),
            public_key: key.clone(),
            not_before,
            not_after,
            extensions: vec![
                TemplateExtension::BasicConstraints { ca: true, path_length: None },
                TemplateExtension::KeyUsage(vec![KeyUsageBit::KeyCertSign, KeyUsageBit::CrlSign]),
                TemplateExtension::SubjectKeyIdentifier(key.key_identifier()),
            ],
            hash: profile_hash(key.algorithm()),
        }
    }

    /// A device certificate as EdgeLock 2GO issues them: keyUsage critical digitalSignature, extKeyUsage
    /// clientAuth, neither SKI nor AKI.
    pub fn device(
        subject: &Name,
        key: &PublicKey,
        issuer: &Certificate,
        serial: SerialNumber,
        not_before: Instant,
        not_after: Instant,
    ) -> Self {
        Self {
            serial,
            issuer: issuer.subject().clone(),
            subject: subject.clone(),
            public_key: key.clone(),
            not_before,
            not_after,
            extensions: vec![
                TemplateExtension::KeyUsage(vec![KeyUsageBit::DigitalSignature]),
                TemplateExtension::ExtendedKeyUsage(vec![Extension::CLIENT_AUTH]),
            ],
            hash: profile_hash(issuer.public_key().algorithm()),
        }
    }

    /// A verification certificate for AWS or Azure: its only subject attribute is CN = `code`.
    ///
    /// # Errors
    /// [`NameError::Value`] when the code is empty or over 64 characters.
    pub fn verification(
        code: &str,
        key: &PublicKey,
        issuer: &Certificate,
        serial: SerialNumber,
        not_before: Instant,
        not_after: Instant,
    ) -> Result<Self, NameError> {
        Ok(Self {
            subject: Name::build(&[(AttributeType::COMMON_NAME, code)])?,
            ..Self::device(issuer.subject(), key, issuer, serial, not_before, not_after)
        })
    }

    /// The TBSCertificate, for a signature by an issuer's key of this kind.
    ///
    /// # Errors
    /// [`IssueError::UnsupportedKey`], [`IssueError::EmptyValidity`] or [`IssueError::Encoding`].
    pub fn to_be_signed(&self, issuer_key: KeyAlgorithm) -> Result<ToBeSigned, IssueError> {
        if self.not_after < self.not_before {
            return Err(IssueError::EmptyValidity {
                not_before: self.not_before,
                not_after: self.not_after,
            });
        }
        let algorithm_identifier = signature_identifier(issuer_key, self.hash)?;
        let time = |instant: Instant| instant.to_time().map_err(|e| encoding("the validity", &e));
        let extensions =
            self.extensions.iter().map(TemplateExtension::encode).collect::<Result<Vec<_>, _>>()?;
        let tbs = Tbs {
            version: Version::V3,
            serial: Int::new(self.serial.octets())
                .map_err(|error| encoding("the serial number", &error))?,
            signature: any("the signature algorithm", &algorithm_identifier)?,
            issuer: any("the issuer", self.issuer.der())?,
            validity: Validity::new(time(self.not_before)?, time(self.not_after)?),
            subject: any("the subject", self.subject.der())?,
            public_key: any("the public key", self.public_key.spki_der())?,
            extensions: (!extensions.is_empty()).then_some(extensions),
        };
        Ok(ToBeSigned {
            tbs: tbs.to_der().map_err(|error| encoding("the to-be-signed part", &error))?,
            algorithm_identifier,
            hash: self.hash,
        })
    }

    /// Signs it; `signer` is the issuer's key.
    ///
    /// # Errors
    /// [`IssueError`].
    pub fn sign(&self, signer: &dyn CertificateSigner) -> Result<Certificate, IssueError> {
        self.to_be_signed(signer.public_key().algorithm())?.sign(signer, signer.public_key())
    }
}

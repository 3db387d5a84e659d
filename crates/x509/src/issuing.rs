//! Issuing: intermediates from requests, roots, device and verification certificates, and requests.
//!
//! The to-be-signed bytes are encoded by `der` from the parts as they stand: subject and key from the request,
//! issuer from the root, byte for byte (they enter as already encoded elements). `x509-cert`'s builder wants the
//! signing key while it builds; here the bytes exist before any key is touched, so that they can be checked,
//! shown, or carried to another machine.

use der::asn1::{AnyRef, BitString, Int, SetOfVec};
use der::{Decode, Encode, Sequence};
use el2g_key_payload::Entropy;
use x509_cert::attr::Attribute;
use x509_cert::certificate::{Rfc5280, Version};
use x509_cert::time::Validity;

use crate::algorithm::{HashAlgorithm, KeyAlgorithm, SignatureAlgorithm};
use crate::attribute::AttributeType;
use crate::certificate::{Certificate, SerialNumber};
use crate::extension::{Extension, KeyUsageBit};
use crate::instant::Instant;
use crate::name::{Name, NameError};
use crate::public_key::{PublicKey, VerifyError};
use crate::request::CertificateRequest;
use crate::signer::{CertificateSigner, SignerError};
use crate::template_extension::TemplateExtension;

/// Why nothing was issued.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IssueError {
    /// The request's own signature is not good: whoever sent it may not hold the key.
    #[error("the request's own signature is not good: {0}")]
    RequestSignature(#[source] VerifyError),
    /// The request names nobody; a CA needs a subject (RFC 5280 section 4.1.2.6).
    #[error("the request's subject is empty, a CA needs one")]
    EmptySubject,
    /// The signing key is not the root certificate's.
    #[error(
        "the {signer} signing key does not belong to the root certificate `{root}` ({root_key})"
    )]
    ForeignKey {
        /// The signing key's kind.
        signer: KeyAlgorithm,
        /// The root's subject.
        root: String,
        /// The root's key's kind.
        root_key: KeyAlgorithm,
    },
    /// Nothing can be signed with such a key here.
    #[error("nothing can be signed with a {key} key")]
    UnsupportedKey {
        /// Its kind.
        key: KeyAlgorithm,
    },
    /// The validity would be empty.
    #[error("the validity would end ({not_after}) before it begins ({not_before})")]
    EmptyValidity {
        /// First moment.
        not_before: Instant,
        /// Last moment, clipped to the root's.
        not_after: Instant,
    },
    /// The signature that was brought does not verify.
    #[error("the signature does not fit the to-be-signed bytes and the root's key: {0}")]
    Signature(#[source] VerifyError),
    /// A field that cannot be encoded.
    #[error("{field} cannot be encoded: {reason}")]
    Encoding {
        /// Which.
        field: &'static str,
        /// Why.
        reason: String,
    },
    /// A subject that cannot be.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The signer refused.
    #[error(transparent)]
    Signer(#[from] SignerError),
}

/// What the CA decides about an intermediate; all else comes from the request and the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IntermediateOptions {
    /// Its serial number; see [`random_serial`].
    pub serial: SerialNumber,
    /// First moment of validity.
    pub not_before: Instant,
    /// Last moment wanted; never later than the root's.
    pub not_after: Instant,
    /// The hash; `None` takes SHA-384 for P-384 and P-521 roots and SHA-256 for the rest (AN12642 section 6).
    pub hash: Option<HashAlgorithm>,
    /// Where the CA publishes its revocation lists, as cRLDistributionPoints; none leaves the extension out.
    pub crl_urls: Vec<String>,
    /// The CA's practice statement, as a certificatePolicies qualifier of anyPolicy; `None` leaves it out.
    pub policy_url: Option<String>,
}

/// A certificate that lacks only its signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToBeSigned {
    tbs: Vec<u8>,
    algorithm_identifier: Vec<u8>,
    hash: HashAlgorithm,
}

impl ToBeSigned {
    /// The TBSCertificate in DER: the bytes to hash and sign.
    pub fn der(&self) -> &[u8] {
        &self.tbs
    }

    /// The hash the signature is made with.
    pub const fn hash(&self) -> HashAlgorithm {
        self.hash
    }

    /// Reads TBSCertificate bytes back, as written to a file for an offline signature. The signature algorithm
    /// is the one inside.
    ///
    /// # Errors
    /// [`IssueError::Encoding`] when they are no TBSCertificate of a supported signature algorithm.
    pub fn from_der(tbs: &[u8]) -> Result<Self, IssueError> {
        let wrong =
            |reason: String| IssueError::Encoding { field: "the to-be-signed part", reason };
        x509_cert::certificate::TbsCertificateInner::<Rfc5280>::from_der(tbs)
            .map_err(|error| wrong(error.to_string()))?;
        let read = Tbs::from_der(tbs).map_err(|error| wrong(error.to_string()))?;
        let algorithm_identifier =
            read.signature.to_der().map_err(|error| wrong(error.to_string()))?;
        match SignatureAlgorithm::from_der(&algorithm_identifier) {
            Some(SignatureAlgorithm::Known { hash, .. }) => {
                Ok(Self { tbs: tbs.to_vec(), algorithm_identifier, hash })
            }
            Some(other) => Err(wrong(format!("{other} is not supported"))),
            None => Err(wrong("its signature algorithm does not decode".to_owned())),
        }
    }

    /// Signs with `signer` and joins; the signature is verified with `issuer_key` before anything is returned.
    ///
    /// # Errors
    /// [`IssueError::Signer`], or as for [`ToBeSigned::join`].
    pub fn sign(
        &self,
        signer: &dyn CertificateSigner,
        issuer_key: &PublicKey,
    ) -> Result<Certificate, IssueError> {
        let signature = signer.sign(self.hash, &self.tbs)?;
        self.join(&signature, issuer_key)
    }

    /// Joins a signature made elsewhere, after verifying it with `issuer_key`.
    ///
    /// # Errors
    /// [`IssueError::Signature`] when it does not verify.
    pub fn join(
        &self,
        signature: &[u8],
        issuer_key: &PublicKey,
    ) -> Result<Certificate, IssueError> {
        issuer_key
            .verify(&self.algorithm_identifier, &self.tbs, signature)
            .map_err(IssueError::Signature)?;
        let der = signed(&self.tbs, &self.algorithm_identifier, signature)?;
        Certificate::from_der(&der).map_err(|error| IssueError::Encoding {
            field: "the certificate",
            reason: error.to_string(),
        })
    }
}

/// The TBSCertificate of an intermediate CA (AN12642 section 6): version 3; subject and key from the request,
/// issuer from the root, byte for byte; basicConstraints critical, CA, path length 0; keyUsage critical
/// keyCertSign and cRLSign; SKI the SHA-1 of the key (RFC 5280 section 4.2.1.2 method 1); AKI the root's SKI
/// as it stands, or the SHA-1 of its key where it has none.
///
/// # Errors
/// [`IssueError`]: the request's signature, an empty subject, an empty validity, a root key nothing is signed
/// with, or a root whose SKI does not decode.
pub fn intermediate_to_be_signed(
    request: &CertificateRequest,
    root: &Certificate,
    options: &IntermediateOptions,
) -> Result<ToBeSigned, IssueError> {
    request.verify_signature().map_err(IssueError::RequestSignature)?;
    if request.subject().is_empty() {
        return Err(IssueError::EmptySubject);
    }
    let root_identifier = root
        .subject_key_identifier()
        .map_err(|error| IssueError::Encoding {
            field: "the authority key identifier",
            reason: format!("the root's {error}"),
        })?
        .unwrap_or_else(|| root.public_key().key_identifier());
    let mut extensions = vec![
        TemplateExtension::BasicConstraints { ca: true, path_length: Some(0) },
        TemplateExtension::KeyUsage(vec![KeyUsageBit::KeyCertSign, KeyUsageBit::CrlSign]),
        TemplateExtension::SubjectKeyIdentifier(request.public_key().key_identifier()),
        TemplateExtension::AuthorityKeyIdentifier(root_identifier),
    ];
    if !options.crl_urls.is_empty() {
        extensions.push(TemplateExtension::CrlDistributionPoints(options.crl_urls.clone()));
    }
    if let Some(url) = &options.policy_url {
        extensions.push(TemplateExtension::PolicyUrl(url.clone()));
    }
    let issuer_key = root.public_key().algorithm();
    CertificateTemplate {
        serial: options.serial.clone(),
        issuer: root.subject().clone(),
        subject: request.subject().clone(),
        public_key: request.public_key().clone(),
        not_before: options.not_before,
        not_after: options.not_after.min(root.not_after()),
        extensions,
        hash: options.hash.unwrap_or_else(|| profile_hash(issuer_key)),
    }
    .to_be_signed(issuer_key)
}

/// Issues an intermediate: [`intermediate_to_be_signed`], signed. The signer must hold the root's key.
///
/// # Errors
/// [`IssueError`].
pub fn issue_intermediate(
    request: &CertificateRequest,
    root: &Certificate,
    signer: &dyn CertificateSigner,
    options: &IntermediateOptions,
) -> Result<Certificate, IssueError> {
    check_belongs(signer, root)?;
    intermediate_to_be_signed(request, root, options)?.sign(signer, root.public_key())
}

/// Does the signing key belong to the root certificate?
///
/// # Errors
/// [`IssueError::ForeignKey`].
pub fn check_belongs(signer: &dyn CertificateSigner, root: &Certificate) -> Result<(), IssueError> {
    if signer.public_key().is_same_key(root.public_key()) {
        return Ok(());
    }
    Err(IssueError::ForeignKey {
        signer: signer.public_key().algorithm(),
        root: root.subject().to_string(),
        root_key: root.public_key().algorithm(),
    })
}

/// The hash section 6 allows that suits the issuer's key best.
const fn profile_hash(key: KeyAlgorithm) -> HashAlgorithm {
    match key {
        KeyAlgorithm::NistP384 | KeyAlgorithm::NistP521 => HashAlgorithm::Sha384,
        _ => HashAlgorithm::Sha256,
    }
}

/// A serial number of 159 random bits: 20 octets, positive (RFC 5280 section 4.1.2.2).
///
/// # Errors
/// [`el2g_key_payload::EntropyUnavailable`].
pub fn random_serial(
    entropy: &mut dyn Entropy,
) -> Result<SerialNumber, el2g_key_payload::EntropyUnavailable> {
    let mut octets = [0; 20];
    entropy.fill(&mut octets)?;
    octets[0] &= 0x7f;
    // All zero happens once in 2^159 times, or with a broken source: refuse the source.
    SerialNumber::from_unsigned(&octets).map_err(|_| el2g_key_payload::EntropyUnavailable)
}

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

/// Makes a self-signed root: see [`CertificateTemplate::root`].
///
/// # Errors
/// [`IssueError`].
pub fn make_root(
    subject: &Name,
    key: &dyn CertificateSigner,
    serial: SerialNumber,
    not_before: Instant,
    not_after: Instant,
) -> Result<Certificate, IssueError> {
    CertificateTemplate::root(subject, key.public_key(), serial, not_before, not_after).sign(key)
}

/// Makes a request for `subject`, signed with its own key, without attributes.
///
/// # Errors
/// [`IssueError`].
pub fn make_request(
    subject: &Name,
    key: &dyn CertificateSigner,
    hash: HashAlgorithm,
) -> Result<CertificateRequest, IssueError> {
    let info = RequestInfo {
        version: 0,
        subject: any("the subject", subject.der())?,
        public_key: any("the public key", key.public_key().spki_der())?,
        attributes: SetOfVec::new(),
    }
    .to_der()
    .map_err(|error| encoding("the request", &error))?;
    let algorithm_identifier = signature_identifier(key.public_key().algorithm(), hash)?;
    let signature = key.sign(hash, &info)?;
    let der = signed(&info, &algorithm_identifier, &signature)?;
    CertificateRequest::from_der(&der).map_err(|error| encoding("the request", &error))
}

/// RFC 5280 section 4.1.2, with what must stay as it is taken in encoded.
#[derive(Sequence)]
struct Tbs<'a> {
    #[asn1(context_specific = "0", default = "Default::default")]
    version: Version,
    serial: Int,
    signature: AnyRef<'a>,
    issuer: AnyRef<'a>,
    validity: Validity<Rfc5280>,
    subject: AnyRef<'a>,
    public_key: AnyRef<'a>,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT", optional = "true")]
    extensions: Option<Vec<x509_cert::ext::Extension>>,
}

/// RFC 2986 section 4.
#[derive(Sequence)]
struct RequestInfo<'a> {
    version: u8,
    subject: AnyRef<'a>,
    public_key: AnyRef<'a>,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT")]
    attributes: SetOfVec<Attribute>,
}

/// SIGNED of RFC 5280 section 4.1.1 and RFC 2986 section 4.2.
#[derive(Sequence)]
struct Signed<'a> {
    content: AnyRef<'a>,
    algorithm: AnyRef<'a>,
    signature: BitString,
}

fn signed(
    content: &[u8],
    algorithm_identifier: &[u8],
    signature: &[u8],
) -> Result<Vec<u8>, IssueError> {
    Signed {
        content: any("the signed part", content)?,
        algorithm: any("the signature algorithm", algorithm_identifier)?,
        signature: BitString::from_bytes(signature)
            .map_err(|error| encoding("the signature", &error))?,
    }
    .to_der()
    .map_err(|error| encoding("the signed whole", &error))
}

fn signature_identifier(key: KeyAlgorithm, hash: HashAlgorithm) -> Result<Vec<u8>, IssueError> {
    SignatureAlgorithm::for_key(key, hash)
        .and_then(SignatureAlgorithm::to_der)
        .ok_or(IssueError::UnsupportedKey { key })
}

fn any<'a>(field: &'static str, der: &'a [u8]) -> Result<AnyRef<'a>, IssueError> {
    AnyRef::from_der(der).map_err(|error| encoding(field, &error))
}

pub(crate) fn encoding(field: &'static str, reason: &dyn std::fmt::Display) -> IssueError {
    IssueError::Encoding { field, reason: reason.to_string() }
}

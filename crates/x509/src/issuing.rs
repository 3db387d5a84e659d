//! Issuing: intermediates from requests, roots, device and verification certificates, and requests.
//!
//! The to-be-signed bytes are encoded by `der` from the parts as they stand: subject and key from the request,
//! issuer from the root, byte for byte (they enter as already encoded elements). `x509-cert`'s builder needs the
//! signing key while it builds; here the bytes exist before any key is touched, so that they can be checked,
//! shown, or carried to another machine.

use der::asn1::{AnyRef, SetOfVec};
use der::{Encode, Sequence};
use el2g_key_payload::{Entropy, EntropyUnavailable};
use x509_cert::attr::Attribute;

use crate::algorithm::{HashAlgorithm, KeyAlgorithm};
use crate::certificate::{Certificate, SerialNumber};
use crate::extension::KeyUsageBit;
use crate::instant::Instant;
use crate::name::{Name, NameError};
use crate::public_key::VerifyError;
use crate::request::CertificateRequest;
use crate::signer::{CertificateSigner, SignerError};

#[cfg(test)]
mod odd_request_tests;
mod template;
mod template_extension;
mod to_be_signed;

pub use template::CertificateTemplate;
pub use template_extension::TemplateExtension;
pub use to_be_signed::ToBeSigned;
use to_be_signed::{any, encoding, signature_identifier, signed};

/// Why nothing was issued.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IssueError {
    /// The request's own signature is not good: its sender may not hold the key.
    #[error("the request's own signature is not good")]
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
    #[error("the signature does not fit the to-be-signed bytes and the issuer's key")]
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
    /// Last moment of validity asked for; never later than the root's.
    pub not_after: Instant,
    /// The hash; `None` takes SHA-384 for P-384 and P-521 roots and SHA-256 for the rest (AN12642 section 6).
    pub hash: Option<HashAlgorithm>,
    /// Where the CA publishes its revocation lists, as cRLDistributionPoints; none leaves the extension out.
    pub crl_urls: Vec<String>,
    /// The CA's practice statement, as a certificatePolicies qualifier of anyPolicy; `None` leaves it out.
    pub policy_url: Option<String>,
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
/// [`EntropyUnavailable`].
pub fn random_serial(entropy: &mut dyn Entropy) -> Result<SerialNumber, EntropyUnavailable> {
    let mut octets = [0; 20];
    entropy.fill(&mut octets)?;
    octets[0] &= 0x7f;
    // All zero happens once in 2^159 times, or with a broken source: refuse the source.
    SerialNumber::from_unsigned(&octets).map_err(|_| EntropyUnavailable)
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

/// RFC 2986 section 4.
#[derive(Sequence)]
struct RequestInfo<'a> {
    version: u8,
    subject: AnyRef<'a>,
    public_key: AnyRef<'a>,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT")]
    attributes: SetOfVec<Attribute>,
}

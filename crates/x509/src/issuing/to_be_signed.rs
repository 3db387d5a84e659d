//! What is signed, and how it is joined with its signature.

use std::fmt::Display;

use aws_lc_rs::digest;
use der::asn1::{AnyRef, BitString, Int};
use der::{Decode, Encode, Sequence};
use x509_cert::certificate::{Rfc5280, Version};
use x509_cert::time::Validity;

use super::IssueError;
use crate::algorithm::{HashAlgorithm, KeyAlgorithm, SignatureAlgorithm};
use crate::certificate::Certificate;
use crate::decoded::certificate::Decoded;
use crate::decoded::strict;
use crate::public_key::PublicKey;
use crate::signer::{CertificateSigner, ecdsa_signature_der};

/// A certificate that lacks only its signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToBeSigned {
    pub(super) tbs: Vec<u8>,
    pub(super) algorithm_identifier: Vec<u8>,
    pub(super) hash: HashAlgorithm,
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

    /// SHA-256 of the bytes, 64 lower-case hex digits.
    pub fn sha256_hex(&self) -> String {
        base16ct::lower::encode_string(digest::digest(&digest::SHA256, &self.tbs).as_ref())
    }

    /// Reads TBSCertificate bytes back, as written to a file for an offline signature. The signature algorithm
    /// is the one inside.
    ///
    /// # Errors
    /// [`IssueError::Encoding`] when they are not a TBSCertificate of a supported signature algorithm.
    pub fn from_der(tbs: &[u8]) -> Result<Self, IssueError> {
        let wrong =
            |reason: String| IssueError::Encoding { field: "the to-be-signed part", reason };
        let read = Decoded::read_to_be_signed(tbs).map_err(|fault| wrong(fault.to_string()))?;
        if let Some(fault) = strict::fault(tbs) {
            return Err(wrong(fault.to_string()));
        }
        let identifier = read.inner_algorithm.whole;
        match SignatureAlgorithm::from_der(identifier) {
            Some(SignatureAlgorithm::Known { hash, .. }) => {
                Ok(Self { tbs: tbs.to_vec(), algorithm_identifier: identifier.to_vec(), hash })
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

    /// Joins a signature made elsewhere, after verifying it with `issuer_key`. An ECDSA signature is DER, or the
    /// bare `r || s` that PKCS#11 tokens give.
    ///
    /// # Errors
    /// [`IssueError::Signature`] when it does not verify.
    pub fn join(
        &self,
        signature: &[u8],
        issuer_key: &PublicKey,
    ) -> Result<Certificate, IssueError> {
        let encoded = ecdsa_signature_der(issuer_key.algorithm(), signature);
        let signature = encoded.as_deref().unwrap_or(signature);
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

/// RFC 5280 section 4.1.2, with what must stay as it is taken in encoded.
#[derive(Sequence)]
pub(super) struct Tbs<'a> {
    #[asn1(context_specific = "0", default = "Default::default")]
    pub(super) version: Version,
    pub(super) serial: Int,
    pub(super) signature: AnyRef<'a>,
    pub(super) issuer: AnyRef<'a>,
    pub(super) validity: Validity<Rfc5280>,
    pub(super) subject: AnyRef<'a>,
    pub(super) public_key: AnyRef<'a>,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT", optional = "true")]
    pub(super) extensions: Option<Vec<x509_cert::ext::Extension>>,
}

/// SIGNED of RFC 5280 section 4.1.1 and RFC 2986 section 4.2.
#[derive(Sequence)]
struct Signed<'a> {
    content: AnyRef<'a>,
    algorithm: AnyRef<'a>,
    signature: BitString,
}

pub(super) fn signed(
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

pub(super) fn signature_identifier(
    key: KeyAlgorithm,
    hash: HashAlgorithm,
) -> Result<Vec<u8>, IssueError> {
    SignatureAlgorithm::for_key(key, hash)
        .and_then(SignatureAlgorithm::to_der)
        .ok_or(IssueError::UnsupportedKey { key })
}

pub(super) fn any<'a>(field: &'static str, der: &'a [u8]) -> Result<AnyRef<'a>, IssueError> {
    AnyRef::from_der(der).map_err(|error| encoding(field, &error))
}

pub(super) fn encoding(field: &'static str, reason: &dyn Display) -> IssueError {
    IssueError::Encoding { field, reason: reason.to_string() }
}

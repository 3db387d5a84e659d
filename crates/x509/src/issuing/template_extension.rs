//! Extensions to be put into certificates (RFC 5280 section 4.2.1).

use const_oid::AssociatedOid;
use der::asn1::{Any, Ia5String, OctetString};
use der::flagset::FlagSet;
use der::{Encode, Tag};
use x509_cert::ext::pkix::certpolicy::{PolicyInformation, PolicyQualifierInfo};
use x509_cert::ext::pkix::crl::dp::DistributionPoint;
use x509_cert::ext::pkix::name::{DistributionPointName, GeneralName};
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, CertificatePolicies, CrlDistributionPoints,
    ExtendedKeyUsage, KeyUsage, KeyUsages, SubjectKeyIdentifier,
};

use super::IssueError;
use super::to_be_signed::encoding;
use crate::extension::KeyUsageBit;
use crate::oid::Oid;

/// An extension to issue, with the criticality RFC 5280 gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TemplateExtension {
    /// basicConstraints, critical.
    BasicConstraints {
        /// cA.
        ca: bool,
        /// pathLenConstraint.
        path_length: Option<u8>,
    },
    /// keyUsage, critical.
    KeyUsage(Vec<KeyUsageBit>),
    /// extKeyUsage, not critical.
    ExtendedKeyUsage(Vec<Oid>),
    /// subjectKeyIdentifier, not critical.
    SubjectKeyIdentifier(Vec<u8>),
    /// authorityKeyIdentifier with a key identifier only, not critical.
    AuthorityKeyIdentifier(Vec<u8>),
    /// cRLDistributionPoints with one URL each, not critical.
    CrlDistributionPoints(Vec<String>),
    /// certificatePolicies: anyPolicy with a pointer to a practice statement, not critical.
    PolicyUrl(String),
    /// Anything else, as it is (for the sandbox's faults and for tests).
    Other {
        /// Its identifier.
        oid: Oid,
        /// Critical?
        critical: bool,
        /// Content of its OCTET STRING.
        value: Vec<u8>,
    },
}

const ANY_POLICY: Oid = Oid::from_dotted("2.5.29.32.0");
const PRACTICE_STATEMENT: Oid = Oid::from_dotted("1.3.6.1.5.5.7.2.1");

impl TemplateExtension {
    pub(crate) fn encode(&self) -> Result<x509_cert::ext::Extension, IssueError> {
        match self {
            Self::BasicConstraints { ca, path_length } => {
                made(true, &BasicConstraints { ca: *ca, path_len_constraint: *path_length })
            }
            Self::KeyUsage(uses) => made(
                true,
                &KeyUsage(uses.iter().fold(FlagSet::default(), |set, &bit| set | key_usage(bit))),
            ),
            Self::ExtendedKeyUsage(purposes) => {
                made(false, &ExtendedKeyUsage(purposes.iter().map(|oid| oid.0).collect()))
            }
            Self::SubjectKeyIdentifier(octets) => {
                made(false, &SubjectKeyIdentifier(octet_string(octets)?))
            }
            Self::AuthorityKeyIdentifier(octets) => made(
                false,
                &AuthorityKeyIdentifier {
                    key_identifier: Some(octet_string(octets)?),
                    ..AuthorityKeyIdentifier::default()
                },
            ),
            Self::CrlDistributionPoints(urls) => made(
                false,
                &CrlDistributionPoints(
                    urls.iter().map(|url| distribution_point(url)).collect::<Result<_, _>>()?,
                ),
            ),
            Self::PolicyUrl(url) => made(false, &policies(url)?),
            Self::Other { oid, critical, value } => Ok(x509_cert::ext::Extension {
                extn_id: oid.0,
                critical: *critical,
                extn_value: octet_string(value)?,
            }),
        }
    }
}

fn made<T: AssociatedOid + Encode>(
    critical: bool,
    value: &T,
) -> Result<x509_cert::ext::Extension, IssueError> {
    let der = value.to_der().map_err(|error| encoding("an extension", &error))?;
    Ok(x509_cert::ext::Extension { extn_id: T::OID, critical, extn_value: octet_string(&der)? })
}

fn octet_string(octets: &[u8]) -> Result<OctetString, IssueError> {
    OctetString::new(octets).map_err(|error| encoding("an extension", &error))
}

fn distribution_point(url: &str) -> Result<DistributionPoint, IssueError> {
    let uri = Ia5String::new(url).map_err(|error| encoding("the CRL URL", &error))?;
    Ok(DistributionPoint {
        distribution_point: Some(DistributionPointName::FullName(vec![
            GeneralName::UniformResourceIdentifier(uri),
        ])),
        reasons: None,
        crl_issuer: None,
    })
}

fn policies(url: &str) -> Result<CertificatePolicies, IssueError> {
    if !url.is_ascii() {
        return Err(encoding("the policy URL", &"characters outside ASCII"));
    }
    let qualifier = Any::new(Tag::Ia5String, url.as_bytes())
        .map_err(|error| encoding("the policy URL", &error))?;
    Ok(CertificatePolicies(vec![PolicyInformation {
        policy_identifier: ANY_POLICY.0,
        policy_qualifiers: Some(vec![PolicyQualifierInfo {
            policy_qualifier_id: PRACTICE_STATEMENT.0,
            qualifier: Some(qualifier),
        }]),
    }]))
}

const fn key_usage(bit: KeyUsageBit) -> KeyUsages {
    match bit {
        KeyUsageBit::DigitalSignature => KeyUsages::DigitalSignature,
        KeyUsageBit::NonRepudiation => KeyUsages::NonRepudiation,
        KeyUsageBit::KeyEncipherment => KeyUsages::KeyEncipherment,
        KeyUsageBit::DataEncipherment => KeyUsages::DataEncipherment,
        KeyUsageBit::KeyAgreement => KeyUsages::KeyAgreement,
        KeyUsageBit::KeyCertSign => KeyUsages::KeyCertSign,
        KeyUsageBit::CrlSign => KeyUsages::CRLSign,
        KeyUsageBit::EncipherOnly => KeyUsages::EncipherOnly,
        KeyUsageBit::DecipherOnly => KeyUsages::DecipherOnly,
    }
}

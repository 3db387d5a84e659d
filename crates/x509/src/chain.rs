//! Chains: leaf -> intermediate -> root, with real signatures (RFC 5280 section 6.1, cut to what a private chain
//! of known length needs). Not done: revocation and policies; a critical policyConstraints is therefore an unknown
//! critical extension here.

use serde::Serialize;

use crate::certificate::Certificate;
use crate::extension::{Extension, ExtensionError, KeyUsageBit, PathLength};
use crate::instant::Instant;
use crate::oid::Oid;
use crate::public_key::VerifyError;

#[cfg(test)]
mod made_chains;
mod name_constraints;
#[cfg(test)]
mod x509_limbo;

pub use name_constraints::{ConstrainedNames, NameConstraintError, NameConstraints};

/// What a chain that holds looks like.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChainReport {
    /// Its certificates, leaf first.
    pub links: Vec<ChainLink>,
    /// What is odd but no fault.
    pub warnings: Vec<ChainWarning>,
}

/// One certificate of a chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChainLink {
    /// Subject, RFC 4514.
    pub subject: String,
    /// Issuer, RFC 4514.
    pub issuer: String,
    /// Serial number, hex.
    pub serial: String,
    /// Kind of its key.
    pub key: String,
    /// Algorithm of its signature.
    pub signature_algorithm: String,
    /// First moment of validity, RFC 3339.
    pub not_before: String,
    /// Last moment of validity, RFC 3339.
    pub not_after: String,
    /// SHA-256 of the certificate, hex.
    pub fingerprint_sha256: String,
}

/// Odd but accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum ChainWarning {
    /// A certificate ends after its issuer (the real service issues such).
    #[serde(rename_all = "camelCase")]
    OutlivesIssuer {
        /// Its subject.
        subject: String,
        /// Its end.
        not_after: String,
        /// The issuer's end.
        issuer_not_after: String,
    },
    /// The names match by RFC 5280 section 7.1 but are encoded differently.
    #[serde(rename_all = "camelCase")]
    NameEncodedDifferently {
        /// The subject of the certificate whose issuer field differs.
        subject: String,
    },
    /// The last certificate is not self-issued: it is trusted because it was given, not because it is a root.
    #[serde(rename_all = "camelCase")]
    RootNotSelfIssued {
        /// Its subject.
        subject: String,
    },
}

impl std::fmt::Display for ChainWarning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::OutlivesIssuer { subject, not_after, issuer_not_after } => {
                write!(f, "`{subject}` ends {not_after}, after its issuer ({issuer_not_after})")
            }
            Self::NameEncodedDifferently { subject } => write!(
                f,
                "the issuer of `{subject}` is encoded differently from the subject it names"
            ),
            Self::RootNotSelfIssued { subject } => {
                write!(f, "`{subject}`, given as the root, is not self-issued")
            }
        }
    }
}

/// Why a chain does not hold. `subject` names the certificate at fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChainError {
    /// Fewer than one certificate.
    #[error("the chain is empty")]
    Empty,
    /// The issuer field is not the next certificate's subject.
    #[error("`{subject}` was issued by `{issuer}`, the next certificate is `{next}`")]
    IssuerMismatch {
        /// Whose issuer.
        subject: String,
        /// The issuer field.
        issuer: String,
        /// The next certificate's subject.
        next: String,
    },
    /// The signature.
    #[error("the signature of `{subject}` is not good")]
    Signature {
        /// Whose signature.
        subject: String,
        /// What is wrong.
        #[source]
        reason: VerifyError,
    },
    /// The algorithm inside the signed part is another than the one beside the signature (RFC 5280 section 4.1.1.2).
    #[error(
        "`{subject}` names two signature algorithms, one inside and another beside the signature"
    )]
    AlgorithmMismatch {
        /// Which certificate.
        subject: String,
    },
    /// Not yet or no longer in force.
    #[error("`{subject}` is in force from {not_before} to {not_after}, not at {at}")]
    NotInForce {
        /// Which.
        subject: String,
        /// The moment asked for.
        at: Instant,
        /// Its first moment.
        not_before: Instant,
        /// Its last moment.
        not_after: Instant,
    },
    /// An issuer that is not a CA.
    #[error("`{subject}` is not a CA ({reason}) but issues `{issued}`")]
    NotACa {
        /// The issuer.
        subject: String,
        /// What it issued.
        issued: String,
        /// basicConstraints or keyUsage.
        reason: &'static str,
    },
    /// More CAs below than the path length allows.
    #[error("`{subject}` allows {allowed} CA certificates below it, {found} are there")]
    PathTooLong {
        /// The CA.
        subject: String,
        /// Its pathLenConstraint.
        allowed: PathLength,
        /// CAs below it, self-issued ones not counted.
        found: u64,
    },
    /// A critical extension nobody here understands.
    #[error("`{subject}` has the critical extension {extension}, which is not processed")]
    UnknownCritical {
        /// Which certificate.
        subject: String,
        /// The extension.
        extension: String,
    },
    /// A name that a CA above does not allow.
    #[error("`{subject}` does not keep to the name constraints of `{issuer}`")]
    NameConstraints {
        /// Which certificate.
        subject: String,
        /// The CA with the constraints.
        issuer: String,
        /// The name at fault.
        #[source]
        reason: NameConstraintError,
    },
    /// An extension that does not decode or is there twice.
    #[error("an extension of `{subject}` cannot be used")]
    Extension {
        /// Which certificate.
        subject: String,
        /// What is wrong.
        #[source]
        reason: ExtensionError,
    },
}

/// Critical extensions that are processed here or do not limit what is checked.
const PROCESSED: [Oid; 5] = [
    Extension::BASIC_CONSTRAINTS,
    Extension::KEY_USAGE,
    Extension::EXTENDED_KEY_USAGE,
    Extension::SUBJECT_ALT_NAME,
    Extension::NAME_CONSTRAINTS,
];

/// Verifies a chain, leaf first, trusted root last, at a moment. The root's own signature is checked when it is
/// self-issued.
///
/// # Errors
/// [`ChainError`], the first fault found from the leaf up.
pub fn verify_chain(chain: &[&Certificate], at: Instant) -> Result<ChainReport, ChainError> {
    let Some(root) = chain.last() else {
        return Err(ChainError::Empty);
    };
    let mut warnings = Vec::new();
    for (position, certificate) in chain.iter().enumerate() {
        check_alone(certificate, at)?;
        if let Some(issuer) = chain.get(position + 1) {
            check_issued(certificate, issuer, &mut warnings)?;
            check_ca(issuer, certificate, &chain[..=position])?;
        }
        check_names(chain, position)?;
    }
    if root.is_self_issued() {
        check_signature(root, root)?;
    } else {
        warnings.push(ChainWarning::RootNotSelfIssued { subject: root.subject().to_string() });
    }
    Ok(ChainReport { links: chain.iter().map(|certificate| link(certificate)).collect(), warnings })
}

fn check_alone(certificate: &Certificate, at: Instant) -> Result<(), ChainError> {
    let subject = || certificate.subject().to_string();
    if !certificate.is_in_force(at) {
        return Err(ChainError::NotInForce {
            subject: subject(),
            at,
            not_before: certificate.not_before(),
            not_after: certificate.not_after(),
        });
    }
    if certificate.inner_signature_algorithm_der() != certificate.signature_algorithm_der() {
        return Err(ChainError::AlgorithmMismatch { subject: subject() });
    }
    for extension in certificate.extensions().unwrap_or_default() {
        certificate
            .extension(extension.oid())
            .map_err(|reason| ChainError::Extension { subject: subject(), reason })?;
        if extension.critical() && !PROCESSED.contains(&extension.oid()) {
            return Err(ChainError::UnknownCritical {
                subject: subject(),
                extension: extension.name(),
            });
        }
    }
    Ok(())
}

fn check_issued(
    certificate: &Certificate,
    issuer: &Certificate,
    warnings: &mut Vec<ChainWarning>,
) -> Result<(), ChainError> {
    if !certificate.issuer().matches(issuer.subject()) {
        return Err(ChainError::IssuerMismatch {
            subject: certificate.subject().to_string(),
            issuer: certificate.issuer().to_string(),
            next: issuer.subject().to_string(),
        });
    }
    check_signature(certificate, issuer)?;
    if certificate.issuer().der() != issuer.subject().der() {
        warnings.push(ChainWarning::NameEncodedDifferently {
            subject: certificate.subject().to_string(),
        });
    }
    if certificate.not_after() > issuer.not_after() {
        warnings.push(ChainWarning::OutlivesIssuer {
            subject: certificate.subject().to_string(),
            not_after: certificate.not_after().to_string(),
            issuer_not_after: issuer.not_after().to_string(),
        });
    }
    Ok(())
}

fn check_signature(certificate: &Certificate, issuer: &Certificate) -> Result<(), ChainError> {
    certificate.verify_signed_by(issuer.public_key()).map_err(|reason| ChainError::Signature {
        subject: certificate.subject().to_string(),
        reason,
    })
}

/// Is `issuer` allowed to have issued `issued`, and is the path below it short enough?
fn check_ca(
    issuer: &Certificate,
    issued: &Certificate,
    below: &[&Certificate],
) -> Result<(), ChainError> {
    let subject = issuer.subject().to_string();
    let broken = |reason| ChainError::Extension { subject: issuer.subject().to_string(), reason };
    let no_ca = |reason| ChainError::NotACa {
        subject: issuer.subject().to_string(),
        issued: issued.subject().to_string(),
        reason,
    };
    let constraints =
        issuer.basic_constraints().map_err(broken)?.ok_or_else(|| no_ca("no basicConstraints"))?;
    if !constraints.ca {
        return Err(no_ca("cA is FALSE"));
    }
    if let Some(usage) = issuer.key_usage().map_err(broken)?
        && !usage.has(KeyUsageBit::KeyCertSign)
    {
        return Err(no_ca("keyUsage lacks keyCertSign"));
    }
    // RFC 5280 section 4.2.1.9: CA certificates between this one and the leaf, self-issued ones not counted.
    let found =
        below.iter().skip(1).filter(|certificate| !certificate.is_self_issued()).count() as u64;
    match constraints.path_length {
        Some(PathLength::Number(allowed)) if found > allowed => {
            Err(ChainError::PathTooLong { subject, allowed: PathLength::Number(allowed), found })
        }
        Some(PathLength::Negative) => {
            Err(ChainError::PathTooLong { subject, allowed: PathLength::Negative, found })
        }
        _ => Ok(()),
    }
}

/// Does the certificate at `position` keep to the name constraints of all CAs above it? A self-issued one that is not
/// the path's end need not (RFC 5280 section 6.1.3 (b)).
fn check_names(chain: &[&Certificate], position: usize) -> Result<(), ChainError> {
    let certificate = chain[position];
    if position > 0 && certificate.is_self_issued() {
        return Ok(());
    }
    let broken = |subject: &Certificate, reason| ChainError::Extension {
        subject: subject.subject().to_string(),
        reason,
    };
    for issuer in &chain[position + 1..] {
        let Some(extension) = issuer
            .extension(Extension::NAME_CONSTRAINTS)
            .map_err(|reason| broken(issuer, reason))?
        else {
            continue;
        };
        let constraints = extension.name_constraints().map_err(|reason| broken(issuer, reason))?;
        let alternative = certificate
            .extension(Extension::SUBJECT_ALT_NAME)
            .map_err(|reason| broken(certificate, reason))?
            .map(Extension::value);
        let read =
            if position == 0 { ConstrainedNames::of_end } else { ConstrainedNames::of_issuer };
        read(&certificate.decoded().subject, alternative)
            .and_then(|names| constraints.check(&names))
            .map_err(|reason| ChainError::NameConstraints {
                subject: certificate.subject().to_string(),
                issuer: issuer.subject().to_string(),
                reason,
            })?;
    }
    Ok(())
}

fn link(certificate: &Certificate) -> ChainLink {
    ChainLink {
        subject: certificate.subject().to_string(),
        issuer: certificate.issuer().to_string(),
        serial: certificate.serial().to_string(),
        key: certificate.public_key().algorithm().to_string(),
        signature_algorithm: certificate.signature_algorithm().to_string(),
        not_before: certificate.not_before().to_string(),
        not_after: certificate.not_after().to_string(),
        fingerprint_sha256: certificate.fingerprint_sha256_hex(),
    }
}

//! What a check hands back: reports in the shape of the JSON output.

use el2g_x509::Instant;
use serde::{Serialize, Serializer};

use crate::finding::{Finding, NotChecked, Severity};
use crate::rule_set::Parameters;
use crate::rules::Target;

/// What an input turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum InputKind {
    /// A certificate that could be checked.
    Certificate,
    /// Nothing that could be checked.
    Unreadable,
}

/// The judgement of one certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CertificateReport {
    /// Where it came from; empty when the caller named nothing. `#2` stands behind the second certificate of a bundle.
    pub file: String,
    /// Which certificate of the bundle it is, counted from 1; `None` where there is only one.
    #[serde(skip)]
    pub number: Option<usize>,
    /// What the input turned out to be.
    pub kind: InputKind,
    /// SHA-256 of the DER, lower-case hex; `None` when there is no DER.
    pub fingerprint_sha256: Option<String>,
    /// No finding is as heavy as the threshold (an error, unless the caller chose another).
    pub passed: bool,
    /// Every rule was checked.
    pub complete: bool,
    /// The severity from which on a finding fails the certificate.
    #[serde(skip)]
    pub fail_on: Severity,
    /// The rules it was checked against, those of the root included where there is one.
    #[serde(skip)]
    pub target: Target,
    /// The breaches, in the order of the table.
    pub findings: Vec<Finding>,
    /// The rules that were not checked, and why.
    pub not_checked: Vec<NotChecked>,
    /// Names, dates and keys, when asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<Box<CertificateDetails>>,
}

/// The facts of a certificate that a report shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CertificateDetails {
    /// SHA-256 of the DER, lower-case hex.
    pub fingerprint_sha256: String,
    /// The subject in the form of RFC 4514.
    pub subject: String,
    /// The issuer in the form of RFC 4514.
    pub issuer: String,
    /// The serial number, lower-case hex.
    pub serial_number: String,
    /// Start of validity, RFC 3339.
    #[serde(serialize_with = "optional_instant")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub not_before: Option<Instant>,
    /// End of validity, RFC 3339.
    #[serde(serialize_with = "optional_instant")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub not_after: Option<Instant>,
    /// The key's algorithm and size.
    pub public_key: String,
    /// The algorithm of the signature.
    pub signature_algorithm: String,
}

/// The facts that a report shows of the request that the certificates answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RequestDetails {
    /// SHA-256 of the DER, lower-case hex.
    pub fingerprint_sha256: String,
    /// The subject in the form of RFC 4514.
    pub subject: String,
    /// The key's algorithm and size.
    pub public_key: String,
}

/// The judgement of everything handed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Report {
    /// The name of the rule set.
    pub rules: String,
    /// The time of the check, RFC 3339.
    #[serde(serialize_with = "instant")]
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub at: Instant,
    /// The root, when asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub root: Option<Box<CertificateDetails>>,
    /// The request, when asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<Box<RequestDetails>>,
    /// Months a device certificate lives, for the time line.
    #[serde(skip)]
    pub device_months: u32,
    /// The intermediate that device certificates were checked under, when asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub intermediate: Option<Box<CertificateDetails>>,
    /// One entry for each certificate.
    pub certificates: Vec<CertificateReport>,
    /// Every certificate passed.
    pub passed: bool,
    /// Every rule was checked on every certificate.
    pub complete: bool,
}

impl Report {
    /// Puts the judgements of several certificates together.
    #[must_use]
    pub fn new(rules: &str, at: Instant, certificates: Vec<CertificateReport>) -> Self {
        Self {
            rules: rules.to_owned(),
            at,
            root: None,
            request: None,
            device_months: Parameters::default().device_certificate_months,
            intermediate: None,
            passed: certificates.iter().all(|certificate| certificate.passed),
            complete: certificates.iter().all(|certificate| certificate.complete),
            certificates,
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn instant<S: Serializer>(at: &Instant, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(at)
}

#[expect(clippy::ref_option, reason = "serde hands over a reference")]
fn optional_instant<S: Serializer>(at: &Option<Instant>, serializer: S) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => serializer.collect_str(at),
        None => serializer.serialize_none(),
    }
}

//! Signing an intermediate CA: everything is decided, checked and shown before the root's key is touched.
//!
//! 1. [`prepare`] builds the to-be-signed bytes, signs them with a throw-away key and checks the result by the
//!    profile: what would fail never reaches the real key.
//! 2. [`Prepared::sign`] (or [`Prepared::join`], when the signature was made elsewhere) attaches the real
//!    signature to the very same bytes and checks once more, now with nothing left out.
//!
//! No files, no terminal, no clock: the caller has those.

mod signing;

use el2g_cert_profile::{CertificateReport, Checker, RuleSet, Severity, check_request};
use el2g_key_payload::Entropy;
use el2g_x509::{
    Certificate, CertificateRequest, CertificateSigner, FileKey, HashAlgorithm, Instant,
    IntermediateOptions, KeyAlgorithm, SerialNumber, ToBeSigned, check_belongs,
    intermediate_to_be_signed, random_serial,
};
use serde::Serialize;

pub use self::signing::{IntermediateSigning, RootSignature};
use crate::Failure;

/// The only rule that the throw-away signature cannot keep.
const SIGNATURE_RULE: &str = "signature-verifies";

/// What the CA decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigningOrder {
    /// Days of validity from `not_before`; cut to the root's end.
    pub days: u32,
    /// First moment of validity; `None` is now (or the root's first moment, if that is later).
    pub not_before: Option<Instant>,
    /// The hash; `None` goes by the root's key.
    pub hash: Option<HashAlgorithm>,
    /// The serial number; `None` draws 159 random bits.
    pub serial: Option<SerialNumber>,
    /// Where revocation lists are published.
    pub crl_urls: Vec<String>,
    /// Where the practice statement is published.
    pub policy_url: Option<String>,
}

/// An intermediate that lacks only the root's signature, checked by the profile.
#[derive(Debug)]
pub struct Prepared {
    to_be_signed: ToBeSigned,
    root: Certificate,
    request: CertificateRequest,
    rules: RuleSet,
    at: Instant,
    summary: SigningSummary,
}

/// What is about to be signed, for people and for the record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SigningSummary {
    /// Subject, RFC 4514.
    pub subject: String,
    /// Issuer, RFC 4514.
    pub issuer: String,
    /// Serial number, hex.
    pub serial_number: String,
    /// First moment of validity, RFC 3339.
    pub not_before: String,
    /// Last moment of validity, RFC 3339.
    pub not_after: String,
    /// Whether the end asked for lay beyond the root's, whose end was taken.
    pub cut_to_root: bool,
    /// Kind of the key that is certified.
    pub public_key: String,
    /// Algorithm of the signature.
    pub signature_algorithm: String,
    /// Names of the extensions, in order; critical ones are marked.
    pub extensions: Vec<String>,
    /// SHA-256 of the request, hex.
    pub request_sha256: String,
    /// SHA-256 of the root certificate, hex.
    pub root_sha256: String,
    /// SHA-256 of the to-be-signed bytes, hex.
    pub to_be_signed_sha256: String,
    /// The rule set it was checked against.
    pub rules: String,
    /// What the request asked for that the profile does not give.
    pub ignored_requests: Vec<String>,
    /// Findings that do not stop it: warnings and notes.
    pub remarks: Vec<String>,
}

/// A signed and checked intermediate.
#[derive(Debug)]
pub struct Signed {
    /// The certificate.
    pub certificate: Certificate,
    /// The judgement of it, with root and request.
    pub report: CertificateReport,
    /// What was signed.
    pub summary: SigningSummary,
    /// The moment of the judgement.
    pub at: Instant,
}

/// Builds the certificate up to its signature and checks it.
///
/// # Errors
/// [`Failure`] (input): the request, the root, the validity, or a finding of the profile at error level; each
/// finding is a cause.
pub(crate) fn prepare(
    request: &CertificateRequest,
    root: &Certificate,
    order: &SigningOrder,
    rules: &RuleSet,
    now: Instant,
    entropy: &mut dyn Entropy,
) -> Result<Prepared, Failure> {
    refuse_request(request, rules)?;
    let serial = match &order.serial {
        Some(serial) => serial.clone(),
        None => random_serial(entropy)
            .map_err(|_| Failure::bug("the system's random source gives nothing"))?,
    };
    let not_before = order.not_before.unwrap_or_else(|| now.max(root.not_before()));
    let not_after = not_before.plus_days(i64::from(order.days));
    let options = IntermediateOptions {
        serial,
        not_before,
        not_after,
        hash: order.hash,
        crl_urls: order.crl_urls.clone(),
        policy_url: order.policy_url.clone(),
    };
    let to_be_signed = intermediate_to_be_signed(request, root, &options)?;
    let mut prepared = check_before_signing(request, root, to_be_signed, rules, now)?;
    prepared.summary.cut_to_root = not_after > root.not_after();
    Ok(prepared)
}

/// Takes up to-be-signed bytes that [`prepare`] made earlier (on another machine, say) and checks them again.
///
/// # Errors
/// [`Failure`] (input): the bytes are not a TBSCertificate, or a finding of the profile at error level.
pub(crate) fn resume(
    request: &CertificateRequest,
    root: &Certificate,
    tbs_der: &[u8],
    rules: &RuleSet,
    now: Instant,
) -> Result<Prepared, Failure> {
    refuse_request(request, rules)?;
    check_before_signing(request, root, ToBeSigned::from_der(tbs_der)?, rules, now)
}

impl Prepared {
    /// What is about to be signed.
    pub const fn summary(&self) -> &SigningSummary {
        &self.summary
    }

    /// The bytes the signature will cover: a DER TBSCertificate.
    pub fn tbs_der(&self) -> &[u8] {
        self.to_be_signed.der()
    }

    /// The hash the signature is made with.
    pub const fn hash(&self) -> HashAlgorithm {
        self.to_be_signed.hash()
    }

    /// Signs with the root's key, which must belong to the root certificate.
    ///
    /// # Errors
    /// [`Failure`] (input): a foreign key, a signer that refuses, or a finding of the profile.
    pub fn sign(self, key: &dyn CertificateSigner) -> Result<Signed, Failure> {
        check_belongs(key, &self.root)?;
        let certificate = self.to_be_signed.sign(key, self.root.public_key())?;
        self.finish(certificate)
    }

    /// Attaches a signature made elsewhere: DER or, for an EC key, `r || s`.
    ///
    /// # Errors
    /// [`Failure`] (input): a signature that does not verify, or a finding of the profile.
    pub fn join(self, signature: &[u8]) -> Result<Signed, Failure> {
        let certificate = self.to_be_signed.join(signature, self.root.public_key())?;
        self.finish(certificate)
    }

    fn finish(self, certificate: Certificate) -> Result<Signed, Failure> {
        if certificate.tbs_der() != self.to_be_signed.der() {
            return Err(Failure::bug("the signed bytes are not those that were checked"));
        }
        let report = judge(&certificate, &self.root, &self.request, &self.rules, self.at);
        refuse_findings(&report, "the signed certificate")?;
        Ok(Signed { certificate, report, summary: self.summary, at: self.at })
    }
}

/// The verdict of `csr show`, before anything is built from the request.
fn refuse_request(request: &CertificateRequest, rules: &RuleSet) -> Result<(), Failure> {
    refuse_findings(&check_request(request.decoded(), None, None, rules), "the request")
}

fn check_before_signing(
    request: &CertificateRequest,
    root: &Certificate,
    to_be_signed: ToBeSigned,
    rules: &RuleSet,
    now: Instant,
) -> Result<Prepared, Failure> {
    let throw_away = FileKey::generate(quick_kind(root.public_key().algorithm()))?;
    let rehearsal = to_be_signed.sign(&throw_away, throw_away.public_key())?;
    // One that begins in the future is judged at its first moment.
    let at = now.max(rehearsal.not_before());
    let mut report = judge(&rehearsal, root, request, rules, at);
    report.findings.retain(|finding| finding.rule != SIGNATURE_RULE);
    report.passed = report.findings.iter().all(|finding| finding.severity < Severity::Error);
    refuse_findings(&report, "the certificate to be signed")?;
    let mut remarks: Vec<String> = report.findings.iter().map(described).collect();
    if rehearsal.not_before() > now {
        remarks.push(format!("warning it is not in force before {}", rehearsal.not_before()));
    }
    let summary = SigningSummary {
        subject: rehearsal.subject().to_string(),
        issuer: rehearsal.issuer().to_string(),
        serial_number: rehearsal.serial().to_string(),
        not_before: rehearsal.not_before().to_string(),
        not_after: rehearsal.not_after().to_string(),
        cut_to_root: false,
        public_key: rehearsal.public_key().algorithm().to_string(),
        signature_algorithm: rehearsal.signature_algorithm().to_string(),
        extensions: extension_names(&rehearsal),
        request_sha256: request.fingerprint_sha256_hex(),
        root_sha256: root.fingerprint_sha256_hex(),
        to_be_signed_sha256: to_be_signed.sha256_hex(),
        rules: rules.name().to_owned(),
        ignored_requests: ignored_requests(request, &rehearsal),
        remarks,
    };
    Ok(Prepared {
        to_be_signed,
        root: root.clone(),
        request: request.clone(),
        rules: rules.clone(),
        at,
        summary,
    })
}

/// A throw-away key has the kind of the root's, at the size that is made fastest.
const fn quick_kind(root: KeyAlgorithm) -> KeyAlgorithm {
    match root {
        KeyAlgorithm::NistP256 | KeyAlgorithm::NistP384 | KeyAlgorithm::NistP521 => root,
        _ => KeyAlgorithm::Rsa2048,
    }
}

fn judge(
    certificate: &Certificate,
    root: &Certificate,
    request: &CertificateRequest,
    rules: &RuleSet,
    at: Instant,
) -> CertificateReport {
    let checker = Checker::new(rules, at).with_root(root.decoded());
    checker.with_request(request.decoded()).check(certificate.decoded())
}

/// A report that did not pass becomes a failure; each finding is a cause.
pub(crate) fn refuse_findings(report: &CertificateReport, what: &str) -> Result<(), Failure> {
    if report.passed {
        return Ok(());
    }
    let broken = || report.findings.iter().filter(|finding| finding.severity >= Severity::Error);
    let count = broken().count();
    let rules = if count == 1 { "rule" } else { "rules" };
    let mut failure = Failure::input(format!("{what} breaks {count} {rules} of the profile"));
    failure.causes = broken().map(described).collect();
    failure.hint = broken().next().map(|finding| finding.fix.to_owned());
    Err(failure)
}

fn described(finding: &el2g_cert_profile::Finding) -> String {
    format!(
        "{} {}: {} (found {}, allowed {})",
        finding.severity, finding.rule, finding.message, finding.found, finding.allowed
    )
}

fn extension_names(certificate: &Certificate) -> Vec<String> {
    let extensions = certificate.extensions().unwrap_or_default();
    extensions
        .iter()
        .map(|extension| {
            let mark = if extension.critical() { " (critical)" } else { "" };
            format!("{}{mark}", extension.name())
        })
        .collect()
}

/// Extensions of the request that the certificate does not carry in the same form.
fn ignored_requests(request: &CertificateRequest, issued: &Certificate) -> Vec<String> {
    let Ok(wanted) = request.requested_extensions() else {
        return vec!["extensionRequest, which does not decode".to_owned()];
    };
    wanted
        .iter()
        .filter(|extension| {
            !issued
                .extension(extension.oid())
                .is_ok_and(|given| given.is_some_and(|given| given.value() == extension.value()))
        })
        .map(el2g_x509::Extension::name)
        .collect()
}

#[cfg(test)]
#[path = "sign_intermediate_tests.rs"]
mod tests;

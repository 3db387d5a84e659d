//! An intermediate CA signed by an outside root, from nothing to SIGNED (AN12642 4.2).
//!
//! Five steps: *create* the CA in the service, fetch and verify its *request*, get a *certificate* for it
//! (signed here, or brought), *upload* it with the root, *confirm* that the service says SIGNED and has this
//! very certificate. Each is recorded in the journal, so that a run that was interrupted anywhere continues;
//! a CA is never created twice, a certificate never signed twice, and nothing is uploaded that the checks of
//! section 6 refuse.

mod creation;
mod plan;
mod subject;
#[cfg(test)]
mod tests;

use std::time::Duration;

use el2g_cert_profile::{CertificateReport, Checker, RequestOrder, RuleSet};
use el2g_service_api::NoQuery;
use el2g_service_api::intermediate_cas::{
    IntermediateCa, IntermediateCaPath, NewIntermediateCa, ShowCsr, ShowIntermediateCa,
    SignedIntermediate, SigningState, UploadIntermediateCa,
};
use el2g_service_client::ClientError;
use el2g_x509::{Certificate, CertificateRequest, CertificateSigner, Instant, check_belongs};
use serde_json::{Value, json};

pub use self::subject::EnrolmentError;
use crate::judged_request::JudgedRequest;
use crate::sign_intermediate::{SigningOrder, SigningSummary, prepare, refuse_findings};
use crate::{Failure, Journal, Progress, Progressed, Services};

/// The steps of the journal.
const CREATE: &str = "create";
const REQUEST: &str = "request";
const CERTIFICATE: &str = "certificate";
const UPLOAD: &str = "upload";

/// How long the confirmation waits before each look: reads may lag writes.
const LOOKS: [Duration; 5] = [
    Duration::ZERO,
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(8),
];

/// Where the certificate comes from.
pub enum CertificateSource<'a> {
    /// It is signed here.
    Sign {
        /// The root's certificate.
        root: &'a Certificate,
        /// The root's key.
        key: &'a dyn CertificateSigner,
        /// What the CA decides.
        order: SigningOrder,
        /// Asked with what is about to be signed, before the root's key is used.
        confirm: &'a dyn Fn(&SigningSummary) -> Result<(), Failure>,
    },
    /// Somebody else signs it: the flow ends with the request, and resumes in a later run.
    HandOver,
    /// It was signed somewhere else.
    Bring {
        /// The root's certificate.
        root: &'a Certificate,
        /// The intermediate's certificate.
        certificate: &'a Certificate,
    },
}

/// How a certificate is signed here.
struct Signing<'a> {
    root: &'a Certificate,
    key: &'a dyn CertificateSigner,
    order: &'a SigningOrder,
    confirm: &'a dyn Fn(&SigningSummary) -> Result<(), Failure>,
}

/// An enrolment: what is to be created, and how its certificate is made.
pub struct CaEnrolment<'a> {
    wanted: NewIntermediateCa,
    existing: Option<u64>,
    source: CertificateSource<'a>,
    rules: RuleSet,
}

/// How far an enrolment came.
#[derive(Debug, Clone, PartialEq)]
pub enum Enrolled {
    /// The request waits for its certificate.
    AwaitingCertificate {
        /// The CA's id in the service.
        id: u64,
        /// The request, verified.
        request: CertificateRequest,
    },
    /// The service has the certificate and says SIGNED.
    Signed {
        /// The CA as the service answers it.
        ca: Box<IntermediateCa>,
        /// Its certificate.
        certificate: Certificate,
        /// What the checks said: it passed; there may be warnings and notes.
        report: Box<CertificateReport>,
    },
}

impl<'a> CaEnrolment<'a> {
    /// What its journals are journals of.
    pub const FLOW: &'static str = "enroll-ca";

    /// An enrolment, whose certificate will be checked by `rules`.
    ///
    /// # Errors
    /// [`EnrolmentError`]: a subject that no certificate can carry, or an algorithm that `rules` will refuse.
    pub fn new(
        wanted: NewIntermediateCa,
        source: CertificateSource<'a>,
        rules: RuleSet,
    ) -> Result<Self, EnrolmentError> {
        subject::check(&wanted)?;
        subject::check_algorithm(&wanted, &rules)?;
        Ok(Self { wanted, existing: None, source, rules })
    }

    /// Continues with a CA that is already in the service, instead of creating one.
    #[must_use]
    pub fn with_existing(mut self, id: u64) -> Self {
        self.existing = Some(id);
        self
    }

    /// What a journal of this enrolment is about: the same CA in the same service.
    pub fn subject(&self, base_url: &str) -> Value {
        json!({ "service": base_url, "ca": self.wanted })
    }

    /// Takes the steps that the journal does not say are done.
    ///
    /// # Errors
    /// The failure of the step that did not succeed. Where a later run can resume,
    /// [`FailureKind::Partial`](crate::FailureKind::Partial) for a service that could not be reached; a
    /// refusal stays what it is.
    pub async fn run(
        &self,
        services: &mut Services<'_>,
        journal: &mut Journal,
        progress: &dyn Progress,
    ) -> Result<Enrolled, Failure> {
        let id = self.create(services, journal, progress).await?;
        let request = self.request(id, services, journal, progress).await?;
        let (certificate, root) = match &self.source {
            CertificateSource::HandOver => {
                return Ok(Enrolled::AwaitingCertificate { id, request });
            }
            CertificateSource::Bring { root, certificate } => ((*certificate).clone(), *root),
            CertificateSource::Sign { root, key, order, confirm } => {
                let signing = Signing { root, key: *key, order, confirm: *confirm };
                (self.sign(&request, &signing, services, journal, progress)?, *root)
            }
        };
        progress.say("checking the certificate against section 6");
        let report = self.check(&certificate, root, &request, services.now())?;
        let ca = self.upload(id, &certificate, root, services, journal, progress).await?;
        Ok(Enrolled::Signed { ca: Box::new(ca), certificate, report: Box::new(report) })
    }

    /// The request, fetched and verified; the same one in every run.
    async fn request(
        &self,
        id: u64,
        services: &Services<'_>,
        journal: &mut Journal,
        progress: &dyn Progress,
    ) -> Result<CertificateRequest, Failure> {
        progress.say("fetching and verifying the request");
        let path = IntermediateCaPath { intermediate_ca_id: id };
        let answer = services.client.call::<ShowCsr>(&path, &NoQuery {}, &()).await;
        let answer = answer.map_err(|error| {
            let is_gone = error.status() == Some(404);
            let failure = Failure::from(error).left_in(journal.path());
            if !is_gone {
                return failure;
            }
            // A sandbox without --state has forgotten the CA of an earlier run.
            failure.with_hint(format!(
                "the service has no intermediate CA {id}; to create a new one, remove {} and run the same command again",
                journal.path().display()
            ))
        })?;
        let what = format!("the request of CA {id}");
        let judged = JudgedRequest::read(answer.value.as_bytes(), Some(&self.order()), &self.rules)
            .map_err(|failure| failure.about(&what))?;
        let request = judged.sound(&what)?;
        let pem = request.to_pem();
        match journal.look::<String>(REQUEST)? {
            Progressed::Done(before) if before != pem => Err(Failure::input(format!(
                "the service answers another request for CA {id} than in the earlier run"
            ))
            .with_hint("compare with `el2g intermediate-ca csr`; a certificate for the earlier one will not fit")),
            Progressed::Done(_) => Ok(request),
            _ => {
                journal.done(REQUEST, &pem)?;
                Ok(request)
            }
        }
    }

    /// What was asked of the service, as the checks of the request want it.
    fn order(&self) -> RequestOrder {
        let wanted = &self.wanted;
        let subject = [
            ("CN", &wanted.common_name),
            ("O", &wanted.organization),
            ("OU", &wanted.org_unit),
            ("C", &wanted.country),
            ("L", &wanted.locality),
            ("ST", &wanted.state),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value.value()?.clone())))
        .collect();
        RequestOrder { algorithm: Some(wanted.algorithm.as_str().to_owned()), subject }
    }

    /// The certificate signed in an earlier run, or a new one.
    fn sign(
        &self,
        request: &CertificateRequest,
        signing: &Signing<'_>,
        services: &mut Services<'_>,
        journal: &mut Journal,
        progress: &dyn Progress,
    ) -> Result<Certificate, Failure> {
        if let Progressed::Done(pem) = journal.look::<String>(CERTIFICATE)? {
            let certificate = Certificate::read(pem.as_bytes())?;
            if certificate.verify_signed_by(signing.root.public_key()).is_ok() {
                progress.say("using the certificate that an earlier run signed");
                return Ok(certificate);
            }
        }
        let now = services.now();
        let Signing { root, key, order, confirm } = signing;
        check_belongs(*key, root)?;
        let prepared = prepare(request, root, order, &self.rules, now, services.entropy)?;
        confirm(prepared.summary())?;
        progress.say("signing the certificate");
        journal.begin(CERTIFICATE)?;
        let signed = prepared.sign(*key)?;
        journal.done(CERTIFICATE, &signed.certificate.to_pem())?;
        Ok(signed.certificate)
    }

    fn check(
        &self,
        certificate: &Certificate,
        root: &Certificate,
        request: &CertificateRequest,
        at: Instant,
    ) -> Result<CertificateReport, Failure> {
        let report = Checker::new(&self.rules, at)
            .with_root(root.decoded())
            .with_request(request.decoded())
            .check(certificate.decoded());
        refuse_findings(&report, "the certificate")?;
        Ok(report)
    }

    /// Uploads unless the service has the certificate, and waits until it says so.
    async fn upload(
        &self,
        id: u64,
        certificate: &Certificate,
        root: &Certificate,
        services: &Services<'_>,
        journal: &mut Journal,
        progress: &dyn Progress,
    ) -> Result<IntermediateCa, Failure> {
        let path = IntermediateCaPath { intermediate_ca_id: id };
        let client = services.client;
        let left =
            |error: ClientError, journal: &Journal| Failure::from(error).left_in(journal.path());
        let before = client.call::<ShowIntermediateCa>(&path, &NoQuery {}, &()).await;
        let before = before.map_err(|error| left(error, journal))?;
        if before.signing_state == SigningState::Signed {
            return same_certificate(before, certificate);
        }
        progress.say("uploading the certificate and its root");
        journal.begin(UPLOAD)?;
        let body = SignedIntermediate::new(certificate.to_pem(), root.to_pem());
        let uploaded = client.call::<UploadIntermediateCa>(&path, &NoQuery {}, &body).await;
        uploaded.map_err(|error| left(error, journal))?;
        journal.done(UPLOAD, &())?;
        for pause in LOOKS {
            (services.pause)(pause).await;
            progress.say("confirming that it is SIGNED");
            let ca = client.call::<ShowIntermediateCa>(&path, &NoQuery {}, &()).await;
            let ca = ca.map_err(|error| left(error, journal))?;
            if ca.signing_state == SigningState::Signed {
                return same_certificate(ca, certificate);
            }
        }
        Err(Failure::unavailable(format!(
            "CA {id} was uploaded, and the service does not say SIGNED yet"
        ))
        .left_in(journal.path()))
    }
}

/// The service's CA, if its certificate is the one that was meant.
fn same_certificate(ca: IntermediateCa, meant: &Certificate) -> Result<IntermediateCa, Failure> {
    let Some(value) = ca.value.value() else {
        return Err(Failure::refused(format!("CA {} is SIGNED and has no certificate", ca.id)));
    };
    let found = Certificate::read(value.as_bytes())?;
    if found.der() == meant.der() {
        return Ok(ca);
    }
    Err(Failure::input(format!(
        "CA {} is SIGNED with another certificate: expected {}, found {} (SHA-256)",
        ca.id,
        meant.fingerprint_sha256_hex(),
        found.fingerprint_sha256_hex()
    )))
}

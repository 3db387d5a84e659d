//! An intermediate CA signed by an outside root, from nothing to SIGNED (AN12642 4.2).
//!
//! The CA is created in the service, its request fetched and verified, a certificate for it signed here or brought,
//! checked and uploaded with the root, and the service has to say SIGNED and to have this very certificate. A CA is
//! never created twice, a certificate never signed twice, and nothing is uploaded that the checks of section 6 refuse.

mod creation;
#[cfg(test)]
mod enroll_ca_tests;
mod subject;

use std::time::Duration;

use el2g_cert_profile::{CertificateReport, Checker, RequestOrder, RuleSet};
use el2g_service_api::NoQuery;
use el2g_service_api::Operation;
use el2g_service_api::intermediate_cas::{
    IntermediateCa, IntermediateCaPath, NewIntermediateCa, ShowCsr, ShowIntermediateCa,
    SignedIntermediate, SigningState, UploadIntermediateCa,
};
use el2g_x509::{Certificate, CertificateRequest, CertificateSigner, check_belongs};
use serde_json::json;

pub use self::subject::EnrolmentError;
use crate::judged_request::JudgedRequest;
use crate::sign_intermediate::{SigningOrder, SigningSummary, prepare, refuse_findings};
use crate::step_call::{Call, StandIn};
use crate::step_run::Run;
use crate::steps::{Made, StepId, Steps};
use crate::{Failure, Flow, Plan, Progressed, Services, Subject};

/// Steps that the journal records.
const CREATE: &str = "create";
const REQUEST: &str = "request";
const CERTIFICATE: &str = "certificate";
const UPLOAD: &str = "upload";

/// Stands in a dry run for a certificate that is not there yet.
const NEW_CERTIFICATE: &str = "THE_SIGNED_CERTIFICATE";

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
        request: Box<CertificateRequest>,
    },
    /// The service has the certificate and says SIGNED.
    Signed {
        /// The CA as the service answers it.
        ca: Box<IntermediateCa>,
        /// Its certificate.
        certificate: Box<Certificate>,
        /// What the checks said: it passed; there may be warnings and notes.
        report: Box<CertificateReport>,
    },
}

impl<'a> CaEnrolment<'a> {
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
    pub fn subject(&self, base_url: &str) -> Subject {
        Subject(json!({ "service": base_url, "ca": self.wanted }))
    }

    /// The steps.
    pub fn plan<'s>(&'s self, services: &'s Services<'_>) -> Plan<'s, Enrolled> {
        let mut steps = Steps::new();
        let id = match self.existing {
            Some(id) => self.named(id, &mut steps),
            None => self.created(&mut steps, services.client),
        };
        let request = self.fetched_request(&id, &mut steps, services);
        let after = [request.step()];
        let (certificate, root) = match &self.source {
            CertificateSource::HandOver => {
                let what = "hand the request over, and resume once there is a certificate";
                let waiting = steps.here("hand-over", what, &after, async move |_| {
                    let (id, request) = (*id.get(), request.get().clone());
                    Ok(Enrolled::AwaitingCertificate { id, request: Box::new(request) })
                });
                return steps.end(Flow::EnrollCa, waiting);
            }
            CertificateSource::Bring { root, certificate } => {
                (Made::known((*certificate).clone()), *root)
            }
            CertificateSource::Sign { root, key, order, confirm } => {
                let signing = Signing { root, key: *key, order, confirm: *confirm };
                let (what, request) = ("sign the certificate with the root's key", request.clone());
                let signed = steps.here(CERTIFICATE, what, &after, async move |run| {
                    self.sign(request.get(), &signing, services, run)
                });
                (signed, *root)
            }
        };
        let after = [request.step(), certificate.step()];
        let signed = certificate.clone();
        let what = "check the certificate against section 6, the request and the root";
        let report = steps.here("check", what, &after, async move |_| {
            let report = Checker::new(&self.rules, services.now())
                .with_root(root.decoded())
                .with_request(request.get().decoded())
                .check(signed.get().decoded());
            refuse_findings(&report, "the certificate")?;
            Ok(report)
        });
        let after = [id.step(), certificate.step(), report.step()];
        let uploaded = upload(&mut steps, &after, &id, &certificate, root, services);
        let (what, call) =
            ("confirm that it is SIGNED", about_ca::<ShowIntermediateCa>(&id, services));
        let enrolled =
            steps.call("confirm", what, &[uploaded.step()], call, async move |_, call| {
                let ca = signed_ca(call, *id.get(), services).await?;
                let ca = Box::new(same_certificate(ca, certificate.get())?);
                let (certificate, report) =
                    (Box::new(certificate.get().clone()), Box::new(report.get().clone()));
                Ok(Enrolled::Signed { ca, certificate, report })
            });
        steps.end(Flow::EnrollCa, enrolled)
    }

    /// The request, fetched and verified; the same one in every run.
    fn fetched_request<'s>(
        &'s self,
        id: &Made<u64>,
        steps: &mut Steps<'s>,
        services: &'s Services<'_>,
    ) -> Made<CertificateRequest> {
        let (after, call) = ([id.step()], about_ca::<ShowCsr>(id, services));
        let (what, id) = ("fetch the request and compare it with what was asked for", id.clone());
        steps.call(REQUEST, what, &after, call, async move |run, call| {
            let id = *id.get();
            let answer = call.send().await.map_err(|failure| match (failure.status, run.journal()) {
                // A sandbox without --state has forgotten the CA of an earlier run.
                (Some(404), Some(journal)) => failure.with_hint(format!(
                    "the service has no intermediate CA {id}; to create a new one, remove {} and run the same command again",
                    journal.display()
                )),
                _ => failure,
            })?;
            self.verified(id, answer.value.as_bytes(), run)
        })
    }

    fn verified(
        &self,
        id: u64,
        answer: &[u8],
        run: &Run<'_>,
    ) -> Result<CertificateRequest, Failure> {
        let what = format!("the request of CA {id}");
        let judged = JudgedRequest::read(answer, Some(&self.order()), &self.rules)
            .map_err(|failure| failure.about(&what))?;
        let request = judged.sound(&what)?;
        let pem = request.to_pem();
        match run.look::<String>(REQUEST)? {
            Progressed::Done(before) if before != pem => Err(Failure::input(format!(
                "the service answers another request for CA {id} than in the earlier run"
            ))
            .with_hint("compare with `el2g intermediate-ca csr`; a certificate for the earlier one will not fit")),
            Progressed::Done(_) => Ok(request),
            Progressed::Not | Progressed::Begun => {
                run.done(REQUEST, &pem)?;
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
        services: &Services<'_>,
        run: &Run<'_>,
    ) -> Result<Certificate, Failure> {
        let Signing { root, key, order, confirm } = signing;
        if let Progressed::Done(pem) = run.look::<String>(CERTIFICATE)? {
            let certificate = Certificate::read(pem.as_bytes())?;
            if certificate.verify_signed_by(root.public_key()).is_ok() {
                return Ok(certificate);
            }
        }
        check_belongs(*key, root)?;
        let (now, entropy) = (services.now(), &mut **services.entropy.borrow_mut());
        let prepared = prepare(request, root, order, &self.rules, now, entropy)?;
        confirm(prepared.summary())?;
        run.begin(CERTIFICATE)?;
        let signed = prepared.sign(*key)?;
        run.done(CERTIFICATE, &signed.certificate.to_pem())?;
        Ok(signed.certificate)
    }
}

/// A call about a CA that an earlier step makes, without a body.
fn about_ca<'s, O: Operation<Path = IntermediateCaPath, Query = NoQuery, Body = ()>>(
    id: &Made<u64>,
    services: &'s Services<'_>,
) -> Call<'s, O> {
    let id = id.clone();
    let parts =
        move || Some((IntermediateCaPath { intermediate_ca_id: *id.so_far()? }, NoQuery {}, ()));
    Call::later(services.client, StandIn::Body(()), parts)
}

/// The steps that upload certificate and root, unless the service has them.
fn upload<'s>(
    steps: &mut Steps<'s>,
    after: &[StepId],
    id: &Made<u64>,
    certificate: &Made<Certificate>,
    root: &'s Certificate,
    services: &'s Services<'_>,
) -> Made<()> {
    let (what, call) =
        ("see whether it has a certificate", about_ca::<ShowIntermediateCa>(id, services));
    let wanted = certificate.clone();
    let there = steps.call("state", what, after, call, async move |_, call| {
        let ca = call.send().await?;
        match ca.signing_state {
            SigningState::Signed => same_certificate(ca, wanted.get()).map(|_| true),
            SigningState::CsrCreated | SigningState::Other(_) => Ok(false),
        }
    });
    let body = |certificate| SignedIntermediate::new(certificate, root.to_pem());
    let stand_in = match certificate.so_far() {
        Some(certificate) => StandIn::Body(body(certificate.to_pem())),
        None => StandIn::Words(body(NEW_CERTIFICATE.to_owned())),
    };
    let (id, certificate) = (id.clone(), certificate.clone());
    let call = Call::<UploadIntermediateCa>::later(services.client, stand_in, move || {
        let path = IntermediateCaPath { intermediate_ca_id: *id.so_far()? };
        Some((path, NoQuery {}, body(certificate.so_far()?.to_pem())))
    });
    let what = "upload certificate and root";
    steps.call(UPLOAD, what, &[there.step()], call, async move |run, call| {
        if !there.get() {
            run.send(UPLOAD, call, call.ready()?, |()| ()).await?;
        }
        Ok(())
    })
}

/// The CA, once the service says that it is SIGNED.
async fn signed_ca(
    call: &Call<'_, ShowIntermediateCa>,
    id: u64,
    services: &Services<'_>,
) -> Result<IntermediateCa, Failure> {
    for pause in LOOKS {
        (services.pause)(pause).await;
        let ca = call.send().await?;
        if ca.signing_state == SigningState::Signed {
            return Ok(ca);
        }
    }
    let message = format!("CA {id} was uploaded, and the service does not say SIGNED yet");
    Err(Failure::unavailable(message))
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

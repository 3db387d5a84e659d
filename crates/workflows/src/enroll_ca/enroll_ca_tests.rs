//! Enrolments against the sandbox: whole, handed over, refused.

use std::path::Path;

use el2g_key_payload::SystemEntropy;
use el2g_service_api::NoPath;
use el2g_service_api::intermediate_cas::{
    CaAlgorithm, CreateIntermediateCa, IntermediateCaQuery, ListIntermediateCas, RequestType,
};
use el2g_service_client::Client;
use el2g_x509::FileKey;

use super::*;
use crate::rehearsal::{Rehearsal, order, root, services};
use crate::{FailureKind, Journal, Silent};

fn wanted(name: &str) -> NewIntermediateCa {
    NewIntermediateCa {
        common_name: format!("{name} CA").into(),
        organization: "Example".to_owned().into(),
        ..NewIntermediateCa::new(name.to_owned(), CaAlgorithm::NistP256, RequestType::WithCsr)
    }
}

fn signing<'a>(name: &str, root: &'a (Certificate, FileKey)) -> CaEnrolment<'a> {
    let source = CertificateSource::Sign {
        root: &root.0,
        key: &root.1,
        order: order(),
        confirm: &|_| Ok(()),
    };
    CaEnrolment::new(wanted(name), source, RuleSet::annex6()).unwrap()
}

async fn run(
    enrolment: &CaEnrolment<'_>,
    client: &Client,
    place: &Path,
) -> Result<Enrolled, Failure> {
    let mut journal = Journal::open(place, Flow::EnrollCa, &enrolment.subject("sandbox")).unwrap();
    let mut entropy = SystemEntropy;
    let services = services(client, &mut entropy);
    enrolment.plan(&services).run(Some(&mut journal), &Silent).await
}

/// All CAs of this name in the service.
async fn of_name(client: &Client, name: &str) -> Vec<IntermediateCa> {
    let query =
        IntermediateCaQuery { name: Some(name.to_owned()), ..IntermediateCaQuery::default() };
    let mut found = client.pages::<ListIntermediateCas>(NoPath {}, query).collect().await.unwrap();
    found.retain(|ca| ca.name == name);
    found
}

/// There is one CA of this name, it is SIGNED, and its certificate is the one that the flow handed out.
async fn assert_enrolled_once(client: &Client, name: &str, enrolled: Enrolled, place: &Path) {
    let Enrolled::Signed { certificate, report, .. } = enrolled else { panic!("{enrolled:?}") };
    assert!(report.passed && report.complete, "{report:?}");
    let found = of_name(client, name).await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].signing_state, SigningState::Signed);
    let held = Certificate::read(found[0].value.value().unwrap().as_bytes()).unwrap();
    assert_eq!(held.der(), certificate.der());
    let journal = std::fs::read_to_string(place).unwrap();
    let signed = r#"{"step":"certificate","state":"done""#;
    assert_eq!(journal.matches(signed).count(), 1, "signed more than once: {journal}");
}

#[tokio::test]
async fn enrolls_and_says_so_again_when_run_again() {
    let rehearsal = Rehearsal::start().await;
    let (folder, root) = (tempfile::tempdir().unwrap(), root());
    let place = folder.path().join("journal");
    let client = rehearsal.client();
    let enrolment = signing("line-1", &root);
    let first = run(&enrolment, &client, &place).await.unwrap();
    let again = run(&enrolment, &client, &place).await.unwrap();
    // What the report notes of the validity counts from now, which moves on.
    let held = |enrolled: &Enrolled| match enrolled {
        Enrolled::Signed { ca, certificate, .. } => (ca.clone(), certificate.clone()),
        other => panic!("{other:?}"),
    };
    assert_eq!(held(&again), held(&first));
    assert_enrolled_once(&client, "line-1", again, &place).await;
}

#[tokio::test]
async fn hands_over_and_takes_the_certificate_in_a_later_run() {
    let rehearsal = Rehearsal::start().await;
    let (folder, root) = (tempfile::tempdir().unwrap(), root());
    let place = folder.path().join("journal");
    let client = rehearsal.client();
    let hand_over = || {
        CaEnrolment::new(wanted("line-2"), CertificateSource::HandOver, RuleSet::annex6()).unwrap()
    };
    let first = run(&hand_over(), &client, &place).await.unwrap();
    let Enrolled::AwaitingCertificate { request, .. } = &first else { panic!("{first:?}") };
    assert_eq!(run(&hand_over(), &client, &place).await.unwrap(), first);
    let (rules, now) = (RuleSet::annex6(), crate::rehearsal::now());
    let signed = prepare(request, &root.0, &order(), &rules, now, &mut SystemEntropy);
    let signed = signed.and_then(|prepared| prepared.sign(&root.1)).unwrap();
    let source = CertificateSource::Bring { root: &root.0, certificate: &signed.certificate };
    let bring = CaEnrolment::new(wanted("line-2"), source, RuleSet::annex6()).unwrap();
    let enrolled = run(&bring, &client, &place).await.unwrap();
    assert!(
        matches!(&enrolled, Enrolled::Signed { certificate, .. } if **certificate == signed.certificate)
    );
    assert_eq!(of_name(&client, "line-2").await.len(), 1);
}

#[tokio::test]
async fn uploads_nothing_that_the_checks_refuse() {
    let rehearsal = Rehearsal::start().await;
    let (folder, ours, other) = (tempfile::tempdir().unwrap(), root(), root());
    let client = rehearsal.client();
    // The root itself is not an intermediate of this request.
    let source = CertificateSource::Bring { root: &ours.0, certificate: &other.0 };
    let bring = CaEnrolment::new(wanted("line-3"), source, RuleSet::annex6()).unwrap();
    let failure = run(&bring, &client, &folder.path().join("journal")).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Input);
    assert!(failure.causes.iter().any(|cause| cause.contains("signature-verifies")), "{failure:?}");
    let found = of_name(&client, "line-3").await;
    assert_eq!(found[0].signing_state, SigningState::CsrCreated);
}

#[tokio::test]
async fn a_no_at_the_question_signs_and_uploads_nothing() {
    let rehearsal = Rehearsal::start().await;
    let (folder, root) = (tempfile::tempdir().unwrap(), root());
    let client = rehearsal.client();
    let source = CertificateSource::Sign {
        root: &root.0,
        key: &root.1,
        order: order(),
        confirm: &|summary| Err(Failure::usage(format!("not {}", summary.subject))),
    };
    let enrolment = CaEnrolment::new(wanted("line-4"), source, RuleSet::annex6()).unwrap();
    let place = folder.path().join("journal");
    let failure = run(&enrolment, &client, &place).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Usage);
    assert!(failure.message.contains("line-4 CA"), "{failure:?}");
    assert!(!std::fs::read_to_string(&place).unwrap().contains("\"certificate\""));
    assert_eq!(of_name(&client, "line-4").await[0].signing_state, SigningState::CsrCreated);
}

#[tokio::test]
async fn a_name_that_is_taken_is_refused_and_can_be_gone_on_with() {
    let rehearsal = Rehearsal::start().await;
    let (folder, root) = (tempfile::tempdir().unwrap(), root());
    let client = rehearsal.client();
    let body = wanted("line-5");
    let taken = client.call::<CreateIntermediateCa>(&NoPath {}, &NoQuery {}, &body).await.unwrap();
    let enrolment = signing("line-5", &root);
    let failure = run(&enrolment, &client, &folder.path().join("a")).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Input);
    assert!(failure.message.contains(&format!("id {}", taken.id)), "{failure:?}");
    let place = folder.path().join("b");
    let enrolled =
        run(&signing("line-5", &root).with_existing(taken.id), &client, &place).await.unwrap();
    assert_enrolled_once(&client, "line-5", enrolled, &place).await;
}

#[tokio::test]
async fn another_ca_under_the_name_of_an_interrupted_creation_is_not_touched() {
    let rehearsal = Rehearsal::start().await;
    let (folder, root) = (tempfile::tempdir().unwrap(), root());
    let client = rehearsal.client();
    let enrolment = signing("line-6", &root);
    let place = folder.path().join("journal");
    Journal::open(&place, Flow::EnrollCa, &enrolment.subject("sandbox"))
        .unwrap()
        .begin(CREATE)
        .unwrap();
    let other =
        NewIntermediateCa { common_name: "Somebody else".to_owned().into(), ..wanted("line-6") };
    client.call::<CreateIntermediateCa>(&NoPath {}, &NoQuery {}, &other).await.unwrap();
    let failure = run(&enrolment, &client, &place).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Input);
    assert_eq!(of_name(&client, "line-6").await.len(), 1);
}

#[tokio::test]
async fn a_service_that_has_lost_the_ca_of_an_earlier_run_is_an_error_that_names_the_journal() {
    let (folder, root) = (tempfile::tempdir().unwrap(), root());
    let place = folder.path().join("journal");
    let enrolment = signing("line-7", &root);
    run(&enrolment, &Rehearsal::start().await.client(), &place).await.unwrap();
    let other = Rehearsal::start().await;
    let failure = run(&enrolment, &other.client(), &place).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Refused);
    let hint = format!(
        "the service has no intermediate CA 1; to create a new one, remove {} and run the same command again",
        place.display()
    );
    assert_eq!(failure.hint, Some(hint));
    assert_eq!(of_name(&other.client(), "line-7").await, Vec::new());
}

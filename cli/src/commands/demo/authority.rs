//! The CA team's part: an intermediate CA of the service, signed by a root of its own, becomes usable.

use el2g_cert_profile::{Cloud, RuleSet};
use el2g_key_payload::{Entropy, SystemEntropy};
use el2g_service_api::intermediate_cas::{CaAlgorithm, NewIntermediateCa, RequestType};
use el2g_workflows::{
    CaEnrolment, CertificateSource, Enrolled, Failure, Flow, Journal, PossessionProof,
    SigningOrder, Silent,
};
use el2g_x509::{
    AttributeType, Certificate, DEMO_UNIT, FileKey, KeyAlgorithm, Name, make_root, random_serial,
};

use super::Scene;
use super::stage::Stage;
use crate::Result;
use crate::flows::{now, services};

/// Days the root is valid: twenty years.
const ROOT_DAYS: i64 = 7305;

/// Days the intermediate is valid: fifteen years, so that device certificates of ten years end before it.
const INTERMEDIATE_DAYS: u32 = 5479;

/// The intermediate CA, enrolled.
pub struct Authority {
    /// Its id in the service.
    pub id: u64,
    /// Its certificate.
    pub certificate: Certificate,
    /// The root's.
    pub root: Certificate,
}

/// Asks for the CA, verifies the request, makes a root, signs, checks, uploads and sees SIGNED.
pub async fn enroll(stage: &mut Stage, scene: &Scene<'_>) -> Result<Authority> {
    let mut entropy = SystemEntropy;
    let services = services(scene.client, &mut entropy);
    let hand_over = CaEnrolment::new(wanted(), CertificateSource::HandOver, RuleSet::annex6())?;
    let place = stage.path().join("enrolment.journal");
    let subject = hand_over.subject(&scene.base_url);
    let mut journal = Journal::open(&place, Flow::EnrollCa, &subject)?;
    let handed_over = hand_over.plan(&services).run(Some(&mut journal), &Silent).await?;
    let Enrolled::AwaitingCertificate { id, request } = handed_over else {
        return Err(Failure::bug("a handed-over enrolment is signed already"));
    };
    let file = stage.public("intermediate.csr", request.to_pem().as_bytes())?;
    stage.step(
        format!(
            "asked for intermediate CA {id} and fetched its request: `{}`, its signature is good",
            request.subject()
        ),
        &[file],
    )?;

    let (root, key) = make_root_of_our_own(stage)?;
    let order = SigningOrder {
        days: INTERMEDIATE_DAYS,
        not_before: None,
        hash: None,
        serial: None,
        crl_urls: Vec::new(),
        policy_url: None,
    };
    let source = CertificateSource::Sign { root: &root, key: &key, order, confirm: &|_| Ok(()) };
    let enrolment = CaEnrolment::new(wanted(), source, RuleSet::annex6())?;
    let enrolled = enrolment.plan(&services).run(Some(&mut journal), &Silent).await?;
    let Enrolled::Signed { ca, certificate, report } = enrolled else {
        return Err(Failure::bug("an enrolment with a root key was not signed"));
    };
    let file = stage.public("intermediate.pem", certificate.to_pem().as_bytes())?;
    stage.step(
        format!(
            "signed the request until {}, checked the certificate against section 6 ({} findings, complete: {}), \
             uploaded it: CA {} is {}",
            certificate.not_after(),
            report.findings.len(),
            if report.complete { "yes" } else { "no" },
            ca.id,
            ca.signing_state.as_str()
        ),
        &[file],
    )?;
    Ok(Authority { id, certificate: *certificate, root })
}

/// Has the service prove to a cloud that it holds the CA's key.
pub async fn prove(stage: &mut Stage, scene: &Scene<'_>, authority: &Authority) -> Result<()> {
    let mut entropy = SystemEntropy;
    let mut code = [0; 32];
    entropy.fill(&mut code)?;
    let code = base16ct::lower::encode_string(&code);
    let services = services(scene.client, &mut entropy);
    let proof = PossessionProof::new(authority.id, &code, Cloud::Aws)?;
    let proven = proof.plan(&services).run(None, &Silent).await?;
    let file = stage.public("verification.pem", proven.certificate.to_pem().as_bytes())?;
    stage.step(
        format!(
            "proved possession of CA {} for the code {}…: the verification certificate was checked",
            authority.id,
            &code[..12]
        ),
        &[file],
    )
}

fn wanted() -> NewIntermediateCa {
    NewIntermediateCa {
        common_name: "Demo Line 7 CA".to_owned().into(),
        organization: "Example Devices".to_owned().into(),
        org_unit: "Production".to_owned().into(),
        country: "AT".to_owned().into(),
        ..NewIntermediateCa::new(
            "demo-line-7".to_owned(),
            CaAlgorithm::NistP256,
            RequestType::WithCsr,
        )
    }
}

fn make_root_of_our_own(stage: &mut Stage) -> Result<(Certificate, FileKey)> {
    let key = FileKey::generate(KeyAlgorithm::NistP384)?;
    let name = Name::build(&[
        (AttributeType::COUNTRY, "AT"),
        (AttributeType::ORGANIZATION, "Example Devices"),
        (AttributeType::ORGANIZATIONAL_UNIT, DEMO_UNIT),
        (AttributeType::COMMON_NAME, "Demo Root CA"),
    ])?;
    let now = now();
    let serial = random_serial(&mut SystemEntropy)?;
    let root = make_root(&name, &key, serial, now, now.plus_days(ROOT_DAYS))?;
    let secret = stage.secret("root.key", key.to_pkcs8_pem()?.expose())?;
    let public = stage.public("root.pem", root.to_pem().as_bytes())?;
    stage.step(
        format!("made a P-384 root of our own: `{}`, until {}", root.subject(), root.not_after()),
        &[secret, public],
    )?;
    Ok((root, key))
}

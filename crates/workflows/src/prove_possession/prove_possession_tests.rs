//! Proofs against the sandbox, and codes.

use el2g_key_payload::SystemEntropy;
use el2g_service_api::intermediate_cas::RequestType;

use super::*;
use crate::rehearsal::{Rehearsal, create_ca, services};
use crate::{FailureKind, Silent};

const CODE: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

#[test]
fn takes_the_codes_of_both_clouds() {
    for length in [40, 48, 64] {
        let code = CODE[..length].to_owned();
        let expected = PossessionProof { id: 7, code: code.clone(), cloud: Cloud::Aws };
        assert_eq!(PossessionProof::new(7, &code, Cloud::Aws), Ok(expected));
    }
}

#[test]
fn refuses_what_no_cloud_hands_out() {
    let new = |code: &str| PossessionProof::new(7, code, Cloud::Azure).unwrap_err();
    assert_eq!(new(""), CodeError::Length(0));
    assert_eq!(new(&"a".repeat(65)), CodeError::Length(65));
    assert_eq!(new("ab c"), CodeError::Character { position: 3, found: ' ' });
    assert_eq!(new("abc\n"), CodeError::Character { position: 4, found: '\n' });
}

#[tokio::test]
async fn proves_a_signed_ca_and_refuses_one_that_waits_for_its_certificate() {
    let rehearsal = Rehearsal::start().await;
    let client = rehearsal.client();
    let mut entropy = SystemEntropy;
    let signed = create_ca(&client, "signed", RequestType::WithoutCsr).await;
    let waiting = create_ca(&client, "waiting", RequestType::WithCsr).await;
    let services = services(&client, &mut entropy);
    let proof = PossessionProof::new(signed, CODE, Cloud::Aws).unwrap();
    let proven = proof.plan(&services).run(None, &Silent).await.unwrap();
    assert_eq!(proven.certificate.subject().common_name(), Some(CODE));
    assert_eq!(proven.certificate.verify_signed_by(proven.ca.public_key()), Ok(()));
    assert!(proven.report.passed);
    let proof = PossessionProof::new(waiting, CODE, Cloud::Aws).unwrap();
    let failure = proof.plan(&services).run(None, &Silent).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Input);
    assert!(failure.message.contains("CSR_CREATED"), "{failure:?}");
    let proof = PossessionProof::new(999_999, CODE, Cloud::Aws).unwrap();
    let failure = proof.plan(&services).run(None, &Silent).await.unwrap_err();
    assert_eq!((failure.kind, failure.status), (FailureKind::Refused, Some(404)));
}

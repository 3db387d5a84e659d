//! Registrations against the sandbox.

use el2g_key_payload::SystemEntropy;
use el2g_service_api::intermediate_cas::RequestType;

use super::*;
use crate::rehearsal::{Rehearsal, create_ca, services};
use crate::{FailureKind, Silent};

#[tokio::test]
async fn hands_out_a_signed_ca_and_no_other() {
    let rehearsal = Rehearsal::start().await;
    let client = rehearsal.client();
    let mut entropy = SystemEntropy;
    let signed = create_ca(&client, "signed", RequestType::WithoutCsr).await;
    let waiting = create_ca(&client, "waiting", RequestType::WithCsr).await;
    let services = services(&client, &mut entropy);
    let found = SniOnlyRegistration { id: signed }.run(&services, &Silent).await.unwrap();
    let name = found.ca.subject().common_name().unwrap_or_default();
    assert!(name.starts_with("signed-"), "{name}");
    assert!(found.report.passed && found.report.complete && found.report.findings.is_empty());
    let failure = SniOnlyRegistration { id: waiting }.run(&services, &Silent).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Input);
    assert!(failure.message.contains("CSR_CREATED"), "{failure:?}");
}

#[tokio::test]
async fn plans_without_touching_anything() {
    let rehearsal = Rehearsal::start().await;
    let (proxy, client) = rehearsal.counted_client().await;
    let steps = SniOnlyRegistration { id: 474 }.plan(&client).unwrap();
    let curls: Vec<_> = steps.into_iter().filter_map(|step| step.curl).collect();
    let url = format!("{}/api/v1/rtp/intermediate-cas/474", proxy.origin());
    assert_eq!(curls.len(), 1);
    assert!(curls[0].starts_with(&format!("curl -X GET '{url}'")), "{}", curls[0]);
    assert_eq!(proxy.exchanges(), 0);
}

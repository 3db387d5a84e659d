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
    let found =
        SniOnlyRegistration { id: signed }.plan(&services).run(None, &Silent).await.unwrap();
    let name = found.ca.subject().common_name().unwrap_or_default();
    assert!(name.starts_with("signed-"), "{name}");
    assert!(found.report.passed && found.report.complete && found.report.findings.is_empty());
    let failure =
        SniOnlyRegistration { id: waiting }.plan(&services).run(None, &Silent).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Input);
    assert!(failure.message.contains("CSR_CREATED"), "{failure:?}");
}

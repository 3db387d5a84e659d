//! The steps of an enrolment, without taking any.

use el2g_service_api::intermediate_cas::{
    CreateIntermediateCa, ListIntermediateCas, ShowCsr, ShowIntermediateCa, SignedIntermediate,
    UploadIntermediateCa,
};
use serde_json::json;

use super::{CaEnrolment, CertificateSource};
use crate::PlannedStep;

impl CaEnrolment<'_> {
    /// The steps, without taking any.
    pub fn plan(&self) -> Vec<PlannedStep> {
        let mut steps = Vec::new();
        if self.existing.is_none() {
            steps.push(PlannedStep::call::<ListIntermediateCas>(
                "look whether the name is taken",
                None,
            ));
            let body = Some(json!(self.wanted));
            steps.push(PlannedStep::call::<CreateIntermediateCa>("create the CA", body));
        }
        steps.push(PlannedStep::call::<ShowCsr>("fetch the request", None));
        steps.push(PlannedStep::here("verify the request and compare it with what was asked for"));
        let root = match &self.source {
            CertificateSource::HandOver => {
                steps.push(PlannedStep::here(
                    "write the request; the flow goes on once there is a certificate",
                ));
                return steps;
            }
            CertificateSource::Sign { root, .. } => {
                steps.push(PlannedStep::here("sign the certificate with the root's key"));
                root
            }
            CertificateSource::Bring { root, .. } => root,
        };
        steps.push(PlannedStep::here(
            "check the certificate against section 6, the request and the root",
        ));
        let body = json!(SignedIntermediate::new("<certificate>".to_owned(), root.to_pem()));
        steps.push(PlannedStep::call::<UploadIntermediateCa>(
            "upload certificate and root",
            Some(body),
        ));
        steps.push(PlannedStep::call::<ShowIntermediateCa>("confirm that it is SIGNED", None));
        steps
    }
}

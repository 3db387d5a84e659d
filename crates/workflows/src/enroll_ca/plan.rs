//! The steps of an enrolment, without taking any.

use el2g_service_api::intermediate_cas::{
    CreateIntermediateCa, IntermediateCaQuery, ListIntermediateCas, ShowCsr, ShowIntermediateCa,
    SignedIntermediate, UploadIntermediateCa,
};
use el2g_service_api::{NoPath, NoQuery};
use el2g_service_client::{Client, ClientError};

use super::{CaEnrolment, CertificateSource};
use crate::PlannedStep;

/// Stands in a body for a certificate that is not there yet.
const NEW_CERTIFICATE: &str = "THE_SIGNED_CERTIFICATE";

impl CaEnrolment<'_> {
    /// The steps, without taking any. What an earlier step makes is a word in capitals.
    ///
    /// # Errors
    /// [`ClientError`]: a request that cannot be built.
    pub fn plan(&self, client: &Client) -> Result<Vec<PlannedStep>, ClientError> {
        let id = self.existing;
        let mut steps = Vec::new();
        if id.is_none() {
            let query = IntermediateCaQuery {
                name: Some(self.wanted.name.clone()),
                ..IntermediateCaQuery::default()
            };
            let what = "look whether the name is taken";
            steps.push(PlannedStep::call::<ListIntermediateCas>(
                what,
                client,
                &NoPath {},
                &query,
                &(),
            )?);
            let what = "create the CA";
            steps.push(PlannedStep::call::<CreateIntermediateCa>(
                what,
                client,
                &NoPath {},
                &NoQuery {},
                &self.wanted,
            )?);
        }
        steps.push(PlannedStep::about_ca::<ShowCsr>("fetch the request", client, id, &())?);
        steps.push(PlannedStep::here("verify the request and compare it with what was asked for"));
        let what = "check the certificate against section 6, the request and the root";
        let upload = "upload certificate and root";
        let (check, upload) = match &self.source {
            CertificateSource::HandOver => {
                let what = "write the request; the flow resumes once there is a certificate";
                steps.push(PlannedStep::here(what));
                return Ok(steps);
            }
            CertificateSource::Sign { root, .. } => {
                steps.push(PlannedStep::here("sign the certificate with the root's key"));
                let body = SignedIntermediate::new(NEW_CERTIFICATE.to_owned(), root.to_pem());
                let step = PlannedStep::later_about_ca::<UploadIntermediateCa>;
                (PlannedStep::here(what), step(upload, client, id, &body)?)
            }
            CertificateSource::Bring { root, certificate } => {
                let body = SignedIntermediate::new(certificate.to_pem(), root.to_pem());
                let step = PlannedStep::about_ca::<UploadIntermediateCa>;
                (PlannedStep::here(what), step(upload, client, id, &body)?)
            }
        };
        steps.extend([check, upload]);
        let what = "confirm that it is SIGNED";
        steps.push(PlannedStep::about_ca::<ShowIntermediateCa>(what, client, id, &())?);
        Ok(steps)
    }
}

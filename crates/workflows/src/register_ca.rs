//! A CA for AWS IoT's certificate mode SNI_ONLY, in which several accounts of a region may register it.
//!
//! That mode needs neither a registration code nor a verification certificate (`RegisterCACertificate` refuses one):
//! <https://docs.aws.amazon.com/iot/latest/apireference/API_RegisterCACertificate.html>. What is left to do is to see
//! that AWS will take the CA, before it is registered.

use el2g_cert_profile::{CertificateReport, Cloud, RuleSet, check_cloud_ca};
use el2g_service_client::{Client, ClientError};
use el2g_x509::Certificate;

use crate::prove_possession::{signed_ca, signed_ca_step};
use crate::sign_intermediate::refuse_findings;
use crate::{Failure, PlannedStep, Progress, Services};

#[cfg(test)]
mod tests;

/// A CA that is to be registered in certificate mode SNI_ONLY.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SniOnlyRegistration {
    /// The CA's id in the service.
    pub id: u64,
}

/// A CA that AWS will take.
#[derive(Debug, Clone, PartialEq)]
pub struct RegistrableCa {
    /// Its certificate.
    pub ca: Certificate,
    /// What the checks said: it passed.
    pub report: CertificateReport,
}

impl SniOnlyRegistration {
    /// The steps, without taking any.
    ///
    /// # Errors
    /// [`ClientError`]: a request that cannot be built.
    pub fn plan(&self, client: &Client) -> Result<Vec<PlannedStep>, ClientError> {
        Ok(vec![signed_ca_step(self.id, client)?, PlannedStep::here("check that AWS takes it")])
    }

    /// Fetches the CA and checks it.
    ///
    /// # Errors
    /// The service's refusal; a CA that is not SIGNED, or that AWS will not take.
    pub async fn run(
        &self,
        services: &Services<'_>,
        progress: &dyn Progress,
    ) -> Result<RegistrableCa, Failure> {
        let ca = signed_ca(self.id, services, progress).await?;
        progress.say("checking that AWS takes it");
        let rules = RuleSet::annex6();
        let report = check_cloud_ca(ca.decoded(), Cloud::Aws, services.now(), &rules);
        refuse_findings(&report, "the CA")?;
        Ok(RegistrableCa { ca, report })
    }
}

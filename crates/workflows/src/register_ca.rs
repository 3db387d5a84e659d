//! A CA for AWS IoT's certificate mode SNI_ONLY, in which several accounts of a region may register it.
//!
//! That mode needs neither a registration code nor a verification certificate (`RegisterCACertificate` refuses one):
//! <https://docs.aws.amazon.com/iot/latest/apireference/API_RegisterCACertificate.html>. What is left to do is to see
//! that AWS will take the CA, before it is registered.

use el2g_cert_profile::{CertificateReport, Cloud, RuleSet, check_cloud_ca};
use el2g_x509::Certificate;

use crate::prove_possession::signed_ca;
use crate::sign_intermediate::refuse_findings;
use crate::steps::Steps;
use crate::{Flow, Plan, Services};

#[cfg(test)]
mod register_ca_tests;

/// A CA that is to be registered in certificate mode SNI_ONLY.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SniOnlyRegistration {
    /// The CA's id in the service.
    pub id: u64,
}

/// A CA that AWS will take.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RegistrableCa {
    /// Its certificate.
    pub ca: Certificate,
    /// What the checks said: it passed.
    pub report: CertificateReport,
}

impl SniOnlyRegistration {
    /// The steps: the CA is fetched and checked.
    pub fn plan<'a>(&self, services: &'a Services<'_>) -> Plan<'a, RegistrableCa> {
        let mut steps = Steps::new();
        let ca = signed_ca(&mut steps, self.id, services);
        let what = "check that AWS takes it";
        let registrable = steps.here("check", what, &[ca.step()], async move |_| {
            let (rules, ca) = (RuleSet::annex6(), ca.get().clone());
            let report = check_cloud_ca(ca.decoded(), Cloud::Aws, services.now(), &rules);
            refuse_findings(&report, "the CA")?;
            Ok(RegistrableCa { ca, report })
        });
        steps.end(Flow::RegisterCa, registrable)
    }
}

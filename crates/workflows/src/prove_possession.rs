//! Proof that an intermediate CA's key is in the service, for a cloud that needs it before it trusts the CA
//! (AN12642 4.6.5).
//!
//! The service signs a certificate whose common name is the cloud's code. It is handed out only after it was
//! checked against the CA's certificate and the code.

#[cfg(test)]
mod prove_possession_tests;

use el2g_cert_profile::{CertificateReport, Cloud, RuleSet, VerificationInput, check_verification};
use el2g_service_api::NoQuery;
use el2g_service_api::intermediate_cas::{
    CreateVerificationCertificate, IntermediateCaPath, ShowIntermediateCa, SigningState,
    VerificationCode,
};
use el2g_x509::Certificate;

use crate::sign_intermediate::refuse_findings;
use crate::step_call::Call;
use crate::steps::{Made, Steps};
use crate::{Failure, Flow, Plan, Services};

/// Codes are 40 to 64 hex digits; the common name ends at 64 characters (RFC 5280 appendix A).
const LONGEST_CODE: usize = 64;

/// A proof to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PossessionProof {
    /// The CA's id in the service.
    id: u64,
    /// The code as the cloud handed it out.
    code: String,
    /// The cloud.
    cloud: Cloud,
}

/// A proof that was made and holds.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ProvenPossession {
    /// The verification certificate.
    pub certificate: Certificate,
    /// The CA's certificate.
    pub ca: Certificate,
    /// What the checks said: it passed; there may be warnings and notes.
    pub report: CertificateReport,
}

/// A code that cannot be one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CodeError {
    /// Too long or too short for a common name.
    #[error("the code has {0} characters, allowed are 1 to {LONGEST_CODE}")]
    Length(usize),
    /// White space or something else that no cloud puts in a code.
    #[error(
        "character {position} of the code is {found:?}, allowed are letters, digits, `-` and `_`"
    )]
    Character {
        /// Counted from 1.
        position: usize,
        /// What stands there.
        found: char,
    },
}

impl PossessionProof {
    /// A proof for CA `id` with the code that `cloud` handed out.
    ///
    /// # Errors
    /// [`CodeError`]: a code that is not whole, or not only the code.
    pub fn new(id: u64, code: &str, cloud: Cloud) -> Result<Self, CodeError> {
        let wrong = code
            .chars()
            .enumerate()
            .find(|(_, found)| !found.is_ascii_alphanumeric() && !matches!(found, '-' | '_'));
        if let Some((index, found)) = wrong {
            return Err(CodeError::Character { position: index + 1, found });
        }
        match code.len() {
            1..=LONGEST_CODE => Ok(Self { id, code: code.to_owned(), cloud }),
            length => Err(CodeError::Length(length)),
        }
    }

    /// The steps: the CA has to be SIGNED, and the certificate that the service signs is handed out only if it proves
    /// something.
    pub fn plan<'a>(&'a self, services: &'a Services<'_>) -> Plan<'a, ProvenPossession> {
        let mut steps = Steps::new();
        let ca = signed_ca(&mut steps, self.id, services);
        let request = || {
            let path = IntermediateCaPath { intermediate_ca_id: self.id };
            (path, NoQuery {}, VerificationCode::new(self.code.clone()))
        };
        let call = Call::<CreateVerificationCertificate>::new(services.client, request);
        let what = "have the verification certificate signed";
        let certificate = steps.call("certificate", what, &[ca.step()], call, async |_, call| {
            Certificate::read(call.send().await?.as_bytes())
                .map_err(|error| Failure::from(error).about("the verification certificate"))
        });
        let what = "check it against the CA and the code";
        let after = [ca.step(), certificate.step()];
        let proven = steps.here("check", what, &after, async move |_| {
            let (certificate, ca) = (certificate.get().clone(), ca.get().clone());
            let input = VerificationInput {
                certificate: certificate.decoded(),
                ca: ca.decoded(),
                code: &self.code,
                cloud: Some(self.cloud),
                at: services.now(),
            };
            let report = check_verification(&input, &RuleSet::annex6());
            refuse_findings(&report, "the verification certificate")?;
            Ok(ProvenPossession { certificate, ca, report })
        });
        steps.end(Flow::ProvePossession, proven)
    }
}

/// The step that fetches the certificate of a CA, which has to be SIGNED.
pub(crate) fn signed_ca<'a>(
    steps: &mut Steps<'a>,
    id: u64,
    services: &'a Services<'_>,
) -> Made<Certificate> {
    let path = move || (IntermediateCaPath { intermediate_ca_id: id }, NoQuery {}, ());
    let call = Call::<ShowIntermediateCa>::new(services.client, path);
    let what = "fetch the CA and see that it is SIGNED";
    steps.call("ca", what, &[], call, async move |_, call| {
        let ca = call.send().await?;
        match (&ca.signing_state, ca.value.value()) {
            (SigningState::Signed, Some(pem)) => Certificate::read(pem.as_bytes())
                .map_err(|error| Failure::from(error).about(format_args!("CA {id}"))),
            (state, _) => Err(Failure::input(format!(
                "CA {id} is {}, only a SIGNED one can be registered with a cloud",
                state.as_str()
            ))
            .with_hint("finish its enrolment with `el2g intermediate-ca enroll`")),
        }
    })
}

//! One verdict on a certification request, for every command that takes one.

use el2g_cert_profile::{CertificateReport, InputKind, RequestOrder, RuleSet, check_request};
use el2g_x509::{Block, CertificateRequest, InputError};

use crate::Failure;
use crate::sign_intermediate::refuse_findings;

/// A request and what the profile says of it.
#[derive(Debug)]
pub struct JudgedRequest {
    /// `None` when the report says why it cannot be decoded.
    request: Option<CertificateRequest>,
    report: CertificateReport,
}

impl JudgedRequest {
    /// Reads the one request of a file, in any form, and judges it. `order` is what was asked of the API, where that is
    /// known.
    ///
    /// # Errors
    /// [`Failure`] (input) when the file does not hold one request. Breaches of the profile are in the report.
    pub fn read(
        bytes: &[u8],
        order: Option<&RequestOrder>,
        rules: &RuleSet,
    ) -> Result<Self, Failure> {
        let block = Block::exactly_one(bytes, Block::REQUEST)?;
        let report = check_request(block.der(), Some(block.label()), order, rules);
        match CertificateRequest::from_der(block.der()) {
            Ok(request) => Ok(Self { request: Some(request), report }),
            Err(error @ InputError::WrongKind { .. }) => Err(error.into()),
            Err(error) if report.passed || report.kind == InputKind::Unreadable => {
                Err(error.into())
            }
            Err(_) => Ok(Self { request: None, report }),
        }
    }

    /// What the profile says of it.
    pub const fn report(&self) -> &CertificateReport {
        &self.report
    }

    /// The request, sound or not, as far as it can be decoded.
    pub const fn request(&self) -> Option<&CertificateRequest> {
        self.request.as_ref()
    }

    /// The request, when no rule calls it an error. `what` names it in the failure.
    ///
    /// # Errors
    /// [`Failure`] (input): each breach is a cause.
    pub fn sound(self, what: &str) -> Result<CertificateRequest, Failure> {
        refuse_findings(&self.report, what)?;
        self.request.ok_or_else(|| Failure::input(format!("{what} does not decode")))
    }
}

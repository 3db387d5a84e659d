//! The table of rules: one line per rule, one file per field.

use el2g_findings::RuleDescription;

use crate::finding::{Severity, Verdict};
use crate::inspection::{
    DeviceInspection, InputFault, Inspection, KeyInspection, RequestInspection, RootInspection,
    VerificationInspection,
};

/// What a rule looks at.
#[derive(Clone, Copy)]
pub enum Check {
    /// The bytes handed in, before there is a certificate to look at.
    Input(fn(&InputFault) -> Verdict),
    /// A certificate, alone or with its root and its request.
    Certificate(fn(&Inspection<'_>) -> Verdict),
    /// The root certificate itself.
    Root(fn(&RootInspection<'_>) -> Verdict),
    /// A certification request.
    Request(fn(&RequestInspection<'_>) -> Verdict),
    /// A device certificate with its intermediate, and its root where there is one.
    Device(fn(&DeviceInspection<'_>) -> Verdict),
    /// A verification certificate with its CA and its code.
    Verification(fn(&VerificationInspection<'_>) -> Verdict),
    /// Every public key of the input: of the certificate, the CAs it is compared with, and the request.
    Key(fn(&KeyInspection<'_>) -> Verdict),
}

/// The kind of input a rule belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Target {
    /// Any input.
    Input,
    /// Any public key in an input.
    Key,
    /// Intermediate certificates (`cert check`).
    Certificate,
    /// The root an intermediate is checked against (`cert check --root`).
    Root,
    /// Certification requests (`csr show`, `ca sign`, `cert check --csr`).
    Request,
    /// Device certificates under an intermediate (`cert check --intermediate`).
    Device,
    /// Verification certificates (`cert check-verification`).
    Verification,
}

impl Target {
    /// Every kind.
    pub(crate) const ALL: [Self; 7] = [
        Self::Input,
        Self::Key,
        Self::Certificate,
        Self::Root,
        Self::Request,
        Self::Device,
        Self::Verification,
    ];
}

impl std::fmt::Debug for Check {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Debug::fmt(&self.target(), out)
    }
}

impl Check {
    /// What the check looks at.
    #[must_use]
    pub const fn target(&self) -> Target {
        match self {
            Self::Input(_) => Target::Input,
            Self::Key(_) => Target::Key,
            Self::Certificate(_) => Target::Certificate,
            Self::Root(_) => Target::Root,
            Self::Request(_) => Target::Request,
            Self::Device(_) => Target::Device,
            Self::Verification(_) => Target::Verification,
        }
    }
}

/// One rule of the profile.
#[derive(Debug)]
pub struct Rule {
    /// Its name in reports and rule sets; never renamed or reused.
    pub id: &'static str,
    /// The severity of a breach, unless a rule set says otherwise.
    pub severity: Severity,
    /// The section of the standard it follows.
    pub section: &'static str,
    /// What it asks, in one sentence.
    pub summary: &'static str,
    /// How to fix a breach.
    pub fix: &'static str,
    /// The check.
    pub check: Check,
}

impl Rule {
    /// The rule with this id.
    #[must_use]
    pub fn find(id: &str) -> Option<&'static Rule> {
        RULES.iter().copied().find(|rule| rule.id == id)
    }

    /// What the rule looks at.
    #[must_use]
    pub const fn target(&self) -> Target {
        self.check.target()
    }

    /// What reports say of it.
    #[must_use]
    pub const fn description(&self) -> RuleDescription {
        let Self { id, severity, section, summary, fix, check: _ } = *self;
        RuleDescription { id, severity, section, summary, fix }
    }
}

mod basic_constraints;
mod chain;
pub(crate) mod cloud_ca;
mod device;
mod encoding;
mod extensions;
mod input;
mod issued;
mod issuer;
mod key_usage;
mod name_constraints;
mod names;
mod public_key;
mod request;
mod request_subject;
mod root;
mod serial_number;
mod signature_algorithm;
mod subject;
mod validity;
mod verification;
mod version;
mod weak_key;

/// Every rule there is, in the order reports show them.
pub static RULES: &[&Rule] = &[
    // The input
    &input::CERTIFICATE,
    &input::DECODES,
    &input::NOTHING_TRAILING,
    &input::PLAIN,
    // Public keys of any owner
    &weak_key::NOT_WEAK,
    // Encoding
    &encoding::STRICT_DER,
    &encoding::EXTENSIONS_UNIQUE,
    &encoding::EXTENSIONS_NOT_EMPTY,
    &encoding::EXTENSIONS_WELL_FORMED,
    &encoding::BIT_STRINGS_WHOLE,
    &names::WELL_FORMED,
    &names::RDN_NOT_EMPTY,
    &names::STRINGS_DECODE,
    &names::CHARACTERS,
    &names::NO_NUL,
    // Section 6, row by row
    &version::V3,
    &serial_number::PRESENT,
    &serial_number::POSITIVE,
    &serial_number::LENGTH,
    &serial_number::ENTROPY,
    &signature_algorithm::ALLOWED,
    &signature_algorithm::HASH,
    &signature_algorithm::CONSISTENT,
    &signature_algorithm::PARAMETERS,
    &signature_algorithm::RSA_NULL,
    &issuer::MATCHES_ROOT,
    &issuer::BYTES_KEPT,
    &issuer::KEY_IDENTIFIER,
    &issuer::ISSUER_AND_SERIAL,
    &validity::STARTED,
    &validity::NOT_ENDED,
    &validity::ORDER,
    &validity::TIME_TYPE,
    &validity::TIME_FORM,
    &validity::WITHIN_ROOT,
    &validity::STARTS_WITHIN_ROOT,
    &validity::ENDS_SOON,
    &validity::COVERS_DEVICES,
    &subject::CONTAINS_REQUEST,
    &subject::NO_EXTRA_ATTRIBUTES,
    &subject::ENCODING_KEPT,
    &subject::CASE_KEPT,
    &subject::ORDER_KEPT,
    &public_key::MATCHES_REQUEST,
    &public_key::ALGORITHM,
    &public_key::NAMED_CURVE,
    &public_key::CURVE,
    &public_key::POINT,
    &public_key::UNCOMPRESSED,
    &public_key::RSA,
    &basic_constraints::PRESENT,
    &basic_constraints::CRITICAL,
    &basic_constraints::CA,
    &basic_constraints::PATH_LENGTH,
    &key_usage::PRESENT,
    &key_usage::CRITICAL,
    &key_usage::CERT_SIGN,
    &key_usage::CRL_SIGN,
    // Chain and prudence
    &chain::SIGNATURE,
    &chain::OWN_KEY,
    &chain::CRITICAL_KNOWN,
    &name_constraints::OF_ROOT,
    &extensions::SUBJECT_KEY_PRESENT,
    &extensions::SUBJECT_KEY_NOT_EMPTY,
    &extensions::SUBJECT_KEY_NOT_CRITICAL,
    &extensions::AUTHORITY_KEY_PRESENT,
    &extensions::AUTHORITY_KEY_NOT_CRITICAL,
    &extensions::EXTENDED_KEY_USAGE,
    &extensions::NAME_CONSTRAINTS,
    &extensions::POLICY_CONSTRAINTS,
    &extensions::UNIQUE_IDENTIFIERS,
    &names::NOT_EMPTY,
    &names::STRING_TYPES,
    &names::NO_OBSOLETE_STRINGS,
    &names::LENGTHS,
    &names::COUNTRY,
    &names::SINGLE_COMMON_NAME,
    // The root
    &root::CA,
    &root::KEY_USAGE,
    &root::PATH_LENGTH,
    &root::IN_FORCE,
    &root::CRITICAL_KNOWN,
    &root::SELF_ISSUED,
    &root::SELF_SIGNED,
    &root::KEY_STRENGTH,
    &encoding::ROOT_EXTENSIONS,
    &encoding::ROOT_STRICT_DER,
    // Certification requests
    &request::LABEL,
    &request::STRICT_DER,
    &request::VERSION,
    &request::ATTRIBUTES_PRESENT,
    &request_subject::SOUND,
    &request_subject::NOT_EMPTY,
    &request::KEY_USABLE,
    &request::SIGNATURE,
    &request::ATTRIBUTES_UNIQUE,
    &request::ALGORITHM_AS_ORDERED,
    &request::KEY_ALLOWED,
    &request::SUBJECT_AS_ORDERED,
    &request::EXTENSIONS_FIT,
    // Device certificates
    &device::ISSUER,
    &device::KEY_IDENTIFIER,
    &device::SIGNATURE,
    &device::IN_FORCE,
    &device::soundness::STRICT_DER,
    &device::soundness::PUBLIC_KEY,
    &device::soundness::CRITICAL_KNOWN,
    &device::soundness::EXTENSIONS,
    &device::INTERMEDIATE_CA,
    &device::INTERMEDIATE_IN_FORCE,
    &device::INTERMEDIATE_ISSUER,
    &device::INTERMEDIATE_KEY_IDENTIFIER,
    &device::INTERMEDIATE_SIGNATURE,
    &name_constraints::DEVICE,
    &name_constraints::DEVICE_INTERMEDIATE,
    &device::WITHIN_INTERMEDIATE,
    &device::NOT_CA,
    &device::KEY_USAGE,
    &device::EXTENDED_KEY_USAGE,
    &device::COMMON_NAME,
    &device::SERIAL_NUMBER,
    &device::KEY_IDENTIFIERS,
    // Verification certificates
    &verification::STRICT_DER,
    &verification::ISSUER,
    &verification::SIGNATURE,
    &verification::SINGLE_COMMON_NAME,
    &verification::CODE,
    &verification::LENGTH,
    &verification::IN_FORCE,
    &verification::ALGORITHM,
    &verification::KEY_IDENTIFIER,
    &verification::CRITICAL_KNOWN,
    &verification::EXTENSIONS,
    &cloud_ca::CA,
    &cloud_ca::IN_FORCE,
    &name_constraints::VERIFICATION,
    &verification::NOT_CA,
    &verification::OWN_KEY,
    &verification::KEY_SIZE,
    &verification::CODE_SHAPE,
    &cloud_ca::TAKEN,
    &cloud_ca::AWS_NOTES,
    &cloud_ca::AZURE_NOTES,
];

//! What the service answers when it does not do what was asked (AN12642 section 5): one table of
//! problems, each with its status and its code.

use el2g_service_api::body_check::{BodyFault, FaultKind};
use el2g_service_api::{
    ErrorBody, FieldError as ApiFieldError, Json, Nullable, Operation, PathError,
};

use crate::call::shown;

/// Which part of the service speaks; the middle of an error code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Part {
    /// The front door: tokens, paths, bodies.
    Gateway,
    /// Keys of key sets.
    Keysets,
    /// Products, device groups, devices and claim codes.
    Devices,
    /// Secure objects, provisionings and intermediate CAs.
    Provisioning,
    /// Activity reports.
    Audit,
}

impl Part {
    fn letters(self) -> &'static str {
        match self {
            Self::Gateway => "GW",
            Self::Keysets => "KEYSET",
            Self::Devices => "SEDM",
            Self::Provisioning => "RTP",
            Self::Audit => "AUDIT",
        }
    }
}

/// A way in which a request can fail.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// Who says so.
    pub part: Part,
    /// The HTTP status.
    pub status: u16,
    /// The last number of the code; unique per part and status.
    pub number: u16,
    /// What it means.
    pub summary: &'static str,
}

impl Problem {
    /// `ERR_<SERVICE>_<status>_<n>`.
    #[must_use]
    pub(crate) fn code(&self) -> String {
        format!("ERR_{}_{}_{}", self.part.letters(), self.status, self.number)
    }
}

macro_rules! problems {
    ($($name:ident = $part:ident $status:literal $number:literal $summary:literal;)*) => {
        $(#[doc = $summary]
        pub(crate) static $name: Problem = Problem { part: Part::$part, status: $status, number: $number, summary: $summary };)*
        /// Every problem the sandbox knows.
        pub(crate) static PROBLEMS: &[&Problem] = &[$(&$name),*];
    };
}

problems! {
    MALFORMED_BODY = Gateway 400 1 "the body is not what this operation reads";
    INVALID_PARAMETER = Gateway 400 2 "a path or query parameter has a value that is not allowed";
    UNAUTHORIZED = Gateway 401 1 "no token, or not the right one";
    UNKNOWN_PATH = Gateway 404 1 "no operation has this path";
    WRONG_METHOD = Gateway 405 1 "the path has no operation with this method";
    BODY_TOO_SLOW = Gateway 408 1 "the body did not arrive in time";
    BODY_TOO_LARGE = Gateway 413 1 "the body is larger than this service reads";
    WRONG_MEDIA_TYPE = Gateway 415 1 "the body must be application/json";
    INTERNAL = Gateway 500 1 "the sandbox failed";

    KEYSET_KEY_NOT_FOUND = Keysets 404 1 "no such key in this key set";
    KEYSET_KEY_UNFIT = Keysets 422 1 "the key does not do this";

    PRODUCT_NOT_FOUND = Devices 404 1 "no product with this 12NC";
    GROUP_NOT_FOUND = Devices 404 2 "no device group with this id under this product";
    DEVICE_NOT_FOUND = Devices 404 3 "no device with this id";
    CLAIM_CODE_NOT_FOUND = Devices 404 4 "no claim code with this id in this device group";
    BATCH_NOT_FOUND = Devices 404 5 "no claim-code batch with this id in this device group";
    GROUP_NOT_EMPTY = Devices 409 1 "the device group still has devices, secure objects or claim codes";
    CLAIM_CODE_SECRET_TAKEN = Devices 409 2 "another claim code has this secret";
    CLAIM_CODE_REVOKED = Devices 409 3 "the claim code is revoked, which is final";
    INVALID_DEVICE = Devices 422 1 "a device id is not one";
    INVALID_CLAIM_CODE = Devices 422 2 "the claim code's fields do not fit together";
    NO_CRITERIA = Devices 422 3 "no criterion says which claim codes to delete";
    CLAIM_REFUSED = Devices 422 4 "the claim code does not admit this device";
    DEVICE_TAKEN = Devices 422 11 "a device is in another device group";

    NO_DYNAMIC_DATA = Provisioning 400 20 "no object of the device group is made for each device";
    OBJECT_NOT_FOUND = Provisioning 404 1 "no secure object with this id";
    CA_NOT_FOUND = Provisioning 404 2 "no intermediate CA with this id";
    PROVISIONING_NOT_FOUND = Provisioning 404 3 "no provisioning with this id";
    RTP_GROUP_NOT_FOUND = Provisioning 404 4 "no device group with this id";
    RTP_DEVICE_NOT_FOUND = Provisioning 404 5 "no device with this id";
    NO_CERTIFICATE = Provisioning 404 6 "the provisioning has no certificate";
    RTP_PRODUCT_NOT_FOUND = Provisioning 404 7 "no product with this 12NC";
    DUPLICATE_OBJECT_ID = Provisioning 409 1 "the device group already has a secure object with this object id";
    ALREADY_ASSIGNED = Provisioning 409 2 "the secure object is already assigned to the device group";
    OBJECT_IN_USE = Provisioning 409 3 "the secure object is still in use";
    CA_NOT_SIGNED = Provisioning 409 4 "the intermediate CA has no certificate yet";
    CA_ALREADY_SIGNED = Provisioning 409 5 "the intermediate CA already has its certificate";
    JOB_NOT_DONE = Provisioning 409 20 "the job has not ended";
    CA_IN_USE = Provisioning 409 6 "the intermediate CA is used by certificate objects";
    KEY_PAIR_NEEDED = Provisioning 409 7 "the key pair belongs to a certificate in the same device group";
    NOT_ASSIGNED = Provisioning 409 8 "the secure object is not assigned to the device group";
    NO_CSR = Provisioning 422 1 "a CA signed by the service has no signing request";
    INVALID_OBJECT = Provisioning 422 2 "the secure object cannot be made as asked";
    FORBIDDEN_OBJECT_ID = Provisioning 422 3 "the object id is in a forbidden range";
    MESSAGE_REFUSED = Provisioning 422 4 "the OpenPGP message or the customer's key is refused";
    SIZE_MISMATCH = Provisioning 422 5 "the payload has another size than declared or allowed";
    CHECKSUM_MISMATCH = Provisioning 422 6 "the checksum is not that of the payload";
    CERTIFICATE_REFUSED = Provisioning 422 7 "the certificate does not meet section 6";
    INVALID_CA = Provisioning 422 8 "the intermediate CA cannot be made as asked";
    POLICY_REFUSED = Provisioning 422 9 "the usage policy is not allowed";
    POLICY_MISSING = Provisioning 422 10 "the secure object has no policy for the device group's product";
    INVALID_CODE = Provisioning 422 11 "the verification code cannot be a common name";
    WRONG_FAMILY = Provisioning 422 12 "the hardware family is not that of the device group's product";
    JOB_NOT_FOUND = Provisioning 404 8 "no job with this id";
    NOT_GENERATED = Provisioning 409 9 "what is provisioned is not made";

    INVALID_PERIOD = Audit 422 1 "the report's period is not one";
}

/// Every code that an answer may have (`ERR_RTP_409_1`).
pub fn error_codes() -> impl Iterator<Item = String> {
    PROBLEMS.iter().map(|problem| problem.code())
}

/// The same, each with its status and what it means.
pub fn error_meanings() -> impl Iterator<Item = (String, u16, &'static str)> {
    PROBLEMS.iter().map(|problem| (problem.code(), problem.status, problem.summary))
}

/// One wrong field of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FieldError {
    /// The field, with its path: `payload.binaryFile`, `deviceIds[3]`.
    pub field: String,
    /// What was found and what is allowed.
    pub description: String,
}

/// A request that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// Why, from the table.
    pub problem: &'static Problem,
    /// What was found, what is allowed.
    pub details: String,
    /// Which fields are wrong.
    pub field_errors: Vec<FieldError>,
}

impl Refusal {
    /// A refusal without field errors.
    #[must_use]
    pub(crate) fn new(problem: &'static Problem, details: impl Into<String>) -> Self {
        Self { problem, details: details.into(), field_errors: Vec::new() }
    }

    /// A refusal because of one field.
    #[must_use]
    pub(crate) fn field(
        problem: &'static Problem,
        field: &str,
        description: impl Into<String>,
    ) -> Self {
        let description = description.into();
        Self {
            problem,
            details: format!("`{field}`: {description}"),
            field_errors: vec![FieldError { field: field.to_owned(), description }],
        }
    }

    /// A refusal because of these fields; what is about no field is in the details.
    #[must_use]
    pub(crate) fn fields(problem: &'static Problem, faults: Vec<FieldError>) -> Self {
        if let [fault] = faults.as_slice() {
            let description = fault.description.clone();
            return if fault.field.is_empty() {
                Self::new(problem, description)
            } else {
                Self::field(problem, &fault.field, description)
            };
        }
        let names: Vec<&str> = faults.iter().map(|fault| fault.field.as_str()).collect();
        let details = format!("{}: {}", problem.summary, names.join(", "));
        Self { problem, details, field_errors: faults }
    }

    /// The body of the answer.
    #[must_use]
    pub(crate) fn body(&self) -> ErrorBody {
        let of_field = |error: &FieldError| ApiFieldError {
            field: error.field.clone().into(),
            description: error.description.clone().into(),
        };
        ErrorBody {
            code: self.problem.code().into(),
            details: Nullable::Value(Json::string(&self.details)),
            field_errors: Nullable::Value(self.field_errors.iter().map(of_field).collect()),
        }
    }
}

/// A body with these faults: malformed where one of them is, else what the first one is.
#[must_use]
pub(crate) fn of_body(faults: Vec<BodyFault>) -> Refusal {
    let malformed = faults.iter().find(|fault| fault.kind == FaultKind::Malformed);
    let kind = malformed.or(faults.first()).map_or(FaultKind::Malformed, |fault| fault.kind);
    let problem = match kind {
        FaultKind::Malformed => &MALFORMED_BODY,
        FaultKind::Object => &INVALID_OBJECT,
        FaultKind::ObjectId => &FORBIDDEN_OBJECT_ID,
        FaultKind::Checksum => &CHECKSUM_MISMATCH,
        FaultKind::Policy => &POLICY_REFUSED,
        FaultKind::DeviceId => &INVALID_DEVICE,
        FaultKind::ClaimCode => &INVALID_CLAIM_CODE,
        FaultKind::Criteria => &NO_CRITERIA,
        FaultKind::VerificationCode => &INVALID_CODE,
        FaultKind::Period => &INVALID_PERIOD,
    };
    let of_fault = |fault: BodyFault| FieldError {
        field: fault.path,
        description: format!("{}, allowed: {}", fault.found, fault.expected),
    };
    Refusal::fields(problem, faults.into_iter().map(of_fault).collect())
}

/// A path of `O` with a value that can name nothing.
#[must_use]
pub(crate) fn of_path<O: Operation>(error: &PathError) -> Refusal {
    let (PathError::ChangesPath { name, value } | PathError::Malformed { name, value, .. }) = error
    else {
        return Refusal::new(&INVALID_PARAMETER, error.to_string());
    };
    let problem = match *name {
        "deviceGroupId" if O::PATH.starts_with("/rtp") => &RTP_GROUP_NOT_FOUND,
        "deviceGroupId" => &GROUP_NOT_FOUND,
        "claimCodeId" => &CLAIM_CODE_NOT_FOUND,
        "batchId" => &BATCH_NOT_FOUND,
        "secureObjectId" => &OBJECT_NOT_FOUND,
        "intermediateCaId" => &CA_NOT_FOUND,
        "provisioningId" => &PROVISIONING_NOT_FOUND,
        _ => &INVALID_PARAMETER,
    };
    Refusal::new(problem, format!("{}: `{name}` is `{}`", problem.summary, shown(value)))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_code_is_there_once_with_a_status_of_section_5() {
        let mut seen = HashSet::new();
        for problem in PROBLEMS {
            assert!(seen.insert(problem.code()), "{} twice", problem.code());
            assert!(
                [400, 401, 404, 405, 408, 409, 413, 415, 422, 500].contains(&problem.status),
                "{}",
                problem.code()
            );
            assert!(!problem.summary.is_empty());
        }
    }

    #[test]
    fn the_body_has_code_details_and_field_errors() {
        let refusal = Refusal::field(&FORBIDDEN_OBJECT_ID, "objectId", "`00000000` is reserved");
        assert_eq!(
            serde_json::to_value(refusal.body()).unwrap(),
            serde_json::json!({"code": "ERR_RTP_422_3", "details": "`objectId`: `00000000` is reserved",
                "fieldErrors": [{"field": "objectId", "description": "`00000000` is reserved"}]})
        );
    }
}

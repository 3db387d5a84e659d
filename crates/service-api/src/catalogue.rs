//! All operations in one list.

use schemars::{JsonSchema as _, Schema, SchemaGenerator};

use crate::body_check::{BodyFault, BodyFaults, CheckBody as _};
use crate::{DecodeError, EncodedBody, Method, Operation, PathParameters, ReplyKind};
use crate::{
    activity, assignments, claim_codes, device_groups as groups, devices, intermediate_cas as cas,
};
use crate::{products, provisionings, secure_objects as objects, settings};

/// One operation as data: what is needed to route, list and check operations without their types.
#[derive(Debug, Clone, Copy)]
pub struct Endpoint {
    /// The operation's name, such as `CreateDeviceGroup`.
    pub name: &'static str,
    /// What it does, in a line.
    pub summary: &'static str,
    /// The section of AN12642, such as `4.1.1`.
    pub section: &'static str,
    /// The HTTP method.
    pub method: Method,
    /// The path with its parameters in braces.
    pub path: &'static str,
    /// The command that does it.
    pub command: &'static [&'static str],
    /// The status of success that the document states.
    pub success: u16,
    /// What the body of a successful reply is.
    pub reply: ReplyKind,
    /// Whether the request has a body.
    pub has_body: bool,
    /// When it may be repeated.
    pub repeat: crate::Repeat,
    /// What is lost for good, as a sentence; `None` when another operation undoes it.
    pub destroys: Option<&'static str>,
    /// The names of the path parameters, in the order of the path.
    pub path_parameters: &'static [&'static str],
    /// The names of the query parameters.
    pub query: &'static [&'static str],
    /// The JSON Schemas of its parts.
    pub(crate) schemas: Schemas,
    /// Decodes a request body into its type and checks it; a body of another form is one fault.
    pub check_body: fn(&[u8]) -> Vec<BodyFault>,
    /// Decodes a request body into its type and encodes it again.
    pub reencode_body: fn(&[u8]) -> EncodedBody,
    /// Decodes a reply body into its type and encodes it again.
    pub reencode_reply: fn(&[u8]) -> Result<Vec<u8>, DecodeError>,
}

/// How the JSON Schemas of an operation's parts are made. Parameters are objects with one property for
/// each; bodies and replies may refer to the generator's definitions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Schemas {
    pub(crate) path: fn(&mut SchemaGenerator) -> Schema,
    pub(crate) query: fn(&mut SchemaGenerator) -> Schema,
    pub(crate) body: fn(&mut SchemaGenerator) -> Schema,
    pub(crate) reply: fn(&mut SchemaGenerator) -> Schema,
}

impl Endpoint {
    /// The operation `O` as data.
    pub const fn of<O: Operation>() -> Self {
        Endpoint {
            name: O::NAME,
            summary: O::SUMMARY,
            section: O::SECTION,
            method: O::METHOD,
            path: O::PATH,
            command: O::COMMAND,
            success: O::SUCCESS,
            reply: O::REPLY,
            has_body: O::HAS_BODY,
            repeat: O::REPEAT,
            destroys: O::DESTROYS,
            path_parameters: <O::Path as PathParameters>::NAMES,
            query: O::QUERY,
            schemas: Schemas {
                path: O::Path::json_schema,
                query: O::Query::json_schema,
                body: |generator| generator.subschema_for::<O::Body>(),
                reply: |generator| generator.subschema_for::<O::Reply>(),
            },
            check_body: |body| check_body::<O>(body),
            reencode_body: |body| O::encode_body(&O::decode_body(body)?),
            reencode_reply: |body| O::encode_reply(&O::decode_reply(body)?),
        }
    }

    /// Whether a request with this method and path below the base URL is one of this operation's.
    pub fn is_at(&self, method: Method, path: &str) -> bool {
        let path = path.split(['?', '#']).next().unwrap_or_default();
        called(method, path).is_some_and(|called| called.endpoint.name == self.name)
    }

    /// Whether it answers one page of a list.
    pub fn is_paged(&self) -> bool {
        self.query.contains(&"page")
    }
}

fn check_body<O: Operation>(body: &[u8]) -> Vec<BodyFault> {
    let mut faults = BodyFaults::default();
    match O::decode_body(body) {
        Ok(body) => body.check(&mut faults),
        // serde's words name the field; they quote a value only where a known one was expected.
        Err(DecodeError::Json { reason, .. }) => {
            let (line, column) = (reason.line(), reason.column());
            return vec![BodyFault {
                rule: "body-form",
                path: String::new(),
                found: format!("something else at line {line}, column {column}"),
                expected: format!("the JSON of {} (AN12642 {})", O::NAME, O::SECTION),
            }];
        }
        Err(DecodeError::NotText { .. }) => {}
    }
    faults.into_faults()
}

/// An operation that a method and a path call.
#[derive(Debug, Clone)]
pub struct Called {
    /// The operation.
    pub endpoint: &'static Endpoint,
    /// The values of its path parameters, decoded, in the order of the path.
    pub parameters: Vec<String>,
}

/// The operation of this method at this path below the base URL, without its query. The path is read as a server
/// reads it: percent-encoding and empty segments make no difference.
pub fn called(method: Method, path: &str) -> Option<Called> {
    let decoded = |segment: &str| {
        percent_encoding::percent_decode_str(segment).decode_utf8_lossy().into_owned()
    };
    let found: Vec<String> =
        path.split('/').filter(|segment| !segment.is_empty()).map(decoded).collect();
    let matched = |endpoint: &'static Endpoint| {
        let pattern: Vec<&str> = endpoint.path.split('/').filter(|s| !s.is_empty()).collect();
        if endpoint.method != method || pattern.len() != found.len() {
            return None;
        }
        let mut parameters = Vec::new();
        for (pattern, found) in pattern.iter().zip(&found) {
            match pattern.starts_with('{') {
                true => parameters.push(found.clone()),
                false if *pattern == found => {}
                false => return None,
            }
        }
        Some(Called { endpoint, parameters })
    };
    // A path without parameters is the better answer: `/supported-algorithms` is no id.
    CATALOGUE.iter().filter_map(matched).min_by_key(|called| called.parameters.len())
}

/// Every operation, in the order of the document.
pub static CATALOGUE: &[Endpoint] = &[
    Endpoint::of::<groups::CreateDeviceGroup>(),
    Endpoint::of::<devices::AddDevices>(),
    Endpoint::of::<objects::CreateSecureObject>(),
    Endpoint::of::<assignments::AssignSecureObject>(),
    Endpoint::of::<cas::CreateIntermediateCa>(),
    Endpoint::of::<cas::ShowCsr>(),
    Endpoint::of::<cas::UploadIntermediateCa>(),
    Endpoint::of::<products::ListProducts>(),
    Endpoint::of::<products::ListHardwareTypes>(),
    Endpoint::of::<products::ListDevBoards>(),
    Endpoint::of::<groups::ListDeviceGroups>(),
    Endpoint::of::<groups::ShowDeviceGroup>(),
    Endpoint::of::<devices::ListDevices>(),
    Endpoint::of::<devices::ShowDevice>(),
    Endpoint::of::<devices::ListGroupDevices>(),
    Endpoint::of::<products::ShowDeviceProduct>(),
    Endpoint::of::<devices::UnclaimDevices>(),
    Endpoint::of::<groups::UnclaimAllDevices>(),
    Endpoint::of::<groups::DeleteDeviceGroup>(),
    Endpoint::of::<groups::RenameDeviceGroup>(),
    Endpoint::of::<claim_codes::CreateClaimCode>(),
    Endpoint::of::<claim_codes::CreateClaimCodeBatch>(),
    Endpoint::of::<claim_codes::ShowClaimCodeBatch>(),
    Endpoint::of::<claim_codes::ListClaimCodes>(),
    Endpoint::of::<claim_codes::ShowClaimCode>(),
    Endpoint::of::<claim_codes::UpdateClaimCode>(),
    Endpoint::of::<claim_codes::RevokeClaimCode>(),
    Endpoint::of::<claim_codes::ShowClaimCodeSecret>(),
    Endpoint::of::<claim_codes::DeleteClaimCode>(),
    Endpoint::of::<claim_codes::DeleteClaimCodes>(),
    Endpoint::of::<claim_codes::DeleteMatchingClaimCodes>(),
    Endpoint::of::<claim_codes::ShowClaimCodeStatistics>(),
    Endpoint::of::<assignments::ListAvailableGroups>(),
    Endpoint::of::<assignments::UnassignFromGroups>(),
    Endpoint::of::<assignments::UnassignObjects>(),
    Endpoint::of::<objects::ShowSecureObject>(),
    Endpoint::of::<objects::ListSecureObjects>(),
    Endpoint::of::<assignments::ListAssignedObjects>(),
    Endpoint::of::<assignments::ListAvailableObjects>(),
    Endpoint::of::<assignments::ListAssignedGroups>(),
    Endpoint::of::<provisionings::ListObjectProvisionings>(),
    Endpoint::of::<provisionings::ListDeviceProvisionings>(),
    Endpoint::of::<provisionings::DownloadProvisionedCertificate>(),
    Endpoint::of::<provisionings::DownloadProvisionedIntermediate>(),
    Endpoint::of::<objects::DeleteSecureObject>(),
    Endpoint::of::<objects::UpdateSecureObject>(),
    Endpoint::of::<objects::ListSecureObjectPolicies>(),
    Endpoint::of::<settings::ShowPolicyTemplate>(),
    Endpoint::of::<settings::ShowObjectIdRules>(),
    Endpoint::of::<cas::ShowIntermediateCa>(),
    Endpoint::of::<cas::ListIntermediateCas>(),
    Endpoint::of::<cas::DownloadIntermediateCa>(),
    Endpoint::of::<cas::CreateVerificationCertificate>(),
    Endpoint::of::<cas::ListSignedObjects>(),
    Endpoint::of::<cas::DeleteIntermediateCa>(),
    Endpoint::of::<cas::ListSupportedAlgorithms>(),
    Endpoint::of::<activity::CreateActivityReport>(),
];

#[cfg(test)]
mod document;
#[cfg(test)]
mod every_field;

//! All operations in two lists: those of AN12642, and those that only NXP's newer clients show.

use schemars::{JsonSchema, Schema, SchemaGenerator};

use crate::body_check::{BodyFault, read_body};
use crate::{ApiVersion, DecodeError, EncodedBody, Method, Operation, PathParameters, ReplyKind};

/// One operation as data: what is needed to route, list and check operations without their types.
#[derive(Debug, Clone, Copy)]
pub struct Endpoint {
    /// The operation's name, such as `CreateDeviceGroup`.
    pub name: &'static str,
    /// What it does, in a line.
    pub summary: &'static str,
    /// The section of AN12642, such as `4.1.1`; in [`NEWER`] where it was seen.
    pub section: &'static str,
    /// The HTTP method.
    pub method: Method,
    /// The version of the API.
    pub api: ApiVersion,
    /// The path below the base URL of that version, with its parameters in braces.
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
    /// Reads a request body into its type and checks it.
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
    const fn of<O>() -> Self
    where
        O: Operation<Path: JsonSchema, Query: JsonSchema, Body: JsonSchema, Reply: JsonSchema>,
    {
        Endpoint {
            name: O::NAME,
            summary: O::SUMMARY,
            section: O::SECTION,
            method: O::METHOD,
            api: O::API,
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
            check_body: |body| read_body::<O::Body>(body).err().unwrap_or_default(),
            reencode_body: |body| O::encode_body(&O::decode_body(body)?),
            reencode_reply: |body| O::encode_reply(&O::decode_reply(body)?),
        }
    }

    /// Whether a request with this method and path below the base URL of its version is one of this operation's.
    pub fn is_at(&self, method: Method, path: &str) -> bool {
        let path = path.split(['?', '#']).next().unwrap_or_default();
        called(self.api, method, path).is_some_and(|called| called.endpoint.name == self.name)
    }

    /// Whether it answers one page of a list.
    pub fn is_paged(&self) -> bool {
        self.query.contains(&"page")
    }
}

/// An operation that a method and a path call.
#[derive(Debug, Clone)]
pub struct Called {
    /// The operation.
    pub endpoint: &'static Endpoint,
    /// The values of its path parameters, decoded, in the order of the path.
    pub parameters: Vec<String>,
}

/// The operation of this method at this path below the base URL of a version, without its query. The path is read as a
/// server reads it: percent-encoding and empty segments make no difference.
pub fn called(api: ApiVersion, method: Method, path: &str) -> Option<Called> {
    let decoded = |segment: &str| {
        percent_encoding::percent_decode_str(segment).decode_utf8_lossy().into_owned()
    };
    let found: Vec<String> =
        path.split('/').filter(|segment| !segment.is_empty()).map(decoded).collect();
    let matched = |endpoint: &'static Endpoint| {
        let pattern: Vec<&str> = endpoint.path.split('/').filter(|s| !s.is_empty()).collect();
        if (endpoint.api, endpoint.method) != (api, method) || pattern.len() != found.len() {
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
    // A path without parameters is the better answer: `/supported-algorithms` is not an id.
    CATALOGUE.iter().chain(NEWER).filter_map(matched).min_by_key(|called| called.parameters.len())
}

/// Calls the macro `$then` with every operation of AN12642, in the order of the document. A caller that has something of each
/// operation makes it with this list, so that nothing can be left out.
#[macro_export]
macro_rules! every_operation {
    ($then:ident) => {
        $then! {
            $crate::device_groups::CreateDeviceGroup,
            $crate::devices::AddDevices,
            $crate::secure_objects::CreateSecureObject,
            $crate::assignments::AssignSecureObject,
            $crate::intermediate_cas::CreateIntermediateCa,
            $crate::intermediate_cas::ShowCsr,
            $crate::intermediate_cas::UploadIntermediateCa,
            $crate::products::ListProducts,
            $crate::products::ListHardwareTypes,
            $crate::products::ListDevBoards,
            $crate::device_groups::ListDeviceGroups,
            $crate::device_groups::ShowDeviceGroup,
            $crate::devices::ListDevices,
            $crate::devices::ShowDevice,
            $crate::devices::ListGroupDevices,
            $crate::products::ShowDeviceProduct,
            $crate::devices::UnclaimDevices,
            $crate::device_groups::UnclaimAllDevices,
            $crate::device_groups::DeleteDeviceGroup,
            $crate::device_groups::RenameDeviceGroup,
            $crate::claim_codes::CreateClaimCode,
            $crate::claim_codes::CreateClaimCodeBatch,
            $crate::claim_codes::ShowClaimCodeBatch,
            $crate::claim_codes::ListClaimCodes,
            $crate::claim_codes::ShowClaimCode,
            $crate::claim_codes::UpdateClaimCode,
            $crate::claim_codes::RevokeClaimCode,
            $crate::claim_codes::ShowClaimCodeSecret,
            $crate::claim_codes::DeleteClaimCode,
            $crate::claim_codes::DeleteClaimCodes,
            $crate::claim_codes::DeleteMatchingClaimCodes,
            $crate::claim_codes::ShowClaimCodeStatistics,
            $crate::assignments::ListAvailableGroups,
            $crate::assignments::UnassignFromGroups,
            $crate::assignments::UnassignObjects,
            $crate::secure_objects::ShowSecureObject,
            $crate::secure_objects::ListSecureObjects,
            $crate::assignments::ListAssignedObjects,
            $crate::assignments::ListAvailableObjects,
            $crate::assignments::ListAssignedGroups,
            $crate::provisionings::ListObjectProvisionings,
            $crate::provisionings::ListDeviceProvisionings,
            $crate::provisionings::DownloadProvisionedCertificate,
            $crate::provisionings::DownloadProvisionedIntermediate,
            $crate::secure_objects::DeleteSecureObject,
            $crate::secure_objects::UpdateSecureObject,
            $crate::secure_objects::ListSecureObjectPolicies,
            $crate::settings::ShowPolicyTemplate,
            $crate::settings::ShowObjectIdRules,
            $crate::intermediate_cas::ShowIntermediateCa,
            $crate::intermediate_cas::ListIntermediateCas,
            $crate::intermediate_cas::DownloadIntermediateCa,
            $crate::intermediate_cas::CreateVerificationCertificate,
            $crate::intermediate_cas::ListSignedObjects,
            $crate::intermediate_cas::DeleteIntermediateCa,
            $crate::intermediate_cas::ListSupportedAlgorithms,
            $crate::activity::CreateActivityReport,
        }
    };
}

/// Calls the macro `$then` with every operation that AN12642 does not have and that a public client of NXP calls.
#[macro_export]
macro_rules! every_newer_operation {
    ($then:ident) => {
        $then! {
            $crate::jobs::RegisterDevices,
            $crate::jobs::ShowJob,
            $crate::offline_provisionings::DownloadProvisionings,
            $crate::batches::RequestBatch,
            $crate::batches::DownloadBatchFile,
            $crate::batches::DownloadStaticProvisionings,
            $crate::keysets::SignHash,
            $crate::keysets::ComputeCmac,
            $crate::keysets::DownloadKeysetPublicKey,
        }
    };
}

macro_rules! endpoints {
    ($($operation:ty,)+) => {
        /// Every operation of AN12642, in the order of the document.
        pub static CATALOGUE: &[Endpoint] = &[$(Endpoint::of::<$operation>()),+];
    };
}

macro_rules! newer_endpoints {
    ($($operation:ty,)+) => {
        /// Every operation that AN12642 does not have. What is known of them is what NXP's clients send and read.
        pub static NEWER: &[Endpoint] = &[$(Endpoint::of::<$operation>()),+];
    };
}

every_operation!(endpoints);
every_newer_operation!(newer_endpoints);

#[cfg(test)]
mod document_tests;
#[cfg(test)]
mod every_field_tests;
#[cfg(test)]
mod newer_tests;

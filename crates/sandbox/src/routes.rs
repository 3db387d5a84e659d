//! Which handler does which operation. Methods, paths and statuses come from the catalogue of
//! `el2g-service-api`, so the sandbox's routes cannot drift from it.

use el2g_service_api::body_check::read_body;
use el2g_service_api::{Endpoint, Operation, PathParameters as _, QueryParameters as _};

use crate::call::{Call, parameter_refused, shown};
use crate::handlers::{
    activity, assignments, batches, claim_code_sets, claim_codes, device_groups, devices,
    intermediate_cas, jobs, keysets, offline_provisionings, products, provisionings,
    secure_objects, settings,
};
use crate::refusal::{self, INTERNAL, Refusal};

/// What answers a request: from its body to the body of the answer.
pub(crate) type Handler = fn(&Call<'_>, &[u8]) -> Result<Vec<u8>, Refusal>;

/// The operations by their names.
mod api {
    pub(super) use el2g_service_api::activity::CreateActivityReport;
    pub(super) use el2g_service_api::assignments::{
        AssignSecureObject, ListAssignedGroups, ListAssignedObjects, ListAvailableGroups,
        ListAvailableObjects, UnassignFromGroups, UnassignObjects,
    };
    pub(super) use el2g_service_api::batches::{
        DownloadBatchFile, DownloadStaticProvisionings, RequestBatch,
    };
    pub(super) use el2g_service_api::claim_codes::{
        CreateClaimCode, CreateClaimCodeBatch, DeleteClaimCode, DeleteClaimCodes,
        DeleteMatchingClaimCodes, ListClaimCodes, RevokeClaimCode, ShowClaimCode,
        ShowClaimCodeBatch, ShowClaimCodeSecret, ShowClaimCodeStatistics, UpdateClaimCode,
    };
    pub(super) use el2g_service_api::device_groups::{
        CreateDeviceGroup, DeleteDeviceGroup, ListDeviceGroups, RenameDeviceGroup, ShowDeviceGroup,
        UnclaimAllDevices,
    };
    pub(super) use el2g_service_api::devices::{
        AddDevices, ListDevices, ListGroupDevices, ShowDevice, UnclaimDevices,
    };
    pub(super) use el2g_service_api::intermediate_cas::{
        CreateIntermediateCa, CreateVerificationCertificate, DeleteIntermediateCa,
        DownloadIntermediateCa, ListIntermediateCas, ListSignedObjects, ListSupportedAlgorithms,
        ShowCsr, ShowIntermediateCa, UploadIntermediateCa,
    };
    pub(super) use el2g_service_api::jobs::{RegisterDevices, ShowJob};
    pub(super) use el2g_service_api::keysets::{ComputeCmac, DownloadKeysetPublicKey, SignHash};
    pub(super) use el2g_service_api::offline_provisionings::DownloadProvisionings;
    pub(super) use el2g_service_api::products::{
        ListDevBoards, ListHardwareTypes, ListProducts, ShowDeviceProduct,
    };
    pub(super) use el2g_service_api::provisionings::{
        DownloadProvisionedCertificate, DownloadProvisionedIntermediate, ListDeviceProvisionings,
        ListObjectProvisionings,
    };
    pub(super) use el2g_service_api::secure_objects::{
        CreateSecureObject, DeleteSecureObject, ListSecureObjectPolicies, ListSecureObjects,
        ShowSecureObject, UpdateSecureObject,
    };
    pub(super) use el2g_service_api::settings::{ShowObjectIdRules, ShowPolicyTemplate};
}

/// An operation that the sandbox does.
trait Served: Operation {
    /// The statuses that it refuses with besides those of [`refusals`] that come from its declaration.
    const REFUSED: &'static [u16];

    /// Does it.
    fn serve(
        call: &Call<'_>,
        path: Self::Path,
        query: Self::Query,
        body: Self::Body,
    ) -> Result<Self::Reply, Refusal>;
}

macro_rules! served {
    ($($operation:ident [$($status:literal),*] $handler:path;)+) => {$(
        impl Served for api::$operation {
            const REFUSED: &'static [u16] = &[$($status),*];

            fn serve(
                call: &Call<'_>,
                path: Self::Path,
                query: Self::Query,
                body: Self::Body,
            ) -> Result<Self::Reply, Refusal> {
                $handler(call, path, query, body)
            }
        }
    )+};
}

served! {
    CreateDeviceGroup [404] device_groups::create;
    AddDevices [404, 422] devices::add;
    CreateSecureObject [404, 409, 422] secure_objects::create;
    AssignSecureObject [404, 409, 422] assignments::assign;
    CreateIntermediateCa [422] intermediate_cas::create;
    ShowCsr [404, 422] intermediate_cas::csr;
    UploadIntermediateCa [404, 409, 422] intermediate_cas::upload;
    ListProducts [] products::list;
    ListHardwareTypes [] products::hardware_types;
    ListDevBoards [] products::boards;
    ListDeviceGroups [404] device_groups::list;
    ShowDeviceGroup [404] device_groups::show;
    ListDevices [] devices::list;
    ShowDevice [404] devices::show;
    ListGroupDevices [404] devices::of_group;
    ShowDeviceProduct [404] products::of_device;
    UnclaimDevices [404, 422] devices::unclaim;
    UnclaimAllDevices [404] devices::unclaim_all;
    DeleteDeviceGroup [404, 409] device_groups::delete;
    RenameDeviceGroup [404] device_groups::rename;
    CreateClaimCode [404, 409, 422] claim_codes::create;
    CreateClaimCodeBatch [404, 409, 422] claim_code_sets::create_batch;
    ShowClaimCodeBatch [404] claim_code_sets::batch;
    ListClaimCodes [404] claim_codes::list;
    ShowClaimCode [404] claim_codes::show;
    UpdateClaimCode [404, 409, 422] claim_codes::update;
    RevokeClaimCode [404] claim_codes::revoke;
    ShowClaimCodeSecret [404] claim_codes::secret;
    DeleteClaimCode [404] claim_codes::delete;
    DeleteClaimCodes [] claim_code_sets::delete_batch;
    DeleteMatchingClaimCodes [422] claim_code_sets::delete_by_criteria;
    ShowClaimCodeStatistics [404] claim_code_sets::statistics;
    ListAvailableGroups [404] assignments::available_groups;
    UnassignFromGroups [404, 409, 422] assignments::unassign_groups;
    UnassignObjects [404, 409, 422] assignments::unassign_objects;
    ShowSecureObject [404] secure_objects::show;
    ListSecureObjects [] secure_objects::list;
    ListAssignedObjects [404] assignments::of_group;
    ListAvailableObjects [404] assignments::available_objects;
    ListAssignedGroups [404] assignments::groups_of_object;
    ListObjectProvisionings [404] provisionings::of_object;
    ListDeviceProvisionings [404] provisionings::of_device;
    DownloadProvisionedCertificate [404, 409] provisionings::certificate;
    DownloadProvisionedIntermediate [404, 409] provisionings::intermediate_ca;
    DeleteSecureObject [404, 409] secure_objects::delete;
    UpdateSecureObject [404, 422] secure_objects::update;
    ListSecureObjectPolicies [404] secure_objects::policies;
    ShowPolicyTemplate [404] settings::policy_template;
    ShowObjectIdRules [] settings::object_id_rules;
    ShowIntermediateCa [404] intermediate_cas::show;
    ListIntermediateCas [] intermediate_cas::list;
    DownloadIntermediateCa [404, 409] intermediate_cas::download;
    CreateVerificationCertificate [404, 409, 422] intermediate_cas::verification_certificate;
    ListSignedObjects [404] intermediate_cas::secure_objects;
    DeleteIntermediateCa [404, 409] intermediate_cas::delete;
    ListSupportedAlgorithms [] settings::supported_algorithms;
    CreateActivityReport [422] activity::report;
    // What AN12642 does not have.
    RegisterDevices [404, 422] jobs::register_devices;
    ShowJob [404] jobs::show;
    DownloadProvisionings [404, 422] offline_provisionings::download;
    RequestBatch [404] batches::request;
    DownloadBatchFile [404, 409] batches::file;
    DownloadStaticProvisionings [404] batches::static_provisionings;
    SignHash [404, 422] keysets::sign_hash;
    ComputeCmac [404, 422] keysets::cmac;
    DownloadKeysetPublicKey [404, 422] keysets::public_key;
}

/// Decodes a request of `O`, and encodes what its handler answers.
fn answer<O: Served>(call: &Call<'_>, body: &[u8]) -> Result<Vec<u8>, Refusal> {
    let path = O::Path::from_values(&|name| call.request.path_text(name))
        .map_err(|error| refusal::of_path::<O>(&error))?;
    let query = O::Query::from_values(&|name| call.request.query_text(name)).map_err(|error| {
        let found = format!("`{}`, allowed: {}", shown(&error.found), error.expected);
        parameter_refused(error.name, found)
    })?;
    let body = read_body(if O::HAS_BODY { body } else { b"null" }).map_err(refusal::of_body)?;
    let reply = O::serve(call, path, query, body)?;
    O::encode_reply(&reply).map_err(|error| Refusal::new(&INTERNAL, error.to_string()))
}

/// An operation's name, its own refusals and its handler.
type Entry = (&'static str, &'static [u16], Handler);

macro_rules! entry {
    ($operation:ty) => {
        (
            <$operation as Operation>::NAME,
            <$operation as Served>::REFUSED,
            answer::<$operation> as Handler,
        )
    };
}

macro_rules! entries {
    ($($operation:ty,)+) => {
        /// Every operation of AN12642; one that is not [`Served`] does not compile.
        static HANDLERS: &[Entry] = &[$(entry!($operation)),+];
    };
}

macro_rules! newer_entries {
    ($($operation:ty,)+) => {
        /// Every other operation; one that is not [`Served`] does not compile.
        static NEWER_HANDLERS: &[Entry] = &[$(entry!($operation)),+];
    };
}

el2g_service_api::every_operation!(entries);
el2g_service_api::every_newer_operation!(newer_entries);

/// The handler of an operation.
#[must_use]
pub(crate) fn handler(endpoint: &Endpoint) -> Option<Handler> {
    entry(endpoint).map(|(_, _, handler)| *handler)
}

fn entry(endpoint: &Endpoint) -> Option<&'static Entry> {
    HANDLERS.iter().chain(NEWER_HANDLERS).find(|(name, _, _)| *name == endpoint.name)
}

/// The statuses that an operation is refused with: 401 always, 400 where there is something to misread,
/// 408, 413 and 415 where a body is read, and its handler's own.
#[must_use]
pub(crate) fn refusals(endpoint: &Endpoint) -> Vec<u16> {
    let mut statuses = vec![401];
    if endpoint.has_body || !endpoint.query.is_empty() || !endpoint.path_parameters.is_empty() {
        statuses.push(400);
    }
    if endpoint.has_body {
        statuses.extend([408, 413, 415]);
    }
    statuses.extend(entry(endpoint).map_or(&[] as &[u16], |(_, own, _)| own));
    statuses.sort_unstable();
    statuses
}

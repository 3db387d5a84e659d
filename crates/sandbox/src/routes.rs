//! Which handler does which operation. Methods, paths and statuses come from the catalogue of
//! `el2g-service-api`, so the sandbox's routes cannot drift from it.

use el2g_service_api::{Endpoint, Operation};
use serde_json::Value;

use crate::call::{Call, Reply};
use crate::handlers::{
    activity, assignments, claim_code_sets, claim_codes, device_groups, devices, intermediate_cas,
    products, provisionings, secure_objects, settings,
};
use crate::refusal::Refusal;
use crate::service::Service;

/// The function that does an operation.
#[derive(Clone, Copy)]
pub enum Handler {
    /// It reads no body.
    Plain(fn(&Service, &Call) -> Result<Reply, Refusal>),
    /// It reads a JSON body.
    WithBody(fn(&Service, &Call, &Value) -> Result<Reply, Refusal>),
}

use Handler::{Plain, WithBody};

/// The operations by their names.
mod api {
    pub use el2g_service_api::activity::CreateActivityReport;
    pub use el2g_service_api::assignments::{
        AssignSecureObject, ListAssignedGroups, ListAssignedObjects, ListAvailableGroups,
        ListAvailableObjects, UnassignFromGroups, UnassignObjects,
    };
    pub use el2g_service_api::claim_codes::{
        CreateClaimCode, CreateClaimCodeBatch, DeleteClaimCode, DeleteClaimCodes,
        DeleteMatchingClaimCodes, ListClaimCodes, RevokeClaimCode, ShowClaimCode,
        ShowClaimCodeBatch, ShowClaimCodeSecret, ShowClaimCodeStatistics, UpdateClaimCode,
    };
    pub use el2g_service_api::device_groups::{
        CreateDeviceGroup, DeleteDeviceGroup, ListDeviceGroups, RenameDeviceGroup, ShowDeviceGroup,
        UnclaimAllDevices,
    };
    pub use el2g_service_api::devices::{
        AddDevices, ListDevices, ListGroupDevices, ShowDevice, UnclaimDevices,
    };
    pub use el2g_service_api::intermediate_cas::{
        CreateIntermediateCa, CreateVerificationCertificate, DeleteIntermediateCa,
        DownloadIntermediateCa, ListIntermediateCas, ListSignedObjects, ListSupportedAlgorithms,
        ShowCsr, ShowIntermediateCa, UploadIntermediateCa,
    };
    pub use el2g_service_api::products::{
        ListDevBoards, ListHardwareTypes, ListProducts, ShowDeviceProduct,
    };
    pub use el2g_service_api::provisionings::{
        DownloadProvisionedCertificate, DownloadProvisionedIntermediate, ListDeviceProvisionings,
        ListObjectProvisionings,
    };
    pub use el2g_service_api::secure_objects::{
        CreateSecureObject, DeleteSecureObject, ListSecureObjectPolicies, ListSecureObjects,
        ShowSecureObject, UpdateSecureObject,
    };
    pub use el2g_service_api::settings::{ShowObjectIdRules, ShowPolicyTemplate};
}

/// An operation that the sandbox does.
trait Served: Operation {
    /// The statuses that it refuses with besides those of [`refusals`] that come from its declaration.
    const REFUSED: &'static [u16];
    /// What does it.
    const HANDLER: Handler;
}

macro_rules! served {
    ($($operation:ident [$($status:literal),*] $kind:ident($handler:path);)+) => {$(
        impl Served for api::$operation {
            const REFUSED: &'static [u16] = &[$($status),*];
            const HANDLER: Handler = $kind($handler);
        }
    )+};
}

served! {
    CreateDeviceGroup [404] WithBody(device_groups::create);
    AddDevices [404, 422] WithBody(devices::add);
    CreateSecureObject [404, 409, 422] WithBody(secure_objects::create);
    AssignSecureObject [404, 409, 422] WithBody(assignments::assign);
    CreateIntermediateCa [422] WithBody(intermediate_cas::create);
    ShowCsr [404, 422] Plain(intermediate_cas::csr);
    UploadIntermediateCa [404, 409, 422] WithBody(intermediate_cas::upload);
    ListProducts [] Plain(products::list);
    ListHardwareTypes [] Plain(products::hardware_types);
    ListDevBoards [] Plain(products::boards);
    ListDeviceGroups [404] Plain(device_groups::list);
    ShowDeviceGroup [404] Plain(device_groups::show);
    ListDevices [] Plain(devices::list);
    ShowDevice [404] Plain(devices::show);
    ListGroupDevices [404] Plain(devices::of_group);
    ShowDeviceProduct [404] Plain(products::of_device);
    UnclaimDevices [404, 422] WithBody(devices::unclaim);
    UnclaimAllDevices [404] Plain(devices::unclaim_all);
    DeleteDeviceGroup [404, 409] Plain(device_groups::delete);
    RenameDeviceGroup [404] WithBody(device_groups::rename);
    CreateClaimCode [404, 409, 422] WithBody(claim_codes::create);
    CreateClaimCodeBatch [404, 409, 422] WithBody(claim_code_sets::create_batch);
    ShowClaimCodeBatch [404] Plain(claim_code_sets::batch);
    ListClaimCodes [404] Plain(claim_codes::list);
    ShowClaimCode [404] Plain(claim_codes::show);
    UpdateClaimCode [404, 409, 422] WithBody(claim_codes::update);
    RevokeClaimCode [404] Plain(claim_codes::revoke);
    ShowClaimCodeSecret [404] Plain(claim_codes::secret);
    DeleteClaimCode [404] Plain(claim_codes::delete);
    DeleteClaimCodes [] WithBody(claim_code_sets::delete_batch);
    DeleteMatchingClaimCodes [422] WithBody(claim_code_sets::delete_by_criteria);
    ShowClaimCodeStatistics [404] Plain(claim_code_sets::statistics);
    ListAvailableGroups [404] Plain(assignments::available_groups);
    UnassignFromGroups [404, 409] WithBody(assignments::unassign_groups);
    UnassignObjects [404, 409] WithBody(assignments::unassign_objects);
    ShowSecureObject [404] Plain(secure_objects::show);
    ListSecureObjects [] Plain(secure_objects::list);
    ListAssignedObjects [404] Plain(assignments::of_group);
    ListAvailableObjects [404] Plain(assignments::available_objects);
    ListAssignedGroups [404] Plain(assignments::groups_of_object);
    ListObjectProvisionings [404] Plain(provisionings::of_object);
    ListDeviceProvisionings [404] Plain(provisionings::of_device);
    DownloadProvisionedCertificate [404, 409] Plain(provisionings::certificate);
    DownloadProvisionedIntermediate [404, 409] Plain(provisionings::intermediate_ca);
    DeleteSecureObject [404, 409] Plain(secure_objects::delete);
    UpdateSecureObject [404, 422] WithBody(secure_objects::update);
    ListSecureObjectPolicies [404] Plain(secure_objects::policies);
    ShowPolicyTemplate [404] Plain(settings::policy_template);
    ShowObjectIdRules [] Plain(settings::object_id_rules);
    ShowIntermediateCa [404] Plain(intermediate_cas::show);
    ListIntermediateCas [] Plain(intermediate_cas::list);
    DownloadIntermediateCa [404, 409] Plain(intermediate_cas::download);
    CreateVerificationCertificate [404, 409, 422] WithBody(intermediate_cas::verification_certificate);
    ListSignedObjects [404] Plain(intermediate_cas::secure_objects);
    DeleteIntermediateCa [404, 409] Plain(intermediate_cas::delete);
    ListSupportedAlgorithms [] Plain(settings::supported_algorithms);
    CreateActivityReport [422] WithBody(activity::report);
}

/// An operation's section, its own refusals and its handler.
type Entry = (&'static str, &'static [u16], Handler);

/// The entry of an operation; one whose handler reads a body that it does not have, or the other way round, does
/// not compile.
const fn entry_of<O: Served>() -> Entry {
    const {
        assert!(
            matches!(O::HANDLER, WithBody(_)) == O::HAS_BODY,
            "a handler reads the body that there is"
        )
    };
    (O::SECTION, O::REFUSED, O::HANDLER)
}

macro_rules! entries {
    ($($operation:ty,)+) => {
        /// Every operation; one that is not [`Served`] does not compile.
        static HANDLERS: &[Entry] = &[$(entry_of::<$operation>()),+];
    };
}

el2g_service_api::every_operation!(entries);

/// The handler of an operation.
#[must_use]
pub fn handler(endpoint: &Endpoint) -> Option<Handler> {
    entry(endpoint).map(|(_, _, handler)| *handler)
}

fn entry(endpoint: &Endpoint) -> Option<&'static Entry> {
    HANDLERS.iter().find(|(section, _, _)| *section == endpoint.section)
}

/// The statuses that an operation is refused with: 401 always, 400 where there is something to misread,
/// 408, 413 and 415 where a body is read, and its handler's own.
#[must_use]
pub fn refusals(endpoint: &Endpoint) -> Vec<u16> {
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

//! Which handler does which operation. Methods, paths and statuses come from the catalogue of
//! `el2g-service-api`, so the sandbox's routes cannot drift from it.

use el2g_service_api::Endpoint;
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

/// The handlers by the section of AN12642 that describes the operation, each with the statuses that it
/// refuses with besides those of [`refusals`] that come from the operation's declaration.
static HANDLERS: &[(&str, &[u16], Handler)] = &[
    ("4.1.1", &[404], WithBody(device_groups::create)),
    ("4.1.2", &[404, 422], WithBody(devices::add)),
    ("4.1.3", &[404, 409, 422], WithBody(secure_objects::create)),
    ("4.1.4", &[404, 409, 422], WithBody(assignments::assign)),
    ("4.2.1", &[422], WithBody(intermediate_cas::create)),
    ("4.2.2", &[404, 422], Plain(intermediate_cas::csr)),
    ("4.2.3", &[404, 409, 422], WithBody(intermediate_cas::upload)),
    ("4.3.1", &[], Plain(products::list)),
    ("4.3.2", &[], Plain(products::hardware_types)),
    ("4.3.3", &[], Plain(products::boards)),
    ("4.3.4", &[404], Plain(device_groups::list)),
    ("4.3.5", &[404], Plain(device_groups::show)),
    ("4.3.6", &[], Plain(devices::list)),
    ("4.3.7", &[404], Plain(devices::show)),
    ("4.3.8", &[404], Plain(devices::of_group)),
    ("4.3.9", &[404], Plain(products::of_device)),
    ("4.3.10", &[404, 422], WithBody(devices::unclaim)),
    ("4.3.11", &[404], Plain(devices::unclaim_all)),
    ("4.3.12", &[404, 409], Plain(device_groups::delete)),
    ("4.3.13", &[404], WithBody(device_groups::rename)),
    ("4.4.1", &[404, 409, 422], WithBody(claim_codes::create)),
    ("4.4.2", &[404, 409, 422], WithBody(claim_code_sets::create_batch)),
    ("4.4.3", &[404], Plain(claim_code_sets::batch)),
    ("4.4.4", &[404], Plain(claim_codes::list)),
    ("4.4.5", &[404], Plain(claim_codes::show)),
    ("4.4.6", &[404, 409, 422], WithBody(claim_codes::update)),
    ("4.4.7", &[404], Plain(claim_codes::revoke)),
    ("4.4.8", &[404], Plain(claim_codes::secret)),
    ("4.4.9", &[404], Plain(claim_codes::delete)),
    ("4.4.10", &[], WithBody(claim_code_sets::delete_batch)),
    ("4.4.11", &[422], WithBody(claim_code_sets::delete_by_criteria)),
    ("4.4.12", &[404], Plain(claim_code_sets::statistics)),
    ("4.5.1", &[404], Plain(assignments::available_groups)),
    ("4.5.2", &[404, 409], WithBody(assignments::unassign_groups)),
    ("4.5.3", &[404, 409], WithBody(assignments::unassign_objects)),
    ("4.5.4", &[404], Plain(secure_objects::show)),
    ("4.5.5", &[], Plain(secure_objects::list)),
    ("4.5.6", &[404], Plain(assignments::of_group)),
    ("4.5.7", &[404], Plain(assignments::available_objects)),
    ("4.5.8", &[404], Plain(assignments::groups_of_object)),
    ("4.5.9", &[404], Plain(provisionings::of_object)),
    ("4.5.10", &[404], Plain(provisionings::of_device)),
    ("4.5.11", &[404, 409], Plain(provisionings::certificate)),
    ("4.5.12", &[404, 409], Plain(provisionings::intermediate_ca)),
    ("4.5.13", &[404, 409], Plain(secure_objects::delete)),
    ("4.5.14", &[404, 422], WithBody(secure_objects::update)),
    ("4.5.15", &[404], Plain(secure_objects::policies)),
    ("4.5.16", &[404], Plain(settings::policy_template)),
    ("4.5.17", &[], Plain(settings::object_id_rules)),
    ("4.6.2", &[404], Plain(intermediate_cas::show)),
    ("4.6.3", &[], Plain(intermediate_cas::list)),
    ("4.6.4", &[404, 409], Plain(intermediate_cas::download)),
    ("4.6.5", &[404, 409, 422], WithBody(intermediate_cas::verification_certificate)),
    ("4.6.6", &[404], Plain(intermediate_cas::secure_objects)),
    ("4.6.7", &[404, 409], Plain(intermediate_cas::delete)),
    ("4.6.8", &[], Plain(settings::supported_algorithms)),
    ("4.7.1", &[422], WithBody(activity::report)),
];

/// The handler of an operation.
#[must_use]
pub fn handler(endpoint: &Endpoint) -> Option<Handler> {
    entry(endpoint).map(|(_, _, handler)| *handler)
}

fn entry(endpoint: &Endpoint) -> Option<&'static (&'static str, &'static [u16], Handler)> {
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

#[cfg(test)]
mod tests {
    use el2g_service_api::CATALOGUE;

    use super::*;

    #[test]
    fn every_operation_has_its_handler_and_every_handler_its_operation() {
        for endpoint in CATALOGUE {
            let found = handler(endpoint);
            assert!(found.is_some(), "{} {}", endpoint.section, endpoint.name);
            assert_eq!(
                matches!(found, Some(WithBody(_))),
                endpoint.has_body,
                "{} reads a body",
                endpoint.section
            );
        }
        for (index, (section, _, _)) in HANDLERS.iter().enumerate() {
            assert!(CATALOGUE.iter().any(|endpoint| endpoint.section == *section), "{section}");
            assert!(
                !HANDLERS[..index].iter().any(|(other, _, _)| other == section),
                "{section} twice"
            );
        }
        assert_eq!(HANDLERS.len(), CATALOGUE.len());
    }
}

//! How many claim codes `delete-matching` would delete, counted before it is asked about.

use el2g_service_api::NoPath;
use el2g_service_api::claim_codes::{
    ClaimCode, ClaimCodeCriteria, ClaimCodeQuery, ClaimStatus, ListClaimCodes, UsageStatus,
};
use el2g_service_api::device_groups::{DeviceGroupQuery, GroupPath, ListDeviceGroups, ProductPath};
use el2g_service_api::products::{ListProducts, ProductQuery};
use el2g_workflows::Failure;

use crate::Result;
use crate::online::Online;

/// Most device groups that are named in the question.
const NAMED_GROUPS: usize = 5;

/// The claim codes of one group that match.
struct Matching {
    group: String,
    count: usize,
}

/// What would be deleted, and what must be typed for it: how many.
pub fn question(criteria: &ClaimCodeCriteria, online: &Online) -> Result<(String, String)> {
    let found = count(criteria, online).map_err(|failure| {
        failure
            .with_hint("the matching claim codes cannot be counted: --yes deletes them uncounted")
    })?;
    let total: usize = found.iter().map(|matching| matching.count).sum();
    let named = found.iter().take(NAMED_GROUPS);
    let mut groups: Vec<String> = named
        .map(|matching| format!("{} of device group `{}`", matching.count, matching.group))
        .collect();
    if found.len() > NAMED_GROUPS {
        groups.push(format!("the others of {} more groups", found.len() - NAMED_GROUPS));
    }
    if total == 0 {
        return Err(Failure::input("no claim code matches: nothing was deleted"));
    }
    Ok((format!("Delete {total} claim codes, {}", groups.join(", ")), total.to_string()))
}

fn count(criteria: &ClaimCodeCriteria, online: &Online) -> Result<Vec<Matching>> {
    let client = online.client();
    let mut found = Vec::new();
    for product in online.call::<ListProducts>(&NoPath, &ProductQuery::default(), &())? {
        let path = ProductPath { nc12: product.nc12.clone() };
        let groups = client.pages::<ListDeviceGroups>(path, DeviceGroupQuery::default());
        for group in online.wait(groups.collect())? {
            let path = GroupPath { nc12: product.nc12.clone(), device_group_id: group.id };
            let codes = client.pages::<ListClaimCodes>(path, filter(criteria));
            let codes = online.wait(codes.collect())?;
            let count = codes.iter().filter(|code| is_old_enough(code, criteria)).count();
            if count > 0 {
                found.push(Matching { group: group.device_group_name, count });
            }
        }
    }
    Ok(found)
}

/// What the service filters by.
fn filter(criteria: &ClaimCodeCriteria) -> ClaimCodeQuery {
    let said = |wanted: Option<&bool>| wanted.copied().unwrap_or(false);
    ClaimCodeQuery {
        status: said(criteria.revoked.value()).then_some(ClaimStatus::Revoked),
        usage_status: said(criteria.max_usage_achieved.value()).then_some(UsageStatus::Reached),
        ..ClaimCodeQuery::default()
    }
}

/// Whether a code was made before the time that was given; one of which that is not known counts.
fn is_old_enough(code: &ClaimCode, criteria: &ClaimCodeCriteria) -> bool {
    let before = criteria.created_before.value().and_then(|at| at.epoch_milliseconds());
    let made = code.metadata.value().and_then(|metadata| metadata.created_ts.value());
    match (made.and_then(|at| at.epoch_milliseconds()), before) {
        (Some(made), Some(before)) => made < before,
        _ => true,
    }
}

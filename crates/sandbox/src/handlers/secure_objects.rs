//! Secure objects (4.1.3, 4.5.4, 4.5.5, 4.5.13 to 4.5.15).

use el2g_service_api::body_check::product_fault;
use el2g_service_api::new_secure_object::NewSecureObject;
use el2g_service_api::policies::{Policies, PolicySource};
use el2g_service_api::policy_rules::MOST;
use el2g_service_api::secure_objects::{
    PolicyGroup, PolicyQuery, SecureObject as ApiObject, SecureObjectPath, SecureObjectPolicy,
    SecureObjectQuery, SecureObjectType, SecureObjectUpdate,
};
use el2g_service_api::{NoPath, NoQuery, Nullable, Page, SortDirection, UnknownFields};
use rusqlite::{Connection, OptionalExtension, params, types::ToSql};

use crate::algorithms;
use crate::call::{Call, NEWEST_FIRST, PageWanted, order, parameter_refused};
use crate::certificate_request::CertificateOrder;
use crate::object_content::{self, Content};
use crate::products::{self, Product};
use crate::refusal::{
    CA_NOT_FOUND, CA_NOT_SIGNED, INVALID_OBJECT, OBJECT_IN_USE, OBJECT_NOT_FOUND, POLICY_REFUSED,
    Refusal,
};
use crate::secure_object::{COLUMNS, Counts, SecureObject};
use crate::service::unsigned;
use crate::store::as_json;
use crate::store::listing::{Listing, count};
use crate::usage_policy;

/// 4.1.3
///
/// # Errors
/// 422 for an object that cannot be made, 404 and 409 for a certificate whose key pair or CA is not there or not
/// ready.
pub(crate) fn create(
    call: &Call<'_>,
    _: NoPath,
    _: NoQuery,
    body: NewSecureObject,
) -> Result<ApiObject, Refusal> {
    let (source, on_connection, policies) = body.policy_request();
    let on_connection = on_connection.value() == Some(&true);
    let policies = policies.value().filter(|_| *source == PolicySource::Custom).cloned();
    let content = object_content::of(call.service, body)?;
    call.store.write(|db| {
        let now = call.now();
        let algorithm = match &content.order {
            Some(order) => Some(certified_algorithm(db, order)?),
            None => content.algorithm.clone(),
        };
        if let Some(policies) = &policies {
            let kind = &content.made.secure_object_type;
            usage_policy::check_custom(policies, kind, algorithm.as_deref())?;
        }
        let id = insert(db, &content, on_connection, algorithm, policies.as_ref(), now)?;
        SecureObject::by_id(db, id)?.printed(db, Counts::Hidden)
    })
}

fn insert(
    db: &Connection,
    content: &Content,
    on_connection: bool,
    algorithm: Option<String>,
    policies: Option<&Policies>,
    now: i64,
) -> Result<u64, Refusal> {
    let source = if policies.is_some() { PolicySource::Custom } else { PolicySource::Default };
    let made = &content.made;
    let id = db
        .prepare_cached(
            "INSERT INTO secure_object (kind, name, object_id, value, on_connection, policy_source, policies,
               details, algorithm, key_pair_id, intermediate_ca_id, created_ts, modified_ts)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?12)",
        )?
        .insert(params![
            made.secure_object_type.as_str(),
            made.name,
            made.object_id.as_str(),
            made.object_id.value(),
            on_connection,
            source.as_str(),
            policies.map(as_json).transpose()?,
            as_json(made)?,
            algorithm,
            content.order.as_ref().map(|order| order.key_pair_id),
            content.order.as_ref().map(|order| order.intermediate_ca_id),
            now,
        ])?;
    Ok(unsigned(id))
}

/// The algorithm of the key pair a certificate is ordered for; both it and the CA must be ready.
fn certified_algorithm(db: &Connection, order: &CertificateOrder) -> Result<String, Refusal> {
    let refused = |found: String| Refusal::field(&INVALID_OBJECT, "keyPairId", found);
    let key_pair = SecureObject::by_id(db, order.key_pair_id).map_err(|refusal| {
        if refusal.problem == &OBJECT_NOT_FOUND { refused(refusal.details) } else { refusal }
    })?;
    let (kind, needed) = (key_pair.kind().clone(), SecureObjectType::KeyPair);
    let algorithm = key_pair.algorithm.filter(|_| kind == needed).ok_or_else(|| {
        refused(format!("secure object {} is a {kind}, expected a {needed}", key_pair.id))
    })?;
    if algorithms::certified(&algorithm).is_none() {
        return Err(refused(format!(
            "the sandbox cannot certify {algorithm} keys, only NIST P-256, P-384, P-521 and RSA of 2048 bits and more"
        )));
    }
    let certificate: Option<Option<String>> = db
        .prepare_cached("SELECT certificate FROM intermediate_ca WHERE id = ?1")?
        .query_row(params![order.intermediate_ca_id], |row| row.get(0))
        .optional()?;
    match certificate {
        Some(Some(_)) => Ok(algorithm),
        Some(None) => Err(Refusal::field(
            &CA_NOT_SIGNED,
            "intermediateCaId",
            format!("intermediate CA {} is at CSR_CREATED", order.intermediate_ca_id),
        )),
        None => Err(Refusal::field(
            &CA_NOT_FOUND,
            "intermediateCaId",
            format!("no intermediate CA {}", order.intermediate_ca_id),
        )),
    }
}

/// 4.5.4
///
/// # Errors
/// 404 without such an object.
pub(crate) fn show(
    call: &Call<'_>,
    path: SecureObjectPath,
    _: NoQuery,
    (): (),
) -> Result<ApiObject, Refusal> {
    call.store.read(|db| {
        let printed = SecureObject::by_id(db, path.secure_object_id)?.printed(db, Counts::Shown)?;
        Ok(ApiObject { id: Nullable::Absent, secure_object_id: printed.id, ..printed })
    })
}

/// What lists of secure objects can be sorted by.
const SORTED_BY: [(&str, &str); 7] = [
    ("id", "o.id"),
    ("name", "lower(o.name)"),
    ("objectId", "o.value"),
    ("secureObjectType", "o.kind"),
    ("createdTs", "o.created_ts"),
    ("lastModifiedTs", "o.modified_ts"),
    ("policySourceType", "o.policy_source"),
];

/// 4.5.5; `name` selects the objects whose name contains it.
///
/// # Errors
/// 400 for a wrong page or order.
pub(crate) fn list(
    call: &Call<'_>,
    _: NoPath,
    query: SecureObjectQuery,
    (): (),
) -> Result<Page<ApiObject>, Refusal> {
    let wanted = PageWanted::of(&query)?;
    let (by, direction) = (query.sort_by.as_deref(), query.sort_by_direction.as_ref());
    let order = order(by, direction, &SORTED_BY, "o.id", SortDirection::Descending)?;
    let kind = query.secure_object_type.as_ref().map_or("", SecureObjectType::as_str);
    let name = query.name.as_deref().unwrap_or_default();
    call.store.read(|db| {
        let page = Listing {
            columns: COLUMNS,
            from: "secure_object o WHERE (?1 = '' OR o.kind = ?1)
                AND (?2 = '' OR instr(lower(o.name), lower(?2)) > 0)",
            order: &order,
            parameters: params![kind, name],
        }
        .page(db, wanted, SecureObject::from_row)?;
        let content = page
            .rows
            .iter()
            .map(|object| object.printed(db, Counts::Shown))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(call.page_with(NEWEST_FIRST, wanted, Some("SecureObjectPage"), page.total, content))
    })
}

/// The objects that `rest`, SQL after `FROM secure_object o`, selects.
///
/// # Errors
/// When the state cannot be read.
pub(crate) fn select(
    db: &Connection,
    rest: &str,
    parameters: &[&dyn ToSql],
) -> Result<Vec<SecureObject>, Refusal> {
    Ok(db
        .prepare_cached(&format!("SELECT {COLUMNS} FROM secure_object o {rest}"))?
        .query_map(parameters, SecureObject::from_row)?
        .collect::<Result<Vec<_>, _>>()?)
}

/// 4.5.14: the name, and further policies of an object with custom ones (docs/an12642-errata.md row 24).
///
/// # Errors
/// 404 without such an object, 422 for policies that cannot be added.
pub(crate) fn update(
    call: &Call<'_>,
    path: SecureObjectPath,
    _: NoQuery,
    body: SecureObjectUpdate,
) -> Result<(), Refusal> {
    call.store.write(|db| {
        let now = call.now();
        let object = SecureObject::by_id(db, path.secure_object_id)?;
        let merged = match body.policies.value() {
            Some(policies) => Some(merged(&object, policies)?),
            None => object.policies,
        };
        db.prepare_cached(
            "UPDATE secure_object SET name = ?2, policies = ?3, modified_ts = ?4, version = version + 1 WHERE id = ?1",
        )?
        .execute(params![
            object.id,
            body.name.value().unwrap_or(&object.made.name),
            merged.as_ref().map(as_json).transpose()?,
            now,
        ])?;
        Ok(())
    })
}

fn merged(object: &SecureObject, added: &Policies) -> Result<Policies, Refusal> {
    let refused = |field: &str, found: String| Err(Refusal::field(&POLICY_REFUSED, field, found));
    let Some(old) = &object.policies else {
        let found =
            "policies are added to objects made with CUSTOM ones only, this one has the DEFAULT";
        return refused("policies", found.to_owned());
    };
    usage_policy::check_custom(added, object.kind(), object.algorithm.as_deref())?;
    let mut merged = old.clone();
    for (nc12, policy) in added {
        if merged.insert(nc12.clone(), policy.clone()).is_some_and(|kept| kept != *policy) {
            let found = "there is one already; policies are added, not changed";
            return refused(&format!("policies.{nc12}"), found.to_owned());
        }
    }
    if merged.len() > MOST {
        let found = format!("{} products with the ones there, at most {MOST}", merged.len());
        return refused("policies", found);
    }
    Ok(merged)
}

/// 4.5.13: only an object that no group and no certificate uses.
///
/// # Errors
/// 404 without such an object, 409 when it is in use.
pub(crate) fn delete(
    call: &Call<'_>,
    path: SecureObjectPath,
    _: NoQuery,
    (): (),
) -> Result<(), Refusal> {
    call.store.write(|db| {
        let id = SecureObject::by_id(db, path.secure_object_id)?.id;
        let groups = count(db, "assignment WHERE secure_object_id = ?1", params![id])?;
        let certificates = count(db, "secure_object WHERE key_pair_id = ?1", params![id])?;
        if groups + certificates > 0 {
            return Err(Refusal::new(
                &OBJECT_IN_USE,
                format!(
                    "secure object {id} is assigned to {groups} device groups and is the key pair of {certificates} certificates"
                ),
            ));
        }
        db.execute("DELETE FROM device_key WHERE key_pair_id = ?1", params![id])?;
        db.execute("DELETE FROM secure_object WHERE id = ?1", params![id])?;
        Ok(())
    })
}

/// 4.5.15: custom policies, or the default ones of the products it is assigned to (docs/an12642-errata.md row 24).
///
/// # Errors
/// 404 without such an object, 400 for a wrong page.
pub(crate) fn policies(
    call: &Call<'_>,
    path: SecureObjectPath,
    query: PolicyQuery,
    (): (),
) -> Result<Page<SecureObjectPolicy>, Refusal> {
    let wanted = PageWanted::of(&query)?;
    let asked = query.nc12.as_deref();
    if asked.is_some_and(|nc12| product_fault(nc12).is_some()) {
        return Err(parameter_refused("nc12", "12 digits are needed"));
    }
    call.store.read(|db| {
        let object = SecureObject::by_id(db, path.secure_object_id)?;
        let groups: Vec<(PolicyGroup, String)> = db
            .prepare_cached(
                "SELECT g.id, g.name, g.nc12 FROM assignment a JOIN device_group g ON g.id = a.group_id
                 WHERE a.secure_object_id = ?1 ORDER BY g.id",
            )?
            .query_map(params![object.id], |row| {
                let (id, name) = (row.get::<_, u64>(0)?, row.get::<_, String>(1)?);
                let (id, device_group_name) = (id.into(), name.into());
                let group = PolicyGroup { id, device_group_name, ..PolicyGroup::new() };
                Ok((group, row.get(2)?))
            })?
            .collect::<Result<_, _>>()?;
        let default = usage_policy::default_policy(object.kind(), object.algorithm.as_deref());
        let policy_for = |product: &Product| match &object.policies {
            Some(custom) => custom.get(product.nc12).cloned(),
            None => groups.iter().any(|(_, nc12)| nc12 == product.nc12).then(|| default.clone()),
        };
        let printed = |product: &Product| {
            let of_product = groups.iter().filter(|(_, nc12)| nc12 == product.nc12);
            let assigned = of_product.map(|(group, _)| group.clone()).collect::<Vec<_>>();
            Some(SecureObjectPolicy {
                nc12: product.nc12.to_owned(),
                secure_object_policy_configuration: policy_for(product)?,
                commercial_name: Nullable::or_null(product.commercial_name.map(str::to_owned)),
                assigned_device_groups: assigned.into(),
                unknown: UnknownFields::default(),
            })
        };
        let meant = products::PRODUCTS.iter().filter(|p| asked.is_none_or(|nc12| nc12 == p.nc12));
        let all: Vec<SecureObjectPolicy> = meant.filter_map(printed).collect();
        let total = all.len() as u64;
        let before = usize::try_from(wanted.offset()).unwrap_or(usize::MAX);
        let content = all.into_iter().skip(before).take(wanted.size as usize).collect();
        Ok(call.page(wanted, Some("SecureObjectPolicyPage"), total, content))
    })
}

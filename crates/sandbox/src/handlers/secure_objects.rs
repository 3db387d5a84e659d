//! Secure objects (4.1.3, 4.5.4, 4.5.5, 4.5.13 to 4.5.15).

use el2g_service_api::secure_objects::SecureObjectType;
use rusqlite::{Connection, OptionalExtension, params, types::ToSql};
use serde_json::{Map, Value, json};

use crate::algorithms;
use crate::call::{Call, Reply, parameter_refused, shown};
use crate::certificate_request::CertificateOrder;
use crate::fields::Fields;
use crate::handlers::device_groups::LONGEST_NAME;
use crate::object_content::{self, Content};
use crate::object_ids;
use crate::products::{self, Product};
use crate::refusal::{
    CA_NOT_FOUND, CA_NOT_SIGNED, INVALID_OBJECT, MALFORMED_BODY, OBJECT_IN_USE, OBJECT_NOT_FOUND,
    POLICY_REFUSED, Refusal,
};
use crate::secure_object::{COLUMNS, Counts, SecureObject, object_types};
use crate::service::Service;
use crate::store::listing::{Listing, count};
use crate::usage_policy;

/// 4.1.3
///
/// # Errors
/// 400 for missing or malformed fields, 422 for an object that cannot be made, 404 and 409 for a
/// certificate whose key pair or CA is not there or not ready.
pub fn create(service: &Service, _: &Call, body: &Value) -> Result<Reply, Refusal> {
    let fields = Fields::of(body)?;
    let kind = SecureObjectType::from(fields.choice("secureObjectType", &object_types()));
    let name = fields.text("name", 1, LONGEST_NAME);
    let object_id = fields.text("objectId", 1, 8);
    let on_connection = fields.truth("generateOnDeviceConnection", false);
    fields.optional_choice("policySourceType", &["DEFAULT", "CUSTOM"]);
    let value = object_ids::parse(object_id);
    if value.is_none() && !object_id.is_empty() {
        fields.fault("objectId", format!("`{}`: 1 to 8 hexadecimal digits", shown(object_id)));
    }
    fields.check(&MALFORMED_BODY)?;
    let value = value.unwrap_or_default();
    object_ids::check(value, object_id)?;
    let content = object_content::read(service, &kind, &fields)?;
    service.store.write(|db| {
        let now = service.now();
        let algorithm = match &content.order {
            Some(order) => Some(certified_algorithm(db, order)?),
            None => content.algorithm.clone(),
        };
        let policies = usage_policy::read(&fields, &kind, algorithm.as_deref())?;
        let common = Common { kind: kind.as_str(), name, object_id, value, on_connection, now };
        let id = insert(db, &common, &content, algorithm, policies)?;
        let object = SecureObject::by_id(db, id)?;
        Ok(Reply::Json(object.to_json(db, "id", Counts::Hidden)?))
    })
}

struct Common<'a> {
    kind: &'a str,
    name: &'a str,
    object_id: &'a str,
    value: u32,
    on_connection: bool,
    now: i64,
}

fn insert(
    db: &Connection,
    common: &Common<'_>,
    content: &Content,
    algorithm: Option<String>,
    policies: Option<Map<String, Value>>,
) -> Result<i64, Refusal> {
    let source = if policies.is_some() { "CUSTOM" } else { "DEFAULT" };
    db.prepare_cached(
        "INSERT INTO secure_object (kind, name, object_id, value, on_connection, policy_source, policies,
           details, algorithm, key_pair_id, intermediate_ca_id, created_ts, modified_ts)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?12)",
    )?
    .execute(params![
        common.kind,
        common.name,
        common.object_id,
        common.value,
        common.on_connection,
        source,
        policies.map(|map| Value::Object(map).to_string()),
        Value::Object(content.details.clone()).to_string(),
        algorithm,
        content.order.as_ref().map(|order| order.key_pair_id),
        content.order.as_ref().map(|order| order.intermediate_ca_id),
        common.now,
    ])?;
    Ok(db.last_insert_rowid())
}

/// The algorithm of the key pair a certificate is ordered for; both it and the CA must be ready.
fn certified_algorithm(db: &Connection, order: &CertificateOrder) -> Result<String, Refusal> {
    let key_pair = SecureObject::by_id(db, order.key_pair_id).map_err(|refusal| {
        if refusal.problem == &OBJECT_NOT_FOUND {
            Refusal::field(&INVALID_OBJECT, "keyPairId", refusal.details)
        } else {
            refusal
        }
    })?;
    let algorithm = key_pair
        .algorithm
        .filter(|_| key_pair.kind == SecureObjectType::KeyPair)
        .ok_or_else(|| {
            let found = format!("secure object {} is a {}, no KEYPAIR", key_pair.id, key_pair.kind);
            Refusal::field(&INVALID_OBJECT, "keyPairId", found)
        })?;
    let signs = algorithms::find(&algorithm).is_some_and(|a| a.signs);
    if !signs || el2g_x509::KeyAlgorithm::from_api_name(&algorithm).is_none() {
        return Err(Refusal::field(
            &INVALID_OBJECT,
            "keyPairId",
            format!(
                "the sandbox cannot certify {algorithm} keys, only NIST P-256, P-384, P-521 and RSA of 2048 bits and more"
            ),
        ));
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

/// The object that the path names.
///
/// # Errors
/// 404 when there is none.
pub fn object_of(db: &Connection, call: &Call) -> Result<SecureObject, Refusal> {
    SecureObject::by_id(db, call.path_id("secureObjectId", &OBJECT_NOT_FOUND)?)
}

/// 4.5.4
///
/// # Errors
/// 404 without such an object.
pub fn show(service: &Service, call: &Call) -> Result<Reply, Refusal> {
    service.store.read(|db| {
        let object = object_of(db, call)?;
        Ok(Reply::Json(object.to_json(db, "secureObjectId", Counts::Shown)?))
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
/// 400 for a wrong page, order or type.
pub fn list(service: &Service, call: &Call) -> Result<Reply, Refusal> {
    let wanted = call.page()?;
    let order = call.order(&SORTED_BY, "o.id", "DESC")?;
    let kind = call.query_choice("secureObjectType", &object_types())?.unwrap_or("");
    let name = call.query_text("name").unwrap_or("");
    service.store.read(|db| {
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
            .map(|object| object.to_json(db, "id", Counts::Shown))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(call.page_reply(wanted, Some("SecureObjectPage"), page.total, content))
    })
}

/// The objects that `rest`, SQL after `FROM secure_object o`, selects.
///
/// # Errors
/// When the state cannot be read.
pub fn select(
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
/// 400 for other fields, 404 without such an object, 422 for policies that cannot be added.
pub fn update(service: &Service, call: &Call, body: &Value) -> Result<Reply, Refusal> {
    let fields = Fields::of(body)?;
    let name = fields.value("name").map(|_| fields.text("name", 1, LONGEST_NAME));
    let policies = fields.value("policies");
    if name.is_none() && policies.is_none() {
        fields.fault("name", "nothing to change: name or policies is needed");
    }
    fields.check(&MALFORMED_BODY)?;
    service.store.write(|db| {
        let now = service.now();
        let object = object_of(db, call)?;
        let merged = match policies {
            Some(policies) => Some(merge(&object, policies)?),
            None => object.policies.clone(),
        };
        db.prepare_cached(
            "UPDATE secure_object SET name = ?2, policies = ?3, modified_ts = ?4, version = version + 1 WHERE id = ?1",
        )?
        .execute(params![
            object.id,
            name.unwrap_or(&object.name),
            merged.map(|map| Value::Object(map).to_string()),
            now,
        ])?;
        Ok(Reply::Empty)
    })
}

fn merge(object: &SecureObject, policies: &Value) -> Result<Map<String, Value>, Refusal> {
    let Some(old) = &object.policies else {
        return Err(Refusal::field(
            &POLICY_REFUSED,
            "policies",
            "policies are added to objects made with CUSTOM ones only, this one has the DEFAULT",
        ));
    };
    let added = usage_policy::check_custom(policies, &object.kind, object.algorithm.as_deref())?;
    let mut merged = old.clone();
    for (nc12, policy) in added {
        match merged.get(&nc12) {
            Some(kept) if *kept != policy => {
                return Err(Refusal::field(
                    &POLICY_REFUSED,
                    &format!("policies.{nc12}"),
                    "there is one already; policies are added, not changed",
                ));
            }
            _ => merged.insert(nc12, policy),
        };
    }
    if merged.len() > usage_policy::MOST {
        return Err(Refusal::field(
            &POLICY_REFUSED,
            "policies",
            format!(
                "{} products with the ones there, at most {}",
                merged.len(),
                usage_policy::MOST
            ),
        ));
    }
    Ok(merged)
}

/// 4.5.13: only an object that no group and no certificate uses.
///
/// # Errors
/// 404 without such an object, 409 when it is in use.
pub fn delete(service: &Service, call: &Call) -> Result<Reply, Refusal> {
    service.store.write(|db| {
        let object = object_of(db, call)?;
        let groups = count(db, "assignment WHERE secure_object_id = ?1", params![object.id])?;
        let certificates: i64 = db
            .prepare_cached("SELECT count(*) FROM secure_object WHERE key_pair_id = ?1")?
            .query_row(params![object.id], |row| row.get(0))?;
        if groups + certificates > 0 {
            return Err(Refusal::new(
                &OBJECT_IN_USE,
                format!(
                    "secure object {} is assigned to {groups} device groups and is the key pair of {certificates} certificates",
                    object.id
                ),
            ));
        }
        db.execute("DELETE FROM device_key WHERE key_pair_id = ?1", params![object.id])?;
        db.execute("DELETE FROM secure_object WHERE id = ?1", params![object.id])?;
        Ok(Reply::Empty)
    })
}

/// 4.5.15: custom policies, or the default ones of the products it is assigned to (docs/an12642-errata.md row 24).
///
/// # Errors
/// 404 without such an object, 400 for a wrong page.
pub fn policies(service: &Service, call: &Call) -> Result<Reply, Refusal> {
    let wanted = call.page()?;
    if let Some(nc12) = call.given("nc12")
        && !(nc12.len() == 12 && nc12.bytes().all(|b| b.is_ascii_digit()))
    {
        return Err(parameter_refused("nc12", "12 digits are needed"));
    }
    service.store.read(|db| {
        let object = object_of(db, call)?;
        let groups: Vec<(i64, String, String)> = db
            .prepare_cached(
                "SELECT g.id, g.name, g.nc12 FROM assignment a JOIN device_group g ON g.id = a.group_id
                 WHERE a.secure_object_id = ?1 ORDER BY g.id",
            )?
            .query_map(params![object.id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
            .collect::<Result<_, _>>()?;
        let default = usage_policy::default_policy(&object.kind, object.algorithm.as_deref());
        let policy_for = |product: &Product| match &object.policies {
            Some(custom) => custom.get(product.nc12).cloned(),
            None => groups.iter().any(|g| g.2 == product.nc12).then(|| default.clone()),
        };
        let all: Vec<Value> = products::PRODUCTS
            .iter()
            .filter(|product| call.query_text("nc12").is_none_or(|nc12| nc12 == product.nc12))
            .filter_map(|product| {
                let assigned: Vec<Value> = groups
                    .iter()
                    .filter(|group| group.2 == product.nc12)
                    .map(|group| json!({"id": group.0, "deviceGroupName": group.1}))
                    .collect();
                Some(json!({
                    "commercialName": product.commercial_name,
                    "nc12": product.nc12,
                    "assignedDeviceGroups": assigned,
                    "secureObjectPolicyConfiguration": policy_for(product)?,
                }))
            })
            .collect();
        let total = i64::try_from(all.len()).unwrap_or(i64::MAX);
        let content = all
            .into_iter()
            .skip(usize::try_from(wanted.offset()).unwrap_or(usize::MAX))
            .take(usize::try_from(wanted.limit()).unwrap_or(usize::MAX))
            .collect();
        Ok(call.page_reply(wanted, Some("SecureObjectPolicyPage"), total, content))
    })
}

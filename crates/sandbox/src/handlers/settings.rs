//! Policy templates and object-id rules (4.5.16, 4.5.17), and which algorithms go together (4.6.8).

use el2g_service_api::settings::TEMPLATE_ALGORITHMS;
use serde_json::{Value, json};

use crate::algorithms::{ALGORITHMS, CA_ALGORITHMS, pair_status};
use crate::call::{Call, Reply, parameter_refused, shown};
use crate::object_ids;
use crate::products;
use crate::refusal::{RTP_PRODUCT_NOT_FOUND, Refusal};
use crate::service::Service;
use crate::usage_policy::{OBJECT_TYPES, template_reply};

/// 4.5.16
///
/// # Errors
/// 404 for another product, 400 for another type, without `policyType=ACCESS_RULE`, or without the
/// algorithm where the type needs it.
pub fn policy_template(_: &Service, call: &Call) -> Result<Reply, Refusal> {
    let nc12 = call.path_text("nc12");
    if products::find(nc12).is_none() {
        let found = format!("no product with 12NC `{}`", shown(nc12));
        return Err(Refusal::new(&RTP_PRODUCT_NOT_FOUND, found));
    }
    let kind = call.path_text("secureObjectType");
    if !OBJECT_TYPES.contains(&kind) {
        let found = format!("`{}`, allowed: {}", shown(kind), OBJECT_TYPES.join(", "));
        return Err(parameter_refused("secureObjectType", found));
    }
    if call.query_choice("policyType", &["ACCESS_RULE"])?.is_none() {
        return Err(parameter_refused("policyType", "missing, always ACCESS_RULE (4.5.16)"));
    }
    let algorithm = call.query_choice("algorithm", &TEMPLATE_ALGORITHMS)?;
    let needed = ["KEYPAIR", "STATIC_PUBLIC_KEY", "CERTIFICATE"].contains(&kind);
    if needed && algorithm.is_none() {
        return Err(parameter_refused("algorithm", format!("missing, {kind} needs it (4.5.16)")));
    }
    Ok(Reply::Json(template_reply(kind, algorithm)))
}

/// 4.5.17
///
/// # Errors
/// None.
pub fn object_id_rules(_: &Service, _: &Call) -> Result<Reply, Refusal> {
    Ok(Reply::Json(json!({
        "suggestedObjectIdRanges": object_ids::ranges(&object_ids::SUGGESTED),
        "forbiddenObjectIdRanges": object_ids::ranges(&object_ids::FORBIDDEN),
    })))
}

/// 4.6.8: every signing algorithm with every CA algorithm (errata 29).
///
/// # Errors
/// None.
pub fn supported_algorithms(_: &Service, _: &Call) -> Result<Reply, Refusal> {
    let pairs: Vec<Value> = ALGORITHMS
        .iter()
        .filter(|algorithm| algorithm.signs)
        .flat_map(|algorithm| {
            CA_ALGORITHMS.iter().map(|ca| {
                json!({
                    "status": pair_status(algorithm.name, ca),
                    "keyPairAlgorithm": algorithm.name,
                    "intermediateCaAlgorithm": ca,
                })
            })
        })
        .collect();
    Ok(Reply::Json(json!({"supportedAlgorithms": pairs})))
}

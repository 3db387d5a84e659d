//! Policy templates and object-id rules (4.5.16, 4.5.17), and which algorithms go together (4.6.8).

use el2g_service_api::intermediate_cas::{AlgorithmPair, CaAlgorithm, SupportedAlgorithms};
use el2g_service_api::object_id_ranges::{FORBIDDEN, SUGGESTED};
use el2g_service_api::secure_objects::SecureObjectType;
use el2g_service_api::settings::{
    ObjectIdRules, PolicyTemplate, PolicyTemplatePath, PolicyTemplateQuery, template_algorithms,
};
use el2g_service_api::{NoPath, NoQuery};

use crate::algorithms::{ALGORITHMS, pair_status};
use crate::call::{Call, parameter_refused, shown};
use crate::products;
use crate::refusal::{RTP_PRODUCT_NOT_FOUND, Refusal};
use crate::usage_policy::{ranges, template_reply};

/// 4.5.16
///
/// # Errors
/// 404 for another product, 400 for another type, without `policyType=ACCESS_RULE`, without the
/// algorithm where the type needs it, or for one that the type cannot have.
pub(crate) fn policy_template(
    _: &Call<'_>,
    path: PolicyTemplatePath,
    query: PolicyTemplateQuery,
    (): (),
) -> Result<PolicyTemplate, Refusal> {
    if products::find(&path.nc12).is_none() {
        let found = format!("no product with 12NC `{}`", shown(&path.nc12));
        return Err(Refusal::new(&RTP_PRODUCT_NOT_FOUND, found));
    }
    let kind = SecureObjectType::from(path.secure_object_type.as_str());
    if !kind.is_known() {
        let known: Vec<&str> = SecureObjectType::KNOWN.iter().map(|kind| kind.as_str()).collect();
        let found = format!("`{}`, allowed: {}", shown(kind.as_str()), known.join(", "));
        return Err(parameter_refused("secureObjectType", found));
    }
    if query.policy_type.is_none() {
        return Err(parameter_refused("policyType", "missing, always ACCESS_RULE (4.5.16)"));
    }
    let fitting = template_algorithms(&kind);
    let algorithm = query.algorithm.as_deref();
    if let Some(algorithm) = algorithm.filter(|algorithm| !fitting.contains(algorithm)) {
        let allowed = if fitting.is_empty() { "none".into() } else { fitting.join(", ") };
        let found = format!("`{}` is not one of a {kind}, allowed: {allowed}", shown(algorithm));
        return Err(parameter_refused("algorithm", found));
    }
    let needed = matches!(
        kind,
        SecureObjectType::KeyPair
            | SecureObjectType::StaticPublicKey
            | SecureObjectType::Certificate
    );
    if needed && algorithm.is_none() {
        return Err(parameter_refused("algorithm", format!("missing, {kind} needs it (4.5.16)")));
    }
    Ok(template_reply(&kind, algorithm))
}

/// 4.5.17
///
/// # Errors
/// None.
pub(crate) fn object_id_rules(
    _: &Call<'_>,
    _: NoPath,
    _: NoQuery,
    (): (),
) -> Result<ObjectIdRules, Refusal> {
    Ok(ObjectIdRules::new(ranges(&SUGGESTED), ranges(&FORBIDDEN)))
}

/// 4.6.8: every signing algorithm with every CA algorithm (docs/an12642-errata.md row 29).
///
/// # Errors
/// None.
pub(crate) fn supported_algorithms(
    _: &Call<'_>,
    _: NoPath,
    _: NoQuery,
    (): (),
) -> Result<SupportedAlgorithms, Refusal> {
    let signing = ALGORITHMS.iter().filter(|algorithm| algorithm.signs);
    let pairs = signing.flat_map(|algorithm| {
        let key_pair = &algorithm.name;
        let pair = |ca: &CaAlgorithm| {
            AlgorithmPair::new(pair_status(key_pair, ca), key_pair.clone(), ca.clone())
        };
        CaAlgorithm::KNOWN.iter().map(pair)
    });
    Ok(SupportedAlgorithms::new(pairs.collect()))
}

#[cfg(test)]
mod tests {
    use el2g_service_api::settings::TEMPLATE_ALGORITHMS;
    use serde_json::Value;

    use crate::testbed::{PRODUCT, Testbed};

    use super::*;

    #[test]
    fn a_template_is_asked_for_with_an_algorithm_that_the_type_can_have() {
        let bed = Testbed::new();
        let ask = |kind: &str, algorithm: &str| {
            let query = match algorithm {
                "" => "policyType=ACCESS_RULE".to_owned(),
                algorithm => format!("policyType=ACCESS_RULE&algorithm={algorithm}"),
            };
            let path = [("nc12", PRODUCT), ("secureObjectType", kind)];
            bed.call("4.5.16", &path, &query, Value::Null)
        };
        for (kind, needed, last) in [
            ("KEYPAIR", true, "RSA_4096_CRT"),
            ("CERTIFICATE", true, "RSA_4096_CRT"),
            ("STATIC_PUBLIC_KEY", true, "SECP256K1"),
            ("MASTER_KEY", false, "AES256"),
            ("BINARY_FILE", false, "BINARY_FILE_NON_CONFIDENTIAL"),
            ("HMAC_KEY", false, ""),
            ("OEM_FW_DECRYPT_KEY", false, "AES256"),
            ("OEM_FW_AUTH_KEY_HASH", false, ""),
        ] {
            assert_eq!(ask(kind, "").is_err(), needed, "{kind} without an algorithm");
            let taken: Vec<&str> = TEMPLATE_ALGORITHMS
                .into_iter()
                .filter(|algorithm| match ask(kind, algorithm) {
                    Ok(template) => {
                        let asked =
                            &template["secureObjectPolicyTemplate"]["secureObject"]["keyPairAlgorithmType"];
                        assert_eq!(asked, algorithm);
                        true
                    }
                    Err(refusal) => {
                        assert_eq!(refusal.problem.status, 400);
                        assert_eq!(refusal.field_errors[0].field, "algorithm");
                        false
                    }
                })
                .collect();
            assert_eq!(taken, template_algorithms(&kind.into()), "{kind}");
            assert_eq!(taken.last().copied().unwrap_or(""), last, "{kind}");
        }
    }
}

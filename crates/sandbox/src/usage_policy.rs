//! Usage policies (section 9, 4.5.14 to 4.5.16): templates per object type, and what a custom
//! policy may say.

use el2g_service_api::secure_objects::SecureObjectType;
use serde_json::{Map, Value, json};

use crate::call::shown;
use crate::fields::{Fields, kind_of};
use crate::object_ids;
use crate::products;
use crate::refusal::{FieldError, POLICY_REFUSED, Refusal};

/// Whom MANDATORY rules are for.
pub const MANDATORY_USER: &str = "F0000021";
/// Whom UNAUTHENTICATED rules are for.
pub const UNAUTHENTICATED_USER: &str = "00000000";
/// What MANDATORY says: it cannot be changed (docs/an12642-errata.md row 26).
const MANDATORY_RULES: [&str; 1] = ["DELETE"];

/// Products in a custom policy, and CUSTOM entries per product.
pub const MOST: usize = 5;

/// The default rules for unauthenticated users and the options, by type and algorithm; without
/// `POLICY_OBJ_ALLOW_`, `=` marks those without it. KEYPAIR on a curve is as printed in 4.5.16,
/// STATIC_PUBLIC_KEY's default as in section 11; the others follow from what the objects are for.
struct Template {
    default: &'static [&'static str],
    options: &'static [&'static str],
}

const CURVE_OPTIONS: &[&str] = &[
    "DELETE",
    "=POLICY_OBJ_REQUIRE_SM",
    "=POLICY_OBJ_FORBID_ALL",
    "SIGN",
    "VERIFY",
    "WRITE",
    "GEN",
    "KA",
    "READ",
    "ATTESTATION",
];
const RSA_OPTIONS: &[&str] = &[
    "DELETE",
    "=POLICY_OBJ_REQUIRE_SM",
    "=POLICY_OBJ_FORBID_ALL",
    "SIGN",
    "VERIFY",
    "WRITE",
    "GEN",
    "ENC",
    "DEC",
    "READ",
    "ATTESTATION",
];
const SYMMETRIC_OPTIONS: &[&str] = &[
    "DELETE",
    "=POLICY_OBJ_REQUIRE_SM",
    "=POLICY_OBJ_FORBID_ALL",
    "SIGN",
    "VERIFY",
    "ENC",
    "DEC",
    "KDF",
    "WRAP",
    "WRITE",
    "GEN",
];
const FILE_OPTIONS: &[&str] =
    &["DELETE", "=POLICY_OBJ_REQUIRE_SM", "=POLICY_OBJ_FORBID_ALL", "WRITE", "READ", "ATTESTATION"];

fn template(kind: &SecureObjectType, algorithm: Option<&str>) -> Template {
    let rsa = algorithm.is_some_and(|name| name.starts_with("RSA_"));
    let (default, options): (&[&str], &[&str]) = match (kind, rsa) {
        (SecureObjectType::KeyPair, false) => {
            (&["DELETE", "SIGN", "WRITE", "GEN", "KA"], CURVE_OPTIONS)
        }
        (SecureObjectType::KeyPair, true) => {
            (&["DELETE", "SIGN", "DEC", "WRITE", "GEN"], RSA_OPTIONS)
        }
        (SecureObjectType::StaticPublicKey, false) => {
            (&["WRITE", "VERIFY", "READ", "DELETE"], CURVE_OPTIONS)
        }
        (SecureObjectType::StaticPublicKey, true) => {
            (&["WRITE", "VERIFY", "READ", "DELETE"], RSA_OPTIONS)
        }
        (SecureObjectType::MasterKey, _) => (&["DELETE", "ENC", "DEC", "WRITE"], SYMMETRIC_OPTIONS),
        (SecureObjectType::HmacKey, _) => {
            (&["DELETE", "SIGN", "VERIFY", "KDF", "WRITE"], SYMMETRIC_OPTIONS)
        }
        (
            SecureObjectType::Certificate
            | SecureObjectType::BinaryFile
            | SecureObjectType::Other(_),
            _,
        ) => (&["DELETE", "WRITE", "READ"], FILE_OPTIONS),
    };
    Template { default, options }
}

fn full(rule: &str) -> String {
    rule.strip_prefix('=').map_or_else(|| format!("POLICY_OBJ_ALLOW_{rule}"), str::to_owned)
}

fn full_all(rules: &[&str]) -> Vec<String> {
    rules.iter().map(|rule| full(rule)).collect()
}

fn entry(object_id: &str, kind: &str, rules: &[&str]) -> Value {
    json!({"objectId": object_id, "type": kind, "accessRules": full_all(rules)})
}

/// What 4.5.16 answers.
#[must_use]
pub fn template_reply(kind: &SecureObjectType, algorithm: Option<&str>) -> Value {
    let template = template(kind, algorithm);
    let mut object = json!({"type": kind});
    if let Some(algorithm) = algorithm {
        object = json!({"keyPairAlgorithmType": algorithm, "type": kind});
    }
    json!({
        "secureObjectPolicyTemplate": {
            "secureObject": object,
            "enabled": true,
            "policyType": "ACCESS_RULE",
            "accessRuleConfigurationTemplate": [
                entry(MANDATORY_USER, "MANDATORY", &MANDATORY_RULES),
                entry(UNAUTHENTICATED_USER, "UNAUTHENTICATED", template.default),
            ],
            "allowedAccessRuleOptions": full_all(template.options),
        },
        "accessRuleOidConfiguration": {
            "mandatoryUserId": MANDATORY_USER,
            "unauthenticatedUserId": UNAUTHENTICATED_USER,
            "objectIdRanges": {
                "SUGGESTED": object_ids::ranges(&object_ids::SUGGESTED),
                "FORBIDDEN": object_ids::ranges(&object_ids::FORBIDDEN),
            },
        },
    })
}

/// The default policy of an object on a product, as 4.5.15 prints one.
#[must_use]
pub fn default_policy(kind: &SecureObjectType, algorithm: Option<&str>) -> Value {
    json!({
        "policyType": "ACCESS_RULE",
        "policySourceType": "DEFAULT",
        "accessRuleConfiguration": [
            entry(UNAUTHENTICATED_USER, "UNAUTHENTICATED", template(kind, algorithm).default),
            entry(MANDATORY_USER, "MANDATORY", &MANDATORY_RULES),
        ],
    })
}

/// Checks the custom policies of an object of this type.
///
/// # Errors
/// 422 that names every fault.
pub fn check_custom(
    policies: &Value,
    kind: &SecureObjectType,
    algorithm: Option<&str>,
) -> Result<Map<String, Value>, Refusal> {
    let mut faults = Vec::new();
    let mut fault = |field: &str, description: String| {
        faults.push(FieldError { field: field.to_owned(), description });
    };
    let none = Map::new();
    let by_product = policies.as_object().unwrap_or(&none);
    if !policies.is_object() {
        fault(
            "policies",
            format!("an object with 12NCs as its keys is needed, found {}", kind_of(policies)),
        );
    } else if by_product.is_empty() || by_product.len() > MOST {
        let found = by_product.len();
        fault("policies", format!("{found} products, allowed: 1 to {MOST} (section 9)"));
    }
    let options = full_all(template(kind, algorithm).options);
    for (nc12, policy) in by_product {
        let place = format!("policies.{}", shown(nc12));
        if products::find(nc12).is_none() {
            fault(&place, "no product with this 12NC".to_owned());
        }
        for (field, description) in policy_faults(policy, &options) {
            fault(&format!("{place}{field}"), description);
        }
    }
    if faults.is_empty() {
        return Ok(by_product.clone());
    }
    let names: Vec<&str> = faults.iter().map(|f| f.field.as_str()).collect();
    Err(Refusal {
        problem: &POLICY_REFUSED,
        details: format!("{}: {}", POLICY_REFUSED.summary, names.join(", ")),
        field_errors: faults,
    })
}

fn policy_faults(policy: &Value, options: &[String]) -> Vec<(String, String)> {
    let mut faults = Vec::new();
    for (name, wanted) in [("policyType", "ACCESS_RULE"), ("policySourceType", "CUSTOM")] {
        if policy.get(name).and_then(Value::as_str) != Some(wanted) {
            faults.push((format!(".{name}"), format!("must be `{wanted}`")));
        }
    }
    let Some(entries) = policy.get("accessRuleConfiguration").and_then(Value::as_array) else {
        faults.push((".accessRuleConfiguration".into(), "an array is needed".into()));
        return faults;
    };
    let of_type = |kind: &str| {
        entries.iter().filter(|e| e.get("type").and_then(Value::as_str) == Some(kind)).count()
    };
    let place = ".accessRuleConfiguration".to_owned();
    for kind in ["UNAUTHENTICATED", "MANDATORY"] {
        let found = of_type(kind);
        if found != 1 {
            faults.push((place.clone(), format!("{found} {kind} entries, exactly one is needed")));
        }
    }
    let custom = of_type("CUSTOM");
    if custom > MOST {
        faults
            .push((place.clone(), format!("{custom} CUSTOM entries, at most {MOST} are allowed")));
    }
    let mut users = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        let place = format!("{place}[{index}]");
        if let Some(user) =
            entry.get("objectId").and_then(Value::as_str).and_then(object_ids::parse)
        {
            if users.contains(&user) {
                faults.push((format!("{place}.objectId"), "named twice".into()));
            }
            users.push(user);
        }
        for (field, description) in entry_faults(entry, options) {
            faults.push((format!("{place}{field}"), description));
        }
    }
    faults
}

fn entry_faults(entry: &Value, options: &[String]) -> Vec<(String, String)> {
    let mut faults = Vec::new();
    let object_id = entry.get("objectId").and_then(Value::as_str).unwrap_or("");
    let value = object_ids::parse(object_id);
    let kind = entry.get("type").and_then(Value::as_str).unwrap_or("");
    let rules: Vec<&str> = entry
        .get("accessRules")
        .and_then(Value::as_array)
        .map(|rules| rules.iter().map(|rule| rule.as_str().unwrap_or("")).collect())
        .unwrap_or_else(|| {
            faults.push((".accessRules".into(), "an array of strings is needed".into()));
            Vec::new()
        });
    let mut wrong_user = |needed: String| faults.push((".objectId".into(), needed));
    match kind {
        "UNAUTHENTICATED" => {
            if value != object_ids::parse(UNAUTHENTICATED_USER) {
                wrong_user(format!("must be {UNAUTHENTICATED_USER}"));
            }
        }
        "MANDATORY" => {
            if value != object_ids::parse(MANDATORY_USER) {
                wrong_user(format!("must be {MANDATORY_USER}"));
            }
            if rules != full_all(&MANDATORY_RULES) {
                faults.push((
                    ".accessRules".into(),
                    format!(
                        "must be as in the template: {}",
                        full_all(&MANDATORY_RULES).join(", ")
                    ),
                ));
            }
            return faults;
        }
        "CUSTOM" => match value {
            None => wrong_user("1 to 8 hexadecimal digits are needed".into()),
            Some(value) => {
                if let Err(refusal) = object_ids::check(value, object_id) {
                    wrong_user(refusal.details);
                }
            }
        },
        _ => faults.push((".type".into(), "must be UNAUTHENTICATED, MANDATORY or CUSTOM".into())),
    }
    for (index, rule) in rules.iter().enumerate() {
        if !options.iter().any(|option| option == rule) {
            faults.push((
                format!(".accessRules[{index}]"),
                format!("`{}`, allowed for this type: {}", shown(rule), options.join(", ")),
            ));
        } else if rules[..index].contains(rule) {
            faults.push((format!(".accessRules[{index}]"), format!("`{rule}` twice")));
        }
    }
    faults
}

/// `policySourceType` and `policies` of a new object: `None` for the default policy.
///
/// # Errors
/// 422 for policies that are not allowed.
pub fn read(
    fields: &Fields<'_>,
    kind: &SecureObjectType,
    algorithm: Option<&str>,
) -> Result<Option<Map<String, Value>>, Refusal> {
    let source = fields.optional_choice("policySourceType", &["DEFAULT", "CUSTOM"]);
    let policies = fields.value("policies");
    match (source, policies) {
        (Some("CUSTOM"), None) => Err(Refusal::field(
            &POLICY_REFUSED,
            "policies",
            "missing, a CUSTOM policy needs them (section 9)",
        )),
        (Some("CUSTOM"), Some(policies)) => check_custom(policies, kind, algorithm).map(Some),
        (_, Some(policies)) if policies.as_object().is_none_or(|map| !map.is_empty()) => {
            Err(Refusal::field(
                &POLICY_REFUSED,
                "policies",
                "given with the DEFAULT policy: set policySourceType to CUSTOM (section 9)",
            ))
        }
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy() -> Value {
        json!({"935389312472": {"policyType": "ACCESS_RULE", "policySourceType": "CUSTOM",
            "accessRuleConfiguration": [
                {"objectId": "00000000", "type": "UNAUTHENTICATED", "accessRules": ["POLICY_OBJ_ALLOW_SIGN"]},
                {"objectId": "00000001", "type": "CUSTOM",
                 "accessRules": ["POLICY_OBJ_ALLOW_VERIFY", "POLICY_OBJ_FORBID_ALL"]},
                {"objectId": "F0000021", "type": "MANDATORY", "accessRules": ["POLICY_OBJ_ALLOW_DELETE"]}]}})
    }

    fn fields_refused(policies: &Value) -> Vec<String> {
        check_custom(policies, &SecureObjectType::KeyPair, Some("NIST_P256"))
            .unwrap_err()
            .field_errors
            .into_iter()
            .map(|f| f.field)
            .collect()
    }

    #[test]
    fn takes_the_policy_of_section_9() {
        let policies = policy();
        let taken = check_custom(&policies, &SecureObjectType::KeyPair, Some("NIST_P256")).unwrap();
        assert_eq!(Value::Object(taken), policies);
    }

    #[test]
    fn unauthenticated_may_be_empty_but_must_be_there() {
        let rules = "/935389312472/accessRuleConfiguration";
        let mut empty = policy();
        *empty.pointer_mut(&format!("{rules}/0/accessRules")).unwrap() = json!([]);
        assert!(check_custom(&empty, &SecureObjectType::KeyPair, Some("NIST_P256")).is_ok());
        let mut gone = policy();
        gone.pointer_mut(rules).unwrap().as_array_mut().unwrap().remove(0);
        assert_eq!(fields_refused(&gone), ["policies.935389312472.accessRuleConfiguration"]);
    }

    #[test]
    fn refuses_each_fault_by_its_field() {
        let place = "policies.935389312472.accessRuleConfiguration";
        for (pointer, value, field) in [
            (
                "0/accessRules/0",
                json!("POLICY_OBJ_ALLOW_FLY"),
                format!("{place}[0].accessRules[0]"),
            ),
            ("0/objectId", json!("00000002"), format!("{place}[0].objectId")),
            ("1/objectId", json!("F0000000"), format!("{place}[1].objectId")),
            ("1/objectId", json!("xyz"), format!("{place}[1].objectId")),
            ("2/accessRules", json!([]), format!("{place}[2].accessRules")),
            ("1/accessRules", json!("ALL"), format!("{place}[1].accessRules")),
        ] {
            let mut policies = policy();
            let at = format!("/935389312472/accessRuleConfiguration/{pointer}");
            *policies.pointer_mut(&at).unwrap() = value;
            assert_eq!(fields_refused(&policies), [field]);
        }
    }

    #[test]
    fn at_most_five_products_and_five_custom_entries() {
        let one = policy()["935389312472"].clone();
        let six: Map<String, Value> =
            products::PRODUCTS[..6].iter().map(|p| (p.nc12.to_owned(), one.clone())).collect();
        assert_eq!(fields_refused(&Value::Object(six)), ["policies"]);
        let mut many = policy();
        let entries = many.pointer_mut("/935389312472/accessRuleConfiguration").unwrap();
        for user in 2..=6 {
            let entry = json!({"objectId": format!("{user}"), "type": "CUSTOM", "accessRules": []});
            entries.as_array_mut().unwrap().push(entry);
        }
        assert_eq!(fields_refused(&many), ["policies.935389312472.accessRuleConfiguration"]);
    }

    #[test]
    fn the_template_of_a_p256_key_pair_is_as_printed() {
        let reply = template_reply(&SecureObjectType::KeyPair, Some("NIST_P256"));
        assert_eq!(
            reply["secureObjectPolicyTemplate"]["accessRuleConfigurationTemplate"][1],
            json!({"objectId": "00000000", "type": "UNAUTHENTICATED", "accessRules": [
                "POLICY_OBJ_ALLOW_DELETE", "POLICY_OBJ_ALLOW_SIGN", "POLICY_OBJ_ALLOW_WRITE",
                "POLICY_OBJ_ALLOW_GEN", "POLICY_OBJ_ALLOW_KA"]})
        );
        assert_eq!(
            reply["secureObjectPolicyTemplate"]["allowedAccessRuleOptions"]
                .as_array()
                .map(Vec::len),
            Some(10)
        );
    }
}

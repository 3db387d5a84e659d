//! Usage policies (section 9, 4.5.14 to 4.5.16): templates per object type, and what a custom
//! policy may say.

use std::ops::RangeInclusive;

use el2g_service_api::object_id_ranges::{FORBIDDEN, SUGGESTED};
use el2g_service_api::policies::AccessRule::{
    self, AllowAttestation, AllowDec, AllowDelete, AllowEnc, AllowGen, AllowKa, AllowKdf,
    AllowRead, AllowSign, AllowVerify, AllowWrap, AllowWrite, ForbidAll, RequireSm,
};
use el2g_service_api::policies::{
    AccessRuleType, AccessRules, Policies, PolicySource, PolicyType, UsagePolicy,
};
use el2g_service_api::policy_rules::{self, MANDATORY_USER, UNAUTHENTICATED_USER};
use el2g_service_api::secure_objects::SecureObjectType;
use el2g_service_api::settings::{
    ObjectIdRange, OidConfiguration, OidRanges, PolicyTemplate, TemplateObject, TemplatePolicy,
};
use el2g_service_api::{Nullable, ObjectId, UnknownFields};

use crate::products;
use crate::refusal::{FieldError, POLICY_REFUSED, Refusal};

/// The default rules for unauthenticated users and the options, by type and algorithm. KEYPAIR on a curve is as
/// printed in 4.5.16, STATIC_PUBLIC_KEY's default as in section 11; the others follow from what the objects are for.
struct Template {
    default: &'static [AccessRule],
    options: &'static [AccessRule],
}

const CURVE_OPTIONS: &[AccessRule] = &[
    AllowDelete,
    RequireSm,
    ForbidAll,
    AllowSign,
    AllowVerify,
    AllowWrite,
    AllowGen,
    AllowKa,
    AllowRead,
    AllowAttestation,
];
const RSA_OPTIONS: &[AccessRule] = &[
    AllowDelete,
    RequireSm,
    ForbidAll,
    AllowSign,
    AllowVerify,
    AllowWrite,
    AllowGen,
    AllowEnc,
    AllowDec,
    AllowRead,
    AllowAttestation,
];
const SYMMETRIC_OPTIONS: &[AccessRule] = &[
    AllowDelete,
    RequireSm,
    ForbidAll,
    AllowSign,
    AllowVerify,
    AllowEnc,
    AllowDec,
    AllowKdf,
    AllowWrap,
    AllowWrite,
    AllowGen,
];
const FILE_OPTIONS: &[AccessRule] =
    &[AllowDelete, RequireSm, ForbidAll, AllowWrite, AllowRead, AllowAttestation];

fn template(kind: &SecureObjectType, algorithm: Option<&str>) -> Template {
    let rsa = algorithm.is_some_and(|name| name.starts_with("RSA_"));
    let (default, options): (&[AccessRule], &[AccessRule]) = match (kind, rsa) {
        (SecureObjectType::KeyPair, false) => {
            (&[AllowDelete, AllowSign, AllowWrite, AllowGen, AllowKa], CURVE_OPTIONS)
        }
        (SecureObjectType::KeyPair, true) => {
            (&[AllowDelete, AllowSign, AllowDec, AllowWrite, AllowGen], RSA_OPTIONS)
        }
        (SecureObjectType::StaticPublicKey, false) => {
            (&[AllowWrite, AllowVerify, AllowRead, AllowDelete], CURVE_OPTIONS)
        }
        (SecureObjectType::StaticPublicKey, true) => {
            (&[AllowWrite, AllowVerify, AllowRead, AllowDelete], RSA_OPTIONS)
        }
        (SecureObjectType::MasterKey | SecureObjectType::OemFwDecryptKey, _) => {
            (&[AllowDelete, AllowEnc, AllowDec, AllowWrite], SYMMETRIC_OPTIONS)
        }
        (SecureObjectType::HmacKey, _) => {
            (&[AllowDelete, AllowSign, AllowVerify, AllowKdf, AllowWrite], SYMMETRIC_OPTIONS)
        }
        (
            SecureObjectType::Certificate
            | SecureObjectType::BinaryFile
            | SecureObjectType::OemFwAuthKeyHash
            | SecureObjectType::Other(_),
            _,
        ) => (&[AllowDelete, AllowWrite, AllowRead], FILE_OPTIONS),
    };
    Template { default, options }
}

/// What MANDATORY says: it cannot be changed (docs/an12642-errata.md row 26).
fn mandatory() -> AccessRules {
    let user = ObjectId::as_received(MANDATORY_USER);
    AccessRules::new(user, AccessRuleType::Mandatory, vec![AllowDelete])
}

fn unauthenticated(rules: &[AccessRule]) -> AccessRules {
    let user = ObjectId::as_received(UNAUTHENTICATED_USER);
    AccessRules::new(user, AccessRuleType::Unauthenticated, rules.to_vec())
}

/// Ranges of object ids as the API prints them.
#[must_use]
pub(crate) fn ranges(of: &[RangeInclusive<u32>]) -> Vec<ObjectIdRange> {
    let id = |value: &u32| ObjectId::as_received(format!("{value:08X}"));
    of.iter().map(|range| ObjectIdRange::new(id(range.start()), id(range.end()))).collect()
}

/// What 4.5.16 answers.
#[must_use]
pub(crate) fn template_reply(kind: &SecureObjectType, algorithm: Option<&str>) -> PolicyTemplate {
    let template = template(kind, algorithm);
    let object = TemplateObject {
        r#type: kind.clone(),
        key_pair_algorithm_type: Nullable::or_absent(algorithm.map(Into::into)),
        unknown: UnknownFields::default(),
    };
    PolicyTemplate::new(
        TemplatePolicy::new(
            object,
            true,
            PolicyType::AccessRule,
            vec![mandatory(), unauthenticated(template.default)],
            template.options.to_vec(),
        ),
        OidConfiguration::new(
            ObjectId::as_received(MANDATORY_USER),
            ObjectId::as_received(UNAUTHENTICATED_USER),
            OidRanges {
                suggested: ranges(&SUGGESTED),
                forbidden: ranges(&FORBIDDEN),
                unknown: UnknownFields::default(),
            },
        ),
    )
}

/// The default policy of an object on a product, as 4.5.15 prints one.
#[must_use]
pub(crate) fn default_policy(kind: &SecureObjectType, algorithm: Option<&str>) -> UsagePolicy {
    let rules = vec![unauthenticated(template(kind, algorithm).default), mandatory()];
    UsagePolicy::new(PolicyType::AccessRule, PolicySource::Default, rules)
}

/// Checks the custom policies of an object of this type: products that there are, and rules that it can have.
///
/// # Errors
/// 422 that names every fault.
pub(crate) fn check_custom(
    policies: &Policies,
    kind: &SecureObjectType,
    algorithm: Option<&str>,
) -> Result<(), Refusal> {
    let rules = policy_rules::check(policies, Some(template(kind, algorithm).options));
    let mut faults: Vec<FieldError> = rules
        .into_iter()
        .map(|finding| FieldError {
            description: format!("{}, allowed: {}", finding.found, finding.allowed),
            field: finding.place.map(|place| place.path).unwrap_or_default(),
        })
        .collect();
    let unknown = policies.keys().filter(|nc12| products::find(nc12).is_none());
    faults.extend(unknown.map(|nc12| FieldError {
        field: format!("policies.{}", policy_rules::shown_12nc(nc12)),
        description: "no product with this 12NC".to_owned(),
    }));
    if faults.is_empty() { Ok(()) } else { Err(Refusal::fields(&POLICY_REFUSED, faults)) }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::*;
    use crate::testbed::Testbed;

    fn policy() -> Value {
        json!({"935389312472": {"policyType": "ACCESS_RULE", "policySourceType": "CUSTOM",
            "accessRuleConfiguration": [
                {"objectId": "00000000", "type": "UNAUTHENTICATED", "accessRules": ["POLICY_OBJ_ALLOW_SIGN"]},
                {"objectId": "00000001", "type": "CUSTOM",
                 "accessRules": ["POLICY_OBJ_ALLOW_VERIFY", "POLICY_OBJ_FORBID_ALL"]},
                {"objectId": "F0000021", "type": "MANDATORY", "accessRules": ["POLICY_OBJ_ALLOW_DELETE"]}]}})
    }

    fn asked(policies: &Value) -> Result<String, Refusal> {
        let more =
            json!({"algorithm": "NIST_P256", "policySourceType": "CUSTOM", "policies": policies});
        Testbed::new().object("KEYPAIR", "83000001", more)
    }

    fn fields_refused(policies: &Value) -> Vec<String> {
        asked(policies).unwrap_err().field_errors.into_iter().map(|f| f.field).collect()
    }

    #[test]
    fn takes_the_policy_of_section_9() {
        let bed = Testbed::new();
        let more =
            json!({"algorithm": "NIST_P256", "policySourceType": "CUSTOM", "policies": policy()});
        let id = bed.object("KEYPAIR", "83000001", more).unwrap();
        let page = bed.call("4.5.15", &[("secureObjectId", &id)], "", Value::Null).unwrap();
        let taken = &page["content"][0]["secureObjectPolicyConfiguration"];
        assert_eq!(*taken, policy()["935389312472"]);
    }

    #[test]
    fn unauthenticated_may_be_empty_but_must_be_there() {
        let rules = "/935389312472/accessRuleConfiguration";
        let mut empty = policy();
        *empty.pointer_mut(&format!("{rules}/0/accessRules")).unwrap() = json!([]);
        assert!(asked(&empty).is_ok());
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
        let reply = serde_json::to_value(reply).unwrap();
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

    #[test]
    fn ranges_are_printed_with_eight_digits() {
        let id = |digits: &str| ObjectId::as_received(digits);
        assert_eq!(ranges(&SUGGESTED), [ObjectIdRange::new(id("83000000"), id("8300FFFF"))]);
        assert_eq!(ranges(&FORBIDDEN)[0].min_value.as_str(), "00000000");
    }
}

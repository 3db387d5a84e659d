//! What can be said of custom usage policies without asking a service (AN12642 section 9, errata rows 23
//! to 26).

use std::collections::BTreeSet;

use crate::ObjectId;
use crate::object_id_ranges::{ObjectIdVerdict, judge};
use crate::policies::{
    AccessRule, AccessRuleType, AccessRules, Policies, PolicySource, PolicyType, UsagePolicy,
};

/// The most products with a policy of their own, and the most CUSTOM entries of one policy (section 9).
pub const MOST: usize = 5;

/// Whom UNAUTHENTICATED rules are for (4.5.16).
pub const UNAUTHENTICATED_USER: &str = "00000000";

/// Whom MANDATORY rules are for (4.5.16).
pub const MANDATORY_USER: &str = "F0000021";

/// Something in a policy that the service refuses.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PolicyFault {
    /// Where: a 12NC, and in it which entry, such as `935389312472, entry 2 (CUSTOM 83000006)`.
    pub place: String,
    /// What was found.
    pub found: String,
    /// What is allowed.
    pub allowed: String,
}

/// Checks custom policies. `options` are the access rules that the product's template allows
/// (`allowedAccessRuleOptions` of 4.5.16); without them only the rules' form is checked.
pub fn check(policies: &Policies, options: Option<&[AccessRule]>) -> Vec<PolicyFault> {
    let mut faults = Vec::new();
    if policies.is_empty() || policies.len() > MOST {
        fault(
            &mut faults,
            "policies",
            format!("{} products", policies.len()),
            format!("1 to {MOST}"),
        );
    }
    for (nc12, policy) in policies {
        if nc12.len() != 12 || !nc12.bytes().all(|byte| byte.is_ascii_digit()) {
            fault(&mut faults, nc12, format!("`{nc12}`"), "a 12NC: 12 digits");
        }
        check_policy(nc12, policy, options, &mut faults);
    }
    faults
}

fn fault(
    faults: &mut Vec<PolicyFault>,
    place: &str,
    found: impl Into<String>,
    allowed: impl Into<String>,
) {
    faults.push(PolicyFault {
        place: place.to_owned(),
        found: found.into(),
        allowed: allowed.into(),
    });
}

fn check_policy(
    nc12: &str,
    policy: &UsagePolicy,
    options: Option<&[AccessRule]>,
    faults: &mut Vec<PolicyFault>,
) {
    if policy.policy_type != PolicyType::AccessRule {
        fault(faults, nc12, format!("policyType {}", policy.policy_type), "ACCESS_RULE");
    }
    if policy.policy_source_type != PolicySource::Custom {
        fault(faults, nc12, format!("policySourceType {}", policy.policy_source_type), "CUSTOM");
    }
    let entries = &policy.access_rule_configuration;
    let count = |kind: AccessRuleType| entries.iter().filter(|entry| entry.r#type == kind).count();
    for kind in [AccessRuleType::Unauthenticated, AccessRuleType::Mandatory] {
        let found = count(kind.clone());
        if found != 1 {
            fault(faults, nc12, format!("{found} {kind} entries"), "exactly one");
        }
    }
    let custom = count(AccessRuleType::Custom);
    if custom > MOST {
        fault(faults, nc12, format!("{custom} CUSTOM entries"), format!("at most {MOST}"));
    }
    let mut users = BTreeSet::new();
    for (index, entry) in entries.iter().enumerate() {
        let place = format!("{nc12}, entry {} ({} {})", index + 1, entry.r#type, entry.object_id);
        check_entry(&place, entry, options, faults);
        if !entry.object_id.value().is_none_or(|user| users.insert(user)) {
            fault(faults, &place, "the same objectId in another entry", "each once");
        }
    }
}

fn check_entry(
    place: &str,
    entry: &AccessRules,
    options: Option<&[AccessRule]>,
    faults: &mut Vec<PolicyFault>,
) {
    let wanted = match entry.r#type {
        AccessRuleType::Unauthenticated => Some(UNAUTHENTICATED_USER),
        AccessRuleType::Mandatory => Some(MANDATORY_USER),
        AccessRuleType::Custom => None,
        AccessRuleType::Other(_) => {
            return fault(
                faults,
                place,
                format!("type {}", entry.r#type),
                "UNAUTHENTICATED, CUSTOM or MANDATORY",
            );
        }
    };
    match wanted {
        Some(user) if entry.object_id != ObjectId::as_received(user) => {
            fault(faults, place, format!("objectId {}", entry.object_id), user);
        }
        None if !matches!(
            judge(&entry.object_id),
            ObjectIdVerdict::Allowed | ObjectIdVerdict::Suggested
        ) =>
        {
            let found = format!("objectId {}", entry.object_id);
            fault(faults, place, found, "an id outside the forbidden ranges (4.5.17)");
        }
        _ => {}
    }
    if entry.r#type == AccessRuleType::Mandatory {
        if entry.access_rules != [AccessRule::AllowDelete] {
            fault(
                faults,
                place,
                "other rules than the platform's",
                "POLICY_OBJ_ALLOW_DELETE alone: it cannot be changed",
            );
        }
        return;
    }
    let mut seen = BTreeSet::new();
    for rule in &entry.access_rules {
        check_rule(place, rule, options, faults);
        if !seen.insert(rule.as_str()) {
            fault(faults, place, format!("{rule} twice"), "each rule once");
        }
    }
}

fn check_rule(
    place: &str,
    rule: &AccessRule,
    options: Option<&[AccessRule]>,
    faults: &mut Vec<PolicyFault>,
) {
    match options {
        Some(options) if !options.contains(rule) => {
            let options: Vec<&str> = options.iter().map(AccessRule::as_str).collect();
            fault(faults, place, rule.to_string(), options.join(", "));
        }
        None if !is_rule(rule.as_str()) => {
            let known: Vec<&str> = AccessRule::KNOWN.iter().map(AccessRule::as_str).collect();
            fault(faults, place, rule.to_string(), format!("rules such as {}", known.join(", ")));
        }
        _ => {}
    }
}

/// Whether a text has the form of an access rule: products have more of them than the document prints.
fn is_rule(text: &str) -> bool {
    let kinds = ["POLICY_OBJ_ALLOW_", "POLICY_OBJ_REQUIRE_", "POLICY_OBJ_FORBID_"];
    let rest = kinds.iter().find_map(|kind| text.strip_prefix(kind));
    rest.is_some_and(|rest| {
        !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The policy of section 9, with one text replaced by another.
    fn faults_with(this: &str, by: &str) -> Vec<String> {
        let text = r#"{"935389312472":{"policyType":"ACCESS_RULE","policySourceType":"CUSTOM","accessRuleConfiguration":[
            {"objectId":"00000000","type":"UNAUTHENTICATED","accessRules":["POLICY_OBJ_ALLOW_DELETE","POLICY_OBJ_ALLOW_SIGN"]},
            {"objectId":"00000001","type":"CUSTOM","accessRules":["POLICY_OBJ_ALLOW_VERIFY","POLICY_OBJ_FORBID_ALL"]},
            {"objectId":"F0000021","type":"MANDATORY","accessRules":["POLICY_OBJ_ALLOW_DELETE"]}]}}"#;
        assert!(text.contains(this), "{this}");
        let policies: Policies =
            serde_json::from_str(&text.replacen(this, by, 1)).expect("policies");
        check(&policies, None).into_iter().map(|fault| fault.found).collect()
    }

    #[test]
    fn the_document_s_policy_is_right() {
        assert_eq!(faults_with("CUSTOM", "CUSTOM"), Vec::<String>::new());
    }

    #[test]
    fn each_rule_is_checked() {
        for (this, by, found) in [
            ("935389312472", "93538931247", "`93538931247`"),
            ("ACCESS_RULE", "OTHER", "policyType OTHER"),
            ("CUSTOM", "DEFAULT", "policySourceType DEFAULT"),
            ("\"00000000\"", "\"00000002\"", "objectId 00000002"),
            ("\"00000001\"", "\"F0000001\"", "objectId F0000001"),
            ("\"00000001\"", "\"7FFF0200\"", "objectId 7FFF0200"),
            ("\"F0000021\"", "\"F0000022\"", "objectId F0000022"),
            ("POLICY_OBJ_ALLOW_SIGN", "ALLOW_SIGN", "ALLOW_SIGN"),
            ("POLICY_OBJ_ALLOW_SIGN", "POLICY_OBJ_ALLOW_DELETE", "POLICY_OBJ_ALLOW_DELETE twice"),
            ("\"POLICY_OBJ_ALLOW_DELETE\"]}]", "]}]", "other rules than the platform's"),
        ] {
            assert_eq!(faults_with(this, by), [found], "{this} -> {by}");
        }
        assert_eq!(faults_with("MANDATORY", "CUSTOM").len(), 2);
        assert_eq!(faults_with("UNAUTHENTICATED", "CUSTOM").len(), 2);
    }

    #[test]
    fn a_template_s_options_are_the_only_ones() {
        let text = r#"{"935389312472":{"policyType":"ACCESS_RULE","policySourceType":"CUSTOM","accessRuleConfiguration":[
            {"objectId":"00000000","type":"UNAUTHENTICATED","accessRules":["POLICY_OBJ_ALLOW_KA"]},
            {"objectId":"F0000021","type":"MANDATORY","accessRules":["POLICY_OBJ_ALLOW_DELETE"]}]}}"#;
        let policies: Policies = serde_json::from_str(text).expect("policies");
        assert_eq!(check(&policies, Some(&[AccessRule::AllowKa])), []);
        let faults = check(&policies, Some(&[AccessRule::AllowSign]));
        assert_eq!((faults.len(), faults[0].allowed.as_str()), (1, "POLICY_OBJ_ALLOW_SIGN"));
    }

    #[test]
    fn none_and_six_products_are_refused() {
        assert_eq!(check(&Policies::new(), None).len(), 1);
        let policy: Policies = serde_json::from_str(r#"{"935389312472":{"policyType":"ACCESS_RULE","policySourceType":"CUSTOM","accessRuleConfiguration":[
            {"objectId":"00000000","type":"UNAUTHENTICATED","accessRules":[]},
            {"objectId":"F0000021","type":"MANDATORY","accessRules":["POLICY_OBJ_ALLOW_DELETE"]}]}}"#).expect("policies");
        let one = policy.into_values().next().expect("a policy");
        let six: Policies = (0..6).map(|n| (format!("93538931247{n}"), one.clone())).collect();
        assert_eq!(check(&six, None).len(), 1);
    }
}

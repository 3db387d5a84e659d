//! What can be said of custom usage policies without asking a service (AN12642 section 9, docs/an12642-errata.md
//! rows 23 to 26).

use std::borrow::Cow;
use std::collections::BTreeSet;

use el2g_findings::{Finding, NotChecked, Place, RuleDescription};
use el2g_text::file_name;

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

const FORM: &str =
    "AN12642 section 9 has the form; `el2g policy template` shows the default of a product";
const OPTIONS: &str = "`el2g policy template` lists the rules that the product allows";

el2g_findings::rules! {
    /// The rules of custom policies: name, id, severity, section, what is allowed, how to fix it.
    POLICY_RULES:
    PRODUCTS = "policy-products", Error, "AN12642 9", "policies for 1 to 5 products", FORM;
    NC12 = "policy-12nc", Error, "AN12642 9", "a 12NC of 12 digits for each policy", FORM;
    TYPE = "policy-type", Error, "AN12642 9", "CUSTOM access rules", FORM;
    ENTRIES = "policy-entries", Error, "AN12642 9",
        "one UNAUTHENTICATED entry, one MANDATORY entry, at most five CUSTOM entries", FORM;
    USER = "policy-user", Error, "AN12642 4.5.16", "an object id that the entry may have", FORM;
    USER_REPEATED = "policy-user-repeated", Error, "AN12642 9", "each object id in one entry", FORM;
    MANDATORY = "policy-mandatory", Error, "AN12642 4.5.16", "a MANDATORY entry as the platform has it", FORM;
    RULE_REPEATED = "policy-rule-repeated", Error, "AN12642 9", "each access rule once in an entry", FORM;
    RULE_UNKNOWN = "policy-rule-unknown", Error, "AN12642 9", "access rules that the product allows", OPTIONS;
}

/// Checks custom policies. `options` are the access rules that the product's template allows
/// (`allowedAccessRuleOptions` of 4.5.16); without them only those of section 9 are known.
pub fn check(policies: &Policies, options: Option<&[AccessRule]>) -> Vec<Finding> {
    let mut faults = Vec::new();
    let place = Place { place: "policies".to_owned(), path: "policies".to_owned() };
    if policies.is_empty() || policies.len() > MOST {
        let (found, allowed) = (format!("{} products", policies.len()), format!("1 to {MOST}"));
        fault(&mut faults, &PRODUCTS, &place, "", found, allowed);
    }
    for (nc12, policy) in policies {
        let shown = shown_12nc(nc12);
        let place = Place { place: shown.clone(), path: format!("policies.{shown}") };
        if nc12.len() != 12 || !nc12.bytes().all(|byte| byte.is_ascii_digit()) {
            let found = format!("`{shown}`");
            fault(&mut faults, &NC12, &place, "", found, "a 12NC: 12 digits");
        }
        check_policy(&place, policy, options, &mut faults);
    }
    faults
}

/// The rules that [`check`] cannot check without `options`.
pub fn not_checked(options: Option<&[AccessRule]>) -> Vec<NotChecked> {
    let reason = "which rules the product allows was not checked, --template has them";
    let unchecked = options.is_none().then_some(NotChecked { rule: RULE_UNKNOWN.id, reason });
    unchecked.into_iter().collect()
}

/// The name of a policy as a message may repeat it: a 12NC, or one with some digits too few or too many. Anything else may be
/// a key that stands in its place, of which only the length is said.
pub fn shown_12nc(name: &str) -> String {
    let is_number = (10..=14).contains(&name.len()) && name.bytes().all(|it| it.is_ascii_digit());
    if is_number { name.to_owned() } else { format!("({} characters)", name.chars().count()) }
}

fn fault(
    faults: &mut Vec<Finding>,
    rule: &RuleDescription,
    at: &Place,
    field: &str,
    found: impl Into<String>,
    allowed: impl Into<Cow<'static, str>>,
) {
    let message = format!("expected {}", rule.summary);
    let place = Place { place: at.place.clone(), path: format!("{}{field}", at.path) };
    faults.push(Finding {
        allowed: allowed.into(),
        place: Some(Box::new(place)),
        ..rule.broken(message, found)
    });
}

fn check_policy(
    place: &Place,
    policy: &UsagePolicy,
    options: Option<&[AccessRule]>,
    faults: &mut Vec<Finding>,
) {
    if policy.policy_type != PolicyType::AccessRule {
        let found = format!("policyType {}", file_name(policy.policy_type.as_str()));
        fault(faults, &TYPE, place, ".policyType", found, "ACCESS_RULE");
    }
    if policy.policy_source_type != PolicySource::Custom {
        let found = format!("policySourceType {}", file_name(policy.policy_source_type.as_str()));
        fault(faults, &TYPE, place, ".policySourceType", found, "CUSTOM");
    }
    let entries = &policy.access_rule_configuration;
    let count = |kind: AccessRuleType| entries.iter().filter(|entry| entry.r#type == kind).count();
    let field = ".accessRuleConfiguration";
    for kind in [AccessRuleType::Unauthenticated, AccessRuleType::Mandatory] {
        let found = count(kind.clone());
        if found != 1 {
            let found = format!("{found} {kind} entries");
            fault(faults, &ENTRIES, place, field, found, "exactly one");
        }
    }
    let custom = count(AccessRuleType::Custom);
    if custom > MOST {
        let (found, allowed) = (format!("{custom} CUSTOM entries"), format!("at most {MOST}"));
        fault(faults, &ENTRIES, place, field, found, allowed);
    }
    let mut users = BTreeSet::new();
    for (index, entry) in entries.iter().enumerate() {
        let place = Place {
            place: format!(
                "{}, entry {} ({} {})",
                place.place,
                index + 1,
                file_name(entry.r#type.as_str()),
                file_name(&entry.object_id.to_string())
            ),
            path: format!("{}.accessRuleConfiguration[{index}]", place.path),
        };
        check_entry(&place, entry, options, faults);
        if !entry.object_id.value().is_none_or(|user| users.insert(user)) {
            let found = "the same objectId in another entry";
            fault(faults, &USER_REPEATED, &place, ".objectId", found, "each once");
        }
    }
}

fn check_entry(
    place: &Place,
    entry: &AccessRules,
    options: Option<&[AccessRule]>,
    faults: &mut Vec<Finding>,
) {
    let user = match entry.r#type {
        AccessRuleType::Unauthenticated => Some(UNAUTHENTICATED_USER),
        AccessRuleType::Mandatory => Some(MANDATORY_USER),
        AccessRuleType::Custom => None,
        AccessRuleType::Other(_) => {
            let found = format!("type {}", file_name(entry.r#type.as_str()));
            let allowed = "UNAUTHENTICATED, CUSTOM or MANDATORY";
            return fault(faults, &ENTRIES, place, ".type", found, allowed);
        }
    };
    let found = format!("objectId {}", file_name(&entry.object_id.to_string()));
    match user {
        Some(user) if entry.object_id != ObjectId::as_received(user) => {
            fault(faults, &USER, place, ".objectId", found, user);
        }
        None if !matches!(
            judge(&entry.object_id),
            ObjectIdVerdict::Reserved(_) | ObjectIdVerdict::Allowed | ObjectIdVerdict::Suggested
        ) =>
        {
            let allowed = "an id outside the forbidden ranges (4.5.17)";
            fault(faults, &USER, place, ".objectId", found, allowed);
        }
        _ => {}
    }
    if entry.r#type == AccessRuleType::Mandatory {
        if entry.access_rules != [AccessRule::AllowDelete] {
            let found = "other rules than the platform's";
            let allowed = "POLICY_OBJ_ALLOW_DELETE alone: it cannot be changed";
            fault(faults, &MANDATORY, place, ".accessRules", found, allowed);
        }
        return;
    }
    let mut seen = BTreeSet::new();
    for (index, rule) in entry.access_rules.iter().enumerate() {
        let field = format!(".accessRules[{index}]");
        check_rule(place, &field, rule, options, faults);
        if !seen.insert(rule.as_str()) {
            let found = format!("{} twice", file_name(rule.as_str()));
            fault(faults, &RULE_REPEATED, place, &field, found, "each rule once");
        }
    }
}

fn check_rule(
    place: &Place,
    field: &str,
    rule: &AccessRule,
    options: Option<&[AccessRule]>,
    faults: &mut Vec<Finding>,
) {
    let allowed = options.unwrap_or(AccessRule::KNOWN);
    if allowed.contains(rule) {
        return;
    }
    let names: Vec<&str> = allowed.iter().map(AccessRule::as_str).collect();
    let allowed = format!("one of {}", names.join(", "));
    fault(faults, &RULE_UNKNOWN, place, field, file_name(rule.as_str()), allowed);
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
    fn what_is_no_12nc_is_not_repeated() {
        assert_eq!(shown_12nc("935389312472"), "935389312472");
        assert_eq!(shown_12nc("93538931247"), "93538931247");
        for (name, shown) in [("739152", "(6 characters)"), ("MIIFLTBXBgkq", "(12 characters)")] {
            assert_eq!(shown_12nc(name), shown);
        }
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
            ("POLICY_OBJ_ALLOW_SIGN", "POLICY_OBJ_ALLOW_FLY", "POLICY_OBJ_ALLOW_FLY"),
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
        assert_eq!((faults.len(), faults[0].allowed.as_ref()), (1, "one of POLICY_OBJ_ALLOW_SIGN"));
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

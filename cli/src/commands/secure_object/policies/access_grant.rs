//! What a user of the secure element may do, as it is typed: `935389312472/00000001=ALLOW_VERIFY,ALLOW_READ`.

use std::str::FromStr;

use el2g_service_api::policies::{
    AccessRule, AccessRuleType, AccessRules, Policies, PolicySource, PolicyType, UsagePolicy,
};
use el2g_service_api::policy_rules::{MANDATORY_USER, UNAUTHENTICATED_USER};
use el2g_service_api::{ObjectId, OpenEnum as _};
use el2g_workflows::Failure;

use crate::Result;

/// What the names of all access rules begin with.
const PREFIX: &str = "POLICY_OBJ_";

/// The rules of one user on one product.
#[derive(Debug, Clone, PartialEq)]
pub struct AccessGrant {
    nc12: String,
    /// The authentication object; none for everybody.
    user: Option<ObjectId>,
    rules: Vec<AccessRule>,
}

impl FromStr for AccessGrant {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let form = || "expected 12NC=RULE,RULE or 12NC/ID=RULE,RULE".to_owned();
        let (whom, rules) = text.split_once('=').ok_or_else(form)?;
        let (nc12, user) = match whom.split_once('/') {
            Some((nc12, user)) => (nc12, Some(ObjectId::as_received(user.to_ascii_uppercase()))),
            None => (whom, None),
        };
        if nc12.len() != 12 || !nc12.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err("expected the 12 digits of a 12NC before the rules".to_owned());
        }
        if user.as_ref().is_some_and(|user| user.value().is_none()) {
            return Err("expected an object id of 1 to 8 hexadecimal digits after the /".to_owned());
        }
        let names = rules.split(',').map(str::trim).filter(|name| !name.is_empty());
        let rules = names.map(rule).collect::<std::result::Result<_, _>>()?;
        Ok(Self { nc12: nc12.to_owned(), user, rules })
    }
}

/// A rule by its name, with or without what all names begin with.
fn rule(name: &str) -> std::result::Result<AccessRule, String> {
    let name = name.replace('-', "_").to_ascii_uppercase();
    let bare = name.strip_prefix(PREFIX).unwrap_or(&name);
    AccessRule::from_typed(&format!("{PREFIX}{bare}")).map_err(|error| error.to_string())
}

impl AccessGrant {
    /// The policies of these grants: for each product UNAUTHENTICATED, what CUSTOM was typed, and MANDATORY.
    ///
    /// # Errors
    /// Two grants for one user on one product.
    pub fn policies(grants: &[Self]) -> Result<Policies> {
        let mut policies = Policies::new();
        for (index, grant) in grants.iter().enumerate() {
            let same = |other: &Self| (&other.nc12, &other.user) == (&grant.nc12, &grant.user);
            if grants[..index].iter().any(same) {
                let user = grant.user.as_ref().map_or(UNAUTHENTICATED_USER, ObjectId::as_str);
                return Err(Failure::usage(format!(
                    "--policy: two policies for object id {user} on product {}, expected one with all rules",
                    grant.nc12
                )));
            }
            let policy = policies.entry(grant.nc12.clone()).or_insert_with(nothing_allowed);
            let entries = &mut policy.access_rule_configuration;
            match &grant.user {
                None => entries[0].access_rules.clone_from(&grant.rules),
                Some(user) => {
                    let (kind, rules) = (AccessRuleType::Custom, grant.rules.clone());
                    entries.insert(entries.len() - 1, AccessRules::new(user.clone(), kind, rules));
                }
            }
        }
        Ok(policies)
    }
}

/// UNAUTHENTICATED without rules, and MANDATORY as the platform has it.
fn nothing_allowed() -> UsagePolicy {
    let entry =
        |user: &str, kind, rules| AccessRules::new(ObjectId::as_received(user), kind, rules);
    let entries = vec![
        entry(UNAUTHENTICATED_USER, AccessRuleType::Unauthenticated, Vec::new()),
        entry(MANDATORY_USER, AccessRuleType::Mandatory, vec![AccessRule::AllowDelete]),
    ];
    UsagePolicy::new(PolicyType::AccessRule, PolicySource::Custom, entries)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn grants(typed: &[&str]) -> Vec<AccessGrant> {
        typed.iter().map(|text| text.parse().expect("a grant")).collect()
    }

    #[test]
    fn the_policy_of_section_9_can_be_typed() {
        let typed = grants(&[
            "935389312472/1=ALLOW_VERIFY,POLICY_OBJ_FORBID_ALL",
            "935389312472=allow-delete, allow-sign",
            "935386987471=",
        ]);
        let entry = |user: &str, kind: &str, rules: &[&str]| {
            let rules: Vec<String> =
                rules.iter().map(|rule| format!("POLICY_OBJ_{rule}")).collect();
            json!({"objectId": user, "type": kind, "accessRules": rules})
        };
        let policy = |entries: Vec<serde_json::Value>| json!({"policyType": "ACCESS_RULE", "policySourceType": "CUSTOM", "accessRuleConfiguration": entries});
        let everybody = |rules: &[&str]| entry("00000000", "UNAUTHENTICATED", rules);
        let mandatory = || entry("F0000021", "MANDATORY", &["ALLOW_DELETE"]);
        let policies = AccessGrant::policies(&typed).expect("policies");
        assert_eq!(
            serde_json::to_value(&policies).expect("JSON"),
            json!({
                "935386987471": policy(vec![everybody(&[]), mandatory()]),
                "935389312472": policy(vec![
                    everybody(&["ALLOW_DELETE", "ALLOW_SIGN"]),
                    entry("1", "CUSTOM", &["ALLOW_VERIFY", "FORBID_ALL"]),
                    mandatory(),
                ]),
            })
        );
        assert_eq!(el2g_service_api::policy_rules::check(&policies, None), []);
    }

    #[test]
    fn what_cannot_be_one_is_refused() {
        for text in ["", "935389312472", "93538931247=ALLOW_SIGN", "935389312472/x=ALLOW_SIGN"] {
            assert!(text.parse::<AccessGrant>().is_err(), "{text}");
        }
        let twice = grants(&["935389312472=ALLOW_SIGN", "935389312472=ALLOW_READ"]);
        assert!(AccessGrant::policies(&twice).is_err());
    }
}

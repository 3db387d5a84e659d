//! Usage policies of secure objects (section 9).

use std::collections::BTreeMap;

use crate::ObjectId;

/// Usage policies by the 12NC of the product they are for (section 9: at most 5 products).
pub type Policies = BTreeMap<String, UsagePolicy>;

open_enum! {
    /// Where an object's usage policy comes from.
    pub enum PolicySource {
        /// The platform's default for the product.
        Default = "DEFAULT",
        /// Given by the customer, per product.
        Custom = "CUSTOM",
    }
}

open_enum! {
    /// What a policy consists of.
    pub enum PolicyType {
        /// Access rules: the only one so far (4.5.16).
        AccessRule = "ACCESS_RULE",
    }
}

open_enum! {
    /// Whom an access rule configuration is for (section 9).
    pub enum AccessRuleType {
        /// Whoever is not authenticated.
        Unauthenticated = "UNAUTHENTICATED",
        /// An authentication object of the customer's.
        Custom = "CUSTOM",
        /// The platform itself; cannot be changed.
        Mandatory = "MANDATORY",
    }
}

record! {
    /// The usage policy for one product (section 9).
    #[derive(Debug, Clone, PartialEq)]
    pub struct UsagePolicy {
        /// What it consists of.
        policy_type: PolicyType,
        /// Where it comes from.
        policy_source_type: PolicySource,
        /// Its access rules: UNAUTHENTICATED and MANDATORY, and up to 5 CUSTOM.
        access_rule_configuration: Vec<AccessRules>,
    }
}

record! {
    /// What one user of the secure element may do with an object (section 9).
    #[derive(Debug, Clone, PartialEq)]
    pub struct AccessRules {
        /// The authentication object: `00000000` for nobody in particular, `F0000021` for the platform.
        object_id: ObjectId,
        /// Whom it is for.
        r#type: AccessRuleType,
        /// What is allowed, such as `POLICY_OBJ_ALLOW_SIGN`.
        access_rules: Vec<AccessRule>,
    }
}

open_enum! {
    /// One access rule of the secure element (4.5.16).
    pub enum AccessRule {
        /// Delete the object.
        AllowDelete = "POLICY_OBJ_ALLOW_DELETE",
        /// Only over secure messaging.
        RequireSm = "POLICY_OBJ_REQUIRE_SM",
        /// Nothing at all.
        ForbidAll = "POLICY_OBJ_FORBID_ALL",
        /// Sign with it.
        AllowSign = "POLICY_OBJ_ALLOW_SIGN",
        /// Verify with it.
        AllowVerify = "POLICY_OBJ_ALLOW_VERIFY",
        /// Overwrite it.
        AllowWrite = "POLICY_OBJ_ALLOW_WRITE",
        /// Generate a key in its place.
        AllowGen = "POLICY_OBJ_ALLOW_GEN",
        /// Use it for key agreement.
        AllowKa = "POLICY_OBJ_ALLOW_KA",
        /// Read it.
        AllowRead = "POLICY_OBJ_ALLOW_READ",
        /// Attest it.
        AllowAttestation = "POLICY_OBJ_ALLOW_ATTESTATION",
    }
}

//! Usage policies of secure objects (section 9).

use std::collections::BTreeMap;

use schemars::{Schema, SchemaGenerator, json_schema};
use serde::Deserialize as _;

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
    } unless given Default
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
        /// Users who are not authenticated.
        Unauthenticated = "UNAUTHENTICATED",
        /// An authentication object of the customer's.
        Custom = "CUSTOM",
        /// The platform itself; cannot be changed.
        Mandatory = "MANDATORY",
    }
}

impl Default for PolicySource {
    /// What the service takes when nothing is said.
    fn default() -> Self {
        Self::Default
    }
}

/// The policies of a request: by 12NC, at most [`MOST`](crate::policy_rules::MOST) products.
pub(crate) fn requested(generator: &mut SchemaGenerator) -> Schema {
    let policy = generator.subschema_for::<UsagePolicy>();
    json_schema!({
        "description": "Usage policies by the 12NC of the product they are for (section 9); only with CUSTOM.",
        "type": ["object", "null"],
        "propertyNames": {"pattern": crate::wire::schema::NC12},
        "additionalProperties": policy,
        "maxProperties": crate::policy_rules::MOST,
    })
}

/// Left out or `null`: what the service takes when nothing is said.
pub(crate) fn source_or_default<'de, D>(deserializer: D) -> Result<PolicySource, D::Error>
where
    D: serde::Deserializer<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// The source that a request for an object names, if it does.
pub(crate) fn asked_source(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "description": "Where its policies come from; DEFAULT when it is left out.",
        "type": ["string", "null"],
        "enum": ["DEFAULT", "CUSTOM", null],
        "default": "DEFAULT",
    })
}

/// A policy that a request brings is CUSTOM; an answer shows the DEFAULT ones too.
fn source(generator: &mut SchemaGenerator) -> Schema {
    if generator.contract().is_serialize() {
        return generator.subschema_for::<PolicySource>();
    }
    json_schema!({"description": "Where it comes from.", "type": "string", "enum": ["CUSTOM"]})
}

/// UNAUTHENTICATED and MANDATORY exactly once, CUSTOM at most five times (section 9).
fn entries(generator: &mut SchemaGenerator) -> Schema {
    let items = generator.subschema_for::<AccessRules>();
    let mut schema = json_schema!({
        "description": "Its access rules: UNAUTHENTICATED and MANDATORY, and up to 5 CUSTOM.",
        "type": "array",
        "items": items,
    });
    if generator.contract().is_deserialize() {
        let of_type = |kind: &str, least: usize, most: usize| {
            serde_json::json!({
                "contains": {"properties": {"type": {"const": kind}}, "required": ["type"]},
                "minContains": least,
                "maxContains": most,
            })
        };
        let custom = of_type("CUSTOM", 0, crate::policy_rules::MOST);
        let all = [of_type("UNAUTHENTICATED", 1, 1), of_type("MANDATORY", 1, 1), custom];
        schema.insert("allOf".to_owned(), all.to_vec().into());
    }
    schema
}

/// An object id that stands for a user: the reserved ones of 4.5.16 are allowed here.
fn user(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "description": "The authentication object: `00000000` for nobody in particular, `F0000021` for the platform.",
        "type": "string",
        "pattern": crate::wire::schema::OBJECT_ID,
    })
}

shared_record! {
    /// The usage policy for one product (section 9).
    #[derive(Debug, Clone, PartialEq)]
    pub struct UsagePolicy {
        /// What it consists of.
        policy_type: PolicyType,
        /// Where it comes from.
        #[schemars(schema_with = "source")]
        policy_source_type: PolicySource,
        /// Its access rules: UNAUTHENTICATED and MANDATORY, and up to 5 CUSTOM.
        #[schemars(schema_with = "entries")]
        access_rule_configuration: Vec<AccessRules>,
    }
}

shared_record! {
    /// What one user of the secure element may do with an object (section 9).
    #[derive(Debug, Clone, PartialEq)]
    pub struct AccessRules {
        /// The authentication object: `00000000` for nobody in particular, `F0000021` for the platform.
        #[schemars(schema_with = "user")]
        object_id: ObjectId,
        /// Whom it is for.
        r#type: AccessRuleType,
        /// What is allowed, such as `POLICY_OBJ_ALLOW_SIGN`.
        #[schemars(extend("uniqueItems" = true))]
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
        /// Encrypt with it; this and the next three are of keys for which 4.5.16 prints no example.
        AllowEnc = "POLICY_OBJ_ALLOW_ENC",
        /// Decrypt with it.
        AllowDec = "POLICY_OBJ_ALLOW_DEC",
        /// Derive keys from it.
        AllowKdf = "POLICY_OBJ_ALLOW_KDF",
        /// Wrap keys with it.
        AllowWrap = "POLICY_OBJ_ALLOW_WRAP",
    }
}

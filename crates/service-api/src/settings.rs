//! Settings of the platform: default policies and ranges of object ids (4.5.16, 4.5.17).

use crate::policies::{AccessRule, AccessRules, PolicyType};
use crate::secure_objects::{KeyPairAlgorithm, SecureObjectType};
use crate::{NoPath, ObjectId};

record! {
    /// A range of object ids, both ends included.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct ObjectIdRange {
        /// The first id.
        min_value: ObjectId,
        /// The last id. The document prints `FFFFFFF` where `FFFFFFFF` is meant (docs/an12642-errata.md row 10).
        max_value: ObjectId,
    }
}

record! {
    /// Which object ids may be used (4.5.17).
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct ObjectIdRules {
        /// Ranges the platform suggests.
        suggested_object_id_ranges: Vec<ObjectIdRange>,
        /// Ranges it refuses.
        forbidden_object_id_ranges: Vec<ObjectIdRange>,
    }
}

record! {
    /// What 4.5.16 answers.
    #[derive(Debug, Clone, PartialEq)]
    pub struct PolicyTemplate {
        /// The default policy and what may be changed in it.
        secure_object_policy_template: TemplatePolicy,
        /// Which object ids stand for whom.
        access_rule_oid_configuration: OidConfiguration,
    }
}

record! {
    /// The default policy of a type of secure object for a product (4.5.16).
    #[derive(Debug, Clone, PartialEq)]
    pub struct TemplatePolicy {
        /// What it is for.
        secure_object: TemplateObject,
        /// Whether the product takes this type of object.
        enabled: bool,
        /// What it consists of.
        policy_type: PolicyType,
        /// The access rules.
        access_rule_configuration_template: Vec<AccessRules>,
        /// What a custom policy may contain.
        allowed_access_rule_options: Vec<AccessRule>,
    }
}

record! {
    /// What a default policy is for (4.5.16).
    #[derive(Debug, Clone, PartialEq)]
    pub struct TemplateObject {
        /// The type of secure object.
        r#type: SecureObjectType,
        ?
        /// The algorithm asked for.
        key_pair_algorithm_type: KeyPairAlgorithm,
    }
}

record! {
    /// Which object ids stand for whom in access rules (4.5.16).
    #[derive(Debug, Clone, PartialEq)]
    pub struct OidConfiguration {
        /// Whom MANDATORY rules are for.
        mandatory_user_id: ObjectId,
        /// Whom UNAUTHENTICATED rules are for.
        unauthenticated_user_id: ObjectId,
        /// Which ids may be used in CUSTOM rules.
        object_id_ranges: OidRanges,
    }
}

/// Suggested and forbidden ranges as 4.5.16 names them.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "UPPERCASE", remote = "Self")]
#[schemars(!remote)]
pub struct OidRanges {
    /// Ranges the platform suggests.
    pub suggested: Vec<ObjectIdRange>,
    /// Ranges it refuses.
    pub forbidden: Vec<ObjectIdRange>,
    /// What an answer has besides.
    #[serde(flatten, skip_deserializing)]
    #[schemars(skip)]
    pub unknown: crate::UnknownFields,
}

keeps_unknown_fields! { OidRanges }

/// The algorithms that 4.5.16 may be asked for: those of key pairs, and these.
pub const TEMPLATE_ALGORITHMS: [&str; 31] = [
    "NIST_P192",
    "NIST_P224",
    "NIST_P256",
    "NIST_P384",
    "NIST_P521",
    "RSA_1024",
    "RSA_2048",
    "RSA_3072",
    "RSA_4096",
    "ECC_ED_25519",
    "ECC_MONT_DH_25519",
    "ECC_MONT_DH_448",
    "BRAINPOOLP160R1",
    "BRAINPOOLP192R1",
    "BRAINPOOLP224R1",
    "BRAINPOOLP256R1",
    "BRAINPOOLP320R1",
    "BRAINPOOLP384R1",
    "BRAINPOOLP512R1",
    "SECP160K1",
    "SECP192K1",
    "SECP224K1",
    "SECP256K1",
    "RSA_1024_CRT",
    "RSA_2048_CRT",
    "RSA_3072_CRT",
    "RSA_4096_CRT",
    "AES128",
    "AES256",
    "BINARY_FILE_CONFIDENTIAL",
    "BINARY_FILE_NON_CONFIDENTIAL",
];

/// The algorithms that 4.5.16 may be asked for with a type of secure object. With CRT is how a private key is
/// stored: no public key has it.
#[must_use]
pub fn template_algorithms(kind: &SecureObjectType) -> &'static [&'static str] {
    match kind {
        SecureObjectType::KeyPair | SecureObjectType::Certificate => &TEMPLATE_ALGORITHMS[..27],
        SecureObjectType::StaticPublicKey => &TEMPLATE_ALGORITHMS[..23],
        SecureObjectType::MasterKey | SecureObjectType::OemFwDecryptKey => {
            &TEMPLATE_ALGORITHMS[27..29]
        }
        SecureObjectType::BinaryFile => &TEMPLATE_ALGORITHMS[29..],
        SecureObjectType::HmacKey
        | SecureObjectType::OemFwAuthKeyHash
        | SecureObjectType::Other(_) => &[],
    }
}

query! {
    /// What 4.5.16 asks.
    pub struct PolicyTemplateQuery {
        /// Always `ACCESS_RULE`; always needed.
        #[schemars(extend("x-needed" = true))]
        policy_type: PolicyType = "policyType",
        /// The algorithm; needed for KEYPAIR, STATIC_PUBLIC_KEY and CERTIFICATE.
        #[schemars(extend("enum" = TEMPLATE_ALGORITHMS))]
        algorithm: String = "algorithm",
    }
}

path! {
    /// A type of secure object on a product.
    pub struct PolicyTemplatePath {
        /// The product's 12NC.
        #[schemars(regex(pattern = crate::wire::schema::NC12), example = "935389312472")]
        nc12: String = "nc12",
        /// The type, such as `KEYPAIR`.
        #[schemars(with = "SecureObjectType")]
        secure_object_type: String = "secureObjectType",
    }
}

operations! {
    /// Retrieve default usage policy for secure object (4.5.16).
    ShowPolicyTemplate = "4.5.16" Get "/rtp/settings/secure-object/policy-template/{nc12}/{secureObjectType}" => 200 Json,
        ["policy", "template"], path PolicyTemplatePath, query PolicyTemplateQuery, reply PolicyTemplate,;
    /// Retrieve OID validation rules (4.5.17).
    ShowObjectIdRules = "4.5.17" Get "/rtp/settings/secure-object/SE05/reserved-oids" => 200 Json,
        ["object-id", "rules"], path NoPath, reply ObjectIdRules,;
}

//! The rules about request bodies: one table.

use el2g_findings::RuleDescription;

use crate::policy_rules;

/// How a body is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// A field is missing, or holds nothing that could stand there. The other kinds are well formed and not acceptable.
    Malformed,
    /// What a secure object is made of.
    Object,
    /// The id of a secure object.
    ObjectId,
    /// A checksum.
    Checksum,
    /// A usage policy.
    Policy,
    /// The id of a device.
    DeviceId,
    /// A claim code.
    ClaimCode,
    /// The criteria to delete claim codes by.
    Criteria,
    /// A verification code.
    VerificationCode,
    /// The period of a report.
    Period,
}

/// A rule about request bodies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BodyRule {
    /// Its name in messages and for `--skip-check`; never renamed or reused.
    pub id: &'static str,
    /// The section of AN12642 behind it.
    pub section: &'static str,
    /// What is allowed, whichever field it is about.
    pub allowed: &'static str,
    /// How a well-formed body is wrong that breaks it.
    pub(super) kind: FaultKind,
}

const fn rule(id: &'static str, section: &'static str, allowed: &'static str) -> BodyRule {
    BodyRule { id, section, allowed, kind: FaultKind::Malformed }
}

const fn of_policy(rule: &RuleDescription) -> BodyRule {
    let RuleDescription { id, section, summary, .. } = *rule;
    BodyRule { id, section, allowed: summary, kind: FaultKind::Policy }
}

impl BodyRule {
    const fn of(self, kind: FaultKind) -> Self {
        Self { kind, ..self }
    }
}

/// Every rule about request bodies.
pub static BODY_RULES: &[BodyRule] = &[
    rule("body-form", "AN12642 4", "JSON with the fields of the operation, each of its type"),
    rule("name-length", "AN12642 4", "a name or text of the length that its field may have"),
    rule("name-characters", "AN12642 4", "printable text"),
    rule("value-unknown", "AN12642 4", "a value that the field may have"),
    rule("list-empty", "AN12642 4", "at least one item"),
    rule("product-12nc", "AN12642 4.1.1", "the 12 digits of a product's 12NC"),
    rule(
        "device-id-form",
        "AN12642 4.1.2",
        "a device id: decimal digits, or hexadecimal digits after 0x",
    )
    .of(FaultKind::DeviceId),
    rule("object-id-form", "AN12642 4.1.3", "1 to 8 hexadecimal digits"),
    rule(
        "object-id-forbidden",
        "AN12642 4.5.17",
        "an id outside the forbidden ranges, such as 83000000 to 8300FFFF",
    )
    .of(FaultKind::ObjectId),
    rule("algorithm-unknown", "AN12642 4.1.3.1", "an algorithm that AN12642 names"),
    rule(
        "key-size",
        "AN12642 4.1.3.3",
        "AES128 or AES256; of an HMAC key its length in bytes, 1 to 256",
    ),
    rule(
        "text-length",
        "AN12642 4.1.3",
        "PEM or armor that is not empty, and not longer than a key or message is",
    ),
    rule("country-form", "AN12642 4.1.3.2", "the two letters of ISO 3166, such as AT"),
    rule("email-form", "AN12642 4.1.3.2", "an address in ASCII"),
    rule(
        "validity-form",
        "AN12642 4.1.3.2",
        "a time with its offset (RFC 3339), from 1971 on, such as 2026-01-01T00:00:00Z",
    ),
    rule("validity-range", "AN12642 4.1.3.2", "1 to 1200 months, or an end after the start")
        .of(FaultKind::Object),
    rule(
        "base64-form",
        "AN12642 4.1.3.5",
        "base64 of at least one byte, of the length that is needed",
    )
    .of(FaultKind::Object),
    rule("checksum-form", "AN12642 4.1.3.5", "SHA3-512 in 128 hexadecimal digits, or in base64")
        .of(FaultKind::Checksum),
    rule(
        "checksum-mismatch",
        "AN12642 4.1.3.5",
        "the SHA3-512 of what is sent, over its bytes or its text",
    )
    .of(FaultKind::Checksum),
    rule("policy-source", "AN12642 9", "policies with policySourceType CUSTOM, and with no other")
        .of(FaultKind::Policy),
    of_policy(&policy_rules::PRODUCTS),
    of_policy(&policy_rules::NC12),
    of_policy(&policy_rules::TYPE),
    of_policy(&policy_rules::ENTRIES),
    of_policy(&policy_rules::USER),
    of_policy(&policy_rules::USER_REPEATED),
    of_policy(&policy_rules::MANDATORY),
    of_policy(&policy_rules::RULE_UNKNOWN),
    of_policy(&policy_rules::RULE_REPEATED),
    rule("update-empty", "AN12642 4.5.14", "a new name or new policies, or both"),
    rule("common-name-missing", "AN12642 4.2.1", "a common name, which WITH_CSR needs"),
    rule("claim-limit", "AN12642 4.4.1", "a number of devices that the claim code's policy allows")
        .of(FaultKind::ClaimCode),
    rule("claim-secret", "AN12642 4.4.1", "base64 of at least 16 bytes, at most 255 characters")
        .of(FaultKind::ClaimCode),
    rule("claim-count", "AN12642 4.4.2", "100 to 1000 claim codes").of(FaultKind::ClaimCode),
    rule("claim-criteria", "AN12642 4.4.11", "revoked, maxUsageAchieved or createdBefore")
        .of(FaultKind::Criteria),
    rule(
        "time-form",
        "AN12642 4.4.11",
        "a time with its offset (RFC 3339), such as 2026-01-01T00:00:00Z",
    ),
    rule(
        "verification-code",
        "AN12642 4.6.5",
        "1 to 64 printable characters: the code as the cloud shows it",
    )
    .of(FaultKind::VerificationCode),
    rule(
        "report-period",
        "AN12642 4.7.1",
        "months of the years 2000 to 2999, the end not before the start",
    )
    .of(FaultKind::Period),
];

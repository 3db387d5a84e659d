//! Bodies about claim codes (4.4).

use el2g_text::file_name;

use super::{BodyFaults, CheckBody};
use crate::claim_codes::{
    ClaimBehavior, ClaimCodeCriteria, ClaimCodeIds, ClaimCodeUpdate, ClaimPolicy, NewClaimCode,
    NewClaimCodeBatch,
};
use el2g_key_payload::{ClaimSecret, SecretBytes};

/// The most devices of a claim code.
const MOST_DEVICES: u64 = 1_000_000_000;

/// RESTRICTED goes with a limit of at least 1 (docs/an12642-errata.md row 27).
fn usage(faults: &mut BodyFaults, policy: &ClaimPolicy, behavior: &ClaimBehavior, limit: u64) {
    faults.known("value-unknown", "policy", policy);
    faults.known("value-unknown", "behavior", behavior);
    let least = u64::from(*policy == ClaimPolicy::Restricted);
    let expected = format!("{least} to {MOST_DEVICES} with policy {policy}");
    if limit > MOST_DEVICES {
        faults.add("claim-limit", "deviceLimit", limit.to_string(), expected);
    } else if limit < least {
        faults.refuse("claim-limit", "deviceLimit", limit.to_string(), expected);
    }
}

impl CheckBody for NewClaimCode {
    fn check(&self, faults: &mut BodyFaults) {
        faults.name("name", &self.name, 255);
        usage(faults, &self.policy, &self.behavior, self.device_limit);
        let secret = SecretBytes::from_slice(self.secret.expose().as_bytes());
        if let Err(error) = ClaimSecret::read(&secret) {
            let expected = "base64 of at least 16 bytes, at most 255 characters";
            faults.refuse("claim-secret", "secret", error.to_string(), expected);
        }
        if let Some(status) = self.status.value() {
            faults.known("value-unknown", "status", status);
        }
    }
}

impl CheckBody for NewClaimCodeBatch {
    fn check(&self, faults: &mut BodyFaults) {
        faults.name("namePrefix", &self.name_prefix, 250);
        usage(faults, &self.policy, &self.behavior, self.device_limit);
        let count = self.number_of_claim_codes;
        if !(100..=1000).contains(&count) {
            faults.refuse("claim-count", "numberOfClaimCodes", count.to_string(), "100 to 1000");
        }
    }
}

impl CheckBody for ClaimCodeUpdate {
    fn check(&self, faults: &mut BodyFaults) {
        faults.name("name", &self.name, 255);
        usage(faults, &self.policy, &self.behavior, self.device_limit);
    }
}

impl CheckBody for ClaimCodeIds {
    fn check(&self, faults: &mut BodyFaults) {
        faults.not_empty("claimCodeIds", &self.claim_code_ids);
    }
}

impl CheckBody for ClaimCodeCriteria {
    fn check(&self, faults: &mut BodyFaults) {
        let asked = [&self.revoked, &self.max_usage_achieved];
        let any = asked.iter().any(|flag| flag.value() == Some(&true));
        if faults.faults.is_empty() && !any && self.created_before.value().is_none() {
            let expected = "revoked, maxUsageAchieved or createdBefore";
            faults.refuse("claim-criteria", "", "no criterion", expected);
        }
        if let Some(time) = self.created_before.value()
            && time.epoch_milliseconds().is_none()
        {
            let expected = "a time with its offset (RFC 3339), such as 2026-01-01T00:00:00Z";
            faults.add(
                "time-form",
                "createdBefore",
                format!("`{}`", file_name(&time.to_string())),
                expected,
            );
        }
    }
}

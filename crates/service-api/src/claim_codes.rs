//! Claim codes (4.4, section 10).

use crate::device_groups::GroupPath;
use crate::look_up::{Evidence, LookUp, Probe, Verdict};
use crate::{Json, NoPath, Operation as _, PathError, ResourceMetadata, SecretText, Timestamp};

open_enum! {
    /// Whether a claim code may be used by any number of devices (4.4.6, docs/an12642-errata.md row 27).
    pub enum ClaimPolicy {
        /// By any number.
        Unrestricted = "UNRESTRICTED",
        /// By at most `deviceLimit` devices.
        Restricted = "RESTRICTED",
    }
}

open_enum! {
    /// What happens at the limit (docs/an12642-errata.md row 27).
    pub enum ClaimBehavior {
        /// Devices are still assigned; an alert is raised.
        Allow = "ALLOW",
        /// No more devices are assigned.
        Deny = "DENY",
    }
}

open_enum! {
    /// Whether a claim code can still be used, and the filter for that (4.4.4).
    pub enum ClaimStatus {
        /// It can.
        Active = "ACTIVE",
        /// It was revoked for good.
        Revoked = "REVOKED",
        /// Filter: both. Also what the example of 4.4.1 sends.
        All = "ALL",
    }
}

open_enum! {
    /// Whether a claim code's limit is reached, as a filter (4.4.4).
    pub enum UsageStatus {
        /// It is.
        Reached = "REACHED",
        /// It is not.
        Unreached = "UNREACHED",
        /// Both.
        All = "ALL",
    }
}

open_enum! {
    /// How much of a claim code's limit is used (4.4.12).
    pub enum UsageLevel {
        /// Less than 50 %.
        Low = "LOW",
        /// 50 % to 90 %.
        Medium = "MEDIUM",
        /// More than 90 %.
        High = "HIGH",
    }
}

request! {
    /// The body of 4.4.1.
    #[derive(Debug, PartialEq)]
    #[schemars(extend("anyOf" = [
        {"properties": {"policy": {"const": "UNRESTRICTED"}}},
        {"properties": {"deviceLimit": {"minimum": 1}}},
    ]))]
    pub struct NewClaimCode {
        /// Its name.
        #[schemars(length(min = 1, max = 255), regex(pattern = crate::wire::schema::NAME))]
        name: String,
        /// Whether its use is limited.
        policy: ClaimPolicy,
        /// What happens at the limit.
        behavior: ClaimBehavior,
        /// How many devices, when RESTRICTED.
        #[schemars(range(min = 0, max = 1_000_000_000))]
        device_limit: u64,
        /// Whether a device may use it more than once.
        reusable: bool,
        /// The secret: base64 of at least 16 bytes, at most 255 characters (docs/an12642-errata.md row 12).
        #[schemars(with = "String", length(max = 255), regex(pattern = crate::wire::schema::CLAIM_SECRET))]
        secret: SecretText,
        ?
        /// The document sends `ALL`.
        status: ClaimStatus,
        /// The document sends `null`.
        metadata: Json,
    }
}

request! {
    /// The body of 4.4.2: many claim codes whose secrets the service makes.
    #[derive(Debug, Clone, PartialEq)]
    #[schemars(extend("anyOf" = [
        {"properties": {"policy": {"const": "UNRESTRICTED"}}},
        {"properties": {"deviceLimit": {"minimum": 1}}},
    ]))]
    pub struct NewClaimCodeBatch {
        /// What the names begin with.
        #[schemars(length(min = 1, max = 250), regex(pattern = crate::wire::schema::NAME))]
        name_prefix: String,
        /// How many, 100 to 1000.
        #[schemars(range(min = 100, max = 1000))]
        number_of_claim_codes: u64,
        /// Whether their use is limited.
        policy: ClaimPolicy,
        /// What happens at the limit.
        behavior: ClaimBehavior,
        /// How many devices, when RESTRICTED.
        #[schemars(range(min = 0, max = 1_000_000_000))]
        device_limit: u64,
        /// Whether a device may use one more than once.
        reusable: bool,
    }
}

record! {
    /// A batch of claim codes (4.4.2, 4.4.3).
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct ClaimCodeBatch {
        /// Its id.
        batch_id: u64,
        ?
        /// How many percent of it are made; only in 4.4.3.
        progress_in_percentage: u64,
    }
}

record! {
    /// A claim code (4.4.1, 4.4.4, 4.4.5).
    #[derive(Debug, PartialEq)]
    pub struct ClaimCode {
        /// Its id.
        id: u64,
        /// Its name.
        name: String,
        /// Whether its use is limited.
        policy: ClaimPolicy,
        /// What happens at the limit.
        behavior: ClaimBehavior,
        /// How many devices, when RESTRICTED.
        device_limit: u64,
        /// Whether a device may use it more than once.
        reusable: bool,
        ?
        /// `null` in 4.4.4, not there in 4.4.1 and 4.4.5: the secret is read with 4.4.8.
        secret: SecretText,
        /// How many devices used it.
        device_count: u64,
        /// Whether it can still be used.
        status: ClaimStatus,
        /// Who made it, and when; epoch seconds (docs/an12642-errata.md row 6).
        metadata: ResourceMetadata,
    }
}

request! {
    /// The body of 4.4.6.
    #[derive(Debug, Clone, PartialEq)]
    #[schemars(extend("anyOf" = [
        {"properties": {"policy": {"const": "UNRESTRICTED"}}},
        {"properties": {"deviceLimit": {"minimum": 1}}},
    ]))]
    pub struct ClaimCodeUpdate {
        /// Its name.
        #[schemars(length(min = 1, max = 255), regex(pattern = crate::wire::schema::NAME))]
        name: String,
        /// Whether its use is limited.
        policy: ClaimPolicy,
        /// What happens at the limit.
        behavior: ClaimBehavior,
        /// How many devices, when RESTRICTED.
        #[schemars(range(min = 0, max = 1_000_000_000))]
        device_limit: u64,
        /// Whether a device may use it more than once.
        reusable: bool,
    }
}

request! {
    /// The body of 4.4.10.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct ClaimCodeIds {
        /// The claim codes.
        #[schemars(length(min = 1))]
        claim_code_ids: Vec<u64>,
    }
}

record! {
    /// What 4.4.10 did.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct DeletedClaimCodes {
        /// The claim codes that were deleted.
        processed_claim_code_ids: Vec<u64>,
        ?
        /// The claim codes that were not; printed in the singular.
        failed_claim_code_id: Vec<u64>,
        /// The same in the plural, should the service ever send it.
        failed_claim_code_ids: Vec<u64>,
    }
}

request! {
    /// The body of 4.4.11: criteria combined with AND; `false` counts as not given.
    #[derive(Debug, Clone, PartialEq, Default)]
    #[schemars(extend("anyOf" = [
        {"required": ["revoked"], "properties": {"revoked": {"const": true}}},
        {"required": ["maxUsageAchieved"], "properties": {"maxUsageAchieved": {"const": true}}},
        {"required": ["createdBefore"], "properties": {"createdBefore": {"type": "string"}}},
    ]))]
    pub struct ClaimCodeCriteria {
        ?
        /// Only revoked ones.
        revoked: bool,
        /// Only ones whose limit is reached.
        max_usage_achieved: bool,
        /// Only ones made before this time.
        created_before: Timestamp,
    }
}

record! {
    /// What 4.4.11 did.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct DeletedCount {
        /// How many claim codes were deleted.
        deleted_count: u64,
    }
}

record! {
    /// How many claim codes are used to one level (4.4.12).
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct UsageCount {
        /// The level.
        status: UsageLevel,
        /// How many claim codes.
        amount: u64,
    }
}

record! {
    /// What 4.4.12 answers.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct ClaimCodeStatistics {
        /// Claim codes per level.
        grouped_statistics: Vec<UsageCount>,
        /// All claim codes.
        total_amount: u64,
    }
}

query! {
    /// Filters of 4.4.4.
    pub struct ClaimCodeQuery {
        /// Part of the name.
        name: String = "name",
        /// Whether it can still be used.
        status: ClaimStatus = "status",
        /// Whether its limit is reached.
        usage_status: UsageStatus = "usageStatus",
    } paged sorted by [
        "id", "name", "deviceCount", "deviceLimit", "status", "createdTs", "lastModifiedTs",
    ]
}

path! {
    /// A claim code of a device group.
    pub struct ClaimCodePath {
        /// The product's 12NC.
        #[schemars(regex(pattern = crate::wire::schema::NC12), example = "935389312472")]
        nc12: String = "12nc",
        /// The group's id.
        device_group_id: u64 = "deviceGroupId",
        /// The claim code's id.
        claim_code_id: u64 = "claimCodeId",
    }
}

path! {
    /// A batch of claim codes of a device group.
    pub struct ClaimCodeBatchPath {
        /// The product's 12NC.
        #[schemars(regex(pattern = crate::wire::schema::NC12), example = "935389312472")]
        nc12: String = "12nc",
        /// The group's id.
        device_group_id: u64 = "deviceGroupId",
        /// The batch's id.
        batch_id: u64 = "batchId",
    }
}

/// A claim code of that name which is new.
fn look_up_create(path: &GroupPath, body: &NewClaimCode) -> Result<LookUp<ClaimCode>, PathError> {
    let name = body.name.clone();
    let probe = Probe::new(ListClaimCodes::PATH, path)?.all_pages(vec![("name", name.clone())]);
    let judge = move |evidence: &Evidence| {
        let mut codes = evidence.items::<ClaimCode>(0);
        codes.retain(|code| code.name == name);
        evidence.created(codes, |code| code.metadata.value())
    };
    Ok(LookUp { probes: vec![probe], judge: Box::new(judge) })
}

/// No claim code whose name begins so is new. That one is does not tell the batch's id.
fn look_up_create_batch(
    path: &GroupPath,
    body: &NewClaimCodeBatch,
) -> Result<LookUp<ClaimCodeBatch>, PathError> {
    let prefix = body.name_prefix.clone();
    let probe = Probe::new(ListClaimCodes::PATH, path)?.all_pages(vec![("name", prefix.clone())]);
    let judge = move |evidence: &Evidence| {
        let mut codes = evidence.items::<ClaimCode>(0);
        codes.retain(|code| code.name.starts_with(&prefix));
        match evidence.created(codes, |code| code.metadata.value()) {
            Verdict::NotHappened => Verdict::NotHappened,
            Verdict::Happened(_) | Verdict::Unclear => Verdict::Unclear,
        }
    };
    Ok(LookUp { probes: vec![probe], judge: Box::new(judge) })
}

/// The claim code is REVOKED.
fn look_up_revoke(path: &ClaimCodePath, _: &()) -> Result<LookUp<()>, PathError> {
    let judge = |evidence: &Evidence| match evidence.single::<ClaimCode>(0) {
        Some(code) if code.status.value() == Some(&ClaimStatus::Revoked) => Verdict::Happened(()),
        Some(_) => Verdict::NotHappened,
        None => Verdict::Unclear,
    };
    Ok(LookUp { probes: vec![Probe::new(ShowClaimCode::PATH, path)?], judge: Box::new(judge) })
}

operations! {
    /// Assign a claim code to a device group (4.4.1).
    CreateClaimCode = "4.4.1" Post "/products/{12nc}/device-groups/{deviceGroupId}/claim-codes" => 200 Json,
        ["claim-code", "create"], path GroupPath, body NewClaimCode, reply ClaimCode,
        look_up look_up_create,;
    /// Create a batch of claim codes (4.4.2).
    CreateClaimCodeBatch = "4.4.2" Post "/products/{12nc}/device-groups/{deviceGroupId}/claim-codes/create-batch" => 200 Json,
        ["claim-code", "create-batch"], path GroupPath, body NewClaimCodeBatch, reply ClaimCodeBatch,
        look_up look_up_create_batch,;
    /// Retrieve details of a batch of claim codes (4.4.3); GET, whatever its cURL says (docs/an12642-errata.md row 18).
    ShowClaimCodeBatch = "4.4.3" Get "/products/{12nc}/device-groups/{deviceGroupId}/claim-codes/batches/{batchId}" => 200 Json,
        ["claim-code", "batch"], path ClaimCodeBatchPath, reply ClaimCodeBatch,;
    /// Retrieve claim codes of a device group (4.4.4).
    ListClaimCodes = "4.4.4" Get "/products/{12nc}/device-groups/{deviceGroupId}/claim-codes" => 200 Json,
        ["claim-code", "list"], path GroupPath, query ClaimCodeQuery, page of ClaimCode,;
    /// Retrieve a claim code by claim code ID (4.4.5).
    ShowClaimCode = "4.4.5" Get "/products/{12nc}/device-groups/{deviceGroupId}/claim-codes/{claimCodeId}" => 200 Json,
        ["claim-code", "show"], path ClaimCodePath, reply ClaimCode,;
    /// Update a claim code (4.4.6).
    UpdateClaimCode = "4.4.6" Put "/products/{12nc}/device-groups/{deviceGroupId}/claim-codes/{claimCodeId}" => 204 Empty,
        ["claim-code", "update"], path ClaimCodePath, body ClaimCodeUpdate,;
    /// Revoke a claim code (4.4.7), for good.
    RevokeClaimCode = "4.4.7" Post "/products/{12nc}/device-groups/{deviceGroupId}/claim-codes/{claimCodeId}/revoke" => 204 Empty,
        ["claim-code", "revoke"], path ClaimCodePath, look_up look_up_revoke,
        destroys "no device can use a revoked claim code, and it cannot be activated again",;
    /// Retrieve decrypted secret of a claim code (4.4.8).
    ShowClaimCodeSecret = "4.4.8" Get "/products/{12nc}/device-groups/{deviceGroupId}/claim-codes/{claimCodeId}/decrypt" => 200 Text,
        ["claim-code", "secret"], path ClaimCodePath, reply SecretText,;
    /// Delete a single claim code (4.4.9).
    DeleteClaimCode = "4.4.9" Delete "/products/{12nc}/device-groups/{deviceGroupId}/claim-codes/{claimCodeId}" => 204 Empty,
        ["claim-code", "delete"], path ClaimCodePath,
        destroys "no device can use a deleted claim code, and its secret is gone",;
    /// Delete a batch of claim codes (4.4.10).
    DeleteClaimCodes = "4.4.10" Post "/claim-codes/batch-delete" => 200 Json,
        ["claim-code", "delete-batch"], path NoPath, body ClaimCodeIds, reply DeletedClaimCodes,
        repeat Never, destroys "no device can use a deleted claim code, and its secret is gone",;
    /// Delete claim codes by criteria (4.4.11); the heading's path (docs/an12642-errata.md row 1).
    DeleteMatchingClaimCodes = "4.4.11" Post "/claim-codes/delete-by-criteria" => 200 Json,
        ["claim-code", "delete-matching"], path NoPath, body ClaimCodeCriteria, reply DeletedCount,
        repeat Never, destroys "no device can use a deleted claim code, and its secret is gone",;
    /// Retrieve grouped claim codes statistics (4.4.12).
    ShowClaimCodeStatistics = "4.4.12" Get "/products/{12nc}/device-groups/{deviceGroupId}/claim-codes/statistics" => 200 Json,
        ["claim-code", "statistics"], path GroupPath, reply ClaimCodeStatistics,;
}

//! Claim codes by the hundred: batches, deletion of many, statistics (4.4.2, 4.4.3, 4.4.10 to 4.4.12).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use el2g_service_api::claim_codes::{
    ClaimCodeBatch, ClaimCodeBatchPath, ClaimCodeCriteria, ClaimCodeIds, ClaimCodeStatistics,
    DeletedClaimCodes, DeletedCount, NewClaimCodeBatch, UsageCount, UsageLevel,
};
use el2g_service_api::device_groups::GroupPath;
use el2g_service_api::{NoPath, NoQuery, Timestamp};
use rusqlite::params;

use crate::call::Call;
use crate::handlers::claim_codes::{REACHED, Terms};
use crate::handlers::device_groups::{group_at, group_of};
use crate::refusal::{BATCH_NOT_FOUND, Refusal};
use crate::service::unsigned;

/// Bytes of a secret made here.
const MADE_SECRET: usize = 32;

/// 4.4.2: all are there when this answers.
///
/// # Errors
/// 404 without such a group.
pub(crate) fn create_batch(
    call: &Call<'_>,
    path: GroupPath,
    _: NoQuery,
    body: NewClaimCodeBatch,
) -> Result<ClaimCodeBatch, Refusal> {
    call.store.write(|db| {
        let now = call.now();
        let group = group_of(db, &path)?.id;
        db.execute("INSERT INTO claim_batch (group_id) VALUES (?1)", params![group])?;
        let batch = unsigned(db.last_insert_rowid());
        let terms = Terms {
            group,
            batch: Some(batch),
            policy: body.policy,
            behavior: body.behavior,
            device_limit: body.device_limit,
            reusable: body.reusable,
            now,
        };
        for index in 1..=body.number_of_claim_codes {
            let secret = BASE64.encode(call.random::<MADE_SECRET>()?);
            terms.insert(db, &format!("{}{index}", body.name_prefix), &secret)?;
        }
        Ok(ClaimCodeBatch::new(batch))
    })
}

/// 4.4.3
///
/// # Errors
/// 404 without such a batch in that group.
pub(crate) fn batch(
    call: &Call<'_>,
    path: ClaimCodeBatchPath,
    _: NoQuery,
    (): (),
) -> Result<ClaimCodeBatch, Refusal> {
    call.store.read(|db| {
        let group = group_at(db, &path.nc12, path.device_group_id)?;
        let id = path.batch_id;
        let there: bool = db
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM claim_batch WHERE id = ?1 AND group_id = ?2)",
            )?
            .query_row(params![id, group.id], |row| row.get(0))?;
        if !there {
            let found = format!("no batch {id} in device group {}", group.id);
            return Err(Refusal::new(&BATCH_NOT_FOUND, found));
        }
        let done = 100.into();
        Ok(ClaimCodeBatch { progress_in_percentage: done, ..ClaimCodeBatch::new(id) })
    })
}

/// 4.4.10
///
/// # Errors
/// When the state cannot be written.
pub(crate) fn delete_batch(
    call: &Call<'_>,
    _: NoPath,
    _: NoQuery,
    body: ClaimCodeIds,
) -> Result<DeletedClaimCodes, Refusal> {
    call.store.write(|db| {
        let (mut processed, mut failed) = (Vec::new(), Vec::new());
        for id in body.claim_code_ids {
            let gone =
                db.prepare_cached("DELETE FROM claim_code WHERE id = ?1")?.execute(params![id])?;
            if gone == 1 { &mut processed } else { &mut failed }.push(id);
        }
        let deleted = DeletedClaimCodes::new(processed);
        Ok(DeletedClaimCodes { failed_claim_code_id: failed.into(), ..deleted })
    })
}

/// 4.4.11: codes that meet every criterion.
///
/// # Errors
/// When the state cannot be written.
pub(crate) fn delete_by_criteria(
    call: &Call<'_>,
    _: NoPath,
    _: NoQuery,
    body: ClaimCodeCriteria,
) -> Result<DeletedCount, Refusal> {
    let before = body.created_before.value().and_then(Timestamp::epoch_milliseconds);
    // Only what is asked stands in the condition: so each has its index.
    let mut condition = "?1 IS NULL OR created_ts < ?1";
    if before.is_some() {
        condition = "created_ts < ?1";
    }
    let revoked = if body.revoked.value() == Some(&true) { " AND revoked = 1" } else { "" };
    let reached = match body.max_usage_achieved.value() {
        Some(true) => format!(" AND {REACHED}"),
        Some(false) | None => String::new(),
    };
    call.store.write(|db| {
        let deleted = db.execute(
            &format!("DELETE FROM claim_code WHERE ({condition}){revoked}{reached}"),
            params![before],
        )?;
        Ok(DeletedCount::new(deleted as u64))
    })
}

/// What 4.4.12 calls little used and much used.
const LOW: &str = "(policy = 'UNRESTRICTED' OR 2 * device_count < device_limit)";
const HIGH: &str = "(10 * device_count > 9 * device_limit)";

/// 4.4.12: LOW under 50 % of the limit, HIGH over 90 %, MEDIUM between; a code without a limit is LOW.
///
/// # Errors
/// 404 without such a group.
pub(crate) fn statistics(
    call: &Call<'_>,
    path: GroupPath,
    _: NoQuery,
    (): (),
) -> Result<ClaimCodeStatistics, Refusal> {
    call.store.read(|db| {
        let group = group_of(db, &path)?;
        let amounts: [u64; 3] = db
            .prepare_cached(&format!(
                "SELECT count(*) FILTER (WHERE {LOW}), count(*) FILTER (WHERE NOT {LOW} AND NOT {HIGH}),
                   count(*) FILTER (WHERE NOT {LOW} AND {HIGH}) FROM claim_code WHERE group_id = ?1"
            ))?
            .query_row(params![group.id], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?]))?;
        let levels = [UsageLevel::Low, UsageLevel::Medium, UsageLevel::High];
        let there = levels.into_iter().zip(amounts).filter(|(_, amount)| *amount > 0);
        let grouped = there.map(|(level, amount)| UsageCount::new(level, amount)).collect();
        Ok(ClaimCodeStatistics::new(grouped, amounts.iter().sum()))
    })
}

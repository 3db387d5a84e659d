//! Claim codes by the hundred: batches, deletion of many, statistics (4.4.2, 4.4.3, 4.4.10 to 4.4.12).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use rusqlite::params;
use serde_json::{Value, json};

use crate::call::{Call, Reply};
use crate::fields::{Fields, id_of};
use crate::handlers::claim_codes::{REACHED, Terms, insert};
use crate::handlers::device_groups::{LONGEST_NAME, group_of};
use crate::refusal::{BATCH_NOT_FOUND, INVALID_CLAIM_CODE, MALFORMED_BODY, NO_CRITERIA, Refusal};
use crate::service::Service;

/// Codes per batch (4.4.2).
const BATCH: (i64, i64) = (100, 1000);
/// Bytes of a secret made here.
const MADE_SECRET: usize = 32;

/// 4.4.2: all are there when this answers.
///
/// # Errors
/// 404 without such a group, 400 for missing or malformed fields, 422 for another number of codes.
pub fn create_batch(service: &Service, call: &Call, body: &Value) -> Result<Reply, Refusal> {
    let fields = Fields::of(body)?;
    let prefix = fields.text("namePrefix", 1, LONGEST_NAME - 5);
    let number = fields.number("numberOfClaimCodes", i64::MIN, i64::MAX);
    let terms = Terms::read(&fields);
    fields.check(&MALFORMED_BODY)?;
    terms.check()?;
    if !(BATCH.0..=BATCH.1).contains(&number) {
        return Err(Refusal::field(
            &INVALID_CLAIM_CODE,
            "numberOfClaimCodes",
            format!("{number}, allowed: {} to {}", BATCH.0, BATCH.1),
        ));
    }
    service.store.write(|db| {
        let now = service.now();
        let group = group_of(db, call)?;
        db.execute("INSERT INTO claim_batch (group_id) VALUES (?1)", params![group.id])?;
        let batch = db.last_insert_rowid();
        for index in 1..=number {
            let secret = BASE64.encode(service.random::<MADE_SECRET>()?);
            let name = format!("{prefix}{index}");
            insert(db, group.id, Some(batch), &name, &secret, &terms, now)?;
        }
        Ok(Reply::Json(json!({"batchId": batch})))
    })
}

/// 4.4.3
///
/// # Errors
/// 404 without such a batch in that group.
pub fn batch(service: &Service, call: &Call) -> Result<Reply, Refusal> {
    service.store.read(|db| {
        let group = group_of(db, call)?;
        let id = call.path_id("batchId", &BATCH_NOT_FOUND)?;
        let there: bool = db
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM claim_batch WHERE id = ?1 AND group_id = ?2)",
            )?
            .query_row(params![id, group.id], |row| row.get(0))?;
        if !there {
            let found = format!("no batch {id} in device group {}", group.id);
            return Err(Refusal::new(&BATCH_NOT_FOUND, found));
        }
        Ok(Reply::Json(json!({"batchId": id, "progressInPercentage": 100})))
    })
}

/// 4.4.10
///
/// # Errors
/// 400 for missing or malformed ids.
pub fn delete_batch(service: &Service, _: &Call, body: &Value) -> Result<Reply, Refusal> {
    let fields = Fields::of(body)?;
    let mut ids = Vec::new();
    match fields.value("claimCodeIds").and_then(Value::as_array) {
        None => fields.fault("claimCodeIds", "an array of ids is needed"),
        Some(list) if list.is_empty() => {
            fields.fault("claimCodeIds", "empty, at least one id is needed")
        }
        Some(list) => {
            for (index, item) in list.iter().enumerate() {
                match id_of(item) {
                    Some(id) => ids.push(id),
                    None => fields.fault(&format!("claimCodeIds[{index}]"), "an id is needed"),
                }
            }
        }
    }
    fields.check(&MALFORMED_BODY)?;
    service.store.write(|db| {
        let (mut processed, mut failed) = (Vec::new(), Vec::new());
        for id in ids {
            let gone =
                db.prepare_cached("DELETE FROM claim_code WHERE id = ?1")?.execute(params![id])?;
            if gone == 1 { &mut processed } else { &mut failed }.push(id);
        }
        Ok(Reply::Json(json!({"processedClaimCodeIds": processed, "failedClaimCodeId": failed})))
    })
}

/// 4.4.11: codes that meet every criterion.
///
/// # Errors
/// 400 for malformed criteria, 422 without any.
pub fn delete_by_criteria(service: &Service, _: &Call, body: &Value) -> Result<Reply, Refusal> {
    let fields = Fields::of(body)?;
    let revoked = fields.truth("revoked", false);
    let reached = fields.truth("maxUsageAchieved", false);
    let before = fields.optional_text("createdBefore", 64).and_then(|text| {
        let moment = text.parse::<jiff::Timestamp>().ok();
        if moment.is_none() {
            fields.fault("createdBefore", "an RFC 3339 date and time is needed");
        }
        moment
    });
    fields.check(&MALFORMED_BODY)?;
    if !revoked && !reached && before.is_none() {
        return Err(Refusal::new(
            &NO_CRITERIA,
            "set revoked or maxUsageAchieved to true, or createdBefore to a date and time",
        ));
    }
    // Only what is asked stands in the condition: so each has its index.
    let mut condition = "?1 IS NULL OR created_ts < ?1";
    if before.is_some() {
        condition = "created_ts < ?1";
    }
    let revoked = if revoked { " AND revoked = 1" } else { "" };
    let reached = if reached { format!(" AND {REACHED}") } else { String::new() };
    service.store.write(|db| {
        let deleted = db.execute(
            &format!("DELETE FROM claim_code WHERE ({condition}){revoked}{reached}"),
            params![before.map(jiff::Timestamp::as_millisecond)],
        )?;
        Ok(Reply::Json(json!({"deletedCount": deleted})))
    })
}

/// What 4.4.12 calls little used and much used.
const LOW: &str = "(policy = 'UNRESTRICTED' OR 2 * device_count < device_limit)";
const HIGH: &str = "(10 * device_count > 9 * device_limit)";

/// 4.4.12: LOW under 50 % of the limit, HIGH over 90 %, MEDIUM between; a code without a limit is LOW.
///
/// # Errors
/// 404 without such a group.
pub fn statistics(service: &Service, call: &Call) -> Result<Reply, Refusal> {
    service.store.read(|db| {
        let group = group_of(db, call)?;
        let amounts: [i64; 3] = db
            .prepare_cached(&format!(
                "SELECT count(*) FILTER (WHERE {LOW}), count(*) FILTER (WHERE NOT {LOW} AND NOT {HIGH}),
                   count(*) FILTER (WHERE NOT {LOW} AND {HIGH}) FROM claim_code WHERE group_id = ?1"
            ))?
            .query_row(params![group.id], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?]))?;
        let total: i64 = amounts.iter().sum();
        let grouped: Vec<Value> = ["LOW", "MEDIUM", "HIGH"]
            .into_iter()
            .zip(amounts)
            .filter(|(_, amount)| *amount > 0)
            .map(|(level, amount)| json!({"status": level, "amount": amount}))
            .collect();
        Ok(Reply::Json(json!({"groupedStatistics": grouped, "totalAmount": total})))
    })
}

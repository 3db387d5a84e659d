//! Claim codes (4.4, section 10, errata 6, 12 and 27).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::{Value, json};

use crate::call::{Call, Reply};
use crate::device_id::DeviceId;
use crate::fields::{Fields, id_of};
use crate::handlers::device_groups::{self, Group, LONGEST_NAME, group_of};
use crate::handlers::devices;
use crate::refusal::{
    BATCH_NOT_FOUND, CLAIM_CODE_NOT_FOUND, CLAIM_CODE_REVOKED, CLAIM_CODE_SECRET_TAKEN,
    CLAIM_REFUSED, DEVICE_TAKEN, INVALID_CLAIM_CODE, MALFORMED_BODY, NO_CRITERIA, Refusal,
};
use crate::service::{CALLER, Service};

/// A secret has at least this many bytes, decoded, and at most this many characters, encoded.
const SHORTEST_SECRET: usize = 16;
const LONGEST_SECRET: usize = 255;
/// Codes per batch (4.4.2).
const BATCH: (i64, i64) = (100, 1000);
/// Bytes of a secret made here.
const MADE_SECRET: usize = 32;

/// A claim code as stored, without its secret.
#[derive(Debug)]
struct ClaimCode {
    id: i64,
    group_id: i64,
    name: String,
    policy: String,
    behavior: String,
    device_limit: i64,
    reusable: bool,
    revoked: bool,
    device_count: i64,
    created: i64,
    modified: i64,
    version: i64,
}

const COLUMNS: &str = "id, group_id, name, policy, behavior, device_limit, reusable, revoked, device_count, \
     created_ts, modified_ts, version";

/// At its limit; a code without one never is.
const REACHED: &str = "(policy = 'RESTRICTED' AND device_count >= device_limit)";

impl ClaimCode {
    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            group_id: row.get(1)?,
            name: row.get(2)?,
            policy: row.get(3)?,
            behavior: row.get(4)?,
            device_limit: row.get(5)?,
            reusable: row.get(6)?,
            revoked: row.get(7)?,
            device_count: row.get(8)?,
            created: row.get(9)?,
            modified: row.get(10)?,
            version: row.get(11)?,
        })
    }

    fn of(db: &Connection, call: &Call) -> Result<Self, Refusal> {
        let group = group_of(db, call)?;
        let id = call.path_id("claimCodeId", &CLAIM_CODE_NOT_FOUND)?;
        Self::find(db, "id = ?1 AND group_id = ?2", params![id, group.id])?.ok_or_else(|| {
            let found = format!("no claim code {id} in device group {}", group.id);
            Refusal::new(&CLAIM_CODE_NOT_FOUND, found)
        })
    }

    fn find(
        db: &Connection,
        condition: &str,
        parameters: &[&dyn rusqlite::types::ToSql],
    ) -> Result<Option<Self>, Refusal> {
        Ok(db
            .prepare_cached(&format!("SELECT {COLUMNS} FROM claim_code WHERE {condition}"))?
            .query_row(parameters, Self::from_row)
            .optional()?)
    }

    fn to_json(&self) -> Value {
        json!({
            "name": self.name,
            "policy": self.policy,
            "behavior": self.behavior,
            "deviceLimit": self.device_limit,
            "reusable": self.reusable,
            "id": self.id,
            "deviceCount": self.device_count,
            "status": if self.revoked { "REVOKED" } else { "ACTIVE" },
            "metadata": {
                "createdBy": CALLER,
                "createdTs": epoch_seconds(self.created),
                "lastModifiedBy": CALLER,
                "lastModifiedTs": epoch_seconds(self.modified),
                "version": self.version,
            },
        })
    }

    fn limit_reached(&self) -> bool {
        self.policy == "RESTRICTED" && self.device_count >= self.device_limit
    }
}

/// Claim codes print times as epoch seconds with a fraction (errata 6).
fn epoch_seconds(millis: i64) -> f64 {
    millis as f64 / 1000.0
}

/// The fields that 4.4.1, 4.4.2 and 4.4.6 share.
struct Terms {
    policy: &'static str,
    behavior: &'static str,
    device_limit: i64,
    reusable: bool,
}

impl Terms {
    fn read(fields: &Fields<'_>) -> Self {
        let policy = fields.choice("policy", &["UNRESTRICTED", "RESTRICTED"]);
        let behavior = fields.choice("behavior", &["ALLOW", "DENY"]);
        let device_limit = fields.number("deviceLimit", 0, 1_000_000_000);
        if fields.value("reusable").is_none() {
            fields.fault("reusable", "missing, true or false is needed");
        }
        let reusable = fields.truth("reusable", false);
        Self { policy, behavior, device_limit, reusable }
    }

    fn check(&self) -> Result<(), Refusal> {
        if self.policy == "RESTRICTED" && self.device_limit == 0 {
            return Err(Refusal::field(
                &INVALID_CLAIM_CODE,
                "deviceLimit",
                "0 with policy RESTRICTED, at least 1 is needed",
            ));
        }
        Ok(())
    }
}

fn insert(
    db: &Connection,
    group: i64,
    batch: Option<i64>,
    name: &str,
    secret: &str,
    terms: &Terms,
    now: i64,
) -> Result<i64, Refusal> {
    let inserted = db
        .prepare_cached(
            "INSERT OR IGNORE INTO claim_code (group_id, batch_id, name, secret, policy, behavior, device_limit,
               reusable, created_ts, modified_ts) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9)",
        )?
        .execute(params![
            group,
            batch,
            name,
            secret,
            terms.policy,
            terms.behavior,
            terms.device_limit,
            terms.reusable,
            now
        ])?;
    if inserted == 0 {
        let found = CLAIM_CODE_SECRET_TAKEN.summary;
        return Err(Refusal::field(&CLAIM_CODE_SECRET_TAKEN, "secret", found));
    }
    Ok(db.last_insert_rowid())
}

/// 4.4.1
///
/// # Errors
/// 404 without such a group, 400 for missing or malformed fields, 422 for a secret or a limit that
/// is none, 409 for a secret that another code has.
pub fn create(service: &Service, call: &Call, body: &Value) -> Result<Reply, Refusal> {
    let fields = Fields::of(body)?;
    let name = fields.text("name", 1, LONGEST_NAME);
    let terms = Terms::read(&fields);
    let secret = fields.text("secret", 1, 4096);
    fields.check(&MALFORMED_BODY)?;
    terms.check()?;
    check_secret(secret)?;
    let now = service.now();
    service.store.write(|db| {
        let group = group_of(db, call)?;
        let id = insert(db, group.id, None, name, secret, &terms, now)?;
        let code = ClaimCode::find(db, "id = ?1", params![id])?;
        Ok(Reply::Json(code.map_or(Value::Null, |code| code.to_json())))
    })
}

/// The value is never repeated in a message.
fn check_secret(secret: &str) -> Result<(), Refusal> {
    let refused =
        |description: String| Err(Refusal::field(&INVALID_CLAIM_CODE, "secret", description));
    if secret.len() > LONGEST_SECRET {
        return refused(format!("{} characters, at most {LONGEST_SECRET}", secret.len()));
    }
    match BASE64.decode(secret) {
        Err(_) => refused("not base64".into()),
        Ok(bytes) if bytes.len() < SHORTEST_SECRET => {
            refused(format!("{} bytes decoded, at least {SHORTEST_SECRET}", bytes.len()))
        }
        Ok(_) => Ok(()),
    }
}

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
    let now = service.now();
    service.store.write(|db| {
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

/// 4.4.4; its page has neither `next` nor `prev` nor `pageType` (errata 6).
///
/// # Errors
/// 404 without such a group, 400 for a wrong page, order or filter.
pub fn list(service: &Service, call: &Call) -> Result<Reply, Refusal> {
    let wanted = call.page()?;
    let columns = [
        ("id", "id"),
        ("name", "lower(name)"),
        ("deviceCount", "device_count"),
        ("deviceLimit", "device_limit"),
        ("status", "revoked"),
        ("createdTs", "created_ts"),
        ("lastModifiedTs", "modified_ts"),
    ];
    let order = call.order(&columns, "id", "ASC")?;
    let status = call.query_choice("status", &["ACTIVE", "REVOKED", "ALL"])?.unwrap_or("ALL");
    let usage =
        call.query_choice("usageStatus", &["REACHED", "UNREACHED", "ALL"])?.unwrap_or("ALL");
    let name = call.query_text("name").unwrap_or("");
    let matching = format!(
        "group_id = ?1 AND (?2 = '' OR instr(lower(name), lower(?2)) > 0)
         AND (?3 = 'ALL' OR revoked = (?3 = 'REVOKED')) AND (?4 = 'ALL' OR {REACHED} = (?4 = 'REACHED'))"
    );
    service.store.read(|db| {
        let group = group_of(db, call)?;
        let total = db
            .prepare_cached(&format!("SELECT count(*) FROM claim_code WHERE {matching}"))?
            .query_row(params![group.id, name, status, usage], |row| row.get(0))?;
        let content = db
            .prepare_cached(&format!(
                "SELECT {COLUMNS} FROM claim_code WHERE {matching}{order} LIMIT ?5 OFFSET ?6"
            ))?
            .query_map(
                params![group.id, name, status, usage, wanted.limit(), wanted.offset()],
                |row| {
                    let mut printed = ClaimCode::from_row(row)?.to_json();
                    printed["secret"] = Value::Null;
                    Ok(printed)
                },
            )?
            .collect::<Result<Vec<_>, _>>()?;
        Ok(call.page_reply(wanted, None, total, content))
    })
}

/// 4.4.5
///
/// # Errors
/// 404 without such a code in that group.
pub fn show(service: &Service, call: &Call) -> Result<Reply, Refusal> {
    service.store.read(|db| Ok(Reply::Json(ClaimCode::of(db, call)?.to_json())))
}

/// 4.4.6
///
/// # Errors
/// 404 without such a code, 400 for missing or malformed fields, 409 for a revoked one.
pub fn update(service: &Service, call: &Call, body: &Value) -> Result<Reply, Refusal> {
    let fields = Fields::of(body)?;
    let name = fields.text("name", 1, LONGEST_NAME);
    let terms = Terms::read(&fields);
    fields.check(&MALFORMED_BODY)?;
    terms.check()?;
    let now = service.now();
    service.store.write(|db| {
        let code = ClaimCode::of(db, call)?;
        if code.revoked {
            let found = format!("claim code {} is revoked, which is final", code.id);
            return Err(Refusal::new(&CLAIM_CODE_REVOKED, found));
        }
        db.prepare_cached(
            "UPDATE claim_code SET name = ?2, policy = ?3, behavior = ?4, device_limit = ?5, reusable = ?6,
               modified_ts = ?7, version = version + 1 WHERE id = ?1",
        )?
        .execute(params![
            code.id,
            name,
            terms.policy,
            terms.behavior,
            terms.device_limit,
            terms.reusable,
            now
        ])?;
        Ok(Reply::Empty)
    })
}

/// 4.4.7: final; the code stays in the list.
///
/// # Errors
/// 404 without such a code.
pub fn revoke(service: &Service, call: &Call) -> Result<Reply, Refusal> {
    let now = service.now();
    service.store.write(|db| {
        let code = ClaimCode::of(db, call)?;
        db.prepare_cached(
            "UPDATE claim_code SET revoked = 1, modified_ts = ?2, version = version + 1
             WHERE id = ?1 AND revoked = 0",
        )?
        .execute(params![code.id, now])?;
        Ok(Reply::Empty)
    })
}

/// 4.4.8
///
/// # Errors
/// 404 without such a code.
pub fn secret(service: &Service, call: &Call) -> Result<Reply, Refusal> {
    service.store.read(|db| {
        let code = ClaimCode::of(db, call)?;
        Ok(Reply::Text(
            db.prepare_cached("SELECT secret FROM claim_code WHERE id = ?1")?
                .query_row(params![code.id], |row| row.get(0))?,
        ))
    })
}

/// 4.4.9
///
/// # Errors
/// 404 without such a code.
pub fn delete(service: &Service, call: &Call) -> Result<Reply, Refusal> {
    service.store.write(|db| {
        let code = ClaimCode::of(db, call)?;
        db.execute("DELETE FROM claim_code WHERE id = ?1", params![code.id])?;
        Ok(Reply::Empty)
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
    service.store.write(|db| {
        let deleted = db.execute(
            &format!(
                "DELETE FROM claim_code WHERE (?1 = 0 OR revoked = 1) AND (?2 = 0 OR {REACHED})
                   AND (?3 IS NULL OR created_ts < ?3)"
            ),
            params![revoked, reached, before.map(jiff::Timestamp::as_millisecond)],
        )?;
        Ok(Reply::Json(json!({"deletedCount": deleted})))
    })
}

/// 4.4.12: LOW under 50 % of the limit, HIGH over 90 %, MEDIUM between; a code without a limit is LOW.
///
/// # Errors
/// 404 without such a group.
pub fn statistics(service: &Service, call: &Call) -> Result<Reply, Refusal> {
    service.store.read(|db| {
        let group = group_of(db, call)?;
        let level =
            "CASE WHEN policy = 'UNRESTRICTED' OR 2 * device_count < device_limit THEN 'LOW'
                     WHEN 10 * device_count > 9 * device_limit THEN 'HIGH' ELSE 'MEDIUM' END";
        let counts: Vec<(String, i64)> = db
            .prepare_cached(&format!(
                "SELECT {level}, count(*) FROM claim_code WHERE group_id = ?1 GROUP BY 1"
            ))?
            .query_map(params![group.id], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?;
        let grouped: Vec<Value> = ["LOW", "MEDIUM", "HIGH"]
            .iter()
            .filter_map(|level| counts.iter().find(|(found, _)| found == level))
            .map(|(level, amount)| json!({"status": level, "amount": amount}))
            .collect();
        let total: i64 = counts.iter().map(|(_, amount)| amount).sum();
        Ok(Reply::Json(json!({"groupedStatistics": grouped, "totalAmount": total})))
    })
}

/// A device presents a claim code (section 10): it comes into the code's group. A device that is
/// in that group already stays, which is no use of the code.
///
/// # Errors
/// 422 for an unknown, revoked, used-up or once-used code, or a device of another group.
pub fn admit(db: &Connection, now: i64, secret: &str, uid: &DeviceId) -> Result<(), Refusal> {
    let refused = |why: &str| {
        let found = format!("device {}: {why}", uid.hex());
        Err(Refusal::new(&CLAIM_REFUSED, found))
    };
    let Some(code) = ClaimCode::find(db, "secret = ?1", params![secret])? else {
        return refused("no claim code has this secret");
    };
    if code.revoked {
        return refused("the claim code is revoked");
    }
    match devices::by_uid(db, uid)?.and_then(|device| device.group_id) {
        Some(group) if group == code.group_id => return Ok(()),
        Some(_) => {
            let found = format!("{}: {}", DEVICE_TAKEN.summary, uid.hex());
            return Err(Refusal::new(&DEVICE_TAKEN, found));
        }
        None => {}
    }
    let used: bool = db
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM claim_use WHERE claim_code_id = ?1 AND device_uid = ?2)",
        )?
        .query_row(params![code.id, uid.to_string()], |row| row.get(0))?;
    if used && !code.reusable {
        return refused("it used this claim code before, and the code is not reusable");
    }
    if !used && code.limit_reached() && code.behavior == "DENY" {
        return refused("the claim code's device limit is reached");
    }
    let group: Group = device_groups::by_id(db, code.group_id)?
        .ok_or_else(|| Refusal::new(&CLAIM_REFUSED, "the claim code's device group is gone"))?;
    if !used {
        db.prepare_cached("INSERT INTO claim_use (claim_code_id, device_uid) VALUES (?1, ?2)")?
            .execute(params![code.id, uid.to_string()])?;
        db.prepare_cached("UPDATE claim_code SET device_count = device_count + 1 WHERE id = ?1")?
            .execute(params![code.id])?;
    }
    devices::claim(db, now, uid, &group)?;
    Ok(())
}

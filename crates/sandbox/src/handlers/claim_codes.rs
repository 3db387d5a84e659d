//! Claim codes (4.4, section 10, docs/an12642-errata.md row 6, 12 and 27).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::{Value, json};

use crate::call::{Call, Reply};
use crate::fields::Fields;
use crate::handlers::device_groups::{LONGEST_NAME, group_of};
use crate::refusal::{
    CLAIM_CODE_NOT_FOUND, CLAIM_CODE_REVOKED, CLAIM_CODE_SECRET_TAKEN, INVALID_CLAIM_CODE,
    MALFORMED_BODY, Refusal,
};
use crate::service::{CALLER, Service};
use crate::store::listing::Listing;

/// A secret has at least this many bytes, decoded, and at most this many characters, encoded.
const SHORTEST_SECRET: usize = 16;
const LONGEST_SECRET: usize = 255;

/// A claim code as stored, without its secret.
#[derive(Debug)]
pub(super) struct ClaimCode {
    pub(super) id: i64,
    pub(super) group_id: i64,
    name: String,
    policy: String,
    pub(super) behavior: String,
    device_limit: i64,
    pub(super) reusable: bool,
    pub(super) revoked: bool,
    device_count: i64,
    created: i64,
    modified: i64,
    version: i64,
}

const COLUMNS: &str = "id, group_id, name, policy, behavior, device_limit, reusable, revoked, device_count, \
     created_ts, modified_ts, version";

/// At its limit; a code without one never is.
pub(super) const REACHED: &str = "(policy = 'RESTRICTED' AND device_count >= device_limit)";

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

    pub(super) fn find(
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

    pub(super) fn limit_reached(&self) -> bool {
        self.policy == "RESTRICTED" && self.device_count >= self.device_limit
    }
}

/// Claim codes print times as epoch seconds with a fraction (docs/an12642-errata.md row 6).
fn epoch_seconds(millis: i64) -> f64 {
    millis as f64 / 1000.0
}

/// The fields that 4.4.1, 4.4.2 and 4.4.6 share.
pub(super) struct Terms {
    policy: &'static str,
    behavior: &'static str,
    device_limit: i64,
    reusable: bool,
}

impl Terms {
    pub(super) fn read(fields: &Fields<'_>) -> Self {
        let policy = fields.choice("policy", &["UNRESTRICTED", "RESTRICTED"]);
        let behavior = fields.choice("behavior", &["ALLOW", "DENY"]);
        let device_limit = fields.number("deviceLimit", 0, 1_000_000_000);
        if fields.value("reusable").is_none() {
            fields.fault("reusable", "missing, true or false is needed");
        }
        let reusable = fields.truth("reusable", false);
        Self { policy, behavior, device_limit, reusable }
    }

    pub(super) fn check(&self) -> Result<(), Refusal> {
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

pub(super) fn insert(
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
/// 404 without such a group, 400 for missing or malformed fields, 422 for an invalid secret or limit, 409 for a secret
/// that another code has.
pub fn create(service: &Service, call: &Call, body: &Value) -> Result<Reply, Refusal> {
    let fields = Fields::of(body)?;
    let name = fields.text("name", 1, LONGEST_NAME);
    let terms = Terms::read(&fields);
    let secret = fields.text("secret", 1, 4096);
    // The document sends `ALL`; a new claim code is ACTIVE whatever is said.
    fields.optional_choice("status", &["ACTIVE", "REVOKED", "ALL"]);
    fields.check(&MALFORMED_BODY)?;
    terms.check()?;
    check_secret(secret)?;
    service.store.write(|db| {
        let now = service.now();
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

/// 4.4.4; its page has neither `next` nor `prev` nor `pageType` (docs/an12642-errata.md row 6).
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
    let from = format!(
        "claim_code WHERE group_id = ?1 AND (?2 = '' OR instr(lower(name), lower(?2)) > 0)
         AND (?3 = 'ALL' OR revoked = (?3 = 'REVOKED')) AND (?4 = 'ALL' OR {REACHED} = (?4 = 'REACHED'))"
    );
    let printed = |row: &Row<'_>| {
        let mut printed = ClaimCode::from_row(row)?.to_json();
        printed["secret"] = Value::Null;
        Ok(printed)
    };
    service.store.read(|db| {
        let group = group_of(db, call)?;
        let page = Listing {
            columns: COLUMNS,
            from: &from,
            order: &order,
            parameters: params![group.id, name, status, usage],
        }
        .page(db, wanted, printed)?;
        Ok(call.page_reply(wanted, None, page.total, page.rows))
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
    service.store.write(|db| {
        let now = service.now();
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
    service.store.write(|db| {
        let now = service.now();
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

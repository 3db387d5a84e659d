//! Claim codes (4.4, section 10, docs/an12642-errata.md row 6, 12 and 27).

use el2g_service_api::claim_codes::{
    ClaimBehavior, ClaimCode as ApiClaimCode, ClaimCodePath, ClaimCodeQuery, ClaimCodeUpdate,
    ClaimPolicy, ClaimStatus, NewClaimCode, UsageStatus,
};
use el2g_service_api::device_groups::GroupPath;
use el2g_service_api::{
    NoQuery, Nullable, Page, ResourceMetadata, SecretText, SortDirection, Timestamp, UnknownFields,
};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::call::{Call, PageWanted, order};
use crate::handlers::device_groups::{group_at, group_of};
use crate::refusal::{CLAIM_CODE_NOT_FOUND, CLAIM_CODE_REVOKED, CLAIM_CODE_SECRET_TAKEN, Refusal};
use crate::service::{CALLER, unsigned};
use crate::store::listing::Listing;

/// A claim code as stored, without its secret.
#[derive(Debug)]
pub(super) struct ClaimCode {
    pub(super) id: u64,
    pub(super) group_id: u64,
    name: String,
    policy: ClaimPolicy,
    pub(super) behavior: ClaimBehavior,
    device_limit: u64,
    pub(super) reusable: bool,
    pub(super) revoked: bool,
    device_count: u64,
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
            policy: row.get_ref(3)?.as_str()?.into(),
            behavior: row.get_ref(4)?.as_str()?.into(),
            device_limit: row.get(5)?,
            reusable: row.get(6)?,
            revoked: row.get(7)?,
            device_count: row.get(8)?,
            created: row.get(9)?,
            modified: row.get(10)?,
            version: row.get(11)?,
        })
    }

    fn of(db: &Connection, path: &ClaimCodePath) -> Result<Self, Refusal> {
        let group = group_at(db, &path.nc12, path.device_group_id)?;
        let id = path.claim_code_id;
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

    fn printed(self) -> ApiClaimCode {
        let status = if self.revoked { ClaimStatus::Revoked } else { ClaimStatus::Active };
        ApiClaimCode {
            id: self.id,
            name: self.name,
            policy: self.policy,
            behavior: self.behavior,
            device_limit: self.device_limit,
            reusable: self.reusable,
            secret: Nullable::Absent,
            device_count: self.device_count.into(),
            status: status.into(),
            // Claim codes print times as epoch seconds with a fraction (docs/an12642-errata.md row 6).
            metadata: Nullable::Value(ResourceMetadata {
                created_by: CALLER.to_owned().into(),
                created_ts: Timestamp::epoch(self.created).into(),
                last_modified_by: CALLER.to_owned().into(),
                last_modified_ts: Timestamp::epoch(self.modified).into(),
                version: self.version.into(),
                unknown: UnknownFields::default(),
            }),
            unknown: UnknownFields::default(),
        }
    }

    pub(super) fn limit_reached(&self) -> bool {
        self.policy == ClaimPolicy::Restricted && self.device_count >= self.device_limit
    }
}

/// The fields that 4.4.1 and 4.4.2 share.
pub(super) struct Terms {
    pub(super) group: u64,
    pub(super) batch: Option<u64>,
    pub(super) policy: ClaimPolicy,
    pub(super) behavior: ClaimBehavior,
    pub(super) device_limit: u64,
    pub(super) reusable: bool,
    pub(super) now: i64,
}

impl Terms {
    /// A new claim code of these terms; its id.
    pub(super) fn insert(&self, db: &Connection, name: &str, secret: &str) -> Result<u64, Refusal> {
        let inserted = db
            .prepare_cached(
                "INSERT OR IGNORE INTO claim_code (group_id, batch_id, name, secret, policy, behavior, device_limit,
                   reusable, created_ts, modified_ts) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9)",
            )?
            .execute(params![
                self.group,
                self.batch,
                name,
                secret,
                self.policy.as_str(),
                self.behavior.as_str(),
                self.device_limit,
                self.reusable,
                self.now
            ])?;
        if inserted == 0 {
            let found = CLAIM_CODE_SECRET_TAKEN.summary;
            return Err(Refusal::field(&CLAIM_CODE_SECRET_TAKEN, "secret", found));
        }
        Ok(unsigned(db.last_insert_rowid()))
    }
}

/// 4.4.1. The document sends the status `ALL`; a new claim code is ACTIVE whatever is said.
///
/// # Errors
/// 404 without such a group, 409 for a secret that another code has.
pub(crate) fn create(
    call: &Call<'_>,
    path: GroupPath,
    _: NoQuery,
    body: NewClaimCode,
) -> Result<ApiClaimCode, Refusal> {
    call.store.write(|db| {
        let terms = Terms {
            group: group_of(db, &path)?.id,
            batch: None,
            policy: body.policy,
            behavior: body.behavior,
            device_limit: body.device_limit,
            reusable: body.reusable,
            now: call.now(),
        };
        let claim_code_id = terms.insert(db, &body.name, body.secret.expose())?;
        let GroupPath { nc12, device_group_id } = path;
        let path = ClaimCodePath { nc12, device_group_id, claim_code_id };
        ClaimCode::of(db, &path).map(ClaimCode::printed)
    })
}

/// 4.4.4; its page has neither `next` nor `prev` nor `pageType` (docs/an12642-errata.md row 6).
///
/// # Errors
/// 404 without such a group, 400 for a wrong page or order.
pub(crate) fn list(
    call: &Call<'_>,
    path: GroupPath,
    query: ClaimCodeQuery,
    (): (),
) -> Result<Page<ApiClaimCode>, Refusal> {
    let wanted = PageWanted::of(&query)?;
    let columns = [
        ("id", "id"),
        ("name", "lower(name)"),
        ("deviceCount", "device_count"),
        ("deviceLimit", "device_limit"),
        ("status", "revoked"),
        ("createdTs", "created_ts"),
        ("lastModifiedTs", "modified_ts"),
    ];
    let (by, direction) = (query.sort_by.as_deref(), query.sort_by_direction.as_ref());
    let order = order(by, direction, &columns, "id", SortDirection::Ascending)?;
    let revoked = query.status.filter(|status| *status != ClaimStatus::All);
    let revoked = revoked.map(|status| status == ClaimStatus::Revoked);
    let reached = query.usage_status.filter(|status| *status != UsageStatus::All);
    let reached = reached.map(|status| status == UsageStatus::Reached);
    let name = query.name.unwrap_or_default();
    let from = format!(
        "claim_code WHERE group_id = ?1 AND (?2 = '' OR instr(lower(name), lower(?2)) > 0)
         AND (?3 IS NULL OR revoked = ?3) AND (?4 IS NULL OR {REACHED} = ?4)"
    );
    let printed = |row: &Row<'_>| {
        let printed = ClaimCode::from_row(row)?.printed();
        Ok(ApiClaimCode { secret: Nullable::Null, ..printed })
    };
    call.store.read(|db| {
        let group = group_of(db, &path)?;
        let page = Listing {
            columns: COLUMNS,
            from: &from,
            order: &order,
            parameters: params![group.id, name, revoked, reached],
        }
        .page(db, wanted, printed)?;
        let defaults = [("usageStatus", "ALL"), ("status", "ALL")];
        Ok(call.page_with(&defaults, wanted, None, page.total, page.rows))
    })
}

/// 4.4.5
///
/// # Errors
/// 404 without such a code in that group.
pub(crate) fn show(
    call: &Call<'_>,
    path: ClaimCodePath,
    _: NoQuery,
    (): (),
) -> Result<ApiClaimCode, Refusal> {
    call.store.read(|db| ClaimCode::of(db, &path).map(ClaimCode::printed))
}

/// 4.4.6
///
/// # Errors
/// 404 without such a code, 409 for a revoked one.
pub(crate) fn update(
    call: &Call<'_>,
    path: ClaimCodePath,
    _: NoQuery,
    body: ClaimCodeUpdate,
) -> Result<(), Refusal> {
    call.store.write(|db| {
        let now = call.now();
        let code = ClaimCode::of(db, &path)?;
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
            body.name,
            body.policy.as_str(),
            body.behavior.as_str(),
            body.device_limit,
            body.reusable,
            now
        ])?;
        Ok(())
    })
}

/// 4.4.7: final; the code stays in the list.
///
/// # Errors
/// 404 without such a code.
pub(crate) fn revoke(
    call: &Call<'_>,
    path: ClaimCodePath,
    _: NoQuery,
    (): (),
) -> Result<(), Refusal> {
    call.store.write(|db| {
        let now = call.now();
        let code = ClaimCode::of(db, &path)?;
        db.prepare_cached(
            "UPDATE claim_code SET revoked = 1, modified_ts = ?2, version = version + 1
             WHERE id = ?1 AND revoked = 0",
        )?
        .execute(params![code.id, now])?;
        Ok(())
    })
}

/// 4.4.8
///
/// # Errors
/// 404 without such a code.
pub(crate) fn secret(
    call: &Call<'_>,
    path: ClaimCodePath,
    _: NoQuery,
    (): (),
) -> Result<SecretText, Refusal> {
    call.store.read(|db| {
        let code = ClaimCode::of(db, &path)?;
        let secret = db
            .prepare_cached("SELECT secret FROM claim_code WHERE id = ?1")?
            .query_row(params![code.id], |row| row.get(0))?;
        Ok(SecretText::new(secret))
    })
}

/// 4.4.9
///
/// # Errors
/// 404 without such a code.
pub(crate) fn delete(
    call: &Call<'_>,
    path: ClaimCodePath,
    _: NoQuery,
    (): (),
) -> Result<(), Refusal> {
    call.store.write(|db| {
        let code = ClaimCode::of(db, &path)?;
        db.execute("DELETE FROM claim_code WHERE id = ?1", params![code.id])?;
        Ok(())
    })
}

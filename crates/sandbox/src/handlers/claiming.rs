//! A device that presents a claim code (section 10, docs/an12642-errata.md row 27).

use el2g_service_api::DeviceUid;
use el2g_service_api::claim_codes::ClaimBehavior;
use rusqlite::{Connection, params};

use crate::handlers::claim_codes::ClaimCode;
use crate::handlers::device_groups::{self, Group};
use crate::handlers::devices;
use crate::refusal::{CLAIM_REFUSED, Refusal};

/// A device presents a claim code (section 10): it comes into the code's group. A device that is
/// in that group already stays, which does not use the code.
///
/// # Errors
/// 422 for an unknown, revoked, used-up or once-used code, or a device of another group.
pub(crate) fn admit(
    db: &Connection,
    now: i64,
    secret: &str,
    uid: &DeviceUid,
) -> Result<(), Refusal> {
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
        Some(other) => return Err(devices::taken_elsewhere(&[(0, uid, other)])),
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
    if !used && code.limit_reached() && code.behavior == ClaimBehavior::Deny {
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

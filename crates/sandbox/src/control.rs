//! What is not part of the service's API: a device that comes online.

use rusqlite::params;
use serde_json::{Map, Value, json};

use crate::call::{Call, Reply, shown};
use crate::device_id;
use crate::fields::Fields;
use crate::generation::{self, Job};
use crate::handlers::claiming;
use crate::handlers::devices;
use crate::handlers::provisionings::{
    GENERATION_COMPLETED, GENERATION_FAILED, GENERATION_ON_CONNECTION, GENERATION_TRIGGERED,
    PROVISIONING_COMPLETED, PROVISIONING_FAILED,
};
use crate::refusal::{
    DEVICE_NOT_FOUND, INVALID_DEVICE, MALFORMED_BODY, PROVISIONING_NOT_FOUND, Refusal,
};
use crate::service::Service;

/// What a connection brings along.
#[derive(Debug, Default)]
struct Connection {
    claim_code: Option<String>,
    failures: Map<String, Value>,
}

impl Connection {
    fn read(body: &Value) -> Result<Self, Refusal> {
        if body.is_null() {
            return Ok(Self::default());
        }
        let fields = Fields::of(body)?;
        let claim_code = fields.optional_text("claimCode", 1024).map(str::to_owned);
        let failures = match fields.value("failures") {
            None => Map::new(),
            Some(Value::Object(failures)) => failures.clone(),
            Some(_) => {
                fields.fault("failures", "an object is needed: secure object id to state");
                Map::new()
            }
        };
        for (object, state) in &failures {
            if ![GENERATION_FAILED, PROVISIONING_FAILED].contains(&state.as_str().unwrap_or("")) {
                fields.fault(
                    &format!("failures.{}", shown(object)),
                    format!("allowed: {GENERATION_FAILED}, {PROVISIONING_FAILED}"),
                );
            }
        }
        fields.check(&MALFORMED_BODY)?;
        Ok(Self { claim_code, failures })
    }

    fn failure_of(&self, job: &Job) -> Option<&str> {
        self.failures.get(&job.object_id.to_string()).and_then(Value::as_str)
    }
}

/// `POST /_sandbox/control/devices/{uid}/connect`: the device claims itself where it brings a claim
/// code, and takes what is provisioned to it. The body may be empty, or have `claimCode` (base64)
/// and `failures` (secure object id to `GENERATION_FAILED` or `PROVISIONING_FAILED`).
///
/// # Errors
/// 422 for an invalid id or a claim code that does not admit the device, 404 for a device in
/// no group or a failure of an object that is not provisioned to it.
pub fn connect(service: &Service, call: &Call, body: &Value) -> Result<Reply, Refusal> {
    let text = call.path_text("uid");
    let uid = device_id::parse(text)
        .map_err(|error| Refusal::new(&INVALID_DEVICE, format!("`{}`: {error}", shown(text))))?;
    let connection = Connection::read(body)?;
    let (device, jobs, now) = service.store.write(|db| {
        let now = service.now();
        if let Some(secret) = &connection.claim_code {
            claiming::admit(db, now, secret, &uid)?;
        }
        let device = devices::by_uid(db, &uid)?
            .filter(|device| device.group_id.is_some())
            .ok_or_else(|| {
                let found = format!(
                    "device {} is in no device group: add it to one, or let it bring a claim code",
                    uid.hex()
                );
                Refusal::new(&DEVICE_NOT_FOUND, found)
            })?;
        db.prepare_cached("UPDATE device SET last_connection = ?2 WHERE seq = ?1")?
            .execute(params![device.seq, now])?;
        let jobs = Job::of_device(db, device.seq)?;
        let named = |object: &str| jobs.iter().any(|job| job.object_id.to_string() == object);
        if let Some(object) = connection.failures.keys().find(|object| !named(object)) {
            let found = format!(
                "`failures`: secure object {} is not provisioned to device {}",
                shown(object),
                uid.hex()
            );
            return Err(Refusal::new(&PROVISIONING_NOT_FOUND, found));
        }
        Ok((device, jobs, now))
    })?;
    let keys = generation::new_keys(service, &jobs)?;
    let report = service.store.write(|db| {
        generation::keep_keys(db, &keys)?;
        let mut report = Vec::new();
        // Read again: another request may have taken an object back meanwhile. One that has come since has
        // no keys yet and is for the next connection.
        let known = |job: &Job| jobs.iter().any(|known| known.id == job.id);
        for job in Job::of_device(db, device.seq)?.iter().filter(|job| known(job)) {
            report.push(provision(service, db, job, &connection, now)?);
        }
        Ok(report)
    })?;
    Ok(Reply::Json(json!({
        "deviceId": device.uid,
        "deviceGroupId": device.group_id,
        "provisionings": report,
    })))
}

/// The states of 4.5.9 that a provisioning goes through while its device is connected.
fn states_after(service: &Service, job: &Job, failure: Option<&str>) -> Vec<&'static str> {
    let mut states = Vec::new();
    if [GENERATION_ON_CONNECTION, GENERATION_FAILED].contains(&job.state.as_str()) {
        states.push(GENERATION_TRIGGERED);
    }
    let waits = job.state == GENERATION_TRIGGERED || (!states.is_empty() && service.generation > 0);
    if job.state == PROVISIONING_COMPLETED {
        // The device has it.
    } else if failure == Some(GENERATION_FAILED) {
        states.push(GENERATION_FAILED);
    } else if !waits {
        if !states.is_empty() {
            states.push(GENERATION_COMPLETED);
        }
        states.push(failure.map_or(PROVISIONING_COMPLETED, |_| PROVISIONING_FAILED));
    }
    states
}

/// One object to one device; the states it went through are reported.
fn provision(
    service: &Service,
    db: &rusqlite::Connection,
    job: &Job,
    connection: &Connection,
    now: i64,
) -> Result<Value, Refusal> {
    let mut states = vec![job.state.as_str()];
    states.extend(states_after(service, job, connection.failure_of(job)));
    let state = states.last().copied().unwrap_or(&job.state);
    if state != job.state {
        if job.order.is_some() && state.starts_with("PROVISIONING") {
            generation::certificate(service, db, job)?;
        }
        db.prepare_cached("UPDATE provisioning SET state = ?2, modified_ts = ?3 WHERE id = ?1")?
            .execute(params![job.id, state, now])?;
    }
    Ok(json!({
        "provisioningId": job.id,
        "secureObjectId": job.object_id,
        "secureObjectType": job.kind,
        "provisioningState": states.last(),
        "states": states,
    }))
}

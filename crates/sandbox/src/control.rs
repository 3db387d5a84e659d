//! What is not part of the service's API: a device that comes online.

use std::collections::BTreeMap;

use el2g_service_api::provisionings::ProvisioningState;
use el2g_service_api::secure_objects::SecureObjectType;
use el2g_text::parser_message;
use rusqlite::params;
use serde::{Deserialize, Serialize};

use crate::call::{Call, shown};
use crate::device_credentials::{DeviceCredentials, credentials_of};
use crate::device_id;
use crate::generation::{self, Job};
use crate::handlers::claiming;
use crate::handlers::devices;
use crate::refusal::{
    DEVICE_NOT_FOUND, FieldError, INTERNAL, INVALID_DEVICE, MALFORMED_BODY, PROVISIONING_NOT_FOUND,
    Refusal,
};
use crate::service::Service;

/// What a connection brings along.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Connection {
    claim_code: Option<String>,
    failures: Option<BTreeMap<String, ProvisioningState>>,
    /// Whether the keys and certificates that the device has are asked for, to play the device elsewhere.
    credentials: bool,
}

/// What a connection did.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    device_id: String,
    device_group_id: Option<u64>,
    provisionings: Vec<Provisioned>,
    #[serde(skip_serializing_if = "Option::is_none")]
    credentials: Option<Vec<DeviceCredentials>>,
}

/// One object to one device, with the states it went through.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Provisioned {
    provisioning_id: u64,
    secure_object_id: u64,
    secure_object_type: SecureObjectType,
    provisioning_state: ProvisioningState,
    states: Vec<ProvisioningState>,
}

impl Connection {
    fn read(body: &[u8]) -> Result<Self, Refusal> {
        if body.is_empty() {
            return Ok(Self::default());
        }
        let connection: Option<Self> = serde_json::from_slice(body).map_err(|error| {
            let found = format!("not a connection: {}", parser_message(&error.to_string()));
            Refusal::new(&MALFORMED_BODY, found)
        })?;
        let connection = connection.unwrap_or_default();
        let allowed = [ProvisioningState::GenerationFailed, ProvisioningState::ProvisioningFailed];
        let wrong = connection.failures.iter().flatten();
        let faults: Vec<FieldError> = wrong
            .filter(|(_, state)| !allowed.contains(state))
            .map(|(object, _)| FieldError {
                field: format!("failures.{}", shown(object)),
                description: format!("allowed: {}, {}", allowed[0], allowed[1]),
            })
            .collect();
        if faults.is_empty() {
            Ok(connection)
        } else {
            Err(Refusal::fields(&MALFORMED_BODY, faults))
        }
    }

    fn failure_of(&self, job: &Job) -> Option<&ProvisioningState> {
        self.failures.as_ref()?.get(&job.object_id.to_string())
    }
}

/// `POST /_sandbox/control/devices/{uid}/connect`: the device claims itself where it brings a claim
/// code, and takes what is provisioned to it. The body may be empty, or have `claimCode` (base64),
/// `failures` (secure object id to `GENERATION_FAILED` or `PROVISIONING_FAILED`) and `credentials`: with `true` the answer
/// has the certificates that the device has by now, each with its private key.
///
/// # Errors
/// 422 for an invalid id or a claim code that does not admit the device, 404 for a device in
/// no group or a failure of an object that is not provisioned to it.
pub(crate) fn connect(call: &Call<'_>, body: &[u8]) -> Result<Vec<u8>, Refusal> {
    let service = call.service;
    let text = call.request.path_text("uid").unwrap_or_default();
    let uid = device_id::parse(&text)
        .map_err(|error| Refusal::new(&INVALID_DEVICE, format!("`{}`: {error}", shown(&text))))?;
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
        if let Some((object, _)) =
            connection.failures.iter().flatten().find(|(object, _)| !named(object))
        {
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
    let (provisionings, credentials) = service.store.write(|db| {
        generation::keep_keys(db, &keys)?;
        let mut provisionings = Vec::new();
        // Read again: another request may have taken an object back meanwhile. One that has come since has
        // no keys yet and is for the next connection.
        let known = |job: &Job| jobs.iter().any(|known| known.id == job.id);
        for job in Job::of_device(db, device.seq)?.iter().filter(|job| known(job)) {
            provisionings.push(provision(service, db, job, &connection, now)?);
        }
        let wanted = connection.credentials;
        let credentials = wanted.then(|| credentials_of(db, device.seq)).transpose()?;
        Ok((provisionings, credentials))
    })?;
    let (device_id, device_group_id) = (device.uid, device.group_id);
    let report = Report { device_id, device_group_id, provisionings, credentials };
    serde_json::to_vec(&report).map_err(|error| Refusal::new(&INTERNAL, error.to_string()))
}

/// The states of 4.5.9 that a provisioning goes through while its device is connected.
fn states_after(
    service: &Service,
    job: &Job,
    failure: Option<&ProvisioningState>,
) -> Vec<ProvisioningState> {
    use ProvisioningState as State;
    let mut states = Vec::new();
    if matches!(job.state, State::GenerationOnConnection | State::GenerationFailed) {
        states.push(State::GenerationTriggered);
    }
    let waits =
        job.state == State::GenerationTriggered || (!states.is_empty() && service.generation > 0);
    if job.state == State::ProvisioningCompleted {
        // The device has it.
    } else if failure == Some(&State::GenerationFailed) {
        states.push(State::GenerationFailed);
    } else if !waits {
        if !states.is_empty() {
            states.push(State::GenerationCompleted);
        }
        let done = State::ProvisioningCompleted;
        states.push(failure.map_or(done, |_| State::ProvisioningFailed));
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
) -> Result<Provisioned, Refusal> {
    use ProvisioningState::{ProvisioningCompleted, ProvisioningFailed};
    let after = states_after(service, job, connection.failure_of(job));
    let state = after.last().unwrap_or(&job.state).clone();
    if state != job.state {
        if job.order.is_some() && matches!(state, ProvisioningCompleted | ProvisioningFailed) {
            generation::certificate(service, db, job)?;
        }
        db.prepare_cached("UPDATE provisioning SET state = ?2, modified_ts = ?3 WHERE id = ?1")?
            .execute(params![job.id, state.as_str(), now])?;
    }
    Ok(Provisioned {
        provisioning_id: job.id,
        secure_object_id: job.object_id,
        secure_object_type: job.kind.clone(),
        provisioning_state: state,
        states: [vec![job.state.clone()], after].concat(),
    })
}

//! What a tool on the factory floor takes to devices that do not come online themselves. Not in
//! AN12642; see `newer_operations.rs`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use el2g_service_api::DeviceUid;
use el2g_x509::Block;
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::authority;
use crate::call::{Call, Reply};
use crate::generation::{self, Job};
use crate::handlers::assignments::group_of;
use crate::handlers::devices::{self, Device};
use crate::handlers::provisionings::{GENERATION_COMPLETED, PROVISIONING_COMPLETED};
use crate::refusal::{RTP_DEVICE_NOT_FOUND, Refusal};
use crate::secure_object::SecureObject;
use crate::service::Service;

/// Tags of the elements of a secure object for devices that read them (spsdk's `secure_objects.py`).
const MAGIC: u8 = 0x40;
const OBJECT_ID: u8 = 0x41;
const BLOB: u8 = 0x55;
const PROVISIONING_ID: u8 = 0x56;

/// `POST …/devices/download-provisionings`: every provisioning of the devices named, with the bytes
/// that make the object in the device where it is generated. `owner-domain-types` without `RTP`
/// asks for none of ours. `productHardwareFamilyType` is taken as it is: the sandbox's products
/// have one family.
///
/// # Errors
/// 400 for a malformed body, 404 without such a group or for a device that is not in it, 422 for
/// invalid ids.
pub fn download(service: &Service, call: &Call, body: &Value) -> Result<Reply, Refusal> {
    let ids = devices::ids_of(body)?;
    let domains: Vec<&str> = call
        .query
        .iter()
        .filter(|(name, value)| name == "owner-domain-types" && !value.is_empty())
        .flat_map(|(_, value)| value.split(','))
        .collect();
    let wanted = domains.is_empty() || domains.contains(&"RTP");
    let found = service.store.read(|db| {
        let group = group_of(db, call)?;
        ids.iter().map(|id| in_group(db, id, group.id)).collect::<Result<Vec<_>, _>>()
    })?;
    let mut answer = Vec::with_capacity(found.len());
    for device in found {
        let provisionings = if wanted { of_device(service, &device)? } else { Vec::new() };
        answer.push(json!({"deviceId": device.uid, "rtpProvisionings": provisionings}));
    }
    Ok(Reply::Json(Value::Array(answer)))
}

fn in_group(db: &Connection, id: &DeviceUid, group: i64) -> Result<Device, Refusal> {
    devices::by_uid(db, id)?.filter(|device| device.group_id == Some(group)).ok_or_else(|| {
        let found = format!("device {} is not in device group {group}", id.hex());
        Refusal::new(&RTP_DEVICE_NOT_FOUND, found)
    })
}

fn is_generated(job: &Job) -> bool {
    [GENERATION_COMPLETED, PROVISIONING_COMPLETED].contains(&job.state.as_str())
}

fn of_device(service: &Service, device: &Device) -> Result<Vec<Value>, Refusal> {
    let jobs = service.store.read(|db| Job::of_device(db, device.seq))?;
    let generated: Vec<Job> = jobs.into_iter().filter(is_generated).collect();
    let keys = generation::new_keys(service, &generated)?;
    // What has come or was generated since has no keys yet.
    let known = |job: &Job| generated.iter().any(|known| known.id == job.id);
    service.store.write(|db| {
        generation::keep_keys(db, &keys)?;
        Job::of_device(db, device.seq)?
            .iter()
            .map(|job| {
                let object = SecureObject::by_id(db, job.object_id)?;
                let apdus = if is_generated(job) && known(job) {
                    let blob = public_content(service, db, job, &object)?;
                    json!({"createApdu": {"apdu": BASE64.encode(bytes(job, &object, &blob))}, "writeApdus": []})
                } else {
                    Value::Null
                };
                let printed = |name: &str| object.details.get(name).cloned().unwrap_or_default();
                Ok(json!({
                    "provisioningId": job.id,
                    "secureObject": {
                        "type": object.kind,
                        "id": object.id,
                        "name": object.name,
                        "objectId": object.object_id,
                        "algorithm": object.algorithm,
                        "algorithmType": null,
                        "keyPairId": job.order.as_ref().map(|order| order.key_pair_id),
                        "length": printed("length"),
                        "publicKey": printed("publicKey"),
                    },
                    "state": job.state,
                    "apdus": apdus,
                }))
            })
            .collect()
    })
}

/// What of the object is not a secret: the certificate, the public key, in DER. Secrets reach a device
/// encrypted to it, and the sandbox has no device to encrypt to: it leaves them out.
fn public_content(
    service: &Service,
    db: &Connection,
    job: &Job,
    object: &SecureObject,
) -> Result<Vec<u8>, Refusal> {
    if job.order.is_some() {
        let pem = generation::certificate(service, db, job)?;
        return Ok(authority::read_kept(&pem)?.der().to_vec());
    }
    if let Some(key) = generation::public_key(db, job)? {
        return Ok(key.spki_der().to_vec());
    }
    let pem = object.details.get("publicKey").and_then(Value::as_str).unwrap_or("");
    let block = Block::exactly_one(pem.as_bytes(), "PUBLIC KEY");
    Ok(block.map_or_else(|_| Vec::new(), |block| block.der().to_vec()))
}

/// The object as elements of tag, length and value.
fn bytes(job: &Job, object: &SecureObject, blob: &[u8]) -> Vec<u8> {
    let object_id = u32::try_from(object.value).unwrap_or_default().to_be_bytes();
    [
        element(MAGIC, b"edgelock2go"),
        element(OBJECT_ID, &object_id),
        element(PROVISIONING_ID, &job.id.to_be_bytes()),
        element(BLOB, blob),
    ]
    .concat()
}

fn element(tag: u8, value: &[u8]) -> Vec<u8> {
    let length = u32::try_from(value.len()).unwrap_or(u32::MAX).to_be_bytes();
    let mut bytes = vec![tag];
    match value.len() {
        0..=0x7f => bytes.push(length[3]),
        0x80..=0xff => bytes.extend([0x81, length[3]]),
        0x100..=0xffff => bytes.extend([0x82, length[2], length[3]]),
        _ => bytes.extend([0x83, length[1], length[2], length[3]]),
    }
    bytes.extend(value);
    bytes
}

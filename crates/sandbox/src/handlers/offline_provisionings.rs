//! What a tool on the factory floor takes to devices that do not come online themselves. Not in
//! AN12642; see `newer_operations.rs`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use el2g_service_api::assignments::ListAssignedObjects;
use el2g_service_api::body_check::read_body;
use el2g_service_api::devices::DeviceIds;
use el2g_service_api::provisionings::ProvisioningState;
use el2g_service_api::secure_objects::SecureObjectType;
use el2g_service_api::{DeviceUid, Nullable};
use el2g_x509::Block;
use rusqlite::Connection;
use serde::Serialize;

use crate::authority;
use crate::call::Call;
use crate::generation::{self, Job};
use crate::handlers::assignments::group_by_id;
use crate::handlers::devices::{self, Device};
use crate::newer_operations::{encoded, path_of};
use crate::refusal::{self, RTP_DEVICE_NOT_FOUND, Refusal};
use crate::secure_object::SecureObject;
use crate::service::Service;

/// A device as NXP's clients read it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DeviceAnswer {
    device_id: String,
    rtp_provisionings: Vec<ProvisioningAnswer>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ProvisioningAnswer {
    provisioning_id: u64,
    secure_object: ObjectAnswer,
    state: ProvisioningState,
    apdus: Option<Apdus>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ObjectAnswer {
    r#type: SecureObjectType,
    id: u64,
    name: String,
    object_id: String,
    algorithm: Option<String>,
    algorithm_type: Option<String>,
    key_pair_id: Option<u64>,
    length: Nullable<u32>,
    public_key: Nullable<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Apdus {
    create_apdu: Apdu,
    write_apdus: [Apdu; 0],
}

#[derive(Serialize)]
struct Apdu {
    apdu: String,
}

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
pub fn download(call: &Call<'_>, body: &[u8]) -> Result<Vec<u8>, Refusal> {
    let ids = devices::ids_of(&read_body::<DeviceIds>(body).map_err(refusal::of_body)?);
    let path = path_of::<ListAssignedObjects>(call)?;
    let domains: Vec<&str> = call
        .request
        .query
        .iter()
        .filter(|(name, value)| name == "owner-domain-types" && !value.is_empty())
        .flat_map(|(_, value)| value.split(','))
        .collect();
    let wanted = domains.is_empty() || domains.contains(&"RTP");
    let found = call.store.read(|db| {
        let group = group_by_id(db, path.device_group_id)?;
        ids.iter().map(|id| in_group(db, id, group.id)).collect::<Result<Vec<_>, _>>()
    })?;
    let answer = |device: Device| {
        let rtp_provisionings = if wanted { of_device(call.service, &device)? } else { Vec::new() };
        Ok(DeviceAnswer { device_id: device.uid, rtp_provisionings })
    };
    encoded(&found.into_iter().map(answer).collect::<Result<Vec<_>, Refusal>>()?)
}

fn in_group(db: &Connection, id: &DeviceUid, group: u64) -> Result<Device, Refusal> {
    devices::by_uid(db, id)?.filter(|device| device.group_id == Some(group)).ok_or_else(|| {
        let found = format!("device {} is not in device group {group}", id.hex());
        Refusal::new(&RTP_DEVICE_NOT_FOUND, found)
    })
}

fn of_device(service: &Service, device: &Device) -> Result<Vec<ProvisioningAnswer>, Refusal> {
    let jobs = service.store.read(|db| Job::of_device(db, device.seq))?;
    let generated: Vec<Job> = jobs.into_iter().filter(Job::is_generated).collect();
    let keys = generation::new_keys(service, &generated)?;
    // What has come or was generated since has no keys yet.
    let known = |job: &Job| generated.iter().any(|known| known.id == job.id);
    service.store.write(|db| {
        generation::keep_keys(db, &keys)?;
        let answer = |job: Job| {
            let object = SecureObject::by_id(db, job.object_id)?;
            let apdus = if job.is_generated() && known(&job) {
                let blob = public_content(service, db, &job, &object)?;
                let apdu = BASE64.encode(bytes(&job, &object, &blob));
                Some(Apdus { create_apdu: Apdu { apdu }, write_apdus: [] })
            } else {
                None
            };
            Ok(ProvisioningAnswer {
                provisioning_id: job.id,
                secure_object: ObjectAnswer {
                    r#type: object.made.secure_object_type,
                    id: object.id,
                    name: object.made.name,
                    object_id: object.made.object_id.to_string(),
                    algorithm: object.algorithm,
                    algorithm_type: None,
                    key_pair_id: job.order.map(|order| order.key_pair_id),
                    length: object.made.length,
                    public_key: object.made.public_key,
                },
                state: job.state,
                apdus,
            })
        };
        Job::of_device(db, device.seq)?.into_iter().map(answer).collect()
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
    let pem = object.made.public_key.value().map_or("", String::as_str);
    let block = Block::exactly_one(pem.as_bytes(), "PUBLIC KEY");
    Ok(block.map_or_else(|_| Vec::new(), |block| block.der().to_vec()))
}

/// The object as elements of tag, length and value.
fn bytes(job: &Job, object: &SecureObject, blob: &[u8]) -> Vec<u8> {
    [
        element(MAGIC, b"edgelock2go"),
        element(OBJECT_ID, &object.value.to_be_bytes()),
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

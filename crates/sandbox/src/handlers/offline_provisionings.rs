//! What a tool on the factory floor takes to devices that do not come online themselves. Not in AN12642.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use el2g_service_api::assignments::GroupIdPath;
use el2g_service_api::offline_provisionings::{
    Apdu, Apdus, DevicePackage, OfflineProvisioning, ProvisionedObject, ProvisioningOrder,
    ProvisioningOrderQuery,
};
use el2g_service_api::owner_domains::OwnerDomain;
use el2g_service_api::{DeviceId, DeviceUid, Nullable};
use el2g_x509::Block;
use rusqlite::Connection;

use crate::authority;
use crate::call::Call;
use crate::generation::{self, Job};
use crate::handlers::assignments::{check_family, group_by_id};
use crate::handlers::devices::{self, Device};
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
/// asks for none of ours.
///
/// # Errors
/// 400 for a malformed body, 404 without such a group or for a device that is not in it, 422 for
/// invalid ids and
/// another hardware family than that of the group's product.
pub(crate) fn download(
    call: &Call<'_>,
    path: GroupIdPath,
    query: ProvisioningOrderQuery,
    body: ProvisioningOrder,
) -> Result<Vec<DevicePackage>, Refusal> {
    let ids = devices::each_once(&body.device_ids);
    let domains = query.owner_domain_types.as_ref();
    let wanted = domains.is_none_or(|domains| domains.0.contains(&OwnerDomain::Rtp));
    let found = call.store.read(|db| {
        let group = group_by_id(db, path.device_group_id)?;
        check_family(body.product_hardware_family_type.value(), &group)?;
        ids.iter().map(|id| in_group(db, id, group.id)).collect::<Result<Vec<_>, _>>()
    })?;
    let package = |device: Device| {
        let provisionings = if wanted { of_device(call.service, &device)? } else { Vec::new() };
        Ok(DevicePackage::new(DeviceId::as_received(device.uid), provisionings))
    };
    found.into_iter().map(package).collect()
}

fn in_group(db: &Connection, id: &DeviceUid, group: u64) -> Result<Device, Refusal> {
    devices::by_uid(db, id)?.filter(|device| device.group_id == Some(group)).ok_or_else(|| {
        let found = format!("device {} is not in device group {group}", id.hex());
        Refusal::new(&RTP_DEVICE_NOT_FOUND, found)
    })
}

fn of_device(service: &Service, device: &Device) -> Result<Vec<OfflineProvisioning>, Refusal> {
    let jobs = service.store.read(|db| Job::of_device(db, device.seq))?;
    let generated: Vec<Job> = jobs.into_iter().filter(Job::is_generated).collect();
    let keys = generation::new_keys(service, &generated)?;
    // What has come or was generated since has no keys yet.
    let known = |job: &Job| generated.iter().any(|known| known.id == job.id);
    service.store.write(|db| {
        generation::keep_keys(db, &keys)?;
        let provisioning = |job: Job| {
            let object = SecureObject::by_id(db, job.object_id)?;
            let apdus = if job.is_generated() && known(&job) {
                let blob = public_content(service, db, &job, &object)?;
                let made =
                    Apdu::new(BASE64.encode(element_bytes(&object, &job.id.to_be_bytes(), &blob)));
                Nullable::Value(Apdus { write_apdus: Vec::new().into(), ..Apdus::new(made) })
            } else {
                Nullable::Null
            };
            Ok(OfflineProvisioning {
                provisioning_id: job.id.into(),
                secure_object: described(&job, object).into(),
                apdus,
                ..OfflineProvisioning::new(job.state)
            })
        };
        Job::of_device(db, device.seq)?.into_iter().map(provisioning).collect()
    })
}

fn described(job: &Job, object: SecureObject) -> ProvisionedObject {
    ProvisionedObject {
        r#type: object.made.secure_object_type.into(),
        id: object.id.into(),
        name: object.made.name.into(),
        object_id: object.made.object_id.into(),
        algorithm: Nullable::or_null(object.algorithm),
        algorithm_type: Nullable::Null,
        key_pair_id: Nullable::or_null(job.order.as_ref().map(|order| order.key_pair_id)),
        length: object.made.length,
        public_key: object.made.public_key,
        ..ProvisionedObject::new()
    }
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
    Ok(public_parts(object))
}

/// What is public of an object that is the same in every device.
#[must_use]
pub(crate) fn public_parts(object: &SecureObject) -> Vec<u8> {
    let pem = object.made.public_key.value().map_or("", String::as_str);
    let block = Block::exactly_one(pem.as_bytes(), "PUBLIC KEY");
    block.map_or_else(|_| Vec::new(), |block| block.der().to_vec())
}

/// The object as elements of tag, length and value; `number` tells one making of it from another.
#[must_use]
pub(crate) fn element_bytes(object: &SecureObject, number: &[u8], blob: &[u8]) -> Vec<u8> {
    [
        element(MAGIC, b"edgelock2go"),
        element(OBJECT_ID, &object.value.to_be_bytes()),
        element(PROVISIONING_ID, number),
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

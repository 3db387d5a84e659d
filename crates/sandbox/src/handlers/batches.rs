//! Product-based provisioning: secure objects for devices that the service does not know. Not in AN12642. Which objects
//! are made for each device is assumed: key pairs and certificates.

use std::collections::BTreeMap;

use el2g_key_payload::base64_text;
use el2g_service_api::batches::{
    AttestationKey, BatchFile, BatchMetadata, BatchOrder, ProvisioningData, RequestedBatch,
    StaticProvisioningQuery,
};
use el2g_service_api::jobs::JobPath;
use el2g_service_api::secure_objects::SecureObjectType;
use el2g_service_api::{NoPath, NoQuery};
use el2g_x509::{CertificateSigner as _, FileKey, KeyAlgorithm};
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::authority;
use crate::call::{Call, parameter_refused, shown};
use crate::certificate_request::CertificateOrder;
use crate::generation;
use crate::handlers::device_groups::group_at;
use crate::handlers::offline_provisionings::{element_bytes, public_parts};
use crate::refusal::{INTERNAL, JOB_NOT_DONE, JOB_NOT_FOUND, NO_DYNAMIC_DATA, Refusal};
use crate::secure_object::SecureObject;
use crate::service::Service;
use crate::store::as_json;

/// The setting that keeps the key that provisioning reports are signed with.
const ATTESTATION_KEY: &str = "attestation-key";

/// The objects of a group.
struct Objects {
    /// What every device gets as it is.
    unchanging: Vec<SecureObject>,
    /// What is made for each.
    made: Vec<SecureObject>,
}

impl Objects {
    fn of_group(db: &Connection, group: u64) -> Result<Self, Refusal> {
        let ids: Vec<u64> = db
            .prepare_cached(
                "SELECT secure_object_id FROM assignment WHERE group_id = ?1 ORDER BY id",
            )?
            .query_map(params![group], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        let all = ids.into_iter().map(|id| SecureObject::by_id(db, id));
        let all: Vec<SecureObject> = all.collect::<Result<_, _>>()?;
        let kinds = [SecureObjectType::KeyPair, SecureObjectType::Certificate];
        let (made, unchanging) = all.into_iter().partition(|object| kinds.contains(object.kind()));
        Ok(Self { unchanging, made })
    }

    fn unchanging_data(&self) -> Vec<ProvisioningData> {
        let one =
            |object: &SecureObject| data(object, &object.id.to_be_bytes(), &public_parts(object));
        self.unchanging.iter().map(one).collect()
    }
}

fn attestation_key(service: &Service) -> Result<AttestationKey, Refusal> {
    let make = || authority::stored(&authority::new_key(KeyAlgorithm::NistP256)?);
    let key = authority::restored(service.kept(ATTESTATION_KEY, make)?)?;
    Ok(AttestationKey::new(base64_text(key.public_key().spki_der())))
}

fn data(object: &SecureObject, number: &[u8], content: &[u8]) -> ProvisioningData {
    ProvisioningData::new(base64_text(&element_bytes(object, number, content)))
}

/// `POST …/request-batch-job`: begins a job that makes the objects of so many devices.
///
/// # Errors
/// 404 without such a group, 400 where no object of it is made for each device.
pub(crate) fn request(
    call: &Call<'_>,
    _: NoPath,
    _: NoQuery,
    body: BatchOrder,
) -> Result<RequestedBatch, Refusal> {
    let now = call.now();
    call.store.write(|db| {
        let group = group_at(db, &format!("{:012}", body.nc12), body.device_group_id)?;
        if Objects::of_group(db, group.id)?.made.is_empty() {
            let found = format!("no object of device group {} is made for each device", group.id);
            return Err(Refusal::new(&NO_DYNAMIC_DATA, found));
        }
        let job = uuid::Uuid::new_v4().to_string();
        db.prepare_cached(
            "INSERT INTO job (id, group_id, device_uids, batch_size, created_ts)
             VALUES (?1, ?2, '[]', ?3, ?4)",
        )?
        .execute(params![job, group.id, body.batch_size, now])?;
        Ok(RequestedBatch::new(job))
    })
}

/// `GET …/download-static-provisionings`
///
/// # Errors
/// 400 without `nc12` or `deviceGroupId`, 404 without such a group.
pub(crate) fn static_provisionings(
    call: &Call<'_>,
    _: NoPath,
    query: StaticProvisioningQuery,
    (): (),
) -> Result<BatchFile, Refusal> {
    let needed = |name| parameter_refused(name, "missing");
    let nc12 = query.nc12.ok_or_else(|| needed("nc12"))?;
    let id = query.device_group_id.ok_or_else(|| needed("deviceGroupId"))?;
    let key = attestation_key(call.service)?;
    call.store.read(|db| {
        let group = group_at(db, &nc12, id)?;
        let objects = Objects::of_group(db, group.id)?;
        Ok(BatchFile::new(BatchMetadata::new(key), objects.unchanging_data()))
    })
}

/// A job that makes a batch.
struct BatchJob {
    group: u64,
    size: u32,
    file: Option<String>,
    created: i64,
}

impl BatchJob {
    fn by_id(db: &Connection, id: &str) -> Result<Self, Refusal> {
        db.prepare_cached(
            "SELECT group_id, batch_size, batch_file, created_ts FROM job
             WHERE id = ?1 AND batch_size IS NOT NULL",
        )?
        .query_row(params![id], |row| {
            Ok(Self {
                group: row.get(0)?,
                size: row.get(1)?,
                file: row.get(2)?,
                created: row.get(3)?,
            })
        })
        .optional()?
        .ok_or_else(|| Refusal::new(&JOB_NOT_FOUND, format!("no batch job `{}`", shown(id))))
    }
}

/// `GET …/jobs/{jobId}/download-batch-file`: the objects are made at the first download, and stay.
///
/// # Errors
/// 404 without such a job, 409 while it has not ended.
pub(crate) fn file(
    call: &Call<'_>,
    path: JobPath,
    _: NoQuery,
    (): (),
) -> Result<BatchFile, Refusal> {
    let id = path.job_id;
    let job = call.store.read(|db| BatchJob::by_id(db, &id))?;
    if let Some(kept) = &job.file {
        return kept_file(kept);
    }
    if generation::percentage(call.service, job.created) < 100 {
        return Err(Refusal::new(&JOB_NOT_DONE, format!("job {id} has not ended")));
    }
    let key = attestation_key(call.service)?;
    let metadata = BatchMetadata { job_id: id.clone().into(), ..BatchMetadata::new(key) };
    let objects = call.store.read(|db| Objects::of_group(db, job.group))?;
    let devices = (0..job.size).map(|_| MadeUp::new(call.service, &objects.made));
    let devices: Vec<MadeUp> = devices.collect::<Result<_, _>>()?;
    call.store.write(|db| {
        // Another request may have been faster.
        if let Some(kept) = &BatchJob::by_id(db, &id)?.file {
            return kept_file(kept);
        }
        let made = devices.iter().map(|device| device.objects(call.service, db, &objects.made));
        let made: BTreeMap<String, Vec<ProvisioningData>> = made.collect::<Result<_, _>>()?;
        let file = BatchFile {
            dynamic_provisionings: made.into(),
            ..BatchFile::new(metadata, objects.unchanging_data())
        };
        db.prepare_cached("UPDATE job SET batch_file = ?2 WHERE id = ?1")?
            .execute(params![id, as_json(&file)?])?;
        Ok(file)
    })
}

fn kept_file(text: &str) -> Result<BatchFile, Refusal> {
    let damaged = |error| Refusal::new(&INTERNAL, format!("a kept batch is damaged: {error}"));
    serde_json::from_str(text).map_err(damaged)
}

/// A device that is not known yet: a name that is made up for it, and its keys by the key pairs that they are of.
struct MadeUp {
    name: uuid::Uuid,
    keys: BTreeMap<u64, FileKey>,
}

impl MadeUp {
    /// Makes its keys; takes time for RSA.
    fn new(service: &Service, objects: &[SecureObject]) -> Result<Self, Refusal> {
        let mut keys = BTreeMap::new();
        for object in objects {
            let order = service.store.read(|db| order(db, object))?;
            let pair = order.map_or(object.id, |order| order.key_pair_id);
            let algorithm = object.algorithm.as_deref().and_then(KeyAlgorithm::from_api_name);
            if let (Some(algorithm), false) = (algorithm, keys.contains_key(&pair)) {
                keys.insert(pair, authority::new_key(algorithm)?);
            }
        }
        Ok(Self { name: uuid::Uuid::new_v4(), keys })
    }

    /// Its objects: what is public of them, as [`element_bytes`] writes it.
    fn objects(
        &self,
        service: &Service,
        db: &Connection,
        objects: &[SecureObject],
    ) -> Result<(String, Vec<ProvisioningData>), Refusal> {
        let number = self.name.as_u64_pair().1;
        let one = |object: &SecureObject| {
            let order = order(db, object)?;
            let pair = order.as_ref().map_or(object.id, |order| order.key_pair_id);
            let public = self.keys.get(&pair).map(|key| key.public_key());
            let content = match (order, public) {
                (Some(order), Some(public)) => {
                    let pem = generation::issue(service, db, &order, number, public)?;
                    authority::read_kept(&pem)?.der().to_vec()
                }
                (None, Some(public)) => public.spki_der().to_vec(),
                (_, None) => Vec::new(),
            };
            Ok(data(object, &number.to_be_bytes(), &content))
        };
        let made = objects.iter().map(one).collect::<Result<_, Refusal>>()?;
        Ok((self.name.to_string(), made))
    }
}

/// What a CERTIFICATE object asks for.
fn order(db: &Connection, object: &SecureObject) -> Result<Option<CertificateOrder>, Refusal> {
    let ids: (Option<u64>, Option<u64>) = db
        .prepare_cached("SELECT key_pair_id, intermediate_ca_id FROM secure_object WHERE id = ?1")?
        .query_row(params![object.id], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(match ids {
        (Some(key_pair_id), Some(intermediate_ca_id)) => {
            Some(CertificateOrder { key_pair_id, intermediate_ca_id, made: object.made.clone() })
        }
        _ => None,
    })
}

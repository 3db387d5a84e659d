//! What a device gets: its own key pairs, and certificates signed by the chosen intermediate CA.

use el2g_key_payload::SecretBytes;
use el2g_service_api::provisionings::ProvisioningState;
use el2g_service_api::secure_objects::SecureObjectType;
use el2g_x509::{
    CertificateSigner as _, CertificateTemplate, FileKey, Instant, KeyAlgorithm, PublicKey,
    SerialNumber,
};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use crate::authority;
use crate::certificate_request::CertificateOrder;
use crate::device_id::{self, low_64_bits};
use crate::intermediate_ca::IntermediateCa;
use crate::key_usages;
use crate::object_content::with_causes;
use crate::refusal::{INTERNAL, PROVISIONING_NOT_FOUND, Refusal};
use crate::service::Service;
use crate::store::json_column;

/// The setting that says how many milliseconds generation takes; there when that is not 0.
const TAKES: &str = "generation-takes";

/// SQL for the state that a provisioning of the object `o` begins with.
pub(crate) const FIRST_STATE: &str = "CASE WHEN o.on_connection = 1 THEN 'GENERATION_ON_CONNECTION' \
     WHEN EXISTS (SELECT 1 FROM setting WHERE name = 'generation-takes') THEN 'GENERATION_TRIGGERED' \
     ELSE 'GENERATION_COMPLETED' END";

/// From now on generation takes so many milliseconds.
///
/// # Errors
/// When the state cannot be written.
pub(crate) fn takes(service: &mut Service, millis: i64) -> Result<(), Refusal> {
    service.generation = millis;
    service.store.write(|db| {
        if millis > 0 {
            db.execute(
                "INSERT OR REPLACE INTO setting VALUES (?1, ?2)",
                params![TAKES, millis.to_be_bytes()],
            )?;
            return Ok(());
        }
        db.execute("DELETE FROM setting WHERE name = ?1", params![TAKES])?;
        // What an earlier run with this state left behind.
        complete(db, i64::MAX, 0)
    })
}

/// Completes the generations that are due. Every operation begins with it.
///
/// # Errors
/// When the state cannot be written.
pub(crate) fn settle(service: &Service) -> Result<(), Refusal> {
    if service.generation == 0 {
        return Ok(());
    }
    let due = service.now() - service.generation;
    service.store.write(|db| complete(db, due, service.generation))
}

fn complete(db: &Connection, due: i64, took: i64) -> Result<(), Refusal> {
    db.prepare_cached(
        "UPDATE provisioning SET state = 'GENERATION_COMPLETED', modified_ts = modified_ts + ?2
         WHERE state = 'GENERATION_TRIGGERED' AND modified_ts <= ?1",
    )?
    .execute(params![due, took])?;
    Ok(())
}

/// How much of what was triggered at `since` is generated, in percent.
#[must_use]
pub(crate) fn percentage(service: &Service, since: i64) -> i64 {
    let elapsed = (service.now() - since).max(0);
    if elapsed >= service.generation { 100 } else { elapsed * 100 / service.generation }
}

/// A provisioning with what is needed to do it.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    /// The provisioning.
    pub id: u64,
    /// The object.
    pub object_id: u64,
    /// The object's type.
    pub kind: SecureObjectType,
    /// Its state.
    pub state: ProvisioningState,
    /// The certificate, once it is made.
    pub certificate: Option<String>,
    /// What a CERTIFICATE object asks for.
    pub order: Option<CertificateOrder>,
    device: i64,
    uid: String,
    algorithm: Option<String>,
}

const SELECT: &str = "SELECT p.id, o.id, o.kind, p.state, p.certificate, o.key_pair_id, o.intermediate_ca_id, \
     json_patch(o.details, json_object('secureObjectType', o.kind, 'name', o.name, 'objectId', o.object_id)), \
     d.seq, d.uid, o.algorithm FROM provisioning p \
     JOIN secure_object o ON o.id = p.secure_object_id JOIN device d ON d.seq = p.device_seq";

impl Job {
    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        let needed: (Option<u64>, Option<u64>) = (row.get(5)?, row.get(6)?);
        let order = match needed {
            (Some(key_pair_id), Some(intermediate_ca_id)) => Some(CertificateOrder {
                key_pair_id,
                intermediate_ca_id,
                made: json_column(row, 7)?,
            }),
            _ => None,
        };
        Ok(Self {
            id: row.get(0)?,
            object_id: row.get(1)?,
            kind: row.get_ref(2)?.as_str()?.into(),
            state: row.get_ref(3)?.as_str()?.into(),
            certificate: row.get(4)?,
            order,
            device: row.get(8)?,
            uid: row.get(9)?,
            algorithm: row.get(10)?,
        })
    }

    /// The provisioning with this id.
    ///
    /// # Errors
    /// 404 when there is none.
    pub(crate) fn by_id(db: &Connection, id: u64) -> Result<Self, Refusal> {
        db.prepare_cached(&format!("{SELECT} WHERE p.id = ?1"))?
            .query_row(params![id], Self::from_row)
            .optional()?
            .ok_or_else(|| Refusal::new(&PROVISIONING_NOT_FOUND, format!("no provisioning {id}")))
    }

    /// Every provisioning of a device, in the order they were made.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub(crate) fn of_device(db: &Connection, device: i64) -> Result<Vec<Self>, Refusal> {
        Ok(db
            .prepare_cached(&format!("{SELECT} WHERE p.device_seq = ?1 ORDER BY p.id"))?
            .query_map(params![device], Self::from_row)?
            .collect::<Result<_, _>>()?)
    }

    /// Whether what the device gets is made.
    #[must_use]
    pub(crate) fn is_generated(&self) -> bool {
        use ProvisioningState::{GenerationCompleted, ProvisioningCompleted};
        matches!(self.state, GenerationCompleted | ProvisioningCompleted)
    }

    /// The KEYPAIR object whose key the device needs for this, and its algorithm.
    fn key_needed(&self) -> Option<(u64, KeyAlgorithm)> {
        let key_pair = match &self.order {
            Some(order) => order.key_pair_id,
            None if self.kind == SecureObjectType::KeyPair => self.object_id,
            None => return None,
        };
        // Keys of other algorithms are made in the device, and the sandbox has no use for them.
        Some((key_pair, KeyAlgorithm::from_api_name(self.algorithm.as_deref()?)?))
    }
}

/// A key pair made for a device.
pub(crate) struct NewDeviceKey {
    device: i64,
    key_pair: u64,
    key: FileKey,
}

/// Makes the key pairs that the jobs need and that are not there yet. Takes time for RSA: nothing
/// is locked meanwhile.
///
/// # Errors
/// 500 when one cannot be made.
pub(crate) fn new_keys(service: &Service, jobs: &[Job]) -> Result<Vec<NewDeviceKey>, Refusal> {
    let mut made: Vec<NewDeviceKey> = Vec::new();
    for job in jobs {
        let Some((key_pair, algorithm)) = job.key_needed() else { continue };
        let known = made.iter().any(|new| (new.device, new.key_pair) == (job.device, key_pair))
            || service.store.read(|db| Ok(kept_key(db, job.device, key_pair)?.is_some()))?;
        if !known {
            let key = FileKey::generate(algorithm)
                .map_err(|error| Refusal::new(&INTERNAL, with_causes(&error)))?;
            made.push(NewDeviceKey { device: job.device, key_pair, key });
        }
    }
    Ok(made)
}

/// Keeps keys; where another request was faster, its key stays.
///
/// # Errors
/// When the state cannot be written.
pub(crate) fn keep_keys(db: &Connection, keys: &[NewDeviceKey]) -> Result<(), Refusal> {
    for new in keys {
        db.prepare_cached(
            "INSERT OR IGNORE INTO device_key (device_seq, key_pair_id, private_key)
             SELECT seq, ?2, ?3 FROM device WHERE seq = ?1 AND group_id IS NOT NULL",
        )?
        .execute(params![
            new.device,
            new.key_pair,
            authority::stored(&new.key)?.expose()
        ])?;
    }
    Ok(())
}

/// The public key of the key pair that a job of a KEYPAIR object put into the device; `None` where
/// the sandbox makes no such key.
///
/// # Errors
/// 500 when the kept key is damaged.
pub(crate) fn public_key(db: &Connection, job: &Job) -> Result<Option<PublicKey>, Refusal> {
    match kept_key(db, job.device, job.object_id)? {
        Some(key) => Ok(Some(authority::restored(key)?.public_key().clone())),
        None => Ok(None),
    }
}

/// The private key of a key pair in the device of a job, in PEM.
///
/// # Errors
/// 500 when it is not there.
pub(crate) fn private_key(
    db: &Connection,
    job: &Job,
    key_pair: u64,
) -> Result<SecretBytes, Refusal> {
    let kept = kept_key(db, job.device, key_pair)?;
    kept.map(SecretBytes::new).ok_or_else(|| Refusal::new(&INTERNAL, "a certificate without a key"))
}

fn kept_key(db: &Connection, device: i64, key_pair: u64) -> Result<Option<Vec<u8>>, Refusal> {
    Ok(db
        .prepare_cached(
            "SELECT private_key FROM device_key WHERE device_seq = ?1 AND key_pair_id = ?2",
        )?
        .query_row(params![device, key_pair], |row| row.get(0))
        .optional()?)
}

/// The certificate of a job, issued now when it is not there: common name and serial number as
/// the real service's are (the device's low 64 bits, then a counter of the CA).
///
/// # Errors
/// 500 when it cannot be issued.
pub(crate) fn certificate(
    service: &Service,
    db: &Connection,
    job: &Job,
) -> Result<String, Refusal> {
    if let Some(pem) = &job.certificate {
        return Ok(pem.clone());
    }
    let missing = || Refusal::new(&INTERNAL, "a certificate without an order or a key");
    let order = job.order.as_ref().ok_or_else(missing)?;
    let key = kept_key(db, job.device, order.key_pair_id)?.ok_or_else(missing)?;
    let key = authority::restored(key)?;
    let device = device_id::parse(&job.uid).map_err(|error| not_issued(&error))?;
    let pem = issue(service, db, order, low_64_bits(&device), key.public_key())?;
    db.prepare_cached("UPDATE provisioning SET certificate = ?2 WHERE id = ?1")?
        .execute(params![job.id, pem])?;
    Ok(pem)
}

fn not_issued(why: &dyn std::error::Error) -> Refusal {
    let text = format!("a device certificate cannot be issued: {}", with_causes(why));
    Refusal::new(&INTERNAL, text)
}

/// A new certificate for a key of the device with these low 64 bits, signed by the CA of the order.
///
/// # Errors
/// 500 when it cannot be issued.
pub(crate) fn issue(
    service: &Service,
    db: &Connection,
    order: &CertificateOrder,
    device: u64,
    public: &PublicKey,
) -> Result<String, Refusal> {
    let ca = IntermediateCa::by_id(db, order.intermediate_ca_id)?;
    let issuer = authority::read_kept(ca.certificate()?)?;
    let counter: u32 = db
        .prepare_cached(
            "UPDATE intermediate_ca SET issued = issued + 1 WHERE id = ?1 RETURNING issued",
        )?
        .query_row(params![ca.id], |row| row.get(0))?;
    let serial = [&device.to_be_bytes()[..], &counter.to_be_bytes()].concat();
    let serial = SerialNumber::from_unsigned(&serial).map_err(|error| not_issued(&error))?;
    let subject =
        order.subject(device, (counter & 0xffff) as u16).map_err(|error| not_issued(&error))?;
    let (mut from, mut to) = order.period(Instant::from_unix(service.now().div_euclid(1000)));
    if service.within_ca {
        to = to.min(issuer.not_after());
        from = from.min(to);
    }
    let identifiers = ca.identifiers.extensions(public, &issuer);
    let template = CertificateTemplate {
        extensions: [key_usages::extensions(&order.made), identifiers].concat(),
        ..CertificateTemplate::device(&subject, public, &issuer, serial, from, to)
    };
    let signed = template.sign(&ca.key(db)?).map_err(|error| not_issued(&error))?;
    Ok(signed.to_pem())
}

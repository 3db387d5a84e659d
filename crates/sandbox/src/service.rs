//! The service without HTTP: state, keys, time and randomness. Handlers are functions over it.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use el2g_key_payload::{Entropy, EntropyUnavailable, SecretBytes};
use el2g_openpgp_envelope::Timestamp;
use el2g_service_api::{Nullable, ResourceMetadata, Timestamp as ApiTimestamp};
use jiff::tz::TimeZone;
use rusqlite::{Connection, params};

use crate::clock::{Clock, rfc3339};
use crate::recipient::RecipientSlot;
use crate::refusal::{INTERNAL, Refusal};
use crate::store::Store;

/// Who is said to have made and changed things.
pub(crate) const CALLER: &str = "apiKey: sandbox";

/// The service.
pub(crate) struct Service {
    /// Everything it knows.
    pub store: Store,
    /// What customers encrypt to, once it is there.
    pub recipient: RecipientSlot,
    clock: Arc<dyn Clock>,
    latest: AtomicI64,
    entropy: Mutex<Box<dyn Entropy>>,
    /// Milliseconds that generation takes; 0: it is done when it is asked for.
    pub generation: i64,
    /// Whether a device certificate is never valid longer than its CA.
    pub within_ca: bool,
}

impl Service {
    /// A service over `store`.
    #[must_use]
    pub(crate) fn new(store: Store, clock: Arc<dyn Clock>, entropy: Box<dyn Entropy>) -> Self {
        let latest = AtomicI64::new(store.latest());
        let recipient = RecipientSlot::default();
        let entropy = Mutex::new(entropy);
        Self { store, recipient, clock, latest, entropy, generation: 0, within_ca: false }
    }

    /// Milliseconds since 1970. It never goes back, whatever the clock does: what is made with the time
    /// of its own change has a later id and no earlier time, so that lists by either are in one order.
    #[must_use]
    pub(crate) fn now(&self) -> i64 {
        let now = self.clock.now_millis();
        self.latest.fetch_max(now, Ordering::SeqCst).max(now)
    }

    /// Seconds since 1970, as OpenPGP counts them.
    #[must_use]
    pub(crate) fn pgp_now(&self) -> Timestamp {
        Timestamp(u32::try_from(self.now().div_euclid(1000)).unwrap_or(0))
    }

    /// `N` random bytes.
    ///
    /// # Errors
    /// When the system has none.
    pub(crate) fn random<const N: usize>(&self) -> Result<[u8; N], Refusal> {
        let mut bytes = [0; N];
        self.with_entropy(|entropy| entropy.fill(&mut bytes))?;
        Ok(bytes)
    }

    /// A secret of the state by its name, made when it is first needed. Nothing is locked while it is made; where another
    /// request was faster, its secret stays.
    ///
    /// # Errors
    /// What `make` fails with, and 500 when the state cannot be written.
    pub(crate) fn kept(
        &self,
        name: &str,
        make: impl FnOnce() -> Result<SecretBytes, Refusal>,
    ) -> Result<Vec<u8>, Refusal> {
        let failed = |error| Refusal::new(&INTERNAL, format!("a kept secret: {error}"));
        if let Some(kept) = self.store.setting(name).map_err(failed)? {
            return Ok(kept);
        }
        let made = make()?;
        self.store.write(|db| {
            let keep = "INSERT OR IGNORE INTO setting (name, value) VALUES (?1, ?2)";
            db.prepare_cached(keep)?.execute(params![name, made.expose()])?;
            Ok(())
        })?;
        let missing = || Refusal::new(&INTERNAL, "a secret was not kept");
        self.store.setting(name).map_err(failed)?.ok_or_else(missing)
    }

    /// Lends the source of randomness.
    ///
    /// # Errors
    /// What `use_it` fails with.
    pub(crate) fn with_entropy<T, E>(
        &self,
        use_it: impl FnOnce(&mut dyn Entropy) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut entropy = self.entropy.lock().unwrap_or_else(PoisonError::into_inner);
        use_it(entropy.as_mut())
    }
}

impl From<EntropyUnavailable> for Refusal {
    fn from(error: EntropyUnavailable) -> Self {
        Refusal::new(&INTERNAL, error.to_string())
    }
}

/// `resourceMetadata` as AN12642 prints it.
#[must_use]
pub(crate) fn metadata(
    created: i64,
    modified: i64,
    version: Option<i64>,
) -> Nullable<ResourceMetadata> {
    Nullable::Value(ResourceMetadata {
        created_by: CALLER.to_owned().into(),
        created_ts: timestamp(created),
        last_modified_by: CALLER.to_owned().into(),
        last_modified_ts: timestamp(modified),
        version: Nullable::or_null(version),
        ..ResourceMetadata::new()
    })
}

/// A moment as most answers print it.
#[must_use]
pub(crate) fn timestamp(millis: i64) -> Nullable<ApiTimestamp> {
    Nullable::Value(ApiTimestamp::Text(rfc3339(millis)))
}

/// A number that counts or names something, as the API has it.
#[must_use]
pub(crate) fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// What the activity report of 4.7.1 counts, in the order it prints them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    /// A device id that was never seen before.
    NewDevice,
    /// A device came into a device group.
    DeviceClaimed,
    /// A device left a device group.
    DeviceUnclaimed,
    /// A secure object is to be provisioned to a device.
    ProvisionService,
    /// A provisioning was taken back.
    RevokeServiceDevice,
    /// An intermediate CA signed by the service was made.
    IntermediateCaNxp,
    /// An intermediate CA for an external signer was made.
    IntermediateCaCsr,
    /// An externally signed certificate was uploaded.
    IntermediateCaSigned,
    /// An intermediate CA was deleted.
    IntermediateCaDeleted,
}

impl Event {
    /// All of them.
    pub(crate) const ALL: [Self; 9] = [
        Self::NewDevice,
        Self::DeviceClaimed,
        Self::DeviceUnclaimed,
        Self::ProvisionService,
        Self::RevokeServiceDevice,
        Self::IntermediateCaNxp,
        Self::IntermediateCaCsr,
        Self::IntermediateCaSigned,
        Self::IntermediateCaDeleted,
    ];

    /// Its name in the report.
    #[must_use]
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::NewDevice => "NEW_DEVICE",
            Self::DeviceClaimed => "DEVICE_CLAIMED",
            Self::DeviceUnclaimed => "DEVICE_UNCLAIMED",
            Self::ProvisionService => "PROVISION_SERVICE",
            Self::RevokeServiceDevice => "REVOKE_SERVICE_DEVICE",
            Self::IntermediateCaNxp => "RTP_INTERMEDIATE_CA_NXP_CREATED",
            Self::IntermediateCaCsr => "RTP_INTERMEDIATE_CA_CSR_CREATED",
            Self::IntermediateCaSigned => "RTP_INTERMEDIATE_CA_CSR_SIGNED",
            Self::IntermediateCaDeleted => "RTP_INTERMEDIATE_CA_DELETED",
        }
    }
}

/// Counts `amount` events in the month of `now`.
///
/// # Errors
/// When the state cannot be written.
pub(crate) fn record(
    db: &Connection,
    now: i64,
    event: Event,
    amount: usize,
) -> Result<(), Refusal> {
    if amount == 0 {
        return Ok(());
    }
    db.prepare_cached(
        "INSERT INTO activity (month, event, amount) VALUES (?1, ?2, ?3)
         ON CONFLICT (month, event) DO UPDATE SET amount = amount + excluded.amount",
    )?
    .execute(params![
        month_of(now),
        event.name(),
        i64::try_from(amount).unwrap_or(i64::MAX)
    ])?;
    Ok(())
}

/// Months since year 0 of a moment, in UTC.
#[must_use]
pub(crate) fn month_of(millis: i64) -> i64 {
    let date = jiff::Timestamp::from_millisecond(millis)
        .unwrap_or(jiff::Timestamp::UNIX_EPOCH)
        .to_zoned(TimeZone::UTC)
        .date();
    12 * i64::from(date.year()) + i64::from(date.month()) - 1
}

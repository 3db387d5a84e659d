//! What a device has to show who it is: its certificates with their private keys. They leave the sandbox only through the
//! control endpoint, to play the device elsewhere.

use el2g_key_payload::SecretBytes;
use el2g_service_api::SecretText;
use el2g_service_api::provisionings::ProvisioningState;
use rusqlite::{Connection, params};
use serde::Serialize;

use crate::generation::{self, Job};
use crate::intermediate_ca::IntermediateCa;
use crate::refusal::{INTERNAL, Refusal};

/// A certificate of a device.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeviceCredentials {
    /// The CERTIFICATE object.
    secure_object_id: u64,
    /// The private key of the certificate, PKCS#8 in PEM.
    private_key: SecretText,
    /// In PEM.
    certificate: String,
    /// The certificates above it in PEM: its CA, then the root.
    chain: String,
}

/// The certificates that are provisioned to a device.
///
/// # Errors
/// 500 when one cannot be read.
pub(crate) fn credentials_of(
    db: &Connection,
    device: i64,
) -> Result<Vec<DeviceCredentials>, Refusal> {
    let mut credentials = Vec::new();
    for job in Job::of_device(db, device)? {
        let (Some(order), Some(certificate)) = (&job.order, &job.certificate) else { continue };
        if job.state != ProvisioningState::ProvisioningCompleted {
            continue;
        }
        let ca = IntermediateCa::by_id(db, order.intermediate_ca_id)?;
        let root: String = db
            .prepare_cached("SELECT root FROM intermediate_ca WHERE id = ?1")?
            .query_row(params![ca.id], |row| row.get(0))?;
        let key = generation::private_key(db, &job, order.key_pair_id)?;
        credentials.push(DeviceCredentials {
            secure_object_id: job.object_id,
            private_key: text_of(&key)?,
            certificate: certificate.clone(),
            chain: format!("{}{root}", ca.certificate()?),
        });
    }
    Ok(credentials)
}

fn text_of(pem: &SecretBytes) -> Result<SecretText, Refusal> {
    let text = std::str::from_utf8(pem.expose());
    let text = text.map_err(|_| Refusal::new(&INTERNAL, "a kept key is not text"))?;
    Ok(SecretText::new(text.to_owned()))
}

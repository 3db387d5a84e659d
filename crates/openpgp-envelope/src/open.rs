//! The receiver's side: opening a message as EdgeLock 2GO does.

use el2g_key_payload::SecretBytes;

use crate::inspect::{Examination, Fault, InspectOptions, examine};
use crate::{Fingerprint, KeyId, RecipientSecret, Timestamp};
use el2g_findings::Severity;

/// An opened message whose signature verified.
#[derive(Debug)]
pub struct Opened {
    /// The literal data: the hex text.
    pub literal: SecretBytes,
    /// The id of the key that signed.
    pub signer_key_id: KeyId,
    /// The fingerprint of the key that signed.
    pub signer_fingerprint: Fingerprint,
    /// The size of the key that signed: 2048 or 4096.
    pub signer_bits: u32,
    /// When it was signed.
    pub signed_at: Timestamp,
    /// The cipher it was encrypted with, for example `AES256`.
    pub cipher: String,
    /// How it was compressed: `none` or `ZLIB`.
    pub compression: String,
}

/// Why a message is not accepted: the fault for which it is refused. [`Fault::SignerKey`],
/// [`Fault::SignerUnknown`] and [`Fault::SignerSize`] are about the customer's public key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(transparent)]
pub struct OpenError(#[from] pub Fault);

impl OpenError {
    /// The fault's stable name.
    pub fn id(&self) -> &'static str {
        self.0.id()
    }
}

/// Opens a message as EdgeLock 2GO does: decrypts, verifies with the customer's public key, and enforces
/// AN12642 section 12 (RSA-2048 or RSA-4096 signer, SHA-256, AES, no or ZLIB compression, exactly one
/// signature that verifies, MDC). The caller decides what the literal data may be.
///
/// # Errors
/// [`OpenError`], the first fault for which the message is refused.
pub fn open(
    message: &[u8],
    with: &RecipientSecret,
    customer_public: &str,
    now: Timestamp,
) -> Result<Opened, OpenError> {
    let options = InspectOptions {
        now,
        recipient: None,
        signer_public: Some(customer_public.as_bytes()),
        open_with: Some(with),
        session_key: None,
    };
    let examination = examine(message, &options);
    if let Some(fault) = refusal(&examination) {
        return Err(OpenError(fault));
    }
    let Examination { encryption, compression, content, signer, .. } = examination;
    match (encryption.and_then(|report| report.symmetric), compression, content, signer) {
        (Some(cipher), Some(compression), Some(literal), Some(signer)) => Ok(Opened {
            literal,
            signer_key_id: signer.key_id,
            signer_fingerprint: signer.fingerprint,
            signer_bits: signer.bits,
            signed_at: signer.signed_at,
            cipher,
            compression,
        }),
        // No fault was found, and yet a part is missing: nothing is accepted that was not checked.
        _ => Err(OpenError(Fault::NoContent)),
    }
}

fn refusal(examination: &Examination) -> Option<Fault> {
    examination
        .faults
        .iter()
        .find(|fault| fault.severity() == Severity::Error && !fault.is_about_content())
        .cloned()
}

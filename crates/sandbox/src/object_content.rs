//! What each type of secure object is made from (4.1.3.1 to 4.1.3.7, and the newer types): opening what is encrypted, and refusing what the
//! real service would.

use el2g_key_payload::{Payload, PayloadKind};
use el2g_openpgp_envelope::open;
use el2g_service_api::Nullable;
use el2g_service_api::new_secure_object::{
    BinaryFilePayload, NewSealedKey, NewSecureObject, NewStaticPublicKey,
};
use el2g_service_api::secure_objects::{
    BinaryFileType, KeyPairAlgorithm, SecureObject as ApiObject,
};
use el2g_x509::{KeyAlgorithm, PublicKey};

use crate::algorithms;
use crate::certificate_request::CertificateOrder;
use crate::refusal::{INTERNAL, INVALID_OBJECT, MESSAGE_REFUSED, Refusal, SIZE_MISMATCH};
use crate::service::Service;

/// What is particular to a type.
pub(crate) struct Content {
    /// The algorithm, where policies depend on it.
    pub algorithm: Option<String>,
    /// What is printed, as far as the request says it.
    pub made: ApiObject,
    /// A certificate's key pair and CA.
    pub order: Option<CertificateOrder>,
}

/// The content of a new object.
///
/// # Errors
/// 422 for what cannot be taken.
pub(crate) fn of(service: &Service, new: NewSecureObject) -> Result<Content, Refusal> {
    let made =
        ApiObject::new(new.secure_object_type(), new.name().to_owned(), new.object_id().clone());
    let content = |algorithm: Option<String>, made| Content { algorithm, made, order: None };
    Ok(match new {
        NewSecureObject::KeyPair(new) => content(
            Some(new.algorithm.to_string()),
            ApiObject { algorithm: new.algorithm.into(), ..made },
        ),
        NewSecureObject::Certificate(new) => {
            let order = CertificateOrder::of(*new, made)?;
            Content { algorithm: None, made: order.made.clone(), order: Some(order) }
        }
        NewSecureObject::MasterKey(new) => {
            let payload = sealed_key(service, &new, PayloadKind::Aes)?;
            let printed = ApiObject {
                algorithm: KeyPairAlgorithm::from("AES").into(),
                length: (8 * length(&payload)).into(),
                imported: true.into(),
                ..made
            };
            content(Some(new.key_size.to_string()), printed)
        }
        NewSecureObject::OemFwDecryptKey(new) => {
            let payload = sealed_key(service, &new, PayloadKind::OemFwDecrypt)?;
            let printed = ApiObject {
                algorithm: KeyPairAlgorithm::from("AES").into(),
                length: (8 * length(&payload)).into(),
                imported: true.into(),
                ..made
            };
            content(Some(new.key_size.to_string()), printed)
        }
        NewSecureObject::OemFwAuthKeyHash(new) => {
            let provisioned = Nullable::or_null(new.oem_provisioned.into_value());
            content(None, ApiObject { oem_provisioned: provisioned, ..made })
        }
        NewSecureObject::HmacKey(new) => {
            let payload = sealed_key(service, &new, PayloadKind::Hmac)?;
            content(None, ApiObject { length: length(&payload).into(), ..made })
        }
        NewSecureObject::BinaryFile(new) => {
            let kind = match &new.payload {
                BinaryFilePayload::NonConfidential { .. } => BinaryFileType::NonConfidential,
                BinaryFilePayload::Confidential {
                    customer_pgp_public_key,
                    encrypted_binary_file,
                } => {
                    let message = ("encryptedBinaryFile", encrypted_binary_file.as_str());
                    sealed(service, PayloadKind::Binary, customer_pgp_public_key, message)?;
                    BinaryFileType::Confidential
                }
            };
            content(None, ApiObject { binary_file_type: kind.into(), ..made })
        }
        NewSecureObject::StaticPublicKey(new) => {
            check_public_key(&new)?;
            content(
                Some(new.algorithm.to_string()),
                ApiObject {
                    algorithm: new.algorithm.into(),
                    public_key: new.public_key.into(),
                    ..made
                },
            )
        }
    })
}

fn length(payload: &Payload) -> u32 {
    u32::try_from(payload.byte_len()).unwrap_or(u32::MAX)
}

fn sealed_key(
    service: &Service,
    new: &NewSealedKey,
    kind: PayloadKind,
) -> Result<Payload, Refusal> {
    let message = ("encryptedKey", new.encrypted_key.as_str());
    let payload = sealed(service, kind, &new.customer_pgp_public_key, message)?;
    let (declared, found) = (&new.key_size, payload.key_size());
    if found != declared.as_str() {
        let found = format!("`{declared}` is declared, the message holds {found}");
        return Err(Refusal::field(&SIZE_MISMATCH, "keySize", found));
    }
    Ok(payload)
}

fn check_public_key(new: &NewStaticPublicKey) -> Result<(), Refusal> {
    let refused = |description: String| Refusal::field(&INVALID_OBJECT, "publicKey", description);
    let block = el2g_x509::Block::exactly_one(new.public_key.as_bytes(), "PUBLIC KEY")
        .map_err(|error| refused(error.to_string()))?;
    let key = PublicKey::from_der(block.der()).map_err(|error| refused(error.to_string()))?;
    if KeyAlgorithm::SUPPORTED.contains(&key.algorithm()) {
        key.check_usable().map_err(|error| refused(error.to_string()))?;
    }
    let (declared, found) = (&new.algorithm, algorithms::of_key(key.algorithm()));
    if found.as_ref() != Some(declared) {
        let found = found.map_or("of another kind".to_owned(), |found| found.to_string());
        let found = format!("`{declared}` is declared, the key is {found}");
        return Err(Refusal::field(&INVALID_OBJECT, "algorithm", found));
    }
    Ok(())
}

/// Opens a message as section 12 describes it: decrypted with our key, signed by the customer's, with
/// the hexadecimal text of the value inside (docs/an12642-errata.md row 15).
fn sealed(
    service: &Service,
    kind: PayloadKind,
    customer: &str,
    (field, message): (&str, &str),
) -> Result<Payload, Refusal> {
    let recipient = service
        .recipient
        .wait()
        .map_err(|error| Refusal::new(&INTERNAL, format!("no OpenPGP key: {error}")))?;
    let opened = open(message.as_bytes(), &recipient.secret, customer, service.pgp_now()).map_err(
        |error| Refusal {
            details: with_causes(&error),
            ..Refusal::field(&MESSAGE_REFUSED, field, with_causes(&error))
        },
    )?;
    // What somebody sealed is theirs: the service takes zeros.
    Payload::read_hex(kind, &opened.literal).map_err(|error| {
        Refusal::field(
            &SIZE_MISMATCH,
            field,
            format!("the message opens, but it does not hold a valid {kind} value: {error}"),
        )
    })
}

/// An error and what caused it, in one line.
#[must_use]
pub(crate) fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

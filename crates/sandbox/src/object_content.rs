//! What each type of secure object is made from (4.1.3.1 to 4.1.3.7): reading it, opening what is
//! encrypted, and refusing what the real service would.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use el2g_key_payload::{Payload, PayloadKind, sha3_512_hex};
use el2g_openpgp_envelope::open;
use el2g_service_api::secure_objects::SecureObjectType;
use el2g_x509::{KeyAlgorithm, PublicKey};
use serde_json::{Map, Value, json};

use crate::algorithms;
use crate::call::shown;
use crate::certificate_request::CertificateOrder;
use crate::fields::Fields;
use crate::refusal::{
    CHECKSUM_MISMATCH, INTERNAL, INVALID_OBJECT, MALFORMED_BODY, MESSAGE_REFUSED, Refusal,
    SIZE_MISMATCH,
};
use crate::service::Service;

/// Armored keys and messages are at most this long.
const LONGEST_ARMOR: usize = 128 * 1024;

/// What is particular to a type.
#[derive(Debug, Default)]
pub struct Content {
    /// The algorithm, where policies depend on it.
    pub algorithm: Option<String>,
    /// What is printed besides the common fields.
    pub details: Map<String, Value>,
    /// A certificate's key pair and CA.
    pub order: Option<CertificateOrder>,
}

fn details(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// Reads and checks the content of a new object of this type.
///
/// # Errors
/// 400 for missing or malformed fields, 422 for what cannot be taken.
pub fn read(
    service: &Service,
    kind: &SecureObjectType,
    fields: &Fields<'_>,
) -> Result<Content, Refusal> {
    match kind {
        SecureObjectType::KeyPair => key_pair(fields),
        SecureObjectType::Certificate => CertificateOrder::read(fields).map(|order| Content {
            details: order.details.clone(),
            order: Some(order),
            ..Content::default()
        }),
        SecureObjectType::MasterKey => master_key(service, fields),
        SecureObjectType::HmacKey => hmac_key(service, fields),
        SecureObjectType::BinaryFile => binary_file(service, fields),
        SecureObjectType::StaticPublicKey | SecureObjectType::Other(_) => public_key(fields),
    }
}

fn key_pair(fields: &Fields<'_>) -> Result<Content, Refusal> {
    let algorithm = fields.choice("algorithm", &algorithms::names());
    fields.check(&MALFORMED_BODY)?;
    Ok(Content {
        algorithm: Some(algorithm.to_owned()),
        details: details(json!({"algorithm": algorithm})),
        order: None,
    })
}

fn master_key(service: &Service, fields: &Fields<'_>) -> Result<Content, Refusal> {
    let size = fields.choice("keySize", &["AES128", "AES256"]);
    let payload = sealed(service, fields, PayloadKind::Aes, "encryptedKey")?;
    let found = payload.key_size();
    if found != size {
        return Err(Refusal::field(
            &SIZE_MISMATCH,
            "keySize",
            format!("`{size}` is declared, the message holds {found}"),
        ));
    }
    Ok(Content {
        algorithm: Some(size.to_owned()),
        details: details(json!({
            "algorithm": "AES", "length": 8 * payload.byte_len(), "imported": true,
        })),
        order: None,
    })
}

fn hmac_key(service: &Service, fields: &Fields<'_>) -> Result<Content, Refusal> {
    let declared = match fields.value("keySize") {
        Some(Value::String(text)) => text.parse::<u64>().ok(),
        Some(Value::Number(number)) => number.as_u64(),
        _ => None,
    };
    let declared = declared.filter(|size| (1..=256).contains(size)).unwrap_or_else(|| {
        fields.fault("keySize", "the key's length in bytes is needed, \"1\" to \"256\"");
        0
    });
    let payload = sealed(service, fields, PayloadKind::Hmac, "encryptedKey")?;
    if payload.byte_len() as u64 != declared {
        return Err(Refusal::field(
            &SIZE_MISMATCH,
            "keySize",
            format!("{declared} bytes are declared, the message holds {}", payload.byte_len()),
        ));
    }
    Ok(Content { details: details(json!({"length": declared})), ..Content::default() })
}

fn binary_file(service: &Service, fields: &Fields<'_>) -> Result<Content, Refusal> {
    let Some(payload) = fields.value("payload") else {
        fields.fault("payload", "missing, an object is needed");
        fields.check(&MALFORMED_BODY)?;
        return Ok(Content::default());
    };
    let inner = Fields::within(payload, "payload.")?;
    let kind = inner.choice("binaryFileType", &["NON_CONFIDENTIAL", "CONFIDENTIAL"]);
    if kind == "CONFIDENTIAL" {
        fields.check(&MALFORMED_BODY)?;
        sealed(service, &inner, PayloadKind::Binary, "encryptedBinaryFile")?;
    } else {
        let text = inner.text("binaryFile", 1, usize::MAX);
        fields.adopt(&inner);
        fields.check(&MALFORMED_BODY)?;
        let bytes = BASE64.decode(text).map_err(|error| {
            Refusal::field(&INVALID_OBJECT, "payload.binaryFile", format!("not base64: {error}"))
        })?;
        check_checksum(&inner, "payload.checksum", &bytes)?;
    }
    Ok(Content { details: details(json!({"binaryFileType": kind})), ..Content::default() })
}

fn public_key(fields: &Fields<'_>) -> Result<Content, Refusal> {
    let declared = fields.choice("algorithm", &algorithms::names());
    let text = fields.text("publicKey", 1, LONGEST_ARMOR);
    fields.check(&MALFORMED_BODY)?;
    check_checksum(fields, "checksum", text.as_bytes())?;
    let refused = |description: String| Refusal::field(&INVALID_OBJECT, "publicKey", description);
    let block = el2g_x509::Block::exactly_one(text.as_bytes(), "PUBLIC KEY")
        .map_err(|error| refused(error.to_string()))?;
    let key = PublicKey::from_der(block.der()).map_err(|error| refused(error.to_string()))?;
    if KeyAlgorithm::SUPPORTED.contains(&key.algorithm()) {
        key.check_usable().map_err(|error| refused(error.to_string()))?;
    }
    let found = algorithms::of_key(key.algorithm());
    if found != Some(declared) {
        return Err(Refusal::field(
            &INVALID_OBJECT,
            "algorithm",
            format!("`{declared}` is declared, the key is {}", found.unwrap_or("of another kind")),
        ));
    }
    Ok(Content {
        algorithm: Some(declared.to_owned()),
        details: details(json!({"algorithm": declared, "publicKey": text})),
        order: None,
    })
}

/// Opens a message as section 12 describes it: decrypted with our key, signed by the customer's, with
/// the hexadecimal text of the value inside (docs/an12642-errata.md row 15).
fn sealed(
    service: &Service,
    fields: &Fields<'_>,
    kind: PayloadKind,
    message_field: &str,
) -> Result<Payload, Refusal> {
    let customer = fields.text("customerPgpPublicKey", 1, LONGEST_ARMOR);
    let message = fields.text(message_field, 1, LONGEST_ARMOR);
    fields.check(&MALFORMED_BODY)?;
    let recipient = service
        .recipient
        .wait()
        .map_err(|error| Refusal::new(&INTERNAL, format!("no OpenPGP key: {error}")))?;
    let opened = open(message.as_bytes(), &recipient.secret, customer, service.pgp_now()).map_err(
        |error| Refusal {
            details: with_causes(&error),
            ..Refusal::field(&MESSAGE_REFUSED, message_field, with_causes(&error))
        },
    )?;
    // What somebody sealed is theirs: the service takes zeros.
    Payload::read_hex(kind, &opened.literal).map_err(|error| {
        Refusal::field(
            &SIZE_MISMATCH,
            message_field,
            format!("the message opens, but it does not hold a valid {kind} value: {error}"),
        )
    })
}

/// An error and what caused it, in one line.
#[must_use]
pub fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

/// Compares an optional SHA3-512 in hexadecimal digits of either case; NXP's own client spells the
/// field `checkSum` (docs/an12642-errata.md row 22).
fn check_checksum(fields: &Fields<'_>, field: &str, data: &[u8]) -> Result<(), Refusal> {
    let declared =
        ["checksum", "checkSum"].iter().find_map(|name| fields.optional_text(name, 1024));
    fields.check(&MALFORMED_BODY)?;
    let Some(declared) = declared.filter(|text| !text.is_empty()) else {
        return Ok(());
    };
    let found = sha3_512_hex(data);
    if declared.eq_ignore_ascii_case(&found) {
        return Ok(());
    }
    Err(Refusal::field(
        &CHECKSUM_MISMATCH,
        field,
        format!(
            "`{}` is declared, the SHA3-512 of the {} bytes is {found}",
            shown(declared),
            data.len()
        ),
    ))
}

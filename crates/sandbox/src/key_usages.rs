//! What the keys of device certificates are for: `keyUsageExt`, `extendedKeyUsageExt` and `allowSigning` of an order.

use el2g_service_api::Nullable;
use el2g_service_api::new_certificate::{ExtendedKeyUsage, KeyUsage, NewCertificate, names_of};
use el2g_service_api::secure_objects::SecureObject as ApiObject;
use el2g_x509::{Extension, KeyUsageBit, Oid, TemplateExtension};

use crate::refusal::{INVALID_OBJECT, Refusal};

/// Refuses usages that the sandbox cannot read; the form is assumed (DIFFERENCES.md).
///
/// # Errors
/// 422 that names the field.
pub(crate) fn check(new: &NewCertificate) -> Result<(), Refusal> {
    let usages =
        new.key_usage_ext.value().is_none_or(|value| names_of::<KeyUsage>(value).is_some());
    let purposes = new.extended_key_usage_ext.value();
    let purposes = purposes.is_none_or(|value| names_of::<ExtendedKeyUsage>(value).is_some());
    let refused = |field: &str, known: Vec<&str>| {
        let allowed = format!("a list of these, each once: {}", known.join(", "));
        Err(Refusal::field(&INVALID_OBJECT, field, allowed))
    };
    match (usages, purposes) {
        (false, _) => {
            refused("keyUsageExt", KeyUsage::KNOWN.iter().map(KeyUsage::as_str).collect())
        }
        (_, false) => {
            let known = ExtendedKeyUsage::KNOWN.iter().map(ExtendedKeyUsage::as_str).collect();
            refused("extendedKeyUsageExt", known)
        }
        (true, true) => Ok(()),
    }
}

/// The extensions of an order's certificates: digitalSignature unless other uses are asked for without `allowSigning`, and
/// clientAuth unless other purposes are.
#[must_use]
pub(crate) fn extensions(order: &ApiObject) -> Vec<TemplateExtension> {
    let uses: Vec<KeyUsage> = order.key_usage_ext.value().and_then(names_of).unwrap_or_default();
    let purposes = order.extended_key_usage_ext.value().and_then(names_of);
    let mut bits: Vec<KeyUsageBit> = uses.iter().filter_map(bit).collect();
    let signs = bits.is_empty() || order.allow_signing == Nullable::Value(true);
    if signs && !bits.contains(&KeyUsageBit::DigitalSignature) {
        bits.insert(0, KeyUsageBit::DigitalSignature);
    }
    let purposes: Vec<ExtendedKeyUsage> = purposes.unwrap_or_default();
    let mut purposes: Vec<Oid> = purposes.iter().filter_map(purpose).collect();
    if purposes.is_empty() {
        purposes.push(Extension::CLIENT_AUTH);
    }
    vec![TemplateExtension::KeyUsage(bits), TemplateExtension::ExtendedKeyUsage(purposes)]
}

fn bit(usage: &KeyUsage) -> Option<KeyUsageBit> {
    Some(match usage {
        KeyUsage::DigitalSignature => KeyUsageBit::DigitalSignature,
        KeyUsage::NonRepudiation => KeyUsageBit::NonRepudiation,
        KeyUsage::KeyEncipherment => KeyUsageBit::KeyEncipherment,
        KeyUsage::DataEncipherment => KeyUsageBit::DataEncipherment,
        KeyUsage::KeyAgreement => KeyUsageBit::KeyAgreement,
        KeyUsage::EncipherOnly => KeyUsageBit::EncipherOnly,
        KeyUsage::DecipherOnly => KeyUsageBit::DecipherOnly,
        KeyUsage::Other(_) => return None,
    })
}

/// RFC 5280 4.2.1.12.
fn purpose(usage: &ExtendedKeyUsage) -> Option<Oid> {
    Some(match usage {
        ExtendedKeyUsage::ServerAuth => Extension::SERVER_AUTH,
        ExtendedKeyUsage::ClientAuth => Extension::CLIENT_AUTH,
        ExtendedKeyUsage::CodeSigning => Extension::CODE_SIGNING,
        ExtendedKeyUsage::EmailProtection => Extension::EMAIL_PROTECTION,
        ExtendedKeyUsage::TimeStamping => Extension::TIME_STAMPING,
        ExtendedKeyUsage::OcspSigning => Extension::OCSP_SIGNING,
        ExtendedKeyUsage::Other(_) => return None,
    })
}

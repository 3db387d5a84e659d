//! The hash of the keys that authenticate firmware.

use std::path::Path;

use el2g_files::Access;
use el2g_key_payload::base64_text;
use el2g_service_api::Nullable;
use el2g_service_api::new_secure_object::{NewOemFwAuthKeyHash, NewSecureObject};
use el2g_service_client::BrokenRule;
use el2g_workflows::secret_file_in_clear;

use super::ObjectArguments;
use crate::Result;
use crate::context::Context;
use crate::input::SMALL_FILE;

/// The request with the hash of a file. Whether it can be one is the gate's to say.
pub(super) fn request(
    object: ObjectArguments,
    file: &Path,
    oem_provisioned: bool,
    context: &mut Context,
) -> Result<NewSecureObject> {
    let content = context.input.read(file, SMALL_FILE)?;
    // A key has the form of a hash: what tells them apart is who may read the file.
    if let Some(refused) = context.gate().refusal("secure-object create", secret(file), |_| ()) {
        return Err(refused);
    }
    let hash = of_digits(&content).unwrap_or(content);
    let order = object.order(context)?;
    Ok(NewSecureObject::OemFwAuthKeyHash(NewOemFwAuthKeyHash {
        oem_provisioned: oem_provisioned.into(),
        generate_on_device_connection: Nullable::or_absent(order.on_connection),
        policies: Nullable::or_absent(order.policies),
        ..NewOemFwAuthKeyHash::new(
            order.name,
            order.object_id,
            order.policy_source,
            base64_text(&hash),
        )
    }))
}

/// What is broken by a file that is kept as a secret; a hash is public.
fn secret(file: &Path) -> Vec<BrokenRule> {
    let is_secret = Access::at(file).is_ok_and(|access| access.is_kept_as_secret());
    let broken = is_secret.then(|| {
        secret_file_in_clear(format!(
            "{}: only its owner can read the file, as a secret, and a hash is sent in clear",
            file.display()
        ))
    });
    broken.into_iter().collect()
}

/// The bytes that hexadecimal digits stand for; no hash of bytes is all digits.
fn of_digits(content: &[u8]) -> Option<Vec<u8>> {
    let text = content.trim_ascii();
    base16ct::mixed::decode_vec(text.strip_prefix(b"0x").unwrap_or(text)).ok()
}

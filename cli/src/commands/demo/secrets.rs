//! The security engineer's part: three secrets become secure objects.

use el2g_key_payload::{Payload, PayloadKind, SystemEntropy};
use el2g_openpgp_envelope::{
    MessageSigner, Recipient, RsaBits, SigningKey, generate_throw_away_signing_key,
};
use el2g_service_api::ObjectId;
use el2g_service_api::new_secure_object::{BinaryFilePayload, NewSecureObject};
use el2g_service_api::policies::PolicySource;
use el2g_workflows::{Failure, Flow, Journal, KeyImport, ObjectOrder, Silent};

use super::Scene;
use super::stage::Stage;
use crate::Result;

/// The secrets of the demo: kind, bytes, name of object and files, object id.
const SECRETS: [(PayloadKind, usize, &str, &str); 3] = [
    (PayloadKind::Aes, 32, "aes-256", "83000001"),
    (PayloadKind::Hmac, 32, "hmac-32", "83000002"),
    (PayloadKind::Binary, 300, "binary-300", "83000003"),
];

/// Makes a signing key, seals the secrets and creates their objects; the objects' ids in the service.
pub async fn import(stage: &mut Stage, scene: &Scene<'_>) -> Result<Vec<u64>> {
    let signer = make_signer(stage)?;
    let recipient = Recipient::read(scene.recipient.as_bytes(), Scene::pgp_now())?;
    let mut ids = Vec::new();
    for (kind, bytes, name, object_id) in SECRETS {
        let payload = Payload::generate(kind, bytes, &mut SystemEntropy)?;
        let plain = stage.secret(&format!("{name}.hex"), payload.hex_text().expose())?;
        let order = ObjectOrder {
            name: name.to_owned(),
            object_id: ObjectId::as_received(object_id),
            policy_source: PolicySource::Default,
            policies: None,
            on_connection: None,
        };
        let import = KeyImport::seal(
            order,
            &payload,
            &signer,
            &recipient,
            Scene::pgp_now(),
            &mut SystemEntropy,
        )?;
        let message = stage.public(&format!("{name}.pgp"), message_of(import.request()))?;
        let mut journal = Journal::open(
            &stage.path().join(format!("{name}.journal")),
            Flow::ImportKey,
            &import.subject(&scene.base_url),
        )?;
        let imported = import.plan(scene.client, false).run(Some(&mut journal), &Silent).await?;
        let id = imported.object.service_id().ok_or_else(|| {
            Failure::refused(format!("the object `{name}` was answered without id"))
        })?;
        stage.step(
            format!(
                "sealed {bytes} random bytes and created {} {id} (object id {object_id}): the service opened \
                 the message and took it",
                imported.object.secure_object_type.as_str()
            ),
            &[plain, message],
        )?;
        ids.push(id);
    }
    Ok(ids)
}

fn make_signer(stage: &mut Stage) -> Result<SigningKey> {
    let key = generate_throw_away_signing_key(
        "Demo Key Team <keys@example.invalid>",
        RsaBits::Rsa4096,
        Scene::pgp_now(),
        &mut SystemEntropy,
    )?;
    let secret = stage.secret("signer.secret.asc", key.secret_armored.expose())?;
    let public = stage.public("signer.public.asc", key.public_armored.as_bytes())?;
    let signer = SigningKey::open(&key.secret_armored, None, Scene::pgp_now())?;
    stage.step(
        format!("made an RSA-{} OpenPGP signing key, {}", signer.bits(), key.fingerprint),
        &[secret, public],
    )?;
    Ok(signer)
}

/// The armored message in a request.
fn message_of(request: &NewSecureObject) -> &[u8] {
    match request {
        NewSecureObject::MasterKey(key)
        | NewSecureObject::HmacKey(key)
        | NewSecureObject::OemFwDecryptKey(key) => key.encrypted_key.as_bytes(),
        NewSecureObject::BinaryFile(file) => match &file.payload {
            BinaryFilePayload::Confidential { encrypted_binary_file, .. } => {
                encrypted_binary_file.as_bytes()
            }
            BinaryFilePayload::NonConfidential { .. } => &[],
        },
        NewSecureObject::KeyPair(_)
        | NewSecureObject::Certificate(_)
        | NewSecureObject::StaticPublicKey(_)
        | NewSecureObject::OemFwAuthKeyHash(_) => &[],
    }
}

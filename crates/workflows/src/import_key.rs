//! A secret becomes a secure object: sealed and created in one step (AN12642 4.1.3.3, 4.1.3.4, 4.1.3.6; firmware
//! decryption keys are newer).
//!
//! [`KeyImport::seal`] makes the message and with it the whole request. An object is never created twice: when an
//! earlier run began the creation and never heard the answer, the object is looked for first.

#[cfg(test)]
mod import_key_tests;

use el2g_key_payload::{Entropy, Payload, PayloadKind};
use el2g_openpgp_envelope::{MessageSigner, Recipient, SealError, Timestamp, seal};
use el2g_service_api::new_secure_object::{
    BinaryFilePayload, NewBinaryFile, NewSealedKey, NewSecureObject,
};
use el2g_service_api::policies::{Policies, PolicySource};
use el2g_service_api::secure_objects::{
    CreateSecureObject, ListSecureObjects, SecureObject, SecureObjectQuery, SecureObjectType,
};
use el2g_service_api::{NoPath, NoQuery, Nullable, ObjectId};
use el2g_service_client::Client;
use serde_json::json;

use crate::step_call::Call;
use crate::steps::{Made, Steps};
use crate::twin_objects::is_twin;
use crate::{Failure, Flow, Plan, Subject};

/// The step of the journal.
const CREATE: &str = "create";

/// What a new secure object is to be, apart from its secret.
#[derive(Debug, Clone, PartialEq)]
pub struct ObjectOrder {
    /// Its name.
    pub name: String,
    /// Its id in the secure element.
    pub object_id: ObjectId,
    /// Where its policies come from.
    pub policy_source: PolicySource,
    /// Its policies, when they are CUSTOM.
    pub policies: Option<Policies>,
    /// Whether it is made when the device connects; `None` leaves it to the service.
    pub on_connection: Option<bool>,
}

/// The object id that the platform reserves for objects of this kind, if it does.
pub fn reserved_object_id(kind: PayloadKind) -> Option<ObjectId> {
    match kind {
        PayloadKind::OemFwDecrypt => SecureObjectType::OemFwDecryptKey.reserved_object_id(),
        PayloadKind::Aes | PayloadKind::Hmac | PayloadKind::Binary => None,
    }
}

/// A secret that is sealed and ready to become a secure object.
#[derive(Debug, Clone, PartialEq)]
pub struct KeyImport {
    pub(crate) request: NewSecureObject,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ImportedKey {
    /// The object as the service answers it.
    pub object: SecureObject,
    /// Whether an earlier, interrupted run created it; its message is then the earlier run's.
    pub by_earlier_run: bool,
}

impl KeyImport {
    /// Signs and encrypts `payload` and puts the message into a request.
    ///
    /// # Errors
    /// [`SealError`]: the signer or the random generator failed, or the message did not read back.
    pub fn seal(
        order: ObjectOrder,
        payload: &Payload,
        signer: &dyn MessageSigner,
        recipient: &Recipient,
        now: Timestamp,
        entropy: &mut dyn Entropy,
    ) -> Result<Self, SealError> {
        let message = seal(payload, signer, recipient, now, entropy)?;
        Ok(Self::from_message(
            order,
            payload.kind(),
            payload.key_size(),
            message.armored().to_owned(),
            signer.public_armored().to_owned(),
        ))
    }

    /// Takes a message that was sealed before.
    ///
    /// `key_size` is `AES128` or `AES256` for an AES key and the number of bytes, as text, for an HMAC key
    /// (docs/an12642-errata.md row 8); a binary file has none and it is passed over.
    pub fn from_message(
        order: ObjectOrder,
        kind: PayloadKind,
        key_size: String,
        message: String,
        signer_public: String,
    ) -> Self {
        let ObjectOrder { name, object_id, policy_source, policies, on_connection } = order;
        let sealed = NewSealedKey {
            generate_on_device_connection: Nullable::or_absent(on_connection),
            policies: Nullable::or_absent(policies),
            ..NewSealedKey::new(
                name,
                object_id,
                policy_source,
                key_size.into(),
                signer_public,
                message,
            )
        };
        let request = match kind {
            PayloadKind::Aes => NewSecureObject::MasterKey(sealed),
            PayloadKind::Hmac => NewSecureObject::HmacKey(sealed),
            PayloadKind::OemFwDecrypt => NewSecureObject::OemFwDecryptKey(sealed),
            PayloadKind::Binary => NewSecureObject::BinaryFile(NewBinaryFile {
                generate_on_device_connection: sealed.generate_on_device_connection,
                policies: sealed.policies,
                ..NewBinaryFile::new(
                    sealed.name,
                    sealed.object_id,
                    sealed.policy_source_type,
                    BinaryFilePayload::Confidential {
                        customer_pgp_public_key: sealed.customer_pgp_public_key,
                        encrypted_binary_file: sealed.encrypted_key,
                    },
                )
            }),
        };
        Self { request }
    }

    /// What is sent: nothing in it is secret.
    pub fn request(&self) -> &NewSecureObject {
        &self.request
    }

    /// What a journal of this import is about: the same object in the same service.
    pub fn subject(&self, base_url: &str) -> Subject {
        Subject(json!({
            "service": base_url,
            "type": self.request.secure_object_type(),
            "name": self.request.name(),
            "objectId": self.request.object_id(),
        }))
    }

    /// The steps: the object is created. Where the service may have one of its type, name and object id (`has_twins`), those
    /// are looked for first, so that none of them is taken for it after an interruption. The journal goes once the object is
    /// there, or was refused.
    pub fn plan<'a>(&'a self, client: &'a Client, has_twins: bool) -> Plan<'a, ImportedKey> {
        let mut steps = Steps::new();
        let twins = match has_twins {
            true => self.twins(&mut steps, client),
            false => Made::known(Vec::new()),
        };
        let request = || (NoPath {}, NoQuery {}, self.request.clone());
        let call = Call::<CreateSecureObject>::new(client, request);
        let (what, after) = ("create the secure object", [twins.step()]);
        let created = steps.call(CREATE, what, &after, call, async move |run, call| {
            if let Some(object) = run.earlier_object(CREATE, call, SecureObject::clone).await? {
                return Ok(ImportedKey { object, by_earlier_run: true });
            }
            run.record_twins(CREATE, twins.get())?;
            let sent = run.send(CREATE, call, call.ready()?, SecureObject::clone).await;
            Ok(ImportedKey { object: sent.map_err(Failure::from)?, by_earlier_run: false })
        });
        steps.end(Flow::ImportKey, created).journal_ends()
    }

    /// The step that finds objects like it.
    fn twins<'a>(&'a self, steps: &mut Steps<'a>, client: &'a Client) -> Made<Vec<u64>> {
        let size = Some(client.settings().limits.page_size);
        let query = move || SecureObjectQuery {
            name: Some(self.request.name().to_owned()),
            page: Some(0),
            size,
            ..Default::default()
        };
        let call = Call::<ListSecureObjects>::new(client, move || (NoPath {}, query(), ()));
        let what = "list the secure objects of its name";
        steps.call("twins", what, &[], call, async |_, call| {
            let mut found = call.all().await?;
            found.retain(|object| is_twin(object, &self.request));
            Ok(found.iter().filter_map(SecureObject::service_id).collect())
        })
    }
}

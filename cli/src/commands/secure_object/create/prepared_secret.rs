//! A secret object of several: sealed and ready to be recorded, before anything is sent.

use std::path::Path;

use el2g_openpgp_envelope::{Fingerprint, MessageSigner, Recipient, Timestamp, seal};
use el2g_service_api::ObjectId;
use el2g_service_api::new_secure_object::NewSecureObject;
use el2g_workflows::{Failure, KeyImport, ObjectOrder, broken_by_order};
use el2g_x509::HashAlgorithm;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::sealed::{NOT_CHECKED, SealedContent, sealed_before};
use crate::Result;
use crate::components::ComponentReport;
use crate::context::Context;
use crate::escrow::SealedEscrow;
use crate::recipients::{self, fingerprint};
use crate::sealing::{SealerArguments, timestamp};
use crate::throw_away::Destination;
use crate::token_key::TokenKeyReport;

const TOOL: &str = concat!("el2g ", env!("CARGO_PKG_VERSION"));

/// What can be shown later to say what an object holds.
#[derive(Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ObjectReceipt {
    /// The object's name.
    name: String,
    /// The object's id on the device.
    object_id: ObjectId,
    /// The kind of secret.
    kind: &'static str,
    #[serde(flatten)]
    sealed_now: Option<SealedNow>,
    /// SHA-256 of the armored message, lower-case hex.
    message_sha256: String,
    /// When it was sealed, or read where it had been sealed before.
    created_at: Timestamp,
    /// The program and its version.
    tool: &'static str,
    /// Checks that were passed over by name.
    skipped_checks: Vec<&'static str>,
    /// The object's id in the service.
    #[serde(skip_serializing_if = "Option::is_none")]
    secure_object_id: Option<u64>,
}

/// What is known of a secret that was sealed by the same command.
#[derive(Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
struct SealedNow {
    /// Bytes of the secret.
    length: usize,
    /// The key check value, for kinds that have one.
    kcv: Option<String>,
    /// How the check value was computed.
    kcv_method: Option<&'static str>,
    signer: Fingerprint,
    recipient: Option<Fingerprint>,
    /// The components that the secret was joined from.
    components: Vec<ComponentReport>,
    /// The key on a token that was sealed.
    taken_from: Option<TokenKeyReport>,
    /// Whether a copy was sealed to the team's own key.
    escrow: bool,
}

impl ObjectReceipt {
    /// As the journal keeps it.
    fn recorded(self) -> Result<Value> {
        serde_json::to_value(self)
            .map_err(|error| Failure::bug(format!("the receipt is not JSON: {error}")))
    }
}

/// The keys of all secrets of one command: opened once.
pub struct SealingKeys<'a> {
    arguments: &'a SealerArguments,
    opened: Vec<Opened>,
    /// The place of those that are named for all secrets.
    for_all: Option<usize>,
    /// Recipients of messages that were sealed before.
    known: Vec<Recipient>,
}

type Opened = (Box<dyn MessageSigner>, Recipient);

/// A sealed secret, as the journal keeps it: nothing in it is secret.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PreparedSecret {
    /// What is sent.
    pub request: NewSecureObject,
    /// What the receipt says, without the object's id in the service.
    pub receipt: Value,
    /// The check value, for kinds that have one.
    pub check_value: Option<String>,
    /// The copy for the team's own key, armored.
    pub escrow: Option<String>,
}

impl<'a> SealingKeys<'a> {
    /// The keys that are named for all secrets.
    pub fn of(arguments: &'a SealerArguments) -> Self {
        Self { arguments, opened: Vec::new(), for_all: None, known: Vec::new() }
    }

    /// The recipients of the messages, which the gate compares them with.
    pub fn into_recipients(self) -> Vec<Recipient> {
        let opened = self.opened.into_iter().map(|(_, recipient)| recipient);
        opened.chain(self.known).collect()
    }

    /// Takes note of the recipient of a message that an earlier run sealed, without opening the signer.
    pub fn know(&mut self, sealed: &SealedContent, context: &mut Context) -> Result<()> {
        let (own, all) = (&sealed.sealed.sealer, self.arguments);
        let recipient = own.recipient.as_deref().or(all.recipient.as_deref());
        let known = recipients::known(recipient, timestamp(context), context)?;
        self.known.extend(known);
        Ok(())
    }

    /// The keys of one secret: its own, else those for all.
    fn open(&mut self, own: &SealerArguments, context: &mut Context) -> Result<&Opened> {
        let place = match self.for_all.filter(|_| own.is_empty()) {
            Some(place) => place,
            None => {
                let arguments = if own.is_empty() { self.arguments } else { own };
                self.opened.push(arguments.open(Destination::Service, context)?);
                self.opened.len() - 1
            }
        };
        if own.is_empty() {
            self.for_all = Some(place);
        }
        Ok(&self.opened[place])
    }
}

impl SealedContent {
    /// The request without its message: its fields are what the object will be.
    pub fn outline(&self, context: &mut Context) -> Result<NewSecureObject> {
        let order = self.object.order(context)?;
        let (size, later) = (String::new(), String::new());
        Ok(KeyImport::from_message(order, self.kind, size, later.clone(), later).request().clone())
    }

    /// Whether the same secret cannot be had a second time, or has a copy that must be of this very one.
    pub fn is_made_once(&self) -> bool {
        self.sealed.payload.is_generated() || self.sealed.escrow.place().is_some()
    }

    /// Where the copy for the team's own key goes.
    pub fn escrow_place(&self) -> Option<&Path> {
        self.sealed.escrow.place()
    }

    /// The check value of the secret in the file, if there still is one that can be read.
    pub fn check_value_now(&self, context: &mut Context) -> Option<String> {
        if self.sealed.message.is_some() || self.sealed.payload.is_generated() {
            return None;
        }
        let secret = self.sealed.payload.secret(self.kind, context).ok()?;
        secret.payload.check_value().map(|value| value.to_string())
    }

    /// Reads or makes the secret and seals it, or takes the message that was sealed before.
    /// The copy for the team's own key is still to be written.
    pub fn prepare(
        &self,
        keys: &mut SealingKeys<'_>,
        context: &mut Context,
    ) -> Result<(PreparedSecret, Option<SealedEscrow>)> {
        let order = self.object.order(context)?;
        // Before a passphrase is asked for. What is passed over is said when it is sent.
        let broken = broken_by_order(&order, self.kind);
        if let Some(refused) = context.gate().refusal("secure-object create", broken, |_| ()) {
            return Err(refused);
        }
        match &self.sealed.message {
            Some(message) => Ok((self.of_message(order, message, keys, context)?, None)),
            None => self.of_secret(order, keys, context),
        }
    }

    fn of_message(
        &self,
        order: ObjectOrder,
        message: &Path,
        keys: &mut SealingKeys<'_>,
        context: &mut Context,
    ) -> Result<PreparedSecret> {
        let (own, all) = (&self.sealed.sealer, keys.arguments);
        let signer_public = own.signer_public.as_deref().or(all.signer_public.as_deref());
        let signer_public = signer_public.ok_or_else(|| {
            Failure::usage("a message that was sealed before needs --signer-public")
        })?;
        let recipient = own.recipient.as_deref().or(all.recipient.as_deref());
        let known = recipients::known(recipient, timestamp(context), context)?;
        keys.known.extend(known);
        let key_size = self.key_size.clone().ok_or(self.size_flag);
        let files = (message, signer_public);
        let import = sealed_before(order, self.kind, key_size, files, context)?;
        context.console.note(NOT_CHECKED);
        let request = import.request().clone();
        let sha256 = HashAlgorithm::Sha256.digest(message_of(&request).as_bytes());
        let receipt = ObjectReceipt {
            name: request.name().to_owned(),
            object_id: request.object_id().clone(),
            kind: self.kind.name(),
            sealed_now: None,
            message_sha256: base16ct::lower::encode_string(&sha256),
            created_at: timestamp(context),
            tool: TOOL,
            skipped_checks: context.skipped_checks(),
            secure_object_id: None,
        };
        let receipt = receipt.recorded()?;
        Ok(PreparedSecret { request, receipt, check_value: None, escrow: None })
    }

    fn of_secret(
        &self,
        order: ObjectOrder,
        keys: &mut SealingKeys<'_>,
        context: &mut Context,
    ) -> Result<(PreparedSecret, Option<SealedEscrow>)> {
        let now = timestamp(context);
        let escrow = self.sealed.escrow.open(now, context)?;
        let secret = self.sealed.payload.secret(self.kind, context)?;
        let payload = &secret.payload;
        let (signer, recipient) = keys.open(&self.sealed.sealer, context)?;
        let signer = signer.as_ref();
        let message = seal(payload, signer, recipient, now, &mut context.entropy())?;
        let copy = escrow
            .map(|escrow| escrow.seal(payload, signer, recipient, now, context))
            .transpose()?;
        let check_value = payload.check_value();
        let sealed_now = SealedNow {
            length: payload.byte_len(),
            kcv: check_value.as_ref().map(ToString::to_string),
            kcv_method: check_value.as_ref().map(|value| value.method()),
            signer: signer.fingerprint(),
            recipient: fingerprint(recipient),
            components: secret.components,
            taken_from: secret.token_key,
            escrow: copy.is_some(),
        };
        let receipt = ObjectReceipt {
            name: order.name.clone(),
            object_id: order.object_id.clone(),
            kind: self.kind.name(),
            sealed_now: Some(sealed_now),
            message_sha256: message.sha256_hex(),
            created_at: now,
            tool: TOOL,
            skipped_checks: context.skipped_checks(),
            secure_object_id: None,
        };
        let receipt = receipt.recorded()?;
        let (armored, public) = (message.armored().to_owned(), signer.public_armored().to_owned());
        let import = KeyImport::from_message(order, self.kind, payload.key_size(), armored, public);
        let prepared = PreparedSecret {
            request: import.request().clone(),
            receipt,
            check_value: check_value.map(|value| value.to_string()),
            escrow: copy.as_ref().map(|copy| copy.armored().to_owned()),
        };
        Ok((prepared, copy))
    }
}

/// The message of a request.
fn message_of(request: &NewSecureObject) -> &str {
    use el2g_service_api::new_secure_object::BinaryFilePayload;
    match request {
        NewSecureObject::MasterKey(new)
        | NewSecureObject::HmacKey(new)
        | NewSecureObject::OemFwDecryptKey(new) => &new.encrypted_key,
        NewSecureObject::BinaryFile(new) => match &new.payload {
            BinaryFilePayload::Confidential { encrypted_binary_file, .. } => encrypted_binary_file,
            BinaryFilePayload::NonConfidential { .. } => "",
        },
        NewSecureObject::KeyPair(_)
        | NewSecureObject::Certificate(_)
        | NewSecureObject::StaticPublicKey(_)
        | NewSecureObject::OemFwAuthKeyHash(_) => "",
    }
}

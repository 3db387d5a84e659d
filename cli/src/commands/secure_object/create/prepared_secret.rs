//! A secret object of several: sealed and ready to be recorded, before anything is sent.

use std::path::Path;

use el2g_openpgp_envelope::{MessageSigner, Recipient, seal};
use el2g_service_api::new_secure_object::NewSecureObject;
use el2g_workflows::{Failure, KeyImport, ObjectOrder, broken_by_order};
use el2g_x509::HashAlgorithm;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::sealed::{NOT_CHECKED, SealedContent, sealed_before};
use crate::Result;
use crate::context::Context;
use crate::escrow::SealedEscrow;
use crate::recipients::{self, fingerprint};
use crate::sealing::{SealerArguments, timestamp};
use crate::throw_away::Destination;

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
        let receipt = json!({
            "name": request.name(),
            "objectId": request.object_id(),
            "kind": self.kind.name(),
            "messageSha256": base16ct::lower::encode_string(&sha256),
            "createdAt": timestamp(context).to_string(),
            "tool": concat!("el2g ", env!("CARGO_PKG_VERSION")),
            "skippedChecks": context.skipped_checks(),
        });
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
        let receipt = json!({
            "name": order.name,
            "objectId": order.object_id,
            "kind": self.kind.name(),
            "length": payload.byte_len(),
            "kcv": check_value.as_ref().map(ToString::to_string),
            "kcvMethod": check_value.as_ref().map(|value| value.method()),
            "signer": signer.fingerprint().to_string(),
            "recipient": fingerprint(recipient).map(|it| it.to_string()),
            "messageSha256": message.sha256_hex(),
            "createdAt": now.to_string(),
            "tool": concat!("el2g ", env!("CARGO_PKG_VERSION")),
            "components": secret.components,
            "takenFrom": secret.token_key,
            "escrow": copy.is_some(),
            "skippedChecks": context.skipped_checks(),
        });
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

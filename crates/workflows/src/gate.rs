//! The one gate before the service: everything that the program can check of a request is checked here, whichever
//! command, batch, flow or dry run makes it, `el2g api` included.
//!
//! The body is checked field by field ([`el2g_service_api::body_check`]); a message that was sealed before is inspected
//! as `pgp inspect` does, the signer's key beside it and a static public key are read, and a certificate is compared
//! with its root by the profile of section 6.

mod ca_upload;
mod clear_file;
mod gate_rules;
mod key_hash;
mod public_key;
mod reserved_id;
mod sealed_message;
mod skipped_rule;

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use el2g_cert_profile::RuleSet;
use el2g_key_payload::PayloadKind;
use el2g_openpgp_envelope::{Recipient, Timestamp};
use el2g_service_api::body_check::{BodyFault, BodyFaults, CheckBody as _, product_fault};
use el2g_service_api::intermediate_cas::{SignedIntermediate, UploadIntermediateCa};
use el2g_service_api::keysets::{CmacOrder, ComputeCmac};
use el2g_service_api::new_secure_object::{BinaryFilePayload, NewSecureObject};
use el2g_service_api::secure_objects::CreateSecureObject;
use el2g_service_api::{Called, Method, Operation};
use el2g_service_client::{BrokenRule, GateReport, RequestGate};
use el2g_x509::Instant;

pub use ca_upload::{broken_by_root, broken_by_upload};
pub use gate_rules::GATE_RULES;
pub use skipped_rule::{SkippedRule, UnknownRule, gate_rules};

use self::clear_file::SEAL_IT;
use crate::failure::fix_or_skip;
use crate::{Failure, KeyImport, ObjectOrder};

/// What breaks the rule that two objects of one batch have different ids.
pub fn repeated_object_id(message: String) -> BrokenRule {
    gate_rules::broken(&gate_rules::OBJECT_ID_REPEATED, "objectId", message)
}

/// What breaks the rule that a file that only its owner can read, as a secret, is not sent in clear.
pub fn secret_file_in_clear(message: String) -> BrokenRule {
    gate_rules::broken(&gate_rules::SECRET_FILE_IN_CLEAR, "binaryFile", message)
}

/// The rules that the fields of a new object break, whatever secret it will hold: known before anything is sealed.
pub fn broken_by_order(order: &ObjectOrder, kind: PayloadKind) -> Vec<BrokenRule> {
    let size = kind.key_size(if kind.is_aes() { 16 } else { 1 });
    let later = "-".to_owned();
    let import = KeyImport::from_message(order.clone(), kind, size, later.clone(), later);
    let mut faults = BodyFaults::default();
    import.request().check(&mut faults);
    faults.into_faults().into_iter().map(of_body).collect()
}

/// What to do where a key stands for its hash,
const HASH_IT: &str = "name the file with the hash of the public keys";
/// and for a message.
const NAME_IT: &str = "name the file with the message whose CMAC is computed";

/// What the gate compares with, and which rules it passes over.
pub struct Gate {
    /// When it was made, by the clock of the computer and by one that only goes forward.
    made: (Instant, std::time::Instant),
    rules: RuleSet,
    recipients: Vec<Recipient>,
    skipped: Vec<SkippedRule>,
    /// What was said already: a batch repeats itself.
    told: Mutex<BTreeSet<String>>,
}

impl Gate {
    /// A gate that knows no recipient and passes over nothing. `at` is the present.
    pub fn new(at: Instant) -> Self {
        Self {
            made: (at, std::time::Instant::now()),
            rules: RuleSet::annex6(),
            recipients: Vec::new(),
            skipped: Vec::new(),
            told: Mutex::default(),
        }
    }

    /// The same, for messages that are encrypted to one of these keys.
    #[must_use]
    pub fn with_recipients(mut self, recipients: Vec<Recipient>) -> Self {
        self.recipients = recipients;
        self
    }

    /// The same, with another rule set for certificates that are uploaded.
    #[must_use]
    pub fn with_rule_set(mut self, rules: RuleSet) -> Self {
        self.rules = rules;
        self
    }

    /// The same, passing over these rules.
    #[must_use]
    pub fn skipping(mut self, skipped: Vec<SkippedRule>) -> Self {
        self.skipped = skipped;
        self
    }

    /// What is left of broken rules when those that are passed over are taken away; those become warnings.
    pub fn settle(&self, broken: Vec<BrokenRule>) -> GateReport {
        let mut report = GateReport::default();
        for broken in broken {
            let skipped = self.skipped.iter().any(|skipped| skipped.name() == broken.rule);
            if skipped && broken.skippable {
                report
                    .warnings
                    .push(format!("--skip-check {}: passed over: {broken}", broken.rule));
            } else {
                report.broken.push(broken);
            }
        }
        report
    }

    /// The failure of a request that breaks rules before it is built, `None` when they are all passed over. The
    /// warnings go to `warn`.
    pub fn refusal(
        &self,
        about: &str,
        broken: Vec<BrokenRule>,
        warn: impl Fn(&str),
    ) -> Option<Failure> {
        let GateReport { broken, warnings } = self.settle(broken);
        self.only_new(warnings).iter().for_each(|text| warn(text));
        if broken.is_empty() {
            return None;
        }
        let listed: Vec<String> = broken.iter().map(ToString::to_string).collect();
        let failure = Failure::input(format!("{about}: not sent: {}", listed.join("; ")));
        Some(failure.with_hint(fix_or_skip(&broken)))
    }

    fn only_new(&self, warnings: Vec<String>) -> Vec<String> {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        warnings.into_iter().filter(|text| told.insert(text.clone())).collect()
    }

    /// The present: a flow signs what it uploads after the gate was made. A second is added, because both clocks count
    /// whole ones.
    fn at(&self) -> Instant {
        let (at, made) = self.made;
        at.plus_seconds(
            i64::try_from(made.elapsed().as_secs()).unwrap_or(i64::MAX).saturating_add(1),
        )
    }

    fn now(&self) -> Timestamp {
        Timestamp(u32::try_from(self.at().unix()).unwrap_or(u32::MAX))
    }

    fn new_object(&self, object: &NewSecureObject, broken: &mut Vec<BrokenRule>) -> Vec<String> {
        let (path, message, key_path, key) = match object {
            NewSecureObject::MasterKey(new)
            | NewSecureObject::HmacKey(new)
            | NewSecureObject::OemFwDecryptKey(new) => {
                let key = new.customer_pgp_public_key.as_str();
                ("encryptedKey", new.encrypted_key.as_str(), "customerPgpPublicKey", key)
            }
            NewSecureObject::BinaryFile(new) => match &new.payload {
                BinaryFilePayload::Confidential {
                    customer_pgp_public_key,
                    encrypted_binary_file,
                } => (
                    "payload.encryptedBinaryFile",
                    encrypted_binary_file.as_str(),
                    "payload.customerPgpPublicKey",
                    customer_pgp_public_key.as_str(),
                ),
                BinaryFilePayload::NonConfidential { binary_file, .. } => {
                    let found = clear_file::broken_by("payload.binaryFile", binary_file, SEAL_IT);
                    broken.extend(found);
                    return Vec::new();
                }
            },
            NewSecureObject::StaticPublicKey(new) => {
                broken.extend(public_key::broken_by(new));
                return Vec::new();
            }
            NewSecureObject::OemFwAuthKeyHash(new) => {
                broken.extend(clear_file::broken_by("binaryFile", &new.binary_file, HASH_IT));
                broken.extend(key_hash::broken_by(&new.binary_file));
                return Vec::new();
            }
            NewSecureObject::KeyPair(_) | NewSecureObject::Certificate(_) => return Vec::new(),
        };
        broken.extend(sealed_message::broken_by_signer(key_path, key, self.now()));
        sealed_message::check(path, message, &self.recipients, self.now(), broken)
    }
}

impl RequestGate for Gate {
    fn check(&self, called: Option<&Called>, method: Method, body: Option<&[u8]>) -> GateReport {
        let Some(Called { endpoint, parameters }) = called else { return GateReport::default() };
        let mut broken = Vec::new();
        let mut warnings = Vec::new();
        for (name, value) in endpoint.path_parameters.iter().zip(parameters) {
            // What only reads does no harm.
            if *name == "12nc" && method != Method::Get {
                broken.extend(product_fault(value).map(of_body));
            }
        }
        if let Some(body) = body.filter(|_| endpoint.has_body) {
            broken.extend((endpoint.check_body)(body).into_iter().map(of_body));
            if endpoint.name == CreateSecureObject::NAME
                && let Ok(object) = CreateSecureObject::decode_body(body)
            {
                warnings = self.new_object(&object, &mut broken);
                warnings
                    .extend(reserved_id::warning(&object.secure_object_type(), object.object_id()));
            }
            if endpoint.name == ComputeCmac::NAME
                && let Ok(CmacOrder { payload }) = ComputeCmac::decode_body(body)
            {
                broken.extend(clear_file::broken_by("payload", &payload, NAME_IT));
            }
            if endpoint.name == UploadIntermediateCa::NAME
                && let Ok(SignedIntermediate { signed_certificate, root_ca }) =
                    UploadIntermediateCa::decode_body(body)
            {
                let (certificate, root) = (signed_certificate.as_bytes(), root_ca.as_bytes());
                broken.extend(broken_by_upload(certificate, root, None, &self.rules, self.at()));
            }
        }
        let mut report = self.settle(broken);
        report.warnings.extend(warnings);
        report.warnings = self.only_new(std::mem::take(&mut report.warnings));
        report
    }
}

fn of_body(fault: BodyFault) -> BrokenRule {
    let BodyFault { rule, path, found, expected, .. } = fault;
    let message = format!("found {found}, expected {expected}");
    BrokenRule { rule, place: path, message, fix: None, skippable: true }
}

//! A service for unit tests: operations are called by their section or name, without HTTP.

use std::sync::{Arc, LazyLock};

use el2g_key_payload::{Payload, PayloadKind, SecretBytes, SystemEntropy};
use el2g_openpgp_envelope::{
    NewKey, Recipient, RsaBits, SigningKey, Timestamp, generate_recipient_key,
    generate_signing_key, seal,
};
use el2g_service_api::{CATALOGUE, NEWER, ReplyKind};
use serde_json::{Value, json};

use crate::call::{Call, Request};
use crate::clock::SteppedClock;
use crate::options::KeySource;
use crate::refusal::Refusal;
use crate::routes::{handler, refusals};
use crate::service::Service;
use crate::store::Store;

/// 2026-11-23T00:00:00Z
pub(crate) const NOW: i64 = 1_795_392_000_000;
pub(crate) const PRODUCT: &str = "935389312472";

static RECIPIENT: LazyLock<NewKey> = LazyLock::new(|| {
    let created = Timestamp(1_700_000_000);
    generate_recipient_key("test <t@example.com>", created, &mut SystemEntropy).unwrap()
});
static CUSTOMER: LazyLock<NewKey> = LazyLock::new(|| {
    let created = Timestamp(1_700_000_000);
    let user = "customer <c@example.com>";
    generate_signing_key(user, RsaBits::Rsa2048, created, None, &mut SystemEntropy).unwrap()
});

/// The service and its clock.
pub(crate) struct Testbed {
    pub service: Service,
    pub clock: Arc<SteppedClock>,
}

impl Testbed {
    pub(crate) fn new() -> Self {
        let clock = Arc::new(SteppedClock::at_millis(NOW));
        let store = Store::in_memory().unwrap();
        let service = Service::new(store, Arc::clone(&clock) as _, Box::new(SystemEntropy));
        Self { service, clock }
    }

    /// Calls the operation of `section`, or of this name; `query` as in a URL, undecoded.
    pub(crate) fn call(
        &self,
        section: &str,
        path: &[(&str, &str)],
        query: &str,
        body: Value,
    ) -> Result<Value, Refusal> {
        let mut all = CATALOGUE.iter().chain(NEWER);
        let endpoint = all.find(|e| e.section == section || e.name == section).unwrap();
        let pairs = |text: &str| {
            text.split('&')
                .filter_map(|pair| pair.split_once('='))
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect()
        };
        let request = Request {
            path: path.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
            query: pairs(query),
            url: format!("http://sandbox/api/v1{}", endpoint.path),
        };
        crate::generation::settle(&self.service)?;
        let call = Call { service: &self.service, request: &request };
        let body = body.to_string();
        let handle = || handler(endpoint).unwrap()(&call, body.as_bytes());
        let reply = crate::membership::answer(&call, endpoint, handle);
        if let Err(refusal) = &reply {
            let status = refusal.problem.status;
            assert!(refusals(endpoint).contains(&status), "{section} does not declare {status}");
        }
        reply.map(|body| match endpoint.reply {
            ReplyKind::Json => serde_json::from_slice(&body).unwrap(),
            ReplyKind::Empty => Value::Null,
            ReplyKind::Pem | ReplyKind::Text | ReplyKind::Csv => {
                Value::String(String::from_utf8(body).unwrap())
            }
        })
    }

    /// A device comes online.
    pub(crate) fn connect(&self, uid: &str, body: Value) -> Result<Value, Refusal> {
        let request = Request { path: vec![("uid".into(), uid.into())], ..Request::default() };
        let call = Call { service: &self.service, request: &request };
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let report = crate::control::connect(&call, body.as_bytes())?;
        Ok(serde_json::from_slice(&report).unwrap())
    }

    /// The code that an operation is refused with.
    pub(crate) fn refused(
        &self,
        section: &str,
        path: &[(&str, &str)],
        query: &str,
        body: Value,
    ) -> String {
        self.call(section, path, query, body).unwrap_err().problem.code()
    }

    /// A new device group; its id as text.
    pub(crate) fn group(&self, nc12: &str) -> String {
        let body = json!({"deviceGroupName": "TestGroup"});
        self.call("4.1.1", &[("12nc", nc12)], "", body).unwrap()["id"].to_string()
    }

    /// Adds devices to a group of [`PRODUCT`].
    pub(crate) fn add(&self, group: &str, ids: &[&str]) -> Result<Value, Refusal> {
        let path = [("12nc", PRODUCT), ("deviceGroupId", group)];
        self.call("4.1.2", &path, "", json!({"deviceIds": ids}))
    }

    /// A new secure object: common fields, and `more`. Its id as text.
    pub(crate) fn object(
        &self,
        kind: &str,
        object_id: &str,
        more: Value,
    ) -> Result<String, Refusal> {
        let mut body = json!({"name": format!("My {kind}"), "secureObjectType": kind,
            "objectId": object_id, "policySourceType": "DEFAULT"});
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        Ok(self.call("4.1.3", &[], "", body)?["id"].to_string())
    }

    /// Assigns an object to a group.
    pub(crate) fn assign(&self, object: &str, group: &str) -> Result<Value, Refusal> {
        let body = json!({"deviceGroupId": group});
        self.call("4.1.4", &[("secureObjectId", object)], "", body)
    }

    /// Makes the OpenPGP key available.
    pub(crate) fn with_recipient(self) -> Self {
        let source = KeySource::Given(SecretBytes::from_slice(RECIPIENT.secret_armored.expose()));
        self.service.recipient.fill(&self.service.store, source, self.service.pgp_now());
        self
    }

    /// A sealed message for this service and the key that signed it.
    pub(crate) fn sealed(&self, kind: PayloadKind, hex: &str) -> (String, String) {
        let payload = Payload::from_hex(kind, &SecretBytes::from_slice(hex.as_bytes())).unwrap();
        let now = self.service.pgp_now();
        let secret = SecretBytes::from_slice(CUSTOMER.secret_armored.expose());
        let signer = SigningKey::open(&secret, None, now).unwrap();
        let recipient = Recipient::read(RECIPIENT.public_armored.as_bytes(), now).unwrap();
        let message = seal(&payload, &signer, &recipient, now, &mut SystemEntropy).unwrap();
        (message.armored().to_owned(), CUSTOMER.public_armored.clone())
    }
}

#![cfg(test)]

//! For tests: a sandbox, clients of it with and without faults, and a root.

use std::cell::RefCell;

use el2g_key_payload::SystemEntropy;
use el2g_openpgp_envelope::{Recipient, RsaBits, SigningKey, Timestamp, generate_signing_key};
use el2g_sandbox::{Options, Running};
use el2g_service_api::device_groups::{CreateDeviceGroup, DeviceGroupName, ProductPath};
use el2g_service_api::intermediate_cas::{
    CaAlgorithm, CreateIntermediateCa, NewIntermediateCa, RequestType,
};
use el2g_service_api::new_secure_object::{NewKeyPair, NewSecureObject};
use el2g_service_api::policies::PolicySource;
use el2g_service_api::secure_objects::{CreateSecureObject, KeyPairAlgorithm};
use el2g_service_api::{NoPath, NoQuery, ObjectId};
use el2g_service_client::{AuthHeader, BaseUrl, Client, RetryPolicy, Settings, Token};
use el2g_x509::{
    AttributeType, Certificate, FileKey, Instant, KeyAlgorithm, Name, make_root, random_serial,
};

use crate::fault_proxy::{Fault, FaultProxy};
use crate::{Services, SigningOrder};

/// A running sandbox.
pub(crate) struct Rehearsal {
    pub(crate) sandbox: Running,
}

impl Rehearsal {
    pub(crate) async fn start() -> Self {
        Self { sandbox: el2g_sandbox::start(Options::default()).await.unwrap() }
    }

    /// A client straight to the sandbox.
    pub(crate) fn client(&self) -> Client {
        self.client_of(&self.sandbox.base_url())
    }

    /// A proxy that breaks the exchanges from `nth` on, and a client that goes through it.
    pub(crate) async fn broken_client(&self, nth: usize, fault: Fault) -> (FaultProxy, Client) {
        let proxy = FaultProxy::start(self.sandbox.address(), Some((nth, fault))).await;
        let client = self.client_of(&proxy.origin());
        (proxy, client)
    }

    /// A proxy that only counts, and a client that goes through it.
    pub(crate) async fn counted_client(&self) -> (FaultProxy, Client) {
        let proxy = FaultProxy::start(self.sandbox.address(), None).await;
        let client = self.client_of(&proxy.origin());
        (proxy, client)
    }

    /// The key that the sandbox opens messages with.
    pub(crate) async fn recipient(&self) -> Recipient {
        let armored = self.sandbox.recipient_public().await.unwrap();
        Recipient::read(armored.as_bytes(), pgp_now()).unwrap()
    }

    /// A new device group; its id.
    pub(crate) async fn group(&self, name: &str, product: &str) -> u64 {
        let (path, body) =
            (ProductPath { nc12: product.to_owned() }, DeviceGroupName::new(name.to_owned()));
        let client = self.client();
        client.call::<CreateDeviceGroup>(&path, &NoQuery {}, &body).await.unwrap().id
    }

    /// A new key pair with the object id 8300000`number`; its id.
    pub(crate) async fn key_pair(&self, name: &str, number: u8) -> u64 {
        let object_id = ObjectId::as_received(format!("8300000{number}"));
        let (source, algorithm) = (PolicySource::Default, KeyPairAlgorithm::NistP256);
        let new = NewKeyPair::new(name.to_owned(), object_id, source, algorithm);
        let body = NewSecureObject::KeyPair(new);
        let client = self.client();
        let made = client.call::<CreateSecureObject>(&NoPath {}, &NoQuery {}, &body).await.unwrap();
        made.service_id().unwrap()
    }

    /// A client of what only the sandbox has.
    pub(crate) fn control(&self) -> Client {
        self.client_at(&self.sandbox.base_url())
    }

    fn client_of(&self, origin: &str) -> Client {
        self.client_at(&format!("{origin}/api/v1"))
    }

    fn client_at(&self, url: &str) -> Client {
        let mut settings = Settings::new(
            BaseUrl::parse(url).unwrap(),
            AuthHeader::El2gApiKey,
            Some(Token::new(self.sandbox.token()).unwrap()),
        );
        settings.retry = RetryPolicy::never();
        Client::new(settings).unwrap()
    }
}

/// A new OpenPGP key that signs.
pub(crate) fn signer() -> SigningKey {
    let name = "Rehearsal <r@example.invalid>";
    let key =
        generate_signing_key(name, RsaBits::Rsa2048, pgp_now(), None, &mut SystemEntropy).unwrap();
    SigningKey::open(&key.secret_armored, None, pgp_now()).unwrap()
}

pub(crate) fn pgp_now() -> Timestamp {
    Timestamp(u32::try_from(now().unix()).unwrap())
}

pub(crate) fn now() -> Instant {
    Instant::from_unix(jiff::Timestamp::now().as_second())
}

/// A new P-256 CA of the service, named `name`; its id.
pub(crate) async fn create_ca(client: &Client, name: &str, kind: RequestType) -> u64 {
    let new = NewIntermediateCa {
        common_name: name.to_owned().into(),
        ..NewIntermediateCa::new(name.to_owned(), CaAlgorithm::NistP256, kind)
    };
    client.call::<CreateIntermediateCa>(&NoPath {}, &NoQuery {}, &new).await.unwrap().id
}

/// Services without waiting.
pub(crate) fn services<'a>(client: &'a Client, entropy: &'a mut SystemEntropy) -> Services<'a> {
    let entropy = RefCell::new(entropy as _);
    Services { client, clock: &now, pause: &|_| Box::pin(std::future::ready(())), entropy }
}

/// A P-256 root and its key.
pub(crate) fn root() -> (Certificate, FileKey) {
    let key = FileKey::generate(KeyAlgorithm::NistP256).unwrap();
    let name = Name::build(&[(AttributeType::COMMON_NAME, "Rehearsal Root")]).unwrap();
    let serial = random_serial(&mut SystemEntropy).unwrap();
    let certificate =
        make_root(&name, &key, serial, now().plus_days(-1), now().plus_days(7305)).unwrap();
    (certificate, key)
}

/// A signature for ten years, everything else by default.
pub(crate) fn order() -> SigningOrder {
    SigningOrder {
        days: 3650,
        not_before: None,
        hash: None,
        serial: None,
        crl_urls: Vec::new(),
        policy_url: None,
    }
}

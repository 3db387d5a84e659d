//! Imports against the sandbox, whole and broken at every exchange.

use std::path::Path;

use el2g_key_payload::{SecretBytes, SystemEntropy};
use el2g_openpgp_envelope::{RsaBits, SigningKey, generate_signing_key};

use super::*;
use crate::fault_proxy::Fault;
use crate::rehearsal::{Rehearsal, now};
use crate::{FailureKind, Silent};

fn pgp_now() -> Timestamp {
    Timestamp(u32::try_from(now().unix()).unwrap())
}

fn signer() -> SigningKey {
    let key = generate_signing_key(
        "Rehearsal <r@example.invalid>",
        RsaBits::Rsa2048,
        pgp_now(),
        None,
        &mut SystemEntropy,
    )
    .unwrap();
    SigningKey::open(&key.secret_armored, None, pgp_now()).unwrap()
}

async fn recipient(rehearsal: &Rehearsal) -> Recipient {
    let armored = rehearsal.sandbox.recipient_public().await.unwrap();
    Recipient::read(armored.as_bytes(), pgp_now()).unwrap()
}

fn order(name: &str) -> ObjectOrder {
    ObjectOrder {
        name: name.to_owned(),
        object_id: ObjectId::as_received("83000001"),
        policy_source: PolicySource::Default,
        policies: None,
        on_connection: None,
    }
}

fn import(name: &str, payload: &Payload, signer: &SigningKey, recipient: &Recipient) -> KeyImport {
    KeyImport::seal(order(name), payload, signer, recipient, pgp_now(), &mut SystemEntropy).unwrap()
}

async fn run(import: &KeyImport, client: &Client, place: &Path) -> Result<ImportedKey, Failure> {
    let journal = Journal::open(place, KeyImport::FLOW, &import.subject("sandbox")).unwrap();
    import.run(client, journal, &Silent).await
}

#[tokio::test]
async fn each_kind_becomes_its_object() {
    let rehearsal = Rehearsal::start().await;
    let (signer, recipient) = (signer(), recipient(&rehearsal).await);
    let (folder, client) = (tempfile::tempdir().unwrap(), rehearsal.client());
    for (kind, bytes, expected, length) in [
        (PayloadKind::Aes, 16, "MASTER_KEY", Some(128)),
        (PayloadKind::Aes, 32, "MASTER_KEY", Some(256)),
        (PayloadKind::Hmac, 32, "HMAC_KEY", Some(32)),
        (PayloadKind::Binary, 300, "BINARY_FILE", None),
    ] {
        let payload = Payload::generate(kind, bytes, &mut SystemEntropy).unwrap();
        let import = import(&format!("{kind}-{bytes}"), &payload, &signer, &recipient);
        let place = folder.path().join("journal");
        let imported = run(&import, &client, &place).await.unwrap();
        assert_eq!(imported.object.secure_object_type.as_str(), expected);
        assert_eq!(imported.object.length.value().copied(), length);
        assert!(!imported.by_earlier_run);
        assert!(!place.exists(), "the journal stays after the end");
    }
}

#[tokio::test]
async fn creates_once_whatever_exchange_breaks() {
    let rehearsal = Rehearsal::start().await;
    let (signer, recipient) = (signer(), recipient(&rehearsal).await);
    let (folder, client) = (tempfile::tempdir().unwrap(), rehearsal.client());
    let payload = Payload::from_raw(PayloadKind::Aes, SecretBytes::from_slice(&[7; 32])).unwrap();
    let (proxy, counted) = rehearsal.counted_client().await;
    let whole = import("whole", &payload, &signer, &recipient);
    run(&whole, &counted, &folder.path().join("whole")).await.unwrap();
    for nth in 0..proxy.exchanges() {
        for fault in [Fault::BeforeActing, Fault::AfterActing] {
            let name = format!("{fault:?}-{nth}");
            let place = folder.path().join(&name);
            let import = import(&name, &payload, &signer, &recipient);
            let (_proxy, broken) = rehearsal.broken_client(nth, fault).await;
            let failure = run(&import, &broken, &place).await.unwrap_err();
            assert_eq!(failure.kind, FailureKind::Partial, "{name}: {failure:?}");
            // A broken look-up leaves the journal where it is.
            let again = run(&import, &broken, &place).await.unwrap_err();
            assert_eq!(again.kind, FailureKind::Partial, "{name}: {again:?}");
            let imported = run(&import, &client, &place).await.unwrap();
            assert_eq!(imported.by_earlier_run, fault == Fault::AfterActing, "{name}");
            assert!(!place.exists());
            let query = SecureObjectQuery { name: Some(name.clone()), ..Default::default() };
            let all = client.pages::<ListSecureObjects>(NoPath {}, query).collect().await.unwrap();
            let same: Vec<_> = all.iter().filter(|object| object.name == name).collect();
            assert_eq!(same.len(), 1, "{name}: {same:?}");
            assert_eq!(same[0].service_id(), imported.object.service_id());
        }
    }
}

#[tokio::test]
async fn a_refusal_leaves_no_journal_behind() {
    let rehearsal = Rehearsal::start().await;
    let (folder, client) = (tempfile::tempdir().unwrap(), rehearsal.client());
    let import = KeyImport::from_message(
        order("no message"),
        PayloadKind::Aes,
        "AES256".to_owned(),
        "not a message".to_owned(),
        "not a key".to_owned(),
    );
    let place = folder.path().join("journal");
    let failure = run(&import, &client, &place).await.unwrap_err();
    assert_eq!((failure.kind, failure.status), (FailureKind::Refused, Some(422)), "{failure:?}");
    assert!(!place.exists());
}

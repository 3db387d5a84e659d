//! Imports against the sandbox.

use std::path::Path;

use el2g_key_payload::SystemEntropy;
use el2g_openpgp_envelope::SigningKey;

use super::*;
use crate::fault_proxy::Fault;
use crate::rehearsal::{Rehearsal, pgp_now, signer};
use crate::{Failure, FailureKind, Journal, Silent};

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
    let mut journal = Journal::open(place, Flow::ImportKey, &import.subject("sandbox")).unwrap();
    import.plan(client, false).run(Some(&mut journal), &Silent).await
}

#[tokio::test]
async fn each_kind_becomes_its_object() {
    let rehearsal = Rehearsal::start().await;
    let (signer, recipient) = (signer(), rehearsal.recipient().await);
    let (folder, client) = (tempfile::tempdir().unwrap(), rehearsal.client());
    for (kind, bytes, expected, length) in [
        (PayloadKind::Aes, 16, "MASTER_KEY", Some(128)),
        (PayloadKind::Aes, 32, "MASTER_KEY", Some(256)),
        (PayloadKind::Hmac, 32, "HMAC_KEY", Some(32)),
        (PayloadKind::Binary, 300, "BINARY_FILE", None),
        (PayloadKind::OemFwDecrypt, 32, "OEM_FW_DECRYPT_KEY", Some(256)),
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

/// The first run begins the creation of a second object like one that is there, and does not reach the service.
#[tokio::test]
async fn an_older_twin_is_not_taken_for_what_an_interrupted_run_created() {
    let rehearsal = Rehearsal::start().await;
    let (signer, recipient) = (signer(), rehearsal.recipient().await);
    let (folder, client) = (tempfile::tempdir().unwrap(), rehearsal.client());
    let payload = Payload::generate(PayloadKind::Aes, 16, &mut SystemEntropy).unwrap();
    let import = import("twin", &payload, &signer, &recipient);
    let place = folder.path().join("journal");
    let older = run(&import, &client, &place).await.unwrap();
    let open = || Journal::open(&place, Flow::ImportKey, &import.subject("sandbox")).unwrap();
    let (_proxy, broken) = rehearsal.broken_client(1, Fault::BeforeActing).await;
    let ended = import.plan(&broken, true).run(Some(&mut open()), &Silent).await;
    assert_eq!(ended.map_err(|failure| failure.kind), Err(FailureKind::Partial));
    let again = import.plan(&client, true).run(Some(&mut open()), &Silent).await.unwrap();
    assert!(!again.by_earlier_run);
    assert_ne!(again.object.service_id(), older.object.service_id());
}

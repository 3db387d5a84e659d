//! Results become objects in the sandbox.

use std::path::{Path, PathBuf};

use el2g_key_payload::{Payload, PayloadKind, SystemEntropy};
use el2g_openpgp_envelope::{MessageSigner as _, SigningKey, seal};
use el2g_service_api::policies::PolicySource;
use serde_json::json;

use super::*;
use crate::rehearsal::{Rehearsal, pgp_now, signer};
use crate::{FailureKind, Journal, Silent};

/// A folder with messages, and the lines that `seal_batch` writes about them.
struct Batch {
    folder: tempfile::TempDir,
    signer: SigningKey,
    lines: Vec<serde_json::Value>,
}

impl Batch {
    async fn seal(rehearsal: &Rehearsal) -> Self {
        let (signer, entropy) = (signer(), &mut SystemEntropy);
        let recipient = rehearsal.recipient().await;
        let folder = tempfile::tempdir().unwrap();
        let mut lines = Vec::new();
        let kinds = [(PayloadKind::Aes, 32), (PayloadKind::Hmac, 20), (PayloadKind::Binary, 9)];
        for (entry, (kind, bytes)) in (1..).zip(kinds) {
            let payload = Payload::generate(kind, bytes, entropy).unwrap();
            let message = seal(&payload, &signer, &recipient, pgp_now(), entropy).unwrap();
            let file = format!("{kind}.asc");
            std::fs::write(folder.path().join(&file), message.armored()).unwrap();
            lines.push(json!({
                "entry": entry, "line": entry + 1, "name": format!("row-{entry}"), "status": "sealed",
                "kind": kind.to_string(), "length": bytes, "objectId": format!("8300000{entry}"),
                "file": file, "messageSha256": message.sha256_hex(),
                "signer": signer.fingerprint().to_string(), "generated": true,
                "recipient": recipient.report().key_id.to_string(),
                "createdAt": pgp_now().to_string(),
            }));
        }
        lines
            .push(json!({"entry": 4, "line": 5, "name": "bad", "status": "refused", "error": "-"}));
        Self { folder, signer, lines }
    }

    /// Results in which every name begins with `prefix`, as `change` makes them.
    fn results(&self, prefix: &str, change: impl Fn(&mut serde_json::Value)) -> PathBuf {
        let mut text = String::new();
        for line in &self.lines {
            let mut line = line.clone();
            line["name"] = format!("{prefix}-{}", line["entry"]).into();
            change(&mut line);
            text.push_str(&format!("{line}\n"));
        }
        let path = self.folder.path().join(format!("{prefix}.ndjson"));
        std::fs::write(&path, text).unwrap();
        path
    }

    async fn create(&self, results: &Path, client: &Client) -> (CreatedObjects, Option<Failure>) {
        let terms = ObjectTerms {
            allow_duplicates: false,
            signer_public: self.signer.public_armored().to_owned(),
            policy_source: PolicySource::Default,
            policies: None,
            on_connection: None,
            jobs: 1,
            now: pgp_now(),
        };
        let (summary, assigned) = (RefCell::default(), RefCell::default());
        let groups = TargetGroups::default();
        let rows = match SealedRows::read(results, &terms) {
            Ok(rows) => rows,
            Err(failure) => return (summary.into_inner(), Some(failure)),
        };
        let place = results.with_extension("journal");
        let mut journal = Journal::open(&place, Flow::CreateObjects, &"sandbox").unwrap();
        let failure = rows
            .plan(client, &summary, &groups, &assigned)
            .run(Some(&mut journal), &Silent)
            .await
            .err();
        (summary.into_inner(), failure)
    }
}

async fn named(client: &Client, prefix: &str) -> Vec<(String, Option<u64>)> {
    let query = SecureObjectQuery { name: Some(prefix.to_owned()), ..Default::default() };
    let all = client.pages::<ListSecureObjects>(NoPath {}, query).collect().await.unwrap();
    let mut names: Vec<_> =
        all.iter().map(|object| (object.name.clone(), object.service_id())).collect();
    names.sort();
    names
}

fn statuses(summary: &CreatedObjects) -> Vec<ObjectStatus> {
    summary.objects.iter().map(|object| object.status).collect()
}

#[tokio::test]
async fn creates_each_object_once_however_often_it_runs() {
    let rehearsal = Rehearsal::start().await;
    let (batch, client) = (Batch::seal(&rehearsal).await, rehearsal.client());
    let results = batch.results("twice", |_| ());
    let (first, failure) = batch.create(&results, &client).await;
    assert_eq!(failure, None);
    assert_eq!(statuses(&first), [ObjectStatus::Created; 3]);
    assert_eq!((first.created, first.not_sealed), (3, 1));
    let (again, failure) = batch.create(&results, &client).await;
    assert_eq!(failure, None);
    assert_eq!(statuses(&again), [ObjectStatus::Existing; 3]);
    let ids = |summary: &CreatedObjects| -> Vec<_> {
        summary.objects.iter().map(|object| object.secure_object_id).collect()
    };
    assert_eq!(ids(&first), ids(&again));
    assert_eq!(named(&client, "twice").await.len(), 3);
}

#[tokio::test]
async fn a_name_with_another_message_or_an_unknown_one_is_an_error_of_its_row() {
    let rehearsal = Rehearsal::start().await;
    let (batch, client) = (Batch::seal(&rehearsal).await, rehearsal.client());
    let results = batch.results("other", |_| ());
    batch.create(&results, &client).await;
    // The first row is sealed anew: here it takes the second's message.
    let second = batch.lines[1].clone();
    let swap = |line: &mut serde_json::Value| {
        if line["entry"] == 1 {
            for key in ["file", "messageSha256", "kind", "length"] {
                line[key] = second[key].clone();
            }
        }
    };
    let (again, failure) = batch.create(&batch.results("other", swap), &client).await;
    assert_eq!(failure, None);
    assert_eq!(statuses(&again)[1..], [ObjectStatus::Existing; 2]);
    let said = again.objects[0].error.as_ref().unwrap();
    assert!(said.contains("has this name and holds another message"), "{said}");
    // Without the journal nothing is known of any.
    std::fs::remove_file(results.with_extension("journal")).unwrap();
    let (unknown, _) = batch.create(&batch.results("other", |_| ()), &client).await;
    assert_eq!(statuses(&unknown), [ObjectStatus::Refused; 3]);
    let said = unknown.objects[0].error.as_ref().unwrap();
    assert!(said.contains("it is unknown which message it holds"), "{said}");
    assert_eq!(named(&client, "other").await.len(), 3);
}

#[tokio::test]
async fn a_row_that_cannot_be_sent_does_not_stop_the_others() {
    let rehearsal = Rehearsal::start().await;
    let (batch, client) = (Batch::seal(&rehearsal).await, rehearsal.client());
    std::fs::write(batch.folder.path().join("altered.asc"), "altered").unwrap();
    let stranger = "0123456789ABCDEF0123456789ABCDEF01234567";
    let wrong = [
        ("file", json!("altered.asc"), "is not the message that was sealed"),
        ("file", json!("none.asc"), "none.asc: cannot be read: no such file"),
        ("file", json!("../aes.asc"), "is not the name of a file beside the results"),
        ("objectId", json!(null), "give the manifest a column `object-id`"),
        ("objectId", json!("12345678X"), "is not an object id"),
        ("kind", json!("des"), "unknown kind `des`"),
        ("signer", json!(stranger), "the signer's public key given"),
        // What only the service finds.
        ("objectId", json!("7FFF0204"), "422"),
        ("length", json!(u64::MAX), "400"),
    ];
    for (number, (key, value, said)) in wrong.into_iter().enumerate() {
        let prefix = format!("wrong{number}");
        let change = |line: &mut serde_json::Value| {
            if line["entry"] == 1 {
                line[key] = value.clone();
            }
        };
        let (summary, failure) = batch.create(&batch.results(&prefix, change), &client).await;
        assert_eq!(failure, None, "{said}");
        let [first, ..] = &summary.objects[..] else { panic!("{summary:?}") };
        assert!(first.error.as_ref().is_some_and(|error| error.contains(said)), "{first:?}");
        assert_eq!((summary.created, summary.refused), (2, 1));
    }
}

#[tokio::test]
async fn results_that_are_none_are_an_error() {
    let rehearsal = Rehearsal::start().await;
    let (batch, client) = (Batch::seal(&rehearsal).await, rehearsal.client());
    let results = batch.results("none", |_| ());
    std::fs::write(&results, "{\"entry\":1}\n").unwrap();
    let (summary, failure) = batch.create(&results, &client).await;
    assert_eq!(failure.map(|failure| failure.kind), Some(FailureKind::Input));
    assert_eq!(summary, CreatedObjects::default());
}

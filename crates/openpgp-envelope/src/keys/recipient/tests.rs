//! Recipients of every kind, taken and refused.

use proptest::prelude::*;

use super::*;
use crate::testdata::{NOW, file, packets_like, packets_of, recipient};

fn ids(name: &str) -> Vec<&'static str> {
    let report = examine_recipient(&file(name), NOW).unwrap();
    report.findings.iter().map(|finding| finding.id).collect()
}

#[test]
fn takes_a_key_of_the_edgelock_shape_and_reports_its_sha1() {
    let recipient = recipient();
    let report = recipient.report();
    assert_eq!(report.bits, Some(4096));
    assert_eq!(report.encryption_subkey.map(|subkey| subkey.bits), Some(4096));
    assert_eq!(report.self_signature_hash.as_deref(), Some("SHA1"));
    assert_eq!(report.user_ids, ["recipient <recipient@el2g.example>"]);
    assert!(!report.known_edgelock_key);
    assert!(report.usable());
    assert_eq!(ids("recipient.pub.asc"), ["self-signature-sha1", "not-edgelock-key"]);
}

#[test]
fn serialises_with_the_published_keys() {
    let json = serde_json::to_value(recipient().report()).unwrap();
    let keys: Vec<&String> = json.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        [
            "fingerprint",
            "keyId",
            "userIds",
            "bits",
            "created",
            "expires",
            "encryptionSubkey",
            "selfSignatureHash",
            "knownEdgelockKey",
            "findings"
        ]
    );
    assert_eq!(json["created"], "2024-03-01T12:00:00Z");
    assert_eq!(json["findings"][0]["severity"], "info");
}

#[test]
fn refuses_each_unfit_recipient_with_its_own_reason() {
    for (name, id) in [
        ("expired-recipient.pub.asc", "expired"),
        ("revoked-recipient.pub.asc", "revoked"),
        ("ecdh-recipient.pub.asc", "not-rsa"),
        ("sign-only-recipient.pub.asc", "no-encryption-subkey"),
    ] {
        assert!(ids(name).contains(&id), "{name}: {:?}", ids(name));
        match Recipient::read(&file(name), NOW) {
            Err(RecipientError::Refused { report }) => assert!(!report.usable(), "{name}"),
            other => panic!("{name}: {other:?}"),
        }
    }
    assert!(matches!(
        Recipient::read(&file("recipient.sec.asc"), NOW),
        Err(RecipientError::Key(KeyError::SecretGiven { .. }))
    ));
}

#[test]
fn a_smaller_subkey_is_taken_with_a_warning() {
    assert!(ids("other-recipient.pub.asc").contains(&"encryption-subkey-size"));
    assert!(Recipient::read(&file("other-recipient.pub.asc"), NOW).is_ok());
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes: Vec<u8>, at: prop::sample::Index, value: u8) {
        let _ = Recipient::read(&bytes, NOW);
        let mut altered = file("other-recipient.pub.asc");
        let at = at.index(altered.len());
        altered[at] = value;
        let _ = Recipient::read(&altered, NOW);
    }

    #[test]
    fn arbitrary_packets_never_panic(data in packets_like(packets_of(&[
        "recipient.pub.asc", "ecdh-recipient.pub.asc", "revoked-recipient.pub.asc",
        "expired-subkey.pub.asc",
    ]))) {
        let _ = Recipient::read(&data, NOW);
    }
}

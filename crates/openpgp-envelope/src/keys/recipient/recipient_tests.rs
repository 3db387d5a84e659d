//! Recipients of every kind, taken and refused.

use proptest::prelude::*;

use super::*;
use crate::testdata::{self, NOW, packets_like, packets_of, recipient};

fn ids(name: &str) -> Vec<&'static str> {
    let report = examine_recipient(&testdata::file(name), NOW).unwrap();
    report.findings.iter().map(|finding| finding.rule).collect()
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
    assert_eq!(json["findings"][0]["severity"], "note");
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
        match Recipient::read(&testdata::file(name), NOW) {
            Err(RecipientError::Refused { report }) => assert!(!report.usable(), "{name}"),
            other => panic!("{name}: {other:?}"),
        }
    }
    assert!(matches!(
        Recipient::read(&testdata::file("recipient.sec.asc"), NOW),
        Err(RecipientError::Key(KeyError::SecretGiven { .. }))
    ));
}

#[test]
fn the_known_key_is_recognised_and_any_difference_is_an_error() {
    let key = file::read_public(&testdata::file("recipient.pub.asc")).unwrap();
    let report = examine_recipient(&testdata::file("recipient.pub.asc"), NOW).unwrap();
    let known = || KnownKey {
        key_id: *report.key_id.as_bytes(),
        bits: 4096,
        exponent: 65537,
        created: report.created,
        user_id: "recipient@el2g.example",
    };
    let judge = |known: &KnownKey| {
        let mut report = RecipientReport { findings: Vec::new(), ..report.clone() };
        recognise(&key, known, &mut report);
        let ids: Vec<&str> = report.findings.iter().map(|finding| finding.rule).collect();
        (report.known_edgelock_key, ids)
    };
    assert_eq!(judge(&known()), (true, vec![]));
    let altered = (false, vec!["edgelock-key-altered"]);
    assert_eq!(judge(&KnownKey { bits: 2048, ..known() }), altered);
    assert_eq!(judge(&KnownKey { exponent: 3, ..known() }), altered);
    assert_eq!(judge(&KnownKey { created: Timestamp(1), ..known() }), altered);
    assert_eq!(judge(&KnownKey { user_id: "other", ..known() }), altered);
    assert_eq!(judge(&EDGELOCK), (false, vec!["not-edgelock-key"]));
    assert_eq!(KeyId::from(EDGELOCK.key_id).to_string(), "BF9C326FCE2F208F");
    assert_eq!(EDGELOCK.created.to_string(), "2020-07-23T07:41:52Z");
}

#[test]
fn a_smaller_subkey_is_taken_with_a_warning() {
    assert!(ids("other-recipient.pub.asc").contains(&"encryption-subkey-size"));
    assert!(Recipient::read(&testdata::file("other-recipient.pub.asc"), NOW).is_ok());
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes: Vec<u8>, at: prop::sample::Index, value: u8) {
        let _ = Recipient::read(&bytes, NOW);
        let mut altered = testdata::file("other-recipient.pub.asc");
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

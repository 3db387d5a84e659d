//! Messages sealed elsewhere: what `pgp inspect` refuses is not sent, and neither is a signer's key that EdgeLock 2GO does
//! not take.

use std::fs;

use crate::gate::Place;
use crate::workplace::{Ran, testdata};

fn create(place: &Place, message: &str, signer: &str, more: &str) -> Ran {
    let object = "--name k --object-id 83000001 --key-bits 128";
    let line = "secure-object create master-key";
    place.run(&format!("{line} {object} --message {message} --signer-public {signer} {more}"))
}

#[test]
fn what_inspect_refuses_is_not_sent() {
    let place = Place::new();
    let (mut sent, mut kept) = (0, 0);
    for entry in fs::read_dir(testdata("openpgp/messages")).expect("messages") {
        let name = entry.expect("an entry").file_name().into_string().expect("a name");
        place.work.take(&format!("openpgp/messages/{name}"));
        let inspect = ["pgp", "inspect", &name, "--recipient", "recipient.pub.asc", "-o", "json"];
        let inspected = place.work.el2g(&inspect);
        let ran =
            create(&place, &name, "rsa2048.pub.asc", "--recipient recipient.pub.asc --dry-run");
        match inspected.code {
            0 => {
                assert_eq!(ran.code, 0, "{name}: {}", ran.stderr);
                sent += 1;
            }
            code => {
                assert_eq!((code, ran.code), (3, 3), "{name}: {}", ran.stderr);
                assert_eq!(ran.stdout, "", "{name}");
                kept += 1;
                let ran = create(&place, &name, "rsa2048.pub.asc", "--recipient recipient.pub.asc");
                assert_eq!((ran.code, place.server.sent()), (3, Vec::new()), "{name}");
            }
        }
    }
    assert!(sent > 20 && kept > 20, "{sent} {kept}");
}

#[test]
fn the_recipient_must_be_the_one_that_is_named_pinned_or_of_the_profile() {
    let place = Place::new();
    let message = "accepted-2048.asc";
    place.work.take("openpgp/other-recipient.pub.asc");
    let unknown = create(&place, message, "rsa2048.pub.asc", "--dry-run").exits(0);
    let said = "warning: the message is encrypted to key ";
    assert!(unknown.stderr.contains(said), "{}", unknown.stderr);
    let named =
        create(&place, message, "rsa2048.pub.asc", "--recipient recipient.pub.asc --dry-run");
    assert!(!named.exits(0).stderr.contains(said));
    let wrong = "--recipient other-recipient.pub.asc";
    for more in [wrong.to_owned(), format!("{wrong} --dry-run")] {
        let ran = create(&place, message, "rsa2048.pub.asc", &more).exits(3);
        assert!(ran.stderr.contains("(rule wrong-recipient)"), "{}", ran.stderr);
        assert!(ran.stderr.contains("cannot be passed over"), "{}", ran.stderr);
    }
    // A stored one counts without being named.
    place.work.el2g(&["recipient", "add", "other-recipient.pub.asc", "--yes"]).exits(0);
    let ran = create(&place, message, "rsa2048.pub.asc", "").exits(3);
    assert!(ran.stderr.contains("(rule wrong-recipient)"), "{}", ran.stderr);
    assert_eq!(place.server.sent(), []);
}

#[test]
fn the_signer_s_key_must_be_one_that_edgelock_2go_takes() {
    let place = Place::new();
    // The keys of recipients have primary keys that sign.
    let recipients = ["other-recipient", "recipient", "sign-only-recipient"];
    let mut taken = [&["locked", "rsa2048", "rsa4096", "signing-subkey"][..], &recipients].concat();
    taken.sort_unstable();
    let (mut sent, mut kept) = (Vec::new(), 0);
    for entry in fs::read_dir(testdata("openpgp")).expect("keys") {
        let file = entry.expect("an entry").file_name().into_string().expect("a name");
        let Some(name) = file.strip_suffix(".pub.asc") else { continue };
        place.work.take(&format!("openpgp/{file}"));
        let ran = create(&place, "accepted-2048.asc", &file, "--dry-run");
        if ran.code == 0 {
            sent.push(name.to_owned());
            continue;
        }
        kept += 1;
        assert_eq!((ran.code, ran.stdout.as_str()), (3, ""), "{name}: {}", ran.stderr);
        assert!(ran.stderr.contains("(rule signer-key)"), "{name}: {}", ran.stderr);
    }
    sent.sort();
    assert_eq!(sent, taken);
    assert!(kept > 8, "{kept}");
}

#[test]
fn what_stands_beside_a_message_is_not_sent() {
    let place = Place::new();
    let message = place.work.read("accepted-2048.asc");
    place
        .work
        .write_secret("after.asc", [&message[..], b"00112233445566778899aabbccddeeff\n"].concat());
    let ran = create(&place, "after.asc", "rsa2048.pub.asc", "--dry-run").exits(0);
    assert!(!ran.stdout.contains("00112233445566778899aabbccddeeff"), "{}", ran.stdout);
    let body = serde_json::json!({"secureObjectType": "MASTER_KEY", "name": "k", "objectId": "83000001",
        "keySize": "AES128",
        "customerPgpPublicKey": String::from_utf8(place.work.read("rsa2048.pub.asc")).unwrap(),
        "encryptedKey": String::from_utf8(place.work.read("after.asc")).unwrap()});
    place.work.write("body.json", body.to_string());
    place.refused("api POST /rtp/secure-objects --body body.json", 3, "(rule text-after)");
}

#[test]
fn inspect_says_what_the_signer_s_key_adds() {
    let place = Place::new();
    let inspect = |more: &[&str]| {
        place.work.el2g(&[&["pgp", "inspect", "accepted-2048.asc"][..], more].concat())
    };
    assert!(!inspect(&[]).exits(0).stdout.contains("signer-not-compared"));
    let with = inspect(&["--signer-public", "rsa2048.pub.asc"]).exits(0).stdout;
    assert!(with.contains("signer-not-compared") && with.contains("RSA-2048"), "{with}");
    place.work.take("openpgp/expired.pub.asc");
    let expired = inspect(&["--signer-public", "expired.pub.asc"]).exits(3).stdout;
    assert!(expired.contains("error   signer-key ["), "{expired}");
}

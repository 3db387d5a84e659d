//! Copies for the team itself, sealed beside the messages.

use std::fs;
use std::process::{Command, Stdio};
use std::time::Duration;

use el2g_key_payload::SecretBytes;
use el2g_openpgp_envelope::{RecipientSecret, Timestamp, open};

use super::{manifest, messages, ready, results};
use crate::workplace::{Ran, Workplace, program, testdata};

const KEYS: [&str; 4] = ["--signer", "rsa2048.sec.asc", "--recipient", "recipient.pub.asc"];

fn words<'a>(escrow: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let line = ["pgp", "seal-batch", "m.csv", "--out-dir", "out", "--escrow-to", escrow];
    [&line[..], &KEYS, more].concat()
}

fn seal(work: &Workplace, more: &[&str]) -> Ran {
    work.el2g(&words("other-recipient.pub.asc", more))
}

/// The plaintext of each message of a folder, opened with a secret key of the test data.
fn plaintexts(work: &Workplace, folder: &str, secret: &str) -> Vec<(String, Vec<u8>)> {
    let file = |name: &str| fs::read(testdata(&format!("openpgp/{name}"))).expect("test data");
    let secret = RecipientSecret::open(&SecretBytes::new(file(secret)), None).expect("a key");
    let signer = String::from_utf8(file("rsa2048.pub.asc")).expect("armor");
    let opened = |name: &String| {
        let message = work.read(&format!("{folder}/{name}"));
        let opened = open(&message, &secret, &signer, Timestamp(1_798_761_600));
        opened.unwrap_or_else(|error| panic!("{name}: {error}")).literal.expose().to_vec()
    };
    messages(work, folder).into_iter().map(|name| (name.clone(), opened(&name))).collect()
}

#[track_caller]
fn copies_are_the_messages(work: &Workplace, rows: usize) {
    let copies = plaintexts(work, "escrow", "other-recipient.sec.asc");
    assert_eq!(copies.len(), rows);
    assert!(copies == plaintexts(work, "out", "recipient.sec.asc"), "a copy holds another secret");
}

#[test]
fn every_message_has_a_copy_that_the_team_opens() {
    let work = ready();
    work.write("m.csv", manifest(12));
    seal(&work, &["--escrow-dir", "escrow"]).exits(0);
    copies_are_the_messages(&work, 12);
    let key = "other-recipient.pub.asc";
    let report = work.el2g(&["pgp", "recipient", key, "-o", "json"]).json();
    for row in results(&work, "out/results.ndjson") {
        assert_eq!(row["escrow"], report["fingerprint"], "{row}");
    }
    // Without the copies it is another batch.
    let refused = work.el2g(&super::words("m.csv", "out", "")).exits(3);
    assert!(refused.stderr.contains("with another escrow key, or none"), "{}", refused.stderr);
}

#[test]
fn killed_between_a_copy_and_its_message_neither_is_lost_or_made_twice() {
    for round in 0..6_u64 {
        let work = ready();
        work.write("m.csv", manifest(120));
        for kill in 0..3 {
            let mut child = Command::new(program())
                .args(words("other-recipient.pub.asc", &["--escrow-dir", "escrow", "--quiet"]))
                .current_dir(work.path(""))
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .expect("the program was built");
            std::thread::sleep(Duration::from_millis(60 + round * 17 + kill * 31));
            child.kill().expect("our child");
            child.wait().expect("our child");
        }
        seal(&work, &["--escrow-dir", "escrow"]).exits(0);
        copies_are_the_messages(&work, 120);
        let left = fs::read_dir(work.path("out/.el2g-batch/0-of-1/messages")).unwrap().count();
        assert_eq!(left, 0, "messages that wait for ever");
    }
}

#[test]
fn a_place_or_key_that_keeps_nothing_is_refused() {
    let work = ready();
    work.write("m.csv", manifest(3));
    let refused = seal(&work, &["--escrow-dir", "out"]).exits(3);
    assert!(refused.stderr.contains("another folder than the messages"), "{}", refused.stderr);
    let recipient = words("recipient.pub.asc", &["--escrow-dir", "escrow"]);
    let refused = work.el2g(&recipient).exits(3);
    assert!(refused.stderr.contains("your team could not open"), "{}", refused.stderr);
    seal(&work, &[]).exits(2);
    // A copy that stands there already is not overwritten: its row is refused, the others are sealed.
    fs::create_dir(work.path("escrow")).unwrap();
    work.write("escrow/bin-2.asc", "the only copy of something");
    let ran = seal(&work, &["--escrow-dir", "escrow"]).exits(3);
    assert!(ran.stderr.contains("bin-2.asc: exists already"), "{}", ran.stderr);
    assert_eq!(work.read("escrow/bin-2.asc"), b"the only copy of something");
    assert_eq!(messages(&work, "out"), ["kek-1.asc", "kek-3.asc"]);
}

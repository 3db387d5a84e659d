//! `el2g demo`: every step holds, and what it leaves GnuPG and OpenSSL accept.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use crate::workplace::Workplace;

const PUBLIC: [&str; 10] = [
    "aes-256.pgp",
    "binary-300.pgp",
    "device.pem",
    "hmac-32.pgp",
    "intermediate.csr",
    "intermediate.pem",
    "recipient.public.asc",
    "root.pem",
    "signer.public.asc",
    "verification.pem",
];

const SECRET: [&str; 7] = [
    "aes-256.hex",
    "binary-300.hex",
    "enrolment.journal",
    "hmac-32.hex",
    "recipient.secret.asc",
    "root.key",
    "signer.secret.asc",
];

/// A place where the demo was played and its files kept in `kept`.
fn played() -> Workplace {
    let work = Workplace::new();
    let ran = work.el2g(&["demo", "--keep", "kept"]).exits(0);
    assert!(ran.stdout.contains("all 13 steps held"), "{}", ran.stdout);
    assert!(ran.stdout.contains("verified the chain"), "{}", ran.stdout);
    assert_eq!(ran.stderr, "");
    work
}

#[test]
fn leaves_every_file_and_the_secrets_to_their_owner_only() {
    let work = played();
    let mut found: Vec<(String, u32)> = fs::read_dir(work.path("kept"))
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
            (entry.file_name().to_string_lossy().into_owned(), mode)
        })
        .collect();
    found.sort();
    let mut wanted: Vec<(String, u32)> = SECRET.map(|name| (name.to_owned(), 0o600)).to_vec();
    wanted.extend(PUBLIC.map(|name| (name.to_owned(), 0o644)));
    wanted.sort();
    assert_eq!(found, wanted);
}

#[test]
#[cfg_attr(not(oracle = "gpg"), ignore = "needs gpg")]
fn gnupg_opens_the_kept_messages_and_says_good_signature() {
    let work = played();
    let gpg =
        |arguments: &[&str]| work.oracle(Command::new("gpg"), &[&["--batch"], arguments].concat());
    let keys = ["--import", "kept/signer.public.asc", "kept/recipient.secret.asc"];
    let Some(imported) = gpg(&keys) else { return };
    imported.exits(0);
    for name in ["aes-256", "hmac-32", "binary-300"] {
        let message = format!("kept/{name}.pgp");
        let opened = gpg(&["--decrypt", &message]).expect("it was there").exits(0);
        assert!(opened.stderr.contains("Good signature from \"Demo Key Team"), "{}", opened.stderr);
        let plain = String::from_utf8(work.read(&format!("kept/{name}.hex"))).unwrap();
        assert_eq!(opened.stdout, plain, "{name}");
    }
    // The agent that gpg started for this folder.
    work.oracle(Command::new("gpgconf"), &["--kill", "all"]);
}

#[test]
#[cfg_attr(not(oracle = "openssl"), ignore = "needs openssl")]
fn openssl_verifies_the_kept_chains() {
    let work = played();
    let chain = ["verify", "-CAfile", "kept/root.pem", "-untrusted", "kept/intermediate.pem"];
    for leaf in ["kept/device.pem", "kept/verification.pem"] {
        let arguments = [&chain[..], &[leaf]].concat();
        let Some(verified) = work.oracle(Command::new("openssl"), &arguments) else { return };
        assert_eq!(verified.exits(0).stdout, format!("{leaf}: OK\n"));
    }
}

#[test]
fn without_keep_nothing_is_left_and_json_tells_the_steps() {
    let work = Workplace::new();
    let ran = work.el2g(&["demo", "-o", "json"]).exits(0);
    let told = ran.json();
    assert_eq!(told["passed"], true);
    assert_eq!(told["folder"], serde_json::Value::Null);
    assert_eq!(told["steps"].as_array().map(Vec::len), Some(13));
    assert_eq!(work.names(), Vec::<String>::new());
}

#[test]
fn a_folder_that_is_not_empty_is_refused_before_anything_is_done() {
    let work = Workplace::new();
    fs::create_dir(work.path("mine")).unwrap();
    fs::write(work.path("mine/root.key"), "precious").unwrap();
    let ran = work.el2g(&["demo", "--keep", "mine"]).exits(3);
    assert!(ran.stderr.contains("mine: the folder is not empty"), "{}", ran.stderr);
    assert_eq!(fs::read_to_string(work.path("mine/root.key")).unwrap(), "precious");
    assert_eq!(fs::read_dir(work.path("mine")).unwrap().count(), 1);
}

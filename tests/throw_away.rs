//! Keys to rehearse with, and keys whose secret halves are published, never meet a real service.

use crate::gnupg::Gnupg;
use crate::recorded::Recorded;
use crate::served::Served;
use crate::workplace::{Ran, Workplace, testdata};

mod certificates;

/// What every command that sends something sealed is given: the command, and what it wants besides keys.
const SEALED: [&str; 3] = [
    "secure-object create master-key --name k --object-id 83000001 --in key.hex",
    "secure-object create hmac-key --name k --object-id 83000001 --in key.hex",
    "secure-object create binary-file --name k --object-id 83000001 --confidential --in key.hex",
];

/// The same for a message that was sealed before.
const MESSAGES: [&str; 3] = [
    "secure-object create master-key --name k --object-id 83000001 --key-bits 128",
    "secure-object create hmac-key --name k --object-id 83000001 --key-bytes 16",
    "secure-object create binary-file --name k --object-id 83000001 --confidential",
];

/// A place with a signer and a recipient for real, a published signer and recipient, and what a sandbox gives out.
struct Keys {
    work: Workplace,
    service: Served,
    real: Recorded,
}

impl Keys {
    /// `None` without GnuPG, which makes a recipient for real.
    fn new() -> Option<Self> {
        let (work, service) = (Workplace::new(), Served::start(Workplace::new(), &[]));
        let gnupg = Gnupg::new(&work)?;
        let key = ["--passphrase", "", "--quick-gen-key", "R <r@el2g.example>", "rsa2048", "sign"];
        gnupg.run(&key).exits(0);
        let listed = gnupg.run(&["--list-keys", "--with-colons"]).exits(0).stdout;
        let fingerprint = listed.lines().find_map(|line| line.strip_prefix("fpr:::::::::"));
        let fingerprint = fingerprint.unwrap().trim_end_matches(':').to_owned();
        let add = ["--passphrase", "", "--quick-add-key", &fingerprint, "rsa2048", "encr"];
        gnupg.run(&add).exits(0);
        let export = ["--armor", "--output", "real.pub", "--export", &fingerprint];
        gnupg.run(&export).exits(0);
        work.write_secret("key.hex", "00112233445566778899aabbccddeeff");
        work.write_secret("passphrase", "correct horse");
        let keygen = ["pgp", "keygen", "--user-id", "S <s@el2g.example>", "--bits", "2048"];
        let out = ["--secret-out", "real.sec", "--public-out", "real-signer.pub"];
        work.el2g(&[&keygen[..], &out, &["--passphrase-file", "passphrase"]].concat()).exits(0);
        let copy = |from: &std::path::Path, to: &str| {
            work.write_secret(to, std::fs::read(from).expect("a key"));
        };
        copy(&testdata("openpgp/recipient.pub.asc"), "published.pub");
        copy(&testdata("openpgp/rsa2048.sec.asc"), "published.sec");
        copy(&testdata("openpgp/rsa2048.pub.asc"), "published-signer.pub");
        copy(service.ready("recipientFile").as_ref(), "sandbox.pub");
        work.write_secret("token", "some-token");
        drop(gnupg);
        Some(Self { work, service, real: Recorded::start(|_| (200, "{}".to_owned())) })
    }

    /// Services that may be real: by name, by host, and by both.
    fn services(&self) -> [Vec<String>; 5] {
        let own = self.real.base_url();
        let lines = [
            "--service nxp".to_owned(),
            "--service foundries --factory f".to_owned(),
            "--service sandbox --base-url https://sandbox.example/api/v1".to_owned(),
            format!("--service nxp --allow-other-host --base-url {own}"),
            format!("--service foundries --allow-other-host --base-url {own}"),
        ];
        lines.map(|line| line.split(' ').map(str::to_owned).collect())
    }

    /// Runs a line against a service that may be real.
    fn run(&self, line: &str, service: &[String], more: &[&str]) -> Ran {
        let keys = ["--token-file", "token", "--passphrase-file", "passphrase", "--retries", "0"];
        let words = line.split(' ').chain(service.iter().map(String::as_str)).chain(keys);
        self.work.el2g(&words.chain(more.iter().copied()).collect::<Vec<_>>())
    }

    /// Refused in words that name the part, and nothing goes out; dry runs included.
    #[track_caller]
    fn refused(&self, line: &str, part: &str) {
        for service in self.services() {
            for more in [&["--dry-run"][..], &[], &["--yes", "--force"]] {
                let ran = self.run(line, &service, more).exits(3);
                let said = ran.stderr.contains(part) && ran.stderr.contains("throw-away key");
                assert!(said, "{line} {service:?}: {}", ran.stderr);
                assert_eq!(ran.stdout, "", "{line}");
                assert_eq!(self.real.sent(), [], "{line} {service:?} {more:?}");
            }
        }
    }

    fn seal(&self, recipient: &str, signer: &str, out: &str) -> Ran {
        let line = ["pgp", "seal", "--kind", "aes", "--in", "key.hex", "--recipient", recipient];
        let more = ["--signer", signer, "--out", out, "--passphrase-file", "passphrase"];
        self.work.el2g(&[&line[..], &more].concat()).exits(0)
    }
}

#[test]
#[cfg_attr(not(oracle = "gpg"), ignore = "needs gpg")]
fn throw_away_keys_are_refused_for_a_real_service_by_every_command() {
    let Some(keys) = Keys::new() else { return };
    for line in SEALED {
        for recipient in ["published.pub", "sandbox.pub"] {
            keys.refused(&format!("{line} --signer real.sec --recipient {recipient}"), "recipient");
        }
        keys.refused(&format!("{line} --signer published.sec --recipient real.pub"), "signer");
        // With keys of one's own it would be sent, with a warning: the recipient is not NXP's.
        let nxp = &keys.services()[0];
        let fine = format!("{line} --signer real.sec --recipient real.pub");
        let ran = keys.run(&fine, nxp, &["--dry-run"]).exits(0);
        assert!(ran.stderr.contains("is not the EdgeLock 2GO key"), "{}", ran.stderr);
        assert!(ran.stdout.contains("https://api.edgelock2go.com"), "{}", ran.stdout);
    }
}

#[test]
#[cfg_attr(not(oracle = "gpg"), ignore = "needs gpg")]
fn messages_sealed_before_are_refused_by_their_recipient_and_signer() {
    let Some(keys) = Keys::new() else { return };
    let sealed = keys.seal("published.pub", "real.sec", "published.msg");
    assert!(sealed.stderr.contains("throw-away key"), "{}", sealed.stderr);
    keys.work.el2g(&["recipient", "add", "sandbox.pub", "--name", "sandbox", "--yes"]).exits(0);
    keys.seal("sandbox", "real.sec", "sandbox.msg");
    let plain = keys.seal("real.pub", "real.sec", "real.msg");
    assert!(!plain.stderr.contains("throw-away"), "{}", plain.stderr);
    for line in MESSAGES {
        for message in ["published.msg", "sandbox.msg"] {
            let line = format!("{line} --message {message} --signer-public real-signer.pub");
            keys.refused(&line, "recipient");
        }
        let line = format!("{line} --message real.msg --signer-public published-signer.pub");
        keys.refused(&line, "signer");
    }
    // So is a request that is written by hand.
    let read = |name: &str| String::from_utf8(keys.work.read(name)).unwrap();
    for (message, signer, part) in [
        ("published.msg", "real-signer.pub", "recipient"),
        ("sandbox.msg", "real-signer.pub", "recipient"),
        ("real.msg", "published-signer.pub", "signer"),
    ] {
        let body = serde_json::json!({
            "secureObjectType": "MASTER_KEY", "name": "k", "objectId": "83000001",
            "policySourceType": "DEFAULT", "keySize": "AES128",
            "customerPgpPublicKey": read(signer), "encryptedKey": read(message),
        });
        keys.work.write("body.json", body.to_string());
        keys.refused("api POST /rtp/secure-objects --body body.json", part);
    }
    // So are batches.
    keys.work.write("keys.csv", "name,kind,file,object-id\nkek-1,aes,key.hex,83000001\n");
    for (recipient, signer, public, part) in [
        ("published.pub", "real.sec", "real-signer.pub", "recipient"),
        ("sandbox", "real.sec", "real-signer.pub", "recipient"),
        ("real.pub", "published.sec", "published-signer.pub", "signer"),
    ] {
        let folder = format!("out-{recipient}");
        let seal = ["pgp", "seal-batch", "keys.csv", "--out-dir", &folder, "--signer", signer];
        let to = ["--recipient", recipient, "--passphrase-file", "passphrase"];
        keys.work.el2g(&[&seal[..], &to].concat()).exits(0);
        let results = format!("{folder}/results.ndjson");
        let line = format!("secure-object create-batch {results} --signer-public {public}");
        keys.refused(&line, part);
    }
}

#[test]
#[cfg_attr(not(oracle = "gpg"), ignore = "needs gpg")]
fn the_sandbox_takes_what_is_made_to_rehearse_with() {
    let Some(keys) = Keys::new() else { return };
    let line = format!("{} --signer published.sec --recipient sandbox.pub", SEALED[0]);
    let words: Vec<&str> = line.split(' ').collect();
    let ran = keys.service.el2g(&keys.work, &words).exits(0);
    assert!(!ran.stderr.contains("throw-away"), "{}", ran.stderr);
}

#[test]
#[cfg_attr(not(oracle = "gpg"), ignore = "needs gpg")]
fn doctor_calls_a_throw_away_key_for_a_real_service_a_failure() {
    let Some(keys) = Keys::new() else { return };
    let nxp = &keys.services()[3];
    let status = |ran: &Ran, name: &str| {
        let report = ran.json();
        let check = report["checks"].as_array().unwrap().iter().find(|c| c["name"] == name);
        let check = check.unwrap();
        format!("{} {}", check["status"].as_str().unwrap(), check["message"].as_str().unwrap())
    };
    keys.work.el2g(&["recipient", "add", "sandbox.pub", "--yes"]).exits(0);
    let ran = keys.run("doctor -o json", nxp, &[]);
    assert!(status(&ran, "recipient").starts_with("failed"), "{}", ran.stdout);
    assert!(status(&ran, "recipient").contains("a throw-away key"), "{}", ran.stdout);
    let sandbox = keys.service.el2g(&keys.work, &["doctor", "-o", "json"]).exits(0);
    assert!(status(&sandbox, "recipient").contains("for the sandbox only"), "{}", sandbox.stdout);
    // One that is not used is not a failure.
    keys.work.el2g(&["recipient", "remove", "edgelock2go"]).exits(0);
    keys.work.el2g(&["recipient", "add", "sandbox.pub", "--name", "sandbox", "--yes"]).exits(0);
    keys.work.el2g(&["recipient", "add", "real.pub", "--yes"]).exits(0);
    let ran = keys.run("doctor -o json", nxp, &[]);
    assert!(!ran.stdout.contains("was made by a sandbox"), "{}", ran.stdout);
    for (key, value) in [("signer", "published.sec"), ("recipient", "published.pub")] {
        let text = format!("default-profile = \"p\"\n[profiles.p]\n{key} = \"{value}\"\n");
        keys.work.write_secret("config.toml", text);
        let ran = keys.run("doctor -o json --config config.toml", nxp, &[]);
        assert!(ran.stdout.contains("its secret half is published"), "{key}: {}", ran.stdout);
        keys.work.el2g(&["doctor", "--config", "config.toml"]);
    }
}

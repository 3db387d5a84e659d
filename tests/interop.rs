//! Other people's OpenPGP programs decide: what we seal they open, what they make we read.

use std::path::Path;
use std::process::Command;

use crate::gnupg::Gnupg;
use crate::oracles::oracle;
use crate::workplace::{Workplace, root, testdata};

/// Kinds, and a secret of each as hex text.
fn secrets() -> [(&'static str, String); 3] {
    let hex = |bytes: usize| (0..bytes).map(|n| format!("{:02x}", n * 7 % 256)).collect();
    [("aes", hex(32)), ("hmac", hex(32)), ("binary", hex(300))]
}

/// A folder with the recipient, both signers and `<kind>.hex`.
fn workplace() -> Workplace {
    let work = Workplace::new();
    for name in ["recipient.pub.asc", "recipient.sec.asc", "rsa2048.sec.asc", "rsa2048.pub.asc"] {
        work.take(&format!("openpgp/{name}"));
    }
    work.take("openpgp/rsa4096.sec.asc");
    work.take("openpgp/rsa4096.pub.asc");
    for (kind, hex) in secrets() {
        work.write_secret(&format!("{kind}.hex"), hex);
    }
    work
}

/// Seals `<kind>.hex` to `<kind>.asc`, over what an earlier round left there.
fn seal(work: &Workplace, kind: &str, signer: &str) {
    seal_to(work, kind, signer, "recipient.pub.asc");
}

fn seal_to(work: &Workplace, kind: &str, signer: &str, recipient: &str) {
    let (input, out) = (format!("{kind}.hex"), format!("{kind}.asc"));
    let line = ["pgp", "seal", "--kind", kind, "--in", &input, "--signer", signer];
    let line = [&line[..], &["--recipient", recipient, "--out", &out, "--force"]].concat();
    work.el2g(&line).exits(0);
}

#[test]
#[cfg_attr(not(oracle = "gpg"), ignore = "needs gpg")]
fn gnupg_opens_what_we_seal_and_says_good_signature() {
    let work = workplace();
    let Some(gnupg) = Gnupg::new(&work) else { return };
    gnupg.import("recipient.sec.asc");
    for signer in ["rsa2048", "rsa4096"] {
        gnupg.import(&format!("{signer}.pub.asc"));
        for (kind, hex) in secrets() {
            seal(&work, kind, &format!("{signer}.sec.asc"));
            let opened = gnupg
                .run(&["--status-fd", "2", "--decrypt", "--output", "-", &format!("{kind}.asc")])
                .exits(0);
            assert_eq!(opened.stdout, hex, "{signer} {kind}");
            for status in ["GOODSIG ", "VALIDSIG ", "DECRYPTION_OKAY", "GOODMDC"] {
                let found = opened.stderr.contains(&format!("[GNUPG:] {status}"));
                assert!(found, "{signer} {kind}: no {status} in {}", opened.stderr);
            }
        }
    }
}

#[test]
#[cfg_attr(not(all(oracle = "bcpg", oracle = "java")), ignore = "needs bcpg, java")]
fn bouncy_castle_opens_what_we_seal_and_finds_nothing_against_it() {
    let work = workplace();
    let jars = ["bcprov", "bcpg", "bcutil"].map(|jar| format!("/usr/share/java/{jar}.jar"));
    if oracle("bcpg").is_none() {
        return;
    }
    let program =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/bouncy-castle/OpenMessage.java");
    for signer in ["rsa2048", "rsa4096"] {
        let public = format!("{signer}.pub.asc");
        let mut line = vec!["-cp".to_owned(), jars.join(":"), program.display().to_string()];
        line.extend(["recipient.sec.asc".to_owned(), public]);
        for (kind, _) in secrets() {
            seal(&work, kind, &format!("{signer}.sec.asc"));
            line.push(format!("{kind}.asc"));
        }
        let Some(ran) = work.oracle(Command::new("java"), &line) else { return };
        let said = ran.exits(0).stdout;
        assert!(said.contains("summary=3 ok of 3"), "{said}");
        for (kind, hex) in secrets() {
            assert!(said.contains(&format!("plaintext={hex}\n")), "{signer} {kind}: {said}");
        }
        for line in ["symmetric=AES256 id=9", "hash=SHA256 id=8", "signature=GOOD", "mdc=GOOD"] {
            assert_eq!(said.matches(line).count(), 3, "{signer}: {line} in {said}");
        }
    }
}

#[test]
#[cfg_attr(not(oracle = "sq"), ignore = "needs sq")]
fn sequoia_opens_what_we_seal_and_verifies_it() {
    let work = workplace();
    // Not the EdgeLock-like recipient: Sequoia uses no key that is self-signed with SHA-1.
    work.take("openpgp/other-recipient.pub.asc");
    work.take("openpgp/other-recipient.sec.asc");
    for signer in ["rsa2048", "rsa4096"] {
        for (kind, hex) in secrets() {
            seal_to(&work, kind, &format!("{signer}.sec.asc"), "other-recipient.pub.asc");
            let public = format!("{signer}.pub.asc");
            let message = format!("{kind}.asc");
            let line =
                ["decrypt", "--recipient-key", "other-recipient.sec.asc", "--signer-cert", &public];
            let Some(ran) = work.oracle(Command::new("sq"), &[&line[..], &[&message]].concat())
            else {
                return;
            };
            assert_eq!(ran.exits(0).stdout, hex, "{signer} {kind}");
        }
    }
}

#[test]
#[cfg_attr(not(all(oracle = "node", oracle = "openpgp")), ignore = "needs node, openpgp")]
fn openpgp_js_opens_what_we_seal_and_verifies_it() {
    let Some(openpgp) = oracle("openpgp") else { return };
    let modules = openpgp.parent().expect("node_modules");
    let work = workplace();
    for signer in ["rsa2048", "rsa4096"] {
        let program = root().join("tests/openpgpjs/open-message.cjs").display().to_string();
        let mut line = vec![program, "recipient.sec.asc".to_owned(), format!("{signer}.pub.asc")];
        for (kind, _) in secrets() {
            seal(&work, kind, &format!("{signer}.sec.asc"));
            line.push(format!("{kind}.asc"));
        }
        let mut node = Command::new("node");
        node.env("NODE_PATH", modules);
        let Some(ran) = work.oracle(node, &line) else { return };
        let said = ran.exits(0).stdout;
        let public = format!("{signer}.pub.asc");
        let report = work.el2g(&["pgp", "recipient", &public, "-o", "json"]);
        let key_id = report.json()["keyId"].as_str().unwrap().to_lowercase();
        let wanted: Vec<serde_json::Value> = secrets()
            .into_iter()
            .map(|(kind, text)| {
                serde_json::json!({"file": format!("{kind}.asc"), "text": text, "filename": null,
                    "signer": key_id, "hash": 8, "version": 4})
            })
            .collect();
        let found: Vec<serde_json::Value> =
            said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(found, wanted, "{signer}");
    }
}

#[test]
#[cfg_attr(not(oracle = "gpg"), ignore = "needs gpg")]
fn we_open_what_gnupg_makes_with_the_receivers_algorithms() {
    let work = workplace();
    let Some(gnupg) = Gnupg::new(&work) else { return };
    gnupg.import("recipient.pub.asc");
    for signer in ["rsa2048", "rsa4096"] {
        gnupg.import(&format!("{signer}.sec.asc"));
        for (kind, hex) in secrets() {
            let (input, out) = (format!("{kind}.hex"), format!("{signer}-{kind}.asc"));
            let user = format!("{signer}@el2g.example");
            let line = ["--armor", "--sign", "--encrypt", "--digest-algo", "SHA256"];
            let keys = ["--recipient", "recipient@el2g.example", "--local-user", &user];
            gnupg.run(&[&line[..], &keys, &["--output", &out, &input]].concat()).exits(0);
            let public = format!("{signer}.pub.asc");
            let line = ["pgp", "inspect", &out, "--open-with", "recipient.sec.asc"];
            let line = [&line[..], &["--signer-public", &public, "-o", "json"]].concat();
            let report = work.el2g(&line).exits(0).json();
            assert_eq!(report["acceptable"], true, "{signer} {kind}: {report}");
            assert_eq!(report["signatures"][0]["verified"], true);
            assert_eq!(report["literal"]["length"], hex.len());
        }
    }
}

#[test]
#[cfg_attr(not(oracle = "gpg"), ignore = "needs gpg")]
fn a_passphrase_protected_key_that_gnupg_exports_signs() {
    let work = workplace();
    let Some(gnupg) = Gnupg::new(&work) else { return };
    work.write_secret("pass.txt", "gr\u{fc}n & blau\n");
    let user = "Exported <exported@example.com>";
    let passphrase = ["--passphrase-file", "pass.txt"];
    gnupg
        .run(
            &[&passphrase[..], &["--quick-generate-key", user, "rsa2048", "sign", "never"]]
                .concat(),
        )
        .exits(0);
    let export = ["--armor", "--output", "signer.asc", "--export-secret-keys"];
    gnupg.run(&[&passphrase[..], &export, &["exported@example.com"]].concat()).exits(0);
    work.mode("signer.asc", 0o600);
    gnupg.import("recipient.sec.asc");
    let line = ["pgp", "seal", "--kind", "aes", "--in", "aes.hex", "--signer", "signer.asc"];
    let line = [&line[..], &["--recipient", "recipient.pub.asc", "--out", "aes.asc"]].concat();
    work.el2g(&[&line[..], &["--passphrase-file", "pass.txt"]].concat()).exits(0);
    let opened = gnupg.run(&["--status-fd", "2", "--decrypt", "aes.asc"]).exits(0);
    assert_eq!(opened.stdout, secrets()[0].1);
    assert!(opened.stderr.contains("[GNUPG:] GOODSIG "), "{}", opened.stderr);
}

#[test]
#[cfg_attr(not(oracle = "gpg"), ignore = "needs gpg")]
fn gnupg_imports_the_key_we_make_and_signs_with_it() {
    let work = Workplace::new();
    let Some(gnupg) = Gnupg::new(&work) else { return };
    work.write_secret("pass.txt", "p\u{e4}ssword\n");
    let line = ["pgp", "keygen", "--user-id", "Keys <keys@example.com>", "--bits", "2048"];
    let files = ["--secret-out", "signer.asc", "--public-out", "signer.pub"];
    let line = [&line[..], &files, &["--passphrase-file", "pass.txt", "-o", "json"]].concat();
    let made = work.el2g(&line).exits(0).json();
    gnupg.import("signer.asc");
    let listed = gnupg.run(&["--with-colons", "--list-secret-keys"]).exits(0).stdout;
    let fingerprint = made["fingerprint"].as_str().unwrap();
    assert!(listed.contains(&format!("fpr:::::::::{fingerprint}:")), "{listed}");
    work.write("text", "to be signed");
    let sign = ["--passphrase-file", "pass.txt", "--output", "text.gpg", "--sign", "text"];
    gnupg.run(&sign).exits(0);
    let verified = gnupg.run(&["--status-fd", "2", "--verify", "text.gpg"]).exits(0);
    assert!(verified.stderr.contains("[GNUPG:] VALIDSIG "), "{}", verified.stderr);
    // The public key is what GnuPG makes of the secret one.
    let packets = |name: &str| gnupg.run(&["--list-packets", name]).exits(0).stdout;
    let public = packets("signer.pub");
    assert!(public.contains("rsa2048") || public.contains(":public key packet:"), "{public}");
    assert!(!public.contains("secret"), "{public}");
}

#[test]
fn what_gnupg_makes_wrongly_is_refused_by_inspection() {
    let work = workplace();
    let messages = testdata("openpgp/messages");
    for (name, acceptable) in [
        ("accepted.asc", true),
        ("hash.asc", false),
        ("cipher.asc", false),
        ("unsigned.asc", false),
    ] {
        let message = messages.join(name).display().to_string();
        let line = ["pgp", "inspect", &message, "--open-with", "recipient.sec.asc", "-o", "json"];
        let keys = ["--signer-public", "rsa4096.pub.asc"];
        let ran = work.el2g(&[&line[..], &keys].concat());
        let report = ran.json();
        assert_eq!(report["acceptable"], acceptable, "{name}: {report}");
        assert_eq!(ran.code, if acceptable { 0 } else { 3 }, "{name}: {}", ran.stderr);
    }
}

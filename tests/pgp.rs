//! `el2g pgp`: what is sealed, and what is refused before anything is written.

mod inspect;

use crate::workplace::{Ran, Workplace};

const KEY: &str = "00112233445566778899aabbccddeeffCAFEBABE445566778899aabbccddeeff";

/// A folder with a signer, a recipient and an AES key.
fn workplace() -> Workplace {
    let work = Workplace::new();
    for name in ["rsa2048.sec.asc", "rsa2048.pub.asc", "recipient.pub.asc", "recipient.sec.asc"] {
        work.take(&format!("openpgp/{name}"));
    }
    work.write_secret("key.hex", KEY);
    work
}

/// Seals `input` with everything else right.
fn seal(work: &Workplace, kind: &str, input: &str, more: &[&str]) -> Ran {
    let keys = ["--signer", "rsa2048.sec.asc", "--recipient", "recipient.pub.asc"];
    let line = ["pgp", "seal", "--kind", kind, "--in", input, "--out", "out.asc"];
    work.el2g(&[&line[..], &keys, more].concat())
}

/// Refused with `said`, on one line and a hint at most, nothing written, nothing of the key shown.
#[track_caller]
fn refused(work: &Workplace, ran: Ran, code: i32, said: &str) {
    let ran = ran.exits(code);
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
    let lines: Vec<&str> = ran.stderr.lines().collect();
    let shape = matches!(lines[..], [error] if error.starts_with("error: "))
        || matches!(lines[..], [error, hint] if error.starts_with("error: ") && hint.starts_with("hint: "));
    assert!(shape || code == 2, "{}", ran.stderr);
    assert!(!ran.stderr.contains("cafebabe") && !ran.stderr.contains("CAFEBABE"), "{}", ran.stderr);
    assert!(!work.names().contains(&"out.asc".to_owned()), "something was written");
}

#[test]
fn seals_a_key_and_writes_a_receipt_without_it() {
    let work = workplace();
    let ran = seal(&work, "aes", "key.hex", &["--receipt", "receipt.json"]).exits(0);
    assert_eq!(ran.stdout, "");
    let receipt: serde_json::Value = serde_json::from_slice(&work.read("receipt.json")).unwrap();
    let keys: Vec<&String> = receipt.as_object().unwrap().keys().collect();
    let wanted = [
        "schema",
        "kind",
        "length",
        "kcv",
        "kcvMethod",
        "signer",
        "recipient",
        "messageSha256",
        "createdAt",
        "tool",
    ];
    assert_eq!(keys, wanted);
    assert_eq!((&receipt["kind"], &receipt["length"]), (&"aes".into(), &32.into()));
    let all = [work.read("receipt.json"), ran.stderr.into_bytes()].concat();
    assert!(!String::from_utf8(all).unwrap().to_lowercase().contains("cafebabe"));
    let report = work.el2g(&["pgp", "inspect", "out.asc", "-o", "json"]).exits(0).json();
    assert_eq!(report["acceptable"], serde_json::Value::Null);
    let line = ["pgp", "inspect", "out.asc", "--open-with", "recipient.sec.asc", "-o", "json"];
    let line = [&line[..], &["--signer-public", "rsa2048.pub.asc"]].concat();
    assert_eq!(work.el2g(&line).exits(0).json()["acceptable"], true);
}

#[test]
fn generates_only_when_told_that_no_copy_is_kept() {
    let work = workplace();
    let keys = ["--signer", "rsa2048.sec.asc", "--recipient", "recipient.pub.asc"];
    let line = [&["pgp", "seal", "--kind", "hmac", "--generate", "32"][..], &keys].concat();
    refused(&work, work.el2g(&line), 2, "--discard-plaintext");
    let made = [&line[..], &["--discard-plaintext", "--out", "out.asc"]].concat();
    work.el2g(&made).exits(0);
    let first = work.read("out.asc");
    // The message is the only form of that key: it is not overwritten.
    let again = work.el2g(&made).exits(3);
    assert!(again.stderr.contains("out.asc: exists and is not overwritten"), "{}", again.stderr);
    assert_eq!(work.read("out.asc"), first);
    work.el2g(&[&made[..], &["--force"]].concat()).exits(0);
    assert_ne!(work.read("out.asc"), first);
}

#[test]
fn refuses_secrets_that_are_not_what_they_should_be() {
    let work = workplace();
    for (name, content, said) in [
        (
            "letter",
            "CAFEBABE\nCAFEBABEz0",
            "letter: a letter outside a-f at line 2, column 9; aes takes",
        ),
        ("short", "CAFEBABE", "short: 8 hexadecimal digits (4 bytes); aes takes 32 or 64"),
        ("odd", &KEY[1..], "odd: 63 hexadecimal digits, an odd number"),
        ("prefix", &format!("0x{KEY}"), "prefix: a `0x` prefix at line 1, column 1"),
        ("quoted", &format!("\"{KEY}\""), "quoted: a quotation mark at line 1, column 1"),
        ("mark", &format!("\u{feff}{KEY}"), "mark: a byte order mark at line 1, column 1"),
        ("empty", "", "empty: no key material in it"),
    ] {
        work.write_secret(name, content);
        refused(&work, seal(&work, "aes", name, &[]), 3, said);
    }
    refused(&work, seal(&work, "aes", "none", &[]), 3, "none: cannot be read: no such file");
    refused(&work, seal(&work, "aes", ".", &[]), 3, ".: expected a file, found a directory");
    refused(&work, seal(&work, "aes", "/dev/zero", &[]), 3, "/dev/zero: larger than");
    refused(&work, seal(&work, "des", "key.hex", &[]), 2, "unknown kind `des`");
}

#[test]
fn refuses_secret_files_that_others_can_read_before_anything_else() {
    let work = workplace();
    work.mode("rsa2048.sec.asc", 0o644);
    let said = "rsa2048.sec.asc: holds a secret but others can read it (mode 0644; expected 0600)";
    // Also when other files are missing or wrong.
    let ran = seal(&work, "aes", "none", &[]);
    refused(&work, ran, 3, said);
    seal(&work, "aes", "key.hex", &["--allow-readable-secrets"]).exits(0);
    let work = workplace();
    work.mode("key.hex", 0o640);
    refused(&work, seal(&work, "aes", "key.hex", &[]), 3, "key.hex: holds a secret but others");
    let work = workplace();
    work.write("pass.txt", "x");
    let ran = seal(&work, "aes", "none", &["--passphrase-file", "pass.txt"]);
    refused(&work, ran, 3, "pass.txt: holds a secret but others can read it");
    let line = ["pgp", "public", "none.asc"];
    let ran = work.el2g_with(&[("EL2G_PASSPHRASE_FILE", "pass.txt")], &line);
    refused(&work, ran, 3, "pass.txt: holds a secret but others can read it");
}

#[test]
fn refuses_keys_that_are_damaged_locked_or_of_the_wrong_kind() {
    let work = workplace();
    work.take("openpgp/locked.sec.asc");
    work.write_secret("wrong.txt", "wrong\n");
    let with = |work: &Workplace, signer: &str, recipient: &str, more: &[&str]| {
        let line = ["pgp", "seal", "--kind", "aes", "--in", "key.hex", "--out", "out.asc"];
        let keys = ["--signer", signer, "--recipient", recipient];
        work.el2g(&[&line[..], &keys, more].concat())
    };
    let recipient = "recipient.pub.asc";
    refused(
        &work,
        with(&work, "locked.sec.asc", recipient, &[]),
        2,
        "Passphrase of locked.sec.asc",
    );
    let ran = with(&work, "locked.sec.asc", recipient, &["--passphrase-file", "wrong.txt"]);
    refused(&work, ran, 3, "the passphrase does not unlock key");
    work.write_secret("pass.txt", "pässwörd €uro\n");
    for (name, said) in
        [("rsa3072", "3072"), ("ed25519", ""), ("expired", "expired"), ("revoked", "revoked")]
    {
        let name = format!("{name}.sec.asc");
        work.take(&format!("openpgp/{name}"));
        refused(&work, with(&work, &name, recipient, &[]), 3, said);
    }
    let text = String::from_utf8(work.read("rsa2048.sec.asc")).unwrap();
    let cut: String = text.lines().take(9).map(|line| format!("{line}\n")).collect();
    work.write_secret("cut.asc", cut);
    refused(&work, with(&work, "cut.asc", recipient, &[]), 3, "cut.asc: ");
    let public = String::from_utf8(work.read(recipient)).unwrap();
    let mut lines: Vec<String> = public.lines().map(str::to_owned).collect();
    let last = lines[6].len() - 2;
    lines[6].truncate(last);
    work.write("damaged.asc", lines.join("\n"));
    refused(&work, with(&work, "rsa2048.sec.asc", "damaged.asc", &[]), 3, "damaged.asc: ");
    let diagnosis = work.el2g(&["pgp", "recipient", "damaged.asc"]).exits(3);
    assert!(diagnosis.stdout.contains("line 7 "), "{}", diagnosis.stdout);
    refused(&work, with(&work, "rsa2048.sec.asc", "recipient.sec.asc", &[]), 3, "secret key");
    refused(&work, with(&work, "rsa2048.pub.asc", recipient, &[]), 3, "public key");
    with(&work, "locked.sec.asc", recipient, &["--passphrase-file", "pass.txt"]).exits(0);
}

#[test]
fn files_of_a_hundred_megabytes_are_refused_unread() {
    let work = workplace();
    for name in ["large", "large.pub"] {
        work.write_secret(name, "");
        let file = std::fs::File::options().write(true).open(work.path(name)).unwrap();
        file.set_len(100_000_000).unwrap();
    }
    refused(&work, seal(&work, "binary", "large", &["--raw"]), 3, "large: larger than");
    for line in [
        &["pgp", "inspect", "large"][..],
        &["pgp", "recipient", "large"],
        &["pgp", "public", "large"],
        &["pem", "escape", "large"],
    ] {
        refused(&work, work.el2g(line), 3, "large: larger than");
    }
}

#[test]
fn makes_a_key_and_never_overwrites_one() {
    let work = Workplace::new();
    work.write_secret("pass.txt", "correct horse\n");
    let line = ["pgp", "keygen", "--user-id", "Keys <keys@example.com>", "--bits", "2048"];
    let files = ["--secret-out", "signer.asc", "--public-out", "signer.pub"];
    let line = [&line[..], &files].concat();
    let with = |more: &[&str]| work.el2g(&[&line[..], more].concat());
    with(&["--passphrase-file", "pass.txt"]).exits(0);
    let secret = work.read("signer.asc");
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(work.path("signer.asc")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let again = with(&["--passphrase-file", "pass.txt"]).exits(3);
    assert!(again.stderr.contains("signer.asc: exists and is not overwritten"), "{}", again.stderr);
    assert_eq!(work.read("signer.asc"), secret);
    let public = work.el2g(&["pgp", "public", "signer.asc"]).exits(0).stdout;
    assert_eq!(public.as_bytes(), work.read("signer.pub"));
    // No passphrase, an empty one, and nobody to ask.
    let work = Workplace::new();
    let with = |more: &[&str]| work.el2g(&[&line[..], more].concat());
    work.write_secret("empty.txt", "\n");
    with(&["--passphrase-file", "empty.txt"]).exits(3);
    with(&[]).exits(2);
    assert_eq!(work.names(), ["empty.txt"]);
    let warned = with(&["--no-passphrase"]).exits(0).stderr;
    assert!(warned.contains("warning: the secret key has no passphrase"), "{warned}");
}

#[test]
#[cfg_attr(not(oracle = "python3"), ignore = "needs python3")]
fn asks_for_the_passphrase_of_a_new_key_twice_and_says_what_to_keep() {
    let script = crate::workplace::root().join("tests/terminal/answer.py").display().to_string();
    let program = crate::workplace::program().display().to_string();
    let work = Workplace::new();
    let line = [&script, &program, "pgp", "keygen", "--user-id", "Keys <k@x>", "--bits", "2048"];
    let files = ["--secret-out", "signer.asc", "--public-out", "signer.pub", "--"];
    let typed = |answers: [&str; 2]| {
        let line = [&line[..], &files, &answers].concat();
        work.oracle(std::process::Command::new("python3"), &line)
    };
    let Some(ran) = typed(["correct horse", "correct house"]) else { return };
    let shown = ran.exits(2).stdout;
    assert!(shown.contains("the two passphrases differ"), "{shown}");
    let shown = typed(["", ""]).unwrap().exits(3).stdout;
    assert!(shown.contains("the passphrase is empty"), "{shown}");
    assert!(shown.contains("--no-passphrase if the key is really to have none"), "{shown}");
    assert_eq!(work.names(), [""; 0]);
    let passphrase = "p\u{e4}ss \u{20ac}";
    let shown = typed([passphrase, passphrase]).unwrap().exits(0).stdout;
    assert!(shown.contains("Passphrase for the new key: "), "{shown}");
    assert!(shown.contains("The same passphrase again: "), "{shown}");
    assert!(shown.contains("keep a copy of signer.asc and its passphrase offline"), "{shown}");
    assert!(!shown.contains(passphrase), "{shown}");
    // The fingerprint is the key's, and the passphrase opens it.
    work.write_secret("pass.txt", passphrase);
    work.write_secret("key.hex", KEY);
    work.take("openpgp/recipient.pub.asc");
    let seal = ["pgp", "seal", "--kind", "aes", "--in", "key.hex", "--signer", "signer.asc"];
    let more = ["--recipient", "recipient.pub.asc", "--passphrase-file", "pass.txt"];
    let to = ["--out", "out.asc", "--receipt", "receipt.json"];
    work.el2g(&[&seal[..], &more, &to].concat()).exits(0);
    let receipt: serde_json::Value = serde_json::from_slice(&work.read("receipt.json")).unwrap();
    let fingerprint = receipt["signer"].as_str().unwrap();
    assert_eq!(fingerprint.len(), 40);
    assert!(shown.contains(&format!("fingerprint  {fingerprint}")), "{shown}");
}

//! Key components, check values, and the copy that keeps a secret from being lost.

use crate::gnupg::Gnupg;
use crate::workplace::{Ran, Workplace};

const FIRST: &str = "CAFEBABE00000000000000000000000000112233445566778899aabbccddeeff";
const SECOND: &str = "00000000cafebabe1111111111111111ffffffffffffffffffffffffffffffff";
/// The XOR of both, and its check values as `openssl mac` and `openssl enc` compute them.
const WHOLE: &str = "cafebabecafebabe1111111111111111ffeeddccbbaa99887766554433221100";

fn workplace() -> Workplace {
    let work = Workplace::new();
    for name in ["rsa2048.sec.asc", "rsa2048.pub.asc", "recipient.pub.asc", "recipient.sec.asc"] {
        work.take(&format!("openpgp/{name}"));
    }
    work.write_secret("first.hex", FIRST);
    work.write_secret("second.hex", SECOND);
    work
}

fn seal(work: &Workplace, kind: &str, more: &[&str]) -> Ran {
    let line = ["pgp", "seal", "--kind", kind, "--signer", "rsa2048.sec.asc"];
    let to = ["--recipient", "recipient.pub.asc", "--out", "out.asc"];
    work.el2g(&[&line[..], &to, more].concat())
}

fn combine(work: &Workplace, names: &[&str], more: &[&str]) -> Ran {
    let names: Vec<&str> = names.iter().flat_map(|name| ["--component", *name]).collect();
    seal(work, "aes", &[&names[..], more].concat())
}

fn receipt(work: &Workplace) -> serde_json::Value {
    serde_json::from_slice(&work.read("receipt.json")).unwrap()
}

/// Nothing of the material in either form.
#[track_caller]
fn shows_nothing(text: &str) {
    let text = text.to_lowercase();
    for part in ["cafebabe", "112233445566", "ffeeddccbbaa"] {
        assert!(!text.contains(part), "{text}");
    }
}

#[test]
#[cfg_attr(not(oracle = "gpg"), ignore = "needs gpg")]
fn components_combine_to_the_key_and_are_confirmed_by_their_check_values() {
    let work = workplace();
    // From `openssl mac -cipher AES-256-CBC -macopt hexkey:… CMAC` over 16 zero bytes.
    let (first, second, whole) = ("4d27a8bee9", "291be69f74", "c9ba725981");
    let values = ["--component-kcv", first, "--component-kcv", second];
    let more = [&values[..], &["--receipt", "receipt.json"]].concat();
    let ran = combine(&work, &["first.hex", "second.hex"], &more).exits(0);
    assert!(ran.stderr.contains(&format!("check value {whole} (AES-CMAC)")), "{}", ran.stderr);
    shows_nothing(&ran.stderr);
    shows_nothing(&String::from_utf8(work.read("receipt.json")).unwrap());
    let receipt = receipt(&work);
    assert_eq!((&receipt["kcv"], &receipt["kcvMethod"]), (&whole.into(), &"AES-CMAC".into()));
    let confirmed =
        |kcv| serde_json::json!({"kcv": kcv, "kcvMethod": "AES-CMAC", "confirmed": true});
    assert_eq!(receipt["components"], serde_json::json!([confirmed(first), confirmed(second)]));
    let Some(gnupg) = Gnupg::new(&work) else { return };
    gnupg.import("recipient.sec.asc");
    gnupg.import("rsa2048.pub.asc");
    assert_eq!(gnupg.run(&["--decrypt", "out.asc"]).exits(0).stdout, WHOLE);
}

#[test]
fn components_that_make_no_secret_of_several_custodians_are_refused() {
    let work = workplace();
    work.write_secret("zero.hex", "00".repeat(32));
    work.write_secret("short.hex", "CAFEBABE00000000CAFEBABE00000001");
    work.write_secret("whole.hex", WHOLE);
    for (names, more, code, said) in [
        (&["first.hex"][..], &[][..], 2, "1 component; a secret is combined from two or more"),
        (&["first.hex", "short.hex"], &[], 3, "component 2 has 16 bytes, component 1 has 32"),
        (&["first.hex", "zero.hex"], &[], 3, "component 2 is all zeros"),
        (&["first.hex", "second.hex", "first.hex"], &[], 3, "components 1 and 3 are the same"),
        (&["first.hex", "second.hex", "whole.hex"], &[], 3, "combine to all zeros"),
        (&["first.hex", "none.hex"], &[], 3, "none.hex: cannot be read"),
        (
            &["first.hex", "second.hex"],
            &["--component-kcv", "0000000000", "--component-kcv", "0000000000"],
            3,
            "component 1 of 2: its check value is 4d27a8bee9 (AES-CMAC), not 0000000000",
        ),
        (&["first.hex", "second.hex"], &["--component-kcv", "00"], 2, "2 components and 1 check"),
        (&["first.hex", "prompt"], &[], 2, "Digits of component 2 of 2"),
        (&["-", "-"], &[], 3, "standard input: no key material"),
        (&["first.hex", "second.hex"], &["--in", "first.hex"], 2, "cannot be used with"),
    ] {
        let ran = combine(&work, names, more).exits(code);
        assert!(ran.stderr.contains(said), "{names:?}: {}", ran.stderr);
        shows_nothing(&ran.stderr);
        assert!(!work.names().contains(&"out.asc".to_owned()), "{names:?}: something was written");
    }
}

#[test]
fn check_values_have_the_form_that_fits_the_secret() {
    let work = workplace();
    work.write_secret("short.hex", "CAFEBABE");
    for (kind, input, more, kcv, method) in [
        ("aes", "first.hex", &[][..], "4d27a8bee9".into(), "AES-CMAC".into()),
        ("aes", "first.hex", &["--kcv", "ecb"], "48efa3".into(), "AES-ECB".into()),
        ("hmac", "first.hex", &[], "20c37db0a3".into(), "HMAC-SHA256".into()),
        ("hmac", "short.hex", &[], serde_json::Value::Null, serde_json::Value::Null),
        ("binary", "first.hex", &[], serde_json::Value::Null, serde_json::Value::Null),
    ] {
        let line = ["--in", input, "--receipt", "receipt.json", "--force"];
        seal(&work, kind, &[&line[..], more].concat()).exits(0);
        let receipt = receipt(&work);
        assert_eq!((&receipt["kcv"], &receipt["kcvMethod"]), (&kcv, &method), "{kind} {input}");
    }
    let ran = seal(&work, "hmac", &["--in", "first.hex", "--kcv", "ecb", "--force"]).exits(2);
    assert!(ran.stderr.contains("--kcv ecb: AES keys only"), "{}", ran.stderr);
}

#[test]
#[cfg_attr(not(oracle = "gpg"), ignore = "needs gpg")]
fn a_generated_key_is_kept_by_a_copy_that_gnupg_opens_with_a_key_of_any_kind() {
    let work = workplace();
    let Some(gnupg) = Gnupg::new(&work) else { return };
    gnupg.import("recipient.sec.asc");
    gnupg.import("rsa2048.pub.asc");
    for (name, primary, subkey) in [
        ("team-rsa", "rsa3072", "rsa3072"),
        ("team-curve25519", "ed25519", "cv25519"),
        ("team-p256", "nistp256", "nistp256"),
        ("team-p384", "nistp384", "nistp384"),
        ("team-p521", "nistp521", "nistp521"),
    ] {
        let no_passphrase = ["--passphrase", ""];
        let make = |line: &[&str]| gnupg.run(&[&no_passphrase[..], line].concat()).exits(0);
        make(&["--quick-generate-key", name, primary, "cert,sign", "never"]);
        let listed = make(&["--list-keys", "--with-colons", name]).stdout;
        let fingerprint = listed
            .lines()
            .find(|line| line.starts_with("fpr:"))
            .unwrap()
            .split(':')
            .nth(9)
            .unwrap();
        make(&["--quick-add-key", fingerprint, subkey, "encr", "never"]);
        let (public, out) = (format!("{name}.pub"), format!("{name}.escrow"));
        make(&["--armor", "--output", &public, "--export", name]);
        let escrow = ["--escrow-to", &public, "--escrow-out", &out];
        let line = ["--generate", "256", "--receipt", "receipt.json", "--force"];
        seal(&work, "aes", &[&line[..], &escrow].concat()).exits(0);
        let opened = gnupg.run(&["--status-fd", "2", "--decrypt", &out]).exits(0);
        assert!(opened.stderr.contains("[GNUPG:] GOODSIG "), "{name}: {}", opened.stderr);
        // The copy is the very key that was sent.
        assert_eq!(gnupg.run(&["--decrypt", "out.asc"]).exits(0).stdout, opened.stdout, "{name}");
        assert_eq!(opened.stdout.len(), 64);
        assert_eq!(receipt(&work)["escrow"]["recipient"], fingerprint, "{name}");
        // It may be the last copy of an earlier key.
        let kept = work.read(&out);
        let again = seal(&work, "aes", &[&line[..], &escrow].concat()).exits(3);
        assert!(again.stderr.contains("exists and is not overwritten"), "{}", again.stderr);
        assert_eq!(work.read(&out), kept);
    }
}

#[test]
fn a_copy_goes_to_a_living_key_of_the_team_or_nothing_is_made() {
    let work = workplace();
    for name in ["dsa.pub.asc", "expired-recipient.pub.asc", "sign-only-recipient.pub.asc"] {
        work.take(&format!("openpgp/{name}"));
    }
    let generate = ["--generate", "256"];
    for (more, code, said) in [
        (&[][..], 2, "--discard-plaintext"),
        (&["--escrow-to", "recipient.pub.asc"][..], 2, "--escrow-out"),
        (
            &["--escrow-to", "recipient.pub.asc", "--escrow-out", "e"],
            3,
            "names the recipient's key",
        ),
        (&["--escrow-to", "recipient.sec.asc", "--escrow-out", "e"], 3, "holds the secret key"),
        (&["--escrow-to", "dsa.pub.asc", "--escrow-out", "e"], 3, "dsa.pub.asc: "),
        (&["--escrow-to", "expired-recipient.pub.asc", "--escrow-out", "e"], 3, "expired at"),
        (&["--escrow-to", "sign-only-recipient.pub.asc", "--escrow-out", "e"], 3, "may encrypt"),
        (&["--escrow-to", "rsa2048.pub.asc", "--escrow-out", "out.asc"], 2, "name the same file"),
        (&["--escrow-to", "rsa2048.pub.asc", "--escrow-out", "/dev/null"], 3, "a regular file"),
        (
            &["--escrow-to", "rsa2048.pub.asc", "--escrow-out", "e", "--discard-plaintext"],
            2,
            "cannot be used with",
        ),
    ] {
        let ran = seal(&work, "aes", &[&generate[..], more].concat()).exits(code);
        assert!(ran.stderr.contains(said), "{more:?}: {}", ran.stderr);
        let names = work.names();
        assert!(!names.iter().any(|it| it == "e" || it == "out.asc"), "{more:?}: {names:?}");
    }
}

#[test]
#[cfg_attr(not(oracle = "python3"), ignore = "needs python3")]
fn a_component_is_typed_without_echo_and_confirmed_by_its_custodian() {
    let work = workplace();
    let script =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/terminal/answer.py");
    let script = script.display().to_string();
    let program = crate::workplace::program().display().to_string();
    let line = [&script, &program, "pgp", "seal", "--kind", "aes", "--component", "prompt"];
    let keys = ["--component", "prompt", "--signer", "rsa2048.sec.asc", "--out", "out.asc"];
    let to = ["--recipient", "recipient.pub.asc", "--"];
    // A wrong check value, then the right one; the second custodian has none and types twice.
    let answers = [FIRST, "0000000000", FIRST, "4D27A8BEE9", SECOND, "", SECOND];
    let line = [&line[..], &keys, &to, &answers].concat();
    let Some(ran) = work.oracle(std::process::Command::new("python3"), &line) else { return };
    let shown = ran.exits(0).stdout;
    assert!(shown.contains("its check value is 4d27a8bee9 (AES-CMAC), not 0000000000"), "{shown}");
    assert!(shown.contains("check value c9ba725981 (AES-CMAC)"), "{shown}");
    shows_nothing(&shown);
    // Typed differently the second time, until the tries are over: nothing is written.
    let other = Workplace::new();
    for name in ["rsa2048.sec.asc", "recipient.pub.asc"] {
        other.take(&format!("openpgp/{name}"));
    }
    let answers = [FIRST, "", SECOND, FIRST, "", SECOND, FIRST, "", SECOND];
    let line = [&line[..line.len() - 7], &answers].concat();
    let Some(ran) = other.oracle(std::process::Command::new("python3"), &line) else { return };
    let shown = ran.exits(3).stdout;
    assert!(shown.contains("typed differently the second time"), "{shown}");
    shows_nothing(&shown);
    assert!(!other.names().contains(&"out.asc".to_owned()));
}

/// Types components of one kind; returns what the terminal showed.
fn typed(work: &Workplace, kind: &str, count: usize, answers: &[&str], code: i32) -> String {
    let script = crate::workplace::root().join("tests/terminal/answer.py").display().to_string();
    let program = crate::workplace::program().display().to_string();
    let line = [&script, &program, "pgp", "seal", "--kind", kind, "--signer", "rsa2048.sec.asc"];
    let prompts = ["--component", "prompt"].repeat(count);
    let to = ["--recipient", "recipient.pub.asc", "--out", "out.asc", "--receipt", "receipt.json"];
    let line = [&line[..], &prompts, &to, &["--force", "--"], answers].concat();
    let ran = work.oracle(std::process::Command::new("python3"), &line);
    let shown = ran.map_or(String::new(), |ran| ran.exits(code).stdout);
    shows_nothing(&shown);
    shown
}

#[test]
#[cfg_attr(not(oracle = "python3"), ignore = "needs python3")]
fn components_that_are_typed_are_judged_as_those_of_files() {
    if crate::oracles::oracle("python3").is_none() {
        return;
    }
    let work = workplace();
    let (first, second) = ("4d27a8bee9", "291be69f74");
    // The same component from two custodians, then three that are different.
    let shown = typed(&work, "aes", 2, &[FIRST, first, FIRST, first], 3);
    assert!(shown.contains("components 1 and 2 are the same"), "{shown}");
    assert!(!work.names().contains(&"out.asc".to_owned()));
    let third = "0123456789abcdef".repeat(4);
    let answers = [FIRST, first, SECOND, second, &third, "", &third];
    let shown = typed(&work, "aes", 3, &answers, 0);
    assert!(shown.contains("component 3 of 3: check value "), "{shown}");
    assert_eq!(receipt(&work)["components"].as_array().unwrap().len(), 3);
    // A component of a length that AES has not, then one of another length than the first.
    let short = "CAFEBABE00000000CAFEBABE00000001";
    let answers = [&FIRST[..20], FIRST, first, short, "", short];
    let shown = typed(&work, "aes", 2, &answers, 3);
    assert!(shown.contains("component 1 of 2: 20 hexadecimal digits (10 bytes)"), "{shown}");
    assert!(shown.contains("component 2 has 16 bytes, component 1 has 32"), "{shown}");
    // Short HMAC keys and binaries have no check value: the digits are typed twice.
    let (one, other) = ("CAFEBABE01020304", "CAFEBABE11111111");
    for (kind, mine) in [("hmac", 8), ("binary", 8)] {
        let shown = typed(&work, kind, 2, &[one, one, other, other], 0);
        assert!(!shown.to_lowercase().contains("check value"), "{shown}");
        let receipt = receipt(&work);
        assert_eq!((&receipt["length"], &receipt["kcv"]), (&mine.into(), &serde_json::Value::Null));
        let confirmed = serde_json::json!({"kcv": null, "kcvMethod": null, "confirmed": true});
        assert_eq!(receipt["components"], serde_json::json!([confirmed, confirmed]), "{kind}");
    }
}

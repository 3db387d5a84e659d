//! `el2g keyset`: what the service signs is checked before it is written, and a CMAC is never shown.

use std::process::Command;

use el2g_key_payload::base64_bytes;
use serde_json::Value;

use crate::recorded::Recorded;
use crate::served::Served;
use crate::workplace::Workplace;

fn place() -> (Served, Workplace) {
    let (service, work) = (Served::start(Workplace::new(), &[]), Workplace::new());
    work.write("firmware.bin", "firmware");
    (service, work)
}

fn words(line: &str) -> Vec<&str> {
    line.split(' ').collect()
}

#[test]
#[cfg_attr(not(oracle = "openssl"), ignore = "needs openssl")]
fn openssl_takes_the_signatures_of_every_kind_of_key() {
    let (service, work) = place();
    for (key, hash) in [("1", "sha256"), ("2", "sha384"), ("3", "sha512"), ("4", "sha256")] {
        let public = format!("keyset public-key 1 {key} --out {key}.pem");
        service.el2g(&work, &words(&public)).exits(0);
        let sign = format!(
            "keyset sign-hash 1 {key} --in firmware.bin --public-key {key}.pem --encoding der --out {key}.sig"
        );
        service.el2g(&work, &words(&sign)).exits(0);
        let verify = format!("dgst -{hash} -verify {key}.pem -signature {key}.sig firmware.bin");
        let ran = work.oracle(Command::new("openssl"), &words(&verify));
        let Some(ran) = ran else { return };
        assert_eq!(ran.exits(0).stdout, "Verified OK\n");
        // What is there is not lost.
        let again = service.el2g(&work, &words(&sign)).exits(3);
        assert!(again.stderr.contains("exists"), "{}", again.stderr);
    }
}

#[test]
fn the_raw_form_is_what_nxps_client_expects_and_a_digest_is_taken_too() {
    let (service, work) = place();
    let digest = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae";
    let line = format!("keyset sign-hash 1 1 --digest {digest} -o json");
    let answer: Value = service.el2g(&work, &words(&line)).exits(0).json();
    assert_eq!(
        (&answer["algorithm"], &answer["hash"], &answer["encoding"], &answer["digest"]),
        (&"P-256".into(), &"SHA-256".into(), &"raw".into(), &digest.into())
    );
    let signature = base64_bytes(answer["signature"].as_str().expect("text")).expect("base64");
    assert_eq!(signature.len(), 64);
    for bad in ["", "2c", "2g", &digest[1..], &format!("{digest}00")] {
        let line = ["keyset", "sign-hash", "1", "1", "--digest", bad];
        service.el2g(&work, &line).exits(2);
    }
}

#[test]
fn a_signature_that_does_not_verify_is_not_written() {
    let (service, work) = place();
    service.el2g(&work, &words("keyset public-key 1 2 --out other.pem")).exits(0);
    let line =
        "keyset sign-hash 1 1 --in firmware.bin --hash sha384 --public-key other.pem --out s";
    let ran = service.el2g(&work, &words(line)).exits(5);
    assert!(ran.stderr.contains("is not one of this digest"), "{}", ran.stderr);
    assert!(!work.path("s").exists());
    for body in [r#"{"signature":"AAAA"}"#, r#"{"signature":"."}"#, r#"{"signature":""}"#, "{}"] {
        let odd = Recorded::start(move |_| (200, body.to_owned()));
        work.write_secret("token", "some-token");
        let base = ["--base-url", odd.base_url(), "--token-file", "token"];
        let line = words("keyset sign-hash 1 1 --in firmware.bin --public-key other.pem --out s");
        work.el2g(&[&line[..], &base].concat()).exits(5);
        assert!(!work.path("s").exists(), "{body}");
    }
}

#[test]
fn a_cmac_goes_to_a_private_file_and_nowhere_else() {
    use std::os::unix::fs::PermissionsExt as _;
    let (service, work) = place();
    let line = words("keyset cmac 2 1 --in firmware.bin --out derived.key -o json");
    let ran = service.el2g(&work, &line).exits(0);
    let cmac = work.read("derived.key");
    assert_eq!(cmac.len(), 16);
    let mode = std::fs::metadata(work.path("derived.key")).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let shown = format!("{}{}", ran.stdout, ran.stderr);
    assert!(!shown.contains(&el2g_key_payload::base64_text(&cmac)), "{shown}");
    service.el2g(&work, &line).exits(3);
    work.write_secret("token", "some-token");
    // Neither does an error show what an odd answer holds.
    for body in [r#"{"cmac":"c2VjcmV0"}"#, r#"{"cmacPayload":"c2VjcmV0"}"#, "c2VjcmV0"] {
        let odd = Recorded::start(move |_| (200, body.to_owned()));
        let base = ["--base-url", odd.base_url(), "--token-file", "token"];
        let line = words("keyset cmac 2 1 --in firmware.bin --out other.key");
        let ran = work.el2g(&[&line[..], &base].concat()).exits(5);
        assert!(!ran.stderr.contains("c2VjcmV0"), "{}", ran.stderr);
        assert!(!work.path("other.key").exists());
    }
}

#[test]
fn a_key_that_does_something_else_is_refused_by_the_service() {
    let (service, work) = place();
    for (line, code) in [
        ("keyset public-key 2 1", "ERR_KEYSET_422_1"),
        ("keyset public-key 7 1", "ERR_KEYSET_404_1"),
        ("keyset cmac 1 1 --in firmware.bin --out c", "ERR_KEYSET_422_1"),
    ] {
        let ran = service.el2g(&work, &words(line)).exits(4);
        assert!(ran.stderr.contains(code), "{line}: {}", ran.stderr);
    }
}

//! Whatever `ca sign` and `ca root` make, other people's programs accept: every kind of root key with either hash, every
//! kind of key that the API offers an intermediate.

use std::process::Command;

use super::{openssl, openssl_root, request, sign};
use crate::workplace::{Workplace, testdata};

/// Keys a root may have, below `testdata/keys`.
const ROOT_KEYS: [&str; 6] = [
    "p256-pkcs8.pem",
    "p384-pkcs8.pem",
    "p521-pkcs8.pem",
    "rsa2048-pkcs8.pem",
    "rsa3072-pkcs8.pem",
    "rsa4096-pkcs8.pem",
];

/// Keys of the requests that the API makes, by their file; section 6 wants the first.
const SUBJECT_KEYS: [&str; 5] =
    ["p256-sec1.pem", "p384-sec1.pem", "p521-sec1.pem", "rsa2048-pkcs1.pem", "rsa4096-pkcs1.pem"];

/// A root's key that is none of those.
const ROOT_KEY: &str = "../x509/keys/root-p256.pem";

/// The request of a key of `testdata/keys`.
fn request_of(work: &Workplace, key: &str) -> Option<()> {
    let key = testdata("keys").join(key);
    let new = ["req", "-new", "-subj", "/C=AT/O=NXP/CN=myca-33", "-out", "ca.csr", "-key"];
    openssl(work, &[&new[..], &[key.to_str().expect("a path of ASCII")]].concat())?.exits(0);
    Some(())
}

/// `openssl verify -x509_strict`, `certtool --verify` and pkilint have nothing against `signed.pem`.
fn accepted(work: &Workplace, what: &str) {
    let strict = ["verify", "-x509_strict", "-check_ss_sig", "-CAfile", "root.pem", "signed.pem"];
    let ran = openssl(work, &strict).expect("it made the root");
    assert_eq!(ran.code, 0, "{what}: {}", ran.stderr);
    let verify = ["--verify", "--load-ca-certificate", "root.pem", "--infile", "signed.pem"];
    if let Some(ran) = work.oracle(Command::new("certtool"), &verify) {
        let verified = "Chain verification output: Verified.";
        assert!(ran.code == 0 && ran.stdout.contains(verified), "{what}: {ran:?}");
    }
    let lint = ["lint", "--severity", "ERROR", "signed.pem"];
    if let Some(ran) = work.oracle(Command::new("lint_pkix_cert"), &lint) {
        assert_eq!((ran.code, ran.stdout.trim()), (0, ""), "{what}: {}", ran.stderr);
    }
}

#[test]
#[cfg_attr(not(oracle = "openssl"), ignore = "needs openssl")]
fn under_every_kind_of_root_key_with_an_identifier_and_without() {
    for (number, key) in ROOT_KEYS.into_iter().enumerate() {
        for identifier in [true, false] {
            let work = Workplace::new();
            let Some(()) = openssl_root(&work, key, identifier) else { return };
            let Some(()) = request(&work, "P-256") else { return };
            work.write_secret(
                "root.key",
                std::fs::read(testdata("keys").join(key)).expect("a key"),
            );
            // Each hash with half of the keys, and the other way round without an identifier.
            let hash = if (number % 2 == 0) == identifier { "sha256" } else { "sha384" };
            sign(&work, &["--root-key", "root.key", "--hash", hash]).exits(0);
            let what = format!("{key} {hash}");
            if identifier {
                accepted(&work, &what);
            } else {
                let plain = ["verify", "-CAfile", "root.pem", "signed.pem"];
                let ran = openssl(&work, &plain).expect("it made the root");
                assert_eq!(ran.code, 0, "{what}: {}", ran.stderr);
            }
        }
    }
}

#[test]
#[cfg_attr(not(oracle = "openssl"), ignore = "needs openssl")]
fn every_kind_of_key_that_the_api_offers() {
    for key in SUBJECT_KEYS {
        let work = Workplace::new();
        let Some(()) = openssl_root(&work, ROOT_KEY, true) else { return };
        let Some(()) = request_of(&work, key) else { return };
        let root_key = std::fs::read(testdata("keys").join(ROOT_KEY));
        work.write_secret("root.key", root_key.expect("a key"));
        let urls = ["--crl-url", "http://example.com/a.crl", "--policy-url", "https://example.com"];
        let rules = ["--root-key", "root.key", "--rules", "api-algorithms"];
        sign(&work, &[&rules[..], &urls].concat()).exits(0);
        accepted(&work, key);
    }
}

#[test]
#[cfg_attr(not(oracle = "openssl"), ignore = "needs openssl")]
fn a_root_of_every_kind_of_key() {
    for algorithm in ["NIST_P256", "NIST_P384", "NIST_P521", "RSA_2048", "RSA_3072", "RSA_4096"] {
        let work = Workplace::new();
        let root = ["ca", "root", "--subject", "CN=Root,O=Example,C=AT", "--algorithm", algorithm];
        let made = work.el2g(&[&root[..], &["--key-out", "k", "--out", "root.pem"]].concat());
        made.exits(0);
        work.write("signed.pem", work.read("root.pem"));
        if openssl(&work, &["version"]).is_some() {
            accepted(&work, algorithm);
        }
    }
}

//! `el2g ca`: what it signs, other people's programs accept; what it must not sign, it refuses.

mod accepted;

use std::process::Command;

use crate::workplace::{Ran, Workplace, testdata};

fn openssl(work: &Workplace, arguments: &[&str]) -> Option<Ran> {
    work.oracle(Command::new("openssl"), arguments)
}

/// A root as OpenSSL makes it, from a key of `testdata/keys`; with an SKI or without.
fn openssl_root(work: &Workplace, key: &str, identifier: bool) -> Option<()> {
    let key = testdata("keys").join(key);
    let identifier = if identifier { "hash" } else { "none" };
    let extension = format!("subjectKeyIdentifier={identifier}");
    let mut arguments = vec![
        "req",
        "-x509",
        "-new",
        "-sha256",
        "-days",
        "9000",
        "-subj",
        "/C=AT/O=Example/CN=Root",
    ];
    let key = key.to_str().expect("a path of ASCII");
    arguments.extend(["-key", key, "-passin", "pass:correct horse", "-out", "root.pem"]);
    arguments.extend(["-addext", "basicConstraints=critical,CA:TRUE", "-addext", &extension]);
    arguments.extend(["-addext", "keyUsage=critical,keyCertSign,cRLSign"]);
    openssl(work, &arguments)?.exits(0);
    Some(())
}

/// The request of the service, as OpenSSL makes one.
fn request(work: &Workplace, curve: &str) -> Option<()> {
    let curve = format!("ec_paramgen_curve:{curve}");
    let subject = "/C=AT/O=NXP/OU=Plug+CN=myca-0000000000000033";
    let mut arguments = vec!["req", "-new", "-newkey", "ec", "-pkeyopt", &curve, "-nodes"];
    arguments.extend(["-multivalue-rdn", "-subj", subject, "-keyout", "ca.key", "-out", "ca.csr"]);
    openssl(work, &arguments)?.exits(0);
    Some(())
}

/// A place with a root and its key made by `el2g`, and a request made by OpenSSL.
fn ready(algorithm: &str) -> Option<Workplace> {
    let work = Workplace::new();
    request(&work, "P-256")?;
    let root = ["ca", "root", "--subject", "CN=Root,O=Example,C=AT", "--algorithm", algorithm];
    let files = ["--key-out", "root.key", "--out", "root.pem"];
    work.el2g(&[&root[..], &files].concat()).exits(0);
    Some(work)
}

const SIGN: [&str; 11] = [
    "ca",
    "sign",
    "--csr",
    "ca.csr",
    "--root-cert",
    "root.pem",
    "--days",
    "3650",
    "--yes",
    "--out",
    "signed.pem",
];

fn sign(work: &Workplace, more: &[&str]) -> Ran {
    work.el2g(&[&SIGN, more].concat())
}

#[test]
#[cfg_attr(not(oracle = "openssl"), ignore = "needs openssl")]
fn signs_with_every_form_of_key_and_openssl_and_gnutls_accept_it() {
    for key in [
        "p256-pkcs8.pem",
        "p256-pkcs8.der",
        "p256-sec1-with-parameters.pem",
        "p256-aes256.pem",
        "p256-scrypt.pem",
        "p384-pkcs8.pem",
        "p384-sec1.pem",
        "p521-sec1.pem",
        "rsa2048-pkcs1.pem",
        "rsa2048-pkcs1.der",
        "rsa2048-aes256.pem",
        "rsa3072-pkcs8.pem",
        "rsa4096-pkcs8.pem",
    ] {
        let work = Workplace::new();
        let source = if key.ends_with(".der") { key.replace(".der", ".pem") } else { key.into() };
        let Some(()) = openssl_root(&work, &source, true) else { return };
        let Some(()) = request(&work, "P-256") else { return };
        work.write_secret("root.key", std::fs::read(testdata("keys").join(key)).unwrap());
        work.write_secret("phrase", "correct horse\n");
        sign(&work, &["--root-key", "root.key", "--passphrase-file", "phrase"]).exits(0);
        let verify = ["verify", "-x509_strict", "-CAfile", "root.pem", "signed.pem"];
        openssl(&work, &verify).unwrap().exits(0);
        let verify = ["--verify", "--load-ca-certificate", "root.pem", "--infile", "signed.pem"];
        if let Some(ran) = work.oracle(Command::new("certtool"), &verify) {
            let ran = ran.exits(0);
            assert!(ran.stdout.contains("Chain verification output: Verified."), "{key}: {ran:?}");
        }
    }
}

#[test]
#[cfg_attr(not(oracle = "openssl"), ignore = "needs openssl")]
fn pkilint_finds_no_error_in_what_it_makes() {
    for algorithm in ["nist-p256", "nist-p384", "rsa-2048"] {
        let Some(work) = ready(algorithm) else { return };
        let urls =
            ["--crl-url", "http://example.com/ca.crl", "--policy-url", "https://example.com"];
        sign(&work, &[&["--root-key", "root.key"][..], &urls].concat()).exits(0);
        for file in ["signed.pem", "root.pem"] {
            let lint = ["lint", "--severity", "ERROR", file];
            let Some(ran) = work.oracle(Command::new("lint_pkix_cert"), &lint) else { return };
            assert_eq!(ran.exits(0).stdout.trim(), "", "{algorithm} {file}");
        }
    }
}

#[test]
#[cfg_attr(not(oracle = "openssl"), ignore = "needs openssl")]
fn signs_under_a_root_without_a_key_identifier() {
    let work = Workplace::new();
    let Some(()) = openssl_root(&work, "p256-pkcs8.pem", false) else { return };
    let Some(()) = request(&work, "P-256") else { return };
    let key = std::fs::read(testdata("keys/p256-pkcs8.pem")).unwrap();
    work.write_secret("root.key", key);
    sign(&work, &["--root-key", "root.key"]).exits(0);
    openssl(&work, &["verify", "-CAfile", "root.pem", "signed.pem"]).unwrap().exits(0);
}

#[test]
#[cfg_attr(not(oracle = "openssl"), ignore = "needs openssl")]
fn takes_both_hashes_with_either_curve() {
    for (algorithm, hash, name) in [
        ("nist-p256", "sha384", "ecdsa-with-SHA384"),
        ("nist-p384", "sha256", "ecdsa-with-SHA256"),
        ("rsa-2048", "sha384", "sha384WithRSAEncryption"),
    ] {
        let Some(work) = ready(algorithm) else { return };
        let more = ["--root-key", "root.key", "--hash", hash, "-o", "json"];
        let signed = sign(&work, &more).exits(0).json();
        assert_eq!(signed["signatureAlgorithm"], name);
        let verify = ["verify", "-x509_strict", "-CAfile", "root.pem", "signed.pem"];
        openssl(&work, &verify).unwrap().exits(0);
    }
}

#[test]
#[cfg_attr(not(oracle = "openssl"), ignore = "needs openssl")]
fn keeps_names_and_key_and_says_what_it_signed() {
    let Some(work) = ready("nist-p256") else { return };
    let more = ["--root-key", "root.key", "--serial", "0x0102", "-o", "json", "--record", "r"];
    let signed = sign(&work, &more).exits(0);
    let answer = signed.json();
    assert_eq!(answer["serialNumber"], "0102");
    assert_eq!(answer["state"], "signed");
    assert_eq!(answer["file"], "signed.pem");
    let print = |file: &str, kind: &str, what: &str| {
        let arguments = [kind, "-in", file, "-noout", what, "-nameopt", "RFC2253,show_type"];
        openssl(&work, &arguments[..if what == "-pubkey" { 5 } else { 7 }]).unwrap().stdout
    };
    assert_eq!(print("signed.pem", "x509", "-subject"), print("ca.csr", "req", "-subject"));
    assert_eq!(print("signed.pem", "x509", "-pubkey"), print("ca.csr", "req", "-pubkey"));
    let record: serde_json::Value = serde_json::from_slice(&work.read("r")).unwrap();
    assert_eq!(record["certificateSha256"], answer["fingerprintSha256"]);
    assert_eq!(record["toBeSignedSha256"], answer["toBeSignedSha256"]);
    assert_eq!(record["certificate"].as_str().unwrap().as_bytes(), work.read("signed.pem"));
    assert_eq!(record["key"], "root.key");
    assert!(signed.stderr.contains("subject    "), "{}", signed.stderr);
}

#[test]
#[cfg_attr(not(oracle = "openssl"), ignore = "needs openssl")]
fn the_record_names_the_rules_that_were_not_applied() {
    let Some(work) = ready("nist-p256") else { return };
    let rules =
        "name = \"ours\"\ninherits = \"annex6\"\n[severity]\nvalidity-ends-soon = \"off\"\n";
    work.write("rules.toml", rules);
    let more = ["--root-key", "root.key", "--record", "r", "--rules", "rules.toml"];
    let skipped = ["--skip-check", "validity-ends-soon"];
    sign(&work, &[&more[..], &skipped].concat()).exits(0);
    let record: serde_json::Value = serde_json::from_slice(&work.read("r")).unwrap();
    assert_eq!(record["rulesOff"], serde_json::json!(["validity-ends-soon"]));
    assert_eq!(record["skippedChecks"], serde_json::json!(["validity-ends-soon"]));
}

#[test]
#[cfg_attr(not(oracle = "openssl"), ignore = "needs openssl")]
fn writes_the_certificate_to_standard_output_when_asked() {
    let Some(work) = ready("nist-p256") else { return };
    let before = work.names();
    let arguments: Vec<&str> =
        SIGN.into_iter().map(|word| if word == "signed.pem" { "-" } else { word }).collect();
    let ran = work.el2g(&[&arguments[..], &["--root-key", "root.key"]].concat()).exits(0);
    assert_eq!(work.names(), before);
    work.write("signed.pem", &ran.stdout);
    let verify = ["verify", "-x509_strict", "-CAfile", "root.pem", "signed.pem"];
    openssl(&work, &verify).unwrap().exits(0);
}

#[test]
#[cfg_attr(not(oracle = "openssl"), ignore = "needs openssl")]
fn a_second_record_is_appended() {
    let Some(work) = ready("nist-p256") else { return };
    let more = ["--root-key", "root.key", "--force", "--record", "record.jsonl"];
    sign(&work, &more).exits(0);
    sign(&work, &more).exits(0);
    assert_eq!(work.read("record.jsonl").split(|octet| *octet == b'\n').count(), 3);
}

#[test]
#[cfg_attr(not(oracle = "openssl"), ignore = "needs openssl")]
fn asks_before_it_signs() {
    let Some(work) = ready("nist-p256") else { return };
    let without_yes: Vec<&str> = SIGN.into_iter().filter(|word| *word != "--yes").collect();
    let ran = work.el2g(&[&without_yes[..], &["--root-key", "root.key"]].concat()).exits(2);
    assert!(ran.stderr.contains("--yes"), "{}", ran.stderr);
    assert!(!work.path("signed.pem").exists());
}

#[test]
#[cfg_attr(not(oracle = "openssl"), ignore = "needs openssl")]
fn cuts_the_validity_to_the_root() {
    let Some(work) = ready("nist-p256") else { return };
    let more = ["--root-key", "root.key", "--days", "36500", "-o", "json"];
    let arguments: Vec<&str> =
        SIGN.into_iter().filter(|word| !matches!(*word, "--days" | "3650")).collect();
    let answer = work.el2g(&[&arguments[..], &more].concat()).exits(0).json();
    assert_eq!(answer["cutToRoot"], true);
    let end = |file: &str| openssl(&work, &["x509", "-in", file, "-noout", "-enddate"]).unwrap();
    assert_eq!(end("signed.pem").stdout, end("root.pem").stdout);
}

#[test]
#[cfg_attr(not(oracle = "openssl"), ignore = "needs openssl")]
fn the_two_halves_of_an_offline_signature_fit() {
    let Some(work) = ready("nist-p384") else { return };
    let to_be_signed = ["ca", "sign", "--csr", "ca.csr", "--root-cert", "root.pem"];
    let first = [&to_be_signed[..], &["--days", "3650", "--tbs-out", "tbs.der"]].concat();
    let answer = work.el2g(&[&first[..], &["-o", "json"]].concat()).exits(0).json();
    assert_eq!(answer["state"], "to-be-signed");
    let digest = ["dgst", "-sha384", "-sign", "root.key", "-out", "signature", "tbs.der"];
    openssl(&work, &digest).unwrap().exits(0);
    let second = ["--tbs-in", "tbs.der", "--signature-in", "signature", "--out", "signed.pem"];
    work.el2g(&[&to_be_signed[..], &second].concat()).exits(0);
    let verify = ["verify", "-x509_strict", "-CAfile", "root.pem", "signed.pem"];
    openssl(&work, &verify).unwrap().exits(0);
    // A signature over something else.
    let digest = ["dgst", "-sha384", "-sign", "root.key", "-out", "other", "ca.csr"];
    openssl(&work, &digest).unwrap().exits(0);
    let second = ["--tbs-in", "tbs.der", "--signature-in", "other", "--out", "other.pem"];
    let ran = work.el2g(&[&to_be_signed[..], &second].concat()).exits(3);
    assert!(ran.stderr.contains("does not fit"), "{}", ran.stderr);
    assert!(ran.stderr.contains("hint: sign the very bytes of --tbs-out"), "{}", ran.stderr);
    assert!(!work.path("other.pem").exists());
    // Bytes that may be with the HSM already are kept: a new serial number would make them others.
    let kept = work.read("tbs.der");
    let ran = work.el2g(&first).exits(3);
    assert!(ran.stderr.contains("exists and is not overwritten"), "{}", ran.stderr);
    assert_eq!(work.read("tbs.der"), kept);
    work.el2g(&[&first[..], &["--force"]].concat()).exits(0);
    assert_ne!(work.read("tbs.der"), kept);
}

#[test]
#[cfg_attr(not(oracle = "openssl"), ignore = "needs openssl")]
fn says_how_to_make_a_key_openable_that_asks_for_too_much_work() {
    let Some(work) = ready("nist-p256") else { return };
    work.write_secret("phrase", "correct horse\n");
    let pkcs8 = ["pkcs8", "-topk8", "-v2", "aes-256-cbc", "-in", "root.key", "-passout"];
    let much = ["pass:correct horse", "-iter", "1000001", "-out", "much.key"];
    openssl(&work, &[&pkcs8[..], &much].concat()).unwrap().exits(0);
    work.mode("much.key", 0o600);
    let ran = sign(&work, &["--root-key", "much.key", "--passphrase-file", "phrase"]).exits(3);
    assert!(ran.stderr.contains("1000001 PBKDF2 rounds, at most 1000000"), "{}", ran.stderr);
    assert!(ran.stderr.contains("openssl pkcs8 -topk8 -v2 aes-256-cbc -iter 600000"), "{ran:?}");
    assert!(!work.path("signed.pem").exists());
    let less = ["pass:correct horse", "-iter", "600000", "-out", "less.key"];
    openssl(&work, &[&pkcs8[..], &less].concat()).unwrap().exits(0);
    work.mode("less.key", 0o600);
    sign(&work, &["--root-key", "less.key", "--passphrase-file", "phrase"]).exits(0);
}

#[test]
#[cfg_attr(not(oracle = "openssl"), ignore = "needs openssl")]
fn says_that_a_certificate_begins_later_and_keeps_to_the_roots_name_constraints() {
    let Some(work) = ready("nist-p256") else { return };
    let later = ["--root-key", "root.key", "--not-before", "2045-01-01T00:00:00Z", "-o", "json"];
    let ran = sign(&work, &later).exits(0);
    let remarks = ran.json()["remarks"].to_string();
    assert!(remarks.contains("not in force before 2045-01-01T00:00:00Z"), "{remarks}");
    let root = ["req", "-x509", "-new", "-key", "root.key", "-days", "9000", "-subj", "/CN=Root"];
    let within =
        ["-addext", "nameConstraints=critical,permitted;DNS:example.com,excluded;dirName:it"];
    work.write("configuration", "[req]\ndistinguished_name=dn\n[dn]\n[it]\nC=AT\n");
    let files = ["-config", "configuration", "-out", "within.pem"];
    let usage = ["-addext", "basicConstraints=critical,CA:TRUE"];
    openssl(&work, &[&root[..], &within, &usage, &files].concat()).unwrap().exits(0);
    let sign = ["ca", "sign", "--csr", "ca.csr", "--root-cert", "within.pem", "--days", "3650"];
    let key = ["--root-key", "root.key", "--yes", "--out", "other.pem"];
    let ran = work.el2g(&[&sign[..], &key].concat()).exits(3);
    assert!(ran.stderr.contains("name-constraints-of-root"), "{}", ran.stderr);
    assert!(!work.path("other.pem").exists());
}

#[test]
#[cfg_attr(not(oracle = "openssl"), ignore = "needs openssl")]
fn refuses_what_it_must_not_sign_and_writes_nothing() {
    let Some(work) = ready("nist-p256") else { return };
    work.write_secret("other.key", std::fs::read(testdata("keys/p256-pkcs8.pem")).unwrap());
    work.write_secret("locked.key", std::fs::read(testdata("keys/p256-aes256.pem")).unwrap());
    work.write_secret("old.key", std::fs::read(testdata("keys/p256-old-encryption.pem")).unwrap());
    work.write_secret("wrong", "battery staple\n");
    work.write("shown.key", work.read("root.key"));
    let before = work.names();
    let refused = |code: i32, more: &[&str]| {
        let stderr = sign(&work, more).exits(code).stderr;
        assert_eq!(work.names(), before, "{more:?} left something");
        stderr
    };
    let foreign = refused(3, &["--root-key", "other.key"]);
    assert!(foreign.contains("does not belong to the root certificate"), "{foreign}");
    let locked = refused(2, &["--root-key", "locked.key"]);
    assert!(locked.contains("--passphrase-file"), "{locked}");
    let wrong = refused(3, &["--root-key", "locked.key", "--passphrase-file", "wrong"]);
    assert!(wrong.contains("the passphrase does not open the private key"), "{wrong}");
    let old = refused(3, &["--root-key", "old.key"]);
    assert!(old.contains("openssl pkcs8 -topk8"), "{old}");
    let shown = refused(3, &["--root-key", "shown.key"]);
    assert!(shown.contains("others can read it"), "{shown}");
    let token = refused(2, &["--root-key", "pkcs11:token=x;object=k?pin-value=8642"]);
    assert!(token.contains("holds a PIN") && !token.contains("8642"), "{token}");
}

#[test]
#[cfg_attr(not(oracle = "openssl"), ignore = "needs openssl")]
fn refuses_papers_that_are_mixed_up() {
    let Some(work) = ready("nist-p256") else { return };
    let Some(()) = request(&work, "P-384") else { return };
    let before = work.names();
    let run = |csr: &str, root: &str, key: &str| {
        let arguments = ["ca", "sign", "--csr", csr, "--root-cert", root, "--root-key", key];
        let more = ["--days", "30", "--yes", "--out", "signed.pem"];
        let stderr = work.el2g(&[&arguments[..], &more].concat()).exits(3).stderr;
        assert_eq!(work.names(), before);
        stderr
    };
    let mixed = run("root.pem", "root.pem", "root.key");
    assert!(mixed.contains("root.pem: expected a certificate request, found a certificate"));
    let mixed = run("ca.csr", "ca.csr", "root.key");
    assert!(mixed.contains("ca.csr: expected a certificate, found a certificate request"));
    let mixed = run("ca.csr", "root.pem", "root.pem");
    assert!(mixed.contains("root.pem: expected a secret, found a block `CERTIFICATE`"), "{mixed}");
    let profile = run("ca.csr", "root.pem", "root.key");
    assert!(profile.contains("P-384") && profile.contains("of the profile"), "{profile}");
}

#[test]
#[cfg_attr(not(oracle = "openssl"), ignore = "needs openssl")]
fn other_key_types_of_the_api_are_signed_under_their_own_rule_set() {
    let Some(work) = ready("nist-p384") else { return };
    let Some(()) = request(&work, "P-521") else { return };
    sign(&work, &["--root-key", "root.key", "--rules", "api-algorithms"]).exits(0);
    let verify = ["verify", "-x509_strict", "-CAfile", "root.pem", "signed.pem"];
    openssl(&work, &verify).unwrap().exits(0);
}

#[test]
#[cfg_attr(not(oracle = "openssl"), ignore = "needs openssl")]
fn a_new_root_is_a_ca_whose_key_is_locked_when_a_passphrase_is_given() {
    let work = Workplace::new();
    work.write_secret("phrase", "correct horse\n");
    let root = ["ca", "root", "--subject", "CN=A\\, B,C=AT", "--algorithm", "NIST_P384"];
    let files = ["--key-out", "k.pem", "--out", "r.pem", "--passphrase-file", "phrase"];
    let made = work.el2g(&[&root[..], &files, &["-o", "json"]].concat()).exits(0).json();
    assert_eq!(made["subject"], "CN=A\\, B,C=AT");
    assert_eq!(made["keyEncrypted"], true);
    let Some(ran) = openssl(&work, &["pkey", "-in", "k.pem", "-passin", "file:phrase", "-noout"])
    else {
        return;
    };
    ran.exits(0);
    openssl(&work, &["verify", "-x509_strict", "-check_ss_sig", "-CAfile", "r.pem", "r.pem"])
        .unwrap()
        .exits(0);
    // Neither file is overwritten.
    let again = work.el2g(&[&root[..], &files].concat()).exits(3);
    assert!(again.stderr.contains("k.pem: exists and is not overwritten"), "{}", again.stderr);
    let wrong = ["ca", "root", "--subject", "Root", "--key-out", "x", "--out", "y"];
    work.el2g(&wrong).exits(2);
}

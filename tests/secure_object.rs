//! `el2g secure-object create` for objects whose secret is sealed.

use std::os::unix::ffi::OsStrExt as _;

use crate::served::Served;
use crate::workplace::{Ran, Workplace, testdata};

const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

/// A service, and a place with its public key, a signer and an AES-256 key.
fn ready() -> (Served, Workplace) {
    let (service, work) = (Served::start(Workplace::new(), &[]), Workplace::new());
    let recipient = std::fs::read(service.ready("recipientFile")).expect("the sandbox's key");
    work.write("recipient.asc", recipient);
    let signer = std::fs::read(testdata("openpgp/rsa2048.sec.asc")).expect("a test key");
    work.write_secret("signer.asc", signer);
    work.write_secret("key.hex", KEY);
    (service, work)
}

fn create(service: &Served, work: &Workplace, kind: &str, more: &str) -> Ran {
    let line =
        format!("secure-object create {kind} --name {kind} --object-id 83000009 {more} -o json");
    let words: Vec<&str> = line.split(' ').collect();
    service.el2g(work, &words)
}

const SEALED: &str = "--signer signer.asc --recipient recipient.asc";

#[test]
fn keys_and_confidential_files_are_sealed_and_uploaded_in_one_step() {
    let (service, work) = ready();
    let key =
        create(&service, &work, "master-key", &format!("--in key.hex {SEALED}")).exits(0).json();
    assert_eq!((&key["secureObjectType"], &key["length"]), (&"MASTER_KEY".into(), &256.into()));
    let new = format!("--generate 32 --discard-plaintext {SEALED}");
    let hmac = create(&service, &work, "hmac-key", &new).exits(0).json();
    assert_eq!((&hmac["secureObjectType"], &hmac["length"]), (&"HMAC_KEY".into(), &32.into()));
    work.write_secret("bytes", std::ffi::OsStr::new("\u{0}\u{1}secret").as_bytes());
    let raw = format!("--confidential --raw --in bytes {SEALED}");
    let file = create(&service, &work, "binary-file", &raw).exits(0).json();
    assert_eq!(file["binaryFileType"], "CONFIDENTIAL");
}

#[test]
fn firmware_keys_and_their_hash_get_their_reserved_ids_and_are_listed_by_type() {
    let (service, work) = ready();
    let run = |line: &str| service.el2g(&work, &line.split(' ').collect::<Vec<_>>());
    let kind = "oem-fw-decrypt-key";
    let key = run(&format!("secure-object create {kind} --name fw --in key.hex {SEALED} -o json"));
    let key = key.exits(0).json();
    assert_eq!(
        (&key["secureObjectType"], &key["objectId"], &key["length"]),
        (&"OEM_FW_DECRYPT_KEY".into(), &"7FFF817B".into(), &256.into())
    );
    work.write("rkth.bin", [0xa5; 48]);
    work.write("rkth.hex", format!("0x{}\n", "A5".repeat(48)));
    for file in ["rkth.bin", "rkth.hex"] {
        work.mode(file, 0o644);
    }
    let kind = "oem-fw-auth-key-hash";
    // A key of 32 bytes in its place is not sent.
    let key = run(&format!("secure-object create {kind} --name k --in key.hex --dry-run")).exits(3);
    assert!(key.stderr.contains("secret-file-in-clear") && key.stdout.is_empty(), "{}", key.stderr);
    for (name, file, flag, provisioned) in
        [("bytes", "rkth.bin", "", false), ("digits", "rkth.hex", " --oem-provisioned", true)]
    {
        let line = format!("secure-object create {kind} --name {name} --in {file}{flag}");
        let dry = run(&format!("{line} --dry-run -o json")).exits(0).json();
        let sent = dry["requests"][0]["curl"].as_str().expect("a line").to_owned();
        let hash = el2g_key_payload::base64_text(&[0xa5; 48]);
        assert!(sent.contains(&format!(r#""binaryFile":"{hash}""#)), "{sent}");
        let made = run(&format!("{line} -o json")).exits(0).json();
        assert_eq!(
            (&made["objectId"], &made["oemProvisioned"]),
            (&"7FFF817A".into(), &provisioned.into())
        );
    }
    for (kind, names) in
        [("oem-fw-auth-key-hash", &["digits", "bytes"][..]), ("OEM_FW_DECRYPT_KEY", &["fw"])]
    {
        let listed = run(&format!("secure-object list --kind {kind} -o json")).exits(0).json();
        let listed: Vec<&str> =
            listed.as_array().expect("a list").iter().filter_map(|o| o["name"].as_str()).collect();
        assert_eq!(listed, names, "{kind}");
    }
    let shown = run("secure-object list").exits(0).stdout;
    assert!(shown.contains("OEM_FW_AUTH_KEY_HASH  7FFF817A"), "{shown}");
    let shown = run("secure-object show digits").exits(0).stdout;
    assert!(shown.contains("OEM_FW_AUTH_KEY_HASH") && shown.contains("7FFF817A"), "{shown}");
}

#[test]
fn an_id_that_devices_keep_for_another_type_is_warned_of() {
    let (service, work) = ready();
    let run = |line: &str| service.el2g(&work, &line.split(' ').collect::<Vec<_>>());
    let pair = "secure-object create key-pair --name k --object-id 7FFF817B --algorithm NIST_P256";
    let said = "warning: object id 7FFF817B is reserved for OEM_FW_DECRYPT_KEY";
    let warned = run(pair).exits(0).stderr;
    assert!(warned.contains(said), "{warned}");
    let kind = "oem-fw-decrypt-key";
    let create = format!("secure-object create {kind} --name k --in key.hex {SEALED}");
    let warned = run(&format!("{create} --object-id 83000001")).exits(0).stderr;
    assert!(
        warned.contains("devices look for OEM_FW_DECRYPT_KEY at object id 7FFF817B"),
        "{warned}"
    );
    let silent = run(&format!("{create} --allow-duplicate")).exits(0).stderr;
    assert!(!silent.contains("devices look"), "{silent}");
}

#[test]
fn a_dry_run_prints_the_sealed_message_whole_and_never_the_key() {
    let (service, work) = ready();
    let dry =
        create(&service, &work, "master-key", &format!("--in key.hex {SEALED} --dry-run")).exits(0);
    let curl = dry.json()["requests"][0]["curl"].as_str().expect("a line").to_owned();
    assert!(
        curl.contains("-----BEGIN PGP MESSAGE-----") && curl.contains(r#""keySize":"AES256""#),
        "{curl}"
    );
    assert!(!curl.contains(KEY) && !dry.stderr.contains(KEY));
    let listed = service.el2g(&work, &["secure-object", "list", "-o", "json"]).exits(0).json();
    assert_eq!(listed, serde_json::json!([]));
}

#[test]
fn what_the_service_refuses_is_exit_4_and_what_we_refuse_exit_3() {
    let (service, work) = ready();
    let mut forbidden =
        vec!["secure-object", "create", "master-key", "--name", "k", "--object-id", "F0000001"];
    forbidden.extend(["--in", "key.hex", "--signer", "signer.asc", "--recipient", "recipient.asc"]);
    let kept = service.el2g(&work, &forbidden).exits(3);
    assert!(kept.stderr.contains("object-id-forbidden"), "{}", kept.stderr);
    forbidden.extend(["--skip-check", "object-id-forbidden"]);
    let refused = service.el2g(&work, &forbidden).exits(4);
    assert!(refused.stderr.contains("422"), "{}", refused.stderr);
    work.write_secret("key.hex", "00zz");
    let bad = create(&service, &work, "master-key", &format!("--in key.hex {SEALED}")).exits(3);
    assert!(bad.stderr.contains("key.hex") && !bad.stderr.contains("00zz"), "{}", bad.stderr);
    work.mode("key.hex", 0o644);
    let open = create(&service, &work, "master-key", &format!("--in key.hex {SEALED}")).exits(3);
    assert!(open.stderr.contains("chmod 600"), "{}", open.stderr);
    create(&service, &work, "master-key", SEALED).exits(2);
}

#[test]
fn a_secret_key_given_for_the_public_one_or_the_message_is_never_sent() {
    let work = Workplace::new();
    for name in ["rsa2048.sec.asc", "rsa2048.pub.asc", "messages/accepted-2048.asc"] {
        work.take(&format!("openpgp/{name}"));
    }
    let (secret, public) = (work.read("rsa2048.sec.asc"), work.read("rsa2048.pub.asc"));
    work.write_secret("both.asc", [&public[..], &secret].concat());
    work.write_secret("two.asc", [&public[..], &public].concat());
    let create = |message: &str, signer: &str| {
        let line =
            ["secure-object", "create", "master-key", "--name", "x", "--object-id", "83000001"];
        let more = ["--key-bits", "256", "--message", message, "--signer-public", signer];
        let service = ["--dry-run", "--base-url", "http://127.0.0.1:1"];
        work.el2g(&[&line[..], &more, &service].concat())
    };
    let message = "accepted-2048.asc";
    let private = "holds a private key, which must not be sent";
    for (message, signer, said) in [
        (message, "rsa2048.sec.asc", private),
        ("rsa2048.sec.asc", "rsa2048.pub.asc", private),
        (message, "both.asc", private),
        (message, "two.asc", "is not one block that begins with -----BEGIN PGP PUBLIC KEY"),
        (message, message, "is not one block that begins with -----BEGIN PGP PUBLIC KEY"),
        ("rsa2048.pub.asc", "rsa2048.pub.asc", "begins with -----BEGIN PGP MESSAGE-----"),
    ] {
        let ran = create(message, signer).exits(3);
        assert!(ran.stderr.contains(said), "{}", ran.stderr);
        assert_eq!(ran.stdout, "");
    }
    create(message, "rsa2048.pub.asc").exits(0); // The same for a public key in PEM.
    let key = std::fs::read(testdata("keys/p256-pkcs8.pem")).unwrap();
    let public = "-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----\n";
    work.write_secret("pair.pem", [&key[..], public.as_bytes()].concat());
    let line = ["secure-object", "create", "public-key", "--name", "x", "--object-id", "83000001"];
    let more = ["--algorithm", "NIST_P256", "--file", "pair.pem", "--dry-run"];
    let ran =
        work.el2g(&[&line[..], &more, &["--base-url", "http://127.0.0.1:1"]].concat()).exits(3);
    assert!(ran.stderr.contains(private) && ran.stdout.is_empty(), "{}", ran.stderr);
}

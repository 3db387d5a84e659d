//! Secret keys that live in tokens: taken from there to be sealed, or made there. SoftHSM2 is the token, `pkcs11-tool` the
//! witness, and what the sealed message holds is compared with what the token has.

mod made;

use std::fs;
use std::path::Path;
use std::process::Command;

use el2g_key_payload::SecretBytes;
use el2g_openpgp_envelope::{RecipientSecret, Timestamp, open};

use crate::help::{examples, fixtures};
use crate::pkcs11::{PIN, softhsm_module, token};
use crate::workplace::{Ran, Workplace, testdata};

const KEY: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0112358d1322335588ddee1f2aa55cc33";
const SENSITIVE: &[&str] = &["--sensitive", "--extractable", "--private"];

/// A token `CA root` and the keys that seal.
fn workplace() -> Option<Workplace> {
    let work = token(&[])?;
    for name in ["openpgp/rsa2048.sec.asc", "openpgp/recipient.pub.asc"] {
        work.take(name);
    }
    Some(work)
}

/// What `pkcs11-tool` says, logged in.
fn tool(work: &Workplace, line: &[&str]) -> Ran {
    let login = ["--module", softhsm_module(), "--login", "--pin", PIN];
    let ran = work.oracle(Command::new("pkcs11-tool"), &[&login[..], line].concat());
    ran.expect("the token was made with its like")
}

/// Puts an AES key on the token.
fn import(work: &Workplace, label: &str, id: &str, hex: &str, access: &[&str]) {
    work.write_secret("imported", bytes(hex));
    let key_type = format!("AES:{}", hex.len() / 2);
    let write = ["--write-object", "imported", "--type", "secrkey", "--key-type", &key_type];
    tool(work, &[&write[..], &["--label", label, "--id", id], access].concat()).exits(0);
    fs::remove_file(work.path("imported")).unwrap();
}

/// Has the token make a key.
fn generate(work: &Workplace, label: &str, key_type: &str, access: &[&str]) {
    let line = ["--keygen", "--key-type", key_type, "--label", label];
    tool(work, &[&line[..], access].concat()).exits(0);
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

fn uri(object: &str) -> String {
    format!("pkcs11:token=CA%20root;{object}?pin-source=file:pin")
}

const SEALERS: [&str; 4] = ["--signer", "rsa2048.sec.asc", "--recipient", "recipient.pub.asc"];

fn seal(work: &Workplace, kind: &str, uri: &str, more: &[&str]) -> Ran {
    let line = ["pgp", "seal", "--kind", kind, "--in", uri];
    work.el2g(&[&line[..], &SEALERS, more].concat())
}

const OUT: &[&str] = &["--out", "sealed.asc", "--receipt", "sealed.json", "--force"];

fn receipt(work: &Workplace, name: &str) -> serde_json::Value {
    serde_json::from_slice(&work.read(name)).unwrap()
}

/// The secret in a message, in hexadecimal digits.
fn opened(work: &Workplace, message: &str) -> String {
    let file = |name: &str| fs::read(testdata(&format!("openpgp/{name}"))).unwrap();
    let secret = RecipientSecret::open(&SecretBytes::new(file("recipient.sec.asc")), None).unwrap();
    let signer = String::from_utf8(file("rsa2048.pub.asc")).unwrap();
    let opened = open(&work.read(message), &secret, &signer, Timestamp(1_798_761_600)).unwrap();
    String::from_utf8(opened.literal.expose().to_vec()).unwrap()
}

/// Every file below a folder that holds the key, raw or as hexadecimal digits.
fn holding(folder: &Path, hex: &str) -> Vec<String> {
    let forms = [bytes(hex), hex.as_bytes().to_vec(), hex.to_uppercase().into_bytes()];
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(holding(&path, hex));
        } else {
            let content = fs::read(&path).unwrap();
            let has = |form: &Vec<u8>| content.windows(form.len()).any(|window| window == form);
            if forms.iter().any(has) {
                found.push(path.display().to_string());
            }
        }
    }
    found
}

#[test]
#[cfg_attr(
    not(all(oracle = "pkcs11-tool", oracle = "softhsm2-util")),
    ignore = "needs pkcs11-tool, softhsm2-util"
)]
fn a_sensitive_key_leaves_wrapped_and_nothing_of_it_is_left() {
    let Some(work) = workplace() else { return };
    import(&work, "kek", "01", KEY, SENSITIVE);
    let before = tool(&work, &["--list-objects", "--type", "secrkey"]).exits(0).stdout;
    let ran = seal(&work, "aes", &uri("object=kek;type=secret-key"), OUT).exits(0);
    assert_eq!(opened(&work, "sealed.asc"), KEY);
    let receipt = receipt(&work, "sealed.json");
    let taken = &receipt["takenFrom"];
    assert_eq!(taken["uri"], "pkcs11:token=CA%20root;object=kek;type=secret-key");
    assert_eq!(taken["key"], "key `kek` (id 01)");
    assert_eq!(taken["wrappedBy"], "CKM_RSA_PKCS_OAEP (SHA-1)");
    assert_eq!(taken["confirmedBy"], "CKM_AES_ECB over zeros");
    assert_eq!(taken["attributes"]["sensitive"], true);
    assert_eq!(taken["attributes"]["extractable"], true);
    assert_eq!(receipt["generatedIn"], serde_json::Value::Null);
    // The key is as it was, and no session key is left.
    let after = tool(&work, &["--list-objects", "--type", "secrkey"]).exits(0).stdout;
    assert_eq!(after, before);
    for folder in [work.path("").as_path(), work.temporary()] {
        assert_eq!(holding(folder, KEY), Vec::<String>::new());
    }
    for said in [ran.stdout, ran.stderr, String::from_utf8(work.read("sealed.json")).unwrap()] {
        assert!(!said.contains(KEY) && !said.contains(PIN), "{said}");
    }
}

#[test]
#[cfg_attr(
    not(all(oracle = "pkcs11-tool", oracle = "softhsm2-util")),
    ignore = "needs pkcs11-tool, softhsm2-util"
)]
fn the_check_value_is_what_the_token_itself_computes() {
    let Some(work) = workplace() else { return };
    generate(&work, "kek", "AES:32", &[SENSITIVE, &["--id", "01"]].concat());
    generate(&work, "plain", "AES:16", &["--extractable", "--id", "02"]);
    work.write("zeros", [0; 16]);
    for (id, label, wrapped) in
        [("01", "kek", Some("CKM_RSA_PKCS_OAEP (SHA-1)")), ("02", "plain", None)]
    {
        let encrypt = ["--encrypt", "-m", "AES-ECB", "--id", id, "--output-file", "block"];
        tool(&work, &[&encrypt[..], &["--input-file", "zeros"]].concat()).exits(0);
        let block = work.read("block");
        seal(&work, "aes", &uri(&format!("object={label}")), &[OUT, &["--kcv", "ecb"]].concat())
            .exits(0);
        let receipt = receipt(&work, "sealed.json");
        let own: String = block[..3].iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(receipt["kcv"], own, "{label}");
        assert_eq!(receipt["takenFrom"]["wrappedBy"].as_str(), wrapped, "{label}");
        // The whole block, with the key that the message holds.
        let hex = opened(&work, "sealed.asc");
        let cipher = if label == "kek" { "-aes-256-ecb" } else { "-aes-128-ecb" };
        let line = ["enc", cipher, "-K", &hex, "-nopad", "-in", "zeros", "-out", "again"];
        if let Some(ran) = work.oracle(Command::new("openssl"), &line) {
            ran.exits(0);
            assert_eq!(work.read("again"), block, "{label}");
        }
    }
}

#[test]
#[cfg_attr(
    not(all(oracle = "pkcs11-tool", oracle = "softhsm2-util")),
    ignore = "needs pkcs11-tool, softhsm2-util"
)]
fn generic_secrets_become_hmac_keys_and_binary_files() {
    let Some(work) = workplace() else { return };
    generate(&work, "mac", "GENERIC:32", SENSITIVE);
    generate(&work, "seed", "GENERIC:500", SENSITIVE);
    seal(&work, "hmac", &uri("object=mac"), OUT).exits(0);
    let taken = &receipt(&work, "sealed.json")["takenFrom"];
    assert_eq!(taken["confirmedBy"], "CKM_SHA256_HMAC over zeros");
    assert_eq!(taken["attributes"]["keyType"], "CKK_GENERIC_SECRET");
    // More than RSA-3072 carries.
    seal(&work, "binary", &uri("object=seed"), OUT).exits(0);
    let receipt = receipt(&work, "sealed.json");
    assert_eq!(receipt["takenFrom"]["wrappedBy"], "CKM_AES_KEY_WRAP_PAD");
    assert_eq!(receipt["takenFrom"]["confirmedBy"], "CKM_SHA256_HMAC over zeros");
    assert_eq!((receipt["length"].clone(), opened(&work, "sealed.asc").len()), (500.into(), 1000));
}

#[test]
#[cfg_attr(
    not(all(oracle = "pkcs11-tool", oracle = "softhsm2-util")),
    ignore = "needs pkcs11-tool, softhsm2-util"
)]
fn a_key_that_does_not_fit_is_refused_with_what_was_found() {
    let Some(work) = workplace() else { return };
    import(&work, "two", "01", KEY, SENSITIVE);
    import(&work, "two", "02", KEY, SENSITIVE);
    import(&work, "stays", "03", KEY, &["--sensitive", "--private"]);
    import(&work, "long", "04", &KEY[..48], SENSITIVE);
    generate(&work, "mac", "GENERIC:32", SENSITIVE);
    generate(&work, "huge", "GENERIC:8192", SENSITIVE);
    tool(&work, &["--keypairgen", "--key-type", "rsa:2048", "--label", "rsa"]).exits(0);
    let two = "2 secret keys on token `CA root` match";
    for (kind, object, code, said) in [
        ("aes", "object=two", 3, two),
        ("aes", "object=stays", 3, "does not leave its token (CKA_EXTRACTABLE is false)"),
        ("aes", "object=long", 3, "has 24 bytes; aes takes 16 or 32 bytes"),
        ("hmac", "object=huge", 3, "has 8192 bytes; hmac takes 1 to 256 bytes"),
        ("binary", "object=huge", 3, "has 8192 bytes; binary takes 1 to 500 bytes"),
        ("aes", "object=mac", 3, "has the type CKK_GENERIC_SECRET; aes takes an AES key"),
        ("oem-fw-decrypt-key", "object=mac", 3, "oem-fw-decrypt-key takes an AES key"),
        ("hmac", "id=%03", 3, "has the type CKK_AES; hmac takes a generic secret or HMAC key"),
        (
            "aes",
            "object=rsa",
            3,
            "names public key `rsa`, private key `rsa`, expected a secret key",
        ),
        ("aes", "object=none", 3, "has no secret key that matches"),
        ("aes", "object=two;type=private", 2, "expected a secret key (type=secret-key)"),
        ("aes", "object=two;type=cert", 2, "type=secret-key for a secret to be sealed"),
        ("aes", "object=two;colour=red", 2, "has the attribute `colour`"),
    ] {
        let ran = seal(&work, kind, &uri(object), OUT);
        // A token lists its objects in any order.
        let (order, other) =
            ("private key `rsa`, public key `rsa`", "public key `rsa`, private key `rsa`");
        let stderr = ran.stderr.replace(order, other);
        assert!(
            ran.code == code && stderr.contains(said),
            "{kind} {object}: {} {stderr}",
            ran.code
        );
        assert!(!work.path("sealed.asc").exists(), "{object}");
    }
    // Of two keys with one label the id decides.
    seal(&work, "aes", &uri("object=two;id=%02"), OUT).exits(0);
    assert_eq!(opened(&work, "sealed.asc"), KEY);
}

#[test]
#[cfg_attr(
    not(all(oracle = "pkcs11-tool", oracle = "softhsm2-util")),
    ignore = "needs pkcs11-tool, softhsm2-util"
)]
fn the_pin_is_given_as_for_a_root_key_and_never_shown() {
    let Some(work) = workplace() else { return };
    import(&work, "kek", "01", KEY, SENSITIVE);
    let key = "pkcs11:token=CA%20root;object=kek";
    seal(&work, "aes", key, &[OUT, &["--passphrase-file", "pin"]].concat()).exits(0);
    for (uri, more, code, said) in [
        (key.to_owned(), &["--no-input"][..], 2, "--passphrase-file"),
        (format!("{key}?pin-source=file:wrong"), &[], 3, "the PIN does not open token `CA root`"),
        (format!("{key}?pin-value={PIN}"), &[], 2, "holds a PIN"),
        (format!("{key}?module-path=/etc/hostname&pin-source=pin"), &[], 3, "cannot be used as a"),
        (format!("{key}?pin-source=file:pin"), &["--raw"], 2, "--raw is about a file"),
    ] {
        let ran = seal(&work, "aes", &uri, &[OUT, more].concat());
        assert!(ran.code == code && ran.stderr.contains(said), "{uri}: {}", ran.stderr);
        assert!(!ran.stderr.contains(PIN) && !ran.stderr.contains("000000"), "{}", ran.stderr);
    }
    work.mode("pin", 0o644);
    let ran = seal(&work, "aes", &uri("object=kek"), OUT).exits(3);
    assert!(ran.stderr.contains("chmod 600"), "{}", ran.stderr);
}

#[test]
#[cfg_attr(
    not(all(oracle = "pkcs11-tool", oracle = "softhsm2-util")),
    ignore = "needs pkcs11-tool, softhsm2-util"
)]
fn manifests_and_components_name_keys_on_tokens() {
    let Some(work) = workplace() else { return };
    import(&work, "kek", "01", KEY, SENSITIVE);
    import(&work, "stays", "02", KEY, &["--sensitive", "--private"]);
    work.write_secret("share.hex", "11".repeat(32));
    let (kek, stays) = (uri("object=kek"), uri("object=stays"));
    let component = ["pgp", "seal", "--kind", "aes", "--component", &kek, "--component"];
    work.el2g(&[&component[..], &["share.hex"], &SEALERS, OUT].concat()).exits(0);
    let xor: String = bytes(KEY).iter().map(|byte| format!("{:02x}", byte ^ 0x11)).collect();
    assert_eq!(opened(&work, "sealed.asc"), xor);
    work.write("keys.csv", format!("name,kind,file\na,aes,{kek}\nb,aes,{stays}\nc,aes,{kek}\n"));
    let line = ["pgp", "seal-batch", "keys.csv", "--out-dir", "all", "--jobs", "2"];
    let ran = work.el2g(&[&line[..], &SEALERS].concat()).exits(3);
    assert!(ran.stderr.contains("line 3 (b): key `stays` (id 02)"), "{}", ran.stderr);
    assert_eq!((opened(&work, "all/a.asc"), opened(&work, "all/c.asc")), (KEY.into(), KEY.into()));
    let results = String::from_utf8(work.read("all/results.ndjson")).unwrap();
    assert!(results.contains("\"takenFrom\":\"pkcs11:token=CA%20root;object=kek\""), "{results}");
    // A wrong PIN is tried once, not once for each row.
    let wrong = kek.replace("file:pin", "file:wrong");
    work.write("wrong.csv", format!("name,kind,file\na,aes,{wrong}\nb,aes,{wrong}\n"));
    let line = ["pgp", "seal-batch", "wrong.csv", "--out-dir", "none"];
    let ran = work.el2g(&[&line[..], &SEALERS].concat()).exits(3);
    assert!(ran.stderr.contains("the PIN does not open"), "{}", ran.stderr);
    assert!(!work.path("none").exists());
    work.write("raw.csv", format!("name,kind,file,raw\na,aes,{kek},true\n"));
    let line = ["pgp", "seal-batch", "raw.csv", "--out-dir", "raw"];
    let ran = work.el2g(&[&line[..], &SEALERS].concat()).exits(3);
    assert!(ran.stderr.contains("a key on a token has no text form"), "{}", ran.stderr);
}

#[test]
#[cfg_attr(
    not(all(oracle = "pkcs11-tool", oracle = "softhsm2-util")),
    ignore = "needs pkcs11-tool, softhsm2-util"
)]
fn objects_are_created_from_keys_on_tokens() {
    let Some(work) = workplace() else { return };
    import(&work, "kek", "01", KEY, SENSITIVE);
    let key = uri("object=kek");
    let service = ["--base-url", "http://127.0.0.1:9", "--dry-run"];
    let create =
        ["secure-object", "create", "master-key", "--name", "kek", "--object-id", "83000003"];
    let ran = work.el2g(&[&create[..], &["--in", &key], &SEALERS, &service].concat()).exits(0);
    assert!(ran.stdout.contains("BEGIN PGP MESSAGE"), "{}", ran.stdout);
    assert!(ran.stderr.contains("left its token wrapped by a session key"), "{}", ran.stderr);
    assert!(!ran.stdout.contains(KEY), "{}", ran.stdout);
}

#[test]
#[cfg_attr(
    not(all(oracle = "pkcs11-tool", oracle = "softhsm2-util")),
    ignore = "needs pkcs11-tool, softhsm2-util"
)]
fn the_examples_about_tokens_run_as_they_stand() {
    let Some(work) = workplace() else { return };
    fixtures(&work);
    let init = ["--init-token", "--free", "--label", "Company", "--so-pin", "12345678"];
    let ran = work.oracle(Command::new("softhsm2-util"), &[&init[..], &["--pin", PIN]].concat());
    ran.expect("it made the other token").exits(0);
    generate(&work, "kek", "AES:32", &[SENSITIVE, &["--token-label", "Company"]].concat());
    let folder = crate::workplace::program().parent().expect("target/<profile>").display();
    let path = format!("{folder}:{}", std::env::var("PATH").unwrap_or_default());
    let help = work.el2g(&["pgp", "seal", "--help"]).exits(0).stdout;
    let examples = examples(&help).into_iter().filter(|example| example.contains("pkcs11:"));
    let mut count = 0;
    for example in examples {
        let mut shell = Command::new("sh");
        shell.env("PATH", &path);
        work.oracle(shell, &["-c", &example]).expect("every system has it").exits(0);
        count += 1;
    }
    assert_eq!(count, 2);
    assert_eq!(receipt(&work, "new-kek.json")["generatedIn"]["attributes"]["extractable"], false);
    assert_eq!(opened(&work, "kek.asc").len(), 64);
}

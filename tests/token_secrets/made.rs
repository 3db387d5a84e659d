//! Keys that are made in a token: they leave once, and what goes wrong on the way leaves nothing behind, or says what.

use super::*;

const MAKE: [&str; 9] =
    ["pgp", "seal", "--kind", "aes", "--generate", "256", "--extractable", "--receipt", "new.json"];
const NEW: [&str; 2] = ["--out", "new.asc"];

fn make(work: &Workplace, object: &str, more: &[&str]) -> Ran {
    let home = uri(object);
    work.el2g(&[&MAKE[..], &["--in-token", &home], &SEALERS, more].concat())
}

/// The secret keys of the token, as `pkcs11-tool` lists them.
fn listed(work: &Workplace) -> String {
    tool(work, &["--list-objects", "--type", "secrkey"]).exits(0).stdout
}

#[test]
#[cfg_attr(
    not(all(oracle = "pkcs11-tool", oracle = "softhsm2-util")),
    ignore = "needs pkcs11-tool, softhsm2-util"
)]
fn a_key_is_made_in_its_token_and_cannot_leave_again() {
    let Some(work) = workplace() else { return };
    let dry = make(&work, "object=kek;id=%0a", &[&NEW[..], &["--dry-run"]].concat()).exits(0);
    assert!(dry.stdout.starts_with("would make pkcs11:token=CA%20root;object=kek;id=%0a (aes, 32"));
    assert_eq!((listed(&work).as_str(), work.path("new.asc").exists()), ("", false));
    make(&work, "object=kek;id=%0a", &NEW).exits(0);
    let listed = listed(&work);
    assert!(listed.contains("Access:     sensitive, always sensitive, local\n"), "{listed}");
    assert!(listed.contains("AES length 32") && listed.contains("ID:         0a"), "{listed}");
    let receipt = receipt(&work, "new.json");
    let made = &receipt["generatedIn"];
    assert_eq!(made["uri"], "pkcs11:token=CA%20root;object=kek;id=%0a");
    assert_eq!(made["wrappedBy"], "CKM_RSA_PKCS_OAEP (SHA-1)");
    assert_eq!(made["confirmedBy"], "CKM_AES_ECB over zeros");
    let attributes = serde_json::json!({
        "keyType": "CKK_AES", "valueLen": 32, "token": true, "private": true, "sensitive": true,
        "extractable": false, "alwaysSensitive": true, "neverExtractable": false, "local": true,
    });
    assert_eq!(made["attributes"], attributes);
    // The message holds the token's key.
    work.write("zeros", [0; 16]);
    let encrypt = ["--encrypt", "-m", "AES-ECB", "--label", "kek", "--output-file", "block"];
    tool(&work, &[&encrypt[..], &["--input-file", "zeros"]].concat()).exits(0);
    let key = opened(&work, "new.asc");
    let line = ["enc", "-aes-256-ecb", "-K", &key, "-nopad", "-in", "zeros", "-out", "again"];
    if let Some(ran) = work.oracle(Command::new("openssl"), &line) {
        ran.exits(0);
        assert_eq!(work.read("again"), work.read("block"));
    }
    for folder in [work.path("").as_path(), work.temporary()] {
        assert_eq!(holding(folder, &key), Vec::<String>::new());
    }
    // Neither again, nor over it, nor out of it.
    for object in ["object=kek", "object=other;id=%0a"] {
        let ran = make(&work, object, &["--out", "second.asc", "--force"]).exits(3);
        assert!(ran.stderr.contains("has a key with that label or id already"), "{}", ran.stderr);
    }
    let ran = seal(&work, "aes", &uri("object=kek"), &["--out", "second.asc"]).exits(3);
    assert!(ran.stderr.contains("CKA_EXTRACTABLE is false"), "{}", ran.stderr);
    assert!(!work.path("second.asc").exists());
}

#[test]
#[cfg_attr(
    not(all(oracle = "pkcs11-tool", oracle = "softhsm2-util")),
    ignore = "needs pkcs11-tool, softhsm2-util"
)]
fn an_hmac_key_and_a_binary_file_are_made_as_generic_secrets() {
    let Some(work) = workplace() else { return };
    for (kind, size, label) in [("hmac", "64byte", "mac"), ("binary", "500byte", "seed")] {
        let (home, out) = (uri(&format!("object={label}")), format!("{label}.asc"));
        let line = ["pgp", "seal", "--kind", kind, "--generate", size, "--extractable"];
        let more = ["--in-token", &home, "--out", &out];
        work.el2g(&[&line[..], &more, &SEALERS].concat()).exits(0);
    }
    assert_eq!(opened(&work, "mac.asc").len(), 128);
    assert_eq!(opened(&work, "seed.asc").len(), 1000);
    let listed = listed(&work);
    assert_eq!(listed.matches("Access:     sensitive, always sensitive, local\n").count(), 2);
}

#[test]
#[cfg_attr(
    not(all(oracle = "pkcs11-tool", oracle = "softhsm2-util")),
    ignore = "needs pkcs11-tool, softhsm2-util"
)]
fn a_wrong_command_line_makes_nothing() {
    let Some(work) = workplace() else { return };
    let home = uri("object=kek");
    let seal = ["pgp", "seal", "--kind", "aes", "--in-token", &home];
    let generate = ["--generate", "256"];
    for (line, code, said) in [
        ([&generate[..], &NEW].concat(), 2, "pass --extractable"),
        ([&generate[..], &["--extractable"]].concat(), 2, "--out FILE"),
        ([&generate[..], &["--extractable", "--out", "-"]].concat(), 2, "--out FILE"),
        ([&generate[..], &["--extractable", "--out", "/dev/null"]].concat(), 2, "--out FILE"),
        ([&["--extractable"][..], &NEW].concat(), 2, "--generate"),
        ([&generate[..], &["--extractable", "--discard-plaintext"], &NEW].concat(), 2, "cannot be"),
        ([&["--generate", "192", "--extractable"][..], &NEW].concat(), 2, "128bit or 256bit"),
        ([&generate[..], &["--extractable", "--kcv", "ecb", "--out", "pin"]].concat(), 3, "exists"),
    ] {
        let ran = work.el2g(&[&seal[..], &line, &SEALERS].concat());
        assert!(
            ran.code == code && ran.stderr.contains(said),
            "{line:?}: {} {}",
            ran.code,
            ran.stderr
        );
    }
    for object in ["id=", "object=;id=", "type=secret-key"] {
        let ran = make(&work, object, &NEW).exits(3);
        assert!(ran.stderr.contains("neither a label"), "{}", ran.stderr);
    }
    let file = [&MAKE[..], &["--in-token", "pin"], &SEALERS, &NEW].concat();
    assert!(work.el2g(&file).exits(2).stderr.contains("expected a pkcs11: URI"));
    assert_eq!((listed(&work).as_str(), work.path("new.asc").exists()), ("", false));
}

#[test]
#[cfg_attr(
    not(all(oracle = "pkcs11-tool", oracle = "softhsm2-util")),
    ignore = "needs pkcs11-tool, softhsm2-util"
)]
fn a_message_that_cannot_be_written_leaves_no_key() {
    let Some(work) = workplace() else { return };
    let ran = make_with(&work, &refusing(&work), "25=occupy");
    let stderr = String::from_utf8(ran.stderr).unwrap();
    assert_eq!(ran.status.code(), Some(3), "{stderr}");
    for said in ["new.asc", "was removed again: nothing is left, the same command can be run"] {
        assert!(stderr.contains(said), "{stderr}");
    }
    assert_eq!((listed(&work).as_str(), work.read("new.asc").len()), ("", 0));
    fs::remove_file(work.path("new.asc")).unwrap();
    make(&work, "object=kek", &NEW).exits(0);
}

/// A module that refuses some functions.
fn refusing(work: &Workplace) -> String {
    let source = testdata("../tests/token_secrets/refusing_module.c").display().to_string();
    let line = ["-shared", "-fPIC", "-w", "-o", "refusing.so", &source, "-ldl"];
    let ran = work.oracle(Command::new("cc"), &line);
    ran.expect("rustc links with it").exits(0);
    work.path("refusing.so").display().to_string()
}

/// Makes a key in a token that does this instead of its functions.
fn make_with(work: &Workplace, module: &str, refuses: &str) -> std::process::Output {
    let home = format!("{}&module-path={module}", uri("object=kek"));
    let mut command = Command::new(crate::workplace::program());
    command.args(MAKE).args(["--in-token", &home]).args(SEALERS).args(NEW).env_clear();
    command.env("HOME", work.path("")).env("TMPDIR", work.temporary());
    command.env("REFUSING_MODULE", softhsm_module()).env("REFUSES", refuses);
    command.current_dir(work.path("")).output().unwrap()
}

#[test]
#[cfg_attr(
    not(all(oracle = "pkcs11-tool", oracle = "softhsm2-util")),
    ignore = "needs pkcs11-tool, softhsm2-util"
)]
fn whatever_a_token_refuses_is_told_with_what_is_left() {
    let Some(work) = workplace() else { return };
    let module = refusing(&work);
    // Functions 12 C_OpenSession, 22 C_DestroyObject, 25 C_SetAttributeValue, 58 C_GenerateKey, 60 C_WrapKey.
    for (refuses, said, is_left) in [
        ("12=226", "is write-protected: no key can be made in it", false),
        ("58=49", "is full: C_GenerateKey failed: DeviceMemory", false),
        ("60=112", "the new key `kek` was removed again, nothing is left in the token", false),
        ("25=16", "AttributeReadOnly; the new key `kek` was removed again", false),
        ("25=0", "CKA_EXTRACTABLE is true after CKA_EXTRACTABLE was set to false", false),
        ("25=16,22=5", "IS LEFT in the token, STILL EXTRACTABLE, and could not be removed", true),
    ] {
        let ran = make_with(&work, &module, refuses);
        let stderr = String::from_utf8(ran.stderr).unwrap();
        assert!(ran.status.code() == Some(3) && stderr.contains(said), "{refuses}: {stderr}");
        assert_eq!(listed(&work).contains("kek"), is_left, "{refuses}");
        assert!(!work.path("new.asc").exists() && !work.path("new.json").exists(), "{refuses}");
    }
}

#[test]
#[cfg_attr(
    not(all(oracle = "pkcs11-tool", oracle = "softhsm2-util")),
    ignore = "needs pkcs11-tool, softhsm2-util"
)]
fn a_process_that_dies_on_the_way_leaves_a_key_that_the_next_run_tells() {
    let Some(work) = workplace() else { return };
    let module = refusing(&work);
    let ran = make_with(&work, &module, "25=die");
    assert_eq!(ran.status.code(), None, "a signal ended it");
    assert!(!work.path("new.asc").exists());
    let ran = make(&work, "object=kek", &NEW).exits(3);
    let said = "has a key with that label or id already: secret key `kek`, extractable";
    assert!(ran.stderr.contains(said) && ran.stderr.contains("delete it"), "{}", ran.stderr);
    tool(&work, &["--delete-object", "--type", "secrkey", "--label", "kek"]).exits(0);
    make(&work, "object=kek", &NEW).exits(0);
}

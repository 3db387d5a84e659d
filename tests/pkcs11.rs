//! Keys on PKCS #11 tokens: SoftHSM2 holds them, OpenSSL and GnuPG judge what they sign.

use std::process::Command;

use crate::workplace::{Ran, Workplace, testdata};

pub const PIN: &str = "135790";

fn run(work: &Workplace, program: &str, arguments: &[&str]) -> Option<Ran> {
    work.oracle(Command::new(program), arguments)
}

/// A token `CA root` with an imported key `key`; SoftHSM2 finds its configuration in the home folder.
pub fn token(keys: &[&str]) -> Option<Workplace> {
    let work = Workplace::new();
    std::fs::create_dir_all(work.path(".config/softhsm2")).unwrap();
    std::fs::create_dir(work.path("tokens")).unwrap();
    let folder = work.path("tokens");
    let settings = format!("directories.tokendir = {}\nlog.level = ERROR\n", folder.display());
    work.write(".config/softhsm2/softhsm2.conf", settings);
    let create = ["--init-token", "--free", "--label", "CA root", "--so-pin", "12345678"];
    run(&work, "softhsm2-util", &[&create[..], &["--pin", PIN]].concat())?.exits(0);
    for (index, key) in keys.iter().enumerate() {
        let file = testdata("keys").join(key);
        let (file, id) = (file.to_str().unwrap(), format!("0{}", index + 1));
        let import = ["--import", file, "--token", "CA root", "--label", key, "--id", &id];
        run(&work, "softhsm2-util", &[&import[..], &["--pin", PIN]].concat())?.exits(0);
    }
    work.write_secret("pin", format!("{PIN}\n"));
    work.write_secret("wrong", "000000\n");
    Some(work)
}

fn openssl(work: &Workplace, arguments: &[&str]) -> Option<()> {
    run(work, "openssl", arguments)?.exits(0);
    Some(())
}

/// A request and a root with that key.
fn papers(work: &Workplace, key: &str) -> Option<()> {
    let key = testdata("keys").join(key);
    let root = ["req", "-x509", "-key", key.to_str().unwrap(), "-subj", "/CN=Root/O=Ex/C=AT"];
    let more = ["-days", "7300", "-addext", "keyUsage=critical,keyCertSign,cRLSign"];
    openssl(work, &[&root[..], &more, &["-out", "root.pem"]].concat())?;
    let request = ["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
    let more = ["-nodes", "-keyout", "ca.key", "-subj", "/CN=Int/O=Ex/C=AT", "-out", "ca.csr"];
    openssl(work, &[&request[..], &more].concat())
}

const SIGN: [&str; 11] = [
    "ca",
    "sign",
    "--csr",
    "ca.csr",
    "--root-cert",
    "root.pem",
    "--days",
    "365",
    "--yes",
    "--out",
    "signed.pem",
];

#[test]
#[cfg_attr(
    not(all(oracle = "openssl", oracle = "pkcs11-tool", oracle = "softhsm2-util")),
    ignore = "needs openssl, pkcs11-tool, softhsm2-util"
)]
fn signs_certificates_with_every_kind_of_key_on_a_token() {
    let keys = ["p256-pkcs8.pem", "p384-pkcs8.pem", "rsa2048-pkcs8.pem", "rsa4096-pkcs8.pem"];
    let Some(work) = token(&keys) else { return };
    for key in keys {
        if papers(&work, key).is_none() {
            return;
        }
        for hash in ["sha256", "sha384"] {
            let uri =
                format!("pkcs11:token=CA%20root;object={key};type=private?pin-source=file:pin");
            let more = ["--root-key", &uri, "--hash", hash, "--force"];
            work.el2g(&[&SIGN[..], &more].concat()).exits(0);
            let verify = ["verify", "-x509_strict", "-CAfile", "root.pem", "signed.pem"];
            openssl(&work, &verify).unwrap();
        }
    }
}

#[test]
#[cfg_attr(
    not(all(oracle = "openssl", oracle = "pkcs11-tool", oracle = "softhsm2-util")),
    ignore = "needs openssl, pkcs11-tool, softhsm2-util"
)]
fn says_what_was_found_on_the_token_and_never_the_pin() {
    let Some(work) = token(&["p256-pkcs8.pem", "p384-pkcs8.pem"]) else { return };
    if papers(&work, "p256-pkcs8.pem").is_none() {
        return;
    }
    let refused = |uri: &str, pin: &str, code: i32, said: &str| {
        let more = ["--root-key", uri, "--passphrase-file", pin];
        let ran = work.el2g(&[&SIGN[..], &more].concat()).exits(code);
        assert!(ran.stderr.contains(said), "{uri}: {}", ran.stderr);
        assert!(!ran.stderr.contains(PIN) && !ran.stderr.contains("000000"), "{}", ran.stderr);
        assert!(!work.path("signed.pem").exists());
    };
    let key = "pkcs11:token=CA%20root;id=%01";
    refused(key, "wrong", 3, "the PIN does not open token `CA root`");
    refused("pkcs11:token=CA%20root", "pin", 3, "2 private keys on token `CA root` match");
    refused("pkcs11:object=none", "pin", 3, "found: ");
    refused("pkcs11:token=other", "pin", 3, "no token matches");
    refused("pkcs11:token=CA%20root;id=%02", "pin", 3, "does not belong to the root certificate");
    refused("pkcs11:token=CA%20root;colour=red", "pin", 2, "has the attribute `colour`");
    refused("pkcs11:?module-path=/etc/hostname", "pin", 3, "cannot be used as a PKCS #11 module");
    refused("pkcs11:token=CA%20root;id=%01?pin-value=135790", "pin", 2, "holds a PIN");
    let ran = work.el2g(&[&SIGN[..], &["--root-key", key]].concat()).exits(2);
    assert!(ran.stderr.contains("--passphrase-file"), "{}", ran.stderr);
}

/// Imports a key whose id may be another's.
fn import_beside(work: &Workplace, key: &str, label: &str, id: &str) -> Option<()> {
    let file = testdata(key);
    let import = ["--import", file.to_str().unwrap(), "--token", "CA root", "--label", label];
    run(work, "softhsm2-util", &[&import[..], &["--id", id, "--pin", PIN, "--force"]].concat())?
        .exits(0);
    Some(())
}

#[test]
#[cfg_attr(
    not(all(oracle = "openssl", oracle = "pkcs11-tool", oracle = "softhsm2-util")),
    ignore = "needs openssl, pkcs11-tool, softhsm2-util"
)]
fn keys_that_share_an_id_are_told_apart_by_their_labels() {
    let Some(work) = token(&[]) else { return };
    let keys = [("one", "keys/p256-pkcs8.pem"), ("two", "x509/keys/root-p256.pem")];
    for (label, key) in keys {
        if import_beside(&work, key, label, "0a").is_none() {
            return;
        }
    }
    for (label, key) in keys {
        if papers(&work, &format!("../{key}")).is_none() {
            return;
        }
        let uri = format!("pkcs11:token=CA%20root;object={label}");
        let line = ["--root-key", &uri, "--passphrase-file", "pin", "--force"];
        work.el2g(&[&SIGN[..], &line].concat()).exits(0);
        let verify = ["verify", "-x509_strict", "-CAfile", "root.pem", "signed.pem"];
        openssl(&work, &verify).unwrap();
        let other = if label == "one" { "two" } else { "one" };
        let uri = format!("pkcs11:token=CA%20root;id=%0a;object={other}");
        let line = ["--root-key", &uri, "--passphrase-file", "pin", "--force"];
        let ran = work.el2g(&[&SIGN[..], &line].concat()).exits(3);
        assert!(ran.stderr.contains("does not belong to the root certificate"), "{}", ran.stderr);
    }
    let line = ["--root-key", "pkcs11:token=CA%20root;id=%0a", "--passphrase-file", "pin"];
    let ran = work.el2g(&[&SIGN[..], &line, &["--force"]].concat()).exits(3);
    for said in ["key `one` (id 0a)", "key `two` (id 0a)", "hint: add object="] {
        assert!(ran.stderr.contains(said), "{}", ran.stderr);
    }
}

#[test]
#[cfg_attr(
    not(all(oracle = "openssl", oracle = "pkcs11-tool", oracle = "softhsm2-util")),
    ignore = "needs openssl, pkcs11-tool, softhsm2-util"
)]
fn a_uri_may_name_the_library_and_its_version() {
    let Some(work) = token(&["p256-pkcs8.pem"]) else { return };
    if papers(&work, "p256-pkcs8.pem").is_none() {
        return;
    }
    let sign = |attributes: &str| {
        // Where p11-kit is the module of the system, the library is p11-kit.
        let module = softhsm_module();
        let uri = format!("pkcs11:token=CA%20root;{attributes}?module-path={module}");
        let line = ["--root-key", &uri, "--passphrase-file", "pin", "--force"];
        work.el2g(&[&SIGN[..], &line].concat())
    };
    let library = "library-manufacturer=SoftHSM;library-description=Implementation%20of%20PKCS11";
    let version = (2..3).flat_map(|major| (0..20).map(move |minor| format!("{major}.{minor}")));
    let right =
        version.filter(|version| sign(&format!("library-version={version};{library}")).code == 0);
    assert_eq!(right.count(), 1);
    for other in ["library-version=9.9", "library-manufacturer=Other", "library-description=Other"]
    {
        let ran = sign(other).exits(3);
        assert!(ran.stderr.contains("no token matches"), "{other}: {}", ran.stderr);
    }
    for malformed in ["library-version=2.6.1", "library-version=two"] {
        let ran = sign(malformed).exits(2);
        assert!(ran.stderr.contains("expected a version such as 2 or 2.6"), "{}", ran.stderr);
    }
}

#[test]
#[cfg_attr(
    not(all(oracle = "openssl", oracle = "pkcs11-tool", oracle = "softhsm2-util")),
    ignore = "needs openssl, pkcs11-tool, softhsm2-util"
)]
fn seals_with_a_key_on_a_token_and_gnupg_confirms_the_signature() {
    let keys = ["rsa2048-pkcs8.pem", "rsa4096-pkcs8.pem", "rsa3072-pkcs8.pem"];
    let Some(work) = token(&keys) else { return };
    let recipient = testdata("openpgp/recipient.sec.asc");
    let import = ["--batch", "--import", recipient.to_str().unwrap()];
    let Some(ran) = run(&work, "gpg", &import) else { return };
    ran.exits(0);
    work.write_secret("key.hex", "00112233445566778899aabbccddeeff");
    let certify = |key: &str, out: &str| {
        let uri = format!("pkcs11:token=CA%20root;object={key}?pin-source=pin");
        let arguments = ["pgp", "certify", "--key", &uri, "--user-id", "HSM <h@x>", "--out", out];
        work.el2g(&[&arguments[..], &["--created", "2026-01-01T00:00:00Z"]].concat())
    };
    let seal = |key: &str, public: &str| {
        let uri = format!("pkcs11:token=CA%20root;object={key}?pin-source=pin");
        let arguments = ["pgp", "seal", "--kind", "aes", "--in", "key.hex", "--signer", &uri];
        let public_of_recipient = testdata("openpgp/recipient.pub.asc");
        let more = [
            "--recipient",
            public_of_recipient.to_str().unwrap(),
            "--out",
            "sealed.asc",
            "--force",
        ];
        work.el2g(&[&arguments[..], &more, &["--signer-public", public]].concat())
    };
    for key in &keys[..2] {
        let public = format!("{key}.asc");
        certify(key, &public).exits(0);
        run(&work, "gpg", &["--batch", "--import", &public]).unwrap().exits(0);
        seal(key, &public).exits(0);
        let opened = run(&work, "gpg", &["--batch", "--decrypt", "sealed.asc"]).unwrap().exits(0);
        assert_eq!(opened.stdout, "00112233445566778899aabbccddeeff");
        assert!(opened.stderr.contains("Good signature from \"HSM <h@x>\""), "{}", opened.stderr);
    }
    let other = seal(keys[0], "rsa4096-pkcs8.pem.asc").exits(3);
    assert!(other.stderr.contains("does not fit"), "{}", other.stderr);
    let small = certify(keys[2], "no.asc").exits(3);
    assert!(small.stderr.contains("RSA-3072"), "{}", small.stderr);
    assert!(!work.path("no.asc").exists());
}

/// Where Debian, Fedora and Homebrew have it.
pub fn softhsm_module() -> &'static str {
    let places = ["/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/pkcs11/libsofthsm2.so"];
    let found = places.into_iter().find(|place| std::path::Path::new(place).exists());
    found.unwrap_or("/opt/homebrew/lib/softhsm/libsofthsm2.so")
}

/// Puts a key on the token that wants the PIN for each signature (CKA_ALWAYS_AUTHENTICATE).
fn import_always_authenticate(work: &Workplace, key: &str, id: &str) -> Option<()> {
    let file = testdata("keys").join(key);
    let convert = ["pkey", "-in", file.to_str().unwrap(), "-outform", "DER", "-out", "key.der"];
    openssl(work, &convert)?;
    let login = ["--module", softhsm_module(), "--login", "--pin", PIN];
    let write = ["--write-object", "key.der", "--type", "privkey", "--id", id, "--usage-sign"];
    let ran = run(work, "pkcs11-tool", &[&login[..], &write, &["--always-auth"]].concat())?;
    assert!(ran.exits(0).stdout.contains("always authenticate"));
    let public = [&convert[..], &["-pubout"]].concat();
    openssl(work, &public)?;
    let write = ["--write-object", "key.der", "--type", "pubkey", "--id", id];
    run(work, "pkcs11-tool", &[&login[..], &write].concat())?.exits(0);
    Some(())
}

#[test]
#[cfg_attr(
    not(all(oracle = "openssl", oracle = "pkcs11-tool", oracle = "softhsm2-util")),
    ignore = "needs openssl, pkcs11-tool, softhsm2-util"
)]
fn gives_the_pin_again_to_a_key_that_wants_it_for_each_signature() {
    let Some(work) = token(&["rsa2048-pkcs8.pem"]) else { return };
    for (key, id) in [("rsa4096-pkcs8.pem", "0a"), ("p256-pkcs8.pem", "0b")] {
        if import_always_authenticate(&work, key, id).is_none() {
            return;
        }
    }
    papers(&work, "rsa4096-pkcs8.pem").unwrap();
    let sign = |id: &str| {
        let uri = format!("pkcs11:token=CA%20root;id=%{id}?pin-source=file:pin");
        work.el2g(&[&SIGN[..], &["--root-key", &uri, "--force"]].concat())
    };
    sign("0a").exits(0);
    openssl(&work, &["verify", "-x509_strict", "-CAfile", "root.pem", "signed.pem"]).unwrap();
    std::fs::remove_file(work.path("signed.pem")).unwrap();
    // SoftHSM2 has no ECDSA that takes its data in parts.
    papers(&work, "p256-pkcs8.pem").unwrap();
    let ran = sign("0b").exits(3);
    let said = "(id 0b) on token `CA root` needs the PIN again for each signature \
                (CKA_ALWAYS_AUTHENTICATE) and signs with CKM_ECDSA in one step only";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
    assert!(!work.path("signed.pem").exists());
}

#[test]
#[cfg_attr(
    not(all(oracle = "openssl", oracle = "pkcs11-tool", oracle = "softhsm2-util")),
    ignore = "needs openssl, pkcs11-tool, softhsm2-util"
)]
fn seals_with_keys_that_want_the_pin_for_each_signature() {
    let Some(work) = token(&["rsa2048-pkcs8.pem"]) else { return };
    for (key, id) in [("rsa2048-pkcs8.pem", "0a"), ("rsa4096-pkcs8.pem", "0b")] {
        if import_always_authenticate(&work, key, id).is_none() {
            return;
        }
    }
    let secret = testdata("openpgp/recipient.sec.asc");
    let Some(ran) = run(&work, "gpg", &["--batch", "--import", secret.to_str().unwrap()]) else {
        return;
    };
    ran.exits(0);
    let recipient = testdata("openpgp/recipient.pub.asc");
    work.write_secret("key.hex", "00112233445566778899aabbccddeeff");
    work.write("keys.csv", "name,kind,file\na,aes,key.hex\nb,aes,key.hex\nc,aes,key.hex\n");
    for id in ["0a", "0b"] {
        let uri = format!("pkcs11:token=CA%20root;id=%{id}?pin-source=pin");
        let public = format!("{id}.asc");
        let line = ["pgp", "certify", "--key", &uri, "--user-id", "HSM <h@x>", "--out", &public];
        work.el2g(&line).exits(0);
        run(&work, "gpg", &["--batch", "--import", &public]).unwrap().exits(0);
        let keys = ["--signer", &uri, "--signer-public", &public, "--recipient"];
        let keys = [&keys[..], &[recipient.to_str().unwrap()]].concat();
        let (one, folder) = (format!("{id}.pgp"), format!("{id}-all"));
        let seal = ["pgp", "seal", "--kind", "aes", "--in", "key.hex", "--out", &one];
        let sealed = work.el2g(&[&seal[..], &keys].concat()).exits(0);
        assert!(sealed.stderr.contains("is given the secret itself to hash"), "{}", sealed.stderr);
        let batch = ["pgp", "seal-batch", "keys.csv", "--out-dir", &folder, "--jobs", "2"];
        work.el2g(&[&batch[..], &keys].concat()).exits(0);
        let all = ["a", "b", "c"].map(|name| format!("{folder}/{name}.asc"));
        for message in all.iter().chain([&one]) {
            let opened = run(&work, "gpg", &["--batch", "--decrypt", message]).unwrap().exits(0);
            assert_eq!(opened.stdout, "00112233445566778899aabbccddeeff");
            assert!(opened.stderr.contains("Good signature from"), "{}", opened.stderr);
        }
    }
}

//! Files with a passphrase, a PIN or a token, as editors leave them: the byte order mark is left out, and said.

use std::process::Command;

use crate::served::Served;
use crate::workplace::{Workplace, testdata};

/// What an editor of Windows makes of a line.
fn marked(line: &str) -> String {
    format!("\u{feff}{line}\r\n")
}

/// UTF-16, as another one stores it.
fn utf16(line: &str) -> Vec<u8> {
    format!("\u{feff}{line}").encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// Root and request, a locked signer and a recipient.
fn papers() -> Workplace {
    let work = Workplace::new();
    for (name, file) in [
        ("root.pem", "x509/good/root.pem"),
        ("request.pem", "x509/good/request.pem"),
        ("recipient.asc", "openpgp/recipient.pub.asc"),
    ] {
        work.write(name, std::fs::read(testdata(file)).expect("testdata"));
    }
    let locked = std::fs::read(testdata("openpgp/locked.sec.asc")).expect("testdata");
    work.write_secret("locked.asc", locked);
    work.write_secret("key.hex", "000102030405060708090a0b0c0d0e0f");
    work
}

/// Runs `line` with `secret` in a marked file, which it must take, and in UTF-16, which it must name.
fn takes(work: &Workplace, secret: &str, run: impl Fn(&str) -> crate::workplace::Ran) {
    work.write_secret("marked", marked(secret));
    let ran = run("marked").exits(0);
    let note = "marked: a byte order mark was left out";
    assert_eq!(ran.stderr.matches(note).count(), 1, "{}", ran.stderr);
    assert!(!ran.stderr.contains(secret), "{}", ran.stderr);
    work.write_secret("plain", format!("{secret}\n"));
    let ran = run("plain").exits(0);
    assert!(!ran.stderr.contains("byte order mark"), "{}", ran.stderr);
    work.write_secret("wide", utf16(secret));
    let ran = run("wide");
    assert!(matches!(ran.code, 2 | 3), "{}: {}", ran.code, ran.stderr);
    assert!(ran.stderr.contains("wide: ") && ran.stderr.contains("UTF-16"), "{}", ran.stderr);
}

#[test]
fn a_passphrase_is_read_without_the_mark() {
    let work = papers();
    let line = ["pgp", "seal", "--kind", "aes", "--in", "key.hex", "--signer", "locked.asc"];
    let more = ["--recipient", "recipient.asc", "--out", "out.asc", "--force"];
    takes(&work, "pässwörd €uro", |file| {
        work.el2g(&[&line[..], &more, &["--passphrase-file", file]].concat())
    });
    takes(&work, "pässwörd €uro", |file| {
        let environment = [("EL2G_PASSPHRASE_FILE", file)];
        work.el2g_with(&environment, &[&line[..], &more].concat())
    });
    takes(&work, "correct horse", |file| {
        let root = ["ca", "root", "--subject", "CN=Root", "--key-out", "new.key"];
        let more = ["--out", "new.pem", "--force", "--passphrase-file", file];
        work.el2g(&[&root[..], &more].concat())
    });
}

#[test]
fn a_token_is_read_without_the_mark() {
    let (work, service) = (papers(), Served::start(Workplace::new(), &[]));
    let token = std::fs::read_to_string(service.ready("tokenFile")).expect("a token");
    takes(&work, token.trim_end(), |file| {
        let list = ["device", "list", "--base-url", service.ready("baseUrl")];
        work.el2g(&[&list[..], &["--token-file", file]].concat())
    });
}

#[test]
#[cfg_attr(
    not(all(oracle = "openssl", oracle = "pkcs11-tool", oracle = "softhsm2-util")),
    ignore = "needs openssl, pkcs11-tool, softhsm2-util"
)]
fn a_pin_is_read_without_the_mark() {
    let work = papers();
    std::fs::create_dir_all(work.path(".config/softhsm2")).expect("a folder");
    std::fs::create_dir(work.path("tokens")).expect("a folder");
    let settings = format!("directories.tokendir = {}\n", work.path("tokens").display());
    work.write(".config/softhsm2/softhsm2.conf", settings);
    let softhsm = |words: &[&str]| work.oracle(Command::new("softhsm2-util"), words);
    let pin = ["--pin", "246813"];
    let create = ["--init-token", "--free", "--label", "CA root", "--so-pin", "12345678"];
    let Some(created) = softhsm(&[&create[..], &pin].concat()) else { return };
    created.exits(0);
    let key = testdata("x509/keys/root-p256.pem").display().to_string();
    let import = ["--import", &key, "--token", "CA root", "--label", "root", "--id", "01"];
    softhsm(&[&import[..], &pin].concat()).expect("it was there").exits(0);
    for source in ["pin-source", "--passphrase-file"] {
        takes(&work, "246813", |file| {
            let sign = ["ca", "sign", "--csr", "request.pem", "--root-cert", "root.pem"];
            let more = ["--days", "300", "--yes", "--force", "--out", "out.pem"];
            let uri = "pkcs11:token=CA%20root;object=root;type=private";
            let (uri, given) = match source {
                "pin-source" => (format!("{uri}?pin-source=file:{file}"), vec![]),
                flag => (uri.to_owned(), vec![flag, file]),
            };
            work.el2g(&[&sign[..], &more, &["--root-key", &uri], &given].concat())
        });
    }
}

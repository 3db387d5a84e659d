//! `el2g pgp inspect`: every mistake of a foreign message, from outside and with a key, and how to fix it.

use std::collections::BTreeSet;

use serde_json::Value;

use super::workplace;
use crate::workplace::{Workplace, program, testdata};

/// From where a mistake can be seen.
#[derive(Clone, Copy, PartialEq)]
enum Seen {
    /// By anybody.
    Outside,
    /// Only with a key that opens the message.
    Inside,
}
use Seen::{Inside, Outside};

/// File, the mistake in it, from where it is seen, the exit code, and a part of how to fix it.
const MISTAKES: &[(&str, &str, Seen, i32, &str)] = &[
    ("not-encrypted.asc", "not-encrypted", Outside, 3, "--sign --encrypt --recipient"),
    (
        "clear-signed.asc",
        "clear-signed",
        Outside,
        3,
        "tick both `Sign as` and `Encrypt for others`",
    ),
    ("detached-signature.asc", "detached-signature", Outside, 3, "--sign --encrypt --recipient"),
    ("several-recipients.asc", "several-recipients", Outside, 3, "--no-encrypt-to; Kleopatra"),
    ("hidden-recipient.asc", "hidden-recipient", Outside, 3, "--no-throw-keyids"),
    ("wrong-recipient.asc", "wrong-recipient", Outside, 3, "--recipient with the EdgeLock 2GO key"),
    ("wrong-recipient.asc", "recipient-size", Outside, 3, "--recipient with the EdgeLock 2GO key"),
    ("wrong-recipient.asc", "not-for-this-key", Inside, 3, "gpg --show-session-key"),
    ("recipient-algorithm.asc", "recipient-algorithm", Outside, 3, "Edgelock2go.support@nxp.com"),
    ("password-recipient.asc", "password-recipient", Outside, 3, "untick `Encrypt with password`"),
    ("no-recipient.asc", "no-recipient", Outside, 3, "--sign --encrypt --recipient"),
    ("no-mdc.asc", "no-mdc", Outside, 3, "without --disable-mdc and --rfc2440"),
    ("ocb-container.asc", "ocb-container", Outside, 3, "--rfc4880, without --force-aead"),
    ("padding-packet.asc", "padding-packet", Outside, 3, "sq: --profile=rfc4880"),
    ("container-version.asc", "container-version", Outside, 3, "config.aeadProtect = false"),
    ("container-version.asc", "session-key-version", Outside, 3, "gpg 2.3 and later: --rfc4880"),
    ("armor-damaged.asc", "armor-damaged", Outside, 3, "transfer the message again, unchanged"),
    ("cut-short.asc", "armor-damaged", Outside, 3, "transfer the message again, unchanged"),
    ("armor-not-parted.asc", "armor-not-parted", Outside, 3, "transfer the message again"),
    ("one-line.asc", "armor-lines", Outside, 3, "transfer the message again, unchanged"),
    ("quoted.asc", "armor-lines", Outside, 3, "transfer the message again, unchanged"),
    ("checksum-missing.asc", "checksum-missing", Outside, 3, "emitChecksum"),
    ("byte-order-mark.asc", "byte-order-mark", Outside, 3, "without byte order mark"),
    ("text-before.asc", "text-before", Outside, 3, "save the message alone"),
    ("text-after.asc", "text-after", Outside, 0, "save the message alone"),
    ("several-messages.asc", "several-messages", Outside, 3, "save the message alone"),
    ("trailing-blanks.asc", "trailing-blanks", Outside, 0, "not a copy out of a mail"),
    ("armor-headers.asc", "armor-headers", Outside, 0, "--no-emit-version --no-comments"),
    ("not-armored.gpg", "not-armored", Outside, 3, "--armor; Kleopatra: Settings"),
    ("not-a-message.asc", "not-a-message", Outside, 3, "that `gpg --armor --sign --encrypt` wrote"),
    ("not-openpgp.asc", "not-openpgp", Outside, 3, "that `gpg --armor --sign --encrypt` wrote"),
    ("empty.asc", "empty", Outside, 3, "the disk was full"),
    ("unsigned.asc", "unsigned", Inside, 3, "--local-user KEY; Kleopatra: tick `Sign as`"),
    ("several-signatures.asc", "several-signatures", Inside, 3, "one --local-user"),
    ("hash.asc", "hash", Inside, 3, "--digest-algo SHA256; Kleopatra: the line"),
    ("hash-sha1.asc", "hash", Inside, 3, "--digest-algo SHA256"),
    ("hash-openpgpjs5.asc", "hash", Inside, 3, "--digest-algo SHA256"),
    ("cipher.asc", "cipher", Inside, 3, "--cipher-algo AES256; Kleopatra: the line"),
    (
        "compression-bzip2.asc",
        "compression",
        Inside,
        3,
        "--compress-algo zlib (or none); Kleopatra",
    ),
    ("compression-zip.asc", "compression", Inside, 3, "--compress-algo zlib"),
    ("signer-rsa3072.asc", "signer-size", Inside, 3, "Kleopatra: Advanced Settings > RSA 4096"),
    ("signer-ed25519.asc", "signer-algorithm", Inside, 3, "rsa4096 sign"),
    ("signer-nistp256.asc", "signer-algorithm", Inside, 3, "rsa4096 sign"),
    ("signer-dsa.asc", "signer-algorithm", Inside, 3, "rsa4096 sign"),
    ("signer-expired.asc", "signer-key", Outside, 3, "gpg: --quick-set-expire"),
    ("text-signature.asc", "text-signature", Inside, 0, "--no-textmode"),
    ("text-signature.asc", "literal-format", Inside, 0, "--no-textmode"),
    ("signature-expired.asc", "signature-expired", Inside, 3, "without --ask-sig-expire"),
    ("signature-future.asc", "signature-future", Inside, 0, "clock"),
    ("file-name.asc", "file-name", Inside, 0, "--set-filename ''"),
    ("content-newline.asc", "content-white-space", Inside, 0, "printf, not echo"),
    ("content-white-space.asc", "content-white-space", Inside, 0, "printf, not echo"),
    ("content-0x.asc", "content-0x", Inside, 3, "no 0x, no separators"),
    (
        "content-byte-order-mark.asc",
        "content-byte-order-mark",
        Inside,
        3,
        "hexadecimal digits alone",
    ),
    ("content-not-hex.asc", "content-not-hex", Inside, 3, "hexadecimal digits alone"),
    ("content-odd.asc", "content-odd", Inside, 3, "hexadecimal digits alone"),
    ("content-long.asc", "content-long", Inside, 3, "hexadecimal digits alone"),
    ("content-empty.asc", "content-empty", Inside, 3, "holds the key's hexadecimal digits"),
    ("too-large-inside.asc", "too-large-inside", Inside, 3, "one secret alone, at most 1000"),
    ("bomb.asc", "too-large-inside", Inside, 3, "one secret alone, at most 1000"),
];

/// Messages without a mistake; all signed by `rsa2048` but three.
const SOUND: &[(&str, &str)] = &[
    ("accepted-2048.asc", "rsa2048"),
    ("accepted-aes128.asc", "rsa2048"),
    ("accepted-aes192.asc", "rsa2048"),
    ("accepted-defaults.asc", "rsa2048"),
    ("accepted-openpgpjs6.asc", "rsa2048"),
    ("accepted-subkey.asc", "signing-subkey"),
    ("accepted-uncompressed.asc", "rsa2048"),
    ("accepted.asc", "rsa4096"),
    ("crlf.asc", "rsa2048"),
];

/// Who signed it.
fn signer(message: &str) -> &str {
    match message.strip_prefix("signer-").and_then(|rest| rest.strip_suffix(".asc")) {
        Some(signer) => signer,
        None => "rsa2048",
    }
}

fn fix<'a>(report: &'a Value, id: &str) -> Option<&'a str> {
    let findings = report["findings"].as_array().unwrap();
    findings.iter().find(|finding| finding["rule"] == id)?["fix"].as_str()
}

#[test]
fn every_mistake_of_a_foreign_message_is_named_with_what_mends_it() {
    let work = workplace();
    let inspect = |message: &str, signer: &str, key: &[&str]| {
        let public = testdata(&format!("openpgp/{signer}.pub.asc"));
        let public = ["--signer-public", public.to_str().unwrap()];
        let recipient = ["--recipient", "recipient.pub.asc"];
        let line = ["pgp", "inspect", message, "-o", "json"];
        work.el2g(&[&line[..], &recipient, &public, key].concat())
    };
    for &(message, id, seen, code, part) in MISTAKES {
        work.take(&format!("openpgp/messages/{message}"));
        let signer = signer(message);
        let opened = inspect(message, signer, &["--open-with", "recipient.sec.asc"]).exits(code);
        let report = opened.json();
        let said = fix(&report, id).unwrap_or_else(|| panic!("{message}: {report}"));
        assert!(said.contains(part), "{message}: {said}");
        assert_eq!(report["acceptable"], code == 0, "{message}");
        let outer = inspect(message, signer, &[]);
        let report = outer.json();
        assert_eq!(fix(&report, id).is_some(), seen == Outside, "{message}: {report}");
        // From outside a message is refused, or nothing is known; it is never said to be taken.
        match outer.code {
            0 => assert_eq!(report["acceptable"], Value::Null, "{message}"),
            code => assert_eq!((code, &report["acceptable"]), (3, &false.into()), "{message}"),
        }
        for finding in report["findings"].as_array().unwrap() {
            assert!(finding["fix"].is_string(), "{message}: {finding}");
        }
    }
    for (message, signer) in SOUND {
        work.take(&format!("openpgp/messages/{message}"));
        let opened = inspect(message, signer, &["--open-with", "recipient.sec.asc"]).exits(0);
        let report = opened.json();
        assert_eq!(
            (&report["acceptable"], &report["findings"]),
            (&true.into(), &Value::Array(vec![]))
        );
    }
    let outer = work.el2g(&["pgp", "inspect", "accepted.asc"]).exits(0).stdout;
    assert!(outer.contains("nothing against it so far: outer checks only"), "{outer}");
}

#[test]
fn every_message_of_the_test_data_is_inspected() {
    let folder = std::fs::read_dir(testdata("openpgp/messages")).unwrap();
    let files: BTreeSet<String> =
        folder.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    let mistakes = MISTAKES.iter().map(|mistake| mistake.0.to_owned());
    let named: BTreeSet<String> =
        mistakes.chain(SOUND.iter().map(|sound| sound.0.to_owned())).collect();
    assert_eq!(files, named);
}

#[test]
fn a_file_that_lost_its_line_breaks_is_not_shown_whole() {
    let work = Workplace::new();
    work.take("openpgp/messages/one-line.asc");
    let ran = work.el2g(&["pgp", "inspect", "one-line.asc"]).exits(3);
    assert!(ran.stdout.contains("  error   armor-lines ["), "{}", ran.stdout);
    assert!(ran.stdout.len() + ran.stderr.len() < 3000, "{}", ran.stdout);
}

/// A thousand million bytes out of 3,921: read in an address space of 300 MB.
#[test]
fn a_compressed_bomb_takes_no_memory() {
    let work = workplace();
    work.take("openpgp/messages/bomb.asc");
    let inspect = |limit: &str| {
        let mut shell = std::process::Command::new("sh");
        shell.args(["-c", &format!("ulimit -v {limit}; exec \"$@\""), "sh"]).arg(program());
        let line = ["pgp", "inspect", "bomb.asc", "--open-with", "recipient.sec.asc"];
        work.oracle(shell, &line).expect("a shell")
    };
    let ran = inspect("300000").exits(3);
    assert!(ran.stdout.contains("  error   too-large-inside ["), "{}", ran.stdout);
}

/// Hooks and pipelines give many files at once.
#[test]
fn several_messages_are_inspected_as_each_alone() {
    let work = workplace();
    let names = ["accepted.asc", "not-encrypted.asc", "several-recipients.asc"];
    names.iter().for_each(|name| work.take(&format!("openpgp/messages/{name}")));
    let alone = names.map(|name| {
        let mut report = work.el2g(&["pgp", "inspect", name, "-o", "json"]).json();
        let keys = report.as_object_mut().unwrap();
        keys.remove("schema");
        keys.remove("tool");
        keys.insert("file".to_owned(), name.into());
        report
    });
    let several = work.el2g(&[&["pgp", "inspect", "-o", "json"][..], &names].concat()).exits(3);
    assert_eq!(several.json()["messages"], Value::Array(alone.to_vec()));
    assert_eq!(several.json()["schema"], "el2g/messages-report/1");
    let error = several.stderr;
    assert!(error.contains("not-encrypted.asc: EdgeLock 2GO would refuse this message"), "{error}");
    assert!(error.contains("(and 1 more of 3 messages)"), "{error}");
}

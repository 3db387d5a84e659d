//! Every mistake in `testdata/openpgp/messages`, and those that GnuPG 2.2 cannot make.

use std::collections::BTreeSet;

use pgp::composed::{ArmorOptions, MessageBuilder, SignedPublicKey};
use pgp::crypto::aead::{AeadAlgorithm, ChunkSize};
use pgp::crypto::sym::SymmetricKeyAlgorithm;

use super::*;
use crate::keys::file;
use crate::testdata::{self, NOW, recipient, recipient_secret, text};
use crate::{OpenError, open};

struct Judged {
    acceptable: Option<bool>,
    /// Findings other than the two that say what was not checked.
    ids: Vec<&'static str>,
    opened: Result<usize, OpenError>,
}

fn judge(message: &[u8], signer: &str) -> Judged {
    let (secret, signer) = (recipient_secret(), text(signer));
    let options = InspectOptions {
        recipient: Some(&recipient()),
        signer_public: Some(signer.as_bytes()),
        open_with: Some(&secret),
        ..InspectOptions::outer(NOW)
    };
    let inspection = inspect(message, &options);
    Judged {
        acceptable: inspection.acceptable,
        ids: inspection.findings.iter().map(|finding| finding.rule).collect(),
        opened: open(message, &secret, &signer, NOW).map(|opened| opened.literal.len()),
    }
}

/// Message, signer, and the findings it must have.
const CASES: &[(&str, &str, &[&str])] = &[
    ("accepted.asc", "rsa4096", &[]),
    ("accepted-2048.asc", "rsa2048", &[]),
    ("accepted-subkey.asc", "signing-subkey", &[]),
    ("accepted-uncompressed.asc", "rsa2048", &[]),
    ("accepted-aes128.asc", "rsa2048", &[]),
    ("accepted-defaults.asc", "rsa2048", &[]),
    ("accepted-openpgpjs6.asc", "rsa2048", &[]),
    ("accepted-aes192.asc", "rsa2048", &[]),
    ("hash-openpgpjs5.asc", "rsa2048", &["hash"]),
    ("ocb-container.asc", "rsa2048", &["ocb-container", "hash"]),
    (
        "container-version.asc",
        "rsa2048",
        &["checksum-missing", "session-key-version", "container-version", "not-for-this-key"],
    ),
    ("crlf.asc", "rsa2048", &[]),
    ("armor-headers.asc", "rsa2048", &["armor-headers"]),
    ("trailing-blanks.asc", "rsa2048", &["trailing-blanks"]),
    ("text-after.asc", "rsa2048", &["text-after"]),
    ("file-name.asc", "rsa2048", &["file-name"]),
    ("text-signature.asc", "rsa2048", &["literal-format", "text-signature"]),
    ("signature-future.asc", "rsa2048", &["signature-future"]),
    ("content-white-space.asc", "rsa2048", &["content-white-space"]),
    ("content-newline.asc", "rsa2048", &["content-white-space"]),
    ("content-long.asc", "rsa2048", &["content-long"]),
    ("content-0x.asc", "rsa2048", &["content-0x"]),
    ("content-byte-order-mark.asc", "rsa2048", &["content-byte-order-mark"]),
    ("content-not-hex.asc", "rsa2048", &["content-not-hex"]),
    ("content-odd.asc", "rsa2048", &["content-odd"]),
    ("content-empty.asc", "rsa2048", &["content-empty"]),
    ("cipher.asc", "rsa2048", &["cipher"]),
    ("compression-zip.asc", "rsa2048", &["compression"]),
    ("compression-bzip2.asc", "rsa2048", &["compression"]),
    ("too-large-inside.asc", "rsa2048", &["too-large-inside"]),
    ("bomb.asc", "rsa2048", &["compression", "too-large-inside"]),
    ("hash.asc", "rsa2048", &["hash"]),
    ("hash-sha1.asc", "rsa2048", &["hash"]),
    ("no-mdc.asc", "rsa2048", &["no-mdc"]),
    ("padding-packet.asc", "rsa2048", &["padding-packet"]),
    ("signer-rsa3072.asc", "rsa3072", &["signer-size"]),
    ("signer-dsa.asc", "dsa", &["signer-algorithm"]),
    ("signer-ed25519.asc", "ed25519", &["signer-algorithm"]),
    ("signer-nistp256.asc", "nistp256", &["signer-algorithm"]),
    ("signer-expired.asc", "expired", &["signer-key"]),
    ("accepted-2048.asc", "rsa4096", &["signer-mismatch"]),
    ("several-signatures.asc", "rsa2048", &["several-signatures", "signer-mismatch"]),
    ("signature-expired.asc", "rsa2048", &["signature-expired"]),
    ("unsigned.asc", "rsa2048", &["unsigned"]),
    ("several-recipients.asc", "rsa2048", &["recipient-size", "several-recipients"]),
    ("hidden-recipient.asc", "rsa2048", &["hidden-recipient"]),
    ("password-recipient.asc", "rsa2048", &["password-recipient"]),
    ("no-recipient.asc", "rsa2048", &["password-recipient", "no-recipient"]),
    ("wrong-recipient.asc", "rsa2048", &["recipient-size", "wrong-recipient", "not-for-this-key"]),
    (
        "recipient-algorithm.asc",
        "rsa2048",
        &["recipient-algorithm", "wrong-recipient", "not-for-this-key"],
    ),
    ("not-encrypted.asc", "rsa2048", &["not-encrypted"]),
    ("clear-signed.asc", "rsa2048", &["clear-signed"]),
    ("detached-signature.asc", "rsa2048", &["detached-signature"]),
    ("not-a-message.asc", "rsa2048", &["not-a-message"]),
    ("not-openpgp.asc", "rsa2048", &["not-openpgp"]),
    ("empty.asc", "rsa2048", &["empty"]),
    ("not-armored.gpg", "rsa2048", &["not-armored"]),
    ("byte-order-mark.asc", "rsa2048", &["byte-order-mark"]),
    ("text-before.asc", "rsa2048", &["text-before"]),
    ("several-messages.asc", "rsa2048", &["several-messages"]),
    ("checksum-missing.asc", "rsa2048", &["checksum-missing"]),
    ("armor-damaged.asc", "rsa2048", &["armor-damaged"]),
    ("armor-not-parted.asc", "rsa2048", &["armor-not-parted"]),
    ("one-line.asc", "rsa2048", &["armor-lines"]),
    ("quoted.asc", "rsa2048", &["armor-lines"]),
    ("cut-short.asc", "rsa2048", &["armor-damaged"]),
];

/// The findings with which a message is accepted all the same.
const HARMLESS: &[&str] = &[
    "armor-headers",
    "trailing-blanks",
    "text-after",
    "file-name",
    "literal-format",
    "text-signature",
    "signature-future",
    "content-white-space",
];

#[test]
fn names_each_mistake_and_the_receiver_agrees() {
    for (message, signer, expected) in CASES {
        let judged =
            judge(&testdata::file(&format!("messages/{message}")), &format!("{signer}.pub.asc"));
        assert_eq!(judged.ids, *expected, "{message}");
        let harmless = expected.iter().all(|id| HARMLESS.contains(id));
        assert_eq!(judged.acceptable, Some(harmless), "{message}");
        let about_content = expected.iter().any(|id| id.starts_with("content-"));
        match judged.opened {
            Ok(_) => assert!(harmless || about_content, "{message} was opened"),
            Err(error) => {
                assert!(!harmless && expected.contains(&error.id()), "{message}: {error}");
            }
        }
    }
}

#[test]
fn every_message_of_the_folder_is_in_the_table() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/openpgp/messages");
    let files: BTreeSet<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let cases: BTreeSet<String> = CASES.iter().map(|case| case.0.to_owned()).collect();
    assert_eq!(files, cases);
}

#[test]
fn without_a_key_only_the_outside_is_judged() {
    let message = testdata::file("messages/hash.asc");
    let inspection = inspect(&message, &InspectOptions::outer(NOW));
    assert_eq!(inspection.acceptable, None);
    assert_eq!(inspection.depth, CheckDepth::Outer);
    let ids: Vec<&str> = inspection.findings.iter().map(|finding| finding.rule).collect();
    assert_eq!(ids, ["outer-checks-only"]);
    let json = serde_json::to_value(&inspection).unwrap();
    assert_eq!(json["acceptable"], serde_json::Value::Null);
    assert_eq!(json["publicKeyAlgorithm"], "RSA");
    assert_eq!(json["encryption"], serde_json::json!({"container": "seipd-v1"}));
    assert_eq!(json["recipients"][0], recipient().encryption_key_id().to_string());
    assert_eq!(json["packets"][0]["name"], "public-key encrypted session key");
}

#[test]
fn without_the_signers_key_the_signature_is_left_open() {
    let (message, secret) = (testdata::file("messages/accepted.asc"), recipient_secret());
    let options = InspectOptions { open_with: Some(&secret), ..InspectOptions::outer(NOW) };
    let inspection = inspect(&message, &options);
    assert_eq!((inspection.acceptable, inspection.depth), (None, CheckDepth::Inner));
    assert_eq!(inspection.signatures[0].verified, None);
    assert_eq!(inspection.signatures[0].bits, Some(4096));
    let size = testdata::file("messages/signer-rsa3072.asc");
    assert_eq!(inspect(&size, &options).acceptable, Some(false));
}

#[test]
fn a_session_key_opens_a_message_for_somebody_else() {
    let (message, session_key) = made_by_rpgp(Container::SeipdV1);
    let signer = text("rsa2048.pub.asc");
    let form = |key: &str| SecretBytes::from_slice(key.as_bytes());
    let hex: String = session_key.iter().map(|byte| format!("{byte:02X}")).collect();
    for (key, id) in [
        (form(&format!("9:{hex}")), "unsigned"),
        (form(&format!("'9:{hex}'\n")), "unsigned"),
        (form(&format!("9:{}", "00".repeat(32))), "integrity"),
        (form(&hex), "session-key-form"),
        (form("9:00"), "session-key-form"),
        (form(""), "session-key-form"),
    ] {
        let options = InspectOptions {
            session_key: Some(&key),
            signer_public: Some(signer.as_bytes()),
            ..InspectOptions::outer(NOW)
        };
        let inspection = inspect(message.as_bytes(), &options);
        let ids: Vec<&str> = inspection.findings.iter().map(|finding| finding.rule).collect();
        assert_eq!(ids, [id]);
    }
}

enum Container {
    SeipdV1,
    SeipdV2,
}

/// An unsigned message to the recipient, and its session key.
fn made_by_rpgp(container: Container) -> (String, Vec<u8>) {
    let key: SignedPublicKey = file::read_public(&testdata::file("recipient.pub.asc")).unwrap();
    let subkey = &key.public_subkeys[0];
    let builder = MessageBuilder::from_bytes("", vec![b'0'; 64]);
    let aes = SymmetricKeyAlgorithm::AES256;
    match container {
        Container::SeipdV1 => {
            let mut builder = builder.seipd_v1(rand::thread_rng(), aes);
            builder.encrypt_to_key(rand::thread_rng(), subkey).unwrap();
            let session_key = builder.session_key().as_ref().to_vec();
            let armored =
                builder.to_armored_string(rand::thread_rng(), ArmorOptions::default()).unwrap();
            (armored, session_key)
        }
        Container::SeipdV2 => {
            let (ocb, chunk) = (AeadAlgorithm::Ocb, ChunkSize::default());
            let mut builder = builder.seipd_v2(rand::thread_rng(), aes, ocb, chunk);
            builder.encrypt_to_key(rand::thread_rng(), subkey).unwrap();
            let armored =
                builder.to_armored_string(rand::thread_rng(), ArmorOptions::default()).unwrap();
            (armored, Vec::new())
        }
    }
}

#[test]
fn refuses_seipd_version_2() {
    let (message, _) = made_by_rpgp(Container::SeipdV2);
    let judged = judge(message.as_bytes(), "rsa2048.pub.asc");
    assert_eq!(judged.acceptable, Some(false));
    assert!(judged.ids.contains(&"container-version"), "{:?}", judged.ids);
    assert!(judged.opened.is_err());
}

/// The accepted message's packets, changed by `change` and armored again.
fn changed(change: impl FnOnce(Vec<u8>) -> Vec<u8>) -> String {
    let message = testdata::file("messages/accepted.asc");
    let scan = crate::armor::scan(&message);
    let (data, _) = crate::armor::decode(&scan.blocks[0]).unwrap();
    armored(&change(data.to_vec()))
}

pub(super) fn armored(data: &[u8]) -> String {
    use base64::Engine as _;
    let base64 = base64::engine::general_purpose::STANDARD;
    let mut text = String::from("-----BEGIN PGP MESSAGE-----\n\n");
    for line in base64.encode(data).as_bytes().chunks(64) {
        text.push_str(std::str::from_utf8(line).unwrap());
        text.push('\n');
    }
    let sum = base64.encode(&crate::armor::crc24(data).to_be_bytes()[1..]);
    text + &format!("={sum}\n-----END PGP MESSAGE-----\n")
}

#[test]
fn names_what_is_wrong_with_outer_packets() {
    let container = |data: &[u8]| crate::packets::split_all(data).unwrap()[1].offset;
    type Change = Box<dyn FnOnce(Vec<u8>) -> Vec<u8>>;
    let cases: Vec<(&str, Change)> = vec![
        (
            "padding-packet",
            Box::new(|mut data| {
                data.extend([0xC0 | 21, 2, 0, 0]);
                data
            }),
        ),
        (
            "unexpected-packet",
            Box::new(|mut data| {
                data.extend([0xC0 | 11, 6, b'b', 0, 0, 0, 0, 0]);
                data
            }),
        ),
        (
            "no-mdc",
            Box::new(move |mut data| {
                let at = container(&data);
                data[at] = 0xC0 | 9;
                data
            }),
        ),
        ("no-recipient", Box::new(move |data| data[container(&data)..].to_vec())),
        ("packets-damaged", Box::new(|data| data[..data.len() - 3].to_vec())),
        (
            "packets-damaged",
            Box::new(|mut data| {
                data.push(0x11);
                data
            }),
        ),
        (
            "integrity",
            Box::new(|mut data| {
                *data.last_mut().unwrap() ^= 1;
                data
            }),
        ),
    ];
    for (id, change) in cases {
        let judged = judge(changed(change).as_bytes(), "rsa4096.pub.asc");
        assert!(judged.ids.contains(&id), "{id}: {:?}", judged.ids);
        assert_eq!(judged.acceptable, Some(false), "{id}");
        assert!(judged.opened.is_err(), "{id}");
    }
    let ocb = armored(&[0xC0 | 20, 5, 1, 9, 2, 16, 0]);
    assert!(judge(ocb.as_bytes(), "rsa2048.pub.asc").ids.contains(&"ocb-container"));
}

#[test]
fn size_is_refused_before_anything_else() {
    let large = vec![b'x'; LARGEST_MESSAGE + 1];
    let judged = judge(&large, "rsa2048.pub.asc");
    assert_eq!(judged.ids, ["too-large"]);
    assert_eq!(judge(b"", "rsa2048.pub.asc").ids, ["empty"]);
    assert_eq!(judge(b"hello", "rsa2048.pub.asc").ids, ["not-openpgp"]);
    assert_eq!(judge(b"\xFF\xFE-\0-\0", "rsa2048.pub.asc").ids, ["not-openpgp"]);
    assert_eq!(judge(&testdata::file("rsa2048.pub.asc"), "rsa2048.pub.asc").ids, ["not-a-message"]);
}

//! What Bouncy Castle does not read although GnuPG's packets are in it, and helpers that are wrong themselves.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::*;
use crate::armor;
use crate::packets::PacketTag;
use crate::testdata::{NOW, file, recipient, recipient_secret, text};

/// Verdict and findings of a message, opened and verified.
fn judged(message: &[u8]) -> (Option<bool>, Vec<&'static str>) {
    let (secret, signer) = (recipient_secret(), text("rsa4096.pub.asc"));
    let (recipient, options) = (recipient(), InspectOptions::outer(NOW));
    let signer_public = Some(signer.as_bytes());
    let open_with = Some(&secret);
    told(inspect(
        message,
        &InspectOptions { recipient: Some(&recipient), signer_public, open_with, ..options },
    ))
}

fn told(inspection: Inspection) -> (Option<bool>, Vec<&'static str>) {
    let ids = inspection.findings.iter().map(|finding| finding.rule).collect();
    (inspection.acceptable, ids)
}

/// The packets of a message that is accepted, with the length of the first one.
fn accepted() -> (Vec<u8>, usize) {
    let message = file("messages/accepted.asc");
    let (data, _) = armor::decode(&armor::scan(&message).blocks[0]).unwrap();
    let (frames, _) = crate::packets::split(&data);
    let [session_key, container] = &frames[..] else { panic!("two packets") };
    assert_eq!((session_key.tag, container.tag), (PacketTag::PKESK, PacketTag::PROTECTED));
    (data.to_vec(), container.offset)
}

fn armored(data: &[u8]) -> String {
    let mut text = String::from("-----BEGIN PGP MESSAGE-----\n\n");
    for line in STANDARD.encode(data).as_bytes().chunks(64) {
        text.push_str(std::str::from_utf8(line).unwrap());
        text.push('\n');
    }
    let sum = STANDARD.encode(&armor::crc24(data).to_be_bytes()[1..]);
    text + &format!("={sum}\n-----END PGP MESSAGE-----\n")
}

#[test]
fn an_indented_first_line_is_refused_and_indented_data_are_told() {
    let text = text("messages/accepted.asc");
    assert_eq!(judged(text.as_bytes()), (Some(true), vec![]));
    let all: String = text.lines().map(|line| format!("  {line}\n")).collect();
    assert_eq!(judged(all.as_bytes()), (Some(false), vec!["armor-indented"]));
    assert_eq!(judged(format!(" {text}").as_bytes()), (Some(false), vec!["armor-indented"]));
    let data = text.replacen("\n\n", "\n\n ", 1);
    assert_eq!(judged(data.as_bytes()), (Some(true), vec!["armor-indented"]));
}

#[test]
fn a_marker_is_passed_over_at_the_beginning_only() {
    const MARKER: &[u8] = b"\xCA\x03PGP";
    let (data, container) = accepted();
    let with = |at: usize, marker: &[u8]| {
        judged(armored(&[&data[..at], marker, &data[at..]].concat()).as_bytes())
    };
    assert_eq!(with(0, MARKER), (Some(true), vec![]));
    let refused = (Some(false), vec!["unexpected-packet"]);
    assert_eq!(with(0, &[MARKER, MARKER].concat()), refused);
    assert_eq!(with(container, MARKER), refused);
    assert_eq!(with(data.len(), MARKER), refused);
}

#[test]
fn a_message_without_encrypted_data_is_refused() {
    let (data, container) = accepted();
    let refused = (Some(false), vec!["no-encrypted-data"]);
    assert_eq!(judged(armored(&data[..container]).as_bytes()), refused);
    assert_eq!(judged(armored(b"\xCA\x03PGP").as_bytes()), refused);
}

#[test]
fn a_header_with_an_empty_value_is_a_header() {
    let text = text("messages/accepted.asc");
    for header in ["Comment:", "Comment: ", "Version: x\nComment:"] {
        let headed = text.replacen("\n\n", &format!("\n{header}\n\n"), 1);
        assert_eq!(judged(headed.as_bytes()), (Some(true), vec!["armor-headers"]), "{header}");
    }
    let key = crate::testdata::text("recipient.pub.asc").replacen("\n\n", "\nComment:\n\n", 1);
    assert!(crate::Recipient::read(key.as_bytes(), NOW).is_ok());
}

#[test]
fn a_wrong_helper_is_told_and_the_message_not_blamed() {
    let message = file("messages/accepted.asc");
    let recipient = recipient();
    let other =
        crate::RecipientSecret::open(&crate::testdata::secret("other-recipient.sec.asc"), None)
            .unwrap();
    let options = || InspectOptions { recipient: Some(&recipient), ..InspectOptions::outer(NOW) };
    let judged = |options: InspectOptions<'_>| told(inspect(&message, &options));
    let wrong = |id| (None, vec![id]);
    assert_eq!(
        judged(InspectOptions { open_with: Some(&other), ..options() }),
        wrong("not-for-this-key")
    );
    let form = SecretBytes::from_slice(b"9:12");
    assert_eq!(
        judged(InspectOptions { session_key: Some(&form), ..options() }),
        wrong("session-key-form")
    );
    let (secret, two) = (recipient_secret(), text("rsa2048.pub.asc").repeat(2));
    for signer in ["", "no key", &two, &text("rsa4096.sec.asc")] {
        let signer_public = Some(signer.as_bytes());
        let open_with = Some(&secret);
        let found = judged(InspectOptions { signer_public, open_with, ..options() });
        assert_eq!(found, wrong("signer-key"), "{signer}");
    }
}

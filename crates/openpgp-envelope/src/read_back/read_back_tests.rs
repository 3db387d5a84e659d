//! Messages that differ from what was meant.

use el2g_key_payload::{Payload, PayloadKind, SystemEntropy};

use super::*;
use crate::testdata::{NOW, file, recipient, signing_key, text};
use crate::{Recipient, SealedMessage, seal};

fn sealed(recipient: &Recipient) -> SealedMessage {
    let payload = Payload::generate(PayloadKind::Aes, 32, &mut SystemEntropy).unwrap();
    let signer = signing_key("rsa2048.sec.asc");
    seal(&payload, &signer, recipient, NOW, &mut SystemEntropy).unwrap()
}

#[test]
fn each_difference_is_found() {
    let recipient = recipient();
    let expected = |session_key| Expected {
        recipient: recipient.packet_details(),
        session_key,
        text: b"00",
        signature: b"",
        verifier: None,
    };
    let check = |armored: &str| read_back(armored.as_bytes(), &expected(&[0; 32]));
    let message = sealed(&recipient);
    let armored = message.armored();
    // Sound as it is, but not with this session key.
    assert_eq!(check(armored), Err(ReadBackFault::Container));
    for around in [
        armored.replace('\n', "\r\n"),
        format!("x\n{armored}"),
        format!("{armored}x\n"),
        armored.replacen("\n\n", "\nComment: x\n\n", 1),
        armored.replace("wcFM", "wcFN"),
        armored.replace("PGP MESSAGE", "PGP SIGNATURE"),
        armored[..200].to_owned(),
        armored.lines().filter(|line| !line.starts_with('=')).collect::<Vec<_>>().join("\n"),
    ] {
        assert_eq!(check(&around), Err(ReadBackFault::Armor), "{around}");
    }
    let other = Recipient::read(&file("other-recipient.pub.asc"), NOW).unwrap();
    assert_eq!(check(sealed(&other).armored()), Err(ReadBackFault::Recipient));
    let several = text("messages/several-recipients.asc");
    assert_eq!(check(&several), Err(ReadBackFault::Packets));
    assert_eq!(
        read_back(&file("messages/not-armored.gpg"), &expected(&[0; 32])),
        Err(ReadBackFault::Armor)
    );
}

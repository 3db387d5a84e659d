//! Messages that somebody made to do harm.

use proptest::prelude::*;

use super::inspect_tests::armored;
use super::*;
use crate::open;
use crate::testdata::{self, NOW, recipient_secret, text};

#[test]
fn an_aead_container_of_unknown_kind_is_refused_without_a_panic() {
    let key = SecretBytes::from_slice(&[b"9:".as_slice(), &[b'0'; 64]].concat());
    let options = InspectOptions { session_key: Some(&key), ..InspectOptions::outer(NOW) };
    for (tag, version) in [(18, 2), (20, 1)] {
        for cipher in 0..=13 {
            for mode in 0..=5 {
                let mut packet = vec![0xC0 | tag, 100, version, cipher, mode, 6];
                packet.resize(102, 0x5A);
                let inspection = inspect(armored(&packet).as_bytes(), &options);
                assert_eq!(inspection.acceptable, Some(false));
            }
        }
    }
}

#[test]
fn a_message_altered_anywhere_is_never_accepted() {
    let message = testdata::file("messages/accepted.asc");
    let scan = crate::armor::scan(&message);
    let (data, _) = crate::armor::decode(&scan.blocks[0]).unwrap();
    let (secret, signer) = (recipient_secret(), text("rsa4096.pub.asc"));
    for at in (0..data.len()).step_by(53) {
        let mut altered = data.to_vec();
        altered[at] ^= 0x10;
        let altered = armored(&altered);
        assert!(open(altered.as_bytes(), &secret, &signer, NOW).is_err(), "byte {at}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_never_panic(bytes: Vec<u8>, inner: Vec<u8>, at: prop::sample::Index, value: u8) {
        let secret = recipient_secret();
        let options = InspectOptions { open_with: Some(&secret), ..InspectOptions::outer(NOW) };
        inspect(&bytes, &options);
        inspect(armored(&bytes).as_bytes(), &options);
        let mut altered = testdata::file("messages/accepted.asc");
        let at = at.index(altered.len());
        altered[at] = value;
        inspect(&altered, &options);
        // What a sender could put inside the encryption.
        let mut found = super::examination::Examination::new();
        if let Some(plaintext) = super::plaintext::Plaintext::read(&inner, &mut found) {
            super::signature::check(&plaintext, &options, &mut found);
        }
        let _ = open(&bytes, &secret, "", NOW);
    }
}

proptest! {
    #[test]
    fn arbitrary_packets_never_panic(
        outer in testdata::packets_like(testdata::packets_of(&[
            "messages/accepted-2048.asc", "messages/ocb-container.asc", "messages/password-recipient.asc",
            "messages/recipient-algorithm.asc", "messages/container-version.asc",
        ])),
        inner in testdata::packets_like(inner_packets()),
    ) {
        let key = SecretBytes::from_slice(&[b"9:".as_slice(), &[b'0'; 64]].concat());
        let signer = text("rsa2048.pub.asc");
        let options = InspectOptions {
            session_key: Some(&key),
            signer_public: Some(signer.as_bytes()),
            ..InspectOptions::outer(NOW)
        };
        inspect(&outer, &options);
        let mut found = super::examination::Examination::new();
        if let Some(plaintext) = super::plaintext::Plaintext::read(&inner, &mut found) {
            super::signature::check(&plaintext, &options, &mut found);
        }
    }
}

/// What is inside messages: compressed, and signed in several ways.
fn inner_packets() -> Vec<(u8, Vec<u8>)> {
    let secret = recipient_secret();
    let mut found = testdata::packets_of(&["messages/not-encrypted.asc"]);
    for name in [
        "accepted-uncompressed.asc",
        "several-signatures.asc",
        "signer-dsa.asc",
        "compression-bzip2.asc",
    ] {
        let message = testdata::file(&format!("messages/{name}"));
        let scan = crate::armor::scan(&message);
        let (data, _) = crate::armor::decode(&scan.blocks[0]).unwrap();
        let options = InspectOptions::outer(NOW);
        let mut examination = super::examination::Examination::new();
        let envelope = super::envelope::read(&data, &options, &mut examination).unwrap();
        let key = envelope.session_key(&secret, &[]).unwrap_or_else(|fault| panic!("{fault}"));
        let plaintext = envelope.decrypt(&key).unwrap();
        let frames = crate::packets::split_all(&plaintext).unwrap();
        found.extend(frames.iter().map(|frame| (frame.tag.0, frame.body.to_vec())));
    }
    found
}

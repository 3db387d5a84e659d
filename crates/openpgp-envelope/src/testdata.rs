//! Committed keys and messages, for the tests of this crate.

use std::path::PathBuf;

use el2g_key_payload::SecretBytes;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::{Recipient, RecipientSecret, SigningKey, Timestamp};

/// The present in tests: 2027-01-01T00:00:00Z, after every committed key and message was made.
pub(crate) const NOW: Timestamp = Timestamp(1_798_761_600);

/// What protects `locked.sec.asc`.
pub(crate) const PASSPHRASE: &str = "pässwörd €uro";

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../testdata/openpgp").join(name)
}

pub(crate) fn file(name: &str) -> Vec<u8> {
    std::fs::read(path(name)).unwrap_or_else(|error| panic!("testdata/openpgp/{name}: {error}"))
}

pub(crate) fn text(name: &str) -> String {
    String::from_utf8(file(name)).expect("armored files are ASCII")
}

pub(crate) fn secret(name: &str) -> SecretBytes {
    SecretBytes::new(file(name))
}

pub(crate) fn signing_key(name: &str) -> SigningKey {
    SigningKey::open(&secret(name), None, NOW).expect("a committed key that signs")
}

pub(crate) fn recipient() -> Recipient {
    Recipient::read(&file("recipient.pub.asc"), NOW).expect("the committed recipient")
}

pub(crate) fn recipient_secret() -> RecipientSecret {
    RecipientSecret::open(&secret("recipient.sec.asc"), None).expect("the committed recipient")
}

/// A packet with a header of the new format.
fn packet(tag: u8, body: &[u8]) -> Vec<u8> {
    let len = u32::try_from(body.len()).expect("short");
    let mut packet = vec![0xC0 | tag, 255];
    packet.extend(len.to_be_bytes());
    packet.extend_from_slice(body);
    packet
}

/// Rows of packets with sound boundaries: bodies of `sound` packets, some of them cut, lengthened or
/// altered, among others that are arbitrary.
pub(crate) fn packets_like(sound: Vec<(u8, Vec<u8>)>) -> impl Strategy<Value = Vec<u8>> {
    let sound = prop::sample::select(sound);
    let changes = prop::collection::vec((any::<Index>(), any::<u8>()), 0..4);
    let altered =
        (sound, changes, any::<Option<Index>>(), prop::collection::vec(any::<u8>(), 0..3))
            .prop_map(|((tag, mut body), changes, cut, more)| {
                for (at, value) in changes {
                    if !body.is_empty() {
                        let at = at.index(body.len());
                        body[at] = value;
                    }
                }
                if let Some(cut) = cut {
                    body.truncate(cut.index(body.len() + 1));
                }
                body.extend(more);
                packet(tag, &body)
            });
    let arbitrary = (0u8..64, prop::collection::vec(any::<u8>(), 0..80))
        .prop_map(|(tag, body)| packet(tag, &body));
    prop::collection::vec(prop_oneof![4 => altered, 1 => arbitrary], 1..6)
        .prop_map(|packets| packets.concat())
}

/// The packets of a committed file.
pub(crate) fn packets_of(names: &[&str]) -> Vec<(u8, Vec<u8>)> {
    let mut found = Vec::new();
    for name in names {
        let file = file(name);
        let scan = crate::armor::scan(&file);
        let (data, _) = crate::armor::decode(&scan.blocks[0]).expect("a committed file");
        let frames = crate::packets::split_all(&data).expect("a committed file");
        found.extend(frames.iter().map(|frame| (frame.tag.0, frame.body.to_vec())));
    }
    found
}

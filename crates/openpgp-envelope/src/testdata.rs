//! Committed keys and messages, for the tests of this crate.

use std::path::PathBuf;

use el2g_key_payload::SecretBytes;

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

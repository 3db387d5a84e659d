//! Throw-away keys: made to rehearse with, or published together with their secret halves. Nothing real may be sealed to
//! or signed by one of them.
//!
//! The sandbox's and the demo's keys say so themselves, by a notation in their self-signatures (RFC 4880 5.2.3.16). The
//! keys of `testdata/openpgp` are listed by their fingerprints.

use std::fmt;

use pgp::composed::SignedPublicKey;
use pgp::packet::{Notation, Signature, SubpacketData};
use pgp::types::{KeyDetails as _, Tag};
use serde::Serialize;

use super::KeyName;
use super::file;
use super::own_key::OwnKey;
use super::signing::user_ids;
use crate::{Fingerprint, KeyId};

/// The notation of a throw-away key. `invalid` is nobody's domain (RFC 2606).
const NOTATION: &str = "throw-away@el2g.invalid";

/// User ids of the throw-away keys that were made before the notation.
const USER_IDS: [&str; 3] = [
    "el2g sandbox (not EdgeLock 2GO) <sandbox@localhost>",
    "Built-in EdgeLock 2GO <sandbox@example.invalid>",
    "Demo Key Team <keys@example.invalid>",
];

/// Fingerprints of the published keys, one a line; `testdata/generate/published_keys.py` writes them.
const PUBLISHED: &str = include_str!("published_keys.txt");

/// Why a key is a throw-away key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ThrowAway {
    /// Its own signature or user id says so: it was made by a sandbox or a demo.
    Marked,
    /// Its secret half is published with this project.
    Published,
}

impl fmt::Display for ThrowAway {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Marked => "it was made by a sandbox or a demo, to rehearse with",
            Self::Published => "its secret half is published with el2g's test data",
        })
    }
}

/// Whether a public key, armored or binary, is a throw-away key. What cannot be read as one public key is not known as
/// one.
pub fn throw_away_key(public: &[u8]) -> Option<ThrowAway> {
    of(&file::read_public(public).ok()?)
}

/// Whether a name is that of a published key, or of a subkey of one.
pub fn is_published_key(name: &KeyName) -> bool {
    let listed = PUBLISHED.lines().filter_map(|line| line.parse::<Fingerprint>().ok());
    match name {
        KeyName::Fingerprint(wanted) => listed.into_iter().any(|found| found == *wanted),
        KeyName::KeyId(wanted) => listed.into_iter().any(|found| found.key_id() == *wanted),
    }
}

/// The same of a key that was read.
pub(super) fn of(key: &SignedPublicKey) -> Option<ThrowAway> {
    let subkeys = key.public_subkeys.iter().map(|subkey| subkey.key.fingerprint());
    let mut fingerprints = std::iter::once(key.primary_key.fingerprint()).chain(subkeys);
    let published = fingerprints.any(|found| {
        Fingerprint::of(&found).is_some_and(|it| is_published_key(&KeyName::Fingerprint(it)))
    });
    if published {
        return Some(ThrowAway::Published);
    }
    let named = user_ids(key).iter().any(|id| USER_IDS.contains(&id.as_str()));
    (named || is_marked(key)).then_some(ThrowAway::Marked)
}

/// Whether a self-signature, in force or not, bears the notation.
fn is_marked(key: &SignedPublicKey) -> bool {
    let primary = &OwnKey(&key.primary_key);
    key.details.users.iter().any(|user| {
        user.signatures
            .iter()
            .filter(|signature| bears_notation(signature))
            .any(|signature| signature.verify_certification(primary, Tag::UserId, &user.id).is_ok())
    })
}

fn bears_notation(signature: &Signature) -> bool {
    signature.config().is_some_and(|config| {
        config.hashed_subpackets().any(|subpacket| {
            matches!(&subpacket.data, SubpacketData::Notation(it) if it.name == NOTATION.as_bytes())
        })
    })
}

/// What marks a key that is made here as a throw-away key.
pub(super) fn notation() -> SubpacketData {
    SubpacketData::Notation(Notation {
        readable: true,
        name: NOTATION.into(),
        value: "made to rehearse with; never for real secrets".into(),
    })
}

/// The key id of a message's recipient, for [`is_published_key`].
impl From<KeyId> for KeyName {
    fn from(key_id: KeyId) -> Self {
        Self::KeyId(key_id)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::{Path, PathBuf};

    use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
    use el2g_key_payload::SystemEntropy;

    use super::*;
    use crate::packets::PacketTag;
    use crate::testdata::NOW;
    use crate::{
        NewKey, RsaBits, Timestamp, generate_recipient_key, generate_signing_key,
        generate_throw_away_signing_key,
    };

    fn files(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { files(&path, found) } else { found.push(path) }
        }
    }

    /// The fingerprints of version 4 of every key packet below `testdata/openpgp` (RFC 4880 12.2).
    fn fingerprints_of_test_data() -> BTreeSet<String> {
        let mut all = Vec::new();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/openpgp");
        files(&folder, &mut all);
        let mut found = BTreeSet::new();
        for path in all {
            let content = std::fs::read(&path).unwrap();
            let blocks = crate::armor::scan(&content).blocks;
            let mut data: Vec<Vec<u8>> = blocks
                .iter()
                .filter_map(|block| crate::armor::decode(block).ok().map(|(data, _)| data.to_vec()))
                .collect();
            if blocks.is_empty() {
                data.push(content);
            }
            for data in data {
                for frame in crate::packets::split_all(&data).unwrap_or_default() {
                    let tags = [
                        PacketTag::SECRET_KEY,
                        PacketTag::SECRET_SUBKEY,
                        PacketTag::PUBLIC_KEY,
                        PacketTag(14),
                    ];
                    if !tags.contains(&frame.tag) || frame.body.first() != Some(&4) {
                        continue;
                    }
                    let Ok((_, len)) = file::public_part(&frame) else { continue };
                    let mut hashed = vec![0x99];
                    hashed.extend(u16::try_from(len).unwrap().to_be_bytes());
                    hashed.extend_from_slice(&frame.body[..len]);
                    let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, &hashed);
                    found.insert(base16ct::upper::encode_string(hash.as_ref()));
                }
            }
        }
        found
    }

    #[test]
    fn the_list_has_every_key_of_the_test_data_and_no_other() {
        let listed: BTreeSet<String> = PUBLISHED
            .lines()
            .filter(|line| !line.starts_with('#'))
            .map(|line| line.to_owned())
            .collect();
        let found = fingerprints_of_test_data();
        assert!(found.len() > 40, "{} keys", found.len());
        assert_eq!(listed, found, "run testdata/generate/published_keys.py");
    }

    #[test]
    fn keys_of_the_sandbox_and_the_demo_say_what_they_are() {
        let is = |key: &NewKey| throw_away_key(key.public_armored.as_bytes());
        let entropy = &mut SystemEntropy;
        let recipient = generate_recipient_key("S <s@el2g.example>", NOW, entropy).unwrap();
        assert_eq!(is(&recipient), Some(ThrowAway::Marked));
        let bits = RsaBits::Rsa2048;
        let demo =
            generate_throw_away_signing_key("D <d@el2g.example>", bits, NOW, entropy).unwrap();
        assert_eq!(is(&demo), Some(ThrowAway::Marked));
        // A key for real, and one whose user id is that of a sandbox of before.
        let own = generate_signing_key("T <t@el2g.example>", bits, NOW, None, entropy).unwrap();
        assert_eq!(is(&own), None);
        let old = generate_signing_key(USER_IDS[0], bits, NOW, None, entropy).unwrap();
        assert_eq!(is(&old), Some(ThrowAway::Marked));
        // A notation that the key did not sign itself says nothing: a user id with it from another key.
        let mut mixed = file::read_public(own.public_armored.as_bytes()).unwrap();
        let other = file::read_public(demo.public_armored.as_bytes()).unwrap();
        mixed.details.users.extend(other.details.users);
        assert_eq!(of(&mixed), None);
    }

    #[test]
    fn published_keys_are_known_by_file_fingerprint_and_key_id() {
        for name in ["recipient.pub.asc", "rsa2048.pub.asc", "signing-subkey.pub.asc"] {
            let content = crate::testdata::file(name);
            assert_eq!(throw_away_key(&content), Some(ThrowAway::Published), "{name}");
        }
        let recipient = crate::testdata::recipient();
        assert!(is_published_key(&recipient.encryption_key_id().into()));
        let fingerprint = recipient.report().fingerprint.unwrap();
        assert!(is_published_key(&KeyName::Fingerprint(fingerprint)));
        let other: Fingerprint = "0123456789ABCDEF0123456789ABCDEF01234567".parse().unwrap();
        assert!(!is_published_key(&KeyName::Fingerprint(other)));
        assert_eq!(throw_away_key(b"not a key"), None);
        assert_eq!(NOW, Timestamp(NOW.0));
    }
}

//! Throw-away keys: made by a sandbox or a demo to rehearse with, or published together with their private halves. No CA of a
//! real service may be one of them, or be signed by one.

use std::fmt;

use crate::certificate::Certificate;
use crate::name::{AttributeType, Name};
use crate::oid::Oid;
use crate::public_key::PublicKey;

/// SHA-256 of the published keys, one a line; `testdata/generate/published_x509_keys.py` writes them.
const PUBLISHED: &str = include_str!("published_keys.txt");

/// The organization of the sandbox's own root, and of nobody else.
pub const SANDBOX_ORGANIZATION: &str = "el2g sandbox";

/// The organizational unit of the demo's root, and of nobody else.
pub const DEMO_UNIT: &str = "el2g demo (throw-away)";

/// The demo's root before it had that unit.
const DEMO_ROOT: [(Oid, &str); 3] = [
    (AttributeType::COUNTRY, "AT"),
    (AttributeType::ORGANIZATION, "Example Devices"),
    (AttributeType::COMMON_NAME, "Demo Root CA"),
];

/// Why a key is a throw-away key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThrowAway {
    /// A name in the certificate says so: it was made by a sandbox or a demo.
    Marked,
    /// Its private half is published with this project.
    Published,
}

impl fmt::Display for ThrowAway {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Marked => "it was made by a sandbox or a demo, to rehearse with",
            Self::Published => "its private half is published with el2g's test data",
        })
    }
}

impl PublicKey {
    /// Whether its private half is published with this project.
    pub fn is_published(&self) -> bool {
        let found = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, self.key_octets());
        let found = base16ct::lower::encode_string(found.as_ref());
        PUBLISHED.lines().any(|line| line == found)
    }
}

impl Certificate {
    /// Why its key, or the key that signed it, is a throw-away key; `None` for any other.
    pub fn throw_away(&self) -> Option<ThrowAway> {
        if self.public_key().is_published() {
            return Some(ThrowAway::Published);
        }
        [self.subject(), self.issuer()].into_iter().any(is_marked).then_some(ThrowAway::Marked)
    }
}

fn is_marked(name: &Name) -> bool {
    let has = |oid: Oid, marked: &str| name.values_of(oid).any(|value| value == marked);
    has(AttributeType::ORGANIZATION, SANDBOX_ORGANIZATION)
        || has(AttributeType::ORGANIZATIONAL_UNIT, DEMO_UNIT)
        || DEMO_ROOT.iter().all(|(oid, value)| has(*oid, value))
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use el2g_key_payload::SecretBytes;

    use super::*;
    use crate::{CertificateSigner as _, FileKey};

    fn files(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { files(&path, found) } else { found.push(path) }
        }
    }

    fn below(folder: &str) -> Vec<(PathBuf, Vec<u8>)> {
        let mut found = Vec::new();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata").join(folder);
        files(&folder, &mut found);
        found.sort();
        found.into_iter().map(|path| (path.clone(), std::fs::read(path).unwrap())).collect()
    }

    #[test]
    fn the_list_has_every_key_of_the_test_data() {
        let mut keys = 0;
        for (path, content) in below("keys").into_iter().chain(below("x509")) {
            let passphrase = SecretBytes::from_slice(b"correct horse");
            // The one whose passphrase takes much work to check is the key of its neighbours.
            let read = match path.ends_with("p256-much-work.pem") {
                true => continue,
                false => FileKey::read(&SecretBytes::from_slice(&content), Some(&passphrase)),
            };
            if let Ok(key) = read {
                assert!(key.public_key().is_published(), "{}", path.display());
                keys += 1;
            }
            let certificates = Certificate::read_bundle(&content).unwrap_or_default();
            // Some faults have a key without a private half.
            for certificate in
                certificates.iter().filter(|it| it.public_key().check_usable().is_ok())
            {
                let found = certificate.throw_away();
                assert_eq!(found, Some(ThrowAway::Published), "{}", path.display());
                keys += 1;
            }
        }
        assert!(keys > 100, "{keys}");
    }

    #[test]
    fn the_names_of_rehearsals_are_known() {
        let of = |attributes: &[(Oid, &str)]| is_marked(&Name::build(attributes).unwrap());
        assert!(of(&[(AttributeType::ORGANIZATION, SANDBOX_ORGANIZATION)]));
        assert!(of(&[(AttributeType::ORGANIZATIONAL_UNIT, DEMO_UNIT)]));
        assert!(of(&DEMO_ROOT));
        for other in [
            &[(AttributeType::ORGANIZATION, "Example Devices")][..],
            &[(AttributeType::ORGANIZATIONAL_UNIT, SANDBOX_ORGANIZATION)],
            &[(AttributeType::COMMON_NAME, "Demo Root CA")],
        ] {
            assert!(!of(other), "{other:?}");
        }
    }
}

//! How strong keys are: a CA should not be weaker than the keys that it certifies (4.1.3.2, 4.6.8).

use crate::intermediate_cas::CaAlgorithm;
use crate::secure_objects::KeyPairAlgorithm;

impl KeyPairAlgorithm {
    /// Its strength in bits (NIST SP 800-57 part 1, table 2); `None` for an algorithm newer than this program.
    pub fn strength(&self) -> Option<u16> {
        Some(match self {
            Self::Rsa1024 | Self::BrainpoolP160r1 | Self::Secp160k1 => 80,
            Self::NistP192 | Self::BrainpoolP192r1 | Self::Secp192k1 => 96,
            Self::NistP224 | Self::Rsa2048 | Self::BrainpoolP224r1 | Self::Secp224k1 => 112,
            Self::NistP256
            | Self::Rsa3072
            | Self::Ed25519
            | Self::X25519
            | Self::BrainpoolP256r1
            | Self::Secp256k1 => 128,
            Self::Rsa4096 => 140,
            Self::BrainpoolP320r1 => 160,
            Self::NistP384 | Self::BrainpoolP384r1 => 192,
            Self::X448 => 224,
            Self::NistP521 | Self::BrainpoolP512r1 => 256,
            Self::Other(_) => return None,
        })
    }
}

impl CaAlgorithm {
    /// Its strength, as that of a key pair.
    pub fn strength(&self) -> Option<u16> {
        KeyPairAlgorithm::from(self.as_str()).strength()
    }

    /// Whether a CA with it is weaker than a key pair that it certifies: what 4.6.8 answers `WARNING` for.
    pub fn is_weaker_than(&self, key_pair: &KeyPairAlgorithm) -> bool {
        self.strength().zip(key_pair.strength()).is_some_and(|(ca, key_pair)| ca < key_pair)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_algorithm_has_a_strength_and_the_document_s_pairs_are_as_printed() {
        assert!(KeyPairAlgorithm::KNOWN.iter().all(|algorithm| algorithm.strength().is_some()));
        assert!(CaAlgorithm::KNOWN.iter().all(|algorithm| algorithm.strength().is_some()));
        for (key_pair, ca, weaker) in [
            ("NIST_P224", "NIST_P521", false),
            ("NIST_P256", "NIST_P256", false),
            ("NIST_P384", "NIST_P256", true),
            ("NIST_P521", "NIST_P256", true),
            ("RSA_4096", "RSA_2048", true),
            ("ML_DSA_65", "NIST_P256", false),
        ] {
            assert_eq!(
                CaAlgorithm::from(ca).is_weaker_than(&key_pair.into()),
                weaker,
                "{key_pair} {ca}"
            );
        }
    }
}

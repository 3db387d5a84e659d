//! The algorithms of key pairs and public keys (4.1.3.1), and which go with which intermediate CA
//! (4.6.8).

use el2g_service_api::intermediate_cas::{CaAlgorithm, PairStatus};
use el2g_service_api::secure_objects::KeyPairAlgorithm;
use el2g_x509::KeyAlgorithm;

/// One algorithm as the API names it.
#[derive(Debug)]
pub(crate) struct Algorithm {
    /// Its name.
    pub name: KeyPairAlgorithm,
    /// The curve's or algorithm's object identifier; `None` for RSA.
    oid: Option<&'static str>,
    /// Whether it signs, so that a certificate for it makes sense.
    pub signs: bool,
}

const fn curve(name: KeyPairAlgorithm, oid: &'static str) -> Algorithm {
    Algorithm { name, oid: Some(oid), signs: true }
}

const fn rsa(name: KeyPairAlgorithm) -> Algorithm {
    Algorithm { name, oid: None, signs: true }
}

const fn montgomery(name: KeyPairAlgorithm, oid: &'static str) -> Algorithm {
    Algorithm { name, oid: Some(oid), signs: false }
}

use KeyPairAlgorithm as A;

/// Every algorithm of 4.1.3.1, in its order.
pub(crate) static ALGORITHMS: &[Algorithm] = &[
    curve(A::NistP192, "1.2.840.10045.3.1.1"),
    curve(A::NistP224, "1.3.132.0.33"),
    curve(A::NistP256, "1.2.840.10045.3.1.7"),
    curve(A::NistP384, "1.3.132.0.34"),
    curve(A::NistP521, "1.3.132.0.35"),
    rsa(A::Rsa1024),
    rsa(A::Rsa2048),
    rsa(A::Rsa3072),
    rsa(A::Rsa4096),
    curve(A::Ed25519, "1.3.101.112"),
    montgomery(A::X25519, "1.3.101.110"),
    montgomery(A::X448, "1.3.101.111"),
    curve(A::BrainpoolP160r1, "1.3.36.3.3.2.8.1.1.1"),
    curve(A::BrainpoolP192r1, "1.3.36.3.3.2.8.1.1.3"),
    curve(A::BrainpoolP224r1, "1.3.36.3.3.2.8.1.1.5"),
    curve(A::BrainpoolP256r1, "1.3.36.3.3.2.8.1.1.7"),
    curve(A::BrainpoolP320r1, "1.3.36.3.3.2.8.1.1.9"),
    curve(A::BrainpoolP384r1, "1.3.36.3.3.2.8.1.1.11"),
    curve(A::BrainpoolP512r1, "1.3.36.3.3.2.8.1.1.13"),
    curve(A::Secp160k1, "1.3.132.0.9"),
    curve(A::Secp192k1, "1.3.132.0.31"),
    curve(A::Secp224k1, "1.3.132.0.32"),
    curve(A::Secp256k1, "1.3.132.0.10"),
];

fn find(name: &str) -> Option<&'static Algorithm> {
    ALGORITHMS.iter().find(|algorithm| algorithm.name.as_str() == name)
}

/// The algorithm of the keys that the sandbox certifies; `None` for another one.
#[must_use]
pub(crate) fn certified(name: &str) -> Option<KeyAlgorithm> {
    find(name).filter(|algorithm| algorithm.signs)?;
    KeyAlgorithm::from_api_name(name)
}

/// What the API calls the kind of a public key.
#[must_use]
pub(crate) fn of_key(key: KeyAlgorithm) -> Option<KeyPairAlgorithm> {
    if let Some(name) = key.api_name() {
        return Some(name.into());
    }
    let oid = match key {
        KeyAlgorithm::RsaOther { bits: 1024 } => return Some(KeyPairAlgorithm::Rsa1024),
        KeyAlgorithm::OtherCurve { curve } => curve.to_string(),
        KeyAlgorithm::Other { algorithm } => algorithm.to_string(),
        _ => return None,
    };
    ALGORITHMS
        .iter()
        .find(|algorithm| algorithm.oid == Some(oid.as_str()))
        .map(|algorithm| algorithm.name.clone())
}

/// `WARNING` where the CA is weaker than the key pair it certifies, else `NONE` (docs/an12642-errata.md row 29).
#[must_use]
pub(crate) fn pair_status(key_pair: &KeyPairAlgorithm, ca: &CaAlgorithm) -> PairStatus {
    if ca.is_weaker_than(key_pair) { PairStatus::Warning } else { PairStatus::None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pairs_of_the_document_are_as_printed() {
        for (key_pair, ca, status) in [
            ("NIST_P192", "NIST_P256", "NONE"),
            ("NIST_P224", "NIST_P521", "NONE"),
            ("NIST_P256", "NIST_P256", "NONE"),
            ("NIST_P384", "NIST_P256", "WARNING"),
            ("NIST_P384", "NIST_P521", "NONE"),
            ("NIST_P521", "NIST_P256", "WARNING"),
        ] {
            assert_eq!(pair_status(&key_pair.into(), &ca.into()), status.into(), "{key_pair} {ca}");
        }
    }

    #[test]
    fn every_algorithm_of_4_1_3_1_is_there_once() {
        assert_eq!(ALGORITHMS.len(), 23);
        for (index, algorithm) in ALGORITHMS.iter().enumerate() {
            assert!(!ALGORITHMS[..index].iter().any(|a| a.name == algorithm.name));
        }
        for ca in CaAlgorithm::KNOWN {
            assert!(KeyAlgorithm::from_api_name(ca.as_str()).is_some(), "{ca} can be made");
        }
    }
}

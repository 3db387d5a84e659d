//! The algorithms of key pairs and public keys (4.1.3.1), and which go with which intermediate CA
//! (4.6.8).

use el2g_x509::KeyAlgorithm;

/// One algorithm as the API names it.
#[derive(Debug)]
pub struct Algorithm {
    /// `NIST_P256`.
    pub name: &'static str,
    /// Its strength in bits (NIST SP 800-57 part 1, table 2).
    pub strength: u16,
    /// The curve's or algorithm's object identifier; `None` for RSA.
    oid: Option<&'static str>,
    /// Whether it signs, so that a certificate for it makes sense.
    pub signs: bool,
}

const fn curve(name: &'static str, strength: u16, oid: &'static str) -> Algorithm {
    Algorithm { name, strength, oid: Some(oid), signs: true }
}

const fn rsa(name: &'static str, strength: u16) -> Algorithm {
    Algorithm { name, strength, oid: None, signs: true }
}

const fn montgomery(name: &'static str, strength: u16, oid: &'static str) -> Algorithm {
    Algorithm { name, strength, oid: Some(oid), signs: false }
}

/// Every algorithm of 4.1.3.1, in its order.
pub static ALGORITHMS: &[Algorithm] = &[
    curve("NIST_P192", 96, "1.2.840.10045.3.1.1"),
    curve("NIST_P224", 112, "1.3.132.0.33"),
    curve("NIST_P256", 128, "1.2.840.10045.3.1.7"),
    curve("NIST_P384", 192, "1.3.132.0.34"),
    curve("NIST_P521", 256, "1.3.132.0.35"),
    rsa("RSA_1024", 80),
    rsa("RSA_2048", 112),
    rsa("RSA_3072", 128),
    rsa("RSA_4096", 140),
    curve("ECC_ED_25519", 128, "1.3.101.112"),
    montgomery("ECC_MONT_DH_25519", 128, "1.3.101.110"),
    montgomery("ECC_MONT_DH_448", 224, "1.3.101.111"),
    curve("BRAINPOOLP160R1", 80, "1.3.36.3.3.2.8.1.1.1"),
    curve("BRAINPOOLP192R1", 96, "1.3.36.3.3.2.8.1.1.3"),
    curve("BRAINPOOLP224R1", 112, "1.3.36.3.3.2.8.1.1.5"),
    curve("BRAINPOOLP256R1", 128, "1.3.36.3.3.2.8.1.1.7"),
    curve("BRAINPOOLP320R1", 160, "1.3.36.3.3.2.8.1.1.9"),
    curve("BRAINPOOLP384R1", 192, "1.3.36.3.3.2.8.1.1.11"),
    curve("BRAINPOOLP512R1", 256, "1.3.36.3.3.2.8.1.1.13"),
    curve("SECP160K1", 80, "1.3.132.0.9"),
    curve("SECP192K1", 96, "1.3.132.0.31"),
    curve("SECP224K1", 112, "1.3.132.0.32"),
    curve("SECP256K1", 128, "1.3.132.0.10"),
];

/// The algorithms of intermediate CAs (4.2.1).
pub const CA_ALGORITHMS: [&str; 5] =
    ["NIST_P256", "NIST_P384", "NIST_P521", "RSA_2048", "RSA_4096"];

/// The algorithm with this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Algorithm> {
    ALGORITHMS.iter().find(|algorithm| algorithm.name == name)
}

/// The API's names, in order.
#[must_use]
pub fn names() -> Vec<&'static str> {
    ALGORITHMS.iter().map(|algorithm| algorithm.name).collect()
}

/// What the API calls the kind of a public key.
#[must_use]
pub fn of_key(key: KeyAlgorithm) -> Option<&'static str> {
    if let Some(name) = key.api_name() {
        return Some(name);
    }
    let oid = match key {
        KeyAlgorithm::RsaOther { bits: 1024 } => return Some("RSA_1024"),
        KeyAlgorithm::OtherCurve { curve } => curve.to_string(),
        KeyAlgorithm::Other { algorithm } => algorithm.to_string(),
        _ => return None,
    };
    ALGORITHMS
        .iter()
        .find(|algorithm| algorithm.oid == Some(oid.as_str()))
        .map(|algorithm| algorithm.name)
}

/// `WARNING` where the CA is weaker than the key pair it certifies, else `NONE` (docs/an12642-errata.md row 29).
#[must_use]
pub fn pair_status(key_pair: &str, ca: &str) -> &'static str {
    let strength = |name| find(name).map_or(0, |algorithm| algorithm.strength);
    if strength(ca) < strength(key_pair) { "WARNING" } else { "NONE" }
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
            assert_eq!(pair_status(key_pair, ca), status, "{key_pair} {ca}");
        }
    }

    #[test]
    fn every_algorithm_of_4_1_3_1_is_there_once() {
        assert_eq!(ALGORITHMS.len(), 23);
        for (index, algorithm) in ALGORITHMS.iter().enumerate() {
            assert!(!ALGORITHMS[..index].iter().any(|a| a.name == algorithm.name));
        }
        for ca in CA_ALGORITHMS {
            assert!(KeyAlgorithm::from_api_name(ca).is_some(), "{ca} can be made");
        }
    }
}

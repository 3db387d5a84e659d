//! A public key that becomes a secure object: it is read, and of the algorithm that is declared.

use el2g_service_api::new_secure_object::NewStaticPublicKey;
use el2g_service_client::BrokenRule;
use el2g_x509::{Block, KeyAlgorithm, PublicKey};

use super::gate_rules::{
    PUBLIC_KEY_ALGORITHM, PUBLIC_KEY_FORM, PUBLIC_KEY_UNREADABLE, PUBLIC_KEY_UNSOUND, broken,
};

/// The algorithms that `el2g_x509` does not name, with the octets of one coordinate, or of the whole key where that is
/// all there is.
const OTHERS: &[(&str, &str, usize)] = &[
    ("NIST_P192", "1.2.840.10045.3.1.1", 24),
    ("NIST_P224", "1.3.132.0.33", 28),
    ("ECC_ED_25519", "1.3.101.112", 32),
    ("ECC_MONT_DH_25519", "1.3.101.110", 32),
    ("ECC_MONT_DH_448", "1.3.101.111", 56),
    ("BRAINPOOLP160R1", "1.3.36.3.3.2.8.1.1.1", 20),
    ("BRAINPOOLP192R1", "1.3.36.3.3.2.8.1.1.3", 24),
    ("BRAINPOOLP224R1", "1.3.36.3.3.2.8.1.1.5", 28),
    ("BRAINPOOLP256R1", "1.3.36.3.3.2.8.1.1.7", 32),
    ("BRAINPOOLP320R1", "1.3.36.3.3.2.8.1.1.9", 40),
    ("BRAINPOOLP384R1", "1.3.36.3.3.2.8.1.1.11", 48),
    ("BRAINPOOLP512R1", "1.3.36.3.3.2.8.1.1.13", 64),
    ("SECP160K1", "1.3.132.0.9", 20),
    ("SECP192K1", "1.3.132.0.31", 24),
    ("SECP224K1", "1.3.132.0.32", 28),
    ("SECP256K1", "1.3.132.0.10", 32),
];

/// Every rule that the key breaks.
pub(super) fn broken_by(new: &NewStaticPublicKey) -> Vec<BrokenRule> {
    const PLACE: &str = "publicKey";
    let block = match Block::exactly_one(new.public_key.as_bytes(), "PUBLIC KEY") {
        Ok(block) => block,
        // Whatever it is, it may be a private key.
        Err(error) => {
            return vec![broken(&PUBLIC_KEY_UNREADABLE, PLACE, error.to_string())];
        }
    };
    let key = match PublicKey::from_der(block.der()) {
        Ok(key) => key,
        Err(error) => {
            return vec![broken(&PUBLIC_KEY_UNREADABLE, PLACE, error.to_string())];
        }
    };
    let mut rules = Vec::new();
    if let Some(reason) = unsound(&key) {
        rules.push(broken(&PUBLIC_KEY_UNSOUND, PLACE, reason));
    }
    if let Some(weakness) = key.weakness() {
        let message = format!("anyone can compute its private half: {weakness}");
        rules.push(BrokenRule {
            rule: "public-key-not-weak",
            ..broken(&PUBLIC_KEY_UNSOUND, PLACE, message)
        });
    }
    let declared = new.algorithm.as_str();
    let found = api_name(key.algorithm());
    if found != Some(declared) {
        let found = found.map_or_else(|| key.algorithm().to_string(), str::to_owned);
        let message = format!("declared as {declared}, the key is {found}");
        rules.push(broken(&PUBLIC_KEY_ALGORITHM, "algorithm", message));
    }
    if new.public_key != key.to_pem() {
        let message = format!("expected {}", PUBLIC_KEY_FORM.summary);
        rules.push(broken(&PUBLIC_KEY_FORM, PLACE, message));
    }
    rules
}

/// What the API calls the kind of a key.
fn api_name(algorithm: KeyAlgorithm) -> Option<&'static str> {
    if let Some(name) = algorithm.api_name() {
        return Some(name);
    }
    match algorithm {
        KeyAlgorithm::RsaOther { bits: 1024 } => Some("RSA_1024"),
        other => row(other).map(|(name, ..)| *name),
    }
}

fn row(algorithm: KeyAlgorithm) -> Option<&'static (&'static str, &'static str, usize)> {
    let oid = match algorithm {
        KeyAlgorithm::OtherCurve { curve } => curve.to_string(),
        KeyAlgorithm::Other { algorithm } => algorithm.to_string(),
        _ => return None,
    };
    OTHERS.iter().find(|(_, known, _)| *known == oid)
}

/// Why the numbers of a key make none, as far as that can be told.
fn unsound(key: &PublicKey) -> Option<String> {
    let algorithm = key.algorithm();
    if algorithm.api_name().is_some() || algorithm.rsa_bits().is_some() {
        return key.check_usable().err().map(|error| error.to_string());
    }
    let (name, _, length) = row(algorithm)?;
    let octets = key.key_octets();
    let fits = match algorithm {
        KeyAlgorithm::OtherCurve { .. } => match octets.first() {
            Some(4) => octets.len() == 2 * length + 1,
            Some(2 | 3) => octets.len() == length + 1,
            _ => false,
        },
        _ => octets.len() == *length,
    };
    (!fits).then(|| format!("{} octets do not make a {name} key", octets.len()))
}

//! Public keys whose private half anyone can compute, wherever they stand: in a certificate, a CA's or a request.

use crate::finding::{Severity, Verdict};
use crate::inspection::KeyInspection;
use crate::rules::{Check, Rule};

/// Nobody can compute the private half.
pub(super) static NOT_WEAK: Rule = Rule {
    id: "public-key-not-weak",
    severity: Severity::Error,
    section: "NIST SP 800-89 5.3.3, FIPS 186-5 A.1.1, CVE-2017-15361",
    summary: "Nobody can compute the private half of a public key: no private key up to 255, no square, close primes or ROCA form as RSA modulus, no exponent 1.",
    fix: "make a new key pair with a sound generator and replace everything that this key signed",
    check: Check::Key(not_weak),
};

fn not_weak(inspection: &KeyInspection<'_>) -> Verdict {
    // A key that cannot be read belongs to other rules.
    let Ok(key) = inspection.key.public_key() else { return Verdict::NotApplicable };
    match key.weakness() {
        None => Verdict::Kept,
        Some(weakness) => Verdict::broken(
            format!("anyone can compute the private key of {}", inspection.owner),
            format!("{}: {weakness}", key.algorithm()),
            "a key from a sound generator",
        ),
    }
}

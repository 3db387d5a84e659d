//! What a device certificate, or its intermediate, may not be made of: bytes, keys and extensions that verifiers refuse.

use el2g_x509::{KeyAlgorithm, VerifyError};

use super::DOWNLOAD;
use crate::finding::{Severity, Verdict};
use crate::inspection::DeviceInspection;
use crate::rules::issued::{both, sound_extensions};
use crate::rules::{Check, Rule, chain, encoding};
use el2g_x509::decoded::strict;

/// The bytes are DER.
pub(in crate::rules) static STRICT_DER: Rule = Rule {
    id: "device-encoding-strict-der",
    severity: Severity::Warning,
    section: "X.690 8, 10, 11",
    summary: "Encoding the device certificate, or its intermediate, again gives the same bytes.",
    fix: "nothing, when the service issued it; some verifiers read DER alone",
    check: Check::Device(|inspection| {
        both(inspection.facts, inspection.intermediate, |certificate| {
            encoding::der_verdict(strict::certificate(certificate))
        })
    }),
};

/// The device's key is one.
pub(in crate::rules) static PUBLIC_KEY: Rule = Rule {
    id: "device-public-key-sound",
    severity: Severity::Error,
    section: "RFC 5480 2.1.1, 2.2; RFC 8017 3.1",
    summary: "The device's key is one that can be used: a named curve and a point on it, an RSA modulus and exponent that make a key.",
    fix: "have the key made and certified again: provision the secure object again, then download the certificate",
    check: Check::Device(public_key),
};

/// Nothing in it that a verifier must refuse.
pub(in crate::rules) static CRITICAL_KNOWN: Rule = Rule {
    id: "device-critical-extensions-known",
    severity: Severity::Error,
    section: "RFC 5280 4.2",
    summary: "Neither the device certificate nor its intermediate has a critical extension that verifiers do not know.",
    fix: "ask the issuer to leave the extension out or to mark it not critical",
    check: Check::Device(|inspection| {
        both(inspection.facts, inspection.intermediate, chain::critical_known)
    }),
};

/// Extensions can be relied on.
pub(in crate::rules) static EXTENSIONS: Rule = Rule {
    id: "device-extensions-well-formed",
    severity: Severity::Error,
    section: "RFC 5280 4.2",
    summary: "Neither the device certificate nor its intermediate holds an extension twice, or one that does not decode or says what its standard forbids.",
    fix: DOWNLOAD,
    check: Check::Device(|inspection| {
        both(inspection.facts, inspection.intermediate, sound_extensions)
    }),
};

fn public_key(inspection: &DeviceInspection<'_>) -> Verdict {
    let fault = match inspection.facts.decoded.key.public_key() {
        Err(error) => error.to_string(),
        Ok(key) if key.algorithm() == KeyAlgorithm::ExplicitCurve => {
            "a curve spelled out instead of named".to_owned()
        }
        Ok(key) => match key.check_usable() {
            Err(error @ (VerifyError::UnsoundKey { .. } | VerifyError::UnusedBits { .. })) => {
                error.to_string()
            }
            Err(_) if key.algorithm().rsa_bits().is_some_and(|bits| bits < 1024) => {
                format!("{}, which anybody can break", key.algorithm())
            }
            // Of another kind, which is the service's affair.
            _ => return Verdict::Kept,
        },
    };
    Verdict::broken("the device's key cannot be used", fault, "a sound key")
}

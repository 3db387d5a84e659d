//! Signature algorithm and hash (AN12642 section 6; RFC 5280 sections 4.1.1.2 and 4.1.2.3).

use crate::details::signature_algorithm;
use crate::finding::{Severity, Verdict};
use crate::inspection::Inspection;
use crate::rules::{Check, Rule};
use el2g_x509::decoded::certificate::Algorithm;
use el2g_x509::decoded::element::{hex, tag};

const FIX: &str =
    "sign again with `el2g ca sign --hash sha256` (or sha384), or `openssl x509 -req … -sha256`";

/// RSA PKCS#1 v1.5 or ECDSA.
pub(super) static ALLOWED: Rule = Rule {
    id: "signature-algorithm-allowed",
    severity: Severity::Error,
    section: "AN12642 6, Signature Algorithm",
    summary: "The signature is RSA PKCS#1 v1.5 or ECDSA (no PSS, DSA or EdDSA).",
    fix: FIX,
    check: Check::Certificate(allowed),
};

/// SHA-256 or SHA-384.
pub(super) static HASH: Rule = Rule {
    id: "signature-hash-allowed",
    severity: Severity::Error,
    section: "AN12642 6, Signature Hash Algorithm",
    summary: "The hash of the signature is SHA-256 or SHA-384.",
    fix: FIX,
    check: Check::Certificate(hash),
};

/// Inner and outer algorithm are the same.
pub(super) static CONSISTENT: Rule = Rule {
    id: "signature-algorithm-consistent",
    severity: Severity::Error,
    section: "RFC 5280 4.1.1.2",
    summary: "The algorithm inside the signed part and the one beside the signature are the same bytes.",
    fix: FIX,
    check: Check::Certificate(consistent),
};

/// The parameters are those of the algorithm.
pub(super) static PARAMETERS: Rule = Rule {
    id: "signature-algorithm-parameters",
    severity: Severity::Error,
    section: "RFC 5758 3.2, RFC 4055 5",
    summary: "ECDSA algorithms have no parameters, RSA ones none but NULL.",
    fix: FIX,
    check: Check::Certificate(parameters),
};

/// RSA spells the NULL out.
pub(super) static RSA_NULL: Rule = Rule {
    id: "signature-algorithm-rsa-null",
    severity: Severity::Warning,
    section: "RFC 4055 5",
    summary: "RSA signature algorithms carry the parameter NULL.",
    fix: FIX,
    check: Check::Certificate(rsa_null),
};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    Rsa,
    Ecdsa,
}

/// Signature algorithms that differ from the allowed ones in the hash alone, or not at all.
const KNOWN: &[(&[u8], Family, bool)] = &[
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 2], Family::Rsa, false), // MD2
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 4], Family::Rsa, false), // MD5
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 5], Family::Rsa, false), // SHA-1
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11], Family::Rsa, true), // SHA-256
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 12], Family::Rsa, true), // SHA-384
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 13], Family::Rsa, false), // SHA-512
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 14], Family::Rsa, false), // SHA-224
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 1], Family::Ecdsa, false),        // SHA-1
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 1], Family::Ecdsa, false),     // SHA-224
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2], Family::Ecdsa, true),      // SHA-256
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 3], Family::Ecdsa, true),      // SHA-384
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 4], Family::Ecdsa, false),     // SHA-512
];

fn known(algorithm: &Algorithm<'_>) -> Option<(Family, bool)> {
    KNOWN.iter().find(|(oid, ..)| *oid == algorithm.oid).map(|(_, family, hash)| (*family, *hash))
}

fn allowed(inspection: &Inspection<'_>) -> Verdict {
    let algorithm = &inspection.certificate().outer_algorithm;
    match known(algorithm) {
        Some(_) => Verdict::Kept,
        None => Verdict::broken(
            "the signature algorithm is not allowed",
            signature_algorithm(algorithm),
            "SHA256withRSA, SHA384withRSA, SHA256withECDSA or SHA384withECDSA",
        ),
    }
}

fn hash(inspection: &Inspection<'_>) -> Verdict {
    let algorithm = &inspection.certificate().outer_algorithm;
    match known(algorithm) {
        None => Verdict::NotApplicable,
        Some((_, true)) => Verdict::Kept,
        Some((_, false)) => Verdict::broken(
            "the hash of the signature is not allowed",
            signature_algorithm(algorithm),
            "SHA-256 or SHA-384",
        ),
    }
}

fn consistent(inspection: &Inspection<'_>) -> Verdict {
    let certificate = inspection.certificate();
    let (inner, outer) = (&certificate.inner_algorithm, &certificate.outer_algorithm);
    if inner.whole == outer.whole {
        return Verdict::Kept;
    }
    let found = if inner.oid == outer.oid {
        format!("{} inside, {} outside", hex(inner.whole), hex(outer.whole))
    } else {
        format!("{} inside, {} outside", signature_algorithm(inner), signature_algorithm(outer))
    };
    Verdict::broken("the two signature algorithms differ", found, "the same bytes twice")
}

fn parameters(inspection: &Inspection<'_>) -> Verdict {
    let algorithm = &inspection.certificate().outer_algorithm;
    let Some((family, _)) = known(algorithm) else { return Verdict::NotApplicable };
    match (family, &algorithm.parameters) {
        (Family::Ecdsa, None) | (Family::Rsa, None) => Verdict::Kept,
        (Family::Rsa, Some(parameters)) if parameters.tag == tag::NULL => Verdict::Kept,
        (Family::Ecdsa, Some(parameters)) => Verdict::broken(
            "the ECDSA algorithm has parameters",
            hex(&parameters.whole[..parameters.whole.len().min(16)]),
            "none",
        ),
        (Family::Rsa, Some(parameters)) => Verdict::broken(
            "the RSA algorithm has parameters other than NULL",
            hex(&parameters.whole[..parameters.whole.len().min(16)]),
            "NULL",
        ),
    }
}

fn rsa_null(inspection: &Inspection<'_>) -> Verdict {
    let algorithm = &inspection.certificate().outer_algorithm;
    match (known(algorithm), algorithm.parameters) {
        (Some((Family::Rsa, _)), None) => {
            Verdict::broken("the RSA algorithm lacks its NULL", "no parameters", "NULL")
        }
        _ => Verdict::Kept,
    }
}

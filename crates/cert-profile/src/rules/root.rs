//! The root itself (RFC 5280 sections 4.2.1 and 6.1).

use el2g_x509::KeyAlgorithm;

use super::chain;
use super::issued::{in_force, key_identifier};
use crate::details::{self, integer};
use crate::finding::{Severity, Verdict};
use crate::inspection::{Known, RootInspection};
use crate::name_comparison;
use crate::rules::{Check, Rule};

const FIX: &str = "check that the file is the root's certificate; else take a root that may sign intermediates (`el2g ca root` makes one for pilots)";

/// It is a CA.
pub(super) static CA: Rule = Rule {
    id: "root-ca",
    severity: Severity::Error,
    section: "RFC 5280 4.2.1.9",
    summary: "The root's basicConstraints say that it is a CA.",
    fix: FIX,
    check: Check::Root(ca),
};

/// It may sign certificates.
pub(super) static KEY_USAGE: Rule = Rule {
    id: "root-key-usage",
    severity: Severity::Error,
    section: "RFC 5280 4.2.1.3",
    summary: "The root's keyUsage, where there is one, allows signing certificates.",
    fix: FIX,
    check: Check::Root(key_usage),
};

/// A CA may stand below it.
pub(super) static PATH_LENGTH: Rule = Rule {
    id: "root-path-length",
    severity: Severity::Error,
    section: "RFC 5280 4.2.1.9",
    summary: "The root's path length, where there is one, allows an intermediate (1 or more).",
    fix: FIX,
    check: Check::Root(path_length),
};

/// It is in force.
pub(super) static IN_FORCE: Rule = Rule {
    id: "root-in-force",
    severity: Severity::Error,
    section: "RFC 5280 6.1.3 (a)(2)",
    summary: "The root is valid at the time of the check.",
    fix: FIX,
    check: Check::Root(|inspection| in_force(inspection.root.facts.decoded, inspection.at, "root")),
};

/// No critical extension is unknown.
pub(super) static CRITICAL_KNOWN: Rule = Rule {
    id: "root-critical-extensions-known",
    severity: Severity::Error,
    section: "RFC 5280 4.2",
    summary: "The root has no critical extension that verifiers do not know.",
    fix: FIX,
    check: Check::Root(|inspection| chain::critical_known(inspection.root.facts.decoded)),
};

/// It names itself as its issuer.
pub(super) static SELF_ISSUED: Rule = Rule {
    id: "root-self-issued",
    severity: Severity::Warning,
    section: "RFC 5280 3.2",
    summary: "The root's issuer is its subject, and its authority key identifier, where there is one, its own.",
    fix: "hand in the root itself: this certificate was issued by another CA",
    check: Check::Root(self_issued),
};

/// It signed itself.
pub(super) static SELF_SIGNED: Rule = Rule {
    id: "root-self-signature",
    severity: Severity::Warning,
    section: "RFC 5280 3.2",
    summary: "The self-issued root's signature verifies with its own key.",
    fix: "fetch the root again from its owner: file and key do not belong together",
    check: Check::Root(self_signature),
};

/// Its key is strong enough.
pub(super) static KEY_STRENGTH: Rule = Rule {
    id: "root-key-strength",
    severity: Severity::Warning,
    section: "NIST SP 800-57 5.6",
    summary: "The root's key is RSA of at least 2048 bits, P-256, P-384 or P-521.",
    fix: "plan a root with a stronger key",
    check: Check::Root(key_strength),
};

fn ca(inspection: &RootInspection<'_>) -> Verdict {
    match &inspection.root.facts.basic_constraints {
        Known::Present { value, .. } if value.is_ca() => Verdict::Kept,
        Known::Present { .. } => Verdict::broken("the root is not a CA", "cA FALSE", "cA TRUE"),
        Known::Absent => Verdict::broken("the root is not a CA", "no basicConstraints", "cA TRUE"),
        Known::Broken => Verdict::NotApplicable,
    }
}

fn key_usage(inspection: &RootInspection<'_>) -> Verdict {
    match inspection.root.facts.key_usage.value() {
        Some(usage) if !usage.key_cert_sign() => {
            Verdict::broken("the root may not sign certificates", usage.describe(), "keyCertSign")
        }
        _ => Verdict::Kept,
    }
}

fn path_length(inspection: &RootInspection<'_>) -> Verdict {
    let constraints = inspection.root.facts.basic_constraints.value();
    let Some(octets) = constraints.and_then(|constraints| constraints.path_length) else {
        return Verdict::Kept;
    };
    let negative = octets.first().is_some_and(|first| first & 0x80 != 0);
    if negative || octets.iter().all(|octet| *octet == 0) {
        Verdict::broken(
            "the root's path length allows no intermediate",
            integer(octets),
            "absent, or 1 or more",
        )
    } else {
        Verdict::Kept
    }
}

fn is_self_issued(inspection: &RootInspection<'_>) -> bool {
    let root = inspection.root.facts.decoded;
    name_comparison::equal(&root.issuer, &root.subject)
}

fn self_issued(inspection: &RootInspection<'_>) -> Verdict {
    let root = inspection.root.facts.decoded;
    if is_self_issued(inspection) {
        // An authority key identifier of its own must not point elsewhere.
        return match key_identifier(&inspection.root.facts, inspection.root) {
            Verdict::NotApplicable => Verdict::Kept,
            verdict @ (Verdict::Kept | Verdict::Broken(_) | Verdict::NotChecked(_)) => verdict,
        };
    }
    Verdict::broken(
        "the root was issued by another CA",
        details::name(&root.issuer),
        details::name(&root.subject),
    )
}

fn self_signature(inspection: &RootInspection<'_>) -> Verdict {
    if !is_self_issued(inspection) {
        return Verdict::NotApplicable;
    }
    chain::verify(inspection.root, inspection.root.facts.decoded)
}

fn key_strength(inspection: &RootInspection<'_>) -> Verdict {
    let wanted = inspection.parameters.root_rsa_bits;
    let found = match inspection.root.key() {
        Ok(key) => match key.algorithm() {
            KeyAlgorithm::NistP256 | KeyAlgorithm::NistP384 | KeyAlgorithm::NistP521 => {
                return Verdict::Kept;
            }
            algorithm if algorithm.rsa_bits().is_some_and(|bits| bits >= wanted) => {
                return Verdict::Kept;
            }
            algorithm => algorithm.to_string(),
        },
        Err(why) => why,
    };
    Verdict::broken(
        "the root's key is weak or unusual",
        found,
        format!("RSA of {wanted} bits or more, P-256, P-384 or P-521"),
    )
}

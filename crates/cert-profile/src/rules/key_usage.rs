//! Key usage (AN12642 section 6; RFC 5280 section 4.2.1.3).

use crate::finding::{Severity, Verdict};
use crate::inspection::{Inspection, Known};
use crate::rules::{Check, Rule};

const FIX: &str = "sign again with `el2g ca sign`, or put `keyUsage=critical,keyCertSign,cRLSign` into the file `openssl x509 -extfile` reads";

/// It is there.
pub(super) static PRESENT: Rule = Rule {
    id: "key-usage-present",
    severity: Severity::Error,
    section: "AN12642 6, Key Usage",
    summary: "The certificate has keyUsage.",
    fix: FIX,
    check: Check::Certificate(present),
};

/// It is critical.
pub(super) static CRITICAL: Rule = Rule {
    id: "key-usage-critical",
    severity: Severity::Error,
    section: "AN12642 6, Key Usage",
    summary: "keyUsage is marked critical.",
    fix: FIX,
    check: Check::Certificate(critical),
};

/// It allows signing certificates.
pub(super) static CERT_SIGN: Rule = Rule {
    id: "key-usage-cert-sign",
    severity: Severity::Error,
    section: "AN12642 6, Key Usage",
    summary: "keyUsage allows signing certificates (keyCertSign).",
    fix: FIX,
    check: Check::Certificate(cert_sign),
};

/// It allows signing revocation lists.
pub(super) static CRL_SIGN: Rule = Rule {
    id: "key-usage-crl-sign",
    severity: Severity::Note,
    section: "RFC 5280 4.2.1.3",
    summary: "keyUsage allows signing revocation lists (cRLSign).",
    fix: FIX,
    check: Check::Certificate(crl_sign),
};

fn present(inspection: &Inspection<'_>) -> Verdict {
    match inspection.facts.key_usage {
        Known::Absent if inspection.extensions_are_empty() => Verdict::NotApplicable,
        Known::Absent => Verdict::broken("there is no keyUsage", "absent", "present"),
        Known::Present { .. } | Known::Broken => Verdict::Kept,
    }
}

fn critical(inspection: &Inspection<'_>) -> Verdict {
    match inspection.facts.key_usage {
        Known::Present { critical: false, .. } => {
            Verdict::broken("keyUsage is not critical", "not critical", "critical")
        }
        Known::Present { .. } => Verdict::Kept,
        Known::Absent | Known::Broken => Verdict::NotApplicable,
    }
}

fn cert_sign(inspection: &Inspection<'_>) -> Verdict {
    match inspection.facts.key_usage.value() {
        Some(usage) if !usage.key_cert_sign() => {
            Verdict::broken("keyCertSign is not set", usage.describe(), "keyCertSign")
        }
        Some(_) => Verdict::Kept,
        None => Verdict::NotApplicable,
    }
}

fn crl_sign(inspection: &Inspection<'_>) -> Verdict {
    match inspection.facts.key_usage.value() {
        Some(usage) if !usage.crl_sign() && usage.key_cert_sign() => Verdict::broken(
            "cRLSign is not set: the intermediate could never sign a revocation list",
            usage.describe(),
            "keyCertSign, cRLSign",
        ),
        Some(_) => Verdict::Kept,
        None => Verdict::NotApplicable,
    }
}

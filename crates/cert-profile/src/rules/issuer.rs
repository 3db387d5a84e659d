//! Issuer and authority key identifier (AN12642 section 6; RFC 5280 sections 4.1.2.4, 4.2.1.1 and 7.1).

use crate::details;
use crate::finding::{Breach, Severity, Verdict};
use crate::inspection::{Inspection, Known, NO_ROOT};
use crate::name_comparison;
use crate::rules::{Check, Rule};
use el2g_x509::decoded::element::hex;

const FIX: &str =
    "sign again under this root: `el2g ca sign --root-cert ROOT` takes the issuer's bytes from it";

/// The issuer is the root.
pub(super) static MATCHES_ROOT: Rule = Rule {
    id: "issuer-matches-root",
    severity: Severity::Error,
    section: "AN12642 6, Issuer",
    summary: "The issuer equals the root's subject as a whole (RFC 5280 section 7.1).",
    fix: FIX,
    check: Check::Certificate(matches_root),
};

/// The issuer is the root, byte for byte.
pub(super) static BYTES_KEPT: Rule = Rule {
    id: "issuer-bytes-match-root",
    severity: Severity::Warning,
    section: "RFC 5280 4.1.2.6",
    summary: "The issuer is the root's subject byte for byte: same string types, case and spaces.",
    fix: FIX,
    check: Check::Certificate(bytes_kept),
};

/// The authority key identifier is the root's.
pub(super) static KEY_IDENTIFIER: Rule = Rule {
    id: "authority-key-identifier-matches-root",
    severity: Severity::Error,
    section: "RFC 5280 4.2.1.1",
    summary: "The authority key identifier, where there is one, names the root's key.",
    fix: FIX,
    check: Check::Certificate(key_identifier),
};

/// The issuer-and-serial form is the root's.
pub(super) static ISSUER_AND_SERIAL: Rule = Rule {
    id: "authority-issuer-serial-matches-root",
    severity: Severity::Error,
    section: "RFC 5280 4.2.1.1",
    summary: "The authority's issuer and serial number, where given, are the root's own issuer and serial number.",
    fix: FIX,
    check: Check::Certificate(issuer_and_serial),
};

fn matches_root(inspection: &Inspection<'_>) -> Verdict {
    let Some(root) = inspection.root else { return Verdict::NotChecked(NO_ROOT) };
    let issuer = &inspection.certificate().issuer;
    if name_comparison::equal(issuer, root.subject()) {
        Verdict::Kept
    } else {
        Verdict::broken(
            "the issuer is not the root's subject",
            details::name(issuer),
            details::name(root.subject()),
        )
    }
}

fn bytes_kept(inspection: &Inspection<'_>) -> Verdict {
    let Some(root) = inspection.root else { return Verdict::NotChecked(NO_ROOT) };
    let (issuer, subject) = (&inspection.certificate().issuer, root.subject());
    if issuer.whole == subject.whole || !name_comparison::equal(issuer, subject) {
        return Verdict::Kept;
    }
    Verdict::broken(
        "the issuer equals the root's subject but was encoded again",
        hex(issuer.whole),
        hex(subject.whole),
    )
}

fn key_identifier(inspection: &Inspection<'_>) -> Verdict {
    let authority = match &inspection.facts.authority_key_identifier {
        Known::Present { value, .. } => value,
        Known::Absent | Known::Broken => return Verdict::NotApplicable,
    };
    let Some(found) = authority.key_identifier else { return Verdict::NotApplicable };
    let Some(root) = inspection.root else { return Verdict::NotChecked(NO_ROOT) };
    let (expected, origin) = match &root.facts.subject_key_identifier {
        Known::Present { value: [], .. } => {
            return Verdict::NotChecked("the root's subject key identifier is empty");
        }
        Known::Present { value, .. } => (value.to_vec(), "the root's subject key identifier"),
        Known::Broken => {
            return Verdict::NotChecked("the root's subject key identifier does not decode");
        }
        Known::Absent => {
            let sha1 = aws_lc_rs::digest::digest(
                &aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY,
                root.facts.decoded.key.key.octets,
            );
            if sha1.as_ref() != found {
                return Verdict::NotChecked(
                    "the root has no subject key identifier, and the authority key identifier is not the SHA-1 of its key",
                );
            }
            (sha1.as_ref().to_vec(), "the SHA-1 of the root's key")
        }
    };
    if expected == found {
        Verdict::Kept
    } else {
        Verdict::broken(
            "the authority key identifier is not the root's",
            hex(found),
            format!("{} ({origin})", hex(&expected)),
        )
    }
}

fn issuer_and_serial(inspection: &Inspection<'_>) -> Verdict {
    let authority = match &inspection.facts.authority_key_identifier {
        Known::Present { value, .. } if value.issuer.is_some() || value.serial.is_some() => value,
        Known::Absent | Known::Present { .. } | Known::Broken => return Verdict::NotApplicable,
    };
    let Some(root) = inspection.root else { return Verdict::NotChecked(NO_ROOT) };
    let root = root.facts.decoded;
    let mut breaches = Vec::new();
    if let Some(name) = authority.issuer_name()
        && !name_comparison::equal_der(name, &root.issuer)
    {
        breaches.push(Breach::new(
            "the authority's issuer is not the root's issuer",
            details::name_der(name),
            details::name(&root.issuer),
        ));
    }
    if let Some(serial) = authority.serial
        && Some(serial) != root.serial
    {
        breaches.push(Breach::new(
            "the authority's serial number is not the root's",
            hex(serial),
            root.serial.map(hex).unwrap_or_default(),
        ));
    }
    Verdict::from_breaches(breaches)
}

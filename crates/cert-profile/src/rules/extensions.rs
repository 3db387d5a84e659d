//! Further extensions (RFC 5280 section 4.2.1): what is prudent, not what section 6 asks.

use crate::details::{integer, name_der};
use crate::finding::{Breach, Severity, Verdict};
use crate::inspection::{Inspection, Known};
use crate::rules::{Check, Rule};
use el2g_x509::decoded::element::{describe_tag, preview};
use el2g_x509::decoded::extensions::{
    Extension, NameConstraints, Subtree, extended_key_usage, oid, policy_constraints,
};
use el2g_x509::decoded::names::dotted;

const KEY_IDENTIFIER_FIX: &str = "sign again with `el2g ca sign`, or put `subjectKeyIdentifier=hash` and `authorityKeyIdentifier=keyid` into the file `openssl x509 -extfile` reads";

/// The subject's key has an identifier.
pub(super) static SUBJECT_KEY_PRESENT: Rule = Rule {
    id: "subject-key-identifier-present",
    severity: Severity::Warning,
    section: "RFC 5280 4.2.1.2",
    summary: "The certificate has a subject key identifier.",
    fix: KEY_IDENTIFIER_FIX,
    check: Check::Certificate(|inspection| match inspection.facts.subject_key_identifier {
        Known::Absent if inspection.extensions_are_empty() => Verdict::NotApplicable,
        Known::Absent => Verdict::broken("there is no subject key identifier", "absent", "present"),
        Known::Present { .. } | Known::Broken => Verdict::Kept,
    }),
};

/// The identifier is not empty.
pub(super) static SUBJECT_KEY_NOT_EMPTY: Rule = Rule {
    id: "subject-key-identifier-not-empty",
    severity: Severity::Warning,
    section: "RFC 5280 4.2.1.2",
    summary: "The subject key identifier has content.",
    fix: KEY_IDENTIFIER_FIX,
    check: Check::Certificate(|inspection| match inspection.facts.subject_key_identifier {
        Known::Present { value: [], .. } => Verdict::broken(
            "the subject key identifier is empty",
            "0 octets",
            "20 octets, as a rule the SHA-1 of the key",
        ),
        Known::Absent | Known::Present { .. } | Known::Broken => Verdict::Kept,
    }),
};

/// The identifier is not critical.
pub(super) static SUBJECT_KEY_NOT_CRITICAL: Rule = Rule {
    id: "subject-key-identifier-not-critical",
    severity: Severity::Warning,
    section: "RFC 5280 4.2.1.2",
    summary: "The subject key identifier is not critical.",
    fix: KEY_IDENTIFIER_FIX,
    check: Check::Certificate(|inspection| not_critical(&inspection.facts.subject_key_identifier)),
};

/// The issuer's key is identified.
pub(super) static AUTHORITY_KEY_PRESENT: Rule = Rule {
    id: "authority-key-identifier-present",
    severity: Severity::Warning,
    section: "RFC 5280 4.2.1.1",
    summary: "The certificate has an authority key identifier with a key identifier in it.",
    fix: KEY_IDENTIFIER_FIX,
    check: Check::Certificate(|inspection| match &inspection.facts.authority_key_identifier {
        Known::Absent if inspection.extensions_are_empty() => Verdict::NotApplicable,
        Known::Absent => {
            Verdict::broken("there is no authority key identifier", "absent", "present")
        }
        Known::Present { value, .. } if value.key_identifier.is_none() => Verdict::broken(
            "the authority key identifier holds no key identifier",
            if value.issuer.is_some() { "issuer and serial number alone" } else { "nothing" },
            "the root's key identifier",
        ),
        Known::Present { .. } | Known::Broken => Verdict::Kept,
    }),
};

/// The authority key identifier is not critical.
pub(super) static AUTHORITY_KEY_NOT_CRITICAL: Rule = Rule {
    id: "authority-key-identifier-not-critical",
    severity: Severity::Warning,
    section: "RFC 5280 4.2.1.1",
    summary: "The authority key identifier is not critical.",
    fix: KEY_IDENTIFIER_FIX,
    check: Check::Certificate(|inspection| {
        not_critical(&inspection.facts.authority_key_identifier)
    }),
};

/// Device certificates are allowed below it.
pub(super) static EXTENDED_KEY_USAGE: Rule = Rule {
    id: "extended-key-usage-client",
    severity: Severity::Warning,
    section: "RFC 5280 4.2.1.12",
    summary: "extKeyUsage, where there is one, allows client authentication, which device certificates are for.",
    fix: "leave extKeyUsage out of the intermediate, or add clientAuth",
    check: Check::Certificate(extended_key_usage_client),
};

/// Names below it are free.
pub(super) static NAME_CONSTRAINTS: Rule = Rule {
    id: "name-constraints-absent",
    severity: Severity::Warning,
    section: "RFC 5280 4.2.1.10",
    summary: "No name constraints limit the device certificates below it.",
    fix: "leave nameConstraints out, or check that the service's device names fit them",
    check: Check::Certificate(name_constraints),
};

/// Policies below it are free.
pub(super) static POLICY_CONSTRAINTS: Rule = Rule {
    id: "policy-constraints-absent",
    severity: Severity::Warning,
    section: "RFC 5280 4.2.1.11",
    summary: "No policy constraints limit the device certificates below it.",
    fix: "leave policyConstraints and inhibitAnyPolicy out: the service's device certificates carry no policy",
    check: Check::Certificate(policy_constraints_absent),
};

/// No unique identifiers.
pub(super) static UNIQUE_IDENTIFIERS: Rule = Rule {
    id: "unique-identifiers-absent",
    severity: Severity::Warning,
    section: "RFC 5280 4.1.2.8",
    summary: "The certificate has no issuer or subject unique identifier.",
    fix: "sign again without unique identifiers",
    check: Check::Certificate(unique_identifiers),
};

fn not_critical<T>(extension: &Known<T>) -> Verdict {
    match extension {
        Known::Present { critical: true, .. } => {
            Verdict::broken("the key identifier is critical", "critical", "not critical")
        }
        Known::Absent | Known::Present { .. } | Known::Broken => Verdict::Kept,
    }
}

/// Content octets of id-kp-clientAuth and anyExtendedKeyUsage.
const CLIENT_AUTH: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 2];
const ANY_PURPOSE: &[u8] = &[0x55, 0x1d, 0x25, 0x00];

fn extended_key_usage_client(inspection: &Inspection<'_>) -> Verdict {
    let Some(extension) = inspection.certificate().extension(oid::EXTENDED_KEY_USAGE) else {
        return Verdict::Kept;
    };
    match extended_key_usage(extension.value) {
        Ok(purposes) if !purposes.iter().any(|one| [CLIENT_AUTH, ANY_PURPOSE].contains(one)) => {
            Verdict::broken(
                "extKeyUsage forbids client authentication to the device certificates below",
                purposes.iter().map(|purpose| dotted(purpose)).collect::<Vec<_>>().join(", "),
                "absent, clientAuth (1.3.6.1.5.5.7.3.2) or any purpose (2.5.29.37.0)",
            )
        }
        _ => Verdict::Kept,
    }
}

fn name_constraints(inspection: &Inspection<'_>) -> Verdict {
    let Some(extension) = inspection.certificate().extension(oid::NAME_CONSTRAINTS) else {
        return Verdict::Kept;
    };
    let Ok(constraints) = NameConstraints::read(extension.value) else {
        return Verdict::NotApplicable;
    };
    let list = |subtrees: &[Subtree<'_>]| {
        let bases = subtrees.iter().map(|subtree| general_name(&subtree.base));
        bases.collect::<Vec<_>>().join(", ")
    };
    let mut breaches = Vec::new();
    if !constraints.permitted.is_empty() {
        breaches.push(Breach::new(
            "names below it are allowed in these subtrees only, for these kinds of name",
            list(&constraints.permitted),
            "no name constraints",
        ));
    }
    if !constraints.excluded.is_empty() {
        breaches.push(Breach::new(
            "names below it are forbidden in these subtrees",
            list(&constraints.excluded),
            "no name constraints",
        ));
    }
    Verdict::from_breaches(breaches)
}

/// A GeneralName in words.
fn general_name(name: &el2g_x509::decoded::element::Element<'_>) -> String {
    let text = || String::from_utf8_lossy(name.content).into_owned();
    match name.tag {
        0x81 => format!("mail {}", text()),
        0x82 => format!("DNS {}", text()),
        0x86 => format!("URI {}", text()),
        0x87 => format!("address {}", preview(name.content)),
        0xa4 => format!("directory {}", name_der(name.content)),
        other => format!("{} {}", describe_tag(other), preview(name.content)),
    }
}

fn policy_constraints_absent(inspection: &Inspection<'_>) -> Verdict {
    let certificate = inspection.certificate();
    let mut breaches = Vec::new();
    if let Some(Ok([require, inhibit])) = certificate
        .extension(oid::POLICY_CONSTRAINTS)
        .map(|extension: &Extension<'_>| policy_constraints(extension.value))
    {
        for (count, what) in [
            (require, "certificates below it need an acceptable policy"),
            (inhibit, "policy mapping is forbidden below it"),
        ] {
            if let Some(count) = count {
                breaches.push(Breach::new(
                    what,
                    format!("after {} more certificates", integer(count)),
                    "no policy constraints",
                ));
            }
        }
    }
    if certificate.extension(oid::INHIBIT_ANY_POLICY).is_some() {
        breaches.push(Breach::new(
            "the policy anyPolicy is forbidden below it",
            "inhibitAnyPolicy",
            "no policy constraints",
        ));
    }
    Verdict::from_breaches(breaches)
}

fn unique_identifiers(inspection: &Inspection<'_>) -> Verdict {
    let certificate = inspection.certificate();
    let breaches =
        [("issuer", certificate.issuer_unique_id), ("subject", certificate.subject_unique_id)]
            .into_iter()
            .filter_map(|(whose, id)| {
                let id = id?;
                Some(Breach::new(
                    format!("there is a unique identifier of the {whose}"),
                    preview(id.content),
                    "absent",
                ))
            })
            .collect();
    Verdict::from_breaches(breaches)
}

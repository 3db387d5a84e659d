//! Verification certificates: proof that one holds a CA's key (AN12642 section 4.6.7; the clouds' own pages, named with
//! their addresses in `cloud_ca`, which has the rules about the CA).

use super::cloud_ca::{AWS, AWS_ALGORITHMS, CLOUDS, cloud_name, is_taken};
use super::issued::{
    both, in_force, issued_by, key_identifier, not_a_ca, signed_by, sound_extensions,
};
use super::{chain, encoding};
use crate::details;
use crate::finding::{Severity, Verdict};
use crate::inspection::{Cloud, VerificationInspection};
use crate::rules::{Check, Rule};
use el2g_x509::decoded::element::preview;
use el2g_x509::decoded::names::{Attribute, oid};
use el2g_x509::decoded::strict;

const WHOSE: &str = "verification certificate";
const FIX: &str = "have it made again with the code as the cloud shows it now: `el2g intermediate-ca prove --code CODE`";

/// The bytes are DER.
pub(super) static STRICT_DER: Rule = Rule {
    id: "verification-strict-der",
    severity: Severity::Error,
    section: "X.690 10, 11",
    summary: "Encoding the verification certificate again gives the same bytes.",
    fix: FIX,
    check: Check::Verification(strict_der),
};

/// The CA issued it.
pub(super) static ISSUER: Rule = Rule {
    id: "verification-issuer-matches-ca",
    severity: Severity::Error,
    section: "RFC 5280 6.1.3 (a)(4)",
    summary: "The issuer equals the CA's subject (RFC 5280 section 7.1).",
    fix: FIX,
    check: Check::Verification(|inspection| {
        issued_by(inspection.facts.decoded, inspection.ca, WHOSE)
    }),
};

/// The CA signed it.
pub(super) static SIGNATURE: Rule = Rule {
    id: "verification-signature-verifies",
    severity: Severity::Error,
    section: "RFC 5280 6.1.3 (a)(1)",
    summary: "The signature verifies with the CA's key.",
    fix: FIX,
    check: Check::Verification(|inspection| signed_by(inspection.facts.decoded, inspection.ca)),
};

/// One common name.
pub(super) static SINGLE_COMMON_NAME: Rule = Rule {
    id: "verification-single-common-name",
    severity: Severity::Error,
    section: AWS,
    summary: "The subject has exactly one common name.",
    fix: FIX,
    check: Check::Verification(single_common_name),
};

/// The common name is the code.
pub(super) static CODE: Rule = Rule {
    id: "verification-common-name-is-code",
    severity: Severity::Error,
    section: AWS,
    summary: "The common name is the code, byte for byte.",
    fix: FIX,
    check: Check::Verification(common_name_is_code),
};

/// The code fits into a common name.
pub(super) static LENGTH: Rule = Rule {
    id: "verification-common-name-length",
    severity: Severity::Error,
    section: "RFC 5280 A.1",
    summary: "The common name has at most 64 characters.",
    fix: FIX,
    check: Check::Verification(common_name_length),
};

/// It is in force.
pub(super) static IN_FORCE: Rule = Rule {
    id: "verification-in-force",
    severity: Severity::Error,
    section: "RFC 5280 6.1.3 (a)(2)",
    summary: "The verification certificate is valid at the time of the check.",
    fix: FIX,
    check: Check::Verification(|inspection| {
        in_force(inspection.facts.decoded, inspection.at, WHOSE)
    }),
};

/// The clouds know the algorithm.
pub(super) static ALGORITHM: Rule = Rule {
    id: "verification-signature-algorithm",
    severity: Severity::Error,
    section: AWS_ALGORITHMS,
    summary: "The signature is SHA-256, SHA-384 or SHA-512 with RSA, RSASSA-PSS or ECDSA.",
    fix: FIX,
    check: Check::Verification(algorithm),
};

/// The CA's key is the one meant.
pub(super) static KEY_IDENTIFIER: Rule = Rule {
    id: "verification-authority-key-identifier-matches",
    severity: Severity::Error,
    section: "RFC 5280 4.2.1.1",
    summary: "The authority key identifier, where there is one, is the CA's.",
    fix: FIX,
    check: Check::Verification(|inspection| key_identifier(inspection.facts, inspection.ca)),
};

/// Nothing in it that a verifier must refuse.
pub(super) static CRITICAL_KNOWN: Rule = Rule {
    id: "verification-critical-extensions-known",
    severity: Severity::Error,
    section: "RFC 5280 4.2",
    summary: "Neither the verification certificate nor its CA has a critical extension that verifiers do not know.",
    fix: "ask the issuer to leave the extension out or to mark it not critical",
    check: Check::Verification(|inspection| {
        both(inspection.facts, inspection.ca, chain::critical_known)
    }),
};

/// Extensions can be relied on.
pub(super) static EXTENSIONS: Rule = Rule {
    id: "verification-extensions-well-formed",
    severity: Severity::Error,
    section: "RFC 5280 4.2",
    summary: "Neither the verification certificate nor its CA holds an extension twice, or one that does not decode or says what its standard forbids.",
    fix: FIX,
    check: Check::Verification(|inspection| {
        both(inspection.facts, inspection.ca, sound_extensions)
    }),
};

/// It is not a CA itself.
pub(super) static NOT_CA: Rule = Rule {
    id: "verification-not-a-ca",
    severity: Severity::Warning,
    section: "RFC 5280 4.2.1.9",
    summary: "The verification certificate is not a CA certificate itself.",
    fix: FIX,
    check: Check::Verification(|inspection| not_a_ca(inspection.facts, WHOSE)),
};

/// It has a key of its own.
pub(super) static OWN_KEY: Rule = Rule {
    id: "verification-own-key",
    severity: Severity::Warning,
    section: AWS,
    summary: "The verification certificate carries another key than the CA.",
    fix: FIX,
    check: Check::Verification(own_key),
};

/// Its key is strong enough.
pub(super) static KEY_SIZE: Rule = Rule {
    id: "verification-key-size",
    severity: Severity::Warning,
    section: AWS,
    summary: "An RSA key in the verification certificate has at least 2048 bits.",
    fix: FIX,
    check: Check::Verification(key_size),
};

/// The code looks like the cloud's.
pub(super) static CODE_SHAPE: Rule = Rule {
    id: "verification-code-shape",
    severity: Severity::Warning,
    section: CLOUDS,
    summary: "The code has the shape of the cloud's codes: AWS 64 hex digits, Azure 40 or 48.",
    fix: "copy the code from the cloud's page again, whole",
    check: Check::Verification(code_shape),
};

fn strict_der(inspection: &VerificationInspection<'_>) -> Verdict {
    encoding::der_verdict(strict::certificate(inspection.facts.decoded))
}

/// The common names of the subject.
fn common_names<'a>(inspection: &VerificationInspection<'a>) -> Vec<Attribute<'a>> {
    let subject = inspection.facts.decoded.subject.attributes();
    subject.filter(|attribute| attribute.oid == oid::COMMON_NAME).copied().collect()
}

fn single_common_name(inspection: &VerificationInspection<'_>) -> Verdict {
    match common_names(inspection).len() {
        1 => Verdict::Kept,
        count => Verdict::broken(
            "the subject has not exactly one common name",
            format!("{count} common names in {}", details::name(&inspection.facts.decoded.subject)),
            "one",
        ),
    }
}

fn common_name_is_code(inspection: &VerificationInspection<'_>) -> Verdict {
    let names = common_names(inspection);
    let [name] = names.as_slice() else { return Verdict::NotApplicable };
    let text = el2g_x509::decoded::names::text(name.value.tag, name.value.content);
    if text.as_deref() == Some(inspection.code) {
        return Verdict::Kept;
    }
    let found = name.text();
    let message = if found.trim() == inspection.code.trim() {
        "the common name and the code differ in blanks around them"
    } else if found.eq_ignore_ascii_case(inspection.code) {
        "the common name and the code differ in case"
    } else {
        "the common name is not the code"
    };
    Verdict::broken(message, format!("{found:?}"), format!("{:?}", inspection.code))
}

fn common_name_length(inspection: &VerificationInspection<'_>) -> Verdict {
    let longest =
        common_names(inspection).iter().map(|name| name.text().chars().count()).max().unwrap_or(0);
    if longest <= 64 {
        Verdict::Kept
    } else {
        Verdict::broken(
            "the common name is too long",
            format!("{longest} characters"),
            "64 characters or fewer",
        )
    }
}

fn algorithm(inspection: &VerificationInspection<'_>) -> Verdict {
    let algorithm = &inspection.facts.decoded.outer_algorithm;
    if is_taken(algorithm) {
        Verdict::Kept
    } else {
        Verdict::broken(
            "the clouds do not take this signature algorithm",
            details::signature_algorithm(algorithm),
            "SHA-256, SHA-384 or SHA-512 with RSA, RSASSA-PSS or ECDSA",
        )
    }
}

fn own_key(inspection: &VerificationInspection<'_>) -> Verdict {
    let (key, ca_key) = (&inspection.facts.decoded.key.key, &inspection.ca.facts.decoded.key.key);
    if key.octets == ca_key.octets {
        Verdict::broken(
            "the verification certificate carries the CA's own key",
            preview(key.octets),
            "a key of its own",
        )
    } else {
        Verdict::Kept
    }
}

fn key_size(inspection: &VerificationInspection<'_>) -> Verdict {
    let Ok(key) = inspection.facts.decoded.key.public_key() else {
        return Verdict::NotChecked("the verification certificate's key does not decode");
    };
    match key.algorithm().rsa_bits() {
        Some(bits) if bits < 2048 => {
            Verdict::broken("the RSA key is short", format!("{bits} bits"), "2048 bits or more")
        }
        _ => Verdict::Kept,
    }
}

fn code_shape(inspection: &VerificationInspection<'_>) -> Verdict {
    let code = inspection.code;
    if code.chars().count() > 64 {
        return Verdict::NotApplicable;
    }
    let (lengths, allowed): (&[usize], &str) = match inspection.cloud {
        Some(Cloud::Aws) => (&[64], "64 hex digits"),
        Some(Cloud::Azure) => (&[40, 48], "40 or 48 hex digits"),
        None => (&[40, 48, 64], "64 hex digits (AWS), 40 or 48 (Azure)"),
    };
    let hex = code.bytes().all(|octet| octet.is_ascii_hexdigit());
    if hex && lengths.contains(&code.len()) {
        return Verdict::Kept;
    }
    let whose = inspection.cloud.map_or("AWS or Azure", cloud_name);
    let what = if hex { "" } else { ", not all of them hex digits" };
    Verdict::broken(
        format!("the code does not look like one of {whose}"),
        format!("{} characters{what}", code.chars().count()),
        allowed,
    )
}

//! Device certificates (AN12642 sections 4.5.11 and 4.5.12): leaf -> intermediate -> root (RFC 5280 section 6.1), and
//! the look of those that the service issues.

use std::ops::Not as _;

use super::issued::{CA, in_force, issued_by, key_identifier, may_not_issue, not_a_ca, signed_by};
use crate::details;
use crate::finding::{Severity, Verdict};
use crate::inspection::{DeviceInspection, Known, NO_ROOT, Signer};
use crate::rules::{Check, Rule};
use el2g_x509::decoded::certificate::Decoded;
use el2g_x509::decoded::element::hex;
use el2g_x509::decoded::extensions::{extended_key_usage, oid as extension_oid};
use el2g_x509::decoded::names::oid;

pub(super) mod soundness;

const DOWNLOAD: &str = "download both again: `el2g provisioning certificate` and `el2g provisioning intermediate-ca` with the same provisioning id";
const OTHER_ROOT: &str = "name the root that signed this intermediate; `openssl x509 -noout -issuer -in FILE` says which";
const ISSUED: &str = "EdgeLock 2GO, certificates as issued";
const AS_ISSUED: &str =
    "nothing, when the service issued it; else find out where the certificate comes from";

/// The intermediate is the issuer.
pub(super) static ISSUER: Rule = Rule {
    id: "device-issuer-matches-intermediate",
    severity: Severity::Error,
    section: "RFC 5280 6.1.3 (a)(4)",
    summary: "The device certificate's issuer equals the intermediate's subject (RFC 5280 section 7.1).",
    fix: DOWNLOAD,
    check: Check::Device(issuer),
};

/// The intermediate's key is the one meant.
pub(super) static KEY_IDENTIFIER: Rule = Rule {
    id: "device-authority-key-identifier-matches",
    severity: Severity::Error,
    section: "RFC 5280 4.2.1.1",
    summary: "The device certificate's authority key identifier, where it has one, is the intermediate's.",
    fix: DOWNLOAD,
    check: Check::Device(|inspection| key_identifier(inspection.facts, inspection.intermediate)),
};

/// The intermediate signed it.
pub(super) static SIGNATURE: Rule = Rule {
    id: "device-signature-verifies",
    severity: Severity::Error,
    section: "RFC 5280 6.1.3 (a)(1)",
    summary: "The device certificate's signature verifies with the intermediate's key.",
    fix: DOWNLOAD,
    check: Check::Device(|inspection| verified(inspection.facts.decoded, inspection.intermediate)),
};

/// The device certificate is in force.
pub(super) static IN_FORCE: Rule = Rule {
    id: "device-in-force",
    severity: Severity::Error,
    section: "RFC 5280 6.1.3 (a)(2)",
    summary: "The device certificate is in force at the time of the check.",
    fix: "have it issued again: provision the secure object again, then download the certificate",
    check: Check::Device(|inspection| {
        in_force(inspection.facts.decoded, inspection.at, "device certificate")
    }),
};

/// The device certificate ends with its issuer.
pub(super) static WITHIN_INTERMEDIATE: Rule = Rule {
    id: "device-within-intermediate",
    severity: Severity::Warning,
    section: "RFC 5280 6.1.3 (a)(2)",
    summary: "The device certificate does not outlive its intermediate (the service issues such all the same).",
    fix: "have an intermediate that lives longer signed before this one ends: `el2g ca sign --days N`",
    check: Check::Device(within_intermediate),
};

/// The intermediate may issue.
pub(super) static INTERMEDIATE_CA: Rule = Rule {
    id: "device-intermediate-ca",
    severity: Severity::Error,
    section: "RFC 5280 6.1.4 (k), (n)",
    summary: "The intermediate is a CA and may sign certificates.",
    fix: "name the intermediate that 4.5.12 hands out: `el2g provisioning intermediate-ca`; `el2g cert check` checks it in full",
    check: Check::Device(intermediate_ca),
};

/// The intermediate is in force.
pub(super) static INTERMEDIATE_IN_FORCE: Rule = Rule {
    id: "device-intermediate-in-force",
    severity: Severity::Error,
    section: "RFC 5280 6.1.3 (a)(2)",
    summary: "The intermediate is in force at the time of the check.",
    fix: "sign a new intermediate (`el2g ca sign`) and provision again",
    check: Check::Device(|inspection| {
        in_force(inspection.intermediate.facts.decoded, inspection.at, "intermediate")
    }),
};

/// The root issued the intermediate.
pub(super) static INTERMEDIATE_ISSUER: Rule = Rule {
    id: "device-intermediate-issuer-matches-root",
    severity: Severity::Error,
    section: "RFC 5280 6.1.3 (a)(4)",
    summary: "The intermediate's issuer equals the root's subject (RFC 5280 section 7.1).",
    fix: OTHER_ROOT,
    check: Check::Device(|inspection| {
        let Some(root) = inspection.root else { return Verdict::NotChecked(NO_ROOT) };
        issued_by(inspection.intermediate.facts.decoded, root, "intermediate")
    }),
};

/// The root's key is the one meant.
pub(super) static INTERMEDIATE_KEY_IDENTIFIER: Rule = Rule {
    id: "device-intermediate-authority-key-identifier-matches",
    severity: Severity::Error,
    section: "RFC 5280 4.2.1.1",
    summary: "The intermediate's authority key identifier, where it has one, is the root's.",
    fix: OTHER_ROOT,
    check: Check::Device(|inspection| {
        let Some(root) = inspection.root else { return Verdict::NotChecked(NO_ROOT) };
        key_identifier(&inspection.intermediate.facts, root)
    }),
};

/// The root signed the intermediate.
pub(super) static INTERMEDIATE_SIGNATURE: Rule = Rule {
    id: "device-intermediate-signature-verifies",
    severity: Severity::Error,
    section: "RFC 5280 6.1.3 (a)(1)",
    summary: "The intermediate's signature verifies with the root's key.",
    fix: OTHER_ROOT,
    check: Check::Device(|inspection| {
        let Some(root) = inspection.root else { return Verdict::NotChecked(NO_ROOT) };
        verified(inspection.intermediate.facts.decoded, root)
    }),
};

/// A device is not a CA.
pub(super) static NOT_CA: Rule = Rule {
    id: "device-not-a-ca",
    severity: Severity::Warning,
    section: "RFC 5280 4.2.1.9",
    summary: "The device certificate is not a CA certificate.",
    fix: "look whether an intermediate was named in the device certificate's place",
    check: Check::Device(|inspection| not_a_ca(inspection.facts, "device certificate")),
};

/// A device signs.
pub(super) static KEY_USAGE: Rule = Rule {
    id: "device-key-usage",
    severity: Severity::Warning,
    section: ISSUED,
    summary: "keyUsage of the device certificate is critical and has digitalSignature.",
    fix: AS_ISSUED,
    check: Check::Device(key_usage),
};

/// A device is a client.
pub(super) static EXTENDED_KEY_USAGE: Rule = Rule {
    id: "device-extended-key-usage-client",
    severity: Severity::Warning,
    section: ISSUED,
    summary: "extKeyUsage of the device certificate has clientAuth.",
    fix: AS_ISSUED,
    check: Check::Device(client),
};

/// The common name has the service's form.
pub(super) static COMMON_NAME: Rule = Rule {
    id: "device-common-name-form",
    severity: Severity::Note,
    section: ISSUED,
    summary: "The common name ends in a device's 16 hex digits and a number of 4, as `prefix-0123456789abcdef-0001`.",
    fix: AS_ISSUED,
    check: Check::Device(common_name),
};

/// The serial number has the service's form.
pub(super) static SERIAL_NUMBER: Rule = Rule {
    id: "device-serial-number-form",
    severity: Severity::Note,
    section: ISSUED,
    summary: "The serial number is the common name's 64-bit id and a counter of 32 bits.",
    fix: AS_ISSUED,
    check: Check::Device(serial_number),
};

/// The service writes no key identifiers.
pub(super) static KEY_IDENTIFIERS: Rule = Rule {
    id: "device-key-identifiers-absent",
    severity: Severity::Note,
    section: ISSUED,
    summary: "The device certificate has neither subject nor authority key identifier, as the service issues it.",
    fix: AS_ISSUED,
    check: Check::Device(key_identifiers),
};

fn issuer(inspection: &DeviceInspection<'_>) -> Verdict {
    let by = |issuer| issued_by(inspection.facts.decoded, issuer, "device certificate");
    match (by(inspection.intermediate), inspection.root) {
        (Verdict::Broken(_), Some(root)) if by(root) == Verdict::Kept => Verdict::broken(
            "the device certificate was issued by the root itself, not by the intermediate",
            details::name(&inspection.facts.decoded.issuer),
            details::name(inspection.intermediate.subject()),
        ),
        (verdict, _) => verdict,
    }
}

/// Signed by `issuer`. An algorithm that is not verified here holds no chain up: nothing else asks for one of a list.
fn verified(certificate: &Decoded<'_>, issuer: &Signer<'_>) -> Verdict {
    match signed_by(certificate, issuer) {
        Verdict::NotChecked(_) => Verdict::broken(
            "the signature cannot be verified here",
            details::signature_algorithm(&certificate.outer_algorithm),
            "SHA-256, SHA-384 or SHA-512 with ECDSA or RSA",
        ),
        verdict @ (Verdict::Kept | Verdict::NotApplicable | Verdict::Broken(_)) => verdict,
    }
}

fn within_intermediate(inspection: &DeviceInspection<'_>) -> Verdict {
    let intermediate = &inspection.intermediate.facts.decoded;
    match (inspection.facts.decoded.not_after.instant, intermediate.not_after.instant) {
        (Some(end), Some(issuer_end)) if end > issuer_end => Verdict::broken(
            "the device certificate outlives its intermediate",
            format!("valid to {end}"),
            format!("{issuer_end} or earlier"),
        ),
        _ => Verdict::Kept,
    }
}

fn intermediate_ca(inspection: &DeviceInspection<'_>) -> Verdict {
    match may_not_issue(&inspection.intermediate.facts) {
        Some(found) => Verdict::broken("the intermediate is not a CA", found, CA),
        None => Verdict::Kept,
    }
}

fn key_usage(inspection: &DeviceInspection<'_>) -> Verdict {
    const DIGITAL_SIGNATURE: usize = 0;
    let found = match &inspection.facts.key_usage {
        Known::Broken => return Verdict::NotApplicable,
        Known::Absent => "no keyUsage".to_owned(),
        Known::Present { value, critical } => {
            if value.has(DIGITAL_SIGNATURE) && *critical {
                return Verdict::Kept;
            }
            format!("{}{}", value.describe(), if *critical { "" } else { ", not critical" })
        }
    };
    Verdict::broken("keyUsage is not what a device needs", found, "critical, digitalSignature")
}

fn client(inspection: &DeviceInspection<'_>) -> Verdict {
    /// clientAuth and anyExtendedKeyUsage, content octets.
    const CLIENT: [&[u8]; 2] = [&[0x2b, 6, 1, 5, 5, 7, 3, 2], &[0x55, 0x1d, 0x25, 0]];
    let certificate = &inspection.facts.decoded;
    let found = match certificate.extension(extension_oid::EXTENDED_KEY_USAGE) {
        None => "no extKeyUsage".to_owned(),
        Some(extension) => match extended_key_usage(extension.value) {
            Err(_) => return Verdict::NotApplicable,
            Ok(purposes) if purposes.iter().any(|purpose| CLIENT.contains(purpose)) => {
                return Verdict::Kept;
            }
            Ok(purposes) => format!("{} other purposes", purposes.len()),
        },
    };
    Verdict::broken("the device certificate is not for TLS clients", found, "clientAuth")
}

/// The id and the number at the end of a common name `<prefix>-%016x-%04x`.
fn id_and_number(name: &str) -> Option<(u64, u64)> {
    let hex_of = |text: &str, digits: usize| {
        let is_hex = text.bytes().all(|octet| matches!(octet, b'0'..=b'9' | b'a'..=b'f'));
        (text.len() == digits && is_hex).then(|| u64::from_str_radix(text, 16).ok()).flatten()
    };
    let (rest, number) = name.rsplit_once('-')?;
    let (prefix, id) = rest.rsplit_once('-')?;
    prefix.is_empty().not().then_some(())?;
    Some((hex_of(id, 16)?, hex_of(number, 4)?))
}

fn common_name_text(inspection: &DeviceInspection<'_>) -> Option<String> {
    let mut names = inspection.facts.decoded.subject.attributes();
    names.find(|name| name.oid == oid::COMMON_NAME).map(|name| name.text().into_owned())
}

fn common_name(inspection: &DeviceInspection<'_>) -> Verdict {
    let found = common_name_text(inspection);
    if found.as_deref().and_then(id_and_number).is_some() {
        return Verdict::Kept;
    }
    Verdict::broken(
        "the common name is not of the service's form",
        found.unwrap_or_else(|| "no common name".to_owned()),
        "prefix-0123456789abcdef-0001",
    )
}

fn serial_number(inspection: &DeviceInspection<'_>) -> Verdict {
    let Some((id, _)) = common_name_text(inspection).as_deref().and_then(id_and_number) else {
        return Verdict::NotApplicable;
    };
    let Some(serial) = inspection.facts.decoded.serial else { return Verdict::NotApplicable };
    let octets = serial.iter().position(|octet| *octet != 0).map_or(&[][..], |at| &serial[at..]);
    let mut number = [0; 12];
    if octets.len() <= number.len() {
        number[12 - octets.len()..].copy_from_slice(octets);
        if number[..8] == id.to_be_bytes() {
            return Verdict::Kept;
        }
    }
    Verdict::broken(
        "the serial number does not begin with the common name's id",
        hex(serial),
        format!("{} and 8 hex digits", hex(&id.to_be_bytes())),
    )
}

fn key_identifiers(inspection: &DeviceInspection<'_>) -> Verdict {
    let mut there = Vec::new();
    if !matches!(inspection.facts.subject_key_identifier, Known::Absent) {
        there.push("subjectKeyIdentifier");
    }
    // One that names another key is a fault of its own.
    let foreign =
        matches!(key_identifier(inspection.facts, inspection.intermediate), Verdict::Broken(_));
    if !foreign && !matches!(inspection.facts.authority_key_identifier, Known::Absent) {
        there.push("authorityKeyIdentifier");
    }
    if there.is_empty() {
        return Verdict::Kept;
    }
    Verdict::broken(
        "it has key identifiers, which the service leaves out",
        there.join(", "),
        "none",
    )
}

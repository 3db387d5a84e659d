//! Serial number (AN12642 section 6; RFC 5280 section 4.1.2.2).

use crate::details::integer;
use crate::finding::{Severity, Verdict};
use crate::inspection::Inspection;
use crate::rules::{Check, Rule};

const FIX: &str = "sign again with `el2g ca sign` (159 random bits), or `openssl x509 -req … -set_serial 0x$(openssl rand -hex 19)`";

/// There is a serial number.
pub(super) static PRESENT: Rule = Rule {
    id: "serial-number-present",
    severity: Severity::Error,
    section: "AN12642 6, Serial Number",
    summary: "The certificate has a serial number.",
    fix: FIX,
    check: Check::Certificate(present),
};

/// It is positive.
pub(super) static POSITIVE: Rule = Rule {
    id: "serial-number-positive",
    severity: Severity::Error,
    section: "RFC 5280 4.1.2.2",
    summary: "The serial number is greater than zero.",
    fix: FIX,
    check: Check::Certificate(positive),
};

/// It is short enough.
pub(super) static LENGTH: Rule = Rule {
    id: "serial-number-length",
    severity: Severity::Error,
    section: "RFC 5280 4.1.2.2",
    summary: "The serial number takes at most 20 octets, its sign octet included.",
    fix: FIX,
    check: Check::Certificate(length),
};

/// It is long enough to be random.
pub(super) static ENTROPY: Rule = Rule {
    id: "serial-number-entropy",
    severity: Severity::Note,
    section: "RFC 5280 4.1.2.2",
    summary: "The serial number is long enough to be random (64 bits).",
    fix: FIX,
    check: Check::Certificate(entropy),
};

const MOST_OCTETS: usize = 20;

fn present(inspection: &Inspection<'_>) -> Verdict {
    match inspection.certificate().serial {
        None => Verdict::broken("there is no serial number", "no INTEGER", "an INTEGER"),
        Some([]) => Verdict::broken("the serial number is empty", "0 octets", "1 to 20 octets"),
        Some(_) => Verdict::Kept,
    }
}

fn positive(inspection: &Inspection<'_>) -> Verdict {
    match inspection.certificate().serial {
        None | Some([]) => Verdict::NotApplicable,
        Some(octets) if octets[0] & 0x80 != 0 => {
            Verdict::broken("the serial number is negative", integer(octets), "greater than zero")
        }
        Some(octets) if octets.iter().all(|octet| *octet == 0) => {
            Verdict::broken("the serial number is zero", "0", "greater than zero")
        }
        Some(_) => Verdict::Kept,
    }
}

fn length(inspection: &Inspection<'_>) -> Verdict {
    match inspection.certificate().serial {
        Some(octets) if octets.len() > MOST_OCTETS => Verdict::broken(
            "the serial number is too long",
            format!("{} octets", octets.len()),
            "at most 20 octets",
        ),
        _ => Verdict::Kept,
    }
}

fn entropy(inspection: &Inspection<'_>) -> Verdict {
    let wanted = inspection.parameters.serial_bits;
    let Some(octets) = inspection.certificate().serial else { return Verdict::NotApplicable };
    let Some(first) = octets.iter().position(|octet| *octet != 0) else {
        return Verdict::NotApplicable;
    };
    if octets[0] & 0x80 != 0 {
        return Verdict::NotApplicable;
    }
    let octets = &octets[first..];
    let bits = u32::try_from(octets.len()).unwrap_or(u32::MAX / 8) * 8 - octets[0].leading_zeros();
    if bits >= wanted {
        Verdict::Kept
    } else {
        Verdict::broken(
            "the serial number is too short to be random",
            format!("{bits} bits"),
            format!("{wanted} bits or more"),
        )
    }
}

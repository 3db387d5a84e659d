//! The input itself, before there is a certificate to look at.

use crate::finding::{Severity, Verdict};
use crate::inspection::InputFault;
use crate::rules::{Check, Rule};

/// There is a certificate.
pub(super) static CERTIFICATE: Rule = Rule {
    id: "input-certificate",
    severity: Severity::Fatal,
    section: "RFC 7468 5",
    summary: "Every block of the input is one certificate, in PEM or DER.",
    fix: "hand in the certificate file itself; `openssl x509 -in FILE` prints the certificate block of a mixed file",
    check: Check::Input(certificate),
};

/// The certificate decodes.
pub(super) static DECODES: Rule = Rule {
    id: "encoding-decodes",
    severity: Severity::Fatal,
    section: "RFC 5280 4.1",
    summary: "The bytes have the structure of a certificate.",
    fix: "fetch the certificate again: it was cut short or changed, or it never was one",
    check: Check::Input(decodes),
};

/// Nothing stands behind it.
pub(super) static NOTHING_TRAILING: Rule = Rule {
    id: "encoding-nothing-trailing",
    severity: Severity::Fatal,
    section: "X.690 8.1.1",
    summary: "No byte stands behind the certificate.",
    fix: "cut the bytes behind the certificate off; `openssl x509 -in FILE` writes the certificate alone",
    check: Check::Input(nothing_trailing),
};

/// The input needed no repair.
pub(super) static PLAIN: Rule = Rule {
    id: "input-plain",
    severity: Severity::Note,
    section: "RFC 7468 2",
    summary: "The input is plain PEM or DER and needed no repair.",
    fix: "`el2g pem unescape` writes the plain form",
    check: Check::Input(plain),
};

fn certificate(fault: &InputFault) -> Verdict {
    match fault {
        InputFault::NoCertificate { found } => Verdict::broken(
            "there is no certificate",
            found.clone(),
            "a CERTIFICATE block in PEM, or one certificate in DER",
        ),
        _ => Verdict::NotApplicable,
    }
}

fn decodes(fault: &InputFault) -> Verdict {
    match fault {
        InputFault::Undecodable { what, found, offset } => Verdict::broken(
            format!("{what} does not decode at byte {offset}"),
            found.clone(),
            "the structure of RFC 5280 section 4.1",
        ),
        _ => Verdict::NotApplicable,
    }
}

fn nothing_trailing(fault: &InputFault) -> Verdict {
    match fault {
        InputFault::Trailing { decoded, trailing } => Verdict::broken(
            format!("bytes stand behind the certificate, which ends at byte {decoded}"),
            format!("{trailing} bytes"),
            "none",
        ),
        _ => Verdict::NotApplicable,
    }
}

fn plain(fault: &InputFault) -> Verdict {
    match fault {
        InputFault::Normalised { notes } => Verdict::broken(
            "the input was put in order before it was read",
            notes.join("; "),
            "PEM with line feeds and nothing around it, or DER",
        ),
        _ => Verdict::NotApplicable,
    }
}

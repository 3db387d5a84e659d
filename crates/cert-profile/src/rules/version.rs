//! Version (AN12642 section 6; RFC 5280 section 4.1.2.1).

use crate::details;
use crate::finding::{Severity, Verdict};
use crate::inspection::Inspection;
use crate::rules::{Check, Rule};

/// The version is 3.
pub(super) static V3: Rule = Rule {
    id: "version-v3",
    severity: Severity::Error,
    section: "AN12642 6, Version",
    summary: "The certificate is an X.509 v3 certificate.",
    fix: "sign again with `el2g ca sign`, or with `openssl x509 -req … -extfile FILE`: extensions make it v3",
    check: Check::Certificate(v3),
};

fn v3(inspection: &Inspection<'_>) -> Verdict {
    let certificate = inspection.certificate();
    let found = match certificate.version_number() {
        Some(2) => return Verdict::Kept,
        Some(number) => format!("v{}", u16::from(number) + 1),
        None => format!("INTEGER {}", details::integer(certificate.version.unwrap_or(&[]))),
    };
    Verdict::broken("the version is not 3", found, "v3 (the INTEGER 2)")
}

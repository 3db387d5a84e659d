//! Basic constraints (AN12642 section 6; RFC 5280 section 4.2.1.9).

use crate::details::integer;
use crate::finding::{Severity, Verdict};
use crate::inspection::{Inspection, Known};
use crate::rules::{Check, Rule};

const FIX: &str = "sign again with `el2g ca sign`, or put `basicConstraints=critical,CA:TRUE,pathlen:0` into the file `openssl x509 -extfile` reads";

/// They are there.
pub(super) static PRESENT: Rule = Rule {
    id: "basic-constraints-present",
    severity: Severity::Error,
    section: "AN12642 6, Basic Constraint",
    summary: "The certificate has basicConstraints.",
    fix: FIX,
    check: Check::Certificate(present),
};

/// They are critical.
pub(super) static CRITICAL: Rule = Rule {
    id: "basic-constraints-critical",
    severity: Severity::Error,
    section: "AN12642 6, Basic Constraint",
    summary: "basicConstraints is marked critical.",
    fix: FIX,
    check: Check::Certificate(critical),
};

/// The subject is a CA.
pub(super) static CA: Rule = Rule {
    id: "basic-constraints-ca",
    severity: Severity::Error,
    section: "AN12642 6, Basic Constraint",
    summary: "basicConstraints says that the subject is a CA.",
    fix: FIX,
    check: Check::Certificate(ca),
};

/// The path length is 0.
pub(super) static PATH_LENGTH: Rule = Rule {
    id: "basic-constraints-path-length",
    severity: Severity::Error,
    section: "AN12642 6, Basic Constraint",
    summary: "basicConstraints limits the path length to exactly 0.",
    fix: FIX,
    check: Check::Certificate(path_length),
};

fn present(inspection: &Inspection<'_>) -> Verdict {
    match inspection.facts.basic_constraints {
        Known::Absent if inspection.extensions_are_empty() => Verdict::NotApplicable,
        Known::Absent => Verdict::broken("there is no basicConstraints", "absent", "present"),
        Known::Present { .. } | Known::Broken => Verdict::Kept,
    }
}

fn critical(inspection: &Inspection<'_>) -> Verdict {
    match inspection.facts.basic_constraints {
        Known::Present { critical: false, .. } => {
            Verdict::broken("basicConstraints is not critical", "not critical", "critical")
        }
        Known::Present { .. } => Verdict::Kept,
        Known::Absent | Known::Broken => Verdict::NotApplicable,
    }
}

fn ca(inspection: &Inspection<'_>) -> Verdict {
    match inspection.facts.basic_constraints.value() {
        Some(constraints) if !constraints.is_ca() => {
            Verdict::broken("the subject is not a CA", "cA FALSE", "cA TRUE")
        }
        Some(_) => Verdict::Kept,
        None => Verdict::NotApplicable,
    }
}

fn path_length(inspection: &Inspection<'_>) -> Verdict {
    let Some(constraints) = inspection.facts.basic_constraints.value() else {
        return Verdict::NotApplicable;
    };
    match constraints.path_length {
        Some(_) if constraints.path_length_is_zero() => Verdict::Kept,
        Some(octets) => Verdict::broken("the path length is not 0", integer(octets), "0"),
        // RFC 5280 allows a path length in CA certificates alone; the fault is then that it is not one.
        None if !constraints.is_ca() => Verdict::NotApplicable,
        None => Verdict::broken("there is no path length", "no pathLenConstraint", "0"),
    }
}

//! Name constraints of the CAs above a certificate (RFC 5280 sections 4.2.1.10 and 6.1.3 (b), (c)).

use el2g_x509::{ConstrainedNames, NameConstraintError, NameConstraints};

use super::issued::issued_by;
use crate::finding::{Severity, Verdict};
use crate::inspection::{DeviceInspection, Inspection, NO_ROOT, Signer, VerificationInspection};
use crate::rules::{Check, Rule};
use el2g_x509::decoded::certificate::Decoded;
use el2g_x509::decoded::extensions::{self, oid};

const SECTION: &str = "RFC 5280 4.2.1.10, 6.1.3 (b), (c)";
const OTHER_NAMES: &str = "order the request with names that the constraints allow, or sign with a CA that has none: \
                           `openssl x509 -noout -ext nameConstraints -in CA` shows them";

/// The root allows the intermediate's names.
pub(super) static OF_ROOT: Rule = Rule {
    id: "name-constraints-of-root",
    severity: Severity::Error,
    section: SECTION,
    summary: "The certificate's names keep to the root's name constraints, where it has any.",
    fix: OTHER_NAMES,
    check: Check::Certificate(of_root),
};

/// Both CAs allow the device's names.
pub(super) static DEVICE: Rule = Rule {
    id: "device-name-constraints",
    severity: Severity::Error,
    section: SECTION,
    summary: "The device certificate's names keep to the name constraints of its intermediate and its root.",
    fix: "have an intermediate without nameConstraints signed: `el2g ca sign`; the service chooses the names of devices",
    check: Check::Device(device),
};

/// The root allows the names of the intermediate of a device.
pub(super) static DEVICE_INTERMEDIATE: Rule = Rule {
    id: "device-intermediate-name-constraints",
    severity: Severity::Error,
    section: SECTION,
    summary: "The intermediate's names keep to the root's name constraints, where it has any.",
    fix: OTHER_NAMES,
    check: Check::Device(device_intermediate),
};

/// The CA allows the verification certificate's names.
pub(super) static VERIFICATION: Rule = Rule {
    id: "verification-name-constraints",
    severity: Severity::Error,
    section: SECTION,
    summary: "The verification certificate's names keep to the CA's name constraints, where it has any.",
    fix: "prove possession of a CA without nameConstraints: the code as the only name does not fit them",
    check: Check::Verification(verification),
};

/// Where a certificate stands in its path.
#[derive(Clone, Copy)]
enum Place {
    End,
    /// It issues the next one.
    Between,
}

fn of_root(inspection: &Inspection<'_>) -> Verdict {
    let Some(root) = inspection.root else { return Verdict::NotChecked(NO_ROOT) };
    kept(inspection.certificate(), "certificate", Place::End, root)
}

fn device(inspection: &DeviceInspection<'_>) -> Verdict {
    let judge = |issuer| kept(inspection.facts.decoded, "device certificate", Place::End, issuer);
    match (judge(inspection.intermediate), inspection.root) {
        (Verdict::Kept, Some(root)) => judge(root),
        (Verdict::Kept, None) => Verdict::NotChecked(NO_ROOT),
        (verdict, _) => verdict,
    }
}

fn device_intermediate(inspection: &DeviceInspection<'_>) -> Verdict {
    let Some(root) = inspection.root else { return Verdict::NotChecked(NO_ROOT) };
    let intermediate = inspection.intermediate;
    // RFC 5280 section 6.1.3 (b): a self-issued certificate in the middle of a path need not keep to them.
    if issued_by(intermediate.facts.decoded, intermediate, "intermediate") == Verdict::Kept {
        return Verdict::Kept;
    }
    kept(intermediate.facts.decoded, "intermediate", Place::Between, root)
}

fn verification(inspection: &VerificationInspection<'_>) -> Verdict {
    kept(inspection.facts.decoded, "verification certificate", Place::End, inspection.ca)
}

/// Does the certificate keep to the constraints of one CA above it? `whose` names the certificate.
fn kept(certificate: &Decoded<'_>, whose: &str, place: Place, issuer: &Signer<'_>) -> Verdict {
    let Some(extension) = issuer.facts.decoded.extension(oid::NAME_CONSTRAINTS) else {
        return Verdict::Kept;
    };
    let alternative = certificate.extension(oid::SUBJECT_ALT_NAME);
    // What does not decode at all is the fault of the extension's own rule.
    let unsound =
        |extension: &extensions::Extension<'_>| extensions::well_formed(extension).is_err();
    if unsound(extension) || alternative.is_some_and(unsound) {
        return Verdict::NotApplicable;
    }
    let constraints = match NameConstraints::from_der(extension.value) {
        Ok(constraints) => constraints,
        Err(error) => {
            return Verdict::broken(
                "the name constraints cannot be checked",
                error.to_string(),
                "subtrees of RFC 5280, in DER",
            );
        }
    };
    let alternative = alternative.map(|extension| extension.value);
    let names = match place {
        Place::End => ConstrainedNames::of_end(&certificate.subject, alternative),
        Place::Between => ConstrainedNames::of_issuer(&certificate.subject, alternative),
    };
    match names.and_then(|names| constraints.check(&names)) {
        Ok(()) => Verdict::Kept,
        Err(error) => broken(error, whose),
    }
}

fn broken(error: NameConstraintError, whose: &str) -> Verdict {
    match error {
        NameConstraintError::NotPermitted { name, permitted } => Verdict::broken(
            format!("a name of the {whose} is in none of the permitted subtrees"),
            name,
            permitted,
        ),
        NameConstraintError::Excluded { name, excluded } => Verdict::broken(
            format!("a name of the {whose} is in an excluded subtree"),
            name,
            format!("names outside of {excluded}"),
        ),
        NameConstraintError::Incomparable { name, reason } => Verdict::broken(
            format!("a name of the {whose} cannot be compared with the name constraints: {reason}"),
            name,
            "no name of a form that is constrained and cannot be compared",
        ),
    }
}

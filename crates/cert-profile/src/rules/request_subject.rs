//! The subject of a certification request: a certificate takes it over as it stands (AN12642 section 6, Subject).

use super::names;
use super::request::FIX;
use crate::finding::{Breach, Severity, Verdict};
use crate::inspection::RequestInspection;
use crate::rules::{Check, Rule};
use el2g_x509::decoded::names::NameParts;

/// The subject has the structure of a name, and its strings hold what their types allow.
pub(super) static SOUND: Rule = Rule {
    id: "request-subject-sound",
    severity: Severity::Error,
    section: "RFC 5280 4.1.2.4, X.680 41.4",
    summary: "The subject is a sequence of sets with an attribute each; its strings decode, hold only characters of their ASN.1 type and no NUL.",
    fix: FIX,
    check: Check::Request(sound),
};

/// The subject names somebody.
pub(super) static NOT_EMPTY: Rule = Rule {
    id: "request-subject-not-empty",
    severity: Severity::Error,
    section: "RFC 5280 4.1.2.6",
    summary: "The subject has an attribute: a CA certificate needs a subject.",
    fix: FIX,
    check: Check::Request(not_empty),
};

fn sound(inspection: &RequestInspection<'_>) -> Verdict {
    let subject = &inspection.request.subject;
    let name = match &subject.parts {
        Ok(name) => name,
        Err(fault) => {
            return Verdict::broken(
                format!("{} of the request's subject does not decode", fault.what),
                fault.found.clone(),
                "a sequence of sets of (type, value)",
            );
        }
    };
    let mut breaches: Vec<Breach> = name
        .attributes
        .iter()
        .filter_map(|attribute| {
            let breach = names::unsound(attribute)?;
            let message = format!("in the subject's {}: {}", attribute.label(), breach.message);
            Some(Breach { message: message.into(), ..breach })
        })
        .take(names::MOST_BREACHES)
        .collect();
    if let Some(rdn) = name.empty_rdn {
        breaches.push(Breach::new(
            format!("relative name {} of the subject is empty", rdn + 1),
            "no attribute",
            "one attribute or more",
        ));
    }
    // Legal and yet no name that can be taken over: a value that is an EXTERNAL, say, or a type beyond 2.47.
    if breaches.is_empty()
        && let Err(error) = subject.name()
    {
        breaches.push(Breach::new(
            "the request's subject cannot be read",
            error.to_string(),
            "attributes that are strings",
        ));
    }
    Verdict::from_breaches(breaches)
}

fn not_empty(inspection: &RequestInspection<'_>) -> Verdict {
    match &inspection.request.subject.parts {
        Ok(NameParts { attributes, rdns: 0, .. }) if attributes.is_empty() => Verdict::broken(
            "the request's subject is empty",
            "no attribute",
            "one attribute or more",
        ),
        _ => Verdict::Kept,
    }
}

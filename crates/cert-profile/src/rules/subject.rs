//! Subject against the request's (AN12642 section 6; RFC 5280 section 7.1).

use el2g_x509::{Attribute, Name};

use crate::details;
use crate::finding::{Breach, Severity, Verdict};
use crate::inspection::{Inspection, NO_REQUEST};
use crate::name_comparison::{self, Pairing};
use crate::rules::{Check, Rule};

const FIX: &str = "sign again with `el2g ca sign`, which takes the subject's bytes from the request; with OpenSSL use `openssl x509 -req`, or `openssl ca -preserveDN` with `policy_anything`";

/// What the request names is there.
pub(super) static CONTAINS_REQUEST: Rule = Rule {
    id: "subject-contains-request",
    severity: Severity::Error,
    section: "AN12642 6, Subject",
    summary: "The subject holds every attribute of the request's subject (RFC 5280 section 7.1).",
    fix: FIX,
    check: Check::Certificate(contains_request),
};

/// Nothing was added.
pub(super) static NO_EXTRA_ATTRIBUTES: Rule = Rule {
    id: "subject-no-extra-attributes",
    severity: Severity::Warning,
    section: "AN12642 6, Subject",
    summary: "The subject holds no attribute that the request does not have.",
    fix: FIX,
    check: Check::Certificate(no_extra_attributes),
};

/// String types and spaces are the request's.
pub(super) static ENCODING_KEPT: Rule = Rule {
    id: "subject-encoding-kept",
    severity: Severity::Warning,
    section: "RFC 5280 4.1.2.6",
    summary: "The subject's values have the string types and spaces of the request's.",
    fix: FIX,
    check: Check::Certificate(encoding_kept),
};

/// Upper and lower case are the request's.
pub(super) static CASE_KEPT: Rule = Rule {
    id: "subject-case-kept",
    severity: Severity::Warning,
    section: "RFC 5280 7.1",
    summary: "The subject's values are written in the case of the request's.",
    fix: FIX,
    check: Check::Certificate(case_kept),
};

/// Order and grouping are the request's.
pub(super) static ORDER_KEPT: Rule = Rule {
    id: "subject-order-kept",
    severity: Severity::Warning,
    section: "RFC 5280 7.1",
    summary: "The subject's attributes stand in the order and grouping of the request's, each as often.",
    fix: FIX,
    check: Check::Certificate(order_kept),
};

/// The two subjects, where they are not the same bytes.
enum Subjects<'a> {
    NotChecked(&'static str),
    Same,
    Differ { certificate: &'a Name, request: &'a Name },
}

fn subjects<'a>(inspection: &Inspection<'a>) -> Subjects<'a> {
    let Some(request) = inspection.request else { return Subjects::NotChecked(NO_REQUEST) };
    let subject = &inspection.certificate().subject;
    if subject.whole == request.subject.whole {
        return Subjects::Same;
    }
    if subject.whole.len().max(request.subject.whole.len()) > name_comparison::LONGEST {
        return Subjects::NotChecked("a name of this length is not taken apart");
    }
    match (subject.name(), request.subject.name()) {
        (Ok(certificate), Ok(request)) => Subjects::Differ { certificate, request },
        (Err(_), _) => Subjects::NotChecked("the subject does not decode"),
        (_, Err(_)) => Subjects::NotChecked("the request's subject does not decode"),
    }
}

/// Runs a rule over two subjects that are not the same bytes.
fn compare(inspection: &Inspection<'_>, judge: fn(&Name, &Name) -> Verdict) -> Verdict {
    match subjects(inspection) {
        Subjects::NotChecked(reason) => Verdict::NotChecked(reason),
        Subjects::Same => Verdict::Kept,
        Subjects::Differ { certificate, request } => judge(certificate, request),
    }
}

fn contains_request(inspection: &Inspection<'_>) -> Verdict {
    if let (Some(request), Subjects::NotChecked(reason)) =
        (inspection.request, subjects(inspection))
    {
        return Verdict::broken(
            format!("the subject cannot be compared with the request's: {reason}"),
            details::name(&inspection.certificate().subject),
            details::name(&request.subject),
        );
    }
    compare(inspection, |certificate, request| {
        let pairing = Pairing::of(certificate, request);
        let another = pairing.replaced.iter().map(|(there, wanted)| {
            let message =
                format!("the subject has another {} than the request", wanted.type_name());
            Breach::new(message, there.to_string(), wanted.to_string())
        });
        let lacking = pairing.missing.iter().map(|wanted| {
            let message = format!("the subject lacks the request's {}", wanted.type_name());
            Breach::new(message, others_of(certificate, wanted), wanted.to_string())
        });
        Verdict::from_breaches(another.chain(lacking).collect())
    })
}

/// The attributes of a type that are there where one is missing.
fn others_of(certificate: &Name, missing: &Attribute) -> String {
    let others: Vec<String> = certificate
        .attributes()
        .filter(|there| there.oid() == missing.oid())
        .map(ToString::to_string)
        .collect();
    if others.is_empty() { "absent".to_owned() } else { format!("{} alone", others.join(", ")) }
}

fn no_extra_attributes(inspection: &Inspection<'_>) -> Verdict {
    compare(inspection, |certificate, request| {
        let breaches = Pairing::of(certificate, request)
            .extra
            .iter()
            .map(|there| {
                let times = if request.attributes().any(|wanted| wanted.matches(there)) {
                    "more often than the request"
                } else {
                    "that the request does not have"
                };
                Breach::new(
                    format!("the subject has a {} {times}", there.type_name()),
                    there.to_string(),
                    "the request's attributes alone",
                )
            })
            .collect();
        Verdict::from_breaches(breaches)
    })
}

/// The value's characters as 7.1 compares them, but for case: spaces folded.
fn folded(attribute: &Attribute) -> Option<String> {
    attribute.text().map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn encoding_kept(inspection: &Inspection<'_>) -> Verdict {
    compare(inspection, |certificate, request| {
        let breaches = Pairing::of(certificate, request)
            .answered
            .into_iter()
            .filter(|(there, wanted)| there.value_der() != wanted.value_der())
            .filter(|(there, wanted)| {
                // Differs in more than case alone.
                there.string_type() != wanted.string_type()
                    || there.text().map(str::to_lowercase) != wanted.text().map(str::to_lowercase)
            })
            .map(|(there, wanted)| {
                let form = |attribute: &Attribute| {
                    let text = attribute.text().unwrap_or_default();
                    let kind = attribute
                        .string_type()
                        .map_or_else(|| "no string".to_owned(), |kind| kind.to_string());
                    format!("{kind} {text:?}")
                };
                Breach::new(
                    format!("{} was encoded again", there.type_name()),
                    form(there),
                    form(wanted),
                )
            })
            .collect();
        Verdict::from_breaches(breaches)
    })
}

fn case_kept(inspection: &Inspection<'_>) -> Verdict {
    compare(inspection, |certificate, request| {
        let breaches = Pairing::of(certificate, request)
            .answered
            .into_iter()
            .filter(|(there, wanted)| {
                // Characters that only compose in another way were encoded again, in the same case.
                let (there, wanted) = (folded(there), folded(wanted));
                there != wanted
                    && there.map(|text| text.to_lowercase())
                        == wanted.map(|text| text.to_lowercase())
            })
            .map(|(there, wanted)| {
                Breach::new(
                    format!("{} is written in another case", there.type_name()),
                    there.to_string(),
                    wanted.to_string(),
                )
            })
            .collect();
        Verdict::from_breaches(breaches)
    })
}

fn order_kept(inspection: &Inspection<'_>) -> Verdict {
    compare(inspection, |certificate, request| {
        let pairing = Pairing::of(certificate, request);
        let mut breaches = Vec::new();
        let mut say = |message: String| {
            breaches.push(Breach::new(message, certificate.to_string(), request.to_string()));
        };
        if pairing.is_reordered(request) {
            say("the subject's attributes stand in another order than the request's".to_owned());
        }
        if pairing.is_regrouped(certificate, request) {
            say("the subject's attributes are grouped into other RDNs than the request's"
                .to_owned());
        }
        for wanted in &pairing.told_once {
            say(format!("the subject has a {} less often than the request", wanted.type_name()));
        }
        Verdict::from_breaches(breaches)
    })
}

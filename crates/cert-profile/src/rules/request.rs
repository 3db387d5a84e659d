//! Certification requests (RFC 2986 section 4; AN12642 sections 4.2.1 and 4.2.2).

use el2g_x509::{KeyAlgorithm, PublicKey, VerifyError};

use crate::details::{self, integer, signature_algorithm};
use crate::finding::{Breach, Severity, Verdict};
use crate::inspection::RequestInspection;
use crate::rules::{Check, Rule, public_key};
use el2g_x509::decoded::extensions::{self, BasicConstraints, KeyUsage, oid};
use el2g_x509::decoded::names::dotted;
use el2g_x509::decoded::request::EXTENSION_REQUEST;
use el2g_x509::decoded::strict;

pub(super) const FIX: &str =
    "fetch the request from the service again (`el2g intermediate-ca csr`)";

/// The PEM label is a request's.
pub(super) static LABEL: Rule = Rule {
    id: "request-pem-label",
    severity: Severity::Error,
    section: "RFC 7468 7",
    summary: "The PEM label is CERTIFICATE REQUEST or NEW CERTIFICATE REQUEST.",
    fix: FIX,
    check: Check::Request(label),
};

/// The request is DER.
pub(super) static STRICT_DER: Rule = Rule {
    id: "request-strict-der",
    severity: Severity::Error,
    section: "X.690 10, 11",
    summary: "Encoding the request again gives the same bytes, and nothing stands behind it.",
    fix: FIX,
    check: Check::Request(strict_der),
};

/// The version is 0.
pub(super) static VERSION: Rule = Rule {
    id: "request-version",
    severity: Severity::Error,
    section: "RFC 2986 4.1",
    summary: "The version of the request is 0 (v1).",
    fix: FIX,
    check: Check::Request(version),
};

/// There is an attributes field.
pub(super) static ATTRIBUTES_PRESENT: Rule = Rule {
    id: "request-attributes-present",
    severity: Severity::Error,
    section: "RFC 2986 4.1",
    summary: "The request has an attributes field, which may be empty.",
    fix: FIX,
    check: Check::Request(attributes_present),
};

/// The key is usable.
pub(super) static KEY_USABLE: Rule = Rule {
    id: "request-key-usable",
    severity: Severity::Error,
    section: "RFC 5480 2.2, RFC 8017 3.1",
    summary: "The request's key is one that can be used: a point on its curve, a sound RSA modulus.",
    fix: FIX,
    check: Check::Request(key_usable),
};

/// The request signed itself.
pub(super) static SIGNATURE: Rule = Rule {
    id: "request-signature-verifies",
    severity: Severity::Error,
    section: "RFC 2986 3",
    summary: "The request's signature verifies with the key in it: its maker holds the private key.",
    fix: FIX,
    check: Check::Request(signature),
};

/// Each attribute once.
pub(super) static ATTRIBUTES_UNIQUE: Rule = Rule {
    id: "request-attributes-unique",
    severity: Severity::Error,
    section: "RFC 2986 4.1, RFC 2985 5.4.2",
    summary: "No attribute and no requested extension is there twice; extensionRequest has one value.",
    fix: FIX,
    check: Check::Request(attributes_unique),
};

/// The algorithm is the one asked for.
pub(super) static ALGORITHM_AS_ORDERED: Rule = Rule {
    id: "request-algorithm-as-ordered",
    severity: Severity::Error,
    section: "AN12642 4.2.1",
    summary: "The key's algorithm is the one asked of the API.",
    fix: FIX,
    check: Check::Request(algorithm_as_ordered),
};

/// Section 6 will take the key.
pub(super) static KEY_ALLOWED: Rule = Rule {
    id: "request-key-allowed",
    severity: Severity::Error,
    section: "AN12642 6, Public key param",
    summary: "The key is one that section 6 allows in the certificate (P-256, unless the rule set admits more).",
    fix: "before the ceremony: create the intermediate CA again with algorithm NIST_P256; section 6 will refuse a certificate for this key",
    check: Check::Request(key_allowed),
};

/// The subject is the one asked for.
pub(super) static SUBJECT_AS_ORDERED: Rule = Rule {
    id: "request-subject-as-ordered",
    severity: Severity::Error,
    section: "AN12642 4.2.1",
    summary: "The subject holds what was asked of the API, and nothing else.",
    fix: FIX,
    check: Check::Request(subject_as_ordered),
};

/// It asks for nothing that the profile forbids.
pub(super) static EXTENSIONS_FIT: Rule = Rule {
    id: "request-extensions-fit",
    severity: Severity::Note,
    section: "AN12642 6",
    summary: "The request asks for no extension that contradicts section 6.",
    fix: "nothing: `el2g ca sign` ignores what contradicts the profile; configure another CA to do the same",
    check: Check::Request(extensions_fit),
};

fn label(inspection: &RequestInspection<'_>) -> Verdict {
    match inspection.label {
        None | Some("CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST") => Verdict::Kept,
        Some(other) => Verdict::broken(
            "the PEM label is not a request's",
            other.to_owned(),
            "CERTIFICATE REQUEST or NEW CERTIFICATE REQUEST",
        ),
    }
}

fn strict_der(inspection: &RequestInspection<'_>) -> Verdict {
    let request = inspection.request;
    let end = request.input.len() - request.trailing;
    let mut breaches: Vec<Breach> =
        strict::value(&request.input[..end]).into_iter().map(Breach::from).collect();
    if request.trailing > 0 {
        breaches.push(Breach::new(
            "bytes stand behind the request",
            format!("{} bytes", request.trailing),
            "none",
        ));
    }
    Verdict::from_breaches(breaches)
}

fn version(inspection: &RequestInspection<'_>) -> Verdict {
    match inspection.request.version {
        [0] => Verdict::Kept,
        other => Verdict::broken("the request's version is not 0", integer(other), "0"),
    }
}

fn attributes_present(inspection: &RequestInspection<'_>) -> Verdict {
    match inspection.request.attributes {
        Some(_) => Verdict::Kept,
        None => Verdict::broken(
            "the request has no attributes field",
            "no element behind the public key",
            "an attributes field ([0]), which may be empty",
        ),
    }
}

fn key<'a>(inspection: &RequestInspection<'a>) -> Result<&'a PublicKey, String> {
    inspection.request.key.public_key().map_err(ToString::to_string)
}

fn key_usable(inspection: &RequestInspection<'_>) -> Verdict {
    let result =
        key(inspection).and_then(|key| key.check_usable().map_err(|error| error.to_string()));
    match result {
        Ok(()) => public_key::point_of(&inspection.request.key),
        Err(why) => Verdict::broken("the request's key is unusable", why, "a usable key"),
    }
}

fn signature(inspection: &RequestInspection<'_>) -> Verdict {
    let request = inspection.request;
    let Ok(key) = key(inspection) else { return Verdict::NotApplicable };
    if key.check_usable().is_err() {
        return Verdict::NotApplicable;
    }
    if request.signature.unused != 0 {
        return Verdict::broken(
            "the request's signature is not whole octets",
            format!("{} unused bits", request.signature.unused),
            "0 unused bits",
        );
    }
    match key.verify(request.algorithm.whole, request.to_be_signed, request.signature.octets) {
        Ok(()) => Verdict::Kept,
        Err(VerifyError::UnsupportedSignature { .. }) => Verdict::broken(
            "the request's signature cannot be verified here",
            signature_algorithm(&request.algorithm),
            "SHA-256, SHA-384 or SHA-512 with ECDSA or RSA",
        ),
        Err(error) => Verdict::broken(
            "the request's signature does not verify",
            error.to_string(),
            "a signature by the request's own key",
        ),
    }
}

fn attributes_unique(inspection: &RequestInspection<'_>) -> Verdict {
    let request = inspection.request;
    let mut breaches = Vec::new();
    let attributes = request.attributes();
    for (index, attribute) in attributes.iter().enumerate() {
        if attributes[..index].iter().any(|other| other.oid == attribute.oid) {
            breaches.push(Breach::new(
                "an attribute is there more than once",
                dotted(attribute.oid),
                "each one once",
            ));
        }
        let values = count(attribute.values);
        if attribute.oid == EXTENSION_REQUEST && values != 1 {
            breaches.push(Breach::new(
                "extensionRequest has not exactly one value",
                format!("{values} values"),
                "one",
            ));
        }
    }
    match request.extensions() {
        Ok(extensions) => {
            let list = &extensions.list;
            for (index, extension) in list.iter().enumerate() {
                if list[..index].iter().any(|other| other.oid == extension.oid) {
                    breaches.push(Breach::new(
                        "an extension is asked for more than once",
                        extension.name(),
                        "each one once",
                    ));
                }
            }
        }
        Err(fault) => breaches.push(Breach::new(
            "the requested extensions do not decode",
            format!("{} in {}", fault.found, fault.what),
            "a sequence of extensions",
        )),
    }
    Verdict::from_breaches(breaches)
}

fn count(set: el2g_x509::decoded::element::Element<'_>) -> usize {
    let mut inside = set.inside();
    let mut count = 0;
    while !inside.rest().is_empty() && inside.next("a value").is_ok() {
        count += 1;
    }
    count
}

/// The key's kind in words.
fn kind(inspection: &RequestInspection<'_>) -> String {
    details::public_key(&inspection.request.key)
}

fn algorithm_as_ordered(inspection: &RequestInspection<'_>) -> Verdict {
    let Some(wanted) = inspection.order.and_then(|order| order.algorithm.as_deref()) else {
        return Verdict::NotChecked("it is not known what was asked of the API");
    };
    let found = key(inspection).ok().and_then(|key| key.algorithm().api_name());
    if found.is_some()
        && found == KeyAlgorithm::from_api_name(wanted).and_then(KeyAlgorithm::api_name)
    {
        Verdict::Kept
    } else {
        let found = found.map_or_else(|| kind(inspection), str::to_owned);
        Verdict::broken("the key is not of the algorithm asked for", found, wanted.to_owned())
    }
}

fn key_allowed(inspection: &RequestInspection<'_>) -> Verdict {
    let admitted = &inspection.parameters.subject_keys;
    match key(inspection) {
        Ok(key) if admitted.contains(&key.algorithm()) => Verdict::Kept,
        Ok(_) => Verdict::broken(
            "the profile does not allow this key: a certificate for it will be refused",
            kind(inspection),
            admitted.iter().filter_map(|one| one.api_name()).collect::<Vec<_>>().join(", "),
        ),
        Err(_) => Verdict::NotApplicable,
    }
}

fn subject_as_ordered(inspection: &RequestInspection<'_>) -> Verdict {
    let Some(order) = inspection.order.filter(|order| !order.subject.is_empty()) else {
        return Verdict::NotChecked("it is not known what was asked of the API");
    };
    let Ok(subject) = inspection.request.subject.name() else {
        return Verdict::broken(
            "the request's subject does not decode",
            details::name(&inspection.request.subject),
            "a distinguished name",
        );
    };
    let found: Vec<(String, String)> = subject
        .attributes()
        .map(|attribute| (attribute.type_name(), attribute.text().unwrap_or_default().to_owned()))
        .collect();
    let mut breaches = Vec::new();
    for wanted in order.subject.iter().filter(|wanted| !found.contains(wanted)) {
        breaches.push(Breach::new(
            format!("the subject lacks the {} that was asked for", wanted.0),
            subject.to_string(),
            format!("{}={}", wanted.0, wanted.1),
        ));
    }
    for extra in found.iter().filter(|there| !order.subject.contains(there)) {
        breaches.push(Breach::new(
            format!("the subject has a {} that was not asked for", extra.0),
            format!("{}={}", extra.0, extra.1),
            "what was asked of the API",
        ));
    }
    Verdict::from_breaches(breaches)
}

fn extensions_fit(inspection: &RequestInspection<'_>) -> Verdict {
    let Ok(extensions) = inspection.request.extensions() else { return Verdict::NotApplicable };
    let breaches = extensions
        .list
        .iter()
        .filter_map(|extension| {
            let contradiction = contradiction(extension)?;
            Some(Breach::new(
                format!(
                    "the requested {} contradicts the profile and is ignored",
                    extension.name()
                ),
                contradiction,
                "basicConstraints CA TRUE with path length 0, keyUsage with keyCertSign",
            ))
        })
        .collect();
    Verdict::from_breaches(breaches)
}

/// What in a requested extension section 6 forbids.
fn contradiction(extension: &extensions::Extension<'_>) -> Option<String> {
    match extension.oid {
        oid::BASIC_CONSTRAINTS => match BasicConstraints::read(extension.value) {
            Ok(constraints) if !constraints.is_ca() => Some("cA FALSE".to_owned()),
            Ok(constraints) => constraints
                .path_length
                .filter(|_| !constraints.path_length_is_zero())
                .map(|octets| format!("path length {}", integer(octets))),
            Err(_) => Some("an extension that does not decode".to_owned()),
        },
        oid::KEY_USAGE => match KeyUsage::read(extension.value) {
            Ok(usage) if !usage.key_cert_sign() => Some(usage.describe()),
            Ok(_) => None,
            Err(_) => Some("an extension that does not decode".to_owned()),
        },
        _ if extension.is_critical() && extensions::known_name(extension.oid).is_none() => {
            Some("a critical extension that verifiers do not know".to_owned())
        }
        _ => None,
    }
}

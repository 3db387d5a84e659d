//! Issuer and subject as names (RFC 5280 section 4.1.2.4 and appendix A, X.520).

use crate::finding::{Breach, Severity, Verdict};
use crate::inspection::Inspection;
use crate::rules::{Check, Rule};
use el2g_x509::decoded::element::{Element, Malformed, describe_tag, tag};
use el2g_x509::decoded::names::{Attribute, NameParts, illegal_character, oid, text};

const FIX: &str =
    "name the CA again in its request (`el2g intermediate-ca create`), or the root, and sign again";

/// Names have the structure of names.
pub(super) static WELL_FORMED: Rule = Rule {
    id: "names-well-formed",
    severity: Severity::Error,
    section: "RFC 5280 4.1.2.4",
    summary: "Issuer and subject are sequences of sets of attributes.",
    fix: FIX,
    check: Check::Certificate(well_formed),
};

/// Every RDN has an attribute.
pub(super) static RDN_NOT_EMPTY: Rule = Rule {
    id: "names-rdn-not-empty",
    severity: Severity::Error,
    section: "RFC 5280 4.1.2.4",
    summary: "Every relative name of issuer and subject has at least one attribute.",
    fix: FIX,
    check: Check::Certificate(rdn_not_empty),
};

/// Strings hold octets of their type.
pub(super) static STRINGS_DECODE: Rule = Rule {
    id: "names-strings-decode",
    severity: Severity::Error,
    section: "X.690 8.23",
    summary: "Strings decode: UTF8String is valid UTF-8, BMPString whole UTF-16 units.",
    fix: FIX,
    check: Check::Certificate(|inspection| attributes(inspection, strings_decode)),
};

/// Characters are legal for the type.
pub(super) static CHARACTERS: Rule = Rule {
    id: "names-characters-legal",
    severity: Severity::Error,
    section: "X.680 41.4",
    summary: "Strings hold only characters that their ASN.1 type allows.",
    fix: FIX,
    check: Check::Certificate(|inspection| attributes(inspection, characters)),
};

/// No NUL.
pub(super) static NO_NUL: Rule = Rule {
    id: "names-no-nul",
    severity: Severity::Error,
    section: "RFC 5280 4.1.2.4",
    summary: "No string holds a NUL, which hides what follows it from many readers.",
    fix: FIX,
    check: Check::Certificate(|inspection| attributes(inspection, no_nul)),
};

/// Names name something.
pub(super) static NOT_EMPTY: Rule = Rule {
    id: "names-not-empty",
    severity: Severity::Warning,
    section: "RFC 5280 4.1.2.4, 4.1.2.6",
    summary: "Issuer and subject of a CA certificate are not empty.",
    fix: FIX,
    check: Check::Certificate(not_empty),
};

/// Attributes use the type their definition gives them.
pub(super) static STRING_TYPES: Rule = Rule {
    id: "names-string-types",
    severity: Severity::Warning,
    section: "RFC 5280 A.1",
    summary: "Attributes use a string type their definition allows (country PrintableString, mail IA5String …).",
    fix: FIX,
    check: Check::Certificate(|inspection| attributes(inspection, string_types)),
};

/// No string types of the past.
pub(super) static NO_OBSOLETE_STRINGS: Rule = Rule {
    id: "names-no-obsolete-strings",
    severity: Severity::Warning,
    section: "RFC 5280 4.1.2.4",
    summary: "No string is a TeletexString, BMPString or UniversalString.",
    fix: FIX,
    check: Check::Certificate(|inspection| attributes(inspection, no_obsolete_strings)),
};

/// Values are within their bounds.
pub(super) static LENGTHS: Rule = Rule {
    id: "names-lengths",
    severity: Severity::Warning,
    section: "RFC 5280 A.1",
    summary: "Values are not empty and not longer than their upper bound (CN, O and OU 64 characters …).",
    fix: FIX,
    check: Check::Certificate(|inspection| attributes(inspection, lengths)),
};

/// Countries are two letters.
pub(super) static COUNTRY: Rule = Rule {
    id: "names-country-two-letters",
    severity: Severity::Warning,
    section: "RFC 5280 A.1, ISO 3166-1",
    summary: "A country is two letters.",
    fix: FIX,
    check: Check::Certificate(|inspection| attributes(inspection, country)),
};

/// One common name.
pub(super) static SINGLE_COMMON_NAME: Rule = Rule {
    id: "subject-single-common-name",
    severity: Severity::Warning,
    section: "X.520 6.2.2",
    summary: "The subject has at most one common name.",
    fix: FIX,
    check: Check::Certificate(single_common_name),
};

/// The attributes of a name, or why it has none.
type Name<'a> = Result<NameParts<'a>, Malformed>;

fn names<'a>(inspection: &Inspection<'a>) -> [(&'static str, &'a Name<'a>); 2] {
    let certificate = inspection.certificate();
    [("issuer", &certificate.issuer.parts), ("subject", &certificate.subject.parts)]
}

/// Checks every attribute of both names; names that cannot be taken apart are another rule's.
fn attributes(inspection: &Inspection<'_>, judge: fn(&Attribute<'_>) -> Option<Breach>) -> Verdict {
    let mut breaches = Vec::new();
    for (whose, name) in names(inspection) {
        for attribute in name.iter().flat_map(|name| &name.attributes) {
            if let Some(breach) = judge(attribute) {
                let message = format!("in the {whose}'s {}: {}", attribute.label(), breach.message);
                breaches.push(Breach { message: message.into(), ..breach });
                if breaches.len() == MOST_BREACHES {
                    return Verdict::Broken(breaches);
                }
            }
        }
    }
    Verdict::from_breaches(breaches)
}

/// Enough to fix a name by; a hostile one may hold millions.
pub(super) const MOST_BREACHES: usize = 16;

fn well_formed(inspection: &Inspection<'_>) -> Verdict {
    let breaches = names(inspection)
        .into_iter()
        .filter_map(|(whose, name)| match name {
            Err(fault) => Some(Breach::new(
                format!("{} of the {whose} does not decode", fault.what),
                fault.found.clone(),
                "a sequence of sets of (type, value)",
            )),
            _ => None,
        })
        .collect();
    Verdict::from_breaches(breaches)
}

fn rdn_not_empty(inspection: &Inspection<'_>) -> Verdict {
    let breaches = names(inspection)
        .into_iter()
        .filter_map(|(whose, name)| match name {
            Ok(NameParts { empty_rdn: Some(rdn), .. }) => Some(Breach::new(
                format!("relative name {} of the {whose} is empty", rdn + 1),
                "no attribute",
                "one attribute or more",
            )),
            _ => None,
        })
        .collect();
    Verdict::from_breaches(breaches)
}

fn not_empty(inspection: &Inspection<'_>) -> Verdict {
    let breaches = names(inspection)
        .into_iter()
        .filter(|(_, name)| {
            name.as_ref().is_ok_and(|name| name.attributes.is_empty() && name.empty_rdn.is_none())
        })
        .map(|(whose, _)| {
            Breach::new(format!("the {whose} is empty"), "no attribute", "one attribute or more")
        })
        .collect();
    Verdict::from_breaches(breaches)
}

fn is_string(value: Element<'_>) -> bool {
    matches!(
        value.tag,
        tag::UTF8_STRING
            | tag::NUMERIC_STRING
            | tag::PRINTABLE_STRING
            | tag::TELETEX_STRING
            | tag::IA5_STRING
            | tag::VISIBLE_STRING
            | tag::UNIVERSAL_STRING
            | tag::BMP_STRING
    )
}

/// Why an attribute cannot stand in a name at all.
pub(super) fn unsound(attribute: &Attribute<'_>) -> Option<Breach> {
    strings_decode(attribute).or_else(|| characters(attribute)).or_else(|| no_nul(attribute))
}

fn strings_decode(attribute: &Attribute<'_>) -> Option<Breach> {
    let value = attribute.value;
    let undecodable =
        matches!(value.tag, tag::UTF8_STRING | tag::BMP_STRING | tag::UNIVERSAL_STRING)
            && text(value.tag, value.content).is_none();
    undecodable.then(|| {
        Breach::new(
            "the octets are not valid for their string type",
            format!(
                "{} {}",
                describe_tag(value.tag),
                el2g_x509::decoded::element::preview(value.content)
            ),
            "octets of the string type",
        )
    })
}

fn characters(attribute: &Attribute<'_>) -> Option<Breach> {
    let value = attribute.value;
    let octet = illegal_character(value.tag, value.content)?;
    Some(Breach::new(
        format!("a character that a {} cannot hold", describe_tag(value.tag)),
        if octet.is_ascii_graphic() {
            format!("`{}`", char::from(octet))
        } else {
            format!("octet {octet:02x}")
        },
        match value.tag {
            tag::PRINTABLE_STRING => "letters, digits, space and '()+,-./:=?",
            tag::NUMERIC_STRING => "digits and space",
            tag::IA5_STRING => "ASCII",
            _ => "printable ASCII",
        },
    ))
}

fn no_nul(attribute: &Attribute<'_>) -> Option<Breach> {
    let value = attribute.value;
    // In the two- and four-octet types a zero octet is half a character: look at the characters.
    let found = match value.tag {
        tag::BMP_STRING | tag::UNIVERSAL_STRING => {
            text(value.tag, value.content).is_some_and(|text| text.contains('\0'))
        }
        _ => is_string(value) && value.content.contains(&0),
    };
    found.then(|| Breach::new("a NUL", format!("{:?}", attribute.text()), "no NUL"))
}

fn string_types(attribute: &Attribute<'_>) -> Option<Breach> {
    let found = attribute.value.tag;
    let allowed: &[u8] = match attribute.oid {
        oid::COUNTRY | oid::SERIAL_NUMBER | oid::DN_QUALIFIER => &[tag::PRINTABLE_STRING],
        oid::EMAIL_ADDRESS | oid::DOMAIN_COMPONENT => &[tag::IA5_STRING],
        // The types of RFC 5280, which have a bound.
        _ if bound_of(attribute).is_some() => &[
            tag::UTF8_STRING,
            tag::PRINTABLE_STRING,
            tag::TELETEX_STRING,
            tag::BMP_STRING,
            tag::UNIVERSAL_STRING,
        ],
        _ => return None,
    };
    // The constructed form of a string is BER, which another rule refuses.
    if allowed.contains(&(found & !0x20)) || is_obsolete(found) {
        return None;
    }
    Some(Breach::new(
        "an unusual string type",
        describe_tag(found),
        if allowed.len() == 1 {
            describe_tag(allowed[0])
        } else {
            "UTF8String or PrintableString".to_owned()
        },
    ))
}

fn is_obsolete(found: u8) -> bool {
    matches!(found, tag::TELETEX_STRING | tag::BMP_STRING | tag::UNIVERSAL_STRING)
}

fn no_obsolete_strings(attribute: &Attribute<'_>) -> Option<Breach> {
    is_obsolete(attribute.value.tag).then(|| {
        Breach::new(
            "a string type of the past",
            describe_tag(attribute.value.tag),
            "UTF8String or PrintableString",
        )
    })
}

/// The most characters a value may have.
fn bound_of(attribute: &Attribute<'_>) -> Option<usize> {
    attribute.kind().and_then(|kind| kind.upper_bound)
}

fn lengths(attribute: &Attribute<'_>) -> Option<Breach> {
    if attribute.oid == oid::COUNTRY || !is_string(attribute.value) {
        return None;
    }
    let octets = attribute.value.content.len();
    if octets == 0 {
        return Some(Breach::new("an empty value", "0 characters", "1 character or more"));
    }
    let bound = bound_of(attribute).filter(|bound| octets > *bound)?;
    let characters = text(attribute.value.tag, attribute.value.content)
        .map_or(octets, |text| text.chars().count());
    (characters > bound).then(|| {
        Breach::new(
            "the value is too long",
            format!("{characters} characters"),
            format!("{bound} characters or fewer"),
        )
    })
}

fn country(attribute: &Attribute<'_>) -> Option<Breach> {
    if attribute.oid != oid::COUNTRY {
        return None;
    }
    let text = text(attribute.value.tag, attribute.value.content)?;
    let two_letters = text.chars().count() == 2 && text.chars().all(|c| c.is_ascii_alphabetic());
    (!two_letters
        && !text.contains('\0')
        && illegal_character(attribute.value.tag, attribute.value.content).is_none())
    .then(|| Breach::new("no country code", format!("{text:?}"), "two letters of ISO 3166-1"))
}

fn single_common_name(inspection: &Inspection<'_>) -> Verdict {
    let subject = inspection.certificate().subject.attributes();
    let count = subject.filter(|attribute| attribute.oid == oid::COMMON_NAME).count();
    if count > 1 {
        Verdict::broken(
            "the subject has several common names, readers choose different ones",
            format!("{count} common names"),
            "one",
        )
    } else {
        Verdict::Kept
    }
}

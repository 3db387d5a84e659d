//! Encoding of the certificate (X.690; RFC 5280 section 4.1).

use crate::finding::{Breach, Severity, Verdict};
use crate::inspection::{Inspection, RootInspection};
use crate::rules::{Check, Rule};
use el2g_x509::decoded::extensions;
use el2g_x509::decoded::strict::{self, Deviation};

/// The bytes are DER.
pub(super) static STRICT_DER: Rule = Rule {
    id: "encoding-strict-der",
    severity: Severity::Error,
    section: "X.690 10, 11",
    summary: "Encoding the certificate again gives the same bytes, in basicConstraints and keyUsage too.",
    fix: "sign again with a tool that writes DER (`el2g ca sign`, OpenSSL); the signature covers the bytes, so they cannot be fixed afterwards",
    check: Check::Certificate(strict_der),
};

/// The root's bytes are DER.
pub(super) static ROOT_STRICT_DER: Rule = Rule {
    id: "root-encoding-strict-der",
    severity: Severity::Warning,
    section: "X.690 10, 11",
    summary: "Encoding the root again gives the same bytes.",
    fix: "nothing, when the root is in use; a new root should be made with a tool that writes DER",
    check: Check::Root(root_strict_der),
};

/// Each extension once.
pub(super) static EXTENSIONS_UNIQUE: Rule = Rule {
    id: "extensions-unique",
    severity: Severity::Error,
    section: "RFC 5280 4.2",
    summary: "No extension is there twice.",
    fix: "name each extension once in the file `openssl x509 -extfile` reads, or sign with `el2g ca sign`",
    check: Check::Certificate(|inspection| unique(&inspection.certificate().extensions)),
};

/// The extensions field has content.
pub(super) static EXTENSIONS_NOT_EMPTY: Rule = Rule {
    id: "extensions-not-empty",
    severity: Severity::Error,
    section: "RFC 5280 4.1.2.9",
    summary: "The extensions field, where it is there, holds at least one extension.",
    fix: "sign again with `el2g ca sign`: section 6 requires basicConstraints and keyUsage",
    check: Check::Certificate(extensions_not_empty),
};

/// Known extensions are what their standard says.
pub(super) static EXTENSIONS_WELL_FORMED: Rule = Rule {
    id: "extensions-well-formed",
    severity: Severity::Error,
    section: "RFC 5280 4.2.1",
    summary: "The value of every known extension has the structure its standard gives it.",
    fix: "sign again with `el2g ca sign`; `openssl asn1parse -strparse OFFSET` shows the value",
    check: Check::Certificate(|inspection| well_formed(&inspection.certificate().extensions)),
};

/// The root's extensions are in order.
pub(super) static ROOT_EXTENSIONS: Rule = Rule {
    id: "root-extensions-well-formed",
    severity: Severity::Error,
    section: "RFC 5280 4.2",
    summary: "The root holds no extension twice and none that does not decode.",
    fix: "take another root: what this one says of itself cannot be relied on",
    check: Check::Root(|inspection| sound(&inspection.root.facts.decoded.extensions)),
};

/// Keys and signatures are whole octets.
pub(super) static BIT_STRINGS_WHOLE: Rule = Rule {
    id: "bit-strings-whole-octets",
    severity: Severity::Error,
    section: "RFC 5480 2.2, RFC 3279 2.2",
    summary: "The BIT STRINGs of key and signature have no unused bits.",
    fix: "sign again: keys and signatures are whole octets",
    check: Check::Certificate(bit_strings_whole),
};

impl From<Deviation> for Breach {
    fn from(deviation: Deviation) -> Self {
        Self::new(
            "the bytes are not DER",
            format!("{} at byte {}", deviation.what, deviation.offset),
            "the one encoding DER has for the value",
        )
    }
}

/// A breach for every deviation from DER.
pub(super) fn der_verdict(deviations: Vec<Deviation>) -> Verdict {
    Verdict::from_breaches(deviations.into_iter().map(Breach::from).collect())
}

fn strict_der(inspection: &Inspection<'_>) -> Verdict {
    der_verdict(strict::certificate(inspection.certificate()))
}

fn root_strict_der(inspection: &RootInspection<'_>) -> Verdict {
    der_verdict(strict::certificate(inspection.root.facts.decoded))
}

/// No extension twice, and none that does not decode.
pub(super) fn sound(extensions: &extensions::Extensions<'_>) -> Verdict {
    match unique(extensions) {
        Verdict::Kept => well_formed(extensions),
        broken @ (Verdict::NotApplicable | Verdict::Broken(_) | Verdict::NotChecked(_)) => broken,
    }
}

fn unique(extensions: &extensions::Extensions<'_>) -> Verdict {
    let list = &extensions.list;
    let breaches = list
        .iter()
        .enumerate()
        .filter(|(index, extension)| list[..*index].iter().any(|other| other.oid == extension.oid))
        .take(4)
        .map(|(_, extension)| {
            Breach::new("an extension is there more than once", extension.name(), "each one once")
        })
        .collect();
    Verdict::from_breaches(breaches)
}

fn extensions_not_empty(inspection: &Inspection<'_>) -> Verdict {
    let extensions = &inspection.certificate().extensions;
    if extensions.present && extensions.list.is_empty() {
        Verdict::broken(
            "the extensions field is empty",
            "an empty sequence",
            "one or more extensions",
        )
    } else {
        Verdict::Kept
    }
}

fn well_formed(extensions: &extensions::Extensions<'_>) -> Verdict {
    let breaches = extensions
        .list
        .iter()
        .filter_map(|extension| {
            let fault = extensions::well_formed(extension).err()?;
            Some(Breach::new(
                format!("{} does not decode", extension.name()),
                format!("{} in {}", fault.found, fault.what),
                "the structure of RFC 5280 section 4.2.1",
            ))
        })
        .collect();
    Verdict::from_breaches(breaches)
}

fn bit_strings_whole(inspection: &Inspection<'_>) -> Verdict {
    let certificate = inspection.certificate();
    let breaches = [("public key", certificate.key.key), ("signature", certificate.signature)]
        .into_iter()
        .filter(|(_, bits)| bits.unused != 0)
        .map(|(what, bits)| {
            Breach::new(
                format!("the {what} is not whole octets"),
                format!("{} unused bits", bits.unused),
                "0 unused bits",
            )
        })
        .collect();
    Verdict::from_breaches(breaches)
}

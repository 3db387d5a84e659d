//! The step from the root to the certificate (RFC 5280 section 6.1).

use el2g_x509::VerifyError;

use crate::finding::{Breach, Severity, Verdict};
use crate::inspection::{Inspection, NO_ROOT, Signer};
use crate::rules::{Check, Rule};
use el2g_x509::decoded::certificate::Decoded;
use el2g_x509::decoded::element::preview;
use el2g_x509::decoded::extensions::{known_name, oid};

/// The root signed it.
pub(super) static SIGNATURE: Rule = Rule {
    id: "signature-verifies",
    severity: Severity::Error,
    section: "RFC 5280 6.1.3 (a)(1)",
    summary: "The signature over the original bytes verifies with the root's key.",
    fix: "check that this is the root that signed, and that the file is as the CA wrote it; else sign again",
    check: Check::Certificate(signature),
};

/// The intermediate has a key of its own.
pub(super) static OWN_KEY: Rule = Rule {
    id: "public-key-differs-from-root",
    severity: Severity::Error,
    section: "AN12642 6, Public key",
    summary: "The intermediate's key is not the root's key.",
    fix: "sign the request of the service: `el2g intermediate-ca csr` fetches it",
    check: Check::Certificate(own_key),
};

/// No critical extension is unknown.
pub(super) static CRITICAL_KNOWN: Rule = Rule {
    id: "critical-extensions-known",
    severity: Severity::Error,
    section: "RFC 5280 4.2",
    summary: "The certificate has no critical extension that verifiers do not know.",
    fix: "leave the extension out or mark it not critical: a verifier must refuse what it does not know",
    // An identifier that is critical has a rule of its own, which warns.
    check: Check::Certificate(|inspection| {
        critical_among(inspection.certificate(), &NOT_PROCESSED)
    }),
};

/// What came of verifying a signature.
pub(super) fn verify(signer: &Signer<'_>, certificate: &Decoded<'_>) -> Verdict {
    let key = match signer.key() {
        Ok(key) => key,
        Err(why) => {
            return Verdict::broken(
                "the signature cannot be verified: the issuer's key is unusable",
                why,
                "a P-256, P-384, P-521 or RSA key",
            );
        }
    };
    let result = signer.verify(key, certificate);
    match result {
        Ok(()) => Verdict::Kept,
        Err(VerifyError::UnsupportedSignature { .. }) => {
            Verdict::NotChecked("the signature algorithm is not one that can be verified here")
        }
        Err(error) => Verdict::broken(
            "the signature does not verify",
            error.to_string(),
            "a signature by the issuer's key",
        ),
    }
}

fn signature(inspection: &Inspection<'_>) -> Verdict {
    let Some(root) = inspection.root else { return Verdict::NotChecked(NO_ROOT) };
    verify(root, inspection.certificate())
}

fn own_key(inspection: &Inspection<'_>) -> Verdict {
    let Some(root) = inspection.root else { return Verdict::NotChecked(NO_ROOT) };
    let (key, root_key) = (&inspection.certificate().key, &root.facts.decoded.key);
    if key.key.octets == root_key.key.octets {
        Verdict::broken(
            "the certificate carries its root's key",
            preview(key.key.octets),
            "a key of its own",
        )
    } else {
        Verdict::Kept
    }
}

/// Extensions that RFC 5280 defines and that verifiers do not process: OpenSSL and Java refuse them where they are
/// critical.
const NOT_PROCESSED: [&[u8]; 3] =
    [oid::ISSUER_ALT_NAME, oid::FRESHEST_CRL, oid::AUTHORITY_INFO_ACCESS];

/// Key identifiers, which verifiers do not process as critical ones either.
const IDENTIFIERS: [&[u8]; 2] = [oid::SUBJECT_KEY_IDENTIFIER, oid::AUTHORITY_KEY_IDENTIFIER];

/// Critical extensions nobody knows, or processes.
pub(super) fn critical_known(certificate: &Decoded<'_>) -> Verdict {
    critical_among(certificate, &[&NOT_PROCESSED[..], &IDENTIFIERS].concat())
}

fn critical_among(certificate: &Decoded<'_>, not_processed: &[&[u8]]) -> Verdict {
    let breaches = certificate
        .extensions
        .list
        .iter()
        .filter(|extension| extension.is_critical())
        .filter_map(|extension| {
            let message = if known_name(extension.oid).is_none() {
                "a critical extension is unknown"
            } else if not_processed.contains(&extension.oid) {
                "a critical extension is one that verifiers do not process"
            } else {
                return None;
            };
            let allowed = "critical extensions that RFC 5280 lets be critical";
            Some(Breach::new(message, extension.name(), allowed))
        })
        .collect();
    Verdict::from_breaches(breaches)
}

//! Public key and its parameters (AN12642 section 6; RFC 5480 section 2).

use el2g_x509::KeyAlgorithm;

use crate::details;
use crate::finding::{Severity, Verdict};
use crate::inspection::{Inspection, NO_REQUEST};
use crate::rules::{Check, Rule};
use el2g_x509::decoded::certificate::KeyInfo;
use el2g_x509::decoded::element::{describe_tag, hex, preview, tag};
use el2g_x509::decoded::names::dotted;

const FIX: &str = "create the intermediate CA again with algorithm NIST_P256 and sign that request: the key is made by the service";

/// The key is the request's.
pub(super) static MATCHES_REQUEST: Rule = Rule {
    id: "public-key-matches-request",
    severity: Severity::Error,
    section: "AN12642 6, Public key",
    summary: "The public key is the request's, byte for byte.",
    fix: "sign the request itself (`el2g ca sign --csr FILE`, `openssl x509 -req -in FILE`): the certificate must carry its key",
    check: Check::Certificate(matches_request),
};

/// The key's algorithm.
pub(super) static ALGORITHM: Rule = Rule {
    id: "public-key-algorithm",
    severity: Severity::Error,
    section: "AN12642 6, Public key param",
    summary: "The key is an elliptic-curve key (the rule set may admit RSA).",
    fix: FIX,
    check: Check::Certificate(algorithm),
};

/// The curve is given by name.
pub(super) static NAMED_CURVE: Rule = Rule {
    id: "public-key-named-curve",
    severity: Severity::Error,
    section: "RFC 5480 2.1.1",
    summary: "An elliptic curve is given by its name, not by explicit parameters.",
    fix: FIX,
    check: Check::Certificate(named_curve),
};

/// The curve is P-256.
pub(super) static CURVE: Rule = Rule {
    id: "public-key-curve",
    severity: Severity::Error,
    section: "AN12642 6, Public key param",
    summary: "The elliptic curve is secp256r1 (the rule set may admit others).",
    fix: FIX,
    check: Check::Certificate(curve),
};

/// The point is on the curve.
pub(super) static POINT: Rule = Rule {
    id: "public-key-point",
    severity: Severity::Error,
    section: "RFC 5480 2.2",
    summary: "The elliptic-curve point has the curve's length and lies on the curve.",
    fix: FIX,
    check: Check::Certificate(point),
};

/// The point is not compressed.
pub(super) static UNCOMPRESSED: Rule = Rule {
    id: "public-key-uncompressed",
    severity: Severity::Warning,
    section: "RFC 5480 2.2",
    summary: "The elliptic-curve point is in its uncompressed form.",
    fix: FIX,
    check: Check::Certificate(uncompressed),
};

/// An admitted RSA key is a sound one.
pub(super) static RSA: Rule = Rule {
    id: "public-key-rsa",
    severity: Severity::Error,
    section: "AN12642 4.6.1",
    summary: "An RSA key, where the rule set admits RSA, has an admitted size and is usable.",
    fix: FIX,
    check: Check::Certificate(rsa),
};

/// Content octets of id-ecPublicKey and rsaEncryption.
const EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
const RSA_ENCRYPTION: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];

/// A named curve: content octets of its identifier, octets of a coordinate.
struct NamedCurve {
    algorithm: KeyAlgorithm,
    oid: &'static [u8],
    coordinate: usize,
}

const CURVES: &[NamedCurve] = &[
    NamedCurve {
        algorithm: KeyAlgorithm::NistP256,
        oid: &[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7],
        coordinate: 32,
    },
    NamedCurve {
        algorithm: KeyAlgorithm::NistP384,
        oid: &[0x2b, 0x81, 0x04, 0x00, 0x22],
        coordinate: 48,
    },
    NamedCurve {
        algorithm: KeyAlgorithm::NistP521,
        oid: &[0x2b, 0x81, 0x04, 0x00, 0x23],
        coordinate: 66,
    },
];

fn matches_request(inspection: &Inspection<'_>) -> Verdict {
    let Some(request) = inspection.request else { return Verdict::NotChecked(NO_REQUEST) };
    let (found, wanted) = (&inspection.certificate().key, &request.key);
    if found.whole == wanted.whole {
        return Verdict::Kept;
    }
    let message = if found.key.octets == wanted.key.octets {
        "the key is the request's, but its algorithm was encoded again"
    } else {
        "the key is not the request's"
    };
    Verdict::broken(message, preview_key(found), preview_key(wanted))
}

fn preview_key(key: &KeyInfo<'_>) -> String {
    let kind = details::public_key(key);
    format!(
        "{kind} {} (SubjectPublicKeyInfo of {} octets)",
        preview(key.key.octets),
        key.whole.len()
    )
}

fn admitted(inspection: &Inspection<'_>) -> String {
    let names: Vec<&str> = inspection
        .parameters
        .subject_keys
        .iter()
        .filter_map(|algorithm| algorithm.api_name())
        .collect();
    names.join(", ")
}

fn admits_rsa(inspection: &Inspection<'_>) -> bool {
    inspection.parameters.subject_keys.iter().any(|algorithm| algorithm.rsa_bits().is_some())
}

fn algorithm(inspection: &Inspection<'_>) -> Verdict {
    let key = &inspection.certificate().key;
    match key.algorithm.oid {
        EC_PUBLIC_KEY => Verdict::Kept,
        RSA_ENCRYPTION if admits_rsa(inspection) => Verdict::Kept,
        _ => Verdict::broken(
            "the key's algorithm is not admitted",
            details::public_key(key),
            admitted(inspection),
        ),
    }
}

/// The curve's identifier: content octets, or what stands in its place.
fn curve_of<'a>(key: &KeyInfo<'a>) -> Result<&'a [u8], String> {
    match &key.algorithm.parameters {
        Some(parameters) if parameters.tag == tag::OID => Ok(parameters.content),
        Some(parameters) if parameters.tag == tag::SEQUENCE => {
            Err("explicit parameters".to_owned())
        }
        Some(parameters) => Err(format!("{} as parameters", describe_tag(parameters.tag))),
        None => Err("no parameters".to_owned()),
    }
}

fn named_curve(inspection: &Inspection<'_>) -> Verdict {
    let key = &inspection.certificate().key;
    if key.algorithm.oid != EC_PUBLIC_KEY {
        return Verdict::NotApplicable;
    }
    match curve_of(key) {
        Ok(_) => Verdict::Kept,
        Err(found) => Verdict::broken("the curve is not given by name", found, "a named curve"),
    }
}

/// The admitted curve a key is on.
fn admitted_curve(inspection: &Inspection<'_>) -> Option<&'static NamedCurve> {
    let key = &inspection.certificate().key;
    if key.algorithm.oid != EC_PUBLIC_KEY {
        return None;
    }
    let oid = curve_of(key).ok()?;
    CURVES
        .iter()
        .find(|curve| curve.oid == oid)
        .filter(|curve| inspection.parameters.subject_keys.contains(&curve.algorithm))
}

fn curve(inspection: &Inspection<'_>) -> Verdict {
    let key = &inspection.certificate().key;
    if key.algorithm.oid != EC_PUBLIC_KEY {
        return Verdict::NotApplicable;
    }
    let Ok(oid) = curve_of(key) else { return Verdict::NotApplicable };
    if admitted_curve(inspection).is_some() {
        return Verdict::Kept;
    }
    let found = CURVES
        .iter()
        .find(|curve| curve.oid == oid)
        .map_or_else(|| format!("curve {}", dotted(oid)), |curve| curve.algorithm.to_string());
    Verdict::broken("the curve is not admitted", found, admitted(inspection))
}

fn point(inspection: &Inspection<'_>) -> Verdict {
    let Some(curve) = admitted_curve(inspection) else { return Verdict::NotApplicable };
    point_on(curve, inspection.certificate().key.key.octets)
}

/// The point of a key on any curve that is known; requests are held to the same forms as certificates.
pub(super) fn point_of(key: &KeyInfo<'_>) -> Verdict {
    let is_ec = key.algorithm.oid == EC_PUBLIC_KEY;
    let oid = curve_of(key).ok().filter(|_| is_ec);
    match CURVES.iter().find(|curve| Some(curve.oid) == oid) {
        Some(curve) => point_on(curve, key.key.octets),
        None => Verdict::NotApplicable,
    }
}

fn point_on(curve: &NamedCurve, octets: &[u8]) -> Verdict {
    let wanted_length = match octets.first() {
        Some(0x04) => 1 + 2 * curve.coordinate,
        Some(0x02 | 0x03) => 1 + curve.coordinate,
        first => {
            return Verdict::broken(
                "the point is in no known form",
                first.map_or_else(
                    || "no octets".to_owned(),
                    |first| format!("first octet {}", hex(&[*first])),
                ),
                "04 and the two coordinates",
            );
        }
    };
    if octets.len() != wanted_length {
        return Verdict::broken(
            "the point has the wrong length",
            format!("{} octets", octets.len()),
            format!("{wanted_length} octets"),
        );
    }
    if key_point::is_on_curve(curve.algorithm, octets) {
        Verdict::Kept
    } else {
        Verdict::broken("the point is not on the curve", preview(octets), "a point of the curve")
    }
}

fn uncompressed(inspection: &Inspection<'_>) -> Verdict {
    if admitted_curve(inspection).is_none() {
        return Verdict::NotApplicable;
    }
    match inspection.certificate().key.key.octets.first() {
        Some(first @ (0x02 | 0x03)) => Verdict::broken(
            "the point is compressed",
            format!("compressed (first octet {})", hex(&[*first])),
            "uncompressed (first octet 04)",
        ),
        _ => Verdict::Kept,
    }
}

fn rsa(inspection: &Inspection<'_>) -> Verdict {
    let key = &inspection.certificate().key;
    if key.algorithm.oid != RSA_ENCRYPTION || !admits_rsa(inspection) {
        return Verdict::NotApplicable;
    }
    let read = match key.public_key() {
        Ok(read) => read,
        Err(error) => {
            return Verdict::broken(
                "the RSA key does not decode",
                error.to_string(),
                "an RSAPublicKey",
            );
        }
    };
    if !inspection.parameters.subject_keys.contains(&read.algorithm()) {
        return Verdict::broken(
            "the RSA key's size is not admitted",
            read.algorithm().to_string(),
            admitted(inspection),
        );
    }
    match read.check_usable() {
        Ok(()) => Verdict::Kept,
        Err(error) => Verdict::broken(
            "the RSA key is unusable",
            error.to_string(),
            "an odd modulus and an odd exponent of at least 3",
        ),
    }
}

/// Is an encoded point on its curve?
mod key_point {
    use aws_lc_rs::signature::{self, ParsedPublicKey};
    use el2g_x509::KeyAlgorithm;

    pub(super) fn is_on_curve(curve: KeyAlgorithm, octets: &[u8]) -> bool {
        match curve {
            // Only the point is decoded, not a whole key taken apart in aws-lc: this is done for every certificate.
            KeyAlgorithm::NistP256 => p256::PublicKey::from_sec1_bytes(octets).is_ok(),
            KeyAlgorithm::NistP384 => {
                ParsedPublicKey::new(&signature::ECDSA_P384_SHA384_ASN1, octets).is_ok()
            }
            KeyAlgorithm::NistP521 => {
                ParsedPublicKey::new(&signature::ECDSA_P521_SHA512_ASN1, octets).is_ok()
            }
            _ => false,
        }
    }
}

//! What the clouds want of a CA that is registered with them, each with the address of the page that says so.
//!
//! AWS IoT Core refuses a CA whose basicConstraints is not CA:TRUE when it is registered, whatever the certificate mode.
//! Azure builds a chain up to the uploaded CA, which RFC 5280 lets end only in a CA.

use el2g_x509::{Instant, KeyAlgorithm, SignatureAlgorithm};

use super::issued::{self, in_force, may_not_issue};
use crate::details;
use crate::finding::{Breach, Severity, Verdict};
use crate::inspection::{Cloud, Signer, VerificationInspection};
use crate::rules::{Check, Rule};
use el2g_x509::decoded::certificate::Algorithm;

pub(super) const AWS: &str =
    "AWS IoT Core, https://docs.aws.amazon.com/iot/latest/developerguide/manage-your-CA-certs.html";
pub(super) const AWS_ALGORITHMS: &str =
    "AWS IoT Core, https://docs.aws.amazon.com/iot/latest/developerguide/x509-client-certs.html";
const AWS_MODE: &str = "AWS IoT Core, https://docs.aws.amazon.com/iot/latest/apireference/API_RegisterCACertificate.html";
const AZURE: &str =
    "Azure DPS and IoT Hub, https://learn.microsoft.com/azure/iot-dps/how-to-verify-certificates";
pub(super) const CLOUDS: &str = "https://docs.aws.amazon.com/iot/latest/developerguide/manage-your-CA-certs.html, https://learn.microsoft.com/azure/iot-dps/how-to-verify-certificates";

/// The CA is one.
pub(super) static CA: Rule = Rule {
    id: "verification-ca-is-ca",
    severity: Severity::Error,
    section: CLOUDS,
    summary: "The CA whose possession is proved has cA TRUE, without which no cloud takes it, and keyCertSign where it has keyUsage.",
    fix: "hand in the intermediate CA's certificate",
    check: Check::Verification(|inspection| is_ca(inspection.ca, inspection.cloud)),
};

/// The CA is in force.
pub(super) static IN_FORCE: Rule = Rule {
    id: "verification-ca-in-force",
    severity: Severity::Error,
    section: "RFC 5280 6.1.3 (a)(2)",
    summary: "The CA whose possession is proved is in force at the time of the check.",
    fix: "register the CA of another intermediate, or wait until this one is in force",
    check: Check::Verification(|inspection| {
        in_force(inspection.ca.facts.decoded, inspection.at, "CA")
    }),
};

/// The clouds take the CA.
pub(super) static TAKEN: Rule = Rule {
    id: "verification-ca-for-clouds",
    severity: Severity::Note,
    section: CLOUDS,
    summary: "The cloud will take the CA: RSA of at least 2048 bits or P-256, P-384, P-521, signed with SHA-2 (that it has to be a CA is verification-ca-is-ca).",
    fix: "register the CA of another intermediate",
    check: Check::Verification(|inspection| taken(inspection.ca, inspection.cloud)),
};

/// What to know about AWS.
pub(super) static AWS_NOTES: Rule = Rule {
    id: "verification-aws-notes",
    severity: Severity::Note,
    section: AWS_MODE,
    summary: "To know about AWS: certificate mode SNI_ONLY (several accounts) needs no code and no verification certificate.",
    fix: "nothing; `el2g intermediate-ca prove --cloud aws --sni-only` looks at the CA for that mode",
    check: Check::Verification(|inspection| remarks(inspection, Cloud::Aws, &AWS_REMARKS)),
};

/// What to know about Azure.
pub(super) static AZURE_NOTES: Rule = Rule {
    id: "verification-azure-notes",
    severity: Severity::Note,
    section: AZURE,
    summary: "To know about Azure: optional when verified on upload, direct issue by the uploaded CA, latest code only.",
    fix: "nothing, when the uploaded CA is the one named here and the code the latest",
    check: Check::Verification(|inspection| remarks(inspection, Cloud::Azure, &AZURE_REMARKS)),
};

const AWS_REMARKS: [&str; 1] = [
    "registered in certificate mode SNI_ONLY, which several accounts of a region may do, the CA needs no code, and a verification certificate is refused",
];

const AZURE_REMARKS: [&str; 3] = [
    "\"set certificate status to verified on upload\" makes the verification certificate optional",
    "the CA uploaded must be this very one: it has to have issued the certificate directly",
    "a newer code voids this one",
];

/// The rules that need no verification certificate, on a CA that is to be registered with one cloud.
pub(crate) fn verdicts(
    ca: &Signer<'_>,
    cloud: Cloud,
    at: Instant,
) -> [(&'static Rule, Verdict); 3] {
    let cloud = Some(cloud);
    [
        (&CA, is_ca(ca, cloud)),
        (&IN_FORCE, in_force(ca.facts.decoded, at, "CA")),
        (&TAKEN, taken(ca, cloud)),
    ]
}

pub(super) const fn cloud_name(cloud: Cloud) -> &'static str {
    match cloud {
        Cloud::Aws => "AWS IoT",
        Cloud::Azure => "Azure",
    }
}

/// The cloud asked about; with none named, both are of interest.
fn clouds(cloud: Option<Cloud>) -> impl Iterator<Item = Cloud> {
    [Cloud::Aws, Cloud::Azure]
        .into_iter()
        .filter(move |one| cloud.is_none_or(|named| named == *one))
}

/// What has to be known about a cloud; said whenever that cloud is named.
fn remarks(
    inspection: &VerificationInspection<'_>,
    cloud: Cloud,
    remarks: &'static [&'static str],
) -> Verdict {
    if inspection.cloud != Some(cloud) {
        return Verdict::NotApplicable;
    }
    let breaches = remarks
        .iter()
        .map(|remark| Breach::new(*remark, cloud_name(cloud), "for your information"))
        .collect();
    Verdict::from_breaches(breaches)
}

fn is_ca(ca: &Signer<'_>, cloud: Option<Cloud>) -> Verdict {
    let Some(found) = may_not_issue(&ca.facts) else { return Verdict::Kept };
    let names: Vec<&str> = clouds(cloud).map(cloud_name).collect();
    Verdict::broken(
        format!("not a CA certificate: {} will refuse it", names.join(" and ")),
        found,
        issued::CA,
    )
}

/// Is the algorithm one the clouds verify: SHA-2 of 256 bits or more, with RSA, RSASSA-PSS or ECDSA?
pub(super) fn is_taken(algorithm: &Algorithm<'_>) -> bool {
    matches!(SignatureAlgorithm::from_der(algorithm.whole), Some(SignatureAlgorithm::Known { .. }))
}

/// Why no cloud will take the CA.
fn refusal(ca: &Signer<'_>) -> Option<String> {
    let algorithm = &ca.facts.decoded.outer_algorithm;
    if !is_taken(algorithm) {
        return Some(format!("signed with {}", details::signature_algorithm(algorithm)));
    }
    match ca.key().map(el2g_x509::PublicKey::algorithm) {
        Ok(KeyAlgorithm::NistP256 | KeyAlgorithm::NistP384 | KeyAlgorithm::NistP521) => None,
        Ok(algorithm) if algorithm.rsa_bits().is_some_and(|bits| bits >= 2048) => None,
        Ok(algorithm) => Some(format!("key {algorithm}")),
        Err(why) => Some(why),
    }
}

fn taken(ca: &Signer<'_>, cloud: Option<Cloud>) -> Verdict {
    let Some(found) = refusal(ca) else { return Verdict::Kept };
    let breaches = clouds(cloud)
        .map(|cloud| {
            Breach::new(
                format!("{} will not take the CA", cloud_name(cloud)),
                found.clone(),
                "RSA of 2048 bits or more, P-256, P-384 or P-521, signed with SHA-2",
            )
        })
        .collect();
    Verdict::from_breaches(breaches)
}

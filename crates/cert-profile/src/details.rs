//! Names, dates and keys of a certificate in words.

use el2g_x509::decoded::certificate::{Algorithm, Decoded, KeyInfo};
use el2g_x509::decoded::element::{hex, preview};
use el2g_x509::decoded::names::{DecodedName, dotted};
use el2g_x509::decoded::request::DecodedRequest;

use crate::name_comparison;
use crate::report::{CertificateDetails, RequestDetails};

/// What a report shows of a certificate.
pub(crate) fn of(certificate: &Decoded<'_>) -> CertificateDetails {
    CertificateDetails {
        fingerprint_sha256: fingerprint(certificate.input),
        subject: name(&certificate.subject),
        issuer: name(&certificate.issuer),
        serial_number: certificate.serial.map(serial_number).unwrap_or_default(),
        not_before: certificate.not_before.instant,
        not_after: certificate.not_after.instant,
        public_key: public_key(&certificate.key),
        signature_algorithm: signature_algorithm(&certificate.outer_algorithm),
    }
}

/// A serial number in hex; of one that is far too long the beginning.
fn serial_number(octets: &[u8]) -> String {
    match octets.get(..64) {
        Some(start) if octets.len() > 64 => format!("{}… ({} octets)", hex(start), octets.len()),
        _ => hex(octets),
    }
}

/// What a report shows of a request.
pub(crate) fn of_request(request: &DecodedRequest<'_>) -> RequestDetails {
    RequestDetails {
        fingerprint_sha256: fingerprint(request.input),
        subject: name(&request.subject),
        public_key: public_key(&request.key),
    }
}

/// SHA-256 of the DER in lower-case hex.
pub(crate) fn fingerprint(der: &[u8]) -> String {
    hex(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, der).as_ref())
}

/// A name in the form of RFC 4514, or its attributes in order where it is damaged.
pub(crate) fn name(name: &DecodedName<'_>) -> String {
    if name.whole.len() > name_comparison::LONGEST {
        return format!("a name of {} bytes", name.whole.len());
    }
    match (name.name(), &name.parts) {
        (Ok(name), _) => name.to_string(),
        (Err(_), Ok(parts)) => {
            let attributes = parts.attributes.iter().map(|attribute| attribute.describe());
            attributes.collect::<Vec<_>>().join(", ")
        }
        (Err(_), Err(_)) => format!("an unreadable name ({})", preview(name.whole)),
    }
}

/// A key's algorithm and size.
pub(crate) fn public_key(key: &KeyInfo<'_>) -> String {
    key.public_key().map_or_else(|_| dotted(key.algorithm.oid), |key| key.algorithm().to_string())
}

/// A signature algorithm's name.
pub(crate) fn signature_algorithm(algorithm: &Algorithm<'_>) -> String {
    el2g_x509::SignatureAlgorithm::from_der(algorithm.whole)
        .map_or_else(|| dotted(algorithm.oid), |known| known.to_string())
}

/// An INTEGER's content octets as a decimal number, or as hex where it is too long for one.
pub(crate) fn integer(content: &[u8]) -> String {
    let negative = content.first().is_some_and(|first| first & 0x80 != 0);
    if content.is_empty() {
        "without content".to_owned()
    } else if content.len() > 16 {
        format!("0x{} ({} octets)", hex(&content[..content.len().min(24)]), content.len())
    } else {
        let fill = if negative { 0xff } else { 0 };
        let mut octets = [fill; 16];
        octets[16 - content.len()..].copy_from_slice(content);
        i128::from_be_bytes(octets).to_string()
    }
}

/// A name given as DER.
pub(crate) fn name_der(der: &[u8]) -> String {
    DecodedName::read(der).map_or_else(|_| preview(der), |decoded| name(&decoded))
}

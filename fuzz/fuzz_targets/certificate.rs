//! Certificates in every form: PEM, DER, escaped lines, JSON. What is read is used in every way there is.

#![no_main]

use el2g_x509::{Certificate, ConstrainedNames, Extension};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(certificate) = Certificate::read(bytes) else { return };
    assert_eq!(Certificate::from_der(certificate.der()).as_ref(), Ok(&certificate));
    let _ = certificate.public_key().check_usable();
    let _ = (certificate.basic_constraints(), certificate.key_usage());
    let _ = (certificate.subject_key_identifier(), certificate.authority_key_identifier());
    let _ = (certificate.extended_key_usage(), certificate.signature_algorithm().to_string());
    let _ = (certificate.subject().to_string(), certificate.issuer().to_string());
    assert!(certificate.subject().matches(certificate.subject()));
    constrain_itself(&certificate);
    let _ = certificate.verify_signed_by(certificate.public_key());
});

/// Its own names against its own name constraints.
fn constrain_itself(certificate: &Certificate) {
    let extension = |oid| certificate.extension(oid).ok().flatten();
    let alternative = extension(Extension::SUBJECT_ALT_NAME).map(Extension::value);
    let names = ConstrainedNames::of_end(&certificate.decoded().subject, alternative);
    let constraints = extension(Extension::NAME_CONSTRAINTS).map(Extension::name_constraints);
    if let (Ok(names), Some(Ok(constraints))) = (names, constraints) {
        let _ = constraints.check(&names).map_err(|error| error.to_string());
    }
}

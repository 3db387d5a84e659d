//! The fields, what changes them, and who owns them.

use proptest::prelude::BoxedStrategy;

use super::{Changed, extension_changes, field_changes, name_changes};

/// One field.
pub(super) struct Row {
    pub(super) field: &'static str,
    pub(super) changes: fn() -> BoxedStrategy<Changed>,
    /// Rules one of which breaks with every change, and each with some change.
    pub(super) owners: &'static [&'static str],
    /// Rules of other fields that a change may touch too.
    pub(super) along: &'static [&'static str],
}

/// What a changed name may break besides.
const NAMES: &[&str] = &[
    "names-well-formed",
    "names-rdn-not-empty",
    "names-strings-decode",
    "names-characters-legal",
    "names-no-nul",
    "names-not-empty",
    "names-string-types",
    "names-no-obsolete-strings",
    "names-lengths",
    "names-country-two-letters",
    "subject-single-common-name",
];

const SUBJECT_OWNERS: &[&str] = &[
    "subject-contains-request",
    "subject-no-extra-attributes",
    "subject-encoding-kept",
    "subject-case-kept",
    "subject-order-kept",
];

const ALGORITHMS: &[&str] = &[
    "signature-algorithm-allowed",
    "signature-hash-allowed",
    "signature-algorithm-parameters",
    "signature-algorithm-rsa-null",
];

pub(super) const TABLE: &[Row] = &[
    Row {
        field: "tbsCertificate.version",
        changes: field_changes::version,
        owners: &["version-v3"],
        along: &["encoding-strict-der"],
    },
    Row {
        field: "tbsCertificate.serialNumber",
        changes: field_changes::serial_number,
        owners: &[
            "serial-number-present",
            "serial-number-positive",
            "serial-number-length",
            "serial-number-entropy",
            "encoding-strict-der",
        ],
        along: &[],
    },
    Row {
        field: "tbsCertificate.signature",
        changes: field_changes::inner_algorithm,
        owners: &["signature-algorithm-consistent"],
        along: ALGORITHMS,
    },
    Row {
        field: "signatureAlgorithm",
        changes: field_changes::outer_algorithm,
        owners: &["signature-algorithm-consistent"],
        along: &[
            "signature-algorithm-allowed",
            "signature-hash-allowed",
            "signature-algorithm-parameters",
            "signature-algorithm-rsa-null",
            "signature-verifies",
        ],
    },
    Row {
        field: "tbsCertificate.signature and signatureAlgorithm",
        changes: field_changes::both_algorithms,
        owners: ALGORITHMS,
        along: &["signature-verifies"],
    },
    Row {
        field: "signatureValue",
        changes: field_changes::signature,
        owners: &["signature-verifies"],
        along: &[],
    },
    Row {
        field: "signatureValue, unused bits",
        changes: field_changes::signature_unused_bits,
        owners: &["bit-strings-whole-octets"],
        along: &["encoding-strict-der", "signature-verifies"],
    },
    Row {
        field: "tbsCertificate.issuer",
        changes: name_changes::issuer,
        owners: &["issuer-matches-root", "issuer-bytes-match-root"],
        along: NAMES,
    },
    Row {
        field: "tbsCertificate.subject",
        changes: name_changes::subject,
        owners: SUBJECT_OWNERS,
        along: NAMES,
    },
    Row {
        field: "tbsCertificate.subject, what no name may be",
        changes: name_changes::ill_formed,
        owners: NAMES,
        along: SUBJECT_OWNERS,
    },
    Row {
        field: "tbsCertificate.validity.notBefore, in the future",
        changes: field_changes::not_started,
        owners: &["validity-started"],
        along: &[],
    },
    Row {
        field: "tbsCertificate.validity.notBefore, before the root's",
        changes: field_changes::started_before_root,
        owners: &["validity-starts-within-root"],
        along: &[],
    },
    Row {
        field: "tbsCertificate.validity.notAfter",
        changes: field_changes::not_after,
        owners: &[
            "validity-not-ended",
            "validity-order",
            "validity-within-root",
            "validity-ends-soon",
            "validity-covers-devices",
        ],
        along: &[],
    },
    Row {
        field: "tbsCertificate.validity, as written",
        changes: field_changes::odd_dates,
        owners: &["validity-time-type", "validity-time-form"],
        along: &[],
    },
    Row {
        field: "tbsCertificate.subjectPublicKeyInfo.algorithm",
        changes: field_changes::key_algorithm,
        owners: &["public-key-algorithm"],
        along: &["public-key-matches-request", "public-key-rsa", "signature-verifies"],
    },
    Row {
        field: "tbsCertificate.subjectPublicKeyInfo.algorithm.parameters",
        changes: field_changes::key_parameters,
        owners: &["public-key-named-curve", "public-key-curve"],
        along: &["public-key-matches-request"],
    },
    Row {
        field: "tbsCertificate.subjectPublicKeyInfo.subjectPublicKey",
        changes: field_changes::key_point,
        owners: &["public-key-point", "public-key-uncompressed", "public-key-matches-request"],
        along: &[],
    },
    Row {
        field: "tbsCertificate.subjectPublicKeyInfo, the root's",
        changes: field_changes::key_of_root,
        owners: &["public-key-differs-from-root"],
        along: &["public-key-matches-request"],
    },
    Row {
        field: "tbsCertificate.issuerUniqueID, subjectUniqueID",
        changes: field_changes::unique_identifiers,
        owners: &["unique-identifiers-absent"],
        along: &[],
    },
    Row {
        field: "tbsCertificate.extensions",
        changes: extension_changes::list,
        owners: &["extensions-not-empty", "extensions-unique"],
        along: &[],
    },
    Row {
        field: "basicConstraints, presence",
        changes: || extension_changes::absent(0x13),
        owners: &["basic-constraints-present"],
        along: &[],
    },
    Row {
        field: "basicConstraints, criticality",
        changes: || extension_changes::criticality(0x13),
        owners: &["basic-constraints-critical", "encoding-strict-der"],
        along: &[],
    },
    Row {
        field: "basicConstraints, value",
        changes: extension_changes::basic_constraints,
        owners: &["basic-constraints-ca", "basic-constraints-path-length", "encoding-strict-der"],
        along: &[],
    },
    Row {
        field: "keyUsage, presence",
        changes: || extension_changes::absent(0x0f),
        owners: &["key-usage-present"],
        along: &[],
    },
    Row {
        field: "keyUsage, criticality",
        changes: || extension_changes::criticality(0x0f),
        owners: &["key-usage-critical", "encoding-strict-der"],
        along: &[],
    },
    Row {
        field: "keyUsage, value",
        changes: extension_changes::key_usage,
        owners: &["key-usage-cert-sign", "key-usage-crl-sign"],
        along: &[],
    },
    Row {
        field: "subjectKeyIdentifier, presence",
        changes: || extension_changes::absent(0x0e),
        owners: &["subject-key-identifier-present"],
        along: &[],
    },
    Row {
        field: "subjectKeyIdentifier, criticality",
        changes: || extension_changes::criticality(0x0e),
        owners: &["subject-key-identifier-not-critical", "encoding-strict-der"],
        along: &[],
    },
    Row {
        field: "subjectKeyIdentifier, value",
        changes: extension_changes::empty_subject_key_identifier,
        owners: &["subject-key-identifier-not-empty"],
        along: &[],
    },
    Row {
        field: "authorityKeyIdentifier, presence",
        changes: || extension_changes::absent(0x23),
        owners: &["authority-key-identifier-present"],
        along: &[],
    },
    Row {
        field: "authorityKeyIdentifier, criticality",
        changes: || extension_changes::criticality(0x23),
        owners: &["authority-key-identifier-not-critical", "encoding-strict-der"],
        along: &[],
    },
    Row {
        field: "authorityKeyIdentifier.keyIdentifier",
        changes: extension_changes::authority_key_identifier,
        owners: &["authority-key-identifier-matches-root"],
        along: &[],
    },
    Row {
        field: "authorityKeyIdentifier.authorityCertIssuer, authorityCertSerialNumber",
        changes: extension_changes::authority_issuer_and_serial,
        owners: &["authority-issuer-serial-matches-root"],
        along: &["encoding-strict-der"],
    },
    Row {
        field: "the value of a known extension, undecodable",
        changes: extension_changes::undecodable,
        owners: &["extensions-well-formed"],
        along: &[],
    },
    Row {
        field: "an extension more, critical",
        changes: extension_changes::unknown_critical,
        owners: &["critical-extensions-known"],
        along: &[],
    },
    Row {
        field: "an extension more, which section 6 has not",
        changes: extension_changes::unwanted,
        owners: &[
            "extended-key-usage-client",
            "name-constraints-absent",
            "policy-constraints-absent",
        ],
        along: &[],
    },
    Row {
        field: "the bytes as a whole",
        changes: field_changes::whole,
        owners: &["encoding-decodes", "encoding-nothing-trailing", "encoding-strict-der"],
        along: &[],
    },
    Row {
        field: "root: basicConstraints",
        changes: extension_changes::root_basic_constraints,
        owners: &["root-ca", "root-path-length"],
        along: &["root-encoding-strict-der"],
    },
    Row {
        field: "root: keyUsage",
        changes: extension_changes::root_key_usage,
        owners: &["root-key-usage"],
        along: &[],
    },
    Row {
        field: "root: extensions",
        changes: extension_changes::root_extensions,
        owners: &[
            "root-extensions-well-formed",
            "root-critical-extensions-known",
            "root-encoding-strict-der",
        ],
        along: &[],
    },
    Row {
        field: "root: validity",
        changes: field_changes::root_validity,
        owners: &["root-in-force"],
        along: &["validity-within-root", "validity-starts-within-root"],
    },
    Row {
        field: "root: issuer",
        changes: name_changes::root_issuer,
        owners: &["root-self-issued"],
        along: &[],
    },
    Row {
        field: "root: signatureValue",
        changes: field_changes::root_signature,
        owners: &["root-self-signature"],
        along: &[],
    },
];

/// Rules about a certificate, or its root, that no row owns, and why.
pub(super) const ELSEWHERE: &[(&str, &str)] = &[
    ("input-certificate", "the file, not a field: there is no certificate in it"),
    ("input-plain", "the file, not a field: how the certificate is wrapped"),
    (
        "public-key-not-weak",
        "a key with a known private half is not met by changing octets: its faults in cases.json",
    ),
    (
        "public-key-rsa",
        "annex6 refuses every RSA key by its algorithm; checked under api-algorithms",
    ),
    (
        "root-key-strength",
        "a root of another key needs another certificate: its pair in cases.json",
    ),
    ("name-constraints-of-root", "the matrix against OpenSSL in tests/cert has its own changes"),
];

//! Keys and certificates of intermediate CAs: the service's own root, requests for external roots,
//! and what a CA signs.

use el2g_cert_profile::{Checker, RuleSet, Severity};
use el2g_key_payload::SecretBytes;
use el2g_x509::{
    AttributeType, Certificate, CertificateRequest, CertificateSigner as _, CertificateTemplate,
    FileKey, Instant, KeyAlgorithm, KeyUsageBit, Name, PublicKey, SANDBOX_ORGANIZATION,
    SerialNumber, TemplateExtension, make_request, make_root, random_serial,
};
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::certificate_request::months_after;
use crate::object_content::with_causes;
use crate::refusal::{CERTIFICATE_REFUSED, FieldError, INTERNAL, Refusal};
use crate::service::Service;

/// The service's CAs are valid for 15 years, its root for 30.
const CA_MONTHS: i64 = 15 * 12;
const ROOT_MONTHS: i64 = 30 * 12;
/// Verification certificates are valid for a month: they prove possession once.
const VERIFICATION_MONTHS: i64 = 1;

const ROOT_KEY: &str = "root-key";
const ROOT_CERTIFICATE: &str = "root-certificate";

fn failed(what: &str) -> impl Fn(&dyn std::error::Error) -> Refusal {
    let what = what.to_owned();
    move |error| Refusal::new(&INTERNAL, format!("{what}: {}", with_causes(error)))
}

/// A new key; takes a second or so for RSA.
///
/// # Errors
/// 500 when it cannot be made.
pub(crate) fn new_key(algorithm: KeyAlgorithm) -> Result<FileKey, Refusal> {
    FileKey::generate(algorithm).map_err(|error| failed("a key cannot be made")(&error))
}

/// A key as the state keeps it.
///
/// # Errors
/// 500 when it cannot be written.
pub(crate) fn stored(key: &FileKey) -> Result<SecretBytes, Refusal> {
    key.to_pkcs8_pem().map_err(|error| failed("a key cannot be kept")(&error))
}

/// A key from the state.
///
/// # Errors
/// 500 when it is damaged.
pub(crate) fn restored(bytes: Vec<u8>) -> Result<FileKey, Refusal> {
    FileKey::read(&SecretBytes::new(bytes), None)
        .map_err(|error| failed("a kept key is damaged")(&error))
}

/// A certificate from the state.
///
/// # Errors
/// 500 when it is damaged.
pub(crate) fn read_kept(pem: &str) -> Result<Certificate, Refusal> {
    Certificate::read(pem.as_bytes())
        .map_err(|error| failed("a kept certificate is damaged")(&error))
}

fn serial(service: &Service) -> Result<SerialNumber, Refusal> {
    Ok(service.with_entropy(random_serial)?)
}

fn now(service: &Service) -> Instant {
    Instant::from_unix(service.now().div_euclid(1000))
}

/// A request with this subject, signed by this key.
///
/// # Errors
/// 500 when it cannot be made.
pub(crate) fn request(name: &Name, key: &FileKey) -> Result<CertificateRequest, Refusal> {
    let hash = key.public_key().algorithm().natural_hash();
    make_request(name, key, hash).map_err(|error| failed("a request cannot be made")(&error))
}

/// The service's own root, made when it is first needed. It says that it is not NXP's.
///
/// # Errors
/// 500 when it cannot be made or read.
pub(crate) fn root(service: &Service, db: &Connection) -> Result<(FileKey, Certificate), Refusal> {
    let setting = |name: &str| -> Result<Option<Vec<u8>>, Refusal> {
        Ok(db
            .query_row("SELECT value FROM setting WHERE name = ?1", params![name], |row| row.get(0))
            .optional()?)
    };
    if let (Some(key), Some(pem)) = (setting(ROOT_KEY)?, setting(ROOT_CERTIFICATE)?) {
        return Ok((restored(key)?, read_kept(&String::from_utf8_lossy(&pem))?));
    }
    let key = new_key(KeyAlgorithm::NistP384)?;
    let name = Name::build(&[
        (AttributeType::ORGANIZATION, SANDBOX_ORGANIZATION),
        (AttributeType::COMMON_NAME, "el2g sandbox root (not NXP)"),
    ])
    .map_err(|error| failed("the root's name")(&error))?;
    let from = now(service);
    let to = months_after(from, ROOT_MONTHS);
    let certificate = make_root(&name, &key, serial(service)?, from, to)
        .map_err(|error| failed("the root cannot be made")(&error))?;
    let keep = "INSERT OR REPLACE INTO setting (name, value) VALUES (?1, ?2)";
    db.execute(keep, params![ROOT_KEY, stored(&key)?.expose()])?;
    db.execute(keep, params![ROOT_CERTIFICATE, certificate.to_pem().as_bytes()])?;
    Ok((key, certificate))
}

/// The key identifiers that a certificate of or below a CA has: none unless asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KeyIdentifiers {
    /// A subject key identifier.
    pub subject: bool,
    /// An authority key identifier.
    pub authority: bool,
}

impl KeyIdentifiers {
    /// As extensions of a certificate for `key` by `issuer`.
    #[must_use]
    pub(crate) fn extensions(
        self,
        key: &PublicKey,
        issuer: &Certificate,
    ) -> Vec<TemplateExtension> {
        let mut extensions = Vec::new();
        if self.subject {
            extensions.push(TemplateExtension::SubjectKeyIdentifier(key.key_identifier()));
        }
        if self.authority {
            let named = issuer.subject_key_identifier().ok().flatten();
            let identifier = named.unwrap_or_else(|| issuer.public_key().key_identifier());
            extensions.push(TemplateExtension::AuthorityKeyIdentifier(identifier));
        }
        extensions
    }
}

/// A CA certificate for `key` by the service's root.
///
/// # Errors
/// 500 when it cannot be signed.
pub(crate) fn sign_own(
    service: &Service,
    db: &Connection,
    subject: &Name,
    key: &FileKey,
    identifiers: KeyIdentifiers,
) -> Result<(Certificate, Certificate), Refusal> {
    let (root_key, root) = root(service, db)?;
    let from = now(service);
    let mut extensions = vec![
        TemplateExtension::BasicConstraints { ca: true, path_length: Some(0) },
        TemplateExtension::KeyUsage(vec![KeyUsageBit::KeyCertSign, KeyUsageBit::CrlSign]),
    ];
    extensions.extend(identifiers.extensions(key.public_key(), &root));
    let certificate = CertificateTemplate {
        subject: subject.clone(),
        extensions,
        issuer: root.subject().clone(),
        not_after: months_after(from, CA_MONTHS).min(root.not_after()),
        ..CertificateTemplate::root(root.subject(), key.public_key(), serial(service)?, from, from)
    };
    let hash = CertificateTemplate::device(
        root.subject(),
        key.public_key(),
        &root,
        serial(service)?,
        from,
        from,
    )
    .hash;
    let certificate = CertificateTemplate { hash, ..certificate }
        .sign(&root_key)
        .map_err(|error| failed("the certificate cannot be signed")(&error))?;
    Ok((certificate, root))
}

/// An uploaded certificate and root that stand the rules of section 6.
///
/// # Errors
/// 422 with every broken rule.
pub(crate) fn accept(
    service: &Service,
    csr: &str,
    certificate: &str,
    root: &str,
) -> Result<(Certificate, Certificate), Refusal> {
    let read = |field: &str, pem: &str| {
        Certificate::read(pem.as_bytes())
            .map_err(|error| Refusal::field(&CERTIFICATE_REFUSED, field, with_causes(&error)))
    };
    let certificate = read("signedCertificate", certificate)?;
    let root = read("rootCa", root)?;
    let request = CertificateRequest::read(csr.as_bytes())
        .map_err(|error| failed("the kept request is damaged")(&error))?;
    let report = Checker::new(&RuleSet::annex6(), now(service))
        .with_root(root.decoded())
        .with_request(request.decoded())
        .check(certificate.decoded());
    if report.passed {
        return Ok((certificate, root));
    }
    let field_errors: Vec<FieldError> = report
        .findings
        .iter()
        .filter(|finding| finding.severity >= Severity::Error)
        .map(|finding| FieldError {
            field: "signedCertificate".into(),
            description: format!(
                "{}: {} (found {}, allowed {}; {})",
                finding.rule, finding.message, finding.found, finding.allowed, finding.section
            ),
        })
        .collect();
    Err(Refusal {
        problem: &CERTIFICATE_REFUSED,
        details: format!("{} rules of section 6 are broken", field_errors.len()),
        field_errors,
    })
}

/// A certificate that proves possession: its common name is the code.
///
/// # Errors
/// 422 for a code that cannot be a common name, 500 when it cannot be signed.
pub(crate) fn verification(
    service: &Service,
    code: &str,
    ca_key: &FileKey,
    ca: &Certificate,
) -> Result<Certificate, Refusal> {
    let key = new_key(KeyAlgorithm::NistP256)?;
    let from = now(service);
    let to = months_after(from, VERIFICATION_MONTHS).min(ca.not_after());
    let public = key.public_key();
    CertificateTemplate::verification(code, public, ca, serial(service)?, from, to)
        .map_err(|error| {
            let problem = &crate::refusal::INVALID_CODE;
            Refusal::field(problem, "verificationCode", with_causes(&error))
        })?
        .sign(ca_key)
        .map_err(|error| failed("the certificate cannot be signed")(&error))
}

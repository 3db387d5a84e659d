//! TLS: a certificate for this machine from a local CA that exists for this one run.

use std::net::IpAddr;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, date_time_ymd,
};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The certificates cannot be made.
    #[error("the TLS certificate cannot be made")]
    Certificate(#[from] rcgen::Error),
    /// The server cannot be set up with them.
    #[error("TLS cannot be set up")]
    Setup(#[from] rustls::Error),
}

/// A server's TLS and the CA that clients must trust.
pub struct LocalTls {
    /// For the server.
    pub config: Arc<ServerConfig>,
    /// The CA in PEM.
    pub ca_pem: String,
}

/// Names localhost, 127.0.0.1, ::1 and `listen`; TLS 1.2 and 1.3.
///
/// # Errors
/// [`TlsError`]
pub fn local(listen: IpAddr) -> Result<LocalTls, TlsError> {
    let mut authority = CertificateParams::default();
    authority.distinguished_name.push(DnType::CommonName, "el2g sandbox TLS CA");
    authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    authority.not_before = date_time_ymd(2020, 1, 1);
    authority.not_after = date_time_ymd(2049, 12, 31);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate()?)?;

    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    if !listen.is_unspecified() && !names.contains(&listen.to_string()) {
        names.push(listen.to_string());
    }
    let mut server = CertificateParams::new(names)?;
    server.distinguished_name.push(DnType::CommonName, "el2g sandbox");
    server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    server.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    server.use_authority_key_identifier_extension = true;
    server.not_before = date_time_ymd(2020, 1, 1);
    server.not_after = date_time_ymd(2049, 12, 31);
    let key = KeyPair::generate()?;
    let certificate = server.signed_by(&key, &authority)?;

    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)?;
    Ok(LocalTls { config: Arc::new(config), ca_pem: authority.pem() })
}

//! The TLS that calls use: 1.2 or newer, with SNI (section 2), the system's roots and the user's.

use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::Verifier;

use crate::SettingsError;

/// A TLS configuration of our own: reqwest's needs a process-wide provider and a certificate store even
/// for `http`.
///
/// `needed` is false for an `http` base URL; then no certificate store is read.
pub(crate) fn configuration(
    needed: bool,
    extra: Option<&[u8]>,
) -> Result<ClientConfig, SettingsError> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = |problem: rustls::Error| SettingsError::Tls { problem: problem.to_string() };
    let versions = [&rustls::version::TLS13, &rustls::version::TLS12];
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(&versions)
        .map_err(tls)?;
    let extra = match extra {
        Some(pem) => certificates(pem)?,
        None => Vec::new(),
    };
    if !needed {
        return Ok(builder.with_root_certificates(RootCertStore::empty()).with_no_client_auth());
    }
    let verifier = Verifier::new_with_extra_roots(extra, provider).map_err(tls)?;
    let configuration = builder
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok(configuration)
}

/// The certificates of a PEM file: at least one.
fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, SettingsError> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match read {
        Ok(found) if found.is_empty() => {
            Err(SettingsError::CaCertificate { problem: "it holds no PEM certificate".to_owned() })
        }
        Ok(found) => Ok(found),
        Err(error) => Err(SettingsError::CaCertificate { problem: error.to_string() }),
    }
}

//! The TLS that calls use: 1.2 or newer, with SNI (section 2), the system's roots and the user's.

use std::error::Error;
use std::io;
use std::sync::Arc;

use el2g_pem_line::{Content, Kind, PemLineError, read};
use rustls::pki_types::CertificateDer;
use rustls::{AlertDescription, ClientConfig, PeerIncompatible, RootCertStore};
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
    // With roots of its own the verifier of Windows asks for more than without, and Wine 8 does not have it.
    let verifier = match extra.is_empty() {
        true => Verifier::new(provider),
        false => Verifier::new_with_extra_roots(extra, provider),
    };
    let verifier = verifier.map_err(tls)?;
    let configuration = builder
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok(configuration)
}

/// What failed in TLS, when that is what failed. An I/O error does not name what it wraps as its source.
pub(crate) fn fault<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    let wrapped = || error.downcast_ref::<io::Error>()?.get_ref().and_then(|inner| fault(inner));
    error.downcast_ref().or_else(wrapped).or_else(|| error.source().and_then(fault))
}

/// Why there is no TLS that both sides speak, when that is what failed.
pub(crate) fn unspoken(fault: &rustls::Error) -> Option<&'static str> {
    match fault {
        rustls::Error::AlertReceived(AlertDescription::ProtocolVersion)
        | rustls::Error::PeerIncompatible(PeerIncompatible::ServerDoesNotSupportTls12Or13) => {
            Some("it speaks TLS 1.1 or older only; 1.2 is the least that is accepted")
        }
        rustls::Error::AlertReceived(AlertDescription::HandshakeFailure)
        | rustls::Error::PeerIncompatible(_) => {
            Some("it has no version of TLS from 1.2 on, or no cipher suite, in common")
        }
        rustls::Error::InvalidMessage(_) => Some("what answers there does not speak TLS"),
        _ => None,
    }
}

/// The certificates of a file, PEM or DER: at least one.
fn certificates(file: &[u8]) -> Result<Vec<CertificateDer<'static>>, SettingsError> {
    let refused = |problem: String| SettingsError::CaCertificate { problem };
    let unread =
        |error: PemLineError| refused(format!("the file {error}{}", convert(error.conversion())));
    let blocks = match read(file).map_err(unread)?.content {
        Content::Der(der) => return Ok(vec![certificate(der.as_bytes(), true)?]),
        Content::Blocks(blocks) => blocks,
    };
    let mut found = Vec::new();
    for block in blocks.iter().filter(|block| block.kind() == Kind::Certificate) {
        found.push(certificate(block.der().map_err(|fault| refused(fault.to_string()))?, false)?);
    }
    match (found.is_empty(), blocks.first()) {
        (true, Some(other)) => Err(wrong_kind(other.kind(), false)),
        _ => Ok(found),
    }
}

fn certificate(der: &[u8], is_der: bool) -> Result<CertificateDer<'static>, SettingsError> {
    match Kind::of_der(der) {
        Kind::Certificate | Kind::Unknown => Ok(CertificateDer::from(der.to_vec())),
        kind => Err(wrong_kind(kind, is_der)),
    }
}

fn wrong_kind(found: Kind, is_der: bool) -> SettingsError {
    let conversion = convert(found.conversion(is_der));
    let problem = format!("expected a certificate, found {found}{conversion}");
    SettingsError::CaCertificate { problem }
}

fn convert(command: Option<&str>) -> String {
    command.map(|command| format!("; convert it: {command}")).unwrap_or_default()
}

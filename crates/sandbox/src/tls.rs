//! TLS: a certificate for this machine from a local CA. The CA is the user's and is kept, so that it
//! has to be trusted once; the certificate is new at every start.

use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use el2g_files::SecretFileError;
use el2g_key_payload::SecretBytes;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, CidrSubnet, DnType,
    ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    NameConstraints, PublicKeyData as _, date_time_ymd,
};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::kept_file;

/// The CA's key and certificate in PEM.
const SECRET_FILE: &str = "tls-ca-secret.pem";
/// The CA's certificate in PEM: what clients trust.
const PUBLIC_FILE: &str = "tls-ca.pem";
const DAY: i64 = 24 * 60 * 60;
/// The CA is valid for ten years and replaced in its last two.
const CA_DAYS: i64 = 3650;
const CA_RENEWED_DAYS: i64 = 730;
/// A server's certificate is valid for at most this long (browsers take no more than 398 days).
const SERVER_DAYS: i64 = 397;

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum TlsError {
    /// The certificates cannot be made.
    #[error("the TLS certificate cannot be made")]
    Certificate(#[from] rcgen::Error),
    /// The server cannot be set up with them.
    #[error("TLS cannot be set up")]
    Setup(#[from] rustls::Error),
    /// The kept CA cannot be used.
    #[error(transparent)]
    Kept(#[from] SecretFileError),
}

/// A server's TLS and the CA that clients must trust.
pub(crate) struct LocalTls {
    /// For the server.
    pub config: Arc<ServerConfig>,
    /// The CA in PEM.
    pub ca_pem: String,
    /// Where the CA is kept; `None`: nowhere, it is this run's.
    pub ca_file: Option<PathBuf>,
}

/// The CA, ready to sign.
struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
    file: Option<PathBuf>,
}

/// Names localhost, 127.0.0.1, ::1 and `listen`; TLS 1.2 and 1.3. The CA is kept in `folder` where
/// only this machine is served: it signs for this machine's own names and no others. `now` is in
/// seconds since 1970.
///
/// # Errors
/// [`TlsError`]
pub(crate) fn local(listen: IpAddr, folder: Option<&Path>, now: i64) -> Result<LocalTls, TlsError> {
    let authority = match folder.filter(|_| listen.is_loopback()) {
        Some(folder) => kept(folder, now)?,
        None => this_runs(listen, now)?,
    };
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    if !listen.is_unspecified() && !names.contains(&listen.to_string()) {
        names.push(listen.to_string());
    }
    let mut server = CertificateParams::new(names)?;
    server.distinguished_name.push(DnType::CommonName, "el2g sandbox");
    server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    server.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    server.use_authority_key_identifier_extension = true;
    set_validity(&mut server, now, SERVER_DAYS);
    let key = KeyPair::generate()?;
    let certificate = server.signed_by(&key, &authority.issuer)?;

    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)?;
    Ok(LocalTls { config: Arc::new(config), ca_pem: authority.pem, ca_file: authority.file })
}

/// From yesterday, so that a clock a little behind takes it.
fn set_validity(certificate: &mut CertificateParams, now: i64, days: i64) {
    let day = |seconds: i64| {
        let moment = jiff::Timestamp::from_second(seconds).unwrap_or_default();
        let date = moment.to_zoned(jiff::tz::TimeZone::UTC).date();
        date_time_ymd(date.year().into(), date.month().unsigned_abs(), date.day().unsigned_abs())
    };
    certificate.not_before = day(now - DAY);
    certificate.not_after = day(now + days * DAY);
}

/// What the CA is, its dates aside; `permitted` are the only names it may sign for.
fn authority_params(permitted: Vec<GeneralSubtree>) -> CertificateParams {
    let mut authority = CertificateParams::default();
    authority.distinguished_name.push(DnType::CommonName, "el2g sandbox TLS CA");
    authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    authority.name_constraints =
        Some(NameConstraints { permitted_subtrees: permitted, excluded_subtrees: Vec::new() });
    authority
}

fn own_names() -> Vec<GeneralSubtree> {
    let only = |address| match address {
        IpAddr::V4(v4) => CidrSubnet::V4(v4.octets(), [0xff; 4]),
        IpAddr::V6(v6) => CidrSubnet::V6(v6.octets(), [0xff; 16]),
    };
    vec![
        GeneralSubtree::DnsName("localhost".into()),
        GeneralSubtree::IpAddress(only(IpAddr::from([127, 0, 0, 1]))),
        GeneralSubtree::IpAddress(only(IpAddr::V6(std::net::Ipv6Addr::LOCALHOST))),
    ]
}

fn make(permitted: Vec<GeneralSubtree>, now: i64) -> Result<(String, KeyPair), TlsError> {
    let mut params = authority_params(permitted);
    set_validity(&mut params, now, CA_DAYS);
    let key = KeyPair::generate()?;
    let authority = CertifiedIssuer::self_signed(params, &key)?;
    Ok((authority.pem(), key))
}

/// A CA that nobody keeps.
fn this_runs(listen: IpAddr, now: i64) -> Result<Authority, TlsError> {
    let mut permitted = own_names();
    permitted.push(GeneralSubtree::IpAddress(match listen {
        IpAddr::V4(v4) => CidrSubnet::V4(v4.octets(), [0xff; 4]),
        IpAddr::V6(v6) => CidrSubnet::V6(v6.octets(), [0xff; 16]),
    }));
    let (pem, key) = make(permitted, now)?;
    Ok(Authority { pem, issuer: Issuer::new(authority_params(Vec::new()), key), file: None })
}

/// The folder's CA: as it is while it is good, made where there is none, replaced near its end. Where
/// the folder cannot be written the CA is this run's.
fn kept(folder: &Path, now: i64) -> Result<Authority, TlsError> {
    let (secret_file, public_file) = (folder.join(SECRET_FILE), folder.join(PUBLIC_FILE));
    let found = kept_file::read(&secret_file)?;
    let (pem, key) = match found.as_ref().and_then(|secret| usable(secret, now)) {
        Some(good) => good,
        None => {
            if found.is_some() {
                // Damaged or near its end. A failure shows when the new one is kept.
                let _ = fs::remove_file(&secret_file);
            }
            let (pem, key) = make(own_names(), now)?;
            let secret = SecretBytes::new(format!("{}{pem}", key.serialize_pem()).into_bytes());
            match kept_file::keep(&secret_file, &secret) {
                Ok(true) => (pem, key),
                // Another start was faster: its CA is the one.
                Ok(false) => kept_file::read(&secret_file)?
                    .and_then(|secret| usable(&secret, now))
                    .unwrap_or((pem, key)),
                Err(_) => return this_runs(IpAddr::from([127, 0, 0, 1]), now),
            }
        }
    };
    let file = kept_file::publish(&public_file, pem.as_bytes()).is_ok().then_some(public_file);
    Ok(Authority { pem, issuer: Issuer::new(authority_params(Vec::new()), key), file })
}

/// The kept certificate and its key, while they are each other's and the certificate is not near its
/// end.
fn usable(secret: &SecretBytes, now: i64) -> Option<(String, KeyPair)> {
    let text = std::str::from_utf8(secret.expose()).ok()?;
    let (key, certificate) = text.split_at(text.find("-----BEGIN CERTIFICATE-----")?);
    let key = KeyPair::from_pem(key).ok()?;
    let read = el2g_x509::Certificate::read(certificate.as_bytes()).ok()?;
    let good = read.public_key().spki_der() == key.subject_public_key_info()
        && read.not_before().unix() <= now
        && read.not_after().unix() > now + CA_RENEWED_DAYS * DAY;
    good.then(|| (certificate.to_owned(), key))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_795_392_000;
    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    #[test]
    fn a_ca_is_kept_for_the_next_start_and_replaced_near_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("el2g");
        let first = local(HERE, Some(&place), NOW).unwrap();
        assert_eq!(first.ca_file, Some(place.join(PUBLIC_FILE)));
        assert_eq!(fs::read_to_string(place.join(PUBLIC_FILE)).unwrap(), first.ca_pem);
        let later = NOW + (CA_DAYS - CA_RENEWED_DAYS - 2) * DAY;
        assert_eq!(local(HERE, Some(&place), later).unwrap().ca_pem, first.ca_pem);
        let renewed = local(HERE, Some(&place), later + 3 * DAY).unwrap();
        assert_ne!(renewed.ca_pem, first.ca_pem);
        assert_eq!(fs::read_to_string(place.join(PUBLIC_FILE)).unwrap(), renewed.ca_pem);
        let names = fs::read_dir(&place).unwrap().count();
        assert_eq!(names, 2, "no draft is left");
    }

    #[test]
    fn a_damaged_ca_is_replaced_and_a_readable_one_refused() {
        let folder = tempfile::tempdir().unwrap();
        let first = local(HERE, Some(folder.path()), NOW).unwrap();
        let secret = folder.path().join(SECRET_FILE);
        let whole = fs::read_to_string(&secret).unwrap();
        fs::write(&secret, &whole[..whole.len() / 2]).unwrap();
        let second = local(HERE, Some(folder.path()), NOW).unwrap();
        assert_ne!(second.ca_pem, first.ca_pem);
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(&secret, fs::Permissions::from_mode(0o644)).unwrap();
        let refused = local(HERE, Some(folder.path()), NOW);
        assert!(matches!(
            refused,
            Err(TlsError::Kept(SecretFileError::ReadableByOthers { access, .. })) if access.mode == 0o644
        ));
    }

    #[test]
    fn a_ca_for_other_machines_is_not_kept() {
        let folder = tempfile::tempdir().unwrap();
        let other = IpAddr::from([192, 0, 2, 1]);
        assert_eq!(local(other, Some(folder.path()), NOW).unwrap().ca_file, None);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        assert_eq!(local(HERE, Some(&file.join("sandbox")), NOW).unwrap().ca_file, None);
    }
}

//! TLS: whom the client trusts and what it says.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned, SupportedProtocolVersion};

use super::scripted::read_request;
use super::{settings, show_group};
use crate::{Client, ClientError, ConnectionPhase, SettingsError};

const REPLY: &str = "HTTP/1.1 200 OK\r\nContent-Length: 32\r\nConnection: close\r\n\r\n{\"id\":474,\"deviceGroupName\":\"g\"}";

static ONLY_1_2: [&SupportedProtocolVersion; 1] = [&rustls::version::TLS12];
static ONLY_1_3: [&SupportedProtocolVersion; 1] = [&rustls::version::TLS13];

/// A server with a certificate of its own making: its URL, the certificate in PEM, and the SNI it hears.
fn server(
    versions: &'static [&'static SupportedProtocolVersion],
) -> (String, String, Receiver<Option<String>>) {
    let made =
        rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
    let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key.into())
        .expect("a server configuration");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let (heard, names) = channel();
    let config = Arc::new(config);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let connection = ServerConnection::new(config.clone()).expect("a connection");
            let mut stream = StreamOwned::new(connection, stream.expect("a connection"));
            if read_request(&mut stream).is_empty() {
                continue;
            }
            let _ = heard.send(stream.conn.server_name().map(str::to_owned));
            let _ = stream.write_all(REPLY.as_bytes());
            stream.conn.send_close_notify();
            let _ = stream.flush();
        }
    });
    (format!("https://localhost:{port}"), made.cert.pem(), names)
}

#[tokio::test]
async fn a_certificate_of_the_users_is_trusted_and_the_name_is_sent() {
    for versions in [&ONLY_1_2, &ONLY_1_3] {
        let (url, pem, names) = server(versions);
        let mut settings = settings(&url);
        settings.ca_certificates = Some(pem.into_bytes());
        let group = show_group(&Client::new(settings).expect("a client")).await.expect("a group");
        assert_eq!(group.id, 474);
        assert_eq!(names.recv().expect("a name"), Some("localhost".to_owned()));
    }
}

#[tokio::test]
async fn an_unknown_certificate_is_refused_before_anything_is_sent() {
    let (_, other, _) = server(&ONLY_1_3);
    let (url, _, names) = server(&ONLY_1_3);
    let mut settings = settings(&url);
    settings.ca_certificates = Some(other.into_bytes());
    let error =
        show_group(&Client::new(settings).expect("a client")).await.expect_err("not trusted");
    assert!(
        matches!(
            &error,
            ClientError::Connection { phase: ConnectionPhase::Securing, attempts: 1, .. }
        ),
        "{error:?}"
    );
    assert!(error.to_string().contains("certificate"), "{error}");
    assert!(names.try_recv().is_err());
}

/// A server that answers every connection with these bytes.
fn answering(bytes: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            let mut greeting = [0; 5];
            stream.read_exact(&mut greeting).expect("the head of a record");
            let length = u16::from_be_bytes([greeting[3], greeting[4]]);
            std::io::copy(&mut (&stream).take(length.into()), &mut std::io::sink()).expect("read");
            let _ = stream.write_all(&bytes);
        }
    });
    format!("https://localhost:{port}")
}

#[tokio::test]
async fn what_speaks_no_tls_of_today_is_told_as_what_it_is() {
    // ServerHello of TLS 1.1 (RFC 4346 section 7.4.1.3) with TLS_RSA_WITH_AES_128_CBC_SHA.
    let hello = [&[22, 3, 2, 0, 42, 2, 0, 0, 38, 3, 2][..], &[7; 32], &[0, 0, 0x2f, 0]].concat();
    let old = "it speaks TLS 1.1 or older only; 1.2 is the least that is accepted";
    for (bytes, said) in [
        (hello, old),
        // Alerts: protocol_version as newer libraries that are held to TLS 1.1 send it, and handshake_failure.
        (vec![21, 3, 2, 0, 2, 2, 70], old),
        (vec![21, 3, 1, 0, 2, 2, 40], "no version of TLS from 1.2 on, or no cipher suite"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(), "what answers there does not speak TLS"),
    ] {
        let client = Client::new(settings(&answering(bytes))).expect("a client");
        let error = show_group(&client).await.expect_err("no TLS");
        assert!(error.to_string().contains(said), "{error}");
        let ClientError::Connection { phase, attempts, .. } = error else { panic!("{error:?}") };
        assert_eq!((phase, attempts), (ConnectionPhase::Negotiating, 1), "{said}");
    }
}

#[tokio::test]
async fn a_ca_file_without_certificates_is_refused() {
    for pem in ["", "hello", "-----BEGIN CERTIFICATE-----\n???\n-----END CERTIFICATE-----\n"] {
        let mut settings = settings("https://localhost:1");
        settings.ca_certificates = Some(pem.as_bytes().to_vec());
        let refused = Client::new(settings).err();
        assert!(
            matches!(refused, Some(ClientError::Settings(SettingsError::CaCertificate { .. }))),
            "{pem:?}: {refused:?}"
        );
    }
}

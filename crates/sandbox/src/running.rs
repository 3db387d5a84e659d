//! Starting and stopping the sandbox.

use std::error::Error;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use el2g_key_payload::{Entropy, EntropyUnavailable, SecretBytes};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt as _;

use crate::console::RequestLog;
use crate::fault_answers::DropConnection;
use crate::generation;
use crate::options::{KeySource, Options};
use crate::server::{App, router};
use crate::service::Service;
use crate::store::lag::Lag;
use crate::store::{Store, StoreError};
use crate::tls::{self, TlsError};

/// A TLS handshake that takes longer is given up.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// The head of a request that takes longer ends the connection, and so does a connection without one.
const HEAD: Duration = Duration::from_secs(30);
/// Before the next try after a connection could not be accepted.
const PAUSE: Duration = Duration::from_millis(10);

/// Why the sandbox does not start.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The token cannot be a header's value.
    #[error("the token is empty or has characters that a header cannot carry")]
    Token,
    /// The state file.
    #[error(transparent)]
    Store(Box<dyn Error + Send + Sync>),
    /// The state cannot be read or written.
    #[error("{0}")]
    State(String),
    /// The OpenPGP key.
    #[error("no OpenPGP key: {0}")]
    Recipient(String),
    /// TLS.
    #[error(transparent)]
    Tls(Box<dyn Error + Send + Sync>),
    /// No randomness.
    #[error(transparent)]
    Entropy(#[from] EntropyUnavailable),
}

impl From<StoreError> for SandboxError {
    fn from(error: StoreError) -> Self {
        Self::Store(error.into())
    }
}

impl From<TlsError> for SandboxError {
    fn from(error: TlsError) -> Self {
        Self::Tls(error.into())
    }
}

/// A sandbox that runs until it is shut down or dropped.
pub struct Running {
    address: SocketAddr,
    ca_pem: Option<String>,
    ca_file: Option<PathBuf>,
    app: Arc<App>,
    stop: watch::Sender<()>,
    accepting: JoinHandle<()>,
}

/// Starts a sandbox; when this returns, it answers.
///
/// # Errors
/// [`SandboxError`]
pub async fn start(options: Options) -> Result<Running, SandboxError> {
    let Options {
        listen,
        token,
        state,
        keys,
        tls,
        generation,
        within_ca,
        lag,
        answer_202,
        faults,
        observer,
        clock,
        mut entropy,
    } = options;
    let token = match token {
        Some(token) => Some(token)
            .filter(|t| !t.is_empty() && t.expose().iter().all(|b| (0x21..0x7f).contains(b)))
            .ok_or(SandboxError::Token)?,
        None => new_token(entropy.as_mut())?,
    };
    let listener = TcpListener::bind(listen)
        .await
        .map_err(|source| SandboxError::Listen { address: listen, source })?;
    let address =
        listener.local_addr().map_err(|source| SandboxError::Listen { address: listen, source })?;
    let store = match state {
        Some(path) => Store::open(&path)?,
        None => Store::in_memory()?,
    };
    let folder = match &keys {
        KeySource::Folder(folder) => Some(folder.clone()),
        KeySource::Generated | KeySource::Given(_) => None,
    };
    let today = clock.now_millis().div_euclid(1000);
    let tls = tls.then(|| tls::local(address.ip(), folder.as_deref(), today)).transpose()?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    let mut service = Service::new(store, clock, entropy);
    service.within_ca = within_ca;
    service.store.lags(Lag::of(i64::try_from(lag.as_millis()).unwrap_or(i64::MAX)));
    let millis = i64::try_from(generation.as_millis()).unwrap_or(i64::MAX);
    generation::takes(&mut service, millis)
        .map_err(|refusal| SandboxError::State(refusal.details))?;
    let app = Arc::new(App {
        service,
        token,
        origin: format!("{scheme}://{address}"),
        faults,
        log: RequestLog::default(),
        observer,
        loopback: address.ip().is_loopback(),
        answer_202,
    });
    let background = Arc::clone(&app);
    tokio::task::spawn_blocking(move || {
        let service = &background.service;
        service.recipient.fill(&service.store, keys, service.pgp_now());
    });
    let acceptor = tls.as_ref().map(|tls| TlsAcceptor::from(Arc::clone(&tls.config)));
    let (stop, stopped) = watch::channel(());
    let accepting = tokio::spawn(accept(listener, acceptor, router(Arc::clone(&app)), stopped));
    let (ca_pem, ca_file) = tls.map(|tls| (tls.ca_pem, tls.ca_file)).unzip();
    let ca_file = ca_file.flatten();
    Ok(Running { address, ca_pem, ca_file, app, stop, accepting })
}

/// 256 random bits in hexadecimal digits.
fn new_token(entropy: &mut dyn Entropy) -> Result<SecretBytes, EntropyUnavailable> {
    let mut bytes = [0_u8; 32];
    entropy.fill(&mut bytes)?;
    let digits = base16ct::lower::encode_string(&bytes);
    Ok(SecretBytes::new(digits.into_bytes()))
}

async fn accept(
    listener: TcpListener,
    acceptor: Option<TlsAcceptor>,
    router: Router,
    mut stopped: watch::Receiver<()>,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                match accepted {
                    Ok((stream, _)) => {
                        let _ = stream.set_nodelay(true);
                        connections.spawn(connection(stream, acceptor.clone(), router.clone()));
                    }
                    // A connection that failed before it was accepted is the peer's affair; where this process
                    // has too many, others have to end first.
                    Err(_) => tokio::time::sleep(PAUSE).await,
                }
            }
            _ = connections.join_next(), if !connections.is_empty() => {}
            _ = stopped.changed() => break,
        }
    }
    connections.shutdown().await;
}

async fn connection(stream: TcpStream, acceptor: Option<TlsAcceptor>, router: Router) {
    let Some(acceptor) = acceptor else {
        return serve(stream, router).await;
    };
    if let Ok(Ok(stream)) = timeout(HANDSHAKE, acceptor.accept(stream)).await {
        serve(stream, router).await;
    }
}

/// Ends a connection without an answer.
#[derive(Debug, thiserror::Error)]
#[error("a fault drops the connection")]
struct Dropped;

async fn serve<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(stream: S, router: Router) {
    let service =
        hyper::service::service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
            let router = router.clone();
            async move {
                let response = match router.oneshot(request.map(Body::new)).await {
                    Ok(response) => response,
                    Err(never) => match never {},
                };
                if response.extensions().get::<DropConnection>().is_some() {
                    return Err(Dropped);
                }
                Ok(response)
            }
        });
    // The peer hanging up in the middle is not an error of ours.
    let _: Result<(), hyper::Error> = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

impl Running {
    /// `http://127.0.0.1:PORT`
    #[must_use]
    pub fn base_url(&self) -> String {
        self.app.origin.clone()
    }

    /// The operations as behind the Foundries.io proxy.
    #[must_use]
    pub fn foundries_url(&self) -> String {
        format!("{}/ota/factories/sandbox/el2g-proxy", self.app.origin)
    }

    /// The operations as NXP serves them.
    #[must_use]
    pub fn nxp_url(&self) -> String {
        format!("{}/api/v1", self.app.origin)
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The CA that a client must trust, in PEM; `None` without TLS.
    #[must_use]
    pub fn ca_pem(&self) -> Option<&str> {
        self.ca_pem.as_deref()
    }

    /// Where the CA is kept, in PEM; `None` without TLS, or where it is this run's alone.
    #[must_use]
    pub fn ca_file(&self) -> Option<&Path> {
        self.ca_file.as_deref()
    }

    /// The token that requests must carry.
    #[must_use]
    pub fn token(&self) -> &SecretBytes {
        &self.app.token
    }

    /// The armored OpenPGP key that messages must be encrypted to. Waits for it where it is still
    /// being made.
    ///
    /// # Errors
    /// When there is none.
    pub async fn recipient_public(&self) -> Result<String, SandboxError> {
        let app = Arc::clone(&self.app);
        tokio::task::spawn_blocking(move || match app.service.recipient.wait() {
            Ok(recipient) => Ok(recipient.public_armored.clone()),
            Err(error) => Err(SandboxError::Recipient(error.to_string())),
        })
        .await
        .unwrap_or_else(|_| Err(SandboxError::Recipient("its making panicked".into())))
    }

    /// Stops listening and closes the connections; returns when that is done.
    pub async fn shutdown(self) {
        let Self { stop, accepting, .. } = self;
        drop(stop);
        // The task only ends early when it panicked, and then there is nothing to stop.
        let _ = accepting.await;
    }
}

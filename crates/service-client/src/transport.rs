//! One attempt of one request.

use std::error::Error as _;
use std::time::{Duration, Instant};

use el2g_service_api::{ErrorBody, Method};
use reqwest::header::{
    ACCEPT, CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER,
};
use zeroize::Zeroizing;

use crate::prepared::Prepared;
use crate::retry::{http_date, retry_after};
use crate::{Answered, ClientError, ConnectionPhase, Event, Settings, SettingsError, tls};

/// The header with the request id (facts: optional, a UUID).
const CORRELATION_ID: HeaderName = HeaderName::from_static("el2g-correlation-id");

/// How much of an error's body is read, and how much of one that is not JSON is kept.
const ERROR_BYTES: u64 = 256 * 1024;
const EXCERPT_BYTES: usize = 2048;

/// A successful reply.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
    /// The service's clock, in seconds since 1970.
    pub(crate) date: Option<i64>,
    pub(crate) correlation_id: String,
}

/// Connections to one origin.
pub(crate) struct Transport {
    http: reqwest::Client,
    authorization: Option<HeaderValue>,
}

impl Transport {
    /// Sets up connections for these settings. Nothing is sent.
    pub(crate) fn new(settings: &Settings) -> Result<Self, SettingsError> {
        settings.check_host()?;
        let tls =
            tls::configuration(settings.base_url.is_https(), settings.ca_certificates.as_deref())?;
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            // Its redirect policy would send OSF-TOKEN and EL2G-API-Key to another origin.
            .redirect(reqwest::redirect::Policy::none())
            // Repeating is decided in one place, above.
            .retry(reqwest::retry::never())
            .referer(false)
            .user_agent(concat!("el2g/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(settings.limits.connect)
            .timeout(settings.limits.total);
        if settings.base_url.is_loopback() {
            // http_proxy would capture the call with its token.
            builder = builder.no_proxy();
        }
        let http = builder
            .build()
            .map_err(|error| SettingsError::Tls { problem: error.without_url().to_string() })?;
        let authorization = settings.token.as_ref().map(|token| {
            let text =
                Zeroizing::new(format!("{}{}", settings.auth_header.prefix(), token.expose()));
            let mut value = HeaderValue::from_str(&text).expect("a token holds only graphic ASCII");
            value.set_sensitive(true);
            value
        });
        Ok(Transport { http, authorization })
    }

    /// Sends a request once. Any status but 2xx is an error.
    pub(crate) async fn send(
        &self,
        settings: &Settings,
        request: &Prepared,
        attempt: u32,
    ) -> Result<Reply, ClientError> {
        let correlation_id = uuid::Uuid::new_v4().to_string();
        let tell = |event: &Event<'_>| {
            if let Some(observer) = &settings.observer {
                observer.event(event);
            }
        };
        let (method, url) = (request.method.as_str(), request.url.as_str());
        tell(&Event::Sending { method, url, correlation_id: &correlation_id, attempt });
        let began = Instant::now();
        let lost =
            |error: reqwest::Error| connection_error(settings, request, &correlation_id, error);
        let mut response =
            self.request(settings, request, &correlation_id)?.send().await.map_err(lost)?;
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let limit =
            if response.status().is_success() { settings.limits.reply_bytes } else { ERROR_BYTES };
        let mut body = Vec::new();
        let mut complete = true;
        while let Some(chunk) = response.chunk().await.map_err(lost)? {
            let room = usize::try_from(limit).unwrap_or(usize::MAX) - body.len();
            if chunk.len() > room {
                body.extend_from_slice(&chunk[..room]);
                complete = false;
                break;
            }
            body.extend_from_slice(&chunk);
        }
        tell(&Event::Answered { status, bytes: body.len(), elapsed: began.elapsed() });
        let correlation_id = header(&headers, &CORRELATION_ID).unwrap_or(correlation_id);
        let date = header(&headers, &DATE).and_then(|text| http_date(&text));
        if !(200..=299).contains(&status) {
            let wait = header(&headers, &RETRY_AFTER).and_then(|text| retry_after(&text, date));
            return Err(refusal(request, status, &body, correlation_id, wait));
        }
        if !complete {
            return Err(ClientError::ReplyTooLong {
                operation: request.operation.clone(),
                limit,
                correlation_id,
            });
        }
        Ok(Reply { status, body, date, correlation_id })
    }

    fn request(
        &self,
        settings: &Settings,
        request: &Prepared,
        correlation_id: &str,
    ) -> Result<reqwest::RequestBuilder, ClientError> {
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
            Method::Delete => reqwest::Method::DELETE,
        };
        let mut builder =
            self.http.request(method, request.url.clone()).header(ACCEPT, request.accept);
        builder = builder.header(CORRELATION_ID, correlation_id);
        if let Some(token) = &self.authorization {
            builder = builder.header(settings.auth_header.name(), token.clone());
        }
        if let Some(body) = &request.body {
            builder = builder.header(CONTENT_TYPE, "application/json").body(body.to_vec());
        }
        Ok(builder)
    }
}

fn header(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let text = headers.get(name)?.to_str().ok()?;
    (!text.is_empty()).then(|| text.chars().take(200).collect())
}

/// An error from a reply that is not a success.
fn refusal(
    request: &Prepared,
    status: u16,
    body: &[u8],
    correlation_id: String,
    wait: Option<Duration>,
) -> ClientError {
    let parsed = serde_json::from_slice::<ErrorBody>(body).ok();
    let parsed = parsed.filter(|b| {
        b.code.value().is_some() || b.details.value().is_some() || b.field_errors.value().is_some()
    });
    let excerpt = match parsed {
        None if !body.is_empty() => Some(excerpt(body)),
        _ => None,
    };
    ClientError::Answered(Box::new(Answered {
        operation: request.operation.clone(),
        status,
        body: parsed.unwrap_or_default(),
        excerpt,
        correlation_id,
        retry_after: wait.map(|wait| wait.as_secs()),
        attempts: 1,
    }))
}

/// The first 2 KiB of a body.
pub(crate) fn excerpt(body: &[u8]) -> String {
    let end = body.len().min(EXCERPT_BYTES);
    let mut text = String::from_utf8_lossy(&body[..end]).into_owned();
    if end < body.len() {
        text.push_str(" …");
    }
    text
}

/// Whether TLS is what failed. An I/O error does not name what it wraps as its source.
fn is_tls(error: &(dyn std::error::Error + 'static)) -> bool {
    let wrapped = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    error.is::<rustls::Error>()
        || wrapped.is_some_and(|inner| is_tls(inner))
        || error.source().is_some_and(is_tls)
}

/// What became of a connection, without the URL, which errors of the library carry.
fn connection_error(
    settings: &Settings,
    request: &Prepared,
    correlation_id: &str,
    error: reqwest::Error,
) -> ClientError {
    let phase = if is_tls(&error) {
        ConnectionPhase::Securing
    } else if error.is_connect() {
        ConnectionPhase::Connecting
    } else if error.is_timeout() {
        ConnectionPhase::TimedOut
    } else {
        ConnectionPhase::Lost
    };
    let error = error.without_url();
    // The innermost cause is what the system said; the layers above say "error sending request".
    let mut reason = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        reason = inner.to_string();
        source = inner.source();
    }
    ClientError::Connection {
        operation: request.operation.clone(),
        origin: settings.base_url.origin(),
        phase,
        reason,
        correlation_id: correlation_id.to_owned(),
        attempts: 1,
    }
}

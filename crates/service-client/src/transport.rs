//! One attempt of one request.

use std::error::Error as _;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Instant, SystemTime};

use el2g_service_api::{ErrorBody, Method};
use reqwest::header::{
    ACCEPT, CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue, LOCATION, RETRY_AFTER,
};
use zeroize::Zeroizing;

use crate::concealment::Secrets;
use crate::grant::AccessTokens;
use crate::prepared::Prepared;
use crate::retry::{http_date, retry_after};
use crate::{
    Answered, AuthHeader, ClientError, ConnectionPhase, Event, Settings, SettingsError, Token, tls,
};

/// The header with the request id (facts: optional, a UUID).
const CORRELATION_ID: HeaderName = HeaderName::from_static("el2g-correlation-id");

/// How much of an error's body is read, and how much of one that is not JSON is kept.
const ERROR_BYTES: u64 = 256 * 1024;
const EXCERPT_BYTES: usize = 2048;

/// The byte order mark that some gateways put before JSON (RFC 8259 section 8.1: a reader may ignore it).
const UTF8_BOM: &[u8] = "\u{FEFF}".as_bytes();

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
    /// The header of a token that stays the same.
    authorization: Option<HeaderValue>,
    access_tokens: Option<AccessTokens>,
    /// The service's clock at its last reply; [`NO_CLOCK`] before that.
    clock: AtomicI64,
}

/// A time that no `Date` can say.
const NO_CLOCK: i64 = i64::MIN;

impl Transport {
    /// Sets up connections for these settings. Nothing is sent.
    pub(crate) fn new(settings: &Settings) -> Result<Self, SettingsError> {
        settings.base_url.check_destination(settings.official, settings.allow_other_host)?;
        let base = &settings.base_url;
        let http = connections(settings, base.is_https(), base.is_loopback())?;
        let access_tokens = match (&settings.token, &settings.client_credentials) {
            (None, Some(credentials)) => {
                let url = &credentials.token_url;
                let http = connections(settings, url.is_https(), url.is_loopback())?;
                Some(AccessTokens::new(http))
            }
            (Some(_), _) | (None, None) => None,
        };
        let authorization =
            settings.token.as_ref().map(|token| authorization(settings.auth_header, token));
        Ok(Transport { http, authorization, access_tokens, clock: AtomicI64::new(NO_CLOCK) })
    }

    /// The service's clock at its last reply, in seconds since 1970.
    pub(crate) fn service_clock(&self) -> Option<i64> {
        Some(self.clock.load(Ordering::Relaxed)).filter(|at| *at != NO_CLOCK)
    }

    /// Sends a request once. Any status but 2xx is an error.
    pub(crate) async fn send(
        &self,
        settings: &Settings,
        request: &Prepared,
        correlation_id: &str,
        attempt: u32,
    ) -> Result<Reply, ClientError> {
        let tell = |event: &Event<'_>| {
            if let Some(observer) = &settings.observer {
                observer.event(event);
            }
        };
        let (method, url) = (request.method.as_str(), request.url.as_str());
        tell(&Event::Sending { method, url, correlation_id, attempt });
        let began = Instant::now();
        let lost =
            |error: reqwest::Error| connection_error(settings, request, correlation_id, error);
        let send = async |authorization: Option<HeaderValue>| {
            self.request(settings, request, correlation_id, authorization)
                .send()
                .await
                .map_err(lost)
        };
        let mut response = match (&self.access_tokens, &settings.client_credentials) {
            (Some(tokens), Some(credentials)) => {
                let header = |token: &Token| Some(authorization(settings.auth_header, token));
                let asking =
                    || tell(&Event::AskingForToken { url: &credentials.token_url.to_string() });
                let used = tokens.token(credentials, None, asking).await?;
                let response = send(header(&used.token)).await?;
                // Nothing happened, and the token may have ended before its time: once more with a new one.
                if response.status().as_u16() == 401 && !used.is_new {
                    let new = tokens.token(credentials, Some(&used.token), asking).await?;
                    send(header(&new.token)).await?
                } else {
                    response
                }
            }
            _ => send(self.authorization.clone()).await?,
        };
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let limit =
            if response.status().is_success() { settings.limits.reply_bytes } else { ERROR_BYTES };
        let mut body = Vec::new();
        let mut complete = true;
        loop {
            let chunk = match response.chunk().await {
                Ok(Some(chunk)) => chunk,
                Ok(None) => break,
                // The status of a refusal stands, even when its body breaks off.
                Err(_) if !response.status().is_success() => break,
                Err(error) => return Err(lost(error)),
            };
            let room = usize::try_from(limit).unwrap_or(usize::MAX) - body.len();
            if chunk.len() > room {
                body.extend_from_slice(&chunk[..room]);
                complete = false;
                break;
            }
            body.extend_from_slice(&chunk);
        }
        tell(&Event::Answered { status, bytes: body.len(), elapsed: began.elapsed() });
        let secrets = || self.secrets(settings, request.secrets());
        let correlation_id = match header(&headers, &CORRELATION_ID) {
            Some(id) if id != correlation_id => short(&secrets().conceal(&id)),
            _ => correlation_id.to_owned(),
        };
        let date = header(&headers, &DATE).and_then(|text| http_date(&text));
        let seconds = date.and_then(seconds_since_1970);
        if let Some(seconds) = seconds {
            self.clock.store(seconds, Ordering::Relaxed);
        }
        if !(200..=299).contains(&status) {
            let wait = header(&headers, &RETRY_AFTER).and_then(|text| retry_after(&text, date));
            let location = header(&headers, &LOCATION).filter(|_| (300..=399).contains(&status));
            let mut answered = refusal(&request.operation, status, &body, &secrets());
            answered.correlation_id = correlation_id;
            answered.retry_after = wait.map(|wait| wait.as_secs());
            answered.location =
                location.map(|to| short(&secrets().conceal(&target(&request.url, &to))));
            return Err(ClientError::Answered(Box::new(answered)));
        }
        if !complete {
            return Err(ClientError::ReplyTooLong {
                operation: request.operation.clone(),
                limit,
                correlation_id,
            });
        }
        if body.starts_with(UTF8_BOM) {
            body.drain(..UTF8_BOM.len());
        }
        Ok(Reply { status, body, date: seconds, correlation_id })
    }

    fn request(
        &self,
        settings: &Settings,
        request: &Prepared,
        correlation_id: &str,
        authorization: Option<HeaderValue>,
    ) -> reqwest::RequestBuilder {
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
            Method::Delete => reqwest::Method::DELETE,
        };
        let mut builder =
            self.http.request(method, request.url.clone()).header(ACCEPT, request.accept);
        builder = builder.header(CORRELATION_ID, correlation_id);
        if let Some(token) = authorization {
            builder = builder.header(settings.auth_header.name(), token);
        }
        if let Some(body) = &request.body {
            builder = builder.header(CONTENT_TYPE, "application/json").body(body.to_vec());
        }
        builder
    }

    /// The secrets of a call, of which `body` are those that it sends, for whatever comes back.
    pub(crate) fn secrets<'a>(
        &self,
        settings: &'a Settings,
        body: impl Iterator<Item = &'a str>,
    ) -> Secrets {
        let mut secrets = Secrets::of(settings.token.as_ref(), body);
        if let (Some(tokens), Some(credentials)) =
            (&self.access_tokens, &settings.client_credentials)
        {
            tokens.conceal(credentials, &mut secrets);
        }
        secrets
    }
}

/// Connections to one origin.
fn connections(
    settings: &Settings,
    is_https: bool,
    is_loopback: bool,
) -> Result<reqwest::Client, SettingsError> {
    let tls = tls::configuration(is_https, settings.ca_certificates.as_deref())?;
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
    if is_loopback {
        // http_proxy would capture the call with its token.
        builder = builder.no_proxy();
    }
    builder.build().map_err(|error| SettingsError::Tls { problem: error.without_url().to_string() })
}

/// The header that carries a token.
fn authorization(header: AuthHeader, token: &Token) -> HeaderValue {
    let text = Zeroizing::new(format!("{}{}", header.prefix(), token.expose()));
    let mut value = HeaderValue::from_str(&text).expect("a token holds only graphic ASCII");
    value.set_sensitive(true);
    value
}

fn seconds_since_1970(at: SystemTime) -> Option<i64> {
    at.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs().try_into().ok()
}

fn header(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let text = headers.get(name)?.to_str().ok()?;
    (!text.is_empty()).then(|| text.to_owned())
}

/// The first characters of a header's text.
pub(crate) fn short(text: &str) -> String {
    text.chars().take(200).collect()
}

/// An error from a reply that is not a success.
fn refusal(operation: &str, status: u16, body: &[u8], secrets: &Secrets) -> Answered {
    let text = secrets.conceal(&String::from_utf8_lossy(body));
    let parsed = serde_json::from_str::<ErrorBody>(without_bom(&text)).ok();
    let parsed = parsed.filter(|b| {
        b.code.value().is_some() || b.details.value().is_some() || b.field_errors.value().is_some()
    });
    let excerpt = match parsed {
        None if !body.is_empty() => Some(beginning(&text)),
        _ => None,
    };
    Answered {
        operation: operation.to_owned(),
        status,
        body: parsed.unwrap_or_default(),
        excerpt,
        location: None,
        correlation_id: String::new(),
        retry_after: None,
        attempts: 1,
    }
}

/// Where a redirect points, without what may be secret in it: user, password, query, fragment.
fn target(from: &url::Url, location: &str) -> String {
    match from.join(location) {
        Ok(mut to) if to.has_host() => {
            to.set_query(None);
            to.set_fragment(None);
            // Only URLs without a host cannot have them set.
            let _ = (to.set_username(""), to.set_password(None));
            to.into()
        }
        _ => "something that is not a URL".to_owned(),
    }
}

/// The first 2 KiB of a reply's body, without the secrets of the call.
pub(crate) fn excerpt(body: &[u8], secrets: &Secrets) -> String {
    beginning(&secrets.conceal(&String::from_utf8_lossy(body)))
}

/// The first 2 KiB of a text, cut between two characters.
fn beginning(text: &str) -> String {
    // `str::floor_char_boundary` came with Rust 1.91.
    let end = (0..=EXCERPT_BYTES.min(text.len())).rev().find(|&end| text.is_char_boundary(end));
    let end = end.unwrap_or_default();
    let more = if end < text.len() { " …" } else { "" };
    format!("{}{more}", &text[..end])
}

/// JSON without its byte order mark.
fn without_bom(text: &str) -> &str {
    text.strip_prefix('\u{FEFF}').unwrap_or(text)
}

/// What became of a connection, without the URL, which errors of the library carry.
fn connection_error(
    settings: &Settings,
    request: &Prepared,
    correlation_id: &str,
    error: reqwest::Error,
) -> ClientError {
    let (phase, reason) = failed_connection(error);
    ClientError::Connection {
        operation: request.operation.clone(),
        origin: settings.base_url.origin(),
        phase,
        reason,
        correlation_id: correlation_id.to_owned(),
        attempts: 1,
    }
}

/// Where a connection failed and why, without the URL, which errors of the library carry.
pub(crate) fn failed_connection(error: reqwest::Error) -> (ConnectionPhase, String) {
    let fault = tls::fault(&error);
    let unspoken = fault.and_then(tls::unspoken);
    let phase = if unspoken.is_some() {
        ConnectionPhase::Negotiating
    } else if fault.is_some() {
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
    (phase, unspoken.map_or(reason, str::to_owned))
}

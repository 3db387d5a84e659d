//! Answers that faults make.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hyper::body::Frame;
use serde_json::{Value, json};

/// Marks an answer that is not to be sent: the connection is closed instead.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DropConnection;

/// Names the fault that was injected into an answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Injected(pub(crate) &'static str);

/// Says which fault it was.
pub(crate) fn injected(mut response: Response, name: &'static str) -> Response {
    response.extensions_mut().insert(Injected(name));
    response
}

/// No answer.
pub(crate) fn dropped() -> Response {
    let mut response = StatusCode::OK.into_response();
    response.extensions_mut().insert(DropConnection);
    response
}

/// An answer of the fault's own.
pub(crate) fn faulty(status: u16, retry_after: Option<u64>, html: bool) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let reason = status.canonical_reason().unwrap_or("Fault");
    let (media_type, body) = if html {
        let page = format!(
            "<html><head><title>{reason}</title></head><body><h1>{reason}</h1></body></html>"
        );
        ("text/html", page)
    } else {
        let code = format!("ERR_FAULT_{}_1", status.as_u16());
        (
            "application/json",
            json!({"code": code, "details": reason, "fieldErrors": []}).to_string(),
        )
    };
    let mut response = (status, [(header::CONTENT_TYPE, media_type)], body).into_response();
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// The same answer, with fields that nobody knows.
pub(crate) fn with_unknown_fields(body: Vec<u8>) -> Vec<u8> {
    let Ok(mut value) = serde_json::from_slice(&body) else { return body };
    add_unknown(&mut value);
    value.to_string().into_bytes()
}

/// To every object in `value`.
fn add_unknown(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(add_unknown),
        Value::Object(fields) => {
            fields.values_mut().for_each(add_unknown);
            fields.insert("sandboxUnknownField".into(), json!({"nested": [1, "two", null]}));
        }
        _ => {}
    }
}

/// The same answer, of which only half arrives; of one without a body nothing does.
pub(crate) async fn cut(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let whole = to_bytes(body, usize::MAX).await.unwrap_or_default();
    if whole.is_empty() {
        return dropped();
    }
    parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(whole.len()));
    Response::from_parts(parts, Body::new(HalfBody::Half(whole.slice(..whole.len() / 2))))
}

/// Half a body, then, once that is sent, an error.
enum HalfBody {
    Half(Bytes),
    Sent,
    Cut,
}

impl hyper::body::Body for HalfBody {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        match std::mem::replace(&mut *self, Self::Cut) {
            Self::Half(half) => {
                *self = Self::Sent;
                Poll::Ready(Some(Ok(Frame::data(half))))
            }
            // Waiting once makes the server send what it has.
            Self::Sent => {
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Self::Cut => Poll::Ready(Some(Err(std::io::Error::other("a fault cuts the body")))),
        }
    }
}

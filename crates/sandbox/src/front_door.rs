//! The token, before anything else of a request is looked at.

use std::sync::Arc;

use axum::body::HttpBody as _;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use el2g_key_payload::SecretBytes;

use crate::refusal::{Refusal, UNAUTHORIZED};
use crate::request_body::with_whole_body;
use crate::server::{App, refused};

/// No byte of a body is read before the token is checked.
pub(crate) async fn demand_token(
    State(app): State<Arc<App>>,
    request: Request,
    next: Next,
) -> Response {
    let read = match check_token(&app.token, request.headers()) {
        Ok(()) => with_whole_body(request).await,
        Err(refusal) if request.body().is_end_stream() => return refused(&refusal),
        Err(refusal) => Err(refusal),
    };
    match read {
        Ok(request) => next.run(request).await,
        Err(refusal) => closing(refused(&refusal)),
    }
}

/// What is left of a body on the connection is nobody's next request.
pub(crate) fn closing(mut response: Response) -> Response {
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

/// The token in one of the three headers, compared in constant time.
fn check_token(token: &SecretBytes, headers: &HeaderMap) -> Result<(), Refusal> {
    let mut offered = Vec::new();
    for name in ["OSF-TOKEN", "EL2G-API-Key"] {
        offered.extend(headers.get(name).map(HeaderValue::as_bytes));
    }
    if let Some(value) = headers.get(header::AUTHORIZATION)
        && let Some((scheme, bearer)) = value.as_bytes().split_at_checked(7)
        && scheme.eq_ignore_ascii_case(b"Bearer ")
    {
        offered.push(bearer);
    }
    if offered.is_empty() {
        return Err(Refusal::new(
            &UNAUTHORIZED,
            "no token: send it as OSF-TOKEN, EL2G-API-Key or Authorization: Bearer",
        ));
    }
    let mut good = false;
    for bytes in offered {
        good |= token.same_as(&SecretBytes::from_slice(bytes));
    }
    if good {
        Ok(())
    } else {
        Err(Refusal::new(&UNAUTHORIZED, "the token is not the one of this service"))
    }
}

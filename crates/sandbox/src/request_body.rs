//! The body of a request, before any handler sees it.

use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, header};
use tokio::time::timeout;

use crate::call::shown;
use crate::refusal::{
    BODY_TOO_LARGE, BODY_TOO_SLOW, INTERNAL, MALFORMED_BODY, Refusal, WRONG_MEDIA_TYPE,
};

/// Longer bodies answer 413.
pub(crate) const LARGEST_BODY: usize = 4 * 1024 * 1024;

/// A body that takes longer to arrive answers 408.
const LONGEST_WAIT: Duration = Duration::from_secs(20);

/// Reads the body of a request whose token was checked, before anything is answered, needed or not (NXP's client sends
/// one with GET). A body that is left unread closes the connection, and a client that keeps it open for its next
/// request would notice only then.
///
/// # Errors
/// 413 for a body that is too long, 400 for one that ends early, 408 for one that does not arrive.
pub(crate) async fn with_whole_body(request: Request) -> Result<Request, Refusal> {
    within(LONGEST_WAIT, request).await
}

async fn within(longest: Duration, request: Request) -> Result<Request, Refusal> {
    let (parts, body) = request.into_parts();
    let late = |_| {
        let found = format!("the body did not arrive within {} seconds", longest.as_secs());
        Refusal::new(&BODY_TOO_SLOW, found)
    };
    let bytes = timeout(longest, read_body(&parts.headers, body)).await.map_err(late)??;
    Ok(Request::from_parts(parts, Body::from(bytes)))
}

/// A body that [`with_whole_body`] holds.
///
/// # Errors
/// When it does not.
pub(crate) async fn whole(body: Body) -> Result<Bytes, Refusal> {
    to_bytes(body, LARGEST_BODY)
        .await
        .map_err(|error| Refusal::new(&INTERNAL, format!("the body cannot be read: {error}")))
}

/// A body that is said to be JSON.
///
/// # Errors
/// 415 for another media type.
pub(crate) async fn said_to_be_json(headers: &HeaderMap, body: Body) -> Result<Bytes, Refusal> {
    let media_type =
        headers.get(header::CONTENT_TYPE).map_or("", |value| value.to_str().unwrap_or("?"));
    let essence = media_type.split(';').next().unwrap_or("").trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        return Err(Refusal::new(
            &WRONG_MEDIA_TYPE,
            format!("Content-Type `{}`, needed: application/json", shown(media_type)),
        ));
    }
    whole(body).await
}

async fn read_body(headers: &HeaderMap, body: Body) -> Result<Bytes, Refusal> {
    let too_large = |found: String| {
        Refusal::new(&BODY_TOO_LARGE, format!("{found}, at most {LARGEST_BODY} bytes are read"))
    };
    let declared = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if let Some(length) = declared.filter(|length| *length > LARGEST_BODY as u64) {
        return Err(too_large(format!("the body has {length} bytes")));
    }
    to_bytes(body, LARGEST_BODY).await.map_err(|error| {
        use std::error::Error as _;
        let over =
            error.source().is_some_and(|source| source.is::<http_body_util::LengthLimitError>());
        if over {
            too_large("the body is longer".into())
        } else {
            Refusal::new(&MALFORMED_BODY, "the body ended early")
        }
    })
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use axum::body::HttpBody;
    use http_body_util::BodyExt as _;
    use hyper::body::Frame;

    use super::*;

    /// A body whose next byte never comes.
    struct Stalled;

    impl HttpBody for Stalled {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            Poll::Pending
        }
    }

    #[tokio::test]
    async fn a_body_that_does_not_arrive_is_given_up() {
        let soon = Duration::from_millis(1);
        let refused = within(soon, Request::new(Body::new(Stalled))).await.unwrap_err();
        assert_eq!(refused.problem.status, 408);
        let whole = within(LONGEST_WAIT, Request::new(Body::from("{}"))).await.unwrap();
        assert_eq!(whole.into_body().collect().await.unwrap().to_bytes(), "{}");
    }
}

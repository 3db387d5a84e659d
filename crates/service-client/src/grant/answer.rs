//! What an issuer of access tokens answers (RFC 6749 sections 5.1 and 5.2).

use std::time::{Duration, Instant};

use el2g_key_payload::SecretBytes;
use serde::Deserialize;

use crate::error::line;
use crate::token::{Token, trimmed};

/// So long before its end a token is not sent any more, where it lives long enough: a call takes its time.
const MARGIN: Duration = Duration::from_secs(30);

/// A token that is said to live longer is asked for again all the same.
const LONGEST_LIFE: f64 = 86_400.0;

/// A new token.
#[derive(Debug)]
pub(super) struct Issued {
    pub(super) token: Token,
    /// When it is no longer sent; `None` where the issuer does not say.
    pub(super) until: Option<Instant>,
}

#[derive(Deserialize)]
struct Success {
    access_token: Option<String>,
    token_type: Option<String>,
    /// Seconds: a number, with a fraction at some issuers, and a text at others.
    expires_in: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Refusal {
    error: Option<String>,
    error_description: Option<String>,
}

/// The token of an answer to a request that was sent at `asked`, or what is wrong with the answer.
pub(super) fn issued(
    body: &[u8],
    client_secret: &str,
    asked: Instant,
) -> Result<Issued, &'static str> {
    let answer: Success =
        serde_json::from_slice(body).map_err(|_| "something that is not the JSON of a token")?;
    let Some(text) = answer.access_token else { return Err("without an access_token") };
    let text = SecretBytes::new(text.into_bytes());
    if !answer.token_type.is_none_or(|kind| kind.eq_ignore_ascii_case("bearer")) {
        return Err("a token of another type than Bearer");
    }
    // It would go to the service.
    if trimmed(text.expose()) == client_secret.as_bytes() {
        return Err("the client secret instead of a token");
    }
    let token = Token::new(&text).map_err(|_| "a token that cannot stand in a header")?;
    Ok(Issued {
        token,
        until: answer.expires_in.as_ref().and_then(seconds).map(|life| asked + life),
    })
}

/// How long a token is used that lives for this number of seconds; `None` where it is not a number.
fn seconds(value: &serde_json::Value) -> Option<Duration> {
    let number = match value {
        serde_json::Value::String(text) => text.trim().parse().ok()?,
        other => other.as_f64()?,
    };
    let life = Duration::from_secs_f64(f64::max(0.0, number).min(LONGEST_LIFE));
    Some(life - MARGIN.min(life / 2))
}

/// The code and the description of a refusal, on one line.
pub(super) fn refusal(body: &[u8]) -> Option<String> {
    let Refusal { error, error_description } = serde_json::from_slice(body).ok()?;
    let parts: Vec<String> = error.into_iter().chain(error_description).collect();
    (!parts.is_empty()).then(|| line(&parts.join(": ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Result<(String, Option<u64>), &'static str> {
        let asked = Instant::now();
        let Issued { token, until } = issued(body.as_bytes(), "s3cret", asked)?;
        Ok((token.expose().to_owned(), until.map(|until| (until - asked).as_secs())))
    }

    #[test]
    fn a_token_is_used_until_shortly_before_its_end() {
        for (life, used) in [
            ("3600", Some(3570)),
            ("3600.5", Some(3570)),
            ("\"3600\"", Some(3570)),
            ("40", Some(20)),
            ("0", Some(0)),
            ("-5", Some(0)),
            ("1e300", Some(86_370)),
            ("\"soon\"", None),
            ("null", None),
        ] {
            let body = format!(
                r#"{{"access_token":"abc","token_type":"bearer","expires_in":{life},"refresh_token":"x"}}"#
            );
            assert_eq!(read(&body), Ok(("abc".to_owned(), used)), "{life}");
        }
        assert_eq!(read(r#"{"access_token":" abc\n"}"#), Ok(("abc".to_owned(), None)));
    }

    #[test]
    fn what_holds_no_token_is_refused_and_not_quoted() {
        for (body, problem) in [
            ("", "something that is not the JSON of a token"),
            ("<html>s3cret</html>", "something that is not the JSON of a token"),
            ("[]", "something that is not the JSON of a token"),
            (r#"{"access_token":7}"#, "something that is not the JSON of a token"),
            (r#"{"token_type":"Bearer"}"#, "without an access_token"),
            (r#"{"access_token":null}"#, "without an access_token"),
            (r#"{"access_token":"a","token_type":"mac"}"#, "a token of another type than Bearer"),
            (r#"{"access_token":"a b"}"#, "a token that cannot stand in a header"),
            (r#"{"access_token":"a\r\nX: y"}"#, "a token that cannot stand in a header"),
            (r#"{"access_token":" "}"#, "a token that cannot stand in a header"),
            (r#"{"access_token":"s3cret"}"#, "the client secret instead of a token"),
        ] {
            assert_eq!(read(body), Err(problem), "{body}");
        }
    }

    #[test]
    fn a_refusal_is_one_line() {
        let said = |body: &str| refusal(body.as_bytes());
        let both = r#"{"error":"invalid_client","error_description":"no\nsuch client"}"#;
        assert_eq!(said(both).as_deref(), Some("invalid_client: no such client"));
        assert_eq!(said(r#"{"error":"invalid_scope"}"#).as_deref(), Some("invalid_scope"));
        assert_eq!((said("{}"), said("<html>")), (None, None));
    }

    proptest::proptest! {
        #[test]
        fn arbitrary_answers_never_panic(body: Vec<u8>, life: f64) {
            let _ = (issued(&body, "s", Instant::now()), refusal(&body));
            let body = serde_json::json!({"access_token": "a", "expires_in": life}).to_string();
            proptest::prop_assert!(issued(body.as_bytes(), "s", Instant::now()).is_ok());
        }
    }
}

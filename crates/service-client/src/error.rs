//! What can go wrong with a call.

use el2g_text::one_line;
use std::fmt;

use el2g_service_api::{DecodeError, ErrorBody, PathError, status_meaning};

use crate::{BrokenRule, GrantError, SettingsError};

/// A reply that is not a success.
#[derive(Debug, Clone, PartialEq)]
pub struct Answered {
    /// The operation, or method and path of a free call.
    pub operation: String,
    /// The HTTP status.
    pub status: u16,
    /// The service's error body, when it is one.
    pub body: ErrorBody,
    /// Up to 2 KiB of a body that is not the service's error JSON.
    pub excerpt: Option<String>,
    /// Where a redirect points: without user, query and fragment, which may be secret.
    pub location: Option<String>,
    /// The request id: the service's, or the one that was sent.
    pub correlation_id: String,
    /// Seconds to wait, when the service said so.
    pub retry_after: Option<u64>,
    /// How often it was tried.
    pub attempts: u32,
}

impl Answered {
    /// What section 5 says the status means.
    pub fn meaning(&self) -> Option<&'static str> {
        answer_meaning(self.status)
    }
}

/// What the status of an answer that is not a success means: section 5, and what stands before the service.
pub fn answer_meaning(status: u16) -> Option<&'static str> {
    match status {
        301 | 302 | 303 | 307 | 308 => Some("a redirect, which is not followed"),
        408 => Some("the request did not arrive in time"),
        429 => Some("too many requests"),
        504 => Some("a gateway got no response in time"),
        status => status_meaning(status),
    }
}

/// Whether an answer of this status is a refusal: the same request would be refused again.
pub fn is_refusal(status: u16) -> bool {
    (400..=499).contains(&status) && status != 429 && status != 408
}

impl fmt::Display for Answered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: the service answered {}", self.operation, self.status)?;
        if let Some(meaning) = self.meaning() {
            write!(f, " ({meaning})")?;
        }
        if let Some(location) = &self.location {
            write!(f, " to {}", line(location))?;
        }
        if let Some(code) = self.body.code.value() {
            write!(f, ", code {}", line(code))?;
        }
        let details = match self.body.details.value() {
            Some(details) => details.text().into_owned(),
            None => String::new(),
        };
        if !details.is_empty() {
            write!(f, ": {}", line(&details))?;
        }
        for error in self.body.field_errors.value().into_iter().flatten() {
            let field = error.field.value().map_or("a field", String::as_str);
            let description = error.description.value().map_or("refused", String::as_str);
            // What the details say already is not said twice.
            if !details.contains(description) {
                write!(f, "; {}: {}", line(field), line(description))?;
            }
        }
        if self.attempts > 1 {
            write!(f, "; tried {} times", self.attempts)?;
        }
        if let Some(seconds) = self.retry_after {
            write!(f, "; it asks to wait {seconds} s")?;
        }
        write!(f, " [correlation id {}]", line(&self.correlation_id))?;
        if let Some(excerpt) = &self.excerpt {
            write!(f, "; the body begins: {}", line(excerpt))?;
        }
        Ok(())
    }
}

fn joined(broken: &[BrokenRule]) -> String {
    broken.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// Where a connection failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectionPhase {
    /// Before the request was sent: name, address. The call did not happen.
    Connecting,
    /// There is no TLS that both sides speak (1.2 or newer is needed), or the answer is not TLS. The call did
    /// not happen, and trying again changes nothing.
    Negotiating,
    /// The certificate is not trusted, or TLS failed otherwise. The call did not happen, and trying again
    /// changes nothing.
    Securing,
    /// The time was up after the request may have been sent.
    TimedOut,
    /// The connection broke after the request may have been sent, or the body was cut short.
    Lost,
}

/// What went wrong with a call. Nothing in here shows the token.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The settings cannot be used.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// A path parameter cannot be used.
    #[error(transparent)]
    Path(#[from] PathError),
    /// The path of a free call does not stay below the base URL.
    #[error(
        "path {path:?} does not stay below the base URL: it begins with a slash and has no dot segments"
    )]
    OutsideBase {
        /// The path.
        path: String,
    },
    /// An operation of a version of the API whose place the base URL does not say.
    #[error(
        "{operation}: is part of /api/{version}, and {base_url} does not end in /api/v1, which would say where that is"
    )]
    NoVersion {
        /// The operation.
        operation: String,
        /// The version, such as `v2`.
        version: &'static str,
        /// The base URL.
        base_url: String,
    },
    /// A request body that cannot be encoded.
    #[error("the request cannot be encoded: {0}")]
    Encode(DecodeError),
    /// The gate does not let the request pass; nothing was sent.
    #[error("{operation}: not sent: {}", joined(.broken))]
    Checked {
        /// The operation, or method and path of a free call.
        operation: String,
        /// The rules that it breaks, at least one.
        broken: Vec<BrokenRule>,
    },
    /// There is no access token to send the request with; it was not sent.
    #[error(transparent)]
    Grant(#[from] GrantError),
    /// A reply that is not a success.
    #[error("{0}")]
    Answered(Box<Answered>),
    /// No reply, or not all of it.
    #[error("{operation}: {} {origin}: {reason}{} [correlation id {correlation_id}]", match .phase {
        ConnectionPhase::Connecting => "cannot connect to",
        ConnectionPhase::Negotiating | ConnectionPhase::Securing => "no TLS with",
        ConnectionPhase::TimedOut => "no complete reply in time from",
        ConnectionPhase::Lost => "the connection broke to",
    }, if *.attempts > 1 { format!(" (tried {attempts} times)") } else { String::new() })]
    Connection {
        /// The operation.
        operation: String,
        /// Scheme, host and port.
        origin: String,
        /// Where it failed.
        phase: ConnectionPhase,
        /// What the system said.
        reason: String,
        /// The request id that was sent.
        correlation_id: String,
        /// How often it was tried.
        attempts: u32,
    },
    /// A success whose body cannot be read.
    #[error("{operation}: the service answered {status}, but with a body that cannot be read: {} [correlation id {}]{}", line(.reason), line(.correlation_id),
        .excerpt.as_deref().map(|text| format!("; the body begins: {}", line(text))).unwrap_or_default())]
    UnreadableReply {
        /// The operation.
        operation: String,
        /// The status.
        status: u16,
        /// Why.
        reason: String,
        /// Up to 2 KiB of it.
        excerpt: Option<String>,
        /// The request id.
        correlation_id: String,
    },
    /// A reply that is longer than the limit.
    #[error(
        "{operation}: the reply is longer than {limit} bytes [correlation id {}]", line(.correlation_id)
    )]
    ReplyTooLong {
        /// The operation.
        operation: String,
        /// The limit in bytes.
        limit: u64,
        /// The request id.
        correlation_id: String,
    },
    /// A list that does not end, or is too long to be looked through.
    #[error("{operation}: the list has more than {limit} pages, too many to look through")]
    TooManyPages {
        /// The operation that the list was read for.
        operation: String,
        /// How many pages are read.
        limit: u32,
    },
    /// A list that goes round in a circle: the service does not heed `page`.
    #[error(
        "{operation}: page {page} is one that came already; the list would never end, so it is not complete"
    )]
    RepeatedPage {
        /// The operation.
        operation: String,
        /// The page, counted from 0.
        page: u32,
    },
    /// A page without items that says that more follow.
    #[error(
        "{operation}: page {page} is empty, but says that more follow; the list is not complete"
    )]
    EmptyPage {
        /// The operation.
        operation: String,
        /// The page, counted from 0.
        page: u32,
    },
    /// A call that may or may not have happened, and was therefore not repeated.
    #[error(
        "{operation}: the call failed in a way that leaves open whether it happened; it was not repeated"
    )]
    OutcomeUnknown {
        /// The operation.
        operation: String,
        /// How it failed.
        #[source]
        cause: Box<ClientError>,
    },
}

impl ClientError {
    /// The HTTP status, if there was a reply.
    pub fn status(&self) -> Option<u16> {
        match self {
            ClientError::Answered(answered) => Some(answered.status),
            ClientError::UnreadableReply { status, .. } => Some(*status),
            ClientError::OutcomeUnknown { cause, .. } => cause.status(),
            _ => None,
        }
    }

    /// The service's error code, if it gave one.
    pub fn code(&self) -> Option<&str> {
        match self {
            ClientError::Answered(answered) => answered.body.code.value().map(String::as_str),
            ClientError::OutcomeUnknown { cause, .. } => cause.code(),
            _ => None,
        }
    }

    /// The request id, to quote to the service's support.
    pub fn correlation_id(&self) -> Option<&str> {
        match self {
            ClientError::Answered(answered) => Some(&answered.correlation_id),
            ClientError::Connection { correlation_id, .. }
            | ClientError::UnreadableReply { correlation_id, .. }
            | ClientError::ReplyTooLong { correlation_id, .. } => Some(correlation_id),
            ClientError::OutcomeUnknown { cause, .. } => cause.correlation_id(),
            _ => None,
        }
    }

    /// Whether the service refused the call (4xx but 429): trying again makes no sense.
    pub fn is_refused(&self) -> bool {
        match self {
            ClientError::Answered(answered) => is_refusal(answered.status),
            ClientError::Grant(error) => error.is_refused(),
            _ => false,
        }
    }

    /// Whether the service could not be reached, timed out or failed: trying again later makes sense.
    pub fn is_unavailable(&self) -> bool {
        match self {
            ClientError::Answered(_) | ClientError::Grant(_) => !self.is_refused(),
            ClientError::Connection { .. }
            | ClientError::UnreadableReply { .. }
            | ClientError::ReplyTooLong { .. }
            | ClientError::TooManyPages { .. }
            | ClientError::RepeatedPage { .. }
            | ClientError::EmptyPage { .. }
            | ClientError::OutcomeUnknown { .. } => true,
            ClientError::Settings(_)
            | ClientError::Path(_)
            | ClientError::OutsideBase { .. }
            | ClientError::NoVersion { .. }
            | ClientError::Checked { .. }
            | ClientError::Encode(_) => false,
        }
    }

    /// Whether the same call is worth repeating at once: 429, 502, 503, 504 and connection failures.
    pub fn is_retryable(&self) -> bool {
        match self {
            ClientError::Answered(answered) => matches!(answered.status, 429 | 502 | 503 | 504),
            ClientError::Grant(error) => error.is_retryable(),
            ClientError::Connection { phase, .. } => {
                !matches!(phase, ConnectionPhase::Negotiating | ConnectionPhase::Securing)
            }
            _ => false,
        }
    }

    /// Whether the call may have had its effect although it failed.
    pub fn may_have_happened(&self) -> bool {
        match self {
            ClientError::Answered(answered) => matches!(answered.status, 303 | 500..=599),
            ClientError::Connection { phase, .. } => {
                matches!(phase, ConnectionPhase::TimedOut | ConnectionPhase::Lost)
            }
            ClientError::UnreadableReply { .. }
            | ClientError::ReplyTooLong { .. }
            | ClientError::TooManyPages { .. }
            | ClientError::RepeatedPage { .. }
            | ClientError::EmptyPage { .. }
            | ClientError::OutcomeUnknown { .. } => true,
            ClientError::Settings(_)
            | ClientError::Grant(_)
            | ClientError::Path(_)
            | ClientError::OutsideBase { .. }
            | ClientError::NoVersion { .. }
            | ClientError::Checked { .. }
            | ClientError::Encode(_) => false,
        }
    }

    /// The same with the number of attempts put in.
    pub(crate) fn after(mut self, count: u32) -> Self {
        match &mut self {
            ClientError::Answered(answered) => answered.attempts = count,
            ClientError::Connection { attempts, .. } => *attempts = count,
            _ => {}
        }
        self
    }
}

/// Foreign text on one line: what separates words there is a blank here.
pub(crate) fn line(text: &str) -> String {
    one_line(&text.replace("\r\n", " ").replace(['\t', '\n', '\r'], " "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(status: u16, body: &str) -> ClientError {
        ClientError::Answered(Box::new(Answered {
            operation: "CreateDeviceGroup".to_owned(),
            status,
            body: serde_json::from_str(body).expect("an error body"),
            excerpt: None,
            location: None,
            correlation_id: "c0ffee".to_owned(),
            retry_after: None,
            attempts: 1,
        }))
    }

    #[test]
    fn an_error_says_all_that_the_service_said() {
        let body = r#"{"code":"ERR_SEDM_422_11","details":"no such product","fieldErrors":[{"field":"nc12","description":"unknown"}]}"#;
        assert_eq!(
            answered(422, body).to_string(),
            "CreateDeviceGroup: the service answered 422 (well-formed, but the instructions cannot be processed), \
             code ERR_SEDM_422_11: no such product; nc12: unknown [correlation id c0ffee]"
        );
    }

    #[test]
    fn what_details_and_field_errors_both_say_is_said_once() {
        let body = r#"{"details":"objectId: 00 is forbidden","fieldErrors":[{"field":"objectId","description":"00 is forbidden"}]}"#;
        assert_eq!(answered(422, body).to_string().matches("00 is forbidden").count(), 1);
    }

    #[test]
    fn details_may_be_an_object() {
        let body = r#"{"code":"ERR_RTP_400_20","details":{"deviceId":"0x04"}}"#;
        assert!(answered(400, body).to_string().contains(r#": {"deviceId":"0x04"} ["#));
    }

    #[test]
    fn foreign_lines_cannot_pass_for_ours() {
        let error = answered(400, r#"{"code":"A\nB","details":"no\nhint: run rm"}"#).to_string();
        assert!(error.contains("code A B: no hint: run rm ["), "{error:?}");
        let mut html = answered(502, "{}");
        if let ClientError::Answered(answered) = &mut html {
            answered.excerpt = Some("<h1>\r\nerror: x\u{7}\u{2028}".to_owned());
        }
        let text = html.to_string();
        assert!(text.ends_with("; the body begins: <h1> error: x\\u{7}\\u{2028}"), "{text:?}");
    }

    #[test]
    fn foreign_text_cannot_drive_a_terminal() {
        let error = answered(400, r#"{"details":"\u001b[2J\u202Eevil"}"#).to_string();
        assert!(!error.contains('\u{1b}') && !error.contains('\u{202E}'), "{error:?}");
    }

    #[test]
    fn only_the_callers_faults_are_refusals() {
        let refused: Vec<_> = [400, 401, 404, 408, 422, 429, 500, 503, 302]
            .into_iter()
            .filter(|status| answered(*status, "{}").is_refused())
            .collect();
        assert_eq!(refused, [400, 401, 404, 422]);
        let retryable: Vec<_> = [400, 408, 429, 500, 501, 502, 503, 504]
            .into_iter()
            .filter(|status| answered(*status, "{}").is_retryable())
            .collect();
        assert_eq!(retryable, [429, 502, 503, 504]);
    }
}

//! Failures of calls to the service, and of the ids that are typed for them.

use el2g_service_api::DeviceUidError;
use el2g_service_client::{
    BaseUrl, BaseUrlError, BrokenRule, ClientError, ConnectionPhase, GrantError, SettingsError,
};

use super::refusal_hints::{conflict_hint, not_found_hint};
use super::statuses::status_hint;
use super::{Failure, FailureKind};
use crate::named_id::{NameError, listed};

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        let mut failure = Self::from_error(kind(&error), &error);
        failure.status = error.status();
        failure.code = error.code().map(str::to_owned);
        failure.correlation_id = error.correlation_id().map(str::to_owned);
        match hint(&error) {
            Some(hint) => failure.with_hint(hint),
            None => failure,
        }
    }
}

impl From<BaseUrlError> for Failure {
    fn from(error: BaseUrlError) -> Self {
        ClientError::Settings(error.into()).into()
    }
}

fn kind(error: &ClientError) -> FailureKind {
    match error {
        ClientError::Settings(SettingsError::CaCertificate { .. } | SettingsError::Tls { .. }) => {
            FailureKind::Input
        }
        ClientError::Settings(_)
        | ClientError::Path(_)
        | ClientError::OutsideBase { .. }
        | ClientError::NoVersion { .. } => FailureKind::Usage,
        ClientError::Checked { .. } => FailureKind::Input,
        ClientError::Encode(_) => FailureKind::Bug,
        error if error.is_refused() => FailureKind::Refused,
        ClientError::Answered(_)
        | ClientError::Grant(_)
        | ClientError::Connection { .. }
        | ClientError::UnreadableReply { .. }
        | ClientError::ReplyTooLong { .. }
        | ClientError::TooManyPages { .. }
        | ClientError::RepeatedPage { .. }
        | ClientError::EmptyPage { .. }
        | ClientError::OutcomeUnknown { .. } => FailureKind::Unavailable,
    }
}

fn hint(error: &ClientError) -> Option<String> {
    if let ClientError::Checked { broken, .. } = error {
        return Some(fix_or_skip(broken));
    }
    let hint = match error {
        ClientError::Answered(answered) => match answered.status {
            404 => return not_found_hint(&answered.operation),
            409 => return Some(conflict_hint(error.code(), &answered.operation)),
            status => status_hint(status)?,
        },
        ClientError::Connection { phase: ConnectionPhase::Connecting, origin, .. }
            if BaseUrl::parse(origin).is_ok_and(|url| url.is_loopback()) =>
        {
            "start the built-in service with `el2g sandbox serve` and give the baseUrl that it prints with --base-url"
        }
        ClientError::Connection { phase: ConnectionPhase::Connecting, .. } => {
            "check the base URL, the network and the proxy variables"
        }
        ClientError::Connection { phase: ConnectionPhase::Negotiating, .. } => {
            "check host and port of the base URL: what answers there must speak TLS 1.2 or newer"
        }
        ClientError::Connection { phase: ConnectionPhase::Securing, .. } => {
            "name the service's own CA certificate with --ca-cert, if it has one; stop otherwise"
        }
        ClientError::Connection { .. } => "try again later",
        ClientError::Grant(error) => grant_hint(error),
        ClientError::OutcomeUnknown { .. } => {
            "look whether it is there (list or show), and only then run the command again"
        }
        ClientError::Settings(SettingsError::BaseUrl(error)) => return base_url_hint(error),
        _ => return None,
    };
    Some(hint.to_owned())
}

fn grant_hint(error: &GrantError) -> &'static str {
    match error {
        GrantError::Refused { .. } => {
            "check oauth-client-id, the client secret and oauth-scope of the profile; oauth-client-auth says whether the secret goes into the body or into a Basic header"
        }
        GrantError::Failed { status: 300..=399, .. }
        | GrantError::Unusable { .. }
        | GrantError::Connection { phase: ConnectionPhase::Negotiating, .. } => {
            "check oauth-token-url: it must be the address that issues the tokens itself"
        }
        GrantError::Connection { phase: ConnectionPhase::Connecting, .. } => {
            "check oauth-token-url, the network and the proxy variables"
        }
        GrantError::Connection { phase: ConnectionPhase::Securing, .. } => {
            "name the issuer's own CA certificate with --ca-cert, if it has one; stop otherwise"
        }
        GrantError::Failed { .. } | GrantError::Connection { .. } => "try again later",
    }
}

fn base_url_hint(error: &BaseUrlError) -> Option<String> {
    let hint = match error {
        BaseUrlError::NoScheme | BaseUrlError::NotHttp => {
            "begin it with https://, or with http:// for an address on this machine (loopback)"
        }
        BaseUrlError::OtherHost { .. } => {
            "--allow-other-host if this host is meant to get the token"
        }
        BaseUrlError::NotAUrl(_)
        | BaseUrlError::UserInformation
        | BaseUrlError::Query
        | BaseUrlError::ClearText { .. } => return None,
    };
    Some(hint.to_owned())
}

/// How to fix what the gate refused, and which of its rules can be passed over.
pub fn fix_or_skip(broken: &[BrokenRule]) -> String {
    let mut skippable: Vec<&str> = Vec::new();
    for broken in broken.iter().filter(|broken| broken.skippable) {
        if !skippable.contains(&broken.rule) {
            skippable.push(broken.rule);
        }
    }
    let fix = broken.iter().find_map(|broken| broken.fix);
    let all = broken.iter().all(|broken| broken.skippable);
    let skip: Vec<String> = skippable.iter().map(|rule| format!("--skip-check {rule}")).collect();
    let skip = match (skip.is_empty(), all) {
        (true, _) => "this check cannot be passed over".to_owned(),
        (false, true) => format!("to send it anyway: {}", skip.join(" ")),
        (false, false) => {
            format!("{} passes over a part; the rest cannot be passed over", skip.join(" "))
        }
    };
    fix.map_or_else(|| skip.clone(), |fix| format!("{fix}; {skip}"))
}

impl From<DeviceUidError> for Failure {
    fn from(error: DeviceUidError) -> Self {
        let failure = Self::from_error(FailureKind::Input, &error);
        match error {
            DeviceUidError::WrongLength { .. } => failure.with_hint(
                "copy the whole id: `sscli se05x uid` prints 36 digits that begin with 04; 0x before up to 31 digits makes them a number",
            ),
            DeviceUidError::Ambiguous { .. } => {
                failure.with_hint("say which with --hex or --decimal")
            }
            DeviceUidError::Floating => failure.with_hint(
                "take the id as text from where it came: a program that reads JSON numbers made this one",
            ),
            DeviceUidError::Empty
            | DeviceUidError::NotADigit { .. }
            | DeviceUidError::TooLarge
            | DeviceUidError::Zero => failure,
        }
    }
}

impl From<NameError> for Failure {
    fn from(error: NameError) -> Self {
        let failure = Self::from_error(FailureKind::Input, &error);
        match error {
            NameError::Unknown { similar, list, .. } if similar.is_empty() => {
                failure.with_hint(format!("expected an id or an exact name: `{list}` lists them"))
            }
            NameError::Unknown { similar, list, .. } => {
                failure.with_hint(format!("did you mean {}? `{list}` lists them", listed(&similar)))
            }
            NameError::Ambiguous { .. } => {
                failure.with_hint("give the id of the one that is meant")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use el2g_service_client::Answered;

    use super::*;

    fn answered(status: u16) -> Failure {
        Failure::from(ClientError::Answered(Box::new(Answered {
            operation: "ShowDeviceGroup".to_owned(),
            status,
            body: Default::default(),
            excerpt: None,
            location: None,
            correlation_id: "c".to_owned(),
            retry_after: None,
            attempts: 1,
        })))
    }

    #[test]
    fn the_status_decides_the_kind() {
        let kinds: Vec<_> =
            [400, 401, 404, 422, 429, 500, 503, 302].map(|s| answered(s).kind).into();
        let (refused, down) = (FailureKind::Refused, FailureKind::Unavailable);
        assert_eq!(kinds, [refused, refused, refused, refused, down, down, down, down]);
    }

    #[test]
    fn status_and_correlation_id_are_kept() {
        let failure = answered(404);
        assert_eq!((failure.status, failure.correlation_id.as_deref()), (Some(404), Some("c")));
    }
}

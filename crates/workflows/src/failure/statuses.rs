//! What to do about an answer that is not a success, by its HTTP status.

use el2g_service_client::{answer_meaning, is_refusal};

use super::FailureKind;
use super::refusal_hints::ANY_CONFLICT;

/// Some statuses, and what to do about them.
struct Row {
    statuses: &'static [u16],
    fix: &'static str,
    /// Whether an error with such a status shows it. It does not where the answer itself says what is wrong, or where the
    /// operation says more.
    is_hint: bool,
}

const fn hint(statuses: &'static [u16], fix: &'static str) -> Row {
    Row { statuses, fix, is_hint: true }
}

const fn advice(statuses: &'static [u16], fix: &'static str) -> Row {
    Row { statuses, fix, is_hint: false }
}

const TABLE: &[Row] = &[
    hint(&[301, 302, 303, 307, 308], "check the base URL: the service is not there"),
    advice(
        &[400, 422],
        "correct what the answer names; `--dry-run` prints the request that was refused",
    ),
    hint(
        &[401],
        "check the token: is it for this service, still valid, and sent in the right header (auth-header of the profile)?",
    ),
    hint(&[403], "ask the issuer of the token for the permissions of this call"),
    advice(
        &[404],
        "check the ids that were given: the hint of the error names the command that lists them; if every call is answered so, check the base URL (`el2g doctor`)",
    ),
    advice(
        &[405, 415],
        "check the base URL (`el2g doctor`); for `el2g api`, the method and the path as well",
    ),
    advice(&[408], "run the command again over a faster connection"),
    advice(&[409], ANY_CONFLICT),
    advice(
        &[413],
        "send less at once: a smaller file, or fewer devices or claim codes in one command",
    ),
    hint(
        &[429, 500, 502, 503, 504],
        "try again later; quote the correlation id to the service's support if it happens again",
    ),
];

/// What to do about a status of 4xx that is not in the table.
const OTHER_REFUSAL: &str = "correct what the answer names; quote the correlation id to the service's support if it names nothing";

/// An answer that is not a success, as its status describes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct AnswerStatus {
    /// The HTTP status.
    pub status: u16,
    /// What it means, by section 5 of AN12642 where that lists it.
    pub meaning: &'static str,
    /// What to do about it.
    pub fix: &'static str,
    /// The kind of the failure.
    pub kind: FailureKind,
}

fn row(status: u16) -> Option<&'static Row> {
    // Every 5xx is a failure of the service.
    let known = if (500..=599).contains(&status) { 500 } else { status };
    TABLE.iter().find(|row| row.statuses.contains(&known))
}

impl AnswerStatus {
    /// What is known of a status; `None` for one that no failed answer has.
    pub fn of(status: u16) -> Option<Self> {
        let (meaning, fix) = match (answer_meaning(status), row(status)) {
            _ if !(300..=599).contains(&status) => return None,
            (Some(meaning), Some(row)) => (meaning, row.fix),
            (None, Some(row)) => ("the service failed", row.fix),
            (_, None) if status >= 400 => ("the service refused", OTHER_REFUSAL),
            (_, None) => return None,
        };
        let is_refused = is_refusal(status);
        let kind = if is_refused { FailureKind::Refused } else { FailureKind::Unavailable };
        Some(Self { status, meaning, fix, kind })
    }

    /// Every status of the table.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().flat_map(|row| row.statuses).filter_map(|status| Self::of(*status))
    }
}

/// What an error with this status says to do.
pub(super) fn status_hint(status: u16) -> Option<&'static str> {
    row(status).filter(|row| row.is_hint).map(|row| row.fix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_of_an_answer_that_is_not_a_success_is_known_or_like_one_that_is() {
        let kind = |status| AnswerStatus::of(status).map(|known| known.kind);
        let (refused, down) = (Some(FailureKind::Refused), Some(FailureKind::Unavailable));
        for (status, expected) in [
            (200, None),
            (299, None),
            (304, None),
            (308, down),
            (400, refused),
            (408, down),
            (418, refused),
            (429, down),
            (499, refused),
            (500, down),
            (599, down),
            (600, None),
        ] {
            assert_eq!(kind(status), expected, "{status}");
        }
        let mut statuses: Vec<u16> = AnswerStatus::all().map(|known| known.status).collect();
        assert_eq!(statuses.len(), TABLE.iter().map(|row| row.statuses.len()).sum::<usize>());
        statuses.sort_unstable();
        let meant: Vec<u16> =
            (300..=599).filter(|status| answer_meaning(*status).is_some()).collect();
        assert_eq!(statuses, meant);
    }

    #[test]
    fn a_failure_of_the_service_has_its_hint_whatever_the_number() {
        assert_eq!(status_hint(599), status_hint(500));
        assert!(status_hint(500).is_some());
        assert_eq!(status_hint(422), None);
        assert_eq!(status_hint(418), None);
    }
}

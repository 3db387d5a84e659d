//! Faults by script: chosen calls are answered wrongly, slowly or not at all. Never at random.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use el2g_service_api::{CATALOGUE, Endpoint};
use serde::Deserialize;

/// Why a fault script is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FaultScriptError {
    /// Not TOML, or not these fields.
    #[error("{0}")]
    Syntax(String),
    /// No such operation.
    #[error(
        "fault {index}: no operation `{found}`; allowed: a section like 4.1.3, or a name like CreateSecureObject"
    )]
    UnknownOperation {
        /// Which fault, counted from 1.
        index: usize,
        /// What it says.
        found: String,
    },
    /// Not exactly one effect.
    #[error(
        "fault {index}: {found} of answer, stall-seconds, cut-body, drop and unknown-fields; exactly one is needed"
    )]
    Effects {
        /// Which fault, counted from 1.
        index: usize,
        /// How many it has.
        found: usize,
    },
    /// A number out of its range.
    #[error("fault {index}: `{field}` is {found}, allowed: {allowed}")]
    Range {
        /// Which fault, counted from 1.
        index: usize,
        /// The field.
        field: &'static str,
        /// What it is.
        found: u64,
        /// What is allowed.
        allowed: &'static str,
    },
}

/// What happens instead of, or besides, the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The operation is not done; this is answered.
    Answer {
        /// The status.
        status: u16,
        /// Seconds of a Retry-After header.
        retry_after: Option<u64>,
        /// A body of HTML, as gateways send it, instead of the service's JSON.
        html: bool,
    },
    /// The operation is done after so long.
    Stall(Duration),
    /// The operation is done, half of the body is sent, the connection is closed.
    CutBody,
    /// The connection is closed without an answer, and nothing is done.
    DropBefore,
    /// The operation is done, then the connection is closed without an answer.
    DropAfter,
    /// The operation is done; the JSON answer has fields that nobody knows.
    UnknownFields,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Script {
    #[serde(default)]
    fault: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Entry {
    operation: Option<String>,
    #[serde(default = "one")]
    nth: u64,
    #[serde(default = "one")]
    times: u64,
    page: Option<u64>,
    answer: Option<u16>,
    retry_after: Option<u64>,
    #[serde(default)]
    html: bool,
    stall_seconds: Option<u64>,
    #[serde(default)]
    cut_body: bool,
    drop: Option<Moment>,
    #[serde(default)]
    unknown_fields: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Moment {
    Before,
    After,
}

fn one() -> u64 {
    1
}

#[derive(Debug)]
struct Planned {
    section: Option<&'static str>,
    page: Option<u64>,
    calls: std::ops::Range<u64>,
    seen: u64,
    fault: Fault,
}

/// A script that is being played.
#[derive(Debug, Default)]
pub struct Faults(Mutex<Vec<Planned>>);

impl Faults {
    /// Reads a script (TOML): `[[fault]]` tables with `operation` (section or name; any when left
    /// out), `page`, `nth` (which of those calls, from 1), `times` (how many in a row), and one of
    /// `answer` (status, with `retry-after` and `html`), `stall-seconds`, `cut-body`, `drop`
    /// (`before` or `after` acting), `unknown-fields`.
    ///
    /// # Errors
    /// [`FaultScriptError`]
    pub fn parse(text: &str) -> Result<Self, FaultScriptError> {
        let script: Script =
            toml::from_str(text).map_err(|error| FaultScriptError::Syntax(error.to_string()))?;
        let planned = script
            .fault
            .into_iter()
            .enumerate()
            .map(|(index, entry)| planned(index + 1, entry))
            .collect::<Result<_, _>>()?;
        Ok(Self(Mutex::new(planned)))
    }

    /// The fault of this call, if it has one. Every call counts for every entry it fits.
    #[must_use]
    pub fn next(&self, endpoint: &Endpoint, page: u64) -> Option<Fault> {
        let mut planned = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut found = None;
        for entry in planned.iter_mut() {
            let fits = entry.section.is_none_or(|section| section == endpoint.section)
                && entry.page.is_none_or(|wanted| wanted == page);
            if fits {
                entry.seen += 1;
                if found.is_none() && entry.calls.contains(&entry.seen) {
                    found = Some(entry.fault.clone());
                }
            }
        }
        found
    }
}

fn planned(index: usize, entry: Entry) -> Result<Planned, FaultScriptError> {
    let section = match entry.operation {
        None => None,
        Some(name) => Some(
            CATALOGUE
                .iter()
                .find(|endpoint| endpoint.section == name || endpoint.name == name)
                .map(|endpoint| endpoint.section)
                .ok_or(FaultScriptError::UnknownOperation { index, found: name })?,
        ),
    };
    let range = |field, found, allowed| FaultScriptError::Range { index, field, found, allowed };
    if entry.nth == 0 {
        return Err(range("nth", 0, "1 and more"));
    }
    let mut effects = Vec::new();
    if let Some(status) = entry.answer {
        if !(400..=599).contains(&status) {
            return Err(range("answer", u64::from(status), "400 to 599"));
        }
        effects.push(Fault::Answer { status, retry_after: entry.retry_after, html: entry.html });
    }
    if let Some(seconds) = entry.stall_seconds {
        if seconds > 3600 {
            return Err(range("stall-seconds", seconds, "0 to 3600"));
        }
        effects.push(Fault::Stall(Duration::from_secs(seconds)));
    }
    if entry.cut_body {
        effects.push(Fault::CutBody);
    }
    match entry.drop {
        Some(Moment::Before) => effects.push(Fault::DropBefore),
        Some(Moment::After) => effects.push(Fault::DropAfter),
        None => {}
    }
    if entry.unknown_fields {
        effects.push(Fault::UnknownFields);
    }
    let found = effects.len();
    match effects.pop() {
        Some(fault) if found == 1 => Ok(Planned {
            section,
            page: entry.page,
            calls: entry.nth..entry.nth.saturating_add(entry.times),
            seen: 0,
            fault,
        }),
        _ => Err(FaultScriptError::Effects { index, found }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(section: &str) -> &'static Endpoint {
        CATALOGUE.iter().find(|endpoint| endpoint.section == section).unwrap()
    }

    #[test]
    fn the_second_create_answers_503_with_retry_after_1() {
        let script =
            "[[fault]]\noperation = 'CreateSecureObject'\nnth = 2\nanswer = 503\nretry-after = 1";
        let faults = Faults::parse(script).unwrap();
        let create = endpoint("4.1.3");
        assert_eq!(faults.next(create, 0), None);
        assert_eq!(faults.next(endpoint("4.1.1"), 0), None);
        let answer = Fault::Answer { status: 503, retry_after: Some(1), html: false };
        assert_eq!(faults.next(create, 0), Some(answer));
        assert_eq!(faults.next(create, 0), None);
    }

    #[test]
    fn a_fault_can_be_on_one_page_only() {
        let faults = Faults::parse("[[fault]]\npage = 1\ntimes = 2\ndrop = 'before'").unwrap();
        let list = endpoint("4.3.6");
        assert_eq!(faults.next(list, 0), None);
        assert_eq!(faults.next(list, 1), Some(Fault::DropBefore));
        assert_eq!(faults.next(list, 1), Some(Fault::DropBefore));
        assert_eq!(faults.next(list, 1), None);
    }

    #[test]
    fn refuses_scripts_that_say_nothing_clear() {
        assert!(matches!(Faults::parse("fault = 1"), Err(FaultScriptError::Syntax(_))));
        let twice = Faults::parse("[[fault]]\ncut-body = true\nanswer = 500").unwrap_err();
        assert_eq!(twice, FaultScriptError::Effects { index: 1, found: 2 });
        let none = Faults::parse("[[fault]]\nnth = 1").unwrap_err();
        assert_eq!(none, FaultScriptError::Effects { index: 1, found: 0 });
        let unknown = Faults::parse("[[fault]]\noperation = '9.9'\ncut-body = true").unwrap_err();
        let found = "9.9".to_owned();
        assert_eq!(unknown, FaultScriptError::UnknownOperation { index: 1, found });
    }
}

//! Faults by script: chosen calls are answered wrongly, slowly or not at all. Never at random.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use el2g_service_api::{CATALOGUE, Endpoint, NEWER, ReplyKind};
use el2g_text::parser_message_at;
use serde::Deserialize;
use toml::Spanned;

/// Why a fault script is refused. Lines are counted from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FaultScriptError {
    /// Not TOML, or not these fields; names line and column.
    #[error("{0}")]
    Syntax(String),
    /// No such operation.
    #[error(
        "line {line}: `operation` is `{found}`, allowed: a section like 4.1.3, or a name like CreateSecureObject"
    )]
    UnknownOperation {
        /// Where.
        line: usize,
        /// What it says.
        found: String,
    },
    /// Not exactly one effect.
    #[error(
        "line {line}: this fault has {found} of `answer`, `stall-seconds`, `cut-body`, `drop` and `unknown-fields`; exactly one is needed"
    )]
    Effects {
        /// Where the fault begins.
        line: usize,
        /// How many it has.
        found: usize,
    },
    /// A number out of its range.
    #[error("line {line}: `{field}` is {found}, allowed: {allowed}")]
    Range {
        /// Where.
        line: usize,
        /// The field.
        field: &'static str,
        /// What it is.
        found: u64,
        /// What is allowed.
        allowed: &'static str,
    },
    /// A field that would have no effect.
    #[error("line {line}: `{field}` would do nothing: {reason}")]
    Idle {
        /// Where.
        line: usize,
        /// The field.
        field: &'static str,
        /// Why.
        reason: &'static str,
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
    fault: Vec<Spanned<Entry>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Entry {
    operation: Option<Spanned<String>>,
    nth: Option<Spanned<u64>>,
    times: Option<Spanned<u64>>,
    page: Option<Spanned<u64>>,
    answer: Option<Spanned<u16>>,
    retry_after: Option<Spanned<u64>>,
    html: Option<Spanned<bool>>,
    stall_seconds: Option<Spanned<u64>>,
    #[serde(default)]
    cut_body: bool,
    drop: Option<Moment>,
    unknown_fields: Option<Spanned<bool>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Moment {
    Before,
    After,
}

#[derive(Debug)]
struct Planned {
    operation: Option<&'static str>,
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
        let script: Script = toml::from_str(text).map_err(|error: toml::de::Error| {
            let at = error.span().map_or(0, |span| span.start);
            FaultScriptError::Syntax(parser_message_at(text, at, error.message()))
        })?;
        let planned =
            script.fault.into_iter().map(|entry| planned(text, entry)).collect::<Result<_, _>>()?;
        Ok(Self(Mutex::new(planned)))
    }

    /// The fault of this call, if it has one. Every call counts for every entry it fits.
    #[must_use]
    pub fn next(&self, endpoint: &Endpoint, page: u64) -> Option<Fault> {
        let mut planned = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut found = None;
        for entry in planned.iter_mut() {
            let fits = entry.operation.is_none_or(|name| name == endpoint.name)
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

/// A number that may be left out, and is 1 then.
fn count(
    text: &str,
    field: &'static str,
    number: Option<Spanned<u64>>,
) -> Result<u64, FaultScriptError> {
    let Some(number) = number else { return Ok(1) };
    match *number.get_ref() {
        0 => Err(FaultScriptError::Range {
            line: line_of(text, &number),
            field,
            found: 0,
            allowed: "1 and more",
        }),
        number => Ok(number),
    }
}

/// The line of a value.
fn line_of<T>(text: &str, value: &Spanned<T>) -> usize {
    let before = text.as_bytes().iter().take(value.span().start);
    before.filter(|byte| **byte == b'\n').count() + 1
}

fn endpoint_of(text: &str, name: &Spanned<String>) -> Result<&'static Endpoint, FaultScriptError> {
    let found = name.get_ref();
    let mut all = CATALOGUE.iter().chain(NEWER);
    let named = all.find(|e| e.section == found || e.name == found);
    named.ok_or_else(|| FaultScriptError::UnknownOperation {
        line: line_of(text, name),
        found: found.clone(),
    })
}

fn planned(text: &str, entry: Spanned<Entry>) -> Result<Planned, FaultScriptError> {
    let fault_line = line_of(text, &entry);
    let entry = entry.into_inner();
    let endpoint = entry.operation.as_ref().map(|name| endpoint_of(text, name)).transpose()?;
    check_idle(text, &entry, endpoint)?;
    let (nth, times) = (count(text, "nth", entry.nth)?, count(text, "times", entry.times)?);
    let mut effects = Vec::new();
    if let Some(answer) = entry.answer {
        let status = *answer.get_ref();
        if !(400..=599).contains(&status) {
            let (line, found) = (line_of(text, &answer), u64::from(status));
            let (field, allowed) = ("answer", "400 to 599");
            return Err(FaultScriptError::Range { line, field, found, allowed });
        }
        effects.push(Fault::Answer {
            status,
            retry_after: entry.retry_after.map(Spanned::into_inner),
            html: entry.html.is_some_and(Spanned::into_inner),
        });
    }
    if let Some(stall) = entry.stall_seconds {
        let found = *stall.get_ref();
        if found > 3600 {
            let (line, field) = (line_of(text, &stall), "stall-seconds");
            return Err(FaultScriptError::Range { line, field, found, allowed: "0 to 3600" });
        }
        effects.push(Fault::Stall(Duration::from_secs(found)));
    }
    if entry.cut_body {
        effects.push(Fault::CutBody);
    }
    match entry.drop {
        Some(Moment::Before) => effects.push(Fault::DropBefore),
        Some(Moment::After) => effects.push(Fault::DropAfter),
        None => {}
    }
    if entry.unknown_fields.is_some_and(Spanned::into_inner) {
        effects.push(Fault::UnknownFields);
    }
    let found = effects.len();
    match effects.pop() {
        Some(fault) if found == 1 => Ok(Planned {
            operation: endpoint.map(|endpoint| endpoint.name),
            page: entry.page.map(Spanned::into_inner),
            calls: nth..nth.saturating_add(times),
            seen: 0,
            fault,
        }),
        _ => Err(FaultScriptError::Effects { line: fault_line, found }),
    }
}

/// Refuses a script that would change nothing: its author expects something of it.
fn check_idle(
    text: &str,
    entry: &Entry,
    endpoint: Option<&'static Endpoint>,
) -> Result<(), FaultScriptError> {
    let idle = |line, field, reason| Err(FaultScriptError::Idle { line, field, reason });
    if let (Some(wait), None) = (&entry.retry_after, &entry.answer) {
        return idle(line_of(text, wait), "retry-after", "only an `answer` has it");
    }
    if let (Some(html), None) = (&entry.html, &entry.answer) {
        return idle(line_of(text, html), "html", "only an `answer` has it");
    }
    let Some(endpoint) = endpoint else { return Ok(()) };
    if let Some(page) = &entry.page
        && *page.get_ref() > 0
        && !endpoint.query.contains(&"page")
    {
        return idle(line_of(text, page), "page", "the operation answers no pages");
    }
    if let Some(unknown) = &entry.unknown_fields
        && endpoint.reply != ReplyKind::Json
    {
        return idle(line_of(text, unknown), "unknown-fields", "the operation answers no JSON");
    }
    Ok(())
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
    fn refuses_scripts_that_say_nothing_clear_with_line_and_key() {
        for (script, refusal) in [
            ("[[fault]]\ncut-body = true\nanswer = 500", "line 1: this fault has 2 of "),
            ("# none\n\n[[fault]]\nnth = 1", "line 3: this fault has 0 of "),
            ("[[fault]]\ncut-body = true\noperation = '9.9'", "line 3: `operation` is `9.9`, "),
            ("[[fault]]\nanswer = 200", "line 2: `answer` is 200, allowed: 400 to 599"),
            ("[[fault]]\nanswer = 500\nnth = 0", "line 3: `nth` is 0, allowed: 1 and more"),
            ("[[fault]]\nanswer = 500\ntimes = 0", "line 3: `times` is 0, allowed: 1 and more"),
            ("[[fault]]\nstall-seconds = 9999", "line 2: `stall-seconds` is 9999, "),
            (
                "[[fault]]\ncut-body = true\nretry-after = 1",
                "line 3: `retry-after` would do nothing",
            ),
            ("[[fault]]\ndrop = 'after'\nhtml = true", "line 3: `html` would do nothing"),
            (
                "[[fault]]\noperation = 'CreateDeviceGroup'\npage = 1\nanswer = 500",
                "line 3: `page` would",
            ),
            (
                "[[fault]]\noperation = '4.3.12'\nunknown-fields = true",
                "line 3: `unknown-fields` would",
            ),
        ] {
            let refused = Faults::parse(script).expect_err(script).to_string();
            assert!(refused.starts_with(refusal), "{script}: {refused}");
        }
        for (script, refusal) in [
            ("fault = 1", "line 1, column 9: wrong type: found integer, expected a sequence"),
            ("[[faults]]\nanswer = 500", "line 1, column 3: unknown field, expected `fault`"),
            ("[[fault]]\nanswer = 70000", "line 2, column 10: value not allowed, expected u16"),
            (
                "[[fault]]\nanswer = '500'",
                "line 2, column 10: wrong type: found string, expected u16",
            ),
            (
                "[[fault]]\nansver = 500",
                "line 2, column 1: unknown field, expected one of `operation`, ",
            ),
            (
                "[[fault]]\ndrop = 'during'",
                "line 2, column 8: unknown value, expected `before` or `after`",
            ),
            ("[[fault]]\nanswer = 500\nanswer = 501", "line 3, column 1: duplicate key"),
            ("[[fault]\n", "line 1, column 9: syntax error"),
        ] {
            let refused = Faults::parse(script).expect_err(script).to_string();
            assert!(refused.starts_with(refusal), "{script}: {refused}");
        }
    }
}

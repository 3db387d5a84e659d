//! The chain and the time line of an HTML report: elements and styles, so that both stay readable on a narrow screen
//! and on paper.

use std::fmt;

use askama::Template;
use el2g_findings::html::{self, Figure};
use el2g_x509::Instant;

use crate::finding::Severity;
use crate::report::{CertificateDetails, CertificateReport};

const YEAR: i64 = 31_556_952;
const DAY: i64 = 86_400;

/// What never ends would press all else together: the line shows at most so many years before and after the check.
const HORIZON: i64 = 60 * YEAR;

/// The escaper that askama.toml names.
#[derive(Clone, Copy)]
pub(super) struct Shown;

impl askama::filters::Escaper for Shown {
    fn write_escaped_str<W: fmt::Write>(&self, out: W, text: &str) -> fmt::Result {
        html::escape(text, out)
    }
}

/// What is drawn of one check.
pub(super) struct Drawing<'a> {
    /// The root, where it was given.
    pub(super) root: Option<&'a CertificateDetails>,
    /// The intermediate, where the certificate checked is a device's.
    pub(super) intermediate: Option<&'a CertificateDetails>,
    /// The certificate checked, with its verdict: an intermediate or a device's.
    pub(super) report: &'a CertificateReport,
    /// The time of the check.
    pub(super) at: Instant,
    /// Months a device certificate lives.
    pub(super) device_months: u32,
}

/// One box of the chain and one bar of the time line.
struct Link<'a> {
    role: &'static str,
    class: &'static str,
    details: &'a CertificateDetails,
}

/// A span of the time line, in seconds since 1970.
struct Span<'a> {
    name: &'a str,
    class: &'static str,
    start: i64,
    end: i64,
    dates: String,
}

impl<'a> Drawing<'a> {
    fn links(&self) -> Vec<Link<'a>> {
        let link = |role, class| move |details| Link { role, class, details };
        let class = if self.report.passed { "good" } else { "bad" };
        let judged = if self.is_of_device() { "Device" } else { "Intermediate" };
        let intermediate_class = if self.intermediate_is_at_fault() { "bad" } else { "plain" };
        let root = self.root.map(link("Root", "plain"));
        let intermediate = self.intermediate.map(link("Intermediate", intermediate_class));
        let judged = self.report.details.as_deref().map(link(judged, class));
        root.into_iter().chain(intermediate).chain(judged).collect()
    }

    /// The certificate checked is a device's: nothing is to come.
    fn is_of_device(&self) -> bool {
        self.intermediate.is_some()
    }

    /// A device's chain breaks at its intermediate.
    fn intermediate_is_at_fault(&self) -> bool {
        let mut broken = self.report.findings.iter().filter(|one| one.severity >= Severity::Error);
        broken.any(|finding| finding.rule.starts_with("device-intermediate-"))
    }

    /// The chain and, on one line of years, the validity of root, intermediate and device certificate (one issued at the
    /// time of the check, where none is there yet).
    pub(super) fn figure(&self) -> Figure {
        let mut spans: Vec<Span<'_>> = self.links().iter().filter_map(span).collect();
        if !spans.is_empty() && !self.is_of_device() {
            let start = self.at.unix();
            spans.push(Span {
                name: "Device, issued at the check",
                class: "expected",
                start,
                end: start + i64::from(self.device_months) * YEAR / 12,
                dates: format!("{} months", self.device_months),
            });
        }
        let page = Page {
            has_root: self.root.is_some(),
            links: self.links(),
            months: (!self.is_of_device()).then_some(self.device_months),
            time: (!spans.is_empty()).then(|| TimeLine::of(&spans, self.at)),
        };
        Figure::of_html(page.render().expect("a String takes every text"))
    }
}

/// The chain and the time line.
#[derive(Template)]
#[template(path = "drawing.html")]
struct Page<'a> {
    has_root: bool,
    links: Vec<Link<'a>>,
    /// Months that devices to come will live.
    months: Option<u32>,
    time: Option<TimeLine>,
}

impl Link<'_> {
    fn until(&self) -> String {
        self.details.not_after.map_or_else(|| "an unreadable date".to_owned(), day)
    }

    /// The parts of its name, that may be broken behind each comma.
    fn name_parts(&self) -> Vec<&str> {
        self.details.subject.split_inclusive(',').collect()
    }
}

fn span<'a>(link: &Link<'a>) -> Option<Span<'a>> {
    let (start, end) = (link.details.not_before?, link.details.not_after?);
    Some(Span {
        name: link.role,
        class: link.class,
        start: start.unix(),
        end: end.unix(),
        dates: format!("{} to {}", day(start), day(end)),
    })
}

/// The date of a moment.
fn day(moment: Instant) -> String {
    moment.to_string().chars().take(10).collect()
}

/// Whole days from one moment to another.
pub(super) fn days(from: Instant, to: Instant) -> i64 {
    (to.unix() - from.unix()).div_euclid(DAY)
}

/// The time line with all places worked out.
struct TimeLine {
    years: Vec<Mark>,
    now: Mark,
    bars: Vec<Bar>,
}

/// A moment on the line: what stands at it, where, and to which side of it.
struct Mark {
    text: String,
    x: String,
    side: &'static str,
}

struct Bar {
    class: &'static str,
    name: String,
    left: String,
    width: String,
    dates: String,
    /// Where the dates stand: from the left or the right end of the line.
    edge: &'static str,
    distance: String,
}

impl TimeLine {
    fn of(spans: &[Span<'_>], at: Instant) -> Self {
        let now = at.unix();
        let first = spans.iter().map(|span| span.start).min().unwrap_or(now).max(now - HORIZON);
        let last = spans.iter().map(|span| span.end).max().unwrap_or(now).min(now + HORIZON);
        let scale = Scale { first: first.min(now), last: last.max(now).max(first.min(now) + YEAR) };
        let mark = |text: String, moment: i64| Mark {
            text,
            x: scale.percent(moment),
            side: scale.side(moment),
        };
        Self {
            years: scale.years().map(|year| mark(year.to_string(), (year - 1970) * YEAR)).collect(),
            now: mark(day(at), now),
            bars: spans.iter().map(|span| Bar::of(span, &scale)).collect(),
        }
    }
}

impl Bar {
    fn of(span: &Span<'_>, scale: &Scale) -> Self {
        let (start, end) = (scale.tenths(span.start), scale.tenths(span.end));
        // The dates of a bar in the right half end where it ends, so that they do not leave the page.
        let (edge, distance) = if start > 500 { ("right", 1000 - end) } else { ("left", start) };
        Self {
            class: span.class,
            name: span.name.to_owned(),
            left: tenths(start),
            width: tenths((end - start).max(0)),
            dates: span.dates.clone(),
            edge,
            distance: tenths(distance),
        }
    }
}

/// Where a moment stands between the two ends of the line.
struct Scale {
    first: i64,
    last: i64,
}

impl Scale {
    /// Tenths of a percent of the line's length.
    fn tenths(&self, moment: i64) -> i64 {
        (moment.clamp(self.first, self.last) - self.first) * 1000 / (self.last - self.first)
    }

    fn percent(&self, moment: i64) -> String {
        tenths(self.tenths(moment))
    }

    /// The class of a mark so near to an end that its text has to stand to one side of it.
    fn side(&self, moment: i64) -> &'static str {
        match self.tenths(moment) {
            0..=60 => " early",
            940.. => " late",
            _ => "",
        }
    }

    /// Up to six years to mark.
    fn years(&self) -> impl Iterator<Item = i64> {
        let (from, to) = (1970 + self.first.div_euclid(YEAR), 1970 + self.last.div_euclid(YEAR));
        let steps = [1, 2, 5, 10, 20, 50];
        let step = steps.into_iter().find(|step| (to - from) / step <= 6).unwrap_or(100);
        ((from / step + 1) * step..=to).step_by(usize::try_from(step).unwrap_or(100))
    }
}

fn tenths(tenths: i64) -> String {
    format!("{}.{}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(start: i64, end: i64, now: i64) -> String {
        let span = Span { name: "x", class: "good", start, end, dates: String::new() };
        let time = Some(TimeLine::of(&[span], Instant::from_unix(now)));
        Page { has_root: true, links: Vec::new(), months: None, time }.render().expect("it renders")
    }

    #[test]
    fn every_span_stays_on_the_line() {
        for (start, end, now) in [
            (0, 10, 5),
            (10, 0, 5),
            (0, 0, 0),
            (i64::MIN / 4, i64::MAX / 4, 0),
            (0, YEAR, 90 * YEAR),
            (200 * YEAR, 210 * YEAR, 0),
        ] {
            let text = drawn(start, end, now);
            for part in text.split("left:").chain(text.split("right:")).skip(1) {
                let figure = part.split('%').next().expect("a figure");
                if let Ok(percent) = figure.parse::<f64>() {
                    assert!((0.0..=100.0).contains(&percent), "{percent} in {text}");
                }
            }
            assert!(text.matches("class=\"year\"").count() <= 8, "{text}");
        }
    }
}

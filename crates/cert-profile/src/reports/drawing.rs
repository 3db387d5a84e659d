//! The chain and the time line of an HTML report: elements and styles, so that both stay readable on a narrow screen
//! and on paper.

use el2g_x509::Instant;

use super::html::escape;
use crate::finding::Severity;
use crate::report::{CertificateDetails, CertificateReport};

const YEAR: i64 = 31_556_952;
const DAY: i64 = 86_400;

/// What never ends would press all else together: the line shows at most so many years before and after the check.
const HORIZON: i64 = 60 * YEAR;

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

    /// The chain: a box each for root, intermediate and device, or the devices to come, arrows between them.
    pub(super) fn chain(&self) -> String {
        let mut list = String::from("<ol class=\"chain\">\n");
        if self.root.is_none() {
            list.push_str(
                "<li class=\"missing\"><span class=\"role\">Root</span><b>not given</b>\
                 <span>what needs it was not checked</span></li>\n",
            );
        }
        for link in self.links() {
            list.push_str(&format!(
                "<li class=\"{}\"><span class=\"role\">{}</span><b>{}</b>\
                 <span>key {}</span><span>signed with {}</span><span>until {}</span></li>\n",
                link.class,
                link.role,
                name(&link.details.subject),
                escape(&link.details.public_key),
                escape(&link.details.signature_algorithm),
                link.details.not_after.map_or_else(|| "an unreadable date".to_owned(), day)
            ));
        }
        if self.is_of_device() {
            list.push_str("</ol>\n");
            return list;
        }
        list.push_str(&format!(
            "<li class=\"expected\"><span class=\"role\">Devices</span><b>Certificates the service will issue</b>\
             <span>keys in the secure elements</span><span>signed by the intermediate</span>\
             <span>{} months each</span></li>\n</ol>\n",
            self.device_months
        ));
        list
    }

    /// The validity of root, intermediate and device certificate (one issued at the time of the check, where none is
    /// there yet) on one line of years.
    pub(super) fn time_line(&self) -> String {
        let mut spans: Vec<Span<'_>> = self.links().iter().filter_map(span).collect();
        if spans.is_empty() {
            return "<p>The validity cannot be read.</p>\n".to_owned();
        }
        if !self.is_of_device() {
            let start = self.at.unix();
            spans.push(Span {
                name: "Device, issued at the check",
                class: "expected",
                start,
                end: start + i64::from(self.device_months) * YEAR / 12,
                dates: format!("{} months", self.device_months),
            });
        }
        draw(&spans, self.at)
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

/// A distinguished name that may be broken behind each of its commas.
fn name(name: &str) -> String {
    escape(name).replace(',', ",<wbr>")
}

/// The date of a moment.
pub(super) fn day(moment: Instant) -> String {
    moment.to_string().chars().take(10).collect()
}

/// Whole days from one moment to another.
pub(super) fn days(from: Instant, to: Instant) -> i64 {
    (to.unix() - from.unix()).div_euclid(DAY)
}

fn draw(spans: &[Span<'_>], at: Instant) -> String {
    let now = at.unix();
    let first = spans.iter().map(|span| span.start).min().unwrap_or(now).max(now - HORIZON);
    let last = spans.iter().map(|span| span.end).max().unwrap_or(now).min(now + HORIZON);
    let scale = Scale { first: first.min(now), last: last.max(now).max(first.min(now) + YEAR) };
    let mut text = String::from("<div class=\"time\">\n<div class=\"scale\">");
    for year in scale.years() {
        let moment = (year - 1970) * YEAR;
        let (x, side) = (scale.percent(moment), scale.side(moment));
        text.push_str(&format!(
            "<div class=\"year{side}\" style=\"left:{x}%\"><span>{year}</span></div>"
        ));
    }
    let (x, side) = (scale.percent(now), scale.side(now));
    text.push_str(&format!(
        "<div class=\"now{side}\" style=\"left:{x}%\"><span>checked {}</span></div></div>\n",
        day(at)
    ));
    for span in spans {
        let (start, end) = (scale.tenths(span.start), scale.tenths(span.end));
        let width = tenths((end - start).max(0));
        // The dates of a bar in the right half end where it ends, so that they do not leave the page.
        let place = if start > 500 {
            format!("right:{}%", tenths(1000 - end))
        } else {
            format!("left:{}%", tenths(start))
        };
        text.push_str(&format!(
            "<div class=\"row {}\"><div class=\"name\">{}</div><div class=\"track\">\
             <div class=\"bar\" style=\"left:{}%;width:{width}%\"></div>\
             <div class=\"dates\" style=\"{place}\">{}</div></div></div>\n",
            span.class,
            escape(span.name),
            tenths(start),
            escape(&span.dates)
        ));
    }
    text.push_str("</div>\n");
    text
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
        draw(&[span], Instant::from_unix(now))
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

//! The chain and the time line of an HTML report, as inline SVG.

use el2g_x509::Instant;

use super::html::escape;
use crate::report::{CertificateDetails, CertificateReport};

const YEAR: i64 = 31_556_952;

/// One box of the chain or one bar of the time line.
struct Link<'a> {
    role: &'static str,
    details: Option<&'a CertificateDetails>,
    class: &'static str,
}

/// Root, intermediate and the device certificates to come.
fn links<'a>(root: Option<&'a CertificateDetails>, report: &'a CertificateReport) -> [Link<'a>; 2] {
    let class = if report.passed { "good" } else { "bad" };
    [
        Link {
            role: "Root",
            details: root,
            class: if root.is_some() { "plain" } else { "missing" },
        },
        Link { role: "Intermediate", details: report.details.as_deref(), class },
    ]
}

/// Cuts a text for a box.
fn fitting(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut cut: String = text.chars().take(most - 1).collect();
    cut.push('…');
    cut
}

/// The chain: a box each for root, intermediate and devices, arrows between them.
pub(super) fn chain(root: Option<&CertificateDetails>, report: &CertificateReport) -> String {
    let mut svg = String::from(
        "<svg class=\"chain\" viewBox=\"0 0 920 130\" role=\"img\" aria-label=\"The chain from the root to the devices\">",
    );
    for (index, link) in links(root, report).iter().enumerate() {
        let lines = match link.details {
            Some(details) => [
                fitting(&details.subject, 31),
                format!("key {}", fitting(&details.public_key, 28)),
                format!("signed with {}", fitting(&details.signature_algorithm, 20)),
            ],
            None => ["not given: not checked".to_owned(), String::new(), String::new()],
        };
        svg.push_str(&one_box(index, link.role, link.class, &lines));
    }
    let devices = [
        "made by the service".to_owned(),
        "key in the secure element".to_owned(),
        "signed by the intermediate".to_owned(),
    ];
    svg.push_str(&one_box(2, "Device certificates", "plain", &devices));
    for x in [290, 610] {
        svg.push_str(&format!("<path class=\"arrow\" d=\"M{x} 65h20m-7 -6l7 6l-7 6\"/>"));
    }
    svg.push_str("</svg>");
    svg
}

fn one_box(index: usize, role: &str, class: &str, lines: &[String; 3]) -> String {
    let x = index * 320;
    let mut text = format!(
        "<g class=\"{class}\"><rect x=\"{}\" y=\"10\" width=\"278\" height=\"110\" rx=\"8\"/>\
         <text class=\"role\" x=\"{}\" y=\"36\">{role}</text>",
        x + 1,
        x + 16
    );
    for (row, line) in lines.iter().enumerate() {
        let y = 60 + row * 22;
        text.push_str(&format!("<text x=\"{}\" y=\"{y}\">{}</text>", x + 16, escape(line)));
    }
    text.push_str("</g>");
    text
}

/// A span of the time line, in seconds since 1970.
struct Span {
    role: &'static str,
    class: &'static str,
    start: i64,
    end: i64,
    label: String,
}

/// The validity of root, intermediate and device certificates issued at the time of the check, on one line of years.
pub(super) fn time_line(
    root: Option<&CertificateDetails>,
    report: &CertificateReport,
    at: Instant,
    device_months: u32,
) -> String {
    let mut spans: Vec<Span> = links(root, report)
        .iter()
        .filter_map(|link| {
            let (start, end) = (link.details?.not_before?, link.details?.not_after?);
            Some(Span {
                role: link.role,
                class: link.class,
                start: start.unix(),
                end: end.unix(),
                label: format!("{} to {}", day(start), day(end)),
            })
        })
        .collect();
    if spans.is_empty() {
        return "<p>The validity cannot be read.</p>".to_owned();
    }
    let devices_end = at.unix() + i64::from(device_months) * YEAR / 12;
    spans.push(Span {
        role: "Devices, issued now",
        class: "devices",
        start: at.unix(),
        end: devices_end,
        label: format!("{device_months} months"),
    });
    draw(&spans, at)
}

/// The date of a moment.
fn day(moment: Instant) -> String {
    moment.to_string().chars().take(10).collect()
}

fn draw(spans: &[Span], at: Instant) -> String {
    const LEFT: i64 = 170;
    const WIDTH: i64 = 730;
    // What never ends would press all else together: the line stops 60 years from now.
    let horizon = at.unix() + 60 * YEAR;
    let first = spans.iter().map(|span| span.start).min().unwrap_or(0).max(at.unix() - 60 * YEAR);
    let last = spans.iter().map(|span| span.end).max().unwrap_or(1).min(horizon).max(first + YEAR);
    let x = |moment: i64| LEFT + (moment.clamp(first, last) - first) * WIDTH / (last - first);
    let height = 40 + i64::try_from(spans.len()).unwrap_or(3) * 34;
    let mut svg = format!(
        "<svg class=\"time\" viewBox=\"0 0 920 {}\" role=\"img\" aria-label=\"Validity on a line of years\">",
        height + 24
    );
    for year in years(first, last) {
        let x = x((year - 1970) * YEAR);
        svg.push_str(&format!(
            "<path class=\"grid\" d=\"M{x} 20V{height}\"/><text class=\"year\" x=\"{x}\" y=\"{}\">{year}</text>",
            height + 16
        ));
    }
    for (row, span) in spans.iter().enumerate() {
        let y = 30 + row * 34;
        let (start, end) = (x(span.start), x(span.end));
        svg.push_str(&format!(
            "<text class=\"role\" x=\"4\" y=\"{}\">{}</text>\
             <rect class=\"bar {}\" x=\"{start}\" y=\"{y}\" width=\"{}\" height=\"20\" rx=\"4\"/>\
             <text class=\"label\" x=\"{}\" y=\"{}\">{}</text>",
            y + 15,
            span.role,
            span.class,
            (end - start).max(3),
            start + 6,
            y + 15,
            escape(&span.label)
        ));
    }
    let now = x(at.unix());
    svg.push_str(&format!(
        "<path class=\"now\" d=\"M{now} 14V{height}\"/><text class=\"year\" x=\"{now}\" y=\"11\">checked at</text></svg>"
    ));
    svg
}

/// Up to ten years to mark.
fn years(first: i64, last: i64) -> impl Iterator<Item = i64> {
    let (from, to) = (1970 + first.div_euclid(YEAR), 1970 + last.div_euclid(YEAR));
    let step =
        [1, 2, 5, 10, 20, 50].into_iter().find(|step| (to - from) / step <= 10).unwrap_or(100);
    ((from / step + 1) * step..=to).step_by(usize::try_from(step).unwrap_or(100))
}

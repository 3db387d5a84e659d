//! One HTML page with everything in it: no script, no network, light and dark, fit for printing.

mod overview;
mod section;

use crate::report::{CertificateReport, Report};
use el2g_text::is_shown;

const STYLE: &str = include_str!("html/page.css");

/// Up to so many certificates each show the whole table of rules.
const WITH_RULES: usize = 20;
/// So many certificates have a section of their own; of an estate, those with the heaviest findings.
const SECTIONS: usize = 200;
/// So many lines the list of certificates has.
const LINES: usize = 20_000;

/// The report as a page. Have the checker [describe](crate::Checker::describing) the certificates, so that chain and
/// time line can be drawn.
///
/// One certificate is shown with every rule. Several have a list and a table of rules with counts before them; of more
/// than 20, those with findings have sections, at most 200 of them, and the page says how many have none.
#[must_use]
pub fn html(report: &Report) -> String {
    let total = report.certificates.len();
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"generator\" content=\"el2g {}\">\n\
         <title>Certificate check: {}, {}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n",
        env!("CARGO_PKG_VERSION"),
        if report.passed { "passed" } else { "failed" },
        escape(&report.at.to_string()),
    );
    page.push_str(&overview::head(report));
    page.push_str(&overview::inputs(report));
    let shown = shown(report);
    if total > 1 {
        page.push_str(&overview::list(report, &shown));
    }
    if total > WITH_RULES {
        page.push_str(&overview::rules(report));
    }
    for index in &shown {
        let certificate = &report.certificates[*index];
        page.push_str(&section::section(report, certificate, *index, total <= WITH_RULES));
    }
    if shown.len() < total {
        page.push_str(&format!(
            "<p>{} more certificates, with lighter findings or none, have no section here: \
             <code>el2g cert check --format json</code> has every one.</p>\n",
            total - shown.len()
        ));
    }
    page.push_str(&format!(
        "<footer>Made by el2g {} from the bytes of the certificates alone. Not checked by any rule: revocation, \
         certificate policies, CRL distribution points, authority information access.</footer>\n\
         </main>\n</body>\n</html>\n",
        env!("CARGO_PKG_VERSION")
    ));
    page
}

/// The certificates that have a section, in their order.
fn shown(report: &Report) -> Vec<usize> {
    let of = |index: &usize| &report.certificates[*index];
    let mut indices: Vec<usize> = (0..report.certificates.len()).collect();
    if indices.len() > WITH_RULES {
        indices.retain(|index| !of(index).findings.is_empty());
        indices.sort_by_key(|index| std::cmp::Reverse(of(index).worst()));
        indices.truncate(SECTIONS);
        indices.sort_unstable();
    }
    indices
}

/// The verdict in a word, and its class.
fn verdict(certificate: &CertificateReport) -> (&'static str, &'static str) {
    use crate::report::InputKind;
    match (certificate.kind, certificate.passed) {
        (InputKind::Unreadable, _) => ("bad", "unreadable"),
        (_, true) => ("good", "passed"),
        (_, false) => ("bad", "failed"),
    }
}

/// `1 certificate`, `2 certificates`.
fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// Text that may stand in an element or a quoted attribute.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            character if !is_shown(character) && character != '\n' => {
                escaped.extend(character.escape_default());
            }
            character => escaped.push(character),
        }
    }
    escaped
}

/// Escaped text in which what stands between backticks is code.
fn with_code(text: &str) -> String {
    text.split('`')
        .enumerate()
        .map(|(index, part)| match index % 2 {
            0 => escape(part),
            _ => format!("<code>{}</code>", escape(part)),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use el2g_x509::Instant;

    use super::*;
    use crate::{Checker, InputFault, RuleSet};

    fn page_of(count: usize) -> String {
        let rules = RuleSet::annex6();
        let checker = Checker::new(&rules, Instant::from_unix(0));
        let fault = InputFault::NoCertificate { found: "<nothing>".into() };
        let reports = (0..count).map(|_| checker.unreadable(&fault)).collect();
        html(&checker.report(reports))
    }

    #[test]
    fn an_estate_has_a_list_of_all_and_a_bounded_number_of_sections() {
        let page = page_of(2 * SECTIONS);
        assert_eq!(page.matches("<section id=").count(), SECTIONS);
        assert_eq!(page.matches("<td>unreadable").count(), 0);
        assert!(page.contains("200 more certificates"));
        assert_eq!(page.matches("data-of=\"findings\"").count(), 2 * SECTIONS);
        assert!(!page.contains("<nothing>"));
        assert!(page_of(LINES + 5).contains("5 more certificates are not listed"));
    }

    #[test]
    fn one_certificate_has_neither_list_nor_counts() {
        assert_eq!(page_of(1).matches("<h2").count(), 1);
    }
}

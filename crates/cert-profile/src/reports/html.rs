//! One HTML page with everything in it: no script, no network, light and dark, fit for printing.

use super::drawing;
use crate::finding::{Finding, Severity};
use crate::report::{CertificateDetails, CertificateReport, InputKind, Report};
use crate::rule_set::Parameters;
use crate::rules::{RULES, Rule, Target};

const STYLE: &str = include_str!("html.css");

/// The report as a page. Have the checker [describe](crate::Checker::describing) the certificates, so that chain and
/// time line can be drawn.
#[must_use]
pub fn html(report: &Report) -> String {
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>Certificate check: {}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n",
        if report.passed { "passed" } else { "failed" }
    );
    page.push_str(&head(report));
    for certificate in &report.certificates {
        page.push_str(&section(report, certificate));
    }
    page.push_str(&format!(
        "<footer>Made by el2g {} from the bytes of the certificates alone.</footer>\n</main>\n</body>\n</html>\n",
        env!("CARGO_PKG_VERSION")
    ));
    page
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
            // Control characters and marks that reorder what is read.
            character if character.is_control() && character != '\n' => escaped.push('\u{fffd}'),
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                escaped.push('\u{fffd}');
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

fn head(report: &Report) -> String {
    let total = report.certificates.len();
    let failed = report.certificates.iter().filter(|certificate| !certificate.passed).count();
    let (class, verdict) = match (failed, total) {
        (0, 1) => ("good", "The certificate passed".to_owned()),
        (0, _) => ("good", format!("All {total} certificates passed")),
        (1, 1) => ("bad", "The certificate failed".to_owned()),
        _ => ("bad", format!("{failed} of {total} certificates failed")),
    };
    let complete = if report.complete {
        "every rule was checked"
    } else {
        "<strong>not every rule was checked</strong>"
    };
    format!(
        "<header class=\"{class}\">\n<h1>{verdict}</h1>\n\
         <p>Profile: AN12642 section 6, rule set <code>{}</code>. Checked as at {}; {complete}.</p>\n</header>\n",
        escape(&report.rules),
        escape(&report.at.to_string())
    )
}

fn section(report: &Report, certificate: &CertificateReport) -> String {
    let class = if certificate.passed { "good" } else { "bad" };
    let verdict = match (certificate.kind, certificate.passed) {
        (InputKind::Unreadable, _) => "unreadable",
        (_, true) => "passed",
        (_, false) => "failed",
    };
    let mut text = format!(
        "<section>\n<h2>{} <span class=\"badge {class}\">{verdict}</span></h2>\n",
        escape(&certificate.file)
    );
    if let Some(details) = &certificate.details {
        text.push_str(&facts(certificate, details));
        let root = report.root.as_deref();
        text.push_str("<h3>Chain</h3>\n");
        text.push_str(&drawing::chain(root, certificate));
        text.push_str("\n<h3>Validity</h3>\n");
        let months = Parameters::default().device_certificate_months;
        text.push_str(&drawing::time_line(root, certificate, report.at, months));
        text.push('\n');
    }
    text.push_str(&findings(certificate));
    text.push_str(&rule_table(certificate));
    text.push_str("</section>\n");
    text
}

fn facts(certificate: &CertificateReport, details: &CertificateDetails) -> String {
    let rows = [
        ("Subject", details.subject.as_str()),
        ("Issuer", details.issuer.as_str()),
        ("Serial number", details.serial_number.as_str()),
        ("Public key", details.public_key.as_str()),
        ("Signature", details.signature_algorithm.as_str()),
        ("SHA-256", certificate.fingerprint_sha256.as_deref().unwrap_or("")),
    ];
    let mut text = String::from("<table class=\"facts\">\n");
    for (label, value) in rows {
        text.push_str(&format!(
            "<tr><th scope=\"row\">{label}</th><td>{}</td></tr>\n",
            escape(value)
        ));
    }
    text.push_str("</table>\n");
    text
}

fn findings(certificate: &CertificateReport) -> String {
    if certificate.findings.is_empty() {
        return "<h3>Findings</h3>\n<p>None.</p>\n".to_owned();
    }
    let mut sorted: Vec<&Finding> = certificate.findings.iter().collect();
    sorted.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    let mut text = String::from("<h3>Findings</h3>\n");
    for finding in sorted {
        text.push_str(&format!(
            "<article class=\"{0}\"><p><span class=\"badge {0}\">{0}</span> <strong>{1}</strong></p>\n\
             <dl><dt>Found</dt><dd>{2}</dd><dt>Allowed</dt><dd>{3}</dd><dt>Rule</dt><dd><code>{4}</code>, {5}</dd>\
             <dt>To mend</dt><dd>{6}</dd></dl></article>\n",
            finding.severity,
            escape(&finding.message),
            escape(&finding.found),
            escape(&finding.allowed),
            finding.rule,
            escape(finding.section),
            with_code(finding.mend)
        ));
    }
    text
}

fn rule_table(certificate: &CertificateReport) -> String {
    if certificate.kind == InputKind::Unreadable {
        return String::new();
    }
    let rows: Vec<&Rule> = RULES
        .iter()
        .copied()
        .filter(|rule| matches!(rule.target(), Target::Certificate | Target::Root))
        .collect();
    let mut text = format!(
        "<details open>\n<summary>All {} rules</summary>\n<table class=\"rules\">\n\
         <tr><th scope=\"col\">Outcome</th><th scope=\"col\">Rule</th><th scope=\"col\">What it asks</th>\
         <th scope=\"col\">Section</th></tr>\n",
        rows.len()
    );
    for rule in rows {
        let (class, outcome) = outcome(certificate, rule);
        let (outcome, reason) = match class {
            "missing" => {
                ("not checked".to_owned(), format!(" <small>({})</small>", escape(&outcome)))
            }
            _ => (outcome, String::new()),
        };
        text.push_str(&format!(
            "<tr><td><span class=\"badge {class}\">{}</span></td><td><code>{}</code></td><td>{}{reason}</td><td>{}</td></tr>\n",
            escape(&outcome),
            rule.id,
            escape(rule.summary),
            escape(rule.section)
        ));
    }
    text.push_str("</table>\n</details>\n");
    text
}

fn outcome(certificate: &CertificateReport, rule: &Rule) -> (&'static str, String) {
    let broken = certificate
        .findings
        .iter()
        .filter(|finding| finding.rule == rule.id)
        .map(|finding| finding.severity)
        .max();
    match broken {
        Some(Severity::Fatal) => ("fatal", "fatal".to_owned()),
        Some(severity) => (severity.name(), severity.name().to_owned()),
        None => match certificate.not_checked.iter().find(|gap| gap.rule == rule.id) {
            Some(gap) => ("missing", gap.reason.to_owned()),
            None => ("good", "kept".to_owned()),
        },
    }
}

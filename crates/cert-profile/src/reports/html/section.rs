//! The section of one certificate: what it is, chain, validity, findings, rules.

use super::{escape, verdict, with_code};
use crate::finding::{Finding, Severity};
use crate::report::{CertificateDetails, CertificateReport, InputKind, Report};
use crate::reports::drawing::{Drawing, days};
use crate::rules::{RULES, Rule};

/// The section of the certificate at `index`.
pub(super) fn section(
    report: &Report,
    certificate: &CertificateReport,
    index: usize,
    with_rules: bool,
) -> String {
    let (class, word) = verdict(certificate);
    let file = if certificate.file.is_empty() { "certificate" } else { &certificate.file };
    let mut text = format!(
        "<section id=\"c{}\"{}>\n<h2>{} <span class=\"badge {class}\">{word}</span></h2>\n",
        index + 1,
        if with_rules && index > 0 { " class=\"new-page\"" } else { "" },
        escape(file)
    );
    if let Some(details) = &certificate.details {
        text.push_str(&facts(report, certificate, details));
        let drawing = Drawing {
            root: report.root.as_deref(),
            intermediate: report.intermediate.as_deref(),
            report: certificate,
            at: report.at,
            device_months: report.device_months,
        };
        text.push_str(&format!(
            "<h3>Chain</h3>\n{}<h3>Validity</h3>\n{}",
            drawing.chain(),
            drawing.time_line()
        ));
    }
    text.push_str(&findings(certificate));
    text.push_str(&if with_rules { rule_table(certificate) } else { gaps(certificate) });
    text.push_str("</section>\n");
    text
}

fn facts(report: &Report, certificate: &CertificateReport, details: &CertificateDetails) -> String {
    let rows = [
        ("Subject", details.subject.clone(), ""),
        ("Issuer", details.issuer.clone(), ""),
        ("Serial number", details.serial_number.clone(), "mono"),
        ("Valid", validity(report, details), ""),
        ("Public key", details.public_key.clone(), ""),
        ("Signature", details.signature_algorithm.clone(), ""),
        ("SHA-256", certificate.fingerprint_sha256.clone().unwrap_or_default(), "mono"),
    ];
    let mut text = String::from("<table class=\"facts\">\n");
    for (label, value, class) in rows {
        text.push_str(&format!(
            "<tr><th scope=\"row\">{label}</th><td class=\"{class}\">{}</td></tr>\n",
            escape(&value)
        ));
    }
    text.push_str("</table>\n");
    text
}

/// Both dates, and how many days were left at the check.
fn validity(report: &Report, details: &CertificateDetails) -> String {
    let (Some(start), Some(end)) = (details.not_before, details.not_after) else {
        return "cannot be read".to_owned();
    };
    let left = match days(report.at, end) {
        left if left < 0 => "over".to_owned(),
        _ if report.at < start => "not begun".to_owned(),
        left => format!("{left} days left"),
    };
    format!("{start} to {end} ({left} at the check)")
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
             <dt>Fix</dt><dd>{6}</dd></dl></article>\n",
            finding.severity,
            escape(&finding.message),
            escape(&finding.found),
            escape(&finding.allowed),
            finding.rule,
            escape(finding.section),
            with_code(finding.fix)
        ));
    }
    text
}

/// The rules that were not checked, where the table is not shown.
fn gaps(certificate: &CertificateReport) -> String {
    if certificate.not_checked.is_empty() {
        return String::new();
    }
    let names: Vec<String> =
        certificate.not_checked.iter().map(|gap| format!("<code>{}</code>", gap.rule)).collect();
    format!("<p>Not checked: {}</p>\n", names.join(", "))
}

fn rule_table(certificate: &CertificateReport) -> String {
    if certificate.kind == InputKind::Unreadable {
        return String::new();
    }
    let rows: Vec<&Rule> =
        RULES.iter().copied().filter(|rule| certificate.is_judged_by(rule)).collect();
    let mut text = format!(
        "<details open>\n<summary>All {} rules</summary>\n<table class=\"list\">\n\
         <thead><tr><th scope=\"col\">Outcome</th><th scope=\"col\">Rule</th><th scope=\"col\">What it asks</th>\
         <th scope=\"col\">Section</th></tr></thead>\n<tbody>\n",
        rows.len()
    );
    for rule in rows {
        let (class, outcome, reason) = outcome(certificate, rule);
        let reason = reason
            .map(|reason| format!(" <small>({})</small>", escape(reason)))
            .unwrap_or_default();
        text.push_str(&format!(
            "<tr><td><span class=\"badge {class}\">{outcome}</span></td><td><code>{}</code></td><td>{}{reason}</td><td>{}</td></tr>\n",
            rule.id,
            escape(rule.summary),
            escape(rule.section)
        ));
    }
    text.push_str("</tbody>\n</table>\n</details>\n");
    text
}

/// Class, word, and why a rule was not checked.
fn outcome(
    certificate: &CertificateReport,
    rule: &Rule,
) -> (&'static str, &'static str, Option<&'static str>) {
    let of_rule = certificate.findings.iter().filter(|finding| finding.rule == rule.id);
    match of_rule.map(|finding| finding.severity).max() {
        Some(severity) => (Severity::name(severity), severity.name(), None),
        None => match certificate.not_checked.iter().find(|gap| gap.rule == rule.id) {
            Some(gap) => ("missing", "not checked", Some(gap.reason)),
            None => ("good", "kept", None),
        },
    }
}

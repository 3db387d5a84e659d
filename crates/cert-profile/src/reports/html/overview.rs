//! What stands before the sections of single certificates: the verdict, what was handed in, the list, the rules with
//! counts.

use std::collections::BTreeMap;

use super::{LINES, count, escape, verdict};
use crate::finding::Severity;
use crate::report::{CertificateDetails, InputKind, Report};
use crate::reports::drawing::day;
use crate::rules::{RULES, Rule};

/// The verdict.
pub(super) fn head(report: &Report) -> String {
    let total = report.certificates.len();
    let failed = report.certificates.iter().filter(|certificate| !certificate.passed).count();
    let (class, verdict) = match (failed, total) {
        (0, 1) => ("good", "The certificate passed".to_owned()),
        (0, _) => ("good", format!("All {total} certificates passed")),
        (1, 1) => ("bad", "The certificate failed".to_owned()),
        _ => ("bad", format!("{failed} of {total} certificates failed")),
    };
    let complete = if report.complete {
        "Every rule was checked."
    } else {
        "<strong>Not every rule was checked</strong>: what is missing is listed."
    };
    let what = if report.intermediate.is_some() {
        "Device certificates of EdgeLock 2GO, checked up to their root (RFC 5280 section 6.1)."
    } else {
        "Intermediate CA certificates for EdgeLock 2GO, checked against AN12642 section 6."
    };
    format!(
        "<header class=\"{class}\">\n<h1>{verdict}</h1>\n<p>{what} {complete}</p>\n<p>{}</p>\n</header>\n",
        findings(report)
    )
}

/// The findings by severity, in words.
fn findings(report: &Report) -> String {
    let of = |severity: Severity| {
        report
            .certificates
            .iter()
            .flat_map(|one| &one.findings)
            .filter(|f| f.severity == severity)
            .count()
    };
    let words: Vec<String> = [
        (Severity::Fatal, "fatal finding"),
        (Severity::Error, "error"),
        (Severity::Warning, "warning"),
        (Severity::Note, "note"),
    ]
    .into_iter()
    .map(|(severity, noun)| (of(severity), noun))
    .filter(|(number, noun)| *number > 0 || *noun == "error")
    .map(|(number, noun)| count(number, noun))
    .collect();
    words.join(", ")
}

/// The inputs beside the certificates, and how they were checked.
pub(super) fn inputs(report: &Report) -> String {
    let mut rows = vec![
        ("Rule set".to_owned(), escape(&report.rules)),
        ("Checked as at".to_owned(), escape(&report.at.to_string())),
        ("Certificates".to_owned(), report.certificates.len().to_string()),
    ];
    let given = |found: Option<(&str, &str)>| match found {
        Some((subject, fingerprint)) => format!(
            "{}<br><span class=\"mono\">SHA-256 {}</span>",
            escape(subject),
            escape(fingerprint)
        ),
        None => "none was given".to_owned(),
    };
    let certificate = |one: &CertificateDetails| {
        given(Some((one.subject.as_str(), one.fingerprint_sha256.as_str())))
    };
    let root = report.root.as_deref().map_or_else(|| given(None), certificate);
    rows.push(("Root".to_owned(), root));
    match report.intermediate.as_deref() {
        Some(intermediate) => rows.push(("Intermediate".to_owned(), certificate(intermediate))),
        None => {
            let request = report.request.as_deref();
            let request =
                request.map(|one| (one.subject.as_str(), one.fingerprint_sha256.as_str()));
            rows.push(("Request".to_owned(), given(request)));
        }
    }
    let mut text = String::from("<section>\n<table class=\"facts\">\n");
    for (label, value) in rows {
        text.push_str(&format!("<tr><th scope=\"row\">{label}</th><td>{value}</td></tr>\n"));
    }
    text.push_str("</table>\n</section>\n");
    text
}

/// Every certificate in a line.
pub(super) fn list(report: &Report, shown: &[usize]) -> String {
    let mut text = String::from(
        "<section>\n<h2>Certificates</h2>\n<table class=\"list\">\n<thead><tr><th scope=\"col\">Verdict</th>\
         <th scope=\"col\">Certificate</th><th scope=\"col\">Until</th>\
         <th scope=\"col\" class=\"count\">Findings</th></tr></thead>\n<tbody>\n",
    );
    for (index, certificate) in report.certificates.iter().enumerate().take(LINES) {
        let (class, word) = verdict(certificate);
        let file = escape(&certificate.file);
        let name = if shown.binary_search(&index).is_ok() {
            format!("<a href=\"#c{}\">{file}</a>", index + 1)
        } else {
            file
        };
        let details = certificate.details.as_deref();
        let subject = details.map(|details| format!("<br>{}", escape(&details.subject)));
        let until = details.and_then(|details| details.not_after).map(day);
        text.push_str(&format!(
            "<tr><td><span class=\"badge {class}\">{word}</span></td><td>{name}{}</td><td class=\"date\">{}</td>\
             <td class=\"count\" data-of=\"findings\">{}</td></tr>\n",
            subject.unwrap_or_default(),
            until.unwrap_or_default(),
            certificate.findings.len()
        ));
    }
    text.push_str("</tbody>\n</table>\n");
    if report.certificates.len() > LINES {
        let more = report.certificates.len() - LINES;
        text.push_str(&format!("<p>{more} more certificates are not listed.</p>\n"));
    }
    text.push_str("</section>\n");
    text
}

/// How often a rule was broken, and how often it was not checked.
#[derive(Default)]
struct Tally {
    broken: usize,
    not_checked: usize,
}

/// Every rule in a line, with counts over all certificates.
pub(super) fn rules(report: &Report) -> String {
    let judged =
        report.certificates.iter().filter(|one| one.kind == InputKind::Certificate).count();
    let tallies = tallies(report);
    let mut text = String::from(
        "<section>\n<h2>Rules</h2>\n<table class=\"list\">\n<thead><tr><th scope=\"col\">Rule</th>\
         <th scope=\"col\">What it asks</th><th scope=\"col\" class=\"count\">Kept</th>\
         <th scope=\"col\" class=\"count\">Broken</th><th scope=\"col\" class=\"count\">Not checked</th></tr></thead>\n\
         <tbody>\n",
    );
    let none = Tally::default();
    for rule in of_report(report) {
        let tally = tallies.get(rule.id).unwrap_or(&none);
        let kept = judged.saturating_sub(tally.broken + tally.not_checked);
        text.push_str(&format!(
            "<tr><td><code>{}</code></td><td>{} <small>({})</small></td><td class=\"count\" data-of=\"kept\">{kept}</td>\
             <td class=\"count\" data-of=\"broken\">{}</td><td class=\"count\" data-of=\"not checked\">{}</td></tr>\n",
            rule.id,
            escape(rule.summary),
            escape(rule.section),
            tally.broken,
            tally.not_checked
        ));
    }
    text.push_str("</tbody>\n</table>\n</section>\n");
    text
}

fn tallies(report: &Report) -> BTreeMap<&'static str, Tally> {
    let mut tallies: BTreeMap<&'static str, Tally> = BTreeMap::new();
    for certificate in report.certificates.iter().filter(|one| one.kind == InputKind::Certificate) {
        let mut last = "";
        for finding in &certificate.findings {
            // The findings of one rule stand together: it is broken once.
            if finding.rule != last {
                tallies.entry(finding.rule).or_default().broken += 1;
            }
            last = finding.rule;
        }
        for gap in &certificate.not_checked {
            tallies.entry(gap.rule).or_default().not_checked += 1;
        }
    }
    tallies
}

/// The rules that apply to at least one of the certificates.
fn of_report(report: &Report) -> impl Iterator<Item = &'static Rule> {
    RULES
        .iter()
        .copied()
        .filter(|rule| report.certificates.iter().any(|certificate| certificate.is_judged_by(rule)))
}

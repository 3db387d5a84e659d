//! SARIF 2.1.0, the form code-scanning tools read.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::path;
use crate::finding::{Finding, Severity};
use crate::report::{CertificateReport, Report};
use crate::rules::{RULES, Rule};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// The report as a SARIF log with one run. Rule ids are those of the table; a result's fingerprint is made of the
/// certificate's SHA-256 and the rule, so that it stays the same wherever the file lies.
#[must_use]
pub fn sarif(report: &Report) -> String {
    let rules: Vec<Value> = RULES.iter().copied().map(descriptor).collect();
    let results: Vec<Value> = report.certificates.iter().flat_map(results).collect();
    let not_checked: Vec<Value> = report
        .certificates
        .iter()
        .filter(|certificate| !certificate.not_checked.is_empty())
        .map(|certificate| json!({"file": certificate.file, "rules": certificate.not_checked}))
        .collect();
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "el2g",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
            "properties": {
                "ruleSet": report.rules,
                "at": report.at.to_string(),
                "passed": report.passed,
                "complete": report.complete,
                "notChecked": not_checked,
            },
        }],
    });
    let mut text = el2g_text::json_text(
        &serde_json::to_string_pretty(&log).expect("a JSON value is always JSON"),
    );
    text.push('\n');
    text
}

const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Fatal | Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

fn descriptor(rule: &Rule) -> Value {
    let mut descriptor = json!({
        "id": rule.id,
        "name": pascal_case(rule.id),
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": format!("{} ({})", rule.summary, rule.section)},
        "help": {"text": format!("To fix: {}", rule.fix)},
        "defaultConfiguration": {"level": level(rule.severity)},
        "properties": {"section": rule.section, "severity": rule.severity},
    });
    let address = rule.section.split([' ', ',']).find(|word| word.starts_with("https://"));
    if let Some(address) = address {
        descriptor["helpUri"] = address.into();
    }
    descriptor
}

/// `public-key-on-curve` as `PublicKeyOnCurve`: tools show it as the rule's name.
fn pascal_case(id: &str) -> String {
    id.split('-')
        .flat_map(|word| {
            let mut characters = word.chars();
            characters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(characters)
        })
        .collect()
}

fn results(certificate: &CertificateReport) -> Vec<Value> {
    let mut seen: Vec<&str> = Vec::new();
    certificate
        .findings
        .iter()
        .map(|finding| {
            let earlier = seen.iter().filter(|rule| **rule == finding.rule).count();
            seen.push(finding.rule);
            result(certificate, finding, earlier)
        })
        .collect()
}

fn result(certificate: &CertificateReport, finding: &Finding, earlier: usize) -> Value {
    let which = certificate.number.map(|number| format!("certificate {number}: "));
    let index = RULES.iter().position(|rule| rule.id == finding.rule);
    let identity = certificate.fingerprint_sha256.as_deref().unwrap_or(&certificate.file);
    json!({
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": level(finding.severity),
        "message": {"text": format!(
            "{}{}: found {}, allowed {}",
            which.unwrap_or_default(), finding.message, finding.found, finding.allowed
        )},
        "locations": [{"physicalLocation": {
            "artifactLocation": {"uri": uri(path(certificate))},
            "region": {"startLine": 1},
        }}],
        "partialFingerprints": {
            "certificateRule/v1": format!("{identity}:{}:{earlier}", finding.rule),
        },
        "properties": {
            "severity": finding.severity,
            "found": finding.found,
            "allowed": finding.allowed,
            "section": finding.section,
            "fix": finding.fix,
            "certificate": certificate.number.unwrap_or(1),
        },
    })
}

/// A path as a URI reference (RFC 3986): what may not stand in a path is percent-encoded.
fn uri(path: &str) -> String {
    if path == "-" {
        return "stdin".to_owned();
    }
    const ENCODED: &AsciiSet =
        &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');
    let text = utf8_percent_encode(path, ENCODED).to_string();
    if path.starts_with('/') { format!("file://{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_become_names() {
        assert_eq!(pascal_case("version-v3"), "VersionV3");
    }

    #[test]
    fn paths_become_uri_references() {
        assert_eq!(uri("certs/a b#1.pem"), "certs/a%20b%231.pem");
        assert_eq!(uri("/tmp/x:y"), "file:///tmp/x%3Ay");
        assert_eq!(uri("-"), "stdin");
    }
}

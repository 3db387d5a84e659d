//! SARIF 2.1.0, the form code-scanning tools read.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::finding::{Finding, RuleDescription, Severity};
use crate::json::json_document;
use crate::report::{Checked, Linter, Report};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// The report as a SARIF log with one run. A result's fingerprint is made of the input's SHA-256, where it has one, and
/// the rule, so that it stays the same wherever the file lies.
#[must_use]
pub fn sarif(report: &Report<'_>) -> String {
    let linter = &report.linter;
    let rules: Vec<Value> = linter.rules.iter().map(descriptor).collect();
    let results: Vec<Value> =
        report.inputs.iter().flat_map(|checked| results(checked, linter)).collect();
    let not_checked: Vec<Value> = report
        .inputs
        .iter()
        .filter(|checked| !checked.not_checked.is_empty())
        .map(|checked| json!({"file": checked.file, "rules": checked.not_checked}))
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
                "command": linter.command,
                "ruleSet": report.rule_set,
                "at": report.at,
                "passed": report.inputs.iter().all(|checked| checked.passed),
                "complete": report.inputs.iter().all(|checked| checked.complete),
                "notChecked": not_checked,
            },
        }],
    });
    json_document(&log) + "\n"
}

const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Fatal | Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

fn descriptor(rule: &RuleDescription) -> Value {
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

fn results(checked: &Checked<'_>, linter: &Linter) -> Vec<Value> {
    let mut seen: Vec<&str> = Vec::new();
    checked
        .findings
        .iter()
        .map(|finding| {
            let earlier = seen.iter().filter(|rule| **rule == finding.rule).count();
            seen.push(finding.rule);
            result(checked, linter, finding, earlier)
        })
        .collect()
}

fn result(checked: &Checked<'_>, linter: &Linter, finding: &Finding, earlier: usize) -> Value {
    let noun = linter.noun;
    let index = linter.rules.iter().position(|rule| rule.id == finding.rule);
    let identity = checked.fingerprint.unwrap_or(checked.file);
    let mut location = json!({"physicalLocation": {
        "artifactLocation": {"uri": uri(checked.path())},
        "region": {"startLine": 1},
    }});
    let mut at = String::new();
    if let Some(place) = finding.place.as_deref() {
        location["logicalLocations"] =
            json!([{"fullyQualifiedName": place.path, "name": place.place}]);
        at = format!("{}: ", place.place);
    }
    json!({
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": level(finding.severity),
        "message": {"text": format!(
            "{}{at}{}: found {}, allowed {}",
            checked.prefix(linter), finding.message, finding.found, finding.allowed
        )},
        "locations": [location],
        "partialFingerprints": {
            format!("{noun}Rule/v1"): format!("{identity}:{}:{earlier}", finding.rule),
        },
        "properties": {
            "severity": finding.severity,
            "found": finding.found,
            "allowed": finding.allowed,
            "section": finding.section,
            "fix": finding.fix,
            noun: checked.number.unwrap_or(1),
        },
    })
}

/// A path as a URI reference (RFC 3986): what may not stand in a path is percent-encoded.
fn uri(path: &str) -> String {
    match path {
        "-" => "stdin".to_owned(),
        _ if cfg!(windows) => uri_of_windows(path),
        _ if path.starts_with('/') => format!("file://{}", encoded(path)),
        _ => encoded(path),
    }
}

/// The same for a path with backslashes, perhaps with a drive or server (RFC 8089 E.2 and E.3).
fn uri_of_windows(path: &str) -> String {
    let path = path.replace('\\', "/");
    let path = match path.strip_prefix("//?/") {
        Some(whole) => {
            whole.strip_prefix("UNC").map_or_else(|| whole.to_owned(), |it| format!("/{it}"))
        }
        None => path,
    };
    match path.split_once(':') {
        Some((drive, rest)) if drive.len() == 1 => format!("file:///{drive}:{}", encoded(rest)),
        _ if path.starts_with("//") => format!("file:{}", encoded(&path)),
        _ => encoded(&path),
    }
}

fn encoded(path: &str) -> String {
    const ENCODED: &AsciiSet =
        &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');
    utf8_percent_encode(path, ENCODED).to_string()
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

    #[test]
    fn paths_of_windows_become_uri_references() {
        let expected = [
            (r"certs\a b.pem", "certs/a%20b.pem"),
            ("certs/a.pem", "certs/a.pem"),
            (r"C:\keys\ü.pem", "file:///C:/keys/%C3%BC.pem"),
            (r"\\?\C:\keys\a.pem", "file:///C:/keys/a.pem"),
            (r"\\server\share\a.pem", "file://server/share/a.pem"),
            (r"\\?\UNC\server\share\a.pem", "file://server/share/a.pem"),
        ];
        for (path, uri) in expected {
            assert_eq!(uri_of_windows(path), uri);
        }
    }
}

//! The report's other forms.

use serde_json::Value;

use super::{check, x509};

#[test]
fn sarif_names_rules_places_and_stable_fingerprints() {
    let certificate = x509("bad/basic-constraints-path-length.pem");
    let root = x509("good/root.pem");
    let run = || check(&[&certificate, "--root", &root, "--format", "sarif"]).exits(3).json();
    let log = run();
    assert_eq!(log["version"], "2.1.0");
    let result = &log["runs"][0]["results"][0];
    assert_eq!(result["ruleId"], "basic-constraints-path-length");
    assert_eq!(result["level"], "error");
    let index = usize::try_from(result["ruleIndex"].as_u64().expect("an index")).expect("small");
    let rules = &log["runs"][0]["tool"]["driver"]["rules"];
    assert_eq!(rules[index]["id"], "basic-constraints-path-length");
    assert_eq!(rules.as_array().map(Vec::len), Some(el2g_cert_profile::RULES.len()));
    assert_eq!(
        run()["runs"][0]["results"][0]["partialFingerprints"],
        result["partialFingerprints"]
    );
    assert_eq!(log["runs"][0]["properties"]["ruleSet"], "annex6");
    assert_ne!(log["runs"][0]["properties"]["notChecked"], Value::Array(vec![]));
}

#[test]
fn junit_fails_the_case_of_the_rule_and_skips_what_was_not_checked() {
    let certificate = x509("bad/basic-constraints-path-length.pem");
    let text = check(&[&certificate, "--format", "junit"]).exits(3).stdout;
    assert!(text.starts_with("<?xml"));
    assert!(
        text.contains("<failure message=\"the path length is not 0\" type=\"error\">"),
        "{text}"
    );
    assert!(text.contains("<skipped message=\"no root certificate was given\""), "{text}");
    assert!(text.contains("failures=\"1\""), "{text}");
}

#[test]
fn github_annotations_are_one_line_each() {
    let certificate = x509("bad/basic-constraints-path-length.pem");
    let text = check(&[&certificate, "--format", "github"]).exits(3).stdout;
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 2, "{text}");
    assert!(lines[0].starts_with("::error file="), "{text}");
    assert!(
        lines[0].contains("title=basic-constraints-path-length::the path length is not 0"),
        "{text}"
    );
}

#[test]
fn the_page_is_whole_and_asks_for_nothing_from_outside() {
    let (certificate, root) = (x509("bad/validity-within-root.pem"), x509("good/root.pem"));
    let page = check(&[&certificate, "--root", &root, "--format", "html"]).exits(3).stdout;
    assert!(page.starts_with("<!doctype html>") && page.trim_end().ends_with("</html>"));
    for part in [
        "The certificate failed",
        "the certificate outlives its root",
        "class=\"chain\"",
        "class=\"time\"",
    ] {
        assert!(page.contains(part), "{part}");
    }
    for outside in ["http://", "https://", "<script", "<link", "<img", "url("] {
        assert!(!page.contains(outside), "{outside}");
    }
    let rows = page.matches("<tr><td><span class=\"badge").count();
    let judged = el2g_cert_profile::RULES
        .iter()
        .filter(|rule| {
            use el2g_cert_profile::Target;
            matches!(rule.target(), Target::Certificate | Target::Root)
        })
        .count();
    assert_eq!(rows, judged);
}

#[test]
fn text_of_a_certificate_cannot_leave_its_place_in_a_report() {
    use std::process::Command;
    let work = crate::workplace::Workplace::new();
    let subject = "/CN=<script>alert(1)<\\/script>\u{202e}&\"'";
    let arguments =
        ["req", "-x509", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
    let more = ["-utf8", "-subj", subject, "-days", "30", "-keyout", "k", "-out", "c.pem"];
    let Some(ran) = work.oracle(Command::new("openssl"), &[&arguments[..], &more].concat()) else {
        return;
    };
    ran.exits(0);
    let page = work.el2g(&["cert", "check", "c.pem", "--format", "html"]).stdout;
    assert!(page.contains("&lt;script") && !page.contains("<script>"));
    let text = work.el2g(&["cert", "check", "c.pem", "--root", "c.pem"]).stdout;
    assert!(!text.contains('\u{202e}'));
}

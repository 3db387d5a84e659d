//! The report's other forms.

use serde_json::Value;

use crate::oracles::oracle;

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
            matches!(rule.target(), Target::Key | Target::Certificate | Target::Root)
        })
        .count();
    assert_eq!(rows, judged);
}

#[test]
#[cfg_attr(not(oracle = "openssl"), ignore = "needs openssl")]
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

/// A program of the readers' environment that `.ci/run` makes; `None` where it was not made.
fn reader(name: &str) -> Option<std::process::Command> {
    oracle(name).map(std::process::Command::new)
}

fn run(mut command: std::process::Command, arguments: &[&str]) -> (i32, String) {
    let output = command.args(arguments).output().expect("it is there");
    let text = [output.stdout, output.stderr].concat();
    (output.status.code().expect("no signal"), String::from_utf8_lossy(&text).into_owned())
}

/// Every bad certificate there is, in one report.
fn everything(work: &crate::workplace::Workplace, file: &str) -> String {
    let (bad, root, request) = (x509("bad"), x509("good/root.pem"), x509("good/request.pem"));
    let arguments = ["cert", "check", &bad, "--root", &root, "--csr", &request, "--out", file];
    work.el2g(&arguments).exits(3);
    work.path(file).to_str().expect("UTF-8").to_owned()
}

#[test]
#[cfg_attr(
    not(all(oracle = "check-jsonschema", oracle = "sarif", oracle = "serde-sarif")),
    ignore = "needs check-jsonschema, sarif, serde-sarif"
)]
fn sarif_is_valid_by_the_schema_of_oasis_and_read_by_sarif_tools() {
    let work = crate::workplace::Workplace::new();
    let (Some(schema), Some(validator), Some(again), Some(tools)) = (
        oracle("serde-sarif"),
        reader("check-jsonschema"),
        reader("check-jsonschema"),
        reader("sarif"),
    ) else {
        return;
    };
    let log = everything(&work, "all.sarif");
    let schema = schema.to_str().expect("UTF-8");
    let fixed = ["--regex-variant", "python", "--schemafile", schema];
    let (code, said) = run(validator, &[&fixed[..], &[&log]].concat());
    assert_eq!(code, 0, "{said}");
    // The judge can say no.
    let text = String::from_utf8(work.read("all.sarif")).expect("UTF-8");
    work.write("wrong.sarif", text.replacen("\"level\": \"error\"", "\"level\": \"bad\"", 1));
    let wrong = work.path("wrong.sarif");
    let (code, said) = run(again, &[&fixed[..], &[wrong.to_str().expect("UTF-8")]].concat());
    assert_eq!(code, 1, "{said}");
    let (code, said) = run(tools, &["summary", &log]);
    let log: Value = serde_json::from_str(&text).expect("JSON");
    let results = log["runs"][0]["results"].as_array().expect("a list");
    let errors = results.iter().filter(|result| result["level"] == "error").count();
    assert!(code == 0 && said.contains(&format!("error: {errors}\n")), "{errors}: {said}");
    assert!(said.contains(" - basic-constraints-path-length "), "{said}");
    // No two results have the same fingerprint.
    let mut fingerprints: Vec<String> = results
        .iter()
        .map(|one| format!("{} {}", one["locations"], one["partialFingerprints"]))
        .collect();
    fingerprints.sort();
    fingerprints.dedup();
    assert_eq!(fingerprints.len(), results.len());
}

#[test]
#[cfg_attr(not(oracle = "junitparser"), ignore = "needs junitparser")]
fn junit_is_read_by_junitparser_with_the_same_counts() {
    let work = crate::workplace::Workplace::new();
    let Some(python) = reader("junitparser") else { return };
    let file = everything(&work, "all.xml");
    let program = "import junitparser, sys\n\
        x = junitparser.JUnitXml.fromfile(sys.argv[1])\n\
        cases = [c for s in x for c in s]\n\
        kinds = [type(r).__name__ for c in cases for r in c.result]\n\
        print(len(list(x)), x.tests == len(cases), x.failures == kinds.count('Failure') > 0, x.errors)";
    let (code, said) = run(python, &["-c", program, &file]);
    let suites = std::fs::read_dir(x509("bad")).expect("testdata").count();
    assert_eq!(code, 0, "{said}");
    let (found, rest) = said.trim().split_once(' ').expect("four words");
    assert_eq!(rest, "True True 0");
    assert!(found.parse::<usize>().expect("a number") >= suites / 2, "{said}");
}

#[test]
fn the_report_goes_to_the_file_in_the_form_its_ending_names() {
    let work = crate::workplace::Workplace::new();
    let good = x509("good/intermediate.pem");
    let to = |file: &str, more: &[&str]| {
        let fixed = ["cert", "check", &good, "--at", "2026-06-01T00:00:00Z", "--out", file];
        let ran = work.el2g(&[&fixed[..], more].concat()).exits(0);
        assert_eq!((ran.stdout.as_str(), ran.stderr.contains("wrote ")), ("", true));
        String::from_utf8(work.read(file)).expect("UTF-8")
    };
    assert!(to("r.html", &[]).starts_with("<!doctype html>"));
    assert!(to("r.sarif", &[]).contains("\"version\": \"2.1.0\""));
    assert!(to("r.xml", &[]).starts_with("<?xml"));
    assert!(to("r.json", &[]).starts_with('{'));
    assert!(to("r", &[]).contains("1 certificate, all passed"));
    assert!(to("r.txt", &["--format", "html"]).starts_with("<!doctype html>"));
}

#[test]
fn names_of_files_that_are_odd_keep_apart_and_in_their_place() {
    use std::os::unix::ffi::OsStringExt as _;
    let work = crate::workplace::Workplace::new();
    let bad = std::fs::read(x509("bad/basic-constraints-path-length.pem")).expect("testdata");
    std::fs::create_dir(work.path("c")).expect("the test's own folder");
    for name in [b"a b.pem".to_vec(), b"x\n::error::y.pem".to_vec(), b"\xff#2.pem".to_vec()] {
        std::fs::write(work.path("c").join(std::ffi::OsString::from_vec(name)), &bad)
            .expect("the test's own folder");
    }
    let text = work.el2g(&["cert", "check", "c", "--format", "github"]).exits(3).stdout;
    assert!(text.contains("file=c/a b.pem,"), "{text}");
    assert!(text.contains("file=c/x%0A%3A%3Aerror%3A%3Ay.pem,"), "{text}");
    assert!(text.contains("file=c/\\xff#2.pem,"), "{text}");
    assert!(
        text.lines().all(|line| line.starts_with("::") && !line.starts_with("::error::")
            || line.ends_with("failed")),
        "{text}"
    );
}

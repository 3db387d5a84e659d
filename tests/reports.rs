//! Every checker in every format: each whole report against `tests/reports/<checker>.txt`, then other people's readers.
//!
//! `EL2G_WRITE_REPORTS=1` writes the files; read the difference.

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::oracles::oracle;
use crate::workplace::{Workplace, root, words};

const FORMATS: [&str; 6] = ["human", "json", "sarif", "junit", "github", "html"];

/// A checker: its name, its command line, what it exits with, and the files it reads.
const CHECKERS: [(&str, &str, i32, &[&str]); 8] = [
    (
        "certificate",
        "cert check basic-constraints-path-length.pem --root root.pem --at 2026-06-01T00:00:00Z",
        3,
        &["x509/bad/basic-constraints-path-length.pem", "x509/good/root.pem"],
    ),
    ("request", "csr show request-p384.pem", 3, &["x509/good/request-p384.pem"]),
    (
        "verification",
        "cert check-verification verification.pem --ca intermediate.pem --code x --at 2026-06-01T00:00:00Z",
        3,
        &["x509/good/verification.pem", "x509/good/intermediate.pem"],
    ),
    (
        "message",
        "pgp inspect several-recipients.asc",
        3,
        &["openpgp/messages/several-recipients.asc"],
    ),
    (
        "messages",
        "pgp inspect accepted.asc several-recipients.asc not-encrypted.asc",
        3,
        &[
            "openpgp/messages/accepted.asc",
            "openpgp/messages/several-recipients.asc",
            "openpgp/messages/not-encrypted.asc",
        ],
    ),
    ("key", "pgp recipient expired-recipient.pub.asc", 3, &["openpgp/expired-recipient.pub.asc"]),
    ("policy", "policy check policies.json", 3, &[]),
    ("contract", "contract check --openapi openapi.json", 3, &[]),
];

/// A policy with a rule that does not exist, and one entry too few.
const POLICIES: &str = r#"{"935389312472":{"policyType":"ACCESS_RULE","policySourceType":"CUSTOM","accessRuleConfiguration":[
    {"objectId":"00000000","type":"UNAUTHENTICATED","accessRules":["<b>&'\u202e"]}]}}"#;

/// The files of a checker.
fn workplace(files: &[&str]) -> Workplace {
    let work = Workplace::new();
    files.iter().for_each(|file| work.take(file));
    work.write("policies.json", POLICIES);
    let service = el2g_service_api::openapi::Service {
        title: "<b>&'\u{202e}",
        version: "7",
        description: "",
        servers: &[],
        newer: None,
        refusals: &|_| Vec::new(),
    };
    let document = el2g_service_api::openapi::document(&service);
    let mut document = serde_json::to_value(document).unwrap();
    document["components"]["schemas"]["Csr"]["properties"]["value"] =
        serde_json::json!({"type": "integer"});
    work.write("openapi.json", document.to_string());
    work
}

/// A report without what differs from run to run or is the same in all: the version, the time of a check made now, the
/// style of a page, and the rules that SARIF describes.
fn steady(format: &str, text: &str) -> String {
    let mut text = without_now(&text.replace(env!("CARGO_PKG_VERSION"), "VERSION"));
    if let (Some(start), Some(end)) = (text.find("<style>"), text.find("</style>")) {
        text.replace_range(start..end, "<style>");
    }
    if format == "sarif" {
        let mut log: Value = serde_json::from_str(&text).unwrap();
        let rules = &mut log["runs"][0]["tool"]["driver"]["rules"];
        *rules = format!("{} rules", rules.as_array().unwrap().len()).into();
        text = serde_json::to_string_pretty(&log).unwrap() + "\n";
    }
    text
}

/// The text with `NOW` for every time of the last hour.
fn without_now(text: &str) -> String {
    const LENGTH: usize = "2026-06-01T00:00:00Z".len();
    let now = jiff::Timestamp::now().as_second();
    let is_now = |moment: &str| {
        let parsed = moment.parse::<jiff::Timestamp>();
        parsed.is_ok_and(|moment| (0..3600).contains(&(now - moment.as_second())))
    };
    let mut steady = text.to_owned();
    for (start, _) in text.char_indices() {
        if let Some(moment) = text.get(start..start + LENGTH).filter(|it| is_now(it)) {
            steady = steady.replace(moment, "NOW");
        }
    }
    steady
}

#[test]
fn every_checker_reports_the_same_in_all_formats_as_before() {
    let is_written = std::env::var_os("EL2G_WRITE_REPORTS").is_some();
    let mut changed = Vec::new();
    for (name, line, code, files) in CHECKERS {
        let work = workplace(files);
        let mut all = String::new();
        for format in FORMATS {
            let line = words(&format!("{line} --format {format}"));
            let ran = work.el2g(&line).exits(code);
            all += &format!("==== {format}\n{}", steady(format, &ran.stdout));
        }
        let path = root().join("tests/reports").join(format!("{name}.txt"));
        if is_written {
            fs::write(&path, &all).unwrap();
        } else if fs::read_to_string(&path).unwrap() != all {
            changed.push(format!("{name}:\n{all}"));
        }
    }
    assert!(changed.is_empty(), "{}", changed.join("\n"));
}

/// The report of each checker in a file of its own.
pub fn written(format: &str) -> (Workplace, Vec<String>) {
    let work = Workplace::new();
    let mut paths = Vec::new();
    for (name, line, code, files) in CHECKERS {
        let ran = workplace(files).el2g(&words(&format!("{line} --format {format}"))).exits(code);
        let file = format!("{name}.{format}");
        work.write(&file, ran.stdout);
        paths.push(work.path(&file).to_str().unwrap().to_owned());
    }
    (work, paths)
}

#[test]
fn sarif_of_every_checker_is_valid_by_the_schema_of_oasis() {
    let (Some(schema), Some(validator)) = (oracle("serde-sarif"), oracle("check-jsonschema"))
    else {
        return;
    };
    let (_work, logs) = written("sarif");
    let mut command = Command::new(validator);
    command.args(["--regex-variant", "python", "--schemafile"]).arg(schema).args(logs);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn junit_of_every_checker_is_read_by_junitparser_with_the_same_counts() {
    let Some(python) = oracle("junitparser") else { return };
    let program = "import junitparser, sys\n\
        for name in sys.argv[1:]:\n\
        \x20   x = junitparser.JUnitXml.fromfile(name)\n\
        \x20   cases = [c for s in x for c in s]\n\
        \x20   kinds = [type(r).__name__ for c in cases for r in c.result]\n\
        \x20   assert x.tests == len(cases) and x.failures == kinds.count('Failure') > 0, name";
    let (_work, documents) = written("junit");
    let output = Command::new(python).args(["-c", program]).args(documents).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn every_checker_takes_the_same_values_of_the_same_flag() {
    let help = |line: &str| {
        let command: Vec<&str> = line.split(' ').take(2).collect();
        let work = Workplace::new();
        let help = work.el2g(&[&command[..], &["--help"]].concat()).exits(0).stdout;
        let (_, flag) = help.split_once("--format <FORMAT>").expect(line);
        flag.split_once("\n\n  -")
            .map_or(flag, |(flag, _)| flag)
            .split("      --")
            .next()
            .unwrap()
            .to_owned()
    };
    let first = help(CHECKERS[0].1);
    for format in FORMATS {
        assert!(first.contains(&format!("- {format}:")), "{first}");
    }
    for (name, line, ..) in CHECKERS {
        assert_eq!(help(line).trim(), first.trim(), "{name}");
    }
}

#[test]
fn every_json_names_its_schema_and_the_tool() {
    for (name, line, code, files) in CHECKERS {
        let report = workplace(files).el2g(&words(&format!("{line} -o json"))).exits(code).json();
        let schema = match name {
            "verification" => "el2g/certificate-report/1".to_owned(),
            name => format!("el2g/{name}-report/1"),
        };
        assert_eq!(report["schema"], schema);
        let tool = serde_json::json!({"name": "el2g", "version": env!("CARGO_PKG_VERSION")});
        assert_eq!(report["tool"], tool);
    }
}

#[test]
fn several_files_end_in_an_overview_with_failures_first() {
    let work = Workplace::new();
    for file in ["good/intermediate.pem", "bad/basic-constraints-path-length.pem"] {
        work.take(&format!("x509/{file}"));
    }
    work.take("x509/bad/name-constraints-absent.pem");
    let line = "cert check . --at 2026-06-01T00:00:00Z";
    let text = work.el2g(&words(line)).exits(3).stdout;
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[lines.len() - 3..],
        [
            "FAILED ./basic-constraints-path-length.pem: basic-constraints-path-length",
            "1 error, 2 warnings",
            "3 certificates, 1 failed; rules annex6, at 2026-06-01T00:00:00Z; not everything was checked",
        ]
    );
}

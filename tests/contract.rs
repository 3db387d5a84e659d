//! `el2g contract`: OpenAPI files against the operations of the program.

use std::process::Command;

use serde_json::{Value, json};

use crate::served::Served;
use crate::workplace::Workplace;

fn check(work: &Workplace, document: &Value) -> crate::workplace::Ran {
    work.write("openapi.json", document.to_string());
    work.el2g(&["contract", "check", "--openapi", "openapi.json", "-o", "json"])
}

#[test]
#[cfg_attr(not(oracle = "curl"), ignore = "needs curl")]
fn what_the_sandbox_serves_does_not_differ_and_each_change_is_told() {
    let served = Served::start(Workplace::new(), &[]);
    if served.work.oracle(Command::new("curl"), &["--version"]).is_none() {
        return;
    }
    let url = format!("{}/openapi.json", served.url("baseUrl"));
    let (status, body) = served.curl(&[&url]).expect("curl is there");
    assert_eq!(status, 200);
    let document: Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!(document["servers"][0]["url"], served.url("foundriesUrl"));
    let paths = document["paths"].as_object().expect("paths").values();
    let described: usize = paths.map(|item| item.as_object().expect("operations").len()).sum();
    let report = check(&served.work, &document).exits(0).json();
    assert_eq!(
        report,
        json!({"schema": "el2g/contract-report/1",
            "tool": {"name": "el2g", "version": env!("CARGO_PKG_VERSION")}, "file": "openapi.json", "format": "OpenAPI 3.1.0", "title": "el2g sandbox",
            "version": env!("CARGO_PKG_VERSION"), "prefix": "",
            "operations": {"ours": 57, "found": 57, "described": described},
            "answers": [{"key": "page-size", "value": "100", "place": "GET /rtp/secure-objects, size"}],
            "passed": true, "findings": []})
    );

    let mut changed = document.clone();
    changed["paths"] = document["paths"]
        .as_object()
        .expect("paths")
        .iter()
        .map(|(path, item)| (format!("/api/v1{path}"), item.clone()))
        .collect();
    let fields = &mut changed["components"]["schemas"]["Csr"]["properties"];
    fields["value"] = json!({"type": "integer"});
    let ran = check(&served.work, &changed).exits(3);
    let report = ran.json();
    assert_eq!((&report["prefix"], &report["passed"]), (&json!("/api/v1"), &json!(false)));
    let findings = report["findings"].as_array().expect("a list");
    let [finding] = &findings[..] else { panic!("{report}") };
    let place = "GET /rtp/intermediate-cas/{intermediateCaId}/csr (ShowCsr)";
    for (key, value) in [
        ("rule", "contract-type"),
        ("severity", "error"),
        ("message", "reply value: string here, integer in the file"),
        ("found", "integer"),
        ("allowed", "string"),
        ("place", place),
        ("path", "/rtp/intermediate-cas/{intermediateCaId}/csr"),
    ] {
        assert_eq!(finding[key], value);
    }
    let error: Value =
        serde_json::from_str(ran.stderr.lines().last().expect("a line")).expect("JSON");
    assert_eq!(error["error"]["message"], "openapi.json: 1 difference");
    let told = served.work.el2g(&["contract", "check", "--openapi", "openapi.json"]).exits(3);
    for part in [
        "openapi.json: FAILED, 1 error\n",
        &format!("57 of our 57, {described} in the file\n"),
        "  below       /api/v1\n",
        "          reply value: string here, integer in the file\n",
        &format!("          at      {place}\n"),
    ] {
        assert!(told.stdout.contains(part), "{part} in {}", told.stdout);
    }
}

#[test]
fn refuses_what_it_cannot_compare() {
    let work = Workplace::new();
    work.write("deep.json", "[".repeat(1_000_000));
    work.write("spec.yaml", "openapi: 3.1.0\npaths: {}\n");
    work.write("deep.yaml", "- ".repeat(100_000));
    work.write("empty.json", r#"{"openapi":"3.1.0","paths":{}}"#);
    work.write("other.json", r#"{"a":"b\u001b[31m"}"#);
    work.write("large.json", format!("\"{}\"", "x".repeat(33 * 1024 * 1024)));
    for (file, says) in [
        ("deep.json", "nested too deeply"),
        ("spec.yaml", "no `paths` with operations"),
        ("deep.yaml", "not YAML"),
        ("empty.json", "no `paths` with operations"),
        ("other.json", "neither `openapi` nor `swagger` is there"),
        ("large.json", "large.json"),
        ("nowhere.json", "nowhere.json"),
    ] {
        let ran = work.el2g(&["contract", "check", "--openapi", file]).exits(3);
        assert!(ran.stderr.contains(says), "{file}: {}", ran.stderr);
        assert_eq!(ran.stdout, "", "{file}");
    }
    work.el2g(&["contract", "check"]).exits(2);
}

#[test]
fn a_hostile_name_stays_on_its_line() {
    let work = Workplace::new();
    let document = json!({"openapi": "3.0.0", "info": {"title": "a\u{1b}[31m\nb"}, "paths": {
        "/x\ny": {"get": {"operationId": "\u{7}", "responses": {}}}}});
    work.write("openapi.json", document.to_string());
    let ran = work.el2g(&["contract", "check", "--openapi", "openapi.json"]).exits(3);
    assert!(!ran.stdout.contains(['\u{1b}', '\u{7}']), "{}", ran.stdout);
    assert!(ran.stdout.contains("GET /x\\ny (\\u{7})\n"), "{}", ran.stdout);
}

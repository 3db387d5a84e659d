//! `el2g cert`: what it says of certificates that OpenSSL made, of other people's corpora, and of hostile input.

mod corpora;
mod corpus;
mod devices;
mod formats;
mod hostile;
mod name_constraints;
mod openssl;

use serde_json::{Value, json};

use crate::workplace::{Ran, Workplace, testdata};

const AT: [&str; 2] = ["--at", "2026-06-01T00:00:00Z"];

/// A file of `testdata/x509`.
fn x509(name: &str) -> String {
    testdata("x509").join(name).to_str().expect("a path of UTF-8").to_owned()
}

/// `el2g cert check` as at the time the test data is made for.
fn check(arguments: &[&str]) -> Ran {
    check_in(&Workplace::new(), arguments)
}

fn check_in(work: &Workplace, arguments: &[&str]) -> Ran {
    work.el2g(&[&["cert", "check"], arguments, &AT].concat())
}

/// The rules that break, of the first certificate of a JSON report.
fn broken(report: &Value) -> Vec<&str> {
    let findings = report["certificates"][0]["findings"].as_array().expect("a list of findings");
    findings.iter().map(|finding| finding["rule"].as_str().expect("a rule")).collect()
}

#[test]
fn a_good_certificate_passes_and_the_json_says_everything() {
    let (certificate, root, request) =
        (x509("good/intermediate.pem"), x509("good/root.pem"), x509("good/request.pem"));
    let ran = check(&[&certificate, "--root", &root, "--csr", &request, "-o", "json"]).exits(0);
    let fingerprint = ran.json()["certificates"][0]["fingerprintSha256"].clone();
    assert_eq!(fingerprint.as_str().map(str::len), Some(64));
    assert_eq!(
        ran.json(),
        json!({
            "schema": "el2g/certificate-report/1",
            "tool": {"name": "el2g", "version": env!("CARGO_PKG_VERSION")},
            "rules": "annex6",
            "at": "2026-06-01T00:00:00Z",
            "certificates": [{
                "file": certificate,
                "kind": "certificate",
                "fingerprintSha256": fingerprint,
                "passed": true,
                "complete": true,
                "findings": [],
                "notChecked": [],
            }],
            "passed": true,
            "complete": true,
        })
    );
    // `--format json` is the same.
    let same =
        check(&[&certificate, "--root", &root, "--csr", &request, "--format", "json"]).exits(0);
    assert_eq!(same.json(), ran.json());
}

#[test]
fn a_finding_says_what_was_found_what_is_allowed_and_how_to_mend_it() {
    let (certificate, root) =
        (x509("bad/basic-constraints-path-length.pem"), x509("good/root.pem"));
    let ran = check(&[&certificate, "--root", &root, "-o", "json"]).exits(3);
    let report = ran.json();
    let finding = &report["certificates"][0]["findings"][0];
    assert_eq!(finding["rule"], "basic-constraints-path-length");
    assert_eq!(finding["severity"], "error");
    assert_eq!((&finding["found"], &finding["allowed"]), (&json!("256"), &json!("0")));
    assert_eq!(finding["section"], "AN12642 6, Basic Constraint");
    assert!(finding["fix"].as_str().expect("a text").contains("pathlen:0"));
    assert_eq!((&report["passed"], &report["complete"]), (&json!(false), &json!(false)));
    assert!(ran.stderr.contains("breaks the profile"), "{}", ran.stderr);
}

#[test]
fn what_is_not_checked_is_listed_and_fails_only_when_asked_to() {
    let certificate = x509("good/intermediate.pem");
    let report = check(&[&certificate, "-o", "json"]).exits(0).json();
    assert_eq!(report["complete"], false);
    let gaps = report["certificates"][0]["notChecked"].as_array().expect("a list");
    assert!(gaps.iter().any(|gap| gap["rule"] == "signature-verifies"));
    check(&[&certificate, "--require-complete"]).exits(3);
    let (root, request) = (x509("good/root.pem"), x509("good/request.pem"));
    check(&[&certificate, "--require-complete", "--root", &root, "--csr", &request]).exits(0);
}

#[test]
fn warnings_fail_when_asked_to() {
    let certificate = x509("bad/name-constraints-absent.pem");
    check(&[&certificate]).exits(0);
    check(&[&certificate, "--fail-on", "warning"]).exits(3);
    let note = x509("bad/key-usage-crl-sign.pem");
    check(&[&note, "--fail-on", "warning"]).exits(0);
    check(&[&note, "--fail-on", "note"]).exits(3);
}

#[test]
fn files_folders_patterns_bundles_and_standard_input_are_read() {
    let work = Workplace::new();
    let good = std::fs::read(x509("good/intermediate.pem")).expect("testdata");
    std::fs::create_dir_all(work.path("certs/below")).expect("the test's own folder");
    work.write("certs/a.pem", &good);
    work.write("certs/below/b.crt", &good);
    work.write("certs/notes.txt", "no certificate");
    work.write(
        "bundle.pem",
        [good.clone(), good.clone(), b"text between\n".to_vec(), good.clone()].concat(),
    );
    let names = |ran: Ran| -> Vec<String> {
        let report = ran.json();
        let list = report["certificates"].as_array().expect("a list").clone();
        list.iter().map(|one| one["file"].as_str().expect("a name").to_owned()).collect()
    };
    let json = ["-o", "json"];
    let run = |files: &[&str]| check_in(&work, &[files, &json].concat()).exits(0);
    assert_eq!(names(run(&["certs"])), ["certs/a.pem", "certs/below/b.crt"]);
    assert_eq!(names(run(&["certs/*.pem"])), ["certs/a.pem"]);
    assert_eq!(names(run(&["bundle.pem"])), ["bundle.pem#1", "bundle.pem#2", "bundle.pem#3"]);
    let piped =
        work.el2g_fed(&[&["cert", "check", "-", "-o", "json"], &AT[..]].concat(), &good).exits(0);
    assert_eq!(names(piped), ["-"]);
    check_in(&work, &["nothing/*.pem"]).exits(3);
    std::fs::create_dir(work.path("empty")).expect("the test's own folder");
    check_in(&work, &["empty"]).exits(3);
}

#[test]
fn der_json_answers_and_escaped_lines_are_read() {
    let work = Workplace::new();
    let good = std::fs::read_to_string(x509("good/intermediate.pem")).expect("testdata");
    let line = good.trim_end().replace('\n', "\\n");
    work.write("answer.json", format!("{{\"id\": 7, \"value\": \"{line}\"}}"));
    work.write("line.pem", &line);
    work.write("der", std::fs::read(x509("good/intermediate.der")).expect("testdata"));
    for (file, findings) in
        [("der", vec![]), ("answer.json", vec!["input-plain"]), ("line.pem", vec!["input-plain"])]
    {
        let report = check_in(&work, &[file, "-o", "json"]).exits(0).json();
        assert_eq!(broken(&report), findings, "{file}");
    }
}

#[test]
fn inputs_that_are_no_certificate_are_reported_beside_the_others() {
    let work = Workplace::new();
    let good = x509("good/intermediate.pem");
    work.write("empty.pem", "");
    work.write("cut.pem", &std::fs::read(&good).expect("testdata")[..300]);
    work.write("key.pem", "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n");
    let files = ["empty.pem", "cut.pem", "key.pem", &x509("good/request.pem"), &good];
    let ran = check_in(&work, &[&files[..], &["-o", "json"]].concat()).exits(3);
    let report = ran.json();
    let kinds: Vec<&str> = report["certificates"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| one["kind"].as_str().expect("a kind"))
        .collect();
    assert_eq!(kinds, ["unreadable", "unreadable", "unreadable", "unreadable", "certificate"]);
    assert!(!ran.stdout.contains("c2VjcmV0") && !ran.stdout.contains("secret"));
}

#[test]
fn wrong_command_lines_are_told_apart_from_wrong_input() {
    let work = Workplace::new();
    let good = x509("good/intermediate.pem");
    work.write(
        "rules.toml",
        "name = \"x\"\ninherits = \"annex6\"\n[severity]\nnothing = \"off\"\n",
    );
    work.write("huge.pem", vec![b'A'; 65 << 20]);
    check(&[&good, "-o", "json", "--format", "human"]).exits(2);
    check(&[&good, "-o", "human", "--format", "sarif"]).exits(2);
    check(&[&good, "--rules", "annex7"]).exits(2);
    check(&[]).exits(2);
    work.el2g(&["cert", "check", &good, "--at", "yesterday"]).exits(2);
    let root = std::fs::read(x509("good/root.pem")).expect("testdata");
    work.el2g_fed(&["cert", "check", "-", "--root", "-"], &root).exits(2);
    check_in(&work, &[&good, "--rules", "rules.toml"]).exits(3);
    check_in(&work, &[&good, "--root", "missing.pem"]).exits(3);
    check_in(&work, &[&good, "--root", &x509("good/request.pem")]).exits(3);
    check_in(&work, &[&good, "--csr", &good]).exits(3);
    check_in(&work, &["huge.pem"]).exits(3);
}

#[test]
fn a_rule_set_of_ones_own_changes_severities_and_is_named() {
    let work = Workplace::new();
    work.write(
        "strict.toml",
        "name = \"acme-strict\"\ninherits = \"annex6\"\n\
         [severity]\nname-constraints-absent = \"error\"\nkey-usage-crl-sign = \"off\"\n\
         [parameters]\npublic-keys = [\"NIST_P256\", \"NIST_P384\"]\n",
    );
    let rules = ["--rules", "strict.toml", "-o", "json"];
    let run = |file: &str| check_in(&work, &[&[x509(file).as_str()], &rules[..]].concat());
    let report = run("bad/name-constraints-absent.pem").exits(3).json();
    assert_eq!(report["rules"], "acme-strict");
    let report = run("bad/key-usage-crl-sign.pem").exits(0).json();
    assert_eq!(broken(&report), [""; 0]);
    let gaps = report["certificates"][0]["notChecked"].as_array().expect("a list");
    assert!(gaps.contains(
        &json!({"rule": "key-usage-crl-sign", "reason": "switched off by the rule set"})
    ));
    run("good/intermediate-p384-key.pem").exits(0);
    let listed =
        work.el2g(&["cert", "rules", "--rules", "strict.toml", "-o", "json"]).exits(0).json();
    let row = |id: &str| {
        let rows = listed["list"].as_array().expect("a list");
        rows.iter().find(|row| row["id"] == id).expect("a rule")["severity"].clone()
    };
    assert_eq!(
        (row("name-constraints-absent"), row("key-usage-crl-sign")),
        (json!("error"), json!("off"))
    );
}

#[test]
fn the_rules_are_listed_and_explained_one_by_one() {
    let work = Workplace::new();
    let listed = work.el2g(&["cert", "rules", "-o", "json"]).exits(0).json();
    let count = listed["list"].as_array().expect("a list").len();
    assert_eq!(count, el2g_cert_profile::RULES.len());
    let one = work.el2g(&["cert", "rules", "basic-constraints-path-length"]).exits(0);
    assert!(one.stdout.contains("exactly 0") && one.stdout.contains("fix: "), "{}", one.stdout);
    work.el2g(&["cert", "rules", "no-such-rule"]).exits(2);
}

#[test]
fn verification_certificates_are_judged_by_code_and_ca() {
    let work = Workplace::new();
    let (certificate, ca) = (x509("good/verification.pem"), x509("good/intermediate.pem"));
    let code = "0123456789abcdef".repeat(4);
    let run = |code: &str, more: &[&str]| {
        let fixed = ["cert", "check-verification", &certificate, "--ca", &ca, "--code", code];
        work.el2g(&[&fixed[..], &AT, more, &["-o", "json"]].concat())
    };
    assert_eq!(broken(&run(&code, &[]).exits(0).json()), [""; 0]);
    assert_eq!(
        broken(&run(&code, &["--cloud", "aws"]).exits(0).json()),
        ["verification-aws-notes"]
    );
    for wrong in [code.to_uppercase(), format!("{code} "), code[1..].to_owned()] {
        let report = run(&wrong, &[]).exits(3).json();
        assert!(broken(&report).contains(&"verification-common-name-is-code"), "{wrong}");
    }
    let other = x509("good/root.pem");
    let fixed = ["cert", "check-verification", &certificate, "--ca", &other, "--code", &code];
    let report = work.el2g(&[&fixed[..], &AT, &["-o", "json"]].concat()).exits(3).json();
    assert!(broken(&report).contains(&"verification-signature-verifies"));
}

#[test]
fn a_bundle_of_ten_thousand_certificates_is_judged() {
    let work = Workplace::new();
    let one = std::fs::read(x509("good/intermediate.pem")).expect("testdata");
    work.write("estate.pem", one.repeat(10_000));
    let root = x509("good/root.pem");
    let ran = check_in(&work, &["estate.pem", "--root", &root]).exits(0);
    assert!(ran.stdout.contains("10000 certificates, all passed"));
}

/// More files than are judged at a time: their order, the separators between them and the counts.
#[test]
fn a_folder_of_two_thousand_files_is_reported_in_the_order_of_their_names() {
    let work = Workplace::new();
    std::fs::create_dir(work.path("estate")).expect("the test's own folder");
    let good = std::fs::read(testdata("x509/good/intermediate.pem")).expect("test data");
    let name = |number: usize| format!("estate/{number:04}.pem");
    for number in 0..2000 {
        work.write(&name(number), if number % 7 == 3 { b"nothing".as_slice() } else { &good });
    }
    let root = x509("good/root.pem");
    let arguments = ["estate", "--root", &root];
    let report = check_in(&work, &[&arguments[..], &["-o", "json"]].concat()).exits(3).json();
    let judged: Vec<(&str, bool)> = report["certificates"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| (one["file"].as_str().expect("a name"), one["passed"] == true))
        .collect();
    let names: Vec<String> = (0..2000).map(name).collect();
    let expected: Vec<(&str, bool)> =
        names.iter().enumerate().map(|(number, name)| (name.as_str(), number % 7 != 3)).collect();
    assert_eq!(judged, expected);
    let human = check_in(&work, &arguments).exits(3).stdout;
    let last = human.lines().last().expect("a summary");
    assert!(last.starts_with("2000 certificates, 286 failed; rules annex6, at "), "{last}");
    // In a file stands what stdout gets.
    check_in(&work, &[&arguments[..], &["--out", "report.txt"]].concat()).exits(3);
    assert_eq!(String::from_utf8(work.read("report.txt")).expect("text"), human);
}

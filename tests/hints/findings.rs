//! Reports of findings: the fix of each stands directly under it, and has one name in JSON.

use serde_json::Value;

use crate::workplace::{Workplace, testdata, words};

/// Commands that report findings, and the files that they need.
const REPORTS: [(&str, &[&str]); 6] = [
    (
        "cert check key-usage-critical.pem --root root.pem",
        &["x509/bad/key-usage-critical.pem", "x509/good/root.pem"],
    ),
    (
        "cert check basic-constraints-path-length.pem root.pem",
        &["x509/bad/basic-constraints-path-length.pem", "x509/good/root.pem"],
    ),
    (
        "cert check-verification intermediate.pem --ca root.pem --code x",
        &["x509/good/intermediate.pem", "x509/good/root.pem"],
    ),
    ("csr show request-rsa.pem", &["x509/good/request-rsa.pem"]),
    ("pgp inspect not-encrypted.asc", &["openpgp/messages/not-encrypted.asc"]),
    ("pgp inspect several-recipients.asc", &["openpgp/messages/several-recipients.asc"]),
];

#[test]
fn the_fix_stands_directly_under_its_finding() {
    for (line, files) in REPORTS {
        let work = Workplace::new();
        for file in files {
            work.write(file.rsplit('/').next().unwrap(), std::fs::read(testdata(file)).unwrap());
        }
        let json = work.el2g(&words(&format!("{line} -o json")));
        assert!([0, 3].contains(&json.code), "{line}: {}", json.stderr);
        let mut findings = Vec::new();
        collect(&json.json(), &mut findings);
        let human = work.el2g(&words(line)).stdout;
        let shown: Vec<&str> = human.lines().map(str::trim).collect();
        let mut fixes = 0;
        for finding in &findings {
            let Some(fix) = finding["fix"].as_str() else { continue };
            fixes += 1;
            let id = finding["rule"].as_str().unwrap();
            let at = shown.iter().position(|line| line.split([' ', ':']).any(|word| word == id));
            let at = at.unwrap_or_else(|| panic!("{line}: no {id} in {human}"));
            // Message, found and allowed stand between; no other finding does.
            let below = shown[at + 1..].iter().take(4).find(|line| line.starts_with("fix"));
            let below = below.unwrap_or_else(|| panic!("{line}: no fix under {id} in {human}"));
            assert!(below.contains(fix), "{line}: {below} for {id}");
        }
        assert_eq!(shown.iter().filter(|line| line.starts_with("fix")).count(), fixes, "{human}");
        assert!(fixes > 0, "{line}: {human}");
    }
}

/// Every finding in a report, whatever is around it.
fn collect(report: &Value, found: &mut Vec<Value>) {
    match report {
        Value::Object(fields) => {
            for (key, value) in fields {
                assert!(!["mend", "remedy"].contains(&key.as_str()), "{report}");
                match value {
                    Value::Array(items) if key == "findings" => found.extend(items.clone()),
                    other => collect(other, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        _ => {}
    }
}

//! The page of `cert check --format html`.

use std::process::Command;

use serde_json::Value;

use super::{hostile_names, is_well_behaved, look};
use crate::workplace::{Workplace, testdata};

fn url(work: &Workplace, page: &str) -> String {
    format!("file://{}", work.path(page).display())
}

fn page(work: &Workplace, arguments: &[&str], code: i32) {
    let fixed = ["cert", "check", "--at", "2026-06-01T00:00:00Z", "--out", "page.html"];
    work.el2g(&[&fixed[..], arguments].concat()).exits(code);
}

fn x509(name: &str) -> String {
    testdata("x509").join(name).to_str().expect("a path of UTF-8").to_owned()
}

#[test]
#[cfg_attr(not(all(oracle = "chromium", oracle = "node")), ignore = "needs chromium, node")]
fn the_report_shows_verdict_chain_and_time_line_light_dark_narrow_and_on_paper() {
    let work = Workplace::new();
    let (bad, good) = (x509("bad/validity-within-root.pem"), x509("good/intermediate.pem"));
    let (root, request) = (x509("good/root.pem"), x509("good/request.pem"));
    page(&work, &[&bad, &good, "--root", &root, "--csr", &request], 3);
    let address = url(&work, "page.html");
    let Some(seen) = look(&work, &address, "seen") else { return };
    is_well_behaved(&seen, &address);
    let text = seen["text"].as_str().expect("a text");
    for part in [
        "1 of 2 certificates failed",
        "Every rule was checked",
        "the certificate outlives its root",
        "2060-01-01T00:00:00Z or earlier",
        "Chain\n",
        "Validity\n",
        "key P-256",
        "checked 2026-06-01",
        "2025-01-01 to 2060-01-01",
        "120 months",
        "All 83 rules",
    ] {
        assert!(text.contains(part), "`{part}` is not in {text}");
    }
    assert_eq!(seen["title"], "Certificate check: failed, 2026-06-01T00:00:00Z");
}

#[test]
#[cfg_attr(not(all(oracle = "chromium", oracle = "node")), ignore = "needs chromium, node")]
fn the_report_on_a_device_shows_its_own_chain_and_time_line() {
    let work = Workplace::new();
    let (intermediate, root) = (x509("good/intermediate.pem"), x509("good/root.pem"));
    let under = ["--intermediate", &intermediate, "--root", &root];
    for (leaf, code, verdict) in [
        ("good/device.pem", 0, "The certificate passed"),
        ("bad/device-signature-verifies.pem", 3, "the signature does not verify"),
    ] {
        page(&work, &[&[x509(leaf).as_str()], &under[..]].concat(), code);
        let address = url(&work, "page.html");
        let Some(seen) = look(&work, &address, "seen") else { return };
        is_well_behaved(&seen, &address);
        let text = seen["text"].as_str().expect("a text");
        for part in [
            verdict,
            "Device certificates of EdgeLock 2GO, checked up to their root",
            "CN=Example Root",
            "CN=Example Intermediate",
            "CN=line-7-0011223344556677-0001",
            "2025-01-01 to 2045-01-01",
        ] {
            assert!(text.contains(part), "`{part}` is not in {text}");
        }
        assert!(!text.contains("months") && !text.contains("will issue"), "{text}");
    }
}

#[test]
#[cfg_attr(not(oracle = "openssl"), ignore = "needs openssl")]
fn hostile_subjects_are_text_in_the_report() {
    let work = Workplace::new();
    let mut names: Vec<String> =
        hostile_names().iter().map(|name| name.replace('/', "\\/")).collect();
    // As long as a name gets: OpenSSL keeps to the 64 characters that one attribute may have.
    names.push(["W".repeat(64).as_str(); 60].join("/OU="));
    let mut files = Vec::new();
    for (index, name) in names.iter().enumerate() {
        let file = format!("c{index}.pem");
        let subject = format!("/CN=c{index}/OU={name}");
        let arguments = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
        let more = ["-nodes", "-utf8", "-subj", &subject, "-days", "30"];
        let files_of = ["-keyout", "k", "-out", &file];
        let all = [&arguments[..], &more, &files_of].concat();
        let Some(ran) = work.oracle(Command::new("openssl"), &all) else { return };
        ran.exits(0);
        files.push(file);
    }
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    page(&work, &files, 3);
    let address = url(&work, "page.html");
    let Some(seen) = look(&work, &address, "seen") else { return };
    is_well_behaved(&seen, &address);
    let text = seen["text"].as_str().expect("a text");
    assert_eq!(seen["title"], "Certificate check: failed, 2026-06-01T00:00:00Z");
    // RFC 4514 puts a backslash before angle brackets.
    for part in
        [r"\<script\>document.title='owned'\</script\>", r"onerror=alert(1)\>'", "🔑🧨 ключ 鍵"]
    {
        assert!(text.contains(part), "{part}");
    }
    assert!(!text.contains('\u{202e}') && !text.contains('\u{2066}'));
}

#[test]
#[cfg_attr(not(all(oracle = "chromium", oracle = "node")), ignore = "needs chromium, node")]
fn a_report_over_an_estate_stays_a_page_one_can_open() {
    let work = Workplace::new();
    let one = std::fs::read(x509("good/intermediate.pem")).expect("testdata");
    let bad = std::fs::read(x509("bad/basic-constraints-path-length.pem")).expect("testdata");
    work.write("estate.pem", [one.repeat(2_000), bad].concat());
    page(&work, &["estate.pem", "--root", &x509("good/root.pem")], 3);
    let size = work.read("page.html").len();
    assert!(size < 8 << 20, "{size} bytes");
    let address = url(&work, "page.html");
    let Some(seen) = look(&work, &address, "seen") else { return };
    is_well_behaved(&seen, &address);
    let text = seen["text"].as_str().expect("a text");
    assert!(
        text.contains("1 of 2001 certificates failed") && text.contains("the path length is not 0")
    );
    assert!(
        text.contains("more certificates, with lighter findings or none, have no section here")
    );
    assert_ne!(seen["views"], Value::Null);
}

#[test]
fn the_page_of_every_checker_is_well_behaved() {
    let (work, pages) = crate::reports::written("html");
    for page in pages {
        let address = format!("file://{page}");
        let Some(seen) = look(&work, &address, "seen") else { return };
        is_well_behaved(&seen, &address);
        let text = seen["text"].as_str().expect("a text");
        assert!(text.contains(" failed\n") && text.contains("Fix\n"), "{text}");
    }
}
